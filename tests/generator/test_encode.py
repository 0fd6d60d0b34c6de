"""Decodes files of every format and checks that pixels, times, sizes and stamps are as requested."""

import io

import av
import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from PIL import Image

from generator.contract import errors, stamp
from generator.contract.kinds import KINDS
from generator.rendering import encode as encoding
from generator.rendering.animation.frames import Frames, Timing
from generator.rendering.animation.gif import find_palette
from generator.rendering.encode import FORMATS, File, encode

LINE = "morph 10 20 model=test psi=0.7"


def moving(frames: int, side: int = 96) -> Frames:
    """Return frames of soft colours and a dark disc, which move and change like the faces of a morph."""
    y, x = np.mgrid[0:side, 0:side] / side
    shown = []
    for t in np.linspace(0, 1, frames, endpoint=False):
        wave = 2 * np.pi * (np.stack([x, y, x + y], -1) + t * np.array([1, 1, -1]))
        inside = (x - 0.5 - 0.1 * np.cos(2 * np.pi * t)) ** 2 + (y - 0.5) ** 2 < 0.06
        shown.append(np.where(inside[..., None], (40, 20, 60), 170 + 60 * np.sin(wave)))
    return np.stack(shown).astype(np.uint8)


def noisy(frames: int, side: int) -> Frames:
    return np.random.RandomState(1).randint(0, 256, (frames, side, side, 3)).astype(np.uint8)


def psnr(a: np.ndarray, b: np.ndarray) -> float:
    """Return the peak signal-to-noise ratio of 8-bit values in dB."""
    return float(10 * np.log10(255**2 / max(np.mean((a.astype(float) - b.astype(float)) ** 2), 1e-9)))


def decoded(file: File) -> tuple[list[np.ndarray], list[int]]:
    """Decode a picture with Pillow; return its frames and their durations in ms."""
    image = Image.open(io.BytesIO(file.body))
    shown, durations = [], []
    for i in range(getattr(image, "n_frames", 1)):
        image.seek(i)
        shown.append(np.asarray(image.convert("RGB")))
        durations.append(int(image.info.get("duration", 0)))
    return shown, durations


def decoded_video(file: File) -> tuple[list[np.ndarray], float]:
    """Decode a video; return its frames and its length in seconds."""
    with av.open(io.BytesIO(file.body)) as container:
        shown = [frame.to_ndarray(format="rgb24") for frame in container.decode(video=0)]
        return shown, float(container.duration or 0) / av.time_base


@given(frames=st.integers(2, 240), fps=st.integers(1, 50))
def test_delays_of_a_gif_add_up_to_within_10_ms_and_none_is_under_2_cs(frames, fps):
    delays = Timing(fps).delays(frames, 100)
    assert len(delays) == frames
    assert abs(sum(delays) / 100 - frames / fps) <= 0.01
    assert min(delays) >= 2


@pytest.mark.parametrize(
    "frames", [moving(24), np.concatenate([moving(24, 48)] * 2, axis=2)], ids=["one face", "two faces"]
)
def test_a_decoded_gif_is_within_30_db_of_its_frames(frames):
    shown, durations = decoded(encode("gif", frames, Timing(20), LINE))
    assert len(shown) == 24
    assert min(psnr(a, b) for a, b in zip(frames, shown, strict=True)) >= 30
    assert sum(durations) == 1200


def test_a_gif_has_one_palette_for_all_its_frames():
    file = encode("gif", moving(12), Timing(), LINE)
    image_descriptors = [block for _, block in stamp._gif_blocks(file.body) if block[:1] == b","]
    assert len(image_descriptors) == 12
    assert not any(block[9] & 0x80 for block in image_descriptors)  # no frame has a local colour table


def test_the_palette_is_better_than_the_octree_it_starts_from():
    frames = moving(12)
    pixels = frames.reshape(-1, 3).astype(int)[::7]

    def error(colours: np.ndarray) -> float:
        return float(np.mean(np.min(((pixels[:, None] - colours.astype(int)[None]) ** 2).sum(-1), axis=1)))

    octree = Image.fromarray(pixels.astype(np.uint8)[None]).quantize(255, method=Image.Quantize.FASTOCTREE)
    assert error(find_palette(frames)) < 0.9 * error(np.asarray(octree.getpalette()).reshape(-1, 3))


