"""Announces a long silence, is ready much earlier, and hangs at its first run. The next worker draws."""

import time
from pipes import READY, draw, receive, send, set_mark

from generator.contract import protocol

send(protocol.Busy(600.0))
time.sleep(2.2)
hung = set_mark("hung")
send(READY)
for message in receive():
    if isinstance(message, protocol.Run) and hung:
        draw(message)
