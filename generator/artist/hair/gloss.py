"""The light on the hair: one band around the head, smooth above and spiky below, broken at partings.

Knows nothing of styles.
"""

import numpy as np

from generator.artist.figure import Figure, sequence
from generator.artist.hair.bangs import PART_STEP
from generator.artist.hair.locks import BRIMS, egg, step
from generator.artist.svg import Points, Stop, linear_gradient, path, polygon

SPAN = 66.0  # degrees from the band's middle to its ends
HEIGHT, FALL = 45.0, 14.0  # polar angle of its middle, and how much lower its ends are, in degrees
ABOVE, BELOW = 4.6, 3.4  # half its width in degrees, above and below, without the spikes
SPIKES = 9
LIFT = 0.055  # as high as bangs arch above the scalp
SHIFT = 16.0  # degrees that light from the side moves it
SOFT_BREAK = 0.55  # how far it narrows between clumps that lie close


def draw_gloss(figure: Figure, amount: float) -> str:
    """Draw the band; ``amount`` from 0 to 1 is how sleek the hair is."""
    a, rig = figure.attributes, figure.rig
    if amount == 0 or a.accessory in BRIMS:
        return ""
    along = np.linspace(-1, 1, 24 * SPIKES + 1)
    middle = SHIFT * figure.light[0] - 0.8 * np.degrees(rig.yaw)
    azimuth = middle + SPAN * along
    polar = HEIGHT + FALL * along**2 + 0.6 * np.degrees(rig.pitch)
    width = (1 - along**2) ** 0.7 * breaks(azimuth, PART_STEP * a.part)
    upper = _place(figure, azimuth, polar - ABOVE * width)
    down = (BELOW + _spikes(figure, along)) * width
    lower = _place(figure, azimuth + 0.012 * down * (azimuth - PART_STEP * a.part), polar + down)
    outline = np.concatenate([upper, lower[::-1]])
    strength = min(0.95, max(0.08, (0.62 + 0.16 * a.gloss) * amount))
    dim = 0.55 * strength
    stops: list[Stop] = [(0.0, figure.palette.hair.glint, strength), (0.45, figure.palette.hair.glint, strength)]
    stops += [(1.0, figure.palette.hair.glint, dim)]
    ends = upper[[-1, 0]] if figure.light_side > 0 else upper[[0, -1]]
    return linear_gradient("hairgloss", ends[0], ends[1], stops) + path(polygon(outline), "url(#hairgloss)")


def _place(figure: Figure, azimuth: Points, polar: Points) -> Points:
    return figure.rig.project(egg(figure, figure.rig.scalp(azimuth, polar, LIFT)))


def breaks(azimuth: Points, parting: float) -> Points:
    """Return how wide the band is: nothing at the parting, less between some clumps."""
    width = step(np.abs(azimuth - parting - 2), 0.5, 5.0)
    for place, depth in ((-33.0, 1.0), (21.0, SOFT_BREAK), (44.0, 1.0), (-14.0, 0.3)):
        width = width * (1 - depth * (1 - step(np.abs(azimuth - parting - place), 0.3, 3.6)))
    return width


def _spikes(figure: Figure, along: Points) -> Points:
    """Return how far the lower edge hangs down in degrees: unequal spikes with hollow sides."""
    ragged = 1 + 0.18 * figure.attributes.ruffle
    shares = np.exp(0.45 * sequence(SPIKES, 1.0))
    edges = np.concatenate([[0], np.cumsum(shares)]) / shares.sum() * 2 - 1
    index = np.clip(np.searchsorted(edges, along, side="right") - 1, 0, SPIKES - 1)
    within = (along - edges[index]) / (edges[index + 1] - edges[index])
    depth = 6.5 + 3.5 * sequence(SPIKES, 2.0)
    return np.asarray(depth[index] * ragged * (1 - np.abs(2 * within - 1)) ** 1.7)
