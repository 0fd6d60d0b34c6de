"""What keeps hair from looking like a helmet: tufts that break the silhouette, loose hairs, and the lone strand."""

import numpy as np

from generator.artist.figure import Figure, sequence
from generator.artist.hair.bangs import PART_STEP, tousle
from generator.artist.hair.locks import ALONG, HATS, LOOSE, SAMPLES, TUFT, Lock, Strands, egg, step
from generator.artist.rig import SCALP_CENTRE
from generator.artist.svg import Points, leaves, path
from generator.artist.traits import ANIMAL_EARS

WHORL = (-72.0, -44.0, -18.0, 12.0, 40.0, 68.0)  # azimuths to which lines run from the whorl, in degrees
SPIKES, SPIKE_SAMPLES = 6, 14  # spikes on each side of the crown, and points along the edge of each
SPIKED = 110.0  # degrees from the crown down to which they stand: lower they would be daggers beside the jaw
SPIKE_HEIGHT = 24.0  # head units
SPIKE_TIP = 0.78  # where the tip is, as a share of the spike's foot
CROWN_ASIDE = -0.16  # radians off the middle at which spikes part: symmetry would look like ears
SPIKE_LEAN = 0.65  # how far a spike leans away from the crown, as a share of its height
AHOGE_FROM = 0.5  # the knob's value up to which there is no lone strand
AHOGE_FULL = 2.0  # and how much further it has its full length
AHOGE_WIDTH, AHOGE_REACH = 8.0, 44.0  # half width at its foot and reach in head units
NO_AHOGE = frozenset({"halo", "tiara", *ANIMAL_EARS})  # it would pierce a halo, and be lost behind the others


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


def spiked(figure: Figure, outline: Points, amount: float, reach: float = SPIKED, phase: float = 0.0) -> Points:
    """Return the outer edge [n, 2] of a cap that runs out into spikes, up to ``reach`` degrees from the crown.

    ``outline`` is the smooth cap's on the canvas. Each spike rises slowly on the side of the crown and leans away from
    it, and its foot is as wide as the way to the next one.
    """
    middle = figure.rig.project(SCALP_CENTRE)
    offset = outline - middle
    around = np.arctan2(offset[:, 0], -offset[:, 1])
    order = np.argsort(around)
    size = amount * SPIKE_HEIGHT * figure.scale * min(1.5, 0.75 + 0.25 * tousle(figure))
    worn = figure.attributes.accessory
    crown = figure.rig.roll + CROWN_ASIDE + 0.06 * figure.attributes.part
    halves = []
    for side in (-1, 1):
        shares = np.exp(0.35 * sequence(SPIKES, 2.0 + side + phase))
        edges = np.concatenate([[0.0], np.cumsum(shares) / shares.sum()]) * np.radians(SPIKED)
        within = np.linspace(0, 1, SPIKE_SAMPLES, endpoint=False)
        angle = (edges[:-1, None] + np.diff(edges)[:, None] * within).ravel()
        angle = angle[angle <= np.radians(reach)]
        rise, fall = within / SPIKE_TIP, (1 - within) / (1 - SPIKE_TIP)
        steep = np.full((SPIKES, 1), 2.2)
        steep[0] = 1.2  # from the crown they rise at once, or it would be a flat place between two corners
        shape = np.where(within < SPIKE_TIP, rise**steep, fall**1.3)
        heights = size * (1 + 0.45 * sequence(SPIKES, 5.0 + side + phase)) * shares**0.7
        heights[0] *= 0.7  # two tall ones at the crown would be ears
        height = (heights[:, None] * shape).ravel()[: len(angle)]
        if worn in HATS:
            height = height * step(angle, 0.9, 1.3)
        elif worn == "halo":
            height = height * (0.4 + 0.6 * step(angle, 0.4, 1.0))
        place = side * angle + crown
        radius = np.interp(place, around[order], np.hypot(*offset[order].T), period=2 * np.pi)
        leant = place + side * SPIKE_LEAN * step(angle, -0.2, 0.9) * height / radius
        points = middle + (radius + height)[:, None] * np.stack([np.sin(leant), -np.cos(leant)], axis=-1)
        halves.append(points)
    return np.concatenate([halves[0][::-1], halves[1]])


def loose_hairs(figure: Figure) -> list[Lock]:
    """Return single hairs that stand off the crown and the sides."""
    ruffle, count = tousle(figure), 6
    spread, lengths, curls = (sequence(count, k + 30.0) for k in range(3))
    spread = np.sign(spread) * (0.7 + 0.3 * np.abs(spread))  # at the sides: on the bangs one would be a scratch
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


def draw_whorl(figure: Figure) -> str:
    """Draw a few lines that run out from the whorl, from which hair grows: many thin ones would be cracks."""
    if figure.attributes.accessory in HATS:
        return ""
    rig, hair = figure.rig, figure.palette.hair
    parting = PART_STEP * figure.attributes.part
    azimuths, reach = sequence(len(WHORL), 40.0), sequence(len(WHORL), 41.0)
    along = np.linspace(0, 1, 6)
    azimuth = parting * 0.5 + (np.array(WHORL) + 5 * azimuths)[:, None] * along**0.7
    polar = 7 + (27 + 8 * reach)[:, None] * along
    lines = rig.project(egg(figure, rig.scalp(azimuth, polar, 0.05)))
    return path(leaves(lines, np.full(len(lines), 1.5 * figure.line)), hair.at(0.20), opacity=0.5)


def lone_strand(figure: Figure) -> Strands | None:
    """Return the strand that stands up from the crown; nothing while the knob is at most AHOGE_FROM."""
    size = min(1.0, (figure.attributes.ahoge - AHOGE_FROM) / AHOGE_FULL)
    if size <= 0 or figure.attributes.accessory in NO_AHOGE:
        return None
    rig = figure.rig
    root = rig.rotate(egg(figure, rig.scalp(16, 8, -0.02)))
    grown = size**0.6
    reach = AHOGE_REACH * grown
    # A blade that rises and leans over: curled further, it would be a hook.
    across = -6 * grown + reach * (0.80 * ALONG**1.8 - 0.18 * np.sin(np.pi * ALONG))
    up = 8 - reach * np.sin(1.6 * ALONG**0.9)
    points = root + np.stack([across, up, 0 * across], axis=-1)
    profile: Points = (1 - ALONG) ** 0.75
    return Strands(
        points=points[None],
        normals=np.broadcast_to(np.array([0.0, -0.3, 0.95]), (1, SAMPLES, 3)),
        widths=AHOGE_WIDTH * grown * profile[None],
        tones=np.full(1, -0.20),
        layers=np.full(1, LOOSE),
        rings=np.full(1, -1.0),
        fronts=np.ones(1),
    )
