"""Turns what a loader has read into a network: derives hyperparameters, checks names and shapes, copies the weights.

Knows no file format: every loader returns ``Contents``. Every shape is checked before anything is allocated.
"""

import math
import re
from collections.abc import Callable, Collection, Iterable, Mapping
from dataclasses import dataclass, field, replace
from typing import NamedTuple

import numpy as np
import torch

from generator.checkpoints import stylegan2, stylegan3
from generator.checkpoints.pickle.arrays import REAL, Numbers, StoredArray, StoredTensor, to_float32
from generator.checkpoints.pickle.budget import quote
from generator.checkpoints.shapes import Shape, missing_part, name_variant, unknown_part, unknown_shape
from generator.contract import errors
from generator.stylegan.generator import Generator, Knobs
from generator.stylegan.hyperparameters import Hyperparameters

MAX_TENSORS = 4096  # a 1024 px network has about 200
MAX_NAME_CHARS = 200
MAX_NUMBERS = 2**28  # weights in total, 1 GiB as float32; the largest public networks have about 2**25


# Ends of the names of tensors in which StyleGAN3 keeps what it does not train; half precision would spoil them.
FIXED = (".magnitude_ema", "_filter", ".freqs", ".phases", ".transform")


class Generation(NamedTuple):
    """What the loaders know about a generation of networks, StyleGAN2 or StyleGAN3."""

    settings: Collection[str]  # the fields of its Hyperparameters that no shape determines
    derive: Callable[[Mapping[str, Numbers], Mapping[str, object]], Hyperparameters]
    generator: type[Generator]


GENERATIONS: Mapping[str, Generation] = {
    "stylegan2": Generation(stylegan2.SETTINGS, stylegan2.derive_hyperparameters, stylegan2.Generator),
    "stylegan3": Generation(stylegan3.SETTINGS, stylegan3.derive_hyperparameters, stylegan3.Generator),
}


@dataclass(frozen=True)
class Contents:
    """The contents of a file, in the form common to all loaders."""

    format: str  # format name to show, e.g. "rosinality checkpoint"
    arrays: dict[str, Numbers]  # name in the state dict of network.py -> view of the file
    settings: Mapping[str, object]  # the fields of Hyperparameters that no shape determines
    traits: Mapping[str, tuple[str, ...]] | None = None  # trait -> its values; None if the file does not name them
    odds: Mapping[str, tuple[float, ...]] = field(default_factory=dict)  # trait -> probability of each value
    offered: Mapping[str, tuple[str, ...]] | None = None  # the traits and values that are offered; None if all are
    directions: Mapping[str, Numbers] | None = None  # name -> learnt step [num_ws, w_dim]; None if none were tested
    knobs: Knobs | None = None  # what the components of z are; None if the file does not say it
    name: str | None = None  # None if the file has no name
    card: Mapping[str, object] = field(default_factory=dict)  # notes by the makers of the network
    # name of a tensor -> number to add to it, as the original program does
    added: Mapping[str, float] = field(default_factory=dict)
    # Whether the file leaves open the mapping's learning-rate multiplier, which then is not among the settings.
    mapping_lr_unsaid: bool = False
    notes: tuple[str, ...] = ()  # what the file lacks, and what is used instead

    def with_notes(self, *notes: str) -> "Contents":
        """Return the same contents with further notes."""
        return replace(self, notes=(*self.notes, *notes))


def as_array(value: object, name: str) -> Numbers:
    """Return a stored tensor, array or scalar as a view of the file.

    Raises UnsupportedNetwork with ``name`` in its message if ``value`` is none of these, or holds no real numbers.
    """
    if isinstance(value, StoredTensor | StoredArray):
        array = value.array()
        if array.dtype.kind in REAL or array.dtype.names:
            return array
    if type(value) in (float, int):
        return np.asarray(value, np.float64)
    raise errors.UnsupportedNetwork(found=f"a network whose {quote(name)} is not a tensor of numbers")


def collect(named: Iterable[tuple[str, Numbers]]) -> dict[str, Numbers]:
    """Collect (name, tensor) pairs in a dictionary.

    Raises a CheckpointError if a name is repeated or too long, or if there are too many tensors.
    """
    arrays = dict[str, Numbers]()
    for name, value in named:
        if name in arrays:
            raise errors.DamagedCheckpoint(found=f"the tensor {quote(name)} appears twice")
        if len(name) > MAX_NAME_CHARS:
            raise errors.UnsupportedNetwork(found=f"a tensor named {quote(name)}")
        if len(arrays) == MAX_TENSORS:
            raise errors.CheckpointTooLarge(found=f"it has over {MAX_TENSORS} tensors")
        arrays[name] = value
    return arrays


def generation_of(names: Iterable[str]) -> Generation:
    """Return the generation of a network whose tensors have these names."""
    return GENERATIONS["stylegan3" if any(map(stylegan3.LAYER.match, names)) else "stylegan2"]


