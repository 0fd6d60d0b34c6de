"""Derives one recipe from another: with new seeds, wilder, calmer, varied, mixed, morphed or edited.

Buttons, menus and dialogs call these functions. Knows nothing about Discord.
"""

import math
from collections.abc import Callable, Mapping
from dataclasses import replace

from bot.errors import ManyFaces
from bot.recipes.request import reseed
from generator.contract.cells import VARY_SIDE, cell
from generator.contract.faces.face import Face, Leaf, Step, Vector, as_seed, leaves
from generator.contract.faces.making import map_leaves, near, seed, set_psi
from generator.contract.faces.scope import has_own
from generator.contract.kinds import KINDS, MAX_FIRST
from generator.contract.recipe import Recipe
from generator.contract.seeds import SEED_COUNT
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


def draw_again(recipe: Recipe) -> Recipe:
    """Return another picture of the same sort.

    A picture that is made of one face, or mixed of two, shows other near relatives of it: variations show the next
    ones, and a mix, a row of psi or an edit begins with the next one. Any other picture gets new random seeds.
    """
    if recipe.kind == "vary" and not recipe.animated:
        return recipe.replace(first=min(recipe["first"] + VARY_SIDE**2 - 1, MAX_FIRST))
    if recipe.kind == "mix":
        return recipe.with_seeds(*map(next_relative, recipe.coarse), *recipe.fine)
    if recipe.kind in ("vary", "psi", "edit"):
        return recipe.with_seeds(*map(next_relative, recipe.seeds))
    return reseed(recipe)


def draw_alike(recipe: Recipe) -> Recipe:
    """Return the same picture of near relatives of its faces, as Again draws it after an edit made of traits.

    An edit is a face or a morph; of anything else another picture is drawn as ever.
    """
    if recipe.kind not in ("waifu", "morph"):
        return draw_again(recipe)
    return recipe.with_seeds(*map(next_relative, recipe.seeds))


def next_relative(face: Face) -> Face:
    """Return the near relative that follows a face: near(7,1) follows 7, and near(7,3) follows near(7,2)."""
    lasts = {steps[-1] if steps else 0 for leaf in leaves(face) for steps in _steps_of(leaf)}
    last = lasts.pop() if len(lasts) == 1 else 0
    if not isinstance(last, int) or not 0 < last < SEED_COUNT - 1:
        return near(face, 1)
    return near(map_leaves(face, _without_last_step), last + 1)


def _steps_of(leaf: Leaf) -> tuple[tuple[Step, ...], tuple[Step, ...]]:
    whole = leaf if isinstance(leaf, Vector) else as_seed(leaf)
    return whole.coarse, whole.fine


def _without_last_step(leaf: Leaf) -> Leaf:
    coarse, fine = (steps[:-1] for steps in _steps_of(leaf))
    if isinstance(leaf, Vector):
        return replace(leaf, coarse=coarse, fine=fine)
    whole = as_seed(leaf)
    return seed(whole.number, dict(whole.traits), whole.psi, coarse, fine)


def extract_face(recipe: Recipe) -> Recipe:
    """Return a recipe for the face of a picture: the one that it shows, or else the one that it is made of.

    Raises ManyFaces if it shows several faces that are made of different ones.
    """
    if recipe.kind == "waifu":
        return recipe
    return cell(recipe, 1) if recipe.faces == 1 else find_source(recipe)


def find_source(recipe: Recipe) -> Recipe:
    """Return a recipe for the single face of which a picture is made. Raises ManyFaces if there are several."""
    if recipe.kind in ONE_FACE:
        return convert("waifu", recipe, *recipe.seeds)
    if recipe.faces == 1:
        return cell(recipe, 1)
    raise ManyFaces()


def find_first(recipe: Recipe) -> Recipe:
    """Return a recipe for the first of the faces that a picture is made of."""
    return convert("waifu", recipe, recipe.seeds[0])


def find_second(recipe: Recipe) -> Recipe:
    """Return a recipe for the last of the faces that a picture is made of: of a mix, the one with the fine layers."""
    return convert("waifu", recipe, recipe.seeds[-1])


def vary(recipe: Recipe) -> Recipe:
    """Return a recipe that draws the face several times, with small differences."""
    face = extract_face(recipe)
    return convert("vary", face, *face.seeds)


def sweep_psi(recipe: Recipe) -> Recipe:
    """Return a recipe for a row that shows the face from average to wild."""
    face = extract_face(recipe)
    return convert("psi", face, *face.seeds)


def mix(recipe: Recipe, *others: Face) -> Recipe:
    """Return a recipe that gives the face the fine layers, and so the colours, of another one.

    Several others make a table, with a column for each.
    """
    face = extract_face(recipe)
    return convert("mix", face, *face.seeds, fine=others)


def morph(recipe: Recipe, *others: Face) -> Recipe:
    """Return a recipe that morphs the face into others. A morph gets those as its new last faces."""
    if recipe.kind == "morph":
        return recipe.with_seeds(*recipe.numbers, *others)
    face = extract_face(recipe)
    return convert("morph", face, *face.seeds, *others)


def edit(recipe: Recipe, direction: str, amount: Value) -> Recipe:
    """Return a recipe that moves the face along a direction by ``amount``."""
    face = extract_face(recipe)
    return convert("edit", face, *face.seeds, direction=direction, amount=amount)


def convert(kind: str, recipe: Recipe, *seeds: Face, **options: Value | None) -> Recipe:
    """Return a recipe of another kind with these seeds, keeping the traits and the options in _CARRIED."""
    here, there = KINDS[recipe.kind].options, KINDS[kind].options
    kept = {name: recipe[name] for name in _CARRIED if name in here and name in there}
    if "psi" in kept and "," in str(kept["psi"]):  # a grid has several, and other kinds have one
        kept["psi"] = recipe.psis[0]
    return Recipe.make(kind, *seeds, traits=dict(recipe.traits), **(kept | options))


# The actions that change psi by one step.
PSI_ACTIONS: Mapping[str, Callable[[Recipe], Recipe]] = {"wilder": make_wilder, "calmer": make_calmer}

# The actions of buttons and menus that need no dialog, each with the function that derives the new recipe.
ACTIONS_WITHOUT_DIALOG: Mapping[str, Callable[[Recipe], Recipe]] = {
    "again": draw_again,
    "alike": draw_alike,
    "draw": unchanged,
    "face": extract_face,
    "vary": vary,
    "psi": sweep_psi,
    "first": find_first,
    "second": find_second,
    "before": find_first,
    **PSI_ACTIONS,
}
