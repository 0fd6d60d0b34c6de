"""The bangs: one function and one row of TABLE for each kind.

Each returns locks from back to front. Knows nothing of how locks are drawn.
"""

from collections.abc import Callable
from dataclasses import dataclass, replace
from math import exp, sin, tanh
from typing import Any

import numpy as np

from generator.artist.figure import Figure, sequence
from generator.artist.hair.locks import FRINGE, TOP, Lock

LENGTH_STEP = 4.5  # head units that a unit of the knob adds to bangs
PART_STEP = 8.0  # degrees that a unit of the knob moves the parting

Along = Callable[[float], float]  # a function of the azimuth in degrees


@dataclass(frozen=True)
class Fringe:
    """A row of locks over the forehead."""

    count: int
    span: tuple[float, float]  # azimuths of its ends, the smaller one first
    width: float  # half width of a lock, in head units
    length: Along  # below the equator
    curl: Along = lambda azimuth: 0.0
    part: float = 0.0  # azimuth of the parting, from which locks spread
    pull: float = 0.35  # how far roots lie from the parting, as a share of the locks' distance from it
    polar: tuple[float, float] = (14.0, 28.0)  # of the roots, furthest from the parting and at it
    blunt: float = 2.2
    lift: float = 0.06
    flare: float = 0.0
    ragged: float = 4.0  # how much lengths differ, in head units
    scatter: float = 3.0  # how much azimuths differ, in degrees
    uneven: float = 0.42  # how much widths differ, as a share
    layer: int = FRINGE


def tousle(figure: Figure) -> float:
    """Return how much neighbours differ, as a multiple of the usual: 0.4 for sleek hair to 2.5 for tousled."""
    return exp(0.37 * figure.attributes.ruffle)


def comb(figure: Figure, row: Fringe, phase: float) -> list[Lock]:
    """Return the locks of a row; the outer ones come first, so that the ones at the parting lie on top."""
    a, ruffle = figure.attributes, tousle(figure)
    spread, lengths, widths, roots = (sequence(row.count, phase + k) for k in range(4))
    azimuths = np.linspace(*row.span, row.count) + row.scatter * ruffle * spread
    distance = np.abs(np.linspace(*row.span, row.count) - row.part)
    order, away = np.argsort(-distance + 6 * roots, kind="stable"), distance / distance.max()
    parting = row.part + PART_STEP * a.part
    return [
        Lock(
            start=parting + (azimuths[i] - parting) * row.pull,
            polar=row.polar[1] + (row.polar[0] - row.polar[1]) * away[i] + 2 * roots[i],
            azimuth=azimuths[i],
            length=row.length(azimuths[i]) + LENGTH_STEP * a.bang_length + row.ragged * ruffle * lengths[i],
            width=row.width * (1 + row.uneven * widths[i]),
            layer=row.layer,
            lift=row.lift * (1 + 0.2 * widths[i]) + 0.008 * a.volume,
            flare=row.flare,
            curl=row.curl(azimuths[i]) + 3.0 * ruffle * lengths[i],
            blunt=row.blunt,
            tone=0.035 * roots[i],
        )
        for i in order
    ]


def _mirrored(side: int, near: float, far: float) -> tuple[float, float]:
    """Return the span from ``near`` to ``far`` degrees off the middle on one side (-1 or 1)."""
    return (near, far) if side > 0 else (-far, -near)


def _over(row: Fringe, width: float, longer: float, **more: Any) -> Fringe:
    """Return the narrower, longer and more pointed row that lies on top of ``row``."""
    low, high = row.span
    shape: dict[str, Any] = {
        "count": row.count - 1,
        "span": (low + 6, high - 6),
        "length": lambda azimuth: row.length(azimuth) + longer,
        "ragged": row.ragged + 3,
        "scatter": row.scatter + 1.5,
        "blunt": min(row.blunt, 1.8),
        "lift": row.lift + 0.02,
        "layer": TOP,
    }
    return replace(row, width=width, **(shape | more))


def _layers(figure: Figure, under: Fringe, over: Fringe, phase: float = 0.0) -> list[Lock]:
    return comb(figure, under, phase) + comb(figure, over, phase + 5)


def _blunt(figure: Figure) -> list[Lock]:
    under = Fringe(9, (-62, 62), 17, lambda z: 1 + abs(z) * 0.10, blunt=4.0, ragged=3, scatter=2)
    return _layers(figure, under, _over(under, 12, 7, blunt=4.5, ragged=4, scatter=3))


def _hime(figure: Figure) -> list[Lock]:
    under = Fringe(9, (-60, 60), 17, lambda z: 8, blunt=7, ragged=1.0, scatter=1, uneven=0.15)
    return _layers(figure, under, _over(under, 13, 2, blunt=8, ragged=1.2, scatter=1.5, uneven=0.2))


