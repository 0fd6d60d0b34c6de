"""Where the features of a face sit and how large they are: what its shape, its age and its knobs make of it."""

from dataclasses import dataclass
from functools import lru_cache
from math import sin

import numpy as np

from generator.artist.figure import Figure
from generator.artist.svg import Points

EYE_HALF_WIDTH, EYE_HALF_HEIGHT = 27.5, 29.5  # head units, of a grown girl's round eye
EDGE = 5.0  # head units that stay free between the far eye's outer tip and the silhouette
# What of an eye must stay within the silhouette: half widths outwards and half heights down from its middle.
MARGIN = 0.12  # share of the face's half width that stays free outside each eye
# In the large cheeks of round faces a small low mouth is lost: their mouths are larger and higher, by these shares.
FULLNESS = {"child": 1.0, "round": 1.0, "square": 0.6, "heart": 0.5}
MAN_LARGER = 0.08  # how much larger a man's mouth is, as a share
BEHIND_GLASS = 0.93  # the size of eyes behind spectacles, as a multiple: they must fit the lenses
# With spectacles: how much higher the eyes and lower the mouth sit, and what lies from the lower lid of the largest eye
# to the upper edge of the mouth, in head units: the rim, and free skin (4 % of the face).
EYES_HIGHER, MOUTH_LOWER, LID_TO_MOUTH, LOWEST_LID = 2.5, 5.5, 10.7, 0.94
MOUTH_RISE = 6.0  # how far a mouth of the usual size reaches up from its middle
EXTENT = ((1.20, -0.3), (0.98, 0.35), (0.84, 0.65), (0.55, 0.90))


@dataclass(frozen=True)
class Layout:
    """Heights (y), places (x) and half sizes of features in head units."""

    eye_x: float
    eye_y: float
    eye_width: float
    eye_height: float
    brow_y: float
    nose_y: float
    mouth_y: float
    mouth_size: float  # as a multiple of the usual one


@lru_cache(maxsize=1)
def layout(figure: Figure) -> Layout:
    """Return where the features of a portrait's face sit. Children have large low eyes, grown-ups a long nose."""
    a, rig = figure.attributes, figure.rig
    age = float(np.clip(rig.age, -2.2, 2.4))
    glazed = a.glasses not in ("none", "monocle")
    eye_y = 37 - 1.2 * age + 0.7 * a.eye_height + 1.0 * a.masculine - EYES_HIGHER * glazed
    scale = rig.eye_scale * (BEHIND_GLASS if glazed else 1)
    eye_x = 42 * rig.breadth + 0.8 * a.eye_spacing + 0.5 * EYE_HALF_WIDTH * (scale - 1)
    height = EYE_HALF_HEIGHT * scale * rig.lids * (1 - 0.03 * age) * (1 - 0.13 * a.masculine)
    edge = float(np.interp(eye_y + 0.3 * height, rig.heights, rig.half_widths))
    width = min(EYE_HALF_WIDTH * scale * (1 - 0.02 * a.masculine), edge * (1 - MARGIN) - eye_x)
    below = rig.chin_height - eye_y
    full = FULLNESS.get(a.face, 0.0)
    mouth_y = eye_y + (0.585 - 0.02 * full) * below + 0.4 * a.nose + MOUTH_LOWER * glazed
    mouth_size = 1.06 + 0.10 * full + MAN_LARGER * a.masculine
    if glazed:
        room = min(1.0, (mouth_y - eye_y - MOUTH_RISE * mouth_size - LID_TO_MOUTH) / (LOWEST_LID * height))
        width, height = width * (1 + room) / 2, height * room
    return Layout(
        eye_x=eye_x,
        eye_y=eye_y,
        eye_width=width,
        eye_height=height,
        brow_y=eye_y - 0.88 * height - 16 + 4.5 * a.masculine,
        nose_y=eye_y + (0.37 + 0.010 * age) * below + 1.2 * a.nose,
        mouth_y=mouth_y,
        mouth_size=mouth_size,
    )


@lru_cache(maxsize=2)
def eye_axes(figure: Figure, side: int) -> tuple[Points, Points, Points]:
    """Return the eye's middle, and one head unit outwards and one down from there: [2] each, in canvas units.

    The axes are the chord of the face's curve under the eye. An eye that would stick out of the far side of the face
    is narrowed towards the nose.
    """
    rig, place = figure.rig, layout(figure)
    half = place.eye_width
    ends = rig.rotate(rig.surface(np.array([place.eye_x - half, place.eye_x + half]) * side, place.eye_y))
    # Drawn eyes lose less width on the far side, and gain none on the near one, than a turn would have it.
    far, near = max(0.0, side * sin(rig.yaw)), max(0.0, -side * sin(rig.yaw))
    outer = ends[1]
    inner = outer + (ends[0] - outer) * (1 + 0.36 * far - 0.10 * near)
    outwards = np.array([side, 1, 1])
    room = _room(rig.edge(side) * outwards, inner * outwards, outer * outwards, place.eye_height)
    outer = inner + (outer - inner) * room
    across = (rig.flatten(outer) - rig.flatten(inner)) / (2 * half)
    step = 6.0  # head units: as in Rig.frame
    x = place.eye_x * side
    down = (rig.face(x, place.eye_y + step) - rig.face(x, place.eye_y - step)) / (2 * step)
    return rig.flatten((inner + outer) / 2), across, down


def _room(edge: Points, inner: Points, outer: Points, half_height: float) -> float:
    """Return the share of its width, at most 1, that an eye from ``inner`` to ``outer`` may have before the ``edge``.

    All are rotated head units with x outwards.
    """
    share, width = 1.0, float(outer[0] - inner[0])
    for out, down in EXTENT:
        reach = np.interp(float(outer[1]) + down * half_height, edge[:, 1], edge[:, 0])
        room = float(reach - inner[0]) - EDGE
        share = min(share, room / max(1e-6, width * (1 + out) / 2))
    return share


def matrix(origin: Points, across: Points, down: Points) -> str:
    """Return the SVG matrix of local units with these axes."""
    return (
        f"matrix({across[0]:.4f} {across[1]:.4f} {down[0]:.4f} {down[1]:.4f} {float(origin[0]):.2f}"
        f" {float(origin[1]):.2f})"
    )
