"""Plans the faces that a recipe needs, with one function for each kind of picture.

Draws nothing, and encodes nothing. To add a kind of picture, write a function (recipe, generator, side) -> Plan and add
a row to PLANS.

[1] Karras et al. 2019, "A Style-Based Generator Architecture for Generative Adversarial Networks".
"""

import math
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace

import torch
from torch import Tensor

from generator.contract import errors
from generator.contract.kinds import CHART_STEPS
from generator.contract.recipe import Recipe
from generator.contract.seeds import SEED_COUNT
from generator.rendering.directions import find_steps
from generator.rendering.latents import Latents
from generator.rendering.layout import Layout
from generator.rendering.memory import means_out_of_memory
from generator.rendering.paths import INTERPOLATIONS, Step, find_path, interpolate, linear
from generator.rendering.transform import find_transform
from generator.stylegan.generator import Generator

MIN_SHOWN_SIDE = 256  # pixels; the faces of a smaller network are enlarged
VARY_SIDE = 3  # faces on each side of the grid that ``vary`` shows
COARSE_AND_MIDDLE = 8  # number of w-layers up to 32 x 32 pixels, which [1, section 3.1] calls coarse and middle
COARSE_NOISE = 32  # pixels; noise up to this resolution counts as coarse  [1, fig. 5]
RELATIVE_WEIGHT = 0.75  # weight of the z that is blended in for a near relative; the face's own z has weight 1


@dataclass(frozen=True)
class Plan:
    """Everything that drawing and encoding need to know about a recipe. Faces are ordered by frame, row and column."""

    layout: Layout
    w: Tensor  # [faces, num_ws, w_dim] float32, on the generator's device
    noise: str  # "const", "random" or "none"
    noise_seeds: tuple[int, ...]  # one for each face, used if the noise is "random"
    format: str  # a key of FORMATS in encode.py
    fps: int = 1  # frames per second
    loop: bool = False  # whether the animation starts again at its end
    noise_layers: tuple[int, ...] | None = None  # the w-layers that get random noise, or None for all
    transform: Tensor | None = None  # [1, 3, 3] as StyleGAN3 takes it, if the pictures are turned or shifted


def make_plan(recipe: Recipe, generator: Generator, enlarge: bool = True) -> Plan:
    """Return the plan of ``recipe`` for this network.

    With ``enlarge``, the faces of a network under 256 px are enlarged by a whole number.

    Raises UnknownKind, NoTraits, UnknownTrait, UnknownTraitValue, UnknownDirection, NoNoise or NoTransform if the recipe
    asks for something that this network lacks. Raises TooManyPixels, before any work, if the frames would be too large. Raises
    OutOfRange if there are fewer frames than seeds, or if the network lacks a layer. Raises OutOfMemory if the w of the
    faces do not fit into the device's memory.
    """
    make = PLANS.get(recipe.kind)
    if make is None:
        raise errors.UnknownKind(kind=recipe.kind, known=", ".join(PLANS))
    try:
        with torch.no_grad():
            plan = make(recipe, generator, shown_side(generator, enlarge))
            return replace(plan, transform=find_transform(recipe, generator))
    except (RuntimeError, MemoryError) as error:
        if not means_out_of_memory(error):
            raise
        raise errors.OutOfMemory() from None


def shown_side(generator: Generator, enlarge: bool = True) -> int:
    """Return the side, in pixels, at which a face is shown.

    It is the network's own resolution or, with ``enlarge``, the smallest multiple of it that is at least 256.
    """
    side = generator.resolution
    return side * math.ceil(MIN_SHOWN_SIDE / side) if enlarge else side


def _styles(seeds: Sequence[int], recipe: Recipe, generator: Generator) -> Tensor:
    """Return the w [seeds, num_ws, w_dim] of ``seeds`` with the recipe's traits, psi and cutoff."""
    return Latents.of(seeds, generator, dict(recipe.traits)).styles(generator, recipe.psi, recipe.cutoff)


def _plan_waifu(recipe: Recipe, generator: Generator, side: int) -> Plan:
    return Plan(Layout(1, 1, 1, side), _styles(recipe.seeds, recipe, generator), recipe.noise, recipe.seeds, "png")


