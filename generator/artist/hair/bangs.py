"""The bangs: one function and one row of TABLE for each kind.

Each returns locks from back to front. Knows nothing of how locks are drawn.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from itertools import pairwise
from math import exp, radians, sin, tanh
from typing import Any

import numpy as np
from numpy.typing import NDArray

from generator.artist.face.layout import layout
from generator.artist.figure import Figure, sequence
from generator.artist.hair.locks import ARC_RADIUS, FRINGE, TOP, Lock
from generator.artist.rig import SCALP_CENTRE

LENGTH_STEP = 4.5  # head units that a unit of the knob adds to bangs
EYES = (5.0, 11.0, 45.0, 55.0)  # degrees off the middle between which hair hangs before an eye: rising, falling
PARALLAX = 0.35  # degrees along the scalp that bangs move before the eyes per degree of turn
COVERED = 0.5  # half heights above an eye's middle to which bangs may reach
BEND = 3.5  # how softly lengths bend to that limit, in head units
PAST_NOSE = 3.0  # head units below the nose at which hair before an eye ends: its tips show less
SHORTER = 7.0  # head units by which locks behind gaps are shorter than those beside them
FULLER = 0.12  # by how much wider the lower row is than its share, so that gaps between clumps end in points
SCATTERED = 1.3  # the most by which tousled hair moves locks apart: a wider gap shows the straight hairline
VEIL_DARKER = 0.07  # how much darker than other bangs hair before an eye is, or it is one with pale skin
STREAKS = (-30.0, 38.0)  # azimuths nearest to which locks are dyed as streaks
CLUMP = 0.30  # how far the tips of a clump lean together, as a share of their distance
PART_STEP = 8.0  # degrees that a unit of the knob moves the parting

Along = Callable[[float], float]  # a function of the azimuth in degrees


@dataclass(frozen=True)
class Fringe:
    """A row of clumps over the forehead, unequally wide."""

    count: int
    span: tuple[float, float]  # azimuths of its ends, the smaller one first
    cover: float  # the width of a clump as a multiple of its share of the span: neighbours overlap from 1
    length: Along  # below the equator
    curl: Along = lambda azimuth: 0.0
    part: float = 0.0  # azimuth of the parting, from which clumps spread
    pull: float = 0.35  # how far roots lie from the parting, as a share of the clumps' distance from it
    polar: tuple[float, float] = (14.0, 28.0)  # of the roots, furthest from the parting and at it
    blunt: float = 2.2
    lift: float = 0.06
    flare: float = 0.0
    ragged: float = 4.0  # how much lengths differ, in head units
    scatter: float = 2.0  # how much azimuths differ, in degrees
    uneven: float = 0.62  # how much widths differ: the natural logarithm of the widest as a multiple of the usual
    clump: float = 1.0  # how much tips gather in clumps
    layer: int = FRINGE
    tone: Along = lambda azimuth: 0.0  # lighter or darker than the light makes it
    hides: int = 0  # the side (-1 or 1) whose eye it hides; other eyes it leaves free


def tousle(figure: Figure) -> float:
    """Return how much neighbours differ, as a multiple of the usual: 0.4 for sleek hair to 2.5 for tousled."""
    return exp(0.37 * figure.attributes.ruffle)


def comb(figure: Figure, row: Fringe, phase: float) -> list[Lock]:
    """Return the locks of a row; the outer ones come first, so that the ones at the parting lie on top."""
    a, ruffle = figure.attributes, tousle(figure)
    spread, lengths, widths, roots = (sequence(row.count, phase + k) for k in range(4))
    shares = np.exp(row.uneven * widths)
    shares *= (row.span[1] - row.span[0]) / shares.sum()  # degrees
    places = row.span[0] + np.cumsum(shares) - shares / 2
    azimuths = places + row.scatter * min(SCATTERED, ruffle) * spread
    leads = _leads(row)
    gather = (
        row.clump * CLUMP * radians(1) * ARC_RADIUS * (azimuths[leads] - azimuths)
    )  # head units by which tips lean together
    lead = row.clump * np.where(leads == np.arange(row.count), 1.0, -0.5)
    distance = np.abs(places - row.part)
    order, away = np.argsort(-distance + 6 * roots, kind="stable"), distance / distance.max()
    parting = row.part + PART_STEP * a.part
    locks = [
        Lock(
            start=parting + (azimuths[i] - parting) * row.pull,
            polar=row.polar[1] + (row.polar[0] - row.polar[1]) * away[i] + 2 * roots[i],
            azimuth=azimuths[i],
            length=_clear(figure, row, azimuths[i], row.ragged * (ruffle * lengths[i] + lead[i])),
            width=row.cover * (1 + FULLER * (row.layer == FRINGE)) * radians(shares[i]) * ARC_RADIUS / 2,
            layer=row.layer,
            lift=row.lift * (1 + 0.2 * widths[i]) + 0.008 * a.volume,
            flare=row.flare,
            curl=row.curl(azimuths[i]) + gather[i] + 3.0 * ruffle * lengths[i],
            blunt=row.blunt,
            tone=row.tone(azimuths[i]) + 0.025 * roots[i],
        )
        for i in range(row.count)
    ]
    return (_lining(locks) if row.layer == FRINGE else []) + [locks[i] for i in order]


def _lining(locks: Sequence[Lock]) -> list[Lock]:
    """Return the pointed locks behind the gaps of a row: without them a gap ends in the hairline, straight as a cut."""
    return [
        left._replace(
            start=(left.start + right.start) / 2,
            azimuth=(left.azimuth + right.azimuth) / 2,
            length=min(left.length, right.length) - SHORTER,
            width=(left.width + right.width) / 3,
            curl=(left.curl + right.curl) / 2,
            lift=min(left.lift, right.lift) - 0.02,
            blunt=1.5,
            tone=min(left.tone, right.tone) - 0.03,
        )
        for left, right in pairwise(locks)
    ]


def _leads(row: Fringe) -> NDArray[np.intp]:
    """Return for each lock of a row the one whose tip its own leans to: clumps of two and three, not a saw."""
    starts = np.cumsum([0, *(2 + k % 2 for k in range(row.count))])  # of clumps of 2, 3, 2, ...
    group = np.searchsorted(starts, np.arange(row.count), side="right") - 1
    return np.asarray(np.minimum(starts[group] + 1, row.count - 1))


def _clear(figure: Figure, row: Fringe, azimuth: float, ragged: float) -> float:
    """Return the length at ``azimuth``: what the row gives, but not so long that it hides an eye."""
    length = row.length(azimuth) + LENGTH_STEP * figure.attributes.bang_length + ragged
    return length if azimuth * row.hides > 0 else clear_of_eyes(figure, azimuth, length)


def clear_of_eyes(figure: Figure, azimuth: float, length: float) -> float:
    """Return ``length``, or less where a lock at ``azimuth`` would hide an eye."""
    place = layout(figure)
    # Hair lies further out than the eyes: a turn moves it before the one that comes nearer.
    turned = azimuth + PARALLAX * float(np.degrees(figure.rig.yaw))
    near = float(max(np.interp([abs(azimuth), abs(turned) if azimuth * turned > 0 else 0.0], EYES, (0, 1, 1, 0))))
    most = place.eye_y - COVERED * place.eye_height - SCALP_CENTRE[1] + 60 * (1 - near)
    return shorter(length, most)


def shorter(length: float, most: float) -> float:
    """Return ``length``, held softly under ``most``."""
    return -BEND * float(np.logaddexp(-length / BEND, -most / BEND))


def _mirrored(side: int, near: float, far: float) -> tuple[float, float]:
    """Return the span from ``near`` to ``far`` degrees off the middle on one side (-1 or 1)."""
    return (near, far) if side > 0 else (-far, -near)


def _inwards(reach: float) -> Along:
    """Return curls whose tips bend by ``reach`` head units towards the middle."""
    return lambda azimuth: -reach * tanh(azimuth / 14)


def _over(row: Fringe, cover: float, longer: float, **more: Any) -> Fringe:
    """Return the row of fewer, narrower, longer and more pointed locks that lies on top of ``row``."""
    low, high = row.span
    shape: dict[str, Any] = {
        "count": 3,
        "span": (low + 10, high - 10),
        "length": lambda azimuth: row.length(azimuth) + longer,
        "ragged": row.ragged + 3,
        "scatter": row.scatter + 2,
        "blunt": min(row.blunt, 1.8),
        "lift": row.lift + 0.02,
        "layer": TOP,
        "clump": 0.0,
    }
    return replace(row, cover=cover, **(shape | more))


def _layers(figure: Figure, under: Fringe, over: Fringe, phase: float = 0.0) -> list[Lock]:
    return comb(figure, under, phase) + comb(figure, over, phase + 5)


def _blunt(figure: Figure) -> list[Lock]:
    under = Fringe(6, (-64, 64), 1.25, lambda z: 4 + abs(z) * 0.10, _inwards(6), blunt=3.0, ragged=4)
    return _layers(figure, under, _over(under, 0.42, 6, blunt=3.0, ragged=4))


def _hime(figure: Figure) -> list[Lock]:
    under = Fringe(
        7,
        (-62, 62),
        1.35,
        lambda z: 8 + 1.2 * max(0.0, abs(z) - 36),
        blunt=12,
        ragged=1.0,
        scatter=1,
        uneven=0.4,
        clump=0.4,
    )
    return _layers(figure, under, _over(under, 0.38, 2, blunt=14, ragged=1.2, scatter=1.5))


def _messy(figure: Figure) -> list[Lock]:
    under = Fringe(6, (-66, 66), 1.3, lambda z: 3 + abs(z) * 0.2, _inwards(9), ragged=7, blunt=1.6, lift=0.08)
    return _layers(figure, under, _over(under, 0.42, 10, count=4, curl=lambda z: 12 * sin(z / 9), scatter=5))


def _swept(figure: Figure) -> list[Lock]:
    under = Fringe(
        6,
        (-68, 68),
        1.4,
        lambda z: -5 + abs(z + 34) * 0.28,
        lambda z: 18 * tanh((z + 34) / 10),
        part=-34,
        pull=0.06,
        polar=(22, 42),
        lift=0.08,
        blunt=1.6,
    )
    return _layers(figure, under, _over(under, 0.45, 7, curl=lambda z: 22 * tanh((z + 34) / 10)))


def _parted(figure: Figure) -> list[Lock]:
    locks: list[Lock] = []
    for side in (-1, 1):
        under = Fringe(
            3,
            _mirrored(side, 12, 72),
            1.5,
            lambda z: -26 + abs(z) * 0.85,
            lambda z: 8 * tanh(z / 4),
            pull=0.10,
            polar=(22, 56),
            blunt=2.0,
        )
        locks += _layers(figure, under, _over(under, 0.42, 9, count=2, polar=(22, 50)), side)
    return locks


def _curtain(figure: Figure) -> list[Lock]:
    locks: list[Lock] = []
    for side in (-1, 1):
        under = Fringe(
            3,
            _mirrored(side, 8, 68),
            1.5,
            lambda z: -34 + abs(z) * 1.25,
            lambda z: 14 * tanh(z / 4) * (1.0 - 0.9 * max(0.0, abs(z) - 36) / 32),  # at the head's edge it would flare
            pull=0.05,
            polar=(22, 56),
            flare=0.04,
            blunt=1.8,
        )
        locks += _layers(figure, under, _over(under, 0.42, 10, count=2, polar=(22, 50)), side)
    return locks


def _wispy(figure: Figure) -> list[Lock]:
    under = Fringe(7, (-64, 64), 1.2, lambda z: -2 + abs(z) * 0.14, _inwards(6), ragged=6, blunt=1.6)
    return _layers(figure, under, _over(under, 0.30, 14, count=5, curl=lambda z: 7 * sin(z / 7), blunt=1.7))


def _one_eye(figure: Figure) -> list[Lock]:
    """Return bangs that hide the eye on the viewer's left and end from the nose to the jaw, clear of the mouth."""
    nose = layout(figure).nose_y - SCALP_CENTRE[1] + PAST_NOSE
    free = LENGTH_STEP * max(0.0, figure.attributes.bang_length)  # or the knob would take it over the mouth

    def length(azimuth: float) -> float:
        over = (nose - free) / (1 + exp((azimuth - 3) / 4))
        return float(over + 0.85 * max(0.0, min(-azimuth, 36) - 8) + 0.8 * max(0.0, azimuth - 20))

    def curl(azimuth: float) -> float:
        return -15 + 0.24 * abs(azimuth) if azimuth < 5 else 6.0

    def tone(azimuth: float) -> float:
        return -VEIL_DARKER / (1 + exp((azimuth - 3) / 4))

    # Wide and even: a gap before the hidden eye would be a slit.
    under = Fringe(7, (-64, 64), 1.9, length, curl, part=26, pull=0.15, blunt=2.7, ragged=3, uneven=0.35, tone=tone)
    under = replace(under, hides=-1, clump=0.0)
    # Clearly told from one another, lighter and darker by turns: one sheet of hair would be a flap.
    over = _over(
        under,
        0.55,
        -4,
        count=5,
        span=(-54, 46),
        blunt=1.9,
        curl=lambda z: curl(z) - 5,
        tone=lambda z: tone(z) + 0.06 * sin(z / 4),
    )
    return _layers(figure, under, over)


