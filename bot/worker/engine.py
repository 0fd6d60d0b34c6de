"""One worker process, kept alive: started, watched, restarted, and every run given to it ended exactly once.

Knows no Discord, no line and no limits; of pictures it knows the bytes.

    waiting --sent--> in flight --Finished/Failed--> ended
       ^                  |
       '--- suspect <-----'  the worker died or hung. Suspects are replayed one at a time, before anything new.

When is a run to blame for a death? Only if it was alone: from being sent to the death, the worker had no other run. And only if
the death was the worker's own doing: an exit, a crash, a hang, nonsense on its stdout, or the kernel's hand for want of memory
(Linux counts those). Two such deaths and the run is poison: it fails, and the line goes on. A worker that somebody kills from
outside (SIGKILL while memory was not short, SIGTERM, ...) or stops (SIGSTOP) tells nothing about the run it was drawing, however
often that happens: nobody is blamed. A run that was torn away alone MAX_KILLS times ends as "the artist is away" all the same,
so that it does not hold up the line for ever where the kernel does not count, and so cannot be told from a murderer. Starts are
counted alike: two that fail by themselves, or MAX_KILLS that somebody cut off, and everybody is told that the artist is away.

A second engine needs the same four: ``async with``, ``ready``, ``wait_ready`` and ``run``.
"""

import asyncio
import logging
import os
import sys
from collections import deque
from collections.abc import AsyncGenerator, Mapping, Sequence
from dataclasses import dataclass, field

from bot.errors import WorkerRefused
from bot.worker.process import WorkerProcess
from generator.contract import protocol
from generator.contract.errors import (
    Cancelled,
    EngineDown,
    EngineStarting,
    EngineStopped,
    GeneratorError,
    PoisonRun,
    ProtocolError,
    from_wire,
)
from generator.contract.protocol import Progress, Ready
from generator.contract.recipe import Recipe

log = logging.getLogger(__name__)

REFUSED_EXIT_CODE = 2  # how the worker leaves when it was asked for what cannot be, a missing model for instance
FAILED_STARTS_UNTIL_DOWN = 2
CRASHES_UNTIL_POISON = 2
MAX_KILLS = 8


@dataclass(frozen=True)
class Picture:
    """A finished file and what is known of it. reduced: what was given up to fit, e.g. {"side": 192, "from": 256}."""

    file: bytes = field(repr=False)
    media_type: str
    width: int
    height: int
    frames: int
    reduced: Mapping[str, str | int | float]


Event = Progress | Picture


@dataclass(eq=False)
class _Run:
    """One run between ``run()`` and its end. told: what its iterator has not yet seen."""

    message: protocol.Run
    told: "asyncio.Queue[Event | GeneratorError]" = field(default_factory=asyncio.Queue)
    pieces: list[bytes] = field(default_factory=list)
    size: int = 0
    suspect: bool = False  # it was in flight when the worker died
    alone: bool = False  # since it was sent, the worker has had no other run
    crashes: int = 0  # deaths that the worker died alone with it, by itself
    kills: int = 0  # deaths that the worker died alone with it, by somebody's hand
    unwanted: bool = False  # nobody listens any more

    def forget_file(self) -> None:
        self.pieces, self.size = [], 0


