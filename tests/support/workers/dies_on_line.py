"""Dies if a run has seed 13. Else it draws: once it has three runs, or at once if it is not the first worker."""

import os
from pipes import READY, draw, receive, send, set_mark

from generator.contract import protocol

before = set_mark("before")
send(READY)
held = []
for message in receive():
    if isinstance(message, protocol.Run):
        held.append(message)
        if before or len(held) == 3:
            if any(" 13 " in run.line for run in held):
                os._exit(77)
            for run in held:
                draw(run)
            held.clear()
