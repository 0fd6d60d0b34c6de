"""Tests that broken lines, frames, stamps and checkpoints give no errors but our own, in little time and memory.

The tests try 50 variants of each and take some seconds. With FULL_SIZE=1 they try 10,000 variants of each.
"""

import asyncio
import io
import json
import os
import queue
import random
import struct
import subprocess
import sys
import threading
import tracemalloc
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import checkpoint_writers
import pytest
import torch
from any_recipe import recipes
from hypothesis import HealthCheck, example, given, settings
from hypothesis import strategies as st
from PIL import Image
from project_paths import FIXTURES, ROOT, SHARED
from safetensors.torch import save_file

from bot.worker.engine import LocalEngine
from generator.contract import errors, protocol, stamp, vector
from generator.contract.kinds import KINDS
from generator.contract.recipe import MAX_LINE_CHARS, Recipe
from generator.projection.picture import KEPT_SIDE, MAX_ASPECT, decode
from generator.worker import stdio

FULL = bool(os.environ.get("FULL_SIZE"))
VARIANTS = 10_000 if FULL else 50
MEMORY = 300 << 20  # bytes
PATIENCE_S = 60.0  # time limit for one variant, even on a busy machine

pytestmark = pytest.mark.timeout(7200 if FULL else 180)
read_from_proc = pytest.mark.skipif(
    not Path("/proc/self/clear_refs").exists(), reason="the peak of one variant is read from /proc"
)

many = settings(
    max_examples=VARIANTS,
    deadline=20_000,  # ms
    suppress_health_check=[HealthCheck.too_slow, HealthCheck.data_too_large, HealthCheck.filter_too_much],
)


@contextmanager
def little_memory(limit: int = MEMORY) -> Iterator[None]:
    """Check that what Python allocates in the block stays below ``limit`` bytes."""
    tracemalloc.start()
    try:
        yield
        assert tracemalloc.get_traced_memory()[1] < limit
    finally:
        tracemalloc.stop()


# Broken bytes and texts, made from good ones.


@st.composite
def broken(draw: st.DrawFn, good: st.SearchStrategy[bytes]) -> bytes:
    """Draw good bytes, and damage them up to four times.

    Each time, bytes are changed, cut off, cut out, repeated, exchanged, or overwritten with a number, often a huge one.
    """
    data = bytearray(draw(good))
    for _ in range(draw(st.integers(0, 4))):
        at, to = (draw(st.integers(0, len(data))) for _ in range(2))
        size = draw(st.sampled_from((1, 2, 4, 8, 40, 1000)))
        match draw(st.integers(0, 5)):
            case 0:
                data[at : at + 1] = bytes([draw(st.integers(0, 255))])
            case 1:
                del data[at:]
            case 2:
                del data[at : at + size]
            case 3:
                data[at:at] = data[to : to + size] * draw(st.sampled_from((1, 2, 300)))
            case 4:
                data[at : at + size], data[to : to + size] = data[to : to + size], data[at : at + size]
            case _:
                number = draw(
                    st.sampled_from((0, 1, 127, 255, 2**15, 2**16 - 1, 2**31 - 1, 2**32 - 1, 2**63, 2**64 - 1))
                )
                data[at : at + 8] = struct.pack(draw(st.sampled_from("<>")) + "Q", number)[: draw(st.integers(1, 8))]
    return bytes(data)


