"""From a recipe to the faces it needs: the table of plans, one for each kind of picture.

Synthesises nothing and knows no file formats. A new kind of picture is a function (recipe, generator, side) -> Plan and a row
in PLANS; what seeds mean is in points.py, paths are in paths.py, directions in directions.py.

[1] Karras et al. 2019, "A Style-Based Generator Architecture for Generative Adversarial Networks".
"""

import math
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass

import torch
from torch import Tensor

from generator.contract import errors
from generator.contract.recipe import CHART_STEPS, SEEDS, Recipe
from generator.rendering.directions import directions
from generator.rendering.latents import Latents
from generator.rendering.latents import seed_label as seed_label
from generator.rendering.latents import seed_z as seed_z
from generator.rendering.layout import MAX_PIXELS as MAX_PIXELS
from generator.rendering.layout import Layout
from generator.rendering.paths import EASINGS as EASINGS
from generator.rendering.paths import INTERPOLATIONS as INTERPOLATIONS
from generator.rendering.paths import Step, along, linear, path
from generator.rendering.paths import spherical as spherical
from generator.stylegan2.network import Generator

MIN_SHOWN_SIDE = 256  # pixels: a smaller network's faces are shown enlarged
VARY_SIDE = 3
COARSE_AND_MIDDLE = 8  # layers: those up to 32 x 32 pixels  [1, section 3.1]
COARSE_NOISE = 32  # pixels  [1, fig. 5]
NEARNESS = 0.75  # how much of another z a near relative has, beside 1 of its own


@dataclass(frozen=True)
class Plan:
    """Everything that synthesis and encoding need to know of a recipe. Faces run frame by frame, row by row."""

    layout: Layout
    w: Tensor  # [faces, num_ws, w_dim] float32 on the generator's device
    noise: str  # "const", "random" or "none"
    noise_seeds: tuple[int, ...]  # one per face
    format: str  # "png" for pictures, else the recipe's: gif, mp4, webp, strip
    fps: int = 1  # frames per second
    loop: bool = False  # the last frame leads back to the first
    noise_layers: tuple[int, ...] | None = None  # the w-layers whose noise is random; None: all


def plan(recipe: Recipe, generator: Generator, enlarge: bool = True) -> Plan:
    """Return what ``recipe`` means with this network. enlarge: show a network under 256 px by a whole factor larger.

    Raises TooManyPixels (before any work), UnknownKind, UnknownTrait, UnknownTraitValue, UnknownDirection, NoNoise, OutOfRange
    (fewer frames than seeds, layers that the network has not).
    """
    make = PLANS.get(recipe.kind)
    if make is None:
        raise errors.UnknownKind(kind=recipe.kind, known=", ".join(PLANS))
    with torch.no_grad():
        return make(recipe, generator, shown_side(generator, enlarge))


def shown_side(generator: Generator, enlarge: bool = True) -> int:
    """Return the side in pixels at which a face is shown: the network's own, or a whole multiple that is at least 256."""
    side = generator.resolution
    return side * math.ceil(MIN_SHOWN_SIDE / side) if enlarge else side


def _styles(seeds: Sequence[int], recipe: Recipe, generator: Generator) -> Tensor:
    """w [seeds, num_ws, w_dim] with the recipe's traits and its one psi."""
    return Latents.of(seeds, generator, dict(recipe.traits)).styles(generator, recipe["psi"], recipe["cutoff"])


def _waifu(recipe: Recipe, generator: Generator, side: int) -> Plan:
    return Plan(Layout(1, 1, 1, side), _styles(recipe.seeds, recipe, generator), recipe["noise"], recipe.seeds, "png")


def _grid(recipe: Recipe, generator: Generator, side: int) -> Plan:
    """Several psi: whole grids side by side, so that a row of the picture is a row of each grid."""
    rows, psis = recipe.numbers[0], recipe.psis
    layout = Layout(1, rows, rows * len(psis), side, captions=_psi_captions(psis) if len(psis) > 1 else ())
    points = Latents.of(recipe.seeds, generator, dict(recipe.traits))
    grids = torch.stack([points.styles(generator, psi, recipe["cutoff"]) for psi in psis])
    w = grids.reshape(len(psis), rows, rows, *grids.shape[2:]).transpose(0, 1).flatten(0, 2)
    seeds = [recipe.seeds[row * rows : (row + 1) * rows] * len(psis) for row in range(rows)]
    return Plan(layout, w, recipe["noise"], tuple(sum(seeds, ())), "png")


def _psi_captions(psis: Sequence[float]) -> tuple[str, ...]:
    return tuple(f"psi {round(psi, 2):g}" for psi in psis)


