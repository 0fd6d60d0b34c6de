"""Dies while there is a file "dies" in this folder, at its start or at its first run; else it draws."""

import sys
from pathlib import Path
from pipes import READY, draw, receive, send

from generator.contract import protocol

dies = Path(sys.argv[1]) / "dies"
if dies.exists():
    sys.exit(1)
send(READY)
for message in receive():
    if dies.exists():
        sys.exit(1)
    if isinstance(message, protocol.Run):
        draw(message)