SEEDS = ["1", "-1", "4294967296", "Asuka", "１２３", "1_0", "0x10", "1e999", "nan", "𝟙𝟚"]
OPTIONS = [
    "psi=",
    "=0.7",
    "psi=nan",
    "frames=1e9",
    "seconds=1e308",
    "fps=0",
    "layers=0-99999999999999",
    "layers=-1",
    "fine=,,,",
]
OPTIONS += [
    "trait.",
    "trait.=x",
    "to.a=b",
    "model=../../x",
    "model=a",
    "seed=",
    "format=exe",
    "from=inf",
    "cutoff=-0",
    "=",
    "==",
]
OPTIONS += ["faces=", "faces=7,near(7,1)", "faces=(", "fine=mix(1,2),3", "fine=@", "space=sphere"]
EXPRESSIONS = [
    "near(",
    "noise(7,",
    "mix(",
    "move(7,d1=",
    "between(7,",
    "psi(",
    "7(",
    "7(psi=1)",
    ",",
    ")",
    "0-3)",
    "1/3,z)",
]
EXPRESSIONS += [
    "@0123456789abcdef01234567",
    "@0123456789abcdef01234567(psi=",
    "near(near(7,1,fine),3/16)",
    "all)",
    "=2)",
    "hair=",
]
STRAY = [".,", "\0", "\x1b[31m", "@everyone", "<@1>", "`", "\u202e", "\ufdfd", "İ", "ß", "ｐｓｉ=１"]
WORDS = st.sampled_from([*KINDS, "chart", *SEEDS, *OPTIONS, *STRAY, *EXPRESSIONS])
LINES = broken(recipes().map(lambda recipe: str(recipe).encode()))
TYPED = st.lists(WORDS | st.text(max_size=12), max_size=40).map(" ".join)
# A kind and an expression whose pieces follow one another at random.
BUILT = st.tuples(
    st.sampled_from(sorted(KINDS)), st.lists(st.sampled_from([*EXPRESSIONS, *SEEDS]), max_size=30).map("".join)
).map(" ".join)


@settings(many, max_examples=100_000 if FULL else 100)
@given(LINES | TYPED | BUILT)
@example("waifu " + "near(" * 20_000)
@example("waifu " + "mix(7," * 240 + "7" + ")" * 40)
@example("grid faces=" + "mix(" * 30 + "7" + ",8)" * 30)
@example("waifu " + "9" * 100_000)
@example("waifu 1 psi=" + "9" * 5_000)
@example("morph " + "1 " * 50_000)
@example("grid 3 seed=1 psi=" + "0.1," * 20_000)
def test_a_broken_line_gives_a_recipe_or_one_sentence(typed: bytes | str) -> None:
    line = typed if isinstance(typed, str) else typed.decode("utf-8", "replace")
    try:
        made = Recipe.parse(line)
    except errors.RecipeError as error:
        sentence = str(error)
        assert "\n" not in sentence
        assert len(sentence) < 2000  # Discord's limit for a message
    else:
        assert Recipe.parse(str(made)) == made
        assert str(made).isascii()
        assert len(str(made)) <= MAX_LINE_CHARS or len(line) > MAX_LINE_CHARS // 2


# Frames of the protocol.

NUMBERS = st.integers(-5, 5) | st.sampled_from((2**31, 2**63, 10**30))
VALUES = st.integers(-9, 9) | st.floats() | st.text(max_size=20)
FIELDS = st.dictionaries(st.text(max_size=12), VALUES, max_size=4)
IDS = st.integers(0, 3)
CODES = st.sampled_from(sorted(error.code for error in errors.all_errors())) | st.text(max_size=9)
MESSAGES = st.one_of(
    st.builds(protocol.Run, IDS, st.text(max_size=40), NUMBERS, st.text(max_size=9)),
    st.builds(protocol.Cancel, IDS),
    st.builds(protocol.Busy, st.floats()),
    st.builds(protocol.Progress, IDS, NUMBERS, NUMBERS),
    st.builds(protocol.Part, IDS, st.binary(max_size=300)),
    st.builds(protocol.Attach, IDS, st.text(max_size=40), st.binary(max_size=300)),
    st.builds(protocol.Finished, IDS, st.text(max_size=20), NUMBERS, NUMBERS, NUMBERS, NUMBERS, FIELDS),
    st.builds(protocol.Failed, IDS, CODES, FIELDS),
    st.builds(
        protocol.Ready,
        st.just(("waifu",)),
        st.just(("gif",)),
        st.lists(st.builds(protocol.Model, st.text(max_size=9), NUMBERS, st.just("d"), st.just({})), max_size=2).map(
            tuple
        ),
        st.just("cpu"),
        st.just(""),
    ),
)
CONVERSATIONS = st.lists(MESSAGES, max_size=12)
STREAMS = broken(CONVERSATIONS.map(lambda sent: b"".join(map(protocol.encode, sent))))


