"""One real cluster on this machine draws what one worker draws, whatever dies.

Without Ray these tests are skipped, unless REQUIRE_RAY=1 is set, as in CI.
"""

import asyncio
import hashlib
import io
import itertools
import os
import random
import signal
import subprocess
import time
from collections.abc import Iterator
from contextlib import closing, suppress
from dataclasses import replace
from pathlib import Path

import numpy as np
import psutil
import pytest
from PIL import Image
from project_paths import ROOT
from ray_cluster import IS_INSTALLED, MISSING, PATIENCE, Cluster, running_cluster, wait_for
from worker_process import Process

from bot.worker.engine import LocalEngine, worker_command
from bot.worker.picture import Picture
from generator.contract import protocol, vector
from generator.contract.protocol import Cancel, Failed, Finished, Progress, Run
from generator.contract.recipe import Recipe

FULL_SIZE = bool(os.environ.get("FULL_SIZE"))
HOSTILE = ROOT / "tests" / "support" / "hostile"
LARGE = 10_000_000
LINES = (
    "waifu 1 model=plain-1",
    "waifu mix(1,2) psi=0.5 model=traits-1",
    "grid 3 seed=5 model=plain-1",
    "morph 1 2 frames=4 model=traits-1",
    "morph 3 4 frames=24 format=webp model=plain-1",
)
Ending = tuple[Finished | Failed, bytes]


@pytest.fixture(scope="module")
def words(models: tuple[Path, ...], tmp_path_factory: pytest.TempPathFactory) -> list[str]:
    files = [word for path in models for word in ("--model", str(path))]
    return [*files, "--device", "cpu", "--precision", "exact", "--backend", "eager"]


@pytest.fixture(scope="module")
def cluster() -> Iterator[Cluster]:
    require_ray()
    with running_cluster(places=2, extra_path=HOSTILE) as cluster:
        yield cluster


@pytest.fixture(scope="module")
def dispatcher(cluster: Cluster, words: list[str]) -> Iterator[Process]:
    with closing(Process("--cluster", cluster.address, *words, environ=cluster.environ)) as process:
        while process.ready().replicas < 2:
            pass
        yield process


@pytest.fixture(scope="module")
def worker(words: list[str]) -> Iterator[Process]:
    with closing(Process(*words)) as process:
        process.ready()
        yield process


def require_ray() -> None:
    if not IS_INSTALLED:
        (pytest.fail if os.environ.get("REQUIRE_RAY") else pytest.skip)(MISSING)


class Numbers:
    """Ids of runs, each used once."""

    last = 0

    @classmethod
    def take(cls) -> int:
        cls.last += 1
        return cls.last


def ask(process: Process, lines: list[str], max_bytes: int = LARGE, attachment: bytes = b"") -> list[int]:
    """Send runs, and return their ids."""
    ids = []
    for number, line in enumerate(lines):
        ids.append(Numbers.take())
        pieces = list(protocol.attach(ids[-1], attachment)) if attachment else []
        digests = (hashlib.sha256(attachment).hexdigest(),) if attachment else ()
        process.send(*pieces, Run(ids[-1], line, max_bytes, f"person {number % 5}", digests))
    return ids


def draw(process: Process, lines: list[str], max_bytes: int = LARGE, attachment: bytes = b"") -> list[Ending]:
    """Return the endings in the order of the lines, without their ids."""
    ids = ask(process, lines, max_bytes, attachment)
    return without_ids(process.until(*ids), ids)


def without_ids(ended: dict[int, Ending], ids: list[int]) -> list[Ending]:
    fields = [dict(vars(ended[id_][0]), id=0) for id_ in ids]
    return [(type(ended[id_][0])(**row), ended[id_][1]) for id_, row in zip(ids, fields, strict=True)]


def are_alike(some: list[Ending], others: list[Ending]) -> bool:
    """Return whether two lists of endings show the same pictures."""
    return len(some) == len(others) and all(map(is_alike, some, others))


