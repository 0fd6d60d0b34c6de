"""Tests that the bot draws from a network while it is trained: a real worker, and what a training run writes.

With FULL_SIZE=1 a process of its own trains meanwhile.
"""

import asyncio
import json
import os
import signal
import sys
from contextlib import aclosing
from pathlib import Path

import numpy as np
import pytest
import torch
from PIL import Image

from bot.worker.engine import LocalEngine, worker_command
from bot.worker.picture import Picture
from generator.contract import errors
from generator.contract.protocol import Ready
from generator.contract.recipe import Recipe
from generator.train.data.dataset import Store
from generator.train.loop import TrainingRun
from generator.train.progress.export import export
from generator.train.progress.snapshots import Snapshots
from generator.train.settings import Settings

TINY = {
    "channel_base": 256,
    "channel_max": 16,
    "discriminator_base": 256,
    "w_dim": 16,
    "z_dim": 8,
    "mapping_layers": 2,
    "batch": 4,
}


def an_engine(models: Path, told: "asyncio.Queue[Ready]") -> LocalEngine:
    models.mkdir()
    command = worker_command(["--models", str(models), "--device", "cpu"])
    return LocalEngine(command, when_ready=told.put_nowait)


async def offered(told: "asyncio.Queue[Ready]", name: str, *, still: bool = True) -> Ready:
    """Wait until the worker tells that a model is offered, or no longer is, and return what it told."""
    async with asyncio.timeout(60):
        while True:
            ready = await told.get()
            if (name in [model.name for model in ready.models]) is still:
                return ready


async def draw(engine: LocalEngine, line: str) -> Picture:
    async with aclosing(engine.run(Recipe.parse(line), 1_000_000)) as events:
        *_, last = [event async for event in events]
    assert isinstance(last, Picture)
    return last


async def test_snapshots_are_drawn_from_as_soon_as_they_are_written_and_a_thinned_one_is_refused(
    tmp_path: Path,
) -> None:
    pictures = np.random.default_rng(0).integers(0, 256, (20, 32, 32, 3), dtype=np.uint8)
    nothing = np.zeros((20, 0), np.float32)
    store = Store(pictures, nothing, nothing, {})
    training = TrainingRun(Settings(resolution=32, kimg=1, **TINY), store, torch.device("cpu"))
    snapshots = Snapshots(tmp_path, str(tmp_path / "models"), "run", keep=1)

    def write(path: Path, name: str) -> None:
        training.advance()
        export(training, path, {"data": "pictures", "name": name})

    told: asyncio.Queue[Ready] = asyncio.Queue()
    async with an_engine(tmp_path / "models", told) as engine:
        assert "run-000512" not in [model.name for model in (await told.get()).models]
        snapshots.add(512_003, None, {}, write)
        await offered(told, "run-000512")
        early = await draw(engine, "waifu 1 model=run-000512")
        snapshots.add(1024_000, None, {}, write)
        ready = await offered(told, "run-000512", still=False)
        assert engine.ready == ready
        later = await draw(engine, "waifu 1 model=run-001024")
        assert later.file != early.file
        with pytest.raises(errors.ModelGone, match="run-000512"):
            ready.model("run-000512")
        with pytest.raises(errors.ModelGone, match="run-000512"):
            await draw(engine, "waifu 1 model=run-000512")
        assert engine.starts == 1


@pytest.mark.skipif(
    not os.environ.get("FULL_SIZE"), reason="FULL_SIZE=1 runs it; the test above writes what training would"
)
@pytest.mark.timeout(900)
async def test_the_bot_draws_from_a_run_while_another_process_trains_it(tmp_path: Path) -> None:
    (tmp_path / "pictures").mkdir()
    for n in range(20):
        noise = np.random.default_rng(n).integers(0, 256, (40, 40, 3), dtype=np.uint8)
        Image.fromarray(noise).save(tmp_path / "pictures" / f"{n}.png")
    run, words = tmp_path / "run", ["--device", "cpu", "--resolution", "32", "--batch", "4", "--minutes", "0"]
    train = [sys.executable, "-m", "generator", "train"]
    made = await asyncio.create_subprocess_exec(*train, "--data", str(tmp_path / "pictures"), "--out", str(run), *words)
    assert await made.wait() == 0
    stored = json.loads((run / "settings.json").read_text())
    stored["settings"] |= TINY
    (run / "settings.json").write_text(json.dumps(stored))
    (run / "state.pt").unlink()
    told: asyncio.Queue[Ready] = asyncio.Queue()
    async with an_engine(tmp_path / "models", told) as engine:
        watch = ["--offer-in", str(tmp_path / "models"), "--snapshot", "1", "--keep", "1", "--features", "none"]
        training = await asyncio.create_subprocess_exec(*train, "--resume", str(run), *watch)
        await offered(told, "trained-000001")
        assert (await draw(engine, "waifu 1 model=trained-000001")).media_type == "image/png"
        await offered(told, "trained-000002")
        with pytest.raises(errors.ModelGone):
            await draw(engine, "waifu 1 model=trained-000001")
        training.send_signal(signal.SIGINT)
        assert await training.wait() == 0
