"""Light after rasterising: unites the figure with its background, and grades the whole picture.

Everything that changes slowly over the picture is computed on a small map and enlarged: light, its wrap around the
figure, glow of bright places, vignette. Only the rim and the sums are as large as the picture. Knows nothing of what
is drawn.
"""

from dataclasses import dataclass
from functools import cache

import numpy as np
from numpy.typing import NDArray
from PIL import Image

from generator.artist.figure import Figure
from generator.artist.palette import SKIN
from generator.artist.scene.grade import grade
from generator.artist.scene.layers import Picture, enlarge, grid
from generator.artist.svg import CANVAS

MAP_SIZE = 64  # pixels of the small maps
KNEE, SHOULDER = (
    np.float32(0.82),
    np.float32(1.25),
)  # from where highlights are pressed together, and what becomes white
RICHNESS = 0.12  # how much more saturated dark skin becomes
WRAP = 0.16  # the most of the ground's light that lies on the outline
PALE_RIM = 0.35  # the share of the rim that is left out before a bright ground
PALE_BLOOM = 0.7  # the share of its glow and of the light from the corner that a figure with white hair loses
FACE_REACH = 165.0  # canvas units from the middle of the face to where its own light ends


@dataclass(frozen=True)
class Hour:
    """What an hour does to the figure. Colours are sRGB, 1 changes nothing."""

    light: tuple[float, float, float]  # the colour of the light
    shade: tuple[float, float, float]  # what the side away from the light is multiplied by
    face: tuple[float, float, float]  # what the face is multiplied by: it is kept bright at any hour
    gain: float  # how much the light brightens the side it falls on
    rim: float  # the strength of the light on the outline
    leak: float  # how much light enters the picture at its corner


HOURS: dict[str, Hour] = {
    "day": Hour((1.0, 0.975, 0.90), (0.86, 0.875, 0.965), (1.04, 1.0, 0.97), 0.13, 0.85, 0.10),
    "morning": Hour((1.0, 0.92, 0.80), (0.89, 0.86, 0.955), (1.04, 0.995, 0.965), 0.16, 0.95, 0.17),
    "evening": Hour((1.0, 0.76, 0.46), (0.86, 0.77, 0.87), (1.02, 0.97, 0.93), 0.24, 1.25, 0.26),
    "night": Hour((0.62, 0.76, 1.0), (0.73, 0.75, 0.93), (1.05, 0.965, 0.925), 0.10, 1.45, 0.10),
}


def finish(figure: Figure, drawn: NDArray[np.uint8], background: Picture) -> NDArray[np.uint8]:
    """Light the figure [size, size, 4] and lay it over the background [size, size, 3]: [size, size, 3] uint8, sRGB."""
    size = drawn.shape[0]
    straight = drawn.astype(np.float32)
    straight *= np.float32(1 / 255)
    alpha, colour = straight[..., 3], np.ascontiguousarray(straight[..., :3])
    cover, around = reduce(alpha), reduce_picture(background)
    gain, lift = figure_light(figure, cover, around)
    colour *= enlarge(gain, size)
    _enrich(figure, colour)
    colour += enlarge(lift, size)
    colour += (
        _rim(figure, alpha, around)[..., None]
        * (np.float32(0.35) + np.float32(0.65) * colour)
        * _rim_colour(figure, around)
    )
    _press_highlights(colour)
    picture = background + (colour - background) * alpha[..., None]
    return grade(figure, _lens(figure, picture, cover))


def reduce(channel: Picture) -> Picture:
    """Return ``channel`` [size, size] as a small map."""
    small = Image.fromarray(channel).resize((MAP_SIZE, MAP_SIZE), Image.Resampling.BOX)
    return np.asarray(small)


def reduce_picture(picture: Picture) -> Picture:
    """Return ``picture`` [size, size, 3] as a small map."""
    return np.stack([reduce(np.ascontiguousarray(picture[..., i])) for i in range(3)], axis=-1)


