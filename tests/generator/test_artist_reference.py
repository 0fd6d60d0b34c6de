"""The artist draws what it drew when its drawings were last agreed on: a change is wanted and seen, or a fault.

After a wanted change run ``python tests/support/artist_reference.py`` and look at ``tests/fixtures/artist.png``.
"""

import re

import artist_reference as reference
import numpy as np
from PIL import Image
from project_paths import ROOT

from generator.artist import CONTINUOUS, TRAITS


def test_the_text_of_50_drawings_is_the_same_on_every_machine():
    # Numbers are rounded to a tenth of a unit, so what processors differ in, the last bit, does not show.
    assert reference.digest() == reference.DIGEST.read_text(encoding="utf-8").strip()


def test_the_pixels_of_50_drawings_are_those_of_the_stored_sheet():
    with Image.open(reference.SHEET) as stored:
        difference = np.abs(reference.sheet().astype(int) - np.asarray(stored))
    # Light and ground are computed in floats, whose last bit may turn a rounding to the next of 255 steps.
    assert difference.max() <= 1


def test_the_page_lists_every_trait_with_its_values_and_every_knob():
    page = (ROOT / "docs" / "artist.md").read_text(encoding="utf-8")
    traits, knobs = (page.partition(f"## {name}\n")[2].partition("\n## ")[0] for name in ("Traits", "Knobs"))
    rows = re.findall(r"^\| `(.+?)` \| (.+) \|$", traits, re.MULTILINE)
    assert {trait: tuple(re.findall(r"`(.+?)`", values)) for trait, values in rows} == dict(TRAITS)
    assert tuple(re.findall(r"^\| `(.+?)` \|", knobs, re.MULTILINE)) == CONTINUOUS
