"""The ways to execute the network: as written, compiled, by OpenVINO, as CUDA graphs. One mathematics, ``SynthesisNetwork.draw``.

Knows no jobs and no threads. A back end is a row in BACKENDS: why it cannot run here, and how a Draw is made of a network.
Whatever is made is held to the picture that float32 gives before anybody sees it.
"""

import importlib.util
import logging
import shutil
import sys
import warnings
from collections.abc import Callable, Mapping, Sequence
from typing import Any, NamedTuple, cast

import numpy as np
import torch
from torch import Tensor, nn

from generator.stylegan2 import ops
from generator.stylegan2.network import Draw, Generator, SynthesisNetwork

_log = logging.getLogger(__name__)

LEVELS = {"exact": 1, "auto": 2}  # of 256 that a colour may be off
PSNR = {"exact": 60.0, "auto": 50.0}  # dB


Dtypes = Mapping[int, torch.dtype]  # the precision of each block's features, by its resolution


class CannotUse(Exception):
    """This back end cannot draw for this network on this machine; the text says why. Nobody but the owner needs to know."""


class Backend(NamedTuple):
    """One way to execute a network. missing: why it cannot run for this network and here, or None."""

    missing: Callable[[Generator], str | None]
    make: Callable[[SynthesisNetwork, Dtypes], Draw]


def choose(name: str, generator: Generator) -> str:
    """Return the back end for ``name``, "auto" being the one that paid on such a device. Raises CannotUse."""
    if name == "auto":
        name = "graphs" if generator.device.type == "cuda" else "eager"
    missing = BACKENDS[name].missing(generator)
    if missing is not None:
        raise CannotUse(missing)
    return name


def build(name: str, generator: Generator) -> Draw | None:
    """Return what draws for this network from now on (None: the network itself), tried out on one face.

    Takes seconds to minutes. Raises CannotUse, also where colours are further from float32's than LEVELS and PSNR allow.
    """
    name = choose(name, generator)
    if name == "eager":
        return None
    single = dict.fromkeys(generator.hyper.resolutions, torch.float32)
    for dtypes in (
        generator.synthesis.dtypes(generator.device),
        single,
    ):  # some take half precision for more than was meant
        with torch.no_grad():
            draw = BACKENDS[name].make(generator.synthesis, dtypes)
            levels, psnr = distance(generator, draw)
        _log.info("back end %s for %s: %d levels, %.1f dB from float32", name, generator.name, levels, psnr)
        if levels <= LEVELS[generator.precision] and psnr >= PSNR[generator.precision]:
            return draw
    raise CannotUse(f"it is {levels} levels of colour and {psnr:.1f} dB from float32")


def settle(generator: Generator) -> Generator:
    """Leave a network half precision only if its colours then stay as near to float32's as LEVELS and PSNR say; return it.

    Most do; but some small networks multiply the rounding of bfloat16 to many levels.
    """
    if set(generator.synthesis.dtypes(generator.device).values()) == {torch.float32}:
        return generator
    levels, psnr = distance(generator, generator.synthesis.draw)
    if levels > LEVELS["auto"] or psnr < PSNR["auto"]:
        _log.info("%s draws in float32: half precision is %d levels and %.1f dB from it", generator.name, levels, psnr)
        generator.precision = "exact"
    return generator


@torch.no_grad()
def distance(generator: Generator, draw: Draw) -> tuple[int, float]:
    """Return how far ``draw`` is from float32 on two faces: in levels of 256 at the 99.99th percentile, and in dB of PSNR."""
    random = np.random.RandomState(0)
    z = torch.from_numpy(random.randn(2, generator.z_dim)).to(generator.device, torch.float32)
    w, noises = generator.mapping(z, generator.random_labels(random, 2), psi=0.7), generator.synthesis.noises(2)
    exact = {resolution: torch.float32 for resolution in generator.hyper.resolutions}
    expected = ops.to_uint8(generator.synthesis.draw(w, noises, exact)).double()
    error = (ops.to_uint8(draw(w, noises)).double() - expected).abs().flatten()
    mean_square = max(float(error.square().mean()), 1e-9)
    highest = error.sort().values[int(0.9999 * (len(error) - 1))]
    return int(highest), 10 * float(torch.log10(torch.tensor(255**2 / mean_square)))


def one_by_one(draw: Callable[..., Tensor], planes: Sequence[bool], network: SynthesisNetwork) -> Draw:
    """Return a Draw that hands pictures singly to ``draw(w [1, ...], *planes)``: one shape to compile.

    planes: which layers have noise in what was compiled; where others are asked for, the network draws itself.
    """

    def each(w: Tensor, noises: Sequence[Tensor | None]) -> Tensor:
        if [plane is not None for plane in noises] != list(planes):
            return network.draw(w, noises)
        given = [plane for plane in noises if plane is not None]
        return torch.cat(
            [draw(w[i : i + 1], *(p if len(p) == 1 else p[i : i + 1] for p in given)) for i in range(len(w))]
        )

    return each


