"""The worker: draws faces of many runs in one batch, while files are encoded and models are loaded beside it.

Does not know Discord, nor what pictures mean: runs come in as recipe lines, files go out as bytes. Only the thread that
calls ``serve`` touches a worker's state. The others (reader, writer, two encoders, loader) get values, and report to it
through the inbox and to the bot through the outbox.

A run is  admitted -> (its model is loaded) -> planned -> drawn in batches -> encoded -> Finished and may become Failed
at any point. Whatever removes it from ``_runs`` before it is encoded sends its Failed; after that the encoder sends its
Finished or Failed.
"""

import logging
import queue
import time
from collections.abc import Callable, Hashable, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from pathlib import Path

from generator import allocator
from generator.contract import errors, protocol
from generator.contract.recipe import Recipe
from generator.rendering import encode, plans, render
from generator.rendering.batch_size import BatchSize
from generator.rendering.plans import Plan
from generator.stylegan2.network import Draw, Generator
from generator.worker import background, schedule
from generator.worker.background import BackendBuilt, EncodingEnded, Event, Inbox, ModelLoaded
from generator.worker.models import LoadedModels
from generator.worker.outbox import Outbox
from generator.worker.run import ActiveRun, failed_message, log_unexpected
from generator.worker.schedule import Batch, PendingRun
from generator.worker.stdio import EndOfInput
from generator.worker.trace import Trace

MAX_RUNS = 256  # more are refused; the bot's own queue is shorter
MAX_OPEN_PIXELS = 192_000_000  # of grids and animations begun and not yet encoded: three of the largest
PROGRESS_SECONDS = 0.25
REST_SECONDS = 10.0  # without work, until free memory is given back
LOAD_SECONDS = 120.0  # how long loading a model may take before the bot calls it a hang
ENCODE_SECONDS, ENCODE_SECONDS_PER_MEGAPIXEL = 10.0, 3.0  # the same for an animation; a slow core takes a sixth of it

Synthesise = Callable[[Generator, Sequence[Plan], Sequence[Sequence[int]], Draw | None], render.Faces]

_log = logging.getLogger(__name__)


