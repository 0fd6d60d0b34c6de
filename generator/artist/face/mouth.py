"""Puts the mouth of the portrait's expression on its face."""

from generator.artist.face.expressions import expression
from generator.artist.face.layout import layout
from generator.artist.figure import Figure
from generator.artist.svg import group


def draw_mouth(figure: Figure) -> str:
    """Draw the mouth."""
    place = layout(figure)
    mood, frame = expression(figure), figure.rig.frame(0, place.mouth_y)
    return group(mood.mouth(figure), f'transform="{frame} scale({place.mouth_size * mood.mouth_size:.3f})"')
