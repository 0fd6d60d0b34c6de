"""Every colour of a portrait, derived from its traits and knobs.

Shadows turn towards violet and lights towards the sun, as painters have it; clothes, accents and the background each
have a free hue, which is the angle of two knobs. Colours are given as #rrggbb, since they end in SVG text.
"""

from dataclasses import dataclass
from itertools import pairwise
from math import atan2, cos, degrees, exp, radians, sin

from generator.artist.colour import Lch, css, dissolve, lean, mix, shade, turn
from generator.artist.traits import Attributes

HAIR: dict[str, Lch] = {
    "black": Lch(0.29, 0.035, 275),
    "brown": Lch(0.48, 0.080, 50),
    "blonde": Lch(0.84, 0.105, 85),
    "orange": Lch(0.69, 0.155, 52),
    "red": Lch(0.52, 0.170, 25),
    "pink": Lch(0.79, 0.115, 355),
    "purple": Lch(0.56, 0.125, 302),
    "blue": Lch(0.57, 0.125, 255),
    "aqua": Lch(0.78, 0.095, 205),
    "green": Lch(0.62, 0.110, 152),
    "silver": Lch(0.77, 0.022, 265),
    "white": Lch(0.91, 0.014, 300),
}
EYES: dict[str, Lch] = {
    "brown": Lch(0.52, 0.10, 55),
    "amber": Lch(0.70, 0.15, 70),
    "green": Lch(0.66, 0.15, 150),
    "aqua": Lch(0.69, 0.12, 200),
    "blue": Lch(0.58, 0.17, 257),
    "purple": Lch(0.56, 0.18, 300),
    "pink": Lch(0.68, 0.17, 355),
    "red": Lch(0.56, 0.20, 22),
    "gold": Lch(0.82, 0.15, 95),
    "grey": Lch(0.56, 0.055, 262),
}
SKIN: dict[str, Lch] = {
    "porcelain": Lch(0.915, 0.042, 46),
    "fair": Lch(0.901, 0.049, 53),
    "warm": Lch(0.872, 0.059, 58),
    "tan": Lch(0.79, 0.073, 60),
    "brown": Lch(0.655, 0.090, 53),
    "deep": Lch(0.53, 0.082, 47),
}
LINE_SOFTNESS = {"cel": 0.40, "soft": 0.66, "retro": 0.22, "pastel": 0.60}  # how far lines go to the colour beside them
VIOLET, SUN = 285.0, 75.0  # hues to which shadows and lights turn
LIME = 112.0  # the hue that clashes with most hair
LIGHTEST = 0.94  # of hair: lighter it is white paper
RAMP_STEPS = 40
OFF_SKIN = 0.17  # lightness that hair before an eye keeps from skin: 15 units of L* or more
LIKE_HUE = 68.0  # degrees between the hues of hair and skin within which it has to
DARK_HAIR = 0.40  # lightness under which hair is shaded as dark hair


@dataclass(frozen=True)
class Tone:
    """The colours of one material."""

    base: str
    light: str
    shadow: str
    deep: str  # the deepest shadow
    line: str


@dataclass(frozen=True)
class HairColours:
    """The colours of a lock: ``ramp`` runs from its deepest shadow to its light in RAMP_STEPS colours."""

    ramp: tuple[str, ...]
    lines: tuple[str, ...]  # the outline beside each colour of the ramp
    gloss: str  # the highlight
    glint: str  # and its brightest part

    def at(self, light: float) -> str:
        """Return the colour of the ramp at ``light`` from 0 (deepest shadow) to 1."""
        return self.ramp[min(RAMP_STEPS - 1, max(0, round(light * (RAMP_STEPS - 1))))]


@dataclass(frozen=True)
class SkinColours:
    """The colours of the skin, and what lies in it."""

    base: str
    light: str
    middle: str  # between base and shadow
    warm: str  # where a shadow begins: light that has gone through the skin
    shadow: str
    deep: str
    line: str
    blush: str
    blush_line: str
    makeup: str
    lip: str
    mouth_line: str
    mouth: str
    tongue: str
    inner_ear: str


@dataclass(frozen=True)
class IrisColours:
    """The colours of an iris from its dark top to its glow at the bottom."""

    dark: str
    middle: str
    base: str
    bright: str
    glow: str


