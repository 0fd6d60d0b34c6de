"""``python -m benchmarks``, which prints how fast everything is, beside the targets, and writes the results as JSON.

Measures nothing itself, and asserts nothing: a missed target is not an error.
"""

import argparse
import os
import sys
from collections.abc import Callable, Sequence

import torch

from benchmarks import files, measure, renders, stylegan3, synthesis, training
from benchmarks.measure import Row
from generator import allocator, checkpoints
from generator.contract.recipe import Recipe
from generator.execution.backends import BACKENDS
from generator.rendering import render
from generator.rendering.layout import Frames

PARTS = ("synthesis", "stylegan3", "backends", "training", "files", "renders", "bot", "town")
LONG = ("stylegan3", "training")  # minutes each: measured if they are named, so that all others take under 10 minutes


def main() -> int:
    """Measure and print the tables that the command line asks for, and return the exit code."""
    options = _options()
    if not (options.busy or options.quick) and os.getloadavg()[0] > measure.MAX_LOAD:
        print(f"error: the machine is busy (load {os.getloadavg()[0]:.2f}); wait, or use --busy", file=sys.stderr)
        return 1
    allocator.keep_large_blocks()
    if options.quick:
        torch.set_num_threads(1)  # on a busy machine several threads mostly wait for each other
    tables: dict[str, Sequence[Row]] = {}
    for part in options.parts or [part for part in PARTS if options.quick or part not in LONG]:
        measured = _MEASURE[part](options)
        for title, rows in measured.items():
            measure.print_table(title, rows)
        tables |= measured
    if not options.quick:
        print(f"\nwritten to {measure.write(tables, options.device)}")
    return 0


def _options() -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="python -m benchmarks", description="Speed beside the textbook reference.")
    parser.add_argument(
        "parts", nargs="*", help=f"which tables, of {', '.join(PARTS)} (default: all but {' and '.join(LONG)})"
    )
    parser.add_argument(
        "--quick", action="store_true", help="small sizes, to check that it works, in under a minute; writes nothing"
    )
    parser.add_argument(
        "--busy", action="store_true", help=f"measure even if the machine's load average is above {measure.MAX_LOAD}"
    )
    parser.add_argument("--device", choices=("cpu", "cuda"), default="cuda" if torch.cuda.is_available() else "cpu")
    return parser.parse_args()


def _synthesis(options: argparse.Namespace) -> dict[str, Sequence[Row]]:
    sides, side, repeats = ((32,), 32, 1) if options.quick else ((256, 512, 1024), 512, 5)
    tables: dict[str, Sequence[Row]] = {
        "synthesis, batch 1": synthesis.table(sides, repeats, torch.device(options.device))
    }
    if options.device == "cpu":
        tables[f"{side} px beside the floor of its direct convolutions"] = synthesis.floor_table(side, repeats)
    return tables


def _stylegan3(options: argparse.Namespace) -> dict[str, Sequence[Row]]:
    return {"StyleGAN3, one picture on one core": stylegan3.table((32,) if options.quick else (256, 512, 1024))}


def _backends(options: argparse.Namespace) -> dict[str, Sequence[Row]]:
    if options.quick:
        return {}
    return {"back ends, built-in network": synthesis.backend_table(list(BACKENDS), 15)}


def _training(options: argparse.Namespace) -> dict[str, Sequence[Row]]:
    sides, repeats = ((32,), 1) if options.quick else ((64, 128, 256), 3)
    return {"adversarial training": training.table(sides, repeats)}


def _files(options: argparse.Namespace) -> dict[str, Sequence[Row]]:
    frames = _morph(6 if options.quick else 60)
    return {f"animations: {len(frames)} frames of {frames.shape[1]} px": files.table(frames)}


def _morph(count: int) -> Frames:
    """Return the frames of a morph by the built-in network."""
    return render.raw_frames(Recipe.parse(f"morph 10 20 frames={count}"), checkpoints.load(checkpoints.EMBEDDED))


def _renders(options: argparse.Namespace) -> dict[str, Sequence[Row]]:
    return {"whole renders, from the line to the file": renders.table(options.quick)}


def _load(options: argparse.Namespace) -> dict[str, Sequence[Row]]:
    from benchmarks import load  # needs psutil and a bot, unlike the other tables

    return dict(load.tables(options.quick))


def _bot(options: argparse.Namespace) -> dict[str, Sequence[Row]]:
    from benchmarks import costs  # needs psutil and a bot, too

    return costs.tables(options.quick)


_MEASURE: dict[str, Callable[[argparse.Namespace], dict[str, Sequence[Row]]]] = {
    "synthesis": _synthesis,
    "stylegan3": _stylegan3,
    "backends": _backends,
    "training": _training,
    "files": _files,
    "renders": _renders,
    "bot": _bot,
    "town": _load,
}

if __name__ == "__main__":
    sys.exit(main())
