"""The command ``point``, which makes a face of a w that another program wrote: a stored vector, and the line for it.

Draws nothing. The line can be used wherever a face can, with the vector attached.
"""

import argparse
from pathlib import Path
from typing import TYPE_CHECKING, Any

from generator import files
from generator.contract import errors, vector
from generator.contract.recipe import Recipe
from generator.options import add_mapping_option, whole_number

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

MAX_NUMBER = 65504.0  # the largest number in float16; a w that makes faces is far below it


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Add the arguments of this command."""
    parser.add_argument(
        "file", type=Path, help="an .npz file with an array w [1, layers, size], as projectors write it"
    )
    parser.add_argument(
        "--model", metavar="NAME_OR_FILE", help="the model that the w is for (default: the built-in one)"
    )
    parser.add_argument(
        "--models", type=Path, metavar="DIR", help="a folder of checkpoints, each offered by the name of its file"
    )
    parser.add_argument(
        "--state-dir", type=Path, metavar="DIR", help="the bot's folder of state, which has names of models too"
    )
    parser.add_argument(
        "--cell", type=whole_number(1), metavar="N", help="which w, if the file has several; they count from 1"
    )
    parser.add_argument(
        "--out", type=Path, metavar="FILE", help=f"the file to write (default: FILE with the ending {vector.SUFFIX})"
    )
    add_mapping_option(parser)


def run(options: argparse.Namespace) -> int:
    """Write the vector, and print its line and how to draw it.

    Raises NoUsableW if the file holds no w of this model, CheckpointError if the model cannot be used, CannotWrite.
    """
    out = options.out or options.file.with_suffix(vector.SUFFIX)
    files.require_file(options.file)
    files.check_writable(out)
    from generator import checkpoints
    from generator.cli import npz
    from generator.naming.digests import Digests
    from generator.worker import offer  # most of these import torch

    w = _choose(options.file, npz.read_w(options.file), options.cell)
    sources = offer.Sources(folder=options.models, state=options.state_dir)
    digests = Digests(*sources.books)
    model = offer.find_model(options.model, sources, digests, lr=options.mapping_lr)
    digests.save()
    hyper = checkpoints.inspect(model.path, lr=options.mapping_lr).hyperparameters
    needed = (hyper.num_ws, hyper.w_dim)
    if w.shape != needed:
        shapes = (" x ".join(map(str, shape)) for shape in (w.shape, needed))
        found = f"its w has {next(shapes)} numbers, and the model {model.model.name} needs {next(shapes)}"
        raise errors.NoUsableW(file=options.file.name, found=found)
    raw = vector.pack(vector.Shape(*needed), w.astype("<f2").tobytes())
    files.write(out, [raw])
    print(Recipe.parse(f"waifu @{vector.digest_of(raw)} model={model.model.name}"))
    return 0


def _choose(file: Path, several: "NDArray[np.floating[Any]]", number: int | None) -> "NDArray[np.floating[Any]]":
    """Return one w [num_ws, w_dim] of ``several`` [n, num_ws, w_dim]. Raises NoUsableW, or NoSuchFace."""
    if number is None and len(several) > 1:
        raise errors.NoUsableW(file=file.name, found=f"it has {len(several)} faces; choose one with --cell")
    if number is not None and number > len(several):
        raise errors.NoSuchFace(low=1, high=len(several), value=number)
    w: NDArray[np.floating[Any]] = several[(number or 1) - 1]
    if not (abs(w) <= MAX_NUMBER).all():  # false for NaN, too
        raise errors.NoUsableW(file=file.name, found="its w holds numbers that are not finite, or far too large")
    return w
