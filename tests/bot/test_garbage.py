"""While many wait, no search for garbage looks at what waits; what became garbage meanwhile is found afterwards."""

import asyncio
import gc
import weakref
from collections.abc import Callable

import pytest

from bot.operations import garbage


class Circle:
    """Becomes garbage that only a search finds."""

    def __init__(self) -> None:
        self.itself = self


async def eventually(is_true: Callable[[], bool]) -> None:
    async with asyncio.timeout(20):
        while not is_true():  # noqa: ASYNC110
            await asyncio.sleep(0.01)


@pytest.mark.parametrize("full_s", [600.0, 0.0], ids=["until few wait again", "until it took too long"])
async def test_what_waits_is_spared_while_many_wait(monkeypatch: pytest.MonkeyPatch, full_s: float) -> None:
    monkeypatch.setattr(garbage, "LOOK_S", 0.01)
    before, waiting = gc.get_freeze_count(), garbage.MANY
    circle = Circle()
    seen = weakref.ref(circle)
    task = asyncio.create_task(garbage.spare(lambda: waiting))
    await eventually(lambda: gc.get_freeze_count() > before)
    del circle
    gc.collect()
    assert seen() is not None
    monkeypatch.setattr(garbage, "FULL_S", full_s)
    waiting = garbage.MANY - 1 if full_s else garbage.MANY
    await eventually(lambda: seen() is None)
    task.cancel()
    await asyncio.gather(task, return_exceptions=True)


async def test_where_few_wait_python_searches_as_it_always_does(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(garbage, "LOOK_S", 0.001)
    before = gc.get_freeze_count()
    task = asyncio.create_task(garbage.spare(lambda: garbage.MANY - 1))
    await asyncio.sleep(0.05)
    assert gc.get_freeze_count() <= before
    task.cancel()
    await asyncio.gather(task, return_exceptions=True)
