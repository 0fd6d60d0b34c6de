"""From a recipe to a file in one call, for the command line and the library; the worker uses the same steps, batch by batch.

Knows nothing of processes, people or turns. Frames are [n, h, w, 3] uint8.
"""

import time
from collections import deque
from collections.abc import Callable, Hashable, Sequence
from typing import cast

import numpy as np
import torch
from torch import Tensor

from generator.contract import errors
from generator.contract.recipe import Recipe
from generator.rendering import plans
from generator.rendering.batch_size import MAX_BATCH, Pace
from generator.rendering.encode import File, Frames, Timing, encode
from generator.rendering.layout import compose as compose
from generator.rendering.plans import Plan
from generator.stylegan2 import ops
from generator.stylegan2.network import Generator

RENDERER_VERSION = 2  # grows when the same line gives other pixels or bytes: part of every cache key

Faces = Frames  # [faces, side, side, 3] uint8, as the network draws them
OnProgress = Callable[[int, int], object]  # (faces done, faces in all)


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

    max_bytes: the largest size allowed; the picture shrinks until it fits. file_format: a key of FORMATS to write instead of the
    planned one. Raises RecipeError for what this network cannot make, OutOfMemory, CannotFit.
    """
    plan = plans.plan(recipe, generator, enlarge)
    frames = compose(plan.layout, _all_faces(plan, generator, progress))
    return finish(frames, plan, recipe.on(generator.name), max_bytes, file_format)


def raw_frames(recipe: Recipe, generator: Generator, *, enlarge: bool = True) -> Frames:
    """Return the frames of ``recipe`` as they are before encoding. Raises as ``render`` does."""
    plan = plans.plan(recipe, generator, enlarge)
    return compose(plan.layout, _all_faces(plan, generator, None))


def finish(frames: Frames, plan: Plan, recipe: Recipe, max_bytes: int | None, file_format: str | None = None) -> File:
    """Encode composed frames as planned."""
    return encode(file_format or plan.format, frames, Timing(plan.fps, plan.loop), str(recipe), max_bytes)


def group_of(plan: Plan, model: str) -> tuple[Hashable, ...]:
    """Return what jobs must have in common to share one call of ``synthesise``."""
    return model, plan.noise, plan.noise_layers


def pace_for(generator: Generator) -> Pace:
    """Return the pace of a network that has drawn nothing yet."""
    return Pace(limit=MAX_BATCH[generator.device.type])


class Landing:
    """Faces on their way from the device. On a GPU the copy goes on by itself, from uint8 there to pinned memory here."""

    def __init__(self, pictures: Tensor) -> None:
        """Begin to copy ``pictures`` [n, side, side, 3] uint8."""
        self._landed: torch.cuda.Event | None = None
        self._faces = pictures
        if pictures.device.type == "cuda":
            self._faces = torch.empty(pictures.shape, dtype=torch.uint8, pin_memory=True)
            self._faces.copy_(pictures, non_blocking=True)
            self._landed = torch.cuda.Event()  # type: ignore[no-untyped-call]
            self._landed.record()

    def faces(self) -> Faces:
        """Wait until they are here, for these only and not for what was begun after them."""
        if self._landed is not None:
            self._landed.synchronize()
        return cast(Faces, self._faces.numpy())


def launch(generator: Generator, plans: Sequence[Plan], picks: Sequence[Sequence[int]]) -> Landing:
    """Begin to draw the picked faces of several plans of one group, one after the other; a GPU has then only been told to.

    Raises OutOfMemory if the memory of the device does not suffice for so many.
    """
    w = torch.cat([plan.w[list(pick)] for plan, pick in zip(plans, picks, strict=True)])
    seeds = [plan.noise_seeds[face] for plan, pick in zip(plans, picks, strict=True) for face in pick]
    try:
        with torch.no_grad():
            x: Tensor = generator.synthesis(
                w, noise=plans[0].noise, noise_seed=seeds, noise_layers=plans[0].noise_layers
            )
            return Landing(ops.to_uint8(x))
    except (RuntimeError, MemoryError) as error:
        if not _means_out_of_memory(error):
            raise
    # Outside the handler, whose traceback would keep the activations alive.
    if generator.device.type == "cuda":
        torch.cuda.empty_cache()
    raise errors.OutOfMemory()


def synthesise(generator: Generator, plans: Sequence[Plan], picks: Sequence[Sequence[int]]) -> Faces:
    """Return the picked faces of several plans of one group, one after the other. Raises OutOfMemory as ``launch`` does."""
    return launch(generator, plans, picks).faces()


def _all_faces(plan: Plan, generator: Generator, progress: OnProgress | None) -> Faces:
    """Draw in batches. A GPU is told of the next one before the one before it has landed, so that it never waits."""
    pace, begun, batches, faces = pace_for(generator), 0, [], plan.layout.faces
    at_once = 2 if generator.device.type == "cuda" else 1
    flying: deque[tuple[int, Landing]] = deque()
    since = time.perf_counter()
    while begun < faces or flying:
        pick = range(begun, min(begun + pace.capacity, faces))
        if pick and len(flying) < at_once:
            try:
                flying.append((len(pick), launch(generator, [plan], [pick])))
                begun += len(pick)
            except errors.OutOfMemory:
                if not pace.ran_out_of_memory(len(pick)):
                    raise
            continue
        count, landing = flying.popleft()
        batches.append(landing.faces())
        since, before = time.perf_counter(), since
        pace.took(count, since - before)
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
