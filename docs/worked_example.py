"""Trains as docs/training.md shows: ``python docs/worked_example.py``, three quarters of an hour on two idle cores.

300 portraits are printed in four inks. One network learns them from nothing at 64 px, another goes on from ``drawn-4``.
Then the distances at the start and at the end are printed: the end is the mean of the last three snapshots.
``--picture docs/worked-example.webp`` also makes the picture there.
"""

import argparse
import json
import subprocess
import sys
from pathlib import Path

from PIL import Image

from generator import checkpoints

PICTURES = 300
COLUMNS, SIDE = 8, 112  # of the picture: faces in a row, and their size in pixels


def main() -> None:
    """Make the pictures, train both networks, and print the distances."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--out", type=Path, default=Path("runs/example"), help="where everything goes")
    parser.add_argument("--minutes", type=float, default=30, help="time of the first training; the other takes half")
    parser.add_argument("--picture", type=Path, help="file for a picture of what was learnt, and from what")
    options = parser.parse_args()
    prints = options.out / "prints"
    if not prints.exists():
        waifu("artist", prints, "--pictures", PICTURES, "--ink", "--size", 128, "--seed", 1)
    scratch = ("--resolution", 64, "--config", "tiny", "--gamma", 1, "--snapshot", 5)
    transfer = (
        *("--start-from", checkpoints.MODELS / "drawn-4.safetensors", "--freeze-g", 5, "--warm-d", 1),
        *("--gamma", 5, "--lr", 0.001, "--ema", 0.3, "--snapshot", 1),
    )
    runs = {"scratch": (scratch, options.minutes), "transfer": (transfer, options.minutes / 2)}
    for name, (words, minutes) in runs.items():
        folder = options.out / name
        if (folder / "settings.json").exists():
            waifu("train", "--resume", folder, "--minutes", minutes)
        else:
            new = ("--data", prints, "--out", folder, "--name", name, "--mirror", "--samples", PICTURES)
            waifu("train", *new, *words, "--minutes", minutes)
    for name in runs:
        print(describe(options.out / name / "metrics.jsonl"))
    if options.picture:
        show(options.out).save(options.picture, quality=88)


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


def show(out: Path) -> Image.Image:
    """Return rows of prints, of faces learnt from nothing, and of the same faces before and after the transfer."""
    scratch, transfer = (sorted((out / name / "sheets").glob("*.png")) for name in ("scratch", "transfer"))
    prints: list[Image.Image] = [Image.open(path) for path in sorted((out / "prints").glob("*.png"))[:COLUMNS]]
    rows: list[list[Image.Image]] = [prints, *map(cut_row, (scratch[-1], transfer[0], transfer[-1]))]
    picture = Image.new("RGB", (COLUMNS * SIDE, len(rows) * SIDE))
    for row, faces in enumerate(rows):
        for column, face in enumerate(faces):
            picture.paste(face.resize((SIDE, SIDE), Image.Resampling.LANCZOS), (column * SIDE, row * SIDE))
    return picture


def cut_row(path: Path) -> list[Image.Image]:
    """Return the faces of the first row of a sheet."""
    sheet = Image.open(path).convert("RGB")
    side = sheet.width // COLUMNS
    return [sheet.crop((column * side, 0, (column + 1) * side, side)) for column in range(COLUMNS)]


if __name__ == "__main__":
    main()
