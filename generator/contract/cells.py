"""Names every face in a picture: a recipe -> the face in each of its cells, as an expression.

A cell is a place in a picture or in a frame of an animation. Knows nothing about networks or pixels. Standard library
only. To add a kind of picture, write a function recipe -> faces and add a row to CELLS.
"""

import math
from collections.abc import Callable, Mapping

from generator.contract import errors
from generator.contract.faces import making as make
from generator.contract.faces.face import Face, Step, base, split_noise
from generator.contract.faces.scope import make_absolute
from generator.contract.kinds import CHART_STEPS, KINDS
from generator.contract.paths import find_path
from generator.contract.recipe import Recipe
from generator.contract.seeds import SEED_COUNT

VARY_SIDE = 3  # faces on each side of the picture that ``vary`` shows
_KEPT = ("model", "cutoff", "noise", "rotate", "shift")  # options that a face of a picture keeps; its psi it has itself


def find_cells(recipe: Recipe) -> list[Face]:
    """Return the face in each cell of the picture, by frame, row and column; in a table the corner has none.

    Each seed in a face has the traits and the psi that the recipe gives it (see ``scope.make_absolute``). What the
    recipe leaves to the network (its default layers, what is coarse) is left open here, too. A face whose noise differs
    from what the recipe's option ``noise`` says has that noise.

    Raises MorphTooShort if a morph has fewer frames than faces.
    """
    return CELLS[recipe.kind](recipe)


def cell(recipe: Recipe, number: int) -> Recipe:
    """Return the recipe of one face of a picture. ``number`` counts from 1 in the order of ``find_cells``.

    Raises NoSuchFace if there is no such face, and MorphTooShort like ``find_cells``.
    """
    faces = find_cells(recipe)
    if not 1 <= number <= len(faces):
        raise errors.NoSuchFace(low=1, high=len(faces), value=number)
    options = KINDS[recipe.kind].options
    kept = {name: recipe[name] for name in _KEPT if name in options}
    return Recipe.make("waifu", faces[number - 1], **kept)


def shape_of_grid(recipe: Recipe) -> tuple[int, int]:
    """Return the rows and columns of a grid. The last row of named faces may have fewer."""
    if recipe["faces"] is None:
        return recipe.side, recipe.side
    columns = math.ceil(math.sqrt(len(recipe.seeds)))
    return math.ceil(len(recipe.seeds) / columns), columns


def psis_of_row(recipe: Recipe) -> list[float]:
    """Return the psi of each face of a recipe of the kind ``psi``, from ``from`` to ``to`` in equal steps."""
    low, high, last = recipe.psi_from, recipe.psi_to, recipe.steps - 1
    return [round(low + (high - low) * step / last, 9) + 0.0 for step in range(recipe.steps)]


def amounts_of_edit(recipe: Recipe) -> list[float]:
    """Return the amounts by which an edit moves its face along every direction, one for each frame or column.

    A picture has one amount. A strip or chart goes from -amount to amount in equal steps. An animation goes from
    -amount to amount and back, with easing.
    """
    amount, still = recipe.amount, recipe.is_chart or recipe.format == "strip"
    if not still and not recipe.animated:
        return [amount]
    frames = CHART_STEPS if recipe.is_chart else recipe.frames
    places = find_path(2, frames, loop=not still, ease="linear" if still else "sine")
    ends = (-amount, amount)
    values = ((1 - place.t) * ends[place.start] + place.t * ends[place.end] for place in places)
    return [round(value, 9) + 0.0 for value in values]


def _faces(recipe: Recipe) -> list[Face]:
    """Return the faces that the recipe names, with the recipe's traits and psi."""
    traits = dict(recipe.traits)
    return [make_absolute(face, recipe.psi, traits) for face in recipe.seeds]


def _waifu(recipe: Recipe) -> list[Face]:
    return _faces(recipe)


