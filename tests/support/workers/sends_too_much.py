"""Sends a file that is larger than its run allows."""

from pipes import READY, receive, send

from generator.contract import protocol

send(READY)
for message in receive():
    if isinstance(message, protocol.Run):
        for part in protocol.parts(message.id, b"x" * (message.max_bytes + 1)):
            send(part)
