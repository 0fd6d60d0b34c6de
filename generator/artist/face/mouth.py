"""Puts the mouth of the portrait's expression on its face."""

from generator.artist.face.expressions import expression
from generator.artist.face.layout import layout
from generator.artist.figure import Figure
from generator.artist.svg import group

SCALE = 1.12  # mouths are a little larger than life, to be read in a small picture


def draw_mouth(figure: Figure) -> str:
    """Draw the mouth."""
    size = f"scale({SCALE * (1 + 0.06 * figure.attributes.masculine):.3f})"
    frame = figure.rig.frame(0, layout(figure).mouth_y)
    return group(expression(figure).mouth(figure), f'transform="{frame} {size}"')
