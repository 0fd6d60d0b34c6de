"""From a recipe to the faces it needs: seeds to z, labels and w, paths between them, and how faces lie in frames.

Synthesises nothing and knows no file formats. A new kind of picture is a function (recipe, generator, enlarge) -> Plan and a row
in PLANS.
"""

import math
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass

import numpy as np
import torch
from torch import Tensor

from generator import errors
from generator.network import Generator
from generator.recipe import SEEDS, Recipe

MAX_PIXELS = 64_000_000  # in all frames of one recipe together, as shown
MIN_SHOWN_SIDE = 256  # pixels: a smaller network's faces are shown enlarged


@dataclass(frozen=True)
class Layout:
    """How faces make frames: each frame is rows x columns faces of side x side pixels. Raises TooManyPixels above MAX_PIXELS."""

    frames: int
    rows: int
    columns: int
    side: int  # pixels, as shown

    def __post_init__(self) -> None:
        pixels = self.faces * self.side**2
        if pixels > MAX_PIXELS:
            raise errors.TooManyPixels(megapixels=math.ceil(pixels / 1e6), limit=MAX_PIXELS // 10**6)

    @property
    def faces(self) -> int:
        """How many faces all frames have together."""
        return self.frames * self.rows * self.columns


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

    Raises TooManyPixels (before any work), UnknownKind, UnknownTrait, UnknownTraitValue, OutOfRange (fewer frames than seeds).
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


def seed_z(seed: int, z_dim: int) -> Tensor:
    """Return z [1, z_dim] float32 of ``seed`` (0 to 2**32-1), drawn as NVIDIA's scripts do, so a seed is the same face here."""
    return torch.from_numpy(np.random.RandomState(seed).randn(1, z_dim)).float()


def seed_label(seed: int, generator: Generator, traits: Mapping[str, str] | None = None) -> Tensor | None:
    """Return the label [1, c_dim] of ``seed`` with ``traits`` put in place, or None for a network without labels.

    All traits are drawn, in table order, from the seed's own RandomState after z, and then overridden: asking for pink hair leaves
    the rest of the face's traits as they were. Raises UnknownTrait, UnknownTraitValue.
    """
    check_traits(generator, traits or {})
    random = np.random.RandomState(seed)
    random.randn(1, generator.z_dim)
    parts = []
    for trait, values in generator.traits.items():
        drawn = _pick(random, len(values), generator.odds.get(trait))
        wanted = (traits or {}).get(trait)
        parts.append(torch.eye(len(values))[drawn if wanted is None else values.index(wanted)])
    return torch.cat(parts)[None] if parts else None


def _pick(random: np.random.RandomState, count: int, odds: Sequence[float] | None) -> int:
    """Draw one of ``count`` values: by their odds, or all alike where nothing is known of them."""
    if odds is None:
        return int(random.randint(count))
    steps = np.cumsum(odds)
    return int(np.searchsorted(steps, random.random_sample() * steps[-1], side="right"))


def check_traits(generator: Generator, traits: Mapping[str, str]) -> None:
    """Raise UnknownTrait or UnknownTraitValue where the network has not what is asked for."""
    for trait, value in traits.items():
        values = generator.traits.get(trait)
        if values is None:
            known = f"it has: {', '.join(generator.traits)}" if generator.traits else "it has none"
            raise errors.UnknownTrait(model=generator.name, trait=trait, known=known)
        if value not in values:
            raise errors.UnknownTraitValue(trait=trait, value=value, known=", ".join(values))


@dataclass(frozen=True)
class Latents:
    """Points before the mapping: z [n, z_dim] and label [n, c_dim] or None, on the generator's device."""

    z: Tensor
    label: Tensor | None

    @classmethod
    def of(cls, seeds: Sequence[int], recipe: Recipe, generator: Generator) -> "Latents":
        """Return the points of ``seeds`` with the recipe's traits. Raises UnknownTrait, UnknownTraitValue."""
        z = torch.cat([seed_z(seed, generator.z_dim) for seed in seeds]).to(generator.device)
        labels = [seed_label(seed, generator, dict(recipe.traits)) for seed in seeds]
        return cls(z, torch.cat([label for label in labels if label is not None]).to(z.device) if generator.c_dim else None)

    def styles(self, recipe: Recipe, generator: Generator) -> Tensor:
        """Return w [n, num_ws, w_dim], truncated as the recipe says."""
        w: Tensor = generator.mapping(self.z, self.label, psi=recipe["psi"], cutoff=recipe["cutoff"])
        return w


def _cubic(t: float) -> float:
    return 4 * t**3 if t < 0.5 else 1 - 4 * (1 - t) ** 3


EASINGS: Mapping[str, Callable[[float], float]] = {
    "sine": lambda t: (1 - math.cos(math.pi * t)) / 2,
    "linear": lambda t: t,
    "cubic": _cubic,
}


@dataclass(frozen=True)
class Step:
    """One frame of a path: the point at ``t`` (0 up to, not including, 1) from key ``start`` to key ``end``."""

    start: int
    end: int
    t: float


def path(keys: int, frames: int, loop: bool, ease: str = "linear") -> list[Step]:
    """Return the frames of a path over ``keys`` points; every key is met exactly (t = 0), key 0 by frame 0.

    loop: 0 -> 1 -> ... -> 0, so that the frame after the last would be the first again. Otherwise the last frame is the last key.
    Segments have as equal numbers of frames as integers allow. Raises OutOfRange for fewer frames than keys.
    """
    if frames < keys:
        raise errors.OutOfRange(name=f"frames (of a morph over {keys} seeds)", low=keys, high=240, value=frames)
    segments, span = (keys, frames) if loop else (keys - 1, frames - 1)
    starts = [i * span // segments for i in range(segments + 1)]
    steps = [
        Step(i, (i + 1) % keys, EASINGS[ease](k / (starts[i + 1] - starts[i])))
        for i in range(segments)
        for k in range(starts[i + 1] - starts[i])
    ]
    return steps if loop else [*steps, Step(keys - 1, keys - 1, 0.0)]


def linear(a: Tensor, b: Tensor, t: Tensor) -> Tensor:
    """Return (1 - t) a + t b; t broadcasts. Exactly ``a`` at t = 0."""
    return (1 - t) * a + t * b


def spherical(a: Tensor, b: Tensor, t: Tensor) -> Tensor:
    """Return the point at ``t`` of the great arc from ``a`` to ``b`` [..., d]  [Shoemake 1985, "Animating Rotation with Quaternion
    Curves", section 3.3]; exactly ``a`` at t = 0. Points (nearly) in line are joined by a straight line."""
    cosine = torch.nn.functional.cosine_similarity(a.double(), b.double(), dim=-1).clamp(-1, 1)[..., None]
    angle = cosine.acos()
    sine = angle.sin()
    arc = ((1 - t) * angle).sin() / sine * a + (t * angle).sin() / sine * b
    return torch.where(sine < 1e-6, linear(a, b, t).double(), arc).to(a.dtype)


INTERPOLATIONS: Mapping[str, Callable[[Tensor, Tensor, Tensor], Tensor]] = {"z": linear, "sphere": spherical}


def _along(steps: Sequence[Step], keys: Tensor, faces: int, between: Callable[[Tensor, Tensor, Tensor], Tensor]) -> Tensor:
    """Return ``between`` for every step and face: keys [keys * faces, ...] -> [steps * faces, ...]."""
    keys = keys.reshape(-1, faces, *keys.shape[1:])
    start = keys[[step.start for step in steps]]
    end = keys[[step.end for step in steps]]
    t = torch.tensor([step.t for step in steps], device=keys.device).reshape(-1, *[1] * (keys.ndim - 1))
    return between(start, end, t).flatten(0, 1)


def _waifu(recipe: Recipe, generator: Generator, side: int) -> Plan:
    return _still(recipe, generator, Layout(1, 1, 1, side))


def _grid(recipe: Recipe, generator: Generator, side: int) -> Plan:
    rows = recipe.numbers[0]
    return _still(recipe, generator, Layout(1, rows, rows, side))


def _still(recipe: Recipe, generator: Generator, layout: Layout) -> Plan:
    w = Latents.of(recipe.seeds, recipe, generator).styles(recipe, generator)
    return Plan(layout, w, recipe["noise"], recipe.seeds, "png")


def _morph(recipe: Recipe, generator: Generator, side: int) -> Plan:
    """Face j of the grid morphs between the seeds (s + j) modulo 2**32; its noise is that of (first seed + j) throughout."""
    layout = Layout(recipe["frames"], recipe["size"], recipe["size"], side)
    faces = recipe["size"] ** 2
    steps = path(len(recipe.seeds), layout.frames, recipe["loop"], recipe["ease"])
    seeds = [(seed + j) % SEEDS for seed in recipe.seeds for j in range(faces)]
    w = _morph_styles(steps, Latents.of(seeds, recipe, generator), faces, recipe, generator)
    return Plan(layout, w, recipe["noise"], tuple(seeds[:faces]) * layout.frames, recipe["format"], recipe["fps"], recipe["loop"])


def _morph_styles(steps: Sequence[Step], keys: Latents, faces: int, recipe: Recipe, generator: Generator) -> Tensor:
    if recipe["space"] == "w":
        return _along(steps, keys.styles(recipe, generator), faces, linear)
    z = _along(steps, keys.z, faces, INTERPOLATIONS[recipe["space"]])
    label = None if keys.label is None else _along(steps, keys.label, faces, linear)
    return Latents(z, label).styles(recipe, generator)


PLANS: Mapping[str, Callable[[Recipe, Generator, int], Plan]] = {"waifu": _waifu, "grid": _grid, "morph": _morph}
