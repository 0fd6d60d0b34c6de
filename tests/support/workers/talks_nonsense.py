"""Sends bytes that are no message: at its first two starts in the middle of a run, at its third before it is ready.

The file "garbage" in this folder names the bytes. After that the worker draws.
"""

import os
import sys
from pathlib import Path
from pipes import READY, draw, receive, send, set_mark

from generator.contract import protocol

GARBAGE = {
    "text": b"Setting up PyTorch plugin...\n",
    "header": b"\0\0\0\4nope",
    "unknown": b'\0\0\0\x10{"type":"hello"}',
    "body": protocol.encode(protocol.Part(999, b"x")),
    "cut": b"\0\0\x10\0and then nothing",
}
garbage = GARBAGE[(Path(sys.argv[1]) / "garbage").read_text()]

first, second, third = not set_mark("first"), False, False
if not first:
    second = not set_mark("second")
    third = not second and not set_mark("third")
if third and garbage != GARBAGE["cut"]:  # after that one, Ready would be taken for a part of it
    os.write(1, garbage)
send(READY)
for message in receive():
    if isinstance(message, protocol.Run):
        if first or second:
            os.write(1, garbage)
        if (not first and not second) or garbage != GARBAGE["cut"]:
            draw(message)
