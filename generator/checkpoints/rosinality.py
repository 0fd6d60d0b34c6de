"""Reads checkpoints of rosinality's stylegan2-pytorch, written by its converter or its training script.

The files are dictionaries of state dicts. The tensors are renamed and reshaped as views, without copying weights. The
files do not store the mapping's learning-rate multiplier; 0.01 is the only value that the program uses.
"""

import re

import numpy as np

from generator.checkpoints.pickle.arrays import Numbers
from generator.checkpoints.shapes import unknown_part, unknown_shape
from generator.checkpoints.structure import Contents, as_array, collect
from generator.checkpoints.stylegan2 import common_taps
from generator.contract import errors

FORMAT = "rosinality checkpoint (stylegan2-pytorch)"


def recognise(top: object) -> bool:
    """Return whether the file's outermost value holds g_ema, or is itself the state dict of a generator."""
    return isinstance(top, dict) and (isinstance(top.get("g_ema"), dict) or "input.input" in top)


def interpret(top: object) -> Contents:
    """Return the contents of the averaged generator g_ema, or of the file's only state dict.

    Raises UnsupportedNetwork if the network is not StyleGAN2, or has other tensors.
    """
    assert isinstance(top, dict)
    state = top["g_ema"] if isinstance(top.get("g_ema"), dict) else top
    if "input.input" not in state or not all(type(name) is str for name in state):
        alias_free = "input.freqs" in state and "affine_fourier.weight" in state
        kind = "a network of rosinality's alias-free-gan" if alias_free else "a g_ema that is not a StyleGAN2 network"
        raise errors.UnsupportedNetwork(found=kind)
    stored = collect((str(name), as_array(value, str(name))) for name, value in state.items())
    filters = {name: stored.pop(name) for name in list(stored) if name.endswith(".kernel")}
    arrays = collect(_translate(name, value) for name, value in stored.items())
    if top.get("latent_avg") is not None:
        arrays["mapping.w_avg"] = _drop_axes("latent_avg", as_array(top["latent_avg"], "latent_avg"), "all but last")
    taps = common_taps(filters)
    return Contents(FORMAT, arrays, {} if taps is None else {"resample_filter": taps})


def _translate(name: str, value: Numbers) -> tuple[str, Numbers]:
    """Return our network's name for a tensor, and the tensor in the shape that our network expects.

    Raises UnsupportedNetwork if the name is unknown.
    """
    for pattern, ours, drop in _NAMES:
        if match := re.fullmatch(pattern, name):
            return ours.format(*_layer_fields(match)), _drop_axes(name, value, drop)
    raise unknown_part(name)


def _layer_fields(match: re.Match[str]) -> tuple[str, ...]:
    """Convert what a pattern captured to the fields of our name: ("convs.", "3", ...) becomes ("b16.conv1", ...).

    The mapping layers are numbered from 0 in our names and from 1 in theirs.
    """
    kind, number, *rest = match.groups()
    index = int(number or 0)
    layers = {
        "input": "",
        "style.": str(index - 1),  # their style.0 is the normalisation
        "conv1": "b4.conv1",
        "convs.": f"b{8 << index // 2}.conv{index % 2}",
        "noises.noise_": "b4.conv1" if not index else f"b{8 << (index - 1) // 2}.conv{(index - 1) % 2}",
        "to_rgb1": "b4.torgb",
        "to_rgbs.": f"b{8 << index}.torgb",
    }
    return layers[kind], *rest


def _drop_axes(name: str, value: Numbers, drop: str) -> Numbers:
    """Return ``value`` without the axes that ``drop`` describes.

    Raises UnsupportedNetwork if one of these axes is missing or longer than 1.
    """
    every = tuple(range(value.ndim))
    choices = {
        "none": (),
        "first": (0,),
        "first two": (0, 1),
        "all but second": (0, 2, 3),
        "all but last": every[:-1],
        "all": every,
    }
    axes = choices[drop]
    if any(axis >= value.ndim or value.shape[axis] != 1 for axis in axes):
        raise unknown_shape(name, value.shape)
    return np.squeeze(value, axes)


_NUMBER = r"(0|[1-9]\d?)"  # without leading zeros, so that each tensor has only one possible name
_CONV = rf"(conv1|convs\.(?=\d)){_NUMBER}?"
_RGB = rf"(to_rgb1|to_rgbs\.(?=\d)){_NUMBER}?"

# (pattern of their name for a tensor, template of our name, which axes of length 1 to drop)
_NAMES: tuple[tuple[str, str, str], ...] = (
    (rf"(style\.){_NUMBER}\.(weight|bias)", "mapping.fc{0}.{1}", "none"),
    (r"(input)()\.input", "synthesis.b4.const", "first"),
    (rf"(noises\.noise_){_NUMBER}", "synthesis.{0}.noise_const", "first two"),
    (rf"{_CONV}\.conv\.weight", "synthesis.{0}.weight", "first"),
    (rf"{_CONV}\.conv\.modulation\.(weight|bias)", "synthesis.{0}.affine.{1}", "none"),
    (rf"{_CONV}\.noise\.weight", "synthesis.{0}.noise_strength", "all"),
    (rf"{_CONV}\.activate\.bias", "synthesis.{0}.bias", "none"),
    (rf"{_RGB}\.conv\.weight", "synthesis.{0}.weight", "first"),
    (rf"{_RGB}\.conv\.modulation\.(weight|bias)", "synthesis.{0}.affine.{1}", "none"),
    (rf"{_RGB}\.bias", "synthesis.{0}.bias", "all but second"),
)
