"""Garments for occasions: kimono, qipao, dress, gothic, idol."""

from generator.artist.body.bust import Bust, Garment, Line
from generator.artist.body.pieces import bare_skin, chest, crease_chest, nape, shade_sides, v_neck
from generator.artist.body.trimmings import blossoms, bow, button, dashes, frill, gem, lace, pearls
from generator.artist.svg import path

KIMONO_NECK, IDOL_NECK = v_neck(33, 27), v_neck(12, 27)
# The skin that reaches from the neck to the shoulders, as far as the chin's shadow may fall.
DRESS_NECK: tuple[Line, ...] = (
    ((-27, -14), (-31, -6), (-46, 4), (-66, 11)),
    ((-66, 11), (-60, 40), (60, 40), (66, 11)),
    ((66, 11), (46, 4), (31, -6), (27, -14)),
)


def kimono_behind(b: Bust) -> str:
    """Draw the collars, which stand off the nape."""
    outer = nape(b, b.clothes.tone.shadow, b.clothes.tone.line, -34, 40)
    return outer + nape(b, b.cloth.tone.shadow, b.cloth.tone.line, -29, 34)


def kimono(b: Bust) -> str:
    """Draw a kimono: three collars crossed left over right, blossoms on the shoulders."""
    drawn = chest(b, b.clothes) + blossoms(b, _BLOSSOMS, b.accent.tone, b.palette.metal) + bare_skin(b, KIMONO_NECK)
    for side in (-1, 1):  # the wearer's left lies over the right
        for fabric, line, width in (
            (b.cloth, ((25, -29), (30.5, -19), (29, -6), (21, 10), (1, 33), (-24, 60)), 3.2),
            (b.accent, ((28, -32), (35.5, -22), (35, -7), (27, 12), (6, 37), (-20, 65)), 2.6),
            (b.clothes, ((31, -38), (43.5, -24), (45, -5), (37, 17), (15, 44), (-12, 74)), 7.4),
        ):
            tone = fabric.tone
            colour = tone.light if fabric is b.clothes else tone.base
            drawn += b.strip(colour, line, width, side=side, outline=tone.line, rounded=True)
        drawn += b.creases(b.clothes.tone.shadow, (((45, -18), (49, -4), (41, 18), (20, 44), (0, 68)), 2.2), side=side)
    return drawn


_BLOSSOMS = (
    *((74, 24, 11.0, 10), (96, 36, 8.0, 40), (66, 42, 6.0, 65), (112, 48, 10.0, 20), (-98, 34, 11.0, 25)),
    *((-76, 45, 7.5, 0), (-116, 46, 7.0, 50), (-70, 22, 5.5, 30)),
)


def qipao(b: Bust) -> str:
    """Draw a qipao: a stand-up collar, a slanted closing with knots, gold piping and plum blossoms."""
    gold = b.palette.metal
    drawn = chest(b, b.clothes) + blossoms(b, _PLUM, gold, b.accent.tone)
    for width, colour in ((2.2, gold.line), (1.5, gold.base)):
        drawn += b.strip(colour, ((0, 16), (10, 24), (36, 29), (70, 31), (99, 42), (108, 62)), width)
    drawn += b.shadow(*_STAND_COLLAR, fall=4) + b.panel(b.clothes, *_STAND_COLLAR)
    drawn += b.creases(
        b.clothes.tone.shadow, (((34, -26), (35, -8), (30, 6)), 3.0), (((-34, -22), (-34, -8), (-38, 2)), 1.6)
    )
    for line in (
        ((-32, -31), (-16, -23), (-2, -12), (0, -2)),
        ((32, -31), (16, -23), (2, -12), (0, -2)),
        ((-42, 3), (-20, 11), (0, 16), (20, 11), (42, 3)),
    ):
        drawn += b.strip(gold.base, line, 1.2, outline=gold.line)
    return drawn + _frog(b, 0, 4, 0) + _frog(b, 34, 29, 12) + _frog(b, 84, 35, 22)


_STAND_COLLAR: tuple[Line, ...] = (
    ((-32, -32), (-36, -12), (-43, 4)),
    ((-43, 4), (-20, 12), (0, 17)),
    ((0, 17), (20, 12), (43, 4)),
    ((43, 4), (36, -12), (32, -32)),
    ((32, -32), (16, -24), (2, -13)),
    ((2, -13), (0, 0), (-2, -13)),
    ((-2, -13), (-16, -24), (-32, -32)),
)
_PLUM = (
    *((-62, 26, 8.5, 15), (-88, 42, 10.0, 40), (-44, 44, 7.0, 60), (-112, 36, 6.5, 5), (58, 46, 9.0, 30)),
    *((78, 18, 6.5, 50), (116, 44, 8.5, 10), (26, 44, 5.0, 45)),
)


