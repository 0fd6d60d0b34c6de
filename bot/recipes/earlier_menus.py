"""Lists the faces that menus of earlier versions offered, in their order: their messages stand in chats for ever.

The value of an entry in such a menu is its place in this list. Knows nothing about Discord.
"""

from collections.abc import Callable, Mapping

from bot.recipes import variations
from generator.contract.cells import psis_of_row
from generator.contract.faces.face import Face
from generator.contract.faces.making import at_psi
from generator.contract.recipe import Recipe
from generator.contract.values import Value


def faces(recipe: Recipe) -> list[Recipe]:
    """Return the recipes of the faces that earlier menus under a picture offered."""
    return EARLIER[recipe.kind](recipe) if recipe.kind in EARLIER else []


def _face(recipe: Recipe, seed: Face, **options: Value) -> Recipe:
    return variations.convert("waifu", recipe, seed, **options)


def _grid(recipe: Recipe) -> list[Recipe]:
    several = len(recipe.psis) > 1
    return [
        _face(recipe, at_psi(seed, psi) if several else seed, psi=psi) for psi in recipe.psis for seed in recipe.seeds
    ]


def _morph(recipe: Recipe) -> list[Recipe]:
    keys = [_face(recipe, seed) for seed in recipe.seeds]
    return [*keys[:-1], keys[-1].with_traits(recipe.last_traits)]


def _mix(recipe: Recipe) -> list[Recipe]:
    if not recipe.is_table:
        return [_face(recipe, seed) for seed in recipe.seeds]
    layers = recipe.layers_text
    return [
        variations.convert("mix", recipe, first, second, layers=layers)
        for first in recipe.coarse
        for second in recipe.fine
    ]


def _psi(recipe: Recipe) -> list[Recipe]:
    (face,) = recipe.seeds
    return [_face(recipe, at_psi(face, psi), psi=psi) for psi in psis_of_row(recipe)]


def _edit(recipe: Recipe) -> list[Recipe]:
    rows = recipe.directions if recipe.is_chart else ()
    return [variations.convert("edit", recipe, *recipe.seeds, direction=row, amount=recipe.amount) for row in rows]


EARLIER: Mapping[str, Callable[[Recipe], list[Recipe]]] = {
    "grid": _grid,
    "morph": _morph,
    "mix": _mix,
    "psi": _psi,
    "edit": _edit,
}
