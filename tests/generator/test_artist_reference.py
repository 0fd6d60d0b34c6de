"""The artist draws what it drew when its drawings were last agreed on: a change is wanted and seen, or a fault.

After a wanted change run ``python tests/support/artist_reference.py`` and look at ``tests/fixtures/artist.png``.
"""

import artist_reference as reference
import numpy as np
from PIL import Image


def test_the_text_of_50_drawings_is_the_same_on_every_machine():
    # Numbers are rounded to a tenth of a unit, so what processors differ in, the last bit, does not show.
    assert reference.digest() == reference.DIGEST.read_text(encoding="utf-8").strip()


def test_the_pixels_of_50_drawings_are_those_of_the_stored_sheet():
    with Image.open(reference.SHEET) as stored:
        difference = np.abs(reference.sheet().astype(int) - np.asarray(stored))
    # Light and ground are computed in floats, whose last bit may turn a rounding to the next of 255 steps.
    assert difference.max() <= 1
