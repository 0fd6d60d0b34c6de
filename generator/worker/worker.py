"""The process that draws: faces of many runs in one batch, encoding and loading beside it.

Knows no Discord and no pictures' meaning: runs come in as recipe lines, files go out as bytes. Only the main thread touches a
worker's state; every other thread (reader, writer, two encoders, loader) talks to it through the inbox and to the world through
the outbox.

A run is  admitted -> (waits for its network) -> planned -> synthesised in batches -> encoded -> Finished
and may at any point leave as Failed; whoever removes it from ``_runs`` says its one last word.
"""

import json
import logging
import os
import queue
import secrets
import sys
import threading
import time
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from generator import allocator
from generator.contract import errors, protocol
from generator.contract.recipe import Recipe
from generator.execution import backends
from generator.rendering import encode, plans, render
from generator.rendering.batch_size import Pace
from generator.rendering.plans import Plan
from generator.stylegan2.network import Draw, Generator
from generator.worker import schedule
from generator.worker.models import Shelf
from generator.worker.outbox import Outbox
from generator.worker.run import Running, failed, finished
from generator.worker.schedule import Job
from generator.worker.stdio import Goodbye

MAX_RUNS = 256  # more are refused; the bot's own line is shorter
MAX_OPEN_PIXELS = 192_000_000  # of grids and animations begun and not yet encoded: three of the largest
PROGRESS_SECONDS = 0.25
REST_SECONDS = 10.0  # without work, until free memory is given back
LOAD_SECONDS = 120.0  # how long loading a network may take before the bot calls it a hang
ENCODE_SECONDS, ENCODE_SECONDS_PER_MEGAPIXEL = 10.0, 3.0  # and writing an animation; a slow core takes a sixth of it

Synthesise = Callable[[Generator, Sequence[Plan], Sequence[Sequence[int]]], render.Faces]

_log = logging.getLogger(__name__)


@dataclass(frozen=True)
class Loaded:
    """The loader's news: a network, or why there is none."""

    name: str
    outcome: Generator | errors.GeneratorError


@dataclass(frozen=True)
class Ended:
    """The encoder's news: this run has had its last word."""

    id: int


@dataclass(frozen=True)
class Built:
    """The loader's news: a back end made for a network; None: it goes on drawing itself."""

    generator: Generator
    drawer: Draw | None


Event = protocol.Message | Loaded | Ended | Built | Goodbye


