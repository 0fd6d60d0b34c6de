"""The artist's backgrounds and light: every kind at every hour, moved without jumps, and off the figure's outline.

With FULL_SIZE=1 backgrounds move in smaller steps, and along both axes apart.
"""

import os
import re
from dataclasses import replace
from itertools import pairwise

import numpy as np
import pytest
from PIL import Image, ImageFilter

from generator.artist import draw, svg
from generator.artist.figure import Figure
from generator.artist.raster import rasterise
from generator.artist.scene.backgrounds import FLOATING, TABLE, draw_background
from generator.artist.scene.contrast import set_off
from generator.artist.scene.finish import finish
from generator.artist.scene.layers import FAR, NEAR, Setting, enlarge, lay
from generator.artist.svg import document, path
from generator.artist.traits import TRAITS, Attributes

SIZE = 64
FULL = bool(os.environ.get("FULL_SIZE"))


def test_every_value_of_the_trait_has_a_function() -> None:
    assert tuple(TABLE) == TRAITS["background"]
    assert set(FLOATING) <= set(TABLE)


@pytest.mark.parametrize("time", TRAITS["time"])
@pytest.mark.parametrize("background", TRAITS["background"])
def test_a_background_fills_the_picture_with_colours_that_exist(background: str, time: str) -> None:
    ground = draw_background(Figure(Attributes(background=background, time=time)), SIZE)
    assert ground.shape == (SIZE, SIZE, 3)
    assert ground.dtype == np.float32
    # Enlarging smoothly may overshoot at an edge, by less than a tenth.
    assert ground.min() > -0.1
    assert ground.max() < 1.1


@pytest.mark.parametrize("background", TRAITS["background"])
@pytest.mark.parametrize("towards", [(1, 0), (0, 1)] if FULL else [(1, 1)], ids=str)
def test_a_background_moves_without_jumps(background: str, towards: tuple[int, int]) -> None:
    attributes = Attributes(background=background)
    pictures = [
        draw_background(Figure(replace(attributes, background_x=towards[0] * at, background_y=towards[1] * at)), 32)
        for at in np.linspace(-2.5, 2.5, 41 if FULL else 17).tolist()
    ]
    steps = [float(np.abs(after - before).mean()) for before, after in pairwise(pictures)]
    assert max(steps) > 0
    # What leaves on one side comes back on the other unseen, so no step stands out.
    assert max(steps) < 3 * float(np.median(steps)) + 0.001


def test_a_slanted_edge_is_smooth_at_every_size() -> None:
    slope = path("M100 -10L180 522H600V-10Z", "#fff")
    for pixels in (FAR, NEAR):
        ground = lay(np.zeros((FAR, FAR, 3), np.float32), slope, pixels)
        edge = enlarge(ground, 256)[16:240, :, 0].sum(axis=1)  # how much of each row lies beyond it
        steps = np.diff(edge)
        assert np.abs(steps - steps.mean()).max() < 0.1  # of a pixel: drawn hard it leaps by up to a half


@pytest.mark.parametrize("background", FLOATING)
def test_what_floats_keeps_off_the_figure(background: str) -> None:
    seen = 0
    for x in (-2.0, -0.7, 0.7, 2.0):
        figure = Attributes(background=background, background_x=x, background_y=-x, turn=x, back_hair="twintails")
        covered = np.asarray(rasterise(svg(figure), 128))[..., 3] / np.float32(255)
        shown = np.asarray(rasterise(document(floating(figure, covered)), 128))[..., 3] > 25  # a tenth opaque
        seen += shown.sum()
        beside = Image.fromarray(covered).filter(ImageFilter.MaxFilter(3))  # a pixel further on all sides
        assert not (shown & (np.asarray(beside) > 0.5)).any()
    assert seen > 100  # pixels


def floating(attributes: Attributes, covered: np.ndarray) -> str:
    """What floats around the figure, as SVG."""
    return FLOATING[attributes.background](Setting(Figure(attributes), 128), covered)


