"""Backgrounds that are places, out of focus: sky, trees, town and rooms at four times of day."""

import numpy as np

from generator.artist.colour import Lch, css, mix, shade
from generator.artist.figure import sequence
from generator.artist.scene.layers import (
    FAR,
    NEAR,
    Picture,
    Setting,
    disc,
    discs,
    fade,
    glow,
    halo,
    lay,
    rays,
    scatter,
    shine,
    wash,
)
from generator.artist.svg import CANVAS, Points, path, smooth

# The sky from the zenith to the horizon.
SKIES = {
    "day": (Lch(0.66, 0.135, 250), Lch(0.79, 0.100, 236), Lch(0.93, 0.045, 215)),
    "morning": (Lch(0.76, 0.090, 265), Lch(0.88, 0.065, 330), Lch(0.95, 0.065, 62)),
    "evening": (Lch(0.52, 0.125, 300), Lch(0.73, 0.145, 15), Lch(0.89, 0.120, 72)),
    "night": (Lch(0.20, 0.075, 275), Lch(0.31, 0.100, 268), Lch(0.47, 0.105, 275)),
}
# The lit and the shaded side of a cloud.
CLOUDS = {
    "day": (Lch(0.995, 0.010, 90), Lch(0.83, 0.055, 255)),
    "morning": (Lch(0.985, 0.035, 60), Lch(0.83, 0.070, 320)),
    "evening": (Lch(0.91, 0.110, 60), Lch(0.64, 0.115, 345)),
    "night": (Lch(0.58, 0.075, 262), Lch(0.33, 0.085, 275)),
}
GREENS = {
    "day": (Lch(0.90, 0.115, 122), Lch(0.73, 0.130, 138), Lch(0.52, 0.100, 155)),
    "morning": (Lch(0.93, 0.090, 110), Lch(0.79, 0.110, 135), Lch(0.60, 0.085, 165)),
    "evening": (Lch(0.89, 0.125, 80), Lch(0.68, 0.120, 100), Lch(0.44, 0.080, 140)),
    "night": (Lch(0.46, 0.080, 200), Lch(0.31, 0.065, 195), Lch(0.20, 0.050, 215)),
}
PINKS = {
    "day": (Lch(0.95, 0.035, 355), Lch(0.89, 0.070, 355), Lch(0.80, 0.105, 356)),
    "morning": (Lch(0.96, 0.035, 20), Lch(0.90, 0.065, 5), Lch(0.81, 0.100, 0)),
    "evening": (Lch(0.92, 0.065, 35), Lch(0.82, 0.110, 10), Lch(0.66, 0.130, 355)),
    "night": (Lch(0.80, 0.065, 335), Lch(0.64, 0.095, 330), Lch(0.44, 0.095, 315)),
}


def sky(s: Setting) -> Picture:
    """Clouds that tower before a clear sky; at night the moon."""
    horizon = s.tinted(SKIES[s.time][2])
    picture = _streaks(_sky(s), s)
    picture = lay(halo(picture, s), _clouds(s, 0.6, 72.0, 0.35, 22.0, 1), FAR)
    picture = lay(fade(picture, 200, 480, horizon, 0.6), _clouds(s, 1.1, 98.0, 0.0, 24.6, 3), NEAR)
    return shine(fade(picture, 330, 520, horizon, 0.6), s.lamp, 330, s.sun, 0.4)


def blossom(s: Setting) -> Picture:
    """Branches of a cherry tree in flower."""
    pale, middle, deep = _colours(s, PINKS)
    top, low = mix(SKIES[s.time][1], middle, 0.35), mix(SKIES[s.time][2], pale, 0.6)
    clumps = s.spread(26, 12.0, 90, 0.5) * [1, 0.8] - [0, 40]
    sizes = 50 + 26 * sequence(26, 13)
    body = path(discs(clumps[:9], sizes[:9]), css(deep), opacity=0.45)
    body += path(discs(clumps[9:18], sizes[9:18]), css(middle), opacity=0.7)
    body += path(discs(clumps[18:], sizes[18:] * 0.8), css(pale), opacity=0.75)
    picture = lay(wash([top, mix(top, low, 0.7), low]), body, FAR)
    picture = halo(shine(picture, s.lamp, 330, s.sun, 0.6), s)
    bark = css(mix(Lch(0.24 if s.night else 0.46, 0.06, 10), deep, 0.4))
    branches = "".join(path(_branch_path(s, i), "none", stroke=bark, width=w) for i, w in enumerate((11, 10, 8)))
    return lay(picture, branches + _flowers(s, (pale, middle, deep)), NEAR)


