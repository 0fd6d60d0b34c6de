"""Dies whenever it is asked for seed 13, draws everything else once it has heard of three runs or of a replay."""

import os
from pipes import READY, draw, hear, marked, say

from generator.contract import protocol

before = marked("before")
say(READY)
held = []
for message in hear():
    if isinstance(message, protocol.Run):
        held.append(message)
        if before or len(held) == 3:
            if any(" 13 " in run.line for run in held):
                os._exit(77)
            for run in held:
                draw(run)
            held.clear()
