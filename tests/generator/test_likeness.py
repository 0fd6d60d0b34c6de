"""The nearest face to a picture: how a picture is read, how the face is searched, and the runs of the worker."""

import io
import os
import shutil
import zlib
from collections.abc import Iterator, Mapping
from contextlib import closing
from pathlib import Path
from typing import Any

import checkpoint_writers
import numpy as np
import pytest
import torch
from PIL import Image
from worker_process import Process

from generator import __main__ as command_line
from generator import checkpoints
from generator.contract import errors, protocol, stamp, vector
from generator.contract.protocol import Cancel, Failed, Finished, Message, Preview, Progress, Run
from generator.contract.recipe import Recipe
from generator.features.reader import Reader
from generator.projection import encoder, teaching
from generator.projection import picture as pictures
from generator.projection.distance import Distance, psnr, to_pictures
from generator.projection.readers import find_readers
from generator.projection.search import Search, as_rgb
from generator.projection.spread import measure_spread
from generator.rendering import render
from generator.rendering.latents import Latents
from generator.stylegan2.network import Generator, Hyperparameters

FULL = bool(os.environ.get("FULL_SIZE"))
FACES, ROUNDS = (64, 40) if FULL else (16, 4)  # that an encoder learns from
BIG = 10 * 2**20
DRAWN = checkpoints.MODELS / "drawn-4.safetensors"  # has a reader and an encoder
SHADES = Image.fromarray((np.indices((40, 60)).sum(0) * 2).astype(np.uint8))


def save(picture: Image.Image, file_format: str = "PNG", **options: Any) -> bytes:
    out = io.BytesIO()
    picture.save(out, file_format, **options)
    return out.getvalue()


def network(
    size: tuple[int, int] = (4, 4),
    colours: int = 3,
    architecture: str = "skip",
    traits: Mapping[str, tuple[str, ...]] | None = None,
    seed: int = 1,
) -> Generator:
    hyper = Hyperparameters(
        resolution=32,
        channels={4: 16, 8: 16, 16: 16, 32: 16},
        const_size=size,
        z_dim=16,
        w_dim=16,
        num_mapping_layers=2,
        img_channels=colours,
        architecture=architecture,
        c_dim=sum(map(len, (traits or {}).values())),
    )
    made = Generator.new(hyper, seed, name="plain", traits=traits).freeze()
    made.estimate_w_avg(200)
    return made


def picture_of(generator: Generator, seed: int) -> Image.Image:
    return Image.fromarray(render.raw_frames(Recipe.make("waifu", seed, psi=1), generator, enlarge=False)[0])


# Pictures from outside


@pytest.mark.parametrize("mode", ["1", "L", "LA", "P", "RGB", "RGBA"])
def test_a_picture_of_any_colours_is_read_in_rgb(mode: str) -> None:
    read = pictures.decode(save(SHADES.convert(mode)))
    assert (read.mode, read.size) == ("RGB", (60, 40))
    if mode != "1":
        assert np.abs(np.asarray(read).astype(int) - np.asarray(SHADES.convert("RGB"))).max() <= 2


def test_greys_of_sixteen_bits_and_inks_are_read_as_they_look() -> None:
    deep = Image.fromarray(np.asarray(SHADES).astype(np.uint16) * 257)
    for raw in (save(deep), save(SHADES.convert("CMYK"), "JPEG", quality=100)):
        assert np.abs(np.asarray(pictures.decode(raw)).astype(int) - np.asarray(SHADES.convert("RGB"))).max() <= 4


@pytest.mark.parametrize("orientation", range(10))
def test_a_photograph_is_put_upright(orientation: int) -> None:
    marked = Image.new("RGB", (60, 40), "white")
    marked.paste("black", (0, 0, 20, 10))  # the upper left corner, as it lies in the file
    exif = Image.Exif()
    exif[0x0112] = orientation
    read = pictures.decode(save(marked, "JPEG", exif=exif, quality=95))
    dark = np.asarray(read.convert("L")) < 100
    places = {1: (0, 0), 2: (0, -1), 3: (-1, -1), 4: (-1, 0), 5: (0, 0), 6: (0, -1), 7: (-1, -1), 8: (-1, 0)}
    corner = places.get(orientation, (0, 0))
    assert dark[corner]
    assert dark.sum() == pytest.approx(200, abs=20)
    assert read.size == ((40, 60) if orientation in (5, 6, 7, 8) else (60, 40))


