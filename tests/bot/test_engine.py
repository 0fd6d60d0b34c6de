"""The engine with real child processes, the fake workers, each of which is named after what it does."""

import asyncio
import os
import random
import signal
import sys
from contextlib import aclosing, suppress
from pathlib import Path

import psutil
import pytest
from project_paths import WORKERS

from bot.errors import WorkerRefused
from bot.worker import engine as engines
from bot.worker.engine import MAX_KILLS, LocalEngine
from bot.worker.picture import Picture
from bot.worker.process import WorkerProcess
from generator.contract import protocol
from generator.contract.errors import (
    EngineDown,
    EngineStarting,
    EngineStopped,
    GeneratorError,
    PoisonRun,
    TooManyPixels,
)
from generator.contract.recipe import Recipe

MAX_BYTES = 1_000_000


def make_engine(worker: str, tmp_path: Path, **timeouts: float) -> LocalEngine:
    """ENGINE_SOCKET starts the workers at that socket instead (see test_handover.py)."""
    socket = os.environ.get("ENGINE_SOCKET")
    program = [sys.executable, *(["-m", "generator", "attach", socket] if socket else [])]
    command = [*program, str(WORKERS / f"{worker}.py"), str(tmp_path)]
    return LocalEngine(command, **{"first_backoff_s": 0.05, "max_backoff_s": 0.2} | timeouts)


async def draw(engine: LocalEngine, line: str, max_bytes: int = MAX_BYTES) -> Picture:
    async with aclosing(engine.run(Recipe.parse(line), max_bytes, "somebody")) as events:
        *progress, last = [event async for event in events]
    assert all(isinstance(event, protocol.Progress) for event in progress)
    assert isinstance(last, Picture)
    return last


async def outcome(engine: LocalEngine, line: str) -> str:
    try:
        return (await draw(engine, line)).media_type
    except GeneratorError as error:
        return error.code


def read_line(picture: Picture) -> str:
    return picture.file.partition(b" picture ")[2].decode()


async def test_a_run_yields_progress_and_then_its_own_picture(tmp_path: Path) -> None:
    async with make_engine("draws", tmp_path) as engine:
        assert (await engine.wait_ready(20)).models[0].name == "drawn-4"
        lines = [f"waifu {seed} model=drawn-4 psi=0.7" for seed in range(20)]
        pictures = await asyncio.gather(*(draw(engine, line) for line in lines))
        assert [read_line(picture) for picture in pictures] == lines


async def test_runs_that_begin_before_the_worker_is_ready_wait_for_it(tmp_path: Path) -> None:
    async with make_engine("draws", tmp_path) as engine:
        assert engine.ready is None
        assert await outcome(engine, "waifu 1") == "image/png"


async def test_closing_the_iterator_cancels_the_run_and_the_worker_goes_on(tmp_path: Path) -> None:
    async with make_engine("draws", tmp_path) as engine:
        async with aclosing(engine.run(Recipe.parse("waifu 1 model=other-1"), MAX_BYTES)) as events:
            await anext(events)
        assert await outcome(engine, "waifu 1") == "image/png"
        assert not engine._in_flight


async def test_a_worker_that_dies_is_replaced_and_its_runs_are_retried_in_order_one_at_a_time(tmp_path: Path) -> None:
    async with make_engine("dies_once", tmp_path) as engine:
        await engine.wait_ready(20)
        lines = [f"waifu {seed} psi=0.7" for seed in range(3)]
        assert await asyncio.gather(*(outcome(engine, line) for line in lines)) == ["image/png"] * 3
    assert (tmp_path / "order").read_text().split("\n")[:3] == lines


async def test_a_run_that_kills_the_worker_twice_fails_and_the_other_runs_do_not(tmp_path: Path) -> None:
    async with make_engine("dies_on_line", tmp_path) as engine:
        await engine.wait_ready(20)
        endings = await asyncio.gather(*(outcome(engine, f"waifu {seed} psi=0.7") for seed in (12, 13, 14)))
        assert endings == ["image/png", PoisonRun.code, "image/png"]
        assert await outcome(engine, "waifu 15 psi=0.7") == "image/png"


async def test_a_worker_that_hangs_is_killed_and_the_next_one_makes_the_run(tmp_path: Path) -> None:
    async with make_engine("hangs_once", tmp_path, hang_timeout_s=0.5) as engine:
        assert await outcome(engine, "waifu 1") == "image/png"


async def test_a_worker_that_says_it_is_busy_is_not_killed(tmp_path: Path) -> None:
    async with make_engine("busy", tmp_path, hang_timeout_s=0.4) as engine:
        await engine.wait_ready(20)
        first = engine._process
        assert await outcome(engine, "waifu 1") == "image/png"
        assert engine._process is first


