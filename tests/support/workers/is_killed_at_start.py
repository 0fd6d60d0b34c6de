"""Kills itself by SIGKILL at its first four starts, before it is ready; after that it draws."""

import os
import signal
from pipes import READY, draw, receive, send, set_mark

from generator.contract import protocol

if not all(set_mark(name) for name in ("first", "second", "third", "fourth")):
    os.kill(os.getpid(), signal.SIGKILL)
send(READY)
for message in receive():
    if isinstance(message, protocol.Run):
        draw(message)