@pytest.mark.parametrize("file_format", ["GIF", "WEBP", "PNG"])
def test_of_an_animation_the_first_frame_is_read(file_format: str) -> None:
    frames = [Image.new("RGB", (32, 32), colour) for colour in ("red", "blue")]
    read = pictures.decode(save(frames[0], file_format, save_all=True, append_images=frames[1:]))
    red, _, blue = np.asarray(read).mean((0, 1))
    assert red > 240 > 20 > blue


def test_what_is_transparent_lies_on_white() -> None:
    read = pictures.decode(save(Image.new("RGBA", (20, 20), (255, 0, 0, 51))))
    assert np.asarray(read)[5, 5].tolist() == [255, 204, 204]


def test_of_a_large_or_long_picture_only_a_small_copy_is_kept() -> None:
    assert min(pictures.decode(save(Image.new("L", (2600, 2500)), "JPEG")).size) <= pictures.KEPT_SIDE
    long = pictures.decode(save(Image.new("L", (9000, 100))))
    assert long.width <= pictures.MAX_ASPECT * long.height


def extended_webp(width: int, height: int) -> bytes:
    sides = (width - 1).to_bytes(3, "little") + (height - 1).to_bytes(3, "little")
    return b"RIFF\0\0\0\0WEBPVP8X\x0a\0\0\0\x12\0\0\0" + sides + bytes(64)


def png_of(width: int, height: int) -> bytes:
    """Return a PNG file that claims to be of this size."""
    raw = bytearray(save(Image.new("L", (1, 1))))
    raw[16:24] = width.to_bytes(4, "big") + height.to_bytes(4, "big")
    raw[29:33] = zlib.crc32(raw[12:29]).to_bytes(4, "big")
    return bytes(raw)


@pytest.mark.parametrize(
    ("raw", "error"),
    [
        (b"", errors.PictureUnreadable),
        (b"GIF89a" + b"\xff" * 200, errors.PictureUnreadable),
        (save(SHADES)[:60], errors.PictureUnreadable),
        (save(SHADES, "BMP"), errors.PictureUnreadable),
        (save(SHADES, "TIFF"), errors.PictureUnreadable),
        (b"<svg xmlns='http://www.w3.org/2000/svg'/>", errors.PictureUnreadable),
        (extended_webp(256, 256), errors.PictureUnreadable),
        (extended_webp(16384, 16384), errors.PictureTooManyPixels),
        (png_of(8001, 5000), errors.PictureTooManyPixels),
        (png_of(60000, 60000), errors.PictureTooManyPixels),
        (save(Image.new("RGB", (15, 300))), errors.PictureTooSmall),
        (bytes(protocol.MAX_PICTURE_BYTES + 1), errors.PictureTooLarge),
    ],
    ids=lambda value: f"{len(value)} bytes" if isinstance(value, bytes) else value.__name__,
)
def test_a_file_that_is_no_picture_or_too_large_is_one_sentence(raw: bytes, error: type[Exception]) -> None:
    with pytest.raises(error) as caught:
        pictures.decode(raw)
    assert type(caught.value) is error
    assert type(caught.value.fields.get("megapixels", 0.0)) in (int, float)


def test_the_middle_is_cut_out_in_the_shape_of_the_network() -> None:
    wide = Image.new("RGB", (300, 100), "red")
    wide.paste("blue", (100, 0, 200, 100))
    assert (np.asarray(pictures.cut(wide, 50, 50))[:, 5:-5] == (0, 0, 255)).all()
    assert pictures.cut(wide, 24, 32).size == (24, 32)


# Distances and searches


