from collections import Counter
from dataclasses import replace
from hashlib import sha256
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from generator.drawn import (
    CONTINUOUS,
    LIMIT,
    TRAITS,
    Attributes,
    continuous,
    draw,
    eye_boxes,
    from_vectors,
    label,
    sample,
    svg,
)
from generator.drawn.__main__ import main
from generator.drawn.colours import EYES, HAIR, SKIN


def portraits(count, seed=0):
    rng = np.random.default_rng(seed)
    return [sample(rng) for _ in range(count)]


def field(trait):
    return trait.replace("-", "_")


def test_the_same_attributes_give_the_same_bytes():
    for a in portraits(4):
        again = from_vectors(
            [values.index(getattr(a, field(trait))) for trait, values in TRAITS.items()],
            [getattr(a, k) for k in CONTINUOUS],
        )
        assert again == a
        assert sha256(draw(a, 64)).digest() == sha256(draw(again, 64)).digest()


def test_the_same_generator_state_gives_the_same_portraits():
    assert portraits(20, seed=3) == portraits(20, seed=3)
    assert portraits(20, seed=3) != portraits(20, seed=4)


@pytest.mark.parametrize("size", [32, 64, 128])
def test_a_portrait_is_a_colour_picture_of_the_size_asked_for(size):
    picture = draw(Attributes(), size)
    assert picture.shape == (size, size, 3)
    assert picture.dtype == np.uint8
    assert picture.std() > 20


@pytest.mark.models
@pytest.mark.parametrize(("trait", "value"), [(trait, value) for trait, values in TRAITS.items() for value in values])
def test_every_value_can_be_drawn_and_shows(trait, value):
    base = replace(Attributes(), clothes="shirt", background="dots")
    picture = draw(replace(base, **{field(trait): value}), 64).astype(int)
    others = [other for other in TRAITS[trait] if other != value]
    for other in others:
        difference = np.abs(picture - draw(replace(base, **{field(trait): other}), 64)).max(axis=2)
        assert (difference > 20).sum() >= 8, f"{value} looks like {other}"


@pytest.mark.parametrize("knob", CONTINUOUS)
def test_every_knob_moves_the_picture_smoothly(knob):
    base = Attributes(accessory="none" if knob == "ahoge" else "ribbon")
    low, high = (draw(replace(base, **{knob: value}), 64).astype(int) for value in (-2.0, 2.0))
    here, near = (draw(replace(base, **{knob: value}), 64).astype(int) for value in (1.0, 1.03))
    assert np.abs(high - low).max() > 8
    assert np.abs(near - here).mean() < 1.0 + 0.25 * np.abs(high - low).mean()


def test_a_label_is_one_hot_for_each_trait_in_the_order_of_the_table():
    for a in portraits(10):
        vector, start = label(a), 0
        assert vector.dtype == np.float32
        for trait, values in TRAITS.items():
            part = vector[start : start + len(values)]
            assert part.sum() == 1
            assert values[int(part.argmax())] == getattr(a, field(trait))
            start += len(values)
        assert start == len(vector)


def test_vectors_lead_back_to_the_same_attributes():
    for a in portraits(10):
        indices, start = [], 0
        vector = label(a)
        for values in TRAITS.values():
            indices.append(int(vector[start : start + len(values)].argmax()))
            start += len(values)
        again = from_vectors(indices, continuous(a))
        np.testing.assert_array_equal(label(again), vector)
        np.testing.assert_array_equal(continuous(again), continuous(a))


def test_knobs_are_standard_normal_draws_within_the_limit():
    knobs = np.stack([continuous(a) for a in portraits(1500)])
    assert knobs.shape == (1500, len(CONTINUOUS))
    assert np.abs(knobs).max() <= LIMIT
    assert np.abs(knobs.mean(axis=0)).max() < 0.12
    assert np.abs(knobs.std(axis=0) - 0.98).max() < 0.09


def test_sampled_traits_have_sensible_shares():
    drawn = portraits(3000, seed=1)
    shares = {trait: Counter(getattr(a, field(trait)) for a in drawn) for trait in TRAITS}
    for trait, values in TRAITS.items():
        assert set(shares[trait]) == set(values), f"a value of {trait} is never drawn"
    assert shares["glasses"]["none"] / 3000 == pytest.approx(0.70, abs=0.04)
    assert shares["accessory"]["none"] / 3000 == pytest.approx(0.50, abs=0.05)
    assert shares["style"]["masculine"] / 3000 == pytest.approx(0.25, abs=0.04)
    for colour in TRAITS["hair"]:
        assert shares["hair"][colour] / 3000 == pytest.approx(1 / 12, abs=0.02)


