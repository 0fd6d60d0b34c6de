"""From a recipe to the faces it needs: the table of plans, one for each kind of picture.

Draws nothing and does not know file formats. A new kind of picture is a function (recipe, generator, side) -> Plan and
a row in PLANS; what seeds mean is in latents.py, paths are in paths.py, directions in directions.py.

[1] Karras et al. 2019, "A Style-Based Generator Architecture for Generative Adversarial Networks".
"""

import math
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass

import torch
from torch import Tensor

from generator.contract import errors
from generator.contract.kinds import CHART_STEPS
from generator.contract.recipe import Recipe
from generator.contract.seeds import SEED_COUNT
from generator.rendering.directions import find_steps
from generator.rendering.latents import Latents
from generator.rendering.layout import Layout
from generator.rendering.paths import INTERPOLATIONS, Step, find_path, interpolate, linear
from generator.stylegan2.network import Generator

MIN_SHOWN_SIDE = 256  # pixels: a smaller network's faces are shown enlarged
VARY_SIDE = 3  # faces along a side of the grid that ``vary`` shows
COARSE_AND_MIDDLE = 8  # layers: those up to 32 x 32 pixels  [1, section 3.1]
COARSE_NOISE = 32  # pixels  [1, fig. 5]
RELATIVE_WEIGHT = 0.75  # of the other z in a near relative, where the face's own has 1


@dataclass(frozen=True)
class Plan:
    """Everything that drawing and encoding need to know about a recipe. Faces are in order of frames, then rows."""

    layout: Layout
    w: Tensor  # [faces, num_ws, w_dim] float32 on the generator's device
    noise: str  # "const", "random" or "none"
    noise_seeds: tuple[int, ...]  # one per face
    format: str  # "png" for pictures, else the recipe's: gif, mp4, webp, strip
    fps: int = 1  # frames per second
    loop: bool = False  # the last frame leads back to the first
    noise_layers: tuple[int, ...] | None = None  # the w-layers with random noise; None: all


def plan(recipe: Recipe, generator: Generator, enlarge: bool = True) -> Plan:
    """Return the plan of ``recipe`` for this network. enlarge: show a network under 256 px larger by a whole factor.

    Raises TooManyPixels (before any work), UnknownKind, UnknownTrait, UnknownTraitValue, UnknownDirection, NoNoise,
    OutOfRange (fewer frames than seeds, layers that the network does not have).
    """
    make = PLANS.get(recipe.kind)
    if make is None:
        raise errors.UnknownKind(kind=recipe.kind, known=", ".join(PLANS))
    with torch.no_grad():
        return make(recipe, generator, shown_side(generator, enlarge))


def shown_side(generator: Generator, enlarge: bool = True) -> int:
    """Return the side in pixels at which a face is shown: the network's own, or a whole multiple of at least 256."""
    side = generator.resolution
    return side * math.ceil(MIN_SHOWN_SIDE / side) if enlarge else side


def _styles(seeds: Sequence[int], recipe: Recipe, generator: Generator) -> Tensor:
    """Return w [seeds, num_ws, w_dim] with the recipe's traits and its one psi."""
    return Latents.of(seeds, generator, dict(recipe.traits)).styles(generator, recipe.psi, recipe.cutoff)


def _plan_waifu(recipe: Recipe, generator: Generator, side: int) -> Plan:
    return Plan(Layout(1, 1, 1, side), _styles(recipe.seeds, recipe, generator), recipe.noise, recipe.seeds, "png")


def _plan_grid(recipe: Recipe, generator: Generator, side: int) -> Plan:
    """Put the grids of several psi side by side, so that a row of the picture is a row of each grid."""
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
    """Show one face from psi ``from`` to psi ``to`` in even steps, side by side."""
    psis = torch.linspace(recipe.psi_from, recipe.psi_to, recipe.steps, dtype=torch.float64).tolist()
    layout = Layout(1, 1, len(psis), side, captions=_psi_captions(psis))
    latents = Latents.of(recipe.seeds, generator, dict(recipe.traits))
    w = torch.cat([latents.styles(generator, psi, recipe.cutoff) for psi in psis])
    return Plan(layout, w, recipe.noise, recipe.seeds * len(psis), "png")


