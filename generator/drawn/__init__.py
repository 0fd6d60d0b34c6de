"""The artist: draws anime portraits from attributes, the pictures that the default network is trained on.

Knows nothing of networks.
"""

from generator.drawn.attributes import CONTINUOUS, LIMIT, TRAITS, Attributes, continuous, from_vectors, label, sample
from generator.drawn.portrait import draw, svg

__all__ = ["CONTINUOUS", "LIMIT", "TRAITS", "Attributes", "continuous", "draw", "from_vectors", "label", "sample", "svg"]
