"""Curves, and the SVG text that draws them. Knows nothing of faces.

Points are arrays [n, 2] in canvas units, x to the right and y down. The canvas is CANVAS units wide and high.
"""

from collections.abc import Callable, Sequence
from functools import cache
from typing import TypeAlias

import numpy as np
from numpy.typing import ArrayLike, NDArray

CANVAS = 512  # units

Points: TypeAlias = NDArray[np.float64]
Stop: TypeAlias = tuple[float, str] | tuple[float, str, float]  # offset, colour, and opacity where it is not 1


def xy(*points: ArrayLike) -> str:
    """Return points as path data without a command."""
    return " ".join(f"{x:.1f} {y:.1f}" for x, y in np.asarray(points, dtype=float).tolist())


def polygon(points: ArrayLike) -> str:
    """Return path data for the closed polygon through ``points``."""
    p = np.asarray(points, dtype=float)
    return ("M%.1f %.1f" + "L%.1f %.1f" * (len(p) - 1)) % tuple(p.ravel().tolist()) + "Z"


def smooth(points: ArrayLike) -> str:
    """Return path data for the closed Catmull-Rom spline through ``points``."""
    p = np.asarray(points, dtype=float)
    around = np.concatenate([p[-1:], p, p[:2]])
    tangent = (around[2:] - around[:-2]) / 6
    after = around[2:-1]
    segments = np.concatenate([p + tangent[:-1], after - tangent[1:], after], axis=1)
    start = "M" + xy(p[0])
    return start + ("C%.1f %.1f %.1f %.1f %.1f %.1f" * len(p)) % tuple(segments.ravel().tolist()) + "Z"


def swelling(t: Points) -> Points:
    """Return the width profile of a brush stroke that is thin at both ends; ``t`` runs from 0 to 1 along it."""
    return np.asarray(np.sin(np.pi * t) ** 0.7)


def joined(*pieces: ArrayLike, close: bool = True) -> str:
    """Return path data for Catmull-Rom splines one after the other, with a corner wherever a piece ends.

    A piece of two points is a straight line. A line leads to a piece that does not begin where the last one ended.
    """
    data = ""
    for piece in pieces:
        p = np.asarray(piece, dtype=float)
        data += f"{'L' if data else 'M'}{p[0, 0]:.1f} {p[0, 1]:.1f}"
        data += (_CUBIC * (len(p) - 1)) % tuple(_cubics(p).ravel().tolist())
    return data + "Z" * close


def leaves(lines: Points, half_widths: ArrayLike, profile: Callable[[Points], Points] = swelling) -> str:
    """Return path data for ``m`` strokes along splines [m, n, 2], each ``half_widths`` [m] times ``profile`` wide.

    The same as ``brush``, for many short strokes at once.
    """
    shape = np.asarray(profile(np.linspace(0, 1, lines.shape[1])))
    normal = normals(lines) * np.asarray(half_widths)[:, None, None] * shape[:, None]
    sides = _cubics(np.stack([lines + normal, (lines - normal)[:, ::-1]], axis=1))
    starts = (lines + normal)[:, 0]
    turns = (lines - normal)[:, -1]
    count = lines.shape[1] - 1
    form = "M%.1f %.1f" + _CUBIC * count + "L%.1f %.1f" + _CUBIC * count + "Z"
    values = np.concatenate(
        [starts, sides[:, 0].reshape(len(lines), -1), turns, sides[:, 1].reshape(len(lines), -1)], 1
    )
    return str((form * len(lines)) % tuple(values.ravel().tolist()))


_CUBIC = "C%.1f %.1f %.1f %.1f %.1f %.1f"


def _cubics(p: Points) -> Points:
    """Return the cubic segments [..., n - 1, 6] of open splines [..., n, 2]; they leave their ends slowly."""
    step = p[..., 1:, :] - p[..., :-1, :]
    tangent = np.empty_like(p)
    tangent[..., 1:-1, :] = (step[..., 1:, :] + step[..., :-1, :]) / 6
    tangent[..., 0, :], tangent[..., -1, :] = step[..., 0, :] / 6, step[..., -1, :] / 6
    after = p[..., 1:, :]
    return np.concatenate([p[..., :-1, :] + tangent[..., :-1, :], after - tangent[..., 1:, :], after], axis=-1)


def spline(points: ArrayLike, count: int = 16) -> Points:
    """Return ``count`` points [count, 2] on the open Catmull-Rom spline through ``points``."""
    p = np.asarray(points, dtype=float)
    return np.asarray(_spline_weights(len(p), count) @ p)


@cache
def _spline_weights(given: int, count: int) -> Points:
    """Return how much each of ``given`` points weighs in each of ``count`` points of their spline: [count, given]."""
    p = np.eye(given)
    padded = np.concatenate([[2 * p[0] - p[1]], p, [2 * p[-1] - p[-2]]])
    position = np.linspace(0, given - 1, count)
    index = np.minimum(position.astype(int), given - 2)
    t = (position - index)[:, None]
    a, b, c, d = padded[index], padded[index + 1], padded[index + 2], padded[index + 3]
    return np.asarray(b + 0.5 * t * (c - a + t * (2 * a - 5 * b + 4 * c - d + t * (3 * (b - c) + d - a))))


def even(t: Points) -> Points:
    """Return the width profile of a line of even width."""
    return np.ones_like(t)


