"""Garments of school and street: sailor, shirt, blazer, jacket, hoodie, turtleneck."""

from math import cos, pi, sin

from generator.artist.body.bust import Bust, Garment, Line, Stroke
from generator.artist.body.pieces import (
    bare_skin,
    chest,
    crease_chest,
    in_shadow,
    nape,
    shade_sides,
    v_neck,
    wing,
    wings,
)
from generator.artist.body.trimmings import bow, button, gem, pearls, stitches
from generator.artist.svg import path

SAILOR_NECK, SHIRT_NECK = v_neck(32, 25), v_neck(13, 25)
ROUND_NECK: tuple[Line, ...] = (((-29, -17), (-29, -8), (-18, 8), (0, 15), (18, 8), (29, -8), (29, -17)),)


def sailor(b: Bust) -> str:
    """Draw a sailor blouse: a wide striped collar over white cloth, and a tied ribbon."""
    drawn = chest(b, b.cloth) + bare_skin(b, SAILOR_NECK)
    drawn += b.panel(b.cloth, ((-15, 9), (0, 13), (15, 9)), ((15, 9), (1, 36), (-1, 36)), line=0.7)
    drawn += b.strip(b.clothes.tone.base, ((-13, 13), (0, 17), (13, 13)), 1.1)
    for side in (-1, 1):
        drawn += b.panel(b.clothes, *_SAILOR_COLLAR, side=side, cast=4)
        drawn += b.creases(b.clothes.tone.shadow, (((32, -8), (31, 10), (22, 28)), 2.4), side=side)
        drawn += b.creases(b.clothes.tone.light, (((46, 0), (68, 10), (86, 15)), 1.5), side=side)
        for inset, width in ((4.6, 1.15), (9.0, 0.8)):
            drawn += b.strip(b.cloth.tone.base, _collar_edge(inset), width, side=side)
    return drawn + bow(b, b.accent, 0, 33, 0.88)


_SAILOR_COLLAR: tuple[Line, ...] = (
    ((24, -18), (42, -4), (68, 8), (95, 15)),
    ((95, 15), (89, 29), (64, 40), (30, 43), (2, 37)),
    ((2, 37), (14, 14), (22, -6), (24, -18)),
)


def _collar_edge(inset: float) -> Line:
    """Return the sailor collar's edge, moved in by ``inset`` head units."""
    i = inset
    return ((93 - i, 15.5), (89 - 1.1 * i, 29 - 0.8 * i), (62, 40 - i), (30, 43 - i), (8, 38 - i))


def shirt(b: Bust) -> str:
    """Draw a shirt with a white collar, a loosened tie and braces."""
    drawn = chest(b, b.clothes) + bare_skin(b, SHIRT_NECK)
    for side in (-1, 1):
        brace: tuple[Line, ...] = (
            ((65, 9.5), (76, 13.2)),
            ((76, 13.2), (69, 30), (65, 70)),
            ((54, 70), (58, 30), (65, 9.5)),
        )
        drawn += b.panel(b.lining, *brace, side=side, cast=2, line=0.8)
        drawn += stitches(b, ((67.5, 11), (60.5, 30), (56.5, 66)), b.lining.tone.light, side=side)
        drawn += stitches(b, ((73.5, 13), (66.5, 30), (62.5, 66)), b.lining.tone.light, side=side)
    drawn += b.panel(b.clothes, ((-7, 16), (-7, 60)), ((7, 60), (7, 16)), line=0.7)
    return drawn + _tie(b) + wings(b, b.cloth)


def _tie(b: Bust) -> str:
    tone = b.accent.tone
    drawn = b.panel(b.accent, ((-5, 24), (5, 24)), ((5, 24), (12, 64)), ((12, 64), (-13, 64)), cast=3)
    for y in (31, 42, 53):
        drawn += b.patch(tone.light, ((-6.5 - 0.1 * (y - 31), y + 5), (7.2, y - 3)), ((7.8, y), (-7.0, y + 8)))
    drawn += b.creases(tone.shadow, (((-2, 25), (-3, 36), (-7, 58)), 1.5))
    knot = b.panel(b.accent, ((-9, 11), (0, 13), (9, 11)), ((9, 11), (5.5, 26), (-5.5, 26)))
    return drawn + knot + b.creases(tone.shadow, (((5, 13), (3, 19), (1, 25)), 1.8))