def _plan_grid(recipe: Recipe, generator: Generator, side: int) -> Plan:
    """Plan a grid, or several grids side by side if the recipe has several psi.

    Each row of the picture then consists of the same row of every grid.
    """
    rows, psis = recipe.numbers[0], recipe.psis
    layout = Layout(1, rows, rows * len(psis), side, captions=_psi_captions(psis) if len(psis) > 1 else ())
    latents = Latents.of(recipe.seeds, generator, dict(recipe.traits))
    grids = torch.stack([latents.styles(generator, psi, recipe.cutoff) for psi in psis])
    w = grids.reshape(len(psis), rows, rows, *grids.shape[2:]).transpose(0, 1).flatten(0, 2)
    seeds = [recipe.seeds[row * rows : (row + 1) * rows] * len(psis) for row in range(rows)]
    return Plan(layout, w, recipe.noise, tuple(sum(seeds, ())), "png")


def _psi_captions(psis: Sequence[float]) -> tuple[str, ...]:
    return tuple(f"psi {round(psi, 2):g}" for psi in psis)


def _plan_psi(recipe: Recipe, generator: Generator, side: int) -> Plan:
    """Plan one face at several psi, from ``from`` to ``to`` in equal steps, shown side by side."""
    psis = torch.linspace(recipe.psi_from, recipe.psi_to, recipe.steps, dtype=torch.float64).tolist()
    layout = Layout(1, 1, len(psis), side, captions=_psi_captions(psis))
    latents = Latents.of(recipe.seeds, generator, dict(recipe.traits))
    w = torch.cat([latents.styles(generator, psi, recipe.cutoff) for psi in psis])
    return Plan(layout, w, recipe.noise, recipe.seeds * len(psis), "png")


def _plan_morph(recipe: Recipe, generator: Generator, side: int) -> Plan:
    """Plan a morph of one face, or of a grid of faces.

    Face j of the grid morphs through the seeds (s + j) modulo 2**32, where s is each seed of the recipe in turn. It
    keeps the noise of its first seed throughout.
    """
    layout = Layout(recipe.frames, recipe.size, recipe.size, side)
    faces = recipe.size**2
    steps = find_path(len(recipe.seeds), layout.frames, recipe.loop, recipe.ease)
    seeds = [(seed + j) % SEED_COUNT for seed in recipe.seeds for j in range(faces)]
    keys = Latents.of(seeds[:-faces], generator, dict(recipe.traits)) + Latents.of(
        seeds[-faces:], generator, recipe.last_traits
    )
    w = _morph_styles(steps, keys, faces, recipe, generator)
    noise_seeds = tuple(seeds[:faces]) * layout.frames
    return Plan(layout, w, recipe.noise, noise_seeds, recipe.format, recipe.fps, recipe.loop)


def _morph_styles(steps: Sequence[Step], keys: Latents, faces: int, recipe: Recipe, generator: Generator) -> Tensor:
    psi, cutoff = recipe.psi, recipe.cutoff
    if recipe.space == "w":
        return interpolate(steps, keys.styles(generator, psi, cutoff), faces, linear)
    z = interpolate(steps, keys.z, faces, INTERPOLATIONS[recipe.space])
    label = None if keys.label is None else interpolate(steps, keys.label, faces, linear)
    return Latents(z, label).styles(generator, psi, cutoff)


def _plan_mix(recipe: Recipe, generator: Generator, side: int) -> Plan:
    """Plan a mix of styles, which takes some layers of w from one seed and the rest from another  [1, section 3.1].

    A mixed face has the noise of its coarse seed. With fine=... the result is a table as in figure 3 of the paper, with
    the faces of the coarse seeds in the first column and those of the fine seeds in the first row.
    """
    rows, columns = len(recipe.coarse), len(recipe.fine)
    layout = _lay_out_table(recipe, side) if recipe.is_table else Layout(1, 1, 1, side)
    w = _styles(recipe.seeds, recipe, generator)
    coarse, fine = w[:rows], w[rows:]
    mixed = fine[None].repeat(rows, 1, 1, 1)  # [rows, columns, num_ws, w_dim]
    layers = _coarse_layers(recipe, generator)
    mixed[:, :, layers] = coarse[:, None, layers]
    if not recipe.is_table:
        return Plan(layout, mixed[0], recipe.noise, recipe.coarse, "png")
    body = torch.cat([coarse[:, None], mixed], dim=1).flatten(0, 1)
    seeds = recipe.fine + tuple(seed for seed in recipe.coarse for _ in range(columns + 1))
    return Plan(layout, torch.cat([fine, body]), recipe.noise, seeds, "png")


