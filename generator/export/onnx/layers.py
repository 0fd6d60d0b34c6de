"""Says the steps that several layers share in ONNX's operators, which leave the number of pictures open.

Knows no whole network. What each step computes is explained in ops.py and layers.py of generator/stylegan/.
"""

from collections.abc import Callable, Sequence

import numpy as np
from torch import Tensor

from generator.export.onnx.graph import Graph
from generator.stylegan import ops
from generator.stylegan.layers import Dense, ModulatedConv

_OPERATORS = {
    "relu": "Relu",
    "tanh": "Tanh",
    "sigmoid": "Sigmoid",
    "elu": "Elu",
    "selu": "Selu",
    "softplus": "Softplus",
}


def scale(graph: Graph, x: str, factor: float) -> str:
    """Return ``x`` times a number."""
    return x if factor == 1 else graph.add("Mul", x, graph.constant(float(factor)))


def clip(graph: Graph, x: str, low: float, high: float) -> str:
    """Return ``x``, limited to ``low`` to ``high``."""
    return graph.add("Clip", x, graph.constant(float(low)), graph.constant(float(high)))


def rsqrt(graph: Graph, x: str) -> str:
    """Return 1 / sqrt(x)."""
    return graph.add("Reciprocal", graph.add("Sqrt", x))


def activate(graph: Graph, x: str, activation: str, gain: float = 1.0, clamp: float | None = None) -> str:
    """Apply an activation function and its gain, as ``ops.activate`` does."""
    if activation == "lrelu":
        x = graph.add("LeakyRelu", x, alpha=0.2)
    elif activation == "swish":
        x = graph.add("Mul", x, graph.add("Sigmoid", x))
    elif activation != "linear":
        x = graph.add(_OPERATORS[activation], x)
    x = scale(graph, x, ops.ACTIVATIONS[activation].gain * gain)
    return x if clamp is None else clip(graph, x, -clamp * gain, clamp * gain)


def normalize(graph: Graph, x: str, size: int) -> str:
    """Divide ``x`` [n, size] by its root mean square over the second axis."""
    total = graph.add("ReduceSum", graph.add("Mul", x, x), graph.constant([1]), keepdims=1)
    mean = graph.add("Add", scale(graph, total, 1 / size), graph.constant(ops.EPSILON))
    return graph.add("Mul", x, rsqrt(graph, mean))


def dense(graph: Graph, x: str, layer: Dense, name: str, factor: float = 1.0) -> str:
    """Map ``x`` [n, in] to [n, out] as a dense layer does, times ``factor`` if it is linear."""
    inputs = [x, graph.constant(layer.weight * (layer.gain * factor), f"{name}.weight")]
    if layer.bias is not None:
        inputs.append(graph.constant(layer.bias * (layer.lr * factor), f"{name}.bias"))
    return activate(graph, graph.add("Gemm", *inputs, transB=1), layer.activation)


def modulated_conv(
    graph: Graph,
    x: str,
    w: str,
    layer: ModulatedConv,
    name: str,
    convolve: Callable[[str, str], str],
    *,
    factor: float = 1.0,
    gain: float = 1.0,
) -> str:
    """Convolve with the style of ``w`` [n, w_dim], as ``ops.modulated_conv`` does, without noise and bias.

    ``convolve`` maps features and the name of the weight to features. The style is multiplied by ``factor``, and the
    result of a demodulated convolution by ``gain``.
    """
    style = dense(graph, w, layer.affine, f"{name}.affine", factor)
    weight = layer.weight.transpose(0, 1) if layer.up else layer.weight
    x = graph.add("Mul", x, graph.add_axes(style, 2, 3))
    x = convolve(x, graph.constant(weight, f"{name}.weight"))
    if not layer.demodulate:
        return x
    squares = graph.constant(layer.weight.square().sum(dim=(2, 3)).t())
    total = graph.add("MatMul", graph.add("Mul", style, style), squares)
    norm = rsqrt(graph, graph.add("Add", total, graph.constant(ops.EPSILON)))
    return graph.add("Mul", x, graph.add_axes(scale(graph, norm, gain), 2, 3))


def add_bias(graph: Graph, x: str, layer: ModulatedConv, name: str) -> str:
    """Add a convolution's bias to its result [n, O, H, W]."""
    return graph.add("Add", x, graph.constant(layer.bias[:, None, None], f"{name}.bias"))


def correlate(
    graph: Graph, x: str, kernel: Tensor, channels: int, padding: Sequence[int], strides: tuple[int, int] = (1, 1)
) -> str:
    """Correlate each of ``channels`` with ``kernel`` [h, w].

    ``padding`` is how many zeros are added: top, left, bottom, right; below 0, features are cropped.
    """
    x = _pad(graph, x, [min(side, 0) for side in padding])
    pads = [max(side, 0) for side in padding]
    return graph.add("Conv", x, _each(graph, kernel, channels), group=channels, pads=pads, strides=strides)


def spread(
    graph: Graph, x: str, kernel: Tensor, channels: int, cropping: Sequence[int], strides: tuple[int, int]
) -> str:
    """Insert zeros between the features of each channel and convolve with ``kernel`` [h, w].

    ``cropping`` is how much of the full result is dropped: top, left, bottom, right; below 0, zeros are added.
    """
    pads = [max(side, 0) for side in cropping]
    x = graph.add("ConvTranspose", x, _each(graph, kernel, channels), group=channels, pads=pads, strides=strides)
    return _pad(graph, x, [max(-side, 0) for side in cropping])


def _each(graph: Graph, kernel: Tensor, channels: int) -> str:
    return graph.constant(kernel.expand(channels, 1, *kernel.shape))


def _pad(graph: Graph, x: str, padding: Sequence[int]) -> str:
    """Add zeros around the features, or crop them where a number is below 0."""
    top, left, bottom, right = padding
    return graph.add("Pad", x, graph.constant([0, 0, top, left, 0, 0, bottom, right])) if any(padding) else x


def style_of(graph: Graph, w: str, layer: int) -> str:
    """Return the style [n, w_dim] of a layer from w [n, num_ws, w_dim]."""
    return graph.add("Gather", w, graph.constant(np.asarray(layer, np.int64)), axis=1)
