"""Networks of one or four colours, and networks that are told by their label alone: what pictures of them show."""

import io

import checkpoint_writers as writers
import numpy as np
import pytest
import torch
from PIL import Image

from generator.contract.recipe import Recipe
from generator.rendering import contact_sheet, encode, render
from generator.rendering.animation.frames import Timing, lay_on_white
from generator.stylegan.ops import to_uint8
from generator.stylegan2.network import Generator

SMALL = {"resolution": 16, "channels": {4: 8, 8: 8, 16: 8}, "z_dim": 16, "w_dim": 16, "num_mapping_layers": 2}


def network(**settings) -> Generator:
    made = writers.generator(**SMALL | settings).freeze()
    made.name = "n"
    return made


def picture(line: str, generator: Generator) -> Image.Image:
    return Image.open(io.BytesIO(render.render(Recipe.parse(line), generator, enlarge=False).body))


def colours(shown: Image.Image, mode: str) -> np.ndarray:
    return np.asarray(shown.convert(mode)).astype(int)


def test_grey_is_shown_as_grey_in_every_format():
    grey = network(img_channels=1)
    z = torch.from_numpy(np.random.RandomState(1).randn(1, 16)).float()
    expected = (grey(z, psi=0.7)[0, 0] * 127.5 + 128).clamp(0, 255).to(torch.uint8).numpy()
    shown = colours(picture("waifu 1", grey), "RGB")
    assert (shown == expected[..., None]).all()
    for line in ("morph 10 20 frames=4 format=gif", "morph 10 20 frames=4 format=webp", "grid 2 seed=1"):
        red, green, blue = np.moveaxis(colours(picture(line, grey), "RGB"), 2, 0)
        assert abs(red - green).max() <= 4
        assert abs(red - blue).max() <= 4
        assert red.std() > 20


def test_opacity_is_kept_where_a_format_has_it_and_lies_on_white_elsewhere():
    clear = network(img_channels=4)
    frames = render.raw_frames(Recipe.parse("morph 10 20 frames=4"), clear, enlarge=False)
    assert frames.shape == (4, 16, 16, 4)
    assert frames[..., 3].min() == 0
    opacity = frames[0, ..., 3:].astype(float) / 255
    white = frames[0, ..., :3] * opacity + 255 * (1 - opacity)
    first = picture("morph 10 20 frames=4 format=strip", clear).crop((0, 0, 16, 16))
    assert (colours(first, "RGBA") == frames[0]).all()
    webp = colours(picture("morph 10 20 frames=4 format=webp", clear), "RGBA")
    assert abs(webp[..., 3] - frames[0, ..., 3]).max() <= 2
    gif = colours(picture("morph 10 20 frames=4 format=gif", clear), "RGBA")
    assert gif[..., 3].min() == 255
    assert abs(gif[..., :3] - white).mean() < 6
    assert abs(lay_on_white(frames)[0] - white).max() <= 0.51


def test_a_video_of_an_opaque_network_and_one_on_white_are_alike():
    frames = render.raw_frames(Recipe.parse("morph 10 20 frames=4"), network(img_channels=4), enlarge=False)
    write = encode.FORMATS["mp4"].write
    assert write(frames, Timing()) == write(lay_on_white(frames), Timing())


def test_what_stands_between_clear_faces_is_opaque():
    (table,) = render.raw_frames(Recipe.parse("mix 1 2 fine=3,4"), network(img_channels=4), enlarge=False)
    corner = table[:8, :8]
    assert (corner == (244, 244, 246, 255)).all()
    assert table[..., 3].min() == 0


def test_enlarging_and_shrinking_keep_clear_colours_from_bleeding():
    frames = np.zeros((1, 128, 128, 4), np.uint8)
    frames[:, :, 64:] = (200, 10, 10, 255)  # beside it all is clear, and black
    frames[:, ::3, 64:, 1] += np.random.RandomState(0).randint(90, size=64, dtype=np.uint8)
    whole = encode.encode("png", frames, Timing(), "waifu 1").body
    body = encode.encode("png", frames, Timing(), "waifu 1", max_bytes=len(whole) - 1).body
    shown = colours(Image.open(io.BytesIO(body)), "RGBA")
    assert shown.shape[0] < 128
    assert abs(shown[shown[..., 3] > 40][:, 0] - 200).max() <= 12


def test_a_sheet_of_clear_pictures_is_on_white():
    clear = Image.new("RGBA", (64, 64), (255, 0, 0, 0))
    clear.save(out := io.BytesIO(), "PNG")
    sheet = colours(Image.open(io.BytesIO(contact_sheet.make([out.getvalue()], 1).body)), "RGB")
    assert (sheet[sheet.shape[0] // 2, sheet.shape[1] // 2] == 255).all()


@pytest.mark.parametrize("line", ["morph 1 2 frames=4", "morph 1 2 frames=4 space=z", "vary 7", "grid 2 seed=1"])
def test_a_network_that_is_told_by_its_label_alone_draws_every_kind(line):
    frames = render.raw_frames(Recipe.parse(line), network(z_dim=0, c_dim=5), enlarge=False)
    assert frames.std() > 20


def test_a_label_alone_decides_the_face_and_the_seed_decides_the_label():
    labelled = network(z_dim=0, c_dim=5)
    one, same, other = (
        render.raw_frames(Recipe.parse(line), labelled)[0]
        for line in ("waifu 1 trait.class=2", "waifu 9 trait.class=2", "waifu 1 trait.class=3")
    )
    assert (one == same).all()
    assert (one != other).any()
    drawn = {render.raw_frames(Recipe.parse(f"waifu {seed}"), labelled)[0].tobytes() for seed in range(30)}
    assert len(drawn) == 5


def test_pictures_of_other_shapes_are_converted_as_they_are():
    x = torch.linspace(-1.2, 1.2, 2 * 4 * 3 * 3).reshape(2, 4, 3, 3)
    assert to_uint8(x).shape == (2, 3, 3, 4)
    assert to_uint8(x[:, :1]).shape == (2, 3, 3, 3)
