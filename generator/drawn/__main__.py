"""Command line: a contact sheet of drawn portraits, ``python -m generator.drawn SHEET.png``.

Knows nothing of how they are drawn.
"""

import argparse
from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray
from PIL import Image

from generator.drawn import draw, sample


def sheet(size: int, columns: int, rows: int, seed: int) -> NDArray[np.uint8]:
    """Return portraits side by side: [rows * size, columns * size, 3] uint8."""
    rng = np.random.default_rng(seed)
    lines = [np.concatenate([draw(sample(rng), size) for _ in range(columns)], axis=1) for _ in range(rows)]
    return np.concatenate(lines, axis=0)


def main(arguments: Sequence[str] | None = None) -> None:
    """Write the contact sheet that the arguments ask for."""
    parser = argparse.ArgumentParser(
        prog="python -m generator.drawn", description="Write a contact sheet of drawn portraits."
    )
    parser.add_argument("sheet", help="the file to write, for example sheet.png")
    parser.add_argument("--size", type=int, default=128, help="pixels a side of one portrait")
    parser.add_argument("--columns", type=int, default=8)
    parser.add_argument("--rows", type=int, default=4)
    parser.add_argument("--seed", type=int, default=0)
    asked = parser.parse_args(arguments)
    Image.fromarray(sheet(asked.size, asked.columns, asked.rows, asked.seed)).save(asked.sheet, optimize=True)


if __name__ == "__main__":
    main()
