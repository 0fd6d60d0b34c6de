"""Backgrounds that are no place: grounds, patterns, and lights out of focus."""

import numpy as np

from generator.artist.colour import Lch, css, mix, shade
from generator.artist.figure import sequence
from generator.artist.scene.layers import NEAR, Picture, Setting, discs, glow, halo, lay, shine, wash
from generator.artist.svg import CANVAS, Points, ellipse, path

WHITE = Lch(1.0, 0.0, 0.0)


def plain(s: Setting) -> Picture:
    """A quiet ground of one colour, a little lighter where the light is."""
    ground = wash([shade(s.base, 0.02), s.base, shade(s.base, -0.03, 1.15, 8)])
    return halo(glow(ground, s.lamp + s.moved(), 480, s.bright, 0.6), s)


def gradient(s: Setting) -> Picture:
    """Three colours that flow into each other from the light's corner to the opposite one."""
    return halo(_flow(s, 1.0), s)


def dots(s: Setting) -> Picture:
    """Staggered dots that grow smaller downwards."""
    step = 74.0
    rows, columns = np.mgrid[-2:11, -2:10].astype(float)
    x = (columns + 0.5 * (rows % 2)) * step
    centres = np.stack([x, rows * step * 0.75], axis=-1).reshape(-1, 2)
    centres += s.moved(0.8) % [step, step * 1.5]  # two rows down, the pattern is the same again
    radii = 15.5 - 8.0 * np.clip(centres[:, 1] / CANVAS, -0.2, 1.2)
    colour = css(mix(s.bright, WHITE, 0.1 if s.night else 0.8))
    return lay(halo(_flow(s), s), path(discs(centres, radii), colour, opacity=0.26 if s.night else 0.7), s.sharp)


def stripes(s: Setting) -> Picture:
    """Broad slanted bands of light with narrow ones between."""
    step, lean = 118.0, 190.0
    shift = float(s.moved(0.8).sum()) % step
    starts = (np.arange(-3, 7) * step + shift).tolist()
    broad = "".join(f"M{x:.1f} {CANVAS}h54L{x + 54 + lean:.1f} 0h-54Z" for x in starts)
    narrow = "".join(f"M{x + 76:.1f} {CANVAS}h8L{x + 84 + lean:.1f} 0h-8Z" for x in starts)
    colour = css(mix(s.bright, WHITE, 0.1 if s.night else 0.7))
    return lay(halo(_flow(s), s), path(broad + narrow, colour, opacity=0.24 if s.night else 0.5), s.sharp)


def circle(s: Setting) -> Picture:
    """A large disc behind the head with fine rings, and small discs that travel along them."""
    centre = np.array([256.0, 236.0]) + s.moved(0.3)
    tone = css(shade(s.base, 0.12, 1.3, 24) if s.night else shade(mix(s.base, s.deep, 0.6), -0.02, 1.4))
    white = css(mix(s.bright, WHITE, 0.6))
    angle = np.array([0.4, 0.75, 2.6, 3.5, 3.75, 5.3]) + 0.016 * s.moved()[0]
    beads = centre + 236 * np.stack([np.cos(angle), np.sin(angle)], axis=-1)
    ring = f'stroke="{white}" stroke-opacity="%.2f" stroke-width="%.1f"'
    body = (
        ellipse(centre, (198, 198), tone, opacity=0.8)
        + ellipse(centre, (216, 216), "none", more=ring % (0.9, 5))
        + ellipse(centre, (236, 236), "none", more=ring % (0.8, 2))
        + path(discs(beads, [8.0, 4.5, 6.0, 8.5, 4.0, 6.5]), white)
    )
    return halo(lay(_flow(s), body, s.sharp), s)


def sparkles(s: Setting) -> Picture:
    """Four-pointed lights, large and small, among soft ones."""
    soft = path(
        discs(s.spread(16, 1.0, 60, 0.7), 26 + 20 * sequence(16, 2)), css(mix(s.bright, WHITE, 0.4)), opacity=0.3
    )
    sizes = 7 + 30 * ((sequence(28, 4) + 1) / 2) ** 2.4
    return _with_lights(lay(halo(_flow(s), s), soft, NEAR), s, s.spread(28, 3.0, 40), sizes)


