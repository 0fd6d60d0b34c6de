"""Trains as docs/training.md shows: ``python docs/worked_example.py``, two hours on two idle cores.

300 portraits are printed in four inks. One network learns them from nothing at 64 px, another goes on from the one that
ships. Then the distances at the start and at the end are printed: the end is the mean of the last three snapshots.
"""

import argparse
import json
import subprocess
import sys
from pathlib import Path

from generator import checkpoints

PICTURES = 300


def main() -> None:
    """Make the pictures, train both networks, and print the distances."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--out", type=Path, default=Path("runs/example"), help="where everything goes")
    parser.add_argument("--minutes", type=float, default=60, help="time of each of both trainings")
    options = parser.parse_args()
    prints = options.out / "prints"
    if not prints.exists():
        waifu("artist", prints, "--pictures", PICTURES, "--ink", "--size", 128, "--seed", 1)
    runs = {
        "scratch": ("--resolution", 64, "--config", "tiny", "--gamma", 1, "--snapshot", 5),
        "transfer": (
            *("--start-from", checkpoints.EMBEDDED, "--warm-d", 1),
            *("--gamma", 5, "--lr", 0.001, "--ema", 0.3, "--snapshot", 1),
        ),
    }
    for name, words in runs.items():
        folder = options.out / name
        if (folder / "settings.json").exists():
            waifu("train", "--resume", folder, "--minutes", options.minutes)
        else:
            new = ("--data", prints, "--out", folder, "--name", name, "--mirror", "--samples", PICTURES)
            waifu("train", *new, *words, "--minutes", options.minutes)
    for name in runs:
        print(describe(options.out / name / "metrics.jsonl"))


def waifu(*words: object) -> None:
    """Run a command of the generator."""
    subprocess.run([sys.executable, "-m", "generator", *map(str, words)], check=True)


def describe(metrics: Path) -> str:
    """Return the distance at the start of a run and the mean of the last three, in words."""
    rows = [json.loads(line) for line in metrics.read_text("utf-8").splitlines()]
    measured = [(row["seen"], row["frechet"]) for row in rows if "frechet" in row]
    first, last = measured[0][1], [distance for _, distance in measured[-3:]]
    mean = sum(last) / len(last)
    share = f"{100 * mean / first:.0f} %"
    return f"{metrics.parent.name}: {first:.4g} at the start, {mean:.4g} after {measured[-1][0]} pictures ({share})"


if __name__ == "__main__":
    main()
