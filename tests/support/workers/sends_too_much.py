"""Sends a larger file than it was allowed to."""

from pipes import READY, hear, say

from generator.contract import protocol

say(READY)
for message in hear():
    if isinstance(message, protocol.Run):
        for part in protocol.parts(message.id, b"x" * (message.max_bytes + 1)):
            say(part)