def _lay_out_table(recipe: Recipe, side: int) -> Layout:
    """Return the layout of a table of mixes, whose rows and columns are captioned with their seeds."""
    columns, rows = (("", *map(str, seeds)) for seeds in (recipe.fine, recipe.coarse))
    return Layout(1, len(rows), len(columns), side, table=True, captions=columns, row_captions=rows)


def _coarse_layers(recipe: Recipe, generator: Generator) -> list[int]:
    """Return the layers that a mix takes from the coarse seed.

    By default these are the first half of all layers, but no more than the paper's coarse and middle layers.
    """
    default = range(min(COARSE_AND_MIDDLE, generator.num_ws // 2))
    return _layers(recipe, generator, default)


def _layers(recipe: Recipe, generator: Generator, default: range) -> list[int]:
    """Return the layers that the recipe names, or ``default``. Raises NoSuchLayers if the network lacks one of them."""
    last, layers = generator.num_ws - 1, recipe.layers or default
    if layers[-1] > last:
        raise errors.NoSuchLayers(high=last, value=recipe.layers_text or "")
    return list(layers)


def _plan_vary(recipe: Recipe, generator: Generator, side: int) -> Plan:
    """Plan variations of one face, which differ in their noise or slightly in z."""
    layout = Layout(recipe.frames, 1, 1, side) if recipe.animated else Layout(1, VARY_SIDE, VARY_SIDE, side)
    layers = _vary_layers(recipe.part, generator)
    make = _vary_z if recipe.by == "z" else _vary_noise
    return make(recipe, generator, layout, layers)


def _vary_noise(recipe: Recipe, generator: Generator, layout: Layout, layers: tuple[int, ...]) -> Plan:
    """Plan one face several times, with the same w but different noise  [1, section 3.2].

    Face i has the random noise of (seed + i) modulo 2**32. Raises NoNoise if no chosen layer uses noise.
    """
    # The last w-layer belongs to a ToRGB layer, which has no noise.
    layers = tuple(layer for layer in layers if layer < generator.num_ws - 1)
    if not any(_uses_noise(layer, generator) for layer in layers):
        raise errors.NoNoise(model=generator.name)
    seeds = tuple((recipe.seeds[0] + i) % SEED_COUNT for i in range(layout.faces))
    w = _styles(recipe.seeds, recipe, generator).expand(layout.faces, -1, -1)
    return Plan(layout, w, "random", seeds, recipe.format, recipe.fps, recipe.animated, layers)


def _vary_z(recipe: Recipe, generator: Generator, layout: Layout, layers: tuple[int, ...]) -> Plan:
    """Plan near relatives of a face, which have the same traits and almost the same z.

    A relative's z is the face's own z blended with another. A picture shows the face itself and then its relatives; an
    animation goes round a circle of relatives. Only ``layers`` of w are the relative's; the rest are the face's own.
    """
    face, others = Latents.of(recipe.seeds, generator, dict(recipe.traits)), _other_z(recipe, generator, layout.faces)
    z = (face.z + RELATIVE_WEIGHT * others) / math.sqrt(1 + RELATIVE_WEIGHT**2)
    if not recipe.animated:
        z[0] = face.z[0]
    label = None if face.label is None else face.label.expand(layout.faces, -1)
    relatives = Latents(z, label).styles(generator, recipe.psi, recipe.cutoff)
    w = face.styles(generator, recipe.psi, recipe.cutoff).repeat(layout.faces, 1, 1)
    w[:, layers] = relatives[:, layers]
    return Plan(layout, w, "const", recipe.seeds * layout.faces, recipe.format, recipe.fps, recipe.animated)


def _other_z(recipe: Recipe, generator: Generator, faces: int) -> Tensor:
    """Return the z [faces, z_dim] that is blended in for each face.

    For face i of a picture it is the z of seed + i. For an animation it is a point on the circle that is spanned by the
    z of seed + 1 and of seed + 2.
    """
    if not recipe.animated:
        return Latents.of([(recipe.seeds[0] + i) % SEED_COUNT for i in range(faces)], generator).z
    first, second = Latents.of([(recipe.seeds[0] + i) % SEED_COUNT for i in (1, 2)], generator).z
    angle = torch.arange(faces, device=first.device)[:, None] * (2 * math.pi / faces)
    circle: Tensor = angle.cos() * first + angle.sin() * second
    return circle


def _vary_layers(part: str, generator: Generator) -> tuple[int, ...]:
    """Return the w-layers that vary for ``part``: "coarse", "fine" or "all".

    Coarse layers are those up to 32 px, as in [1, fig. 5], but at most up to a quarter of the network's resolution.
    """
    side = max(4, min(COARSE_NOISE, generator.resolution // 4))
    coarse = generator.hyper.count_layers(side)
    layers = range(generator.num_ws)
    return tuple({"all": layers, "coarse": layers[:coarse], "fine": layers[coarse:]}[part])


def _uses_noise(layer: int, generator: Generator) -> bool:
    if not generator.hyper.use_noise:
        return False
    side = 4 * 2 ** ((layer + 1) // 2)
    return bool(generator.synthesis.get_parameter(f"b{side}.conv{1 - layer % 2}.noise_strength") != 0)


def _plan_edit(recipe: Recipe, generator: Generator, side: int) -> Plan:
    """Plan a face whose truncated w is moved by amount x direction, in the layers that the recipe names, or in all."""
    amounts = _amounts(recipe)
    layout = _lay_out_edit(recipe, amounts, side)
    layers = _layers(recipe, generator, range(generator.num_ws))
    w = _styles(recipe.seeds, recipe, generator).repeat(layout.faces, 1, 1)
    steps = find_steps(generator, recipe.directions)  # [directions, num_ws, w_dim]
    lengths = torch.tensor(amounts, device=w.device)
    w[:, layers] += (steps[:, None] * lengths[:, None, None]).flatten(0, 1)[:, layers]
    moves = layout.frames > 1
    noise_seeds = recipe.seeds * layout.faces
    return Plan(layout, w, recipe.noise, noise_seeds, recipe.format if moves else "png", recipe.fps, moves)


def _lay_out_edit(recipe: Recipe, amounts: Sequence[float], side: int) -> Layout:
    """Return the layout of an edit: a picture or an animation of one face, a strip, or a chart.

    A strip is one row of faces, with one face for each amount. A chart has such a row for each direction.
    """
    if not recipe.is_chart and recipe.format != "strip":
        return Layout(len(amounts), 1, 1, side)
    captions = tuple(f"{round(value, 2) + 0.0:+g}" if value else "0" for value in amounts)
    names = recipe.directions if recipe.is_chart else ()
    return Layout(1, len(recipe.directions), len(amounts), side, captions=captions, row_captions=names)


def _amounts(recipe: Recipe) -> list[float]:
    """Return the amounts by which the face is moved along every direction, one for each frame or column.

    A picture has one amount. A strip or chart goes from -amount to amount in equal steps. An animation goes from
    -amount to amount and back, with easing.
    """
    amount, still = recipe.amount, recipe.is_chart or recipe.format == "strip"
    if not still and not recipe.animated:
        return [amount]
    frames = CHART_STEPS if recipe.is_chart else recipe.frames
    steps = find_path(2, frames, loop=not still, ease="linear" if still else "sine")
    ends = torch.tensor([-amount, amount], dtype=torch.float64)[:, None]
    return [round(value, 9) + 0.0 for value in interpolate(steps, ends, 1, linear)[:, 0].tolist()]


PLANS: Mapping[str, Callable[[Recipe, Generator, int], Plan]] = {
    "waifu": _plan_waifu,
    "grid": _plan_grid,
    "morph": _plan_morph,
    "mix": _plan_mix,
    "vary": _plan_vary,
    "psi": _plan_psi,
    "edit": _plan_edit,
}
