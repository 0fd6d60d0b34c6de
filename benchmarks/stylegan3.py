"""Measures the seconds and the memory that a StyleGAN3 picture takes, with networks of the public sizes.

The weights are random; sizes, rates, channels and filters are designed as in Karras et al. 2021, "Alias-Free Generative
Adversarial Networks", section 3.2 and appendix C.1. ``python -m benchmarks.stylegan3 CONFIG RESOLUTION PRECISION``
draws one picture with one of them, as a process of its own, and prints a line of JSON.
"""

import json
import math
import subprocess
import sys
import time
from pathlib import Path
from typing import cast

import numpy as np
import torch
from torch import Tensor

from benchmarks.measure import Row
from generator import allocator
from generator.stylegan3.bands import CRITICAL, FIRST_STOPBAND, LAST_STOPBAND, Band, design_bands, design_filter
from generator.stylegan3.hyperparameters import Hyperparameters
from generator.stylegan3.layers import FilteredConv, ToRGB
from generator.stylegan3.network import Generator

LAYERS, MARGIN = 14, 10
CHANNEL_BASE = {256: 16384, 512: 32768, 1024: 32768}  # of config T; config R has twice as many channels


def network(config: str, resolution: int, precision: str, most: int = 512) -> Generator:
    """Return an untrained network of config "T" or "R", whose signals have unit variance.

    ``most`` limits the channels of config T, and half of those of config R.
    """
    hyper, bands = design(config, resolution, most)
    generator = Generator(hyper)
    source = torch.Generator().manual_seed(0)
    with torch.no_grad():
        for name, tensor in generator.state_dict().items():
            generator.initialise(name, tensor, source)
        _set_input(generator, source)
        for i, shape in enumerate(hyper.layers):
            layer = cast(FilteredConv | ToRGB, generator.synthesis.get_submodule(shape.name))
            layer.magnitude_ema.fill_(1)
            if isinstance(layer, FilteredConv):
                raised = shape.in_rate * shape.up
                layer.up_filter.copy_(design_filter(shape.up_taps, bands[max(i - 1, 0)], raised))
                layer.down_filter.copy_(design_filter(shape.down_taps, bands[i], raised, shape.radial))
    generator.freeze()
    _normalise(generator)
    generator.precision = precision
    return generator


def design(config: str, resolution: int, most: int = 512) -> tuple[Hyperparameters, list[Band]]:
    """Return the hyperparameters of a network, and the band of each layer."""
    wide = 2 if config == "R" else 1
    steps = [min(i / (LAYERS - CRITICAL), 1) for i in range(LAYERS + 1)]
    stopbands = [FIRST_STOPBAND * (resolution / 2 * LAST_STOPBAND / FIRST_STOPBAND) ** step for step in steps]
    rates = [2 ** math.ceil(math.log2(min(2 * stopband, resolution))) for stopband in stopbands]
    bands = design_bands(rates, resolution)
    base = CHANNEL_BASE.get(resolution, 32 * resolution) * wide
    channels = [round(min(base / 2 / band.cutoff, most * wide)) for band in bands]
    hyper = Hyperparameters(
        sizes=[*(rate + 2 * MARGIN for rate in rates[:-2]), resolution, resolution],
        rates=rates,
        channels=[*channels[:-1], 3],
        kernel=3 if config == "T" else 1,
        radial_layers=0 if config == "T" else LAYERS - CRITICAL,
    )
    return hyper, bands


def _set_input(generator: Generator, source: torch.Generator) -> None:
    """Draw the frequencies from a disc of the bandwidth's radius, and the phases from one period."""
    waves = generator.synthesis.input
    directions = torch.randn(waves.freqs.shape, generator=source)
    radii = torch.rand(len(waves.freqs), 1, generator=source).sqrt() * waves.bandwidth
    waves.freqs.copy_(directions / directions.norm(dim=1, keepdim=True) * radii)
    waves.phases.copy_(torch.rand(waves.phases.shape, generator=source) - 0.5)
    waves.transform.copy_(torch.eye(3))
    waves.affine.weight.zero_()
    waves.affine.get_parameter("bias").copy_(torch.tensor([1.0, 0, 0, 0]))


@torch.no_grad()
def _normalise(generator: Generator) -> None:
    """Set each layer's magnitude to the mean square of its input, as training does."""
    synthesis, w = generator.synthesis, styles(generator, 1)
    x = synthesis.input(w[:, 0], torch.eye(3)[None])
    for i, shape in enumerate(generator.hyper.layers):
        layer = cast(FilteredConv | ToRGB, synthesis.get_submodule(shape.name))
        layer.magnitude_ema.copy_(torch.linalg.vector_norm(x).square() / x.numel())
        x = layer(x, w[:, i + 1])


def styles(generator: Generator, n: int) -> Tensor:
    """Return the w [n, num_ws, w_dim] of n faces."""
    z = torch.from_numpy(np.random.RandomState(0).randn(n, generator.z_dim)).float()
    with torch.no_grad():
        w: Tensor = generator.mapping(z, psi=0.7)
    return w


def table(sides: tuple[int, ...]) -> list[Row]:
    """Return a row for each config, size and precision."""
    rows: list[Row] = []
    for side in sides:
        for config in "TR":
            for precision in ("exact", "auto"):
                command = [sys.executable, "-m", "benchmarks.stylegan3", config, str(side), precision]
                done = subprocess.run(command, capture_output=True, text=True, check=True)
                rows.append({"px": str(side), "config": config, "precision": precision, **json.loads(done.stdout)})
    return rows


def measure(config: str, resolution: int, precision: str, repeats: int = 2) -> Row:
    """Return the seconds that a picture takes on one core, the fastest of ``repeats``, and the peak of memory."""
    torch.set_num_threads(1)
    generator = network(config, resolution, precision)
    w = styles(generator, 1)
    seconds, cpu = [], []
    allocator.release_free_memory()
    Path("/proc/self/clear_refs").write_text("5")  # the peak begins again, without what making the network took
    for _ in range(repeats):
        began, began_cpu = time.perf_counter(), time.process_time()
        with torch.no_grad():
            generator.synthesis(w)
        seconds.append(time.perf_counter() - began)
        cpu.append(time.process_time() - began_cpu)
    status = Path("/proc/self/status").read_text(encoding="utf-8")
    peak = int(status.partition("VmHWM:")[2].split()[0]) / 1000
    return {"seconds": min(seconds), "processor seconds": min(cpu), "peak MB": peak}


if __name__ == "__main__":
    allocator.keep_large_blocks()
    print(json.dumps(measure(sys.argv[1], int(sys.argv[2]), sys.argv[3])))