def is_alike(one: Ending, other: Ending) -> bool:
    """Return whether two endings show the same picture.

    In another batch a face may come out one step of 255 brighter or darker; that may change an animation's palette.
    """
    if isinstance(one[0], Failed) or isinstance(other[0], Failed):
        return one == other
    if replace(one[0], size=0) != replace(other[0], size=0):
        return False
    difference = abs(decode(one[1]).astype(int) - decode(other[1]))
    return difference.max() <= 1 if one[0].media_type == "image/png" else difference.mean() <= 1


def decode(file: bytes) -> np.ndarray:
    """Return the first frame of a picture or animation [h, w, 3] uint8."""
    return np.asarray(Image.open(io.BytesIO(file)).convert("RGB"))


@pytest.mark.timeout(180)
def test_a_cluster_draws_what_one_worker_draws(dispatcher: Process, worker: Process) -> None:
    shape = vector.Shape(6, 16)
    face = vector.pack(shape, bytes(192))
    line = f"waifu @{vector.digest_of(face)} model=plain-1"
    lines = [*LINES, "waifu 1 model=nobody", "morph 1 model=plain-1"]
    assert are_alike(draw(dispatcher, lines), draw(worker, lines))
    assert are_alike(draw(dispatcher, [line], attachment=face), draw(worker, [line], attachment=face))
    for limit in (9_000, 60_000):
        grid = draw(dispatcher, ["grid 9 seed=5 model=plain-1"], limit)
        assert len(grid[0][1]) <= limit
        assert are_alike(grid, draw(worker, ["grid 9 seed=5 model=plain-1"], limit))


@pytest.mark.timeout(180)
def test_a_sheet_is_put_together_by_a_replica(dispatcher: Process, worker: Process) -> None:
    (_, picture), *_ = draw(worker, ["waifu 7 model=plain-1"])
    sheets = []
    for process in (dispatcher, worker):
        id_ = Numbers.take()
        digest = hashlib.sha256(picture).hexdigest()
        process.send(*protocol.attach(id_, picture), protocol.ContactSheet(id_, (digest, "", digest), 1, LARGE))
        sheets += without_ids(process.until(id_), [id_])
    assert sheets[0] == sheets[1]
    assert isinstance(sheets[0][0], Finished)


@pytest.mark.timeout(180)
def test_progress_is_told_and_a_cancelled_run_stops(dispatcher: Process, cluster: Cluster) -> None:
    (id_,) = ask(dispatcher, ["morph 1 2 frames=240 model=plain-1"])
    while not isinstance(message := dispatcher.receive(), Progress):
        pass
    assert message.id == id_
    assert message.total == 240
    dispatcher.send(Cancel(id_))
    ending, _ = dispatcher.until(id_)[id_]
    assert ending == Failed(id_, "cancelled")
    wait_for(lambda: all(process.cpu_percent(0.2) < 20 for process in cluster.workers))


@pytest.mark.timeout(180)
def test_runs_are_drawn_again_when_a_replica_is_killed(dispatcher: Process, worker: Process, cluster: Cluster) -> None:
    ids = ask(dispatcher, [*LINES, *LINES])
    cluster.replicas[0].send_signal(signal.SIGKILL)
    assert are_alike(without_ids(dispatcher.until(*ids), ids), draw(worker, [*LINES, *LINES]))


@pytest.mark.timeout(180)
def test_what_kills_workers_is_given_up_and_nothing_else(dispatcher: Process, cluster: Cluster) -> None:
    lines = ["waifu 666 model=plain-1", *(f"waifu {seed} model=plain-1" for seed in range(6))]
    poison, *innocent = draw(dispatcher, lines)
    assert poison[0] == Failed(0, "poison_run")
    assert all(isinstance(ending, Finished) for ending, _ in innocent)


@pytest.mark.timeout(180)
@pytest.mark.skipif(not FULL_SIZE, reason="tests/generator/test_cluster.py does it without Ray: FULL_SIZE=1")
def test_the_end_of_the_link_blames_nobody(dispatcher: Process, worker: Process, cluster: Cluster) -> None:
    ids = ask(dispatcher, list(LINES))
    (link,) = cluster.processes(["generator.cluster.link"])
    link.send_signal(signal.SIGKILL)
    assert are_alike(without_ids(dispatcher.until(*ids), ids), draw(worker, list(LINES)))
    # What the dead link had under way gives its place back, so that one that must be alone still gets a worker.
    assert draw(dispatcher, ["waifu 666 model=plain-1"])[0][0] == Failed(0, "poison_run")


