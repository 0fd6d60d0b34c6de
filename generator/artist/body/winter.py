"""Garments for the cold and for journeys: cape, fur, scarf."""

from generator.artist.body.bust import Bust, Fabric, Garment, Line
from generator.artist.body.pieces import bare_skin, chest, nape, shade_sides, v_neck
from generator.artist.body.trimmings import bow, button, dashes, fur, gem
from generator.artist.palette import Tone

FUR_NECK = v_neck(20)


def cape_behind(b: Bust) -> str:
    """Draw the inside of the high collar."""
    rim: Line = ((-50, 6), (-60, -22), (-46, -42), (-20, -36), (20, -36), (46, -42), (60, -22), (50, 6))
    # Of the collar's own colour: of what the head leaves of it, another colour would be a hole.
    return b.panel(Fabric(b.clothes.tone, b.clothes.tone.deep), rim)


def cape(b: Bust) -> str:
    """Draw a two-layered cape with a high collar, edged with gold and held by a brooch on a chain."""
    gold, tone = b.palette.metal, b.clothes.tone
    drawn = chest(b, b.lining, folds=False) + _cravat(b)
    for side in (-1, 1):
        drawn += b.panel(b.clothes, *_MANTLE, side=side, cast=5)
        drawn += b.creases(tone.shadow, *_MANTLE_FOLDS, side=side)
        drawn += b.creases(
            tone.light, (((84, 26), (98, 40), (106, 62)), 1.6), (((44, 34), (52, 44), (58, 62)), 1.2), side=side
        )
    drawn += shade_sides(b, b.clothes)
    for side in (-1, 1):
        drawn += b.panel(b.clothes, *_CAPELET, side=side, cast=5)
        drawn += b.creases(
            tone.shadow, (((60, 2), (74, 14), (80, 29)), 2.2), (((34, 2), (40, 14), (38, 26)), 2.0), side=side
        )
        drawn += b.strip(
            gold.base, ((102, 20), (86, 30), (54, 33), (26, 27), (11, 17)), 1.6, side=side, outline=gold.line
        )
    drawn += b.shadow(*_HIGH_COLLAR, fall=4, sides=(-1, 1))
    for side in (-1, 1):
        drawn += b.panel(b.clothes, *_HIGH_COLLAR, side=side)
        drawn += b.creases(tone.shadow, (((46, -26), (48, -6), (30, 10)), 2.6), side=side)
        drawn += b.strip(gold.base, ((31, -37), (31, -16), (24, 2), (10, 14)), 1.3, side=side, outline=gold.line)
    return drawn + _chain(b) + gem(b, 0, 17, 9.0, b.accent.tone)


def _cravat(b: Bust) -> str:
    """Draw white cloth that falls from the neck in three folds."""
    drawn = b.panel(
        b.cloth, ((-30, -20), (0, -12), (30, -20)), ((30, -20), (20, 16), (16, 60)), ((-16, 60), (-20, 16), (-30, -20))
    )
    for y, width in ((14, 17), (29, 15), (44, 15)):
        drawn += b.panel(
            b.cloth,
            (
                (-width, y - 6),
                (-width - 4, y + 6),
                (-9, y + 4),
                (-3, y + 9),
                (5, y + 4),
                (width + 3, y + 7),
                (width, y - 6),
            ),
            cast=2,
            line=0.7,
        )
    return drawn


def _chain(b: Bust) -> str:
    """Draw two chains that hang from one side of the brooch to the other."""
    gold, drawn = b.palette.metal, ""
    for dip in (25, 31):
        drawn += dashes(b, ((-24, 17), (-10, dip), (10, dip), (24, 17)), gold.line, 1.9, (2.2, 0.7))
        drawn += dashes(b, ((-24, 17), (-10, dip), (10, dip), (24, 17)), gold.light, 1.0, (2.2, 0.7))
    return drawn


_MANTLE: tuple[Line, ...] = (
    ((30, -4), (64, 6), (99, 16), (123, 28), (138, 48), (148, 90)),
    ((148, 90), (26, 96)),
    ((26, 96), (22, 50), (10, 16), (30, -4)),
)
_MANTLE_FOLDS = (
    (((98, 26), (112, 42), (118, 70)), 3.0),
    (((76, 30), (84, 44), (86, 66)), 2.6),
    (((32, 28), (40, 42), (42, 66)), 2.4),
)
_CAPELET: tuple[Line, ...] = (
    ((34, -12), (62, 3), (103, 17.5)),
    ((103, 17.5), (88, 32), (54, 36), (26, 30), (8, 19)),
    ((8, 19), (24, 4), (34, -12)),
)
_HIGH_COLLAR: tuple[Line, ...] = (
    ((30, -38), (48, -43), (61, -20), (50, 2), (8, 18)),
    ((8, 18), (24, 2), (31, -16), (30, -38)),
)


# The high collar and the cravat in it, up to the middle of the body.
_CAPE_COLLAR: tuple[Line, ...] = (_HIGH_COLLAR[0], ((8, 18), (0, -12)), ((0, -12), (30, -20)), ((30, -20), (30, -38)))


