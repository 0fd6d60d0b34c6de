"""Draws one run after the other and takes a moment for each frame, so that it can be killed in the middle of a run."""

import time
from pipes import READY, count_frames, draw, receive, send

from generator.contract import protocol

send(READY)
for message in receive():
    if isinstance(message, protocol.Run):
        total = count_frames(message)
        for done in range(total):
            send(protocol.Progress(message.id, done, total))
            time.sleep(0.05)
        draw(message)
