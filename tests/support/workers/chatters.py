"""Floods its stderr, including one line longer than any buffer, and draws all the same."""

import sys
from pipes import READY, draw, receive, send

from generator.contract import protocol

print("x" * 1_000_000, file=sys.stderr)
send(READY)
for message in receive():
    for n in range(2000):
        print(f"chatter {n}", file=sys.stderr)
    if isinstance(message, protocol.Run):
        draw(message)
