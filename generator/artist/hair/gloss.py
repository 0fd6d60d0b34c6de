"""The light on the hair: one band around the head, smooth above and spiky below, broken at partings.

Knows nothing of styles.
"""

from dataclasses import dataclass

import numpy as np

from generator.artist.figure import Figure, sequence
from generator.artist.hair.bangs import PART_STEP
from generator.artist.hair.locks import BRIMS, egg, step
from generator.artist.svg import Points, Stop, linear_gradient, path, polygon

SPAN = 66.0  # degrees from the band's middle to its ends
FALL = 18.0  # how much lower than its middle its ends are, in degrees
LIFT = 0.055  # as high as bangs arch above the scalp
SHIFT = 16.0  # degrees that light from the side moves it
SOFT, SOFT_SHARE = 3.5, 0.45  # degrees of the soft light above the band, and its strength as a share of the band's
# Where it is broken between clumps: degrees from the parting, and how far it narrows there: less where they lie close.
BREAKS = np.array([(-33.0, 1.0), (21.0, 0.55), (44.0, 1.0), (-14.0, 0.3)])


@dataclass(frozen=True)
class Shine:
    """A kind of band. Angles in degrees."""

    height: float = 45.0  # the polar angle of its middle
    above: float = 4.6  # half its width upwards
    below: float = 3.4  # and downwards, without the spikes
    spikes: int = 9
    depth: float = 6.5  # of the spikes
    torn: float = 0.0  # how far it narrows between the spikes: 1 leaves single drops
    phase: float = 0.0  # which of its spikes are wide and long, and where it is broken


RING = Shine(height=42.0, above=3.4, below=3.4, spikes=4, depth=1.0, phase=3)  # sleek hair, cut straight
DROPS = Shine(above=4.2, below=3.6, spikes=6, depth=7.5, torn=0.92, phase=6)  # long clumps that part
SHARDS = Shine(height=40.0, above=3.4, below=1.6, spikes=13, depth=8.0, torn=0.6, phase=9)  # tousled hair
WAVES = Shine(height=46.0, above=4.4, below=4.6, spikes=5, depth=3.8, torn=0.75, phase=12)  # curls
SWEEP = Shine(
    height=42.0, above=3.0, below=5.0, spikes=5, depth=4.0, torn=0.55, phase=15
)  # long strands across the forehead
BY_BACK_HAIR = {"wavy": WAVES, "curly": WAVES, "spiky": SHARDS, "wolf": SHARDS}
BY_BANGS = {
    "hime": RING,
    "blunt": RING,
    "curtain": DROPS,
    "parted": DROPS,
    "wispy": DROPS,
    "swept": SWEEP,
    "one-eye": SWEEP,
    "messy": SHARDS,
    "swoop": SWEEP,
}


def draw_gloss(figure: Figure, amount: float) -> str:
    """Draw the band; ``amount`` from 0 to 1 is how sleek the hair is."""
    a, rig = figure.attributes, figure.rig
    if amount == 0 or a.accessory in BRIMS:
        return ""
    shine = BY_BACK_HAIR.get(a.back_hair) or BY_BANGS.get(a.bangs, Shine())
    along = np.linspace(-1, 1, 217)
    middle = SHIFT * figure.light[0] - 0.8 * np.degrees(rig.yaw)
    azimuth = middle + SPAN * along
    polar = shine.height + FALL * along**2 + 0.6 * np.degrees(rig.pitch)
    depth, torn = _spikes(figure, shine, along)
    width = (1 - along**2) ** 0.7 * breaks(azimuth, PART_STEP * a.part, shine.phase) * torn
    upper = _place(figure, azimuth, polar - shine.above * width)
    down = (shine.below + depth) * width
    lower = _place(figure, azimuth + 0.012 * down * (azimuth - PART_STEP * a.part), polar + down)
    outline = np.concatenate([upper, lower[::-1]])
    strength = min(0.95, max(0.08, (0.62 + 0.16 * a.gloss) * amount))
    dim = 0.55 * strength
    stops: list[Stop] = [(0.0, figure.palette.hair.glint, strength), (0.45, figure.palette.hair.glint, strength)]
    stops += [(1.0, figure.palette.hair.glint, dim)]
    halo = _place(figure, azimuth, polar - (shine.above + SOFT) * width**0.5)  # its upper edge is soft
    soft = path(polygon(np.concatenate([halo, lower[::-1]])), figure.palette.hair.gloss, opacity=SOFT_SHARE * strength)
    ends = upper[[-1, 0]] if figure.light_side > 0 else upper[[0, -1]]
    return soft + linear_gradient("hairgloss", ends[0], ends[1], stops) + path(polygon(outline), "url(#hairgloss)")


def _place(figure: Figure, azimuth: Points, polar: Points) -> Points:
    return figure.rig.project(egg(figure, figure.rig.scalp(azimuth, polar, LIFT)))


def breaks(azimuth: Points, parting: float, phase: float = 0.0) -> Points:
    """Return how wide the band is: nothing at the parting, less between some clumps."""
    width = step(np.abs(azimuth - parting - 2), 0.5, 5.0)
    places = BREAKS[:, 0] + (8 * sequence(len(BREAKS), phase) if phase else 0.0)
    for place, depth in zip(places.tolist(), BREAKS[:, 1].tolist(), strict=True):
        width = width * (1 - depth * (1 - step(np.abs(azimuth - parting - place), 0.3, 3.6)))
    return width


def _spikes(figure: Figure, shine: Shine, along: Points) -> tuple[Points, Points]:
    """Return how far the lower edge hangs down in degrees, and the band's width as a share.

    The spikes are unequal and have hollow sides.
    """
    ragged = 1 + 0.18 * figure.attributes.ruffle
    shares = np.exp(0.45 * sequence(shine.spikes, 1.0 + shine.phase))
    edges = np.concatenate([[0], np.cumsum(shares)]) / shares.sum() * 2 - 1
    index = np.clip(np.searchsorted(edges, along, side="right") - 1, 0, shine.spikes - 1)
    within = np.abs(2 * (along - edges[index]) / (edges[index + 1] - edges[index]) - 1)  # 1 between two spikes
    depth = shine.depth * (1 + 0.54 * sequence(shine.spikes, 2.0 + shine.phase))
    return np.asarray(depth[index] * ragged * (1 - within) ** 1.7), np.asarray(1 - shine.torn * within**2)
