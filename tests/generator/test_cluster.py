"""The parts of a cluster that need no Ray: the dispatcher before a link, a replica's worker, placing, a machine's part.

Links and workers are the fake workers, each of which is named after what it does. One real cluster is in
tests/end_to_end/test_cluster.py.
"""

import asyncio
import os
import queue
import signal
import socket
import subprocess
import sys
import threading
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pytest
from project_paths import ROOT

from generator import __main__ as command_line
from generator.cluster import dispatcher, nodes, watched
from generator.cluster import shipment as shipping
from generator.cluster.orders import Drawing, Lost, Order, identity
from generator.cluster.placement import SILENT_SECONDS, Candidate, Runs, note, rank, wanted
from generator.cluster.watched import Gate, WatchedWorker
from generator.contract import errors, protocol
from generator.contract.protocol import Busy, Cancel, Failed, Finished, Message, Ready, Run
from generator.worker.outbox import Outbox
from generator.worker.stdio import EndOfInput

WORKERS = ROOT / "tests" / "support" / "workers"
LARGE = 100_000


def run(id_: int, line: str = "waifu 1") -> Run:
    return Run(id_, line, LARGE, "somebody")


def order(line: str = "waifu 1", *, model: str = "", node: str = "", avoid: str = "") -> Order:
    return Order(run(1, line), (), "", model, node=node, avoid=frozenset(filter(None, [avoid])))


def worker(name: str, folder: Path) -> list[str]:
    return [sys.executable, str(WORKERS / f"{name}.py"), str(folder)]


class Bot:
    """The bot's end of a dispatcher that runs in a thread."""

    def __init__(self, command: list[str]) -> None:
        self._inbox: dispatcher.Inbox = queue.Queue()
        self._received: queue.Queue[Message] = queue.Queue()
        self._decoder = protocol.Decoder()
        self._outbox = Outbox(self._receive)
        start = lambda number: dispatcher.LinkProcess(command, number, self._inbox)  # noqa: E731
        self._dispatcher = dispatcher.Dispatcher(self._inbox, self._outbox, start)
        self.status: list[int] = []
        self._threads = [threading.Thread(target=work) for work in (self._serve, self._outbox.run)]
        for thread in self._threads:
            thread.start()

    def _serve(self) -> None:
        self.status.append(self._dispatcher.serve())

    def _receive(self, frame: bytes) -> None:
        for message in self._decoder.feed(frame):
            self._received.put(message)

    def send(self, *messages: Message) -> None:
        for message in messages:
            self._inbox.put(message)

    def receive(self) -> Message:
        while isinstance(message := self._received.get(timeout=20), Busy):
            pass
        return message

    def endings(self, count: int) -> dict[int, Finished | Failed]:
        ended: dict[int, Finished | Failed] = {}
        while len(ended) < count:
            if isinstance(message := self.receive(), Finished | Failed):
                assert message.id not in ended
                ended[message.id] = message
        return ended

    def close(self) -> None:
        self._inbox.put(EndOfInput(0))
        self._threads[0].join(20)
        self._outbox.close()
        self._threads[1].join(20)


@pytest.fixture
def bot(request: pytest.FixtureRequest, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Bot]:
    monkeypatch.setattr(dispatcher, "BACKOFF_SECONDS", 0.0)
    monkeypatch.setattr(dispatcher, "TICK_SECONDS", 0.05)
    bot = Bot(worker(request.param, tmp_path))
    yield bot
    bot.close()


@pytest.mark.parametrize("bot", ["dies_once"], indirect=True)
def test_when_a_link_dies_its_runs_are_handed_to_the_next_in_their_order(bot: Bot, tmp_path: Path) -> None:
    bot.send(*(run(id_, f"waifu {id_}") for id_ in (1, 2, 3)))
    assert isinstance(bot.receive(), Ready)
    assert {id_: type(ending) for id_, ending in bot.endings(3).items()} == dict.fromkeys((1, 2, 3), Finished)
    assert (tmp_path / "order").read_text().splitlines() == ["waifu 1", "waifu 2", "waifu 3"]


