"""Plans what drawing and encoding a recipe needs: the w and the noise of each face, and where the faces are put.

Draws nothing, and encodes nothing. contract/cells.py says which face is in which cell. To add a kind of picture, write
a function (recipe, size) -> Layout and add a row to LAYOUTS.
"""

import math
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass

import torch
from torch import Tensor

from generator.contract import errors
from generator.contract.cells import VARY_SIDE, amounts_of_edit, find_cells, psis_of_row, shape_of_grid
from generator.contract.faces.face import Face
from generator.contract.kinds import KINDS
from generator.contract.recipe import Recipe
from generator.rendering.animation.stream import STREAMED
from generator.rendering.faces import count_coarse_layers, find_noise, find_styles
from generator.rendering.layout import Layout
from generator.rendering.transform import find_transform
from generator.stylegan.generator import Generator, NoiseSeed
from generator.stylegan.memory import means_out_of_memory

MIN_SHOWN_SIDE = 256  # pixels; the faces of a network are enlarged if their longer side is smaller
Size = tuple[int, int]  # height and width of a face in pixels

MAX_LABEL_CHARS = 16  # of a caption that names a face; a longer expression is cut


@dataclass(frozen=True)
class Plan:
    """Everything that drawing and encoding need to know about a recipe. Faces are ordered by frame, row and column."""

    layout: Layout
    w: Tensor  # [faces, num_ws, w_dim] float32, on the generator's device
    noise: str  # "const", "random" or "none"
    noise_seeds: tuple[NoiseSeed, ...]  # one for each face, used if the noise is "random"
    format: str  # a key of FORMATS in encode.py
    fps: int = 1  # frames per second
    loop: bool = False  # whether the animation starts again at its end
    transform: Tensor | None = None  # [1, 3, 3] as StyleGAN3 takes it, if the pictures are turned or shifted


def make_plan(
    recipe: Recipe, generator: Generator, enlarge: bool = True, vectors: Mapping[str, Tensor] | None = None
) -> Plan:
    """Return the plan of ``recipe`` for this network.

    With ``enlarge``, the faces of a network under 256 px are enlarged by a whole number. ``vectors`` are the stored w
    [num_ws, w_dim] that the recipe names, by digest.

    Raises UnknownKind, NoTraits, UnknownTrait, UnknownTraitValue, UnknownDirection, NoNoise or NoTransform if the
    recipe asks for something that this network lacks, and VectorMissing if a vector is not there. Raises TooManyPixels
    or TooManyFaces, before any work, if the frames would be too large or too many. Raises OutOfRange if there are fewer
    frames than faces, or if the network lacks a layer. Raises OutOfMemory if the w of the faces do not fit into the
    device's memory.
    """
    layout = lay_out(recipe, generator, enlarge)
    recipe = fit_noise(recipe, generator)
    faces, options = find_cells(recipe), KINDS[recipe.kind].options
    transform = find_transform(recipe, generator)
    noise, seeds = find_noise(faces, str(recipe["noise"]) if "noise" in options else "const", generator)
    w = _without_running_out(faces, generator, recipe.cutoff, vectors or {})
    if "format" not in options:
        return Plan(layout, w, noise, seeds, "png", transform=transform)
    moves = layout.frames > 1
    loop = recipe.loop if "loop" in options else moves
    return Plan(layout, w, noise, seeds, recipe.format if moves else "png", recipe.fps, loop, transform)


def lay_out(recipe: Recipe, generator: Generator, enlarge: bool = True) -> Layout:
    """Return the layout of ``recipe`` for this network. Raises UnknownKind, TooManyPixels or TooManyFaces."""
    if recipe.kind not in LAYOUTS:
        raise errors.UnknownKind(kind=recipe.kind, known=", ".join(LAYOUTS))
    return LAYOUTS[recipe.kind](recipe, shown_size(generator, enlarge))


def _without_running_out(
    faces: Sequence[Face], generator: Generator, cutoff: int | None, vectors: Mapping[str, Tensor]
) -> Tensor:
    """Return the w of faces. Raises OutOfMemory in place of torch's errors that mean it."""
    try:
        with torch.no_grad():
            return find_styles(faces, generator, cutoff, vectors)
    except (RuntimeError, MemoryError) as error:
        if not means_out_of_memory(error):
            raise
        raise errors.OutOfMemory() from None


def shown_size(generator: Generator, enlarge: bool = True) -> Size:
    """Return the height and width, in pixels, at which a face is shown.

    They are the network's own or, with ``enlarge``, their smallest multiple whose longer side is at least 256.
    """
    height, width = generator.size
    factor = math.ceil(MIN_SHOWN_SIDE / max(height, width)) if enlarge else 1
    return height * factor, width * factor


