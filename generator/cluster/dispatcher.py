"""What ``serve --cluster`` runs: speaks the worker's protocol with the bot, and keeps a link to the cluster running.

Does not import Ray, whose drivers end with their cluster. It remembers every unfinished run. When the link has died, it
starts another one and hands it all of them again, in their order, and blames nobody. Each run ends once: a file is
passed on only when all of it is there.
"""

import contextlib
import logging
import os
import queue
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field

from generator.contract import errors, protocol
from generator.worker.outbox import Outbox
from generator.worker.stdio import EndOfInput, exit_now, read_messages, take_streams, write_all

MAX_UNREAD = 1000
TICK_SECONDS = 1.0
BUSY_SECONDS, TELL_SECONDS = 60.0, 10.0  # how long the bot is told to wait, and how often
PONG_SECONDS = 20.0  # how long a link that is ready may be silent before it is killed
START_SECONDS = 1800.0  # the same for one that starts: it waits for the cluster, and for its first worker
BACKOFF_SECONDS = 1.0
CANNOT_START = 2

_log = logging.getLogger(__name__)


@dataclass
class _Unfinished:
    """One run that the bot waits for."""

    messages: list[protocol.Message]  # its attachments and itself
    parts: list[bytes] = field(default_factory=list)  # what the present link has sent of its file
    cancelled: bool = False


@dataclass(frozen=True)
class _FromLink:
    """A message of the link with this number."""

    link: int
    message: protocol.Message


@dataclass(frozen=True)
class _LinkEnded:
    """The link with this number has ended."""

    link: int
    status: int
    sentence: str  # the last line of what it logged


Event = protocol.Message | EndOfInput | _FromLink | _LinkEnded | None
Inbox = queue.Queue[Event]


def serve(address: str, arguments: Sequence[str]) -> int:
    """Speak the protocol on stdin and stdout until stdin ends, then end the process.

    ``address`` is that of the cluster's head, and ``arguments`` are those of its workers.
    """
    command = [sys.executable, "-m", "generator.cluster.link", address, "--", *arguments]
    incoming, outgoing = take_streams()
    logging.basicConfig(stream=sys.stderr, level=logging.INFO, format="%(levelname)s %(name)s: %(message)s")
    inbox: Inbox = queue.Queue(MAX_UNREAD)
    outbox = Outbox(lambda frame: write_all(outgoing, frame))

    def deliver(message: protocol.Message | EndOfInput) -> None:
        if isinstance(message, protocol.Ping):
            outbox.send(protocol.Pong())
        else:
            inbox.put(message)

    def write() -> None:
        try:
            outbox.run()
        except OSError:
            inbox.put(EndOfInput(0))

    threading.Thread(target=read_messages, args=[incoming, deliver], name="reader", daemon=True).start()
    threading.Thread(target=write, name="writer", daemon=True).start()
    status = Dispatcher(inbox, outbox, lambda number: LinkProcess(command, number, inbox)).serve()
    exit_now(status)
    return status


class LinkProcess:
    """A running link. Threads read from it, and put what it says into the inbox."""

    def __init__(self, command: Sequence[str], number: int, inbox: Inbox) -> None:
        self._number, self._inbox, self._last_line = number, inbox, ""
        pipe = subprocess.PIPE
        environ = {"RAY_AUTH_MODE": "token"} | os.environ  # Ray reads it when it is imported
        self._process = subprocess.Popen(
            command, stdin=pipe, stdout=pipe, stderr=pipe, env=environ, start_new_session=True
        )
        self._logging = threading.Thread(target=self._log, name="link's log", daemon=True)
        self._logging.start()
        self._reading = threading.Thread(target=self._read, name="link's reader", daemon=True)
        self._reading.start()

    def write(self, message: protocol.Message) -> None:
        """Write a message. Does nothing if the link has ended."""
        assert self._process.stdin
        try:
            self._process.stdin.write(protocol.encode(message))
            self._process.stdin.flush()
        except (OSError, ValueError):  # the pipe is broken, or closed already
            pass

    def close(self) -> None:
        """End it, and wait for its end."""
        self.kill()
        self._reading.join(3.0)

    def kill(self) -> None:
        """End it."""
        self._process.kill()

    def _read(self) -> None:
        assert self._process.stdout
        decoder = protocol.Decoder()
        try:
            while piece := self._process.stdout.read1(64 * 1024):  # type: ignore[attr-defined]
                for message in decoder.feed(piece):
                    self._inbox.put(_FromLink(self._number, message))
        except errors.ProtocolError as error:
            _log.error("%s", error)
        self._process.kill()
        status = self._process.wait()
        self._logging.join(1.0)
        for pipe in (self._process.stdin, self._process.stdout):
            with contextlib.suppress(OSError):
                pipe.close() if pipe else None
        self._inbox.put(_LinkEnded(self._number, status, self._last_line))

    def _log(self) -> None:
        assert self._process.stderr
        for raw in self._process.stderr:
            if line := raw.decode("utf-8", "replace").rstrip():
                self._last_line = line
                _log.info("%s", line)
        self._process.stderr.close()


