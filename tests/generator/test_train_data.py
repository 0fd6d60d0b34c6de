"""What a network learns from: files of any kind in a folder or archive, each taken or named, and their labels.

With FULL_SIZE=1 a picture of 144 megapixels is read, and there are many more mixtures of files.
"""

import argparse
import contextlib
import io
import json
import os
import re
import socket
import struct
import subprocess
import sys
import tempfile
import warnings
import zipfile
import zlib
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st
from numpy.typing import NDArray
from picture_folders import filled_folder, save_picture
from PIL import ExifTags, Image, ImageOps
from project_paths import ROOT

from generator.contract import errors
from generator.train.command import add_arguments, run
from generator.train.data import dataset, png_strips, sources
from generator.train.data import store as stores
from generator.train.data.dataset import Survey, check_data, make_store, open_data
from generator.train.data.decoding import Shape, Unusable, crop_picture, decode, to_eight_bits
from generator.train.data.labels import encode_label, read_labels
from generator.train.data.opening import try_pictures
from generator.train.data.report import describe_data, describe_left_out, printable
from generator.train.data.sources import LeftOut
from generator.train.data.store import Store, open_store
from generator.train.settings import Settings

FULL = bool(os.environ.get("FULL_SIZE"))
SMALL = Shape(16, 16)


@pytest.fixture(autouse=True)
def few(monkeypatch: pytest.MonkeyPatch) -> None:
    """One picture is enough for what is tested here."""
    monkeypatch.setattr(dataset, "MIN_PICTURES", 1)


def read(source: Path, block: Path, labels: str | Path | None = None, shape: Shape = SMALL) -> tuple[Store, Survey]:
    survey = Survey(source)
    return make_store(survey, block, shape, None if labels is None else str(labels)), survey


def reasons(survey: Survey) -> dict[str, str]:
    return {one.name: one.kind for one in survey.left_out}


# --- pictures -------------------------------------------------------------------------------------


@pytest.mark.parametrize("mode", ["RGB", "RGBA", "P", "L", "LA", "1", "CMYK", "YCbCr", "HSV", "LAB", "I;16", "I", "F"])
def test_a_picture_of_any_mode_is_read(mode: str) -> None:
    if mode == "LAB":
        image = Image.new("LAB", (50, 20), (255, 128, 128))
    elif mode in ("I;16", "I", "F"):
        image = Image.new(mode, (50, 20), 65_535)
    else:
        image = Image.new("RGB", (50, 20), "white").convert(mode)
    picture = crop_picture(to_eight_bits(image), SMALL)
    assert picture.shape == (16, 16, 3)
    assert picture.min() > 250


def test_transparency_is_laid_on_white_or_kept() -> None:
    clear = Image.new("RGBA", (8, 8), (255, 0, 0, 0))
    assert crop_picture(clear, Shape(8, 8)).min() == 255
    assert crop_picture(clear, Shape(8, 8, colours=1)).shape == (8, 8, 1)
    assert crop_picture(clear, Shape(8, 8, colours=4))[..., 3].max() == 0
    half = crop_picture(Image.new("RGBA", (8, 8), (200, 100, 50, 128)), Shape(8, 8, colours=4))
    assert np.abs(half[0, 0].astype(int) - (200, 100, 50, 128)).max() <= 1


@pytest.mark.parametrize("orientation", range(1, 9))
@pytest.mark.parametrize("crop", ["centre", "wide"])
@pytest.mark.parametrize("name", ["turned.png", "turned.tiff", "turned.jpg"])
def test_a_rotated_photograph_is_turned_upright(orientation: int, crop: str, name: str, tmp_path: Path) -> None:
    image = Image.fromarray(np.random.default_rng(0).integers(0, 255, (4, 6, 3), np.uint8)).resize((240, 160))
    exif = Image.Exif()
    exif[ExifTags.Base.Orientation] = orientation
    image.save(tmp_path / name, exif=exif)
    with Image.open(tmp_path / name) as turned, (tmp_path / name).open("rb") as stream:
        upright = ImageOps.exif_transpose(turned)
        decoded = decode(stream, name, Shape(48, 64, 3, crop))
    assert decoded.size == upright.size
    assert np.abs(decoded.pixels.astype(int) - crop_picture(upright, Shape(48, 64, 3, crop))).max() <= 3


