"""The head in space: where a point of it lands on the canvas when the head turns, nods and tilts.

Head coordinates: x to the viewer's right, y down, z to the viewer; the origin is the middle of the cranium and the unit
is a canvas unit before ZOOM. A face looks along +z. A portrait is always framed alike: the network has less to learn.
"""

from dataclasses import dataclass
from math import cos, radians, sin, tanh

import numpy as np
from numpy.typing import ArrayLike

from generator.artist.svg import Points
from generator.artist.traits import Attributes

ZOOM = 1.42  # canvas units per head unit: the head fills the canvas, with room for ears and hats
CENTRE = (256.0, 262.0)  # where the origin lands, in canvas units, when the head looks ahead
PIVOT = (0.0, 110.0)  # the head tilts around this point, at the chin, in head units
TURN_DEGREES, NOD_DEGREES, TILT_DEGREES = 12.0, 5.0, 4.0  # per unit of the knobs
TURN_SHIFT = 0.62  # head units that the head moves back per degree of turn, so that the face stays in the middle
FLATNESS = 0.58  # features sit on a surface with this share of the face's depth; with true depth they slide too far
FLAT_OFFSET = 12.0  # and this far before it
SURFACE_BEND = 0.0056  # how fast that surface recedes with the square of x, per head unit

# The face's cross-sections from the temples to the chin, in head units: height, half width, and in depth the front and
# the middle of an ellipse. Below _FIXED_ABOVE, heights stretch with the chin.
_HEIGHTS = np.array([-70.0, -30, 0, 24, 46, 62, 77, 89, 97, 102, 105])
_WIDTHS = np.array([70.0, 83, 85, 84.5, 80, 71.5, 57.5, 42, 29, 18.5, 8.5])
_FRONTS = np.array([66.0, 92, 96, 94, 93, 92, 90, 88, 86, 84, 80])
_MIDDLES = np.array([0.0, 0, 0, 0, 6, 20, 35, 47, 55, 60, 63])
# The depth by which a nod lifts or lowers the silhouette. With the true one, 20 at the jaw and 72 at the chin, a head
# that looks up loses its jaw; drawn faces keep theirs, and the whole lower face moves with the features.
_NOD_DEPTHS = np.array([0.0, 8, 20, 33, 44, 51, 56, 60, 62, 63, 63])
_FIXED_ABOVE = 24.0
# How much a cross-section widens per unit of age, jaw and cheeks.
_AGE_WIDTHS = np.array([0.0, 0, 0, -0.2, -0.7, -1.3, -1.3, -0.7, -0.2, 0, 0])
_JAW_WIDTHS = np.array([0.0, 0, 0, 0, 0.4, 1.5, 3.4, 4.8, 4.8, 3.9, 2.6])
_CHEEK_WIDTHS = np.array([0.0, 0, 0, 0.6, 1.7, 2.8, 3.0, 2.0, 0.9, 0.4, 0])
NEAR_JAW = 12.0  # head units that the jaw stands out on the near side, per sine of the turn
_LONGEST = 9.0  # head units that a chin may at most stretch or shrink the face: more is a balloon or a lemon


# The hair's surface is an ellipsoid around the cranium: its middle and half axes in head units.
SCALP_CENTRE = np.array([0.0, -6.0, -6.0])
SCALP_RADII = np.array([105.5, 126.0, 112.0])
VOLUME_STEP = np.array([0.04, 0.04, 0.03])  # how the half axes grow per unit of the hair's volume


def direction(azimuth: ArrayLike, polar: ArrayLike) -> Points:
    """Return unit vectors [..., 3] of head coordinates. Angles in degrees.

    ``azimuth`` is 0 to the front and 90 to the viewer's right; ``polar`` is 0 at the crown and 90 at the equator.
    """
    az, pol = np.broadcast_arrays(np.radians(azimuth), np.radians(polar))
    return np.stack([np.sin(pol) * np.sin(az), -np.cos(pol), np.sin(pol) * np.cos(az)], axis=-1)


@dataclass(frozen=True)
class FaceShape:
    """What a face's shape means, in units of the knobs of the same names (but ``eyes`` and ``lids``: scales)."""

    age: float = 0.0
    width: float = 0.0
    chin: float = 0.0
    jaw: float = 0.0
    cheeks: float = 0.0
    eyes: float = 1.0  # the size of the eyes
    lids: float = 1.0  # how tall they are for their width


