"""Gives memory back to the system while nobody waits for a picture. Knows a pulse, and the two allocators below.

A flood of requests leaves rings of objects, which Python collects once enough others were made, and a heap full of holes, which
glibc keeps. Measured after 1,000 commands: 102 MiB, 81 without the holes, 66 without the rings either; 60 before.
"""

import asyncio
import ctypes
import gc

from bot.pulse import Pulse

LOOK_EVERY_S = 5.0
GROWN = 1.05  # less than that over what remained the last time is not worth it


async def rest(pulse: Pulse, every_s: float = LOOK_EVERY_S) -> None:
    """Look now and then, and give back what is free where nobody waits; never return."""
    remained = 0.0
    while True:
        await asyncio.sleep(every_s)
        now = pulse.look()
        if now.waiting or now.running or now.bot_bytes is None or now.bot_bytes < GROWN * remained:
            continue
        give_back()
        remained = pulse.look().bot_bytes or 0


def give_back() -> bool:
    """Return to the system what is free, which takes some 50 ms; return False where the C library cannot."""
    gc.collect()
    try:
        trim = ctypes.CDLL(None).malloc_trim
    except (AttributeError, OSError, TypeError):  # musl, macOS, Windows
        return False
    trim(0)
    return True
