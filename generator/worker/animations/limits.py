"""How long an animation may take to draw: what is beyond is refused, with what would fit.

Knows nothing about networks: its caller measures how long a face takes.
"""

import math

from generator.contract import errors
from generator.rendering.layout import MAX_PIXELS, Layout

MAX_SECONDS = 600.0  # the longest that the network may draw on one animation, if it alone is drawn


def is_limited(layout: Layout) -> bool:
    """Return whether an animation may be too long. Up to MAX_PIXELS of all its faces, it may take any time."""
    return layout.one_by_one and layout.faces * layout.height * layout.width > MAX_PIXELS


def check_time(layout: Layout, seconds_per_face: float, model: str) -> None:
    """Raise TakesTooLong if drawing an animation would take more than MAX_SECONDS."""
    faces = layout.faces // layout.frames
    needed = layout.faces * seconds_per_face
    if not is_limited(layout) or needed <= MAX_SECONDS:
        return
    always = MAX_PIXELS // (faces * layout.height * layout.width)
    fitting = max(always, int(MAX_SECONDS / (faces * seconds_per_face)))
    minutes = math.ceil(needed / 60)
    limit = round(MAX_SECONDS / 60)
    raise errors.TakesTooLong(frames=layout.frames, model=model, minutes=minutes, limit=limit, fitting=fitting)
