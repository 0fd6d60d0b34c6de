"""Tells which traits cannot be read from a portrait, because something else in it covers them. Draws nothing."""

from generator.artist.face.ears import has_ring
from generator.artist.face.expressions import closed_eyes
from generator.artist.hair.bangs import HIDES
from generator.artist.traits import EARLESS, Attributes

SIDES = frozenset({-1, 1})  # the viewer's left, and right


def unseen(attributes: Attributes) -> frozenset[str]:
    """Return the traits of which the portrait shows nothing, or not which of two traits it is that it shows.

    One visible eye tells neither its colour from a second one nor a second one from none.
    """
    eyes = SIDES - set(closed_eyes(attributes)) - {HIDES.get(attributes.bangs, 0)}
    if attributes.glasses == "shades":
        eyes = frozenset()
    covered = {
        "eyes": -1 not in eyes,
        "second-eye": eyes != SIDES,
        "eye-shape": not eyes,
        "pupils": not eyes,
        "ears": attributes.accessory in EARLESS,
        "earrings": not any(has_ring(attributes, side) for side in SIDES),
    }
    return frozenset(trait for trait, is_covered in covered.items() if is_covered)
