"""Knows the names that tensors have in rosinality's stylegan2-pytorch, and in pSp, e4e and BasicSR, which copied it.

The tensors are renamed and reshaped as views, without copying weights. Where the state dict is in a file,
state_dicts.py finds out. The files do not say the mapping's learning-rate multiplier.
"""

import re

import numpy as np

from generator.checkpoints.pickle.arrays import Numbers
from generator.checkpoints.shapes import unknown_part, unknown_shape
from generator.checkpoints.structure import Contents, collect
from generator.checkpoints.stylegan2 import filter_settings

FORMAT = "rosinality checkpoint (stylegan2-pytorch)"
BASICSR = "BasicSR checkpoint (StyleGAN2Generator)"


def interpret_state(stored: dict[str, Numbers], *, basicsr: bool = False) -> Contents:
    """Return the contents of a state dict, whose filters are taken out of ``stored``.

    If ``basicsr`` is set, the tensors have BasicSR's names. Raises UnsupportedNetwork if one is none of StyleGAN2's.
    """
    filters = {name: stored.pop(name) for name in list(stored) if name.endswith(".kernel")}
    named = ((_from_basicsr(name) if basicsr else name, value) for name, value in stored.items())
    arrays = collect(_translate(name, value) for name, value in named)
    settings, notes = filter_settings(filters, arrays)
    return Contents(BASICSR if basicsr else FORMAT, arrays, settings, mapping_lr_unsaid=True, notes=notes)


def _from_basicsr(name: str) -> str:
    """Return rosinality's name for a tensor that BasicSR's copy of the network calls ``name``."""
    for pattern, theirs in _BASICSR:
        name = re.sub(pattern, theirs, name)
    return name


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
    choices = {
        "none": (),
        "first": (0,),
        "first two": (0, 1),
        "all but second": (0, 2, 3),
        "all": tuple(range(value.ndim)),
    }
    axes = choices[drop]
    if any(axis >= value.ndim or value.shape[axis] != 1 for axis in axes):
        raise unknown_shape(name, value.shape)
    return np.squeeze(value, axes)


# (pattern in a name of BasicSR, what rosinality has there)
_BASICSR: tuple[tuple[str, str], ...] = (
    (r"^style_mlp\.", "style."),
    (r"^constant_input\.weight$", "input.input"),
    (r"^style_conv(1|s\.\d+)\.weight$", r"style_conv\1.noise.weight"),
    (r"^style_conv", "conv"),
    (r"\.modulated_conv\.", ".conv."),
    (r"^noises\.noise(?=\d)", "noises.noise_"),
)

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
