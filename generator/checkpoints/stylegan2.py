"""Derives the hyperparameters of a StyleGAN2 network from its tensors' shapes and the settings that a file states.

Knows no file format. Nothing is allocated.
"""

from collections.abc import Callable, Collection, Mapping
from typing import Any

import numpy as np

from generator.checkpoints.pickle.arrays import Numbers, to_float32
from generator.checkpoints.pickle.budget import quote
from generator.checkpoints.shapes import (
    MAX_WIDTH,
    Shape,
    check_colours,
    check_flag,
    check_positive,
    check_text,
    derive_mapping,
    find_numbers,
    shape_of,
    unknown_shape,
)
from generator.contract import errors
from generator.stylegan2.network import Generator as Generator
from generator.stylegan2.network import Hyperparameters as Hyperparameters

MAX_TAPS = 64
FILTER_MISSING = "the resampling filter is missing; the usual one is used (1 3 3 1)"


def derive_hyperparameters(arrays: Mapping[str, Numbers], settings: Mapping[str, object]) -> Hyperparameters:
    """Derive the hyperparameters from the tensors' shapes. Those that no shape determines come from ``settings``.

    Raises UnsupportedNetwork if our network has no such variant, and CheckpointTooLarge if a layer is too wide or the
    label too long.
    """
    shapes = {name: value.shape for name, value in arrays.items()}
    resolutions = _derive_resolutions(shapes)
    channels = {r: shape_of(shapes, f"synthesis.b{r}.conv1.weight", 4)[0] for r in resolutions}
    _, height, width = shape_of(shapes, "synthesis.b4.const", 3)
    mapping = derive_mapping(shapes)
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
            const_size=(height, width),
            architecture=_derive_architecture(shapes),
            use_noise="synthesis.b4.conv1.noise_strength" in shapes,
            img_channels=_count_colours(shapes, resolutions[-1]),
            **mapping,
            **{name: SETTINGS[name](name, value) for name, value in settings.items()},
        )
    except ValueError as error:
        raise errors.UnsupportedNetwork(found=f"a StyleGAN2 network with unusual settings: {quote(error)}") from error


def _derive_resolutions(shapes: Mapping[str, Shape]) -> list[int]:
    resolutions = find_numbers(shapes, r"synthesis\.b(\d{1,5})\.")
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
    return check_colours(shape_of(shapes, f"synthesis.b{resolution}.torgb.weight", 4)[0], "StyleGAN2")


def _check_taps(name: str, value: object) -> tuple[float, ...]:
    if not isinstance(value, list | tuple) or not 1 <= len(value) <= MAX_TAPS:
        raise ValueError(f"{name} is not a list of 1 to {MAX_TAPS} numbers")
    if not all(type(tap) in (int, float) and abs(tap) < 1e9 for tap in value):
        raise ValueError(f"{name} is not a list of numbers")
    return tuple(map(float, value))


SETTINGS: Mapping[str, Callable[[str, object], Any]] = {
    "mapping_lr": check_positive,
    "mapping_activation": check_text,
    "label_mode": check_text,
    "normalize_latents": check_flag,
    "activation": check_text,
    "resample_filter": _check_taps,
    "conv_clamp": lambda name, value: None if value is None else check_positive(name, value),
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
    if not np.isfinite(taps).all() or abs(taps.sum()) <= 1e-6 * max(1, np.abs(taps).sum()):
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


def filter_settings(
    filters: Mapping[str, Numbers], names: Collection[str]
) -> tuple[dict[str, object], tuple[str, ...]]:
    """Return the settings that the stored ``filters`` tell, and a note if there are none but the network needs some.

    ``names`` are those of the network's tensors.

    Raises UnsupportedNetwork if the filters differ or are not separable.
    """
    taps = common_taps(filters)
    if taps is not None:
        return {"resample_filter": taps}, ()
    return {}, (FILTER_MISSING,) if any(name.startswith("synthesis.b8.") for name in names) else ()
