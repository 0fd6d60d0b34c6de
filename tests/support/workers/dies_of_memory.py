"""Kills itself by SIGKILL at each run, after increasing the fake out-of-memory counter (vmstat in this folder)."""

import os
import signal
import sys
from pathlib import Path
from pipes import READY, receive, send

from generator.contract import protocol

send(READY)
for message in receive():
    if isinstance(message, protocol.Run):
        counter = Path(sys.argv[1]) / "vmstat"
        kills = int(counter.read_text().split()[1])
        counter.write_text(f"oom_kill {kills + 1}\n")
        os.kill(os.getpid(), signal.SIGKILL)
