"""The command ``convert``, which writes any supported checkpoint in the project's own format or in another program's.

Knows nothing about file formats; generator/checkpoints and generator/export do.
"""

import argparse
from pathlib import Path

from generator import files
from generator.contract import errors
from generator.options import add_mapping_option

OWN = ".safetensors"
ENDINGS = {
    OWN: "this project's own format",
    ".pt": "rosinality's",
    ".pkl": "NVIDIA's for TensorFlow, which their PyTorch programs read",
    ".onnx": "two files, OUT-mapping.onnx and OUT-synthesis.onnx",
}


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Add the arguments of this command."""
    parser.add_argument("source", type=Path, help="any supported checkpoint")
    formats = "; ".join(f"{ending}: {what}" for ending, what in ENDINGS.items())
    parser.add_argument("target", type=Path, help=f"the file to write, whose ending says the format ({formats})")
    parser.add_argument(
        "--half", action="store_true", help=f"store the weights as float16, at half the size (only {OWN})"
    )
    add_mapping_option(parser)


def run(options: argparse.Namespace) -> int:
    """Write the file, and print what is in it.

    Raises CheckpointError if the source holds no usable network, BadValue if it says another multiplier than the
    option, NotAChoice if no format has the target's ending, Conflict if that has no half precision, and CannotWrite if
    the target cannot be written, cannot hold the network, or is a file that would be lost.
    """
    ending = options.target.suffix.lower()
    if ending not in ENDINGS:
        raise errors.NotAChoice(name="the file's ending", value=ending or "none", choices=", ".join(ENDINGS))
    if options.half and ending != OWN:
        raise errors.Conflict(first="--half", second=f"a file in {ending}")
    files.require_file(options.source)
    from generator import checkpoints, export

    if ending == OWN:
        made = checkpoints.convert(options.source, options.target, half=options.half, lr=options.mapping_lr)
        print(f"{options.target}: {made.pixels}, {made.parameters:,} parameters, digest {made.digest}")
        return 0
    paths, notes = export.convert(options.source, options.target, options.mapping_lr)
    for path in paths:
        print(f"{path}: {path.stat().st_size / 1e6:.1f} MB, for {export.FORMATS[ending].program}")
    for note in notes:
        print(f"note: {note}")
    return 0
