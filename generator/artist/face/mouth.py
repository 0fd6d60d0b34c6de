"""Puts the mouth of the portrait's expression on its face."""

from generator.artist.face.expressions import expression
from generator.artist.face.layout import layout
from generator.artist.figure import Figure
from generator.artist.svg import group


def draw_mouth(figure: Figure) -> str:
    """Draw the mouth."""
    return group(expression(figure).mouth(figure), f'transform="{figure.rig.frame(0, layout(figure).mouth_y)}"')
