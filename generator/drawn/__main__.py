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
    parser.add_argument("--size", type=int, default=128, help="pixels a side of one portrait, 16 to 1024")
    parser.add_argument("--columns", type=int, default=8, help="1 to 100")
    parser.add_argument("--rows", type=int, default=4, help="1 to 100")
    parser.add_argument("--seed", type=int, default=0, help="0 or more")
    asked = parser.parse_args(arguments)
    for name, low, high in (("size", 16, 1024), ("columns", 1, 100), ("rows", 1, 100), ("seed", 0, 2**32 - 1)):
        if not low <= getattr(asked, name) <= high:
            parser.error(f"--{name} must be from {low} to {high}, not {getattr(asked, name)}")
    picture = Image.fromarray(sheet(asked.size, asked.columns, asked.rows, asked.seed))
    try:
        picture.save(asked.sheet, optimize=True)
    except (OSError, ValueError) as error:
        parser.error(f"{asked.sheet} could not be written: {error}")


if __name__ == "__main__":
    main()