@pytest.mark.timeout(180)
@pytest.mark.parametrize("words", [["status"], ["up", "--join"]])
def test_another_token_than_the_heads_is_told_in_a_sentence(cluster: Cluster, words: list[str], tmp_path: Path) -> None:
    command = [*cluster.command(*words, cluster.address), "--folder", str(tmp_path / "part")]
    environ = cluster.environ | {"RAY_AUTH_TOKEN": "0" * 64}
    done = subprocess.run(command, env=environ, capture_output=True, text=True, timeout=PATIENCE, check=False)
    assert done.returncode == 1
    assert done.stderr.startswith(f"error: The head at {cluster.address} has another token than this machine; copy")
    assert done.stderr.count("\n") == 1


@pytest.mark.timeout(300)
@pytest.mark.skipif(not FULL_SIZE, reason="tests/generator/test_cluster.py does it without Ray: FULL_SIZE=1")
def test_a_replica_that_hangs_costs_nobody_a_picture(dispatcher: Process, worker: Process, cluster: Cluster) -> None:
    wait_for(lambda: len(cluster.replicas) == 2)
    hanging = cluster.replicas[0]
    ids = ask(dispatcher, [*LINES, *LINES])
    hanging.send_signal(signal.SIGSTOP)
    assert are_alike(without_ids(dispatcher.until(*ids), ids), draw(worker, [*LINES, *LINES]))
    # Ray Serve puts another one in its place.
    wait_for(lambda: len(cluster.replicas) == 2 and hanging not in cluster.replicas)


@pytest.mark.timeout(300)
@pytest.mark.skipif(not FULL_SIZE, reason="takes a minute: FULL_SIZE=1")
def test_a_machine_that_draws_otherwise_is_left_out(words: list[str], worker: Process) -> None:
    require_ray()
    with (
        running_cluster(places=1, extra_path=HOSTILE) as cluster,
        closing(Process("--cluster", cluster.address, *words, environ=cluster.environ)) as process,
    ):
        process.ready()
        with cluster.another_machine(places=1, trouble="strange"):
            wait_for_replicas(process, 2)
            many = [*LINES] * 6  # more than one replica is given, although it has the networks in memory
            expected = draw(worker, many)
            assert are_alike(draw(process, many), expected)
            assert b"draws otherwise than the others: v999" in process.log
            assert are_alike(draw(process, many), expected)


@pytest.mark.timeout(300)
@pytest.mark.skipif(not FULL_SIZE, reason="takes a minute: FULL_SIZE=1")
def test_a_long_animation_goes_on_with_its_frames(words: list[str], tmp_path: Path) -> None:
    require_ray()
    with running_cluster(places=2, extra_path=HOSTILE, trouble="long") as cluster:
        process = Process("--cluster", cluster.address, *words, "--state-dir", str(tmp_path), environ=cluster.environ)
        with closing(process):
            process.ready()
            ask(process, ["morph 1 2 3 frames=300 fps=10 format=mp4 model=plain-1"])
            shown, kills = [0], [(120, "replica"), (60, "worker")]
            while not isinstance(message := process.receive(), Finished | Failed):
                if isinstance(message, Progress):
                    shown.append(message.done)
                    if kills and message.done >= kills[-1][0]:
                        _, kind = kills.pop()
                        for victim in cluster.workers if kind == "worker" else cluster.replicas:
                            victim.send_signal(signal.SIGKILL)
            assert isinstance(message, Finished)
            assert not kills
            # A part that was not closed is drawn again, and no more.
            assert min(after - before for before, after in itertools.pairwise(shown)) >= -20