def blazer(b: Bust) -> str:
    """Draw a piped blazer with a pin over a white shirt, and a ribbon."""
    drawn = chest(b, b.cloth, folds=False) + bare_skin(b, SHIRT_NECK)
    drawn += b.creases(b.cloth.tone.shadow, (((-1, 24), (0, 40), (0, 60)), 1.0), (((10, 30), (14, 42), (12, 60)), 1.8))
    for side in (-1, 1):
        drawn += b.panel(b.clothes, *_FRONT, side=side, cast=4)
    drawn += shade_sides(b, b.clothes) + crease_chest(b, b.clothes) + _armholes(b)
    for side in (-1, 1):
        drawn += b.panel(b.clothes, *_LAPEL, side=side, cast=4)
        drawn += b.strip(b.accent.tone.light, _PIPING, 0.9, side=side)
        drawn += b.panel(b.clothes, *_UPPER_COLLAR, side=side)
        drawn += b.creases(b.clothes.tone.light, (((38, -6), (50, 8), (58, 18)), 1.1), side=side)
    drawn += gem(b, 57, 36, 4.6, b.accent.tone) + wings(b, b.cloth, low=22)
    return drawn + bow(b, b.accent, 0, 18, 0.62)


_FRONT: tuple[Line, ...] = (
    ((34, -6), (46, 2), (70, 10.5), (98, 18.5), (119, 28.5), (133, 48), (141, 76)),
    ((141, 76), (8, 96)),
    ((8, 96), (22, 50), (30, 20), (34, -6)),
)
_LAPEL: tuple[Line, ...] = (
    ((33, 4), (50, 23)),
    ((50, 23), (68, 25)),
    ((68, 25), (52, 50), (14, 92)),
    ((14, 92), (20, 50), (29, 20), (33, 4)),
)
_PIPING: Line = ((65, 27), (50, 49), (17, 87))
_UPPER_COLLAR: tuple[Line, ...] = (
    ((30, -18), (46, -4), (63, 17)),
    ((63, 17), (50, 23)),
    ((50, 23), (38, 12), (32, -2), (30, -18)),
)


def _armholes(b: Bust) -> str:
    line: Line = ((104, 21.5), (101, 34), (104, 46), (110, 62))
    return "".join(b.creases(b.clothes.tone.line, (line, 0.7), side=side, opacity=0.75) for side in (-1, 1))


def jacket(b: Bust) -> str:
    """Draw an open varsity jacket: pale sleeves, a striped rib collar, snaps and a star, over a T-shirt."""
    drawn = chest(b, b.shirt, folds=False) + bare_skin(b, ROUND_NECK)
    drawn += b.strip(b.shirt.tone.shadow, ((-31, -8), (-17, 9), (0, 16), (17, 9), (31, -8)), 2.6)
    drawn += b.creases(b.shirt.tone.shadow, (((-26, 34), (-14, 44), (-2, 47)), 1.6))
    for side in (-1, 1):
        drawn += b.panel(b.clothes, *_OPEN_FRONT, side=side, cast=5)
        drawn += b.panel(b.cloth, *_SLEEVE, side=side)
    drawn += (
        shade_sides(b, b.cloth, sleeves_only=True) + _jacket_folds(b) + b.shadow(*_RIB_COLLAR, fall=4, sides=(-1, 1))
    )
    for side in (-1, 1):
        drawn += b.panel(b.accent, *_RIB_COLLAR, side=side)
        drawn += b.strip(b.cloth.tone.base, _rib_line(0.36), 1.3, side=side)
        drawn += b.strip(b.cloth.tone.base, _rib_line(0.66), 1.3, side=side)
        drawn += button(b, 38, 40, 3.0, b.palette.metal, side=side)
        drawn += stitches(b, ((52, 10), (40, 32), (34, 50)), b.clothes.tone.light, side=side)
    return drawn + _star(b, 66, 35, 8.0)


