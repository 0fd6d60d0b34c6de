"""Measures the seconds per picture of the textbook reference, of this project's network, and of its back ends.

Encodes no files. The reference is measured twice: in a process of its own with the C library's default allocator, and
in this process, where the allocator keeps large blocks (see generator/allocator.py).
"""

import subprocess
import sys
import time
from collections.abc import Callable, Sequence
from functools import partial
from typing import cast

import numpy as np
import torch
from torch import Tensor

from benchmarks import reference
from benchmarks.measure import Row, time_in_turns
from generator import checkpoints
from generator.execution import backends
from generator.stylegan import ops
from generator.stylegan.generator import Draw
from generator.stylegan.generator import Generator as AnyGenerator
from generator.stylegan2.hyperparameters import RESOLUTIONS, Hyperparameters
from generator.stylegan2.network import Generator

# For each precision, how many times as fast as the reference the network should be at 512 px: as the reference with
# the default allocator, and as the reference with large blocks kept.
TARGETS = {"exact": (2.0, 1.5), "auto": (7.0, 5.0)}
GEMM_SIDE = 4096  # side of the square matrices that floor_table multiplies


def network(side: int, precision: str) -> Generator:
    """Return an untrained network as large as public checkpoints.

    It has 32768 / R feature maps at resolution R, but at most 512.
    """
    channels = {resolution: min(32768 // resolution, 512) for resolution in RESOLUTIONS if resolution <= side}
    generator = Generator.new(Hyperparameters(side, channels), seed=0)
    with torch.no_grad():  # smaller ToRGB weights give colours like a trained network's; random ones would saturate
        for name, weight in generator.named_parameters():
            weight.mul_(0.15 if ".torgb.weight" in name else 1)
    generator.precision = precision
    return generator.freeze()


def styles(generator: AnyGenerator) -> Tensor:
    """Return the w [1, num_ws, w_dim] of one face."""
    random = np.random.RandomState(0)
    z = torch.from_numpy(random.randn(1, generator.z_dim)).to(generator.device, torch.float32)
    with torch.no_grad():
        return cast(Tensor, generator.mapping(z, generator.random_labels(random, 1), psi=0.7))


def count_operations(hyper: Hyperparameters) -> int:
    """Return the floating-point operations of the convolutions of one picture; a multiply-add counts as two.

    An upsampling convolution is counted at its input's resolution, where its products are: 119 GFLOP at 512 px.
    """
    total = 0
    for resolution, channels in hyper.channels.items():
        total += 2 * resolution**2 * (9 * channels**2 + hyper.img_channels * channels)
        if resolution > 4:
            total += 2 * 9 * hyper.channels[resolution // 2] * channels * (resolution // 2) ** 2
    return total


class Untuned:
    """The reference in a process of its own with the default allocator, which draws a picture on request."""

    def __init__(self, side: int) -> None:
        command = [sys.executable, "-m", "benchmarks.untuned", str(side)]
        self._process = subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True)

    def draw(self) -> None:
        """Make the process draw one picture, and wait until it has."""
        assert self._process.stdin is not None
        assert self._process.stdout is not None
        print("draw", file=self._process.stdin, flush=True)
        self._process.stdout.readline()

    def close(self) -> None:
        """End the process."""
        self._process.communicate()


def table(sides: Sequence[int], repeats: int, device: torch.device) -> list[Row]:
    """Return a row for each side and candidate, measured with a batch of 1.

    A row has the seconds per picture, how many times as fast as the reference that is, with the target, and how far
    the colours are from the reference's.
    """
    rows: list[Row] = []
    for side in sides:
        exact, auto = network(side, "exact").to(device), network(side, "auto").to(device)
        w = styles(exact)
        drawn: dict[str, Callable[[], Tensor]] = {
            "reference, large blocks kept": partial(reference.synthesis, exact, w),
            "exact": partial(exact.synthesis, w),
            "auto": partial(auto.synthesis, w),
        }
        untuned = Untuned(side) if device.type == "cpu" else None
        candidates: dict[str, Callable[[], object]] = {name: partial(_wait_for, work) for name, work in drawn.items()}
        if untuned is not None:
            candidates = {"reference": untuned.draw} | candidates
        with torch.no_grad():
            times = time_in_turns(candidates, repeats)
            truth = drawn["reference, large blocks kept"]()
            rows += [_row(side, name, times, drawn, truth) for name in times]
        if untuned is not None:
            untuned.close()
    return rows


def _wait_for(work: Callable[[], Tensor]) -> float:
    return work()[0, 0, 0, 0].item()  # reading a value also waits for a GPU


def _row(side: int, name: str, times: dict[str, float], drawn: dict[str, Callable[[], Tensor]], truth: Tensor) -> Row:
    row: dict[str, str | float] = {"side": side, "what": name, "seconds": times[name]}
    bases = [base for base in ("reference", "reference, large blocks kept") if base in times]
    for base in bases:
        row[f"times the {base}"] = times[base] / times[name]
    if name in TARGETS and side == 512:
        row["targets"] = " and ".join(f"{target:g}" for target in TARGETS[name])
    if name in drawn:
        row["levels off"], row["PSNR, dB"] = measure_accuracy(drawn[name](), truth)
    return row


def measure_accuracy(picture: Tensor, truth: Tensor) -> tuple[int, float]:
    """Return the largest difference of two pictures in levels of 256, and their PSNR in dB (at most 100)."""
    error = (ops.to_uint8(picture).double() - ops.to_uint8(truth).double()).abs()
    mean_square = max(error.square().mean().item(), 255**2 / 1e10)
    return int(error.max()), 10 * torch.log10(torch.tensor(255**2 / mean_square)).item()


def floor_table() -> list[Row]:
    """Return the processor's rates of matrix products and of convolutions, for each precision.

    The rate of matrix products is an upper limit for that of direct convolution.
    """
    rows: list[Row] = []
    for dtype in (torch.float32, torch.bfloat16):
        a, b = (torch.randn(GEMM_SIDE, GEMM_SIDE, generator=torch.Generator().manual_seed(i)).to(dtype) for i in (0, 1))
        seconds = time_in_turns({"product": partial(torch.matmul, a, b)}, 3)["product"]
        x = torch.randn(1, 128, 256, 256).to(dtype).contiguous(memory_format=torch.channels_last)
        weight = torch.randn(128, 128, 3, 3).to(dtype).contiguous(memory_format=torch.channels_last)
        convolution = time_in_turns({"conv": partial(torch.nn.functional.conv2d, x, weight, padding=1)}, 5)["conv"]
        rate = 2 * 9 * 128 * 128 * 256 * 256 / convolution / 1e9
        rows.append(
            {
                "precision": str(dtype).removeprefix("torch."),
                "matrix product, GFLOP/s": 2 * GEMM_SIDE**3 / seconds / 1e9,
                "3x3 convolution, GFLOP/s": rate,
                "119 GFLOP of 512 px at that rate, s": 119 / rate,
            }
        )
    return rows


def backend_table(names: Sequence[str], repeats: int, precision: str) -> list[Row]:
    """Return a row for each back end, measured with the built-in network.

    A row has the seconds it takes to build the back end, and how fast it then draws one picture at a time.
    """
    generator = checkpoints.load(checkpoints.EMBEDDED, precision=precision)
    w, noises = styles(generator), generator.synthesis.default_inputs(1)
    draws: dict[str, Draw] = {}
    rows: dict[str, dict[str, str | float]] = {}
    for name in names:
        began = time.perf_counter()
        row = rows[name] = {"back end": name, "precision": precision}
        try:
            draws[name] = backends.build(name, generator) or generator.synthesis.draw
            row["built in, s"] = time.perf_counter() - began
            row["levels off (99.99 %)"], row["PSNR, dB"] = backends.measure_distance(generator, draws[name])
        except backends.CannotUse as error:
            row["note"] = str(error)
    with torch.no_grad():
        times = time_in_turns({name: partial(draw, w, noises) for name, draw in draws.items()}, repeats)
    for name, seconds in times.items():
        rows[name] |= {"ms per picture": 1000 * seconds, "times eager": times["eager"] / seconds}
    return list(rows.values())
