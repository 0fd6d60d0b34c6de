"""Draws every run at once, except runs for the model other-1: these stop halfway until they are cancelled."""

from pipes import READY, compose, draw, receive, send

from generator.contract import protocol

send(READY)
for message in receive():
    if isinstance(message, protocol.Run):
        if "model=other-1" not in message.line:
            draw(message)
        else:
            send(protocol.Progress(message.id, 1, 2))
    elif isinstance(message, protocol.ContactSheet):
        compose(message)
    elif isinstance(message, protocol.Cancel):
        send(protocol.Failed(message.id, "cancelled"))
