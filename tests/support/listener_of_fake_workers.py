"""``listener_of_fake_workers.py SOCKET``: what `waifu listen` does, with the fake worker that the arguments name."""

import sys
from pathlib import Path
from unittest import mock

from generator.handover import listener

if __name__ == "__main__":
    with mock.patch.object(listener, "COMMAND", (sys.executable,)):
        listener.listen(Path(sys.argv[1]))
