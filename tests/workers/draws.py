"""Draws everything at once; "slow" seeds (from 1000 up) wait until they are cancelled."""

from pipes import READY, draw, hear, say

from generator import protocol
from generator.recipe import Recipe

say(READY)
for message in hear():
    if isinstance(message, protocol.Run):
        if Recipe.parse(message.line).seeds[0] < 1000:
            draw(message)
        else:
            say(protocol.Progress(message.id, 0, 1))
    elif isinstance(message, protocol.Cancel):
        say(protocol.Failed(message.id, "cancelled"))
