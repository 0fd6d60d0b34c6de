"""From a recipe to a file in one call, for the command line and the library; the worker uses the same steps, batch by batch.

Knows nothing of processes, people or turns. Frames are [n, h, w, 3] uint8.
"""

import time
from collections.abc import Callable, Hashable, Sequence
from typing import cast

import numpy as np
import torch
from torch import Tensor

from generator import errors, latents, ops
from generator.encode import File, Frames, Timing, encode
from generator.latents import Plan
from generator.network import Generator
from generator.pace import MAX_BATCH, Pace
from generator.recipe import Recipe
from generator.sheet import compose as compose

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
    plan = latents.plan(recipe, generator, enlarge)
    frames = compose(plan.layout, _all_faces(plan, generator, progress))
    return finish(frames, plan, recipe.on(generator.name), max_bytes, file_format)


def raw_frames(recipe: Recipe, generator: Generator, *, enlarge: bool = True) -> Frames:
    """Return the frames of ``recipe`` as they are before encoding. Raises as ``render`` does."""
    plan = latents.plan(recipe, generator, enlarge)
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


def synthesise(generator: Generator, plans: Sequence[Plan], picks: Sequence[Sequence[int]]) -> Faces:
    """Return the picked faces of several plans of one group, one after the other.

    Raises OutOfMemory if the memory of the device does not suffice for so many.
    """
    w = torch.cat([plan.w[list(pick)] for plan, pick in zip(plans, picks, strict=True)])
    seeds = [plan.noise_seeds[face] for plan, pick in zip(plans, picks, strict=True) for face in pick]
    try:
        with torch.no_grad():
            x: Tensor = generator.synthesis(w, noise=plans[0].noise, noise_seed=seeds, noise_layers=plans[0].noise_layers)
            return cast(Faces, ops.to_uint8(x).cpu().numpy())
    except (RuntimeError, MemoryError) as error:
        if not _means_out_of_memory(error):
            raise
    # Outside the handler, whose traceback would keep the activations alive.
    if generator.device.type == "cuda":
        torch.cuda.empty_cache()
    raise errors.OutOfMemory()


def _all_faces(plan: Plan, generator: Generator, progress: OnProgress | None) -> Faces:
    pace, done, batches = pace_for(generator), 0, []
    while done < plan.layout.faces:
        pick = range(done, min(done + pace.capacity, plan.layout.faces))
        began = time.perf_counter()
        try:
            batches.append(synthesise(generator, [plan], [pick]))
        except errors.OutOfMemory:
            if not pace.ran_out_of_memory(len(pick)):
                raise
            continue
        pace.took(len(pick), time.perf_counter() - began)
        done += len(pick)
        if progress is not None:
            progress(done, plan.layout.faces)
    return np.concatenate(batches)


def _means_out_of_memory(error: BaseException) -> bool:
    # On the CPU torch raises a plain RuntimeError: "... DefaultCPUAllocator: can't allocate memory ..."
    text = str(error)
    return isinstance(error, torch.OutOfMemoryError | MemoryError) or "DefaultCPUAllocator" in text or "out of memory" in text
