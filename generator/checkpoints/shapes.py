"""Reads shapes and settings that StyleGAN2 and StyleGAN3 have in common, and words the errors about others.

Knows no file format. Nothing is allocated.
"""

import re
from collections.abc import Iterable, Mapping
from typing import Any

from generator.checkpoints.pickle.budget import quote
from generator.contract import errors

Shape = tuple[int, ...]

COLOURS = (1, 3, 4)  # grey; red, green and blue; the same with opacity
MAX_LAYERS = 64
MAX_LABELS = 20_000
MAX_WIDTH = 4096  # features of a layer; public networks have up to 1024
MAX_TOLD_CHARS = 200  # a name tells a variant by its first characters
WAVELET_COLOURS = 12  # three colours in four bands
WAVELETS = "a network with wavelets (SWAGAN)"

# what the name of a tensor in such a network has -> what the network is
_PROGRAMS: Mapping[re.Pattern[str], str] = {
    re.compile(r"(^|\.)to_(style|noise)1\."): "a network of lucidrains' stylegan2-pytorch",
    re.compile(r"^(G|GE)\.initial_conv\."): "a network of lucidrains' lightweight-gan",
    re.compile(r"(^|\.)affine_fourier\.weight$"): "a network of rosinality's alias-free-gan",
}
# what the name of a tensor has that was added to StyleGAN2 -> what the network is
_ADDITIONS: Mapping[re.Pattern[str], str] = {
    re.compile(r"(^|[._/])(i?dwt|iwt|wavelets?|haar)[._/]", re.IGNORECASE): WAVELETS,
    re.compile(r"attn|atten|non_?local|(^|[._/])(to_)?(qkv?|query)[._/]", re.IGNORECASE): "a network with attention",
}


def unknown_part(name: str, generation: str = "StyleGAN2") -> errors.UnsupportedNetwork:
    """Return the error for a tensor that ``generation`` has not, as in networks with attention or wavelets."""
    parts = f"parts that {generation} has not ({quote(name)})"
    kind = name_variant([name])
    if kind is None:
        return errors.UnsupportedNetwork(found=f"a network with {parts}")
    return errors.UnsupportedNetwork(found=kind if kind in _PROGRAMS.values() else f"{kind}: {parts}")


def find_variant(names: Iterable[str]) -> errors.UnsupportedNetwork | None:
    """Return the error for a network with tensors of these names if it is known but not supported, else None."""
    listed = list(names)
    kind = name_variant(listed)
    return None if kind is None else unknown_part(next(name for name in listed if name_variant([name]) == kind))


def name_variant(names: Iterable[str]) -> str | None:
    """Return what a network with tensors of these names is, if it is of a kind that is known but not supported."""
    whole = [name[:MAX_TOLD_CHARS] for name in names]
    kinds = (*_PROGRAMS.items(), *_ADDITIONS.items())
    return next((kind for pattern, kind in kinds if any(map(pattern.search, whole))), None)


def unknown_shape(name: str, shape: Shape, wanted: Shape | None = None) -> errors.UnsupportedNetwork:
    """Return the error for a tensor that has not the shape it should have."""
    shapes = (
        f"an unusual shape {list(shape[:5])}" if wanted is None else f"the shape {list(shape)} and not {list(wanted)}"
    )
    return errors.UnsupportedNetwork(found=f"a network whose {quote(name)} has {shapes}".replace(",", ""))


def missing_part(name: str) -> errors.UnsupportedNetwork:
    """Return the error for a tensor that a network has not and should have."""
    return errors.UnsupportedNetwork(found=f"a network in which the tensor {name} is missing")


def shape_of(shapes: Mapping[str, Shape], name: str, dimensions: int) -> Shape:
    """Return the shape of the tensor ``name``.

    Raises UnsupportedNetwork if there is none, or if it is empty or has another number of dimensions.
    """
    if name not in shapes:
        raise missing_part(name)
    if len(shapes[name]) != dimensions or 0 in shapes[name]:
        raise unknown_shape(name, shapes[name])
    return shapes[name]


def check_colours(colours: int, generation: str) -> int:
    """Return the number of colour channels. Raises UnsupportedNetwork if a picture cannot have as many."""
    if colours == WAVELET_COLOURS:
        raise errors.UnsupportedNetwork(found=WAVELETS)
    if colours not in COLOURS:
        raise errors.UnsupportedNetwork(
            found=f"a {generation} network that draws {colours} colour channels and not 1 3 or 4"
        )
    return colours


def find_numbers(names: Iterable[str], pattern: str) -> list[int]:
    """Return the numbers that ``pattern`` captures at the start of the names, sorted and without duplicates."""
    matches = (re.match(pattern, name) for name in names)
    return sorted({int(match[1]) for match in matches if match})


def derive_mapping(shapes: Mapping[str, Shape]) -> dict[str, Any]:
    """Return the fields of Hyperparameters that describe the mapping network.

    Raises UnsupportedNetwork if a layer is missing, and CheckpointTooLarge if the label is too long.
    """
    layers = find_numbers(shapes, r"mapping\.fc(\d{1,3})\.")
    if not layers or layers != list(range(len(layers))) or len(layers) > MAX_LAYERS:
        raise errors.UnsupportedNetwork(found="a network whose mapping lacks layers")
    hidden, inputs = shape_of(shapes, "mapping.fc0.weight", 2)
    embed, labels = shape_of(shapes, "mapping.embed.weight", 2) if "mapping.embed.weight" in shapes else (0, 0)
    if labels > MAX_LABELS:
        raise errors.CheckpointTooLarge(found=f"it has {labels} classes")
    return {
        "z_dim": inputs - embed,
        "c_dim": labels,
        "w_dim": shape_of(shapes, f"mapping.fc{layers[-1]}.weight", 2)[0],
        "num_mapping_layers": len(layers),
        "mapping_features": hidden if len(layers) > 1 else None,
        "embed_features": embed or None,
    }


def check_text(name: str, value: object) -> str:
    """Return a setting that is a text. Raises ValueError if it is not."""
    if type(value) is not str:
        raise ValueError(f"{name} is not a text")
    return value


def check_flag(name: str, value: object) -> bool:
    """Return a setting that is true or false. Raises ValueError if it is neither."""
    if type(value) is not bool:
        raise ValueError(f"{name} is neither true nor false")
    return value


def check_positive(name: str, value: object) -> float:
    """Return a setting that is a positive number. Raises ValueError if it is not."""
    if type(value) not in (int, float) or not 0 < value < 1e9:  # type: ignore[operator]
        raise ValueError(f"{name} is not a positive number")
    return float(value)  # type: ignore[arg-type]
