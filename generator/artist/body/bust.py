"""The bust in space: where its points land on the canvas, its outline, its fabrics and the light on them.

Body coordinates: x to the viewer's right, y down from the pit of the neck, in the head units of a grown woman whatever
the age, so that garments are cut once and fitted here. Knows no garment.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from math import cos, radians, sin
from typing import TypeAlias

import numpy as np
from numpy.typing import ArrayLike

from generator.artist.colour import Lch, css
from generator.artist.figure import Figure
from generator.artist.palette import Tone
from generator.artist.svg import Points, brush, even, group, joined, leaves, linear_gradient, path, smooth, swelling

Line: TypeAlias = Sequence[tuple[float, float]]  # a row of points in body coordinates
Stroke: TypeAlias = tuple[Line, float]  # a row of points, and the half width of a tapered stroke along it

NECK_LENGTH = 24.0  # head units from the chin to the pit of the neck
CHIN_SHARE = 0.75  # how much of a chin's length is taken from the neck
TURN_SHARE, TWIST_DEGREES = 0.5, 7.0  # of the head's turn; per unit of the knob
CHEST_DEPTH = 38.0  # head units from the sides of the neck to its pit
PERSPECTIVE = 1 / 600  # how much wider the near shoulder looks, per head unit of its distance
CHIN_SHADOWS = (27.0, 15.0)  # head units that the chin's two shadows fall
# The right half of the shoulders' outline, from the neck to the arm below the picture.
SHOULDER: Line = ((20, -9), (31, -6), (44, 2), (70, 11), (98, 19), (119, 29), (133, 48), (141, 76), (143, 110))


def neck_point(figure: Figure) -> Points:
    """Return where the neck meets the collar bones: [2] in canvas units."""
    down = figure.rig.chin_height + NECK_LENGTH - CHIN_SHARE * figure.rig.chin_stretch
    return np.asarray(figure.rig.centre + np.array([-12 * np.sin(figure.rig.roll), down]) * figure.scale)


def draw_chin_shadow(figure: Figure) -> str:
    """Draw the chin's two shadows on neck and breast; the caller clips them."""
    face, skin = figure.rig.outline().closed, figure.palette.skin
    falls = [face + np.array([-0.55 * figure.light[0], 1.0]) * fall * figure.scale for fall in CHIN_SHADOWS]
    return path(smooth(falls[0]), skin.shadow) + path(smooth(falls[1]), skin.deep, opacity=0.5)


def wedge(t: Points) -> Points:
    """Return the width profile of a fold: wide where cloth is pulled from, then thinning out."""
    return np.asarray((1 - t) ** 0.8 * np.minimum(1, 0.35 + 6 * t))


def _rounded(t: Points) -> Points:
    """Return the width profile of a band of even width whose first end is round."""
    return np.asarray(np.sqrt(np.clip(t / 0.10, 0.12, 1)))


def placed(pieces: Sequence[ArrayLike], place: Callable[[Points], Points]) -> list[Points]:
    """Return where ``place`` puts the points of each piece; it is called once for all."""
    points = [np.asarray(piece, dtype=float) for piece in pieces]
    return np.split(place(np.concatenate(points)), np.cumsum([len(piece) for piece in points])[:-1])


@dataclass(frozen=True)
class Fabric:
    """A material as it is filled: its tone, and its fill lit from one side."""

    tone: Tone
    fill: str


