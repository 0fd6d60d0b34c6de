"""How much of a place the hair before the head hides. Knows nothing of what lies there."""

import numpy as np

from generator.artist.hair.locks import Strands
from generator.artist.svg import Points

SOFT = 3.0  # head units over which a lock's edge hides more and more: what it hides changes without jumps
NEAR = 40.0  # head units around the points beyond which no lock reaches them


def cover(strands: Strands, points: Points) -> Points:
    """Return how far locks before the head hide each of ``points`` [n, 2 or 3] in turned head coordinates: 0 to 1."""
    points = points[:, :2]
    low, high = points.min(axis=0) - NEAR, points.max(axis=0) + NEAR
    lines = strands.points[..., :2]
    near = (lines.max(axis=1) > low).all(axis=1) & (lines.min(axis=1) < high).all(axis=1) & (strands.fronts > 0)
    lines, widths = lines[near], strands.widths[near]
    start, along = lines[:, :-1, None], np.diff(lines, axis=1)[:, :, None]
    away = points - start  # [m, samples - 1, n, 2]
    share = np.clip((away * along).sum(-1) / np.maximum(1e-6, (along**2).sum(-1)), 0, 1)
    width = widths[:, :-1, None] * (1 - share) + widths[:, 1:, None] * share
    distance = np.hypot(*np.moveaxis(away - along * share[..., None], -1, 0)) - width
    hidden = np.clip(0.5 - distance / SOFT, 0, 1).max(axis=1, initial=0.0) * strands.fronts[near, None]
    return np.asarray(1 - np.prod(1 - hidden, axis=0))