def test_names_are_slugs_and_each_colour_has_its_palette():
    for names in (TRAITS, *TRAITS.values()):
        for name in names:
            assert name.replace("-", "").replace("_", "").isalnum()
            assert name == name.lower()
    assert (tuple(HAIR), tuple(EYES), tuple(SKIN)) == (TRAITS["hair"], TRAITS["eyes"], TRAITS["skin"])


@pytest.mark.parametrize(
    "bad",
    [{"hair": "plaid"}, {"back_hair": ""}, {"turn": 2.6}, {"tilt": float("nan")}, {"eye_size": float("-inf")}],
    ids=["colour", "style", "far", "nan", "infinite"],
)
def test_a_bad_attribute_is_an_error_that_names_it(bad):
    with pytest.raises(ValueError, match=next(iter(bad)).replace("_", "[-_]")):
        Attributes(**bad)


@pytest.mark.parametrize(
    "indices", [[0] * (len(TRAITS) - 1), [99] + [0] * (len(TRAITS) - 1), [-1] + [0] * (len(TRAITS) - 1)]
)
def test_indices_out_of_range_are_an_error(indices):
    with pytest.raises(ValueError):
        from_vectors(indices, [0.0] * len(CONTINUOUS))


@pytest.mark.models
@pytest.mark.parametrize("back_hair", TRAITS["back-hair"])
@pytest.mark.parametrize("accessory", ["cat-ears", "halo", "horns", "ribbon"])
def test_nothing_on_the_head_is_cut_off_even_at_the_limits(accessory, back_hair):
    extreme = Attributes(
        accessory=accessory,
        back_hair=back_hair,
        head_height=LIMIT,
        face_width=LIMIT,
        volume=LIMIT,
        nod=-LIMIT,
        ahoge=LIMIT,
    )
    for tilt, turn in ((-LIMIT, -LIMIT), (-LIMIT, LIMIT), (LIMIT, 0.0), (LIMIT, LIMIT)):
        picture = draw(replace(extreme, tilt=tilt, turn=turn), 128).astype(int)
        backdrop = picture[0, 0]  # a plain backdrop has one colour
        assert np.abs(picture[0] - backdrop).max() <= 2, "the top edge is touched"
        assert np.abs(picture[:90, (0, -1)] - backdrop).max() <= 2, "a side is touched above the shoulders"


def test_hair_behind_the_head_is_not_much_darker_than_in_front():
    for colour in TRAITS["hair"]:
        picture = draw(Attributes(hair=colour, back_hair="long", bangs="blunt"), 128).astype(float)
        front, behind = picture[35:50, 40:55].mean(), picture[90:110, 28:34].mean()
        assert behind > 0.62 * front, colour


@pytest.mark.parametrize(("turn", "tilt"), [(0, 0), (-2.5, 2.5), (2.5, 2.5)])
def test_another_colour_of_the_eyes_changes_only_what_is_in_their_boxes(turn, tilt):
    a = Attributes(turn=turn, tilt=tilt, nod=1, eye_size=2)
    changed = np.any(draw(a, 128) != draw(replace(a, eyes="red"), 128), axis=2)
    for left, top, right, bottom in eye_boxes(a, 128):
        assert changed[top:bottom, left:right].mean() > 0.1  # an iris fills a good part of its box
        changed[top:bottom, left:right] = False
    assert not changed.any()


def test_the_drawing_is_one_closed_document():
    text = svg(portraits(1)[0])
    assert text.startswith("<svg ")
    assert text.endswith("</svg>")
    assert "nan" not in text


def test_the_command_line_writes_a_contact_sheet(tmp_path: Path):
    main([str(tmp_path / "sheet.png"), "--size", "32", "--columns", "3", "--rows", "2", "--seed", "5"])
    with Image.open(tmp_path / "sheet.png") as sheet:
        assert sheet.size == (96, 64)
        corner = np.asarray(sheet)[:32, :32]
    np.testing.assert_array_equal(corner, draw(portraits(1, seed=5)[0], 32))
