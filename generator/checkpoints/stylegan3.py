"""Derives the hyperparameters of a StyleGAN3 network from its tensors' names and shapes and the settings of a file.

Knows no file format. Nothing is allocated.
"""

import re
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from typing import Any

import numpy as np

from generator.checkpoints.pickle.arrays import Numbers
from generator.checkpoints.pickle.budget import quote
from generator.checkpoints.shapes import (
    MAX_WIDTH,
    Shape,
    check_colours,
    check_positive,
    derive_mapping,
    shape_of,
)
from generator.contract import errors
from generator.stylegan3.bands import CRITICAL, Band, design_bands, design_filter
from generator.stylegan3.network import Generator as Generator
from generator.stylegan3.network import Hyperparameters as Hyperparameters

LAYER = re.compile(r"synthesis\.(L(\d{1,3})_(\d{1,5})_(\d{1,5}))\.")  # number, size, channels

FILTER_SIZE = 6  # taps of a filter of NVIDIA's for each factor by which it changes the rate
MARGIN = 10  # pixels on each side of the picture in all layers of NVIDIA's networks but the last two


def derive_rates(names: Iterable[str]) -> list[int]:
    """Return the rate of each layer's output from the sizes in its name, in a file that does not say them.

    Raises UnsupportedNetwork if the margin is not NVIDIA's, so that the rates are no powers of two.
    """
    sizes = [size for _, size, _ in _find_layers(names)]
    rates = [*(size - 2 * MARGIN for size in sizes[:-2]), *sizes[-1:] * 2]
    if any(rate < 1 or rate & (rate - 1) for rate in rates):
        raise errors.UnsupportedNetwork(
            found="a StyleGAN3 network without its rates (as a plain state dict; its original pickle has them)"
        )
    return rates


def derive_hyperparameters(arrays: Mapping[str, Numbers], settings: Mapping[str, object]) -> Hyperparameters:
    """Derive the hyperparameters from the tensors' names and shapes. The others come from ``settings``.

    Raises UnsupportedNetwork if our network has no such variant, and CheckpointTooLarge if a layer is too wide or the
    label too long.
    """
    shapes = {name: value.shape for name, value in arrays.items()}
    if any(name.startswith("mapping.embed_proj.") for name in shapes) or len(shapes.get("mapping.w_avg", ())) > 1:
        raise errors.UnsupportedNetwork(found="a StyleGAN-XL network")
    layers = _find_layers(shapes)
    mapping = derive_mapping(shapes)
    if (widest := max(*(channels for _, _, channels in layers), mapping["z_dim"], mapping["w_dim"])) > MAX_WIDTH:
        raise errors.CheckpointTooLarge(found=f"a layer has {widest} features")
    check_colours(layers[-1][2], "StyleGAN3")
    kernel = shape_of(shapes, f"synthesis.{layers[0][0]}.weight", 4)[2]
    try:
        known = {name: check(name, settings[name]) for name, check in SETTINGS.items() if name in settings}
        return Hyperparameters(
            sizes=[size for _, size, _ in layers],
            channels=[channels for _, _, channels in layers],
            kernel=kernel,
            radial_layers=_count_radial(shapes, layers, kernel),
            filter_size=_derive_filter_size(shapes, layers[0][0], known),
            **{name: mapping[name] for name in ("z_dim", "c_dim", "w_dim", "num_mapping_layers")},
            **known,
        )
    except (ValueError, TypeError) as error:
        raise errors.UnsupportedNetwork(found=f"a StyleGAN3 network with unusual settings: {quote(error)}") from error