@dataclass(frozen=True)
class Palette:
    """Every colour that parts of a portrait use."""

    hair: HairColours
    dyed: HairColours  # tips, streak or inner hair, if the hair is dyed
    skin: SkinColours
    left_iris: IrisColours  # of the eye on the viewer's left
    right_iris: IrisColours
    white: str  # of the eyes
    white_shadow: str
    lid_shadow: str
    pupil: str
    lash: str
    lash_end: str
    brow: str
    brow_edge: str  # around a brow on hair of its own colour
    clothes: Tone  # the main garment
    lining: Tone  # what goes with it: collar, lapel
    cloth: Tone  # white cloth
    shirt: Tone  # what shows under an open jacket: never like skin
    cast: str  # the shadow that the head casts on cloth, to be laid on thinly
    accent: Tone  # bow, tie, hat
    dark: Tone  # dark cloth, horn and plastic: witch's hat, headphones
    petal: Tone  # of a flower: pale whatever its hue
    metal: Tone
    frame: str  # of glasses
    background: Lch  # the hue, lightness and chroma in the middle of the background
    hair_tone: Tone  # the hair as a material: ears of animals, buns
    hair_lightness: float  # 0 black to 1 white
    shadow_tint: Lch  # what the shadows of the finished picture turn to


def blend_hair(first: HairColours, second: HairColours, share: float) -> HairColours:
    """Return the colours ``share`` of the way from ``first`` to ``second``, from 0 to 1."""
    if share <= 0 or share >= 1:
        return second if share >= 1 else first

    return HairColours(
        ramp=tuple(dissolve(a, b, share) for a, b in zip(first.ramp, second.ramp, strict=True)),
        lines=tuple(dissolve(a, b, share) for a, b in zip(first.lines, second.lines, strict=True)),
        gloss=dissolve(first.gloss, second.gloss, share),
        glint=dissolve(first.glint, second.glint, share),
    )


def make_palette(attributes: Attributes) -> Palette:
    """Return the colours of a portrait."""
    a = attributes
    hair = _hair(a)
    hair_colours, brow = _hair_colours(hair, a), _brow(hair, a)
    skin = shade(SKIN[a.skin], 0.012 * a.skin_light)
    clothes_hue = _angle(a.clothes_hue_x, a.clothes_hue_y)
    accent_hue = _off_lime(_angle(a.accent_hue_x, a.accent_hue_y))
    dye = _dye(hair, _off_lime(_angle(a.dye_hue_x, a.dye_hue_y)))
    bright = Lch(0.62 + 0.075 * a.accent_light, 0.145, accent_hue)
    clothes = _clothes(a, clothes_hue)
    first = _iris(EYES[a.eyes], a)
    second = first if a.second_eye == "same" else _iris(EYES[a.second_eye], a)
    shadow_tint, _ = TINTS[a.time]
    return Palette(
        hair=hair_colours,
        dyed=_hair_colours(dye, a),
        skin=_skin_colours(skin, a),
        left_iris=first,
        right_iris=second,
        white=css(Lch(0.985, 0.004, 280)),
        white_shadow=css(Lch(0.80, 0.03, 290)),
        lid_shadow=css(Lch(0.34, 0.06, 300)),
        pupil=css(Lch(0.16, 0.05, 290)),
        lash=css(Lch(min(0.31, 0.15 + hair.lightness * 0.14), min(0.07, hair.chroma * 0.6), turn(hair.hue, 330, 0.2))),
        lash_end=css(Lch(0.40, 0.085, 20)),
        brow=css(brow),
        brow_edge=css(shade(hair, 0.12)) if brow.lightness < 0.8 * hair.lightness else hair_colours.lines[-1],
        clothes=_tone(clothes),
        lining=_tone(Lch(0.36 if clothes.lightness > 0.45 else 0.72, 0.075, clothes_hue + 25)),
        cast=css(mix(Lch(0.24, 0.10, clothes_hue), Lch(0.24, 0.10, shadow_tint.hue + 15), 0.45)),
        cloth=_tone(Lch(0.955, 0.010, clothes_hue)),
        shirt=_tone(Lch(0.925 if clothes.lightness < 0.6 else 0.34, 0.022, lean(clothes_hue, VIOLET, 40))),
        accent=_tone(_beside_hair(bright, hair)),
        dark=_tone(Lch(0.36 + 0.03 * a.accent_light, 0.065, accent_hue)),
        petal=_tone(_beside_hair(Lch(0.78 + 0.02 * a.accent_light, 0.125, accent_hue), hair)),
        metal=_tone(Lch(0.80, 0.11, 85)),
        frame=css(Lch(0.27, 0.05, accent_hue)),
        background=_background(a),
        hair_tone=_tone(hair),
        hair_lightness=hair.lightness,
        shadow_tint=shadow_tint,
    )


