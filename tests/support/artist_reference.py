"""What the artist drew when its drawings were last agreed on: a digest of their text, and a sheet of their pixels.

Write both again after a wanted change with ``python tests/support/artist_reference.py``, and look at the sheet.
"""

from hashlib import sha256

import numpy as np
from PIL import Image
from project_paths import FIXTURES

from generator.artist import draw, sample, svg

DIGEST, SHEET = FIXTURES / "artist.sha256", FIXTURES / "artist.png"
COUNT, COLUMNS, SIZE = 50, 10, 32  # portraits, in how many columns, pixels a side of each


def portraits():
    """Return the attributes of the 50 portraits, one generator each."""
    return [sample(np.random.default_rng(seed)) for seed in range(COUNT)]


def digest() -> str:
    """Return the SHA-256 of the text of all 50 drawings; its numbers are rounded to a tenth of a unit."""
    return sha256("".join(map(svg, portraits())).encode()).hexdigest()


def sheet():
    """Return the 50 portraits side by side: [160, 320, 3] uint8."""
    drawn = [draw(attributes, SIZE) for attributes in portraits()]
    return np.concatenate([np.concatenate(drawn[i : i + COLUMNS], axis=1) for i in range(0, COUNT, COLUMNS)])


if __name__ == "__main__":
    DIGEST.write_text(digest() + "\n", encoding="utf-8")
    Image.fromarray(sheet()).save(SHEET, optimize=True)