async def test_a_worker_may_be_busy_before_it_is_ready_and_is_watched_after_that(tmp_path: Path) -> None:
    async with make_engine("is_busy_then_hangs", tmp_path, start_timeout_s=2, hang_timeout_s=0.5) as engine:
        assert await outcome(engine, "waifu 1") == "image/png"
        assert engine.starts == 2


@pytest.mark.skipif(not Path("/proc/self/stat").exists(), reason="only Linux reports whether a process is suspended")
async def test_no_run_is_blamed_when_the_worker_is_suspended_from_outside(
    tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    async with make_engine("draws", tmp_path, hang_timeout_s=0.3) as engine:
        await engine.wait_ready(20)
        drawing = asyncio.create_task(outcome(engine, "waifu 1 model=other-1"))
        for suspensions in range(1, 4):
            async with asyncio.timeout(20):
                while engine.starts < suspensions or not engine._in_flight:  # noqa: ASYNC110
                    await asyncio.sleep(0.01)
            assert engine.pid is not None
            os.kill(engine.pid, signal.SIGSTOP)
            await asyncio.sleep(0.1)
        assert not drawing.done()
        drawing.cancel()
    assert "it hung, suspended from outside (SIGSTOP), killed by the bot" in caplog.text


@pytest.mark.skipif(os.name != "posix", reason="needs POSIX signals")
@pytest.mark.parametrize("idle", [True, False])
async def test_a_stopped_worker_is_found_before_anybody_needs_it(
    tmp_path: Path, idle: bool, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    monkeypatch.setattr(engines, "PING_S", 0.1)
    monkeypatch.setattr(engines, "PONG_S", 0.5)
    async with make_engine("draws", tmp_path) as engine:
        await engine.wait_ready(20)
        run = asyncio.create_task(outcome(engine, "waifu 1 model=other-1"))
        await asyncio.sleep(0.1)
        if idle:
            run.cancel()
            await asyncio.gather(run, return_exceptions=True)
        assert engine.pid is not None
        os.kill(engine.pid, signal.SIGSTOP)
        async with asyncio.timeout(20):
            while engine.starts < 2 or engine.state != "ready":  # noqa: ASYNC110 - there is no event for this
                await asyncio.sleep(0.01)
        run.cancel()
        assert await outcome(engine, "waifu 2") == "image/png"
    assert "killed by the bot" in caplog.text


async def test_a_worker_that_answers_is_left_alone_and_its_answers_give_no_more_time_to_a_run(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(engines, "PING_S", 0.02)
    monkeypatch.setattr(engines, "PONG_S", 5.0)
    async with make_engine("draws", tmp_path, hang_timeout_s=0.5) as engine:
        await engine.wait_ready(20)
        await asyncio.sleep(0.7)
        assert engine.starts == 1
        hanging = asyncio.create_task(outcome(engine, "waifu 1 model=other-1"))
        async with asyncio.timeout(20):
            while engine.starts < 2:  # noqa: ASYNC110 - there is no event for this
                await asyncio.sleep(0.01)
        hanging.cancel()


async def test_an_idle_worker_may_be_silent(tmp_path: Path) -> None:
    async with make_engine("draws", tmp_path, hang_timeout_s=0.1) as engine:
        await engine.wait_ready(20)
        assert await outcome(engine, "waifu 1") == "image/png"
        assert engine._watchdog is not None
        assert engine._watchdog.when() is None


@pytest.mark.parametrize("garbage", ["text", "header", "unknown", "body", "cut"])
async def test_garbage_costs_restarts_and_no_picture_and_blames_nobody(
    tmp_path: Path, garbage: str, caplog: pytest.LogCaptureFixture
) -> None:
    (tmp_path / "garbage").write_text(garbage)
    async with make_engine("talks_nonsense", tmp_path, hang_timeout_s=1 if garbage == "cut" else 60) as engine:
        assert await outcome(engine, "waifu 1") == "image/png"
        assert engine.starts == (3 if garbage == "cut" else 4)
    assert "giving up on" not in caplog.text


async def test_runs_wait_for_a_worker_that_does_not_start_as_long_as_the_owner_says(tmp_path: Path) -> None:
    async with make_engine("dies_at_first_starts", tmp_path) as engine:
        runs = [asyncio.create_task(outcome(engine, f"waifu {seed}")) for seed in range(80)]
        assert (await engine.wait_ready()).models
        assert engine.starts == 4
        assert set(await asyncio.gather(*runs)) == {"image/png"}
    async with make_engine("dies_at_start", tmp_path, start_timeout_s=0.5) as engine:
        began = asyncio.get_running_loop().time()
        assert await outcome(engine, "waifu 1") == EngineDown.code
        assert asyncio.get_running_loop().time() - began >= 0.5
        assert engine.state == "down"
        assert await outcome(engine, "waifu 2") == EngineDown.code


async def test_runs_wait_again_after_a_worker_that_was_ready(tmp_path: Path) -> None:
    async with make_engine("dies_for_a_while", tmp_path, start_timeout_s=10) as engine:
        engine._lost_at -= 60  # as if it had been ready for a minute
        await engine.wait_ready(20)
        (tmp_path / "dies").touch()
        runs = [asyncio.create_task(outcome(engine, f"waifu {seed}")) for seed in range(5)]
        async with asyncio.timeout(20):
            while engine.starts < 4:  # noqa: ASYNC110 - there is no event for this
                await asyncio.sleep(0.01)
        assert engine.state == "starting"
        (tmp_path / "dies").unlink()
        assert set(await asyncio.gather(*runs)) == {"image/png"}


async def test_a_worker_that_floods_its_stderr_still_draws(tmp_path: Path) -> None:
    async with make_engine("chatters", tmp_path) as engine:
        assert await outcome(engine, "waifu 1") == "image/png"


async def test_a_file_over_the_limit_is_never_accepted(tmp_path: Path) -> None:
    async with make_engine("sends_too_much", tmp_path) as engine:
        assert await outcome(engine, "waifu 1") == PoisonRun.code


async def test_a_failed_run_raises_the_error_that_the_worker_sent(tmp_path: Path) -> None:
    async with make_engine("fails", tmp_path) as engine:
        with pytest.raises(TooManyPixels, match="100 megapixels"):
            await draw(engine, "waifu 1")


async def test_while_every_start_fails_each_run_ends_at_once_as_engine_down(tmp_path: Path) -> None:
    async with make_engine("dies_at_start", tmp_path, start_timeout_s=0.5) as engine:
        assert await outcome(engine, "waifu 1") == EngineDown.code
        with pytest.raises(EngineDown):
            await engine.wait_ready(20)
        assert await outcome(engine, "waifu 2") == EngineDown.code


async def test_the_engine_recovers_when_the_worker_does(tmp_path: Path) -> None:
    async with make_engine("dies_at_first_starts", tmp_path, start_timeout_s=0.001) as engine:
        with pytest.raises(EngineDown):
            await engine.wait_ready(20)
        engine._start_timeout_s = 60  # else the worker that starts in the end would be killed
        async with asyncio.timeout(20):
            while await outcome(engine, "waifu 1") == EngineDown.code:  # noqa: ASYNC110 - people retry, too
                await asyncio.sleep(0.02)
        assert await outcome(engine, "waifu 1") == "image/png"


async def test_a_command_that_does_not_exist_counts_as_a_failed_start(tmp_path: Path) -> None:
    async with LocalEngine([str(tmp_path / "nothing")], first_backoff_s=0.01, start_timeout_s=0.1) as engine:
        with pytest.raises(EngineDown):
            await engine.wait_ready(20)


async def test_a_worker_that_is_never_ready_counts_as_a_failed_start(tmp_path: Path) -> None:
    async with make_engine("never_ready", tmp_path, start_timeout_s=0.3) as engine:
        with pytest.raises(EngineDown):
            await engine.wait_ready(20)


async def test_waiting_for_a_slow_start_times_out(tmp_path: Path) -> None:
    async with make_engine("never_ready", tmp_path) as engine:
        with pytest.raises(EngineStarting):
            await engine.wait_ready(0.05)


async def test_a_worker_that_refuses_to_start_stops_the_bot_with_its_own_sentence(tmp_path: Path) -> None:
    async with make_engine("refuses_model", tmp_path) as engine:
        with pytest.raises(WorkerRefused, match=r"^There is no file nowhere\.pkl; check the path\.$"):
            await asyncio.wait_for(engine.watch(), 20)
        assert await outcome(engine, "waifu 1") == EngineDown.code


async def test_closing_ends_every_run_and_leaves_no_process(tmp_path: Path) -> None:
    async with make_engine("draws", tmp_path) as engine:
        await engine.wait_ready(20)
        assert engine._process is not None
        process = psutil.Process(engine._process.pid)
        runs = [asyncio.create_task(outcome(engine, f"waifu {seed} model=other-1")) for seed in range(5)]
        await asyncio.sleep(0)
    assert await asyncio.gather(*runs) == [EngineStopped.code] * 5
    assert not process.is_running()


@pytest.mark.skipif(os.name != "posix", reason="needs POSIX signals")
async def test_a_worker_that_does_not_exit_is_killed_in_time(tmp_path: Path) -> None:
    async with make_engine("ignores_exit", tmp_path) as engine:
        await engine.wait_ready(20)
        assert engine._process is not None
        process = psutil.Process(engine._process.pid)
        began = asyncio.get_running_loop().time()
    assert asyncio.get_running_loop().time() - began < 5
    assert not process.is_running()


@pytest.mark.skipif(os.name != "posix", reason="needs POSIX signals")
async def test_a_worker_killed_repeatedly_at_random_moments_costs_nobody_a_picture(tmp_path: Path) -> None:
    kills = 200 if os.environ.get("FULL_SIZE") else 12
    chance = random.Random(1)
    async with make_engine("draws_slowly", tmp_path) as engine:
        await engine.wait_ready(20)
        runs = [asyncio.create_task(outcome(engine, f"waifu {seed}")) for seed in range(kills)]
        for _ in range(kills):
            async with asyncio.timeout(20):
                while not engine._worker_ready:  # noqa: ASYNC110 - there is no event for this
                    await asyncio.sleep(0.01)
            await asyncio.sleep(chance.uniform(0, 0.15))
            runs.append(asyncio.create_task(outcome(engine, f"waifu {len(runs)}")))
            if engine._process is not None and engine._worker_ready:
                with suppress(ProcessLookupError):  # dead already, which the engine has not noticed yet
                    os.kill(engine._process.pid, signal.SIGKILL)
        assert set(await asyncio.gather(*runs)) == {"image/png"}


@pytest.mark.skipif(os.name != "posix", reason="needs POSIX signals")
async def test_no_run_is_blamed_when_the_worker_is_killed_from_outside(
    tmp_path: Path, caplog: pytest.LogCaptureFixture, monkeypatch: pytest.MonkeyPatch
) -> None:
    counters = tmp_path / "vmstat"
    counters.write_text("oom_kill 3\n")
    monkeypatch.setattr("bot.worker.process.KERNEL_COUNTERS", counters)
    async with make_engine("is_always_killed", tmp_path) as engine:
        assert await outcome(engine, "waifu 1") == EngineDown.code
    assert caplog.text.count("sent from outside: the kernel counts no out-of-memory kill") == MAX_KILLS
    assert "giving up on" not in caplog.text


@pytest.mark.skipif(os.name != "posix", reason="needs POSIX signals")
async def test_a_worker_killed_from_outside_while_starting_is_not_a_failed_start(tmp_path: Path) -> None:
    async with make_engine("is_killed_at_start", tmp_path) as engine:
        assert await outcome(engine, "waifu 1") == "image/png"
        assert engine.starts == 5


@pytest.mark.skipif(os.name != "posix", reason="needs POSIX signals")
async def test_a_run_that_needs_too_much_memory_is_poison_after_two_deaths(
    tmp_path: Path, caplog: pytest.LogCaptureFixture, monkeypatch: pytest.MonkeyPatch
) -> None:
    counters = tmp_path / "vmstat"
    counters.write_text("oom_kill 3\n")
    monkeypatch.setattr("bot.worker.process.KERNEL_COUNTERS", counters)
    async with make_engine("dies_of_memory", tmp_path) as engine:
        assert await outcome(engine, "waifu 1") == PoisonRun.code
    assert caplog.text.count("killed by SIGKILL (out of memory)") == 2


async def test_a_run_is_not_blamed_for_a_death_that_it_shared_with_others(tmp_path: Path) -> None:
    async with make_engine("dies_on_line", tmp_path) as engine:
        await engine.wait_ready(20)
        tasks = [asyncio.create_task(outcome(engine, f"waifu {seed} psi=0.7")) for seed in (12, 13, 14)]
        await asyncio.sleep(0)
        runs = list(engine._waiting) + list(engine._in_flight.values())
        await asyncio.gather(*tasks)
        assert {run.message.line: run.crashes for run in runs} == {
            f"waifu {seed} psi=0.7": 2 * (seed == 13) for seed in (12, 13, 14)
        }


@pytest.mark.skipif(os.name != "posix", reason="needs POSIX signals")
async def test_a_process_has_ended_when_its_stop_was_cancelled(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("bot.worker.process.EXIT_TIMEOUT_S", 0.3)
    process = await WorkerProcess.start([sys.executable, "-c", "import time; time.sleep(60)"], os.environ)
    stopping = asyncio.create_task(process.stop(at_once=False))
    await asyncio.sleep(0.1)
    stopping.cancel()
    with pytest.raises(asyncio.CancelledError):
        await stopping
    assert process.exit_code == -signal.SIGKILL
