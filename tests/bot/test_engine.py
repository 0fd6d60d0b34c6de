"""The engine against real child processes, each named by the trouble it makes."""

import asyncio
import os
import random
import signal
import sys
from contextlib import aclosing
from pathlib import Path

import psutil
import pytest
from project_paths import WORKERS

from bot.errors import WorkerRefused
from bot.worker.engine import MAX_KILLS, LocalEngine, Picture
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


def engine_of(worker: str, tmp_path: Path, **timeouts: float) -> LocalEngine:
    command = [sys.executable, str(WORKERS / f"{worker}.py"), str(tmp_path)]
    return LocalEngine(command, **{"first_pause_s": 0.05, "longest_pause_s": 0.2} | timeouts)


async def picture(engine: LocalEngine, line: str, max_bytes: int = MAX_BYTES) -> Picture:
    async with aclosing(engine.run(Recipe.parse(line), max_bytes, "somebody")) as events:
        heard = [event async for event in events]
    assert all(isinstance(event, protocol.Progress) for event in heard[:-1])
    assert isinstance(heard[-1], Picture)
    return heard[-1]


async def outcome(engine: LocalEngine, line: str) -> str:
    try:
        return (await picture(engine, line)).media_type
    except GeneratorError as error:
        return error.code


def line_of(drawn: Picture) -> str:
    return drawn.file.partition(b" picture ")[2].decode()


async def test_a_run_yields_progress_and_then_its_own_picture(tmp_path: Path) -> None:
    async with engine_of("draws", tmp_path) as engine:
        assert (await engine.wait_ready(20)).models[0].name == "drawn-4"
        lines = [f"waifu {seed} model=drawn-4 psi=0.7" for seed in range(20)]
        drawn = await asyncio.gather(*(picture(engine, line) for line in lines))
        assert [line_of(each) for each in drawn] == lines


async def test_runs_asked_for_before_the_worker_is_ready_wait_for_it(tmp_path: Path) -> None:
    async with engine_of("draws", tmp_path) as engine:
        assert engine.ready is None
        assert await outcome(engine, "waifu 1") == "image/png"


async def test_a_closed_iterator_cancels_and_the_worker_goes_on(tmp_path: Path) -> None:
    async with engine_of("draws", tmp_path) as engine:
        async with aclosing(engine.run(Recipe.parse("waifu 1 model=other-1"), MAX_BYTES)) as events:
            await anext(events)
        assert await outcome(engine, "waifu 1") == "image/png"
        assert not engine._in_flight


async def test_a_worker_that_dies_is_replaced_and_everything_is_made_in_order_one_at_a_time(tmp_path: Path) -> None:
    async with engine_of("dies_once", tmp_path) as engine:
        await engine.wait_ready(20)
        lines = [f"waifu {seed} psi=0.7" for seed in range(3)]
        assert await asyncio.gather(*(outcome(engine, line) for line in lines)) == ["image/png"] * 3
    assert (tmp_path / "order").read_text().split("\n")[:3] == lines


async def test_the_run_that_kills_the_worker_twice_fails_and_the_innocent_do_not(tmp_path: Path) -> None:
    async with engine_of("dies_on_line", tmp_path) as engine:
        await engine.wait_ready(20)
        ends = await asyncio.gather(*(outcome(engine, f"waifu {seed} psi=0.7") for seed in (12, 13, 14)))
        assert ends == ["image/png", PoisonRun.code, "image/png"]
        assert await outcome(engine, "waifu 15 psi=0.7") == "image/png"


async def test_a_worker_that_hangs_is_killed_and_the_run_made_by_the_next(tmp_path: Path) -> None:
    async with engine_of("hangs_once", tmp_path, hang_timeout_s=0.5) as engine:
        assert await outcome(engine, "waifu 1") == "image/png"


async def test_a_worker_that_says_it_is_busy_is_not_killed(tmp_path: Path) -> None:
    async with engine_of("busy", tmp_path, hang_timeout_s=0.4) as engine:
        await engine.wait_ready(20)
        first = engine._child
        assert await outcome(engine, "waifu 1") == "image/png"
        assert engine._child is first


async def test_a_worker_may_be_busy_before_it_is_ready_and_is_watched_from_then_on(tmp_path: Path) -> None:
    async with engine_of("is_busy_then_hangs", tmp_path, start_timeout_s=2, hang_timeout_s=0.5) as engine:
        assert await outcome(engine, "waifu 1") == "image/png"
        assert engine.starts == 2


