"""Turns what a loader has read into a network: derives hyperparameters, checks names and shapes, copies the weights.

Knows no file format: every loader returns ``Contents``. Every shape is checked before anything is allocated.
"""

import math
import re
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field
from typing import Any

import numpy as np
import torch

from generator.checkpoints.pickle.arrays import REAL, Numbers, StoredArray, StoredTensor, to_float32
from generator.checkpoints.pickle.budget import quote
from generator.contract import errors
from generator.stylegan2.network import Generator, Hyperparameters

Shape = tuple[int, ...]

COLOURS = 3
MAX_LAYERS = 64
MAX_LABELS = 20_000
MAX_TAPS = 64
MAX_TENSORS = 4096  # a 1024 px network has about 200
MAX_NAME_CHARS = 200
MAX_WIDTH = 4096  # features of a layer; public networks have up to 1024
MAX_NUMBERS = 2**28  # weights in total, 1 GiB as float32; the largest public networks have about 2**25


RECTANGLES = "a StyleGAN2 network that draws rectangles"


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
    name: str | None = None  # None if the file has no name
    card: Mapping[str, object] = field(default_factory=dict)  # notes by the makers of the network
    # name of a tensor -> number to add to it, as the original program does
    added: Mapping[str, float] = field(default_factory=dict)
    notes: tuple[str, ...] = ()  # what the file lacks, and what is used instead


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


def unknown_part(name: str) -> errors.UnsupportedNetwork:
    """Return the error for a tensor that StyleGAN2 has not, as in networks with attention or wavelets."""
    return errors.UnsupportedNetwork(found=f"a network with parts that StyleGAN2 has not ({quote(name)})")


def unknown_shape(name: str, shape: Shape, wanted: Shape | None = None) -> errors.UnsupportedNetwork:
    """Return the error for a tensor that has not the shape it has in StyleGAN2."""
    shapes = (
        f"an unusual shape {list(shape[:5])}" if wanted is None else f"the shape {list(shape)} and not {list(wanted)}"
    )
    return errors.UnsupportedNetwork(found=f"a network whose {quote(name)} has {shapes}".replace(",", ""))


def _missing_part(name: str) -> errors.UnsupportedNetwork:
    return errors.UnsupportedNetwork(found=f"a network in which the tensor {name} is missing")


def derive_hyperparameters(arrays: Mapping[str, Numbers], settings: Mapping[str, object]) -> Hyperparameters:
    """Derive the hyperparameters from the tensors' shapes. Those that no shape determines come from ``settings``.

    Raises UnsupportedNetwork if our network has no such variant, and CheckpointTooLarge if a layer is too wide or the
    label too long.
    """
    shapes = {name: value.shape for name, value in arrays.items()}
    if len(const := shapes.get("synthesis.b4.const", ())) == 3 and const[1] != const[2]:
        raise errors.UnsupportedNetwork(found=RECTANGLES)
    resolutions = _derive_resolutions(shapes)
    channels = {r: _shape_of(shapes, f"synthesis.b{r}.conv1.weight", 4)[0] for r in resolutions}
    mapping = _derive_mapping(shapes)
    widest = max(
        *channels.values(), *(mapping[name] or 0 for name in ("z_dim", "w_dim", "mapping_features", "embed_features"))
    )
    # Memory for drawing and averaging grows with the width, even if there are few weights.
    if widest > MAX_WIDTH:
        raise errors.CheckpointTooLarge(found=f"a layer has {widest} features")
    try:
        return Hyperparameters(
            resolution=resolutions[-1],
            channels=channels,
            architecture=_derive_architecture(shapes),
            use_noise="synthesis.b4.conv1.noise_strength" in shapes,
            img_channels=_count_colours(shapes, resolutions[-1]),
            **mapping,
            **{name: SETTINGS[name](name, value) for name, value in settings.items()},
        )
    except ValueError as error:
        raise errors.UnsupportedNetwork(found=f"a StyleGAN2 network with unusual settings: {quote(error)}") from error


def _shape_of(shapes: Mapping[str, Shape], name: str, dimensions: int) -> Shape:
    if name not in shapes:
        raise _missing_part(name)
    if len(shapes[name]) != dimensions or 0 in shapes[name]:
        raise unknown_shape(name, shapes[name])
    return shapes[name]