def _psi(recipe: Recipe, generator: Generator, side: int) -> Plan:
    """One face from psi ``from`` to psi ``to`` in even steps, side by side."""
    psis = torch.linspace(recipe["from"], recipe["to"], recipe["steps"], dtype=torch.float64).tolist()
    layout = Layout(1, 1, len(psis), side, captions=_psi_captions(psis))
    point = Latents.of(recipe.seeds, generator, dict(recipe.traits))
    w = torch.cat([point.styles(generator, psi, recipe["cutoff"]) for psi in psis])
    return Plan(layout, w, recipe["noise"], recipe.seeds * len(psis), "png")


def _morph(recipe: Recipe, generator: Generator, side: int) -> Plan:
    """Face j of the grid morphs between the seeds (s + j) modulo 2**32; its noise is that of (first seed + j) throughout."""
    layout = Layout(recipe["frames"], recipe["size"], recipe["size"], side)
    faces = recipe["size"] ** 2
    steps = path(len(recipe.seeds), layout.frames, recipe["loop"], recipe["ease"])
    seeds = [(seed + j) % SEEDS for seed in recipe.seeds for j in range(faces)]
    keys = Latents.of(seeds[:-faces], generator, dict(recipe.traits)) + Latents.of(
        seeds[-faces:], generator, recipe.last_traits
    )
    w = _morph_styles(steps, keys, faces, recipe, generator)
    return Plan(
        layout,
        w,
        recipe["noise"],
        tuple(seeds[:faces]) * layout.frames,
        recipe["format"],
        recipe["fps"],
        recipe["loop"],
    )


def _morph_styles(steps: Sequence[Step], keys: Latents, faces: int, recipe: Recipe, generator: Generator) -> Tensor:
    psi, cutoff = recipe["psi"], recipe["cutoff"]
    if recipe["space"] == "w":
        return along(steps, keys.styles(generator, psi, cutoff), faces, linear)
    z = along(steps, keys.z, faces, INTERPOLATIONS[recipe["space"]])
    label = None if keys.label is None else along(steps, keys.label, faces, linear)
    return Latents(z, label).styles(generator, psi, cutoff)


def _mix(recipe: Recipe, generator: Generator, side: int) -> Plan:
    """Style mixing  [1, section 3.1]: some layers' w of one seed, the others' of another; its noise is the first's.

    With fine=... the paper's table (figure 3): coarse sources down the side, fine ones along the top.
    """
    rows, columns = len(recipe.coarse), len(recipe.fine)
    pair = recipe["fine"] is None
    layout = Layout(1, 1, 1, side) if pair else _table(recipe, side)
    w = _styles(recipe.seeds, recipe, generator)
    coarse, fine = w[:rows], w[rows:]
    mixed = fine[None].repeat(rows, 1, 1, 1)  # [rows, columns, num_ws, w_dim]
    layers = _chosen_layers(recipe, generator)
    mixed[:, :, layers] = coarse[:, None, layers]
    if pair:
        return Plan(layout, mixed[0], recipe["noise"], recipe.coarse, "png")
    lines = torch.cat([coarse[:, None], mixed], dim=1).flatten(0, 1)
    seeds = recipe.fine + tuple(seed for seed in recipe.coarse for _ in range(columns + 1))
    return Plan(layout, torch.cat([fine, lines]), recipe["noise"], seeds, "png")


def _table(recipe: Recipe, side: int) -> Layout:
    """Every source with its seed beside it; the corner between them is empty."""
    tops, sides = (("", *map(str, seeds)) for seeds in (recipe.fine, recipe.coarse))
    return Layout(1, len(sides), len(tops), side, table=True, captions=tops, sides=sides)


