"""Is busy for longer than anybody would wait before it is ready; then takes a run and hangs; the next one draws."""

import time
from pipes import READY, draw, hear, marked, say

from generator.contract import protocol

say(protocol.Busy(600.0))
time.sleep(2.2)
hung = marked("hung")
say(READY)
for message in hear():
    if isinstance(message, protocol.Run) and hung:
        draw(message)
