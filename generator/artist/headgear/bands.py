"""What lies over the head from ear to ear: headband, maid's headdress, tiara, headphones. Knows no other headgear."""

import numpy as np

from generator.artist.figure import Figure
from generator.artist.headgear.ornaments import draw_bow
from generator.artist.headgear.overlap import HANGING, band_ends
from generator.artist.headgear.space import (
    OUTLINE,
    arc,
    hair_outline,
    hidden_by_hair,
    lit,
    on_hair,
    outlined,
    seen,
    shadow,
    toned,
)
from generator.artist.palette import Tone
from generator.artist.rig import SCALP_CENTRE
from generator.artist.svg import (
    Points,
    Stop,
    brush,
    clip,
    ellipse,
    even,
    group,
    hull,
    linear_gradient,
    path,
    polygon,
    smooth,
)

BAND_FORWARD, BAND_END = 30.0, 88.0  # degrees; see space.arc
BAND_WIDTH = 6.5  # degrees of arc, half of it


def draw_headband(figure: Figure) -> str:
    """Draw a band of cloth with a small bow."""
    tone = figure.palette.accent
    band = _strip(figure, BAND_FORWARD, BAND_END, BAND_WIDTH, 0.03)
    fill = _over_the_head(figure, "band", band, tone)
    trims = "".join(
        path(brush(_line(figure, BAND_FORWARD, BAND_END, 0.034, edge), 0.9, 30, even), tone.light)
        for edge in (-4.2, 4.2)
    )
    bow = draw_bow(on_hair(figure, 44, 41, lift=0.05, degrees=34, facing=0.5), "bandbow", tone, 0.62, tails=False)
    shade = shadow(figure, "band-shadow", polygon(band), 6)
    locks = band_ends(figure, "band", BAND_FORWARD, BAND_END, HANGING)
    return shade + fill + outlined(figure, polygon(band), "url(#band)", tone) + trims + locks + bow


def _strip(figure: Figure, forward: float, end: float, half_width: float, lift: float, narrows: float = 0.3) -> Points:
    """Return the visible outline of a band that ``narrows`` by this share towards its ends, in canvas units."""
    degrees = np.linspace(*seen(figure, forward, end), 36)
    width = half_width * (1 - narrows + narrows * np.cos(np.pi / 2 * degrees / end) ** 0.5)
    edges = [figure.rig.project(arc(figure, degrees, forward, lift, side * width)) for side in (1, -1)]
    return np.concatenate([edges[0], edges[1][::-1]])


def _line(figure: Figure, forward: float, end: float, lift: float, ahead: float = 0.0) -> Points:
    return figure.rig.project(arc(figure, np.linspace(*seen(figure, forward, end), 24), forward, lift, ahead))


def _over_the_head(figure: Figure, name: str, band: Points, tone: Tone) -> str:
    """Return the gradient of a band over the dome: bright where it faces the light, dark at both ends."""
    left, right = band[np.argmin(band[:, 0])], band[np.argmax(band[:, 0])]
    bright = 0.5 + 0.22 * float(figure.light[0]) / 0.7
    stops: list[Stop] = [(0, tone.deep), (bright - 0.22, tone.base), (bright, tone.light), (bright + 0.22, tone.base)]
    return linear_gradient(name, left, right, [*stops, (1, tone.deep)])


# --- the maid's headdress

MAID_FORWARD, MAID_END, MAID_PLEATS = 28.0, 60.0, 9
MAID_FALL = 16.0  # degrees before the place where the head hides a frill over which it falls: it ends in no upright cut