class LocalEngine:
    """Supervises one ``python -m generator serve`` (or whatever ``command`` says) for as long as it is open."""

    def __init__(
        self,
        command: Sequence[str],
        *,
        start_timeout_s: float = 120.0,  # silence allowed before Ready
        hang_timeout_s: float = 120.0,  # silence allowed while runs are in flight
        first_pause_s: float = 1.0,  # before the first restart; doubles
        longest_pause_s: float = 60.0,
        environ: Mapping[str, str] | None = None,
    ) -> None:
        self._command = list(command)
        self._environ = dict(os.environ if environ is None else environ)
        self._start_timeout_s, self._hang_timeout_s = start_timeout_s, hang_timeout_s
        self._first_pause_s, self._longest_pause_s = first_pause_s, longest_pause_s
        self.starts = 0  # of processes
        self._last_id = 0  # of the runs so far
        self._waiting: deque[_Run] = deque()
        self._in_flight: dict[int, _Run] = {}
        self._failed_starts = 0.0  # in a row; one that was killed from outside counts as a part of one
        self._ready: Ready | None = None
        self._ready_or_down = asyncio.Event()
        self._child: WorkerProcess | None = None
        self._up = False  # the present process has said Ready
        self._endings = 0  # of runs, in the present process's life
        self._watchdog: asyncio.Timeout | None = None
        self._busy_until = 0.0  # in the loop's time
        self._stopped = False
        self._supervisor: asyncio.Task[None] | None = None

    async def __aenter__(self) -> "LocalEngine":
        self._supervisor = asyncio.create_task(self._supervise(), name="engine")
        return self

    async def __aexit__(self, *_: object) -> None:
        self._stopped = True
        self._end_all(EngineStopped())
        assert self._supervisor is not None
        self._supervisor.cancel()
        await asyncio.gather(self._supervisor, return_exceptions=True)

    @property
    def ready(self) -> Ready | None:
        """What the worker offers; it stays known while a worker is restarted. None before the first."""
        return self._ready

    @property
    def state(self) -> str:
        """One of "ready", "starting", "down"."""
        if self._failed_starts >= FAILED_STARTS_UNTIL_DOWN:
            return "down"
        return "ready" if self._up else "starting"

    @property
    def pid(self) -> int | None:
        """The worker's process; None while there is none."""
        return self._child.pid if self._child is not None and self._child.exit_code is None else None

    async def wait_ready(self, timeout_s: float | None = None) -> Ready:
        """Wait for the first worker to be ready. Raises EngineStarting after timeout_s, EngineDown where starts keep failing."""
        try:
            async with asyncio.timeout(timeout_s):
                while self._ready is None:
                    await self._ready_or_down.wait()
                    self._raise_if_down()
        except TimeoutError:
            raise EngineStarting() from None
        return self._ready

    async def watch(self) -> None:
        """Never return; raise WorkerRefused if the first worker says that it cannot start as it was told to."""
        assert self._supervisor is not None
        await asyncio.shield(self._supervisor)

    async def run(self, recipe: Recipe, max_bytes: int, person: str = "") -> AsyncGenerator[Event, None]:
        """Yield Progress any number of times and then one Picture. Raises GeneratorError instead where it fails.

        Close the iterator early (contextlib.aclosing) to cancel.
        """
        self._raise_if_down()
        self._last_id += 1
        run = _Run(protocol.Run(self._last_id, str(recipe), max_bytes, person))
        self._waiting.append(run)
        self._send_what_may_go()
        try:
            while True:
                told = await run.told.get()
                if isinstance(told, GeneratorError):
                    raise told
                yield told
                if isinstance(told, Picture):
                    return
        finally:
            self._leave(run)

    # What follows is the state of runs; only these methods change it, and none of them waits.

    def _raise_if_down(self) -> None:
        if self._stopped:
            raise EngineStopped()
        if self._failed_starts >= FAILED_STARTS_UNTIL_DOWN:
            raise EngineDown()

    def _send_what_may_go(self) -> None:
        """Send runs that wait: a suspect only when it is alone, and nothing beside it."""
        while self._up and self._waiting:
            suspects = [run for run in self._waiting if run.suspect]
            alone = suspects or any(run.suspect for run in self._in_flight.values())
            if alone and self._in_flight:
                return
            run = suspects[0] if suspects else self._waiting[0]
            self._waiting.remove(run)
            run.alone = not self._in_flight
            for other in self._in_flight.values():
                other.alone = False
            self._in_flight[run.message.id] = run
            self._write(run.message)
            if len(self._in_flight) == 1:  # later ones must not give a worker that hangs more time
                self._set_watchdog()

    def _leave(self, run: _Run) -> None:
        run.unwanted = True
        if run in self._waiting:
            self._waiting.remove(run)
        elif run.message.id in self._in_flight and self._up:
            self._write(protocol.Cancel(run.message.id))

    def _end(self, run: _Run, ending: Picture | GeneratorError) -> None:
        self._in_flight.pop(run.message.id, None)
        self._endings += 1
        run.told.put_nowait(ending)

    def _end_all(self, error: GeneratorError) -> None:
        for run in [*self._in_flight.values(), *self._waiting]:
            self._end(run, error)
        self._waiting.clear()

    def _hear(self, message: protocol.Message) -> None:
        """Act on one message of the worker. Raises ProtocolError on one that cannot be."""
        match message:
            case Ready():
                self._on_ready(message)
            case protocol.Busy(until_s=until_s):
                self._busy_until = asyncio.get_running_loop().time() + until_s
            case Progress(id=id_) if run := self._in_flight.get(id_):
                run.told.put_nowait(message)
            case protocol.Part(id=id_, body=body) if run := self._in_flight.get(id_):
                run.pieces.append(body)
                run.size += len(body)
                if run.size > run.message.max_bytes:
                    raise ProtocolError(found=f"a file of more than {run.message.max_bytes} bytes")
            case protocol.Finished(id=id_) if run := self._in_flight.get(id_):
                self._end(run, _picture(run, message))
            case protocol.Failed(id=id_, code=code, fields=fields) if run := self._in_flight.get(id_):
                self._end(run, from_wire(code, fields))
            case Progress() | protocol.Part() | protocol.Finished() | protocol.Failed() if message.id <= self._last_id:
                log.warning("the worker still speaks of run %d, which has ended", message.id)
            case _:
                raise ProtocolError(found=f"{type(message).__name__} about nothing")
        self._send_what_may_go()
        self._set_watchdog()

    def _on_ready(self, ready: Ready) -> None:
        if not ready.models:
            raise ProtocolError(found="a worker without models")
        self._ready, self._up, self._failed_starts = ready, True, 0
        self._busy_until = 0.0  # what it was busy with is done
        self._ready_or_down.set()
        names = ", ".join(model.name for model in ready.models)
        log.info("worker ready: models %s, formats %s, device %s", names, ", ".join(ready.formats), ready.device)

    def _on_death(self, why: str, *, own_doing: bool = True) -> None:
        """The process is gone: suspect what was in flight, fail what is to blame for it, keep the rest for the next process."""
        was_up, self._up = self._up, False
        fallen = list(self._in_flight.values())
        self._in_flight.clear()
        again = []
        for run in fallen:
            run.suspect = True
            run.forget_file()
            if run.alone:
                run.crashes, run.kills = run.crashes + own_doing, run.kills + (not own_doing)
            if (ending := _verdict(run)) is None:
                again.append(run)
            else:
                self._end(run, ending)
        self._waiting.extendleft(reversed(again))
        share = 1 if own_doing else FAILED_STARTS_UNTIL_DOWN / MAX_KILLS
        self._failed_starts = 0 if was_up else self._failed_starts + share
        log.error("worker lost: %s; %d to be made again", why, len(again))
        if self._failed_starts >= FAILED_STARTS_UNTIL_DOWN:
            self._ready_or_down.set()
            self._end_all(EngineDown())

    # What follows is the process.

    async def _supervise(self) -> None:
        pause_s = 0.0
        try:
            while True:
                self._endings = 0
                await self._run_once()
                # A life in which somebody got an answer is followed by the next at once; one that helped nobody, ever later.
                pause_s = 0.0 if self._endings else min(max(2 * pause_s, self._first_pause_s), self._longest_pause_s)
                await asyncio.sleep(pause_s)
        finally:
            self._failed_starts = FAILED_STARTS_UNTIL_DOWN
            self._ready_or_down.set()
            self._end_all(EngineDown())

    async def _run_once(self) -> None:
        """Start a process, listen until it is gone, and settle what it left. Raises WorkerRefused."""
        self.starts += 1
        try:
            self._child = child = await WorkerProcess.start(self._command, self._environ)
        except OSError as error:
            self._on_death(f"it could not be started ({error})")
            return
        at_once = False
        try:
            at_once, why = await self._listen(child)
        finally:
            await child.stop(at_once=at_once)
        if child.exit_code == REFUSED_EXIT_CODE and self._ready is None:
            sentence = child.last_stderr[-1] if child.last_stderr else "The worker refused to start and said nothing."
            raise WorkerRefused(reason=sentence.removeprefix("error: "))
        self._on_death(f"{why}, {child.exit_reason}", own_doing=not child.ended_from_outside)

    async def _listen(self, child: WorkerProcess) -> tuple[bool, str]:
        """Hear the worker out. Return whether to kill it at once, and why it is lost."""
        decoder = protocol.Decoder()
        try:
            async with asyncio.timeout(self._start_timeout_s) as self._watchdog:
                while piece := await child.read():
                    for message in decoder.feed(piece):
                        self._hear(message)
            return False, "it ended"
        except TimeoutError:
            return True, "it hung" if self._up else "it was not ready in time"
        except ProtocolError as error:
            return True, str(error)
        finally:
            self._watchdog, self._busy_until = None, 0.0

    def _set_watchdog(self) -> None:
        """Count the silence that is allowed from now on."""
        if self._watchdog is None or self._watchdog.expired():
            return
        if self._up and not self._in_flight:
            self._watchdog.reschedule(None)
            return
        silence_s = self._hang_timeout_s if self._up else self._start_timeout_s
        self._watchdog.reschedule(max(asyncio.get_running_loop().time() + silence_s, self._busy_until))

    def _write(self, message: protocol.Message) -> None:
        assert self._child is not None
        self._child.write(protocol.encode(message))


def worker_command(arguments: Sequence[str]) -> list[str]:
    """Return the command of the project's own worker."""
    return [sys.executable, "-m", "generator", "serve", *arguments]


def _verdict(run: _Run) -> GeneratorError | None:
    """Return how a run ends whose worker has died; None: it is made again."""
    if run.unwanted:
        return Cancelled()
    if run.crashes >= CRASHES_UNTIL_POISON:
        log.error("poison: %s stopped the worker again", run.message.line)
        return PoisonRun()
    return EngineDown() if run.kills >= MAX_KILLS else None


def _picture(run: _Run, message: protocol.Finished) -> Picture:
    if message.size != run.size:
        raise ProtocolError(found=f"a file of {run.size} bytes that should have {message.size}")
    file = b"".join(run.pieces)
    run.forget_file()
    return Picture(file, message.media_type, message.width, message.height, message.frames, message.reduced)
