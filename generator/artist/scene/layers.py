"""What all backgrounds are made of: the colours and the movement of a setting, and pictures put over each other.

A background begins as a small picture of gradients and glows; shapes are drawn on it as SVG, small too, and the result
is enlarged. That is how a lens draws what is far away, and it is cheap. Knows nothing of single backgrounds.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from functools import cache, cached_property
from math import cos, radians, sin
from typing import TypeAlias

import numpy as np
from numpy.typing import ArrayLike, NDArray
from PIL import Image, ImageFilter

from generator.artist.colour import Lch, mix, rgb, shade
from generator.artist.figure import Figure
from generator.artist.raster import rasterise
from generator.artist.svg import CANVAS, Points, document

Picture: TypeAlias = NDArray[np.float32]  # [n, n, 3] in [0, 1], sRGB

DRIFT = (38.0, 30.0)  # canvas units that the furthest things move per unit of background_x and background_y
# Pixels of a layer, whatever the size of the picture: the fewer, the further out of focus.
GROUND_SIZE, FAR, NEAR = 64, 64, 120
VIOLET, CORAL = 290.0, 25.0  # hues to which the shade of cool and of warm grounds turns
# The colour of the sun, or at night of the moon.
SUNLIGHT = {
    "day": Lch(0.985, 0.028, 95),
    "morning": Lch(0.965, 0.055, 60),
    "evening": Lch(0.92, 0.115, 72),
    "night": Lch(0.86, 0.07, 245),
}


@dataclass(frozen=True)
class Setting:
    """The figure's surroundings: their colours, their light, and how far they have moved."""

    figure: Figure
    size: int  # of the finished picture in pixels: what is sharp is drawn at it

    @property
    def time(self) -> str:
        """The time of day."""
        return self.figure.attributes.time

    @property
    def sharp(self) -> int:
        """The pixels of a layer in focus: those of the finished picture, but enough to be in focus."""
        return max(NEAR + 1, self.size)

    @property
    def night(self) -> bool:
        """Whether it is night."""
        return self.time == "night"

    @property
    def hue(self) -> float:
        """The hue of the background, in degrees."""
        return self.base.hue

    @cached_property
    def base(self) -> Lch:
        """The colour in the middle of the background."""
        return self.figure.palette.background

    @cached_property
    def bright(self) -> Lch:
        """The colour where the light falls in."""
        return mix(shade(self.base, 0.10 if self.night else 0.05, 0.9, 14), self.sun, 0.15)

    @cached_property
    def deep(self) -> Lch:
        """The colour away from the light: never brown or grey."""
        lightness, chroma, hue = shade(self.base, -0.11 if self.night else -0.055, 1.25, 12)
        warm = max(0.0, cos(radians(hue - 70)))
        target = mix(Lch(lightness, 0.11, VIOLET), Lch(lightness, 0.12, CORAL), warm)
        return mix(Lch(lightness, chroma, hue), target, 0.35)

    @cached_property
    def sun(self) -> Lch:
        """The colour of the light."""
        return SUNLIGHT[self.time]

    @cached_property
    def lamp(self) -> Points:
        """Where the light comes from [2], in canvas units: a place near the upper edge."""
        x, y, _ = self.figure.light
        return np.array([256 + 400 * x, 256 + 330 * y])

    def tinted(self, colour: Lch, share: float = 0.18) -> Lch:
        """Return ``colour`` mixed with a share of the background's own hue at the same lightness."""
        return mix(colour, Lch(colour.lightness, max(0.07, colour.chroma), self.hue), share)

    def moved(self, depth: float = 1.0) -> Points:
        """Return how far things have moved [2], in canvas units; what is nearer (``depth`` over 1) moves further."""
        a = self.figure.attributes
        return np.array([DRIFT[0] * a.background_x, DRIFT[1] * a.background_y]) * depth

    def spread(self, count: int, phase: float, margin: float, depth: float = 1.0) -> Points:
        """Return ``count`` moved places [count, 2] all over the canvas and ``margin`` units around it.

        What leaves on one side comes back on the other, where ``margin`` hides it.
        """
        span = CANVAS + 2 * margin
        return np.asarray((scatter(count, phase) * span + self.moved(depth)) % span - margin)