@pytest.mark.timeout(300)
@pytest.mark.skipif(not FULL_SIZE, reason="takes a minute: FULL_SIZE=1")
def test_the_number_of_replicas_follows_the_queue(words: list[str]) -> None:
    require_ray()
    with (
        running_cluster(places=2, extra_path=HOSTILE, trouble="long", replicas="1-2") as cluster,
        closing(Process("--cluster", cluster.address, *words, environ=cluster.environ)) as process,
    ):
        assert process.ready().replicas == 1
        ask(process, [f"morph {seed} 2 frames=240 model=plain-1" for seed in range(12)])
        wait_for_replicas(process, 2)


def wait_for_replicas(process: Process, count: int) -> None:
    """Receive messages until one says that so many replicas draw."""
    while not (isinstance(message := process.receive(), protocol.Ready) and message.replicas == count):
        pass


@pytest.mark.timeout(300)
@pytest.mark.skipif(not FULL_SIZE, reason="takes a minute: FULL_SIZE=1")
def test_a_request_goes_where_its_network_is_loaded(words: list[str]) -> None:
    require_ray()
    with running_cluster(places=2, extra_path=HOSTILE, trouble="loads") as cluster:
        options = ["--max-models", "1"]
        with closing(Process("--cluster", cluster.address, *words, *options, environ=cluster.environ)) as process:
            while process.ready().replicas < 2:
                pass
            for seed in range(30):
                draw(process, [f"waifu {seed} model={('plain-1', 'traits-1')[seed % 2]}"])
            # Each worker holds one network and loads one at its start. By chance half of the 30 would load theirs.
            assert 2 <= len((cluster.folder / "loads").read_text().splitlines()) <= 10


@pytest.mark.timeout(600)
@pytest.mark.skipif(not FULL_SIZE, reason="takes two minutes: FULL_SIZE=1")
def test_a_machine_that_joins_fetches_files_and_draws_and_may_leave_while_it_does(words: list[str]) -> None:
    require_ray()
    with running_cluster(places=1) as cluster:
        process = Process("--cluster", cluster.address, *words, environ=cluster.environ)
        with closing(process):
            assert process.ready().replicas == 1
            expected = draw(process, list(LINES))
            with cluster.another_machine(places=1) as folder:
                wait_for_replicas(process, 2)
                fetched = {path.name for path in (folder / "waifubot" / "files").iterdir()}
                files = [Path(word) for word in words if word.endswith(".safetensors")]
                assert fetched >= {hashlib.sha256(file.read_bytes()).hexdigest() for file in files}
                ids = ask(process, [*LINES, *LINES])
            assert are_alike(without_ids(process.until(*ids), ids), [*expected, *expected])
            wait_for(lambda: len(cluster.replicas) == 1)
            assert are_alike(draw(process, list(LINES)), expected)


@pytest.mark.timeout(1200)
@pytest.mark.skipif(not FULL_SIZE, reason="takes some minutes: FULL_SIZE=1")
async def test_the_bot_starts_a_killed_dispatcher_again_and_gets_every_picture(words: list[str]) -> None:
    require_ray()
    with running_cluster(places=2) as cluster:
        command = worker_command(["--cluster", cluster.address, *words])
        async with LocalEngine(command, environ=cluster.environ, first_backoff_s=0.1) as engine:
            await engine.wait_ready(PATIENCE)
            pictures = 0
            for kill_number in range(10):
                drawing = [asyncio.create_task(picture_of(engine, line)) for line in [*LINES, *LINES]]
                await asyncio.sleep(0.3)
                assert engine.pid is not None
                os.kill(engine.pid, signal.SIGKILL)
                pictures += len(await asyncio.wait_for(asyncio.gather(*drawing), PATIENCE))
                assert engine.starts == kill_number + 2
            assert pictures == 10 * 2 * len(LINES)


async def picture_of(engine: LocalEngine, line: str) -> Picture:
    """Draw a line; there is exactly one picture, and it is the last event."""
    events = [event async for event in engine.run(Recipe.parse(line), LARGE)]
    assert [isinstance(event, Picture) for event in events].count(True) == 1
    assert isinstance(events[-1], Picture)
    return events[-1]