def leaves(s: Setting) -> Picture:
    """Light through the leaves of a wood."""
    light, middle, dark = _colours(s, GREENS)
    picture = glow(wash([light, middle, dark]), s.lamp, 420, mix(s.sun, light, 0.3), 0.85)
    clumps, sizes = s.spread(20, 14.0, 90, 0.6), 56 + 26 * sequence(20, 15)
    body = path(discs(clumps[:10], sizes[:10]), css(dark), opacity=0.5)
    body += path(discs(clumps[10:], sizes[10:]), css(light), opacity=0.42)
    picture = halo(lay(picture, body, FAR), s)
    spots, radii = s.spread(18, 16.0, 50, 0.9), 17 + 11 * sequence(18, 17)
    shine = css(mix(light, s.sun, 0.6))
    rims = f'stroke="{shine}" stroke-width="3" stroke-opacity="0.4" fill-opacity="{0.25 if s.night else 0.38}"'
    return rays(
        lay(picture, path(discs(spots, radii), shine, more=rims) + _foliage(s, (light, middle, dark)), NEAR),
        s,
        0.12 if s.night else 0.3,
    )


def city(s: Setting) -> Picture:
    """A town in the distance, its windows lit when it is dark."""
    skyline = SKIES[s.time][2]
    dark = s.time in ("evening", "night")
    haze = {"day": 0.72, "morning": 0.72, "evening": 0.42, "night": 0.20}[s.time]
    stone = {"day": Lch(0.60, 0.09, 255), "morning": Lch(0.66, 0.09, 310), "evening": Lch(0.42, 0.105, 330)}
    front = s.tinted(stone.get(s.time, Lch(0.17, 0.07, 280)), 0.15)
    far, _ = _houses(s, 18.0, 14, (170.0, 380.0), 0.5)
    picture = lay(halo(_streaks(_sky(s), s), s), path(far, css(mix(front, skyline, haze))), FAR)
    picture = fade(picture, 220, 512, skyline, 0.25 if s.night else 0.5)
    houses, windows = _houses(s, 20.0, 9, (90.0, 300.0), 1.0)
    body = path(houses, css(mix(front, skyline, haze * 0.45)))
    body += path(windows, css(Lch(0.90, 0.12, 78) if dark else shade(skyline, 0.03)), opacity=0.9 if dark else 0.45)
    picture = fade(lay(picture, body, NEAR), 330, 540, mix(skyline, s.bright, 0.4), 0.55)
    return lay(picture, _lights(s), NEAR) if dark else picture


def window(s: Setting) -> Picture:
    """A large window behind the figure, curtains on both sides, and the light that falls through it."""
    top, middle, low = SKIES[s.time]
    green = mix(GREENS[s.time][1], low, 0.35)
    bushes = scatter(12, 18) * [640, 130] + s.moved(0.4) + [-64, 290]
    picture = shine(wash([mix(top, low, 0.25), mix(middle, low, 0.4), low]), s.lamp, 380, s.sun, 0.8)
    body = path(discs(bushes, 54 + 16 * sequence(12, 19)), css(green), opacity=0.7)
    picture = halo(lay(picture, body, FAR), s)
    frame = {"day": Lch(0.97, 0.015, 80), "morning": Lch(0.96, 0.03, 60), "evening": Lch(0.55, 0.10, 25)}
    wood = css(s.tinted(frame.get(s.time, Lch(0.25, 0.07, 285)), 0.2))
    x, y = s.moved(0.5)
    bars = (
        "".join(f"M{at + x:.1f} -20v560h14v-560Z" for at in (-120, 84, 414, 618)) + f"M-100 {168 + y:.1f}h712v12h-712Z"
    )
    return rays(lay(picture, path(bars, wood) + _curtain(s, -1) + _curtain(s, 1), NEAR), s, 0.10 if s.night else 0.3)


