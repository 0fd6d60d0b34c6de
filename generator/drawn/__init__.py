"""The artist: draws anime portraits from attributes, the pictures that the default network is trained on.

Knows nothing of networks. What it draws is training data: a changed look, trait or order makes other data, so a network
trained on it needs a new name and a training run from before the change must not be resumed after it.
"""

from generator.drawn.attributes import (
    CONTINUOUS,
    LIMIT,
    TRAITS,
    Attributes,
    continuous,
    from_vectors,
    label,
    sample,
    unseen,
)
from generator.drawn.boxes import eye_boxes
from generator.drawn.portrait import draw, svg

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
    "svg",
    "unseen",
]