def png(depth: int, colour_type: int, pixels: NDArray[np.uint8], extra: bytes = b"") -> bytes:
    """Return a PNG whose rows take turns in the five filters, written by hand; ``pixels`` are the bytes of the rows."""
    channels = {0: 1, 2: 3, 3: 1, 4: 2, 6: 4}[colour_type]
    step = max(1, channels * depth // 8)
    rows, above = b"", np.zeros(pixels.shape[1], np.int64)
    for number, row in enumerate(pixels.astype(np.int64)):
        left, corner = (np.concatenate([np.zeros(step, np.int64), line[:-step]]) for line in (row, above))
        distances = [np.abs(left + above - corner - one) for one in (left, above, corner)]
        nearest = np.where((distances[0] <= distances[1]) & (distances[0] <= distances[2]), left, corner)
        nearest = np.where((distances[0] > distances[1]) & (distances[1] <= distances[2]), above, nearest)
        guess = [0 * row, left, above, (left + above) // 2, nearest][number % 5]
        rows += bytes([number % 5]) + ((row - guess) % 256).astype(np.uint8).tobytes()
        above = row
    width = pixels.shape[1] * 8 // (channels * depth)
    size = struct.pack(">LLBBBBB", width, len(pixels), depth, colour_type, 0, 0, 0)
    body = zlib.compress(rows)
    middle = len(body) // 2
    pieces = [chunk(b"IHDR", size), extra, chunk(b"IDAT", body[:middle]), chunk(b"IDAT", body[middle:])]
    return b"\x89PNG\r\n\x1a\n" + b"".join(pieces) + chunk(b"IEND", b"")


def chunk(kind: bytes, data: bytes) -> bytes:
    return struct.pack(">L", len(data)) + kind + data + struct.pack(">L", zlib.crc32(kind + data))


@pytest.mark.parametrize(("depth", "colour_type"), [(8, 0), (8, 2), (8, 3), (8, 4), (8, 6), (16, 0), (16, 4)])
@pytest.mark.parametrize("clear", [False, True])
def test_a_png_read_in_strips_is_what_pillow_reads_at_once(
    depth: int, colour_type: int, clear: bool, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(png_strips, "STRIP_BYTES", 1000)
    channels = {0: 1, 2: 3, 3: 1, 4: 2, 6: 4}[colour_type] * depth // 8
    pixels = np.random.default_rng(1).integers(0, 255, (61, 50 * channels), np.uint8)
    extra = (
        chunk(b"PLTE", np.random.default_rng(2).integers(0, 255, 768, np.uint8).tobytes()) if colour_type == 3 else b""
    )
    if clear and colour_type in (0, 2, 3):
        extra += chunk(b"tRNS", {0: b"\0\x10", 2: b"\0\x10\0\x20\0\x30", 3: bytes(range(200))}[colour_type])
    body = png(depth, colour_type, pixels, extra)
    with Image.open(io.BytesIO(body)) as image:
        whole = to_eight_bits(image)
    strips = png_strips.shrink_png(io.BytesIO(body), 3)
    assert strips is not None
    expected = np.asarray(whole.convert(strips.mode).reduce(3)).astype(int)
    assert np.abs(np.asarray(strips).astype(int) - expected).max() <= 1
    with pytest.raises((OSError, zlib.error)):
        png_strips.shrink_png(io.BytesIO(body[: len(body) // 2]), 3)


@pytest.mark.skipif(not FULL, reason="FULL_SIZE=1 runs it; above, strips are compared with whole pictures")
def test_a_png_of_144_megapixels_is_read_in_little_memory(tmp_path: Path) -> None:
    rows = zlib.compressobj(1)
    row = b"\0" + bytes([200, 100, 50]) * 12_000
    body = b"".join(rows.compress(row) for _ in range(12_000)) + rows.flush()
    size = struct.pack(">LLBBBBB", 12_000, 12_000, 8, 2, 0, 0, 0)
    (tmp_path / "in").mkdir()
    (tmp_path / "in" / "large.png").write_bytes(
        b"\x89PNG\r\n\x1a\n" + chunk(b"IHDR", size) + chunk(b"IDAT", body) + chunk(b"IEND", b"")
    )
    code = (
        "import resource, sys; from pathlib import Path; from generator.train.data import dataset\n"
        "dataset.MIN_PICTURES = 1; shape = dataset.Shape(64, 64)\n"
        "store = dataset.make_store(dataset.Survey(Path(sys.argv[1])), Path(sys.argv[2]), shape)\n"
        "assert (store.pictures[0] == (200, 100, 50)).all()\n"
        "print(resource.getrusage(resource.RUSAGE_SELF).ru_maxrss)"
    )
    command = [sys.executable, "-c", code, str(tmp_path / "in"), str(tmp_path / "block")]
    done = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, timeout=60, check=True)
    assert int(done.stdout) < 600_000  # KiB; of these about 300,000 are torch's


# --- folders --------------------------------------------------------------------------------------


def test_what_is_no_usable_picture_is_named_with_the_reason(tmp_path: Path) -> None:
    folder = filled_folder(tmp_path / "in", 3)
    whole = (folder / "00.png").read_bytes()
    photo = io.BytesIO()
    Image.effect_noise((64, 64), 90).save(photo, "JPEG")
    contents = {
        "broken.png": b"\x89PNG\r\n\x1a\nno more",
        "cut.png": whole[: len(whole) // 2],
        "cut.jpg": photo.getvalue()[:1000],
        "notes.txt": b"not a picture",
        "Thumbs.db": b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + bytes(600),
        "empty.png": b"",
        "renamed.jpg": b"<html>not found</html>",
        "program.eps": b"%!PS-Adobe-3.0 EPSF-3.0\n%%BoundingBox: 0 0 9 9\n",
        "film.mp4": b"\0\0\0\x20ftypisom" + bytes(100),
        "phone.heic": b"\0\0\0\x18ftypheic" + bytes(100),
        "inside.zip": b"PK\3\4" + bytes(100),
        ".DS_Store": b"\0\0\0\1Bud1",
    }
    for name, body in contents.items():
        (folder / name).write_bytes(body)
    (folder / "__MACOSX").mkdir()
    save_picture(folder / "__MACOSX" / "00.png")
    Image.fromarray(np.full((9, 9), np.nan, np.float32)).save(folder / "nan.tiff")
    Image.fromarray(np.full((9, 9), -1, np.float32)).save(folder / "negative.tiff")
    store, survey = read(folder, tmp_path / "block")
    assert len(store) == 3
    assert tuple(store.pictures[0][8, 8]) == (255, 0, 0)
    assert reasons(survey) == {
        **dict.fromkeys(["broken.png", "cut.png", "cut.jpg", "renamed.jpg"], "damaged"),
        **dict.fromkeys(["notes.txt", "Thumbs.db"], "no picture"),
        **dict.fromkeys([".DS_Store", "__MACOSX"], "hidden"),
        "empty.png": "empty",
        "program.eps": "PostScript, which is a program; convert it",
        "film.mp4": "a film; take pictures out of it first",
        "phone.heic": "HEIC; install pillow-heif, or convert it",
        "inside.zip": "an archive inside the data; unpack it",
        "nan.tiff": "NaN or infinite brightness",
        "negative.tiff": "negative brightness",
    }


def test_a_picture_is_known_by_its_content_whatever_its_name_is(tmp_path: Path) -> None:
    picture = Image.new("RGB", (40, 40), (200, 100, 50))
    for name, kind in {
        "a.jfif": "JPEG",
        "b.avif": "AVIF",
        "c.jp2": "JPEG2000",
        "d.tga": "TGA",
        "e.webp": "WEBP",
        "f.ico": "ICO",
        "no-ending": "PNG",
        "lies.jpg": "PNG",
        "g.qoi": "QOI",
        "h.ppm": "PPM",
        "i.gif": "GIF",
        "j.bmp": "BMP",
    }.items():
        (tmp_path / "in").mkdir(exist_ok=True)
        picture.save(tmp_path / "in" / name, kind)
    picture.save(tmp_path / "in" / "k.png.txt", "TGA")  # a format that any file may look like, under another ending
    pfm = np.full((40, 40, 3), (0.8, 0.4, 0.2), "<f4").tobytes()
    (tmp_path / "in" / "l.pfm").write_bytes(b"PF\n40 40\n-1.0\n" + pfm)
    store, survey = read(tmp_path / "in", tmp_path / "block")
    assert reasons(survey) == {"k.png.txt": "no picture"}
    assert len(store) == 13
    assert np.abs(store.pictures[np.arange(13)].astype(int) - (200, 100, 50)).max() <= 12  # GIF has a palette


@pytest.mark.parametrize(("value", "grey"), [(60_000, 234), (65_535, 255), (255, 0), (32_768, 128)])
def test_greys_of_16_bits_keep_their_brightness(value: int, grey: int, tmp_path: Path) -> None:
    (tmp_path / "in").mkdir()
    Image.fromarray(np.full((20, 20), value, np.uint16)).save(tmp_path / "in" / "a.png")
    Image.fromarray(np.full((20, 20), value, np.uint16)).save(tmp_path / "in" / "b.tiff")
    store, _ = read(tmp_path / "in", tmp_path / "block")
    assert np.unique(store.pictures[np.arange(2)]).tolist() == [grey]


def tiff_of(value: int, bits: int, photometric: int) -> bytes:
    """Return a TIFF file of 16 x 16 greys, all of one value."""
    text = f"{value:0{bits}b}" * 256
    data = bytes(int(text[at : at + 8], 2) for at in range(0, len(text), 8))
    if bits == 16:
        data = struct.pack("<H", value) * 256
    tags = {256: 16, 257: 16, 258: bits, 259: 1, 262: photometric, 273: 8, 277: 1, 278: 16, 279: len(data)}
    entries = b"".join(struct.pack("<HHLL", tag, 4, 1, number) for tag, number in tags.items())
    return struct.pack("<2sHL", b"II", 42, 8 + len(data)) + data + struct.pack("<H", len(tags)) + entries + b"\0" * 4


@pytest.mark.parametrize(
    ("value", "bits", "photometric", "grey"), [(60_000, 16, 1, 234), (60_000, 16, 0, 21), (3750, 12, 1, 234)]
)
def test_greys_of_a_tiff_file_mean_what_its_tags_say(value: int, bits: int, photometric: int, grey: int) -> None:
    assert decode(io.BytesIO(tiff_of(value, bits, photometric)), "a.tif", SMALL).pixels[8, 8].tolist() == [grey] * 3


@pytest.mark.parametrize("kind", ["JPEG", "PNG", "WEBP"])
@pytest.mark.parametrize("dpi", [False, True])
def test_broken_exif_data_are_noticed_in_every_format(kind: str, dpi: bool) -> None:
    body = io.BytesIO()
    options: dict[str, Any] = {"dpi": (72, 72)} if dpi else {}
    Image.new("RGB", (32, 32), "red").save(body, kind, exif=b"Exif\0\0garbage", **options)
    with pytest.raises(Unusable, match="broken EXIF data"):
        decode(io.BytesIO(body.getvalue()), f"a.{kind.lower()}", SMALL)


@pytest.mark.parametrize(
    ("value", "grey"), [(0.0, 0), (0.5, 128), (1.0, 255), (128.0, 128), (255.0, 255), (60_000.0, 233)]
)
def test_a_constant_float_picture_keeps_its_grey(value: float, grey: int) -> None:
    image = Image.fromarray(np.full((8, 8), value, np.float32))
    assert np.unique(crop_picture(to_eight_bits(image), Shape(8, 8))).tolist() == [grey]


def test_of_an_animation_the_first_frame_is_taken(tmp_path: Path) -> None:
    frames = [Image.new("RGB", (30, 30), colour) for colour in ("red", "green", "blue")]
    (tmp_path / "in").mkdir()
    for name in ("a.gif", "b.webp", "c.png", "d.tiff"):
        frames[0].save(tmp_path / "in" / name, save_all=True, append_images=frames[1:])
    store, survey = read(tmp_path / "in", tmp_path / "block")
    assert not survey.left_out
    assert np.abs(store.pictures[np.arange(4)].astype(int) - (255, 0, 0)).max() <= 3


def test_pipes_and_sockets_are_named_and_never_opened(tmp_path: Path) -> None:
    folder = filled_folder(tmp_path / "in", 2)
    os.mkfifo(folder / "pipe.png")
    with socket.socket(socket.AF_UNIX) as listener:
        listener.bind(os.path.relpath(folder / "socket.png"))
        (folder / "null.png").symlink_to("/dev/null")
        _, survey = read(folder, tmp_path / "block")
    assert set(reasons(survey)) == {"pipe.png", "socket.png", "null.png"}
    assert set(reasons(survey).values()) == {"a pipe, socket or device"}


def test_links_are_followed_once_and_never_in_a_circle(tmp_path: Path) -> None:
    folder = filled_folder(tmp_path / "in", 2)
    save_picture(tmp_path / "elsewhere" / "deep" / "x.png")
    for link, to in {
        "parent": "..",
        "self": ".",
        "away": tmp_path / "elsewhere",
        "again": tmp_path / "elsewhere",
        "nothing.png": tmp_path / "gone",
        "picture.png": folder / "00.png",
    }.items():
        (folder / link).symlink_to(to)
    (tmp_path / "elsewhere" / "back").symlink_to(folder)
    _, survey = read(folder, tmp_path / "block")
    assert len(survey.sizes) == 4  # two files, a link to one of them, x.png
    assert reasons(survey) == {
        **dict.fromkeys(["parent", "self"], "a link to a folder around it"),
        **dict.fromkeys(["away", "again/back"], "a link to a folder that is read already"),
        "nothing.png": "a link to nothing",
    }


def test_odd_names_are_shown_in_one_line(tmp_path: Path) -> None:
    folder = tmp_path / "in"
    folder.mkdir()
    names = ["初音ミク.png", "a\nb\x1b[31m.txt", "é" * 100 + ".txt", os.fsdecode(b"\xff\xfe.txt"), " .txt"]
    for name in names:
        save_picture(folder / name) if name.endswith("png") else (folder / name).write_text("no picture")
    store, survey = read(folder, tmp_path / "block")
    assert len(store) == 1
    text = "\n".join(describe_left_out(survey.left_out))
    assert text.encode().decode() == text  # also on a terminal that knows UTF-8 only
    assert len(text.splitlines()) == 2
    assert "\x1b" not in text
    assert max(map(len, text.splitlines())) < 200
    assert printable(os.fsdecode(b"\xff"), 40) == "\\udcff"


def test_an_empty_folder_and_one_without_pictures_are_one_sentence(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(dataset, "MIN_PICTURES", 16)
    (tmp_path / "in").mkdir()
    with pytest.raises(errors.TooFewPictures, match="holds 0 pictures"):
        check_data(Survey(tmp_path / "in"), None, SMALL, tmp_path)
    with pytest.raises(errors.TooFewPictures, match="holds 3 pictures that can be read"):
        read(filled_folder(tmp_path / "three", 3), tmp_path / "block")
    assert open_store(tmp_path / "block") is None


@pytest.mark.parametrize("kind", ["nothing", "pipe", "picture", "text"])
def test_what_is_neither_a_folder_nor_an_archive_is_one_sentence(kind: str, tmp_path: Path) -> None:
    path = tmp_path / "data.png"
    if kind == "pipe":
        os.mkfifo(path)
    elif kind == "picture":
        save_picture(path)
    elif kind == "text":
        path.write_text("no archive")
    expected = errors.FileMissing if kind == "nothing" else errors.BadData
    with pytest.raises(expected):
        check_data(Survey(path), None, SMALL, tmp_path)


def test_pictures_that_need_more_room_than_there_is_are_refused_before_they_are_read(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(dataset, "free_room", lambda path: 10_000)
    with pytest.raises(errors.CannotWrite, match="MB are free"):
        check_data(Survey(filled_folder(tmp_path / "in", 20)), None, SMALL, tmp_path / "run")


# --- crops and colours ----------------------------------------------------------------------------


def test_wide_pictures_are_cropped_to_4_by_3_with_black_above_and_below() -> None:
    image = Image.new("RGB", (400, 200), "white")
    wide = crop_picture(image, Shape(64, 64, crop="wide"))
    assert wide[8:56].min() == 255
    assert wide[:8].max() == wide[56:].max() == 0


def test_pictures_of_another_shape_are_left_out_where_nothing_is_cropped(tmp_path: Path) -> None:
    folder = tmp_path / "in"
    for name, size in {"a.png": (24, 16), "b.png": (48, 32), "c.png": (16, 24), "d.png": (24, 17)}.items():
        save_picture(folder / name, size=size)
    store, survey = read(folder, tmp_path / "block", shape=Shape(16, 24, crop="none"))
    assert (store.height, store.width, store.colours, len(store)) == (16, 24, 3, 2)
    assert [(one.name, one.detail) for one in survey.left_out] == [("c.png", "16 x 24"), ("d.png", "24 x 17")]


@pytest.mark.parametrize("colours", [1, 3, 4])
def test_a_store_has_the_colours_that_a_network_draws(colours: int, tmp_path: Path) -> None:
    store, _ = read(filled_folder(tmp_path / "in", 3), tmp_path / "block", shape=Shape(16, 16, colours))
    expected = {1: (76,), 3: (255, 0, 0), 4: (255, 0, 0, 255)}[colours]
    assert store.colours == colours
    assert tuple(store.pictures[0][8, 8]) == expected
    batch = store.batch(np.arange(3), 8, torch.device("cpu"))
    assert tuple(batch.shape) == (3, colours, 8, 8)


# --- archives -------------------------------------------------------------------------------------


def packed(
    path: Path,
    contents: dict[str, bytes],
    method: int = zipfile.ZIP_STORED,
    twice: Sequence[tuple[str, bytes]] = (),
) -> Path:
    with zipfile.ZipFile(path, "w", method) as archive, warnings.catch_warnings():
        warnings.simplefilter("ignore")  # of a name that is there twice
        for name, body in [*contents.items(), *twice]:
            archive.writestr(name, body)
    return path


def picture_bytes(colour: str = "red", size: tuple[int, int] = (20, 20)) -> bytes:
    body = io.BytesIO()
    Image.new("RGB", size, colour).save(body, "PNG")
    return body.getvalue()


def test_an_archive_of_nvidias_tool_is_read_with_its_labels(tmp_path: Path) -> None:
    names = [f"00000/img{i:08}.png" for i in range(6)]
    labels = json.dumps({"labels": [[name, [0, 2, 3][i % 3]] for i, name in enumerate(names)]}).encode()
    contents = {name: picture_bytes(("red", "green", "blue")[i % 3]) for i, name in enumerate(names)}
    archive = packed(tmp_path / "tool.zip", contents | {"dataset.json": labels})
    store, survey = read(archive, tmp_path / "block")
    assert store.traits == {"class": ("0", "1", "2", "3")}  # as many as NVIDIA's own training makes of them
    assert np.asarray(store.labels).argmax(axis=1).tolist() == [0, 2, 3, 0, 2, 3]
    assert tuple(store.pictures[1][8, 8]) == (0, 128, 0)
    assert not survey.left_out
    assert open_store(archive) is None
    store, survey = read(archive, tmp_path / "without", "none")
    assert not store.traits
    assert not survey.left_out


def test_hostile_members_of_an_archive_are_named_and_nothing_is_written(tmp_path: Path) -> None:
    bomb = zlib.compress(bytes(10_000_000), 9)
    archive = packed(
        tmp_path / "data.zip",
        {
            "good.png": picture_bytes(),
            "../up.png": picture_bytes(),
            "/root.png": picture_bytes(),
            "C:\\windows.png": picture_bytes(),
            "__MACOSX/._good.png": b"\0\5\x16\7",
            "in/nested.zip": b"PK\3\4" + bomb,
            "x" * 1200 + ".png": picture_bytes(),
            "bomb.png": bytes(50_000_000),
        },
        zipfile.ZIP_DEFLATED,
        twice=[("good.png", picture_bytes("blue"))],
    )
    store, survey = read(archive, tmp_path / "block")
    assert len(store) == 1
    assert tuple(store.pictures[0][8, 8]) == (255, 0, 0)
    kinds = reasons(survey)
    assert kinds["good.png"] == "a name that the archive has twice"
    assert {kinds[name] for name in ("../up.png", "/root.png", "C:/windows.png")} == {
        "a name that leads out of the archive"
    }
    assert kinds["in/nested.zip"] == "an archive inside the data; unpack it"
    assert kinds["__MACOSX/._good.png"] == "hidden"
    assert kinds["bomb.png"] == "damaged"
    assert kinds["x" * 1000] == "a name that is too long"
    assert not list(tmp_path.parent.glob("up.png"))


def test_members_that_say_less_than_they_unpack_to_are_named(tmp_path: Path) -> None:
    path = packed(tmp_path / "a.zip", {"a.png": picture_bytes(), "b.png": bytes(9_000_000)}, zipfile.ZIP_DEFLATED)
    body = bytearray(path.read_bytes())
    at = body.rfind(b"PK\1\2")
    body[at + 24 : at + 28] = struct.pack("<L", 100)  # the size of b.png in the central directory
    path.write_bytes(body)
    store, survey = read(path, tmp_path / "block")
    assert len(store) == 1
    assert list(reasons(survey)) == ["b.png"]


def test_encrypted_members_are_named(tmp_path: Path) -> None:
    path = packed(tmp_path / "a.zip", {"a.png": picture_bytes(), "b.png": picture_bytes()})
    body = bytearray(path.read_bytes())
    body[body.rfind(b"PK\1\2") + 8] |= 1
    path.write_bytes(body)
    _, survey = read(path, tmp_path / "block")
    assert reasons(survey) == {"b.png": "encrypted"}


@pytest.mark.parametrize("cut", [1, 30, 200])
def test_an_archive_whose_end_is_missing_is_one_sentence(cut: int, tmp_path: Path) -> None:
    path = packed(tmp_path / "a.zip", {f"{i}.png": picture_bytes() for i in range(5)})
    path.write_bytes(path.read_bytes()[:-cut])
    with pytest.raises(errors.BadData, match="no whole zip archive"):
        check_data(Survey(path), None, SMALL, tmp_path)


def test_an_archive_that_says_it_has_millions_of_files_is_refused_at_once(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(sources, "MAX_MEMBERS", 3)
    path = packed(tmp_path / "a.zip", {f"{i}.png": picture_bytes() for i in range(5)})
    with pytest.raises(errors.BadData, match="it holds 5 files, and at most 3 are read"):
        check_data(Survey(path), None, SMALL, tmp_path)


@pytest.mark.parametrize("at", range(-60, 0, 3))
def test_a_wrong_list_of_an_archives_files_never_crashes(at: int, tmp_path: Path) -> None:
    path = packed(tmp_path / "a.zip", {"a.png": picture_bytes(), "b.png": picture_bytes()})
    body = bytearray(path.read_bytes())
    body[at] ^= 0xFF
    path.write_bytes(body)
    with contextlib.suppress(errors.BadData, errors.TooFewPictures):
        _, survey = read(path, tmp_path / "block")
        assert len(survey.sizes) + len(survey.left_out) <= 2


# --- labels ---------------------------------------------------------------------------------------


def test_folders_are_classes_in_any_script(tmp_path: Path) -> None:
    for folder in ("cats/a", "dogs", "初音", "10", "9", "C" * 60):
        save_picture(tmp_path / "in" / folder / "1.png")
    save_picture(tmp_path / "in" / "alone.png")
    store, survey = read(tmp_path / "in", tmp_path / "block", "folders")
    assert store.traits == {"class": ("9", "10", "cats", "c" * 32, "chuyin", "dogs")}
    assert reasons(survey) == {"alone.png": "no label"}
    assert np.asarray(store.labels).sum(axis=0).tolist() == [1] * 6


def test_folders_in_the_one_folder_of_an_archive_are_classes(tmp_path: Path) -> None:
    names = [f"faces/{name}/{i}.png" for name in ("b", "a") for i in range(2)]
    store, _ = read(packed(tmp_path / "f.zip", dict.fromkeys(names, picture_bytes())), tmp_path / "block", "folders")
    assert store.traits == {"class": ("a", "b")}
    with pytest.raises(errors.BadLabels, match="it has no folders"):
        check_data(Survey(filled_folder(tmp_path / "flat")), "folders", SMALL, tmp_path)


@pytest.mark.parametrize("form", ["list", "table", "one-hot", "float", "nested"])
def test_every_form_of_classes_is_read(form: str, tmp_path: Path) -> None:
    folder = filled_folder(tmp_path / "in" / "sub" if form == "nested" else tmp_path / "in", 4)
    pairs = [[f"0{i}.png", i % 2] for i in range(4)]
    stored: object = {"one-hot": [[name, [1 - n, n]] for name, n in pairs], "table": dict(pairs)}.get(form, pairs)
    if form == "float":
        stored = [[f"./{name}", float(n)] for name, n in pairs]
    (folder / "dataset.json").write_text(json.dumps({"labels": stored}))
    store, survey = read(tmp_path / "in", tmp_path / "block")
    assert np.asarray(store.labels).tolist() == [[1, 0], [0, 1], [1, 0], [0, 1]]
    assert not survey.left_out


def test_null_labels_are_none(tmp_path: Path) -> None:
    folder = filled_folder(tmp_path / "in", 4)
    (folder / "dataset.json").write_text('{"labels": null}')
    store, survey = read(folder, tmp_path / "block")
    assert not store.traits
    assert len(store) == 4
    (folder / "dataset.json").write_text('{"labels": [["00.png", 0], ["01.png", null], ["gone.png", 1]]}')
    store, survey = read(folder, tmp_path / "block")
    assert len(store) == 1
    assert reasons(survey) == {
        **dict.fromkeys(["01.png", "02.png", "03.png"], "no label"),
        "gone.png": "named in the labels, but missing",
    }


@pytest.mark.parametrize(
    ("text", "reason"),
    [
        ("{", "cannot be read as JSON"),
        ('{"labels":' + "[" * 100_000, "cannot be read as JSON"),
        ('{"classes": 3}', 'has no "labels"'),
        ('{"labels": 3}', "neither a list nor a table"),
        ('{"labels": [["a.png"]]}', "no pair of a file and a class"),
        ('{"labels": [[1, 2]]}', "no pair of a file and a class"),
        ('{"labels": [["00.png", -1]]}', "no class"),
        ('{"labels": [["00.png", 0.5]]}', "no class"),
        ('{"labels": [["00.png", NaN]]}', "no class"),
        ('{"labels": [["00.png", Infinity]]}', "no class"),
        ('{"labels": [["00.png", true]]}', "no class"),
        ('{"labels": [["00.png", [0.2, 0.8]]]}', "no class"),
        ('{"labels": [["00.png", []]]}', "no class"),
        ('{"labels": [["00.png", 1e30]]}', "there may be 10000"),
        ('{"labels": [["00.png", 1], ["00.png", 2]]}', "appears twice"),
        ('{"labels": [["x.png", 1]]}', "none of its 1 names, x.png first"),
    ],
)
def test_labels_that_are_no_classes_are_refused_with_the_reason(text: str, reason: str, tmp_path: Path) -> None:
    folder = filled_folder(tmp_path / "in")
    (tmp_path / "dataset.json").write_text(text)
    with pytest.raises(errors.BadLabels, match=reason):
        check_data(Survey(folder), str(tmp_path / "dataset.json"), SMALL, tmp_path)


def test_a_table_labels_pictures_in_the_order_of_its_traits(tmp_path: Path) -> None:
    folder = filled_folder(tmp_path / "in", 18)
    lines = ["file,Hair Colour,Glasses", *(f"{i:02}.png,{('Red', 'Deep Green')[i % 2]},no" for i in range(16))]
    (folder / "labels.csv").write_text("\n".join([*lines, "gone.png,Red,no"]))
    store, survey = read(folder, tmp_path / "block", folder / "labels.csv")
    assert store.traits == {"hair-colour": ("deep-green", "red"), "glasses": ("no",)}
    assert store.labels[0].tolist() == [0, 1, 1]
    assert store.labels[1].tolist() == [1, 0, 1]
    assert reasons(survey) == {
        **dict.fromkeys(["16.png", "17.png"], "no label"),
        "gone.png": "named in the labels, but missing",
    }
    said = describe_data(survey, np.asarray(store.labels), store.traits)
    assert said[0] == f"pictures   16 of 18 files in {folder}"
    assert said[2:5] == ["classes    hair-colour: deep-green 8, red 8", "           glasses: no 16", "left out   3"]
    reopened = open_store(tmp_path / "block")
    assert reopened is not None
    assert reopened.traits == store.traits


@pytest.mark.parametrize(
    ("text", "reason"),
    [
        (b"file,hair\na.png,Red\nb.png,red!\n", "'Red' and 'red!' would both be called red"),
        (b"file,hair\na.png\n", "line 2 has 1 fields, not 2"),
        (b"file,hair\na.png,!!\n", "no letter or digit"),
        (b"file,hair,hair\na.png,x,y\n", "named twice"),
        (b"file\na.png\n", "names no trait"),
        (b"", "names no trait"),
        (b"file,hair\na.png,red\na.png,blue\n", "a.png appears twice"),
        (b"\xff\xfe\x00\x80", "cannot be read as a CSV file"),
        (b"file,hair\na.png,red\n./a.png,blue\n", "./a.png appears twice"),
        (b"file,hair,eyes\na.png,red,x\n\nb.png,,y\n", "line 4 has no value of hair"),
    ],
)
def test_unusable_tables_are_refused_with_the_reason(text: bytes, reason: str, tmp_path: Path) -> None:
    with pytest.raises(errors.BadLabels, match=reason):
        read_labels(text, tmp_path / "labels.csv")


@pytest.mark.parametrize(
    "text",
    [
        b"file;hair;eyes\na.png;Red;-1\nb.png;Blue;1\n",
        b"file\thair\teyes\r\na.png\tRed\t-1\r\nb.png\tBlue\t1\r\n",
        b"\thair\teyes\na.png\tRed\t-1\nb.png\tBlue\t1\n",
        b"\xef\xbb\xbffile,hair,eyes\n./a.png,Red,-1\nb.png,Blue,1\n,,\n , ,\n",
    ],
)
def test_tables_of_spreadsheets_are_read(text: bytes, tmp_path: Path) -> None:
    assert read_labels(text, tmp_path / "labels.csv") == {
        "a.png": {"hair": "red", "eyes": "minus-1"},
        "b.png": {"hair": "blue", "eyes": "1"},
    }


@pytest.mark.parametrize("coding", ["utf-8", "utf-8-sig", "utf-16", "utf-32"])
def test_labels_in_json_are_known_in_every_coding(coding: str, tmp_path: Path) -> None:
    folder = filled_folder(tmp_path / "in", 2)
    names = sorted(path.name for path in folder.iterdir())
    (labels := tmp_path / "labels.json").write_bytes(
        json.dumps({"labels": [[names[0], 0], [names[1], 1]]}).encode(coding)
    )
    store, _ = read(folder, tmp_path / "block", labels)
    assert store.traits == {"class": ("0", "1")}


@pytest.mark.parametrize("labels", ["[]", '[["00.png", null]]'])
def test_an_own_list_of_no_labels_means_none_and_one_that_is_asked_for_is_refused(labels: str, tmp_path: Path) -> None:
    folder = filled_folder(tmp_path / "in", 2)
    (folder / "dataset.json").write_text(f'{{"labels": {labels}}}')
    assert not read(folder, tmp_path / "block")[0].traits
    with pytest.raises(errors.BadLabels, match="no file has a label in it"):
        read(folder, tmp_path / "other", folder / "dataset.json")


@pytest.mark.parametrize("form", ["folders", "table"])
def test_values_that_no_picture_has_are_none(form: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    folder = tmp_path / "in"
    for name in ("cats/a.png", "dogs/b.png"):
        save_picture(folder / name)
    (folder / "notes").mkdir()
    (folder / "notes" / "readme.txt").write_text("no picture")
    rows = ["file,class", "cats/a.png,cats", "dogs/b.png,dogs", "notes/readme.txt,notes", "missing.png,birds"]
    (table := tmp_path / "labels.csv").write_text("\n".join(rows))
    store, _ = read(folder, tmp_path / "block", "folders" if form == "folders" else table)
    assert store.traits == {"class": ("cats", "dogs")}
    assert np.asarray(store.labels).tolist() == [[1, 0], [0, 1]]
    stored = {
        "data": str(folder),
        "labels": "folders" if form == "folders" else str(table),
        "settings": Settings(32, 1).to_dict(),
    }
    assert try_pictures(stored, tmp_path / "run", 0).traits == store.traits
    assert "notes" not in capsys.readouterr().out.partition("left out")[0]


def test_too_many_values_are_refused_before_anything_is_read(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(dataset, "MAX_VALUES", 2)
    folder = tmp_path / "in"
    for name in ("a/a.png", "b/b.png", "c/c.png"):
        save_picture(folder / name)
    with pytest.raises(errors.BadLabels, match="it has 3 values, and there may be 2"):
        read(folder, tmp_path / "block", "folders")


class Unmarked(zipfile.ZipInfo):
    """A file in an archive whose name is UTF-8 without the mark that says so."""

    def _encodeFilenameFlags(self) -> tuple[bytes, int]:  # zipfile calls it
        return self.filename.encode(), self.flag_bits


def test_names_in_an_archive_that_are_utf_8_without_saying_so_are_read(tmp_path: Path) -> None:
    names = ("初音/é.png", "plain/a.png")
    with zipfile.ZipFile(tmp_path / "a.zip", "w") as archive:
        for name in names:
            archive.writestr(Unmarked(name), picture_bytes())
    assert zipfile.ZipFile(tmp_path / "a.zip").namelist() != [*names]  # Python's own reading
    store, survey = read(tmp_path / "a.zip", tmp_path / "block", "folders")
    assert store.traits == {"class": ("chuyin", "plain")}
    assert not survey.left_out


def test_one_hots_follow_the_table() -> None:
    assert encode_label({"a": "y", "b": "z"}, {"a": ("x", "y"), "b": ("z",)}).tolist() == [0, 1, 1]


# --- any mixture ----------------------------------------------------------------------------------

# Ending -> Pillow's format, modes, and how far a colour may be off: up to 6 as Lanczos is no mean of 4 x 4 pixels.
FORMATS = {
    "png": ("PNG", ("RGB", "RGBA", "L", "LA", "P"), 6),
    "jpg": ("JPEG", ("RGB", "L", "CMYK"), 14),
    "webp": ("WEBP", ("RGB", "RGBA"), 16),
    "gif": ("GIF", ("L",), 7),
    "bmp": ("BMP", ("RGB", "L"), 6),
    "tiff": ("TIFF", ("RGB", "RGBA", "L", "CMYK", "I;16", "F"), 6),
    "tga": ("TGA", ("RGB", "RGBA", "L"), 6),
    "jp2": ("JPEG2000", ("RGB", "L"), 8),
    "avif": ("AVIF", ("RGB", "RGBA"), 16),
    "qoi": ("QOI", ("RGB", "RGBA"), 6),
    "ppm": ("PPM", ("RGB", "L"), 6),
}
NAMES = st.text(st.characters(blacklist_characters="/\\\0", blacklist_categories=["Cs"]), min_size=1, max_size=30)


class File:
    """A file of a mixture: what it shows if it is whole, [16, 16, 3], else None; and how far a colour may be off."""

    def __init__(self, name: str, body: bytes, shows: NDArray[np.float64] | None, tolerance: int = 0) -> None:
        self.name, self.body, self.shows, self.tolerance = name, body, shows, tolerance

    def __repr__(self) -> str:
        return f"File({self.name!r}, {self.body[:20]!r}... {len(self.body)} bytes)"


@st.composite
def whole_pictures(draw: st.DrawFn) -> File:
    """A smooth picture in a format and mode, four times as large as it is stored, and what must be stored of it."""
    ending = draw(st.sampled_from(sorted(FORMATS)))
    kind, modes, tolerance = FORMATS[ending]
    mode, rng = draw(st.sampled_from(modes)), np.random.default_rng(draw(st.integers(0, 99)))
    image = Image.fromarray(rng.integers(0, 255, (3, 3, 3), np.uint8)).resize((64, 64), Image.Resampling.BILINEAR)
    grey = mode in ("L", "LA", "I;16", "F")
    pixels = np.asarray(image.convert("L").convert("RGB") if grey else image)
    saved = image.convert("L" if grey else mode)
    if mode == "I;16":
        saved = Image.fromarray(np.asarray(saved).astype(np.uint16) * 257)
    elif mode == "F":
        saved = Image.fromarray(np.asarray(saved).astype(np.float32) / 255)
    elif mode == "LA":
        saved = saved.convert("LA")
    elif mode == "P":
        pixels, tolerance = np.asarray(saved.convert("RGB")), 16  # steps of the palette are smoothed
    body = io.BytesIO()
    saved.save(body, kind, **({"quality": 95} if kind in ("JPEG", "WEBP", "AVIF") else {}))
    shows = pixels.reshape(16, 4, 16, 4, 3).mean(axis=(1, 3))
    return File(draw(NAMES) + f".{ending}", body.getvalue(), shows, tolerance)


@st.composite
def damaged_pictures(draw: st.DrawFn) -> File:
    picture = draw(whole_pictures())
    body = bytearray(picture.body[: draw(st.integers(0, len(picture.body)))])
    for at, byte in draw(st.lists(st.tuples(st.integers(0, 10_000), st.integers(0, 255)), max_size=4)):
        if body:
            body[at % len(body)] = byte
    return File(picture.name, bytes(body), None)


JUNK = st.builds(
    lambda name, start, body: File(name, start + body, None),
    NAMES,
    st.sampled_from(
        [b"", b"\x89PNG\r\n\x1a\n", b"\xff\xd8\xff\xe0", b"II*\0", b"GIF89a", b"RIFF\0\0\0\0WEBP", b"PK\3\4"]
    ),
    st.binary(max_size=200),
)


@settings(max_examples=400 if FULL else 12, deadline=None)
@given(st.lists(whole_pictures() | damaged_pictures() | JUNK, max_size=8), st.booleans(), st.sampled_from([1, 3, 4]))
def test_any_mixture_of_files_is_taken_or_named_and_colours_are_kept(
    mixture: list[File], packed_up: bool, colours: int
) -> None:
    by_name = {sources.same_name(file.name).encode()[-200:].decode(errors="ignore"): file for file in mixture}
    by_name = {name: file for name, file in by_name.items() if name not in (".", "..", "dataset.json")}
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder)
        if packed_up:
            path = packed(path / "data.zip", {name: file.body for name, file in by_name.items()})
        for name, file in by_name.items() if not packed_up else ():
            (path / name).write_bytes(file.body)
        taken, left_out = {}, []
        with open_data(path) as data:
            for (entry, _), result in dataset._decode_all(data.files, Shape(16, 16, colours)):
                if isinstance(result, LeftOut):
                    left_out.append(result.name)
                else:
                    taken[entry.name] = result.pixels
            left_out += [one.name for one in data.left_out]
    assert sorted([*taken, *left_out]) == sorted(by_name)
    for name, file in by_name.items():
        if file.shows is not None and not name.startswith("."):
            stored = taken[name].astype(float)
            luma = file.shows @ (0.299, 0.587, 0.114)
            assert np.abs(stored[..., :3] - (luma[..., None] if colours == 1 else file.shows)).max() <= file.tolerance


# --- the report before training -------------------------------------------------------------------


def options(*words: str) -> argparse.Namespace:
    parser = argparse.ArgumentParser()
    add_arguments(parser)
    return parser.parse_args(words)


def test_a_dry_run_says_what_there_is_and_leaves_nothing(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    folder = filled_folder(tmp_path / "in" / "a", 10).parent
    filled_folder(folder / "b", 7)
    (folder / "notes.txt").write_text("mine")
    out, before = tmp_path / "run", sorted(tmp_path.rglob("*"))
    words = ("--data", str(folder), "--labels", "folders", "--out", str(out), "--resolution", "32", "--threads", "1")
    assert run(options(*words, "--config", "tiny", "--batch", "2", "--kimg", "0.01", "--dry-run")) == 0
    assert sorted(tmp_path.rglob("*")) == before
    said = capsys.readouterr().out
    assert f"pictures   17 of 18 files in {folder}" in said
    assert "sizes      all 40 x 30" in said
    assert "enlarged, as a side is under 32 pixels: 17" in said
    assert "classes    class: a 10, b 7" in said
    assert "1 no label: notes.txt" in said
    assert re.search(r"memory     [\d.]+ GB on the processor", said)
    assert re.search(r"speed      [\d.]+ img/s, measured by \d+ steps: \d+ seconds to 0\.01 kimg", said)


@pytest.mark.parametrize("wrong", ["nothing there", "too few", "no pictures", "bad labels", "damaged"])
def test_a_new_run_whose_data_cannot_be_used_leaves_no_folder(
    wrong: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr(dataset, "MIN_PICTURES", 16)
    folder, out = tmp_path / "in", tmp_path / "run"
    if wrong == "too few":
        filled_folder(folder, 3)
    elif wrong == "bad labels":
        (filled_folder(folder) / "dataset.json").write_text('{"labels": [["00.png", "cat"]]}')
    elif wrong != "nothing there":
        folder.mkdir()
        for i in range(20):
            (folder / f"{i}.png").write_bytes(b"text" if wrong == "no pictures" else picture_bytes()[:60])
    with pytest.raises((errors.FileMissing, errors.TooFewPictures, errors.BadLabels)):
        run(options("--data", str(folder), "--out", str(out), "--resolution", "32"))
    assert not out.exists()
    if wrong == "damaged":
        assert "20 damaged: 0.png (" in capsys.readouterr().out


# --- array files ----------------------------------------------------------------------------------


def test_array_files_of_earlier_versions_are_opened(tmp_path: Path) -> None:
    np.save(tmp_path / "pictures.npy", np.full((4, 8, 8, 3), 255, np.uint8))
    np.save(tmp_path / "labels.npy", np.eye(4, 2, dtype=np.float32))
    np.save(tmp_path / "continuous.npy", np.zeros((4, 0), np.float32))
    (tmp_path / "traits.json").write_text('{"class": ["a", "b"]}')
    store = open_store(tmp_path)
    assert store is not None
    assert (len(store), store.side, store.colours, store.traits) == (4, 8, 3, {"class": ("a", "b")})
    assert store.batch(np.arange(2), 4, torch.device("cpu")).shape == (2, 3, 4, 4)


def test_pictures_fill_several_files_and_replace_those_of_an_interrupted_reading(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(stores, "SHARD", 4)
    folder, block = filled_folder(tmp_path / "in", 11), tmp_path / "block"
    (folder / "05.png").write_bytes(b"damaged")
    with monkeypatch.context() as interrupted:
        interrupted.setattr(dataset, "encode_label", lambda *_: 1 / 0)
        with pytest.raises(ZeroDivisionError):
            read(folder, block)
    block.mkdir(exist_ok=True)
    np.save(block / "shard-0007-pictures.npy", np.zeros((4, 16, 16, 3), np.uint8))
    assert open_store(block) is None
    store, _ = read(folder, block)
    assert len(store) == 10
    reds = [i for i in range(10) if tuple(store.pictures[i][8, 8]) == (255, 0, 0)]
    assert reds == [0, 3, 5, 8]  # of the files 0, 3, 6 and 9
