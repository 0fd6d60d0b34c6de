"""What every loader ends in: tensors under the network's own names, the settings that shapes do not tell, and the checks of both.

Derives the hyperparameters, holds every shape against them before anything is allocated, and only then copies the weights.
Knows no file format.
"""

import math
import re
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field
from typing import Any

import numpy as np
import torch

from generator.checkpoints.pickle.arrays import Array, Numbers, Tensor, floats
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
MAX_NUMBERS = 2**28  # 1 GiB as float32; the largest public networks have about 2**25


@dataclass(frozen=True)
class Found:
    """What a loader makes of a file. arrays: views of the file, no copies, by the names of network.py's state dict."""

    format: str  # for people, e.g. "rosinality checkpoint"
    arrays: dict[str, Numbers]
    settings: Mapping[str, object]  # fields of Hyperparameters that no shape tells
    traits: Mapping[str, tuple[str, ...]] | None = None  # None: unnamed classes
    odds: Mapping[str, tuple[float, ...]] = field(default_factory=dict)  # trait -> how likely each of its values is
    directions: Mapping[str, Numbers] | None = None  # steps [num_ws, w_dim] in w, learnt and tested
    name: str | None = None  # None: the file has none
    card: Mapping[str, object] = field(default_factory=dict)  # what its makers say about it
    added: Mapping[str, float] = field(default_factory=dict)  # tensor -> what its program adds to it when it runs
    notes: tuple[str, ...] = ()  # what was missing and is made up for


def array(value: object, what: str) -> Numbers:
    """Return the numbers of a stored tensor, array or scalar as a view. Raises DamagedCheckpoint naming ``what``."""
    if isinstance(value, Tensor | Array):
        return value.array()
    if type(value) in (float, int):
        return np.asarray(value, np.float64)
    raise errors.DamagedCheckpoint(found=f"{quote(what)} is no tensor")


def collect(named: Iterable[tuple[str, Numbers]]) -> dict[str, Numbers]:
    """Return a dictionary of ``named``. Raises a CheckpointError when two have the same name or there are too many."""
    arrays = dict[str, Numbers]()
    for name, value in named:
        if name in arrays:
            raise errors.DamagedCheckpoint(found=f"the tensor {quote(name)} is there twice")
        if len(name) > MAX_NAME_CHARS:
            raise errors.DamagedCheckpoint(found=f"the name {quote(name)} has {len(name)} characters")
        if len(arrays) == MAX_TENSORS:
            raise errors.CheckpointTooLarge(found=f"it has over {MAX_TENSORS} tensors")
        arrays[name] = value
    return arrays


def hyperparameters(arrays: Mapping[str, Numbers], settings: Mapping[str, object]) -> Hyperparameters:
    """Derive everything from the shapes, but ``settings``. Raises DamagedCheckpoint or UnsupportedNetwork."""
    shapes = {name: value.shape for name, value in arrays.items()}
    resolutions = _resolutions(shapes)
    channels = {r: _need(shapes, f"synthesis.b{r}.conv1.weight", 4)[0] for r in resolutions}
    mapping = _mapping(shapes)
    widest = max(
        *channels.values(), *(mapping[name] or 0 for name in ("z_dim", "w_dim", "mapping_features", "embed_features"))
    )
    if widest > MAX_WIDTH:  # what is drawn or averaged grows with it, however few the weights are
        raise errors.CheckpointTooLarge(found=f"a layer has {widest} features")
    try:
        return Hyperparameters(
            resolution=resolutions[-1],
            channels=channels,
            architecture=_architecture(shapes),
            use_noise="synthesis.b4.conv1.noise_strength" in shapes,
            img_channels=_colours(shapes, resolutions[-1]),
            **mapping,
            **{name: SETTINGS[name](name, value) for name, value in settings.items()},
        )
    except ValueError as error:
        raise errors.UnsupportedNetwork(found=f"a StyleGAN2 network with unusual settings: {quote(error)}") from error


def _need(shapes: Mapping[str, Shape], name: str, dimensions: int) -> Shape:
    if name not in shapes:
        raise errors.DamagedCheckpoint(found=f"the tensor {name} is missing")
    if len(shapes[name]) != dimensions or 0 in shapes[name]:
        raise errors.DamagedCheckpoint(found=f"the tensor {name} has the shape {list(shapes[name])}")
    return shapes[name]


