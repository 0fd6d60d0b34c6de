"""The command ``artist``, which writes portraits by the artist in code, on a sheet or one by one, no network needed.

Does not draw itself; generator/artist does. This module reads traits and knobs as people type them.
"""

import argparse
import math
from collections.abc import Sequence
from pathlib import Path

from generator import files
from generator.contract import errors

MAX_PICTURES = 100_000  # files in a folder
MAX_SIZE, MAX_COUNT = 1024, 100  # pixels a side of one portrait; portraits along one side of the sheet


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Add the arguments of this command."""
    parser.add_argument("out", type=Path, help="the file to write, for example sheet.png, or with --pictures a folder")
    parser.add_argument(
        "--pictures",
        type=int,
        metavar="N",
        help="write N portraits, each into a file of its own, as pictures to train on",
    )
    parser.add_argument("--ink", action="store_true", help="print the portraits in four inks, another style")
    parser.add_argument("--rows", type=int, default=4, metavar="N", help="how many rows (default: 4)")
    parser.add_argument("--columns", type=int, default=6, metavar="N", help="how many portraits a row (default: 6)")
    parser.add_argument("--size", type=int, default=256, metavar="N", help="pixels a side of a portrait (default: 256)")
    parser.add_argument("--seed", type=int, default=0, metavar="N", help="which portraits (default: 0)")
    parser.add_argument(
        "--traits",
        nargs="+",
        default=[],
        metavar="NAME=VALUE",
        help="traits and knobs that all of them share, for example: hair=pink accessory=cat-ears turn=-1.5",
    )


def run(options: argparse.Namespace) -> int:
    """Write the sheet or the pictures, and print the name and size.

    Raises RecipeError if a trait, a knob or a number is wrong, CannotWrite if the file cannot be written.
    """
    if options.pictures is None:
        files.check_picture(options.out)
    else:
        _check("pictures", options.pictures, 1, MAX_PICTURES)
    _check("rows", options.rows, 1, MAX_COUNT)
    _check("columns", options.columns, 1, MAX_COUNT)
    _check("size", options.size, 16, MAX_SIZE)
    _check("seed", options.seed, 0, 2**32 - 1)
    given = parse_traits(options.traits)
    from PIL import Image

    from generator.artist.contact_sheet import draw_many, draw_sheet

    if options.pictures is None:
        sheet = draw_sheet(options.size, options.columns, options.rows, options.seed, given, options.ink)
        files.write_picture(options.out, Image.fromarray(sheet))
        return 0
    with files.saying_why(options.out):
        options.out.mkdir(parents=True, exist_ok=True)
        for i, pixels in enumerate(draw_many(options.size, options.pictures, options.seed, given, options.ink)):
            Image.fromarray(pixels).save(options.out / f"{i:05}.png")
    print(f"{options.out}: {options.pictures} pictures of {options.size} x {options.size}")
    return 0


def parse_traits(words: Sequence[str]) -> dict[str, str | float]:
    """Return the traits and knobs that ``words`` such as ``hair=pink`` or ``turn=-1.5`` give, by name.

    Raises NotAChoice if there is no such trait, knob or value, BadValue if a knob's value is no number, OutOfRange if
    it is too large, RepeatedOption if one is given twice.
    """
    from generator.artist.traits import CONTINUOUS, LIMIT, TRAITS

    given: dict[str, str | float] = {}
    for word in words:
        name, _, value = word.partition("=")
        if name in given:
            raise errors.RepeatedOption(name=name)
        if name in TRAITS:
            if value not in TRAITS[name]:
                raise errors.NotAChoice(name=name, value=value, choices=", ".join(TRAITS[name]))
            given[name] = value
        elif name in CONTINUOUS:
            number = _number(name, value)
            _check(name, number, -LIMIT, LIMIT)
            given[name] = number
        else:
            raise errors.NotAChoice(name="a trait", value=name, choices=", ".join([*TRAITS, *CONTINUOUS]))
    return given


def _number(name: str, value: str) -> float:
    try:
        number = float(value)
    except ValueError:
        number = math.nan
    if math.isnan(number):
        raise errors.BadValue(name=name, value=value, expected="a-number")
    return number


def _check(name: str, value: float, low: float, high: float) -> None:
    if not low <= value <= high:
        raise errors.OutOfRange(name=name, value=value, low=low, high=high)
