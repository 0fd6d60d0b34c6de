"""Is killed whenever it draws, as by somebody from outside."""

import os
import signal
from pipes import READY, hear, say

from generator.contract import protocol

say(READY)
for message in hear():
    if isinstance(message, protocol.Run):
        os.kill(os.getpid(), signal.SIGKILL)
