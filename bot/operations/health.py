"""``python -m bot.operations.health PORT``: whether the bot that serves its metrics on that port is well, as exit code.

For a container's health check, so it imports the standard library only. The bot is well if its loop answers and a
shard is connected to Discord.
"""

import http.client
import re
import sys

from bot.operations import METRICS_HOST

ANSWER_S = 5.0


def main(port: int) -> int:
    """Print what is wrong, if anything, and return the exit code: 0 if the bot is well, else 1."""
    try:
        metrics = _read(port)
    except (OSError, http.client.HTTPException) as error:
        print(f"the bot does not answer: {error}")
        return 1
    if re.search(r"^waifubot_shard_connected\{.*\} 1\.0$", metrics, re.MULTILINE):
        return 0
    print("no shard is connected to Discord")
    return 1


def _read(port: int) -> str:
    connection = http.client.HTTPConnection(METRICS_HOST, port, timeout=ANSWER_S)
    try:
        connection.request("GET", "/metrics")
        return connection.getresponse().read().decode()
    finally:
        connection.close()


if __name__ == "__main__":
    sys.exit(main(int(sys.argv[1])))