# What the shadows and the lights of the finished picture turn to at each hour.
TINTS: dict[str, tuple[Lch, Lch]] = {
    "day": (Lch(0.5, 0.10, 265), Lch(0.62, 0.09, 85)),
    "morning": (Lch(0.5, 0.10, 300), Lch(0.62, 0.09, 60)),
    "evening": (Lch(0.5, 0.10, 310), Lch(0.62, 0.09, 65)),
    "night": (Lch(0.5, 0.10, 270), Lch(0.62, 0.09, 220)),
}


def _angle(x: float, y: float) -> float:
    """Return the angle of two knobs in degrees: every hue is equally likely, and none is a border."""
    return degrees(atan2(y, x)) % 360


def _tone(colour: Lch) -> Tone:
    return Tone(
        base=css(colour),
        light=css(shade(colour, 0.055, 0.9, turn(colour.hue, 80, 0.08) - colour.hue)),
        shadow=css(shade(colour, -0.09, 1.08, turn(colour.hue, 290, 0.14) - colour.hue)),
        deep=css(shade(colour, -0.18, 1.08, turn(colour.hue, 290, 0.22) - colour.hue)),
        line=css(
            Lch(max(0.16, colour.lightness * 0.42), min(0.12, colour.chroma * 0.9 + 0.02), turn(colour.hue, 300, 0.2))
        ),
    )


def _hair(a: Attributes) -> Lch:
    base = HAIR[a.hair]
    hair = Lch(base.lightness + 0.018 * a.hair_light, base.chroma, base.hue + 6 * a.hair_hue)
    if a.shading == "pastel":
        hair = Lch(hair.lightness + (0.90 - hair.lightness) * 0.28, hair.chroma * 0.85, hair.hue)
    return _off_skin(hair, a) if a.bangs == "one-eye" else hair


def _off_skin(hair: Lch, a: Attributes) -> Lch:
    """Return the colour of hair that hangs before the face, away from a skin of the like hue: there it would be lost.

    Hair darker than the skin by itself gets darker, other hair lighter.
    """
    skin = SKIN[a.skin]
    if HAIR[a.hair].chroma < 0.05 or cos(radians(HAIR[a.hair].hue - skin.hue)) < cos(radians(LIKE_HUE)):
        return hair
    light = skin.lightness + 0.012 * a.skin_light
    if HAIR[a.hair].lightness <= max(skin.lightness, 0.80):
        return Lch(min(hair.lightness, light - OFF_SKIN), hair.chroma * 1.08, hair.hue)
    return Lch(min(LIGHTEST, max(hair.lightness, light + OFF_SKIN)), hair.chroma, hair.hue)


def _off_lime(hue: float) -> float:
    """Return ``hue`` moved away from lime, whose shades are olive and mud: to gold on one side, to green on the other.

    It has no seam and keeps the order of hues.
    """
    away = ((hue - LIME + 180) % 360 - 180) / 30
    return hue + 22 * away * exp(0.5 - away * away / 2)


def _dye(hair: Lch, hue: float) -> Lch:
    """Return the colour of dyed hair: pastel on pale hair, and yellow light enough not to be mustard."""
    pale = min(1.0, max(0.0, (hair.lightness - 0.72) / 0.18)) * max(0.0, 1 - hair.chroma / 0.06)
    yellow = max(0.0, cos(radians(hue - 100)))
    return Lch(0.70 + max(0.16 * pale, 0.10 * yellow), 0.135 - 0.075 * pale, hue)


def _beside_hair(colour: Lch, hair: Lch) -> Lch:
    """Return the colour of what is worn as it goes with the hair: lime is muted, and what is opposed to it too."""
    lime = exp(-((((colour.hue - LIME + 180) % 360 - 180) / 28) ** 2))
    opposed = min(1.0, hair.chroma / 0.12) * (1 - cos(radians(colour.hue - hair.hue))) / 2
    muted = (1 - 0.45 * lime) * (1 - 0.25 * opposed)
    return Lch(colour.lightness - 0.04 * lime, colour.chroma * muted, colour.hue)


