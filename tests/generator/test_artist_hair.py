"""The hair of the artist: a kind for each trait value, and pictures that knobs change without a jump."""

import re
from dataclasses import replace
from itertools import pairwise

import numpy as np
import pytest
from numpy.typing import NDArray

from generator.artist.figure import Figure
from generator.artist.hair import back, bangs, ornaments
from generator.artist.hair.drawing import Hair
from generator.artist.hair.locks import HATS, LOOSE
from generator.artist.portrait import rasterise
from generator.artist.svg import document
from generator.artist.traits import TRAITS, Attributes


def layers(attributes: Attributes) -> str:
    """Return all that Hair draws but the shadows on what other parts draw."""
    hair = Hair(Figure(attributes))
    clipped = hair.draw_body_shadow().replace('clip-path="url(#body)"', 'visibility="hidden"')
    return hair.draw_behind() + hair.draw_scalp() + clipped + hair.draw_front()


def pixels(attributes: Attributes) -> NDArray[np.float64]:
    picture = np.asarray(rasterise(document(layers(attributes)), 64)).astype(float) / 255
    return picture[..., :3] * picture[..., 3:]


def test_every_value_has_its_kind() -> None:
    assert tuple(bangs.TABLE) == TRAITS["bangs"]
    assert set(back.TABLE) == set(TRAITS["back-hair"])
    assert {back.TABLE[kind](Figure(Attributes())).shape for kind in back.TABLE} == {"", *ornaments.TABLE}
    assert set(TRAITS["accessory"]) >= HATS


@pytest.mark.parametrize("kind", TRAITS["back-hair"])
def test_ids_are_unique(kind: str) -> None:
    for turn in (-2.5, -1.2, 0.0, 2.5):
        names = re.findall(r'\bid="([^"]+)"', layers(Attributes(back_hair=kind, turn=turn, dye="tips")))
        assert len(names) == len(set(names))
        assert all(name.startswith("hair") for name in names)


@pytest.mark.parametrize("kind", TRAITS["back-hair"])
def test_nothing_jumps_while_the_head_turns(kind: str) -> None:
    hairs = [Hair(Figure(Attributes(back_hair=kind, turn=turn))).strands for turn in np.linspace(-2.5, 2.5, 41)]
    for before, after in pairwise(hairs):  # an eighth of a unit is 1.5 degrees
        assert np.array_equal(before.layers, after.layers)  # the same locks in the same order
        assert np.abs(before.points - after.points).max() < 12  # head units
        assert np.abs(before.fronts - after.fronts).max() < 0.6  # none goes at once from before to behind


def test_the_lone_strand_grows_from_nothing() -> None:
    def loose(ahoge: float) -> float:
        strands = Hair(Figure(Attributes(ahoge=ahoge))).strands
        return float(strands.widths[strands.layers == LOOSE].sum())

    assert loose(-2.5) == loose(0.5)
    assert loose(0.5) < loose(0.501) < loose(1.0) < loose(2.5)
    assert np.abs(pixels(Attributes(ahoge=0.5)) - pixels(Attributes(ahoge=0.505))).max() < 0.1


@pytest.mark.parametrize("hat", sorted(HATS))
def test_a_hat_flattens_the_hair_under_it(hat: str) -> None:
    plain, worn = (Hair(Figure(Attributes(back_hair="spiky", ahoge=2.0, accessory=a))) for a in ("none", hat))
    assert worn.strands.points[..., 1].min() > plain.strands.points[..., 1].min()
    assert not (worn.strands.layers == LOOSE).any()


def test_white_hair_is_not_white_paper() -> None:
    attributes = replace(Attributes(hair="white"), light_side=-1.0)
    picture = pixels(attributes)
    drawn = picture[picture.sum(-1) > 0.5]
    assert (drawn.min(-1) > 0.97).mean() < 0.25  # few pixels are burnt out
    assert drawn.std() > 0.08  # and there are shadows
