"""The worker draws faces of many runs in one batch while other threads encode files and load models.

A run is one requested file, such as a picture or an animation. The worker knows nothing about Discord: runs come in as
recipe lines, and files go out as bytes. Only the thread that calls ``serve`` touches the worker's state. The other
threads (reader, writer, three encoders and a loader) work on the values that they are given. They report to the worker
through the inbox, and to the bot through the outbox.

A run goes through these stages, and can fail in any of them:

    admitted -> its model is loaded, if it is not in memory -> planned -> drawn in batches -> encoded -> Finished

On a CPU a single picture goes through all of them between two layers of a batch that is being drawn.

Before encoding begins, whatever removes a run from ``_runs`` also sends its Failed message. After that, the encoder
thread sends Finished or Failed.
"""

import logging
import math
import queue
import time
from collections import deque
from collections.abc import Callable, Hashable, Iterator, Mapping, Sequence
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from functools import partial
from pathlib import Path

from generator import allocator
from generator.contract import errors, protocol
from generator.contract.recipe import Recipe
from generator.contract.shortening import MAX_DRAFT_CHARS
from generator.rendering import encode, plans, render
from generator.rendering.animation.stream import explain_full_disk
from generator.rendering.batch_size import BatchSize
from generator.rendering.plans import Plan
from generator.rendering.render import BatchGroup
from generator.stylegan.generator import Draw, Generator
from generator.worker import background
from generator.worker.animations.folders import Folders
from generator.worker.animations.limits import check_time, is_limited
from generator.worker.animations.streams import LiveStream, Streams
from generator.worker.attachments import Attachments
from generator.worker.background import (
    BackendBuilt,
    BackgroundThread,
    EncodingEnded,
    Event,
    Inbox,
    ModelLoaded,
    ModelsFound,
    PictureDecoded,
    lower_priority,
)
from generator.worker.encoding.lanes import Encoders
from generator.worker.likeness.run import LikeGroup, LikeRun
from generator.worker.likeness.searches import Searches
from generator.worker.models import LoadedModels
from generator.worker.offer import Offer
from generator.worker.outbox import Outbox
from generator.worker.residency import Residency
from generator.worker.room import Room
from generator.worker.run import ActiveRun, SheetEncoding, explain_failure, failed_message
from generator.worker.schedule import Batch, PendingRun, Schedule
from generator.worker.stdio import EndOfInput
from generator.worker.trace import Trace

MAX_RUNS = 256  # more runs than this are refused; the bot's own queue is shorter
PROGRESS_SECONDS = 0.25  # minimum time between two Progress messages of a run
MOST_BETWEEN = 4  # single pictures that are drawn in the middle of a batch, so that it ends all the same
REST_SECONDS = 10.0  # after this long without work, free memory is returned to the operating system
LOAD_SECONDS = 120.0  # time allowed to load a model; after that, the bot assumes that the worker hangs
BUILD_SECONDS = 120.0  # time allowed to build a back end; importing its libraries may stop all threads for seconds
# A back end that nobody asked for is built once nothing has happened for CALM_SECONDS, so that nobody waits for that,
# or at the latest LATEST_SECONDS after its network was loaded.
CALM_SECONDS, LATEST_SECONDS = 3.0, 120.0
# Time allowed to encode an animation; even a slow core needs only a sixth of it.
ENCODE_SECONDS, ENCODE_SECONDS_PER_MEGAPIXEL = 10.0, 3.0

Describe = Callable[[LoadedModels], protocol.Ready]
Synthesise = Callable[[Generator, Sequence[Plan], Sequence[Sequence[int]], Draw | None], render.Faces]

_log = logging.getLogger(__name__)


@dataclass
class _Interruptible:
    """A batch of larger runs that is being drawn, and how long it stood still meanwhile for single pictures."""

    batch: Batch
    stood_still_s: float = 0.0
    drawn_between: int = 0


