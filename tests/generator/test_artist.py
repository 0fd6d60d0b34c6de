"""The artist as a whole: every trait and knob shows, small steps change little, and the same words give the same bytes.

With FULL_SIZE=1 every knob is stepped from four places, else from the one where sides change.
"""

import os
import re
from collections import Counter
from dataclasses import replace
from functools import cache
from hashlib import sha256

import numpy as np
import pytest

from generator.artist import (
    CONTINUOUS,
    LIMIT,
    TRAITS,
    Attributes,
    continuous,
    draw,
    from_vectors,
    label,
    sample,
    sample_evenly,
    svg,
    unseen,
)
from generator.artist.body import winter
from generator.artist.body.bust import Bust
from generator.artist.body.torso import draw_body, draw_body_behind
from generator.artist.body.wardrobe import TABLE as CLOTHES
from generator.artist.face.ears import RINGS as EARRINGS
from generator.artist.face.expressions import TABLE as EXPRESSIONS
from generator.artist.face.eyewear import TABLE as GLASSES
from generator.artist.face.lids import TABLE as EYE_SHAPES
from generator.artist.face.marks import TABLE as MARKS
from generator.artist.figure import SHADINGS, Figure, sequence
from generator.artist.hair.back import TABLE as BACK_HAIR
from generator.artist.hair.bangs import TABLE as BANGS
from generator.artist.headgear.drawing import TABLE as ACCESSORIES
from generator.artist.palette import EYES, HAIR, SKIN
from generator.artist.raster import rasterise
from generator.artist.rig import SHAPES
from generator.artist.scene.backgrounds import TABLE as BACKGROUNDS
from generator.artist.scene.finish import HOURS
from generator.artist.svg import document, path
from generator.artist.traits import WEIGHTS

pytestmark = pytest.mark.models  # the artist changes rarely, and its drawings are compared in each run

# Ears, neck and forehead are free, so that whatever is worn there shows; no eye has the colour of a second eye.
PLAIN = Attributes(
    back_hair="short", bangs="parted", eyes="brown", clothes="shirt", light_side=-1.0, dye_hue_x=1.0, accent_hue_x=1.0
)
# Around 0 sides change (near and far, lit and shaded); the lone strand begins at 0.5.
STARTS = dict.fromkeys(CONTINUOUS, (-1.31, -0.01, 0.49, 1.0)) if os.environ.get("FULL_SIZE") else {"ahoge": (0.49,)}
# What a knob needs to show; of a hue's two knobs the other is not 0, where every hue meets.
SMALL = ("mark", "pupils", "earrings")  # traits that are a few pixels wide
SCENE = ("time", "shading", "light_side", "light_height", "rim")  # with all backgrounds, what shows beyond the figure
NEEDS = {
    "dye_hue_x": {"dye": "tips", "dye_hue_y": 1.0},
    "dye_hue_y": {"dye": "tips"},
    "accent_hue_x": {"accessory": "ribbon", "accent_hue_y": 1.0},
    "accent_hue_y": {"accessory": "ribbon"},
    "accent_light": {"accessory": "ribbon"},
    "clothes_hue_x": {"clothes_hue_y": 1.0},
    "clothes_hue_y": {"clothes_hue_x": 1.0},
    "wave": {"back_hair": "wavy"},
    "back_length": {"back_hair": "long"},
    "background_x": {"background": "sky"},
    "background_y": {"background": "sky"},
    "background_hue_x": {"background": "gradient", "background_hue_y": 1.0},
    "background_hue_y": {"background": "gradient", "background_hue_x": 1.0},
}


def portraits(count, seed=0, draw_one=sample):
    rng = np.random.default_rng(seed)
    return [draw_one(rng) for _ in range(count)]


def field(trait):
    return trait.replace("-", "_")


@cache
def many(draw_one):
    return portraits(2000, 1, draw_one)


@cache
def picture(attributes, size=64):
    return draw(attributes, size).astype(int)


@cache
def figure(attributes, size=64):
    """The figure alone over grey, in two thirds of a picture's time."""
    return over_grey(svg(attributes), size)


def over_grey(text, size):
    drawn = np.asarray(rasterise(text, size)).astype(int)
    return (drawn[..., :3] * drawn[..., 3:] + 128 * (255 - drawn[..., 3:])) // 255


def shown_by(name):
    """What draws a trait or knob soonest: a picture where it shows behind the figure or in the light on it."""
    return picture if name in SCENE or name.startswith("background") else figure


def with_value(trait, value):
    """A portrait in which the trait shows as well as it can."""
    base = replace(PLAIN, accessory="ribbon") if trait == "dye" else PLAIN
    return replace(base, **{field(trait): value})


