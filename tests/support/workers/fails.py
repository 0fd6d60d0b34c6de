"""Says in so many words why each run cannot be made."""

from pipes import READY, hear, say

from generator.contract import protocol

say(READY)
for message in hear():
    if isinstance(message, protocol.Run):
        say(protocol.Failed(message.id, "too_many_pixels", {"megapixels": 100, "limit": 64}))
