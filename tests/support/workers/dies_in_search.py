"""Kills itself in its first search, after the first look, as if somebody else had. The next worker finds the face."""

import os
import signal
from pipes import READY, find, preview, receive, send, set_mark

from generator.contract import protocol

uploads: dict[int, bytes] = {}
send(READY)
for message in receive():
    if isinstance(message, protocol.Attach):
        uploads[message.id] = uploads.get(message.id, b"") + message.body
    elif isinstance(message, protocol.Run):
        if not set_mark("searched"):
            preview(message)
            os.kill(os.getpid(), signal.SIGKILL)
        find(message, uploads[message.id])
