"""Accepts runs but sends nothing more. The next worker draws."""

from pipes import READY, draw, receive, send, set_mark

from generator.contract import protocol

hung = set_mark("hung")
send(READY)
for message in receive():
    if isinstance(message, protocol.Run) and hung:
        draw(message)
