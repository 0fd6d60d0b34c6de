"""The bangs: one function and one row of TABLE for each kind.

Each returns locks from back to front. Knows nothing of how locks are drawn.
"""

from collections.abc import Callable
from dataclasses import dataclass
from math import exp

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
    low: float  # azimuths of its ends
    high: float
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
    azimuths = np.linspace(row.low, row.high, row.count) + row.scatter * ruffle * spread
    distance = np.abs(np.linspace(row.low, row.high, row.count) - row.part)
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


def _blunt(figure: Figure) -> list[Lock]:
    under = Fringe(9, -62, 62, 17, lambda z: 1 + abs(z) * 0.10, blunt=4.0, ragged=3, scatter=2)
    over = Fringe(8, -54, 54, 12, lambda z: 8 + abs(z) * 0.12, blunt=4.5, ragged=4, layer=TOP)
    return comb(figure, under, 0.0) + comb(figure, over, 5.0)


def _hime(figure: Figure) -> list[Lock]:
    under = Fringe(9, -60, 60, 17, lambda z: 8, blunt=7, ragged=1.0, scatter=1, uneven=0.15)
    over = Fringe(8, -53, 53, 13, lambda z: 10, blunt=8, ragged=1.2, scatter=1.5, uneven=0.2, layer=TOP)
    return comb(figure, under, 0.0) + comb(figure, over, 5.0)


def _messy(figure: Figure) -> list[Lock]:
    under = Fringe(8, -64, 64, 19, lambda z: -1 + abs(z) * 0.2, ragged=7, scatter=2.5, blunt=1.9, lift=0.08)
    over = Fringe(
        7, -58, 58, 13, lambda z: 9 + abs(z) * 0.2, lambda z: 9 * np.sin(z / 9.0), ragged=10, scatter=6, blunt=1.8,
        lift=0.10, layer=TOP,
    )  # fmt: skip
    return comb(figure, under, 0.0) + comb(figure, over, 5.0)


def _swept(figure: Figure) -> list[Lock]:
    def length(azimuth: float) -> float:
        return -8 + abs(azimuth + 24) * 0.30

    under = Fringe(
        8, -66, 66, 20, length, lambda z: 9 * np.tanh((-24 - z) / 8), part=-24, pull=0.12, polar=(18, 30), blunt=1.9
    )
    over = Fringe(
        7, -58, 60, 12, lambda z: length(z) + 7, lambda z: 12 * np.tanh((-24 - z) / 8), part=-24, pull=0.15, blunt=1.8,
        scatter=4, ragged=6, lift=0.09, layer=TOP,
    )  # fmt: skip
    return comb(figure, under, 0.0) + comb(figure, over, 5.0)


def _parted(figure: Figure) -> list[Lock]:
    def length(azimuth: float) -> float:
        return -26 + abs(azimuth) * 0.85

    locks: list[Lock] = []
    for side in (-1, 1):
        ends = sorted((side * 20, side * 68))
        under = Fringe(4, *ends, 20, length, lambda z, s=side: 8 * s, pull=0.10, polar=(22, 56), scatter=2, blunt=2.0)
        ends = sorted((side * 26, side * 62))
        over = Fringe(
            3,
            *ends,
            11,
            lambda z: length(z) + 9,
            lambda z, s=side: 11 * s,
            pull=0.10,
            polar=(22, 50),
            ragged=6,
            blunt=1.8,
            layer=TOP,
        )
        locks += comb(figure, under, 0.0 + side) + comb(figure, over, 5.0 + side)
    return locks


def _curtain(figure: Figure) -> list[Lock]:
    def length(azimuth: float) -> float:
        return -34 + abs(azimuth) * 1.25

    locks: list[Lock] = []
    for side in (-1, 1):
        ends = sorted((side * 16, side * 66))
        under = Fringe(
            5, *ends, 19, length, lambda z, s=side: 16 * s, pull=0.05, polar=(22, 56), flare=0.12, scatter=2, blunt=2.0
        )
        ends = sorted((side * 24, side * 60))
        over = Fringe(
            3,
            *ends,
            11,
            lambda z: length(z) + 10,
            lambda z, s=side: 17 * s,
            pull=0.05,
            polar=(22, 50),
            flare=0.10,
            blunt=1.8,
            layer=TOP,
        )
        locks += comb(figure, under, 0.0 + side) + comb(figure, over, 5.0 + side)
    return locks


def _wispy(figure: Figure) -> list[Lock]:
    under = Fringe(8, -62, 62, 16, lambda z: -6 + abs(z) * 0.14, ragged=5, scatter=4, blunt=1.8)
    over = Fringe(
        9, -58, 58, 7.5, lambda z: 9 + abs(z) * 0.16, lambda z: 6 * np.sin(z / 7.0), ragged=9, scatter=5, blunt=1.7,
        layer=TOP,
    )  # fmt: skip
    return comb(figure, under, 0.0) + comb(figure, over, 5.0)


def _one_eye(figure: Figure) -> list[Lock]:
    def length(azimuth: float) -> float:
        return 68 / (1 + float(np.exp((azimuth + 5) / 6)))  # long over the eye on the viewer's left

    under = Fringe(9, -62, 62, 19, length, lambda z: -7, part=26, pull=0.15, scatter=2.5, blunt=2.0)
    over = Fringe(
        7, -56, 56, 12, lambda z: length(z) + 6, lambda z: -10, part=26, pull=0.2, scatter=4, ragged=6, blunt=1.8,
        layer=TOP,
    )  # fmt: skip
    return comb(figure, under, 0.0) + comb(figure, over, 5.0)


def _crossed(figure: Figure) -> list[Lock]:
    under = Fringe(8, -64, 64, 20, lambda z: -4 + abs(z) * 0.3, lambda z: 6 * np.tanh(z / 8), blunt=2.0)
    locks = comb(figure, under, 0.0)
    a, ruffle = figure.attributes, tousle(figure)
    # The strands between the eyes cross one another: they curl back over the middle.
    for i, (azimuth, length) in enumerate(((-41, 14), (42, 15), (-23, 13), (25, 11), (-7, 32), (8, 25))):
        locks.append(
            Lock(
                start=PART_STEP * a.part + azimuth * 0.2,
                polar=18 + 2 * i,
                azimuth=azimuth,
                length=length + LENGTH_STEP * a.bang_length,
                width=11.5,
                layer=TOP,
                lift=0.08,
                curl=-float(np.sign(azimuth)) * (6 + 2.0 * ruffle * (i % 3)),
                blunt=1.8,
                tone=0.02 * (-1) ** i,
            )
        )
    return locks


def _swoop(figure: Figure) -> list[Lock]:
    def length(azimuth: float) -> float:
        return -10 + max(0.0, 24 - azimuth) * 0.40

    under = Fringe(8, -66, 64, 20, length, lambda z: -12, part=34, pull=0.10, lift=0.11, blunt=2.0)
    over = Fringe(
        6, -62, 46, 12, lambda z: length(z) + 6, lambda z: -15, part=34, pull=0.10, lift=0.14, ragged=6, scatter=4,
        blunt=1.8, layer=TOP,
    )  # fmt: skip
    return comb(figure, under, 0.0) + comb(figure, over, 5.0)


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