def fur_behind(b: Bust) -> str:
    """Draw the fur behind the neck."""
    tone = b.cloth.tone  # it lies in the shadow of the head
    inside = b.patch(tone.deep, ((-46, 10), (-44, -16), (0, -24), (44, -16), (46, 10)))
    shaded = Fabric(Tone(tone.deep, tone.shadow, tone.deep, tone.deep, tone.line), tone.deep)
    return inside + fur(b, shaded, ((-58, 0), (-52, -18), (-28, -27), (0, -30), (28, -27), (52, -18), (58, 0)), 14, 15)


def fur_coat(b: Bust) -> str:
    """Draw a coat with a thick fur collar, tied with a ribbon under it."""
    tone = b.clothes.tone
    drawn = chest(b, b.clothes) + bare_skin(b, FUR_NECK)
    drawn += b.creases(tone.line, (((0, 30), (1, 44), (0, 64)), 0.9))
    drawn += fur(b, b.cloth, ((50, -24), (56, -6), (50, 12), (30, 26), (-6, 36)), 17, 12, phase=5)
    drawn += fur(b, b.cloth, ((-50, -24), (-56, -6), (-50, 12), (-30, 26), (6, 34)), 17, 12)
    return drawn + bow(b, b.accent, 0, 37, 0.5)


# The roll of fur with all its tufts, and what is between it and the neck.
_FUR_COLLAR: tuple[Line, ...] = (
    ((28, -32), (46, -33), (62, -27), (71, -9), (69, 14), (40, 38)),
    ((40, 38), (28, 10)),
    ((28, 10), (28, -32)),
)


def scarf_behind(b: Bust) -> str:
    """Draw the scarf behind the neck."""
    return nape(b, b.accent.tone.shadow, b.accent.tone.line, -34, 44)


def scarf(b: Bust) -> str:
    """Draw a striped scarf wound twice over a buttoned coat, one end hanging."""
    tone = b.accent.tone
    drawn = chest(b, b.clothes)
    drawn += b.panel(b.clothes, ((-20, 20), (-44, 30), (-34, 64)), ((-34, 64), (20, 64), (14, 20)), line=0.8)
    drawn += button(b, -28, 42, 3.6, b.lining.tone)
    drawn += b.panel(b.accent, *_END, cast=5)
    drawn += _stripes(b, (((18, 38), (33, 41), (50, 37)), ((18, 44), (34, 47), (51, 43))))
    drawn += b.creases(tone.shadow, (((27, 24), (29, 40), (28, 64)), 1.6), (((42, 22), (44, 40), (46, 64)), 2.2))
    drawn += b.shadow(*_LOWER_WRAP, fall=6) + b.panel(b.accent, *_LOWER_WRAP)
    drawn += _stripes(
        b, (((-45, 11), (-50, 20), (-46, 28)), ((-38, 14), (-42, 25), (-38, 33)), ((16, 18), (21, 27), (22, 36)))
    )
    drawn += b.creases(
        tone.shadow,
        (((-52, 20), (-24, 33), (10, 34)), 1.7),
        (((46, 10), (36, 22), (12, 28)), 2.0),
        (((50, 18), (40, 28), (24, 33)), 1.4),
    )
    drawn += b.shadow(*_UPPER_WRAP, fall=4) + b.panel(b.accent, *_UPPER_WRAP)
    drawn += _stripes(
        b, (((26, -12), (30, 0), (28, 11)), ((33, -15), (38, -3), (36, 7)), ((-26, -15), (-29, -5), (-26, 6)))
    )
    drawn += b.creases(
        tone.shadow,
        (((-44, -12), (-18, 6), (14, 10)), 1.8),
        (((44, -14), (30, 2), (4, 13)), 1.8),
        (((-38, 0), (-16, 11), (4, 15)), 1.3),
    )
    return drawn + b.creases(
        tone.light, (((-46, -18), (-20, -3), (6, 1)), 1.3), (((-54, 14), (-30, 27), (-6, 31)), 1.0)
    )


_UPPER_WRAP: tuple[Line, ...] = (
    ((-42, -30), (-54, -12), (-46, 3), (-18, 15), (12, 19), (40, 9), (54, -10), (42, -32)),
    ((42, -32), (26, -18), (0, -12), (-26, -18), (-42, -30)),
)
_LOWER_WRAP: tuple[Line, ...] = (
    ((-50, -6), (-62, 10), (-52, 26), (-22, 39), (14, 42), (44, 30), (62, 10), (52, -8)),
    ((52, -8), (30, 8), (0, 14), (-30, 8), (-50, -6)),
)
_END: tuple[Line, ...] = (
    ((16, 22), (17, 44), (14, 70)),
    ((14, 70), (56, 68)),
    ((56, 68), (52, 44), (44, 20)),
    ((44, 20), (16, 22)),
)


def _stripes(b: Bust, lines: tuple[Line, ...]) -> str:
    return "".join(b.strip(b.cloth.tone.base, line, 1.7) for line in lines)


WINTER = {
    "cape": Garment(cape, cape_behind, collar=_CAPE_COLLAR),
    "fur": Garment(fur_coat, fur_behind, FUR_NECK, _FUR_COLLAR),
    "scarf": Garment(scarf, scarf_behind, collar=_UPPER_WRAP),
}
