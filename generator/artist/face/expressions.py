"""The expressions: what each makes of eyes, brows and mouth. Knows how none of them is drawn but the mouth's function.

To add one: a function in ``mouths`` and a row here.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from types import MappingProxyType

from generator.artist.face import mouths
from generator.artist.figure import Figure
from generator.artist.traits import Attributes

BOTH, LEFT, RIGHT = (-1, 1), (-1,), (1,)


@dataclass(frozen=True)
class Expression:
    """One expression."""

    mouth: Callable[[Figure], str]
    opening: float = 1.0  # of the upper lids, as a multiple
    cheer: float = 0.0  # how far the cheeks push the lower lids up, 0 to 1
    closed: tuple[int, ...] = ()  # the sides whose eye is shut: -1 the viewer's left, 1 the right
    iris: float = 1.0  # the iris's size, as a multiple
    gaze: tuple[float, float] = (0.0, 0.0)  # to the viewer's right and down, in units of the knobs
    brow_raise: float = 0.0  # head units
    brow_tilt: float = 0.0  # degrees; worried is negative, stern positive
    brow_arch: float = 0.0  # head units
    blush: float = 0.0  # in units of the knob
    mouth_size: float = 1.0  # as a multiple


TABLE: Mapping[str, Expression] = MappingProxyType(
    {
        "smile": Expression(mouths.draw_smile, cheer=0.25, brow_raise=1.0, brow_tilt=-2.0),
        "open": Expression(mouths.draw_open, cheer=0.5, brow_raise=3.0, brow_tilt=-3.0, brow_arch=1.0),
        "grin": Expression(mouths.draw_grin, opening=0.93, cheer=0.9, brow_raise=1.0, brow_tilt=3.0, brow_arch=0.5),
        "cat": Expression(mouths.draw_cat, cheer=0.6, brow_raise=2.0, brow_tilt=-3.0, brow_arch=0.8),
        "pout": Expression(mouths.draw_pout, opening=0.93, brow_raise=-1.0, brow_tilt=5.0, blush=0.8),
        "neutral": Expression(mouths.draw_neutral, opening=0.97),
        "surprised": Expression(
            mouths.draw_surprised,
            opening=1.10,
            iris=0.95,
            brow_raise=9.0,
            brow_tilt=-5.0,
            brow_arch=3.0,
            mouth_size=1.15,
        ),
        "wink": Expression(mouths.draw_wink, cheer=0.5, closed=LEFT, brow_raise=2.0, brow_tilt=-2.0, brow_arch=1.0),
        "closed": Expression(mouths.draw_closed, closed=BOTH, brow_raise=3.0, brow_tilt=-4.0, brow_arch=1.2, blush=0.5),
        "shy": Expression(
            mouths.draw_shy, opening=0.90, cheer=0.3, gaze=(1.5, 1.0), brow_raise=2.0, brow_tilt=-10.0, blush=2.4
        ),
        "angry": Expression(
            mouths.draw_angry, opening=0.79, iris=0.94, brow_raise=-5.0, brow_tilt=15.0, blush=0.3, mouth_size=1.15
        ),
    }
)


def expression(figure: Figure) -> Expression:
    """Return the expression of a portrait."""
    return replace(TABLE[figure.attributes.expression], closed=closed_eyes(figure.attributes))


def closed_eyes(attributes: Attributes) -> tuple[int, ...]:
    """Return the sides whose eye is shut. Bangs over the eye that would be winking leave the wink to the other."""
    closed = TABLE[attributes.expression].closed
    return RIGHT if closed == LEFT and attributes.bangs == "one-eye" else closed