SHAPES: dict[str, FaceShape] = {
    "child": FaceShape(age=-1.6, width=0.3, chin=-0.9, jaw=0.1, cheeks=1.2, eyes=1.03),
    "round": FaceShape(age=-0.6, width=0.7, chin=-0.5, jaw=0.7, cheeks=1.2, eyes=1.02),
    "oval": FaceShape(),
    "heart": FaceShape(age=-0.2, width=0.4, chin=0.5, jaw=-0.9, cheeks=0.5, eyes=1.03),
    "slim": FaceShape(age=0.5, width=-1.7, chin=1.0, jaw=-0.5, cheeks=-0.8, eyes=0.97, lids=0.97),
    "mature": FaceShape(age=1.3, width=-0.5, chin=0.8, jaw=0.3, cheeks=-0.5, eyes=0.95, lids=0.93),
    "square": FaceShape(age=0.8, width=0.3, chin=0.5, jaw=1.4, cheeks=0.1, eyes=0.94, lids=0.93),
    "angular": FaceShape(age=1.0, width=-0.8, chin=1.6, jaw=0.9, cheeks=-1.6, eyes=0.94, lids=0.90),
}


@dataclass(frozen=True)
class Outline:
    """The two sides of the face's silhouette from the temple to the chin: [11, 2] each, in canvas units."""

    left: Points
    right: Points

    @property
    def closed(self) -> Points:
        """The whole silhouette below the temples [23, 2], from the left temple round the chin to the right one."""
        chin = (self.left[-1] + self.right[-1]) / 2 + [0, ZOOM]
        return np.concatenate([self.left, [chin], self.right[::-1]])


