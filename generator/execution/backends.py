"""The ways to execute a network: as written, by OpenVINO, as CUDA graphs. One mathematics, ``SynthesisNetwork.draw``.

Does not know runs or threads. A back end is a row in BACKENDS: why it cannot run here, and how it makes a Draw from a
network. Each one is compared with float32 before its first picture is shown.
"""

import importlib.util
import logging
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

LEVELS = {"exact": 1, "auto": 2}  # how far a colour may be off, in levels of 256
PSNR = {"exact": 60.0, "auto": 50.0}  # dB, at least

Dtypes = Mapping[int, torch.dtype]  # the precision of each block's features, by its resolution


class CannotUse(Exception):
    """This back end cannot draw for this network on this machine. The text says why, for the log."""


class Backend(NamedTuple):
    """One way to execute a network. why_not: the reason why it cannot run for this network on this machine, or None."""

    why_not: Callable[[Generator], str | None]
    make: Callable[[SynthesisNetwork, Dtypes], Draw]


def choose(name: str, generator: Generator) -> str:
    """Return the back end that ``name`` stands for; "auto": CUDA graphs on a GPU, else eager. Raises CannotUse."""
    if name == "auto":
        name = "graphs" if generator.device.type == "cuda" else "eager"
    reason = BACKENDS[name].why_not(generator)
    if reason is not None:
        raise CannotUse(reason)
    return name


def build(name: str, generator: Generator) -> Draw | None:
    """Return what executes this network from now on (None: the network itself), tested on two faces.

    Takes up to some seconds. Raises CannotUse, also where colours are further from float32's than LEVELS and PSNR
    allow.
    """
    name = choose(name, generator)
    if name == "eager":
        return None
    single = dict.fromkeys(generator.hyper.resolutions, torch.float32)
    # A back end may use half precision for more than these dtypes say; then it gets a second try in float32.
    for dtypes in (generator.synthesis.dtypes(generator.device), single):
        with torch.no_grad():
            draw = BACKENDS[name].make(generator.synthesis, dtypes)
            levels, psnr = measure_distance(generator, draw)
        _log.info("back end %s for %s: %d levels, %.1f dB from float32", name, generator.name, levels, psnr)
        if levels <= LEVELS[generator.precision] and psnr >= PSNR[generator.precision]:
            return draw
    raise CannotUse(f"it is {levels} levels of colour and {psnr:.1f} dB from float32")


def settle_precision(generator: Generator) -> Generator:
    """Set a network to float32 where half precision changes its colours more than LEVELS and PSNR allow; return it.

    Most networks keep half precision; some small ones multiply the rounding error of bfloat16 to many levels.
    """
    if set(generator.synthesis.dtypes(generator.device).values()) == {torch.float32}:
        return generator
    levels, psnr = measure_distance(generator, generator.synthesis.draw)
    if levels > LEVELS["auto"] or psnr < PSNR["auto"]:
        _log.info("%s uses float32: half precision is %d levels and %.1f dB from it", generator.name, levels, psnr)
        generator.precision = "exact"
    return generator


@torch.no_grad()
def measure_distance(generator: Generator, draw: Draw) -> tuple[int, float]:
    """Return the distance of ``draw`` to float32 on two faces: levels of 256 (99.99th percentile), and dB of PSNR."""
    random = np.random.RandomState(0)
    z = torch.from_numpy(random.randn(2, generator.z_dim)).to(generator.device, torch.float32)
    w, noises = generator.mapping(z, generator.random_labels(random, 2), psi=0.7), generator.synthesis.noise_planes(2)
    exact = {resolution: torch.float32 for resolution in generator.hyper.resolutions}
    expected = ops.to_uint8(generator.synthesis.draw(w, noises, exact)).double()
    error = (ops.to_uint8(draw(w, noises)).double() - expected).abs().flatten()
    mean_square = max(float(error.square().mean()), 1e-9)
    highest = error.sort().values[int(0.9999 * (len(error) - 1))]
    return int(highest), 10 * float(torch.log10(torch.tensor(255**2 / mean_square)))


