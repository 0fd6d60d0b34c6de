"""A cut of hair: what a kind of back hair is made of, and the rows of locks that most kinds share."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from math import pi
from types import MappingProxyType
from typing import Any

import numpy as np

from generator.artist.figure import Figure, sequence
from generator.artist.hair.bangs import PARALLAX, PART_STEP, shorter, tousle
from generator.artist.hair.locks import SIDE, Lock, Strands
from generator.artist.hair.tied import Tie

SIDE_STEP = 24.0  # head units that a unit of the knob adds to the locks that frame the face
BACK_STEP = 0.10  # the share that a unit of the knob adds to the length of back hair
TUCKED = (22.0, 34.0, 66.0, 80.0), (0.0, 1.0, 1.0, 0.0)  # degrees from the back, and how far hair there is tucked in
HIDDEN = 48.0  # degrees from the back within which no turn shows the roots
WAVE_STEP = 3.0  # head units of wave per unit of the knob


@dataclass(frozen=True)
class Cut:
    """A kind of back hair, grown for one portrait."""

    locks: list[Lock] = field(default_factory=list)
    strands: list[Strands] = field(default_factory=list)  # hair combed along the scalp to the ties
    ties: list[Tie] = field(default_factory=list)
    tails: list[Strands] = field(default_factory=list)  # what hangs from each tie
    shape: str = ""  # what hangs from each tie besides: a row of ornaments.TABLE
    # How many of the first locks a dense body of hair behind the neck joins, and the sample to which it hangs.
    mass: tuple[int, int] = (0, 0)
    long: bool = False  # whether it hangs to the shoulders: inner hair of another colour is only shards above them
    spikes: float = 0.0  # how far locks stand off the head, as a multiple of the usual
    gloss: float = 1.0  # how sleek it is: the strength of its band of light


def around(
    figure: Figure,
    count: int,
    length: float,
    width: float,
    *,
    low: float = 84.0,
    polar: tuple[float, float] = (8.0, 24.0),
    ragged: float = 8.0,
    phase: float = 0.0,
    tucked: float = 0.0,
    **more: Any,
) -> list[Lock]:
    """Return a row of locks around the back from azimuth ``low`` on both sides, the ones at the back first.

    ``tucked`` is by how many head units those behind the ears are shorter: their tips would hang alone beside the jaw.
    """
    ruffle = tousle(figure)
    azimuths = np.linspace(low, 360 - low, count)
    spread, lengths, widths, roots = (sequence(count, phase + k) for k in range(4))
    order = np.argsort(np.abs(azimuths - 180), kind="stable")
    more = {"wave": 0.0, "flick": 0.0, "curl": 0.0} | more
    wave, flick, curl = more.pop("wave"), more.pop("flick"), more.pop("curl")
    return [
        Lock(
            start=azimuths[i] + 9 * roots[i],
            # What the head always hides is not drawn.
            polar=72 if abs(azimuths[i] - 180) < HIDDEN else polar[0] + (polar[1] - polar[0]) * (0.5 + 0.5 * spread[i]),
            azimuth=azimuths[i] + 4 * ruffle * spread[i],
            length=length + ragged * ruffle * lengths[i] - tucked * np.interp(abs(azimuths[i] - 180), *TUCKED),
            width=width * np.exp(0.40 * widths[i]),
            tone=0.025 * roots[i],
            phase=1.2 * roots[i] + (0 if azimuths[i] < 180 else pi),
            wave=waving(figure, wave),
            flick=flick * (1 + 0.4 * ruffle * widths[i]),
            curl=curl * ruffle * spread[i],
            **more,
        )
        for i in order
    ]


def waving(figure: Figure, usual: float) -> float:
    """Return half the width of waves in head units: the ``usual`` one and what the knob adds."""
    return max(0.0, usual + WAVE_STEP * figure.attributes.wave * (0.5 + usual / 12))


def frames(
    figure: Figure,
    length: float,
    *,
    count: int = 3,
    width: float = 14.0,
    azimuths: tuple[float, float] = (53.0, 78.0),
    knob: float = 1.0,
    wave: float = 4.0,
    follow: float = 0.0,
    most: Mapping[int, float] = MappingProxyType({}),
    **more: Any,
) -> list[Lock]:
    """Return the locks that frame the face on both sides, the ones next to the face last.

    ``follow`` is the share of a turn that those on the far side undo: without hair behind them they hang in the air.
    ``most`` are the greatest lengths on a side (-1 or 1), where hair is tied: over the tie they would cut it up.
    """
    a, ruffle, places, locks = figure.attributes, tousle(figure), np.linspace(*azimuths, count), []
    shape = {"layer": SIDE, "lift": 0.06, "frequency": 0.75, "flick": -0.12} | more  # their ends frame the cheeks
    usual = length * (1 - 0.22 * np.abs(np.linspace(-0.5, 0.5, count))) + knob * SIDE_STEP * a.side_length
    for side in (-1, 1):
        spread, lengths, widths = (sequence(count, k + 2.5 * side) for k in range(3))
        turned = side * float(np.degrees(figure.rig.yaw))
        back = follow * max(0.0, turned) + PARALLAX * min(0.0, turned)  # on the near side, out of the eye's way
        locks += [
            Lock(
                start=0.3 * PART_STEP * a.part + side * (26 + 8 * spread[i]),
                polar=27 + 7 * widths[i],
                azimuth=side * (places[i] + 1.5 * ruffle * spread[i] - back),
                length=shorter(usual[i] + 5 * ruffle * lengths[i], most.get(side, np.inf)),
                width=width * np.exp(0.30 * widths[i]),
                tone=0.025 * spread[i],
                wave=waving(figure, wave),
                phase=0.5 * spread[i] + (0 if side > 0 else pi),
                **shape,
            )
            for i in reversed(range(count))
        ]
    return locks


def stretch(figure: Figure) -> float:
    """Return the length of back hair as a multiple of the usual."""
    return 1 + BACK_STEP * figure.attributes.back_length
