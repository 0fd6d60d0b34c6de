"""Colours as lightness, chroma and hue (OKLCH), and their conversion to sRGB.

Steps of equal size in OKLCH look equally large, so a shadow is found by lowering one number. The conversion and its
matrices are from Ottosson 2020, "A perceptual color space for image processing".
"""

from math import atan2, cos, degrees, dist, hypot, radians, sin
from typing import NamedTuple

CLEARER = 0.4  # the share of lost saturation by which a transition between two colours is lighter


class Lch(NamedTuple):
    """A colour in OKLCH."""

    lightness: float  # 0 black to 1 white
    chroma: float  # 0 grey; about 0.2 is as strong as a screen shows
    hue: float  # degrees: about 30 red, 90 yellow, 140 green, 230 sky, 265 blue, 300 violet, 350 pink


def shade(colour: Lch, lightness: float = 0.0, chroma: float = 1.0, hue: float = 0.0) -> Lch:
    """Return ``colour`` with its lightness raised by ``lightness``, its chroma scaled and its hue turned (degrees)."""
    return Lch(min(1.0, max(0.0, colour.lightness + lightness)), colour.chroma * chroma, colour.hue + hue)


def mix(a: Lch, b: Lch, share: float) -> Lch:
    """Return the colour on the straight line from ``a`` (``share`` 0) to ``b`` (1) in OKLab."""
    x = _a(a) + (_a(b) - _a(a)) * share
    y = _b(a) + (_b(b) - _b(a)) * share
    return Lch(a.lightness + (b.lightness - a.lightness) * share, hypot(x, y), degrees(atan2(y, x)))


def turn(hue: float, target: float, share: float) -> float:
    """Return ``hue`` turned by ``share`` of the shorter way to ``target``. All angles are in degrees."""
    return hue + ((target - hue + 180) % 360 - 180) * share


def lean(hue: float, target: float, most: float) -> float:
    """Return ``hue`` turned towards ``target``, by ``most`` degrees where they are a quarter apart.

    Unlike ``turn`` it has no seam at the hue opposite to ``target``, so any hue may be given.
    """
    return hue + most * sin(radians(target - hue))


def rgb(colour: Lch) -> tuple[float, float, float]:
    """Return the sRGB values in [0, 1] of ``colour``; what a screen cannot show is clipped."""
    light, a, b = colour.lightness, _a(colour), _b(colour)
    long = (light + 0.3963377774 * a + 0.2158037573 * b) ** 3
    medium = (light - 0.1055613458 * a - 0.0638541728 * b) ** 3
    short = (light - 0.0894841775 * a - 1.2914855480 * b) ** 3
    return (
        _encode(4.0767416621 * long - 3.3077115913 * medium + 0.2309699292 * short),
        _encode(-1.2684380046 * long + 2.6097574011 * medium - 0.3413193965 * short),
        _encode(-0.0041960863 * long - 0.7034186147 * medium + 1.7076147010 * short),
    )


def css(colour: Lch) -> str:
    """Return ``colour`` as #rrggbb."""
    return "#" + "".join(f"{round(255 * value):02x}" for value in rgb(colour))


def parts(colour: str) -> tuple[float, float, float]:
    """Return the sRGB values in [0, 1] of ``colour``, #rrggbb."""
    red, green, blue = (int(colour[k : k + 2], 16) / 255 for k in (1, 3, 5))
    return red, green, blue


def blend(first: str, second: str, share: float) -> str:
    """Return the colour ``share`` of the way from ``first`` to ``second``, both #rrggbb, in sRGB."""
    pairs = ((int(first[k : k + 2], 16), int(second[k : k + 2], 16)) for k in (1, 3, 5))
    return "#" + "".join(f"{round(a + (b - a) * share):02x}" for a, b in pairs)


def dissolve(first: str, second: str, share: float) -> str:
    """Return the same, but lighter by CLEARER of the saturation that opposed colours lose on the way: no grey mud."""
    blended = parts(blend(first, second, share))
    spread = [max(c) - min(c) for c in (parts(first), parts(second), blended)]
    lift = CLEARER * (spread[0] + (spread[1] - spread[0]) * share - spread[2])
    return "#" + "".join(f"{round(255 * min(1.0, value + lift)):02x}" for value in blended)


def distance(first: str, second: str) -> float:
    """Return how far two colours #rrggbb lie apart in sRGB: 0 for the same, the root of 3 for black and white."""
    return dist(parts(first), parts(second))


def _a(colour: Lch) -> float:
    return colour.chroma * cos(radians(colour.hue))


def _b(colour: Lch) -> float:
    return colour.chroma * sin(radians(colour.hue))


def _encode(linear: float) -> float:
    value = min(1.0, max(0.0, linear))
    return 12.92 * value if value <= 0.0031308 else 1.055 * value ** (1 / 2.4) - 0.055