class Bust:
    """Projects and fills the bust of one portrait."""

    def __init__(self, figure: Figure) -> None:
        rig, palette = figure.rig, figure.palette
        self.figure, self.palette, self.scale = figure, palette, figure.scale
        self.neck = neck_point(figure)
        self.turn = TURN_SHARE * rig.yaw + radians(TWIST_DEGREES * figure.attributes.twist)
        self.lean = 0.06 * sin(self.turn) - 0.22 * sin(rig.roll)  # shoulders balance the head
        masculine = figure.attributes.masculine
        self.collar = 1 + 0.04 * rig.age + 0.16 * masculine  # widths as multiples of the standard ones
        self.shoulders = (1 + 0.05 * rig.age) * (1.10 if masculine else 0.96)
        # In head units: boys' shoulders are square, children's drop.
        self.rise = 3.0 * masculine - 1.5 * max(0.0, -rig.age)
        self.light_x, self.light_y = float(figure.light[0]), float(figure.light[1])
        self.line = 1.5 * figure.line  # canvas units
        self.clothes, self.lining, self.cloth, self.accent, self.shirt, self.dark = (
            Fabric(tone, f"url(#body-{name})") for name, tone in self._tones().items()
        )

    def _tones(self) -> dict[str, Tone]:
        p = self.palette
        return {
            "clothes": p.clothes,
            "lining": p.lining,
            "cloth": p.cloth,
            "accent": p.accent,
            "shirt": p.shirt,
            "dark": Tone(p.clothes.deep, p.clothes.shadow, p.clothes.line, p.clothes.line, p.clothes.line),
        }

    def gradients(self) -> str:
        """Return the gradients that fabrics are filled with: from the light's side to the other."""
        reach = np.array([self.light_x, self.light_y]) * 115 * self.scale
        middle = self.at([(0, 24)])[0]
        return "".join(
            linear_gradient(
                f"body-{name}", middle + reach, middle - reach, [(0, t.light), (0.45, t.base), (1, t.shadow)]
            )
            for name, t in self._tones().items()
        )

    @property
    def cast_colour(self) -> str:
        """The colour of the shadows that the head and layers of cloth cast, to be laid on thinly."""
        return css(Lch(0.26, 0.09, self.palette.shadow_tint.hue + 15))

    def at(self, points: ArrayLike, side: int = 1) -> Points:
        """Return where points [..., 2] of the body lie on the canvas: [..., 2]. Side -1 mirrors them."""
        p = np.asarray(points, dtype=float)
        x, y = p[..., 0] * side, p[..., 1]
        share = ((np.abs(x) - 30) / 70).clip(0, 1)
        outside = share * share * (3 - 2 * share)  # 0 at the collar, 1 at the shoulder
        x = x * (self.collar + (self.shoulders - self.collar) * outside)
        y = y - self.rise * outside
        below = np.maximum(0, y + 5)
        depth = CHEST_DEPTH * np.exp(-((x / np.minimum(110, 22 + 1.4 * below)) ** 2)) - 4
        round_neck = np.exp(-((x / 60) ** 2) - (below / 25) ** 2)  # a neck is as wide from any side
        narrowed = x * (cos(self.turn) + (1 - cos(self.turn)) * round_neck)
        across = narrowed * (1 - PERSPECTIVE * x * sin(self.turn)) + depth * sin(self.turn)
        return np.asarray(self.neck + np.stack([across, y + self.lean * x], axis=-1) * self.scale)

    def outline(self) -> str:
        """Return path data for the shoulders and all below."""
        half = np.array(SHOULDER, dtype=float)
        return smooth(self.at(np.concatenate([half, half[::-1] * [-1, 1]])))

    def shape(self, *pieces: Line, side: int = 1, shift: tuple[float, float] = (0, 0)) -> str:
        """Return path data for a closed outline with corners between its pieces; ``shift`` is in head units."""
        offset = np.array(shift) * self.scale
        return joined(*(piece + offset for piece in placed(pieces, lambda points: self.at(points, side))))

    def panel(self, fabric: Fabric, *pieces: Line, side: int = 1, cast: float = 0.0, line: float = 1.0) -> str:
        """Draw a piece of cloth. ``cast`` is how far its shadow falls on what is below it, in head units."""
        fitted = placed(pieces, lambda points: self.at(points, side))
        cloth = path(joined(*fitted), fabric.fill, stroke=fabric.tone.line, width=self.line * line)
        if not cast:
            return cloth
        shift = np.array([-1.2 * cast * self.light_x, cast]) * self.scale
        return path(joined(*(piece + shift for piece in fitted)), self.cast_colour, opacity=0.30) + cloth

    def shadow(self, *pieces: Line, fall: float, sides: Sequence[int] = (1,)) -> str:
        """Draw the shadow of a standing piece where it falls on the shoulders; ``fall`` is in head units."""
        shift = (-1.2 * fall * self.light_x, fall)
        data = "".join(self.shape(*pieces, side=side, shift=shift) for side in sides)
        return group(path(data, self.cast_colour, opacity=0.30), 'clip-path="url(#body)"')

    def patch(self, colour: str, *pieces: Line, side: int = 1, opacity: float = 1.0) -> str:
        """Draw a shape in one colour without an outline."""
        return path(self.shape(*pieces, side=side), colour, opacity=opacity)

    def creases(self, colour: str, *strokes: Stroke, side: int = 1, opacity: float = 1.0) -> str:
        """Draw tapered strokes of one colour as one path."""
        return path(self.strokes(*strokes, side=side), colour, opacity=opacity)

    def strokes(self, *strokes: Stroke, side: int = 1, profile: Callable[[Points], Points] = swelling) -> str:
        """Return path data for strokes of any number of points."""
        data = ""
        for count in {len(line) for line, _ in strokes}:
            lines = np.array([line for line, _ in strokes if len(line) == count])
            widths = np.array([width for line, width in strokes if len(line) == count])
            data += leaves(self.at(lines, side), widths * self.scale, profile)
        return data

    def strip(
        self, colour: str, line: Line, half_width: float, *, side: int = 1, outline: str = "", rounded: bool = False
    ) -> str:
        """Draw a band of even width along ``line``, ``rounded`` where it begins; ``half_width`` in head units."""
        data = brush(self.at(line, side), half_width * self.scale, 22, _rounded if rounded else even)
        return path(data, colour, stroke=outline, width=0.6 * self.line)


Draw: TypeAlias = Callable[[Bust], str]


@dataclass(frozen=True)
class Garment:
    """How a garment is drawn, and what of it lies behind the neck.

    ``bare`` is the outline of the skin that it leaves bare, ``collar`` the right half of what stands above the
    shoulders: cloth, and not skin, takes the shadow of the head.
    """

    front: Draw
    behind: Draw | None = None
    bare: tuple[Line, ...] = ()
    collar: tuple[Line, ...] = ()
