"""Names the tensors of a StyleGAN2 network as rosinality's stylegan2-pytorch does, in a file as torch.save writes it.

The inverse of generator/checkpoints/rosinality.py. Writes no files.
"""

import io
import math
from collections.abc import Iterator
from dataclasses import replace

import numpy as np
import torch
from torch import Tensor

from generator.export.made import CannotHold, Made
from generator.stylegan.generator import Generator
from generator.stylegan2.hyperparameters import SQUARE, Hyperparameters

# The learning-rate multiplier with which that program computes the mapping. It stands in the file as well, since
# weights of other programs do not tell it by their spread.
MAPPING_LR = 0.01
STYLE, LAYERS, COLOURS, TAPS = 512, 8, 3, 4  # what its scripts build
USUAL_MULTIPLIER = 2
FACES, SHARE = 4, 1e-4  # how many faces are drawn without clamping, and how much of the range they may change


def make(generator: Generator) -> Made:
    """Return a file with the network, as the averaged one, and its average w.

    Raises CannotHold if that program has nothing that computes the same.
    """
    hyper = generator.hyper
    if not isinstance(hyper, Hyperparameters):
        raise CannotHold("rosinality's program draws no StyleGAN3")
    _check(generator, hyper)
    state = dict(_tensors(generator))
    top = {"g_ema": state, "latent_avg": generator.mapping.w_avg.detach().cpu(), "mapping_lr": MAPPING_LR}
    torch.save(top, body := io.BytesIO())
    return Made({"": [body.getvalue()]}, tuple(notes(hyper)))


def _check(generator: Generator, hyper: Hyperparameters) -> None:
    missing = {
        "labels": hyper.c_dim > 0,
        f"architecture '{hyper.architecture}'": hyper.architecture != "skip",
        f"activation '{hyper.activation}'": hyper.activation != "lrelu",
        f"activation '{hyper.mapping_activation}' in the mapping": hyper.mapping_activation != "lrelu",
        "z that stays as it is, without normalisation": not hyper.normalize_latents,
    }
    for what, is_needed in missing.items():
        if is_needed:
            raise CannotHold(f"rosinality's program has no {what}")
    if hyper.conv_clamp is not None and _measure_clamp(generator, hyper) > SHARE:
        raise CannotHold(
            f"rosinality's program clamps no features, as this network's faces need at {hyper.conv_clamp:g}"
        )


def notes(hyper: Hyperparameters) -> Iterator[str]:
    """Yield what that program has to be told of a network, and what it leaves out."""
    multiplier = _channel_multiplier(hyper)
    sizes = {
        f"the channels {', '.join(map(str, hyper.channels.values()))}": multiplier is None,
        f"{hyper.num_mapping_layers} mapping layers": hyper.num_mapping_layers != LAYERS,
        f"a style of {hyper.w_dim}": {hyper.z_dim, hyper.hidden, hyper.w_dim} != {STYLE},
        f"{hyper.img_channels} colour channels": hyper.img_channels != COLOURS,
        f"a constant of {hyper.const_size[1]} x {hyper.const_size[0]}": hyper.const_size != SQUARE,
        f"filters of {len(hyper.resample_filter)} taps": len(hyper.resample_filter) != TAPS,
    }
    if unusual := [what for what, is_unusual in sizes.items() if is_unusual]:
        yield f"rosinality's scripts refuse the file until they are given its sizes: {'; '.join(unusual)}"
    elif multiplier != USUAL_MULTIPLIER:
        yield f"give rosinality's scripts --channel_multiplier {multiplier}"
    if hyper.conv_clamp is not None:
        yield f"its features are no longer clamped at {hyper.conv_clamp:g}, which none of {FACES} faces needs"


def _channel_multiplier(hyper: Hyperparameters) -> int | None:
    """Return the factor by which that program's fixed table of channels becomes this network's, or None."""
    widths = {side: count * side // 16384 for side, count in hyper.channels.items() if side > 32}
    factor = next(iter(widths.values()), USUAL_MULTIPLIER)
    table = {side: 16384 * factor // side if side > 32 else 512 for side in hyper.channels}
    return factor if factor and table == dict(hyper.channels) else None


@torch.no_grad()
def _measure_clamp(generator: Generator, hyper: Hyperparameters) -> float:
    """Return by how much FACES faces change at most if features are not clamped, as a share of the range [-1, 1]."""
    free = type(generator).from_state(replace(hyper, conv_clamp=None), generator.state_dict())
    z = torch.from_numpy(np.random.RandomState(0).randn(FACES, generator.z_dim)).float()
    w = free.mapping(z)
    return max(float((free.synthesis(one) - generator.synthesis(one)).abs().max()) / 2 for one in w.split(1))


def _tensors(generator: Generator) -> Iterator[tuple[str, Tensor]]:
    """Yield the tensors of the program's state dict."""
    hyper = generator.hyper
    assert isinstance(hyper, Hyperparameters)
    for name, tensor in generator.state_dict().items():
        value = tensor.detach().cpu()
        network, part, *rest = name.split(".")
        if part.startswith("fc"):
            yield f"style.{int(part[2:]) + 1}.{rest[0]}", value * (hyper.mapping_lr / MAPPING_LR)
        elif network == "synthesis":
            yield _name(part, rest), value.view(_shape(rest, value))
    kernel = _kernel(hyper.resample_filter)
    for side in hyper.resolutions[1:]:
        level = side.bit_length() - 4
        yield f"convs.{2 * level}.conv.blur.kernel", kernel
        yield f"to_rgbs.{level}.upsample.kernel", kernel
    if not hyper.use_noise:
        yield from _silence(hyper)


def _name(block: str, rest: list[str]) -> str:
    """Return the name of what we call ``synthesis.{block}.{rest}``."""
    if rest == ["const"]:
        return "input.input"
    layer, leaf = rest[0], ".".join(rest[1:])
    level = int(block[1:]).bit_length() - 4  # -1 at 4 px
    if layer == "torgb":
        place = f"to_rgbs.{level}" if level >= 0 else "to_rgb1"
    else:
        number = 2 * level + int(layer[-1])
        place = f"convs.{number}" if level >= 0 else "conv1"
        if leaf == "noise_const":
            return f"noises.noise_{number + 1}"
    leaves = {"weight": "conv.weight", "noise_strength": "noise.weight"}
    leaves["bias"] = "bias" if layer == "torgb" else "activate.bias"
    return f"{place}.{leaves.get(leaf) or leaf.replace('affine', 'conv.modulation')}"


def _shape(rest: list[str], value: Tensor) -> tuple[int, ...]:
    """Return the shape that the program gives this tensor of a block."""
    if rest[-1] == "noise_const":
        return (1, 1, *value.shape)
    if rest == ["torgb", "bias"]:
        return (1, *value.shape, 1, 1)
    return value.shape if "affine" in rest or rest[-1] == "bias" else (1, *value.shape)


def _kernel(taps: tuple[float, ...]) -> Tensor:
    """Return the filter [n, n], with the gain 4 of upsampling."""
    line = torch.tensor(taps, dtype=torch.float64)
    return (torch.outer(line, line) * (4 / math.fsum(taps) ** 2)).float()


def _silence(hyper: Hyperparameters) -> Iterator[tuple[str, Tensor]]:
    """Yield the noise that every network of that program has, of strength 0."""
    for number in range(hyper.num_ws - 1):
        yield f"noises.noise_{number}", torch.zeros(1, 1, *hyper.size_of(4 << (number + 1) // 2))
        yield f"{f'convs.{number - 1}' if number else 'conv1'}.noise.weight", torch.zeros(1)
