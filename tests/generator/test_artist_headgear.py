"""What the artist puts on heads: every kind has a row, shows, turns smoothly with the head and hides what is behind.

With FULL_SIZE=1 the head turns in smaller steps, and turns and nods apart.
"""

import os
import re
from dataclasses import replace
from functools import cache
from itertools import pairwise

import numpy as np
import pytest

from generator.artist.figure import Figure
from generator.artist.hair.crown import lone_strand
from generator.artist.hair.locks import brim_lean
from generator.artist.headgear import bands, hats
from generator.artist.headgear.drawing import BEHIND, TABLE, draw_headgear, draw_headgear_behind
from generator.artist.headgear.space import arc, hair_outline, hidden_by_hair, on_hair, ring, seen
from generator.artist.portrait import rasterise
from generator.artist.svg import CANVAS, clip, document, path, smooth
from generator.artist.traits import LIMIT, TRAITS, Attributes, sample

pytestmark = pytest.mark.models  # the artist changes rarely, and its drawings are compared in each run

FULL = bool(os.environ.get("FULL_SIZE"))
KINDS = [kind for kind in TRAITS["accessory"] if kind != "none"]
POSES = [
    Attributes(turn=turn, nod=nod, tilt=-nod, volume=1.0) for turn in (-LIMIT, 0, LIMIT) for nod in (-LIMIT, LIMIT)
]


@cache
def headgear(attributes: Attributes) -> str:
    figure = Figure(attributes)
    return draw_headgear_behind(figure) + draw_headgear(figure)


@cache
def pixels(text: str, size: int = 128) -> np.ndarray:
    return np.asarray(rasterise(document(text), size)).astype(float)


def test_every_kind_has_a_row_and_no_row_is_without_a_kind():
    assert TABLE.keys() == set(TRAITS["accessory"])
    assert BEHIND.keys() <= TABLE.keys()


def test_nothing_on_the_head_draws_nothing():
    assert headgear(Attributes(accessory="none")) == ""


@pytest.mark.parametrize("kind", KINDS)
def test_every_kind_shows_in_every_pose(kind: str):
    for pose in POSES:
        shown = pixels(headgear(replace(pose, accessory=kind)))[..., 3] > 128
        assert shown.mean() > 0.004  # of the canvas: about 8 by 8 of 128 by 128 pixels


@pytest.mark.parametrize("kind", KINDS)
def test_every_id_is_given_once_and_every_one_used_is_given(kind: str):
    for pose in POSES:
        text = headgear(replace(pose, accessory=kind))
        given = re.findall(r' id="([^"]+)"', text)
        assert len(given) == len(set(given))
        assert set(re.findall(r"url\(#([^)]+)\)", text)) <= set(given)


@pytest.mark.parametrize("kind", KINDS)
def test_every_number_is_finite_whatever_the_portrait(kind: str):
    for seed in range(4):
        text = headgear(replace(sample(np.random.default_rng(seed)), accessory=kind))
        assert "nan" not in text
        assert "inf" not in text


@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize("knobs", [("turn",), ("nod",)] if FULL else [("turn", "nod")], ids="-".join)
def test_headgear_moves_without_jumps_as_the_head_turns(kind: str, knobs: tuple[str, ...]):
    steps = [
        pixels(headgear(replace(Attributes(accessory=kind), **dict.fromkeys(knobs, value))), 64)
        for value in np.linspace(-2.5, 2.5, 41 if FULL else 27)
    ]
    changes = [float(np.abs(after - before).mean()) for before, after in pairwise(steps)]
    assert max(changes) < 4 * np.median(changes) + 0.5  # of 255; a part that vanishes at once changes more


def test_the_turned_head_hides_its_far_cup():
    ahead = pixels(headgear(Attributes(accessory="headphones")))[..., 3] > 128
    turned = pixels(headgear(Attributes(accessory="headphones", turn=LIMIT)))[..., 3] > 128
    right = np.s_[:, 64:]
    assert turned[right].sum() < 0.9 * ahead[right].sum()


def test_what_the_hair_hides_is_cut_away():
    figure = Figure(Attributes())
    cut = pixels(hidden_by_hair(figure, "cut", f'<rect width="{CANVAS}" height="{CANVAS}"/>', 1.0))[..., 3] > 128
    middle = (hair_outline(figure).mean(axis=0) / CANVAS * 128).astype(int)
    assert not cut[middle[1], middle[0]]
    assert cut[2, 2]


def test_a_place_on_the_hair_lies_flat_on_it_and_can_face_the_viewer():
    figure = Figure(Attributes(turn=1.0))
    flat, facing = on_hair(figure, 40, 60), on_hair(figure, 40, 60, facing=0.8)
    for place in (flat, facing):
        np.testing.assert_allclose(place.axes @ place.axes.T, np.eye(3), atol=1e-12)
    towards_viewer = figure.rig.rotation[2]
    assert facing.axes[2] @ towards_viewer > flat.axes[2] @ towards_viewer


