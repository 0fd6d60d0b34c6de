"""The eyes: white, iris and lashes put together, and placed on the face."""

import numpy as np

from generator.artist.face.expressions import expression
from generator.artist.face.iris import draw_iris, draw_reflections, make_iris
from generator.artist.face.layout import eye_axes, layout, matrix
from generator.artist.face.lids import Lids, closed_line, draw_closed, draw_lashes, lash_line, make_lids
from generator.artist.figure import Figure
from generator.artist.svg import (
    Stop,
    clip,
    ellipse,
    fading_gradient,
    group,
    linear_gradient,
    path,
    polygon,
)


def draw_eyes(figure: Figure) -> str:
    """Draw both eyes, open or closed as the expression has them."""
    far = figure.far_side
    return _eye(figure, far) + _eye(figure, -far)


def draw_lash_lines(figure: Figure, opacity: float) -> str:
    """Draw only the upper lashes of both eyes, as they shine through the hair before them."""
    lines = ""
    for side in (figure.far_side, -figure.far_side):
        shut = side in expression(figure).closed
        line = closed_line(figure) if shut else lash_line(figure, make_lids(figure))
        frame = f'transform="{matrix(*eye_axes(figure, side))}"'
        lines += group(path(line, figure.palette.lash, opacity=opacity), frame)
    return lines


def draw_eye_shades(figure: Figure) -> str:
    """Draw the warm shade around both eyes, as of make-up, which lies on the skin."""
    shades = [
        group(_shade(figure), f'transform="{matrix(*eye_axes(figure, side))}"')
        for side in (-1, 1)
        if side not in expression(figure).closed
    ]
    return fading_gradient("eye-shade", figure.palette.skin.makeup, 0.75) + "".join(shades)


def _eye(figure: Figure, side: int) -> str:
    origin, across, down = eye_axes(figure, side)
    closed = side in expression(figure).closed
    eye = draw_closed(figure) if closed else _open_eye(figure, side)
    return group(eye, f'transform="{matrix(origin, across, down)}"')


def _open_eye(figure: Figure, side: int) -> str:
    lids = make_lids(figure)
    iris = make_iris(figure, side, lids)
    opening = polygon(lids.opening)
    name = f"eye-{side}"
    inner = draw_iris(figure, iris) + _lid_shadow(figure, lids) + draw_reflections(figure, iris, lids.upper)
    return (
        clip(name, opening)
        + _white(figure, opening, side)
        + group(inner, f'clip-path="url(#{name})"')
        + draw_lashes(figure, lids, f"lash-{side}")
    )


def _white(figure: Figure, opening: str, side: int) -> str:
    height = layout(figure).eye_height
    colours = figure.palette
    stops: list[Stop] = [(0, colours.white_shadow), (0.42, colours.white), (1, colours.white)]
    name = f"eye-white-{side}"
    return linear_gradient(name, (0, -height), (0, height), stops) + path(opening, f"url(#{name})")


def _lid_shadow(figure: Figure, lids: Lids) -> str:
    """Draw the shadow of the upper lid on the eyeball: deepest in the middle."""
    hang = 0.27 * layout(figure).eye_height * np.sin(np.pi * np.linspace(0.03, 0.97, len(lids.upper))) ** 0.8
    below = lids.upper + np.stack([np.zeros_like(hang), hang], axis=1)
    outline = np.concatenate([lids.upper - np.array([0, 1.0]), below[::-1]])
    return path(polygon(outline), figure.palette.lid_shadow, opacity=0.45)


def _shade(figure: Figure) -> str:
    """Draw the shade around one eye in its local units."""
    place = layout(figure)
    strength = 0.55 if figure.attributes.masculine else 0.80
    width, height = place.eye_width, place.eye_height
    above = ellipse((0.32 * width, -0.35 * height), (1.02 * width, 0.95 * height), "url(#eye-shade)", opacity=strength)
    below = ellipse(
        (0.22 * width, 0.98 * height), (0.78 * width, 0.26 * height), "url(#eye-shade)", opacity=0.5 * strength
    )
    return above + below