def test_an_empty_figure_leaves_the_background_and_a_white_one_stays_bright() -> None:
    for time in TRAITS["time"]:
        figure = Figure(Attributes(time=time))
        ground = draw_background(figure, SIZE)
        bare = finish(figure, np.zeros((SIZE, SIZE, 4), np.uint8), ground)
        white = finish(figure, np.full((SIZE, SIZE, 4), 255, np.uint8), ground)
        # Contrast, glow and vignette change the ground, but do not replace it.
        assert np.abs(bare / 255 - ground).mean() < 0.12
        assert white[24:40, 24:40].min() > 200


def test_whites_keep_their_steps_in_the_brightest_light() -> None:
    figure = Figure(Attributes(light_side=-2.5, rim=2.5, shading="soft", time="evening"))
    ground = draw_background(figure, SIZE)
    shown = []
    for value in (190, 210, 230, 250):
        drawn = np.full((SIZE, SIZE, 4), 255, np.uint8)
        drawn[..., :3] = value
        shown.append(finish(figure, drawn, ground)[: SIZE // 2].astype(int).sum())
    steps = np.diff(shown) / (SIZE * SIZE // 2 * 3)
    assert np.all(steps > 1.5)  # of 20: pressed together, but never one flat white


def test_the_same_attributes_give_the_same_bytes() -> None:
    figures = [Figure(Attributes(background="leaves", rim=1.0)) for _ in range(2)]
    drawn = np.full((SIZE, SIZE, 4), 128, np.uint8)
    first, second = (finish(figure, drawn, draw_background(figure, SIZE)) for figure in figures)
    assert np.array_equal(first, second)


def test_names_of_what_floats_are_the_scenes_own() -> None:
    for background in FLOATING:
        names = re.findall(r'id="([^"]+)"', floating(Attributes(background=background), np.zeros((64, 64), np.float32)))
        assert len(names) == len(set(names))
        assert all(name.startswith("scene-") for name in names)


def drawn_alone(attributes: Attributes) -> np.ndarray:
    """The figure without its ground: [SIZE, SIZE, 4] uint8."""
    return np.asarray(rasterise(svg(attributes), SIZE))


@pytest.mark.parametrize("time", TRAITS["time"])
@pytest.mark.parametrize("hair", ["black", "brown", "red", "green", "orange", "blonde", "white"])
def test_a_head_stands_out_from_its_ground(hair: str, time: str) -> None:
    apart = []
    for shading, hue in (("cel", -2.0), ("pastel", 2.0)):
        attributes = Attributes(hair=hair, background="plain", time=time, shading=shading, background_hue_x=hue)
        alpha = drawn_alone(attributes)[: SIZE // 2, :, 3]
        light = _lightness(draw(attributes, SIZE)[: SIZE // 2])
        reach = [np.asarray(Image.fromarray(part).filter(ImageFilter.MaxFilter(5))) for part in (alpha, 255 - alpha)]
        beside, edge = (alpha == 0) & (reach[0] > 0), (alpha == 255) & (reach[1] > 0)
        apart.append(abs(float(light[edge].mean()) - float(light[beside].mean())))
    assert min(apart) > 19  # of 100; nearly black hair at night may come no further from nearly black ground


def _lightness(picture: np.ndarray) -> np.ndarray:
    """Return L* of CIELAB, 0 to 100, of sRGB pixels [..., 3] uint8."""
    luminance = (picture / 255) ** 2.2 @ [0.2126, 0.7152, 0.0722]
    return np.asarray(116 * np.cbrt(luminance) - 16)


def test_dark_clothes_do_not_sink_into_dark_ground() -> None:
    attributes = Attributes(hair="white", time="night", background="plain", clothes="turtleneck", clothes_light=-2.5)
    alpha, light = drawn_alone(attributes)[48:, :, 3], _lightness(draw(attributes, SIZE)[48:])
    body = light[:, 16:48][alpha[:, 16:48] == 255].mean()
    assert light[alpha == 0].mean() > body + 8


@pytest.mark.parametrize("hair", ["white", "black"])
def test_red_ground_is_no_signal(hair: str) -> None:
    for time in ("day", "evening"):
        red = Attributes(hair=hair, background="gradient", time=time, background_hue_x=1.8, background_hue_y=0.9)
        picture = set_off(Figure(red), draw_background(Figure(red), SIZE), drawn_alone(red))
        saturation = 1 - picture.min(axis=2) / np.maximum(0.01, picture.max(axis=2))
        assert saturation.mean() < 0.6