def _grid(recipe: Recipe) -> list[Face]:
    """Return the faces of a grid, or of several grids side by side: each row has the same row of every grid."""
    (rows, columns), traits = shape_of_grid(recipe), dict(recipe.traits)
    if len(recipe.psis) == 1:
        grids = [_faces(recipe)]
    else:
        whole = [make_absolute(face, None, traits) for face in recipe.seeds]
        grids = [[make.at_psi(face, psi) for face in whole] for psi in recipe.psis]
    return [face for row in range(rows) for grid in grids for face in grid[row * columns : (row + 1) * columns]]


def _psi(recipe: Recipe) -> list[Face]:
    (face,) = (make_absolute(face, None, dict(recipe.traits)) for face in recipe.seeds)
    return [make.at_psi(face, psi) for psi in psis_of_row(recipe)]


def _morph(recipe: Recipe) -> list[Face]:
    """Return the faces of a morph. Face j of a grid morphs through the seeds that count on by j from each seed."""
    *rest, last = recipe.seeds
    traits, last_traits = dict(recipe.traits), recipe.last_traits
    keys = [*(make_absolute(face, recipe.psi, traits) for face in rest), make_absolute(last, recipe.psi, last_traits)]
    places = find_path(len(keys), recipe.frames, recipe.loop, recipe.ease)
    paths = [[make.shift(split_noise(key)[0], j) for key in keys] for j in range(recipe.size**2)]
    made = []
    for place in places:
        for path in paths:
            face = make.between(path[place.start], path[place.end], place.t, recipe.space)
            made.append(_keep_noise(face, path[0], keys[0], recipe.noise))
    return made


def _keep_noise(face: Face, first: Face, key: Face, option: str) -> Face:
    """Return a face of a morph with the noise of its first face throughout.

    That is the noise of ``key``. Where it has none of its own but the option says "random", it is that of ``first``.
    """
    _, coarse, fine = split_noise(key)
    if option == "random" and not (coarse is None and fine is None and base(face) == base(first)):
        coarse = base(first) if coarse is None else coarse
        fine = base(first) if fine is None else fine
    face = face if coarse is None else make.noise(face, coarse, "coarse")
    return face if fine is None else make.noise(face, fine, "fine")


def _mix(recipe: Recipe) -> list[Face]:
    faces = _faces(recipe)
    coarse, fine = faces[: len(recipe.coarse)], faces[len(recipe.coarse) :]
    mixed = [[make.mix(first, second, recipe.layers_text) for second in fine] for first in coarse]
    if not recipe.is_table:
        return mixed[0]
    rows = ([first, *row] for first, row in zip(coarse, mixed, strict=True))
    return [*fine, *(face for row in rows for face in row)]


def _vary(recipe: Recipe) -> list[Face]:
    """Return variations of one face: with other noises, or its relatives.

    A picture shows the face itself, and its relatives from the option ``first`` on; an animation goes round a circle
    of relatives.
    """
    (face,) = _faces(recipe)
    part, first = recipe.part, int(recipe["first"])
    if not recipe.animated:
        numbers = [0, *range(first, first + VARY_SIDE**2 - 1)]
        steps: list[Step] = list(numbers)
    else:
        numbers = list(range(recipe.frames))
        steps = [make.place_on_circle(i, recipe.frames) for i in numbers]
    if recipe.by == "z":
        return [make.near(face, step, part) for step in steps]
    return [make.noise(face, (base(face) + i) % SEED_COUNT, part) for i in numbers]


def _edit(recipe: Recipe) -> list[Face]:
    (face,) = _faces(recipe)
    names, amounts = recipe.directions, amounts_of_edit(recipe)
    return [make.move(face, {name: amount}, recipe.layers_text) for name in names for amount in amounts]


def _like(recipe: Recipe) -> list[Face]:
    """Return nothing: the face has no name before it is found. It is then a vector, in the stamp of the picture."""
    return []


CELLS: Mapping[str, Callable[[Recipe], list[Face]]] = {
    "waifu": _waifu,
    "grid": _grid,
    "morph": _morph,
    "mix": _mix,
    "vary": _vary,
    "psi": _psi,
    "edit": _edit,
    "like": _like,
}