def _hair_colours(hair: Lch, a: Attributes) -> HairColours:
    dark, grey = hair.lightness < DARK_HAIR, hair.chroma < 0.03
    pale = min(1.0, max(0.0, (hair.lightness - 0.80) / 0.10))  # white hair shows its form by its shadows
    # Yellow hair turns green in violet shadows, so its shadows stay nearer to its own hue.
    yellow = max(0.0, 1 - abs(hair.hue - 85) / 35) * (hair.lightness > 0.6)
    depth = (0.14 if dark else 0.24) + 0.05 * pale
    tint = 0.018 + 0.024 * pale if grey and hair.lightness > 0.6 else 0.0  # grey shadows need a colour of their own
    # Dyed and blue hair may have any hue, so hues lean instead of turning: no seam.
    cool = turn(hair.hue, VIOLET + 15 * pale, 0.5) if grey else lean(hair.hue, VIOLET, 13 - 5 * yellow)
    warm = lean(hair.hue, SUN if a.time != "night" else 240, 11)
    deep = Lch(max(0.10, hair.lightness - depth * 1.15), hair.chroma * (1.02 - 0.10 * yellow) + 0.012 + tint, cool)
    shadow = Lch(
        max(0.14, hair.lightness - depth * 0.52),
        hair.chroma * (1.12 - 0.12 * yellow) + 0.010 + tint * 0.8,
        turn(hair.hue, VIOLET, 0.4) if grey else lean(hair.hue, VIOLET, 8 - 4 * yellow),
    )
    light = Lch(min(LIGHTEST, hair.lightness + (0.09 if dark else 0.07)), hair.chroma * 0.92, warm)
    brightest = Lch(min(LIGHTEST + 0.01, hair.lightness + (0.17 if dark else 0.10)), hair.chroma * 0.78, warm)
    middle = 0.56 + 0.12 * pale * grey
    ramp = _ramp(((0.0, deep), (middle - 0.26, shadow), (middle, hair), (middle + 0.22, light), (1.0, brightest)))
    line = Lch(max(0.13, hair.lightness * 0.40 - 0.02), min(0.10, hair.chroma * 0.8 + 0.02), lean(hair.hue, 300, 25))
    softness = LINE_SOFTNESS[a.shading]
    gloss, glint = _gloss(hair, dark)
    return HairColours(
        ramp=tuple(css(colour) for colour in ramp),
        lines=tuple(css(mix(line, colour, softness)) for colour in ramp),
        gloss=css(gloss),
        glint=css(glint),
    )


def _gloss(hair: Lch, dark: bool) -> tuple[Lch, Lch]:
    if dark:  # dark hair reflects the sky
        hue = 255.0 if hair.chroma < 0.06 else hair.hue
        return Lch(hair.lightness + 0.20, 0.06, hue), Lch(hair.lightness + 0.42, 0.05, hue)
    warm = lean(hair.hue, 65, 13)
    return (
        Lch(min(LIGHTEST + 0.025, hair.lightness + 0.10), hair.chroma * 0.75 + 0.006, warm),
        Lch(min(0.985, hair.lightness + 0.20), hair.chroma * 0.52 + 0.006, warm),
    )


def _ramp(stops: tuple[tuple[float, Lch], ...]) -> list[Lch]:
    colours = []
    for step in range(RAMP_STEPS):
        t = step / (RAMP_STEPS - 1)
        (start, a), (end, b) = next(pair for pair in pairwise(stops) if t <= pair[1][0] + 1e-9)
        colours.append(mix(a, b, (t - start) / (end - start)))
    return colours