def test_an_arc_ends_where_the_head_turns_away():
    assert seen(Figure(Attributes()), 40, 60) == (-60, 60)
    figure = Figure(Attributes(turn=LIMIT))
    left, right = seen(figure, 30, 84)
    assert left == -84
    assert right < 80
    end = arc(figure, [right], 30)[0]
    outward = figure.rig.rotate((end - arc(figure, [right], 30, -1)[0]) / figure.rig.scalp_radii**2)
    assert abs(outward[2]) < 1e-4  # edge on


@pytest.mark.parametrize("kind", ["cat-ears", "fox-ears", "bunny-ears", "horns", "halo", "witch-hat", "crown"])
def test_the_upper_edge_cuts_no_headgear(kind: str):
    for pose in POSES:
        shown = pixels(headgear(replace(pose, accessory=kind)))[..., 3]
        assert shown[0].max() < 128  # glow may reach the edge


def test_locks_lie_over_both_ends_of_a_band():
    figure = Figure(Attributes(accessory="headband"))
    assert {"band-over0-lock", "band-over2-lock"} <= set(re.findall(r' id="([^"]+)"', draw_headgear(figure)))


def test_a_halo_never_runs_through_the_head():
    for pose in POSES:
        figure = Figure(replace(pose, accessory="halo"))
        assert "stroke" not in draw_headgear(figure)  # only light on the hair is drawn before it


@pytest.mark.parametrize("accessory", ["clip", "flower", "ribbon"])
@pytest.mark.parametrize("turn", [-2.5, 0.0, 2.5])
def test_what_is_pinned_lies_on_the_hair(accessory, turn):
    figure = Figure(Attributes(accessory=accessory, turn=turn))
    drawn = np.asarray(rasterise(document(draw_headgear(figure)), 512))[..., 3] > 128
    head = np.asarray(rasterise(document(path(smooth(hair_outline(figure, 1.05)), "#000")), 512))[..., 3] > 128
    assert (drawn & ~head).sum() < drawn.sum() / 3


@pytest.mark.parametrize("accessory", ["clip", "flower", "ribbon"])
def test_what_is_pinned_keeps_away_from_a_tie_at_the_side(accessory):
    places = []
    for back_hair in ("long", "side-ponytail"):
        drawn = rasterise(document(draw_headgear(Figure(Attributes(accessory=accessory, back_hair=back_hair)))), 128)
        places.append(np.nonzero(np.asarray(drawn)[..., 3] > 128)[1].mean())
    assert places[1] < 64 < places[0]


@pytest.mark.parametrize("nod", [-LIMIT, 0.0, LIMIT])
@pytest.mark.parametrize("turn", [-LIMIT, 0.0, LIMIT])
def test_a_witch_s_brim_is_never_edge_on(nod, turn):
    figure = Figure(Attributes(accessory="witch-hat", nod=nod, turn=turn))
    brim = hats._witch_seat(figure).canvas(ring(np.linspace(-180, 170, 36), hats.BRIM_OUTER, 0))
    _, spread, _ = np.linalg.svd(brim - brim.mean(axis=0))
    assert 0.10 < spread[1] / spread[0] < 0.45


def test_the_band_of_a_witch_s_hat_reaches_its_outline_on_both_sides():
    for turn in (-LIMIT, 0.0, LIMIT):
        figure = Figure(Attributes(accessory="witch-hat", turn=turn))
        seat = hats._witch_seat(figure)
        hat = pixels(path(hats._cone(figure, seat), "#000"))[..., 3] > 128
        band = pixels(clip("witch-crown", hats._cone(figure, seat)) + hats._witch_band(figure, seat))[..., 3] > 128
        rows = np.flatnonzero(band.sum(axis=1) > 4)
        for edge in (np.argmax, lambda seen: len(seen) - 1 - np.argmax(seen[::-1])):
            reached = [abs(int(edge(band[row])) - int(edge(hat[row]))) for row in rows]
            assert min(reached) <= 1  # pixels of 4 canvas units


@pytest.mark.parametrize("tilt", [-LIMIT, 0.0, LIMIT])
def test_a_beret_stays_nearly_level(tilt):
    figure = Figure(Attributes(accessory="beret", tilt=tilt))
    assert 3 < brim_lean(figure, "beret") + np.degrees(figure.rig.roll) < 9


def test_a_band_is_as_wide_at_its_ends_as_on_the_crown():
    figure = Figure(Attributes())
    edges = [arc(figure, [0.0, 88.0], 30, 0.0, side * 6.0) for side in (-1, 1)]
    crown, end = np.linalg.norm(edges[0] - edges[1], axis=1)
    assert end > 0.8 * crown


@pytest.mark.parametrize("turn", [-LIMIT, LIMIT])
def test_a_frill_falls_to_where_the_head_hides_it(turn):
    figure = Figure(Attributes(accessory="maid", turn=turn))
    ends = seen(figure, bands.MAID_FORWARD, bands.MAID_END)
    hidden = min(ends, key=abs)
    assert bands._frill_width(figure, np.array([hidden]))[0] < 0.05 < bands._frill_width(figure, np.zeros(1))[0]


def test_no_lone_strand_stands_behind_a_tiara():
    assert lone_strand(Figure(Attributes(accessory="none", ahoge=LIMIT)))
    assert lone_strand(Figure(Attributes(accessory="tiara", ahoge=LIMIT))) is None