class Rig:
    """Projects the head of one portrait. ``yaw``, ``pitch`` and ``roll`` are in radians."""

    def __init__(self, attributes: Attributes) -> None:
        shape, masculine = SHAPES[attributes.face], attributes.masculine
        self.yaw = radians(TURN_DEGREES * attributes.turn)
        self.pitch = radians(NOD_DEGREES * attributes.nod)
        self.roll = radians(TILT_DEGREES * attributes.tilt)
        self.age = shape.age + 0.25 * attributes.age + 0.4 * masculine  # about -2 (a child) to 2 (grown up)
        self.eye_scale = shape.eyes * (1 + 0.024 * attributes.eye_size)
        self.lids = shape.lids
        longer = 2.2 * (shape.chin + 0.45 * attributes.chin) + 1.9 * self.age
        self.chin_stretch = _LONGEST * tanh(longer / _LONGEST)  # head units
        jaw = shape.jaw + 0.3 * attributes.jaw + 0.4 * masculine
        cheeks = shape.cheeks + 0.3 * attributes.cheeks - 0.3 * masculine
        self.breadth = 1 + 0.026 * shape.width + 0.008 * attributes.face_width
        stretch = (105 + self.chin_stretch - _FIXED_ABOVE) / (105 - _FIXED_ABOVE)
        self.heights = np.where(_HEIGHTS > _FIXED_ABOVE, _FIXED_ABOVE + (_HEIGHTS - _FIXED_ABOVE) * stretch, _HEIGHTS)
        grown = _AGE_WIDTHS * self.age + _JAW_WIDTHS * jaw + _CHEEK_WIDTHS * cheeks
        self.half_widths = np.maximum(5.0, (_WIDTHS + grown) * self.breadth)
        self.scalp_radii = SCALP_RADII * (1 + VOLUME_STEP * attributes.volume)
        cy, sy, cp, sp = cos(self.yaw), sin(self.yaw), cos(self.pitch), sin(self.pitch)
        self.rotation = np.array([[cy, 0, sy], [-sy * sp, cp, cy * sp], [-sy * cp, -sp, cy * cp]])
        self._tilt = np.array([[cos(self.roll), -sin(self.roll)], [sin(self.roll), cos(self.roll)]])
        shift = -TURN_SHIFT * TURN_DEGREES * attributes.turn
        self.centre = np.array([CENTRE[0] + shift, CENTRE[1]])

    @property
    def chin_height(self) -> float:
        """The y of the chin's tip in head units."""
        return float(self.heights[-1])

    def rotate(self, points: ArrayLike) -> Points:
        """Turn and nod points [..., 3] of the head; the result is still in head units, z to the viewer."""
        return np.asarray(np.asarray(points, dtype=float) @ self.rotation.T)

    def flatten(self, rotated: Points) -> Points:
        """Return where points [..., 2 or 3] that ``rotate`` returned land on the canvas: [..., 2]."""
        return np.asarray(((rotated[..., :2] - PIVOT) @ self._tilt.T + PIVOT) * ZOOM + self.centre)

    def project(self, points: ArrayLike) -> Points:
        """Return where points [..., 3] of the head land on the canvas: [..., 2]."""
        return self.flatten(self.rotate(points))

    def surface(self, x: ArrayLike, y: ArrayLike, above: float = 0.0) -> Points:
        """Return the points [..., 3] of the surface on which features sit, raised by ``above`` to the front."""
        x, y = np.broadcast_arrays(np.asarray(x, dtype=float), np.asarray(y, dtype=float))
        z = np.interp(y, self.heights, _FRONTS) * FLATNESS + FLAT_OFFSET - SURFACE_BEND * x * x + above
        return np.stack([x, y, z], axis=-1)

    def face(self, x: ArrayLike, y: ArrayLike, above: float = 0.0) -> Points:
        """Return where points of the face's surface land on the canvas: [..., 2]."""
        return self.project(self.surface(x, y, above))

    def frame(self, x: float, y: float, *, mirror: int = 1, degrees: float = 0.0, above: float = 0.0) -> str:
        """Return the SVG matrix that puts local units at the face's point (x, y), foreshortened as the face is there.

        ``mirror`` is 1, or -1 for the left half of a symmetric pair, whose local x then runs to the left.
        ``degrees`` turns the local units clockwise (in mirrored units, if mirrored).
        """
        step = 6.0  # head units: far enough for the surface's slope, near enough for its bend
        origin = self.face(x, y, above)
        across = (self.face(x + step, y, above) - self.face(x - step, y, above)) / (2 * step) * mirror
        down = (self.face(x, y + step, above) - self.face(x, y - step, above)) / (2 * step)
        c, s = cos(radians(degrees)), sin(radians(degrees))
        u, v = across * c + down * s, down * c - across * s
        return f"matrix({u[0]:.4f} {u[1]:.4f} {v[0]:.4f} {v[1]:.4f} {origin[0]:.2f} {origin[1]:.2f})"

    def scalp(self, azimuth: ArrayLike, polar: ArrayLike, lift: ArrayLike = 0.0) -> Points:
        """Return points [..., 3] of the hair's surface in head coordinates, ``lift`` above it as a share of its radius.

        Angles are those of ``direction``.
        """
        return np.asarray(direction(azimuth, polar) * self.scalp_radii * (1 + np.asarray(lift)) + SCALP_CENTRE)

    def depth(self, azimuth: ArrayLike, polar: ArrayLike) -> Points:
        """Return how far the hair's surface there faces the viewer: 1 straight on, 0 edge on, negative behind."""
        return np.asarray(self.rotate(direction(azimuth, polar))[..., 2])

    def outline(self, grow: float = 0.0) -> Outline:
        """Return the face's silhouette: the tangent points of each cross-section's ellipse under the turn.

        ``grow`` widens the face, in head units.
        """
        left, right = (self.flatten(self._side(sign, grow)) for sign in (-1, 1))
        return Outline(left, right)

    def edge(self, side: int) -> Points:
        """Return the silhouette's ``side`` (-1 or 1) as ``outline`` has it, rotated but not on the canvas: [11, 3]."""
        return self._side(side, 0.0)

    def _side(self, sign: int, grow: float) -> Points:
        width, depth = self.half_widths + grow, _FRONTS - _MIDDLES + grow
        across, along = width * cos(self.yaw), depth * sin(self.yaw)
        length = np.hypot(across, along)
        x, z = sign * width * across / length, _MIDDLES + sign * depth * along / length
        rotated = self.rotate(np.stack([x, self.heights, z], axis=-1))
        rotated[:, 1] = self.heights * cos(self.pitch) + _NOD_DEPTHS * sin(self.pitch)
        far = max(0.0, sign * sin(self.yaw))
        # The far side shows what an ellipse has not: the eye's hollow, one full cheek, the jaw drawn in below it.
        hollow, cheek, jaw = (np.exp(-(((self.heights - y) / s) ** 2)) for y, s in ((14, 18), (54, 20), (93, 25)))
        rotated[:, 0] -= sign * far * (8 * hollow - 1 * cheek + 17 * jaw)
        # The near side's jaw is a full curve from the ear: the ellipses alone leave a straight line to the chin.
        near, angle = max(0.0, -sign * sin(self.yaw)), np.exp(-(((self.heights - 78) / 17) ** 2))
        rotated[:, 0] += sign * near * NEAR_JAW * angle
        return rotated