def _numbered(names: Iterable[str], pattern: str) -> list[int]:
    """Return the sorted numbers that ``pattern`` finds at the start of the names."""
    matches = (re.match(pattern, name) for name in names)
    return sorted({int(match[1]) for match in matches if match})


def _resolutions(shapes: Mapping[str, Shape]) -> list[int]:
    found = _numbered(shapes, r"synthesis\.b(\d{1,5})\.")
    wanted = [4 * 2**i for i in range(len(found))]
    if not found or found != wanted:
        raise errors.DamagedCheckpoint(
            found=f"its blocks are of the resolutions {found} and not 4 8 16 and so on".replace(",", "")
        )
    return found


def _architecture(shapes: Mapping[str, Shape]) -> str:
    if any(name.endswith(".skip.weight") for name in shapes):
        return "resnet"
    # With a single block the three are the same network.
    return "skip" if "synthesis.b4.torgb.weight" in shapes else "orig"


def _colours(shapes: Mapping[str, Shape], resolution: int) -> int:
    colours = _need(shapes, f"synthesis.b{resolution}.torgb.weight", 4)[0]
    if colours != COLOURS:
        raise errors.UnsupportedNetwork(
            found=f"a StyleGAN2 network that draws {colours} colour channels instead of {COLOURS}"
        )
    return colours


def _mapping(shapes: Mapping[str, Shape]) -> dict[str, Any]:
    layers = _numbered(shapes, r"mapping\.fc(\d{1,3})\.")
    if not layers or layers != list(range(len(layers))) or len(layers) > MAX_LAYERS:
        raise errors.DamagedCheckpoint(found="layers of its mapping network are missing")
    hidden, inputs = _need(shapes, "mapping.fc0.weight", 2)
    embed, labels = _need(shapes, "mapping.embed.weight", 2) if "mapping.embed.weight" in shapes else (0, 0)
    if labels > MAX_LABELS:
        raise errors.CheckpointTooLarge(found=f"it knows {labels} classes")
    return {
        "z_dim": inputs - embed,
        "c_dim": labels,
        "w_dim": _need(shapes, f"mapping.fc{layers[-1]}.weight", 2)[0],
        "num_mapping_layers": len(layers),
        "mapping_features": hidden if len(layers) > 1 else None,
        "embed_features": embed or None,
    }


def _text(name: str, value: object) -> str:
    if type(value) is not str:
        raise ValueError(f"{name} is no text")
    return value


def _flag(name: str, value: object) -> bool:
    if type(value) is not bool:
        raise ValueError(f"{name} is neither true nor false")
    return value


def _positive(name: str, value: object) -> float:
    if type(value) not in (int, float) or not 0 < value < 1e9:  # type: ignore[operator]
        raise ValueError(f"{name} is no positive number")
    return float(value)  # type: ignore[arg-type]


def _taps(name: str, value: object) -> tuple[float, ...]:
    if not isinstance(value, list | tuple) or not 1 <= len(value) <= MAX_TAPS:
        raise ValueError(f"{name} is no list of 1 to {MAX_TAPS} numbers")
    if not all(type(tap) in (int, float) and abs(tap) < 1e9 for tap in value):
        raise ValueError(f"{name} is no list of numbers")
    return tuple(map(float, value))


SETTINGS: Mapping[str, Callable[[str, object], Any]] = {
    "mapping_lr": _positive,
    "mapping_activation": _text,
    "label_mode": _text,
    "normalize_latents": _flag,
    "activation": _text,
    "resample_filter": _taps,
    "conv_clamp": lambda name, value: None if value is None else _positive(name, value),
}


def separable(name: str, kernel: Numbers) -> tuple[float, ...]:
    """Return the taps, with sum 1, of a filter [n] or of an outer product [n, n]. Raises UnsupportedNetwork for any other."""
    if kernel.ndim not in (1, 2) or not 1 <= kernel.shape[0] <= MAX_TAPS or kernel.shape[-1] != kernel.shape[0]:
        raise errors.DamagedCheckpoint(
            found=f"the tensor {quote(name)} has the shape {list(kernel.shape)[:4]}".replace(",", "")
        )
    plane = floats(kernel).astype(np.float64)
    taps = plane if plane.ndim == 1 else plane.sum(axis=0)
    if not np.isfinite(taps).all() or abs(taps.sum()) < 1e-6:
        raise errors.DamagedCheckpoint(found=f"the tensor {quote(name)} is not a low-pass filter")
    taps = taps / taps.sum()
    if plane.ndim == 2 and np.abs(np.outer(taps, taps) - plane / plane.sum()).max() > 1e-4:
        raise errors.UnsupportedNetwork(found="a StyleGAN2 network with a filter that is not separable")
    return tuple(taps.tolist())


