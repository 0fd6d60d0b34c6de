"""Runs ``python -m generator directions``: learns a model's directions, tests each, and stores those that work.

learning.py computes the gradients and the measures.
"""

import argparse
from pathlib import Path

import torch
from tqdm import tqdm

from generator import checkpoints, files
from generator.allocator import keep_large_blocks
from generator.contract import errors
from generator.evaluate import learning
from generator.evaluate.report import write_into_card
from generator.evaluate.teaching import find_reader
from generator.features import reader
from generator.options import add_device_option, whole_number
from generator.train.data.drawing import artist_of

BEGIN, END = "<!-- directions -->", "<!-- end of the directions -->"


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Add the options of ``directions`` to a parser."""
    parser.add_argument(
        "model", type=Path, help="the .safetensors file of a model that was trained on a built-in artist's drawings"
    )
    parser.add_argument(
        "--out",
        type=Path,
        metavar="FILE",
        help="the file to write the model and its directions to (default: the same file)",
    )
    parser.add_argument(
        "--only",
        nargs="+",
        default=[""],
        metavar="NAME",
        help="learn only directions whose names start with one of these",
    )
    parser.add_argument(
        "--faces",
        type=whole_number(1),
        default=learning.FACES_EACH,
        metavar="N",
        help="faces to learn each direction from (default: %(default)s)",
    )
    add_device_option(parser)


def run(arguments: argparse.Namespace) -> int:
    """Learn, test and store directions, and return the exit status.

    Raises GeneratorError if the model was not trained on drawings, its artist has no reader yet, --only matches no
    direction, or a file is unusable.
    """
    files.require_file(arguments.model)
    target: Path = arguments.out or arguments.model
    checkpoints.check_target(target)
    keep_large_blocks()
    device = torch.device(checkpoints.device_of(arguments.device))
    generator = checkpoints.load(arguments.model, precision="auto", device=str(device))
    if artist_of(generator.traits) is None:
        raise errors.BadValue(
            name="model", value=generator.name, expected="one that was trained on a built-in artist's drawings"
        )
    portrait_reader = reader.load(find_reader(generator.traits), device)
    candidates = [one for one in learning.candidates(generator) if one.name.startswith(tuple(arguments.only))]
    if not candidates:
        raise errors.BadValue(
            name="--only", value=" ".join(arguments.only), expected="beginnings of names, such as hair- or turn"
        )
    with tqdm(total=len(candidates) * arguments.faces, desc="learning", unit=" faces", disable=None) as bar:
        candidates = learning.learn(generator, portrait_reader, candidates, arguments.faces, bar.update)
    with tqdm(candidates, desc="testing", unit=" directions", disable=None) as bar:
        passed = learning.select(generator, portrait_reader, bar, tqdm.write)
    generator.directions = {name: step.cpu() for name, (step, _) in passed.items()}
    checkpoints.rewrite(generator, arguments.model, target)
    write_into_card(target.with_suffix(".md"), generator.name, learning.format_table(passed), BEGIN, END)
    print(f"{target}: {len(passed)} of {len(candidates)} directions work")
    return 0