@pytest.mark.parametrize("bot", ["draws"], indirect=True)
def test_a_run_of_which_the_link_draws_half_ends_as_cancelled_when_nobody_wants_it(bot: Bot) -> None:
    assert isinstance(bot.receive(), Ready)
    bot.send(run(1, "morph 1 2 model=other-1"))
    assert bot.receive() == protocol.Progress(1, 1, 2)
    bot.send(Cancel(1))
    assert bot.endings(1) == {1: Failed(1, "cancelled")}


@pytest.mark.parametrize("bot", ["never_ready"], indirect=True)
def test_a_run_that_waits_for_the_cluster_can_be_cancelled(bot: Bot) -> None:
    bot.send(run(1), run(2), Cancel(1))
    assert bot.endings(1) == {1: Failed(1, "cancelled")}


@pytest.mark.parametrize("bot", ["refuses_model"], indirect=True)
def test_a_link_that_cannot_start_ends_the_dispatcher(bot: Bot) -> None:
    bot._threads[0].join(20)
    assert bot.status == [dispatcher.CANNOT_START]


@pytest.mark.parametrize("bot", ["draws"], indirect=True)
def test_a_link_that_does_not_answer_is_replaced(bot: Bot, monkeypatch: pytest.MonkeyPatch) -> None:
    assert isinstance(bot.receive(), Ready)
    link = bot._dispatcher._link
    assert link is not None
    monkeypatch.setattr(dispatcher, "PONG_SECONDS", 0.5)
    link._process.send_signal(signal.SIGSTOP)
    bot.send(run(1))
    assert isinstance(bot.endings(1)[1], Finished)
    assert bot._dispatcher._link is not link


async def draw_with(worker_: WatchedWorker, *lines: str) -> list[object]:
    """Return how runs that a worker has together ended."""
    await worker_.wait_ready()
    ids = [worker_.send(Order(run(1, line), (), "", "")) for line in lines]
    queues = [worker_.items(id_) for id_ in ids]
    endings = []
    for items in queues:
        while isinstance(item := await asyncio.wait_for(items.get(), 20), protocol.Progress):
            pass
        endings.append(item)
    return endings