@pytest.mark.parametrize("name", ["gif", "webp"])
def test_an_animation_runs_forever_or_once_as_asked(name):
    forever = Image.open(io.BytesIO(encode(name, moving(3), Timing(20, loop=True), LINE).body))
    once = Image.open(io.BytesIO(encode(name, moving(3), Timing(20, loop=False), LINE).body))
    assert forever.info["loop"] == 0
    assert once.info.get("loop", 1) == 1


def test_frames_that_do_not_change_keep_their_time_in_a_gif():
    still = np.repeat(moving(1), 10, axis=0)
    _, durations = decoded(encode("gif", still, Timing(20), LINE))
    assert sum(durations) == 500


@pytest.mark.parametrize("name", ["gif", "webp", "mp4"])
@pytest.mark.parametrize("changes", [0, 1, 3])
def test_a_file_says_how_many_frames_it_holds_when_some_are_equal(name, changes):
    frames = np.repeat(moving(changes + 1), 5, axis=0)
    file = encode(name, frames, Timing(20), LINE)
    shown = decoded_video(file)[0] if name == "mp4" else decoded(file)[0]
    assert file.frames == len(shown) == (len(frames) if name == "mp4" else changes + 1)


def test_a_webp_keeps_frames_and_time():
    frames = moving(12)
    shown, durations = decoded(encode("webp", frames, Timing(30), LINE))
    assert len(shown) == 12
    assert min(psnr(a, b) for a, b in zip(frames, shown, strict=True)) >= 30
    assert sum(durations) == 400


def test_an_mp4_keeps_frames_and_time_and_suits_every_player():
    frames = moving(12)
    file = encode("mp4", frames, Timing(24), LINE)
    shown, seconds = decoded_video(file)
    assert len(shown) == 12
    assert seconds == pytest.approx(0.5, abs=0.01)
    assert min(psnr(a, b) for a, b in zip(frames, shown, strict=True)) >= 30
    with av.open(io.BytesIO(file.body)) as container:
        assert (container.streams.video[0].codec_context.name, container.streams.video[0].pix_fmt) == (
            "h264",
            "yuv420p",
        )


# By the codes of H.273: the weights of red and blue in the luma of each matrix.
LUMA = {1: (0.2126, 0.0722), 5: (0.299, 0.114), 6: (0.299, 0.114)}