def _messy(figure: Figure) -> list[Lock]:
    under = Fringe(8, (-64, 64), 19, lambda z: -1 + abs(z) * 0.2, scatter=2.5, ragged=7, blunt=1.9, lift=0.08)
    return _layers(figure, under, _over(under, 13, 10, curl=lambda z: 9 * sin(z / 9), scatter=6))


def _swept(figure: Figure) -> list[Lock]:
    under = Fringe(
        8,
        (-66, 66),
        20,
        lambda z: -10 + abs(z + 34) * 0.28,
        lambda z: 15 * tanh((z + 34) / 10),
        part=-34,
        pull=0.06,
        polar=(22, 42),
        lift=0.08,
        blunt=1.9,
    )
    return _layers(figure, under, _over(under, 12, 7, curl=lambda z: 19 * tanh((z + 34) / 10)))


def _parted(figure: Figure) -> list[Lock]:
    locks: list[Lock] = []
    for side in (-1, 1):
        under = Fringe(
            4,
            _mirrored(side, 20, 68),
            20,
            lambda z: -26 + abs(z) * 0.85,
            lambda z: 8 * tanh(z / 4),
            pull=0.10,
            polar=(22, 56),
            scatter=2,
            blunt=2.0,
        )
        locks += _layers(figure, under, _over(under, 11, 9, polar=(22, 50)), side)
    return locks


def _curtain(figure: Figure) -> list[Lock]:
    locks: list[Lock] = []
    for side in (-1, 1):
        under = Fringe(
            5,
            _mirrored(side, 16, 66),
            19,
            lambda z: -34 + abs(z) * 1.25,
            lambda z: 16 * tanh(z / 4),
            pull=0.05,
            polar=(22, 56),
            flare=0.12,
            scatter=2,
            blunt=2.0,
        )
        locks += _layers(figure, under, _over(under, 11, 10, count=3, polar=(22, 50)), side)
    return locks


def _wispy(figure: Figure) -> list[Lock]:
    under = Fringe(8, (-62, 62), 16, lambda z: -6 + abs(z) * 0.14, ragged=5, scatter=4, blunt=1.8)
    return _layers(figure, under, _over(under, 7.5, 15, count=9, curl=lambda z: 6 * sin(z / 7), blunt=1.7))


def _one_eye(figure: Figure) -> list[Lock]:
    def length(azimuth: float) -> float:
        return 68 / (1 + exp((azimuth + 5) / 6))  # long over the eye on the viewer's left

    under = Fringe(9, (-62, 62), 19, length, lambda z: -7, part=26, pull=0.15, scatter=2.5, blunt=2.0)
    return _layers(figure, under, _over(under, 12, 6, count=7, curl=lambda z: -10))


def _crossed(figure: Figure) -> list[Lock]:
    under = Fringe(8, (-64, 64), 20, lambda z: -4 + abs(z) * 0.3, lambda z: 6 * tanh(z / 8), blunt=2.0)
    a, ruffle = figure.attributes, tousle(figure)
    # The strands between the eyes cross one another: they curl back over the middle.
    crossing = ((-41, 14), (42, 15), (-23, 13), (25, 11), (-7, 32), (8, 25))
    return comb(figure, under, 0.0) + [
        Lock(
            start=PART_STEP * a.part + azimuth * 0.2,
            polar=18 + 2 * i,
            azimuth=azimuth,
            length=length + LENGTH_STEP * a.bang_length,
            width=11.5,
            layer=TOP,
            lift=0.08,
            curl=(6 + 2.0 * ruffle * (i % 3)) * (1 if azimuth < 0 else -1),
            blunt=1.8,
            tone=0.02 * (-1) ** i,
        )
        for i, (azimuth, length) in enumerate(crossing)
    ]


def _swoop(figure: Figure) -> list[Lock]:
    under = Fringe(
        8,
        (-66, 64),
        20,
        lambda z: -10 + max(0.0, 24 - z) * 0.40,
        lambda z: -12,
        part=34,
        pull=0.10,
        lift=0.11,
        blunt=2.0,
    )
    return _layers(figure, under, _over(under, 12, 6, count=6, curl=lambda z: -15, lift=0.14))


TABLE: dict[str, Callable[[Figure], list[Lock]]] = {
    "blunt": _blunt,
    "hime": _hime,
    "messy": _messy,
    "swept": _swept,
    "parted": _parted,
    "curtain": _curtain,
    "wispy": _wispy,
    "one-eye": _one_eye,
    "crossed": _crossed,
    "swoop": _swoop,
}
