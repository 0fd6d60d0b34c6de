"""Derives one recipe from another: with new seeds, wilder, calmer, varied, mixed, morphed or edited.

Buttons, menus and dialogs call these functions. Knows nothing about Discord.
"""

import math
from collections.abc import Callable, Mapping

from bot.errors import ManyFaces
from bot.recipes.request import reseed
from generator.contract.faces.face import Face, Leaf, Vector, as_seed
from generator.contract.faces.making import map_leaves, set_psi
from generator.contract.faces.scope import has_own
from generator.contract.kinds import KINDS
from generator.contract.recipe import Recipe
from generator.contract.values import Value

PSI_STEP = 0.15
MAX_PSI = 2.0

# The kinds of picture that show a single face.
ONE_FACE = tuple(name for name, kind in KINDS.items() if kind.numbers == "seeds" and kind.count == (1, 1))
# Options that a face keeps in a picture of another kind.
_CARRIED = ("model", "psi", "cutoff", "noise", "rotate", "shift")


def make_wilder(recipe: Recipe) -> Recipe:
    """Return the recipe with psi one step further from the average face."""
    return _step_psi(recipe, PSI_STEP)


def make_calmer(recipe: Recipe) -> Recipe:
    """Return the recipe with psi one step closer to the average face."""
    return _step_psi(recipe, -PSI_STEP)


def has_one_psi(recipe: Recipe) -> bool:
    """Return whether the recipe has exactly one psi, so that it can be made wilder or calmer."""
    return "psi" in KINDS[recipe.kind].options and len(recipe.psis) == 1


def _step_psi(recipe: Recipe, step: float) -> Recipe:
    if not has_one_psi(recipe):
        return recipe
    psi = _stepped(recipe.psis[0], step)
    if not has_own(recipe.seeds):
        return recipe.replace(psi=psi)
    return recipe.with_seeds(*(map_leaves(face, lambda leaf: _step_own(leaf, step)) for face in recipe.seeds), psi=psi)


def _step_own(leaf: Leaf, step: float) -> Leaf:
    """Return a leaf of a face one step wilder, if the recipe's psi does not change it. A stored vector has psi 1."""
    if isinstance(leaf, Vector):
        return set_psi(leaf, _stepped(1.0 if leaf.psi is None else leaf.psi, step))
    own = as_seed(leaf).psi
    return leaf if own is None else set_psi(leaf, _stepped(own, step))


def _stepped(psi: float, step: float) -> float:
    # A negative psi draws the opposite face. There, too, wilder means away from 0, and calmer means towards 0.
    return math.copysign(min(max(round(abs(psi) + step, 4), 0.0), MAX_PSI), psi)


def unchanged(recipe: Recipe) -> Recipe:
    """Return the recipe as it is."""
    return recipe


def extract_face(recipe: Recipe) -> Recipe:
    """Return a recipe for the single face from which a picture is made. Raises ManyFaces if there are several."""
    if recipe.kind in ONE_FACE:
        return convert("waifu", recipe, *recipe.seeds)
    if recipe.kind == "grid" and recipe.faces == 1:
        return convert("waifu", recipe, *recipe.seeds, psi=recipe.psis[0])
    raise ManyFaces()


def vary(recipe: Recipe) -> Recipe:
    """Return a recipe that draws the face several times, with small differences."""
    return convert("vary", extract_face(recipe), *recipe.seeds)


def sweep_psi(recipe: Recipe) -> Recipe:
    """Return a recipe for a row that shows the face from average to wild."""
    return convert("psi", extract_face(recipe), *recipe.seeds)


def mix(recipe: Recipe, seed: Face) -> Recipe:
    """Return a recipe that gives the face the fine layers, and so the colours, of another one."""
    return convert("mix", extract_face(recipe), *recipe.seeds, seed)


def morph(recipe: Recipe, seed: Face) -> Recipe:
    """Return a recipe that morphs the face into another one. A morph gets that face as its new last face."""
    if recipe.kind == "morph":
        return recipe.with_seeds(*recipe.numbers, seed)
    return convert("morph", extract_face(recipe), *recipe.seeds, seed)


def edit(recipe: Recipe, direction: str, amount: Value) -> Recipe:
    """Return a recipe that moves the face along a direction by ``amount``."""
    return convert("edit", extract_face(recipe), *recipe.seeds, direction=direction, amount=amount)


def convert(kind: str, recipe: Recipe, *seeds: Face, **options: Value | None) -> Recipe:
    """Return a recipe of another kind with these seeds, keeping the traits and the options in _CARRIED."""
    here, there = KINDS[recipe.kind].options, KINDS[kind].options
    kept = {name: recipe[name] for name in _CARRIED if name in here and name in there}
    return Recipe.make(kind, *seeds, traits=dict(recipe.traits), **(kept | options))


# The actions that change psi by one step.
PSI_ACTIONS: Mapping[str, Callable[[Recipe], Recipe]] = {"wilder": make_wilder, "calmer": make_calmer}

# The actions of buttons and menus that need no dialog, each with the function that derives the new recipe.
ACTIONS_WITHOUT_DIALOG: Mapping[str, Callable[[Recipe], Recipe]] = {
    "again": reseed,
    "draw": unchanged,
    "face": extract_face,
    "vary": vary,
    "psi": sweep_psi,
    **PSI_ACTIONS,
}
