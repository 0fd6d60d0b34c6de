"""Says that it will be busy for 30 seconds, is silent for longer than the watchdog would wait, then draws."""

import time
from pipes import READY, draw, hear, say

from generator.contract import protocol

say(READY)
for message in hear():
    if isinstance(message, protocol.Run):
        say(protocol.Busy(30.0))
        time.sleep(1.2)
        draw(message)