def one_by_one(draw: Callable[..., Tensor], planes: Sequence[bool], network: SynthesisNetwork) -> Draw:
    """Return a Draw that passes pictures one at a time to ``draw(w [1, ...], *planes)``, which knows one shape only.

    planes: which layers have noise in ``draw``; for any other choice of layers the network draws by itself.
    """

    def draw_each(w: Tensor, noises: Sequence[Tensor | None]) -> Tensor:
        if [plane is not None for plane in noises] != list(planes):
            return network.draw(w, noises)
        present = [plane for plane in noises if plane is not None]
        return torch.cat(
            [draw(w[i : i + 1], *(p if len(p) == 1 else p[i : i + 1] for p in present)) for i in range(len(w))]
        )

    return draw_each


class _Traced(nn.Module):
    """The network as a module whose inputs are tensors only, as tracers need: w and the existing planes -> picture."""

    def __init__(self, network: SynthesisNetwork, planes: Sequence[bool], dtypes: Mapping[int, torch.dtype]) -> None:
        super().__init__()
        self.network, self.planes, self.dtypes = network, planes, dict(dtypes)

    def forward(self, w: Tensor, *present: Tensor) -> Tensor:
        rest = iter(present)
        return self.network.draw(w, [next(rest) if plane else None for plane in self.planes], self.dtypes)


def _example(network: SynthesisNetwork) -> tuple[list[bool], list[Tensor]]:
    """Return which layers have noise, and the inputs of one picture."""
    noises = network.noise_planes(1)
    device = network.get_parameter("b4.const").device
    w = torch.zeros(1, network.hyper.num_ws, network.hyper.w_dim, device=device)
    return [plane is not None for plane in noises], [w, *(plane for plane in noises if plane is not None)]


def _build_openvino(network: SynthesisNetwork, dtypes: Dtypes) -> Draw:
    """Return a Draw by OpenVINO's CPU plugin, which itself decides where to use bfloat16: the trace is in float32."""
    sys.modules.setdefault("openvino_telemetry", cast(Any, None))  # otherwise every use is reported to Intel, unasked
    import openvino

    planes, example = _example(network)
    single = {resolution: torch.float32 for resolution in network.hyper.resolutions}
    module = _Traced(network, planes, single).eval()
    module(*example)  # prepares the weights, which the trace then holds as constants
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # sizes and branches become constants, as intended
        traced = torch.jit.trace(module, tuple(example), check_trace=False)  # type: ignore[no-untyped-call]
    model = openvino.convert_model(traced, input=[list(tensor.shape) for tensor in example])
    half = torch.bfloat16 in dtypes.values()
    settings: dict[str, Any] = {
        "INFERENCE_PRECISION_HINT": "bf16" if half else "f32",
        "INFERENCE_NUM_THREADS": torch.get_num_threads(),
        "PERFORMANCE_HINT": "LATENCY",
    }
    request = openvino.Core().compile_model(model, "CPU", settings).create_infer_request()

    def draw(*inputs: Tensor) -> Tensor:
        results = request.infer({i: tensor.contiguous().numpy() for i, tensor in enumerate(inputs)})
        return torch.from_numpy(results[0].copy())  # the request overwrites this memory with its next result

    return one_by_one(draw, planes, network)


def _build_graphs(network: SynthesisNetwork, dtypes: Dtypes) -> Draw:
    """Return a Draw by CUDA graphs: one launch per batch, captured when a size and set of planes first appear."""
    from generator.execution.cuda_graphs import Graphs

    return Graphs(network, dtypes)


def _no_reason(generator: Generator) -> str | None:
    return None


def _why_no_openvino(generator: Generator) -> str | None:
    if generator.device.type != "cpu":
        return "OpenVINO runs on a CPU only"
    return None if importlib.util.find_spec("openvino") else "install it with: pip install 'waifubot[openvino]'"


def _why_no_graphs(generator: Generator) -> str | None:
    return None if generator.device.type == "cuda" else "CUDA graphs need an NVIDIA GPU"


BACKENDS: Mapping[str, Backend] = {
    "eager": Backend(_no_reason, lambda network, dtypes: network.draw),
    "openvino": Backend(_why_no_openvino, _build_openvino),
    "graphs": Backend(_why_no_graphs, _build_graphs),
}
