"""Paths over key points: which point each frame shows, how a step speeds up, and what lies between two points.

Does not know recipes, seeds or networks: points are tensors [..., d].
"""

import math
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass

import torch
from torch import Tensor

from generator.contract import errors


def _cubic(t: float) -> float:
    return 4 * t**3 if t < 0.5 else 1 - 4 * (1 - t) ** 3


EASINGS: Mapping[str, Callable[[float], float]] = {
    "sine": lambda t: (1 - math.cos(math.pi * t)) / 2,
    "linear": lambda t: t,
    "cubic": _cubic,
}


@dataclass(frozen=True)
class Step:
    """One frame of a path: the point at ``t`` (0 <= t < 1) from key ``start`` to key ``end``."""

    start: int
    end: int
    t: float


def find_path(keys: int, frames: int, loop: bool, ease: str = "linear") -> list[Step]:
    """Return the frames of a path over ``keys`` points. It meets each key exactly (t = 0), key 0 in frame 0.

    loop: the path is 0 -> 1 -> ... -> 0, and the frame after the last would be the first again. Otherwise the last
    frame is the last key. Segments have as equal numbers of frames as integers allow. Raises MorphTooShort for
    fewer frames than keys.
    """
    if frames < keys:
        raise errors.MorphTooShort(seeds=keys, low=keys, value=frames)
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
    """Return the point at ``t`` on the great arc from ``a`` to ``b`` [..., d]; exactly ``a`` at t = 0.

    Points (nearly) in line are joined by a straight line. [Shoemake 1985, "Animating Rotation with Quaternion Curves",
    section 3.3]
    """
    cosine = torch.nn.functional.cosine_similarity(a.double(), b.double(), dim=-1).clamp(-1, 1)[..., None]
    angle = cosine.acos()
    sine = angle.sin()
    arc = ((1 - t) * angle).sin() / sine * a + (t * angle).sin() / sine * b
    return torch.where(sine < 1e-6, linear(a, b, t).double(), arc).to(a.dtype)


INTERPOLATIONS: Mapping[str, Callable[[Tensor, Tensor, Tensor], Tensor]] = {"z": linear, "sphere": spherical}


def interpolate(
    steps: Sequence[Step], keys: Tensor, faces: int, between: Callable[[Tensor, Tensor, Tensor], Tensor]
) -> Tensor:
    """Apply ``between`` for every step and face: keys [keys * faces, ...] -> points [steps * faces, ...]."""
    keys = keys.reshape(-1, faces, *keys.shape[1:])
    start = keys[[step.start for step in steps]]
    end = keys[[step.end for step in steps]]
    t = torch.tensor([step.t for step in steps], device=keys.device).reshape(-1, *[1] * (keys.ndim - 1))
    return between(start, end, t).flatten(0, 1)
