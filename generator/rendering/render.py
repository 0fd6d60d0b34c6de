"""Draws a recipe and encodes it in one call, for the command line and the library.

Knows nothing about processes, people or queues. The worker calls the individual steps itself.
"""

import tempfile
import time
from collections import deque
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import closing
from pathlib import Path
from typing import Any, NamedTuple, cast

import numpy as np
import torch
from torch import Tensor

from generator.contract import errors
from generator.contract.cells import find_cells
from generator.contract.faces.face import has_z, split_noise
from generator.contract.recipe import Recipe
from generator.rendering import plans
from generator.rendering.animation.frames import Timing
from generator.rendering.animation.stream import FrameStream, Kept, explain_full_disk, is_long, plan_frames
from generator.rendering.batch_size import BATCH_SECONDS, MAX_BATCH, BatchSize
from generator.rendering.encode import File
from generator.rendering.job import Job, make_file
from generator.rendering.layout import Frames, compose
from generator.rendering.plans import Plan
from generator.rendering.transform import stack_transforms
from generator.rendering.vectors import decode_vectors, shorten
from generator.rendering.z_points import find_z_points
from generator.stylegan import ops
from generator.stylegan.generator import Draw, Generator
from generator.stylegan.memory import means_out_of_memory

RENDERER_VERSION = 5  # part of every cache key; raise it when the same line gives different pixels or bytes

Faces = Frames  # [faces, h, w, 3] uint8, as the network draws them
OnProgress = Callable[[int, int], object]  # called with the number of faces drawn so far, and of all faces


class Draft(NamedTuple):
    """What is drawn for a recipe: it as this network draws it, its plan, and the vectors that it names, by digest."""

    recipe: Recipe
    plan: Plan
    vectors: Mapping[str, bytes]


def draft(
    recipe: Recipe, generator: Generator, enlarge: bool = True, vectors: Mapping[str, bytes] | None = None
) -> Draft:
    """Make a recipe fit this network and its line fit a caption, and plan it.

    ``vectors`` are the bytes of the vectors that the recipe names, by digest. Raises the errors of ``plans.make_plan``,
    ``vectors.shorten`` and ``vectors.decode_vectors``.
    """
    short = shorten(plans.fit_noise(recipe, generator), vectors or {}, generator)
    stored = decode_vectors(short.recipe, short.vectors, generator)
    return Draft(short.recipe, plans.make_plan(short.recipe, generator, enlarge, stored), short.vectors)


def find_arrays(recipe: Recipe, generator: Generator, vectors: Mapping[str, bytes] | None = None) -> dict[str, Any]:
    """Return the faces of a recipe as numbers: w [n, num_ws, w_dim], z [n, z_dim] if each face has one, and the line.

    Raises the errors of ``draft``.
    """
    made = draft(recipe, generator, vectors=vectors)
    faces = [split_noise(face)[0] for face in find_cells(made.recipe)]
    arrays: dict[str, Any] = {"w": made.plan.w.cpu().numpy(), "line": str(made.recipe)}
    if all(map(has_z, faces)):
        arrays["z"] = find_z_points(faces, generator).coarse.cpu().numpy()
    return arrays


class BatchGroup(NamedTuple):
    """The properties that plans must share to be drawn in one batch, that is, by one call of ``synthesise``."""

    model: str
    noise: str  # "const", "random" or "none"
    has_draw: bool = False  # whether a back end draws instead of the network itself


def group_of(plan: Plan, model: str, has_draw: bool = False) -> BatchGroup:
    """Return the batch group of this plan."""
    return BatchGroup(model, plan.noise, has_draw)


def render(
    recipe: Recipe,
    generator: Generator,
    max_bytes: int | None = None,
    progress: OnProgress | None = None,
    *,
    enlarge: bool = True,
    file_format: str | None = None,
    vectors: Mapping[str, bytes] | None = None,
) -> File:
    """Draw ``recipe`` and return the finished file, with the canonical line inside.

    If the file is larger than ``max_bytes``, the frames are shrunk until it fits.
    ``progress`` is called after each batch.
    ``enlarge`` is explained in ``plans.make_plan``, ``vectors`` in ``draft``.
    ``file_format``, a key of FORMATS, replaces the plan's format if given.

    Raises RecipeError if this network cannot draw the recipe, NotFinite if its numbers grow without bound,
    OutOfMemory if not even one face fits into memory, NoSpace if the frames of a long animation do not fit onto the
    disk, and FormatMissing or CannotFit if the frames cannot be encoded.
    """
    made = draft(recipe.on(generator.name), generator, enlarge, vectors)
    layout, form = made.plan.layout, file_format or made.plan.format
    batches = _draw_batches(made.plan, generator, progress)
    if not is_long(layout, form):
        faces = np.concatenate(list(batches))
        return make_file(plan_file(faces, made, max_bytes, generator.digest, file_format))
    with tempfile.TemporaryDirectory(prefix="waifubot-") as folder, explain_full_disk():
        kept = keep_frames(Path(folder), made.plan, generator, file_format)
        with closing(FrameStream(kept, layout)) as stream:
            for faces in batches:
                stream.add(faces)
        return make_file(plan_file(kept, made, max_bytes, generator.digest, file_format))


def raw_frames(recipe: Recipe, generator: Generator, *, enlarge: bool = True, draw: Draw | None = None) -> Frames:
    """Draw ``recipe`` and return the frames [n, h, w, 3] uint8 before encoding.

    ``draw`` is explained in ``start_drawing``. Raises RecipeError if this network cannot draw the recipe, OutOfMemory
    if not even one face fits into memory.
    """
    plan = plans.make_plan(recipe, generator, enlarge)
    return compose(plan.layout, np.concatenate(list(_draw_batches(plan, generator, None, draw))))