def draw_maid(figure: Figure) -> str:
    """Draw a white frill on a band, threaded with a ribbon, and a bow at either end."""
    cloth, accent = figure.palette.cloth, figure.palette.dark
    high, low = _frill(figure, -5, 0.20, -15), _frill(figure, 4, 0.035, 9)
    band = _strip(figure, MAID_FORWARD, MAID_END, 6.0, 0.05)
    fill = toned(figure, "maid-high", high, cloth) + toned(figure, "maid-low", low, cloth)
    drawn = outlined(figure, smooth(high), "url(#maid-high)", cloth, 0.9) + _pleats(figure, -5, 0.19, -14)
    drawn += outlined(figure, smooth(low), "url(#maid-low)", cloth, 0.9)
    drawn += outlined(figure, polygon(band), cloth.base, cloth, 0.8)
    thread = brush(_line(figure, MAID_FORWARD, MAID_END, 0.055), 3.0, 30, even)
    drawn += path(thread, accent.base)
    bows = ""
    for side in (figure.far_side, -figure.far_side):
        place = on_hair(figure, side * 64, 62, lift=0.05, degrees=side * 62, facing=0.35)
        bow = draw_bow(place, f"maid-bow{side + 1}", accent, 0.50, shaded=False)
        depth = float(figure.rig.depth(side * 64, 62))
        bows += hidden_by_hair(figure, f"maid-clip{side + 1}", bow, 0.97) if depth < 0 else bow
    return shadow(figure, "maid-shadow", smooth(low), 8) + fill + drawn + bows


def _frill(figure: Figure, base: float, lift: float, reach: float) -> Points:
    """Return a frill's outline: its foot ``base`` degrees off the band, its scalloped edge ``reach`` further."""
    left, right = seen(figure, MAID_FORWARD, MAID_END)
    degrees = np.linspace(left, right, 4 * MAID_PLEATS + 1)
    wide = _frill_width(figure, degrees)
    scallop = 0.78 + 0.22 * np.abs(np.sin(np.pi * (degrees + MAID_END) / (2 * MAID_END) * MAID_PLEATS))
    edge = arc(figure, degrees, MAID_FORWARD + base + reach * wide * scallop, 0.04 + (lift - 0.03) * wide * scallop)
    foot = arc(figure, degrees[::4], MAID_FORWARD + base, 0.045)
    return np.concatenate([figure.rig.project(edge), figure.rig.project(foot)[::-1]])


def _frill_width(figure: Figure, degrees: Points) -> Points:
    """Return how far a frill stands out at ``degrees``, 0 to 1: less to its ends, and to where the head hides it."""
    wide = np.cos(np.radians(90 * degrees / (MAID_END + 12))) ** 0.6
    for end, hidden in zip((-1, 1), seen(figure, MAID_FORWARD, MAID_END), strict=True):
        cut = min(1.0, (MAID_END - end * hidden) / MAID_FALL)
        rest = np.clip((end * hidden - end * degrees) / MAID_FALL, 0, 1)
        wide = wide * (1 - cut + cut * np.sin(np.pi / 2 * rest) ** 0.7)
    return np.asarray(wide)


def _pleats(figure: Figure, base: float, lift: float, reach: float) -> str:
    """Draw the folds between the scallops, each a wedge from the band towards the edge."""
    left, right = seen(figure, MAID_FORWARD, MAID_END)
    middle = -MAID_END + 2 * MAID_END * np.arange(1, MAID_PLEATS) / MAID_PLEATS
    middle = middle[(middle > left + 1) & (middle < right - 1)]
    wide = _frill_width(figure, middle)
    ends = arc(figure, middle, MAID_FORWARD + base + 0.85 * reach * wide, 0.8 * lift * wide)
    feet = [arc(figure, middle + side, MAID_FORWARD + base, 0.045) for side in (-1.2, 1.2)]
    wedges = figure.rig.project(np.stack([feet[0], ends, feet[1]], axis=1))
    return path("".join(polygon(wedge) for wedge in wedges), figure.palette.cloth.deep, opacity=0.9)


# --- the tiara

TIARA_FORWARD, TIARA_END = 50.0, 60.0
TIARA_PEAKS = ((0, 0.28), (17, 0.175), (32, 0.13), (45, 0.085))  # degrees from the middle, height above the hair


def draw_tiara(figure: Figure) -> str:
    """Draw a silver or golden arch of points with pearls, and a gem in its middle."""
    metal = figure.palette.metal
    crest, holes = _crest(figure, 1.0, 0.03), _crest(figure, 0.62, 0.055)
    band = _strip(figure, TIARA_FORWARD, TIARA_END, 2.6, 0.04, narrows=0.8)
    fill = _metal(figure, "tiara", crest, metal)
    drawn = outlined(figure, polygon(crest), "url(#tiara)", metal)
    drawn += path(polygon(holes), figure.palette.hair.at(0.3), opacity=0.75)
    drawn += outlined(figure, polygon(band), "url(#tiara)", metal, 0.8)
    shade = shadow(figure, "tiara-shadow", polygon(band) + polygon(crest), 6)
    return shade + fill + drawn + _jewels(figure)