def _skin_colours(skin: Lch, a: Attributes) -> SkinColours:
    light, chroma, hue = skin
    pale = min(1.0, max(0.0, (light - 0.45) / 0.4))  # 0 for the deepest skin, 1 for the palest
    # Shadows on pale skin glow. On dark skin a shadow with more chroma than this is a red patch.
    glow = min(1.0, max(0.0, (light - 0.62) / 0.22))
    line = {"cel": 0.50, "soft": 0.62, "retro": 0.38, "pastel": 0.60}[a.shading]
    return SkinColours(
        base=css(skin),
        light=css(shade(skin, 0.025 + 0.045 * (1 - pale), 0.8)),
        middle=css(shade(skin, -0.03, 1.05 + 0.30 * glow, -8)),
        warm=css(Lch(light - 0.05, chroma * (1.06 + 0.24 * glow) + 0.03 * glow, hue - 6 - 14 * glow)),
        shadow=css(Lch(light - 0.095, chroma * (1.04 + 0.31 * glow) + 0.028 * glow, hue - 8 - 21 * glow)),
        deep=css(Lch(light - 0.17, chroma * (1.0 + 0.40 * glow) + 0.035 * glow, hue - 12 - 22 * glow)),
        line=css(Lch(max(0.20, light * line - 0.05 * (1 - pale)), 0.085, 28)),
        blush=css(Lch(light - 0.11 + 0.10 * (1 - pale), 0.145, 23)),
        blush_line=css(Lch(light - 0.24, 0.15, 20)),
        makeup=css(Lch(light - 0.17 + 0.07 * (1 - pale), 0.11, 15)),
        lip=css(Lch(max(0.60, light - 0.20), 0.13, 15)),  # lighter than the deepest skin, darker than others
        # Even on the deepest skin the mouth is a line that one sees.
        mouth_line=css(Lch(min(light * 0.44, light - 0.24), 0.12, 22)),
        mouth=css(Lch(min(0.50, light - 0.14), 0.135, 24)),
        tongue=css(Lch(0.71, 0.135, 20)),
        inner_ear=css(Lch(0.84, 0.07, 15)),
    )


def _iris(eye: Lch, a: Attributes) -> IrisColours:
    light, chroma, hue = eye.lightness + 0.018 * a.eye_light, eye.chroma, eye.hue + 7 * a.eye_hue
    glow = 45 * a.eye_glow
    second = 0.012 * min(1.0, abs(a.eye_glow))
    return IrisColours(
        dark=css(Lch(light * 0.39, chroma * 0.72, hue + 14)),
        middle=css(Lch(light * 0.72, chroma * 0.98, hue + 8)),
        base=css(Lch(light, chroma * 1.05, hue)),
        bright=css(Lch(min(0.93, light + 0.20), chroma * 0.88 + second, turn(hue - 10, 100, 0.08) + 0.75 * glow)),
        glow=css(Lch(min(0.97, light + 0.29), chroma * 0.68 + second, turn(hue - 18, 100, 0.1) + glow)),
    )


def _brow(hair: Lch, a: Attributes) -> Lch:
    """Return a brow's colour: clearly darker than hair and skin, but pale brows on the deepest skin are lighter."""
    skin = SKIN[a.skin].lightness
    pale = skin < 0.6 and HAIR[a.hair].lightness > 0.7
    lightness = hair.lightness * 0.94 if pale else max(0.20, min(hair.lightness * 0.57, skin - 0.26))
    return Lch(lightness, min(0.10, hair.chroma), lean(hair.hue, 30, 8))


def _clothes(a: Attributes, hue: float) -> Lch:
    lightness = min(0.90, max(0.26, 0.53 + 0.18 * a.clothes_light))
    chroma = 0.048 + 0.085 * max(0.0, 1 - abs(lightness - 0.55) / 0.38)  # pale and dark cloth is hardly coloured
    if a.shading == "pastel":
        return Lch(lightness + (0.86 - lightness) * 0.4, chroma * 0.8, hue)
    return Lch(lightness, chroma, hue)


def _background(a: Attributes) -> Lch:
    target, share, lightness, chroma = _GROUNDS[a.time]
    # Two angles are mixed as points of the unit circle: that has no seam, as long as one share is the larger.
    x = cos(radians(target)) * share + cos(hue := atan2(a.background_hue_y, a.background_hue_x)) * (1 - share)
    y = sin(radians(target)) * share + sin(hue) * (1 - share)
    angle = _angle(x, y)
    warm = max(0.0, cos(radians(angle - 80))) if a.time in ("day", "morning") else 0.0
    # By day orange and yellow are paler than other hues: darker they would be brown.
    return Lch(lightness + 0.055 * warm**2 + 0.02 * a.background_light, chroma - 0.012 * warm**2, angle)


# The hue to which an hour draws the background, by which share, and its lightness and chroma.
_GROUNDS: dict[str, tuple[float, float, float, float]] = {
    "day": (235.0, 0.0, 0.84, 0.088),
    "morning": (15.0, 0.0, 0.875, 0.075),
    "evening": (8.0, 0.56, 0.79, 0.098),
    "night": (277.0, 0.65, 0.34, 0.092),
}
