"""Dies by SIGKILL whenever it draws, and the kernel's counter of want of memory, a file in this folder, goes up each time."""

import os
import signal
import sys
from pathlib import Path
from pipes import READY, hear, say

from generator.contract import protocol

say(READY)
for message in hear():
    if isinstance(message, protocol.Run):
        counter = Path(sys.argv[1]) / "vmstat"
        kills = int(counter.read_text().split()[1])
        counter.write_text(f"oom_kill {kills + 1}\n")
        os.kill(os.getpid(), signal.SIGKILL)
