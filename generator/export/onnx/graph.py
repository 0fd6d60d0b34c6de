"""Builds an ONNX model node by node.

Knows no network. A value inside the graph is its name. The operators are described at onnx.ai/onnx/operators.
"""

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np
import onnx
from onnx import TensorProto, helper, numpy_helper
from torch import Tensor

# The oldest that has every operator used here, so that old runtimes read the files, too.
OPSET, IR = 17, 8


class Graph:
    """A graph that grows: each method adds nodes and returns the name of their result."""

    def __init__(self, name: str) -> None:
        self.name = name
        self._nodes: list[onnx.NodeProto] = []
        self._constants: dict[str, onnx.TensorProto] = {}
        self._inputs: list[onnx.ValueInfoProto] = []
        self._outputs: list[onnx.ValueInfoProto] = []

    def input(self, name: str, *shape: int | str) -> str:
        """Declare an input of float32; a size that is a word is free."""
        self._inputs.append(helper.make_tensor_value_info(name, TensorProto.FLOAT, shape))
        return name

    def output(self, value: str, name: str, *shape: int | str) -> None:
        """Declare ``value`` to be an output."""
        self._nodes.append(helper.make_node("Identity", [value], [name], name=name))
        self._outputs.append(helper.make_tensor_value_info(name, TensorProto.FLOAT, shape))

    def constant(self, value: Tensor | np.ndarray | float | Sequence[int], name: str | None = None) -> str:
        """Return numbers that are stored in the file. Floats are float32, sequences of whole numbers int64."""
        if isinstance(value, Tensor):
            value = value.detach().cpu().numpy()
        kind = np.float32 if isinstance(value, float) else np.int64
        array = value if isinstance(value, np.ndarray) else np.asarray(value, kind)
        name = name or f"constant_{len(self._constants)}"
        self._constants[name] = numpy_helper.from_array(np.ascontiguousarray(array).reshape(array.shape), name)
        return name

    def add(self, operator: str, *inputs: str, **attributes: Any) -> str:
        """Add a node."""
        result = f"{operator}_{len(self._nodes)}"
        # Some runtimes make names of new nodes out of these, and fail if they are the same.
        self._nodes.append(helper.make_node(operator, inputs, [result], name=result, **attributes))
        return result

    def add_axes(self, x: str, *axes: int) -> str:
        """Return ``x`` with further axes of length 1."""
        return self.add("Unsqueeze", x, self.constant(list(axes)))

    def model(self, description: str, properties: Mapping[str, str]) -> bytes:
        """Return the file of a model that computes this graph."""
        graph = helper.make_graph(
            self._nodes, self.name, self._inputs, self._outputs, initializer=list(self._constants.values())
        )
        made = helper.make_model(
            graph,
            producer_name="waifubot",
            doc_string=description,
            opset_imports=[helper.make_opsetid("", OPSET)],
            ir_version=IR,
        )
        helper.set_model_props(made, dict(properties))
        onnx.checker.check_model(made)
        return bytes(made.SerializeToString())
