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
    parser.add_argument("--size", type=int, default=256, help="pixels a side of one portrait, 16 to 1024")
    parser.add_argument("--columns", type=int, default=6, help="1 to 100")
    parser.add_argument("--rows", type=int, default=4, help="1 to 100")
    parser.add_argument("--seed", type=int, default=0, help="0 or more")
    asked = parser.parse_args(arguments)
    for name, low, high in (("size", 16, 1024), ("columns", 1, 100), ("rows", 1, 100), ("seed", 0, 2**32 - 1)):
        if not low <= getattr(asked, name) <= high:
            parser.error(f"--{name} must be from {low} to {high}, not {getattr(asked, name)}")
    picture = Image.fromarray(draw_sheet(asked.size, asked.columns, asked.rows, asked.seed))
    try:
        picture.save(asked.sheet, optimize=True)
    except (OSError, ValueError) as error:
        parser.error(f"{asked.sheet} could not be written: {error}")


if __name__ == "__main__":
    main()