def _find_numbers(names: Iterable[str], pattern: str) -> list[int]:
    """Return the numbers that ``pattern`` captures at the start of the names, sorted and without duplicates."""
    matches = (re.match(pattern, name) for name in names)
    return sorted({int(match[1]) for match in matches if match})


def _derive_resolutions(shapes: Mapping[str, Shape]) -> list[int]:
    resolutions = _find_numbers(shapes, r"synthesis\.b(\d{1,5})\.")
    expected = [4 * 2**i for i in range(len(resolutions))]
    if not resolutions or resolutions != expected:
        raise errors.UnsupportedNetwork(
            found=f"a network of the resolutions {resolutions[:10]} and not 4 8 16 and so on".replace(",", "")
        )
    return resolutions


def _derive_architecture(shapes: Mapping[str, Shape]) -> str:
    if any(name.endswith(".skip.weight") for name in shapes):
        return "resnet"
    # With a single block the three architectures are identical.
    return "skip" if "synthesis.b4.torgb.weight" in shapes else "orig"


def _count_colours(shapes: Mapping[str, Shape], resolution: int) -> int:
    colours = _shape_of(shapes, f"synthesis.b{resolution}.torgb.weight", 4)[0]
    if colours != COLOURS:
        raise errors.UnsupportedNetwork(
            found=f"a StyleGAN2 network that draws {colours} colour channels instead of {COLOURS}"
        )
    return colours


def _derive_mapping(shapes: Mapping[str, Shape]) -> dict[str, Any]:
    layers = _find_numbers(shapes, r"mapping\.fc(\d{1,3})\.")
    if not layers or layers != list(range(len(layers))) or len(layers) > MAX_LAYERS:
        raise errors.UnsupportedNetwork(found="a network whose mapping lacks layers")
    hidden, inputs = _shape_of(shapes, "mapping.fc0.weight", 2)
    embed, labels = _shape_of(shapes, "mapping.embed.weight", 2) if "mapping.embed.weight" in shapes else (0, 0)
    if labels > MAX_LABELS:
        raise errors.CheckpointTooLarge(found=f"it has {labels} classes")
    return {
        "z_dim": inputs - embed,
        "c_dim": labels,
        "w_dim": _shape_of(shapes, f"mapping.fc{layers[-1]}.weight", 2)[0],
        "num_mapping_layers": len(layers),
        "mapping_features": hidden if len(layers) > 1 else None,
        "embed_features": embed or None,
    }


def _check_text(name: str, value: object) -> str:
    if type(value) is not str:
        raise ValueError(f"{name} is not a text")
    return value


def _check_flag(name: str, value: object) -> bool:
    if type(value) is not bool:
        raise ValueError(f"{name} is neither true nor false")
    return value


def _check_positive(name: str, value: object) -> float:
    if type(value) not in (int, float) or not 0 < value < 1e9:  # type: ignore[operator]
        raise ValueError(f"{name} is not a positive number")
    return float(value)  # type: ignore[arg-type]


def _check_taps(name: str, value: object) -> tuple[float, ...]:
    if not isinstance(value, list | tuple) or not 1 <= len(value) <= MAX_TAPS:
        raise ValueError(f"{name} is not a list of 1 to {MAX_TAPS} numbers")
    if not all(type(tap) in (int, float) and abs(tap) < 1e9 for tap in value):
        raise ValueError(f"{name} is not a list of numbers")
    return tuple(map(float, value))


SETTINGS: Mapping[str, Callable[[str, object], Any]] = {
    "mapping_lr": _check_positive,
    "mapping_activation": _check_text,
    "label_mode": _check_text,
    "normalize_latents": _check_flag,
    "activation": _check_text,
    "resample_filter": _check_taps,
    "conv_clamp": lambda name, value: None if value is None else _check_positive(name, value),
}


