"""Draws one run after the other and takes a moment for each, so that it can be killed in the middle of one."""

import time
from pipes import READY, draw, receive, send

from generator.contract import protocol

send(READY)
for message in receive():
    if isinstance(message, protocol.Run):
        time.sleep(0.05)
        draw(message)
