"""A worker in another container, which a listener starts for the bot with the bot's own pipes.

The engine sees no difference: in full size all its tests run in this way.
"""

import asyncio
import os
import signal
import socket
import subprocess
import sys
from collections.abc import AsyncIterator, Iterator
from contextlib import aclosing, asynccontextmanager
from pathlib import Path

import psutil
import pytest
from load_test_server import ENVIRON, FULL, eventually
from project_paths import ROOT, SUPPORT, WORKERS

from bot import config
from bot.__main__ import worker_arguments
from bot.errors import WorkerRefused
from bot.worker import engine as engines
from bot.worker.engine import LocalEngine, worker_command
from bot.worker.picture import Picture
from generator.contract import protocol
from generator.contract.errors import GeneratorError, PoisonRun
from generator.contract.recipe import Recipe

pytestmark = [
    pytest.mark.skipif(not hasattr(os, "pidfd_open"), reason="a listener works on Linux only"),
    pytest.mark.timeout(1800 if FULL else 60),
]
LISTENER = SUPPORT / "listener_of_fake_workers.py"


@pytest.fixture
def place(tmp_path: Path) -> Iterator[Path]:
    """Return where a listener listens. Its own name for the folder is short: a socket's is at most 107 bytes long."""
    with subprocess.Popen([sys.executable, LISTENER, tmp_path / "s"], env=ENVIRON, stderr=subprocess.PIPE) as process:
        assert process.stderr
        while b"listening" not in process.stderr.readline():
            assert process.poll() is None
        yield tmp_path / "s"
        process.terminate()
        said = process.stderr.read().decode()
        assert process.wait(20) == 0, said
    assert "Traceback" not in said


def command_of(place: Path, worker: str) -> list[str]:
    return [*worker_command([], str(place)), str(WORKERS / f"{worker}.py"), str(place.parent)]


@asynccontextmanager
async def engine_at(place: Path, worker: str, **timeouts: float) -> AsyncIterator[LocalEngine]:
    options = {"first_backoff_s": 0.05, "max_backoff_s": 0.2} | timeouts
    async with LocalEngine(command_of(place, worker), environ=ENVIRON, **options) as engine:
        yield engine


def find_worker(place: Path) -> psutil.Process:
    """Return the process of the worker that runs at a place."""
    found = (p for p in psutil.process_iter(["cmdline"]) if (p.info["cmdline"] or [])[2:] == [str(place.parent)])
    return next(found)


async def outcome(engine: LocalEngine, line: str) -> str:
    """Draw, and return "picture" or the code of the error."""
    try:
        async with aclosing(engine.run(Recipe.parse(line), 1_000_000)) as events:
            async for event in events:
                assert isinstance(event, protocol.Progress | Picture)
    except GeneratorError as error:
        return error.code
    return "picture"


async def test_an_engine_draws_through_it_and_leaves_no_process(place: Path) -> None:
    async with engine_at(place, "draws") as engine:
        assert await outcome(engine, "waifu 1") == "picture"
        worker = find_worker(place)
    await eventually(lambda: not worker.is_running(), 10)
    async with engine_at(place, "draws") as engine:  # the next bot gets its own
        assert await outcome(engine, "waifu 2") == "picture"


async def test_a_run_that_ends_the_worker_twice_is_poison_and_a_kill_from_outside_blames_nobody(place: Path) -> None:
    async with engine_at(place, "dies_on_line") as engine:
        lines = [asyncio.create_task(outcome(engine, f"waifu {seed} psi=0.5")) for seed in (1, 13, 2)]
        assert [await line for line in lines] == ["picture", PoisonRun.code, "picture"]
    async with engine_at(place, "dies_once") as engine:
        lines = [asyncio.create_task(outcome(engine, f"waifu {seed}")) for seed in (1, 2, 3)]
        assert {await line for line in lines} == {"picture"}
    async with engine_at(place, "is_always_killed") as engine:
        run = asyncio.create_task(outcome(engine, "waifu 1"))
        await eventually(lambda: engine.starts > 3, 20)
        assert not run.done()
        run.cancel()