def test_a_picture_is_nearest_to_itself_and_nearer_to_what_resembles_it() -> None:
    target, other = torch.rand(2, 1, 3, 32, 32) * 2 - 1
    distance = Distance(target)
    ways = torch.cat([target, 0.9 * target + 0.1 * other, other])
    assert distance(ways)[0] == 0
    assert distance(ways).argsort().tolist() == [0, 1, 2]
    assert psnr(target, target) == 99
    assert psnr(target * 0, target) == pytest.approx(10 * np.log10(4 / float(target.square().mean())), abs=1e-3)


@pytest.mark.parametrize(
    ("size", "colours", "architecture"),
    [((4, 4), 3, "skip"), ((4, 4), 3, "resnet"), ((4, 4), 1, "skip"), ((4, 4), 4, "skip"), ((6, 4), 3, "skip")],
)
def test_a_face_of_the_network_is_found_again(size: tuple[int, int], colours: int, architecture: str) -> None:
    generator = network(size, colours, architecture)
    target = picture_of(generator, 5)
    search = Search(generator, target.resize((target.width * 3, target.height * 3)), find_readers(generator), steps=60)
    first = None
    while search.done < search.total:
        search.step()
        first = search.best.clone() if first is None else first
    assert first is not None
    before, after = (closeness(search, w) for w in (first, search.best))
    assert after > before + 3
    assert after > 20
    assert search.best.shape == (generator.num_ws, generator.w_dim)


def closeness(search: Search, w: torch.Tensor) -> float:
    with torch.no_grad():
        return psnr(as_rgb(search.generator.synthesis(w[None])), search.target)


def test_a_search_leaves_the_network_as_it_was_and_finds_the_same_again() -> None:
    generator = network()
    before = {name: tensor.clone() for name, tensor in generator.state_dict().items()}
    found = []
    for _ in range(2):
        search = Search(generator, picture_of(generator, 5), find_readers(generator), steps=5)
        while search.done < search.total:
            search.step()
        found.append(search.best)
    assert torch.equal(*found)
    assert all(torch.equal(before[name], tensor) for name, tensor in generator.state_dict().items())
    assert not any(parameter.requires_grad for parameter in generator.parameters())


def test_the_traits_of_a_network_that_has_a_reader_are_read_first() -> None:
    generator = checkpoints.load(DRAWN)
    readers = find_readers(generator)
    assert readers.portraits is not None
    wanted = {"hair": "pink", "eyes": "blue", "glasses": "round"}
    frames = render.raw_frames(Recipe.make("waifu", 3, traits=wanted), generator)
    search = Search(generator, Image.fromarray(frames[0]), readers)
    assert wanted.items() <= search.traits.items()
    assert set(search.traits) == set(generator.traits)
    search.step()
    assert closeness(search, search.best) > 13  # of the first look; a face of other colours has less


def test_a_face_of_a_network_without_aliases_is_found_again() -> None:
    generator = checkpoint_writers.stylegan3_generator()
    generator.estimate_w_avg(200)
    search = Search(generator.freeze(), picture_of(generator, 5), find_readers(generator), steps=15)
    first = None
    while search.done < search.total:
        search.step()
        first = search.best.clone() if first is None else first
    assert first is not None
    assert closeness(search, search.best) > closeness(search, first) + 1


# Encoders


@pytest.fixture(scope="module")
def taught(tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, Generator]:
    """Return a network's file, beside which an encoder lies that has learnt a little."""
    traits = {"hair": ("pink", "blue"), "eyes": ("green", "red", "grey")}
    path = tmp_path_factory.mktemp("taught") / "labelled.safetensors"
    checkpoints.save(network(traits=traits), path)
    generator = checkpoints.load(path)
    seen: list[tuple[int, int]] = []
    made = teaching.teach(
        generator, faces=FACES, rounds=ROUNDS, advance=lambda done, total, loss: seen.append((done, total))
    )
    assert seen[-1][0] == seen[-1][1]
    encoder.save(made, generator, encoder.path_beside(path))
    return path, generator


