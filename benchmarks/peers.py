"""What people would draw the same pictures with instead: rosinality's way in PyTorch, ONNX Runtime and OpenVINO.

Measures nothing. The last two execute this project's own ONNX files (generator/export/onnx/).
"""

import sys
from collections.abc import Callable
from functools import partial
from importlib.util import find_spec
from typing import Any, cast

import torch
from torch import Tensor

from benchmarks import reference
from generator.stylegan.precision import cpu_has_bfloat16
from generator.stylegan2.network import Generator


def peers(generator: Generator, w: Tensor) -> dict[str, Callable[[], Tensor]]:
    """Return, by name, functions that draw the picture of w [1, num_ws, w_dim] with constant noise on the processor.

    What is not installed is left out.
    """
    alone = partial(reference.synthesis, generator, w, reference.filter_alone)
    found: dict[str, Callable[[], Tensor]] = {"rosinality's way": alone}
    if not find_spec("onnx"):
        return found
    from generator.export import onnx

    model = b"".join(onnx.make(generator).parts["-synthesis"])
    if find_spec("onnxruntime"):
        found["ONNX Runtime, our export"] = _onnxruntime(model, w)
    if find_spec("openvino"):
        found["OpenVINO, our export"] = _openvino(model, w, "f32")
        if cpu_has_bfloat16():
            found["OpenVINO, our export, bfloat16"] = _openvino(model, w, "bf16")
    return found


def _onnxruntime(model: bytes, w: Tensor) -> Callable[[], Tensor]:
    import onnxruntime

    options = onnxruntime.SessionOptions()
    options.intra_op_num_threads = torch.get_num_threads()
    session = onnxruntime.InferenceSession(model, options, providers=["CPUExecutionProvider"])
    inputs = {"w": w.numpy(), "noise": torch.ones(()).numpy()}
    return lambda: torch.from_numpy(session.run(None, inputs)[0])


def _openvino(model: bytes, w: Tensor, precision: str) -> Callable[[], Tensor]:
    # OpenVINO would report every use to Intel without asking. It cannot if this module is missing.
    sys.modules.setdefault("openvino_telemetry", cast(Any, None))
    import openvino

    core = openvino.Core()
    settings: dict[str, Any] = {
        "INFERENCE_PRECISION_HINT": precision,
        "INFERENCE_NUM_THREADS": torch.get_num_threads(),
        "PERFORMANCE_HINT": "LATENCY",
    }
    network = core.read_model(model)
    network.reshape({"w": list(w.shape), "noise": []})  # one picture at a time, as in the worker
    request = core.compile_model(network, "CPU", settings).create_infer_request()
    inputs = {"w": w.numpy(), "noise": torch.ones(()).numpy()}
    return lambda: torch.from_numpy(request.infer(inputs)[0].copy())