class Worker:
    """Draws the runs that arrive in ``inbox`` until EndOfInput arrives.

    ``enlarge`` says whether the faces of networks under 256 px are shown enlarged.
    ``trace`` is a file to which a line of JSON is appended for each batch.
    ``backend`` is "auto" or a key of BACKENDS. Until it is built, the network draws without it.
    ``synthesise`` draws a batch; tests replace it.
    ``describe`` returns what the bot is told when other models are offered than before.
    ``processes`` says whether grids and animations are encoded in processes, which ``close`` ends, or in threads.
    ``frames_dir`` is where the frames of long animations are kept, so that another worker can go on with them.
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
        describe: Describe | None = None,
        processes: bool = False,
        frames_dir: Path | None = None,
    ) -> None:
        self._models, self._inbox, self._outbox = models, inbox, outbox
        self._enlarge, self._trace, self._synthesise = enlarge, Trace(trace), synthesise
        self._backend, self._describe = backend, describe
        self._backend_draws: dict[str, Draw] = {}  # model -> its back end, once built
        self._runs: dict[int, ActiveRun | LikeRun] = {}
        self._sheets: dict[int, SheetEncoding] = {}  # the sheets that are being put together, or wait for that
        self._attachments = Attachments()
        self._schedule = Schedule()  # the runs that have room
        self._room = Room()  # for grids and animations, from their first batch to the end of their encoding
        self._residency = Residency(models.limit)
        self._batch_sizes: dict[str, BatchSize] = {}  # model -> its batch size
        self._loading: set[str] = set()
        self._building: set[str] = set()  # models whose back end is being built
        self._unbuilt: dict[str, float] = {}  # model whose back end may wait -> when it is built at the latest
        self._busy_s = 0.0  # the time in the last Busy message
        self._interruptible: _Interruptible | None = None
        self._put_off: deque[Event] = deque()  # events that arrived in the middle of a batch
        self._formats = encode.list_formats()
        self._encoders = Encoders(
            lambda encoding, call: background.encode(encoding, call, outbox, inbox), processes=processes
        )
        self._loader, self._builder = BackgroundThread("loader"), BackgroundThread("builder")
        self._streams = Streams(Folders(frames_dir), BackgroundThread("frames"))
        self._searches, self._decoder = Searches(enlarge), BackgroundThread("decoder", lower_priority)

    def serve(self) -> int:
        """Work until EndOfInput arrives, and return its exit status."""
        if self._models.default in self._models:
            self._build_backend(self._models.default)
            self._let_others_in(self._models[self._models.default])
        while True:
            self._open_runs()
            self._load_models()
            if min(self._unbuilt.values(), default=math.inf) <= time.monotonic():
                self._build_what_waits()
            for event in self._events(wait=not any(map(self._is_usable, self._schedule.groups()))):
                if isinstance(event, EndOfInput):
                    return event.status
                self._handle(event)
            self._open_runs()
            self._draw(self._schedule.choose(self._capacity, self._is_usable))

    def close(self) -> None:
        """End the processes that encode. Runs that are not encoded yet get no ending."""
        self._encoders.close()
        self._streams.folders.close()

    def warm_up(self) -> None:
        """Load the default model and draw one face, so that the first user does not have to wait for this."""
        name = self._models.default
        generator = self._models.load(self._models.file(name))
        self._models.add(name, generator)
        self._synthesise(generator, [plans.make_plan(Recipe.make("waifu", 0, model=name), generator)], [[0]], None)

    def _events(self, wait: bool) -> Iterator[Event]:
        """Yield every event that has come. If ``wait`` is set, first wait until there is one."""
        wait = wait and not self._put_off
        while self._put_off:
            yield self._put_off.popleft()
        if wait:
            yield self._next_event()
        while True:
            try:
                yield self._inbox.get_nowait()
            except queue.Empty:
                return

    def _next_event(self) -> Event:
        if self._unbuilt:
            with suppress(queue.Empty):
                return self._inbox.get(timeout=CALM_SECONDS)
            self._build_what_waits()
        try:
            return self._inbox.get(timeout=REST_SECONDS)
        except queue.Empty:
            allocator.release_free_memory()
            if not self._runs:
                self._streams.folders.sweep()  # what nobody has asked for again by now
            return self._inbox.get()

    def _handle(self, event: Event) -> None:
        match event:
            case protocol.Run():
                self._admit(event)
            case protocol.ContactSheet():
                self._admit_sheet(event)
            case protocol.Attach():
                self._attachments.add(event)
            case protocol.Cancel(id=id_):
                self._attachments.forget(id_)
                self._cancel(id_)
            case PictureDecoded():
                self._begin_like(event)
            case ModelLoaded(name=name, result=result):
                self._add_model(name, result)
            case BackendBuilt(generator=generator, draw=draw):
                self._use_backend(generator, draw)
            case ModelsFound(offer=offer):
                self._offer(offer)
            case EncodingEnded(id=id_):
                self._drop(self._runs.pop(id_, None))
                self._sheets.pop(id_, None)
                self._room.leave(id_)
                self._encoders.ended(id_)
                self._send_busy()
            case _:
                _log.warning("ignored a %s, which no worker expects", type(event).__name__)

    def _offer(self, offer: Offer) -> None:
        """Offer other models than before, and tell the bot. Runs whose model is gone end, unless it is in memory."""
        self._models.offer(offer.files, offer.missing)
        for run in list(self._runs.values()):
            if run.encoding is None and run.model not in self._models and run.model not in self._loading:
                with self._errors_end_run(run.message.id, run.message.line):
                    self._models.file(run.model)
        busy = {run.model for run in self._runs.values()}
        for name in [name for name in self._models if name not in self._models.files and name not in busy]:
            self._models.unload(name)
            self._backend_draws.pop(name, None)
            self._searches.forget(name)
        if self._describe is not None:
            self._outbox.send(self._describe(self._models))

    # How a run gets into the queue.

    def _admit(self, message: protocol.Run) -> None:
        if message.id in self._runs:
            _log.warning("ignored a run with the duplicate id %d", message.id)
            return
        with self._errors_end_run(message.id, message.line):
            attachments = self._attachments.take(message)
            if len(self._runs) >= MAX_RUNS:
                raise errors.EngineDown()
            recipe = Recipe.parse(message.line, MAX_DRAFT_CHARS).on(self._models.default)
            model = self._models.file(recipe.model or self._models.default).model
            recipe = recipe.replace(model=model.name)  # a line may have an earlier name
            if recipe.kind == "like":
                picture = self._searches.take_in(attachments, recipe)
                self._runs[message.id] = LikeRun(message, recipe, model.name, model.digest)
                self._decoder.submit(background.decode_picture, message.id, picture, self._inbox)
                return
            run = self._runs[message.id] = ActiveRun(message, recipe, model.name, model.digest, attachments)
            if model.name in self._models:
                self._plan(run)

    def _begin_like(self, event: PictureDecoded) -> None:
        """Go on with a run whose picture is decoded, unless it was cancelled meanwhile."""
        self._searches.decoded(event.size)
        run = self._runs.get(event.id)
        if not isinstance(run, LikeRun):
            return
        with self._errors_end_run(event.id, run.message.line):
            if isinstance(event.result, errors.GeneratorError):
                raise event.result
            run.picture = event.result
            if run.model in self._models:
                self._plan(run)

    def _admit_sheet(self, message: protocol.ContactSheet) -> None:
        with self._errors_end_run(message.id, message.line):
            pictures = self._attachments.take(message)
            if len(self._runs) + len(self._sheets) >= MAX_RUNS:
                raise errors.EngineDown()
            self._sheets[message.id] = sheet = SheetEncoding(message, pictures)
            self._encoders.add_sheet(sheet)

    def _plan(self, run: ActiveRun | LikeRun) -> None:
        if isinstance(run, LikeRun):
            if run.picture is not None:
                self._searches.begin(run, self._models[run.model], self._models.file(run.model).path)
                self._put_into_schedule(run)
            return
        self._check_time(run)
        draft = render.draft(run.recipe, self._models[run.model], self._enlarge, run.vectors)
        if draft.plan.format not in self._formats:
            raise errors.FormatMissing(format=draft.plan.format, known=", ".join(self._formats))
        # Decided once for each run: if all its frames are drawn the same way, they look alike.
        has_draw = run.model in self._backend_draws
        run.draft, run.group = draft, render.group_of(draft.plan, run.model, has_draw=has_draw)
        if run.total > 1:
            self._room.ask(run.message.id, run.message.person, run.claim)
        else:
            self._put_into_schedule(run)

    def _open_runs(self) -> None:
        """Put the grids and animations for which there is room now into the schedule, if their model is in memory."""
        for id_ in self._room.open(lambda id_: self._runs[id_].model in self._models):
            run = self._runs[id_]
            with self._errors_end_run(id_, run.message.line):
                if isinstance(run, ActiveRun) and run.is_long:
                    self._open_stream(run)
                if run.done < run.total:
                    self._put_into_schedule(run)
                else:
                    assert isinstance(run, ActiveRun)
                    self._encode(run)

    def _put_into_schedule(self, run: ActiveRun | LikeRun) -> None:
        self._schedule.add(PendingRun(run.message.id, run.message.person, run.group, run.total, run.done))

    # How a long animation is drawn.

    def _check_time(self, run: ActiveRun) -> None:
        """Raise TakesTooLong if an animation would take too long to draw. One that was begun earlier goes on."""
        generator = self._models[run.model]
        layout = plans.lay_out(run.recipe, generator, self._enlarge)
        if not is_limited(layout) or self._streams.folders.knows(*self._describe_frames(run)):
            return
        size = self._batch_size(run.model)
        if not size.seconds_per_face:
            size.record(1, self._measure_face(generator))
        check_time(layout, size.seconds_per_face, run.model)

    def _measure_face(self, generator: Generator) -> float:
        """Return the seconds that the second of two faces takes: the first has more to prepare."""
        plan, seconds = plans.make_plan(Recipe.make("waifu", 0, model=generator.name), generator), 0.0
        for _ in range(2):
            began = time.perf_counter()
            self._synthesise(generator, [plan], [[0]], self._backend_draws.get(generator.name))
            seconds = time.perf_counter() - began
        return seconds

    def _describe_frames(self, run: ActiveRun) -> list[str]:
        """Return the words that say which frames a run has, and how they are kept."""
        precision, enlarge = self._models[run.model].precision, f"enlarge={self._enlarge}"
        return [f"v{render.RENDERER_VERSION}", str(run.recipe), run.network, precision, enlarge]

    def _open_stream(self, run: ActiveRun) -> None:
        """Keep the frames of a long animation, and go on with those that an earlier worker has drawn."""
        assert run.plan is not None
        with explain_full_disk():
            folder = self._streams.folders.claim(*self._describe_frames(run))
            try:
                kept = render.keep_frames(folder, run.plan, self._models[run.model])
                run.stream = LiveStream(folder, kept, run.plan.layout)
            except OSError:
                self._streams.folders.release(folder)
                raise
        run.done = run.stream.done

    def _drop(self, run: ActiveRun | LikeRun | None) -> None:
        """Delete the frames of a long animation that has ended."""
        if isinstance(run, ActiveRun) and run.stream is not None:
            self._streams.forget(run.stream)

    def _load_models(self) -> None:
        """Load the models that runs wait for, and unload others for them, as far as ``Residency`` allows."""
        waiting: dict[str, bool] = {}  # model -> whether a single picture waits for it
        for run in self._runs.values():
            if run.encoding is None and run.model not in self._models:
                waiting[run.model] = waiting.get(run.model, False) or run.recipe.faces == 1
        working = {group.model for group in self._schedule.groups() if isinstance(group, BatchGroup | LikeGroup)}
        while found := self._residency.next_load(waiting, list(self._models), self._loading, working):
            name, leaving = found
            if leaving is not None:
                self._models.unload(leaving)
                self._backend_draws.pop(leaving, None)
                self._searches.forget(leaving)
            self._load(name)

    def _load(self, name: str) -> None:
        self._loading.add(name)
        self._send_busy()
        self._loader.submit(background.load_model, self._models.load, self._models.file(name), self._inbox)

    def _add_model(self, name: str, result: Generator | errors.GeneratorError) -> None:
        self._loading.discard(name)
        self._send_busy()
        if isinstance(result, Generator):
            self._models.add(name, result)
            self._let_others_in(result)
            self._room.look_again()
            self._build_backend(name)
        for run in [run for run in self._runs.values() if run.model == name and run.encoding is None]:
            with self._errors_end_run(run.message.id, run.message.line):
                if isinstance(result, errors.GeneratorError):
                    raise result
                if not run.is_planned:
                    self._plan(run)

    def _build_backend(self, name: str) -> None:
        if self._backend == "auto" and self._models[name].device.type == "cpu":
            self._unbuilt[name] = time.monotonic() + LATEST_SECONDS
        elif self._backend != "eager":
            self._start_building(name)

    def _build_what_waits(self) -> None:
        for name in list(self._unbuilt):
            del self._unbuilt[name]
            if name in self._models:
                self._start_building(name)

    def _start_building(self, name: str) -> None:
        self._building.add(name)
        self._send_busy()
        self._builder.submit(background.build_backend, self._backend, self._models[name], self._inbox)

    def _use_backend(self, generator: Generator, draw: Draw | None) -> None:
        """Use the back end for all runs planned later, unless its network has been unloaded in the meantime."""
        self._building.discard(generator.name)
        self._send_busy()
        if draw is not None and generator.name in self._models and self._models[generator.name] is generator:
            self._backend_draws[generator.name] = draw
            self._batch_sizes.pop(generator.name, None)  # the back end draws at a different speed

    def _cancel(self, id_: int) -> None:
        if id_ in self._sheets:
            self._encoders.cancel(self._sheets[id_])
        run = self._runs.get(id_)
        if run is None:
            return  # the run ended before the bot was told
        if run.encoding is not None:
            self._encoders.cancel(run.encoding)
        else:
            self._fail(id_, errors.Cancelled())

    # How faces are drawn.

    def _is_usable(self, group: Hashable) -> bool:
        assert isinstance(group, BatchGroup | LikeGroup)
        return group.model in self._models

    def _capacity(self, group: Hashable) -> int:
        assert isinstance(group, BatchGroup | LikeGroup)
        return (
            self._searches.capacity(group.model)
            if isinstance(group, LikeGroup)
            else self._batch_size(group.model).capacity
        )

    def _batch_size(self, model: str) -> BatchSize:
        if model not in self._batch_sizes:
            self._batch_sizes[model] = render.batch_size_for(self._models[model])
        return self._batch_sizes[model]

    def _draw(self, batch: Batch) -> None:
        """Draw a batch, and store the faces in their runs.

        An error ends only the run that caused it. If memory runs out, the faces are drawn again in smaller batches.
        """
        if not batch:
            return
        first = self._runs[batch[0][0].run]
        if isinstance(first, LikeRun):
            self._search(first, batch)
            return
        group, picks = first.group, [faces for _, faces in batch]
        assert group is not None
        draw, size = self._backend_draws.get(group.model) if group.has_draw else None, sum(map(len, picks))
        began, around = time.perf_counter(), _Interruptible(batch)
        try:
            with self._may_be_interrupted(around):
                faces = self._synthesise(self._models[group.model], self._plans(batch), picks, draw)
        except errors.OutOfMemory as error:
            if not self._batch_size(group.model).shrink(size):
                self._fail(first.message.id, error)
        except Exception as error:
            self._isolate_failure(batch, error)
        else:
            seconds = time.perf_counter() - began - around.stood_still_s
            self._batch_size(group.model).record(size, seconds)
            self._schedule.advance(batch)
            self._residency.record(group.model, size)
            self._trace.write(group.model, batch, seconds)
            self._distribute(batch, faces)

    @contextmanager
    def _may_be_interrupted(self, around: _Interruptible) -> Iterator[None]:
        """Let single pictures be drawn in the middle of the batch, inside the context, if it is of larger runs."""
        self._interruptible = around if any(pending.total > 1 for pending, _ in around.batch) else None
        try:
            yield
        finally:
            self._interruptible = None

    def _let_others_in(self, generator: Generator) -> None:
        """Look between two layers of a network whether somebody waits for a single picture.

        A GPU has all layers of a batch in its queue before the first has ended.
        """
        if generator.device.type == "cpu":
            for layer in generator.synthesis.children():
                layer.register_forward_pre_hook(lambda *_: self._draw_between())

    def _draw_between(self) -> None:
        """Draw the single pictures that were asked for since the present batch was begun, before it goes on.

        They would be first in the next batch, by the same rule of turns. Other events wait for the end of the batch.
        """
        around, began = self._interruptible, time.perf_counter()
        if around is None or self._inbox.empty():
            return
        with suppress(queue.Empty):
            while True:
                self._admit_or_put_off(self._inbox.get_nowait())
        inside = {pending.run for pending, _ in around.batch}
        while around.drawn_between < MOST_BETWEEN:
            single = self._schedule.choose(lambda _: 1, self._is_usable)
            if not single or single[0][0].total > 1 or single[0][0].run in inside:
                break
            around.drawn_between += 1
            self._draw(single)
        self._interruptible = around
        around.stood_still_s += time.perf_counter() - began

    def _admit_or_put_off(self, event: Event) -> None:
        """Admit a run of a single picture; put off what may need more of the worker's state than it."""
        if isinstance(event, protocol.Run) and event.line.startswith("waifu ") and not event.attachments:
            self._admit(event)
        else:
            self._put_off.append(event)

    def _search(self, run: LikeRun, batch: Batch) -> None:
        """Make some steps of a search, which share their batch with nothing else."""
        steps, draw = len(batch[0][1]), partial(self._draw_face, run.model)
        began = time.perf_counter()
        with self._errors_end_run(run.message.id, run.message.line):
            run.use(self._models[run.model])
            if (look := self._searches.advance(run, steps, draw)) is not None:
                self._outbox.send_preview(look)
            seconds = time.perf_counter() - began
            self._searches.record(run.model, steps, seconds)
            self._schedule.advance(batch)
            self._residency.record(run.model, steps)
            self._trace.write(run.model, batch, seconds)
            if run.was_shown:
                self._send_progress(run)
            if run.done == run.total:
                self._schedule.remove(run.message.id)
                self._encoders.add(run, self._searches.finish(run, draw))

    def _draw_face(self, model: str, recipe: Recipe, vectors: Mapping[str, bytes]) -> render.Faces:
        """Draw the one face of a recipe [h, w, 3 or 4] uint8 at once."""
        draft = render.draft(recipe, self._models[model], self._enlarge, vectors)
        faces = self._synthesise(self._models[model], [draft.plan], [[0]], self._backend_draws.get(model))
        face: render.Faces = faces[0]
        return face

    def _plans(self, batch: Batch) -> list[Plan]:
        runs = [self._runs[pending.run] for pending, _ in batch]
        return [run.plan for run in runs if isinstance(run, ActiveRun) and run.plan is not None]

    def _isolate_failure(self, batch: Batch, error: Exception) -> None:
        """Draw the runs of a failed batch one by one. End each run that fails again."""
        if len(batch) > 1:
            for part in batch:
                self._draw([part])
            return
        run = self._runs[batch[0][0].run]
        self._fail(run.message.id, explain_failure(run.message.line, error))

    def _distribute(self, batch: Batch, faces: render.Faces) -> None:
        at = 0
        for pending, picked in batch:
            run = self._runs[pending.run]
            assert isinstance(run, ActiveRun)  # a search has a batch of its own
            drawn = faces[at : at + len(picked)]
            at += len(picked)
            with self._errors_end_run(run.message.id, run.message.line):
                if run.stream is None:
                    run.add_faces(picked, drawn)  # allocates memory for all faces of the run
                else:
                    self._streams.add(run.stream, drawn)
                    run.done += len(picked)
                self._send_progress(run)
                if run.done == run.total:
                    self._encode(run)

    def _send_progress(self, run: ActiveRun | LikeRun) -> None:
        now = time.monotonic()
        # A single face needs no progress: when it is drawn, the run is done.
        if run.total > 1 and (now - run.progress_at >= PROGRESS_SECONDS or run.done == run.total):
            run.progress_at = now
            self._outbox.send_progress(protocol.Progress(run.message.id, run.done, run.total))

    # How faces become a file.

    def _encode(self, run: ActiveRun) -> None:
        self._schedule.remove(run.message.id)
        if run.stream is not None:
            self._streams.complete(run.stream)
        encoding = run.begin_encoding()
        self._send_busy()
        self._encoders.add(run, encoding)

    def _send_busy(self) -> None:
        """Tell the bot how long the worker may stay silent, if that has changed.

        That is long enough to finish, one after another, all loading, building and encoding of animations in progress.
        """
        encoding = [run.pixels for run in self._runs.values() if run.encoding is not None and run.is_animated]
        seconds = sum((ENCODE_SECONDS + ENCODE_SECONDS_PER_MEGAPIXEL * pixels / 1e6 for pixels in encoding), 0.0)
        seconds += LOAD_SECONDS * len(self._loading) + BUILD_SECONDS * len(self._building)
        if seconds != self._busy_s:  # if the time is unchanged, nothing has begun or ended
            self._busy_s = seconds
            self._outbox.send(protocol.Busy(min(seconds, protocol.MAX_BUSY_SECONDS)))

    # How a run fails.

    @contextmanager
    def _errors_end_run(self, id_: int, line: str) -> Iterator[None]:
        """If an error is raised inside the context, end the run with a Failed message."""
        try:
            yield
        except Exception as error:
            self._fail(id_, explain_failure(line, error))

    def _fail(self, id_: int, error: errors.GeneratorError) -> None:
        self._drop(self._runs.pop(id_, None))
        self._schedule.remove(id_)
        self._room.leave(id_)
        self._outbox.send(failed_message(id_, error))
