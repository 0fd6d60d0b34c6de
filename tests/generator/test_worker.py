"""Tests the worker as the bot sees it: a process, bytes on its stdin and stdout, and every kind of trouble."""

import io
import json
import os
import queue
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import closing
from dataclasses import replace
from pathlib import Path

import numpy as np
import psutil
import pytest
import torch
from PIL import Image
from worker_process import PATIENCE, Process, endings_of

from generator import checkpoints
from generator.contract import errors, protocol, stamp, vector
from generator.contract.faces.face import Face, as_seed
from generator.contract.kinds import KINDS
from generator.contract.protocol import Busy, Cancel, Failed, Finished, Message, Ping, Pong, Progress, Ready, Run
from generator.contract.recipe import Recipe
from generator.naming.digests import Digests
from generator.rendering import contact_sheet, job, plans, render
from generator.rendering.faces import find_styles
from generator.stylegan2.network import Generator, Hyperparameters
from generator.worker import background
from generator.worker.attachments import Attachments
from generator.worker.models import LoadedModels, make_loader
from generator.worker.offer import Sources, find_model, find_models
from generator.worker.outbox import MAX_FILES, Outbox
from generator.worker.run import ActiveRun, Encoding
from generator.worker.stdio import EndOfInput, read_messages
from generator.worker.worker import MAX_RUNS, Worker

SHIPPED = [path.stem for path in checkpoints.shipped()]  # always offered, and the last if others are named
BIG = 10 * 2**20  # a limit on a file's size in bytes that no test reaches
TRAITS = {"hair": ("pink", "blue"), "eyes": ("green", "red", "grey")}


def network(path: Path, seed: int = 0, traits: dict[str, tuple[str, ...]] | None = None) -> Path:
    hyper = Hyperparameters(
        resolution=32,
        channels={4: 8, 8: 8, 16: 8, 32: 8},
        z_dim=16,
        w_dim=16,
        num_mapping_layers=2,
        c_dim=sum(map(len, (traits or {}).values())),
    )
    generator = Generator.new(hyper, seed, name=path.stem, traits=traits).freeze()
    generator.estimate_w_avg(200)
    checkpoints.save(generator, path)
    return path


