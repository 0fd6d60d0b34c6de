"""Kills itself by SIGKILL at every run, as if somebody else had killed it."""

import os
import signal
from pipes import READY, receive, send

from generator.contract import protocol

send(READY)
for message in receive():
    if isinstance(message, protocol.Run):
        os.kill(os.getpid(), signal.SIGKILL)