async def test_a_hanging_and_a_suspended_worker_are_replaced(
    place: Path, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    async with engine_at(place, "hangs_once", hang_timeout_s=0.5) as engine:
        assert await outcome(engine, "waifu 1") == "picture"
    monkeypatch.setattr(engines, "PING_S", 0.1)
    monkeypatch.setattr(engines, "PONG_S", 0.5)
    async with engine_at(place, "draws") as engine:
        await engine.wait_ready(20)
        run = asyncio.create_task(outcome(engine, "waifu 1 model=other-1"))  # which draws until it is cancelled
        stopped = find_worker(place)
        stopped.suspend()
        await eventually(lambda: engine.starts == 2 and engine.state == "ready", 20)
        assert not stopped.is_running()
        run.cancel()
    assert "suspended from outside (SIGSTOP)" in caplog.text


async def test_what_a_worker_says_when_it_refuses_its_arguments_is_what_the_bot_says(place: Path) -> None:
    async with engine_at(place, "refuses_model") as engine:
        with pytest.raises(WorkerRefused, match=r"There is no file nowhere\.pkl"):
            await engine.watch()


async def test_requests_wait_for_a_listener_and_outlive_it(tmp_path: Path, caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level("INFO")
    place = tmp_path / "s"
    async with engine_at(place, "draws") as engine:
        run = asyncio.create_task(outcome(engine, "waifu 1"))
        await eventually(lambda: "waiting for a worker" in caplog.text, 20)
        for number in (signal.SIGKILL, signal.SIGTERM):  # the socket that the first one leaves is no obstacle
            listener = await asyncio.create_subprocess_exec(
                sys.executable, LISTENER, place, env=ENVIRON, stderr=subprocess.DEVNULL
            )
            assert await run == "picture"
            assert place.stat().st_mode & 0o777 == 0o600
            worker = find_worker(place)
            listener.send_signal(number)
            if number == signal.SIGKILL:  # which in a container ends all
                worker.kill()
            await listener.wait()
            await eventually(lambda: "killed by SIGKILL" in caplog.text, 20)
            caplog.clear()
            run = asyncio.create_task(outcome(engine, "waifu 2"))
        run.cancel()


async def test_a_worker_dies_with_a_bot_that_is_killed(place: Path) -> None:
    bot = await asyncio.create_subprocess_exec(
        *command_of(place, "ignores_exit"), env=ENVIRON, stdin=subprocess.PIPE, stdout=subprocess.PIPE
    )
    assert bot.stdout
    await bot.stdout.read(4)  # it has started
    worker = find_worker(place)
    bot.kill()
    await bot.wait()
    await eventually(lambda: not worker.is_running(), 10)


def test_a_listener_answers_health_checks_and_refuses_what_is_none(place: Path) -> None:
    def attach(*words: str | Path) -> subprocess.CompletedProcess[str]:
        command = [sys.executable, "-m", "generator", "attach", *map(str, words)]
        return subprocess.run(
            command, env=ENVIRON, capture_output=True, text=True, timeout=60, stdin=subprocess.DEVNULL
        )

    assert attach("--check", place).returncode == 0
    assert attach("--check", place.parent / "nobody").returncode == 1
    with socket.socket(socket.AF_UNIX) as nonsense:
        nonsense.connect(str(place))
        nonsense.sendall(b'{"no": "list"}\n')
        assert nonsense.recv(1) == b""
    refused = subprocess.run([sys.executable, LISTENER, place], env=ENVIRON, capture_output=True, text=True, timeout=60)
    assert "The socket s cannot be used: another process listens there." in refused.stderr
    refused = attach(place.parent / ("x" * 200))
    assert refused.returncode == 1
    assert refused.stderr.startswith("error: The socket ")


def test_the_bot_starts_a_worker_there_with_the_arguments_that_it_would_give_its_own(tmp_path: Path) -> None:
    settings = config.load(None, {"WAIFUBOT_WORKER_SOCKET": "/run/worker.sock", "WAIFUBOT_STATE_DIR": str(tmp_path)})
    arguments = worker_arguments(settings)
    command = worker_command(arguments, settings.worker_socket)
    assert command[3:] == ["attach", "/run/worker.sock", *arguments]
    assert worker_command(arguments)[3:] == ["serve", *arguments]


def test_the_real_worker_speaks_through_it(tmp_path: Path) -> None:
    place, decoder, received = tmp_path / "s", protocol.Decoder(), list[protocol.Message]()
    programs = [[sys.executable, "-m", "generator", *words] for words in (("listen", place), ("attach", place))]
    with subprocess.Popen(list(map(str, programs[0])), env=ENVIRON, stderr=subprocess.DEVNULL, cwd=ROOT) as listener:
        with subprocess.Popen(
            [*map(str, programs[1]), "--device", "cpu"], env=ENVIRON, stdin=subprocess.PIPE, stdout=subprocess.PIPE
        ) as worker:
            assert worker.stdin
            assert worker.stdout
            worker.stdin.write(protocol.encode(protocol.Run(1, "waifu 7", 1_000_000)))
            worker.stdin.flush()
            while not any(isinstance(message, protocol.Finished) for message in received):
                received += decoder.feed(os.read(worker.stdout.fileno(), 65536))
            worker.stdin.close()
            assert worker.wait(20) == 0
        listener.terminate()
        assert listener.wait(20) == 0
    assert isinstance(received[-1], protocol.Finished)


@pytest.mark.skipif(not FULL, reason="FULL_SIZE=1 runs it; the tests above have an example of each")
def test_all_tests_of_the_engine_pass_through_it(place: Path) -> None:
    """But for those that suspend the process of the engine: here that is not the worker (see above)."""
    command = [sys.executable, "-m", "pytest", "-q", "tests/bot/test_engine.py", "-k", "not stopped_worker_is_found"]
    environ = {**os.environ, "ENGINE_SOCKET": str(place), "PYTHONPATH": str(ROOT)}
    environ.pop("FULL_SIZE")
    done = subprocess.run(command, cwd=ROOT, env=environ, capture_output=True, text=True, timeout=1200)
    assert done.returncode == 0, done.stdout