def brush(points: ArrayLike, half_width: float, count: int = 14, profile: Callable[[Points], Points] = swelling) -> str:
    """Return path data for a stroke along the spline through ``points``, ``half_width`` times ``profile`` wide."""
    centre = spline(points, count)
    normal = normals(centre) * (half_width * profile(_steps(count)))[:, None]
    return polygon(np.concatenate([centre + normal, (centre - normal)[::-1]]))


@cache
def _steps(count: int) -> Points:
    return np.linspace(0, 1, count)


def normals(curve: Points) -> Points:
    """Return the unit normals [..., n, 2] of curves [..., n, 2], to the left of the direction they run in."""
    step = curve[..., 1:, :] - curve[..., :-1, :]
    tangent = np.concatenate([step[..., :1, :], step[..., 1:, :] + step[..., :-1, :], step[..., -1:, :]], axis=-2)
    x, y = tangent[..., 0], tangent[..., 1]
    return np.asarray(np.stack([-y, x], axis=-1) / np.maximum(1e-6, np.hypot(x, y))[..., None])


def hull(points: ArrayLike) -> Points:
    """Return the convex hull of ``points`` as a closed outline (Andrew's monotone chain)."""
    ordered = sorted(map(tuple, np.asarray(points, dtype=float).tolist()))
    return np.array(_half_hull(ordered)[:-1] + _half_hull(ordered[::-1])[:-1])


def _half_hull(points: Sequence[tuple[float, ...]]) -> list[tuple[float, ...]]:
    chain: list[tuple[float, ...]] = []
    for x, y in points:
        while len(chain) > 1:
            (x0, y0), (x1, y1) = chain[-2], chain[-1]
            if (x1 - x0) * (y - y0) - (y1 - y0) * (x - x0) > 0:
                break
            chain.pop()
        chain.append((x, y))
    return chain


def path(
    data: str, fill: str = "none", *, stroke: str = "", width: float = 1.2, opacity: float = 1.0, more: str = ""
) -> str:
    """Return a path element. ``width`` is the stroke's; ``more`` are further attributes.

    The opacity of a path without a stroke is its fill's, which is drawn without a layer of its own.
    """
    line = f' stroke="{stroke}" stroke-width="{width:.2f}" stroke-linejoin="round" stroke-linecap="round"'
    faded = "" if opacity == 1 else f' {"" if stroke else "fill-"}opacity="{opacity:.3f}"'
    return f'<path d="{data}" fill="{fill}"{line if stroke else ""}{faded} {more}/>'


def ellipse(centre: ArrayLike, radius: tuple[float, float], fill: str, *, opacity: float = 1.0, more: str = "") -> str:
    """Return an ellipse element; ``radius`` is its half width and half height."""
    x, y = np.asarray(centre, dtype=float).tolist()
    faded = "" if opacity == 1 else f' {"" if "stroke" in more else "fill-"}opacity="{opacity:.3f}"'
    return f'<ellipse cx="{x:.1f}" cy="{y:.1f}" rx="{radius[0]:.1f}" ry="{radius[1]:.1f}" fill="{fill}"{faded} {more}/>'


def group(inner: str, more: str = "") -> str:
    """Return ``inner`` as one group with the attributes ``more``, if any: a transform, a clip or an opacity."""
    return f"<g {more}>{inner}</g>" if inner and more else inner


def clip(name: str, data: str) -> str:
    """Return a clip path that group(..., 'clip-path="url(#name)"') uses."""
    return f'<clipPath id="{name}"><path d="{data}"/></clipPath>'


def linear_gradient(name: str, start: ArrayLike, end: ArrayLike, stops: Sequence[Stop]) -> str:
    """Return a gradient in canvas units from ``start`` to ``end``, for the fill url(#name)."""
    (x0, y0), (x1, y1) = np.asarray(start, dtype=float).tolist(), np.asarray(end, dtype=float).tolist()
    line = f'x1="{x0:.1f}" y1="{y0:.1f}" x2="{x1:.1f}" y2="{y1:.1f}"'
    return f'<linearGradient id="{name}" gradientUnits="userSpaceOnUse" {line}>{_stops(stops)}</linearGradient>'


def radial_gradient(name: str, centre: ArrayLike, radius: float, stops: Sequence[Stop]) -> str:
    """Return a gradient in canvas units around ``centre``, for the fill url(#name)."""
    x, y = np.asarray(centre, dtype=float).tolist()
    circle = f'cx="{x:.1f}" cy="{y:.1f}" r="{radius:.1f}"'
    return f'<radialGradient id="{name}" gradientUnits="userSpaceOnUse" {circle}>{_stops(stops)}</radialGradient>'


def fading_gradient(name: str, colour: str, opacity: float) -> str:
    """Return a gradient for the fill url(#name) that fades from ``opacity`` to nothing at the edge of any shape."""
    stops: list[Stop] = [(0, colour, opacity), (0.5, colour, opacity * 0.5), (1, colour, 0)]
    return f'<radialGradient id="{name}">{_stops(stops)}</radialGradient>'


def document(body: str) -> str:
    """Return ``body`` as an SVG document of CANVAS by CANVAS units."""
    head = f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {CANVAS} {CANVAS}" width="{CANVAS}" height="{CANVAS}"'
    return f"{head}>{body}</svg>"


def _stops(stops: Sequence[Stop]) -> str:
    return "".join(
        f'<stop offset="{stop[0]:.2f}" stop-color="{stop[1]}"'
        + (f' stop-opacity="{stop[2]:.2f}"/>' if len(stop) == 3 else "/>")
        for stop in stops
    )