def _plan_morph(recipe: Recipe, generator: Generator, side: int) -> Plan:
    """Morph face j of the grid between the seeds (s + j) modulo 2**32, always with the noise of (first seed + j)."""
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
    """Mix styles  [1, section 3.1]: some layers of w from one seed, the others from another, the noise from the first.

    With fine=... it is the paper's table (figure 3): coarse sources down the side, fine ones along the top.
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
    """Return a layout that names every source by its seed; the corner between them is empty."""
    columns, rows = (("", *map(str, seeds)) for seeds in (recipe.fine, recipe.coarse))
    return Layout(1, len(rows), len(columns), side, table=True, captions=columns, row_captions=rows)


def _coarse_layers(recipe: Recipe, generator: Generator) -> list[int]:
    """Return the layers of the coarse seed: by default the first half, at most the paper's coarse and middle ones."""
    default = range(min(COARSE_AND_MIDDLE, generator.num_ws // 2))
    return _layers(recipe, generator, default)


def _layers(recipe: Recipe, generator: Generator, default: range) -> list[int]:
    """Return the layers that the recipe names, else ``default``. Raises NoSuchLayers if the network has fewer."""
    last, layers = generator.num_ws - 1, recipe.layers or default
    if layers[-1] > last:
        raise errors.NoSuchLayers(high=last, value=recipe.layers_text or "")
    return list(layers)


def _plan_vary(recipe: Recipe, generator: Generator, side: int) -> Plan:
    """Show one face repeatedly: with different noise, or as its near relatives."""
    layout = Layout(recipe.frames, 1, 1, side) if recipe.animated else Layout(1, VARY_SIDE, VARY_SIDE, side)
    layers = _vary_layers(recipe.part, generator)
    make = _vary_z if recipe.by == "z" else _vary_noise
    return make(recipe, generator, layout, layers)


def _vary_noise(recipe: Recipe, generator: Generator, layout: Layout, layers: tuple[int, ...]) -> Plan:
    """Draw the same w with different noise  [1, section 3.2]: face i has the random noise of seed + i, modulo 2**32."""
    layers = tuple(layer for layer in layers if layer < generator.num_ws - 1)  # the last w goes to ToRGB, without noise
    if not any(_uses_noise(layer, generator) for layer in layers):
        raise errors.NoNoise(model=generator.name)
    seeds = tuple((recipe.seeds[0] + i) % SEED_COUNT for i in range(layout.faces))
    w = _styles(recipe.seeds, recipe, generator).expand(layout.faces, -1, -1)
    return Plan(layout, w, "random", seeds, recipe.format, recipe.fps, recipe.animated, layers)


def _vary_z(recipe: Recipe, generator: Generator, layout: Layout, layers: tuple[int, ...]) -> Plan:
    """Draw the same traits with almost the same z: the face, then near relatives; animated, a circle of relatives.

    ``layers`` come from the relative, the others from the face itself.
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
    """Return the z [faces, z_dim] that a face moves towards: that of seed + i; animated, a circle of the next two."""
    if not recipe.animated:
        return Latents.of([(recipe.seeds[0] + i) % SEED_COUNT for i in range(faces)], generator).z
    first, second = Latents.of([(recipe.seeds[0] + i) % SEED_COUNT for i in (1, 2)], generator).z
    angle = torch.arange(faces, device=first.device)[:, None] * (2 * math.pi / faces)
    circle: Tensor = angle.cos() * first + angle.sin() * second
    return circle


def _vary_layers(part: str, generator: Generator) -> tuple[int, ...]:
    """Return the w-layers that vary. Coarse: up to 32 px as in [1, fig. 5], at most a quarter of the side."""
    side = max(4, min(COARSE_NOISE, generator.resolution // 4))
    coarse = 2 * (side.bit_length() - 3) + 1  # one layer of 4 px, two of each further resolution
    layers = range(generator.num_ws)
    return tuple({"all": layers, "coarse": layers[:coarse], "fine": layers[coarse:]}[part])


def _uses_noise(layer: int, generator: Generator) -> bool:
    if not generator.hyper.use_noise:
        return False
    side = 4 * 2 ** ((layer + 1) // 2)
    return bool(generator.synthesis.get_parameter(f"b{side}.conv{1 - layer % 2}.noise_strength") != 0)


def _plan_edit(recipe: Recipe, generator: Generator, side: int) -> Plan:
    """Move w by amount x direction, after truncation, in all layers or the named ones."""
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
    """Lay out one face, frame by frame or step by step, with one row for each of several directions."""
    if not recipe.is_chart and recipe.format != "strip":
        return Layout(len(amounts), 1, 1, side)
    captions = tuple(f"{round(value, 2) + 0.0:+g}" if value else "0" for value in amounts)
    names = recipe.directions if recipe.is_chart else ()
    return Layout(1, len(recipe.directions), len(amounts), side, captions=captions, row_captions=names)


def _amounts(recipe: Recipe) -> list[float]:
    """Return the amounts for each direction: one, or from -amount to amount; an animation also comes smoothly back."""
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
