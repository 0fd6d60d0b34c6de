"""The back ends, each of which executes ``SynthesisNetwork.draw``: as plain PyTorch, with OpenVINO, or as CUDA graphs.

Knows nothing about recipes or threads. To add a back end, add a row to BACKENDS. Before a back end is used, its
pictures are compared with those that PyTorch draws in float32; one that nobody asked for must also draw faster.
"""

import importlib.util
import logging
import sys
import time
import warnings
from collections.abc import Callable, Mapping, Sequence
from statistics import median
from typing import Any, NamedTuple, cast

import numpy as np
import torch
from torch import Tensor, nn

from generator.stylegan import ops
from generator.stylegan.generator import Draw, Dtypes, Generator, SynthesisNetwork
from generator.stylegan.layers import ModulatedConv

_log = logging.getLogger(__name__)

# How close to float32 a back end must draw, for each precision.
LEVELS = {"exact": 1, "auto": 2}  # the largest difference of a colour (99.99th percentile), in levels of 256
PSNR = {"exact": 60.0, "auto": 50.0}  # the lowest PSNR in dB

# "auto" tries OpenVINO for networks of up to so many weights, a third of those of the usual ones. For larger ones it is
# no faster, and building it takes many seconds and half a gigabyte.
MAX_TRIED_WEIGHTS = 10_000_000
# Number of pictures at a time, as when one person asks and when many do -> how many times as fast it must be.
LEAST_GAINS = {1: 1.2, 4: 1.0}
RACE_S = 1.0  # how long each race lasts, or two turns if they take longer
MAX_TURNS = 15


class CannotUse(Exception):
    """Raised when a back end cannot execute this network on this machine. The text gives the reason, for the log."""


class Backend(NamedTuple):
    """One way to execute a network."""

    why_not: Callable[[Generator], str | None]  # returns why it cannot execute this network here, or None if it can
    make: Callable[[SynthesisNetwork, Dtypes], Draw]  # returns the function that executes the network


def choose(name: str, generator: Generator) -> str:
    """Return the key of BACKENDS that ``name`` stands for.

    "auto" stands for "graphs" on a GPU, for "openvino" where that may draw faster, and for "eager" otherwise. Raises
    CannotUse if this back end cannot execute the network here.
    """
    if name == "auto" and generator.device.type == "cuda":
        name = "graphs"
    elif name == "auto":
        name = "openvino" if _may_win(generator) else "eager"
    reason = BACKENDS[name].why_not(generator)
    if reason is not None:
        raise CannotUse(reason)
    return name


def _may_win(generator: Generator) -> bool:
    """Return whether OpenVINO may draw faster. Where every number shall be float32, nothing but PyTorch draws."""
    is_tried = generator.precision == "auto" and sum(p.numel() for p in generator.parameters()) <= MAX_TRIED_WEIGHTS
    return is_tried and BACKENDS["openvino"].why_not(generator) is None


def build(name: str, generator: Generator) -> Draw | None:
    """Build the back end ``name`` for this network, test it on two faces, and return its Draw.

    A Draw is a function that executes the network. Return None for "eager", where the network draws by itself, and for
    "auto" where nothing else draws faster. Building takes up to several seconds.

    Raises CannotUse if the back end cannot execute the network here, or if its colours differ from those of float32 by
    more than LEVELS and PSNR allow.
    """
    chosen = choose(name, generator)
    if chosen == "eager":
        return None
    # A back end may use half precision in more places than these dtypes say, so it gets a second try in float32.
    for dtypes in (generator.synthesis.dtypes(generator.device), generator.synthesis.all_float32()):
        with torch.no_grad():
            draw = BACKENDS[chosen].make(generator.synthesis, dtypes)
            levels, psnr = measure_distance(generator, draw)
        _log.info(
            "back end %s for %s: differs from float32 by at most %d/255 in 99.99 %% of values (PSNR %.1f dB)",
            chosen,
            generator.name,
            levels,
            psnr,
        )
        if levels <= LEVELS[generator.precision] and psnr >= PSNR[generator.precision]:
            return draw if name != "auto" or chosen == "graphs" or _wins(generator, draw) else None
    raise CannotUse(f"it differs from float32 by {levels} levels of colour (PSNR {psnr:.1f} dB)")


def _wins(generator: Generator, draw: Draw) -> bool:
    gains = {count: measure_gain(generator, draw, count) for count in LEAST_GAINS}
    shown = ", ".join(f"{gain:.2f} times as fast with {count} at a time" for count, gain in gains.items())
    _log.info("OpenVINO draws %s %s", generator.name, shown)
    return all(gains[count] >= least for count, least in LEAST_GAINS.items())


@torch.no_grad()
def measure_gain(generator: Generator, draw: Draw, count: int) -> float:
    """Return how many times as fast ``draw`` draws ``count`` pictures as the network itself.

    The two take turns, so that whatever else the machine does hits both.
    """
    synthesis = generator.synthesis
    w = generator.mapping.w_avg.expand(count, generator.num_ws, generator.w_dim)
    inputs = synthesis.default_inputs(count)
    times: dict[Draw, list[float]] = {synthesis.draw: [], draw: []}
    until, turns = time.perf_counter() + RACE_S, 0
    while turns < 2 or (turns < MAX_TURNS and time.perf_counter() < until):
        for one, seconds in times.items():
            began = time.perf_counter()
            one(w, inputs)
            seconds.append(time.perf_counter() - began)
        turns += 1
    return median(times[synthesis.draw]) / median(times[draw])