@pytest.mark.timeout(7200)
@pytest.mark.skipif(not FULL_SIZE, reason="takes half an hour: FULL_SIZE=1")
def test_chaos_loses_and_doubles_nothing(words: list[str]) -> None:
    """20 people ask without a pause, while replicas, the controller, the head and the dispatcher's link are killed."""
    if not IS_INSTALLED:
        (pytest.fail if os.environ.get("REQUIRE_RAY") else pytest.skip)(MISSING)
    dice, kinds = random.Random(1), ["replica"] * 50 + ["controller"] * 5 + ["head"] * 10 + ["link"] * 10
    dice.shuffle(kinds)
    with running_cluster(places=3, extra_path=HOSTILE) as cluster:
        process = Process("--cluster", cluster.address, *words, environ=cluster.environ)
        with closing(process):
            process.ready()
            tally = Tally(process, dice)
            for kind in kinds:
                tally.work(dice.uniform(1, 6))
                kill(cluster, kind)
            tally.finish()
    print(tally)
    assert tally.wrong == []
    assert tally.poisoned > 0
    assert tally.finished > 100


class Tally:
    """20 people, each of whom has one request at a time; now and then it is poison. Counts the endings."""

    def __init__(self, process: Process, dice: random.Random) -> None:
        self.process, self.dice = process, dice
        self.open: dict[int, tuple[str, float]] = {}
        self.ended: set[int] = set()
        self.finished = self.poisoned = 0
        self.longest = 0.0
        self.wrong: list[str] = []
        self.files: dict[str, bytes] = {}
        self._parts: dict[int, bytes] = {}

    def __str__(self) -> str:
        return (
            f"finished {self.finished}, poison {self.poisoned}, wrong {self.wrong}, longest wait {self.longest:.1f} s"
        )

    def work(self, seconds: float) -> None:
        until = time.monotonic() + seconds
        while time.monotonic() < until:
            self._fill()
            with suppress(TimeoutError):
                self._handle(self.process.receive(timeout=0.1))

    def finish(self) -> None:
        while self.open:
            self._handle(self.process.receive())

    def _fill(self) -> None:
        while len(self.open) < 20:
            line = "waifu 666 model=plain-1" if self.dice.random() < 0.03 else self._line()
            (id_,) = ask(self.process, [line])
            self.open[id_] = line, time.monotonic()

    def _line(self) -> str:
        return (
            f"{self.dice.choice(LINES)}"
            if self.dice.random() < 0.5
            else f"waifu {self.dice.randrange(9)} model=plain-1"
        )

    def _handle(self, message: protocol.Message) -> None:
        match message:
            case protocol.Part(id=id_, body=body):
                self._parts[id_] = self._parts.get(id_, b"") + body
            case Finished(id=id_) | Failed(id=id_):
                self._end(message, self._parts.pop(id_, b""))

    def _end(self, ending: Finished | Failed, file: bytes) -> None:
        if ending.id not in self.open:
            self.wrong.append(f"run {ending.id} ended twice")
            return
        line, began = self.open.pop(ending.id)
        self.longest = max(self.longest, time.monotonic() - began)
        if " 666 " in line:
            self.poisoned += 1
            self.wrong += [] if ending == Failed(ending.id, "poison_run") else [f"poison: {ending}"]
        elif isinstance(ending, Failed):
            self.wrong.append(f"{line}: {ending.code}")
        else:
            self.finished += 1
            if not is_alike((ending, self.files.setdefault(line, file)), (ending, file)):
                self.wrong.append(f"{line}: another picture")


def kill(cluster: Cluster, kind: str) -> None:
    """Kill one process of that kind; a head is started again, as who supervises it would."""
    if kind == "head":
        cluster.kill_head()
        cluster.start()
        return
    names = {"controller": "ray::ServeController", "link": "generator.cluster.link"}

    def find() -> list[psutil.Process]:
        return cluster.replicas if kind == "replica" else cluster.processes([names[kind]])

    wait_for(find)
    for process in find()[:1]:
        with suppress(psutil.Error):
            process.send_signal(signal.SIGKILL)