def _chosen_layers(recipe: Recipe, generator: Generator) -> list[int]:
    """The layers that the recipe names; left out, the first half, at most the paper's coarse and middle ones."""
    chosen = recipe.layers
    if chosen is None:
        return list(range(min(COARSE_AND_MIDDLE, generator.num_ws // 2)))
    if chosen[-1] >= generator.num_ws:
        raise errors.NoSuchLayers(high=generator.num_ws - 1, value=recipe["layers"])
    return list(chosen)


def _vary(recipe: Recipe, generator: Generator, side: int) -> Plan:
    """One face again and again: under other noise, or as its near relatives."""
    layout = Layout(recipe["frames"], 1, 1, side) if recipe.animated else Layout(1, VARY_SIDE, VARY_SIDE, side)
    layers = _vary_layers(recipe["layers"], generator)
    make = _relatives if recipe["by"] == "z" else _other_noise
    return make(recipe, generator, layout, layers)


def _other_noise(recipe: Recipe, generator: Generator, layout: Layout, layers: tuple[int, ...]) -> Plan:
    """The same w under other noise  [1, section 3.2]: face i has the random noise of (seed + i) modulo 2**32."""
    layers = tuple(layer for layer in layers if layer < generator.num_ws - 1)  # the last w only tints
    if not any(_hears_noise(layer, generator) for layer in layers):
        raise errors.NoNoise(model=generator.name)
    seeds = tuple((recipe.seeds[0] + i) % SEEDS for i in range(layout.faces))
    w = _styles(recipe.seeds, recipe, generator).expand(layout.faces, -1, -1)
    return Plan(layout, w, "random", seeds, recipe["format"], recipe["fps"], recipe.animated, layers)


def _relatives(recipe: Recipe, generator: Generator, layout: Layout, layers: tuple[int, ...]) -> Plan:
    """The same traits and almost the same z: the face itself, then near relatives; animated a circle through relatives.

    The chosen layers are a relative's, the others the face's own.
    """
    point, others = Latents.of(recipe.seeds, generator, dict(recipe.traits)), _other_z(recipe, generator, layout.faces)
    z = (point.z + NEARNESS * others) / math.sqrt(1 + NEARNESS**2)
    if not recipe.animated:
        z[0] = point.z[0]
    label = None if point.label is None else point.label.expand(layout.faces, -1)
    changed = Latents(z, label).styles(generator, recipe["psi"], recipe["cutoff"])
    w = point.styles(generator, recipe["psi"], recipe["cutoff"]).repeat(layout.faces, 1, 1)
    w[:, layers] = changed[:, layers]
    return Plan(layout, w, "const", recipe.seeds * layout.faces, recipe["format"], recipe["fps"], recipe.animated)


def _other_z(recipe: Recipe, generator: Generator, faces: int) -> Tensor:
    """Whose z [faces, z_dim] a face is moved towards: that of (seed + i); animated round a circle of the next two seeds' z."""
    if not recipe.animated:
        return Latents.of([(recipe.seeds[0] + i) % SEEDS for i in range(faces)], generator).z
    first, second = Latents.of([(recipe.seeds[0] + i) % SEEDS for i in (1, 2)], generator).z
    angle = torch.arange(faces, device=first.device)[:, None] * (2 * math.pi / faces)
    around: Tensor = angle.cos() * first + angle.sin() * second
    return around


def _vary_layers(which: str, generator: Generator) -> tuple[int, ...]:
    """The w-layers that vary: coarse up to 32 px as in [1, fig. 5], of a network under 128 px up to a quarter of its side."""
    side = max(4, min(COARSE_NOISE, generator.resolution // 4))
    coarse = 2 * (side.bit_length() - 3) + 1  # one layer of 4 px, two of each further resolution
    layers = range(generator.num_ws)
    return tuple({"all": layers, "coarse": layers[:coarse], "fine": layers[coarse:]}[which])


def _hears_noise(layer: int, generator: Generator) -> bool:
    if not generator.hyper.use_noise:
        return False
    side = 4 * 2 ** ((layer + 1) // 2)
    return bool(generator.synthesis.get_parameter(f"b{side}.conv{1 - layer % 2}.noise_strength") != 0)


def _edit(recipe: Recipe, generator: Generator, side: int) -> Plan:
    """w + amount x direction, after truncation, in all layers or the chosen ones."""
    amounts = _amounts(recipe)
    layout = _edit_layout(recipe, amounts, side)
    layers = list(range(generator.num_ws)) if recipe["layers"] is None else _chosen_layers(recipe, generator)
    w = _styles(recipe.seeds, recipe, generator).repeat(layout.faces, 1, 1)
    steps = torch.tensor(amounts, device=w.device)
    along_each = directions(generator, recipe.directions)
    w[:, layers] += (along_each[:, None] * steps[:, None, None]).flatten(0, 1)[:, layers]
    moving = layout.frames > 1
    return Plan(
        layout,
        w,
        recipe["noise"],
        recipe.seeds * layout.faces,
        recipe["format"] if moving else "png",
        recipe["fps"],
        moving,
    )


def _edit_layout(recipe: Recipe, amounts: Sequence[float], side: int) -> Layout:
    """One face, frame by frame or step by step; of several directions a row each."""
    if not recipe.charted and recipe["format"] != "strip":
        return Layout(len(amounts), 1, 1, side)
    captions = tuple(f"{round(value, 2) + 0.0:+g}" if value else "0" for value in amounts)
    names = recipe.directions if recipe.charted else ()
    return Layout(1, len(recipe.directions), len(amounts), side, captions=captions, sides=names)


def _amounts(recipe: Recipe) -> list[float]:
    """The amounts of each direction: one; side by side from -amount to amount; in an animation there and smoothly back."""
    amount, still = recipe["amount"], recipe.charted or recipe["format"] == "strip"
    if not still and not recipe.animated:
        return [amount]
    frames = CHART_STEPS if recipe.charted else recipe["frames"]
    steps = path(2, frames, loop=not still, ease="linear" if still else "sine")
    ends = torch.tensor([-amount, amount], dtype=torch.float64)[:, None]
    return [round(value, 9) + 0.0 for value in along(steps, ends, 1, linear)[:, 0].tolist()]


PLANS: Mapping[str, Callable[[Recipe, Generator, int], Plan]] = {
    "waifu": _waifu,
    "grid": _grid,
    "morph": _morph,
    "mix": _mix,
    "vary": _vary,
    "psi": _psi,
    "edit": _edit,
}
