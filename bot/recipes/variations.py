"""Makes one recipe from another: drawn again, wilder, calmer, mixed, morphed, edited.

Does not know who asks, nor how a button looks.
"""

import math
from collections.abc import Callable, Mapping

from bot.errors import ManyFaces
from bot.recipes.request import reseed
from generator.contract.kinds import KINDS, Value
from generator.contract.recipe import Recipe

PSI_STEP = 0.15
MAX_PSI = 2.0

ONE_FACE = tuple(name for name, kind in KINDS.items() if kind.numbers == "seeds" and kind.count == (1, 1))
_CARRIED = ("model", "psi", "cutoff", "noise")  # what a face keeps in a picture of another kind


def make_wilder(recipe: Recipe) -> Recipe:
    """Return the recipe a step further from the average face."""
    return _step_psi(recipe, PSI_STEP)


def make_calmer(recipe: Recipe) -> Recipe:
    """Return the recipe a step closer to the average face."""
    return _step_psi(recipe, -PSI_STEP)


def has_one_psi(recipe: Recipe) -> bool:
    """Whether it has one psi that can be changed; a recipe with several shows them side by side already."""
    return "psi" in KINDS[recipe.kind].options and len(recipe.psis) == 1


def _step_psi(recipe: Recipe, step: float) -> Recipe:
    if not has_one_psi(recipe):
        return recipe
    psi = recipe.psis[0]
    # A negative psi is an opposite face: there, too, wilder is away from 0 and calmer towards it.
    return recipe.replace(psi=math.copysign(min(max(round(abs(psi) + step, 4), 0.0), MAX_PSI), psi))


def unchanged(recipe: Recipe) -> Recipe:
    """Return the recipe itself, to be drawn once more."""
    return recipe


def extract_face(recipe: Recipe) -> Recipe:
    """Return the one face that a picture is about. Raises ManyFaces if it is about several."""
    if recipe.kind in ONE_FACE:
        return convert("waifu", recipe, *recipe.seeds)
    if recipe.kind == "grid" and recipe.faces == 1:
        return convert("waifu", recipe, *recipe.seeds, psi=recipe.psis[0])
    raise ManyFaces()


def vary(recipe: Recipe) -> Recipe:
    """Return the same face, a little different each time."""
    return convert("vary", extract_face(recipe), *recipe.seeds)


def sweep_psi(recipe: Recipe) -> Recipe:
    """Return the same face from average to wild."""
    return convert("psi", extract_face(recipe), *recipe.seeds)


def mix(recipe: Recipe, seed: int) -> Recipe:
    """Return its face with the fine layers, the colours, of another."""
    return convert("mix", extract_face(recipe), *recipe.seeds, seed)


def morph(recipe: Recipe, seed: int) -> Recipe:
    """Return its face turning into another; a morph continues to one more."""
    if recipe.kind == "morph":
        return recipe.with_seeds(*recipe.numbers, seed)
    return convert("morph", extract_face(recipe), *recipe.seeds, seed)


def edit(recipe: Recipe, direction: str, amount: Value) -> Recipe:
    """Return its face moved along a direction."""
    return convert("edit", extract_face(recipe), *recipe.seeds, direction=direction, amount=amount)


def convert(kind: str, recipe: Recipe, *seeds: int, **options: Value | None) -> Recipe:
    """Return a recipe of another kind about these seeds; it keeps model, psi, cutoff, noise and traits."""
    here, there = KINDS[recipe.kind].options, KINDS[kind].options
    kept = {name: recipe[name] for name in _CARRIED if name in here and name in there}
    return Recipe.make(kind, *seeds, traits=dict(recipe.traits), **(kept | options))


PSI_ACTIONS: Mapping[str, Callable[[Recipe], Recipe]] = {"wilder": make_wilder, "calmer": make_calmer}

# What a button or a menu makes at once, without a dialog.
ACTIONS_WITHOUT_DIALOG: Mapping[str, Callable[[Recipe], Recipe]] = {
    "again": reseed,
    "draw": unchanged,
    "face": extract_face,
    "vary": vary,
    "psi": sweep_psi,
    **PSI_ACTIONS,
}