@many
@given(STREAMS, st.lists(st.integers(1, 200), min_size=1, max_size=5))
def test_a_broken_stream_gives_messages_or_a_protocol_error(stream: bytes, sizes: list[int]) -> None:
    decoder, at, pieces = protocol.Decoder(), 0, 0
    try:
        while at < len(stream):
            size = sizes[pieces % len(sizes)]
            pieces += 1
            for message in decoder.feed(stream[at : at + size]):
                assert isinstance(message, protocol.Message)
            at += size
        decoder.close()
    except errors.ProtocolError as error:
        sentence = str(error)
        assert "\n" not in sentence


def test_headers_that_claim_too_much_cost_no_memory() -> None:
    header = b'{"type":"part","id":1,"body":%d}'
    for claimed in (protocol.MAX_BODY_BYTES, 10**9, -1):
        frame = header % claimed
        decoder = protocol.Decoder()
        stream = (struct.pack(">I", len(frame)) + frame for _ in range(400))
        with little_memory(), pytest.raises(errors.ProtocolError):
            _ = [message for piece in stream for message in decoder.feed(piece)], decoder.close()


@many
@given(CONVERSATIONS)
@example([protocol.Failed(1, "gateway_lost", {})])
def test_an_engine_that_receives_anything_in_any_order_ends_each_run_at_most_once(sent: list[protocol.Message]) -> None:
    asyncio.run(receive_all(sent))


async def receive_all(sent: list[protocol.Message]) -> None:
    engine = LocalEngine(["nothing"])
    engine._process = Discard()  # type: ignore[assignment] - a worker that ignores every message
    requests = [asyncio.create_task(ending_of(engine, line)) for line in ("waifu 1", "waifu 2")]
    await asyncio.sleep(0)
    engine._on_ready(protocol.Ready(("waifu",), (), (protocol.Model("m", 64, "d"),), "cpu", ""))
    engine._dispatch()
    for message in sent:
        try:
            engine._on_message(message)
        except errors.ProtocolError:
            engine._on_death("nonsense")
    engine._end_all(errors.EngineStopped())
    assert all(isinstance(ending, bytes | errors.GeneratorError) for ending in await asyncio.gather(*requests))


async def ending_of(engine: LocalEngine, line: str) -> object:
    try:
        async for event in engine.run(Recipe.parse(line), 1000):
            if not isinstance(event, protocol.Progress):
                return event.file
    except errors.GeneratorError as error:
        return error
    return None


class Discard:
    """A worker process that ignores everything it is sent."""

    def write(self, piece: bytes) -> None:
        pass


@many
@given(STREAMS)
def test_a_worker_reads_a_broken_stream_to_its_end_or_its_first_error(stream: bytes) -> None:
    read_end, write_end = os.pipe()
    try:
        feeder = threading.Thread(target=lambda: (stdio.write_all(write_end, stream), os.close(write_end)))
        feeder.start()
        messages: list[object] = []
        assert stdio._read(read_end, messages.append) in (0, 1)
        while os.read(read_end, 65536):
            pass
        feeder.join(10)
    finally:
        os.close(read_end)


# Stamps.


def picture(kind: str) -> bytes:
    if kind == "mp4":
        box = struct.pack(">I4s4sI", 16, b"ftyp", b"isom", 0)
        return box + struct.pack(">I4sQ", 1, b"free", 24) + b"12345678" + struct.pack(">I4s", 12, b"mdat") + b"abcd"
    out, noise = io.BytesIO(), random.Random(kind)
    frames = [Image.frombytes("RGB", (16, 16), noise.randbytes(16 * 16 * 3)) for _ in range(2)]
    animated = {"save_all": True, "append_images": frames[1:], "duration": 50} if kind in ("gif", "webp") else {}
    frames[0].save(out, kind, **animated)
    return out.getvalue()