def decode_by_tags(file: File) -> np.ndarray:
    """Return the colour [r, g, b] in the middle of a video's first frame, computed as its tags say (H.273, 8.3)."""
    with av.open(io.BytesIO(file.body)) as container:
        frame = next(container.decode(video=0))
        red, blue = LUMA[frame.colorspace]
        assert (frame.color_range, frame.color_primaries, frame.color_trc) == (1, 1, 13)  # limited range, sRGB
        planes = [np.asarray(plane).reshape(-1, plane.line_size)[:, : plane.width] for plane in frame.planes]
    y, u, v = (float(plane[len(plane) // 2, plane.shape[1] // 2]) for plane in planes)
    y, u, v = (y - 16) / 219, (u - 128) / 224, (v - 128) / 224
    r, b = y + 2 * (1 - red) * v, y + 2 * (1 - blue) * u
    return 255 * np.array([r, (y - red * r - blue * b) / (1 - red - blue), b])


@pytest.mark.parametrize("side", [64, 256, 720, 1080])
@pytest.mark.parametrize("colour", [(255, 0, 0), (0, 255, 0), (0, 0, 255), (200, 120, 90), (255, 255, 255)])
def test_an_mp4_that_is_decoded_as_its_tags_say_shows_the_same_colours(side, colour):
    file = encode("mp4", np.full((1, side, side, 3), colour, np.uint8), Timing(), LINE)
    assert np.abs(decode_by_tags(file) - colour).max() < 2.5  # 8 bits of limited range have steps of up to 2
    assert b"colrnclx" + bytes([0, 1, 0, 13, 0, 1, 0]) in file.body  # the same tags for players that read the box


def test_an_mp4_of_odd_sides_gets_even_ones():
    file = encode("mp4", moving(3, side=65), Timing(), LINE)
    assert (file.width, file.height) == (64, 64)
    assert decoded_video(file)[0][0].shape == (64, 64, 3)


def test_a_png_is_exact_and_a_strip_shows_its_frames_from_left_to_right():
    frames = moving(4)
    (shown,), _ = decoded(encode("png", frames[:1], Timing(), LINE))
    assert np.array_equal(shown, frames[0])
    strip = encode("strip", frames, Timing(), LINE)
    (shown,), _ = decoded(strip)
    assert np.array_equal(shown, np.concatenate(list(frames), axis=1))
    assert (strip.width, strip.height, strip.frames, strip.media_type) == (4 * 96, 96, 1, "image/png")


@pytest.mark.parametrize("name", FORMATS)
def test_every_file_has_its_recipe_and_its_media_type(name):
    file = encode(name, moving(5)[: 1 if name == "png" else 5], Timing(), LINE)
    assert stamp.read(file.body) == LINE
    assert file.media_type == FORMATS[name].media_type
    assert file.reduced == {}
    assert (file.height, file.width * file.height) == (96, 96 * 96 * (5 if name == "strip" else 1))


@pytest.mark.parametrize(
    ("name", "limit"), [("png", 40_000), ("gif", 300_000), ("webp", 60_000), ("mp4", 60_000), ("strip", 90_000)]
)
def test_a_file_over_the_limit_is_made_smaller_until_it_fits_and_says_so(name, limit):
    frames = noisy(1 if name == "png" else 24 if name != "strip" else 4, 200)
    file = encode(name, frames, Timing(), LINE, limit)
    assert len(file.body) <= limit
    assert file.reduced["from"] == 200
    assert 64 <= file.reduced["side"] == file.height < 200
    assert stamp.read(file.body) == LINE


def test_a_file_that_shrinks_uses_most_of_its_limit():
    file = encode("gif", noisy(24, 200), Timing(), LINE, 400_000)
    assert len(file.body) >= 0.7 * 400_000


def test_a_file_that_cannot_fit_even_small_is_one_sentence():
    with pytest.raises(errors.CannotFit, match="for the limit of 19"):
        encode("gif", noisy(24, 128), Timing(), LINE, 20_000)


@pytest.mark.parametrize("limit", [0, -5])
def test_a_limit_that_nothing_meets_is_one_sentence(limit):
    with pytest.raises(errors.CannotFit):
        encode("png", noisy(1, 32), Timing(), LINE, limit)


def test_a_picture_smaller_than_the_smallest_side_is_not_enlarged_to_it():
    with pytest.raises(errors.CannotFit):
        encode("png", noisy(1, 32), Timing(), LINE, 500)


def test_every_format_that_a_kind_offers_can_be_written():
    offered = {}
    for name, kind in KINDS.items():
        if "format" in kind.options:
            with pytest.raises(errors.NotAChoice) as refused:
                kind.options["format"].read("format", "?")
            offered[name] = set(refused.value.fields["choices"].split(", ")) - FORMATS.keys()
    assert offered
    assert not any(offered.values())


def test_a_format_that_this_build_lacks_is_not_listed_and_refused(monkeypatch):
    lacking = encoding.Format("video/mp4", FORMATS["mp4"].write, lambda: False, 1.0)
    monkeypatch.setattr(encoding, "FORMATS", {**FORMATS, "mp4": lacking})
    others = [name for name in FORMATS if name != "mp4"]
    assert encoding.list_formats() == others
    with pytest.raises(errors.FormatMissing, match=f"mp4 cannot be made here; choose one of: {', '.join(others)}"):
        encode("mp4", moving(2), Timing(), LINE)


def test_an_animation_that_cannot_be_small_enough_says_how_many_frames_would_be() -> None:
    noise = np.random.default_rng(0).integers(0, 256, (40, 64, 64, 3), dtype=np.uint8)
    with pytest.raises(errors.CannotFit, match=r"^A file of 40 frames .* about (\d+) frames fit\.$") as caught:
        encode("gif", noise, Timing(20, False), "morph 1 2", 60_000)
    fitting = int(str(caught.value.fields["fitting"]))
    assert 2 <= fitting < 40
    assert len(encode("gif", noise[:fitting], Timing(20, False), "morph 1 2", 60_000).body) <= 60_000
