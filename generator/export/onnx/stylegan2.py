"""Says the synthesis network of StyleGAN2 in ONNX's operators.

What it computes is explained in layers.py and filters.py of generator/stylegan2/.
"""

import math
from collections.abc import Sequence

import torch
from torch import Tensor

from generator.export.onnx.graph import Graph
from generator.export.onnx.layers import activate, add_bias, correlate, modulated_conv, spread, style_of
from generator.stylegan2.layers import Block, StyledConv, ToRGB
from generator.stylegan2.network import SynthesisNetwork


def build(synthesis: SynthesisNetwork) -> Graph:
    """Return the graph from ``w`` [n, num_ws, w_dim] to ``image`` [n, C, H, W], nominally in [-1, 1].

    If the network has noise, ``noise`` [] multiplies its own planes.
    """
    graph, hyper = Graph("synthesis"), synthesis.hyper
    w = graph.input("w", "n", hyper.num_ws, hyper.w_dim)
    styles = [style_of(graph, w, layer) for layer in range(hyper.num_ws)]
    noise = graph.input("noise") if hyper.use_noise else None
    x, image = "", None
    for resolution in hyper.resolutions:
        block = synthesis.get_submodule(f"b{resolution}")
        assert isinstance(block, Block)
        x, image = _add_block(graph, block, x, image, styles, noise)
    assert image is not None
    graph.output(image, "image", "n", hyper.img_channels, *hyper.size)
    return graph


def _add_block(
    graph: Graph, block: Block, x: str, image: str | None, styles: Sequence[str], noise: str | None
) -> tuple[str, str | None]:
    """Return a block's features and picture, given those of the block before."""
    hyper, name, last = block.hyper, f"b{block.resolution}", block.last_w
    if block.resolution == 4:
        x = graph.constant(block.const[None], f"{name}.const")
        x = _add_conv(graph, block.conv1, f"{name}.conv1", x, styles[last - 1], noise)
    else:
        residual, gain = hyper.architecture == "resnet", 1.0
        if residual:
            weight = graph.constant(block.skip.weight * block.skip.gain, f"{name}.skip.weight")
            shortcut = _upsample(graph, graph.add("Conv", x, weight), block.skip.taps, len(block.skip.weight))
            gain = math.sqrt(0.5)
        x = _add_conv(graph, block.conv0, f"{name}.conv0", x, styles[last - 2], noise)
        x = _add_conv(graph, block.conv1, f"{name}.conv1", x, styles[last - 1], noise, gain)
        x = graph.add("Add", shortcut, x) if residual else x
    if image is not None:
        image = _upsample(graph, image, hyper.resample_filter, hyper.img_channels)
    if hasattr(block, "torgb"):
        colours = _add_colours(graph, block.torgb, f"{name}.torgb", x, styles[last])
        image = colours if image is None else graph.add("Add", image, colours)
    return x, image


def _add_conv(graph: Graph, layer: StyledConv, name: str, x: str, w: str, noise: str | None, gain: float = 1.0) -> str:
    hyper = layer.hyper

    def convolve(features: str, weight: str) -> str:
        if not layer.up:
            return graph.add("Conv", features, weight, pads=[1, 1, 1, 1])
        taps = hyper.resample_filter
        before, after = (len(taps) + 1) // 2 - 1, (len(taps) - 2) // 2
        features = graph.add("ConvTranspose", features, weight, strides=[2, 2])
        # A correlation with the taps reversed is a convolution.
        return correlate(graph, features, _kernel(taps[::-1]), len(layer.bias), [before, before, after, after])

    x = modulated_conv(graph, x, w, layer, name, convolve)
    if noise is not None and float(layer.noise_strength):
        plane = graph.constant(layer.noise_const[None, None] * layer.noise_strength, f"{name}.noise")
        x = graph.add("Add", x, graph.add("Mul", plane, noise))
    return activate(graph, add_bias(graph, x, layer, name), hyper.activation, gain, hyper.conv_clamp)


def _add_colours(graph: Graph, layer: ToRGB, name: str, x: str, w: str) -> str:
    def convolve(features: str, weight: str) -> str:
        return graph.add("Conv", features, weight)

    x = add_bias(graph, modulated_conv(graph, x, w, layer, name, convolve, factor=layer.gain), layer, name)
    return activate(graph, x, "linear", clamp=layer.hyper.conv_clamp)


def _upsample(graph: Graph, x: str, taps: Sequence[float], channels: int) -> str:
    start = len(taps) // 2 - 1
    end = len(taps) - 2 - start
    return spread(graph, x, _kernel(taps), channels, [start, start, end, end], (2, 2))


def _kernel(taps: Sequence[float]) -> Tensor:
    """Return the filter [n, n] with the gain 4 of upsampling."""
    line = torch.tensor(taps, dtype=torch.float32)
    return torch.outer(line, line) * (4 / line.sum().square())
