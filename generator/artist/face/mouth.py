"""Puts the mouth of the portrait's expression on its face."""

from generator.artist.face.expressions import expression
from generator.artist.face.layout import layout
from generator.artist.figure import Figure
from generator.artist.svg import group

MAN_LARGER = 0.08  # how much larger a man's mouth is, as a share


def draw_mouth(figure: Figure) -> str:
    """Draw the mouth."""
    size = f"scale({1 + MAN_LARGER * figure.attributes.masculine:.3f})"
    frame = figure.rig.frame(0, layout(figure).mouth_y)
    return group(expression(figure).mouth(figure), f'transform="{frame} {size}"')
