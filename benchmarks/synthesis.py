"""Measures the seconds per picture of the textbook reference, of peers, of this project's network and its back ends.

Encodes no files. All of them keep large blocks (see generator/allocator.py). The reference is also measured in a
process of its own with the C library's allocator as it comes, which nothing is compared with.
"""

import subprocess
import sys
import time
from collections.abc import Callable, Sequence
from functools import partial
from typing import NamedTuple, cast

import numpy as np
import torch
import torch.nn.functional as F
from torch import Tensor

from benchmarks import peers, reference
from benchmarks.measure import Row, Times, time_in_turns
from generator import checkpoints
from generator.execution import backends
from generator.stylegan import ops
from generator.stylegan.generator import Generator as AnyGenerator
from generator.stylegan.precision import PRECISIONS, half_dtype
from generator.stylegan2.hyperparameters import RESOLUTIONS, Hyperparameters
from generator.stylegan2.network import Generator

# For each precision, the most that a picture of 512 px may take beside its convolutions alone.
GOALS = {"exact": 1.15, "auto": 1.2}
TEXTBOOK, UNTUNED = "reference", "reference, the allocator as it comes"


def network(side: int, precision: str) -> Generator:
    """Return an untrained network as large as public checkpoints.

    It has 32768 / R feature maps at resolution R, but at most 512.
    """
    channels = {resolution: min(32768 // resolution, 512) for resolution in RESOLUTIONS if resolution <= side}
    generator = Generator.new(Hyperparameters(side, channels), seed=0)
    with torch.no_grad():  # smaller ToRGB weights give colours like a trained network's; random ones would saturate
        for name, parameter in generator.named_parameters():
            parameter.mul_(0.15 if ".torgb.weight" in name else 1)
            if name.endswith("noise_strength"):
                parameter.fill_(0.1)  # otherwise what leaves out noise of no strength would have less to do
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

    A row has the seconds per picture, how many times as fast as the reference that is, and how far the colours are from
    the reference's. On a processor the candidates include the peers that are installed.
    """
    rows: list[Row] = []
    for side in sides:
        exact, auto = network(side, "exact").to(device), network(side, "auto").to(device)
        w, on_cpu = styles(exact), device.type == "cpu"
        drawn: dict[str, Callable[[], Tensor]] = {TEXTBOOK: partial(reference.synthesis, exact, w)}
        drawn |= peers.peers(exact, w) if on_cpu else {}
        drawn |= {"exact": partial(exact.synthesis, w), "auto": partial(auto.synthesis, w)}
        candidates: dict[str, Callable[[], object]] = {name: partial(_wait_for, work) for name, work in drawn.items()}
        # Once is enough: what is lost to page faults differs from machine to machine, and nothing is compared with it.
        untuned = Untuned(side) if on_cpu and side == sides[0] else None
        if untuned is not None:
            candidates[UNTUNED] = untuned.draw
        with torch.no_grad():
            times = time_in_turns(candidates, repeats)
            truth = drawn[TEXTBOOK]()
            for name in candidates:
                row = {"side": side, "what": name, **times[name].columns()}
                if name in drawn:
                    row["times the reference"] = times[TEXTBOOK].median / times[name].median
                    row["levels off"], row["PSNR, dB"] = measure_accuracy(drawn[name](), truth)
                rows.append(row)
        if untuned is not None:
            untuned.close()
    return rows


def _wait_for(work: Callable[[], Tensor]) -> float:
    return work()[0, 0, 0, 0].item()  # reading a value also waits for a GPU


def measure_accuracy(picture: Tensor, truth: Tensor) -> tuple[int, float]:
    """Return the largest difference of two pictures in levels of 256, and their PSNR in dB (at most 100)."""
    error = (ops.to_uint8(picture).double() - ops.to_uint8(truth).double()).abs()
    mean_square = max(error.square().mean().item(), 255**2 / 1e10)
    return int(error.max()), 10 * torch.log10(torch.tensor(255**2 / mean_square)).item()


class Convolution(NamedTuple):
    """One 3x3 convolution of a network."""

    inputs: int
    outputs: int
    side: int  # of its input, in pixels
    up: bool

    @property
    def resolution(self) -> int:
        """The resolution of the block that it belongs to."""
        return self.side * 2 if self.up else self.side

    def ways(self, dtype: torch.dtype) -> dict[torch.memory_format, Callable[[], Tensor]]:
        """Return functions that compute nothing but this, on random features, one for each layout."""
        x, weight = torch.randn(1, self.inputs, self.side, self.side), torch.randn(self.outputs, self.inputs, 3, 3)
        weight = weight.transpose(0, 1) if self.up else weight
        convolve = partial(F.conv_transpose2d, stride=2) if self.up else partial(F.conv2d, padding=1)
        layouts = (torch.contiguous_format, torch.channels_last)
        return {
            layout: partial(convolve, *(tensor.to(dtype).contiguous(memory_format=layout) for tensor in (x, weight)))
            for layout in layouts
        }


def convolutions(hyper: Hyperparameters) -> list[Convolution]:
    """Return the 3x3 convolutions of a network, in their order."""
    found = []
    for resolution, channels in hyper.channels.items():
        if resolution > 4:
            found.append(Convolution(hyper.channels[resolution // 2], channels, resolution // 2, up=True))
        found.append(Convolution(channels, channels, resolution, up=False))
    return found


@torch.no_grad()
def floor_table(side: int, repeats: int) -> list[Row]:
    """Return a row for each precision: a picture beside the floor of its direct convolutions, measured in turns.

    The floor is the sum of the seconds that each convolution takes alone, in its own size, in whichever layout is
    faster, without any modulation, filter, noise or activation. All of them are in the row's precision, although "auto"
    draws small blocks in float32; "as drawn" they are as it does. The last columns tell what a picture would take if
    all its operations were as fast as in the fastest of these convolutions.
    """
    rows: list[Row] = []
    for precision, dtype in (("exact", torch.float32), ("auto", half_dtype(torch.device("cpu"), None))):
        if dtype is None:
            continue
        generator = network(side, precision)
        total, each = count_operations(generator.hyper), convolutions(generator.hyper)
        used = generator.synthesis.dtypes(torch.device("cpu"))
        wanted = {(part, kind) for part in each for kind in (dtype, used[part.resolution])}
        works = {(*key, layout): work for key in wanted for layout, work in key[0].ways(key[1]).items()}
        candidates: dict[str, Callable[[], object]] = {str(key): work for key, work in works.items()}
        w = styles(generator)
        times = time_in_turns({"picture": partial(generator.synthesis, w), **candidates}, repeats)
        best = {key: min(times[str(other)] for other in works if other[:2] == key) for key in wanted}
        floor = Times(*(sum(values) for values in zip(*(best[part, dtype] for part in each), strict=True)))
        drawn = sum(best[part, used[part.resolution]].median for part in each)
        rate = max(operations(part) / best[part, dtype].median for part in each)
        picture = times["picture"]
        rows.append(
            {"precision": f"{precision} ({str(dtype).removeprefix('torch.')})", **picture.columns()}
            | {"floor, s": floor.median, "floor, lowest to highest": floor.columns()["lowest to highest"]}
            | {"picture / floor": picture.median / floor.median, "goal": f"{GOALS[precision]:g}"}
            | {"lowest / lowest": picture.lowest / floor.lowest}
            | {"floor as drawn, s": drawn, "picture / that": picture.median / drawn}
            | {"best rate, GFLOP/s": rate / 1e9, "at that rate, s": total / rate}
        )
    return rows


def operations(part: Convolution) -> int:
    """Return the floating-point operations of one convolution; a multiply-add counts as two."""
    return 2 * 9 * part.inputs * part.outputs * part.side**2


def backend_table(names: Sequence[str], repeats: int) -> list[Row]:
    """Return a row for each back end and precision, measured in turns with the built-in network.

    A row has the seconds it takes to build the back end, and how fast it then draws one picture at a time. A precision
    in which the network computes just the same as in another has no row of its own.
    """
    draws: dict[str, Callable[[], object]] = {}
    rows: dict[str, dict[str, str | float]] = {}
    for dtypes, precisions in _distinct_precisions().items():
        generator = checkpoints.load(checkpoints.EMBEDDED, precision=precisions[0])
        w, noises = styles(generator), generator.synthesis.default_inputs(1)
        for name in names:
            began, key = time.perf_counter(), f"{name} {dtypes}"
            row = rows[key] = {"back end": name, "precision": " and ".join(precisions)}
            try:
                draw = backends.build(name, generator) or generator.synthesis.draw
                row["built in, s"] = time.perf_counter() - began
                row["levels off (99.99 %)"], row["PSNR, dB"] = backends.measure_distance(generator, draw)
                draws[key] = partial(draw, w, noises)
            except backends.CannotUse as error:
                row["note"] = str(error)
    with torch.no_grad():
        times = time_in_turns(draws, repeats)
    for key, spread in times.items():
        rows[key] |= spread.columns()
    return list(rows.values())


def _distinct_precisions() -> dict[tuple[torch.dtype, ...], list[str]]:
    """Return the precisions of the built-in network, those that mean the same arithmetic together."""
    found: dict[tuple[torch.dtype, ...], list[str]] = {}
    for precision in PRECISIONS:
        synthesis = checkpoints.load(checkpoints.EMBEDDED, precision=precision).synthesis
        found.setdefault(tuple(synthesis.dtypes(torch.device("cpu")).values()), []).append(precision)
    return found
