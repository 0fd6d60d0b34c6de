"""Dies before it is ready, three times; then it draws."""

import sys
from pipes import READY, draw, hear, marked, say

from generator.contract import protocol

if not (marked("first") and marked("second") and marked("third")):
    sys.exit(1)
say(READY)
for message in hear():
    if isinstance(message, protocol.Run):
        draw(message)
