"""The options that several commands share, each explained in one place.

Does not know what the commands do. Imports nothing heavy, so that --help answers at once.
"""

import argparse
from collections.abc import Callable
from pathlib import Path

DEVICE_HELP = "where to compute; auto: cuda if there is a GPU, else cpu (default: auto)"
PRECISION_HELP = (
    "exact: float32 everywhere; auto: half precision where the device computes it natively, else float32 "
    "(default: auto)"
)


def whole_number(low: int, high: int | None = None) -> Callable[[str], int]:
    """Return a function that reads an option's text as a whole number from ``low`` to ``high``, for argparse."""

    def read(text: str) -> int:
        try:
            value = int(text)
        except ValueError:
            raise argparse.ArgumentTypeError(f"'{text}' is no whole number") from None
        if value < low or (high is not None and value > high):
            allowed = f"at least {low}" if high is None else f"from {low} to {high}"
            raise argparse.ArgumentTypeError(f"it must be {allowed}, not {value}")
        return value

    return read


def positive_number(text: str) -> float:
    """Return an option's text as a number above 0, for argparse."""
    try:
        value = float(text)
    except ValueError:
        raise argparse.ArgumentTypeError(f"'{text}' is no number") from None
    if not 0 < value < 1e9:
        raise argparse.ArgumentTypeError(f"it must be above 0 and below 1e9, not {text}")
    return value


def number_from(low: float, high: float = 1e9) -> Callable[[str], float]:
    """Return a function that reads an option's text as a finite number from ``low`` to ``high``, for argparse."""

    def read(text: str) -> float:
        try:
            value = float(text)
        except ValueError:
            raise argparse.ArgumentTypeError(f"'{text}' is no number") from None
        if not low <= value <= high:
            allowed = f"at least {low:g} and a number" if high == 1e9 else f"from {low:g} to {high:g}"
            raise argparse.ArgumentTypeError(f"it must be {allowed}, not {text}")
        return value

    return read


def read_address(text: str) -> str:
    """Return an option's text as an address of the form HOST:PORT, for argparse."""
    host, _, port = text.rpartition(":")
    if not host or not port.isdecimal():
        raise argparse.ArgumentTypeError(f"'{text}' is not like 10.0.0.1:6379")
    return text


def add_mapping_option(parser: argparse.ArgumentParser) -> None:
    """Add the option that says what some files leave open about the mapping network."""
    parser.add_argument(
        "--mapping-lr",
        type=positive_number,
        metavar="N",
        help="the mapping's learning-rate multiplier, for a file that does not say it and whose weights do not tell it",
    )


def add_device_option(parser: argparse.ArgumentParser) -> None:
    """Add the option that says where to compute."""
    parser.add_argument("--device", choices=("auto", "cpu", "cuda"), default="auto", help=DEVICE_HELP)


def add_drawing_options(parser: argparse.ArgumentParser) -> None:
    """Add the options that say where the models are and how they draw."""
    parser.add_argument(
        "--models",
        type=Path,
        metavar="DIR",
        help="a folder of checkpoints, each offered by the name of its file, which is bound to it in waifu-names.json",
    )
    parser.add_argument(
        "--state-dir",
        type=Path,
        metavar="DIR",
        help="the bot's folder of state, which has names of models too, such as those that --models cannot hold",
    )
    add_device_option(parser)
    parser.add_argument("--precision", choices=("auto", "exact"), default="auto", help=PRECISION_HELP)
    parser.add_argument(
        "--no-enlarge",
        dest="enlarge",
        action="store_false",
        help="show pictures of models under 256 px at their own size, not enlarged",
    )
