"""Prints text into the protocol once, in the middle of a run. The next worker draws."""

import os
from pipes import READY, draw, receive, send, set_mark

from generator.contract import protocol

spoiled = set_mark("spoiled")
send(READY)
for message in receive():
    if isinstance(message, protocol.Run):
        if not spoiled:
            os.write(1, b"Setting up PyTorch plugin...\n")
        draw(message)
