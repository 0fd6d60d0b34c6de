"""From a recipe to a file in one call, for the command line and the library; the worker uses the same steps.

Does not know processes, people or the order of runs. Frames are [n, h, w, 3] uint8.
"""

import time
from collections import deque
from collections.abc import Callable, Sequence
from typing import NamedTuple, cast

import numpy as np
import torch
from torch import Tensor

from generator.contract import errors
from generator.contract.recipe import Recipe
from generator.rendering import plans
from generator.rendering.batch_size import MAX_BATCH, BatchSize
from generator.rendering.encode import File, Frames, Timing, encode
from generator.rendering.layout import compose
from generator.rendering.plans import Plan
from generator.stylegan2 import ops
from generator.stylegan2.network import Draw, Generator

RENDERER_VERSION = 2  # grows when the same line gives other pixels or bytes: part of every cache key

Faces = Frames  # [faces, side, side, 3] uint8, as the network draws them
OnProgress = Callable[[int, int], object]  # (faces done, faces in all)


class BatchGroup(NamedTuple):
    """The properties that runs must share to be drawn in one call of ``synthesise``."""

    model: str
    noise: str  # "const", "random" or "none"
    noise_layers: tuple[int, ...] | None
    has_draw: bool = False  # whether a back end draws, rather than the network itself


def group_of(plan: Plan, model: str, has_draw: bool = False) -> BatchGroup:
    """Return the group of a run with this plan."""
    return BatchGroup(model, plan.noise, plan.noise_layers, has_draw)


def render(
    recipe: Recipe,
    generator: Generator,
    max_bytes: int | None = None,
    progress: OnProgress | None = None,
    *,
    enlarge: bool = True,
    file_format: str | None = None,
) -> File:
    """Return the finished file of ``recipe``, with its canonical line inside.

    max_bytes: the largest size allowed; the picture shrinks until it fits. file_format: a key of FORMATS to write
    instead of the planned one. Raises RecipeError for what this network cannot make, OutOfMemory, CannotFit.
    """
    plan = plans.plan(recipe, generator, enlarge)
    frames = compose(plan.layout, _draw_faces(plan, generator, progress))
    return finish(frames, plan, recipe.on(generator.name), max_bytes, file_format)


def raw_frames(recipe: Recipe, generator: Generator, *, enlarge: bool = True, draw: Draw | None = None) -> Frames:
    """Return the frames of ``recipe`` before encoding. draw: as for ``launch``. Raises RecipeError, OutOfMemory."""
    plan = plans.plan(recipe, generator, enlarge)
    return compose(plan.layout, _draw_faces(plan, generator, None, draw))


def finish(frames: Frames, plan: Plan, recipe: Recipe, max_bytes: int | None, file_format: str | None = None) -> File:
    """Encode composed frames as planned. Raises FormatMissing, CannotFit."""
    return encode(file_format or plan.format, frames, Timing(plan.fps, plan.loop), str(recipe), max_bytes)


def batch_size_for(generator: Generator) -> BatchSize:
    """Return the batch size of a network that has drawn nothing yet."""
    return BatchSize(limit=MAX_BATCH[generator.device.type])


class HostCopy:
    """A copy of faces from the device to the host. On a GPU it runs by itself, as uint8, into pinned memory."""

    def __init__(self, pictures: Tensor) -> None:
        """Begin to copy ``pictures`` [n, side, side, 3] uint8."""
        self._done: torch.cuda.Event | None = None
        self._pictures = pictures
        if pictures.device.type == "cuda":
            self._pictures = torch.empty(pictures.shape, dtype=torch.uint8, pin_memory=True)
            self._pictures.copy_(pictures, non_blocking=True)
            self._done = torch.cuda.Event()  # type: ignore[no-untyped-call]
            self._done.record()

    def wait(self) -> Faces:
        """Wait for this copy, but not for work begun after it; return the faces."""
        if self._done is not None:
            self._done.synchronize()
        return cast(Faces, self._pictures.numpy())


def launch(
    generator: Generator, plans: Sequence[Plan], picks: Sequence[Sequence[int]], draw: Draw | None = None
) -> HostCopy:
    """Begin to draw the picked faces of several plans of one group, in order; a GPU has then only queued the work.

    draw: what executes the network, a back end's; None: the network itself. Raises OutOfMemory if so many faces do not
    fit into the device's memory.
    """
    w = torch.cat([plan.w[list(pick)] for plan, pick in zip(plans, picks, strict=True)])
    seeds = [plan.noise_seeds[face] for plan, pick in zip(plans, picks, strict=True) for face in pick]
    noise, layers = plans[0].noise, plans[0].noise_layers
    try:
        with torch.no_grad():
            x: Tensor = generator.synthesis(w, noise=noise, noise_seed=seeds, noise_layers=layers, draw=draw)
            return HostCopy(ops.to_uint8(x))
    except (RuntimeError, MemoryError) as error:
        if not _means_out_of_memory(error):
            raise
    # Outside the handler, whose traceback would keep the activations alive.
    if generator.device.type == "cuda":
        torch.cuda.empty_cache()
    raise errors.OutOfMemory()


def synthesise(
    generator: Generator, plans: Sequence[Plan], picks: Sequence[Sequence[int]], draw: Draw | None = None
) -> Faces:
    """Return the picked faces of several plans of one group, in order; ``draw`` and errors are those of ``launch``."""
    return launch(generator, plans, picks, draw).wait()


def _draw_faces(
    plan: Plan, generator: Generator, progress: OnProgress | None = None, draw: Draw | None = None
) -> Faces:
    """Draw in batches. A GPU gets the next batch before the previous one is copied, so that it never waits."""
    size, begun, batches, faces = batch_size_for(generator), 0, [], plan.layout.faces
    most_in_flight = 2 if generator.device.type == "cuda" else 1
    in_flight: deque[tuple[int, HostCopy]] = deque()
    since = time.perf_counter()
    while begun < faces or in_flight:
        pick = range(begun, min(begun + size.capacity, faces))
        if pick and len(in_flight) < most_in_flight:
            try:
                in_flight.append((len(pick), launch(generator, [plan], [pick], draw)))
                begun += len(pick)
            except errors.OutOfMemory:
                if not size.shrink(len(pick)):
                    raise
            continue
        count, copy = in_flight.popleft()
        batches.append(copy.wait())
        since, before = time.perf_counter(), since
        size.record(count, since - before)
        if progress is not None:
            progress(sum(map(len, batches)), faces)
    return np.concatenate(batches)


def _means_out_of_memory(error: BaseException) -> bool:
    # On the CPU torch raises a plain RuntimeError: "... DefaultCPUAllocator: can't allocate memory ..."
    text = str(error)
    return (
        isinstance(error, torch.OutOfMemoryError | MemoryError)
        or "DefaultCPUAllocator" in text
        or "out of memory" in text
    )
