"""``bot_with_fake_worker.py WORKER``: the bot as ``python -m bot`` runs it, with a worker of tests/support/workers."""

import sys
from unittest import mock

from project_paths import WORKERS

from bot import __main__ as bot
from bot.connection import shards


def main(worker: str) -> int:
    command = [sys.executable, str(WORKERS / worker)]
    with mock.patch.object(bot, "worker_command", return_value=command), mock.patch.object(shards, "IDENTIFY_S", 0.3):
        return bot.main([])


if __name__ == "__main__":
    sys.exit(main(sys.argv[1]))