def _find_layers(names: Iterable[str]) -> list[tuple[str, int, int]]:
    """Return (name, size, channels) of each layer, in order. Raises UnsupportedNetwork if one is missing or twice."""
    found = {match[1]: match for match in map(LAYER.match, names) if match}
    layers = sorted((int(match[2]), name, int(match[3]), int(match[4])) for name, match in found.items())
    if [number for number, *_ in layers] != list(range(len(layers))):
        raise errors.UnsupportedNetwork(
            found=f"a network of the layers {[name for _, name, *_ in layers][:10]} and not L0 L1 L2 and so on".replace(
                ",", ""
            )
        )
    return [(name, size, channels) for _, name, size, channels in layers]


def _count_radial(shapes: Mapping[str, Shape], layers: list[tuple[str, int, int]], kernel: int) -> int:
    """Return how many layers have a radial filter. One that is missing is as in NVIDIA's networks with this kernel."""
    usual = len(layers) - 1 - CRITICAL if kernel == 1 else 0
    return sum(
        len(shapes.get(f"synthesis.{name}.down_filter", (0,) * (2 if i < usual else 1))) == 2
        for i, (name, _, _) in enumerate(layers)
    )


def _derive_filter_size(shapes: Mapping[str, Shape], first: str, known: Mapping[str, Any]) -> int:
    """Return the taps for each factor of rate. The first layer keeps its rate, so its factor is lrelu_upsampling."""
    name = f"synthesis.{first}.up_filter"
    if name not in shapes:
        return FILTER_SIZE
    (taps,) = shape_of(shapes, name, 1)
    return taps // int(known.get("lrelu_upsampling", 2))


def complete(
    arrays: Mapping[str, Numbers], settings: Mapping[str, object], bands: Sequence[Band] | None = None
) -> tuple[dict[str, Numbers], tuple[str, ...]]:
    """Return the tensors with those of the filters and the transform that a file lacks, and a note for each kind.

    ``bands`` are those of the layers' outputs; if None, they are as NVIDIA designs them. Raises what
    ``derive_hyperparameters`` raises.
    """
    names = [name for name, _, _ in _find_layers(arrays)[:-1]]
    whole, notes = dict(arrays), []
    lacks = any(f"synthesis.{name}.{end}" not in arrays for name in names for end in ("up_filter", "down_filter"))
    if lacks:
        hyper = derive_hyperparameters(arrays, settings)
        filters = dict(_design_filters(hyper, bands or design_bands(hyper.rates, hyper.resolution)))
        missing = filters.keys() - arrays.keys()
        whole |= {name: filters[name] for name in missing}
        notes.append(f"{len(missing)} filters are missing; they are designed as NVIDIA's")
    if "synthesis.input.transform" not in arrays:
        whole["synthesis.input.transform"] = np.eye(3, dtype=np.float32)
        notes.append("the transform of the input is missing; it is left as it is")
    return whole, tuple(notes)


def _design_filters(hyper: Hyperparameters, bands: Sequence[Band]) -> Iterator[tuple[str, Numbers]]:
    for i, layer in enumerate(hyper.layers[:-1]):
        rate = layer.in_rate * layer.up
        up = design_filter(layer.up_taps, bands[max(i - 1, 0)], rate)
        down = design_filter(layer.down_taps, bands[i], rate, layer.radial)
        yield f"synthesis.{layer.name}.up_filter", up.numpy()
        yield f"synthesis.{layer.name}.down_filter", down.numpy()


def _check_rates(name: str, value: object) -> list[int]:
    if not isinstance(value, list | tuple) or not all(type(rate) is int for rate in value):
        raise ValueError(f"{name} is not a list of whole numbers")
    return list(value)


def _check_whole(name: str, value: object) -> int:
    if type(value) is not int or not value > 0:
        raise ValueError(f"{name} is not a whole number above 0")
    return value


SETTINGS: Mapping[str, Callable[[str, object], Any]] = {
    "rates": _check_rates,
    "mapping_lr": check_positive,
    "lrelu_upsampling": _check_whole,
    "bandwidth": check_positive,
    "conv_clamp": lambda name, value: None if value is None else check_positive(name, value),
    "output_scale": check_positive,
}