def books(s: Setting) -> Picture:
    """Shelves full of books, and the light of a lamp."""
    wall = {"day": Lch(0.86, 0.05, 65), "morning": Lch(0.88, 0.05, 50), "evening": Lch(0.70, 0.09, 45)}.get(
        s.time, Lch(0.33, 0.06, 300)
    )
    ground = wash([s.tinted(shade(wall, 0.04), 0.3), s.tinted(wall, 0.3), s.tinted(shade(wall, -0.07), 0.4)])
    shelf = s.tinted(mix(shade(wall, -0.13, 1.2), Lch(0.55, 0.09, 30), 0.25), 0.15)
    body = path(_boards(s), css(shelf))
    for i, data in enumerate(_spines(s)):
        colour = Lch(wall.lightness - 0.09 + 0.05 * (i % 3), 0.085, s.hue + (0, 40, 150, 210, 300)[i])
        body += path(data, css(mix(colour, wall, 0.3)))
    picture = lay(ground, body, FAR)
    lamp = s.lamp + s.moved(0.3) + [0, 30]
    return shine(halo(picture, s), lamp, 380, Lch(0.80, 0.14, 62) if s.night else s.sun, 0.75)


def _colours(s: Setting, table: dict[str, tuple[Lch, Lch, Lch]]) -> tuple[Lch, Lch, Lch]:
    """Return the three colours of the hour in ``table``, with a touch of the background's own hue."""
    pale, middle, deep = table[s.time]
    return s.tinted(pale, 0.12), s.tinted(middle, 0.12), s.tinted(deep, 0.12)


MOON_BEHIND, MOON_BESIDE = 110.0, 120.0  # canvas units that it is lower behind the head; from the middle to beside it


def _sky(s: Setting) -> Picture:
    """Return the sky with its sun or moon."""
    ground = wash([s.tinted(colour) for colour in SKIES[s.time]])
    if not s.night:
        return shine(ground, s.lamp, 360, s.sun, 0.75)
    moon = s.lamp + s.moved(0.15) + [0, 20]
    # It rises beside the head or from behind it, and never stands on the hair.
    moon[1] += MOON_BEHIND * np.exp(-(((moon[0] - 256) / MOON_BESIDE) ** 2))
    ground = shine(ground, moon, 300, s.sun, 0.5)
    return disc(ground, moon, 36, Lch(0.96, 0.04, 95))


def _streaks(picture: Picture, s: Setting) -> Picture:
    """Return ``picture`` with thin high clouds."""
    lit = s.tinted(CLOUDS[s.time][0], 0.1)
    places = s.spread(6, 20.0, 240, 0.4) * [1, 0.45]
    for (x, y), size in zip(places.tolist(), sequence(6, 21).tolist(), strict=True):
        picture = glow(picture, (x, y), (170 + 70 * size, 24 + 8 * size), lit, 0.55, -9)
    return picture


HEAPS, PUFFS = 5, 7  # of clouds around the figure; of the edge of each of their tiers


def _clouds(s: Setting, depth: float, width: float, distance: float, phase: float, tiers: int) -> str:
    """Return heaps of clouds that rise from the lower edge.

    ``width`` is that of a heap's half, ``distance`` how far its colours go to the sky's, 0 to 1.
    """
    lit, shaded = (mix(s.tinted(colour, 0.10), SKIES[s.time][1], distance) for colour in CLOUDS[s.time])
    towards = (s.lamp - 256) / np.linalg.norm(s.lamp - 256)
    body = ""
    for tier in range(tiers):  # from the back to the front
        places, sizes = _puffs(s, depth, width, phase, tier)
        for share, shrunk, shift in ((0.0, 1.0, 0.0), (0.4, 0.95, 0.26), (0.85, 0.90, 0.62)):
            moved = places - towards * (sizes * shift)[:, None]
            data = discs(moved, sizes * shrunk) + _below(moved, sizes * shrunk)
            body += path(data, css(mix(lit, shaded, share)), opacity=0.85 if shift else 1.0)
    return body


