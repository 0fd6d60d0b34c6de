"""What keeps hair from looking like a helmet: tufts that break the silhouette, loose hairs, and the lone strand."""

import numpy as np

from generator.artist.figure import Figure, sequence
from generator.artist.hair.bangs import tousle
from generator.artist.hair.locks import ALONG, LOOSE, SAMPLES, TUFT, Lock, Strands, egg
from generator.artist.svg import Points

AHOGE_FROM = 0.5  # the knob's value up to which there is no lone strand
AHOGE_FULL = 2.0  # and how much further it has its full length
AHOGE_WIDTH, AHOGE_REACH = 6.5, 46.0  # half width and reach in head units


def tufts(figure: Figure, amount: float) -> list[Lock]:
    """Return short locks that end away from the head. ``amount`` is a multiple of the usual size."""
    if amount == 0:
        return []
    ruffle, count = tousle(figure) * amount, 6
    spread, lengths, widths, lifts = (sequence(count, k + 20.0) for k in range(4))
    locks = []
    for i in range(count):
        side = 1 if i % 2 else -1
        azimuth = side * (96 + 26 * spread[i])
        locks.append(
            Lock(
                start=azimuth + 8 * widths[i],
                polar=34 + 10 * lengths[i],
                azimuth=azimuth + 5 * lifts[i],
                length=34 + 28 * lengths[i],
                width=9.0 + 3 * widths[i],
                layer=TUFT,
                lift=0.05 + 0.02 * min(2.0, ruffle) * (1 + lifts[i]),
                flick=0.11 * ruffle * (1.0 + 0.7 * widths[i]),
                curl=side * 4 * (1 + lifts[i]),
                blunt=1.5,
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
    root = rig.rotate(egg(figure, rig.scalp(16, 8, -0.02)))
    grown = size**0.6
    reach = AHOGE_REACH * grown
    # It rises, leans over and ends in a tip that turns up again: an open curve.
    across = -6 * grown + reach * (0.95 * ALONG**1.5 - 0.30 * np.sin(np.pi * ALONG))
    up = 8 - reach * (np.sin(2.3 * ALONG**0.9) + 0.10 * ALONG**4)
    points = root + np.stack([across, up, 0 * across], axis=-1)
    profile: Points = (0.45 + 0.55 * np.sin(np.pi / 2 * np.minimum(1, 2.2 * ALONG))) * (1 - ALONG**1.6)
    return Strands(
        points=points[None],
        normals=np.broadcast_to(np.array([0.0, -0.3, 0.95]), (1, SAMPLES, 3)),
        widths=AHOGE_WIDTH * grown * profile[None],
        tones=np.full(1, -0.06),
        layers=np.full(1, LOOSE),
        rings=np.full(1, -1.0),
        fronts=np.ones(1),
    )
