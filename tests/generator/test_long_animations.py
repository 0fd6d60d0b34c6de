"""Tests animations whose frames are kept on the disk: their files, limits and memory, and what a dead worker leaves."""

import contextlib
import errno
import io
import os
import queue
import re
import signal
import sys
import threading
import time
import tracemalloc
from collections.abc import Callable, Iterator, Sequence
from contextlib import closing
from dataclasses import replace
from pathlib import Path

import av
import numpy as np
import pytest
from filelock import FileLock
from PIL import Image
from worker_process import PATIENCE, Process, endings_of

from generator import checkpoints
from generator.contract import errors, protocol, stamp
from generator.contract.protocol import Cancel, Failed, Finished, Message, Progress, Run
from generator.contract.recipe import Recipe
from generator.naming.digests import Digests
from generator.rendering import render
from generator.rendering.animation import stream as streams
from generator.rendering.animation.frames import RawFrames, Timing
from generator.rendering.animation.stream import STREAMED, FrameStream, plan_frames
from generator.rendering.encode import File
from generator.rendering.job import Job, make_file
from generator.rendering.layout import MAX_PIXELS, Layout
from generator.stylegan2.network import Generator, Hyperparameters
from generator.worker.animations import limits
from generator.worker.animations.folders import Folders
from generator.worker.models import LoadedModels, make_loader
from generator.worker.offer import Sources, find_models
from generator.worker.outbox import Outbox
from generator.worker.stdio import EndOfInput
from generator.worker.worker import Worker

LINE = "morph 10 20 model=test psi=0.7"
BIG = 100 * 2**20  # bytes, that no file here has
FULL_SIZE = bool(os.environ.get("FULL_SIZE"))


def moving(frames: int, height: int = 48, width: int = 48, channels: int = 3) -> np.ndarray:
    """Return frames of soft colours that move and change from one end to the other."""
    y, x = np.mgrid[0:height, 0:width] / max(height, width)
    shown = []
    for t in np.linspace(0, 1, frames, endpoint=False):
        wave = 2 * np.pi * (np.stack([x, y, x + y, x], -1) + t * np.array([1, 1, -1, 0]))
        shown.append(150 + 80 * np.sin(wave) * np.array([1 - t, t, 1, 1]))
    return np.stack(shown)[..., :channels].astype(np.uint8)


def kept_job(folder: Path, format: str, faces: np.ndarray, layout: Layout, batch: int = 7, **options: object) -> Job:
    """Stream faces into a folder in batches, and return the job of their file."""
    timing = Timing(10)
    kept = plan_frames(folder, layout, format, timing, faces.shape[-1])
    with closing(FrameStream(kept, layout)) as stream:
        for at in range(stream.done, len(faces), batch):
            stream.add(faces[at : at + batch])
    return Job(kept, layout, format, timing, LINE, **options)


def decoded(file: File) -> tuple[list[np.ndarray], float]:
    """Return the frames of a file, and its length in seconds."""
    if file.media_type == "video/mp4":
        with av.open(io.BytesIO(file.body)) as container:
            shown = [frame.to_ndarray(format="rgb24") for frame in container.decode(video=0)]
            return shown, float(container.duration or 0) / av.time_base
    image, shown, milliseconds = Image.open(io.BytesIO(file.body)), [], 0
    for i in range(getattr(image, "n_frames", 1)):
        image.seek(i)
        shown.append(np.asarray(image.convert("RGB")))
        milliseconds += int(image.info.get("duration", 0))
    return shown, milliseconds / 1000


def psnr(a: np.ndarray, b: np.ndarray) -> float:
    """Return the peak signal-to-noise ratio of 8-bit values in dB."""
    return float(10 * np.log10(255**2 / max(np.mean((a.astype(float) - b.astype(float)) ** 2), 1e-9)))


