"""``bot_with_fake_worker.py WORKER``: the bot as ``python -m bot`` runs it, with a worker of tests/support/workers.

With LAG_FILE it writes there, a line each, when its loop was 10 ms or more late for a timer, and how late, in seconds.
"""

import asyncio
import os
import sys
import time
from collections.abc import Coroutine
from typing import Any
from unittest import mock

from project_paths import WORKERS

from bot import __main__ as bot
from bot.connection import shards

TICK_S = 0.005


def main(worker: str) -> int:
    command = [sys.executable, str(WORKERS / worker)]
    with mock.patch.object(bot, "worker_command", return_value=command), mock.patch.object(shards, "IDENTIFY_S", 0.3):
        if file := os.environ.get("LAG_FILE"):
            with mock.patch.object(bot.asyncio, "run", lambda work: REAL_RUN(watched(work, file))):
                return bot.main([])
        return bot.main([])


REAL_RUN = asyncio.run


async def watched(work: Coroutine[Any, Any, object], file: str) -> object:
    """Do the work, and write how late the loop is meanwhile."""
    watching = asyncio.create_task(write_lags(file))
    try:
        return await work
    finally:
        watching.cancel()


async def write_lags(file: str) -> None:
    with open(file, "a", buffering=1) as lags:  # noqa: ASYNC230 - a line a moment at most
        while True:
            due = time.monotonic() + TICK_S
            await asyncio.sleep(TICK_S)
            if (late := time.monotonic() - due) >= 0.01:
                lags.write(f"{time.time()} {late}\n")


if __name__ == "__main__":
    sys.exit(main(sys.argv[1]))
