"""The options that several commands share.

Does not know what the commands do.
"""

import argparse
from pathlib import Path


def add_network_options(parser: argparse.ArgumentParser) -> None:
    """Add the options that say where the models are and how they draw."""
    parser.add_argument("--models", type=Path, metavar="DIR", help="a folder of checkpoints, offered by file name")
    parser.add_argument(
        "--device",
        choices=("auto", "cpu", "cuda"),
        default="auto",
        help="where to draw; auto: cuda if there is a GPU, else cpu (default: %(default)s)",
    )
    parser.add_argument(
        "--precision",
        choices=("auto", "exact"),
        default="auto",
        help="exact: float32; auto: half precision if the device has it, else float32 (default: %(default)s)",
    )
    parser.add_argument(
        "--no-enlarge",
        dest="enlarge",
        action="store_false",
        help="show models under 256 px at their own size, not enlarged",
    )
