"""Prints into the protocol once, in the middle of a run; the next one draws."""

import os
from pipes import READY, draw, hear, marked, say

from generator.contract import protocol

spoiled = marked("spoiled")
say(READY)
for message in hear():
    if isinstance(message, protocol.Run):
        if not spoiled:
            os.write(1, b"Setting up PyTorch plugin...\n")
        draw(message)
