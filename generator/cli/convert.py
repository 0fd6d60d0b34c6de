"""The command ``convert``, which writes any supported checkpoint in the project's own format.

Knows nothing about file formats; generator/checkpoints does.
"""

import argparse
from pathlib import Path

from generator import files
from generator.options import add_mapping_option


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Add the arguments of this command."""
    parser.add_argument("source", type=Path, help="any supported checkpoint")
    parser.add_argument("target", type=Path, help="the .safetensors file to write")
    parser.add_argument("--half", action="store_true", help="store the weights as float16, at half the size")
    add_mapping_option(parser)


def run(options: argparse.Namespace) -> int:
    """Write the file, and print what is in it.

    Raises CheckpointError if the source holds no usable network, BadValue if it says another multiplier than the
    option, CannotWrite if the target cannot be written, is the source or is another file than a network.
    """
    files.require_file(options.source)
    from generator import checkpoints

    made = checkpoints.convert(options.source, options.target, half=options.half, lr=options.mapping_lr)
    print(f"{options.target}: {made.pixels}, {made.parameters:,} parameters, digest {made.digest}")
    return 0