_OPEN_FRONT: tuple[Line, ...] = (
    ((30, -12), (46, 2), (70, 10.5), (98, 18.5), (119, 28.5)),
    ((119, 28.5), (118, 80)),
    ((118, 80), (22, 84)),
    ((22, 84), (24, 44), (34, 20), (30, -12)),
)
_SLEEVE: tuple[Line, ...] = (
    ((54, 5.5), (70, 10.5), (98, 18.5), (119, 28.5), (133, 48), (141, 76)),
    ((141, 76), (112, 84)),
    ((112, 84), (100, 46), (82, 24), (54, 5.5)),
)
_RIB_COLLAR: tuple[Line, ...] = (
    ((25, -24), (36, -22)),
    ((36, -22), (51, -5), (47, 14), (34, 32), (29, 48)),
    ((29, 48), (18, 48)),
    ((18, 48), (24, 28), (33, 11), (32, -6), (25, -24)),
)


def _rib_line(share: float) -> Line:
    """Return a line along the rib collar, at ``share`` of the way from its inner edge to its outer one."""
    inner, outer = (
        ((26, -23), (32.5, -5), (33, 11), (24, 29), (18, 48)),
        ((35, -22), (50, -5), (46, 14), (33, 32), (29, 48)),
    )
    return tuple((a + (c - a) * share, d + (e - d) * share) for (a, d), (c, e) in zip(inner, outer, strict=True))


def _jacket_folds(b: Bust) -> str:
    strokes = "".join(
        b.strokes((((92, 30), (106, 36), (120, 38)), 1.8), (((99, 44), (112, 48), (130, 46)), 2.2), side=side)
        for side in (-1, 1)
    )
    return path(strokes, b.cloth.tone.shadow)


def _star(b: Bust, x: float, y: float, radius: float) -> str:
    rays = [(radius * (1 if i % 2 == 0 else 0.46), -pi / 2 + i * pi / 5 + 0.12) for i in range(10)]
    points = [(x + r * cos(angle), y + r * sin(angle)) for r, angle in rays]
    edges: list[Line] = [(p, q) for p, q in zip(points, points[1:] + points[:1], strict=True)]
    return b.panel(b.accent, *edges, line=0.7)


def hoodie_behind(b: Bust) -> str:
    """Draw the hood behind the neck."""
    rim: Line = ((-88, 14), (-84, -14), (-62, -34), (-30, -38), (30, -38), (62, -34), (84, -14), (88, 14))
    inside: Line = ((-70, 10), (-66, -10), (-50, -26), (-24, -30), (24, -30), (50, -26), (66, -10), (70, 10))
    return b.panel(b.clothes, rim) + b.patch(b.lining.tone.shadow, inside)


def hoodie(b: Bust) -> str:
    """Draw a hoodie: a heavy hood lying round the neck, its lining, drawstrings in metal eyelets."""
    tone = b.clothes.tone
    drawn = chest(b, b.clothes) + bare_skin(b, ROUND_NECK)
    drawn += b.panel(b.cloth, ((-32, -2), (-16, 13), (0, 18), (16, 13), (32, -2)), ((32, -2), (20, 40), (-20, 40)))
    for side in (-1, 1):
        seam: Line = ((74, 12), (90, 30), (97, 60))
        drawn += b.creases(tone.line, (seam, 0.6), side=side) + stitches(
            b, tuple((x + 3, y) for x, y in seam), tone.light, side=side
        )
        drawn += b.panel(b.lining, *_HOOD_LINING, side=side)
    drawn += b.shadow(*_HOOD, fall=5, sides=(-1, 1))
    for side in (-1, 1):
        drawn += b.panel(b.clothes, *_HOOD, side=side)
        drawn += b.creases(tone.shadow, (((80, 2), (64, 24), (34, 39), (8, 45)), 3.4), side=side)
        drawn += b.creases(tone.light, (((50, -20), (62, 0), (46, 20), (22, 33)), 2.2), side=side)
        drawn += b.creases(
            tone.shadow, (((58, -22), (70, -8), (66, 10)), 1.8), (((50, 6), (44, 20), (30, 30)), 1.4), side=side
        )
        drawn += stitches(b, ((35, -22), (45, -4), (39, 14), (22, 31), (6, 40)), tone.shadow, side=side)
    return drawn + _drawstrings(b)