def _metal(figure: Figure, name: str, points: Points, metal: Tone) -> str:
    stops = [(0.0, "#fff8e0"), (0.25, metal.light), (0.5, metal.base), (0.8, metal.shadow), (1.0, metal.base)]
    return lit(figure, name, points, stops)


def _crest(figure: Figure, share: float, foot: float) -> Points:
    """Return the outline of the arch: hollow flanks between the peaks, ``share`` of their height, above ``foot``."""
    degrees = np.linspace(*seen(figure, TIARA_FORWARD, TIARA_END), 121)
    height = np.full(len(degrees), foot + 0.012)
    for at, peak in TIARA_PEAKS:
        reach = 9.0 - 0.06 * at
        rise = np.maximum(0, 1 - np.abs(np.abs(degrees) - at) / reach) ** 1.5
        height = np.maximum(height, foot + (peak * share - foot) * rise)
    height = np.where(np.abs(degrees) > TIARA_END - 4, foot, height)
    top = arc(figure, degrees, TIARA_FORWARD - 62 * (height - 0.03), height)
    low = arc(figure, degrees, TIARA_FORWARD, foot)
    return np.concatenate([figure.rig.project(top), figure.rig.project(low)[::-1]])


def _jewels(figure: Figure) -> str:
    metal, accent, drawn = figure.palette.metal, figure.palette.accent, ""
    more = f'stroke="{metal.line}" stroke-width="{0.8 * OUTLINE * figure.line:.2f}"'
    left, right = seen(figure, TIARA_FORWARD, TIARA_END)
    for at, peak in TIARA_PEAKS:
        for side in (-1, 1) if at else (1,):
            if left < side * at < right:
                point = arc(figure, [side * at], TIARA_FORWARD - 62 * (peak - 0.03), peak + 0.01)
                spot = figure.rig.project(point)[0]
                drawn += ellipse(spot, (3.6, 3.6), "#fffdf6", more=more) + ellipse(
                    spot + np.array([0.8, 1]), (1.7, 1.5), metal.shadow, opacity=0.5
                )
    middle = figure.rig.project(arc(figure, [0.0], TIARA_FORWARD - 4, 0.075))[0]
    drawn += ellipse(middle, (7.6, 9.6), accent.base, more=more) + ellipse(
        middle + np.array([0, 3]), (5, 5.2), accent.light, opacity=0.8
    )
    return drawn + ellipse(middle - [2.2, 4], (2.1, 2.5), "#ffffff", opacity=0.95)


# --- headphones

PHONES_FORWARD, PHONES_WIDTH, PHONES_LIFT = 4.0, 8.0, -0.025
CUP = (31.0, 37.0)  # half axes to the front and down, head units
CUP_HEIGHT = 24.0  # of its middle, below the middle of the hair: on the ear
CUP_EDGE = 0.99  # where the bow ends, as a share of the hair's radius
CUP_INSET = 0.93  # how far out the ears are, as a share of the hair's radius: cups press the hair down
# Rings of a cup, each by its distance from the hair and its share of the half axes: those of the cushion, whose inner
# edge is round, then four of the shell.
CUSHION_RINGS = ((-13, 0.50), (-12, 0.70), (-9.5, 0.88), (-5, 1.0), (0, 1.05), (5, 1.03), (8, 0.96), (9, 0.90))
SHELL_RINGS = ((8, 0.92), (10, 0.98), (14, 1.0), (19, 0.97), (23, 0.88), (26, 0.72))


def draw_headphones(figure: Figure) -> str:
    """Draw the bow over the head and both cups, the far one behind the hair's outline."""
    far = figure.far_side
    shape = "".join(polygon(hull(_cup_ring(figure, side, 17, 1.0))) for side in (-1, 1))
    bow, bow_shape = _phones_bow(figure)
    far_cup = _far_cup(figure, far) if figure.rig.yaw else _cup(figure, far)
    return shadow(figure, "phones-shadow", shape + bow_shape, 8) + far_cup + bow + _cup(figure, -far)


