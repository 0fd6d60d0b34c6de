"""The mouths, one function for each expression. Local units are head units around the middle of the mouth.

Every mouth is more than a line, so that it reads in a small picture: it has a lip below, or is open.
"""

from collections.abc import Sequence
from typing import TypeAlias

import numpy as np
from numpy.typing import ArrayLike

from generator.artist.figure import Figure
from generator.artist.svg import Points, brush, clip, ellipse, even, fading_gradient, group, path, smooth

TEETH, TEETH_SHADE = "#fffaf6", "#e6d3d6"
Line: TypeAlias = Sequence[tuple[float, float]]

LINE = 1.9  # half the width of a mouth's line, head units


def draw_smile(f: Figure) -> str:
    """Draw a closed smile."""
    line = [(-18.5, -4.0), (-9.5, 0.8), (0, 2.6), (9.5, 0.8), (18.5, -4.0)]
    return _lip(f, 8.2, 10.5) + _line(f, line)


def draw_open(f: Figure) -> str:
    """Draw an open smile with the upper teeth and the tongue."""
    top = [(-18, -4.4), (-9, -1.0), (0, 0.1), (9, -1.0), (18, -4.4)]
    bottom = [(13.5, 6.6), (5.5, 12.4), (-5.5, 12.4), (-13.5, 6.6)]
    teeth = [(-15, -6), (15, -6), (11, 1.8), (5, 3.2), (-5, 3.2), (-11, 1.8)]
    return _cavity(f, top, bottom, teeth, tongue=11.0) + _line(f, top) + _under_lip(f, 16.2, light=0.55)


def draw_grin(f: Figure) -> str:
    """Draw a broad grin that shows both rows of teeth."""
    top = [(-20, -5.6), (-10, -1.6), (0, -0.4), (10, -1.6), (20, -5.6)]
    bottom = [(15.5, 4.6), (7, 10), (-7, 10), (-15.5, 4.6)]
    outline = smooth(_bend(f, top + bottom))
    teeth = smooth(_bend(f, [(-16.5, -8), (16.5, -8), (15.5, 0), (12, 6), (6, 12), (-6, 12), (-12, 6), (-15.5, 0)]))
    shade = smooth(_bend(f, [(-18, 4), (-7, 8), (7, 8), (18, 4), (14, 16), (-14, 16)]))
    inner = path(outline, f.palette.skin.mouth) + path(teeth, TEETH) + path(shade, TEETH_SHADE, opacity=0.7)
    inner += _seam(f, [(-17, 0.4), (-8, 3.6), (0, 4.5), (8, 3.6), (17, 0.4)])
    drawn = clip("mouth", outline) + group(inner, 'clip-path="url(#mouth)"')
    return drawn + _line(f, top) + _lower_edge(f, top, bottom) + _under_lip(f, 13.6, light=0.5)


def _seam(f: Figure, line: Line) -> str:
    """Draw the line between both rows of teeth: without it they are a blank."""
    return path(brush(_bend(f, line), 0.55, 14, even), f.palette.skin.mouth, opacity=0.55)


def draw_cat(f: Figure) -> str:
    """Draw a cat's mouth: a small w of an even line, open below. Thick or shaded below it would be a moustache."""
    skin = f.palette.skin
    side = [(-11.5, -2.6), (-10.0, 0.9), (-6.2, 2.3), (-2.4, 1.1), (0, -1.6)]
    halves = [_bend(f, [(x * sign, y) for x, y in side]) for sign in (-1, 1)]
    opening = _bend(f, [(-7.2, 2.0), (-2.4, 1.2), (0, -1.2), (2.4, 1.2), (7.2, 2.0), (4.6, 7.4), (0, 9.6), (-4.6, 7.4)])
    tongue = ellipse((0, 8.4), (5.4, 4.4), skin.tongue)
    data = smooth(opening)
    inside = clip("mouth", data) + path(data, skin.mouth, opacity=0.85) + group(tongue, 'clip-path="url(#mouth)"')
    foot = path(brush(opening[[4, 5, 6, 7, 0]], 0.55 * LINE * _weight(f), 18), skin.mouth_line)
    strokes = "".join(brush(half, 0.62 * LINE * _weight(f), 18, _open_ended) for half in halves)
    return inside + foot + path(strokes, skin.mouth_line)


