"""Computes paths through key points: the position of each frame, with easing, and the interpolation between points.

Knows nothing about recipes, seeds or networks: points are tensors [..., d].
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
    """The position of one frame on a path, between two key points."""

    start: int  # index of the key point before
    end: int  # index of the key point after
    t: float  # from 0, at ``start``, to below 1


def find_path(keys: int, frames: int, loop: bool, ease: str = "linear") -> list[Step]:
    """Return the position of every frame on a path through ``keys`` points.

    Frame 0 is at key 0, and exactly one frame lies on each key (its t is 0). With ``loop`` the path leads back to key
    0, where the next frame after the last would be; otherwise the last frame is at the last key. The frames are
    divided as evenly as possible between the segments.

    Raises MorphTooShort if there are fewer frames than keys.
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
    """Return (1 - t) a + t b, which is exactly ``a`` at t = 0. ``t`` is broadcast."""
    return (1 - t) * a + t * b


def spherical(a: Tensor, b: Tensor, t: Tensor) -> Tensor:
    """Interpolate spherically from ``a`` to ``b`` [..., d]; the result is exactly ``a`` at t = 0.

    Vectors that are (nearly) parallel or opposite are interpolated linearly instead. [Shoemake 1985, "Animating
    Rotation with Quaternion Curves", section 3.3]
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
    """Interpolate with ``between`` for every step of a path and each of ``faces`` faces.

    ``keys`` [keys * faces, ...] holds the key points, all faces of the first key before those of the next. Return the
    points [steps * faces, ...] in the same order.
    """
    keys = keys.reshape(-1, faces, *keys.shape[1:])
    start = keys[[step.start for step in steps]]
    end = keys[[step.end for step in steps]]
    t = torch.tensor([step.t for step in steps], device=keys.device).reshape(-1, *[1] * (keys.ndim - 1))
    return between(start, end, t).flatten(0, 1)