def plan_file(
    frames: Faces | Kept, draft: Draft, max_bytes: int | None, network: str, file_format: str | None = None
) -> Job:
    """Return what makes the file of drawn faces, or of kept frames, in ``file_format`` or else in the plan's format.

    ``network`` is the digest of the network that drew them.
    """
    plan, line, vectors = draft.plan, str(draft.recipe), tuple(draft.vectors.values())
    timing = Timing(plan.fps, plan.loop)
    return Job(frames, plan.layout, file_format or plan.format, timing, line, vectors, network, max_bytes)


def keep_frames(folder: Path, plan: Plan, generator: Generator, file_format: str | None = None) -> Kept:
    """Return how the frames of a long animation are kept in ``folder``."""
    channels = 4 if generator.hyper.img_channels == 4 else 3
    return plan_frames(folder, plan.layout, file_format or plan.format, Timing(plan.fps, plan.loop), channels)


def batch_size_for(generator: Generator) -> BatchSize:
    """Return the initial batch size for a network that has drawn nothing yet."""
    return BatchSize(limit=MAX_BATCH[generator.device.type], seconds=BATCH_SECONDS[generator.device.type])


class HostCopy:
    """A copy of faces from the device to the host. From a GPU it runs asynchronously, into pinned memory."""

    def __init__(self, x: Tensor, model: str) -> None:
        """Start to copy what the network of this name drew, ``x`` [n, C, h, w], as bytes."""
        self._done: torch.cuda.Event | None = None
        # The sum is finite only if every number is, and takes one pass.
        self._model, self._pictures, self._sum = model, ops.to_uint8(x), x.sum()
        if x.device.type == "cuda":
            self._pictures, self._sum = _start_copy(self._pictures), _start_copy(self._sum)
            self._done = torch.cuda.Event()  # type: ignore[no-untyped-call]
            self._done.record()

    def wait(self) -> Faces:
        """Wait for this copy, but not for work that was started after it, and return the faces [n, h, w, 3 or 4] uint8.

        Raises NotFinite if a number of them is infinite or undefined, which would be shown as black.
        """
        if self._done is not None:
            self._done.synchronize()
        if not self._sum.isfinite():
            raise errors.NotFinite(model=self._model)
        return cast(Faces, self._pictures.numpy())


def _start_copy(tensor: Tensor) -> Tensor:
    copy = torch.empty(tensor.shape, dtype=tensor.dtype, pin_memory=True)
    return copy.copy_(tensor, non_blocking=True)


def start_drawing(
    generator: Generator, plans: Sequence[Plan], picks: Sequence[Sequence[int]], draw: Draw | None = None
) -> HostCopy:
    """Start drawing faces of several plans of one batch group, and return a HostCopy to wait on.

    ``picks`` holds, for each plan, the indices of the faces to draw. The faces come back in this order. On a GPU this
    returns as soon as the work is queued.
    ``draw`` is the function by which a back end executes the network. If it is None, the network draws by itself.

    Raises OutOfMemory if this many faces do not fit into the device's memory.
    """
    w = torch.cat([plan.w[list(pick)] for plan, pick in zip(plans, picks, strict=True)])
    seeds = [plan.noise_seeds[face] for plan, pick in zip(plans, picks, strict=True) for face in pick]
    transform = stack_transforms(
        [(plan.transform, len(pick)) for plan, pick in zip(plans, picks, strict=True)], generator.device
    )
    moved = {} if transform is None else {"transform": transform}
    noise = plans[0].noise
    try:
        with torch.no_grad():
            x: Tensor = generator.synthesis(w, noise=noise, noise_seed=seeds, draw=draw, **moved)
            return HostCopy(x, generator.name)
    except (RuntimeError, MemoryError) as error:
        if not means_out_of_memory(error):
            raise
    # This must be outside the handler, because there the traceback would keep the activations alive.
    if generator.device.type == "cuda":
        torch.cuda.empty_cache()
    raise errors.OutOfMemory()


def synthesise(
    generator: Generator, plans: Sequence[Plan], picks: Sequence[Sequence[int]], draw: Draw | None = None
) -> Faces:
    """Draw faces as ``start_drawing`` does, wait for them, and return them. Raises NotFinite, too."""
    return start_drawing(generator, plans, picks, draw).wait()


def _draw_batches(
    plan: Plan, generator: Generator, progress: OnProgress | None = None, draw: Draw | None = None
) -> Iterator[Faces]:
    """Draw all faces of a plan in batches, and yield each.

    A GPU is given the next batch before the previous one has been copied, so that it never waits.
    """
    size, begun, done, faces = batch_size_for(generator), 0, 0, plan.layout.faces
    most_in_flight = 2 if generator.device.type == "cuda" else 1
    in_flight: deque[tuple[int, HostCopy]] = deque()
    since = time.perf_counter()
    while begun < faces or in_flight:
        pick = range(begun, min(begun + size.capacity, faces))
        if pick and len(in_flight) < most_in_flight:
            try:
                in_flight.append((len(pick), start_drawing(generator, [plan], [pick], draw)))
                begun += len(pick)
            except errors.OutOfMemory:
                if not size.shrink(len(pick)):
                    raise
            continue
        count, copy = in_flight.popleft()
        drawn = copy.wait()
        done, since, before = done + count, time.perf_counter(), since
        size.record(count, since - before)
        if progress is not None:
            progress(done, faces)
        yield drawn
        since = time.perf_counter()