@pytest.mark.skipif(not Path("/proc/self/stat").exists(), reason="only Linux tells whether a process is stopped")
async def test_nobody_is_blamed_for_a_worker_that_somebody_stops(
    tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    async with engine_of("draws", tmp_path, hang_timeout_s=0.3) as engine:
        await engine.wait_ready(20)
        drawing = asyncio.create_task(outcome(engine, "waifu 1 model=other-1"))
        for stops in range(1, 4):
            async with asyncio.timeout(20):
                while engine.starts < stops or not engine._in_flight:  # noqa: ASYNC110
                    await asyncio.sleep(0.01)
            assert engine.pid is not None
            os.kill(engine.pid, signal.SIGSTOP)
            await asyncio.sleep(0.1)
        assert not drawing.done()
        drawing.cancel()
    assert "it hung, stopped by somebody (SIGSTOP), and was made to leave" in caplog.text


async def test_an_idle_worker_may_be_silent(tmp_path: Path) -> None:
    async with engine_of("draws", tmp_path, hang_timeout_s=0.1) as engine:
        await engine.wait_ready(20)
        assert await outcome(engine, "waifu 1") == "image/png"
        assert engine._watchdog is not None
        assert engine._watchdog.when() is None


async def test_words_on_the_wrong_stream_cost_a_restart_and_no_picture(tmp_path: Path) -> None:
    async with engine_of("talks_nonsense", tmp_path) as engine:
        assert await outcome(engine, "waifu 1") == "image/png"


async def test_a_chattering_worker_draws(tmp_path: Path) -> None:
    async with engine_of("chatters", tmp_path) as engine:
        assert await outcome(engine, "waifu 1") == "image/png"


async def test_a_file_over_the_limit_is_never_kept(tmp_path: Path) -> None:
    async with engine_of("sends_too_much", tmp_path) as engine:
        assert await outcome(engine, "waifu 1") == PoisonRun.code


async def test_a_failure_arrives_with_its_sentence(tmp_path: Path) -> None:
    async with engine_of("fails", tmp_path) as engine:
        with pytest.raises(TooManyPixels, match="100 megapixels"):
            await picture(engine, "waifu 1")


async def test_a_worker_that_dies_at_every_start_gives_sentences_and_not_silence(tmp_path: Path) -> None:
    async with engine_of("dies_at_start", tmp_path) as engine:
        assert await outcome(engine, "waifu 1") == EngineDown.code
        with pytest.raises(EngineDown):
            await engine.wait_ready(20)
        assert await outcome(engine, "waifu 2") == EngineDown.code


async def test_the_engine_recovers_when_the_worker_does(tmp_path: Path) -> None:
    async with engine_of("dies_at_first_starts", tmp_path) as engine:
        with pytest.raises(EngineDown):
            await engine.wait_ready(20)
        async with asyncio.timeout(20):
            while await outcome(engine, "waifu 1") == EngineDown.code:  # noqa: ASYNC110 - as people ask, who have no event
                await asyncio.sleep(0.02)
        assert await outcome(engine, "waifu 1") == "image/png"


async def test_a_command_that_does_not_exist_gives_sentences(tmp_path: Path) -> None:
    async with LocalEngine([str(tmp_path / "nothing")], first_pause_s=0.01) as engine:
        with pytest.raises(EngineDown):
            await engine.wait_ready(20)


async def test_a_worker_that_is_never_ready_is_given_up(tmp_path: Path) -> None:
    async with engine_of("never_ready", tmp_path, start_timeout_s=0.3) as engine:
        with pytest.raises(EngineDown):
            await engine.wait_ready(20)


async def test_waiting_for_a_slow_start_has_an_end(tmp_path: Path) -> None:
    async with engine_of("never_ready", tmp_path) as engine:
        with pytest.raises(EngineStarting):
            await engine.wait_ready(0.05)


async def test_a_worker_that_refuses_to_start_stops_the_bot_with_its_own_sentence(tmp_path: Path) -> None:
    async with engine_of("refuses_model", tmp_path) as engine:
        with pytest.raises(WorkerRefused, match=r"^There is no file nowhere\.pkl; check the path\.$"):
            await asyncio.wait_for(engine.watch(), 20)
        assert await outcome(engine, "waifu 1") == EngineDown.code


async def test_closing_ends_every_run_and_leaves_no_process(tmp_path: Path) -> None:
    async with engine_of("draws", tmp_path) as engine:
        await engine.wait_ready(20)
        assert engine._child is not None
        process = psutil.Process(engine._child.pid)
        runs = [asyncio.create_task(outcome(engine, f"waifu {seed} model=other-1")) for seed in range(5)]
        await asyncio.sleep(0)
    assert await asyncio.gather(*runs) == [EngineStopped.code] * 5
    assert not process.is_running()


@pytest.mark.skipif(os.name != "posix", reason="needs POSIX signals")
async def test_a_worker_that_does_not_leave_is_killed_in_time(tmp_path: Path) -> None:
    async with engine_of("ignores_goodbye", tmp_path) as engine:
        await engine.wait_ready(20)
        assert engine._child is not None
        process = psutil.Process(engine._child.pid)
        began = asyncio.get_running_loop().time()
    assert asyncio.get_running_loop().time() - began < 5
    assert not process.is_running()


@pytest.mark.skipif(os.name != "posix", reason="needs POSIX signals")
async def test_a_worker_killed_again_and_again_at_random_moments_costs_nobody_a_picture(tmp_path: Path) -> None:
    kills = 200 if os.environ.get("FULL_SIZE") else 12
    chance = random.Random(1)
    async with engine_of("draws_slowly", tmp_path) as engine:
        await engine.wait_ready(20)
        asked = [asyncio.create_task(outcome(engine, f"waifu {seed}")) for seed in range(kills)]
        for _ in range(kills):
            async with asyncio.timeout(20):
                while not engine._up:  # noqa: ASYNC110 - the start of a process is nobody's event
                    await asyncio.sleep(0.01)
            await asyncio.sleep(chance.uniform(0, 0.15))
            asked.append(asyncio.create_task(outcome(engine, f"waifu {len(asked)}")))
            if engine._child is not None and engine._up:
                os.kill(engine._child.pid, signal.SIGKILL)
        assert set(await asyncio.gather(*asked)) == {"image/png"}


@pytest.mark.skipif(os.name != "posix", reason="needs POSIX signals")
async def test_nobody_is_blamed_for_a_worker_that_is_killed_from_outside(
    tmp_path: Path, caplog: pytest.LogCaptureFixture, monkeypatch: pytest.MonkeyPatch
) -> None:
    counters = tmp_path / "vmstat"
    counters.write_text("oom_kill 3\n")
    monkeypatch.setattr("bot.worker.process.KERNEL_COUNTERS", counters)
    async with engine_of("is_always_killed", tmp_path) as engine:
        assert await outcome(engine, "waifu 1") == EngineDown.code
    assert caplog.text.count("by somebody: the kernel says that memory was not short") == MAX_KILLS
    assert "poison" not in caplog.text


@pytest.mark.skipif(os.name != "posix", reason="needs POSIX signals")
async def test_a_worker_killed_while_it_starts_is_no_worker_that_cannot_start(tmp_path: Path) -> None:
    async with engine_of("is_killed_at_start", tmp_path) as engine:
        assert await outcome(engine, "waifu 1") == "image/png"
        assert engine.starts == 5


@pytest.mark.skipif(os.name != "posix", reason="needs POSIX signals")
async def test_a_run_for_which_memory_does_not_suffice_is_given_up_after_two_deaths(
    tmp_path: Path, caplog: pytest.LogCaptureFixture, monkeypatch: pytest.MonkeyPatch
) -> None:
    counters = tmp_path / "vmstat"
    counters.write_text("oom_kill 3\n")
    monkeypatch.setattr("bot.worker.process.KERNEL_COUNTERS", counters)
    async with engine_of("dies_of_memory", tmp_path) as engine:
        assert await outcome(engine, "waifu 1") == PoisonRun.code
    assert caplog.text.count("killed by SIGKILL (out of memory)") == 2


async def test_company_at_a_death_is_no_proof(tmp_path: Path) -> None:
    async with engine_of("dies_on_line", tmp_path) as engine:
        await engine.wait_ready(20)
        ends = [asyncio.create_task(outcome(engine, f"waifu {seed} psi=0.7")) for seed in (12, 13, 14)]
        await asyncio.sleep(0)
        runs = list(engine._waiting) + list(engine._in_flight.values())
        await asyncio.gather(*ends)
        assert {run.message.line: run.crashes for run in runs} == {
            f"waifu {seed} psi=0.7": 2 * (seed == 13) for seed in (12, 13, 14)
        }
