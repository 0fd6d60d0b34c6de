"""Places on the head, and what all headgear shares: arcs over the hair, shading by the light, shadows on the hair.

Lengths are head units, unless they are said to be canvas units. Knows no single piece of headgear.
"""

from collections.abc import Sequence
from math import cos, radians, sin
from typing import TypeAlias

import numpy as np
from numpy.typing import ArrayLike

from generator.artist.colour import Lch, css
from generator.artist.figure import Figure
from generator.artist.palette import Tone
from generator.artist.rig import SCALP_CENTRE, SCALP_RADII
from generator.artist.svg import CANVAS, Points, Stop, group, linear_gradient, path, polygon, smooth

MARGIN = 8.0  # canvas units that the tallest headgear keeps from the upper edge
OUTLINE = 1.3  # canvas units, as the outlines of the other parts
SHADOW = css(Lch(0.27, 0.075, 300))  # violet, as every shadow of the artist
SHADOW_OPACITY = 0.30

Outline: TypeAlias = tuple[tuple[float, float, float], ...]  # points of a form in local coordinates


class Place:
    """A frame of local coordinates [..., 3] on the head. ``axes`` [3, 3] holds the local x, y and z axis as rows."""

    def __init__(self, figure: Figure, origin: ArrayLike, axes: ArrayLike) -> None:
        self.figure = figure
        self.origin = np.asarray(origin, dtype=float)
        self.axes = np.asarray(axes, dtype=float)

    def head(self, points: ArrayLike) -> Points:
        """Return local points [..., 3] in head coordinates."""
        return np.asarray(self.origin + np.asarray(points, dtype=float) @ self.axes)

    def canvas(self, points: ArrayLike) -> Points:
        """Return where local points [..., 3] land on the canvas: [..., 2]."""
        return self.figure.rig.project(self.head(points))

    @property
    def front(self) -> float:
        """The angle in the local x-z plane, from z towards x, that points to the viewer; in degrees."""
        towards = self.axes @ self.figure.rig.rotation[2]
        return float(np.degrees(np.arctan2(towards[0], towards[2])))


def on_hair(
    figure: Figure, azimuth: float, polar: float, *, lift: float = 0.0, degrees: float = 0.0, facing: float = 0.0
) -> Place:
    """Return a place on the hair: local x to the viewer's right at the front, y down the hair, z out of it.

    ``degrees`` turns it clockwise. ``facing`` from 0 to 1 turns it from lying on the hair towards the viewer.
    """
    rig = figure.rig
    origin = rig.scalp(azimuth, polar, lift)
    out = _unit(_unit((origin - SCALP_CENTRE) / rig.scalp_radii**2) + facing * rig.rotation[2])
    x = _unit(np.cross([0.0, 1.0, 0.0], out))
    y = np.cross(out, x)
    c, s = cos(radians(degrees)), sin(radians(degrees))
    return Place(figure, origin, [x * c + y * s, y * c - x * s, out])


def on_top(figure: Figure, height: float, *, lean: float = 0.0, dip: float = 0.0) -> Place:
    """Return the seat of a hat: local x to the right, y down, z to the front, its origin ``height`` above the middle.

    ``lean`` tips it clockwise and ``dip`` its front downwards, in degrees. Both grow with the hair's volume.
    """
    c, s, cd, sd = cos(radians(lean)), sin(radians(lean)), cos(radians(dip)), sin(radians(dip))
    sideways = np.array([[c, s, 0], [-s, c, 0], [0, 0, 1]])
    forwards = np.array([[1, 0, 0], [0, cd, -sd], [0, sd, cd]])
    origin = SCALP_CENTRE - [0, height * fullness(figure), 0]
    return Place(figure, origin, forwards @ sideways * fullness(figure))


def room(root: ArrayLike, points: ArrayLike) -> float:
    """Return the size, at most 1, at which what stands on ``root`` [2] and reaches ``points`` [n, 2] is not cut off."""
    foot, top = float(np.asarray(root)[1]), float(np.min(np.asarray(points)[:, 1]))
    return min(1.0, (foot - MARGIN) / max(1.0, foot - top))


def fullness(figure: Figure) -> float:
    """Return the size of the hair as a multiple of the usual one."""
    return float(figure.rig.scalp_radii[0] / SCALP_RADII[0])


def ring(degrees: ArrayLike, radius: ArrayLike, y: ArrayLike, depth: float = 1.0) -> Points:
    """Return points [n, 3] of a ring in a seat's coordinates; 0 degrees is the front, 90 the viewer's right.

    ``depth`` is its half axis to the front as a multiple of ``radius``.
    """
    angle, r, height = np.broadcast_arrays(np.radians(degrees), radius, y)
    return np.stack([r * np.sin(angle), height, r * depth * np.cos(angle)], axis=-1)


