"""From one recipe to another: again, wilder, calmer, mixed, morphed, edited, and the faces that can be picked out of a picture.

Knows recipes only; not who asks, nor what a button looks like.
"""

import math
from collections.abc import Callable, Mapping
from dataclasses import dataclass

from bot.errors import ManyFaces
from bot.recipes import request
from generator.contract.kinds import KINDS, Value
from generator.contract.recipe import Recipe

PSI_STEP = 0.15
PSI_MOST = 2.0

ONE_FACE = ("waifu", "vary", "psi", "edit")  # kinds about one seed
_CARRIED = ("model", "psi", "cutoff", "noise")  # what a face keeps when another kind of picture is made of it


@dataclass(frozen=True)
class Face:
    """A face in a picture. name: a text's key and its fields; group: those of one group are offered together."""

    recipe: Recipe
    name: str
    fields: Mapping[str, int | str]
    group: str = ""


def wilder(recipe: Recipe) -> Recipe:
    """Return the recipe a step further from the average face."""
    return _stepped(recipe, PSI_STEP)


def calmer(recipe: Recipe) -> Recipe:
    """Return the recipe a step closer to the average face."""
    return _stepped(recipe, -PSI_STEP)


def has_one_psi(recipe: Recipe) -> bool:
    """Whether it has one psi that can be changed; several are shown side by side already."""
    return "psi" in KINDS[recipe.kind].options and len(recipe.psis) == 1


def _stepped(recipe: Recipe, step: float) -> Recipe:
    if not has_one_psi(recipe):
        return recipe
    psi = recipe.psis[0]
    # A negative psi is an opposite face: there, too, wilder is away from 0 and calmer towards it.
    return recipe.replace(psi=math.copysign(min(max(round(abs(psi) + step, 4), 0.0), PSI_MOST), psi))


def same(recipe: Recipe) -> Recipe:
    """Return the recipe itself, to be drawn once more."""
    return recipe


# Made of one face


def face(recipe: Recipe) -> Recipe:
    """Return the one face that a picture is about. Raises ManyFaces where it is about several."""
    if recipe.kind in ONE_FACE:
        return _of_face("waifu", recipe, *recipe.seeds)
    if recipe.kind == "grid" and recipe.faces == 1:
        return _of_face("waifu", recipe, *recipe.seeds, psi=recipe.psis[0])
    raise ManyFaces()


def varied(recipe: Recipe) -> Recipe:
    """Return the same face, a little different each time."""
    return _of_face("vary", face(recipe), *recipe.seeds)


def spread(recipe: Recipe) -> Recipe:
    """Return the same face from average to wild."""
    return _of_face("psi", face(recipe), *recipe.seeds)


def mixed(recipe: Recipe, seed: int) -> Recipe:
    """Return its face with the fine layers, the colours, of another."""
    return _of_face("mix", face(recipe), *recipe.seeds, seed)


def morphed(recipe: Recipe, seed: int) -> Recipe:
    """Return its face turning into another; a morph goes on to one more."""
    if recipe.kind == "morph":
        return recipe.with_seeds(*recipe.numbers, seed)
    return _of_face("morph", face(recipe), *recipe.seeds, seed)


def edited(recipe: Recipe, direction: str, amount: Value) -> Recipe:
    """Return its face moved along a direction."""
    return _of_face("edit", face(recipe), *recipe.seeds, direction=direction, amount=amount)


def _of_face(kind: str, of: Recipe, *seeds: int, **options: Value | None) -> Recipe:
    here, there = KINDS[of.kind].options, KINDS[kind].options
    kept = {name: of[name] for name in _CARRIED if name in here and name in there}
    return Recipe.make(kind, *seeds, traits=dict(of.traits), **(kept | options))


STEPS: Mapping[str, Callable[[Recipe], Recipe]] = {"wilder": wilder, "calmer": calmer}

WITHOUT_QUESTION: Mapping[str, Callable[[Recipe], Recipe]] = {
    "again": request.again,
    "draw": same,
    "face": face,
    "vary": varied,
    "psi": spread,
    **STEPS,
}


# Picked out of several


def faces(recipe: Recipe) -> list[Face]:
    """Return the faces that can be picked out of a picture, in the order in which they stand in it."""
    found = _FACES.get(recipe.kind)
    return found(recipe) if found else []


def _in_grid(recipe: Recipe) -> list[Face]:
    side, psis = recipe.numbers[0], recipe.psis
    found = []
    for psi in psis:
        for at, seed in enumerate(recipe.seeds):
            fields: dict[str, int | str] = {
                "seed": seed,
                "row": at // side + 1,
                "column": at % side + 1,
                "psi": f"{psi:g}",
            }
            name = "face_in_grid" if len(psis) == 1 else "face_in_grids"
            found.append(Face(_of_face("waifu", recipe, seed, psi=psi), name, fields, f"{psi:g}"))
    return found


def _in_psi(recipe: Recipe) -> list[Face]:
    low, high, steps = recipe["from"], recipe["to"], recipe["steps"]
    psis = [low + (high - low) * step / (steps - 1) for step in range(steps)]
    return [
        Face(_of_face("waifu", recipe, *recipe.seeds, psi=psi), "face_at_psi", {"psi": f"{psi:.4g}"}) for psi in psis
    ]


def _in_mix(recipe: Recipe) -> list[Face]:
    if recipe["fine"] is None:
        return [Face(_of_face("waifu", recipe, seed), "face_of_seed", {"seed": seed}) for seed in recipe.seeds]
    pairs = [(coarse, fine) for coarse in recipe.coarse for fine in recipe.fine]
    layers = recipe["layers"]
    return [
        Face(_of_face("mix", recipe, coarse, fine, layers=layers), "face_mixed", {"coarse": coarse, "fine": fine})
        for coarse, fine in pairs
    ]


def _in_edit(recipe: Recipe) -> list[Face]:
    """Of a chart: what each of its rows shows at the end."""
    rows = recipe.directions if recipe.is_chart else ()
    return [Face(edited(recipe, row, recipe["amount"]), "face_edited", {"direction": row}) for row in rows]


def _in_morph(recipe: Recipe) -> list[Face]:
    """The faces that it turns into; of a grid of them the first ones."""
    found = [_of_face("waifu", recipe, seed) for seed in recipe.seeds]
    found[-1] = found[-1].with_traits(recipe.last_traits)
    return [Face(one, "face_of_seed", {"seed": one.seeds[0]}) for one in found]


_FACES: Mapping[str, Callable[[Recipe], list[Face]]] = {
    "grid": _in_grid,
    "psi": _in_psi,
    "mix": _in_mix,
    "morph": _in_morph,
    "edit": _in_edit,
}
