"""Stub."""

import numpy as np

from generator.artist.figure import Figure
from generator.artist.svg import Points


def neck_point(figure: Figure) -> Points:
    """Return where the neck meets the collar bones: [2] in canvas units."""
    return np.asarray(figure.rig.centre + np.array([-12 * np.sin(figure.rig.roll), 128.0]) * figure.scale)


def draw_body(figure: Figure) -> str:
    """Draw shoulders and clothes. Defines the clip path #body."""
    return ""