def _frog(b: Bust, x: float, y: float, rise: float) -> str:
    """Draw a knotted closing: two loops of cord and the knot between them."""
    gold = b.palette.metal
    loops = ""
    for side in (-1, 1):
        slope = side * rise / 60
        cord: Line = (
            (x, y),
            (x + 5 * side, y - 3.5 + 5 * slope),
            (x + 10.5 * side, y - 1 + 8 * slope),
            (x + 10.5 * side, y + 2 + 8 * slope),
            (x + 5 * side, y + 3.5 + 5 * slope),
            (x, y),
        )
        loops += b.strip(gold.base, cord, 0.9, outline=gold.line)
    return loops + button(b, x, y, 2.8, gold)


def dress(b: Bust) -> str:
    """Draw a dress that leaves the shoulders bare: lace, a ruffle, thin straps, a choker with a stone."""
    skin = b.palette.skin
    drawn = path(b.outline(), skin.base, stroke=skin.line, width=b.line)
    drawn += bare_skin(b, DRESS_NECK, 1.0) + _bare_shoulders(b)
    for side in (-1, 1):
        drawn += b.strip(
            b.clothes.tone.base, ((57, 5.5), (60, 16), (56, 34)), 1.9, side=side, outline=b.clothes.tone.line
        )
    drawn += b.panel(b.clothes, _NECKLINE, ((131, 45), (146, 90)), ((-146, 90), (-131, 45)))
    drawn += frill(b, b.cloth, _NECKLINE, 15, 15)
    drawn += b.strip(b.accent.tone.base, _NECKLINE, 1.6, outline=b.accent.tone.line)
    drawn += dashes(b, _NECKLINE, b.accent.tone.light, 1.0, (3.0, 4.0))
    drawn += bow(b, b.accent, 0, 32, 0.46)
    choker: Line = ((-31, -7), (-16, 0), (0, 2.5), (16, 0), (31, -7))
    drawn += b.strip(b.lining.tone.base, choker, 3.2, outline=b.lining.tone.line)
    return (
        drawn
        + pearls(b, tuple((x, y + 4.6) for x, y in choker), b.palette.metal, 1.5)
        + gem(b, 0, 6, 4.6, b.accent.tone)
    )


_NECKLINE: Line = (
    (-131, 45),
    (-116, 35),
    (-90, 28),
    (-56, 24),
    (-24, 26),
    (0, 30),
    (24, 26),
    (56, 24),
    (90, 28),
    (116, 35),
    (131, 45),
)


def _bare_shoulders(b: Bust) -> str:
    skin = b.palette.skin
    drawn = ""
    for side in (-1, 1):
        away = max(0.0, 0.25 - 0.75 * side * b.light_x)
        inner: Line = ((137, 56), (124 - 22 * away, 48), (112 - 22 * away, 34), (117, 28.5))
        drawn += b.patch(skin.shadow, ((117, 28.5), (131.5, 48), (137, 56)), inner, side=side)
        lit = max(0.0, 0.25 + 0.75 * side * b.light_x)
        drawn += b.creases(skin.light, (((64, 12), (92, 21), (112, 29)), 2.6 * lit), side=side)
    return drawn


def gothic_behind(b: Bust) -> str:
    """Draw the standing frill behind the neck."""
    return nape(b, b.cloth.tone.shadow, b.cloth.tone.line, -30, 37)


def gothic(b: Bust) -> str:
    """Draw a gothic blouse: dark, with lace, a high frilled collar, puffed sleeves and a bow with a cameo."""
    drawn = chest(b, b.dark) + _puffed_sleeves(b)
    drawn += b.panel(b.cloth, ((-30, 2), (-24, 30), (-24, 64)), ((24, 64), (24, 30), (30, 2)), line=0.8)
    pleats = [(((0.9 * x, 8), (x, 30), (x, 64)), 0.8) for x in (-18, -11, 11, 18)]
    drawn += b.creases(b.cloth.tone.shadow, *pleats)
    for side in (-1, 1):
        edge: Line = ((32, 0), (62, 9), (84, 19), (93, 26), (80, 36), (52, 40), (27, 46))
        drawn += lace(b, b.cloth, edge, 7, 13, side=side)
        drawn += b.panel(
            b.dark,
            ((30, -2), (62, 8), (90, 19)),
            ((90, 19), (78, 33), (52, 38), (25, 44)),
            ((25, 44), (28, 20), (30, -2)),
            side=side,
        )
    drawn += _frilled_collar(b) + bow(b, b.accent, 0, 20, 0.74)
    return drawn + gem(b, 0, 20, 6.2, b.lining.tone)


