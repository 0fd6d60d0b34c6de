"""What keeps hair from looking like a helmet: tufts that break the silhouette, loose hairs, and the lone strand."""

import numpy as np

from generator.artist.figure import Figure, sequence
from generator.artist.hair.bangs import tousle
from generator.artist.hair.locks import ALONG, LOOSE, SAMPLES, TUFT, Lock, Strands
from generator.artist.rig import SCALP_CENTRE, direction
from generator.artist.svg import Points

AHOGE_FROM = 0.5  # the knob's value up to which there is no lone strand
AHOGE_FULL = 2.0  # and how much further it has its full length
AHOGE_STRANDS = ((7.5, 44.0), (4.5, 32.0))  # half width and reach in head units


def tufts(figure: Figure, amount: float) -> list[Lock]:
    """Return short locks that end away from the head. ``amount`` is a multiple of the usual size."""
    if amount == 0:
        return []
    ruffle, count = tousle(figure) * amount, 10
    spread, lengths, widths, lifts = (sequence(count, k + 20.0) for k in range(4))
    locks = []
    for i in range(count):
        side = 1 if i % 2 else -1
        azimuth = side * (98 + 38 * spread[i])
        locks.append(
            Lock(
                start=azimuth + 8 * widths[i],
                polar=36 + 10 * lengths[i],
                azimuth=azimuth + 5 * lifts[i],
                length=-14 + 46 * lengths[i],
                width=12.5 + 3 * widths[i],
                layer=TUFT,
                lift=0.07 + 0.03 * min(2.0, ruffle) * (1 + lifts[i]),
                flick=0.09 * ruffle * (1.1 + 0.6 * widths[i]),
                curl=side * 4 * (1 + lifts[i]),
                blunt=1.6,
                tone=0.03 * lifts[i],
            )
        )
    return locks


def loose_hairs(figure: Figure) -> list[Lock]:
    """Return single hairs that stand off the crown and the sides."""
    ruffle, count = tousle(figure), 6
    spread, lengths, curls = (sequence(count, k + 30.0) for k in range(3))
    return [
        Lock(
            start=90 * spread[i],
            polar=12 + 6 * curls[i],
            azimuth=140 * spread[i],
            length=-30 + 40 * lengths[i],
            width=2.2,
            layer=LOOSE,
            lift=0.05 + 0.02 * ruffle,
            flick=0.05 * ruffle,
            curl=9 * curls[i],
            tone=0.06,
        )
        for i in range(count)
    ]


def lone_strand(figure: Figure) -> Strands | None:
    """Return the strand that stands up from the crown; nothing while the knob is at most AHOGE_FROM."""
    size = min(1.0, (figure.attributes.ahoge - AHOGE_FROM) / AHOGE_FULL)
    if size <= 0:
        return None
    rig = figure.rig
    root = rig.rotate(direction(16, 8) * rig.scalp_radii * 0.98 + SCALP_CENTRE)
    grown = size**0.6
    widths, reach = (np.array(column)[:, None] * grown for column in zip(*AHOGE_STRANDS, strict=True))
    across = -14 * grown + reach * 1.05 * ALONG**1.3 - 4 * np.sin(np.pi * ALONG)
    up = 8 - reach * np.sin(0.25 + 2.35 * ALONG)
    points = root + np.stack([across, up, 0 * across], axis=-1)
    profile: Points = (0.25 + 0.75 * np.sin(np.pi / 2 * np.minimum(1, 1.6 * ALONG))) * (1 - ALONG**2) ** 0.8
    count = len(AHOGE_STRANDS)
    return Strands(
        points=points,
        normals=np.broadcast_to(np.array([0.0, -0.3, 0.95]), (count, SAMPLES, 3)),
        widths=widths * profile,
        tones=np.full(count, -0.06),
        layers=np.full(count, LOOSE),
        rings=np.full(count, -1.0),
        fronts=np.ones(count),
    )