def _puffs(s: Setting, depth: float, width: float, phase: float, tier: int) -> tuple[Points, Points]:
    """Return the middles and the radii of the puffs of one tier of all heaps; tiers in front are lower."""
    margin = 180.0
    span = CANVAS + 2 * margin
    along = np.linspace(-1, 1, PUFFS)
    lefts = (np.arange(HEAPS) * span / HEAPS + 60 * phase + s.moved(depth)[0] + 46 * tier) % span - margin
    floors = 296 + 60 * depth + 66 * sequence(HEAPS, phase + 1) + 0.6 * s.moved(depth)[1] + 62 * tier
    places, radii = [], []
    for left, floor, size in zip(
        lefts.tolist(), floors.tolist(), sequence(HEAPS, phase + 2 + tier).tolist(), strict=True
    ):
        wide = width * (1.0 + 0.35 * size)
        bumps = sequence(PUFFS, phase + 7 * size + tier)
        rise = wide * (1.25 * (1 - np.abs(along) ** 1.6) + 0.22 * bumps)
        places.append(np.stack([left + (along + 0.08 * bumps[::-1]) * wide, floor - rise], axis=-1))
        radii.append(wide * (0.24 + 0.15 * (1 - np.abs(along)) + 0.09 * sequence(PUFFS, phase + tier + 3)))
    return np.concatenate(places), np.concatenate(radii)


def _below(tops: Points, radii: Points) -> str:
    """Return path data of what lies below the puffs of each heap, down to the lower edge."""
    shown = ""
    for heap, wide in zip(tops.reshape(-1, PUFFS, 2), radii.reshape(-1, PUFFS), strict=True):
        left, right = heap[0, 0] - wide[0], heap[-1, 0] + wide[-1]
        line = "L".join(f"{x:.1f} {y:.1f}" for x, y in heap.tolist())
        shown += f"M{left:.1f} {heap[0, 1]:.1f}L{line}L{right:.1f} {heap[-1, 1]:.1f}V540H{left:.1f}Z"
    return shown


def _branch(s: Setting, index: int) -> Points:
    """Return points along a branch of the cherry tree [12, 2]."""
    ends = (
        [[-60, 40], [40, 92], [120, 78], [215, 40]],
        [[580, 10], [480, 70], [420, 62], [330, 24]],
        [[590, 250], [540, 205], [492, 196], [440, 224]],
    )
    a, b, c, d = np.array(ends[index], dtype=float) + s.moved(0.45)
    t = np.linspace(0, 1, 12)[:, None]
    return np.asarray((1 - t) ** 3 * a + 3 * t * (1 - t) ** 2 * b + 3 * t**2 * (1 - t) * c + t**3 * d)


def _branch_path(s: Setting, index: int) -> str:
    return "M" + "L".join(f"{x:.1f} {y:.1f}" for x, y in _branch(s, index).tolist())


def _flowers(s: Setting, colours: tuple[Lch, Lch, Lch]) -> str:
    """Return clusters of five-petalled flowers along the branches, those in front the palest."""
    pale, middle, deep = colours
    shown = ""
    for index in range(3):
        places = _branch(s, index) + (scatter(12, 30.0 + index) - 0.5) * [84, 92]
        sizes = 19 + 6 * sequence(12, 31.0 + index)
        shown += path(discs(places + np.array([7, 12]), sizes), css(deep), opacity=0.8)
        shown += path(_flower_paths(places[::2] + np.array([-8, 4]), sizes[::2]), css(middle))
        shown += path(_flower_paths(places[1::2], sizes[1::2]), css(pale))
        shown += path(discs(places[1::2], 4.5), css(shade(deep, -0.04, 1.4)))
    return shown


def _flower_paths(places: Points, sizes: Points) -> str:
    """Return path data of flowers: five discs each."""
    angles = 2 * np.pi * (np.arange(5)[None, :] / 5 + 0.1 * np.arange(len(places))[:, None])
    around = np.stack([np.cos(angles), np.sin(angles)], axis=-1) * (0.62 * sizes)[:, None, None]
    return discs((places[:, None] + around).reshape(-1, 2), np.repeat(0.54 * sizes, 5))


def _foliage(s: Setting, colours: tuple[Lch, Lch, Lch]) -> str:
    """Return leaves out of focus all around the figure."""
    outline = np.array([[-34, 0], [-10, -13], [14, -10], [36, 0], [12, 11], [-12, 12]])
    shown = ""
    for index, colour in enumerate(colours[::-1]):
        leans = np.radians(60 * sequence(9, 41.0 + index) + 20)
        data = ""
        for place, c, d in zip(s.spread(9, 40.0 + index, 70, 1.2), np.cos(leans), np.sin(leans), strict=True):
            data += smooth(outline @ np.array([[c, d], [-d, c]]) * 1.2 + place)
        shown += path(data, css(colour), opacity=0.6)
    return shown