def scatter(count: int, phase: float = 0.0) -> Points:
    """Return ``count`` fixed points [count, 2] that fill the unit square evenly without a visible pattern.

    The R2 sequence of Roberts 2018, "The unreasonable effectiveness of quasirandom sequences".
    """
    steps = np.array([0.7548776662, 0.5698402910])
    return np.asarray((0.5 + 0.61 * phase + np.arange(1, count + 1)[:, None] * steps) % 1)


def discs(centres: ArrayLike, radii: ArrayLike) -> str:
    """Return path data of circles at ``centres`` [n, 2] with ``radii`` [n] or one radius: one path is drawn faster."""
    middles = np.asarray(centres, dtype=float)
    wide = np.broadcast_to(np.asarray(radii, dtype=float), len(middles))
    return "".join(
        f"M{x - r:.1f} {y:.1f}a{r:.1f} {r:.1f} 0 1 0 {2 * r:.1f} 0a{r:.1f} {r:.1f} 0 1 0 {-2 * r:.1f} 0Z"
        for (x, y), r in zip(middles.tolist(), wide.tolist(), strict=True)
    )


def wash(colours: Sequence[Lch], start: ArrayLike = (0, 0), end: ArrayLike = (0, CANVAS)) -> Picture:
    """Return a picture [GROUND_SIZE, GROUND_SIZE, 3] that runs evenly through ``colours`` from ``start`` to ``end``."""
    begin, along = np.asarray(start, dtype=float), np.subtract(end, start, dtype=float)
    x, y = grid(GROUND_SIZE)
    share = ((x - begin[0]) * along[0] + (y - begin[1]) * along[1]) / (along @ along)
    stops = np.linspace(0, 1, len(colours))
    shown = np.array([rgb(colour) for colour in colours])
    return np.stack([np.interp(share, stops, channel) for channel in shown.T], axis=-1).astype(np.float32)


def glow(
    picture: Picture,
    centre: ArrayLike,
    radius: float | tuple[float, float],
    colour: Lch,
    opacity: float,
    degrees: float = 0.0,
) -> Picture:
    """Return ``picture`` with a soft spot that fades from ``opacity`` in its centre to nothing at ``radius``.

    Two radii make an oval, which ``degrees`` turns clockwise.
    """
    wide, high = radius if isinstance(radius, tuple) else (radius, radius)
    middle = np.asarray(centre, dtype=np.float32)
    x, y = grid(picture.shape[0])
    x, y = x - middle[0], y - middle[1]
    if degrees:
        c, d = np.float32(cos(radians(degrees))), np.float32(sin(radians(degrees)))
        x, y = x * c + y * d, y * c - x * d
    near = np.maximum(1 - (x / np.float32(wide)) ** 2 - (y / np.float32(high)) ** 2, 0)
    share = (np.float32(opacity) * near * near)[..., None]
    return np.asarray(picture + (np.array(rgb(colour), dtype=np.float32) - picture) * share)


def disc(picture: Picture, centre: ArrayLike, radius: float, colour: Lch) -> Picture:
    """Return ``picture``, at the size of NEAR, with a round disc whose edge is as soft as a pixel of that size."""
    picture = enlarge(picture, NEAR)
    middle = np.asarray(centre, dtype=np.float32)
    x, y = grid(NEAR)
    away = np.hypot(x - middle[0], y - middle[1])
    share = ((np.float32(radius) - away) * np.float32(NEAR / CANVAS / 1.6) + np.float32(0.5)).clip(0, 1)[..., None]
    return np.asarray(picture + (np.array(rgb(colour), dtype=np.float32) - picture) * share)


def shine(picture: Picture, centre: ArrayLike, radius: float, colour: Lch, strength: float) -> Picture:
    """Return ``picture`` with light added around ``centre``: unlike a glow it never makes a colour greyer or darker."""
    light = glow(np.zeros_like(picture), centre, radius, colour, strength)
    return np.asarray(picture + (1 - picture) * light)


