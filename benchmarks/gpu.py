"""``python -m benchmarks.gpu``: runs the tests that need a GPU, and measures what one draws, in at most four minutes.

It writes one file, bench-gpu.json. With --tiny it does the same on the processor, small enough for a few seconds.
"""

import argparse
import asyncio
import subprocess
import sys
import time
from collections.abc import Callable, Iterable, Sequence
from contextlib import aclosing
from dataclasses import dataclass
from functools import cache, partial
from pathlib import Path

import torch

from benchmarks import measure, renders, synthesis
from benchmarks.measure import Row, time_in_turns
from generator import allocator, checkpoints
from generator.execution import backends
from generator.stylegan.generator import Draw

ROOT = Path(__file__).parents[1]
LIMIT_S = 230.0  # no part begins after this; what has begun ends on its own or is cut off
TESTS_S, LOAD_S = 90.0, 100.0  # the longest that the tests and the load may take
NO_GPU = "error: PyTorch finds no GPU here; TINY=1 tries this on the processor"
SHARE_GOAL, ONE_GOAL_MS = 0.4, 3.0  # of the half-precision rate at the full batch; milliseconds of one picture


@dataclass(frozen=True)
class Sizes:
    """How large everything is that is measured."""

    matrix: int  # side of the square matrices that are multiplied
    side: int  # of the pictures, in pixels
    batch: int
    repeats: int
    frames: int  # of the morph


FULL = Sizes(matrix=8192, side=512, batch=16, repeats=20, frames=60)
TINY = Sizes(matrix=256, side=32, batch=2, repeats=1, frames=3)


def main() -> int:
    """Run and measure everything, and return the exit code: 1 if a test failed, or if there is no GPU."""
    options = _options()
    if not options.tiny and not torch.cuda.is_available():
        print(NO_GPU, file=sys.stderr)
        return 1
    allocator.keep_large_blocks()
    device = torch.device("cpu" if options.tiny else "cuda")
    options.out.mkdir(parents=True, exist_ok=True)
    tables = _run(options.parts or PARTS, TINY if options.tiny else FULL, device, options.out / "bench-gpu.json")
    return 1 if any(row.get("exit code") for row in tables.get("tests", ())) else 0


def _options() -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="python -m benchmarks.gpu", description="Tests and figures of a GPU.")
    parser.add_argument("parts", nargs="*", help=f"what to do (default: all): {', '.join(PARTS)}")
    parser.add_argument("--out", type=Path, default=Path("out"), help="folder of bench-gpu.json (default: %(default)s)")
    parser.add_argument("--tiny", action="store_true", help="try it on the processor, with small sizes")
    return parser.parse_args()


def _run(parts: Iterable[str], sizes: Sizes, device: torch.device, path: Path) -> dict[str, Sequence[Row]]:
    """Do one part after another, and write the file after each, so that none is lost."""
    began, tables = time.monotonic(), dict[str, Sequence[Row]]()
    for name in parts:
        if time.monotonic() - began > LIMIT_S:
            tables[name] = [{"note": "left out: the time was over"}]
        else:
            tables[name] = PARTS[name](sizes, device)
        measure.print_table(name, tables[name])
        measure.write_file(path, tables, device.type)
    print(f"\nwritten to {path}")
    return tables


def run_tests(sizes: Sizes, device: torch.device) -> list[Row]:
    """Run the tests marked gpu, and return a row with pytest's exit code and last line."""
    files = sorted((ROOT / "tests" / "generator").glob("test_*.py"))
    marked = [str(path) for path in files if "mark.gpu" in path.read_text("utf-8")]
    command = [sys.executable, "-m", "pytest", "-q", "-m", "gpu", "-p", "no:cacheprovider", *marked]
    try:
        done = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, timeout=TESTS_S)
    except subprocess.TimeoutExpired:
        return [{"exit code": 1, "result": f"not finished after {TESTS_S:g} s"}]
    if done.returncode:
        print(done.stdout, done.stderr, file=sys.stderr)
    return [{"exit code": done.returncode, "result": (done.stdout.strip().splitlines() or [""])[-1]}]