def same_taps(filters: Mapping[str, Numbers]) -> tuple[float, ...] | None:
    """Return the taps that all ``filters`` share; None when there are none. Raises UnsupportedNetwork when they differ."""
    taps = [separable(name, kernel) for name, kernel in filters.items()]
    for other in taps[1:]:
        if len(other) != len(taps[0]) or max(abs(a - b) for a, b in zip(other, taps[0], strict=True)) > 1e-5:
            raise errors.UnsupportedNetwork(found="a StyleGAN2 network with several different filters")
    return taps[0] if taps else None


def check(hyper: Hyperparameters, arrays: Mapping[str, Numbers], file_bytes: int) -> None:
    """Hold every name and shape against ``hyper``. Raises DamagedCheckpoint naming the tensor; allocates nothing.

    The average w and the noise planes may be missing.
    """
    wanted = _shapes(hyper)
    for name in sorted(wanted.keys() - arrays.keys()):
        if not name.endswith((".noise_const", "mapping.w_avg")):
            raise errors.DamagedCheckpoint(found=f"the tensor {name} is missing")
    for name in sorted(arrays.keys() - wanted.keys()):
        raise errors.DamagedCheckpoint(found=f"there is an unexpected tensor {quote(name)}")
    for name, value in arrays.items():
        if value.shape != wanted[name]:
            shapes = f"{list(value.shape)} and not {list(wanted[name])}".replace(",", "")
            raise errors.DamagedCheckpoint(found=f"the tensor {name} has the shape {shapes}")
    if (numbers := sum(value.size for value in arrays.values())) > MAX_NUMBERS:
        raise errors.CheckpointTooLarge(found=f"it has {numbers} numbers")
    # Tensors that share their numbers must not add up to more than the file could hold (half precision doubles on reading).
    if sum(value.nbytes for value in arrays.values()) > 2 * file_bytes:
        raise errors.DamagedCheckpoint(found="its tensors overlap")


def check_directions(hyper: Hyperparameters, directions: Mapping[str, Numbers] | None) -> None:
    """Raise DamagedCheckpoint where learnt directions do not fit the network, or one takes the name of a factorised one."""
    for name, step in (directions or {}).items():
        if step.shape != (hyper.num_ws, hyper.w_dim) or not np.isfinite(floats(step)).all():
            raise errors.DamagedCheckpoint(found=f"the direction '{quote(name)}' does not fit the network")
        if re.fullmatch(r"d\d+", name):
            raise errors.DamagedCheckpoint(found=f"a learnt direction is called {quote(name)}")


def _shapes(hyper: Hyperparameters) -> dict[str, Shape]:
    with torch.device("meta"):
        return {name: tuple(tensor.shape) for name, tensor in Generator(hyper).state_dict().items()}


def without_noise(hyper: Hyperparameters, names: Iterable[str]) -> dict[str, Shape]:
    """Return the noise planes that the network wants and ``names`` lack, with their shapes."""
    given = set(names)
    return {
        name: shape for name, shape in _shapes(hyper).items() if name.endswith(".noise_const") and name not in given
    }


def weights(found: Found) -> dict[str, torch.Tensor]:
    """Copy every array into a contiguous float32 tensor. Raises DamagedCheckpoint naming one that is not finite."""
    tensors = {}
    for name, value in found.arrays.items():
        copied = floats(value)
        if name in found.added:
            copied += np.float32(found.added[name])
        if not np.isfinite(copied).all():
            raise errors.DamagedCheckpoint(found=f"the tensor {name} holds numbers that are not finite")
        tensors[name] = torch.from_numpy(copied)
    return tensors


def parameters(arrays: Mapping[str, Numbers]) -> int:
    """Count what training learned: everything but the noise planes and the average w."""
    learned = (value.shape for name, value in arrays.items() if not name.endswith((".noise_const", "w_avg")))
    return sum(map(math.prod, learned))