def soften(small: Picture, radius: float) -> Picture:
    """Return a small map [n, n] or [n, n, 3], blurred by three boxes of ``radius`` canvas units."""
    pixels = max(1, round(radius * small.shape[0] / CANVAS))
    for axis in (0, 1):
        for _ in range(2):
            small = _box(small, pixels, axis)
    return small


def _box(values: Picture, radius: int, axis: int) -> Picture:
    """Return the running mean over 2 ``radius`` + 1 values along ``axis``; edges are repeated."""
    count = values.shape[axis]
    sums = np.cumsum(values.take(_padded(count, radius), axis=axis), axis=axis, dtype=np.float32)
    width = 2 * radius + 1
    upper = sums.take(np.arange(width, count + width), axis=axis)
    return np.asarray((upper - sums.take(np.arange(count), axis=axis)) * np.float32(1 / width))


@cache
def _padded(count: int, radius: int) -> NDArray[np.int64]:
    return np.clip(np.arange(-radius - 1, count + radius), 0, count - 1)


def figure_light(figure: Figure, cover: Picture, around: Picture) -> tuple[Picture, Picture]:
    """Return what the figure's colours are multiplied by, and what is added: small maps [n, n, 3]."""
    hour = HOURS[figure.attributes.time]
    x, y = grid(MAP_SIZE)
    light = figure.light
    towards = ((x - 256) * np.float32(light[0]) + (y - 230) * np.float32(light[1])) * np.float32(1 / 256)
    ambient = around.mean(axis=(0, 1))
    ambient = 0.8 + 0.2 * ambient / max(0.25, float(ambient.max()))
    shaded = (0.45 - 0.9 * towards).clip(0, 1)[..., None]
    shade = np.array(hour.shade, dtype=np.float32) * ambient.astype(np.float32)
    colour = 1 - shaded * (1 - shade)
    lit = (0.15 + towards).clip(0, 1)[..., None]
    colour = colour * (
        1 + 2 * hour.gain * lit * (np.float32(0.35) + np.float32(0.65) * np.array(hour.light, np.float32))
    )
    face = _near_face(figure)[..., None]
    colour = colour + face * (np.array(hour.face, dtype=np.float32) - colour) * np.float32(0.75)
    sink = 1 - np.float32(0.16) * ((y - 370) / 142).clip(0, 1)[..., None] ** 1.5
    wrap = ((1 - soften(cover, 14)) * np.float32(WRAP)).clip(0, 1)[..., None] * soften(around, 30)
    return colour * sink * (1 - wrap), wrap


def _enrich(figure: Figure, colour: Picture) -> None:
    """Make the colours of a dark-skinned face richer: in its shadows they would be muddy."""
    dark = float(np.clip((0.75 - SKIN[figure.attributes.skin].lightness) / 0.15, 0, 1))
    if dark:
        share = enlarge(_near_face(figure)[..., None] * np.float32(RICHNESS * dark), colour.shape[0])
        colour += (colour - colour.mean(axis=-1, keepdims=True)) * share


def _near_face(figure: Figure) -> Picture:
    """Return 1 in the middle of the face down to 0 where its own light ends: a small map."""
    x, y = grid(MAP_SIZE)
    middle = figure.rig.face(0.0, 38.0)
    away = ((x - middle[0]) ** 2 + (y - middle[1]) ** 2) * (1 / FACE_REACH**2)
    return np.asarray(np.maximum(1 - away, 0) ** 0.8, dtype=np.float32)


