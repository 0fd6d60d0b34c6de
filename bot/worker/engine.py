"""Turns recipes into pictures. The protocol Engine has one implementation, LocalEngine, which keeps a worker alive.

Knows nothing about Discord, the queue or its limits; a picture is opaque bytes. Each call of Engine.run() is one run:
it draws one recipe, and ends exactly once.

    waiting --sent--> in flight --Finished/Failed--> ended
       ^                  |
       '----- retry <-----'  the worker died or hung. Retries are sent one at a time, before any other run.

A run is blamed for the worker's death if two conditions hold. First, the run was alone: the worker had no other run
between receiving this one and dying. Second, nothing outside caused the death: the worker exited, crashed, hung, sent
a wrong file for the run, or was killed by the kernel because memory ran out (Linux counts those kills). A run that is
blamed twice ends as PoisonRun, and the other runs continue.

No run is blamed when something outside kills the worker (SIGTERM, SIGKILL while memory was not short, ...) or suspends
it (SIGSTOP), nor when bytes that are no message come from the worker, because they name no run. Still, a run that was
alone at MAX_KILLS such deaths ends as EngineDown. The reason: on systems that do not count out-of-memory kills, these
look like kills from outside, and a run that causes them would block the others forever.

Failed starts are counted in the same way. After two that are the worker's own fault, or MAX_KILLS caused from outside,
and once no worker has been ready for start_timeout_s, the engine is down: every run ends as EngineDown until a worker
is ready again. Until then, runs wait.

A worker that is ready is asked every PING_S whether it is running. If a worker without runs does not answer, or if one
with runs is suspended, it is replaced. One that has runs may be too busy to answer; for it counts hang_timeout_s.
"""

import asyncio
import logging
import math
import os
import sys
from collections import deque
from collections.abc import AsyncGenerator, Callable, Mapping, Sequence
from contextlib import aclosing
from dataclasses import dataclass, field
from typing import Literal, Protocol

from bot.errors import WorkerRefused
from bot.worker.picture import Picture
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
from generator.contract.kinds import hide_picture
from generator.contract.protocol import Preview, Progress, Ready
from generator.contract.recipe import Recipe

log = logging.getLogger(__name__)

REFUSED_EXIT_CODE = 2  # the worker's exit code if its arguments are invalid, e.g. name a missing model
FAILED_STARTS_UNTIL_DOWN = 2
CRASHES_UNTIL_POISON = 2
PING_S = 1.0  # time between two questions whether the worker is running
PONG_S = 3.0  # how long it may take to answer
PINGS_UNTIL_LOST = 2  # the second question is for a machine that was itself suspended meanwhile
MAX_KILLS = 8  # give up a run, or starting a worker, after this many deaths caused from outside

Event = Progress | Preview | Picture
EngineState = Literal["ready", "starting", "down"]


class Engine(Protocol):
    """What the bot needs from an engine. The code that creates an engine also opens and closes it (``async with``)."""

    @property
    def ready(self) -> Ready | None:
        """The models, kinds and formats that the worker offers, or None until the first worker is ready.

        While a worker restarts, this keeps its last value.
        """

    @property
    def state(self) -> EngineState:
        """ "ready" if the engine can draw now, "starting", or "down" if its worker has failed to start repeatedly."""

    @property
    def starts(self) -> int:
        """The number of attempts to start a worker process."""

    @property
    def pid(self) -> int | None:
        """The worker's process id on this machine, or None while no worker is running."""

    async def wait_ready(self, timeout_s: float | None = None) -> Ready:
        """Wait until ``ready`` is not None, and return it.

        Raises EngineStarting after ``timeout_s``, EngineDown if the engine is down, and EngineStopped if it is closed.
        """

    def run(
        self, recipe: Recipe, max_bytes: int, person: str = "", attachments: Sequence[bytes] = ()
    ) -> AsyncGenerator[Event, None]:
        """Draw a recipe: yield Progress and Preview any number of times, then one Picture.

        Raises GeneratorError if the run fails.
        ``max_bytes`` is the largest allowed size of the file.
        ``person`` is any string that identifies the person who asked; the worker lets different people take turns.
        ``attachments`` are what the recipe names by digest, such as stored vectors or a posted picture.
        To cancel the run, close the iterator early (contextlib.aclosing).
        """

    async def compose(self, pictures: Sequence[bytes | None], first: int, max_bytes: int, person: str = "") -> Picture:
        """Put PNG files side by side on one sheet, numbered from ``first``. None is an empty cell.

        There may be ``protocol.MAX_CELLS`` of them, of ``protocol.MAX_ATTACHED_BYTES`` together.
        Raises GeneratorError if that fails.
        """

    async def watch(self) -> None:
        """Wait forever. Raises WorkerRefused if a worker rejects its arguments before any worker has been ready."""