@pytest.mark.parametrize("format", STREAMED)
@pytest.mark.parametrize(("height", "width", "side", "channels"), [(48, 48, 1, 3), (33, 47, 1, 3), (24, 32, 2, 4)])
def test_a_file_of_kept_frames_shows_what_one_of_frames_in_memory_does(tmp_path, format, height, width, side, channels):
    layout = Layout(25, side, side, height, width, one_by_one=True)
    faces = moving(layout.faces, height, width, channels)
    file = make_file(kept_job(tmp_path, format, faces, layout))
    other = make_file(Job(faces, layout, format, Timing(10), LINE))
    frames, seconds = decoded(file)
    others, _ = decoded(other)
    assert stamp.read(file.body) == LINE
    assert (file.width, file.height, file.frames, file.reduced) == (other.width, other.height, 25, {})
    assert seconds == pytest.approx(2.5, abs=0.01)
    # A WebP is the same; a GIF has another palette, and a video begins anew with each second.
    assert (file == other) == (format == "webp")
    assert (
        min(psnr(one, two) for one, two in zip(frames, others, strict=True))
        > {"gif": 28, "mp4": 36, "webp": 99}[format]
    )


def test_a_palette_from_a_sample_of_frames_suits_the_first_the_last_and_those_between(tmp_path):
    layout = Layout(120, 1, 1, 24, 24, one_by_one=True)
    faces = moving(120, 24, 24)
    sampled, _ = decoded(make_file(kept_job(tmp_path, "gif", faces, layout)))
    whole, _ = decoded(make_file(Job(faces, layout, "gif", Timing(10), LINE)))
    quality = [psnr(shown, frame) for shown, frame in zip(sampled, faces, strict=True)]
    assert min(quality) > 30
    assert np.mean(quality) > np.mean([psnr(shown, frame) for shown, frame in zip(whole, faces, strict=True)]) - 0.2


