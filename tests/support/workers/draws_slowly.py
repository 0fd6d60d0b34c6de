"""Draws one after the other, each for a moment, so that it can be killed in the middle of any."""

import time
from pipes import READY, draw, hear, say

from generator.contract import protocol

say(READY)
for message in hear():
    if isinstance(message, protocol.Run):
        time.sleep(0.05)
        draw(message)
