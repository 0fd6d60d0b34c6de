"""What keeps hair from looking like a helmet: locks that stand off it, the whorl, and the lone strand."""

import numpy as np

from generator.artist.figure import Figure, sequence
from generator.artist.hair.bangs import PART_STEP, tousle
from generator.artist.hair.locks import ALONG, HATS, LOOSE, SAMPLES, TUFT, Strands, egg, step
from generator.artist.rig import SCALP_CENTRE
from generator.artist.svg import Points, hull, leaves, path
from generator.artist.traits import ANIMAL_EARS

WHORL = (-72.0, -44.0, -18.0, 12.0, 40.0, 68.0)  # azimuths to which lines run from the whorl, in degrees
SPIKES = 13
SPIKED = 100.0  # degrees from the crown down to which they are planned
SPIKE_HEIGHT = 30.0  # head units
CROWNING = 7  # how many of them, nearest to the crown, lie over the bangs
SPIKE_FOOT = -0.1, 0.5  # the shares of a spike's length at which it begins to widen, and is widest: at the head's edge
SPIKE_ROOT = 0.35  # where a spike begins, as a share of the way from the whorl to the head's edge
SPIKE_WIDE = 1.3  # half widths as multiples of half the way to the next: feet overlap, so that gaps are notches
WHORL_POLAR = 40.0  # degrees from the crown from which spikes come
CROWN_ASIDE = -0.16  # radians off the middle at which spikes part: symmetry would look like ears
# Radians from the crown between which spikes come out from under a hat or the band of headphones, low ones begin to
# stand off, and all end: lower they would be daggers beside the jaw.
BESIDE_HAT, BESIDE_BAND, BESIDE_CROWN, ABOVE_EARS = (0.9, 1.3), (0.3, 0.8), (0.4, 1.0), (1.45, 1.85)
SPIKE_LEAN, SPIKE_RAKE = 0.65, 0.9  # how far a spike leans away from the crown, as shares of its height and its foot
AHOGE_FROM = 0.5  # the knob's value up to which there is no lone strand
AHOGE_FULL = 2.0  # and how much further it has its full length
AHOGE_WIDTH, AHOGE_REACH = 8.0, 44.0  # half width at its foot and reach in head units
NO_AHOGE = frozenset({"halo", "tiara", *ANIMAL_EARS})  # it would pierce a halo, and be lost behind the others


def spikes(figure: Figure, amount: float) -> Strands:
    """Return the locks that stand off the head all round the crown: each grows out of the dome, from the whorl.

    ``amount`` is their height as a multiple of the usual; low ones stand at the sides alone. Those nearer to the crown
    lie over the others, and those of the crown over the bangs.
    """
    rig = figure.rig
    place, foot, height = _spike_places(figure, amount)
    whorl, middle = (rig.rotate(egg(figure, point))[:2] for point in (rig.scalp(0, WHORL_POLAR), SCALP_CENTRE))
    radius = _edge(figure, middle, place)
    lean = SPIKE_LEAN * height / radius + SPIKE_RAKE * foot
    tip_place = place + np.sign(place) * step(np.abs(place), -0.2, 0.9) * lean

    def at(angle: Points, reach: Points) -> Points:
        return np.asarray(middle + reach[:, None] * np.stack([np.sin(angle), -np.cos(angle)], axis=-1))

    root = whorl + SPIKE_ROOT * (at(0.8 * place, radius) - whorl)
    bend, tip = at(place, 0.98 * radius), at(tip_place, radius + height)
    t = ALONG[:, None]
    flat = root[:, None] * (1 - t) ** 2 + bend[:, None] * 2 * t * (1 - t) + tip[:, None] * t**2
    out = (flat - middle) / radius[:, None, None]
    depth = np.sqrt(np.maximum(0.0, 1 - (out**2).sum(-1)))
    normals = np.concatenate([out, np.maximum(depth, 0.1)[..., None]], axis=-1)
    profile = step(ALONG, *SPIKE_FOOT) * np.minimum(1.0, (1 - ALONG) / (1 - SPIKE_FOOT[1])) ** 0.9
    return Strands(
        points=np.concatenate([flat, (depth * rig.scalp_radii[2])[..., None]], axis=-1),
        normals=normals / np.linalg.norm(normals, axis=-1, keepdims=True),
        widths=(SPIKE_WIDE * foot * radius)[:, None] * profile,
        tones=0.04 * sequence(SPIKES, 7.0),
        layers=np.where((np.arange(SPIKES) < SPIKES - CROWNING) | (amount < 1), TUFT, LOOSE),
        rings=np.full(SPIKES, -1.0),
        fronts=np.ones(SPIKES),
    )


def _spike_places(figure: Figure, amount: float) -> tuple[Points, Points, Points]:
    """Return the angles of spikes from the crown, half the angles of their feet (radians), and their heights.

    The ones furthest from the crown come first.
    """
    shares = np.exp(0.35 * sequence(SPIKES, 1.0))
    edges = (2 * np.concatenate([[0.0], np.cumsum(shares) / shares.sum()]) - 1) * np.radians(SPIKED)
    middle = (edges[:-1] + edges[1:]) / 2
    place = middle + CROWN_ASIDE + 0.06 * figure.attributes.part
    size = amount * SPIKE_HEIGHT * min(1.5, 0.75 + 0.25 * tousle(figure))
    height, foot = size * (1 + 0.35 * sequence(SPIKES, 4.0)) * shares**0.7, np.diff(edges) / 2
    free = _free(figure.attributes.accessory, amount, np.abs(place))
    order = np.argsort(-np.abs(middle))
    return place[order], (foot * free)[order], (height * free)[order]


def _free(worn: str, amount: float, place: Points) -> Points:
    """Return how far spikes at ``place`` stand free of what is ``worn``, 0 to 1."""
    low = amount < 1
    if worn == "headphones":
        free = np.zeros(SPIKES) if low else step(place, *BESIDE_BAND)
    else:
        free = step(place, *BESIDE_HAT) if worn in HATS else step(place, *BESIDE_CROWN) if low else np.ones(SPIKES)
    return np.asarray(free * (1 - step(place, *ABOVE_EARS)))


def _edge(figure: Figure, middle: Points, angle: Points) -> Points:
    """Return how far the hair's outline is from ``middle`` at each ``angle`` from the crown, before the head tilts."""
    azimuth, polar = np.meshgrid(np.linspace(-180, 180, 37), np.linspace(0, 120, 17))
    outline = hull(figure.rig.rotate(egg(figure, figure.rig.scalp(azimuth, polar, 0.02))).reshape(-1, 3)[:, :2])
    offset = outline - middle
    around = np.arctan2(offset[:, 0], -offset[:, 1])
    order = np.argsort(around)
    return np.interp(angle, around[order], np.hypot(*offset[order].T), period=2 * np.pi)


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
