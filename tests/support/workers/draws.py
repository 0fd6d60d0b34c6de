"""Draws everything at once; what is asked of the model other-1 gets to half and waits to be cancelled."""

from pipes import READY, draw, hear, say

from generator.contract import protocol

say(READY)
for message in hear():
    if isinstance(message, protocol.Run):
        if "model=other-1" not in message.line:
            draw(message)
        else:
            say(protocol.Progress(message.id, 1, 2))
    elif isinstance(message, protocol.Cancel):
        say(protocol.Failed(message.id, "cancelled"))
