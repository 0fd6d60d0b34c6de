"""A worker process as the bot sees it: messages in on its stdin, messages out on its stdout."""

import queue
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path

from generator.contract import errors, protocol
from generator.contract.protocol import Busy, Failed, Finished, Message, Part, Preview, Progress, Ready

PATIENCE = 60.0  # seconds that a test waits for a message

# Code that causes trouble inside the worker's process. It is run before the worker starts.
TROUBLES = {
    "slow": "import time\ndef draw(*call):\n    time.sleep(0.02 * sum(map(len, call[2])))\n    return real(*call)",
    "stuck": (
        "import time\n"
        "def draw(*call):\n"
        "    if call[1][0].noise_seeds[0] == 666: time.sleep(600)\n"
        "    return real(*call)"
    ),
    "prints": (
        "import os\ndef draw(*call):\n    print('stray', flush=True)\n    os.write(1, b'bytes')\n    return real(*call)"
    ),
    "sends_too_much": (
        "from generator.rendering import encode\n"
        "encode.list_formats = lambda: list(map(str, range(20000)))\n"
        "draw = real"
    ),
    "long": (  # animations of tiny networks count as long, and are drawn slowly enough to be interrupted
        "import time\n"
        "from generator.rendering.animation import stream\n"
        "stream.IN_MEMORY_PIXELS = 1000\n"
        "def draw(*call):\n    time.sleep(0.005 * sum(map(len, call[2])))\n    return real(*call)"
    ),
    "no_mp4": (
        "from generator.rendering import encode\n"
        "encode.FORMATS = {name: row for name, row in encode.FORMATS.items() if name != 'mp4'}\n"
        "draw = real"
    ),
}
START = (
    "import sys\nfrom generator.rendering import render\nreal = render.synthesise\n{trouble}\n"
    "render.synthesise = draw\n"
    "from generator.__main__ import main\nsys.exit(main())"
)


class Process:
    """A worker process. A thread receives its messages."""

    def __init__(
        self, *words: str | Path, trouble: str | None = None, environ: Mapping[str, str] | None = None
    ) -> None:
        start = ["-c", START.format(trouble=TROUBLES[trouble])] if trouble else ["-m", "generator"]
        self.process = subprocess.Popen(
            [sys.executable, *start, "serve", *map(str, words)],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            env=environ,
        )
        self._received: queue.Queue[Message | Exception | None] = queue.Queue()
        self.log = b""
        self._threads = [threading.Thread(target=task, daemon=True) for task in (self._receive_all, self._keep_log)]
        for thread in self._threads:
            thread.start()

    def _receive_all(self) -> None:
        assert self.process.stdout
        decoder = protocol.Decoder()
        try:
            while piece := self.process.stdout.read1(65536):
                for message in decoder.feed(piece):
                    self._received.put(message)
            decoder.close()
            self._received.put(None)
        except errors.ProtocolError as error:
            self._received.put(error)

    def _keep_log(self) -> None:
        assert self.process.stderr
        for line in self.process.stderr:
            self.log += line

    def send(self, *messages: Message) -> None:
        assert self.process.stdin
        for message in messages:
            self.process.stdin.write(protocol.encode(message))
        self.process.stdin.flush()

    def receive(self, timeout: float = PATIENCE) -> Message:
        """Return the next message. Raises TimeoutError if none comes within so many seconds."""
        try:
            message = self._received.get(timeout=timeout)
        except queue.Empty:
            raise TimeoutError from None
        if isinstance(message, Exception):
            raise message
        assert message is not None, self.log.decode()
        return message

    def ready(self) -> Ready:
        """Receive messages up to Ready, and return that. Before it, a worker sends only Busy."""
        while isinstance(message := self.receive(), Busy):
            assert message.until_s > 0
        assert isinstance(message, Ready)
        return message

    def until(self, *ids: int) -> dict[int, tuple[Finished | Failed, bytes]]:
        """Receive messages until each of these runs has ended.

        Return, in the order in which the runs ended, the last message of each and the bytes of its file.
        """
        return endings_of(self.receive, ids)

    def close_input(self) -> tuple[int, float]:
        """Close the worker's stdin; return its exit status and the seconds until it exited."""
        assert self.process.stdin
        began = time.monotonic()
        self.process.stdin.close()
        return self.process.wait(PATIENCE), time.monotonic() - began

    def close(self) -> None:
        if self.process.poll() is None:
            self.process.kill()
        self.process.wait(PATIENCE)
        for thread in self._threads:
            thread.join(PATIENCE)
        for stream in (self.process.stdin, self.process.stdout, self.process.stderr):
            assert stream
            stream.close()


def endings_of(receive: Callable[[], Message], ids: Sequence[int]) -> dict[int, tuple[Finished | Failed, bytes]]:
    files: dict[int, bytes] = dict.fromkeys(ids, b"")
    ended: dict[int, tuple[Finished | Failed, bytes]] = {}
    while len(ended) < len(ids):
        match receive():
            case Part(id=id_, body=body):
                files[id_] += body
            case Finished(id=id_) | Failed(id=id_) as ending:
                assert id_ not in ended
                ended[id_] = ending, files[id_]
            case Progress(id=id_) | Preview(id=id_):
                assert id_ not in ended
    return ended
