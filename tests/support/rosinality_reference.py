"""Draws from a state dict of rosinality's stylegan2-pytorch as that program computes it, to compare with.

Shares no code with the project: the filters, their padding and their gain are applied as the program's model does, one
picture after another.
"""

import math
from collections.abc import Mapping

import torch
import torch.nn.functional as F
from torch import Tensor

State = Mapping[str, Tensor]


def draw(state: State, z: Tensor, lr: float, average: Tensor, psi: float) -> Tensor:
    """Return pictures [n, c, h, w] for ``z`` [n, z_dim]. ``lr`` is the multiplier of the mapping, ``average`` its w."""
    w = average + psi * (_map(state, z, lr) - average)
    return torch.cat([_draw_one(state, one[None]) for one in w])


def _map(state: State, z: Tensor, lr: float) -> Tensor:
    x, layer = z * torch.rsqrt(z.pow(2).mean(1, keepdim=True) + 1e-8), 1
    while f"style.{layer}.weight" in state:
        x = _lrelu(_linear(state, f"style.{layer}", x, lr))
        layer += 1
    return x


def _draw_one(state: State, w: Tensor) -> Tensor:
    x = _convolve(state, "conv1", state["input.input"], w, 0)
    image, level = _colours(state, "to_rgb1", x, w), 0
    while f"to_rgbs.{level}.bias" in state:
        x = _convolve(state, f"convs.{2 * level}", x, w, 2 * level + 1)
        x = _convolve(state, f"convs.{2 * level + 1}", x, w, 2 * level + 2)
        kernel = state[f"to_rgbs.{level}.upsample.kernel"]
        spare = len(kernel) - 2
        larger = _filter(_insert_zeros(image), kernel, (spare + 1) // 2 + 1, spare // 2)
        image = larger + _colours(state, f"to_rgbs.{level}", x, w)
        level += 1
    return image


def _convolve(state: State, name: str, x: Tensor, w: Tensor, noise: int) -> Tensor:
    weight = _modulate(state, f"{name}.conv", w)
    weight = weight * torch.rsqrt(weight.pow(2).sum((1, 2, 3), keepdim=True) + 1e-8)
    if (kernel := state.get(f"{name}.conv.blur.kernel")) is not None:
        spare = len(kernel) - 2 - (weight.shape[-1] - 1)
        x = F.conv_transpose2d(x, weight.transpose(0, 1), stride=2)
        x = _filter(x, kernel, (spare + 1) // 2 + 1, spare // 2 + 1)
    else:
        x = F.conv2d(x, weight, padding=1)
    x = x + state[f"{name}.noise.weight"] * state[f"noises.noise_{noise}"]
    return _lrelu(x + state[f"{name}.activate.bias"][:, None, None])


def _colours(state: State, name: str, x: Tensor, w: Tensor) -> Tensor:
    return F.conv2d(x, _modulate(state, f"{name}.conv", w)) + state[f"{name}.bias"]


def _modulate(state: State, name: str, w: Tensor) -> Tensor:
    weight, style = state[f"{name}.weight"][0], _linear(state, f"{name}.modulation", w, 1)
    return weight * style[0, None, :, None, None] / math.sqrt(weight[0].numel())


def _linear(state: State, name: str, x: Tensor, lr: float) -> Tensor:
    weight = state[f"{name}.weight"]
    return F.linear(x, weight * (lr / math.sqrt(weight.shape[1])), state[f"{name}.bias"] * lr)


def _lrelu(x: Tensor) -> Tensor:
    return F.leaky_relu(x, 0.2) * math.sqrt(2)


def _insert_zeros(x: Tensor) -> Tensor:
    larger = x.new_zeros(*x.shape[:2], 2 * x.shape[2], 2 * x.shape[3])
    larger[:, :, ::2, ::2] = x
    return larger


def _filter(x: Tensor, kernel: Tensor, before: int, after: int) -> Tensor:
    """Convolve each channel with ``kernel``, after so many zeros at the start and the end of each axis."""
    x = F.pad(x, [before, after, before, after])  # a negative padding crops
    each = kernel.flip(0, 1).expand(x.shape[1], 1, *kernel.shape)
    return F.conv2d(x, each, groups=x.shape[1])