def _far_cup(figure: Figure, side: int) -> str:
    """Draw the cup of a turned head that the hair hides in part, with an outline where it does."""
    # All of it is seen from the front; of a turned head's far cup what lies beyond the end of the bow.
    edge, turned = CUP_EDGE * float(np.cos(figure.rig.yaw)), abs(float(np.sin(figure.rig.yaw)))
    hidden = 0.70 + (edge - 0.70) * min(1.0, turned / 0.26)
    whole = hull(np.concatenate([_cup_ring(figure, side, *ring) for ring in CUSHION_RINGS + SHELL_RINGS]))
    line = path(smooth(hair_outline(figure, hidden)), stroke=figure.palette.dark.line, width=OUTLINE * figure.line)
    drawn = hidden_by_hair(figure, "cup-clip", _cup(figure, side), hidden)
    return drawn + clip("cup-whole", polygon(whole)) + group(line, 'clip-path="url(#cup-whole)"')


def _phones_bow(figure: Figure) -> tuple[str, str]:
    """Return the bow, and the path data of its outline."""
    dark, accent = figure.palette.dark, figure.palette.accent
    rig = figure.rig
    degrees = np.linspace(-86, 86, 44)

    def edge(side: int, lift: float) -> Points:
        return rig.project(arc(figure, degrees, PHONES_FORWARD + side * PHONES_WIDTH, lift))

    ahead, top, back = edge(1, PHONES_LIFT), edge(1, PHONES_LIFT + 0.05), edge(-1, PHONES_LIFT + 0.05)
    low, high = np.concatenate([ahead, top[::-1]]), np.concatenate([top, back[::-1]])
    fill = _over_the_head(figure, "bow-side", low, dark) + _over_the_head(figure, "bow-top", high, accent)
    drawn = outlined(figure, polygon(high), "url(#bow-top)", accent) + outlined(
        figure, polygon(low), "url(#bow-side)", dark
    )
    line = path(brush(top, 1.0, 40, even), accent.light, opacity=0.9)
    return fill + drawn + line, polygon(low)


def _cup(figure: Figure, side: int) -> str:
    """Draw one cup: cushion, shell, and the disc on its outside."""
    dark, accent = figure.palette.dark, figure.palette.accent
    rings = [_cup_ring(figure, side, out, share) for out, share in CUSHION_RINGS + SHELL_RINGS]
    count = len(CUSHION_RINGS)
    cushion, shell, disc = (hull(np.concatenate(part)) for part in (rings[:count], rings[count:-1], rings[-2:]))
    name = f"cup{side + 1}"
    fills = toned(figure, f"{name}-a", cushion, dark) + toned(figure, f"{name}-b", shell, accent)
    fills += toned(figure, f"{name}-c", disc, dark)
    pieces = [
        outlined(figure, polygon(cushion), f"url(#{name}-a)", dark),
        outlined(figure, polygon(shell), f"url(#{name}-b)", accent),
        outlined(figure, polygon(disc), f"url(#{name}-c)", dark, 0.9),
    ]
    if side * figure.rig.yaw > 0:  # of the far cup one sees the cushion first, and not the outside
        return fills + "".join(reversed(pieces))
    drawn = "".join(pieces)
    glow = _cup_ring(figure, side, 27, 0.42)
    drawn += path(polygon(glow), accent.light, stroke=accent.base, width=1.2)
    shine = brush(_cup_ring(figure, side, 18, 0.97)[3:11], 1.8, 12)
    return fills + drawn + path(shine, "#ffffff", opacity=0.55)


def _cup_ring(figure: Figure, side: int, out: float, share: float) -> Points:
    angle = np.linspace(0, 2 * np.pi, 28, endpoint=False)
    radius = figure.rig.scalp_radii[0] * CUP_INSET
    x = np.full(28, side * (radius + out))
    points = np.stack([x, CUP_HEIGHT - CUP[1] * share * np.sin(angle), CUP[0] * share * np.cos(angle)], axis=1)
    return figure.rig.project(points + SCALP_CENTRE)