@pytest.mark.parametrize("widths", [(4, 6, 8), (4, 4, 6, 8)])
def test_an_encoder_begins_with_the_layers_and_weights_of_a_reader(widths: tuple[int, ...]) -> None:
    generator = network(traits={"hair": ("pink", "blue")})
    begin = Reader(generator.traits, 3, widths)
    made = teaching.teach(generator, begin, faces=2, rounds=1)
    assert made.widths == widths
    assert made.knobs.out_features == generator.w_dim
    for name, weight in begin.trunk.named_parameters():  # one step at the cycle's first rate hardly moves them
        assert torch.allclose(made.trunk.get_parameter(name), weight, atol=0.01), name


def test_an_encoder_reads_the_traits_and_about_the_w_of_faces(taught: tuple[Path, Generator]) -> None:
    path, generator = taught
    found = find_readers(generator, path).encoder
    assert found is not None
    assert encoder.path_beside(path).stat().st_size < encoder.MAX_BYTES
    spread = measure_spread(generator)
    right, errors_of_w = [], []
    for seed in range(20):
        latents = Latents.of([seed], generator)
        assert latents.label is not None
        reading = encoder.read(found, to_pictures(render.raw_frames(Recipe.make("waifu", seed, psi=1), generator)))
        right += (reading.values == found.likeliest(latents.label)[0]).tolist()
        w = latents.styles(generator)[0, 0]
        errors_of_w.append(float((spread.mean + spread.size * reading.rest[0] - w).square().mean().sqrt()))
    assert len(right) == 40
    assert np.mean(errors_of_w) < 2 * spread.size
    if FULL:
        assert np.mean(right) > 0.6  # by chance 0.42
        assert np.mean(errors_of_w) < 1.1 * spread.size


def test_only_clear_traits_say_how_sure_a_reading_is(tmp_path: Path) -> None:
    generator = network(traits={"hair": ("pink", "blue"), "earrings": ("none", "hoop")})
    made = Reader(generator.traits, generator.w_dim).eval()
    torch.nn.init.zeros_(made.classify.weight)
    made.classify.bias.data = torch.tensor([9.0, 0, 0, 0])  # sure of pink, and of no earring
    picture = torch.zeros(1, 3, 8, 8)
    assert encoder.read(made, picture).sureness == pytest.approx(0.75, abs=0.01)
    for clear, kept, sure in (
        (("hair",), ("hair",), 1),
        (("earrings",), ("earrings",), 0.5),
        (("x",), made.clear, 0.75),
    ):
        made.clear = clear
        encoder.save(made, generator, tmp_path / "n.encoder")
        found = encoder.load(tmp_path / "n.encoder", generator)
        assert found is not None
        assert found.clear == kept
        assert encoder.read(found, picture).sureness == pytest.approx(sure, abs=0.01)


def test_clear_traits_are_those_that_a_taught_encoder_is_sure_of(monkeypatch: pytest.MonkeyPatch) -> None:
    generator = network(traits={"hair": ("pink", "blue"), "sort": ("face",)})
    monkeypatch.setattr(teaching, "CHECKED", 3)
    assert teaching.teach(generator, faces=2, rounds=1).clear == ("sort",)  # which has one value