def separate(name: str, kernel: Numbers) -> tuple[float, ...]:
    """Return the taps of a filter [n], or of an outer product [n, n], scaled so that they sum to 1.

    ``name`` is the tensor's name. Raises UnsupportedNetwork if the filter is not separable, or if it is not a low-pass
    filter of a possible size.
    """
    if kernel.ndim not in (1, 2) or not 1 <= kernel.shape[0] <= MAX_TAPS or kernel.shape[-1] != kernel.shape[0]:
        raise unknown_shape(name, kernel.shape)
    plane = to_float32(kernel).astype(np.float64)
    taps = plane if plane.ndim == 1 else plane.sum(axis=0)
    if not np.isfinite(taps).all() or abs(taps.sum()) < 1e-6:
        raise errors.UnsupportedNetwork(found=f"a network whose {quote(name)} is not a low-pass filter")
    taps = taps / taps.sum()
    if plane.ndim == 2 and np.abs(np.outer(taps, taps) - plane / plane.sum()).max() > 1e-4:
        raise errors.UnsupportedNetwork(found="a StyleGAN2 network with a filter that is not separable")
    return tuple(taps.tolist())


def common_taps(filters: Mapping[str, Numbers]) -> tuple[float, ...] | None:
    """Return the taps that all ``filters`` (tensor name -> filter) share, or None if there are no filters.

    Raises UnsupportedNetwork if the filters differ or are not separable.
    """
    taps = [separate(name, kernel) for name, kernel in filters.items()]
    for other in taps[1:]:
        if len(other) != len(taps[0]) or max(abs(a - b) for a, b in zip(other, taps[0], strict=True)) > 1e-5:
            raise errors.UnsupportedNetwork(found="a StyleGAN2 network with several different filters")
    return taps[0] if taps else None


def check(hyper: Hyperparameters, arrays: Mapping[str, Numbers], file_bytes: int) -> None:
    """Compare every name and shape with those of a network with these hyperparameters, without allocating anything.

    The average w and the noise planes may be missing. Raises UnsupportedNetwork if any other tensor is missing, if a
    tensor is unexpected or has the wrong shape, or if the tensors share their numbers. Raises CheckpointTooLarge if the
    tensors have too many values in total.
    """
    wanted = _state_shapes(hyper)
    for name in sorted(wanted.keys() - arrays.keys()):
        if not name.endswith((".noise_const", "mapping.w_avg")):
            raise _missing_part(name)
    for name in sorted(arrays.keys() - wanted.keys()):
        raise unknown_part(name)
    for name, value in arrays.items():
        if value.shape != wanted[name]:
            raise unknown_shape(name, value.shape, wanted[name])
    if (numbers := sum(value.size for value in arrays.values())) > MAX_NUMBERS:
        raise errors.CheckpointTooLarge(found=f"it has {numbers} numbers")
    # Tensors may share storage, but their sizes must not add up to more than twice the size of the file.
    if sum(value.nbytes for value in arrays.values()) > 2 * file_bytes:
        raise errors.UnsupportedNetwork(found="a network whose tensors overlap")


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


def _state_shapes(hyper: Hyperparameters) -> dict[str, Shape]:
    with torch.device("meta"):
        return {name: tuple(tensor.shape) for name, tensor in Generator(hyper).state_dict().items()}


def find_missing_noise(hyper: Hyperparameters, names: Iterable[str]) -> dict[str, Shape]:
    """Return name -> shape for the network's noise planes that are not in ``names``."""
    given = set(names)
    shapes = _state_shapes(hyper)
    return {name: shape for name, shape in shapes.items() if name.endswith(".noise_const") and name not in given}


def copy_weights(contents: Contents) -> dict[str, torch.Tensor]:
    """Copy every array to a contiguous float32 tensor.

    Raises UnsupportedNetwork if a tensor has values that are not finite, as after a training that diverged. The error
    names the tensor.
    """
    tensors = {}
    for name, value in contents.arrays.items():
        copied = to_float32(value)
        if name in contents.added:
            copied += np.float32(contents.added[name])
        if not np.isfinite(copied).all():
            raise errors.UnsupportedNetwork(found=f"a network whose {name} holds numbers that are not finite")
        tensors[name] = torch.from_numpy(copied)
    return tensors


def count_parameters(arrays: Mapping[str, Numbers]) -> int:
    """Count the trained weights. Noise planes and the average w are not counted."""
    learned = (value.shape for name, value in arrays.items() if not name.endswith((".noise_const", "w_avg")))
    return sum(map(math.prod, learned))
