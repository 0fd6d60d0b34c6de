"""Ends every run with the error too_many_pixels."""

from pipes import READY, receive, send

from generator.contract import protocol

send(READY)
for message in receive():
    if isinstance(message, protocol.Run):
        send(protocol.Failed(message.id, "too_many_pixels", {"megapixels": 100, "limit": 64}))