def fade(picture: Picture, top: float, bottom: float, colour: Lch, opacity: float) -> Picture:
    """Return ``picture`` with a haze that grows from nothing at the height ``top`` to ``opacity`` at ``bottom``."""
    share = np.float32(opacity) * ((grid(picture.shape[0])[1] - top) / (bottom - top)).clip(0, 1)[..., None]
    return np.asarray(picture + (np.array(rgb(colour), dtype=np.float32) - picture) * share)


def rays(picture: Picture, setting: Setting, strength: float) -> Picture:
    """Return ``picture`` with beams that fan out from the light."""
    x, y = grid(picture.shape[0])
    source = setting.lamp - [0, 90]
    x, y = x - np.float32(source[0]), y - np.float32(source[1])
    angle = np.arctan2(x, np.maximum(y, 1)) + np.float32(0.0008 * setting.moved()[0])
    beams = np.sin(9 * angle) + 0.7 * np.sin(17 * angle + 1.3) + 0.5 * np.sin(29 * angle + 4.0)
    reach = np.maximum(1 - (x * x + y * y) / np.float32(700.0**2), 0)
    share = np.float32(strength) * (beams.clip(0, 2) * 0.5 * reach)[..., None]
    return np.asarray(picture + (1 - picture) * np.array(rgb(setting.sun), dtype=np.float32) * share)


def halo(picture: Picture, setting: Setting) -> Picture:
    """Return ``picture`` with the light (behind pale hair on a pale ground: the shade) that sets the head off."""
    f = setting.figure
    head = f.rig.project([0.0, -5.0, 0.0])
    if setting.night:
        return glow(picture, head, 300, shade(setting.bright, 0.16), 0.55)
    pale = min(1.0, max(0.0, (f.palette.hair_lightness - 0.70) / 0.2))  # 0 up to middling hair, 1 for white hair
    picture = glow(picture, head, 300, mix(setting.sun, Lch(1, 0, 0), 0.5), 0.5 * (1 - pale))
    return glow(picture, head, 310, shade(setting.deep, -0.09, 1.3), 0.5 * pale)


def lay(picture: Picture, body: str, pixels: int) -> Picture:
    """Return ``picture`` with the SVG text ``body`` over it, drawn at ``pixels`` and softened by a pixel of that size.

    The result has the larger size of both. Nothing is softened that is larger than NEAR.
    """
    # Colours of transparent pixels must not seep in: softened with the colours multiplied by alpha.
    drawn = rasterise(document(body), pixels).convert("RGBa")
    if pixels <= NEAR:
        drawn = drawn.filter(ImageFilter.GaussianBlur(1.0))
    over = np.asarray(drawn, dtype=np.float32) * np.float32(1 / 255)
    size = max(picture.shape[0], pixels)
    over = enlarge(over, size)
    return np.asarray(enlarge(picture, size) * (1 - over[..., 3:]) + over[..., :3])


def enlarge(picture: Picture, size: int) -> Picture:
    """Return ``picture`` [n, n, c] at [size, size, c], smoothly."""
    if picture.shape[0] == size:
        return picture
    weights, (count, _, channels) = _bicubic(picture.shape[0], size), picture.shape
    rows = (weights @ picture.reshape(count, count * channels)).reshape(size, count, channels)
    return np.asarray(np.matmul(weights, rows))


@cache
def _bicubic(count: int, size: int) -> Picture:
    """Return how much each of ``count`` pixels in a row weighs in each of ``size``: [size, count]."""
    pixels = Image.fromarray(np.eye(count, dtype=np.float32))
    return np.asarray(pixels.resize((count, size), Image.Resampling.BICUBIC))


@cache
def grid(size: int) -> tuple[Picture, Picture]:
    """Return x and y [size, size] of the middle of each pixel of a picture of ``size``, in canvas units."""
    along = ((np.arange(size, dtype=np.float32) + 0.5) * np.float32(CANVAS / size)).astype(np.float32)
    x, y = np.meshgrid(along, along)
    return x, y