def fit_noise(recipe: Recipe, generator: Generator) -> Recipe:
    """Return the recipe as this network can draw it: one that varies noise varies z, if the network has no noise.

    Raises NoNoise if the network has noise, but not in the layers that are to vary.
    """
    if recipe.kind != "vary" or recipe.by != "noise":
        return recipe
    layers, split = range(generator.num_ws - 1), count_coarse_layers(generator)  # the last w-layer has no noise
    if not any(_uses_noise(layer, generator) for layer in layers):
        return recipe.replace(by="z")
    chosen = {"all": layers, "coarse": layers[:split], "fine": layers[split:]}[recipe.part]
    if not any(_uses_noise(layer, generator) for layer in chosen):
        raise errors.NoNoise(model=generator.name)
    return recipe


def _uses_noise(layer: int, generator: Generator) -> bool:
    if not generator.hyper.use_noise:
        return False
    block = 4 * 2 ** ((layer + 1) // 2)
    return bool(generator.synthesis.get_parameter(f"b{block}.conv{1 - layer % 2}.noise_strength") != 0)


def _lay_out_one(recipe: Recipe, size: Size) -> Layout:
    return Layout(1, 1, 1, *size)


def _lay_out_grid(recipe: Recipe, size: Size) -> Layout:
    """Return the layout of a grid, or of several grids side by side if the recipe has several psi."""
    (rows, columns), psis = shape_of_grid(recipe), recipe.psis
    missing = rows * columns - len(recipe.seeds)
    last = (rows - 1) * columns * len(psis)
    holes = [last + (grid + 1) * columns - 1 - hole for grid in range(len(psis)) for hole in range(missing)]
    captions = _psi_captions(psis) if len(psis) > 1 else ()
    return Layout(1, rows, columns * len(psis), *size, captions=captions, holes=tuple(sorted(holes)))


def _lay_out_psi(recipe: Recipe, size: Size) -> Layout:
    return Layout(1, 1, recipe.steps, *size, captions=_psi_captions(psis_of_row(recipe)))


def _psi_captions(psis: Sequence[float]) -> tuple[str, ...]:
    return tuple(f"psi {round(psi, 2):g}" for psi in psis)


def _lay_out_morph(recipe: Recipe, size: Size) -> Layout:
    return Layout(recipe.frames, recipe.size, recipe.size, *size, one_by_one=recipe.format in STREAMED)


def _lay_out_mix(recipe: Recipe, size: Size) -> Layout:
    """Return the layout of one face, or of a table whose rows and columns are captioned with their faces.

    A table is as in figure 3 of [Karras et al. 2019]: coarse faces in the first column, fine ones in the first row.
    """
    if not recipe.is_table:
        return Layout(1, 1, 1, *size)
    columns, rows = (("", *map(_label, faces)) for faces in (recipe.fine, recipe.coarse))
    return Layout(1, len(rows), len(columns), *size, table=True, captions=columns, row_captions=rows)


def _label(face: Face) -> str:
    text = str(face)
    return text if len(text) <= MAX_LABEL_CHARS else f"{text[: MAX_LABEL_CHARS - 2]}.."


def _lay_out_vary(recipe: Recipe, size: Size) -> Layout:
    return (
        Layout(recipe.frames, 1, 1, *size, one_by_one=True)
        if recipe.animated
        else Layout(1, VARY_SIDE, VARY_SIDE, *size)
    )


def _lay_out_edit(recipe: Recipe, size: Size) -> Layout:
    """Return the layout of an edit: a picture or an animation of one face, a strip, or a chart.

    A strip is one row of faces, with one face for each amount. A chart has such a row for each direction.
    """
    amounts = amounts_of_edit(recipe)
    if not recipe.is_chart and recipe.format != "strip":
        return Layout(len(amounts), 1, 1, *size, one_by_one=recipe.animated)
    captions = tuple(f"{round(value, 2) + 0.0:+g}" if value else "0" for value in amounts)
    names = recipe.directions if recipe.is_chart else ()
    return Layout(1, len(recipe.directions), len(amounts), *size, captions=captions, row_captions=names)


def _lay_out_like(recipe: Recipe, size: Size) -> Layout:
    raise errors.PictureMissing()  # whoever has the picture looks for its face, and then draws that


LAYOUTS: Mapping[str, Callable[[Recipe, Size], Layout]] = {
    "waifu": _lay_out_one,
    "grid": _lay_out_grid,
    "morph": _lay_out_morph,
    "mix": _lay_out_mix,
    "vary": _lay_out_vary,
    "psi": _lay_out_psi,
    "edit": _lay_out_edit,
    "like": _lay_out_like,
}