def _houses(s: Setting, phase: float, count: int, heights: tuple[float, float], depth: float) -> tuple[str, str]:
    """Return path data of houses side by side, and of those of their windows that are lit."""
    step = (CANVAS + 180) / count
    lefts = (np.arange(count) * step + s.moved(depth)[0]) % (count * step) - 100
    tall = heights[0] + (heights[1] - heights[0]) * (sequence(count, phase) + 1) / 2
    tops = CANVAS - tall + 0.5 * s.moved(depth)[1]
    wide = step * (0.98 + 0.16 * sequence(count, phase + 1))
    blocks, panes = "", ""
    for index, (x, y, w) in enumerate(zip(lefts.tolist(), tops.tolist(), wide.tolist(), strict=True)):
        blocks += f"M{x:.1f} {y:.1f}h{w:.1f}V560h-{w:.1f}Z"
        for cell, lit in enumerate(sequence(27, phase + index).tolist()):
            if lit > 0.1:
                left, top = x + w * (0.14 + 0.26 * (cell % 3)), y + 16 + 24 * (cell // 3)
                panes += f"M{left:.1f} {top:.1f}h{w * 0.16:.1f}v12h-{w * 0.16:.1f}Z"
    return blocks, panes


def _lights(s: Setting) -> str:
    """Return the lights of streets and signs, far out of focus."""
    places = s.spread(16, 50.0, 60, 1.3) * [1, 0.5] + [0, 270]
    sizes = 17 + 11 * sequence(16, 51)
    shown = ""
    for index, hue in enumerate((80, s.hue + 60, 350, 200)):
        colour = css(Lch(0.80, 0.14, hue))
        rims = f'stroke="{colour}" stroke-width="3" stroke-opacity="0.4" fill-opacity="0.34"'
        shown += path(discs(places[index::4], sizes[index::4]), colour, more=rims)
    return shown


def _curtain(s: Setting, side: int) -> str:
    """Return a thin curtain at one side, in folds."""
    cloths = {"day": Lch(0.97, 0.02, 70), "morning": Lch(0.955, 0.045, 35), "evening": Lch(0.80, 0.10, 35)}
    cloth = s.tinted(cloths.get(s.time, Lch(0.36, 0.07, 285)), 0.2)
    drift = 0.15 * float(s.moved()[0])
    shown = ""
    for fold in range(6):
        near, far = 150 + 26 * fold, 180 + 26 * (fold + 1)
        tone = css(shade(cloth, -0.075 * (fold % 2), 1 + 0.6 * (fold % 2)))
        top, low = 256 + drift + side * near, 256 + drift + side * (near + 50 - 4 * fold)
        outer = 256 + drift + side * far
        data = f"M{top:.1f} -10Q{top + side * 4:.1f} 240 {low:.1f} 540H{low + side * 70:.1f}L{outer:.1f} -10Z"
        shown += path(data, tone, opacity=0.9)
    return shown


SHELF_STEP, SHELVES = 148.0, 5  # canvas units between shelves; their number: one more than is seen


def _shelf_floors(s: Setting) -> list[float]:
    return [(row * SHELF_STEP + 0.9 * float(s.moved()[1]) + 90) % (SHELVES * SHELF_STEP) - 70 for row in range(SHELVES)]


def _boards(s: Setting) -> str:
    return "".join(f"M-10 {y:.1f}h{CANVAS + 20}v15h-{CANVAS + 20}Z" for y in _shelf_floors(s))


def _spines(s: Setting) -> list[str]:
    """Return the path data of the books of each of five colours."""
    count, width = 22, 30.0
    paths = [""] * 5
    for row, floor in enumerate(_shelf_floors(s)):
        sizes, kinds = sequence(count, row), sequence(count, row + 0.5)
        for i, (size, kind) in enumerate(zip(sizes.tolist(), kinds.tolist(), strict=True)):
            x = (i * width + 0.9 * float(s.moved()[0])) % (count * width) - 70
            tall, wide = 96 + 18 * size, width - 3 + 5 * size
            paths[int((kind + 1) * 2.5) % 5] += f"M{x:.1f} {floor:.1f}v-{tall:.1f}h{wide:.1f}v{tall:.1f}Z"
    return paths