@pytest.mark.parametrize(
    ("name", "lines", "expected"),
    [
        ("dies_on_line", ("waifu 1", "waifu 13 psi=1", "waifu 2"), (True, False)),
        ("dies_once", ("waifu 1", "waifu 2", "waifu 3"), (False, False)),
        ("sends_too_much", ("waifu 1",), (True, True)),
        ("hangs_once", ("waifu 1",), (True, True)),
    ],
)
async def test_a_replica_tells_whose_fault_a_death_is_and_who_was_alone(
    name: str, lines: tuple[str, ...], expected: tuple[bool, bool], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(watched, "HANG_SECONDS", 0.3)
    monkeypatch.setattr(watched, "PING_SECONDS", 0.1)
    worker_ = WatchedWorker(worker(name, tmp_path), {})
    worker_.start()
    endings = await draw_with(worker_, *lines)
    assert [(lost.own_fault, lost.alone) for lost in endings if isinstance(lost, Lost)] == [expected] * len(lines)
    if name != "sends_too_much":
        (ending,) = await draw_with(worker_, "waifu 5")
        assert isinstance(ending, Drawing)
        assert ending.file.endswith(b"waifu 5")
    await worker_.close()
    assert worker_.pid is None


async def test_a_worker_that_refuses_its_arguments_is_not_started_again(tmp_path: Path) -> None:
    worker_ = WatchedWorker(worker("refuses_model", tmp_path), {})
    worker_.start()
    with pytest.raises(errors.EngineDown):
        await worker_.wait_ready()
    assert worker_.refused
    await worker_.close()


async def test_one_that_wants_to_be_alone_waits_for_others_and_others_for_it() -> None:
    gate, order_ = Gate(), list[str]()

    async def visit(name: str, *, alone: bool) -> None:
        await gate.enter(alone=alone)
        order_.append(f"{name} in")
        await asyncio.sleep(0)
        order_.append(f"{name} out")
        gate.leave()

    await asyncio.gather(*(visit(name, alone=name.isupper()) for name in ("a", "b", "C", "d", "E")))
    assert order_[:4] == ["a in", "b in", "a out", "b out"]
    rest = "".join(word[0] for word in order_[4:])
    assert sorted(rest) == sorted("CCddEE")
    assert "CC" in rest
    assert "EE" in rest


def test_a_run_goes_where_its_network_is_unless_that_replica_is_much_busier() -> None:
    idle, busy = Candidate("idle", "n1", 0, ("b",)), Candidate("busy", "n2", 3, ("a",))
    assert rank(order(model="a"), [idle, busy]) == ["busy", "idle"]
    assert rank(order(model="a"), [idle, replace(busy, runs=9)]) == ["idle", "busy"]
    assert rank(order(), [busy, idle]) == ["idle", "busy"]
    assert rank(order(node="n2"), [idle, busy]) == ["busy", "idle"]
    assert rank(order(avoid="idle"), [idle, busy]) == ["busy"]
    assert rank(replace(order(), shun=frozenset({"idle"})), [idle, busy]) == ["busy", "idle"]


def test_a_replica_that_does_not_take_what_it_was_given_is_left_alone_for_a_while() -> None:
    runs, machines = Runs(max_models=3), {"x": "n1", "y": "n1"}
    assert runs.place("1", order(), machines, 0.0)[0] == "x"  # which hangs
    assert runs.place("2", order(), machines, 12.0)[0] == "y"
    runs.arrived("2", order(), "y")
    for number in range(3, 20):
        assert runs.place(f"{number}", order(), machines, 13.0)[0] == "y"
        runs.arrived(f"{number}", order(), "y")
    assert runs.place("20", order(), machines, 13.0 + SILENT_SECONDS)[0] == "x"
    runs.arrived("20", order(), "x")  # it does not any more
    assert runs.place("21", order(), machines, 50.0)[0] == "x"


def test_the_router_forgets_the_network_that_a_worker_has_unloaded() -> None:
    models: dict[str, tuple[str, ...]] = {}
    for name in ("a", "b", "a", "c"):
        models = note(models, "r", name, 2)
    assert models == {"r": ("a", "c")}


def test_the_number_of_replicas_follows_the_places_or_the_queue() -> None:
    assert wanted(0, {"waifubot": 3}) == wanted(100, {"waifubot": 3}) == 3
    elastic = {"waifubot": 1, "waifubot_least": 2, "waifubot_most": 16}
    assert [wanted(runs, elastic) for runs in (0, 9, 33, 1000)] == [2, 3, 9, 16]
    assert wanted(0, {}) == 1


def test_replicas_that_draw_otherwise_have_another_identity() -> None:
    model = protocol.Model("a", 64, "d0")
    ready = Ready(("waifu",), ("png",), (model,), "cpu", "v5 exact cpu")
    assert identity(ready) == identity(replace(ready, replicas=3))
    others = (replace(ready, fingerprint="v5 auto cpu"), replace(ready, models=(replace(model, digest="d1"),)))
    assert len({identity(ready), *map(identity, others)}) == 3


def test_a_token_is_made_once_on_the_head_and_missed_elsewhere(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    file = tmp_path / "keys" / "token"
    environ = {"RAY_AUTH_TOKEN_PATH": str(file)}
    with pytest.raises(errors.TokenMissing, match=f"copy {file} from the head"):
        nodes.require_token(environ, make=False)
    nodes.require_token(environ, make=True)
    token = file.read_text()
    assert len(token) == 64
    assert file.stat().st_mode & 0o777 == 0o600
    nodes.require_token(environ, make=True)
    nodes.require_token(environ, make=False)
    assert file.read_text() == token


@pytest.mark.parametrize(
    ("address", "error"),
    [("8.8.8.8", errors.PublicAddress), ("head.example", errors.NotAnAddress), ("10.0.0.7", None), ("fd00::1", None)],
)
def test_an_address_that_other_networks_reach_is_refused(address: str, error: type[Exception] | None) -> None:
    if error is None:
        nodes.check_private(address)
        return
    with pytest.raises(error, match=address):
        nodes.check_private(address)


def test_a_machine_joins_with_its_places_and_a_head_has_its_bounds(tmp_path: Path) -> None:
    head = " ".join(nodes.start_command(nodes.Node(tmp_path, places=2, replicas=(2, 16))))
    assert "--head --port=6379" in head
    assert '{"waifubot": 2, "waifubot_least": 2, "waifubot_most": 16}' in head
    joins = " ".join(nodes.start_command(nodes.Node(tmp_path, "10.0.0.1:6379", "10.0.0.2")))
    assert "--address=10.0.0.1:6379 --node-ip-address=10.0.0.2" in joins
    assert "--head" not in joins


@pytest.mark.parametrize(
    ("words", "sentence"),
    [
        (["cluster", "status", "10.0.0.1:6379"], "error: A cluster needs the package ray"),
        (["cluster", "up"], "error: A cluster needs the package ray"),
        (["serve", "--cluster", "10.0.0.1:6379"], "error: A cluster needs the package ray"),
    ],
)
def test_without_ray_a_sentence_says_what_to_install(
    words: list[str], sentence: str, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr("generator.cli.cluster.find_spec", lambda name: None)
    monkeypatch.setattr("generator.cli.serve.find_spec", lambda name: None)
    assert command_line.main(words) > 0
    assert sentence in capsys.readouterr().err


def test_leaving_where_nothing_runs_is_told(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert command_line.main(["cluster", "down", "--folder", str(tmp_path)]) == 1
    assert "No part of a cluster runs in" in capsys.readouterr().err


@pytest.mark.parametrize("words", [["status"], ["up", "--join"]])
def test_a_head_that_does_not_answer_is_told_at_once(
    words: list[str], tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr("generator.cli.cluster.find_spec", lambda name: True)
    monkeypatch.setenv("RAY_AUTH_TOKEN", "0" * 64)
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))  # and nobody listens there
        address = f"127.0.0.1:{taken.getsockname()[1]}"
        assert command_line.main(["cluster", *words, address, "--folder", str(tmp_path)]) == 1
    assert f"error: No head of a cluster answers at {address}; start it there" in capsys.readouterr().err


@pytest.mark.skipif(sys.platform != "linux", reason="clusters are for Linux")
def test_what_is_suspended_for_long_is_killed(capfd: pytest.CaptureFixture[str]) -> None:
    code = "import subprocess, sys; print(subprocess.Popen(['sleep', '60']).pid, flush=True); sys.stdin.read()"
    pipe = subprocess.PIPE
    with subprocess.Popen([sys.executable, "-c", code], stdin=pipe, stdout=pipe, text=True) as ray:
        assert ray.stdin
        assert ray.stdout
        replica = int(ray.stdout.readline())
        os.kill(replica, signal.SIGSTOP)
        while (since := nodes.end_suspended(os.getpid(), {}, 5.0)) != {replica: 5.0}:
            pass
        assert nodes.end_suspended(os.getpid(), since, 5.0 + nodes.SUSPENDED_SECONDS) == since
        nodes.end_suspended(os.getpid(), since, 5.1 + nodes.SUSPENDED_SECONDS)
        assert f"killed process {replica}, which was suspended" in capfd.readouterr().err
        while not has_ended(replica):
            pass
        ray.stdin.close()


def has_ended(pid: int) -> bool:
    """Return whether a process is gone, or only waits until the one that started it asks how it ended."""
    try:
        return Path(f"/proc/{pid}/stat").read_bytes().rpartition(b")")[2].split()[0] == b"Z"
    except OSError:
        return True


@pytest.mark.parametrize("words", [["serve", "--cluster", "nowhere"], ["cluster", "up", "--replicas", "3-2"]])
def test_wrong_words_are_refused(words: list[str], capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit):
        command_line.main(words)
    assert "is not like" in capsys.readouterr().err


async def test_each_file_is_fetched_once_and_shown_under_its_own_name(tmp_path: Path) -> None:
    here, there = tmp_path / "here", tmp_path / "there"
    (here / "more").mkdir(parents=True)
    for name, content in {
        "a.pt": "A",
        "a.encoder": "E",
        "waifu-names.json": "{}",
        "more/b.pkl": "A",
        "more/c": "C",
    }.items():
        (here / name).write_text(content)
    words = ["--model", f"{here}/a.pt", "--name", f"bee={here}/more/b.pkl", "--models", f"{here}/more"]
    shipment, files = shipping.pack([*words, "--state-dir", f"{here}/state", "--no-enlarge"])
    fetched: list[str] = []

    async def read(digest: str, start: int) -> bytes:
        fetched.append(digest)
        return shipping.read_piece(files, digest, start)

    together = await asyncio.gather(*(shipping.unpack(shipment, there, read) for _ in range(3)))
    root = there / "networks" / shipment.digest
    assert (
        together
        == [
            [
                *("--model", f"{root}/0/a.pt", "--name", f"bee={root}/1/b.pkl", "--models", f"{root}/1"),
                *("--state-dir", f"{root}/state", "--no-enlarge"),
            ]
        ]
        * 3
    )
    shown = {str(path.relative_to(root)): path.read_text() for path in root.rglob("*") if path.is_file()}
    assert shown == {"0/a.pt": "A", "0/a.encoder": "E", "0/waifu-names.json": "{}", "1/b.pkl": "A"}
    assert sorted(fetched) == sorted(list({digest for _, digest in shipment.files}) * 2)  # a piece, and the end


async def test_a_file_that_changed_on_its_way_is_refused(tmp_path: Path) -> None:
    (tmp_path / "a.pt").write_text("A")
    shipment, _ = shipping.pack(["--model", f"{tmp_path}/a.pt"])
    pieces = [b"B", b""]

    async def read(digest: str, start: int) -> bytes:
        return pieces.pop(0)

    with pytest.raises(errors.ProtocolError, match="another digest"):
        await shipping.unpack(shipment, tmp_path / "there", read)
    assert not [path for path in (tmp_path / "there").rglob("*") if path.is_file() and path.suffix != ".lock"]


def test_a_file_that_is_not_there_is_named(tmp_path: Path) -> None:
    with pytest.raises(errors.FileMissing, match=r"gone\.pt"):
        shipping.pack(["--model", f"{tmp_path}/gone.pt"])


def test_runs_that_are_placed_before_any_has_arrived_are_spread() -> None:
    runs, nodes = Runs(max_models=3), {"x": "n1", "y": "n2"}
    first = [runs.place(str(number), order(model="a"), nodes, now=0.0)[0] for number in range(8)]
    assert sorted(first) == ["x"] * 4 + ["y"] * 4
    for number, replica in enumerate(first):
        runs.arrived(str(number), order(model="a"), replica)
    assert runs.counts == {"x": 4, "y": 4}
    for number in range(8):
        runs.ended(str(number))
    assert not runs.counts
    runs.place("cancelled on its way", order(), nodes, now=0.0)
    assert runs.place("later", order(), nodes, now=60.0) == ["y", "x"]
    assert runs.place("still later", order(), nodes, now=120.0) == ["x", "y"]