_HOOD: tuple[Line, ...] = (
    ((32, -30), (60, -32), (86, -8), (80, 20), (48, 40), (16, 50), (0, 52)),
    ((0, 52), (1, 42)),
    ((1, 42), (18, 30), (34, 12), (40, -6), (32, -30)),
)
_HOOD_LINING: tuple[Line, ...] = (
    ((24, -28), (36, -28), (44, -8), (38, 14), (20, 34), (0, 46)),
    ((0, 46), (14, 28), (26, 8), (29, -8), (24, -28)),
)


def _drawstrings(b: Bust) -> str:
    drawn, metal = "", b.palette.metal
    for side, end in ((-1, 60), (1, 54)):
        line: Line = ((19, 37), (21, 44), (19, end), (19, end + 6))
        drawn += b.strip(b.cloth.tone.base, line, 1.7, side=side, outline=b.cloth.tone.line)
        drawn += button(b, 19, 35.5, 3.0, metal, side=side)
    return drawn


def turtleneck(b: Bust) -> str:
    """Draw a knitted turtleneck with a cable pattern and a pendant."""
    tone = b.clothes.tone
    drawn = chest(b, b.clothes)
    drawn += _cables(b)
    drawn += b.panel(
        b.clothes, ((-40, 2), (-47, 9)), ((-47, 9), (-24, 19), (0, 23), (24, 19), (47, 9)), ((47, 9), (40, 2))
    )
    drawn += b.shadow(*_ROLL, fall=5) + b.panel(b.clothes, *_ROLL)
    ribs = [(((x * 0.80, -30), (x * 0.98, -12), (x, 15 - 0.006 * x * x)), 0.75) for x in range(-35, 36, 7)]
    drawn += b.creases(tone.shadow, *ribs)
    chain: Line = ((-44, 9), (-26, 24), (0, 33), (26, 24), (44, 9))
    return drawn + pearls(b, chain, b.palette.metal, 1.6) + gem(b, 0, 36, 6.4, b.accent.tone)


_ROLL: tuple[Line, ...] = (
    ((-26, -35), (-35, -30), (-40, -14), (-41, 4)),
    ((-41, 4), (-22, 14), (0, 18), (22, 14), (41, 4)),
    ((41, 4), (40, -14), (35, -30), (26, -35)),
)


def _cables(b: Bust) -> str:
    """Draw plaits knitted down the chest: strands that cross, each over its shadow, between two seams."""
    over: list[Stroke] = []
    seams: list[Stroke] = []
    for x in (-84, -26, 26, 84):
        top = 15 + 0.05 * (abs(x) - 26)
        steps = [top + 8.5 * i for i in range(5)]
        over += [(((x - 5.5, y), (x + 1.5, y + 3.5), (x + 5.5, y + 9)), 2.3) for y in steps]
        seams += [(((x + gap, top - 1), (x + gap, top + 20), (x + gap, 64)), 0.8) for gap in (-9, 9)]
    under = [(tuple((x, y + 2.6) for x, y in line), width) for line, width in over]
    tone = b.clothes.tone
    return b.creases(tone.shadow, *under, *seams) + b.creases(tone.light, *over)


def open_collar_behind(b: Bust) -> str:
    """Draw the inside of a turned-down collar."""
    return nape(b, b.cloth.tone.shadow, b.cloth.tone.line, -27, 32)


def rib_collar_behind(b: Bust) -> str:
    """Draw the inside of the jacket's collar."""
    return nape(b, in_shadow(b.accent.tone), b.accent.tone.line, -30, 35)


def sailor_behind(b: Bust) -> str:
    """Draw the inside of the sailor collar."""
    return nape(b, in_shadow(b.clothes.tone), b.clothes.tone.line, -26, 31)


UNIFORMS = {
    "sailor": Garment(sailor, sailor_behind, SAILOR_NECK, _SAILOR_COLLAR),
    "hoodie": Garment(hoodie, hoodie_behind, ROUND_NECK, _HOOD),
    "shirt": Garment(shirt, open_collar_behind, SHIRT_NECK, wing()),
    "turtleneck": Garment(turtleneck, collar=_ROLL),
    "blazer": Garment(blazer, open_collar_behind, SHIRT_NECK, wing()),
    "jacket": Garment(jacket, rib_collar_behind, ROUND_NECK, _RIB_COLLAR),
}
