"""``python -m benchmarks``: print how fast the generator is beside the textbook reference, and write it as JSON.

Every ratio is interleaved with its reference in one process; medians. Knows no target and asserts nothing.
"""

import argparse
import json
import os
import platform
import statistics
import sys
import time
from collections.abc import Callable, Mapping, Sequence
from functools import partial
from pathlib import Path

import numpy as np
import torch

from benchmarks import reference
from generator import allocator, encode
from generator.hyperparameters import RESOLUTIONS, Hyperparameters
from generator.network import Generator

MAX_LOAD = 0.5
RESULTS = Path(__file__).parent / "results"

Row = Mapping[str, str | float]


def main() -> int:
    """Run the chosen tables; return the exit code."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks", description="Speed beside the textbook reference.")
    parser.add_argument("--quick", action="store_true", help="a small network: sees that it works, in under a minute")
    parser.add_argument("--busy", action="store_true", help=f"measure even if the machine's load is above {MAX_LOAD}")
    parser.add_argument("--device", choices=("cpu", "cuda"), default="cuda" if torch.cuda.is_available() else "cpu")
    options = parser.parse_args()
    if not (options.busy or options.quick) and os.getloadavg()[0] > MAX_LOAD:
        print(f"error: the machine is busy (load {os.getloadavg()[0]:.2f}); wait, or use --busy", file=sys.stderr)
        return 1
    sides, repeats = ((64,), 3) if options.quick else ((256, 512), 5)
    device = torch.device(options.device)
    tables = {
        "synthesis, batch 1, C library's allocator as it comes": synthesis_table(sides, repeats, device),
        "formats, 60 frames at 256 px": format_table(6 if options.quick else 60),
    }
    allocator.keep_large_blocks()
    tables["synthesis, batch 1, large blocks kept"] = synthesis_table(sides, repeats, device)
    for title, rows in tables.items():
        print_table(title, rows)
    if not options.quick:
        print(f"\nwritten to {write(tables, options.device)}")
    return 0


def synthesis_table(sides: Sequence[int], repeats: int, device: torch.device) -> list[Row]:
    """Seconds per picture of the reference and of ours, and their ratio (above 1: ours is faster)."""
    rows: list[Row] = []
    for side in sides:
        exact, auto = network(side, "exact").to(device), network(side, "auto").to(device)
        w = torch.randn(1, exact.num_ws, exact.w_dim, generator=torch.Generator().manual_seed(0)).to(device)
        contestants: dict[str, Callable[[], torch.Tensor]] = {
            "reference": partial(reference.synthesis, exact, w),
            "exact": partial(exact.synthesis, w),
            "auto": partial(auto.synthesis, w),
        }
        times = interleaved(contestants, repeats)
        truth = contestants["reference"]()
        for name, seconds in times.items():
            error = (contestants[name]() - truth).abs().max().item() / truth.abs().max().item()
            rows.append(
                {"side": side, "what": name, "seconds": seconds, "ratio": times["reference"] / seconds, "max error / peak": error}
            )
    return rows


def network(side: int, precision: str) -> Generator:
    """Return an untrained network of the public checkpoints' size: 32768 / R feature maps, at most 512."""
    channels = {resolution: min(32768 // resolution, 512) for resolution in RESOLUTIONS if resolution <= side}
    generator = Generator.new(Hyperparameters(side, channels), seed=0)
    generator.precision = precision
    return generator.freeze()


def interleaved(contestants: Mapping[str, Callable[[], torch.Tensor]], repeats: int) -> dict[str, float]:
    """Return the median seconds of each, taken in turns so that a slow minute hits all of them."""
    times: dict[str, list[float]] = {name: [] for name in contestants}
    with torch.no_grad():
        for turn in range(repeats + 1):
            for name, work in contestants.items():
                began = time.perf_counter()
                work().sum().item()  # waits for a GPU, too
                if turn:  # the first is for warming up
                    times[name].append(time.perf_counter() - began)
    return {name: statistics.median(seconds) for name, seconds in times.items()}


def format_table(count: int) -> list[Row]:
    """Seconds, size and fidelity of every animation format on a smooth moving picture."""
    frames = moving(count)
    rows: list[Row] = []
    for name in ("gif", "webp", "mp4"):
        if name in encode.available():
            began = time.perf_counter()
            file = encode.encode(name, frames, encode.Timing(20, True), "waifu 1 psi=0.7")
            rows.append({"format": name, "seconds": time.perf_counter() - began, "KB": len(file.body) / 1000})
    return rows


def moving(count: int, side: int = 256) -> encode.Frames:
    """Return frames [count, side, side, 3]: two coloured discs that pass each other over a gradient."""
    y, x = np.mgrid[0:side, 0:side] / side
    frames = []
    for t in np.linspace(0, 1, count):
        picture = np.stack([0.5 + 0.5 * y, 0.6 + 0 * x, 0.9 - 0.4 * x], axis=-1)
        for centre, colour in ((0.2 + 0.6 * t, (0.95, 0.4, 0.5)), (0.8 - 0.6 * t, (0.3, 0.35, 0.8))):
            shade = np.clip((0.25 - np.hypot(x - centre, y - 0.5)) * side / 2, 0, 1)[..., None]
            picture = picture * (1 - shade) + np.array(colour) * (0.7 + 0.3 * x[..., None]) * shade
        frames.append((picture * 255).astype(np.uint8))
    return np.stack(frames)


def print_table(title: str, rows: Sequence[Row]) -> None:
    """Print rows as a Markdown table."""
    print(f"\n{title}\n")
    print("| " + " | ".join(rows[0]) + " |")
    print("|" + "---|" * len(rows[0]))
    for row in rows:
        print("| " + " | ".join(f"{value:.3g}" if isinstance(value, float) else str(value) for value in row.values()) + " |")


def write(tables: Mapping[str, Sequence[Row]], device: str) -> Path:
    """Write the tables with the machine they were measured on; return the file."""
    gpu = torch.cuda.get_device_name() if device == "cuda" else ""
    machine = {
        "processor": processor(),
        "gpu": gpu,
        "threads": torch.get_num_threads(),
        "torch": torch.__version__,
        "python": platform.python_version(),
    }
    RESULTS.mkdir(exist_ok=True)
    path = RESULTS / f"{device}.json"
    path.write_text(json.dumps({"machine": machine, "tables": tables}, indent=1) + "\n", encoding="utf-8")
    return path


def processor() -> str:
    """Return the processor's name, as far as the system tells."""
    try:
        lines = Path("/proc/cpuinfo").read_text(encoding="utf-8").splitlines()
    except OSError:
        return platform.processor()
    return next((line.partition(":")[2].strip() for line in lines if line.startswith("model name")), platform.processor())


if __name__ == "__main__":
    sys.exit(main())