class Dispatcher:
    """The dispatcher's own thread: ``serve`` handles what arrives in the inbox."""

    def __init__(self, inbox: Inbox, outbox: Outbox, start: Callable[[int], LinkProcess]) -> None:
        self._inbox, self._outbox, self._start = inbox, outbox, start
        self._runs: dict[int, _Unfinished] = {}
        self._attached: dict[int, list[protocol.Message]] = {}
        self._link: LinkProcess | None = None
        self._number = 0
        self._is_ready = False
        self._told: protocol.Ready | None = None  # what the bot was told last
        self._heard_at = self._told_busy_at = self._start_at = 0.0
        self._is_busy = False

    def serve(self) -> int:
        """Work until the bot closes its end, and return the exit code."""
        while True:
            self._tick()
            try:
                event = self._inbox.get(timeout=TICK_SECONDS)
            except queue.Empty:
                continue
            match event:
                case EndOfInput(status=status):
                    if self._link is not None:
                        self._link.close()
                    return status
                case _FromLink(link=number, message=message) if number == self._number:
                    self._on_link(message)
                case _LinkEnded(link=number, status=status, sentence=sentence) if number == self._number:
                    if status == CANNOT_START and self._told is None:
                        print(sentence, file=sys.stderr)
                        return CANNOT_START
                    self._on_death(status, sentence)
                case protocol.Attach() | protocol.Run() | protocol.ContactSheet() | protocol.Cancel():
                    self._on_bot(event)

    def _tick(self) -> None:
        """Start a link if there is none, see whether it runs, and ask the bot for patience where there is need."""
        now = time.monotonic()
        if self._link is None and now >= self._start_at:
            self._number += 1
            self._link, self._heard_at = self._start(self._number), now
        elif self._link is not None and now - self._heard_at > (PONG_SECONDS if self._is_ready else START_SECONDS):
            _log.error("the link does not answer")
            self._heard_at = now
            self._link.kill()
        elif self._is_ready and self._link is not None and now - self._heard_at > TICK_SECONDS:
            self._link.write(protocol.Ping())
        # Runs may wait for a replica without anything to tell of them. Whether replicas hang is the cluster's affair.
        is_busy = not self._is_ready or bool(self._runs)
        if is_busy and now - self._told_busy_at >= TELL_SECONDS:
            self._told_busy_at = now
            self._outbox.send(protocol.Busy(BUSY_SECONDS))
        elif self._is_busy and not is_busy:
            self._told_busy_at = 0.0
            self._outbox.send(protocol.Busy(0))
        self._is_busy = is_busy

    def _on_bot(self, message: protocol.Message) -> None:
        match message:
            case protocol.Attach(id=id_):
                self._attached.setdefault(id_, []).append(message)
            case protocol.Run(id=id_) | protocol.ContactSheet(id=id_):
                run = self._runs[id_] = _Unfinished([*self._attached.pop(id_, []), message])
                if self._is_ready:
                    self._hand_over(run)
            case protocol.Cancel(id=id_):
                self._attached.pop(id_, None)
                if id_ in self._runs and not self._is_ready:
                    self._end(protocol.Failed(id_, errors.Cancelled.code))
                elif id_ in self._runs and self._link is not None:
                    self._runs[id_].cancelled = True
                    self._link.write(message)

    def _hand_over(self, run: _Unfinished) -> None:
        assert self._link is not None
        for message in run.messages:
            self._link.write(message)

    def _on_link(self, message: protocol.Message) -> None:
        self._heard_at = time.monotonic()
        match message:
            case protocol.Ready():
                self._on_ready(message)
            case protocol.Progress(id=id_) if id_ in self._runs:
                self._outbox.send_progress(message)
            case protocol.Preview(id=id_) if id_ in self._runs:
                self._outbox.send_preview(message)
            case protocol.Part(id=id_, body=body) if id_ in self._runs:
                self._runs[id_].parts.append(body)
            case protocol.Finished(id=id_) | protocol.Failed(id=id_) if id_ in self._runs:
                self._end(message)

    def _on_ready(self, ready: protocol.Ready) -> None:
        if ready != self._told:
            self._told = ready
            self._outbox.send(ready)
        if not self._is_ready:
            self._is_ready = True
            for run in self._runs.values():
                self._hand_over(run)

    def _end(self, ending: protocol.Finished | protocol.Failed) -> None:
        run = self._runs.pop(ending.id)
        if isinstance(ending, protocol.Finished):
            self._outbox.send_file(b"".join(run.parts), ending)
        else:
            self._outbox.send(ending)

    def _on_death(self, status: int, sentence: str) -> None:
        """Blame nobody, and have another link tried soon."""
        _log.error(
            "the link to the cluster is lost (exit code %d: %s); runs to try again: %d",
            status,
            sentence,
            len(self._runs),
        )
        self._link, self._is_ready = None, False
        self._start_at = time.monotonic() + BACKOFF_SECONDS
        for run in self._runs.values():
            run.parts = []
        for id_ in [id_ for id_, run in self._runs.items() if run.cancelled]:
            self._end(protocol.Failed(id_, errors.Cancelled.code))
