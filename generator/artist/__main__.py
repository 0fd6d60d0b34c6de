"""Command line: a contact sheet of the artist's portraits, ``python -m generator.artist SHEET.png``.

Knows nothing of how they are drawn. ``waifu artist`` draws the same sheet, and takes traits.
"""

import argparse
from collections.abc import Sequence

from PIL import Image

from generator.artist.contact_sheet import draw_sheet


def main(arguments: Sequence[str] | None = None) -> None:
    """Write the contact sheet that the arguments ask for."""
    parser = argparse.ArgumentParser(
        prog="python -m generator.artist", description="Write a contact sheet of the artist's portraits."
    )
    parser.add_argument("sheet", help="the file to write, for example sheet.png")
    parser.add_argument("--size", type=int, default=256, help="pixels a side of one portrait")
    parser.add_argument("--columns", type=int, default=6)
    parser.add_argument("--rows", type=int, default=4)
    parser.add_argument("--seed", type=int, default=0)
    asked = parser.parse_args(arguments)
    Image.fromarray(draw_sheet(asked.size, asked.columns, asked.rows, asked.seed)).save(asked.sheet, optimize=True)


if __name__ == "__main__":
    main()