@pytest.mark.parametrize("format", STREAMED)
def test_a_second_pass_makes_kept_frames_smaller_until_their_file_fits(tmp_path, format):
    layout = Layout(12, 1, 1, 90, 120, one_by_one=True)
    faces = np.random.RandomState(1).randint(0, 256, (12, 90, 120, 3)).astype(np.uint8)
    whole = make_file(kept_job(tmp_path, format, faces, layout))
    limit = len(whole.body) * 7 // 10
    file = make_file(kept_job(tmp_path, format, faces, layout, max_bytes=limit))
    assert limit // 2 < len(file.body) <= limit
    assert file.reduced == {"side": file.height, "from": 90}
    assert 64 <= file.height < 90
    assert len(decoded(file)[0]) == 12
    with pytest.raises(errors.TooManyFramesToFit):
        make_file(kept_job(tmp_path, format, faces, layout, max_bytes=len(whole.body) // 8))


def test_frames_too_large_to_be_kept_are_shrunk_as_they_come(tmp_path, monkeypatch):
    monkeypatch.setattr(streams, "MAX_RAW_PIXELS", 25 * 60 * 80)
    layout = Layout(25, 1, 1, 120, 160, one_by_one=True)
    file = make_file(kept_job(tmp_path, "gif", moving(25, 120, 160), layout))
    assert (file.height, file.width, file.reduced) == (60, 80, {"side": 60, "from": 120})
    assert (tmp_path / "frames.raw").stat().st_size == 25 * 60 * 80 * 3


@pytest.mark.parametrize("format", ["webp", "mp4"])
@pytest.mark.parametrize("cut", [7, 24, 25])
def test_what_another_process_has_written_is_not_written_again(tmp_path, format, cut):
    layout = Layout(25, 1, 1, 32, 32, one_by_one=True)
    faces = moving(25, 32, 32)
    kept = plan_frames(tmp_path, layout, format, Timing(10), 3)
    with closing(FrameStream(kept, layout)) as stream:
        stream.add(faces[:cut])
    if format != "mp4":
        with (tmp_path / "frames.raw").open("ab") as file:
            file.write(b"half a frame")
    done = FrameStream(kept, layout).done
    assert done == (cut if format != "mp4" else 25 if cut == 25 else cut - cut % 10)
    shown, _ = decoded(make_file(kept_job(tmp_path, format, faces, layout)))
    assert min(psnr(one, two) for one, two in zip(shown, faces, strict=True)) > 27


@pytest.mark.parametrize("format", STREAMED)
def test_a_cancelled_job_ends_at_the_next_frame(tmp_path, format):
    layout = Layout(25, 1, 1, 32, 32, one_by_one=True)
    job = kept_job(tmp_path, format, moving(25, 32, 32), layout)
    calls: list[int] = []

    def check() -> None:
        calls.append(1)
        if len(calls) == 3:
            raise errors.Cancelled()

    with pytest.raises(errors.Cancelled):
        make_file(job, check)
    assert len(calls) == 3


@pytest.mark.skipif(not Path("/dev/full").exists(), reason="needs /dev/full")
@pytest.mark.parametrize("format", STREAMED)
def test_a_full_disk_is_one_sentence(tmp_path, format):
    for name in ("frames.raw", "unfinished.mp4"):
        (tmp_path / name).symlink_to("/dev/full")
    layout = Layout(25, 1, 1, 64, 64, one_by_one=True)
    noise = np.random.RandomState(1).randint(0, 256, (25, 64, 64, 3)).astype(np.uint8)
    with pytest.raises(errors.NoSpace, match="no room on the disk"), streams.explain_full_disk():
        kept_job(tmp_path, format, noise, layout)


@pytest.mark.parametrize("format", ["webp", "mp4"])  # Pillow's memory of a GIF is not Python's
def test_memory_does_not_grow_with_the_number_of_frames(tmp_path, format):
    side = 48
    frame = moving(1, side, side)

    def peak(count: int) -> int:
        layout = Layout(count, 1, 1, side, side, one_by_one=True)
        folder = tmp_path / str(count)
        folder.mkdir()
        tracemalloc.start()
        with closing(FrameStream(plan_frames(folder, layout, format, Timing(10), 3), layout)) as stream:
            for at in range(count):
                stream.add(np.roll(frame, at, axis=1))
        make_file(Job(stream.kept, layout, format, Timing(10), LINE))
        most = tracemalloc.get_traced_memory()[1]
        tracemalloc.stop()
        return most - len(list(folder.iterdir())) * 1000

    peak(5)  # imports and caches
    few, many = peak(30), peak(90)
    assert many - few < 60 * frame.nbytes / 4  # the file itself may grow


# The command line and the library.


@pytest.fixture(scope="module")
def tiny(tmp_path_factory: pytest.TempPathFactory) -> Path:
    hyper = Hyperparameters(
        resolution=32, channels={4: 8, 8: 8, 16: 8, 32: 8}, z_dim=16, w_dim=16, num_mapping_layers=2, c_dim=0
    )
    path = tmp_path_factory.mktemp("models") / "tiny.safetensors"
    generator = Generator.new(hyper, 0, name="tiny").freeze()
    generator.estimate_w_avg(200)
    checkpoints.save(generator, path)
    return path


@pytest.mark.parametrize("line", ["morph 1 2 frames=23", "morph 1 2 size=2 frames=7", "vary 3 by=z frames=9"])
def test_the_library_draws_a_long_animation_as_it_draws_a_short_one(tiny, monkeypatch, line):
    generator = checkpoints.load(tiny)
    recipe = Recipe.parse(f"{line} format=webp")
    short = render.render(recipe, generator, enlarge=False)
    monkeypatch.setattr(streams, "IN_MEMORY_PIXELS", 100)
    assert render.render(recipe, generator, enlarge=False) == short


def test_a_video_may_have_3600_frames_and_24_faces_and_other_animations_240_frames():
    seeds = " ".join(map(str, range(24)))
    assert Recipe.parse(f"morph {seeds} frames=3600 format=mp4").faces == 3600
    assert Recipe.parse(f"morph {seeds} seconds=180 format=mp4").frames == 3600
    for line in ("morph 1 2 frames=3601 format=mp4", "morph 1 2 seconds=181 format=mp4", f"morph {seeds} 24"):
        with pytest.raises(errors.RecipeError):
            Recipe.parse(line)
    for line in ("morph 1 2 frames=241", "morph 1 2 seconds=13", "vary 7 frames=300 format=webp"):
        with pytest.raises(errors.TooManyForFormat, match="with format=mp4 it may have 3600"):
            Recipe.parse(line)
    with pytest.raises(errors.TooManyFaces, match="400 frames fit"):
        Layout(401, 3, 3, 256, 256, one_by_one=True)


def test_a_long_animation_must_be_drawn_in_ten_minutes_and_one_that_was_always_drawn_need_not():
    limits.check_time(Layout(3600, 1, 1, 256, 256, one_by_one=True), 0.16, "m")
    with pytest.raises(errors.TakesTooLong, match=r"3600 frames would .* about 18 minutes, .* 10; 2000 frames fit"):
        limits.check_time(Layout(3600, 1, 1, 256, 256, one_by_one=True), 0.3, "m")
    with pytest.raises(errors.TakesTooLong, match="300 frames fit"):
        limits.check_time(Layout(900, 2, 2, 512, 512, one_by_one=True), 0.5, "m")
    old = MAX_PIXELS // 1024**2
    limits.check_time(Layout(old, 1, 1, 1024, 1024, one_by_one=True), 60, "m")
    with pytest.raises(errors.TakesTooLong, match=f"{old} frames fit"):
        limits.check_time(Layout(old + 1, 1, 1, 1024, 1024, one_by_one=True), 60, "m")


# Folders.


def test_a_folder_belongs_to_one_run_until_it_is_released(tmp_path):
    folders, others = Folders(tmp_path / "frames"), Folders(tmp_path / "frames")
    first, second, third = folders.claim("a"), folders.claim("a"), others.claim("a")
    assert len({first, second, third, folders.claim("b")}) == 4
    assert folders.knows("a")
    assert not folders.knows("c")
    folders.release(first)
    assert not first.exists()
    assert folders.claim("a") == first


def test_what_nobody_goes_on_with_is_deleted(tmp_path):
    folders = Folders(tmp_path / "frames")
    mine = folders.claim("mine")
    (mine.parent / "abandoned").mkdir()
    with FileLock(mine.parent / "anothers.lock"):
        (mine.parent / "anothers").mkdir()
        folders.sweep(1000)
        assert (mine.parent / "abandoned").is_dir()  # a run may ask for it again
        folders.sweep()
        left = {path.name for path in mine.parent.iterdir() if path.is_dir()}
    assert left == {mine.name, "anothers"}


def test_without_a_folder_of_state_nothing_is_left_when_the_worker_ends():
    folders = Folders(None)
    path = folders.claim("a")
    assert path.is_dir()
    folders.close()
    assert not path.parent.exists()


# The worker.


class Inside:
    """A worker in a thread of this process, which draws slowly enough to be interrupted."""

    def __init__(self, model: Path, state: Path, seconds: float = 0.002) -> None:
        self._received: queue.Queue[Message] = queue.Queue()
        decoder = protocol.Decoder()
        self.inbox: queue.Queue[object] = queue.Queue()
        self.outbox = Outbox(lambda frame: [self._received.put(message) for message in decoder.feed(frame)])

        def draw(generator: Generator, plans: object, picks: Sequence[Sequence[int]], how: object) -> render.Faces:
            time.sleep(seconds * sum(map(len, picks)))
            return render.synthesise(generator, plans, picks, how)

        models = LoadedModels(find_models(Sources([model]), digests=Digests()).files, make_loader("cpu", "exact"))
        worker = Worker(models, self.inbox, self.outbox, enlarge=False, synthesise=draw, frames_dir=state / "frames")
        self._threads = [threading.Thread(target=work, daemon=True) for work in (self.outbox.run, worker.serve)]
        for thread in self._threads:
            thread.start()

    def receive(self) -> Message:
        return self._received.get(timeout=PATIENCE)

    def until(self, *ids: int) -> dict[int, tuple[Finished | Failed, bytes]]:
        return endings_of(self.receive, ids)

    def close(self) -> None:
        """End the worker in the middle of what it does. Its thread that writes frames goes on to the next one."""
        self.inbox.put(EndOfInput(0))
        self._threads[1].join(PATIENCE)
        self.outbox.close()
        self._threads[0].join(PATIENCE)


@pytest.fixture
def worker(tiny: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Inside]:
    monkeypatch.setattr(streams, "IN_MEMORY_PIXELS", 1000)
    with closing(Inside(tiny, tmp_path)) as inside:
        yield inside


def drawn(worker: Inside | Process, at_least: int) -> int:
    """Wait until so many faces are drawn, and return how many are."""
    while True:
        message = worker.receive()
        assert not isinstance(message, Finished | Failed)
        if isinstance(message, Progress) and message.done >= at_least:
            return message.done


def wait_for(condition: Callable[[], bool]) -> None:
    until = time.monotonic() + PATIENCE
    while not condition():
        assert time.monotonic() < until
        time.sleep(0.005)


def test_a_long_animation_that_is_cancelled_leaves_nothing(worker, tmp_path):
    worker.inbox.put(Run(1, "morph 1 2 frames=200", BIG))
    worker.inbox.put(Run(2, "morph 1 2 frames=200 format=mp4", BIG))
    drawn(worker, 30)
    assert any((tmp_path / "frames").iterdir())
    worker.inbox.put(Cancel(1))
    worker.inbox.put(Cancel(2))
    assert {ending.code for ending, _ in worker.until(1, 2).values()} == {"cancelled"}
    wait_for(lambda: not any((tmp_path / "frames").iterdir()))


def test_frames_that_cannot_be_kept_end_their_run_alone(worker, tmp_path, monkeypatch):
    monkeypatch.setattr(RawFrames, "add", lambda *_: (_ for _ in ()).throw(OSError(errno.ENOSPC, "full")))
    worker.inbox.put(Run(1, "morph 1 2 frames=200", BIG))
    worker.inbox.put(Run(2, "waifu 5", BIG))
    ended = worker.until(1, 2)
    assert [getattr(ended[id_][0], "code", "finished") for id_ in (1, 2)] == ["no_space", "finished"]
    wait_for(lambda: not any((tmp_path / "frames").iterdir()))


def test_an_animation_that_would_take_too_long_is_refused_before_it_is_drawn(tiny, tmp_path, monkeypatch):
    monkeypatch.setattr(limits, "MAX_PIXELS", 200_000)
    monkeypatch.setattr(limits, "MAX_SECONDS", 20)
    with closing(Inside(tiny, tmp_path, seconds=0.02)) as worker:
        worker.inbox.put(Run(1, "morph 1 2 frames=3600 format=mp4", BIG))
        ((ending, _),) = worker.until(1).values()
    assert isinstance(ending, Failed)
    assert ending.code == "takes_too_long"
    assert 195 <= int(str(ending.fields["fitting"])) <= 1000


def check_file(body: bytes, format: str, line: str, model: Path) -> None:
    """Check that a file shows what the library draws for a line."""
    expected = render.render(Recipe.parse(line), checkpoints.load(model), enlarge=False)
    (shown, seconds), (wanted, length) = decoded(replace(expected, body=body)), decoded(expected)
    assert seconds == length
    assert min(psnr(one, two) for one, two in zip(shown, wanted, strict=True)) > 30


@pytest.mark.parametrize("format", ["gif", "mp4"])
def test_another_worker_goes_on_where_the_first_one_ended(worker, tiny, tmp_path, format):
    line = f"morph 1 2 3 frames=60 fps=10 format={format}"
    worker.inbox.put(Run(1, line, BIG))
    if format == "mp4":
        wait_for(lambda: any((tmp_path / "frames").glob("*/00001.mp4")))
    else:
        wait_for(lambda: any(file.stat().st_size > 20 * 3072 for file in (tmp_path / "frames").glob("*/frames.raw")))
    worker.close()
    for lock in (tmp_path / "frames").glob("*.lock"):
        lock.unlink()  # as the system does when a process dies
    with closing(Inside(tiny, tmp_path)) as second:
        second.inbox.put(Run(2, line, BIG))
        assert drawn(second, 1) > 20
        ((ending, body),) = second.until(2).values()
        assert isinstance(ending, Finished)
        check_file(body, format, line, tiny)


@pytest.mark.skipif(not FULL_SIZE, reason="FULL_SIZE=1 kills real workers")
@pytest.mark.parametrize("format", STREAMED)
def test_a_new_worker_goes_on_where_the_one_that_was_killed_ended(tiny, tmp_path, monkeypatch, format):
    monkeypatch.setattr(streams, "IN_MEMORY_PIXELS", 1000)
    line = f"morph 1 2 3 frames=200 fps=10 format={format}"
    words = ("--model", tiny, "--precision", "exact", "--device", "cpu", "--no-enlarge", "--state-dir", tmp_path)
    kept = 0  # whole frames on the disk
    for id_ in range(1, 5):
        with closing(Process(*words, trouble="long")) as process:
            process.ready()
            process.send(Run(id_, line, BIG))
            assert drawn(process, 1) > kept
            if id_ == 4:
                check_file(process.until(id_)[id_][1], format, line, tiny)
                wait_for(lambda: not any((tmp_path / "frames").iterdir()))
            else:
                drawn(process, 45 * id_)
                process.process.send_signal(signal.SIGKILL)
                process.process.wait(PATIENCE)
                before, kept = kept, 10 * len(list((tmp_path / "frames").glob("*/0*.mp4")))
                if format != "mp4":
                    (file,) = (tmp_path / "frames").glob("*/frames.raw")
                    kept = file.stat().st_size // (32 * 32 * 3)
                assert kept > before


def memory_of(process: Process) -> float:
    """Return how many MiB the worker and the processes that encode for it have in memory now."""

    def resident(pid: str) -> float:
        (kilobytes,) = re.findall(r"VmRSS:\s+(\d+)", Path(f"/proc/{pid}/status").read_text()) or ["0"]
        return int(kilobytes) / 1024

    worker = str(process.process.pid)
    children = [pid for list_ in Path(f"/proc/{worker}/task").glob("*/children") for pid in list_.read_text().split()]
    return sum(map(resident, [worker, *children]))


@pytest.mark.skipif(not FULL_SIZE or sys.platform != "linux", reason="FULL_SIZE=1 draws 720 faces of 1024 px")
def test_three_animations_of_1024_px_take_a_third_of_a_gigabyte_above_the_network(tmp_path):
    channels = {4 << i: 4 for i in range(9)}
    hyper = Hyperparameters(resolution=1024, channels=channels, z_dim=16, w_dim=16, num_mapping_layers=2, c_dim=0)
    checkpoints.save(Generator.new(hyper, 0, name="large").freeze(), tmp_path / "large.safetensors")
    with closing(Process("--model", tmp_path / "large.safetensors", "--state-dir", tmp_path)) as worker:
        worker.ready()
        worker.send(Run(9, "waifu 1", BIG))
        worker.until(9)
        before, most, running = memory_of(worker), 0.0, threading.Event()

        def watch() -> None:
            nonlocal most
            while not running.wait(0.1):
                with contextlib.suppress(OSError):
                    most = max(most, memory_of(worker))

        watching = threading.Thread(target=watch)
        watching.start()
        worker.send(*(Run(i, f"morph 1 2 3 frames=240 format={f}", 10**7, f"p{i}") for i, f in enumerate(STREAMED)))
        ended = worker.until(0, 1, 2)
        running.set()
        watching.join()
        assert all(isinstance(ending, Finished) for ending, _ in ended.values())
    assert most - before < 350
