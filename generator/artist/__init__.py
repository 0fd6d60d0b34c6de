"""The artist: draws anime portraits from traits and knobs, the pictures that the default network is trained on.

A portrait is a figure in space under one light: head, hair and what is worn are placed in head coordinates and
projected (``rig``), so a turn is a real turn. Everything that a picture shows follows from named traits and bounded
continuous knobs; there are no hidden dice, and knobs change a picture continuously. Knows nothing of networks.
"""

from generator.artist.face.boxes import eye_boxes
from generator.artist.portrait import draw, svg
from generator.artist.traits import (
    CONTINUOUS,
    LIMIT,
    TRAITS,
    Attributes,
    continuous,
    from_vectors,
    label,
    sample,
    sample_evenly,
)
from generator.artist.unseen import unseen

__all__ = [
    "CONTINUOUS",
    "LIMIT",
    "TRAITS",
    "Attributes",
    "continuous",
    "draw",
    "eye_boxes",
    "from_vectors",
    "label",
    "sample",
    "sample_evenly",
    "svg",
    "unseen",
]
