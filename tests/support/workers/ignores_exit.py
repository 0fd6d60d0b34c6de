"""Exits neither when its stdin closes nor at SIGTERM."""

import signal
import time
from pipes import READY, send

signal.signal(signal.SIGTERM, signal.SIG_IGN)
send(READY)
time.sleep(600)