def test_an_encoder_of_another_network_or_a_damaged_one_is_left_alone(
    taught: tuple[Path, Generator], tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    path, generator = taught
    other = tmp_path / "other.safetensors"
    checkpoints.save(network(traits=generator.traits, seed=2), other)
    shutil.copy(encoder.path_beside(path), encoder.path_beside(other))
    assert find_readers(checkpoints.load(other), other).encoder is None
    for raw in (b"", b"no encoder", encoder.path_beside(path).read_bytes()[:5000]):
        encoder.path_beside(other).write_bytes(raw)
        assert find_readers(generator, other).encoder is None
    assert caplog.text.count("other.encoder is not used") == 4


def test_a_search_begins_with_what_the_encoder_reads(taught: tuple[Path, Generator]) -> None:
    path, generator = taught
    search = Search(generator, picture_of(generator, 5), find_readers(generator, path), steps=3)
    while search.done < search.total:
        search.step()
    assert search.traits.keys() <= generator.traits.keys()


# The command


def command(*words: object) -> int:
    return command_line.main(list(map(str, words)))


def test_the_command_writes_the_face_with_its_line_and_both_side_by_side(
    taught: tuple[Path, Generator], tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    path, generator = taught
    picture_of(generator, 5).save(tmp_path / "in.jpg")
    out, beside = tmp_path / "out.png", tmp_path / "beside.png"
    words = ("project", tmp_path / "in.jpg", out, "--beside", beside, "--model", path, "--steps", 3)
    assert command(*words) == 0
    told = capsys.readouterr().out.splitlines()
    assert told[0] == stamp.read(out.read_bytes()) == stamp.read(beside.read_bytes())
    assert "dB from the picture" in told[-2]
    again = tmp_path / "again.png"
    assert command("render", told[0], again, "--attach", beside, "--model", path) == 0
    assert again.read_bytes() == out.read_bytes()


def test_the_command_teaches_an_encoder_beside_the_network(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    path = tmp_path / "plain.safetensors"
    checkpoints.save(network(), path)  # without traits
    assert command("project", "--teach", "--model", path, "--faces", 40, "--rounds", 1) == 0
    assert "plain.encoder" in capsys.readouterr().out
    generator = checkpoints.load(path)
    assert find_readers(generator, path).encoder is not None


@pytest.mark.parametrize(
    ("words", "sentence"),
    [
        (("in.png",), "give a picture and the file to write, or --teach"),
        (("in.png", "out.jpg"), "the file's ending cannot be '.jpg'; choose one of: .png"),
        (("missing.png", "out.png"), "There is no file missing.png"),
        (("bad.png", "out.png"), "no picture that can be read"),
        (("in.png", "out.png", "--faces", "3"), "Give either --faces or a picture"),
        (("in.png", "--teach"), "Give either a picture or --teach"),
        (("in.png", "nowhere/out.png"), "could not be written"),
        (("in.png", "in.png"), "that is the picture; choose another name"),
        (("in.png", "out.png", "--beside", "in.png"), "that is the picture; choose another name"),
        (("in.png", "out.png", "--beside", "./out.png"), "that is where the face goes; choose another name"),
    ],
)
def test_what_the_command_cannot_use_is_one_sentence(
    words: tuple[str, ...],
    sentence: str,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    monkeypatch.chdir(tmp_path)
    SHADES.save("in.png")
    Path("bad.png").write_bytes(b"no picture")
    before = Path("in.png").read_bytes()
    assert command("project", *words) == 1
    assert sentence in capsys.readouterr().err
    assert Path("in.png").read_bytes() == before


def test_of_a_strange_picture_no_traits_are_told_and_the_face_stays_one_of_the_network() -> None:
    generator = checkpoints.load(DRAWN)
    readers = find_readers(generator, DRAWN)
    stripes = Image.fromarray(np.indices((64, 64))[0].astype(np.uint8) // 8 % 2 * 255).convert("RGB")
    search = Search(generator, stripes, readers, steps=8)
    while search.done < search.total - 16:
        search.step()
    start = search.best.clone()
    while search.done < search.total:
        search.step()
    assert search.traits == {}
    own = Search(generator, Image.fromarray(render.raw_frames(Recipe.make("waifu", 3), generator)[0]), readers, steps=8)
    assert own.traits
    assert 0 < float((search.best - start).square().mean().sqrt()) < readers.spread.size / 2


def test_the_middle_of_a_picture_counts_more_than_its_edges() -> None:
    target, at_edge, in_middle = (torch.zeros(1, 3, 32, 32) for _ in range(3))
    at_edge[..., :8, :8] = in_middle[..., 12:20, 12:20] = 1
    plain, weighed = Distance(target), Distance(target, in_middle=True)
    assert float(plain(at_edge)) <= float(plain(in_middle))
    assert float(weighed(at_edge)) < float(weighed(in_middle)) / 2


# The worker


@pytest.fixture(scope="module")
def worker(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Process]:
    path = tmp_path_factory.mktemp("models") / "plain.safetensors"
    checkpoints.save(network(), path)
    with closing(Process("--model", path, "--precision", "exact", "--device", "cpu")) as process:
        process.ready()
        yield process


def ask(id_: int, raw: bytes, named: bytes | None = None, **more: Any) -> list[Message]:
    pieces = list(protocol.attach(id_, raw))
    line = f"like picture={vector.digest_of(raw if named is None else named)}"
    return [*pieces, Run(id_, line, more.get("max_bytes", BIG), f"person {id_}", (pieces[0].digest,) if raw else ())]


def receive(process: Process, id_: int) -> tuple[list[Message], bytes]:
    """Return the messages about a run up to its last, and its file."""
    received: list[Message] = []
    file = b""
    while not isinstance(received and received[-1], Finished | Failed):
        message = process.receive()
        if isinstance(message, protocol.Part):
            file += message.body
        elif getattr(message, "id", None) == id_:
            received.append(message)
    return received, file


def test_a_picture_becomes_a_face_beside_it_whose_line_draws_that_face(worker: Process) -> None:
    raw = save(picture_of(network(), 5).resize((100, 90)))
    worker.send(*ask(1, raw))
    received, file = receive(worker, 1)
    looks = [message for message in received if isinstance(message, Preview)]
    steps = [message for message in received if isinstance(message, Progress)]
    ending = received[-1]
    assert isinstance(ending, Finished)
    assert received.index(looks[0]) < received.index(steps[0])
    assert steps[-1].done == steps[-1].total
    with Image.open(io.BytesIO(looks[0].body)) as look, Image.open(io.BytesIO(file)) as picture:
        assert look.size == picture.size == (ending.width, ending.height) == (30 + 2 * 256, 20 + 256)
        shown = np.asarray(picture)[10:266, 276:532].astype(int)
    mark = stamp.read_stamp(file)
    assert mark is not None
    assert mark.network
    recipe = Recipe.parse(mark.line)
    assert recipe.kind == "waifu"
    stored = stamp.read_vectors(file, recipe.vectors)
    ((digest, attachment),) = stored.items()
    (piece,) = protocol.attach(2, attachment)
    worker.send(piece, Run(2, str(recipe), BIG, attachments=(piece.digest,)))
    _, alone = receive(worker, 2)
    with Image.open(io.BytesIO(alone)) as face:
        difference = np.abs(np.asarray(face).astype(int) - shown)
    assert difference[16:-16, 16:-16].max() == 0  # the corners are round
    assert ending.psnr > 20
    assert digest in mark.line


@pytest.mark.parametrize(
    ("raw", "named", "code"),
    [
        (b"no picture", None, "picture_unreadable"),
        (save(SHADES.crop((0, 0, 8, 8))), None, "picture_too_small"),
        (save(SHADES), b"another", "picture_missing"),
        (b"", b"another", "picture_missing"),
    ],
    ids=["unreadable", "small", "other", "missing"],
)
def test_a_run_whose_picture_cannot_be_used_ends_with_a_sentence(
    worker: Process, raw: bytes, named: bytes | None, code: str
) -> None:
    worker.send(*ask(3, raw, named)) if raw else worker.send(Run(3, f"like picture={vector.digest_of(b'')}", BIG))
    received, _ = receive(worker, 3)
    ending = received[-1]
    assert isinstance(ending, Failed)
    assert ending.code == code
    assert vector.digest_of(raw).encode() not in worker.log


def test_a_search_that_is_cancelled_ends_once_and_the_next_run_is_drawn(worker: Process) -> None:
    worker.send(*ask(4, save(SHADES)), Cancel(4), Run(5, "waifu 1", BIG))
    ended = worker.until(4, 5)
    assert isinstance(ended[4][0], Failed)
    assert isinstance(ended[5][0], Finished)


def test_single_pictures_of_others_do_not_wait_for_a_search(worker: Process) -> None:
    worker.send(*ask(6, save(SHADES)))
    while not isinstance(worker.receive(), Preview):
        pass
    worker.send(*(Run(id_, f"waifu {id_}", BIG, "another") for id_ in (7, 8, 9)))
    assert list(worker.until(6, 7, 8, 9))[-1] == 6