def _puffed_sleeves(b: Bust) -> str:
    tone, drawn = b.dark.tone, ""
    for side in (-1, 1):
        drawn += b.panel(
            b.dark,
            ((96, 18), (120, 20), (140, 38), (148, 70)),
            ((148, 70), (112, 72)),
            ((112, 72), (104, 44), (96, 18)),
            side=side,
        )
        drawn += b.creases(
            tone.shadow,
            (((101, 30), (114, 27), (126, 30)), 1.6),
            (((104, 40), (120, 38), (138, 46)), 1.9),
            (((107, 52), (124, 50), (140, 58)), 1.8),
            side=side,
        )
        drawn += b.creases(
            tone.light, (((102, 25), (114, 22), (126, 27)), 1.2), (((104, 35), (118, 32), (134, 38)), 1.0), side=side
        )
    return drawn


def _frilled_collar(b: Bust) -> str:
    """Draw a white collar with a ruffle that stands, a ruffle that falls, and a dark ribbon between them."""
    tone = b.dark.tone
    drawn = b.panel(
        b.cloth,
        ((-31, -24), (-35, -10), (-40, 4)),
        ((-40, 4), (0, 16), (40, 4)),
        ((40, 4), (35, -10), (31, -24)),
        ((31, -24), (0, -12), (-31, -24)),
    )
    drawn += frill(b, b.cloth, ((-40, -1), (-22, 5), (0, 9), (22, 5), (40, -1)), 12, 9)
    drawn += frill(b, b.cloth, ((-37, -10), (-20, -4), (0, 0), (20, -4), (37, -10)), 14, 9, up=True)
    drawn += b.strip(tone.base, ((-40, -6), (-22, 1), (0, 5), (22, 1), (40, -6)), 2.2, outline=tone.line)
    return drawn


_GOTHIC_COLLAR: tuple[Line, ...] = (((31, -24), (35, -10), (40, 4)), ((40, 4), (0, 10)), ((0, 10), (0, -14), (31, -24)))


def idol(b: Bust) -> str:
    """Draw a stage costume: gold braid, fringed epaulettes, wide lapels and a starry bow."""
    gold = b.palette.metal
    drawn = chest(b, b.cloth, folds=False) + bare_skin(b, IDOL_NECK)
    for side in (-1, 1):
        drawn += b.panel(
            b.clothes,
            ((34, -6), (70, 10.5), (98, 18.5), (119, 28.5), (133, 48), (141, 76)),
            ((141, 76), (14, 90)),
            ((14, 90), (20, 40), (34, -6)),
            side=side,
            cast=4,
        )
    drawn += shade_sides(b, b.clothes) + crease_chest(b, b.clothes)
    for side in (-1, 1):
        drawn += b.panel(
            b.lining,
            ((28, -20), (50, -6), (66, 18)),
            ((66, 18), (54, 30), (62, 38)),
            ((62, 38), (40, 60), (14, 86)),
            ((14, 86), (22, 30), (34, 8), (28, -20)),
            side=side,
            cast=4,
        )
        drawn += b.strip(
            gold.base, ((29, -19), (50, -5), (64, 18), (53, 30), (60, 38), (40, 58)), 1.3, side=side, outline=gold.line
        )
        drawn += _epaulette(b, side) + button(b, 24, 47, 3.4, gold, side=side)
    drawn += frill(b, b.cloth, ((-29, -9), (-14, 6), (0, 11), (14, 6), (29, -9)), 14, 8)
    return drawn + bow(b, b.accent, 0, 22, 0.8) + gem(b, 0, 22, 6.4, b.clothes.tone)


def _epaulette(b: Bust, side: int) -> str:
    gold = b.palette.metal
    edge: Line = ((74, 27), (92, 34), (112, 40), (130, 44))
    fringe: Line = tuple((x, y + 4.5) for x, y in edge)
    drawn = dashes(b, fringe, gold.line, 10.5, (2.3, 0.3), side=side) + dashes(
        b, fringe, gold.base, 9.0, (1.6, 1.0), side=side
    )
    drawn += b.panel(
        b.clothes,
        ((70, 9), (96, 15), (120, 25), (133, 40)),
        ((133, 40), (130, 45), (112, 40), (92, 34), (73, 28)),
        ((73, 28), (66, 18), (70, 9)),
        side=side,
    )
    drawn += b.strip(gold.base, ((72, 26.5), (92, 32.5), (112, 38.5), (131, 43)), 1.8, side=side, outline=gold.line)
    return drawn + button(b, 76, 18, 2.8, gold, side=side)


FESTIVE = {
    "kimono": Garment(kimono, kimono_behind, KIMONO_NECK),
    "dress": Garment(dress, None, DRESS_NECK),
    "gothic": Garment(gothic, gothic_behind, collar=_GOTHIC_COLLAR),
    "qipao": Garment(qipao, collar=_STAND_COLLAR),
    "idol": Garment(idol, None, IDOL_NECK),
}