def draw_pout(f: Figure) -> str:
    """Draw a small mouth with its corners down and a full lower lip."""
    line = [(-12, 3.2), (-5.5, -0.9), (0, -0.8), (5.5, -0.9), (12, 3.2)]
    return _lip(f, 6.6, 10.0, strength=0.3) + _line(f, line)


def draw_neutral(f: Figure) -> str:
    """Draw a calm, closed mouth."""
    line = [(-14.5, -0.9), (-7, 0.5), (0, 1.1), (7, 0.5), (14.5, -0.9)]
    return _lip(f, 6.4, 9.5) + _line(f, line)


def draw_surprised(f: Figure) -> str:
    """Draw an open mouth with a small o: an oval a little wider below, the tongue deep in it."""
    top = [(-7.4, 2.6), (-6.0, -2.6), (0, -5.6), (6.0, -2.6), (7.4, 2.6)]
    bottom = [(5.8, 7.4), (2.6, 9.6), (-2.6, 9.6), (-5.8, 7.4)]
    rim = brush(_bend(f, [bottom[-1], *top, bottom[0]]), 0.6 * LINE * _weight(f), 24)
    drawn = _cavity(f, top, bottom, [], tongue=10.5) + path(rim, f.palette.skin.mouth_line)
    return drawn + _under_lip(f, 13.8, light=0.5)


def draw_wink(f: Figure) -> str:
    """Draw a playful, slightly open smile."""
    top = [(-17.5, -4.2), (-9, -0.2), (0, 1.0), (9, -0.2), (17.5, -4.2)]
    bottom = [(11.5, 4.8), (4.8, 9.4), (-4.8, 9.4), (-11.5, 4.8)]
    teeth = [(-15, -6), (15, -6), (10, 2.4), (4, 3.8), (-4, 3.8), (-10, 2.4)]
    return _cavity(f, top, bottom, teeth, tongue=9.5) + _line(f, top) + _under_lip(f, 13, light=0.5)


def draw_closed(f: Figure) -> str:
    """Draw the broad soft smile that goes with laughing eyes."""
    line = [(-19.5, -4.8), (-10.5, 0.9), (0, 3.1), (10.5, 0.9), (19.5, -4.8)]
    return _lip(f, 9.0, 10.5) + _line(f, line)


def draw_shy(f: Figure) -> str:
    """Draw a small mouth that wavers."""
    line = [(-17.0, -0.4), (-11.5, -1.0), (-4.5, 1.2), (2.5, -0.7), (9.5, 1.2), (16.5, -0.8)]
    return _lip(f, 6.6, 8.5) + path(brush(_bend(f, line), 0.75 * LINE * _weight(f), 30), f.palette.skin.mouth_line)


def draw_angry(f: Figure) -> str:
    """Draw clenched teeth with the corners down, under one dark edge: with red around them they would be lips."""
    top = [(-14.5, 3.6), (-9.0, -0.9), (0, -2.2), (9.0, -0.9), (14.5, 3.6)]
    bottom = [(11.2, 7.4), (4.6, 7.8), (-4.6, 7.8), (-11.2, 7.4)]
    outline, skin = smooth(_bend(f, top + bottom)), f.palette.skin
    inner = path(outline, TEETH) + _seam(f, [(-14, 5.2), (-6, 3.0), (0, 2.6), (6, 3.0), (14, 5.2)])
    edge = path(brush(_bend(f, top), 0.72 * LINE * _weight(f), 18, _blunt), skin.mouth_line)
    drawn = clip("mouth", outline) + group(inner, 'clip-path="url(#mouth)"')
    return drawn + _lower_edge(f, top, bottom, 0.32) + edge + _under_lip(f, 12.6)