class Worker:
    """Serves the runs that arrive in ``inbox`` until a Goodbye.

    trace: a file that gets one line of JSON for each batch. backend: a key of BACKENDS; it is made while its network draws already.
    """

    def __init__(
        self,
        shelf: Shelf,
        inbox: "queue.Queue[Event]",
        outbox: Outbox,
        *,
        enlarge: bool = True,
        trace: Path | None = None,
        backend: str = "eager",
        synthesise: Synthesise = render.synthesise,
    ) -> None:
        self._shelf, self._inbox, self._outbox = shelf, inbox, outbox
        self._enlarge, self._trace, self._synthesise = enlarge, trace, synthesise
        self._backend = backend
        self._drawers: dict[str, Draw] = {}  # what draws for a network instead of itself, once it was built
        self._runs: dict[int, Running] = {}
        self._jobs: list[Job] = []  # what is still to be synthesised, in the order of admission
        self._turns, self._turn_of = 0, dict[str, int]()  # faces drawn so far, and then who was last served when
        self._paces: dict[str, Pace] = {}
        self._loading: set[str] = set()
        self._busy_s = 0.0  # what was last said about it
        self._formats = encode.available()
        # One thread each, so that a picture does not wait for an animation's file.
        self._encoders = {
            "picture": ThreadPoolExecutor(1, "picture"),
            "animation": ThreadPoolExecutor(1, "animation", initializer=_stand_back),
        }
        self._loader = ThreadPoolExecutor(1, "loader")

    def serve(self) -> int:
        """Work until a Goodbye arrives; return its exit status."""
        if self._shelf.default in self._shelf:
            self._build(self._shelf.default)
        while True:
            batch = schedule.next_batch(self._ready_jobs(), self._capacity)
            for event in self._events(wait=not batch):
                if isinstance(event, Goodbye):
                    return event.status
                self._receive(event)
            # What arrived meanwhile may belong into this batch, so it is chosen again.
            self._attempt(schedule.next_batch(self._ready_jobs(), self._capacity))

    def warm_up(self) -> None:
        """Load the default network and draw one face, so that the first person does not wait for that."""
        name = self._shelf.default
        self._shelf.put(name, self._shelf.load(name))
        recipe = Recipe.make("waifu", 0, model=name)
        self._synthesise(self._shelf[name], [plans.plan(recipe, self._shelf[name])], [[0]])

    def _events(self, wait: bool) -> Iterator[Event]:
        """Yield what is in the inbox; with ``wait``, at least one."""
        if wait:
            yield self._next_event()
        while True:
            try:
                yield self._inbox.get_nowait()
            except queue.Empty:
                return

    def _next_event(self) -> Event:
        try:
            return self._inbox.get(timeout=REST_SECONDS)
        except queue.Empty:
            allocator.give_back()
            return self._inbox.get()

    def _receive(self, event: Event) -> None:
        match event:
            case protocol.Run():
                self._admit(event)
            case protocol.Cancel(id=id_):
                self._cancel(id_)
            case Loaded(name=name, outcome=outcome):
                self._put_on_shelf(name, outcome)
            case Built(generator=generator, drawer=drawer):
                self._take_over(generator, drawer)
            case Ended(id=id_):
                self._runs.pop(id_, None)
                self._tell_how_busy()
            case _:
                _log.warning("a %s is nothing that a worker is told", type(event).__name__)

    # From a line to a job.

    def _admit(self, run: protocol.Run) -> None:
        if run.id in self._runs:
            _log.warning("a second run %d is ignored", run.id)
            return
        with self._last_word(run.id, run.line):
            if len(self._runs) >= MAX_RUNS:
                raise errors.EngineDown()
            recipe = Recipe.parse(run.line).on(self._shelf.default)
            entry = self._shelf.entry(str(recipe["model"]))
            self._runs[run.id] = Running(run, recipe)
            if entry.model.name in self._shelf:
                self._plan(self._runs[run.id])
            else:
                self._load(entry.model.name)

    def _plan(self, running: Running) -> None:
        plan = plans.plan(running.recipe, self._shelf[running.model], self._enlarge)
        if plan.format not in self._formats:
            raise errors.FormatMissing(format=plan.format, known=", ".join(self._formats))
        running.plan = plan
        # A job keeps the back end that it begins with: its frames are drawn alike.
        group = (*render.group_of(plan, running.model), running.model in self._drawers)
        job = Job(running.run.id, running.run.person, group, plan.layout.faces)
        self._jobs = schedule.admit(self._jobs, job, self._turns, self._turn_of.get(job.person, 0))

    def _load(self, name: str) -> None:
        if name in self._loading:
            return
        self._loading.add(name)
        self._tell_how_busy()
        self._loader.submit(self._load_aside, name)

    def _load_aside(self, name: str) -> None:
        """In the loader's thread: read the file and tell the main thread."""
        outcome: Generator | errors.GeneratorError
        try:
            outcome = self._shelf.load(name)
        except errors.GeneratorError as error:
            outcome = error
        except Exception as error:
            outcome = _unexpected(f"loading {name}", error)
        self._inbox.put(Loaded(name, outcome))

    def _put_on_shelf(self, name: str, outcome: Generator | errors.GeneratorError) -> None:
        self._loading.discard(name)
        self._tell_how_busy()
        if isinstance(outcome, Generator):
            self._shelf.put(name, outcome)
            self._drawers = {
                kept: drawer for kept, drawer in self._drawers.items() if kept in self._shelf and kept != name
            }
            self._build(name)
        for running in [running for running in self._runs.values() if running.model == name and not running.encoding]:
            with self._last_word(running.run.id, running.run.line):
                if isinstance(outcome, errors.GeneratorError):
                    raise outcome
                if running.plan is None:
                    self._plan(running)

    def _build(self, name: str) -> None:
        """Have the back end made while the network draws already."""
        generator = self._shelf[name]
        if self._backend != "eager" and (self._backend != "auto" or generator.device.type == "cuda"):
            self._loader.submit(self._build_aside, generator)

    def _build_aside(self, generator: Generator) -> None:
        """In the loader's thread: make the back end and tell the main thread."""
        try:
            self._inbox.put(Built(generator, backends.build(self._backend, generator)))
        except backends.CannotUse as error:
            _log.warning("the back end %s is not used for %s: %s", self._backend, generator.name, error)
        except Exception as error:
            _log.warning("the back end %s could not be made for %s", self._backend, generator.name, exc_info=error)

    def _take_over(self, generator: Generator, drawer: Draw | None) -> None:
        """From now on new jobs are drawn by the back end, unless its network has left meanwhile."""
        if drawer is not None and generator.name in self._shelf and self._shelf[generator.name] is generator:
            self._drawers[generator.name] = drawer
            self._paces.pop(generator.name, None)  # it has a pace of its own

    def _cancel(self, id_: int) -> None:
        running = self._runs.get(id_)
        if running is None:
            return  # it ended before the bot knew
        running.wanted = False
        if not running.encoding:
            self._fail(id_, errors.Cancelled())

    # From jobs to faces.

    def _ready_jobs(self) -> list[Job]:
        """The jobs that may be worked on: their network is in memory, and there is room for their frames."""
        room = MAX_OPEN_PIXELS - sum(running.pixels for running in self._runs.values() if running.faces is not None)
        ready = []
        for job in self._jobs:
            running = self._runs[job.run]
            if running.model not in self._shelf:
                self._load(running.model)
                continue
            if running.faces is None and running.total > 1:
                room -= running.pixels  # also where there is none: a later one must not overtake for ever
                if room < 0:
                    continue
            ready.append(job)
        return ready

    def _capacity(self, group: object) -> int:
        return self._pace(group).capacity

    def _pace(self, group: object) -> Pace:
        name = _model_of(group)
        if name not in self._paces:
            self._paces[name] = render.pace_for(self._shelf[name])
        return self._paces[name]

    def _attempt(self, batch: schedule.Batch) -> None:
        """Synthesise a batch and hand out its faces. What goes wrong ends the job that it went wrong with, and no other."""
        if not batch:
            return
        picks, size = [faces for _, faces in batch], sum(len(faces) for _, faces in batch)
        group = batch[0][0].group
        generator = self._shelf[_model_of(group)]
        generator.synthesis.drawer = self._drawers.get(generator.name) if _is_built(group) else None
        began = time.perf_counter()
        try:
            faces = self._synthesise(generator, self._plans(batch), picks)
        except errors.OutOfMemory as error:
            if not self._pace(batch[0][0].group).ran_out_of_memory(size):
                self._fail(batch[0][0].run, error)
        except Exception as error:
            self._find_the_culprit(batch, error)
        else:
            seconds = time.perf_counter() - began
            self._pace(batch[0][0].group).took(size, seconds)
            self._count_turns(batch, size)
            self._write_trace(batch, seconds)
            self._scatter(batch, faces)

    def _count_turns(self, batch: schedule.Batch, size: int) -> None:
        self._jobs = schedule.after(self._jobs, batch, self._turns)
        self._turns += size
        lately = self._turns - schedule.AHEAD
        self._turn_of = {person: turn for person, turn in self._turn_of.items() if turn > lately}
        self._turn_of |= {job.person: job.turn for job in self._jobs if job.turn > lately}

    def _plans(self, batch: schedule.Batch) -> list[Plan]:
        plans = [self._runs[job.run].plan for job, _ in batch]
        return [plan for plan in plans if plan is not None]

    def _find_the_culprit(self, batch: schedule.Batch, error: Exception) -> None:
        """Try the jobs of a failed batch one by one; the one that fails alone has failed."""
        if len(batch) > 1:
            for part in batch:
                self._attempt([part])
            return
        ((job, _),) = batch
        self._fail(job.run, _unexpected(self._runs[job.run].run.line, error))

    def _scatter(self, batch: schedule.Batch, faces: render.Faces) -> None:
        at = 0
        for job, picked in batch:
            running = self._runs[job.run]
            running.take(picked, faces[at : at + len(picked)])
            at += len(picked)
            self._tell_progress(running)
            if running.done == running.total:
                self._encode(running)

    def _tell_progress(self, running: Running) -> None:
        now = time.monotonic()
        # A single picture is there in the moment in which its only face is.
        if running.total > 1 and (now - running.told_at >= PROGRESS_SECONDS or running.done == running.total):
            running.told_at = now
            self._outbox.progress(protocol.Progress(running.run.id, running.done, running.total))

    def _write_trace(self, batch: schedule.Batch, seconds: float) -> None:
        if self._trace is None:
            return
        faces = [[job.run, picked] for job, picked in batch]
        line = {
            "time": time.time(),
            "model": _model_of(batch[0][0].group),
            "faces": faces,
            "seconds": round(seconds, 4),
        }
        try:
            with self._trace.open("a", encoding="utf-8") as file:
                file.write(json.dumps(line) + "\n")
        except OSError as error:  # a full disk must not cost anybody a picture
            _log.error("%s cannot be written, so no more is traced: %s", self._trace, error.strerror)
            self._trace = None

    # From faces to a file.

    def _encode(self, running: Running) -> None:
        self._jobs = [job for job in self._jobs if job.run != running.run.id]
        running.encoding = True
        self._tell_how_busy()
        encoder = self._encoders["animation" if running.animated else "picture"]
        encoder.submit(self._encode_aside, running)

    def _encode_aside(self, running: Running) -> None:
        """In an encoder's thread: make the file and say the run's last word."""
        id_ = running.run.id
        ending: encode.File | errors.GeneratorError
        try:
            ending = running.file() if running.wanted else errors.Cancelled()
        except errors.GeneratorError as error:
            ending = error
        except Exception as error:
            ending = _unexpected(running.run.line, error)
        if isinstance(ending, encode.File) and running.wanted:
            self._outbox.file(ending.body, finished(id_, ending))
        else:
            self._outbox.say(failed(id_, ending if isinstance(ending, errors.GeneratorError) else errors.Cancelled()))
        self._inbox.put(Ended(id_))

    def _tell_how_busy(self) -> None:
        """Say how long all of it may take that nobody hears anything of: loading, and writing animations, one after the other."""
        encoding = (running.pixels for running in self._runs.values() if running.encoding and running.animated)
        seconds = sum((ENCODE_SECONDS + ENCODE_SECONDS_PER_MEGAPIXEL * pixels / 1e6 for pixels in encoding), 0.0)
        seconds += LOAD_SECONDS * len(self._loading)
        if seconds != self._busy_s:  # where nothing has begun or ended there is no news
            self._busy_s = seconds
            self._outbox.say(protocol.Busy(min(seconds, protocol.MAX_BUSY_SECONDS)))

    # Last words.

    @contextmanager
    def _last_word(self, id_: int, line: str) -> Iterator[None]:
        """Turn what is raised inside into the end of this run."""
        try:
            yield
        except errors.GeneratorError as error:
            self._fail(id_, error)
        except Exception as error:
            self._fail(id_, _unexpected(line, error))

    def _fail(self, id_: int, error: errors.GeneratorError) -> None:
        self._runs.pop(id_, None)
        self._jobs = [job for job in self._jobs if job.run != id_]
        self._outbox.say(failed(id_, error))


def _stand_back() -> None:
    """Let the other threads go first, where the system knows threads of different priority."""
    if sys.platform == "linux":
        os.setpriority(os.PRIO_PROCESS, threading.get_native_id(), 19)


def _model_of(group: object) -> str:
    assert isinstance(group, tuple)
    return str(group[0])


def _is_built(group: object) -> bool:
    assert isinstance(group, tuple)
    return bool(group[-1])


def _unexpected(line: str, error: Exception) -> errors.RenderFailed:
    """Log what nobody expected, and return what the user is told: a reference that stands beside it in the log."""
    reference = secrets.token_hex(4)
    _log.error("%s: %s", reference, line, exc_info=error)
    return errors.RenderFailed(reference=reference)
