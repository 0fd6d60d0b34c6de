"""What is worn on the head, by name, and in which layer it is drawn. Knows not how any piece looks."""

from collections.abc import Callable

from generator.artist.figure import Figure
from generator.artist.headgear import bands, crests, ears, hats, ornaments


def _nothing(figure: Figure) -> str:
    return ""


TABLE: dict[str, Callable[[Figure], str]] = {
    "none": _nothing,
    "cat-ears": ears.draw_cat_ears,
    "ribbon": ornaments.draw_ribbon,
    "flower": ornaments.draw_flower,
    "halo": crests.draw_halo,
    "headband": bands.draw_headband,
    "clip": ornaments.draw_clip,
    "horns": crests.draw_horns,
    "fox-ears": ears.draw_fox_ears,
    "bunny-ears": ears.draw_bunny_ears,
    "headphones": bands.draw_headphones,
    "maid": bands.draw_maid,
    "tiara": bands.draw_tiara,
    "beret": hats.draw_beret,
    "witch-hat": hats.draw_witch_hat,
    "crown": hats.draw_crown,
}
BEHIND: dict[str, Callable[[Figure], str]] = {
    "halo": crests.draw_halo_behind,
    "witch-hat": hats.draw_witch_hat_behind,
    "crown": hats.draw_crown_behind,
}


def draw_headgear_behind(figure: Figure) -> str:
    """Draw the part that lies behind the head and the hair."""
    return BEHIND.get(figure.attributes.accessory, _nothing)(figure)


def draw_headgear(figure: Figure) -> str:
    """Draw the part before the hair, with its shadow on hair and face."""
    return TABLE[figure.attributes.accessory](figure)