def _bend(f: Figure, points: ArrayLike) -> Points:
    """Return a mouth's points as its knobs want them: wider, and with the corners up."""
    p = np.array(points, dtype=float)
    lift = 0.8 * f.attributes.mouth_curve * (p[:, 0] / 14) ** 2  # head units at the corners
    p[:, 1] -= lift
    p[:, 0] *= 1 + 0.07 * f.attributes.mouth_width
    return p


def _weight(f: Figure) -> float:
    """Return the width of a mouth's lines as a multiple: less thinned by a style than other lines."""
    return 0.55 + 0.45 * f.line


def _line(f: Figure, points: ArrayLike) -> str:
    """Draw a closed mouth's line or an open one's upper edge, with a warm lower edge."""
    curve, skin = _bend(f, points), f.palette.skin
    warm = path(brush(curve + np.array([0, 1.0]), LINE * _weight(f), 18), skin.mouth)
    return warm + path(brush(curve, 0.85 * LINE * _weight(f), 18), skin.mouth_line)


def _lip(f: Figure, y: float, half_width: float, strength: float = 0.0) -> str:
    """Draw the lower lip under a closed mouth, with its gloss and the shadow below it."""
    a = f.attributes
    full = 1 + 0.17 * a.lips - 0.2 * a.masculine
    share = min(0.9, max(0.06, 0.62 + 0.19 * a.lips + strength - 0.30 * a.masculine))
    tint = ellipse((0, y - 1.4), (half_width, 4.4 * full), "url(#lip)", opacity=share)
    gloss = min(0.85, max(0.0, 0.45 + 0.18 * a.lips - 0.3 * a.masculine))
    shine = ellipse((5 * f.light[0], y - 0.9), (3.2, 1.0), "#fff", opacity=gloss)
    return fading_gradient("lip", f.palette.skin.lip, 1.0) + tint + shine + _under_lip(f, y + 5.2)


def _under_lip(f: Figure, y: float, light: float = 0.0) -> str:
    """Draw the shadow below the lower lip, and above it with the opacity ``light`` the lip's gloss."""
    stroke = brush([(-5.5, y - 0.4), (0, y + 0.5), (5.5, y - 0.4)], 1.2, 8)
    gloss = light * (1 + 0.3 * f.attributes.lips)
    shine = ellipse((5 * f.light[0], y - 2.1), (3.0, 0.8), "#fff", opacity=gloss) if light else ""
    return path(stroke, f.palette.skin.shadow, opacity=0.85) + shine


def _cavity(f: Figure, top: Line, bottom: Line, teeth: ArrayLike, *, tongue: float) -> str:
    """Draw an open mouth: its inside, the teeth, and the tongue whose middle lies at the height ``tongue``."""
    skin = f.palette.skin
    outline = smooth(_bend(f, [*top, *bottom]))
    inner = path(outline, skin.mouth)
    inner += path(
        smooth(_bend(f, [(-11, tongue + 1), (-4, tongue - 4.5), (4, tongue - 4.5), (11, tongue + 1), (0, tongue + 9)])),
        skin.tongue,
    )
    if len(np.asarray(teeth)):
        inner += path(smooth(_bend(f, teeth)), TEETH)
    return clip("mouth", outline) + group(inner, 'clip-path="url(#mouth)"') + _lower_edge(f, top, bottom)


def _lower_edge(f: Figure, top: Line, bottom: Line, share: float = 0.5) -> str:
    """Draw the lower edge of an open mouth, thin and open towards the corners: a closed ring looks like a mask.

    ``share`` is its width as a share of the upper edge's.
    """
    curve = _bend(f, [top[-1], *bottom, top[0]])
    return path(brush(curve, share * LINE * _weight(f), 24), f.palette.skin.mouth_line)


def _blunt(t: Points) -> Points:
    """Return the width of a line that ends in marked corners."""
    return np.asarray(0.55 + 0.45 * np.sin(np.pi * t))


def _open_ended(t: Points) -> Points:
    """Return the width of a line that tapers at its start only."""
    return np.asarray(np.minimum(1.0, 0.3 + 3.5 * t))
