"""The palettes: a few colours by name in OKLCH, the tones around each, and their jitter.

Knows nothing of shapes. OKLCH (Ottosson 2020, "A perceptual color space for image processing"): lightness 0 to 1,
chroma 0 to about 0.3, hue in degrees; equal steps look equal, so one rule for shade and light fits every hair colour.
"""

from dataclasses import dataclass
from math import cos, radians, sin
from typing import NamedTuple

from generator.drawn.attributes import Attributes


class Lch(NamedTuple):
    """A colour in OKLCH: lightness, chroma, hue in degrees."""

    lightness: float
    chroma: float
    hue: float

    def shift(self, lightness: float = 0.0, chroma: float = 1.0, hue: float = 0.0) -> "Lch":
        """Add to the lightness, multiply the chroma, add to the hue."""
        return Lch(min(1.0, max(0.0, self.lightness + lightness)), self.chroma * chroma, self.hue + hue)

    def __str__(self) -> str:
        """Return ``#rrggbb``, sRGB, clipped to what a screen shows."""
        a, b = self.chroma * cos(radians(self.hue)), self.chroma * sin(radians(self.hue))
        long = (self.lightness + 0.3963377774 * a + 0.2158037573 * b) ** 3
        medium = (self.lightness - 0.1055613458 * a - 0.0638541728 * b) ** 3
        short = (self.lightness - 0.0894841775 * a - 1.2914855480 * b) ** 3
        red = 4.0767416621 * long - 3.3077115913 * medium + 0.2309699292 * short
        green = -1.2684380046 * long + 2.6097574011 * medium - 0.3413193965 * short
        blue = -0.0041960863 * long - 0.7034186147 * medium + 1.7076147010 * short
        return f"#{_byte(red):02x}{_byte(green):02x}{_byte(blue):02x}"


def _byte(linear: float) -> int:
    linear = min(1.0, max(0.0, linear))
    return round(255 * (12.92 * linear if linear <= 0.0031308 else 1.055 * linear ** (1 / 2.4) - 0.055))


HAIR = {
    "black": Lch(0.36, 0.040, 285),
    "brown": Lch(0.52, 0.085, 52),
    "blonde": Lch(0.90, 0.105, 93),
    "orange": Lch(0.74, 0.150, 58),
    "red": Lch(0.57, 0.185, 24),
    "pink": Lch(0.81, 0.115, 355),
    "purple": Lch(0.62, 0.140, 305),
    "blue": Lch(0.60, 0.145, 260),
    "aqua": Lch(0.81, 0.105, 205),
    "green": Lch(0.71, 0.125, 150),
    "silver": Lch(0.76, 0.030, 262),
    "white": Lch(0.955, 0.012, 320),
}
EYES = {
    "brown": Lch(0.50, 0.095, 52),
    "amber": Lch(0.76, 0.160, 82),
    "green": Lch(0.68, 0.170, 148),
    "aqua": Lch(0.77, 0.125, 198),
    "blue": Lch(0.58, 0.180, 258),
    "purple": Lch(0.56, 0.190, 302),
    "pink": Lch(0.68, 0.200, 355),
    "red": Lch(0.55, 0.215, 26),
}
SKIN = {
    "porcelain": Lch(0.958, 0.025, 52),
    "fair": Lch(0.910, 0.050, 58),
    "tan": Lch(0.830, 0.075, 60),
    "brown": Lch(0.670, 0.088, 54),
    "deep": Lch(0.500, 0.072, 46),
}


@dataclass(frozen=True, slots=True)
class Tones:
    """One material in cel shading, each tone as ``#rrggbb``."""

    base: str
    shade: str
    deep: str
    light: str
    line: str


@dataclass(frozen=True, slots=True)
class Palette:
    """All colours of one portrait."""

    hair: Tones
    skin: Tones
    eyes: Tones
    accent: Tones
    clothes: Tones
    trim: Tones
    backdrop: tuple[str, str, str]  # top, bottom, pattern
    blush: str
    lash: str
    mouth: str


