"""Announces that it will be silent for up to 30 s, is silent for longer than the hang timeout, then draws."""

import time
from pipes import READY, draw, receive, send

from generator.contract import protocol

send(READY)
for message in receive():
    if isinstance(message, protocol.Run):
        send(protocol.Busy(30.0))
        time.sleep(1.2)
        draw(message)
