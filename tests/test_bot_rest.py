"""The bot's heap after a flood: what is free goes back to the system while nobody waits."""

import asyncio
import os
from dataclasses import dataclass
from types import SimpleNamespace

import pytest
from bot_chat import eventually

from bot import rest
from bot.pulse import memory_of

HOLES = 400_000  # of 1,000 bytes each; between them something stays, so that the heap cannot simply shrink


@dataclass
class Looks:
    """A pulse that somebody waits at, or nobody."""

    waiting: int = 0
    running: int = 0

    def look(self) -> SimpleNamespace:
        return SimpleNamespace(waiting=self.waiting, running=self.running, bot_bytes=memory_of(os.getpid()))


def resident() -> int:
    return memory_of(os.getpid()) or 0


@pytest.mark.skipif(not rest.give_back(), reason="only glibc can give back on demand")
async def test_what_is_free_is_given_back_only_while_nobody_waits() -> None:
    pulse, before = Looks(running=1), resident()
    resting = asyncio.create_task(rest.rest(pulse, every_s=0.05))  # type: ignore[arg-type]
    pieces = [bytearray(1000) for _ in range(HOLES)]
    kept = pieces[::500]
    full = resident()
    assert full > before + 300e6
    del pieces
    await asyncio.sleep(0.3)
    assert resident() > before + 300e6
    pulse.running = 0
    await eventually(lambda: resident() < before + 60e6)
    assert len(kept) == HOLES // 500
    resting.cancel()