def _crossed(figure: Figure) -> list[Lock]:
    under = Fringe(6, (-66, 66), 1.3, lambda z: abs(z) * 0.3, lambda z: 8 * tanh(z / 8), blunt=1.7)
    a, ruffle = figure.attributes, tousle(figure)
    # The strands between the eyes cross one another: they curl back over the middle.
    crossing = ((-41, 14), (25, 11), (-9, 34), (8, 24))
    return comb(figure, under, 0.0) + [
        Lock(
            start=PART_STEP * a.part + azimuth * 0.2,
            polar=18 + 2 * i,
            azimuth=azimuth,
            length=clear_of_eyes(figure, azimuth, length + LENGTH_STEP * a.bang_length),
            width=10 + 4 * (i % 2),
            layer=TOP,
            lift=0.08,
            curl=(7 + 2.0 * ruffle * (i % 3)) * (1 if azimuth < 0 else -1),
            blunt=1.8,
            tone=0.02 * (-1) ** i,
        )
        for i, (azimuth, length) in enumerate(crossing)
    ]


def _swoop(figure: Figure) -> list[Lock]:
    under = Fringe(
        6,
        (-68, 66),
        1.4,
        lambda z: -4 + max(0.0, 24 - z) * 0.40,
        lambda z: -14,
        part=34,
        pull=0.10,
        lift=0.11,
        blunt=1.6,
    )
    return _layers(figure, under, _over(under, 0.45, 6, curl=lambda z: -18, lift=0.14))


def streaks(fringe: Sequence[Lock]) -> list[int]:
    """Return which locks of ``fringe`` a streak dyes, root to tip: what is laid over locks would be tape."""
    top = [i for i, lock in enumerate(fringe) if lock.layer == TOP]
    return [min(top, key=lambda i: abs(fringe[i].azimuth - place)) for place in STREAKS]


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

HIDES: dict[str, int] = {"one-eye": -1}  # the side whose eye a kind hides