def measure_rates(sizes: Sizes, device: torch.device) -> list[Row]:
    """Return a row with the rates of matrix products and of 3x3 convolutions in bfloat16."""
    rate = matrix_rate(sizes, device)
    x = torch.randn(sizes.batch, 128, sizes.side // 2, sizes.side // 2, device=device, dtype=torch.bfloat16)
    weight = torch.randn(128, 128, 3, 3, device=device, dtype=torch.bfloat16)
    x, weight = (tensor.contiguous(memory_format=torch.channels_last) for tensor in (x, weight))

    def convolve() -> None:
        _wait(torch.nn.functional.conv2d(x, weight, padding=1))

    seconds = time_in_turns({"convolution": convolve}, sizes.repeats)["convolution"].median
    flops = 2 * weight.numel() * x.numel() / 128
    return [{"matrix product, TFLOP/s": rate / 1e12, "3x3 convolution, TFLOP/s": flops / seconds / 1e12}]


@cache
def matrix_rate(sizes: Sizes, device: torch.device) -> float:
    """Return the rate of bfloat16 matrix products in FLOP/s, the most that a network can be drawn with.

    It is measured once, and stands in the file once.
    """
    a, b = (torch.randn(sizes.matrix, sizes.matrix, device=device, dtype=torch.bfloat16) for _ in range(2))

    def multiply() -> None:
        _wait(a @ b)

    return 2 * sizes.matrix**3 / time_in_turns({"product": multiply}, sizes.repeats)["product"].median


@torch.no_grad()
def measure_pictures(sizes: Sizes, device: torch.device) -> list[Row]:
    """Return a row for the whole batch and for one picture, drawn as written and by the back end for this device."""
    generator, rate = synthesis.network(sizes.side, "auto").to(device), matrix_rate(sizes, device)
    built = backends.build(backends.choose("auto", generator), generator)
    rows: list[Row] = []
    for count in (sizes.batch, 1):
        w, noises = synthesis.styles(generator).expand(count, -1, -1), generator.synthesis.noise_planes(count)
        draws = {"as written": generator.synthesis.draw} | ({"back end": built} if built else {})
        works = {name: partial(_draw, draw, w, noises) for name, draw in draws.items()}
        flops = count * synthesis.count_operations(generator.hyper)
        for name, times in time_in_turns(works, sizes.repeats).items():
            row: dict[str, str | float] = {"batch": count, "drawn": name, "ms": 1000 * times.median}
            row["lowest to highest"] = f"{1000 * times.lowest:.3g} to {1000 * times.highest:.3g}"
            row["TFLOP/s"] = flops / times.median / 1e12
            row["share of the matrix rate"] = flops / times.median / rate
            row["goal"] = f"share {SHARE_GOAL:g}" if count > 1 else f"{ONE_GOAL_MS:g} ms"
            rows.append(row)
    return rows


def _draw(draw: Draw, w: torch.Tensor, noises: Sequence[torch.Tensor | None]) -> None:
    _wait(draw(w, noises))


def _wait(result: torch.Tensor) -> None:
    result.flatten()[0].item()  # reading a value waits for a GPU


def measure_morph(sizes: Sizes, device: torch.device) -> list[Row]:
    """Return a row for a morph by the built-in network."""
    own = checkpoints.load(checkpoints.EMBEDDED, precision="auto", device=device.type)
    line = f"morph 10 20 frames={sizes.frames}"
    return [renders.measure(renders.Case(line, line, own))]


def measure_load(sizes: Sizes, device: torch.device) -> list[Row]:
    """Return a row for each command under load, or one that says why it could not be measured."""
    try:
        from benchmarks import load  # needs psutil and a bot, unlike the other parts
    except ModuleNotFoundError as error:
        return [{"note": f"not measured: the package {error.name} is not installed"}]

    async def within_limit() -> list[Row]:
        short = load.Sizes(load_s=30.0, hundreds=1, repeats=5)
        async with (
            asyncio.timeout(LOAD_S),
            aclosing(load.measure_load(load.TINY if sizes is TINY else short)) as tables,
        ):
            async for _, rows in tables:
                return rows
        return []

    try:
        return asyncio.run(within_limit())
    except TimeoutError:
        return [{"note": f"not measured: it took over {LOAD_S:g} s"}]


PARTS: dict[str, Callable[[Sizes, torch.device], Sequence[Row]]] = {
    "tests": run_tests,
    "rate": measure_rates,
    "pictures": measure_pictures,
    "morph": measure_morph,
    "load": measure_load,
}

if __name__ == "__main__":
    sys.exit(main())
