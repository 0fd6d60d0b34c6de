"""Is killed from outside before it is ready, four times; then it draws."""

import os
import signal
from pipes import READY, draw, hear, marked, say

from generator.contract import protocol

if not all(marked(name) for name in ("first", "second", "third", "fourth")):
    os.kill(os.getpid(), signal.SIGKILL)
say(READY)
for message in hear():
    if isinstance(message, protocol.Run):
        draw(message)
