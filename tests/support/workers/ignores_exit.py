"""Does not leave when its stdin closes, nor when it is asked to."""

import signal
import time
from pipes import READY, say

signal.signal(signal.SIGTERM, signal.SIG_IGN)
say(READY)
time.sleep(600)