def settle_precision(generator: Generator) -> Generator:
    """Use half precision in fewer parts of a network, or none, if it changes the colours too much. Return the network.

    LEVELS and PSNR say what is too much. Most networks keep half precision, but some small ones amplify the rounding
    errors of bfloat16 to many levels.
    """
    while set(generator.synthesis.dtypes(generator.device).values()) != {torch.float32}:
        levels, psnr = measure_distance(generator, generator.synthesis.draw)
        if levels <= LEVELS["auto"] and psnr >= PSNR["auto"]:
            break
        less = generator.synthesis.use_less_half()
        _log.info(
            "%s uses %s, as half precision differs from float32 by %d levels of colour (PSNR %.1f dB)",
            generator.name,
            "half precision in fewer layers" if less else "float32",
            levels,
            psnr,
        )
        if not less:
            generator.precision = "exact"
            break
    return generator


@torch.no_grad()
def measure_distance(generator: Generator, draw: Draw) -> tuple[int, float]:
    """Measure on two faces how far the colours of ``draw`` are from those of float32.

    Return the 99.99th percentile of the difference, in levels of 256, and the PSNR in dB.
    """
    random = np.random.RandomState(0)
    z = torch.from_numpy(random.randn(2, generator.z_dim)).to(generator.device, torch.float32)
    w, synthesis = generator.mapping(z, generator.random_labels(random, 2), psi=0.7), generator.synthesis
    inputs = synthesis.default_inputs(2)
    expected = ops.to_uint8(synthesis.draw(w, inputs, synthesis.all_float32())).double()
    error = (ops.to_uint8(draw(w, inputs)).double() - expected).abs().flatten()
    mean_square = max(float(error.square().mean()), 1e-9)
    highest = error.sort().values[int(0.9999 * (len(error) - 1))]
    return int(highest), 10 * float(torch.log10(torch.tensor(255**2 / mean_square)))


def one_by_one(draw: Callable[..., Tensor], present: Sequence[bool], network: SynthesisNetwork) -> Draw:
    """Return a Draw that calls ``draw(w [1, num_ws, w_dim], *further inputs)`` for one picture at a time.

    Use it for a function that was compiled for a batch of one. ``present`` says which of the network's further inputs
    that function takes. The network itself draws a batch with others, such as noise in other layers.
    """

    def draw_each(w: Tensor, inputs: Sequence[Tensor | None]) -> Tensor:
        if [value is not None for value in inputs] != list(present):
            return network.draw(w, inputs)
        given = [value for value in inputs if value is not None]
        return torch.cat(
            [draw(w[i : i + 1], *(x if len(x) == 1 else x[i : i + 1] for x in given)) for i in range(len(w))]
        )

    return draw_each


class _Traced(nn.Module):
    """The network with tensors as its only inputs, as tracing requires: w, and the further inputs that are not None."""

    def __init__(self, network: SynthesisNetwork, present: Sequence[bool], dtypes: Dtypes) -> None:
        super().__init__()
        self.network, self.present, self.dtypes = network, present, dict(dtypes)

    def forward(self, w: Tensor, *given: Tensor) -> Tensor:
        rest = iter(given)
        return self.network.draw(w, [next(rest) if there else None for there in self.present], self.dtypes)


def _example(network: SynthesisNetwork) -> tuple[list[bool], list[Tensor]]:
    """Return which further inputs the network takes, and example inputs for one picture: w and those."""
    inputs = network.default_inputs(1)
    w = torch.zeros(1, network.hyper.num_ws, network.hyper.w_dim, device=next(network.parameters()).device)
    return [value is not None for value in inputs], [w, *(value for value in inputs if value is not None)]


def _build_openvino(network: SynthesisNetwork, dtypes: Dtypes) -> Draw:
    """Return a Draw that uses OpenVINO's CPU plugin.

    The network is traced in float32, and the plugin itself decides where to use bfloat16.
    """
    # OpenVINO would report every use to Intel without asking. It cannot if this module is missing.
    sys.modules.setdefault("openvino_telemetry", cast(Any, None))
    import openvino

    present, example = _example(network)
    module = _Traced(network, present, network.all_float32()).eval()
    module(*example)  # the first call prepares what the trace then holds as constants
    for layer in network.modules():
        if isinstance(layer, ModulatedConv):
            layer.kernel(torch.float32)  # also where PyTorch's own pictures need another form of the weight
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # about sizes and branches that become constants, as intended
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
        return torch.from_numpy(results[0].copy())  # the next inference overwrites this memory

    return one_by_one(draw, present, network)


def _build_graphs(network: SynthesisNetwork, dtypes: Dtypes) -> Draw:
    """Return a Draw that replays CUDA graphs, one launch per batch.

    A graph is captured the first time that a combination of batch size and further inputs occurs.
    """
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
