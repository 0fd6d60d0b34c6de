"""Dies at its first three starts before it is ready; after that it draws."""

import sys
from pipes import READY, draw, receive, send, set_mark

from generator.contract import protocol

if not (set_mark("first") and set_mark("second") and set_mark("third")):
    sys.exit(1)
send(READY)
for message in receive():
    if isinstance(message, protocol.Run):
        draw(message)