class _Traced(nn.Module):
    """The network as a module of tensors only, as tracers want it: w and the planes that are there -> picture."""

    def __init__(self, network: SynthesisNetwork, planes: Sequence[bool], dtypes: Mapping[int, torch.dtype]) -> None:
        super().__init__()
        self.network, self.planes, self.dtypes = network, planes, dict(dtypes)

    def forward(self, w: Tensor, *given: Tensor) -> Tensor:
        left = iter(given)
        return self.network.draw(w, [next(left) if plane else None for plane in self.planes], self.dtypes)


def _example(network: SynthesisNetwork) -> tuple[list[bool], list[Tensor], torch.device]:
    """Which layers have noise, and the inputs of one picture."""
    noises = network.noises(1)
    device = network.get_parameter("b4.const").device
    w = torch.zeros(1, network.hyper.num_ws, network.hyper.w_dim, device=device)
    return [plane is not None for plane in noises], [w, *(plane for plane in noises if plane is not None)], device


def _compiled(network: SynthesisNetwork, dtypes: Dtypes) -> Draw:
    """torch.compile with the weights folded in; the first call compiles."""
    import torch._inductor.config as inductor

    planes, example, device = _example(network)
    with inductor.patch(freezing=device.type == "cpu"):
        draw = torch.compile(_Traced(network, planes, dtypes), dynamic=False, fullgraph=True)
        draw(*example)
    return one_by_one(draw, planes, network)


def _openvino(network: SynthesisNetwork, dtypes: Dtypes) -> Draw:
    """OpenVINO's CPU plugin; it chooses where bfloat16 is used, so the network is traced in float32."""
    sys.modules.setdefault(
        "openvino_telemetry", cast(Any, None)
    )  # else Intel is told of every use, without anybody being asked
    import openvino

    planes, example, _ = _example(network)
    single = {resolution: torch.float32 for resolution in network.hyper.resolutions}
    module = _Traced(network, planes, single).eval()
    module(*example)  # weights are made ready once, and then constants
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # sizes and branches become constants: that is meant
        traced = torch.jit.trace(module, tuple(example), check_trace=False)  # type: ignore[no-untyped-call]
    model = openvino.convert_model(traced, input=[list(tensor.shape) for tensor in example])
    half = torch.bfloat16 in dtypes.values()
    settings: dict[str, Any] = {
        "INFERENCE_PRECISION_HINT": "bf16" if half else "f32",
        "INFERENCE_NUM_THREADS": torch.get_num_threads(),
        "PERFORMANCE_HINT": "LATENCY",
    }
    request = openvino.Core().compile_model(model, "CPU", settings).create_infer_request()

    def draw(*given: Tensor) -> Tensor:
        results = request.infer({i: tensor.contiguous().numpy() for i, tensor in enumerate(given)})
        return torch.from_numpy(results[0].copy())  # the request writes its next result over this one

    return one_by_one(draw, planes, network)


def _graphs(network: SynthesisNetwork, dtypes: Dtypes) -> Draw:
    """CUDA graphs: one launch for a whole batch, captured when a size and a set of planes first come."""
    from generator.execution.cuda_graphs import Graphs

    return Graphs(network, dtypes)


def _nothing(generator: Generator) -> str | None:
    return None


def _no_compiler(generator: Generator) -> str | None:
    if importlib.util.find_spec("torch._inductor") is None:
        return "this build of torch has no compiler"
    if generator.device.type == "cpu" and not any(shutil.which(name) for name in ("c++", "g++", "clang++", "cl")):
        return "torch.compile needs a C++ compiler; install g++"
    return None


def _no_openvino(generator: Generator) -> str | None:
    if generator.device.type != "cpu":
        return "OpenVINO is for processors"
    return None if importlib.util.find_spec("openvino") else "install it with: pip install 'waifubot[openvino]'"


def _no_cuda(generator: Generator) -> str | None:
    return None if generator.device.type == "cuda" else "CUDA graphs need a GPU of NVIDIA"


BACKENDS: Mapping[str, Backend] = {
    "eager": Backend(_nothing, lambda network, dtypes: network.draw),
    "compile": Backend(_no_compiler, _compiled),
    "openvino": Backend(_no_openvino, _openvino),
    "graphs": Backend(_no_cuda, _graphs),
}
