"""Takes runs and says nothing more; the next one draws."""

from pipes import READY, draw, hear, marked, say

from generator.contract import protocol

hung = marked("hung")
say(READY)
for message in hear():
    if isinstance(message, protocol.Run) and hung:
        draw(message)