def palette(a: Attributes) -> Palette:
    """Return the colours for these attributes; backdrop, accent and clothes keep a fixed hue distance from the hair."""
    hair = HAIR[a.hair].shift(0.018 * a.hair_light, 1.0, 3.5 * a.hair_hue)
    skin = SKIN[a.skin].shift(0.008 * a.skin_light)
    eyes = EYES[a.eyes].shift(0.02 * a.eye_light, 1.0, 4.0 * a.eye_hue)
    wheel = hair.hue + (0 if hair.chroma > 0.05 else 90)
    accent = _bright(0.66, 0.17, wheel + 150 + 45 * a.accent_hue)
    clothes = _bright(0.66 + 0.08 * a.clothes_light, 0.10, wheel + 200 + 50 * a.clothes_hue)
    back = _bright(0.90 + 0.015 * a.background_light, 0.06, wheel + 165 + 40 * a.background_hue, 0.045)
    return Palette(
        hair=_hair_tones(hair),
        skin=_skin_tones(skin),
        eyes=_eye_tones(eyes),
        accent=_cloth_tones(accent),
        clothes=_cloth_tones(clothes),
        trim=_cloth_tones(Lch(0.96, 0.012, clothes.hue)),
        backdrop=(str(back.shift(0.035, 0.75, -18)), str(back.shift(-0.02, 1.15, 22)), str(back.shift(0.07, 0.45))),
        blush=str(Lch(min(0.74, skin.lightness - 0.14), 0.16, 20)),
        lash=str(Lch(0.24, 0.04, hair.hue if hair.chroma > 0.05 else 300)),
        mouth=str(Lch(min(0.45, skin.lightness * 0.55), 0.12, 20)),
    )


def _bright(lightness: float, chroma: float, hue: float, lift: float = 0.15) -> Lch:
    """Return a colour for cloth or backdrop; yellows are lighter than the rest, since dark yellow is mud."""
    yellow = max(0.0, cos(radians(hue - 100))) ** 2
    return Lch(min(0.95, lightness + lift * yellow), chroma, hue)


def _toward(hue: float, goal: float, degrees: float) -> float:
    gap = (goal - hue + 180) % 360 - 180
    return max(-degrees, min(degrees, gap))


def _hair_tones(base: Lch) -> Tones:
    cool = _toward(base.hue, 290, 16)  # shadows lean to violet, as under a blue sky
    grey = base.chroma < 0.035
    lift = 0.10 if base.lightness > 0.8 else 0.15
    return Tones(
        base=str(base),
        shade=str(Lch(base.lightness - 0.10, max(base.chroma, 0.030), base.hue + cool)),
        deep=str(Lch(base.lightness - 0.19, max(base.chroma * 0.95, 0.035), base.hue + cool)),
        light=str(Lch(min(1.0, base.lightness + lift), base.chroma * 0.62, base.hue - cool * 0.6)),
        line=str(Lch(base.lightness * 0.45, 0.04 if grey else base.chroma * 0.62, base.hue + cool)),
    )


def _skin_tones(base: Lch) -> Tones:
    return Tones(
        base=str(base),
        shade=str(Lch(base.lightness - 0.085, base.chroma + 0.035, base.hue - 22)),
        deep=str(Lch(base.lightness - 0.16, base.chroma + 0.05, base.hue - 26)),
        light=str(base.shift(0.05, 0.8)),
        line=str(Lch(base.lightness * 0.47, base.chroma * 0.5 + 0.045, base.hue - 25)),
    )


def _eye_tones(base: Lch) -> Tones:
    return Tones(
        base=str(base),
        shade=str(base.shift(-0.22, 0.9, 6)),
        deep=str(Lch(0.23, base.chroma * 0.4, base.hue + 6)),
        light=str(Lch(min(0.95, base.lightness + 0.24), base.chroma * 0.85, base.hue - 8)),
        line=str(Lch(0.32, base.chroma * 0.5, base.hue + 6)),
    )


def _cloth_tones(base: Lch) -> Tones:
    return Tones(
        base=str(base),
        shade=str(base.shift(-0.10, 1.05, -6)),
        deep=str(base.shift(-0.20, 1.0, -10)),
        light=str(base.shift(0.12, 0.7)),
        line=str(Lch(base.lightness * 0.46, base.chroma * 0.6 + 0.015, base.hue)),
    )