PICTURES = {kind: picture(kind) for kind in ("png", "gif", "webp", "mp4")}
VECTOR = vector.pack(vector.Shape(4, 8), bytes(64))
DIGEST = vector.digest_of(VECTOR)
PICTURES |= {f"stamped {kind}": stamp.write(file, "morph 10 20 psi=0.7", [VECTOR]) for kind, file in PICTURES.items()}


@many
@given(broken(st.sampled_from(list(PICTURES.values()))))
def test_a_broken_picture_has_a_stamp_or_none_and_takes_one_or_raises_value_error(file: bytes) -> None:
    line = stamp.read(file)
    assert line is None or (line.isascii() and line.isprintable() and 0 < len(line) <= stamp.MAX_LINE_BYTES)
    assert stamp.read_vectors(file, [DIGEST]) in ({}, {DIGEST: VECTOR})
    try:
        stamped = stamp.write(file, "waifu 1 psi=0.7", [VECTOR])
    except ValueError:  # as documented for other kinds of files, and for files that are cut off
        return
    assert stamped.startswith(file[:4])
    assert len(stamped) < len(file) + 250


def upload(kind: str) -> bytes:
    """Return a file as somebody uploads it, with what such files hold beside their pixels."""
    out, exif = io.BytesIO(), Image.Exif()
    exif[0x0112] = 6
    shades = Image.effect_mandelbrot((48, 40), (-2, -1.5, 1, 1.5), 20).convert("RGBA" if kind == "png" else "RGB")
    more = {"gif": {"save_all": True, "append_images": [shades.rotate(90)]}, "jpeg": {"exif": exif}}
    shades.save(out, kind, **more.get(kind, {}))
    return out.getvalue()


UPLOADS = [upload(kind) for kind in ("png", "jpeg", "gif", "webp")]


@many
@given(broken(st.sampled_from([*UPLOADS, PICTURES["webp"]])))
def test_a_broken_upload_is_a_picture_of_bounded_size_or_one_sentence(file: bytes) -> None:
    try:
        read = decode(file)
    except (errors.PictureUnreadable, errors.PictureTooSmall, errors.PictureTooLarge):
        pass
    else:
        assert read.mode == "RGB"
        assert min(read.size) <= KEPT_SIDE
        assert max(read.size) <= MAX_ASPECT * min(read.size) + 1


