"""Computes where on a path through key points each frame of an animation is, with easing.

Knows nothing about recipes or points. Standard library only.
"""

import math
from collections.abc import Callable, Mapping
from dataclasses import dataclass

from generator.contract import errors


def _cubic(t: float) -> float:
    return 4 * t**3 if t < 0.5 else 1 - 4 * (1 - t) ** 3


EASINGS: Mapping[str, Callable[[float], float]] = {
    "sine": lambda t: (1 - math.cos(math.pi * t)) / 2,
    "linear": lambda t: t,
    "cubic": _cubic,
}


@dataclass(frozen=True)
class Place:
    """The place of one frame on a path, between two key points."""

    start: int  # index of the key point before
    end: int  # index of the key point after
    t: float  # from 0, at ``start``, to below 1


def find_path(keys: int, frames: int, loop: bool, ease: str = "linear") -> list[Place]:
    """Return the place of every frame on a path through ``keys`` points.

    Frame 0 is at key 0, and exactly one frame lies on each key (its t is 0). With ``loop`` the path leads back to key
    0, where the next frame after the last would be; otherwise the last frame is at the last key. The frames are
    divided as evenly as possible between the segments.

    Raises MorphTooShort if there are fewer frames than keys.
    """
    if frames < keys:
        raise errors.MorphTooShort(seeds=keys, low=keys, value=frames)
    segments, span = (keys, frames) if loop else (keys - 1, frames - 1)
    starts = [i * span // segments for i in range(segments + 1)]
    places = [
        Place(i, (i + 1) % keys, EASINGS[ease](k / (starts[i + 1] - starts[i])))
        for i in range(segments)
        for k in range(starts[i + 1] - starts[i])
    ]
    return places if loop else [*places, Place(keys - 1, keys - 1, 0.0)]