class Worker:
    """Serves the runs that arrive in ``inbox`` until EndOfInput.

    trace: a file that gets one line of JSON for each batch. backend: a key of BACKENDS or "auto"; it is built while the
    network already draws by itself.
    """

    def __init__(
        self,
        models: LoadedModels,
        inbox: Inbox,
        outbox: Outbox,
        *,
        enlarge: bool = True,
        trace: Path | None = None,
        backend: str = "eager",
        synthesise: Synthesise = render.synthesise,
    ) -> None:
        self._models, self._inbox, self._outbox = models, inbox, outbox
        self._enlarge, self._trace, self._synthesise = enlarge, Trace(trace), synthesise
        self._backend = backend
        self._draws: dict[str, Draw] = {}  # by model: what executes its network, once it is built
        self._runs: dict[int, ActiveRun] = {}
        self._queue: list[PendingRun] = []  # runs with faces still to draw, in the order of admission
        self._turns, self._last_turns = 0, dict[str, int]()  # faces drawn so far; by person: the last turn, if recent
        self._batch_sizes: dict[str, BatchSize] = {}  # by model
        self._loading: set[str] = set()
        self._busy_s = 0.0  # as last sent
        self._formats = encode.list_formats()
        # One thread each, so that a picture does not wait for an animation's file.
        self._encoders = {
            "picture": ThreadPoolExecutor(1, "picture"),
            "animation": ThreadPoolExecutor(1, "animation", initializer=background.lower_priority),
        }
        self._loader = ThreadPoolExecutor(1, "loader")

    def serve(self) -> int:
        """Work until EndOfInput arrives; return its exit status."""
        if self._models.default in self._models:
            self._build_backend(self._models.default)
        while True:
            batch = schedule.next_batch(self._drawable(), self._capacity)
            for event in self._events(wait=not batch):
                if isinstance(event, EndOfInput):
                    return event.status
                self._handle(event)
            # Runs that have just arrived may belong into this batch, so it is chosen again.
            self._draw(schedule.next_batch(self._drawable(), self._capacity))

    def warm_up(self) -> None:
        """Load the default model and draw one face, so that the first person does not wait for that."""
        name = self._models.default
        generator = self._models.load(self._models.file(name))
        self._models.add(name, generator)
        self._synthesise(generator, [plans.make_plan(Recipe.make("waifu", 0, model=name), generator)], [[0]], None)

    def _events(self, wait: bool) -> Iterator[Event]:
        """Yield everything in the inbox; with ``wait``, at least one event."""
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

    def _handle(self, event: Event) -> None:
        match event:
            case protocol.Run():
                self._admit(event)
            case protocol.Cancel(id=id_):
                self._cancel(id_)
            case ModelLoaded(name=name, result=result):
                self._add_model(name, result)
            case BackendBuilt(generator=generator, draw=draw):
                self._use_backend(generator, draw)
            case EncodingEnded(id=id_):
                self._runs.pop(id_, None)
                self._send_busy()
            case _:
                _log.warning("ignored a %s, which no worker expects", type(event).__name__)

    # From a line to a place in the queue.

    def _admit(self, message: protocol.Run) -> None:
        if message.id in self._runs:
            _log.warning("a second run %d is ignored", message.id)
            return
        with self._failing(message.id, message.line):
            if len(self._runs) >= MAX_RUNS:
                raise errors.EngineDown()
            recipe = Recipe.parse(message.line).on(self._models.default)
            model = self._models.file(recipe.model or self._models.default).model.name
            run = self._runs[message.id] = ActiveRun(message, recipe, model)
            if model in self._models:
                self._plan(run)
            else:
                self._load(model)

    def _plan(self, run: ActiveRun) -> None:
        plan = plans.make_plan(run.recipe, self._models[run.model], self._enlarge)
        if plan.format not in self._formats:
            raise errors.FormatMissing(format=plan.format, known=", ".join(self._formats))
        # A run keeps the back end that it begins with, so that all its frames are drawn alike.
        run.plan, run.group = plan, render.group_of(plan, run.model, has_draw=run.model in self._draws)
        pending = PendingRun(run.message.id, run.message.person, run.group, plan.layout.faces)
        self._queue = schedule.admit(self._queue, pending, self._turns, self._last_turns.get(pending.person, 0))

    def _load(self, name: str) -> None:
        if name in self._loading:
            return
        self._loading.add(name)
        self._send_busy()
        self._loader.submit(background.load_model, self._models.load, self._models.file(name), self._inbox)

    def _add_model(self, name: str, result: Generator | errors.GeneratorError) -> None:
        self._loading.discard(name)
        self._send_busy()
        if isinstance(result, Generator):
            self._models.add(name, result)
            self._draws = {
                model: draw for model, draw in self._draws.items() if model in self._models and model != name
            }
            self._build_backend(name)
        for run in [run for run in self._runs.values() if run.model == name and run.encoding is None]:
            with self._failing(run.message.id, run.message.line):
                if isinstance(result, errors.GeneratorError):
                    raise result
                if run.plan is None:
                    self._plan(run)

    def _build_backend(self, name: str) -> None:
        generator = self._models[name]
        if self._backend != "eager" and (self._backend != "auto" or generator.device.type == "cuda"):
            self._loader.submit(background.build_backend, self._backend, generator, self._inbox)

    def _use_backend(self, generator: Generator, draw: Draw | None) -> None:
        """Let the back end draw for runs that come from now on, unless its network was unloaded meanwhile."""
        if draw is not None and generator.name in self._models and self._models[generator.name] is generator:
            self._draws[generator.name] = draw
            self._batch_sizes.pop(generator.name, None)  # it has a speed of its own

    def _cancel(self, id_: int) -> None:
        run = self._runs.get(id_)
        if run is None:
            return  # it ended before the bot knew
        if run.encoding is not None:
            run.encoding.cancel()
        else:
            self._fail(id_, errors.Cancelled())

    # From the queue to faces.

    def _drawable(self) -> list[PendingRun]:
        """Return the pending runs whose model is in memory and whose frames have room; load missing models."""
        room = MAX_OPEN_PIXELS - sum(run.pixels for run in self._runs.values() if run.is_begun)
        drawable = []
        for pending in self._queue:
            run = self._runs[pending.run]
            if run.model not in self._models:
                self._load(run.model)
                continue
            if not run.is_begun and run.total > 1:
                room -= run.pixels  # also where there is no room: later runs must not overtake this one forever
                if room < 0:
                    continue
            drawable.append(pending)
        return drawable

    def _capacity(self, group: Hashable) -> int:
        assert isinstance(group, render.BatchGroup)
        return self._batch_size(group.model).capacity

    def _batch_size(self, model: str) -> BatchSize:
        if model not in self._batch_sizes:
            self._batch_sizes[model] = render.batch_size_for(self._models[model])
        return self._batch_sizes[model]

    def _draw(self, batch: Batch) -> None:
        """Draw a batch and hand out its faces. An error ends the run that it belongs to, and no other."""
        if not batch:
            return
        first = self._runs[batch[0][0].run]
        group, picks = first.group, [faces for _, faces in batch]
        assert group is not None
        draw, size = self._draws.get(group.model) if group.has_draw else None, sum(map(len, picks))
        began = time.perf_counter()
        try:
            faces = self._synthesise(self._models[group.model], self._plans(batch), picks, draw)
        except errors.OutOfMemory as error:
            if not self._batch_size(group.model).shrink(size):
                self._fail(first.message.id, error)
        except Exception as error:
            self._isolate_failure(batch, error)
        else:
            seconds = time.perf_counter() - began
            self._batch_size(group.model).record(size, seconds)
            self._count_turns(batch, size)
            self._trace.write(group.model, batch, seconds)
            self._distribute(batch, faces)

    def _count_turns(self, batch: Batch, size: int) -> None:
        self._queue = schedule.advance(self._queue, batch, self._turns)
        self._turns += size
        oldest = self._turns - schedule.RECENT
        self._last_turns = {person: turn for person, turn in self._last_turns.items() if turn > oldest}
        self._last_turns |= {pending.person: pending.turn for pending in self._queue if pending.turn > oldest}

    def _plans(self, batch: Batch) -> list[Plan]:
        plans = [self._runs[pending.run].plan for pending, _ in batch]
        return [plan for plan in plans if plan is not None]

    def _isolate_failure(self, batch: Batch, error: Exception) -> None:
        """Draw the runs of a failed batch one by one; a run that fails alone has failed."""
        if len(batch) > 1:
            for part in batch:
                self._draw([part])
            return
        run = self._runs[batch[0][0].run]
        self._fail(run.message.id, log_unexpected(run.message.line, error))

    def _distribute(self, batch: Batch, faces: render.Faces) -> None:
        at = 0
        for pending, picked in batch:
            run = self._runs[pending.run]
            run.add_faces(picked, faces[at : at + len(picked)])
            at += len(picked)
            self._send_progress(run)
            if run.done == run.total:
                self._encode(run)

    def _send_progress(self, run: ActiveRun) -> None:
        now = time.monotonic()
        # A single picture is finished as soon as its only face is drawn.
        if run.total > 1 and (now - run.progress_at >= PROGRESS_SECONDS or run.done == run.total):
            run.progress_at = now
            self._outbox.send_progress(protocol.Progress(run.message.id, run.done, run.total))

    # From faces to a file.

    def _encode(self, run: ActiveRun) -> None:
        self._queue = [pending for pending in self._queue if pending.run != run.message.id]
        encoder = self._encoders["animation" if run.is_animated else "picture"]
        encoding = run.begin_encoding()
        self._send_busy()
        encoder.submit(background.encode, encoding, self._outbox, self._inbox)

    def _send_busy(self) -> None:
        """Send how long the silent work may take: loading, and encoding animations, one after the other."""
        encoding = [run.pixels for run in self._runs.values() if run.encoding is not None and run.is_animated]
        seconds = sum((ENCODE_SECONDS + ENCODE_SECONDS_PER_MEGAPIXEL * pixels / 1e6 for pixels in encoding), 0.0)
        seconds += LOAD_SECONDS * len(self._loading)
        if seconds != self._busy_s:  # otherwise nothing has begun or ended
            self._busy_s = seconds
            self._outbox.send(protocol.Busy(min(seconds, protocol.MAX_BUSY_SECONDS)))

    # Endings.

    @contextmanager
    def _failing(self, id_: int, line: str) -> Iterator[None]:
        """Turn an error raised inside into the end of this run."""
        try:
            yield
        except errors.GeneratorError as error:
            self._fail(id_, error)
        except Exception as error:
            self._fail(id_, log_unexpected(line, error))

    def _fail(self, id_: int, error: errors.GeneratorError) -> None:
        self._runs.pop(id_, None)
        self._queue = [pending for pending in self._queue if pending.run != id_]
        self._outbox.send(failed_message(id_, error))