def derive_hyperparameters(arrays: Mapping[str, Numbers], settings: Mapping[str, object]) -> Hyperparameters:
    """Derive the hyperparameters from the tensors' shapes. Those that no shape determines come from ``settings``.

    Raises UnsupportedNetwork if our networks have no such variant, and CheckpointTooLarge if a layer is too wide or the
    label too long.
    """
    return generation_of(arrays).derive(arrays, settings)


def check(hyper: Hyperparameters, arrays: Mapping[str, Numbers], file_bytes: int) -> dict[str, Shape]:
    """Compare every name and shape with those of a network with these hyperparameters, without allocating anything.

    The average w and the noise planes may be missing: return name -> shape for the noise planes that are.
    Raises UnsupportedNetwork if any other tensor is missing, if a tensor is unexpected or has the wrong shape, or if
    the tensors share their numbers. Raises CheckpointTooLarge if the tensors have too many values in total.
    """
    wanted = _state_shapes(hyper)
    for name in sorted(wanted.keys() - arrays.keys()):
        if not name.endswith((".noise_const", "mapping.w_avg")):
            raise missing_part(name)
    for name in sorted(arrays.keys() - wanted.keys(), key=lambda name: (name_variant([name]) is None, name)):
        raise unknown_part(name, "StyleGAN3" if isinstance(hyper, stylegan3.Hyperparameters) else "StyleGAN2")
    for name, value in arrays.items():
        if value.shape != wanted[name]:
            raise unknown_shape(name, value.shape, wanted[name])
    if (numbers := sum(value.size for value in arrays.values())) > MAX_NUMBERS:
        raise errors.CheckpointTooLarge(found=f"it has {numbers} numbers")
    # Tensors may share storage, but their sizes must not add up to more than twice the size of the file.
    if sum(value.nbytes for value in arrays.values()) > 2 * file_bytes:
        raise errors.UnsupportedNetwork(found="a network whose tensors overlap")
    return {name: shape for name, shape in wanted.items() if name.endswith(".noise_const") and name not in arrays}


def check_directions(hyper: Hyperparameters, directions: Mapping[str, Numbers] | None) -> None:
    """Raise DamagedCheckpoint if a learnt direction does not fit the network.

    A direction must have the shape [num_ws, w_dim] and finite values. The names d1, d2, ... are reserved for factorised
    directions.
    """
    for name, step in (directions or {}).items():
        if step.shape != (hyper.num_ws, hyper.w_dim) or not np.isfinite(to_float32(step)).all():
            raise errors.DamagedCheckpoint(found=f"the direction '{quote(name)}' does not fit the network")
        if re.fullmatch(r"d\d+", name):
            raise errors.DamagedCheckpoint(found=f"a learnt direction is called {quote(name)}")


def check_knobs(hyper: Hyperparameters, knobs: Knobs | None) -> None:
    """Raise DamagedCheckpoint unless each component of z is a knob, with a name that no factorised direction has."""
    if knobs is None:
        return
    if len(knobs.names) != hyper.z_dim or hyper.normalize_latents:
        raise errors.DamagedCheckpoint(found="its knobs do not fit its latents")
    if any(re.fullmatch(r"d\d+", name) for name in knobs.names):
        raise errors.DamagedCheckpoint(found="a knob is called like a direction that every network has")


def generator_type(hyper: Hyperparameters) -> type[Generator]:
    """Return the class of the generators that have such hyperparameters."""
    return GENERATIONS["stylegan3" if isinstance(hyper, stylegan3.Hyperparameters) else "stylegan2"].generator


def name_generation(generator: Generator) -> str:
    """Return the key of GENERATIONS for a network."""
    return next(name for name, generation in GENERATIONS.items() if isinstance(generator, generation.generator))


def _state_shapes(hyper: Hyperparameters) -> dict[str, Shape]:
    with torch.device("meta"):
        generator = generator_type(hyper)(hyper)
    return {name: tuple(tensor.shape) for name, tensor in generator.state_dict().items()}


def copy_weights(contents: Contents) -> dict[str, torch.Tensor]:
    """Copy every array to a contiguous float32 tensor.

    Raises UnsupportedNetwork if a tensor has values that are not finite, as after a training that diverged, or if a
    magnitude is not positive. The error names the tensor.
    """
    tensors = {}
    for name, value in contents.arrays.items():
        copied = to_float32(value)
        if name in contents.added:
            copied += np.float32(contents.added[name])
        if not np.isfinite(copied).all():
            raise errors.UnsupportedNetwork(found=f"a network whose {name} holds numbers that are not finite")
        if name.endswith(".magnitude_ema") and not copied > 0:
            raise errors.UnsupportedNetwork(found=f"a network whose {name} is not a positive number")
        tensors[name] = torch.from_numpy(copied)
    return tensors


def count_parameters(arrays: Mapping[str, Numbers]) -> int:
    """Count the trained weights. Noise planes, filters, averages and whatever else is not trained are not counted."""
    learned = (value.shape for name, value in arrays.items() if not name.endswith((".noise_const", "w_avg", *FIXED)))
    return sum(map(math.prod, learned))
