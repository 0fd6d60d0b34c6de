"""Keeps Python's search for garbage away from what waits: with thousands waiting it would hold up the loop for long.

A waiting request is some 200 objects, and a full search looks at each: with 3,000 waiting it took a third of a second.
Knows nothing about requests but their number.
"""

import asyncio
import gc
from collections.abc import Callable

MANY = 300  # waiting requests, from which on a full search takes too long
LOOK_S = 1.0
# What becomes garbage meanwhile, some kilobytes for each request, is kept until few wait again, or this time is over.
FULL_S = 600.0


async def spare(count_waiting: Callable[[], int]) -> None:
    """Look once a second how many wait, forever. While these are many, search only what is newer than the last look."""
    loop, since = asyncio.get_running_loop(), None
    while True:
        await asyncio.sleep(LOOK_S)
        is_many = count_waiting() >= MANY
        if is_many and (since is None or loop.time() - since < FULL_S):
            gc.collect(1)
            gc.freeze()
            since = loop.time() if since is None else since
        elif since is not None:
            gc.unfreeze()
            gc.collect()
            gc.freeze()
            since = loop.time() if is_many else None