def bokeh(s: Setting) -> Picture:
    """Lights far out of focus: large discs, brighter at their rims."""
    ground = halo(wash([shade(s.deep, -0.03, 1.15), s.base, s.deep], (0, 0), (60, CANVAS)), s)
    lightness, chroma = (0.74, 0.14) if s.night else (0.96, 0.075)
    places, sizes = s.spread(32, 5.0, 75), 14 + 54 * ((sequence(32, 6) + 1) / 2) ** 1.8
    body = ""
    for i, hue in enumerate((s.hue - 25, s.hue + 25, s.hue + 75, s.sun.hue)):
        colour = css(mix(Lch(lightness, chroma, hue), s.bright, 0.2))
        rims = f'stroke="{colour}" stroke-width="4" stroke-opacity="0.5" fill-opacity="0.36"'
        body += path(discs(places[i::4], sizes[i::4]), colour, more=rims)
    return lay(ground, body, NEAR)


def stars(s: Setting) -> Picture:
    """A starry sky with a band of mist; by day a dream of one in pale colours."""
    top, low = (shade(s.base, -0.13, 0.9), shade(s.base, 0.14, 1.2, 30)) if s.night else (s.deep, s.bright)
    ground = wash([top, s.base, low])
    mist = mix(s.bright, Lch(0.75 if s.night else 0.94, 0.13 if s.night else 0.08, s.hue + 60), 0.6)
    for x, y, wide, turned in ((200, 190, 420, 0.0), (90, 270, 230, 35.0), (390, 90, 250, -50.0)):
        colour = shade(mist, 0.05, 1.15, turned)
        ground = glow(ground, s.moved(0.5) + np.array([x, y]), (wide, 0.36 * wide), colour, 0.6, -38)
    places, sizes = s.spread(110, 8.0, 20, 0.6), 1.1 + 2.4 * ((sequence(110, 9) + 1) / 2) ** 4
    white = css(mix(s.sun, WHITE, 0.8))
    points = path(discs(places[:70], sizes[:70]), white, opacity=0.6) + path(discs(places[70:], sizes[70:]), white)
    return _with_lights(halo(ground, s), s, s.spread(10, 10.5, 40, 0.9), 14 + 10 * sequence(10, 11), points)


def _flow(s: Setting, strength: float = 0.6) -> Picture:
    """Return a ground that runs from bright at the light to deep on the other side, with two large glows in it."""
    centre = np.array([256.0, 256.0])
    towards = (s.lamp - centre) / np.linalg.norm(s.lamp - centre)
    ground = wash([s.bright, s.base, s.deep], centre + 300 * towards, centre - 300 * towards)
    apart = 30 if s.time == "evening" else 52  # degrees: more would be green in a red sky
    second = shade(s.base, 0.08 if s.night else 0.01, 1.3, -apart)
    third = shade(s.base, 0.03 if s.night else 0.0, 1.3, apart)
    across = np.array([-towards[1], towards[0]])
    ground = glow(ground, centre + 260 * across + s.moved(), 330, second, strength)
    ground = glow(ground, centre - 260 * across - 100 * towards + s.moved(), 330, third, strength)
    return shine(ground, s.lamp, 360, s.sun, 0.55)


def _with_lights(picture: Picture, s: Setting, places: Points, sizes: Points, body: str = "") -> Picture:
    """Return ``picture`` with ``body`` and four-pointed lights of the half heights ``sizes`` over it."""
    lit = css(mix(s.sun, WHITE, 0.8))
    crosses = "".join(_cross(x, y, size) for (x, y), size in zip(places.tolist(), sizes.tolist(), strict=True))
    body += path(discs(places, sizes * 0.5), lit, opacity=0.2) + path(discs(places, sizes * 0.28), lit, opacity=0.35)
    return lay(picture, body + path(crosses, lit), s.sharp)


def _cross(x: float, y: float, size: float) -> str:
    """Return path data of a four-pointed light."""
    w = 0.12 * size
    corners = [(0, -size), (w, -w), (0.75 * size, 0), (w, w), (0, size), (-w, w), (-0.75 * size, 0), (-w, -w)]
    return "M" + "L".join(f"{x + dx:.1f} {y + dy:.1f}" for dx, dy in corners) + "Z"