@pytest.mark.parametrize(
    ("trait", "table"),
    [
        ("hair", HAIR),
        ("eyes", EYES),
        ("skin", SKIN),
        ("face", SHAPES),
        ("shading", SHADINGS),
        ("time", HOURS),
        ("clothes", CLOTHES),
        ("earrings", EARRINGS),
        ("expression", EXPRESSIONS),
        ("glasses", GLASSES),
        ("eye-shape", EYE_SHAPES),
        ("mark", MARKS),
        ("back-hair", BACK_HAIR),
        ("bangs", BANGS),
        ("accessory", ACCESSORIES),
        ("background", BACKGROUNDS),
    ],
)
def test_each_value_has_its_row(trait, table):
    assert set(table) | {"none"} == set(TRAITS[trait]) | {"none"}


def test_the_same_attributes_give_the_same_bytes():
    for a in portraits(3):
        again = from_vectors(
            [values.index(getattr(a, field(trait))) for trait, values in TRAITS.items()],
            [getattr(a, knob) for knob in CONTINUOUS],
        )
        assert again == a
        assert sha256(draw(a, 64)).digest() == sha256(draw(again, 64)).digest()


COVERED = [  # what covers, and the trait that it covers, with another of its values
    ({"expression": "closed"}, "eyes", "red"),
    ({"expression": "closed"}, "pupils", "star"),
    ({"expression": "closed"}, "second-eye", "red"),
    ({"bangs": "one-eye", "second-eye": "green"}, "eyes", "red"),
    ({"expression": "wink", "second-eye": "green"}, "eyes", "red"),
    ({"accessory": "cat-ears"}, "ears", "elf"),
    ({"accessory": "headphones", "back-hair": "pixie"}, "earrings", "hoop"),
    ({"back-hair": "long"}, "earrings", "hoop"),
    ({"back-hair": "low-twintails"}, "earrings", "hoop"),
    ({"back-hair": "drills", "ears": "elf"}, "earrings", "hoop"),
]
UNCOVERED = {
    **{"expression": "neutral", "bangs": "blunt", "glasses": "none", "accessory": "none", "ears": "human"},
    **{"back-hair": "pixie", "earrings": "none", "eyes": "blue", "second-eye": "same", "pupils": "round"},
}


@pytest.mark.parametrize(("covers", "trait", "value"), COVERED)
def test_a_trait_that_is_covered_changes_nothing_and_is_told_as_unseen(covers, trait, value):
    for seed in range(2):
        bare = replace(sample(np.random.default_rng(seed)), **{field(name): value for name, value in UNCOVERED.items()})
        assert trait not in unseen(bare)
        assert (draw(replace(bare, **{field(trait): value}), 64) != draw(bare, 64)).any()
        covered = replace(bare, **{field(name): value for name, value in covers.items()})
        assert trait in unseen(covered)
        assert (draw(replace(covered, **{field(trait): value}), 64) == draw(covered, 64)).all()


def test_one_eye_alone_does_not_tell_its_colour_from_a_second_one():
    bare = replace(sample(np.random.default_rng(0)), **{field(name): value for name, value in UNCOVERED.items()})
    assert not unseen(bare)
    assert unseen(replace(bare, bangs="one-eye")) == {"eyes", "second-eye"}
    assert unseen(replace(bare, glasses="shades")) == {"eyes", "second-eye", "eye-shape", "pupils"}


@pytest.mark.parametrize("draw_one", [sample, sample_evenly])
def test_the_same_generator_state_gives_the_same_portraits(draw_one):
    assert portraits(20, 3, draw_one) == portraits(20, 3, draw_one)
    assert portraits(20, 3, draw_one) != portraits(20, 4, draw_one)


@pytest.mark.parametrize("size", [32, 64, 256])
def test_a_portrait_is_a_colour_picture_of_the_size_asked_for(size):
    drawn = draw(PLAIN, size)
    assert drawn.shape == (size, size, 3)
    assert drawn.dtype == np.uint8
    assert drawn.std() > 20


@pytest.mark.parametrize(("trait", "value"), [(trait, value) for trait, values in TRAITS.items() for value in values])
def test_every_value_can_be_drawn_and_shows(trait, value):
    size = 128 if trait in SMALL else 64
    shown = shown_by(trait)
    drawn = shown(with_value(trait, value), size)
    for other in TRAITS[trait]:
        if other != value:
            difference = np.abs(drawn - shown(with_value(trait, other), size)).max(axis=2)
            assert (difference > 14).sum() >= 3, f"{value} looks like {other}"


def difference(knob, start, end):
    """How much each pixel changes while the knob goes from one value to the other."""
    base = replace(PLAIN, **NEEDS.get(knob, {}))
    before, after = (shown_by(knob)(replace(base, **{knob: value})) for value in (start, end))
    return np.abs(after - before)


@pytest.mark.parametrize("knob", CONTINUOUS)
def test_every_knob_moves_the_picture(knob):
    start = -2.0 if knob == "lips" else 0.0  # lips are a pixel high
    assert (difference(knob, start, 2.0).max(axis=2) > 8).sum() >= 3