def arc(
    figure: Figure, degrees: ArrayLike, forward: ArrayLike, lift: ArrayLike = 0.0, ahead: ArrayLike = 0.0
) -> Points:
    """Return points [n, 3], in head coordinates, of an arc over the hair from ear to ear.

    ``degrees`` runs from -90 at the viewer's left ear to 90; ``forward`` is the angle by which the arc's plane is
    tipped from the crown to the front; ``lift`` raises the arc above the hair, as a share of the hair's radius.
    ``ahead`` moves points off the arc by an angle, at right angles to it: what is as wide all along is made with it,
    since arcs of different planes meet at the ears.
    """
    angle, tip, up, off = np.broadcast_arrays(np.radians(degrees), np.radians(forward), lift, np.radians(ahead))
    along = np.stack([np.sin(angle), -np.cos(angle) * np.cos(tip), np.cos(angle) * np.sin(tip)], axis=-1)
    across = np.stack([0 * tip, np.sin(tip), np.cos(tip)], axis=-1)
    unit = along * np.cos(off)[..., None] + across * np.sin(off)[..., None]
    return np.asarray(unit * figure.rig.scalp_radii * (1 + up)[..., None] + SCALP_CENTRE)


def seen(figure: Figure, forward: float, end: float) -> tuple[float, float]:
    """Return the part of the arc from -``end`` to ``end`` degrees that the head does not hide."""
    degrees = np.linspace(-end, end, 121)
    normals = (arc(figure, degrees, forward) - SCALP_CENTRE) / figure.rig.scalp_radii**2
    depth = figure.rig.rotate(normals)[:, 2]
    hidden = depth < 0
    left, right = -end, end
    if hidden[0] and not hidden.all():
        first = int(np.argmin(hidden))
        left = float(np.interp(0, depth[first - 1 : first + 1], degrees[first - 1 : first + 1]))
    if hidden[-1] and not hidden.all():
        last = len(hidden) - 1 - int(np.argmin(hidden[::-1]))
        right = float(np.interp(0, depth[[last + 1, last]], degrees[[last + 1, last]]))
    return left, right


def hair_outline(figure: Figure, scale: float = 1.0) -> Points:
    """Return the silhouette [32, 2] of the hair's ellipsoid in canvas units, ``scale`` times as large."""
    rig = figure.rig
    axes = (rig.rotation * rig.scalp_radii * scale)[:2]
    angle = np.linspace(0, 2 * np.pi, 32, endpoint=False)
    towards = np.stack([np.cos(angle), np.sin(angle)], axis=1) @ axes
    towards /= np.linalg.norm(towards, axis=1, keepdims=True)
    return rig.flatten(towards @ axes.T + rig.rotate(SCALP_CENTRE)[:2])


def outlined(figure: Figure, data: str, fill: str, tone: Tone, width: float = 1.0) -> str:
    """Return a filled path with the outline of its material, ``width`` times as wide as usual."""
    return path(data, fill, stroke=tone.line, width=OUTLINE * width * figure.line)


def lit(figure: Figure, name: str, points: Points, stops: Sequence[Stop]) -> str:
    """Return a gradient over what ``points`` [n, 2] enclose, from the side of the light to the other."""
    towards = figure.light[:2] / np.linalg.norm(figure.light[:2])
    along = points @ towards
    middle = (points.max(axis=0) + points.min(axis=0)) / 2
    reach = (along.max() - along.min()) / 2
    return linear_gradient(name, middle + towards * reach, middle - towards * reach, stops)


def toned(figure: Figure, name: str, points: Points, tone: Tone) -> str:
    """Return the gradient of a matt material over what ``points`` [n, 2] enclose, from light to shadow."""
    stops = [(0.0, tone.light), (0.35, tone.base), (0.7, tone.base), (1.0, tone.shadow)]
    return lit(figure, name, points, stops)


def shadow(figure: Figure, name: str, data: str, reach: float = 5.0, opacity: float = SHADOW_OPACITY) -> str:
    """Return the shadow of path ``data`` on hair and face, ``reach`` canvas units away from the light."""
    # Two paths, since two outlines that run in opposite directions would cut each other out of one.
    shapes = f'<path d="{smooth(hair_outline(figure))}"/><path d="{polygon(figure.rig.outline().closed)}"/>'
    head = f'<clipPath id="{name}">{shapes}</clipPath>'
    offset = f'transform="translate({-figure.light[0] * reach:.1f} {reach:.1f})"'
    return head + group(path(data, SHADOW, opacity=opacity, more=offset), f'clip-path="url(#{name})"')


def hidden_by_hair(figure: Figure, name: str, inner: str, scale: float) -> str:
    """Return ``inner`` without what lies within the hair's silhouette, ``scale`` times as large."""
    canvas = f"M0 0H{CANVAS}V{CANVAS}H0Z"
    outside = f'<path clip-rule="evenodd" d="{canvas}{smooth(hair_outline(figure, scale))}"/>'
    return f'<clipPath id="{name}">{outside}</clipPath>' + group(inner, f'clip-path="url(#{name})"')


def _unit(vector: Points) -> Points:
    return np.asarray(vector / np.linalg.norm(vector))