@pytest.fixture(scope="module")
def plain(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return network(tmp_path_factory.mktemp("models") / "plain.safetensors")


@pytest.fixture(scope="module")
def labelled(plain: Path) -> Path:
    return network(plain.with_name("labelled.safetensors"), seed=1, traits=TRAITS)


@pytest.fixture(scope="module")
def first_worker(plain: Path, labelled: Path) -> Iterator[tuple[Process, Ready]]:
    words = ("--model", plain, "--model", labelled, "--precision", "exact", "--device", "cpu")
    with closing(Process(*words)) as process:
        yield process, process.ready()


@pytest.fixture(scope="module")
def worker(first_worker: tuple[Process, Ready]) -> Process:
    return first_worker[0]


@pytest.fixture(scope="module")
def slow_worker(plain: Path) -> Iterator[Process]:
    with closing(Process("--model", plain, trouble="slow")) as process:
        process.ready()
        yield process


@pytest.fixture
def start(plain: Path) -> Iterator[Callable[..., Process]]:
    """Return a function that starts a separate worker, with the model ``plain`` unless others are named."""
    started: list[Process] = []

    def start(*words: str | Path, trouble: str | None = None) -> Process:
        words = words if "--model" in words else ("--model", plain, *words)
        started.append(Process(*words, trouble=trouble))
        return started[-1]

    yield start
    for process in started:
        process.close()


def pixels(file: bytes) -> np.ndarray:
    with Image.open(io.BytesIO(file)) as image:
        return np.asarray(image.convert("RGB"))


def test_ready_lists_the_kinds_formats_and_models(first_worker, plain, labelled):
    ready = first_worker[1]
    assert ready.kinds == tuple(KINDS)
    assert ready.formats == ("png", "gif", "mp4", "webp", "strip")
    assert [model.name for model in ready.models] == ["plain", "labelled", *SHIPPED]
    files = (plain, labelled, *checkpoints.shipped())
    assert [model.digest for model in ready.models] == [checkpoints.inspect(path).digest for path in files]
    assert {trait: tuple(values) for trait, values in ready.models[1].traits.items()} == TRAITS
    assert ready.models[0].resolution == 32
    assert (ready.device, ready.fingerprint) == ("cpu", f"v{render.RENDERER_VERSION} exact cpu enlarge=yes")


def long_face(count: int = 60) -> str:
    """Return a face that needs far more characters than a line has."""
    face = "7"
    for n in range(count):
        face = f"mix(move({face},d1=0.25,d2=-0.125),{n + 4_000_000_000},{n % 3})"
    return face


def test_a_line_that_is_too_long_comes_back_short_with_its_faces_in_the_file(worker: Process) -> None:
    worker.send(Run(1, str(Recipe.make("vary", long_face(), by="z", model="plain")), BIG))
    ((ending, file),) = worker.until(1).values()
    assert isinstance(ending, Finished)
    recipe = Recipe.parse(stamp.read(file) or "")
    (digest,) = recipe.vectors
    assert str(recipe) == f"vary @{digest} by=z model=plain psi=0.7"
    (attachment,) = stamp.read_vectors(file, recipe.vectors).values()
    pieces = list(protocol.attach(2, attachment))
    worker.send(*pieces, Run(2, str(recipe), BIG, attachments=(pieces[0].digest,)))
    ((again, same_file),) = worker.until(2).values()
    assert isinstance(again, Finished)
    assert same_file == file


def test_a_vector_that_is_missing_damaged_or_of_another_network_is_a_sentence(worker: Process) -> None:
    shape = vector.Shape(8, 16)
    sound, foreign = vector.pack(shape, bytes(256)), vector.pack(vector.Shape(2, 16), bytes(64))
    infinite = vector.pack(shape, b"\0\x7c" * 128)
    runs = []
    for number, (raw, sent) in enumerate([(sound, None), (foreign, foreign), (infinite, infinite), (b"x", b"x")], 1):
        pieces = list(protocol.attach(number, sent)) if sent else []
        named = tuple(piece.digest for piece in pieces)
        runs += [*pieces, Run(number, f"waifu @{vector.digest_of(raw)}", BIG, attachments=named)]
    worker.send(*runs)
    endings = [ending for ending, _ in worker.until(1, 2, 3, 4).values()]
    assert [ending.code for ending in endings if isinstance(ending, Failed)] == [
        "vector_missing",
        "vector_misfit",
        "vector_damaged",
        "vector_damaged",
    ]


def test_an_attachment_that_is_not_what_its_digest_says_fails_its_run_alone(worker: Process) -> None:
    (piece,) = protocol.attach(1, b"abc")
    swapped = replace(piece, body=b"abd")
    worker.send(swapped, Run(1, "waifu 1", BIG, attachments=(piece.digest,)))
    worker.send(Run(2, "waifu 1", BIG, attachments=(piece.digest,)), Run(3, "waifu 1", BIG))
    endings = {id_: ending for id_, (ending, _) in worker.until(1, 2, 3).items()}
    assert [type(endings[id_]) for id_ in (1, 2, 3)] == [Failed, Failed, Finished]
    assert "an attachment that is missing, damaged or too large" in str(endings[1])


def solid(colour: tuple[int, int, int], side: int = 8) -> bytes:
    out = io.BytesIO()
    Image.new("RGB", (side, side), colour).save(out, "PNG")
    return out.getvalue()


def sheet(id_: int, *cells: bytes | None, max_bytes: int = BIG) -> list[Message]:
    """Return the messages that ask for a sheet of these files. Equal ones are attached once."""
    pieces = {cell: list(protocol.attach(id_, cell)) for cell in cells if cell}
    digests = tuple(pieces[cell][0].digest if cell else "" for cell in cells)
    attached = [piece for several in pieces.values() for piece in several]
    return [*attached, protocol.ContactSheet(id_, digests, 21, max_bytes, "someone")]


def test_pictures_are_put_together_on_one_sheet_with_their_numbers(worker: Process) -> None:
    red, blue = (200, 30, 30), (30, 30, 200)
    worker.send(*sheet(1, solid(red), None, solid(blue), solid(red)), Run(2, "waifu 1", BIG))
    endings = worker.until(1, 2)
    ending, file = endings[1]
    assert isinstance(ending, Finished)
    assert isinstance(endings[2][0], Finished)
    side, gap = contact_sheet.LARGE_CELL, contact_sheet.GAP
    shown = pixels(file)
    assert shown.shape[:2] == (ending.height, ending.width) == (2 * side + 3 * gap,) * 2
    middles = [gap + side // 2, gap + side + gap + side // 2]
    below = side // 4  # of the stroke in an empty cell
    corners = [tuple(shown[y + below, x]) for y in middles for x in middles]
    assert corners == [red, contact_sheet.EMPTY, blue, red]
    badge = shown[gap : gap + side // 4, gap : gap + side // 4].reshape(-1, 3)
    assert {contact_sheet.BADGE, contact_sheet.DIGITS} <= set(map(tuple, badge))
    assert stamp.read(file) is None  # no line makes it again


def test_a_sheet_of_what_is_no_picture_fails_alone(worker: Process) -> None:
    good, gif = solid((1, 2, 3)), io.BytesIO()
    Image.new("P", (8, 8)).save(gif, "GIF")
    huge = solid((0, 0, 0), contact_sheet.MAX_SIDE + 1)
    bad = [b"abc", good[:50], gif.getvalue(), huge]
    for number, body in enumerate(bad, start=1):
        worker.send(*sheet(number, good, body))
    swapped = replace(next(protocol.attach(5, good)), body=good + b"x")
    worker.send(swapped, sheet(5, good)[-1], sheet(6)[-1], sheet(7, *[None] * (protocol.MAX_CELLS + 1))[-1])
    worker.send(*sheet(8, good, max_bytes=10), Run(9, "waifu 1", BIG))
    endings = {id_: ending for id_, (ending, _) in worker.until(*range(1, 10)).items()}
    codes = [ending.code for _, ending in sorted(endings.items()) if isinstance(ending, Failed)]
    assert codes == ["protocol_error"] * 7 + ["cannot_fit"]
    assert isinstance(endings[9], Finished)


def test_a_sheet_that_is_cancelled_ends_once(worker: Process) -> None:
    worker.send(*sheet(1, *[solid((9, 9, 9), 512)] * 25), Cancel(1), Run(2, "waifu 1", BIG), Cancel(1))
    endings = worker.until(1, 2)
    assert isinstance(endings[2][0], Finished)
    assert isinstance(endings[1][0], Finished) or endings[1][0].code == "cancelled"


def test_attachments_are_limited_in_number_and_size() -> None:
    attachments = Attachments()
    for n in range(protocol.MAX_ATTACHMENTS + 1):
        for piece in protocol.attach(1, bytes([n])):
            attachments.add(piece)
    digests = tuple(next(protocol.attach(1, bytes([n]))).digest for n in range(protocol.MAX_ATTACHMENTS + 1))
    with pytest.raises(errors.ProtocolError):
        attachments.take(Run(1, "waifu 1", BIG, attachments=digests))
    large = bytes(protocol.MAX_PICTURE_BYTES)
    for body in (large, large + b"x"):
        pieces = list(protocol.attach(2, body))
        for piece in pieces:
            attachments.add(piece)
        run = Run(2, "waifu 1", BIG, attachments=(pieces[0].digest,))
        if body == large:
            assert list(attachments.take(run).values()) == [large]
        else:
            with pytest.raises(errors.ProtocolError):
                attachments.take(run)
    pieces = [*protocol.attach(3, b"a"), *protocol.attach(3, bytes(protocol.MAX_ATTACHED_BYTES))]
    for piece in pieces:
        attachments.add(piece)
    with pytest.raises(errors.ProtocolError):  # two are smaller together than one may be alone
        attachments.take(Run(3, "waifu 1", BIG, attachments=(pieces[0].digest, pieces[1].digest)))
    assert attachments.forget(1) == attachments.forget(2) == attachments.forget(3) == {}


@pytest.mark.parametrize(
    "line",
    [
        "waifu 123",
        "grid 3 seed=5",
        "morph 10 20 frames=6",
        "waifu 7 model=labelled trait.hair=blue",
        "morph 1 2 format=strip",
    ],
)
def test_a_run_gives_the_same_picture_as_the_library(worker, plain, labelled, line):
    worker.send(Run(1, line, BIG))
    ((ending, file),) = worker.until(1).values()
    assert isinstance(ending, Finished)
    assert ending.size == len(file)
    recipe = Recipe.parse(line).on("plain")
    assert stamp.read(file) == str(recipe)
    path = plain.with_name(f"{recipe['model']}.safetensors")
    expected = render.render(recipe, make_loader("cpu", "exact")(find_model(str(path), Sources(), Digests())))
    assert stamp.read_stamp(file) == stamp.read_stamp(expected.body)
    assert (ending.media_type, ending.width, ending.height, ending.frames) == (
        expected.media_type,
        expected.width,
        expected.height,
        expected.frames,
    )
    assert np.abs(pixels(file).astype(int) - pixels(expected.body).astype(int)).mean() < 0.5


def test_a_file_over_the_limit_arrives_smaller_and_says_so(worker):
    worker.send(Run(1, "grid 3 seed=5", 60_000))
    ((ending, file),) = worker.until(1).values()
    assert isinstance(ending, Finished)
    assert len(file) <= 60_000
    assert ending.reduced["from"] == 768


@pytest.mark.parametrize(
    ("line", "code", "fields"),
    [
        (
            "waifu 1 model=nobody",
            "unknown_model",
            {"model": "nobody", "known": ", ".join(["plain", "labelled", *SHIPPED])},
        ),
        ("waifu 1 trait.hair=pink", "no_traits", {"model": "plain"}),
        ("waifu 1 model=labelled trait.hair=plaid", "unknown_trait_value", {"known": "pink, blue"}),
        ("portrait 1", "unknown_kind", {"kind": "portrait"}),
        ("waifu 99999999999", "bad_seed", {}),
        ("waifu 1 psi=9", "out_of_range", {"name": "psi"}),
        ("grid 50 seed=1", "out_of_range", {"value": "50"}),
        ("morph 1", "wrong_seed_count", {}),
        ("morph 1 2 3 frames=2", "morph_too_short", {}),
        ("morph 1 2 frames=401 size=3 format=mp4", "too_many_faces", {"fitting": 400}),
        ("", "empty_recipe", {}),
    ],
)
def test_a_request_that_cannot_be_made_fails_with_its_code(worker, line, code, fields):
    worker.send(Run(1, line, BIG))
    ((ending, _),) = worker.until(1).values()
    assert isinstance(ending, Failed)
    assert ending.code == code
    assert (
        fields.items()
        <= {name: value if name != "value" else str(value) for name, value in ending.fields.items()}.items()
    )


def test_a_file_that_cannot_fit_fails(worker):
    worker.send(Run(1, "morph 1 2 frames=60", 2_000))
    ((ending, _),) = worker.until(1).values()
    assert isinstance(ending, Failed)
    assert ending.code == "cannot_fit"


def test_a_format_that_this_worker_lacks_is_not_offered_and_fails(start):
    process = start(trouble="no_mp4")
    ready = process.ready()
    assert ready.formats == ("png", "gif", "webp", "strip")
    process.send(Run(1, "morph 1 2 format=mp4", BIG))
    ((ending, _),) = process.until(1).values()
    assert isinstance(ending, Failed)
    assert (ending.code, ending.fields["known"]) == ("format_missing", "png, gif, webp, strip")


def test_one_batch_holds_faces_of_morphs_by_two_people(start, tmp_path):
    process = start("--trace", tmp_path / "trace.jsonl")
    process.ready()
    process.send(Run(1, "morph 10 20 frames=40", BIG, "ann"), Run(2, "morph 30 40 frames=40", BIG, "ben"))
    assert all(isinstance(ending, Finished) for ending, _ in process.until(1, 2).values())
    trace = [json.loads(line) for line in (tmp_path / "trace.jsonl").read_text().splitlines()]
    assert any({run for run, _ in batch["faces"]} == {1, 2} for batch in trace)
    assert sorted((run, face) for batch in trace for run, faces in batch["faces"] for face in faces) == [
        (run, face) for run in (1, 2) for face in range(40)
    ]
    assert all(batch["model"] == "plain" and batch["seconds"] > 0 for batch in trace)


def test_processes_that_encode_may_be_killed_and_grids_and_animations_are_made_all_the_same(worker: Process) -> None:
    worker.send(Run(1, "grid 2 seed=1", BIG))
    worker.until(1)
    encoders = psutil.Process(worker.process.pid).children()
    assert len(encoders) == 1
    encoders[0].kill()
    for id_, line in ((2, "grid 2 seed=2"), (3, "morph 1 2 frames=6")):
        worker.send(Run(id_, line, BIG))
        ((ending, _),) = worker.until(id_).values()
        assert isinstance(ending, Finished)


def test_a_picture_requested_during_a_long_morph_is_finished_long_before_it(slow_worker):
    slow_worker.send(Run(1, "morph 10 20 frames=120", BIG, "ann"))
    while not isinstance(slow_worker.receive(), Progress):
        pass
    slow_worker.send(Run(2, "waifu 5", BIG, "ben"))
    received: list[Message] = []
    while not isinstance(received[-1] if received else None, Finished):
        received.append(slow_worker.receive())
    assert isinstance(received[-1], Finished)
    assert received[-1].id == 2
    assert max([message.done for message in received if isinstance(message, Progress)], default=0) < 90  # of 120 frames
    assert isinstance(slow_worker.until(1)[1][0], Finished)


def test_three_large_morphs_of_one_person_are_overtaken_by_anothers_morph_and_grid(worker):
    worker.send(*(Run(id_, f"morph {id_} 9 frames=240 size=2", BIG, "ann") for id_ in (1, 2, 3)))
    while not isinstance(worker.receive(), Progress):
        pass
    worker.send(Run(4, "morph 10 20", BIG, "ben"), Run(5, "grid 2 seed=5", BIG, "cho"))
    ended: set[int] = set()
    while not {4, 5} <= ended:
        message = worker.receive()
        ended |= {message.id} if isinstance(message, Finished | Failed) else set()
    worker.send(*(Cancel(id_) for id_ in (1, 2, 3)))
    assert ended == {4, 5}
    assert all(isinstance(ending, Failed) for ending, _ in worker.until(1, 2, 3).values())


def test_progress_grows_and_is_sent_at_most_four_times_a_second(slow_worker):
    slow_worker.send(Run(1, "morph 10 20 frames=60", BIG))
    updates: list[tuple[float, int]] = []
    while not isinstance(message := slow_worker.receive(), Finished):
        if isinstance(message, Progress):
            updates.append((time.monotonic(), message.done))
            assert message.total == 60
    assert [done for _, done in updates] == sorted({done for _, done in updates})
    assert updates[-1][1] == 60
    assert len(updates) <= 3 + (updates[-1][0] - updates[0][0]) / 0.25


def test_a_cancelled_run_ends_once_as_cancelled_and_the_others_continue(slow_worker):
    slow_worker.send(Run(1, "morph 10 20 frames=240", BIG, "ann"), Run(2, "morph 1 2 frames=20", BIG, "ben"))
    while not isinstance(slow_worker.receive(), Progress):
        pass
    slow_worker.send(Cancel(1), Cancel(1), Cancel(77))
    ended = slow_worker.until(1, 2)  # this also asserts that nothing is sent about a run that has ended
    assert list(ended) == [1, 2]
    assert isinstance(ended[1][0], Failed)
    assert ended[1][0].code == "cancelled"
    assert isinstance(ended[2][0], Finished)
    slow_worker.send(Run(1, "waifu 1", BIG))  # the id may be used again
    assert isinstance(slow_worker.until(1)[1][0], Finished)


def test_a_run_cancelled_before_its_first_batch_ends_as_cancelled(worker):
    worker.send(*(message for id_ in range(1, 9) for message in (Run(id_, "morph 1 2 frames=200", BIG), Cancel(id_))))
    codes = {getattr(ending, "code", "finished") for ending, _ in worker.until(*range(1, 9)).values()}
    assert codes == {"cancelled"}


def test_stray_prints_do_not_reach_the_stream(start):
    process = start(trouble="prints")
    process.ready()
    process.send(Run(1, "grid 2 seed=1", BIG))
    assert isinstance(process.until(1)[1][0], Finished)
    process.close_input()
    process.close()
    assert b"stray" in process.log
    assert b"bytes" in process.log


GARBAGE = {
    "a cut message": protocol.encode(Run(1, "waifu 1", 1))[:9],
    "high bytes": b"\xff" * 100,
    "no type": b"\0\0\0\x02{}",
}


@pytest.mark.parametrize("kind", GARBAGE if os.environ.get("FULL_SIZE") else ["high bytes"])
def test_garbage_on_stdin_ends_the_worker_with_a_line_in_the_log(start, kind):
    process = start()
    process.ready()
    assert process.process.stdin
    process.process.stdin.write(GARBAGE[kind])
    process.process.stdin.flush()
    status, seconds = process.close_input()
    assert (status, seconds < 5) == (1, True)
    process.close()
    assert b"Traceback" not in process.log
    assert b"did not understand each other" in process.log


def test_the_end_of_stdin_ends_the_worker_in_the_middle_of_a_long_batch(start):
    process = start(trouble="stuck")
    process.ready()
    process.send(Run(1, "waifu 666", BIG))
    time.sleep(0.3)  # until the batch has begun; no message reports that
    status, seconds = process.close_input()
    assert (status, seconds < 5) == (0, True)


def test_a_ping_is_answered_also_in_the_middle_of_a_long_batch(start):
    process = start(trouble="stuck")
    process.ready()
    process.send(Ping())
    assert process.receive() == Pong()
    process.send(Run(1, "waifu 666", BIG))
    time.sleep(0.3)  # until the batch has begun; no message reports that
    process.send(Ping())
    assert process.receive() == Pong()


def test_the_end_of_stdin_ends_an_idle_worker_and_one_that_is_still_starting(start):
    idle, starting = start(), start()
    idle.ready()
    assert starting.close_input()[1] < 8  # on a busy machine, up to 3 s pass before python reads anything
    assert idle.close_input()[1] < 5
    assert (idle.process.returncode, starting.process.returncode) == (0, 0)


def test_the_worker_ends_when_nobody_reads(plain):
    read_end, write_end = os.pipe()
    command = [sys.executable, "-m", "generator", "serve", "--model", str(plain)]
    with subprocess.Popen(command, stdin=subprocess.PIPE, stdout=write_end, stderr=subprocess.DEVNULL) as process:
        os.close(write_end)
        received = b""
        while b'"ready"' not in received:
            piece = os.read(read_end, 65536)
            assert piece
            received += piece
        os.close(read_end)
        assert process.stdin
        process.stdin.write(protocol.encode(Run(1, "waifu 1", BIG)))
        process.stdin.flush()
        assert process.wait(PATIENCE) == 0


def test_a_missing_model_is_one_sentence_and_exit_status_2(start):
    process = start("--model", "nowhere/anime.pkl")
    assert process.process.wait(PATIENCE) == 2
    process.close()
    assert process.log.decode().splitlines()[-1] == "error: There is no file nowhere/anime.pkl; check the path."


def test_a_trace_that_cannot_be_written_is_one_sentence_and_exit_status_2(start, tmp_path):
    process = start("--trace", tmp_path / "nowhere" / "trace.jsonl")
    assert process.process.wait(PATIENCE) == 2
    process.close()
    assert (
        process.log.decode().splitlines()[-1].endswith("trace.jsonl could not be written: No such file or directory.")
    )


@pytest.mark.skipif(not Path("/dev/full").exists(), reason="needs a device that is always full")
def test_a_full_disk_ends_the_trace_and_not_the_worker(start):
    process = start("--trace", "/dev/full")
    process.ready()
    process.send(Run(1, "waifu 1", BIG), Run(2, "waifu 2", BIG))
    assert all(isinstance(ending, Finished) for ending, _ in process.until(1, 2).values())
    process.close_input()
    process.close()
    assert process.log.count(b"no more is traced") == 1


def test_a_ready_too_long_to_send_is_one_sentence_and_exit_status_2(start):
    process = start(trouble="sends_too_much")
    assert process.process.wait(PATIENCE) == 2
    process.close()
    assert b"error: The bot and its worker did not understand each other" in process.log


def test_a_broken_model_in_the_folder_is_skipped_with_a_line_in_the_log(plain, labelled, tmp_path, caplog):
    (tmp_path / "broken.pkl").write_bytes(b"not a network")
    (tmp_path / "plain.safetensors").write_bytes(labelled.read_bytes())
    (tmp_path / "notes.txt").write_text("no checkpoint")
    listed = tmp_path / "listed" / "plain.safetensors"
    listed.parent.mkdir()
    listed.write_bytes(plain.read_bytes())
    files = find_models(Sources([listed], folder=tmp_path), digests=Digests()).files
    assert [file.model.name for file in files] == ["plain", "plain-2", *SHIPPED]
    assert "broken.pkl" in caplog.text


def test_a_second_model_is_loaded_on_request_and_unloaded_again_for_the_first(start, plain, labelled):
    process = start("--model", plain, "--model", labelled, "--max-models", "1")
    process.ready()
    for id_, line in enumerate(["waifu 1 model=labelled", "waifu 1", "waifu 1 model=labelled"]):
        process.send(Run(id_, line, BIG))
        assert isinstance(process.receive(), Busy)
        assert isinstance(process.until(id_)[id_][0], Finished)
    process.send(Run(8, "morph 1 2 frames=9", BIG, "ann"), Run(9, "morph 1 2 frames=9 model=labelled", BIG, "ben"))
    assert all(isinstance(ending, Finished) for ending, _ in process.until(8, 9).values())


def test_busy_is_sent_for_every_file_of_a_large_folder(start, plain, tmp_path):
    for n in range(5):
        (tmp_path / f"network-{n}.safetensors").write_bytes(plain.read_bytes())
    process = start("--models", tmp_path)
    before_ready = [process.receive() for _ in range(1 + 5 + len(SHIPPED) + 1)]  # each file, and the first face
    assert {type(message) for message in before_ready} == {Busy}
    assert len(process.ready().models) == 1 + len(SHIPPED)  # all files of the folder hold one network


def test_busy_ends_when_the_long_work_has_ended(start):
    process = start("--backend", "eager")  # to build another one is long work, too, in a pause of this one
    process.ready()
    process.send(Run(1, "morph 1 2 frames=9", BIG))
    received: list[float] = []
    while received[-1:] != [0.0]:
        match process.receive():
            case Busy(until_s=until_s):
                received.append(until_s)
    assert len(received) == 2
    assert received[0] >= 10


# A worker inside this process, with trouble injected into synthesis.


class Inside:
    """A worker in a thread of this process. The test replaces its function for synthesis."""

    def __init__(
        self, files: Sequence[Path], synthesise: Callable[..., render.Faces], make: type[Worker] = Worker
    ) -> None:
        self._received: queue.Queue[Message] = queue.Queue()
        decoder = protocol.Decoder()

        def write(frame: bytes) -> None:
            for message in decoder.feed(frame):
                self._received.put(message)

        self.inbox: queue.Queue[object] = queue.Queue()
        self.outbox = Outbox(write)
        self.worker = make(
            LoadedModels(find_models(Sources(files), digests=Digests()).files, make_loader("cpu", "exact")),
            self.inbox,
            self.outbox,
            enlarge=False,
            synthesise=synthesise,
        )
        self._threads = [
            threading.Thread(target=self.outbox.run, daemon=True),
            threading.Thread(target=self.worker.serve, name="serving", daemon=True),
        ]
        for thread in self._threads:
            thread.start()

    def until(self, *ids: int) -> dict[int, tuple[Finished | Failed, bytes]]:
        return endings_of(lambda: self._received.get(timeout=PATIENCE), ids)

    def close(self) -> None:
        self.inbox.put(EndOfInput(0))
        self._threads[1].join(PATIENCE)
        self.outbox.close()
        self._threads[0].join(PATIENCE)


@pytest.fixture
def inside(plain: Path) -> Iterator[Callable[[Callable[..., render.Faces]], Inside]]:
    made: list[Inside] = []

    def make(synthesise: Callable[..., render.Faces]) -> Inside:
        made.append(Inside([plain], synthesise))
        return made[-1]

    yield make
    for one in made:
        one.close()


def test_a_batch_too_large_for_the_memory_is_halved_and_every_run_finishes(inside):
    tried: list[int] = []

    def small(generator, plans, picks, draw):
        tried.append(sum(map(len, picks)))
        if tried[-1] > 2:
            raise errors.OutOfMemory()
        return render.synthesise(generator, plans, picks, draw)

    worker = inside(small)
    worker.inbox.put(Run(1, "morph 1 2 frames=24", BIG, "ann"))
    worker.inbox.put(Run(2, "morph 3 4 frames=24", BIG, "ben"))
    assert all(isinstance(ending, Finished) for ending, _ in worker.until(1, 2).values())
    assert max(tried) == 4
    assert tried.count(4) == 1


@pytest.mark.parametrize("error", [errors.OutOfMemory(), errors.NotFinite(model="m")], ids=lambda error: error.code)
def test_a_face_that_cannot_be_drawn_fails_its_run_alone_with_a_sentence(inside, caplog, error):
    def draw_others(generator, plans, picks, draw):
        if any(plan.noise_seeds[0] == 666 for plan in plans):
            raise error
        return render.synthesise(generator, plans, picks, draw)

    worker = inside(draw_others)
    worker.inbox.put(Run(1, "waifu 666", BIG, "ann"))
    worker.inbox.put(Run(2, "waifu 5", BIG, "ben"))
    ended = worker.until(1, 2)
    assert [getattr(ended[id_][0], "code", "finished") for id_ in (1, 2)] == [error.code, "finished"]
    assert "Traceback" not in caplog.text


def test_an_upload_whose_decoder_breaks_ends_its_run_too(monkeypatch):
    def breaks(raw: bytes) -> None:
        raise RuntimeError("a bug")

    monkeypatch.setattr(background.picture, "decode", breaks)
    inbox = queue.SimpleQueue()
    background.decode_picture(7, b"raw", inbox)
    decoded = inbox.get_nowait()
    assert (decoded.id, decoded.result.code) == (7, "render_failed")


NO_MEMORY = {
    "host": MemoryError(),
    "torch on a CPU": RuntimeError("[enforce fail] DefaultCPUAllocator: can't allocate memory: you tried to allocate"),
    "torch on a GPU": torch.OutOfMemoryError("CUDA out of memory."),
}


def seeded(work: Callable[..., object], error: BaseException) -> Callable[..., object]:
    """Return ``work``, but raise the error for recipes and plans of seed 666."""

    def raise_for_666(first: object, *others: object, **options: object) -> object:
        if 666 in getattr(first, "seeds", getattr(first, "noise_seeds", ())):
            raise error
        return work(first, *others, **options)

    return raise_for_666


def seeded_faces(error: BaseException) -> Callable[..., object]:
    """Return a function that computes the w of faces, but raises the error for the face of seed 666."""

    def raise_for_666(faces: Sequence[Face], *others: object) -> object:
        if any(as_seed(face).number == 666 for face in faces):
            raise error
        return find_styles(faces, *others)

    return raise_for_666


@pytest.mark.parametrize("error", NO_MEMORY.values(), ids=NO_MEMORY)
@pytest.mark.parametrize("step", ["plan", "store", "encode"])
def test_too_little_memory_before_or_after_drawing_is_out_of_memory_for_that_run_alone(
    inside, monkeypatch, caplog, step, error
):
    if step == "plan":
        monkeypatch.setattr(plans, "find_styles", seeded_faces(error))
    elif step == "encode":
        plan_file = render.plan_file
        monkeypatch.setattr(
            render,
            "plan_file",
            lambda frames, draft, *rest: seeded(lambda plan: plan_file(frames, draft, *rest), error)(draft.plan),
        )
    else:
        add = ActiveRun.add_faces
        monkeypatch.setattr(
            ActiveRun, "add_faces", lambda run, *faces: seeded(lambda recipe: add(run, *faces), error)(run.recipe)
        )
    worker = inside(render.synthesise)
    worker.inbox.put(Run(1, "waifu 666", BIG, "ann"))
    worker.inbox.put(Run(2, "waifu 5", BIG, "ben"))
    ended = worker.until(1, 2)
    assert [getattr(ended[id_][0], "code", "finished") for id_ in (1, 2)] == ["out_of_memory", "finished"]
    assert "Traceback" not in caplog.text


def test_a_mistake_while_planning_is_no_lack_of_memory(inside, monkeypatch):
    monkeypatch.setattr(plans, "find_styles", seeded_faces(RuntimeError("shapes do not fit")))
    worker = inside(render.synthesise)
    worker.inbox.put(Run(1, "waifu 666", BIG, "ann"))
    ((failed, _),) = worker.until(1).values()
    assert failed.code == "render_failed"


def test_a_worker_that_may_start_no_thread_draws_loads_and_encodes_without(inside, monkeypatch):
    start = threading.Thread.start

    def refuse(thread: threading.Thread) -> None:
        if thread.name.startswith(("picture", "animation", "loader")):
            raise RuntimeError("can't start new thread")
        start(thread)

    monkeypatch.setattr(threading.Thread, "start", refuse)
    worker = inside(render.synthesise)
    lines = ["waifu 1", "morph 1 2 frames=6", f"waifu 2 model={SHIPPED[0]}", "waifu 3"]
    for id_, line in enumerate(lines):
        worker.inbox.put(Run(id_, line, BIG, "ann"))
    assert all(isinstance(ending, Finished) for ending, _ in worker.until(*range(len(lines))).values())
    monkeypatch.setattr(threading.Thread, "start", start)  # from now on threads may be had again
    worker.inbox.put(Run(9, "waifu 4", BIG, "ann"))
    worker.inbox.put(Run(10, "morph 3 4 frames=6", BIG, "ann"))
    assert all(isinstance(ending, Finished) for ending, _ in worker.until(9, 10).values())


def test_a_stream_that_ends_is_told_although_no_thread_can_watch_over_the_end(monkeypatch):
    def refuse(thread: threading.Thread) -> None:
        raise RuntimeError("can't start new thread")

    monkeypatch.setattr(threading.Thread, "start", refuse)
    told: list[object] = []
    reading, writing = os.pipe()
    os.close(writing)
    read_messages(reading, told.append)
    os.close(reading)
    assert told == [EndOfInput(0)]


def test_an_error_in_one_run_ends_that_run_with_a_reference_and_no_other(inside, caplog):
    batches: list[int] = []

    def mistaken(generator, plans, picks, draw):
        batches.append(len(plans))
        if any(plan.noise_seeds[0] == 666 for plan in plans) and len(batches) > 4:
            raise ZeroDivisionError("a mistake")
        return render.synthesise(generator, plans, picks, draw)

    worker = inside(mistaken)
    worker.inbox.put(Run(1, "morph 666 2 frames=60", BIG, "ann"))
    worker.inbox.put(Run(2, "morph 3 4 frames=60", BIG, "ben"))
    ended = worker.until(1, 2)
    assert max(batches) == 2
    assert isinstance(ended[2][0], Finished)
    failed = ended[1][0]
    assert isinstance(failed, Failed)
    assert failed.code == "render_failed"
    assert len(str(failed.fields["reference"])) == 8
    assert f"{failed.fields['reference']}: morph 666 2 frames=60" in caplog.text
    assert "ZeroDivisionError" in caplog.text


def test_an_error_in_encoding_ends_that_run_with_a_reference(inside, monkeypatch):
    def mistaken(*_: object) -> None:
        raise ZeroDivisionError("a mistake")

    monkeypatch.setattr(render, "plan_file", mistaken)
    worker = inside(render.synthesise)
    worker.inbox.put(Run(1, "waifu 1", BIG))
    ((ending, _),) = worker.until(1).values()
    assert isinstance(ending, Failed)
    assert ending.code == "render_failed"


def test_a_model_file_damaged_after_the_start_fails_its_runs_with_a_sentence(tmp_path, plain, labelled):
    first, second = tmp_path / "first.safetensors", tmp_path / "second.safetensors"
    first.write_bytes(plain.read_bytes())
    second.write_bytes(labelled.read_bytes())
    with closing(Inside([first, second], render.synthesise)) as worker:
        second.write_bytes(b"broken")
        worker.inbox.put(Run(1, "waifu 1 model=second", BIG))
        ((ending, _),) = worker.until(1).values()
        assert isinstance(ending, Failed)
        assert ending.code == "not_a_checkpoint"
        worker.inbox.put(Run(2, "waifu 1", BIG))
        assert isinstance(worker.until(2)[2][0], Finished)


def test_a_model_file_that_is_gone_or_another_one_after_the_start_is_refused_until_it_is_back(
    tmp_path, plain, labelled
):
    first, second = tmp_path / "first.safetensors", tmp_path / "second.safetensors"
    first.write_bytes(plain.read_bytes())
    second.write_bytes(labelled.read_bytes())
    with closing(Inside([first, second], render.synthesise)) as worker:
        for id_, (content, ending) in enumerate(
            [(None, "model_gone"), (plain.read_bytes(), "model_replaced"), (labelled.read_bytes(), None)]
        ):
            second.unlink() if content is None else second.write_bytes(content)
            worker.inbox.put(Run(id_, "waifu 1 model=second", BIG))
            (ended, _) = worker.until(id_)[id_]
            assert getattr(ended, "code", None) == ending


def test_a_line_with_an_earlier_name_is_drawn_under_the_name_of_today(tmp_path, plain):
    long = tmp_path / "stylegan2-anime-1024x1024-config-f.safetensors"
    long.write_bytes(plain.read_bytes())
    with closing(Inside([long], render.synthesise)) as worker:
        worker.inbox.put(Run(1, "waifu 1 model=stylegan2-anime-1024x102", BIG))
        _, file = worker.until(1)[1]
    digest = checkpoints.inspect(plain).digest
    assert stamp.read_stamp(file) == stamp.Stamp(f"waifu 1 model={long.stem} psi=0.7", digest)


def test_runs_over_the_limit_fail_as_engine_down(inside):
    gate = threading.Event()

    def held(*call):
        gate.wait(PATIENCE)
        return render.synthesise(*call)

    worker = inside(held)
    for id_ in range(MAX_RUNS + 2):
        worker.inbox.put(Run(id_, "waifu 1", BIG, f"person {id_}"))
    gate.set()
    ended = worker.until(*range(MAX_RUNS + 2))
    refused = [id_ for id_, (ending, _) in ended.items() if isinstance(ending, Failed)]
    assert all(isinstance(ended[id_][0], Failed) and ended[id_][0].code == "engine_down" for id_ in refused)
    assert len(refused) <= 2
    assert isinstance(ended[0][0], Finished)


class Watched(Worker):
    """A worker that records which threads access it."""

    def __init__(self, *arguments: object, **options: object) -> None:
        self.threads: set[str] = set()
        super().__init__(*arguments, **options)

    def __getattribute__(self, name: str) -> object:
        object.__getattribute__(self, "__dict__").setdefault("threads", set()).add(threading.current_thread().name)
        return object.__getattribute__(self, name)


def test_only_the_thread_that_serves_touches_the_worker_and_its_runs(tmp_path, plain, monkeypatch):
    second = tmp_path / "second.safetensors"
    second.write_bytes(plain.read_bytes())
    threads_of_runs: set[str] = set()

    def touch(run: ActiveRun, name: str) -> object:
        threads_of_runs.add(threading.current_thread().name)
        return object.__getattribute__(run, name)

    monkeypatch.setattr(ActiveRun, "__getattribute__", touch)
    with closing(Inside([plain, second], render.synthesise, Watched)) as worker:
        object.__getattribute__(worker.worker, "__dict__")["threads"].clear()  # the constructor ran in this thread
        worker.inbox.put(Run(1, "morph 1 2 frames=5", BIG))
        worker.inbox.put(Run(2, "waifu 1 model=second", BIG))
        worker.inbox.put(Run(3, "morph 1 2 frames=200", BIG))
        worker.inbox.put(Cancel(3))
        assert set(worker.until(1, 2, 3)) == {1, 2, 3}
    assert object.__getattribute__(worker.worker, "__dict__")["threads"] == {"serving"}
    assert threads_of_runs == {"serving"}


@pytest.mark.parametrize("at", ["before composing", "after encoding"])
def test_an_encoding_that_is_cancelled_gives_no_file(at, plain, monkeypatch):
    generator = make_loader("cpu", "exact")(find_model(str(plain), Sources(), Digests()))
    recipe = Recipe.parse("waifu 1 model=plain")
    plan = plans.make_plan(recipe, generator)
    draft = render.Draft(recipe, plan, {})
    encoding = Encoding(Run(1, str(recipe), BIG), draft, "", render.synthesise(generator, [plan], [[0]]))
    make_file = job.make_file
    if at == "before composing":
        encoding.cancel()
    else:
        monkeypatch.setattr(job, "make_file", lambda *call: (make_file(*call), encoding.cancel())[0])
    with pytest.raises(errors.Cancelled):
        encoding.file()


# The outbox.


def written(outbox: Outbox, stop_after: int) -> list[Message]:
    """Run the outbox in this thread until it has written ``stop_after`` messages; return these."""
    messages: list[Message] = []
    decoder = protocol.Decoder()

    def write(frame: bytes) -> None:
        messages.extend(decoder.feed(frame))
        if len(messages) == stop_after:
            outbox.close()

    outbox._write = write
    outbox.run()
    return messages


def finished(id_: int, size: int) -> Finished:
    return Finished(id_, "image/gif", size, 1, 1)


def test_parts_of_several_files_alternate_and_short_messages_go_first():
    outbox = Outbox(print)
    outbox.send_file(b"a" * 3 * protocol.MAX_BODY_BYTES, finished(1, 3 * protocol.MAX_BODY_BYTES))
    outbox.send_file(b"b" * protocol.MAX_BODY_BYTES, finished(2, protocol.MAX_BODY_BYTES))
    outbox.send_progress(Progress(3, 1, 2))
    outbox.send(Failed(4, "cancelled"))
    order = [(type(message).__name__, message.id) for message in written(outbox, 8)]
    assert order == [
        ("Failed", 4),
        ("Progress", 3),
        ("Part", 1),
        ("Part", 2),
        ("Part", 1),
        ("Finished", 2),
        ("Part", 1),
        ("Finished", 1),
    ]


def test_only_the_latest_progress_waits_and_none_outlives_its_run():
    outbox = Outbox(print)
    for done in range(1, 5):
        outbox.send_progress(Progress(1, done, 9))
        outbox.send_progress(Progress(2, done, 9))
        outbox.send_progress(Progress(3, done, 9))
    outbox.send(Failed(2, "cancelled"))
    outbox.send_file(b"x", finished(3, 1))
    messages = written(outbox, 4)
    assert [type(message).__name__ for message in messages] == ["Failed", "Progress", "Part", "Finished"]
    assert messages[1] == Progress(1, 4, 9)


def test_adding_a_file_blocks_while_too_many_wait_to_be_written():
    outbox = Outbox(print)
    for id_ in range(MAX_FILES):
        outbox.send_file(b"x", finished(id_, 1))
    adder = threading.Thread(target=outbox.send_file, args=[b"x", finished(99, 1)])
    adder.start()
    adder.join(0.1)
    assert adder.is_alive()
    messages = written(outbox, 2 * (MAX_FILES + 1))
    adder.join(PATIENCE)
    assert {message.id for message in messages if isinstance(message, Finished)} == {*range(MAX_FILES), 99}


def test_a_closed_outbox_keeps_nothing_and_blocks_nobody():
    outbox = Outbox(print)
    outbox.send_file(b"x", finished(0, 1))
    outbox.close()
    for id_ in range(MAX_FILES + 1):
        outbox.send(Failed(id_, "cancelled"))
        outbox.send_progress(Progress(id_, 1, 2))
        outbox.send_file(b"x", finished(id_, 1))
    assert not [*outbox._short, *outbox._progress, *outbox._files]
    outbox.run()  # returns at once and prints nothing


def test_closing_the_outbox_releases_a_thread_that_waits_to_add_a_file():
    outbox = Outbox(print)
    for id_ in range(MAX_FILES):
        outbox.send_file(b"x", finished(id_, 1))
    adder = threading.Thread(target=outbox.send_file, args=[b"x", finished(99, 1)])
    adder.start()
    outbox.close()
    adder.join(PATIENCE)
    assert not adder.is_alive()
    assert not outbox._files
