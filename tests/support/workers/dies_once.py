"""Dies once when it has three runs, by a signal as the out-of-memory killer does; the next one draws, and notes the order."""

import os
import signal
import sys
from pathlib import Path
from pipes import READY, draw, hear, marked, say

from generator.contract import protocol

died = marked("died")
say(READY)
runs = 0
for message in hear():
    if isinstance(message, protocol.Run):
        runs += 1
        if not died and runs == 3:
            os.kill(os.getpid(), signal.SIGKILL)
        if died:
            with (Path(sys.argv[1]) / "order").open("a") as order:
                order.write(f"{message.line}\n")
            draw(message)
