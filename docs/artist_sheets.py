"""Draws the sheets of docs/artist.md: ``python docs/artist_sheets.py``, in about 20 seconds."""

from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
from PIL import Image

from generator.artist import draw, sample
from generator.artist.contact_sheet import draw_sheet

HERE = Path(__file__).parent
# Six portraits, by seed, and the nine poses of each: ahead, aside both ways, up, down, leaning, and mixtures.
CHARACTERS = (1, 5, 7, 12, 21, 33)
POSES = (
    *({"turn": -2.5}, {"turn": -1.3}, {}, {"turn": 1.3}, {"turn": 2.5}),
    *({"nod": -2.0}, {"nod": 2.0}, {"turn": -1.5, "nod": 1.2, "tilt": -2.0}, {"turn": 1.5, "nod": -1.2, "tilt": 2.0}),
)


def draw_poses(size: int) -> Any:
    """Return one character a row, in all poses: [6 * size, 9 * size, 3] uint8."""
    rows = []
    for seed in CHARACTERS:
        ahead = replace(sample(np.random.default_rng(seed)), turn=0.0, nod=0.0, tilt=0.0)
        rows.append(np.concatenate([draw(replace(ahead, **pose), size) for pose in POSES], axis=1))
    return np.concatenate(rows)


if __name__ == "__main__":
    Image.fromarray(draw_sheet(192, 8, 6, seed=0)).save(HERE / "artist.webp", quality=89, method=6)
    Image.fromarray(draw_poses(128)).save(HERE / "artist-poses.webp", quality=82, method=6)