class _WrongFile(ProtocolError):
    """Raised when the worker sends a file that its run does not allow. That is the run's doing, not a disturbance."""


@dataclass(eq=False)
class _PendingRun:
    """One run, from the call of ``run()`` to its end."""

    message: protocol.Run | protocol.ContactSheet
    attachments: Sequence[protocol.Attach] = ()  # sent before the message
    # Events that the caller of run() has not received yet. An error or a Picture is the last one.
    events: "asyncio.Queue[Event | GeneratorError]" = field(default_factory=asyncio.Queue)
    parts: list[bytes] = field(default_factory=list)  # the pieces of the file received so far
    size: int = 0  # total bytes in parts
    retry: bool = False  # the run was in flight when a worker died
    alone: bool = False  # the worker has had no other run since it received this one
    crashes: int = 0  # deaths that were the worker's own fault while the run was alone
    kills: int = 0  # deaths caused from outside while the run was alone
    cancelled: bool = False  # the caller of run() has closed the iterator

    @property
    def described(self) -> str:
        """What the log calls it: its line, without the digest of a posted picture."""
        return hide_picture(self.message.line)

    def discard_parts(self) -> None:
        self.parts, self.size = [], 0


class LocalEngine:
    """An Engine that keeps one worker process running while the engine is open.

    ``command`` starts the worker. ``more_arguments`` returns further arguments for each start, and ``when_ready`` is
    called with what each worker offers.
    """

    def __init__(
        self,
        command: Sequence[str],
        *,
        start_timeout_s: float = 120.0,  # how long the worker may be silent before Ready, and runs wait for one
        hang_timeout_s: float = 120.0,  # how long the worker may be silent while runs are in flight
        first_backoff_s: float = 1.0,  # pause before the first restart; it doubles each time
        max_backoff_s: float = 60.0,
        environ: Mapping[str, str] | None = None,
        more_arguments: Callable[[], Sequence[str]] = tuple,
        when_ready: Callable[[Ready], None] = lambda ready: None,
    ) -> None:
        self._command, self._more_arguments, self._when_ready = list(command), more_arguments, when_ready
        self._environ = dict(os.environ if environ is None else environ)
        self._start_timeout_s, self._hang_timeout_s = start_timeout_s, hang_timeout_s
        self._first_backoff_s, self._max_backoff_s = first_backoff_s, max_backoff_s
        self.starts = 0
        self._last_id = 0  # id of the latest run; ids count up from 1
        self._waiting: deque[_PendingRun] = deque()
        self._in_flight: dict[int, _PendingRun] = {}
        # Consecutive failed starts. A start that was ended from outside counts only as a fraction (see _on_death).
        self._failed_starts = 0.0
        self._lost_at = 0.0  # when the engine was opened, or last lost a ready worker, on the event loop's clock
        self._down_timer: asyncio.TimerHandle | None = None
        self._ready: Ready | None = None
        self._ready_or_down = asyncio.Event()
        self._process: WorkerProcess | None = None
        self._worker_ready = False  # whether the current process has sent Ready
        self._pong = asyncio.Event()  # set by the worker's answer to the latest Ping
        self._ended_runs = 0  # number of runs that have ended since the current process was started
        self._watchdog: asyncio.Timeout | None = None
        self._busy_until = 0.0  # the worker may be silent until this time on the event loop's clock
        self._stopped = False
        self._supervisor: asyncio.Task[None] | None = None

    async def __aenter__(self) -> "LocalEngine":
        self._lost_at = asyncio.get_running_loop().time()
        self._supervisor = asyncio.create_task(self._supervise(), name="engine")
        return self

    async def __aexit__(self, *_: object) -> None:
        self._stopped = True
        self._end_all(EngineStopped())
        assert self._supervisor is not None
        self._supervisor.cancel()
        await asyncio.gather(self._supervisor, return_exceptions=True)
        if self._down_timer is not None:
            self._down_timer.cancel()

    @property
    def ready(self) -> Ready | None:
        """See Engine."""
        return self._ready

    @property
    def state(self) -> EngineState:
        """See Engine."""
        if self._is_down:
            return "down"
        return "ready" if self._worker_ready else "starting"

    @property
    def pid(self) -> int | None:
        """See Engine."""
        return self._process.pid if self._process is not None and self._process.exit_code is None else None

    async def wait_ready(self, timeout_s: float | None = None) -> Ready:
        """See Engine."""
        try:
            async with asyncio.timeout(timeout_s):
                while self._ready is None:
                    await self._ready_or_down.wait()
                    self._raise_if_down()
        except TimeoutError:
            raise EngineStarting() from None
        return self._ready

    async def watch(self) -> None:
        """See Engine."""
        assert self._supervisor is not None
        await asyncio.shield(self._supervisor)

    async def run(
        self, recipe: Recipe, max_bytes: int, person: str = "", attachments: Sequence[bytes] = ()
    ) -> AsyncGenerator[Event, None]:
        """See Engine."""
        self._last_id += 1
        pieces = [piece for attachment in attachments for piece in protocol.attach(self._last_id, attachment)]
        digests = tuple(dict.fromkeys(piece.digest for piece in pieces))
        run = _PendingRun(protocol.Run(self._last_id, str(recipe), max_bytes, person, digests), pieces)
        async with aclosing(self._follow(run)) as events:
            async for event in events:
                yield event

    async def compose(self, pictures: Sequence[bytes | None], first: int, max_bytes: int, person: str = "") -> Picture:
        """See Engine."""
        self._last_id += 1
        attached = {picture: list(protocol.attach(self._last_id, picture)) for picture in pictures if picture}
        cells = tuple(attached[picture][0].digest if picture else "" for picture in pictures)
        pieces = [piece for attachment in attached.values() for piece in attachment]
        run = _PendingRun(protocol.ContactSheet(self._last_id, cells, first, max_bytes, person), pieces)
        async with aclosing(self._follow(run)) as events:
            async for event in events:
                if isinstance(event, Picture):
                    return event
        raise Cancelled()

    async def _follow(self, run: _PendingRun) -> AsyncGenerator[Event, None]:
        """Send a run as soon as the worker takes it, and yield its events."""
        self._raise_if_down()
        self._waiting.append(run)
        self._dispatch()
        try:
            while True:
                event = await run.events.get()
                if isinstance(event, GeneratorError):
                    raise event
                yield event
                if isinstance(event, Picture):
                    return
        finally:
            self._cancel(run)

    @property
    def _is_down(self) -> bool:
        return self._failed_starts >= FAILED_STARTS_UNTIL_DOWN and self._waits_until <= _now()

    @property
    def _waits_until(self) -> float:
        """Until when runs wait for a worker that does not start, on the event loop's clock."""
        return self._lost_at + self._start_timeout_s

    # Only the methods below change the state of runs. None of them awaits anything.

    def _raise_if_down(self) -> None:
        if self._stopped:
            raise EngineStopped()
        if self._is_down:
            raise EngineDown()

    def _dispatch(self) -> None:
        """Send waiting runs to the worker. Retries go first, and each retry must be the worker's only run."""
        while self._worker_ready and self._waiting:
            retries = [run for run in self._waiting if run.retry]
            must_be_alone = retries or any(run.retry for run in self._in_flight.values())
            if must_be_alone and self._in_flight:
                return
            run = retries[0] if retries else self._waiting[0]
            self._waiting.remove(run)
            run.alone = not self._in_flight
            for other in self._in_flight.values():
                other.alone = False
            self._in_flight[run.message.id] = run
            for piece in run.attachments:
                self._write(piece)
            self._write(run.message)
            if len(self._in_flight) == 1:  # only for the first run: later ones must not give a hung worker more time
                self._set_watchdog()

    def _cancel(self, run: _PendingRun) -> None:
        run.cancelled = True
        if run in self._waiting:
            self._waiting.remove(run)
        elif run.message.id in self._in_flight and self._worker_ready:
            self._write(protocol.Cancel(run.message.id))

    def _end(self, run: _PendingRun, ending: Picture | GeneratorError) -> None:
        self._in_flight.pop(run.message.id, None)
        self._ended_runs += 1
        run.events.put_nowait(ending)

    def _end_all(self, error: GeneratorError) -> None:
        for run in [*self._in_flight.values(), *self._waiting]:
            self._end(run, error)
        self._waiting.clear()

    def _on_message(self, message: protocol.Message) -> None:
        """Handle one message from the worker. Raises ProtocolError if the message makes no sense at this point."""
        match message:
            case Ready():
                self._on_ready(message)
            case protocol.Pong():
                self._pong.set()
                return  # it says nothing about the runs, so it gives a worker that hangs no more time
            case protocol.Busy(until_s=until_s):
                self._busy_until = _now() + until_s
            case Progress(id=id_) | Preview(id=id_) if run := self._in_flight.get(id_):
                run.events.put_nowait(message)
            case protocol.Part(id=id_, body=body) if run := self._in_flight.get(id_):
                run.parts.append(body)
                run.size += len(body)
                if run.size > run.message.max_bytes:
                    raise _WrongFile(found=f"a file of more than {run.message.max_bytes} bytes")
            case protocol.Finished(id=id_) if run := self._in_flight.get(id_):
                self._end(run, _assemble(run, message))
            case protocol.Failed(id=id_, code=code, fields=fields) if run := self._in_flight.get(id_):
                self._end(run, from_wire(code, fields))
            case Progress() | Preview() | protocol.Part() | protocol.Finished() | protocol.Failed() if (
                message.id <= self._last_id
            ):
                log.warning("the worker sent a message about run %d, which has already ended", message.id)
            case _:
                raise ProtocolError(found=f"{type(message).__name__} for no known run")
        self._dispatch()
        self._set_watchdog()

    def _on_ready(self, ready: Ready) -> None:
        if not ready.models:
            raise ProtocolError(found="a worker without models")
        if not self._worker_ready:
            self._busy_until = 0.0  # the first Ready ends the silence that an earlier Busy message announced
        self._ready, self._worker_ready, self._failed_starts = ready, True, 0
        self._ready_or_down.set()
        self._when_ready(ready)
        names = ", ".join(model.name for model in ready.models)
        log.info("worker ready: models %s, formats %s, device %s", names, ", ".join(ready.formats), ready.device)

    def _on_death(self, reason: str, *, own_fault: bool = True) -> None:
        """Handle the worker's death: end the runs that must not be retried, and queue its other runs again."""
        was_ready, self._worker_ready = self._worker_ready, False
        self._lost_at = _now() if was_ready else self._lost_at
        lost = list(self._in_flight.values())
        self._in_flight.clear()
        retries = []
        for run in lost:
            run.retry = True
            run.discard_parts()
            if run.alone:
                run.crashes, run.kills = run.crashes + own_fault, run.kills + (not own_fault)
            if (ending := _ending_after_death(run)) is None:
                retries.append(run)
            else:
                self._end(run, ending)
        self._waiting.extendleft(reversed(retries))
        weight = 1 if own_fault else FAILED_STARTS_UNTIL_DOWN / MAX_KILLS
        self._failed_starts = 0 if was_ready else self._failed_starts + weight
        log.error("worker lost: %s; runs to retry: %d", reason, len(retries))
        self._end_all_if_down()

    def _end_all_if_down(self) -> None:
        """End every run if the engine is down. If it will be down unless a worker starts in time, look again then."""
        if self._down_timer is not None:
            self._down_timer.cancel()
            self._down_timer = None
        if self._is_down:
            self._ready_or_down.set()
            self._end_all(EngineDown())
        elif self._failed_starts >= FAILED_STARTS_UNTIL_DOWN:
            self._down_timer = asyncio.get_running_loop().call_at(self._waits_until, self._end_all_if_down)

    # The methods below start the worker process, read from it and write to it.

    async def _supervise(self) -> None:
        backoff_s = 0.0
        try:
            while True:
                self._ended_runs = 0
                await self._run_once()
                # If the process ended at least one run, start the next at once. Otherwise double the pause before it.
                useful = self._ended_runs > 0
                backoff_s = 0.0 if useful else min(max(2 * backoff_s, self._first_backoff_s), self._max_backoff_s)
                await asyncio.sleep(backoff_s)
        finally:
            self._failed_starts, self._lost_at = FAILED_STARTS_UNTIL_DOWN, -math.inf
            self._end_all_if_down()

    async def _run_once(self) -> None:
        """Start a worker process, handle its messages until it ends or must be stopped, and clean up after it.

        Raises WorkerRefused if it exits with REFUSED_EXIT_CODE before any worker has been ready.
        """
        self.starts += 1
        try:
            self._process = process = await WorkerProcess.start(
                [*self._command, *self._more_arguments()], self._environ
            )
        except OSError as error:
            self._on_death(f"it could not be started ({error})")
            return
        at_once = False
        pinging = asyncio.create_task(self._ping(process), name="ping")
        try:
            at_once, reason, disturbed = await self._read_messages(process)
        finally:
            pinging.cancel()
            await process.stop(at_once=at_once)
        if process.exit_code == REFUSED_EXIT_CODE and self._ready is None:
            sentence = (
                process.last_stderr[-1] if process.last_stderr else "The worker refused to start and gave no reason."
            )
            raise WorkerRefused(reason=sentence.removeprefix("error: "))
        self._on_death(f"{reason}, {process.exit_reason}", own_fault=not (process.ended_externally or disturbed))

    async def _read_messages(self, process: WorkerProcess) -> tuple[bool, str, bool]:
        """Handle messages until the worker ends, hangs or breaks the protocol.

        Return whether to kill the worker at once, what happened, as a phrase for the log, and whether bytes came that
        are no message.
        """
        decoder = protocol.Decoder()
        try:
            async with asyncio.timeout(self._start_timeout_s) as self._watchdog:
                while piece := await process.read():
                    for message in decoder.feed(piece):
                        self._on_message(message)
            return False, "it ended", False
        except TimeoutError:
            # Messages are written whole. If one never ends, its beginning was none.
            return True, "it hung" if self._worker_ready else "it was not ready in time", decoder.is_inside_message
        except ProtocolError as error:
            return True, str(error), not isinstance(error, _WrongFile)
        finally:
            self._watchdog, self._busy_until = None, 0.0

    async def _ping(self, process: WorkerProcess) -> None:
        """Ask the worker again and again whether it is running. If it is not, let its time run out."""
        unanswered = 0
        while unanswered < PINGS_UNTIL_LOST:
            await asyncio.sleep(PING_S)
            if not self._worker_ready or _now() < self._busy_until:
                continue
            self._pong.clear()
            self._write(protocol.Ping())
            try:
                await asyncio.wait_for(self._pong.wait(), PONG_S)
                unanswered = 0
            except TimeoutError:
                unanswered += not self._in_flight or process.is_suspended
        if self._watchdog is not None and not self._watchdog.expired():
            self._watchdog.reschedule(_now())

    def _set_watchdog(self) -> None:
        """Restart the timeout for the worker's silence. A ready worker without runs may be silent forever."""
        if self._watchdog is None or self._watchdog.expired():
            return
        if self._worker_ready and not self._in_flight:
            self._watchdog.reschedule(None)
            return
        silence_s = self._hang_timeout_s if self._worker_ready else self._start_timeout_s
        self._watchdog.reschedule(max(_now() + silence_s, self._busy_until))

    def _write(self, message: protocol.Message) -> None:
        assert self._process is not None
        self._process.write(protocol.encode(message))


def _now() -> float:
    return asyncio.get_running_loop().time()


def worker_command(arguments: Sequence[str], socket: str = "") -> list[str]:
    """Return the command line that starts this project's worker with these arguments.

    ``socket`` is where a worker in another container is started; then the command is that of its stand-in here.
    """
    return [sys.executable, "-m", "generator", *(["attach", socket] if socket else ["serve"]), *arguments]


def _ending_after_death(run: _PendingRun) -> GeneratorError | None:
    """Return the error that ends a run whose worker has died, or None if the run should be retried."""
    if run.cancelled:
        return Cancelled()
    if run.crashes >= CRASHES_UNTIL_POISON:
        log.error("giving up on %s: it killed the worker %d times", run.described, run.crashes)
        return PoisonRun()
    return EngineDown() if run.kills >= MAX_KILLS else None


def _assemble(run: _PendingRun, message: protocol.Finished) -> Picture:
    if message.size != run.size:
        raise _WrongFile(found=f"a file of {run.size} bytes that should have {message.size}")
    file = b"".join(run.parts)
    run.discard_parts()
    return Picture(
        file,
        message.media_type,
        message.width,
        message.height,
        message.frames,
        message.reduced,
        message.traits_read,
        message.psnr,
    )