@pytest.mark.parametrize("knob", CONTINUOUS)
def test_a_small_step_of_a_knob_changes_the_picture_little(knob):
    half = difference(knob, 0.0, 2.0).mean()
    for start in STARTS.get(knob, (-0.01,)):
        step = difference(knob, start, round(start + 0.02, 2)).mean()
        assert step < 0.25 + 0.1 * half, f"{knob} jumps after {start}"


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
    for a in portraits(10, draw_one=sample_evenly):
        vector = label(a)
        ends = np.cumsum([len(values) for values in TRAITS.values()])[:-1]
        again = from_vectors([int(part.argmax()) for part in np.split(vector, ends)], continuous(a))
        np.testing.assert_array_equal(label(again), vector)
        np.testing.assert_array_equal(continuous(again), continuous(a))


def test_knobs_are_standard_normal_draws_within_the_limit():
    knobs = np.stack([continuous(a) for a in many(sample)])
    assert knobs.shape == (2000, len(CONTINUOUS))
    assert np.abs(knobs).max() <= LIMIT
    assert np.abs(knobs.mean(axis=0)).max() < 0.12
    assert np.abs(knobs.std(axis=0) - 0.98).max() < 0.09


def test_natural_odds_cover_all_values():
    drawn = many(sample)
    for trait, weights in WEIGHTS.items():
        shares = Counter(getattr(a, field(trait)) for a in drawn)
        assert set(shares) == set(weights), f"a value of {trait} is never drawn"
    masculine = sum(a.masculine for a in drawn) / len(drawn)
    assert masculine == pytest.approx(WEIGHTS["style"]["masculine"], abs=0.03)
    at_night = Counter(a.background for a in drawn if a.time == "night")
    by_day = Counter(a.background for a in drawn if a.time == "day")
    assert at_night["stars"] > 3 * by_day["stars"]
    assert not any(a.accessory == "halo" and a.back_hair == "spiky" for a in drawn)  # spikes would pierce it


def test_even_odds_are_even():
    drawn = many(sample_evenly)
    for trait, values in TRAITS.items():
        shares = Counter(getattr(a, field(trait)) for a in drawn)
        for value in values:
            assert shares[value] / len(drawn) == pytest.approx(1 / len(values), abs=0.035)


def test_names_are_slugs():
    for names in (TRAITS, *TRAITS.values()):
        for name in names:
            assert re.fullmatch(r"[a-z]+(-[a-z]+)*", name)


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


@pytest.mark.parametrize("seed", range(8))
def test_the_drawing_is_one_document_whose_names_are_unique_and_known(seed):
    text = svg(portraits(1, seed, sample_evenly)[0])
    assert text.startswith("<svg ")
    assert text.endswith("</svg>")
    assert "nan" not in text
    names = Counter(re.findall(r'\bid="([^"]+)"', text))
    assert not [name for name, count in names.items() if count > 1]
    assert set(re.findall(r"url\(#([^)]+)\)", text)) <= set(names)


def test_each_garment_fits_at_the_limits():
    for clothes in TRAITS["clothes"]:
        for style, face, turn in (("feminine", "child", -LIMIT), ("masculine", "angular", LIMIT)):
            f = Figure(replace(PLAIN, clothes=clothes, style=style, face=face, turn=turn, twist=turn, nod=-LIMIT))
            drawn = np.asarray(rasterise(document(draw_body_behind(f) + draw_body(f)), 64))
            shoulders = np.flatnonzero(drawn[-3, :, 3] > 128)
            assert len(shoulders) > 30, clothes  # half of the picture's width: a turned child's
            assert np.ptp(shoulders) == len(shoulders) - 1, clothes  # without a gap


@pytest.mark.parametrize("turn", [-2.5, 0.0, 2.5])
def test_the_shadow_of_the_head_covers_all_of_a_fur_collar_and_little_else(turn):
    bust = Bust(Figure(Attributes(clothes="fur", turn=turn)))
    fur = winter.WINTER["fur"]
    collar = [bust.shape(*fur.collar, side=side) for side in (-1, 1)]
    covered = "".join(path(data, "#000") for data in [*collar, bust.outline(), bust.shape(*fur.bare)])
    front = bust.gradients() + winter.fur_coat(bust)
    worn, whole, shaded = (
        np.asarray(rasterise(document(text), 128))[..., 3] > 128
        for text in (front, winter.fur_behind(bust) + front, covered)
    )
    assert (worn & ~shaded).sum() < 0.02 * worn.sum()
    assert (shaded & ~whole).sum() < 0.01 * whole.sum()


def test_neighbours_differ_by_fixed_numbers_only():
    first = sequence(50)
    assert np.abs(first).max() <= 1
    np.testing.assert_array_equal(first, sequence(50))
    assert len(set(first.tolist())) == 50
    assert not np.array_equal(first, sequence(50, 1.0))


@pytest.mark.parametrize("knob", ["turn", "nod", "tilt"])
def test_the_face_turns_as_far_as_its_knob_says(knob):
    rig = Figure(replace(PLAIN, **{knob: 1.0})).rig
    degrees = {"turn": rig.yaw, "nod": rig.pitch, "tilt": rig.roll}[knob]
    assert np.degrees(degrees) == pytest.approx({"turn": 12, "nod": 5, "tilt": 4}[knob])
    np.testing.assert_allclose(rig.rotation @ rig.rotation.T, np.eye(3), atol=1e-12)