def _rim(figure: Figure, alpha: Picture, around: Picture) -> Picture:
    """Return the strength of the light on the outlines that face it: [size, size].

    Before a ground brighter than the hair it is weak: there it would make the outline as pale as the ground.
    """
    hour, knob, size = HOURS[figure.attributes.time], figure.attributes.rim, alpha.shape[0]
    half = np.asarray(Image.fromarray(alpha).resize((size // 2, size // 2), Image.Resampling.BOX))
    side = figure.light[:2] / np.linalg.norm(figure.light[:2])
    edge = np.float32(0.75) * _edge(half, side * 3.6) + np.float32(0.34) * _edge(half, side * 9.0)
    behind = max(0.0, float(np.tanh(0.8 * knob)))  # light from behind reaches the other side too
    if behind > 0:
        edge += np.float32(0.7 * behind) * _edge(half, np.array([-0.9 * side[0], -0.35]) * 4.0)
    brighter = float(around[: MAP_SIZE // 2].mean()) - figure.palette.hair_lightness
    weak = 1 - PALE_RIM * float(np.clip(brighter / 0.15, 0, 1))
    strength = np.float32(weak * hour.rim * (0.55 + 0.45 * np.tanh(0.9 * knob)))
    edge *= strength * (np.float32(1.1) - grid(size // 2)[1] * np.float32(0.8 / CANVAS))  # less light falls below
    return np.asarray(Image.fromarray(edge).resize((size, size), Image.Resampling.BILINEAR)) * alpha


def _edge(alpha: Picture, offset: NDArray[np.float64]) -> Picture:
    """Return what ``alpha`` covers but not at ``offset`` (x, y; canvas units), as if all were covered outside."""
    size = alpha.shape[0]
    x, y = (offset * size / CANVAS).tolist()
    moved = Image.fromarray(alpha).transform(
        (size, size), Image.Transform.AFFINE, (1, 0, x, 0, 1, y), Image.Resampling.BILINEAR, fillcolor=1
    )
    return np.asarray(np.maximum(alpha - np.asarray(moved), 0))


def _rim_colour(figure: Figure, around: Picture) -> Picture:
    light = np.array(HOURS[figure.attributes.time].light, dtype=np.float32)
    ground = around.mean(axis=(0, 1))
    return np.asarray(0.5 * light + 0.5 * ground / max(0.3, float(ground.max())), dtype=np.float32)


def _press_highlights(colour: Picture) -> None:
    """Press what is brighter than KNEE together, so that SHOULDER becomes 1 without an edge: white keeps its shapes."""
    np.minimum(colour, SHOULDER, out=colour)
    over = np.maximum(colour - KNEE, 0)
    over *= over
    over *= np.float32((SHOULDER - 1) / (SHOULDER - KNEE) ** 2)
    colour -= over


def _lens(figure: Figure, picture: Picture, cover: Picture) -> Picture:
    """Return ``picture`` as a lens shows it: bright places glow, light enters at a corner, the edges are darker."""
    size, hour, style = picture.shape[0], HOURS[figure.attributes.time], figure.shading
    small = reduce_picture(picture)
    # On a bright ground only what is brighter still glows, else all would be haze.
    threshold = max(0.62, 0.80 * float(small.mean()) + 0.16)
    bright = small * ((small.mean(axis=-1, keepdims=True) - np.float32(threshold)) * np.float32(3.5)).clip(0, 1)
    # White hair that glows has no forms left.
    pale = float(np.clip((figure.palette.hair_lightness - 0.74) / 0.12, 0, 1))
    dimmed = 1 - np.float32(PALE_BLOOM * pale) * cover[..., None]
    glow = soften(bright * dimmed, 22) * np.float32(0.85 * style.bloom) + soften(small, 10) * np.float32(
        0.07 * style.softness
    )
    x, y = grid(MAP_SIZE)
    light = figure.light
    away = ((x - np.float32(256 + 400 * light[0])) ** 2 + (y - np.float32(256 + 400 * light[1])) ** 2) / np.float32(
        300**2
    )
    leak = (np.float32(hour.leak) * np.exp(-away))[..., None] * dimmed * np.array(hour.light, dtype=np.float32)
    screen = 1 - (1 - glow) * (1 - leak * (1 - np.float32(0.6) * _near_face(figure)[..., None]))
    from_middle = ((x - 256) ** 2 + (y - 256) ** 2) * np.float32(1 / CANVAS**2)
    # Darker edges keep the hue of the ground: a grey edge makes a pale ground look dirty.
    tint = small.mean(axis=(0, 1))
    tint = 1 - np.float32(0.75) * (tint / tint.max()) ** 2
    vignette = 1 - np.float32(2 * style.vignette) * from_middle[..., None] * tint
    return picture * enlarge(vignette * (1 - screen), size) + enlarge(vignette * screen, size)