def huge(kind: str, size: int) -> bytes:
    """Return a file of about ``size`` bytes, made of the smallest possible pieces (chunks, blocks or boxes)."""
    head = {
        "png": PICTURES["png"][:33],
        "gif": PICTURES["gif"][:13],
        "webp": b"RIFF\xff\xff\xff\xffWEBP",
        "mp4": PICTURES["mp4"],
    }
    piece = {
        "png": b"\0\0\0\x09tEXtwaifubot\0....",
        "gif": b"\x21\xfe\x0awaifubot a\0",
        "webp": b"wfbt\2\0\0\0ab",
        "mp4": struct.pack(">I4s", 25, b"uuid") + stamp._MP4_LINE + b"a",
        "png vector": b"\0\0\0\x09wfVcwfvector\0....",
        "gif vector": b"\x21\xff\x0bWAIFUBOTVEC\x09wfvector\0\0",
        "webp vector": b"wfbv\x0a\0\0\0wfvector\0\0",
        "mp4 vector": struct.pack(">I4s", 33, b"uuid") + stamp._MP4_VECTOR + b"wfvector\0",
    }
    return head[kind.split()[0]] + piece[kind] * (size // len(piece[kind]))


@pytest.mark.parametrize("kind", [f"{kind}{of}" for kind in ("png", "gif", "webp", "mp4") for of in ("", " vector")])
@pytest.mark.timeout(60)
def test_a_picture_of_very_many_pieces_is_read_in_little_memory(kind: str) -> None:
    share = 1 if FULL else 100
    file = huge(kind, 25_000_000 // share)
    with little_memory(MEMORY // share):
        assert stamp.read(file) is None or kind in ("gif", "webp", "mp4")
        assert stamp.read_vectors(file, [DIGEST]) == {}


# Checkpoints.


def fixtures() -> list[Path]:
    """Return all checkpoints that the tests have: from other programs, hostile ones, and our own."""
    folders = [FIXTURES, SHARED / "fixtures"]
    others = [path for folder in folders for path in folder.rglob("*") if path.suffix in (".pkl", ".pt")]
    return sorted({path.name: path for path in others}.values()) + sorted(
        (ROOT / "generator/models").glob("*.safetensors")
    )


def state_dicts(folder: Path) -> list[Path]:
    """Write files with plain state dicts, as other programs do, and return them."""
    network = checkpoint_writers.generator(
        resolution=16, channels={4: 24, 8: 16, 16: 8}, z_dim=32, w_dim=32, num_mapping_layers=2
    )
    average = network.mapping.w_avg.repeat(network.num_ws, 1)
    torch.save({"G": None, "G_ema": checkpoint_writers.nvidia_state(network)}, folder / "ema.pt")
    torch.save(checkpoint_writers.psp(network, average), folder / "psp.pt", _use_new_zipfile_serialization=False)
    save_file(checkpoint_writers.rosinality_state(network), folder / "others.safetensors")
    tall = checkpoint_writers.generator(
        resolution=16, channels={4: 24, 8: 16, 16: 8}, const_size=(4, 2), z_dim=32, w_dim=32, num_mapping_layers=2
    )
    torch.save({"g_ema": checkpoint_writers.rosinality_state(tall), "latent_avg": average[0]}, folder / "tall.pt")
    checkpoint_writers.tensorflow(folder / "tall.pkl", tall)
    waves = checkpoint_writers.stylegan3_generator(sizes=(28, 28, 36, 36, 16, 16))
    torch.save({"G_ema": waves.state_dict()}, folder / "waves.pt")
    return sorted(folder.iterdir())


def run_watched(command: list[str], patience_s: float) -> str:
    """Run ``command`` and return its last line. Fail if it fails, or takes longer than ``patience_s`` for a line."""
    environ = os.environ | {"PYTHONPATH": "."}
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True, cwd=ROOT, env=environ) as process:
        lines: queue.Queue[str] = queue.Queue()

        def read() -> None:
            for line in process.stdout or ():
                lines.put(line)
            lines.put("")

        threading.Thread(target=read, daemon=True).start()
        last = ""
        try:
            while line := lines.get(timeout=patience_s):
                last = line
        except queue.Empty:
            process.kill()
            pytest.fail(f"variant {last.strip() or 'before the first'} hangs")
    assert process.returncode == 0, f"variant {last.strip()} ended the process with {process.returncode}"
    return last


def check_results(command: list[str]) -> None:
    """Run a program of tests/support/ that loads broken checkpoints, and check what it found."""
    results = json.loads(run_watched(command, PATIENCE_S))
    print({name: results[name] for name in ("ends", "slowest", "dearest")})
    assert results["failures"] == []
    assert sum(results["ends"].values()) == VARIANTS
    assert results["ends"]["a network"] >= VARIANTS // 50
    assert results["slowest"][0] < 10, results["slowest"]  # seconds of processor time
    assert results["dearest"][0] < MEMORY, results["dearest"]


@read_from_proc
def test_tensors_and_settings_that_make_no_sense_give_a_network_that_draws_or_one_sentence() -> None:
    check_results([sys.executable, str(ROOT / "tests" / "support" / "broken_tensors.py"), "0", str(VARIANTS)])


@read_from_proc
def test_a_broken_checkpoint_gives_a_network_or_one_sentence_in_time_and_in_little_memory(tmp_path: Path) -> None:
    before = {name for name in os.listdir("/tmp") if name.startswith("sg2_marker")}
    command = [
        sys.executable,
        str(ROOT / "tests" / "support" / "broken_files.py"),
        "0",
        str(VARIANTS),
        *map(str, [*fixtures(), *state_dicts(tmp_path)]),
    ]
    check_results(command)
    assert {
        name for name in os.listdir("/tmp") if name.startswith("sg2_marker")
    } == before  # nothing in them was executed
