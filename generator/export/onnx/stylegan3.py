"""Says the synthesis network of StyleGAN3 in ONNX's operators.

What it computes is explained in layers.py and filters.py of generator/stylegan3/. Unlike there, the rate is raised by
inserting zeros, and a whole layer at a time: shorter to say, and slower.
"""

import math

import numpy as np
from torch import Tensor

from generator.export.onnx.graph import Graph
from generator.export.onnx.layers import (
    add_bias,
    clip,
    correlate,
    dense,
    modulated_conv,
    scale,
    spread,
    style_of,
)
from generator.stylegan3.filters import GAIN, SLOPE
from generator.stylegan3.layers import FilteredConv, FourierInput, ToRGB
from generator.stylegan3.network import SynthesisNetwork


def build(synthesis: SynthesisNetwork) -> Graph:
    """Return the graph from ``w`` [n, num_ws, w_dim] to ``image`` [n, C, H, W], nominally in [-1, 1].

    ``transform`` [n or 1, 3, 3] turns and shifts the pictures, as ``SynthesisNetwork.forward`` explains.
    """
    graph, hyper = Graph("synthesis"), synthesis.hyper
    w = graph.input("w", "n", hyper.num_ws, hyper.w_dim)
    transform = graph.input("transform", "m", 3, 3)
    x = _add_waves(graph, synthesis.input, style_of(graph, w, 0), transform)
    for i, shape in enumerate(hyper.layers, 1):
        layer, style = synthesis.get_submodule(shape.name), style_of(graph, w, i)
        if isinstance(layer, FilteredConv):
            x = _add_layer(graph, layer, x, style)
        else:
            assert isinstance(layer, ToRGB)
            x = _add_colours(graph, layer, shape.name, x, style)
    graph.output(x, "image", "n", hyper.img_channels, *hyper.size)
    return graph


def _add_waves(graph: Graph, layer: FourierInput, w: str, transform: str) -> str:
    """Return the input's features [n, C, size, size]."""
    count = len(layer.phases)
    placement = graph.add("MatMul", _placement(graph, dense(graph, w, layer.affine, "input.affine")), transform)
    freqs = graph.constant(layer.freqs, "input.freqs")
    turn, shift = (graph.add("Slice", placement, *map(graph.constant, ([a], [b], [2]))) for a, b in ((0, 2), (2, 3)))
    turned = graph.add("MatMul", freqs, turn)  # [n, C, 2]
    phases = graph.add("Add", graph.add("MatMul", freqs, shift), graph.constant(layer.phases[:, None]))  # [n, C, 1]
    length = graph.add("ReduceL2", turned, axes=[2], keepdims=1)
    room = layer.rate / 2 - layer.bandwidth
    fading = graph.add("Sub", graph.constant(1 + layer.bandwidth / room), scale(graph, length, 1 / room))
    at = graph.constant((np.arange(layer.size) + 0.5 - layer.size / 2).astype(np.float32) / np.float32(layer.rate))
    across, down = (
        graph.add("Mul", graph.add("Gather", turned, graph.constant([axis]), axis=2), at) for axis in (0, 1)
    )  # [n, C, size] each
    periods = graph.add("Add", graph.add_axes(graph.add("Add", across, phases), 2), graph.add_axes(down, 3))
    waves = graph.add("Sin", scale(graph, periods, 2 * math.pi))
    waves = graph.add("Mul", waves, graph.add_axes(clip(graph, fading, 0, 1), 3))
    weight = layer.weight[:, :, None, None] / math.sqrt(count)
    return graph.add("Conv", waves, graph.constant(weight, "input.weight"))


def _placement(graph: Graph, t: str) -> str:
    """Return the first two rows [n, 2, 3] of the matrix of a rotation and a translation, told by ``t`` [n, 4].

    For (cos, sin, x, y) of t, divided by the length of (cos, sin), they are  cos -sin  -cos x + sin y
                                                                              sin  cos  -sin x - cos y.
    """
    length = graph.add("ReduceL2", graph.add("Gather", t, graph.constant([0, 1]), axis=1), axes=[1], keepdims=1)
    t = graph.add("Div", t, length)
    cos, sin, x, y = (graph.add("Gather", t, graph.constant([i]), axis=1) for i in range(4))  # [n, 1] each

    def times(a: str, b: str) -> str:
        return graph.add("Mul", a, b)

    right = graph.add("Sub", times(sin, y), times(cos, x))
    down = graph.add("Neg", graph.add("Add", times(sin, x), times(cos, y)))
    rows = graph.add("Concat", cos, graph.add("Neg", sin), right, sin, cos, down, axis=1)
    return graph.add("Reshape", rows, graph.constant([-1, 2, 3]))


def _add_layer(graph: Graph, layer: FilteredConv, x: str, w: str) -> str:
    """Return the features [n, O, out_size, out_size] after a convolution and a filtered nonlinearity."""
    shape, margin = layer.shape, layer.shape.kernel - 1

    def convolve(features: str, weight: str) -> str:
        return graph.add("Conv", features, weight, pads=[margin] * 4)

    gain = 1 / math.sqrt(float(layer.magnitude_ema))
    x = add_bias(graph, modulated_conv(graph, x, w, layer, shape.name, convolve, gain=gain), layer, shape.name)
    size = shape.in_size + margin
    # Of the full convolution of the signal with zeros inserted, what the symmetric filter computes of it when padded.
    start = shape.up_taps - 1 - shape.before
    end = (size - 1) * shape.up + shape.up_taps - start - shape.raised_size
    taps = layer.up_filter * shape.up
    x = spread(graph, x, taps[:, None], shape.out_channels, [start, 0, end, 0], (shape.up, 1))
    x = spread(graph, x, taps[None] * GAIN, shape.out_channels, [0, start, 0, end], (1, shape.up))
    x = graph.add("LeakyRelu", x, alpha=SLOPE)
    x = x if layer.clamp is None else clip(graph, x, -layer.clamp, layer.clamp)
    return _lower_rate(graph, x, layer.down_filter, shape.down, shape.out_channels)


def _lower_rate(graph: Graph, x: str, taps: Tensor, down: int, channels: int) -> str:
    if taps.ndim == 2:
        return correlate(graph, x, taps, channels, [0] * 4, (down, down))
    x = correlate(graph, x, taps[:, None], channels, [0] * 4, (down, 1))
    return correlate(graph, x, taps[None], channels, [0] * 4, (1, down))


def _add_colours(graph: Graph, layer: ToRGB, name: str, x: str, w: str) -> str:
    def convolve(features: str, weight: str) -> str:
        return graph.add("Conv", features, weight)

    factor = layer.gain / math.sqrt(float(layer.magnitude_ema))
    x = add_bias(graph, modulated_conv(graph, x, w, layer, name, convolve, factor=factor), layer, name)
    x = x if layer.clamp is None else clip(graph, x, -layer.clamp, layer.clamp)
    return scale(graph, x, layer.scale)
