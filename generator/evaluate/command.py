"""Runs ``python -m generator evaluate``: prints a table of measures and adds it to the model card.

The command can also draw pictures to compare by eye, and train a new reader. evaluation.py computes the measures.
"""

import argparse
from pathlib import Path

import torch
from PIL import Image
from tqdm import tqdm

from generator import checkpoints, files
from generator.allocator import keep_large_blocks
from generator.checkpoints import native
from generator.contract import errors
from generator.evaluate import reader
from generator.evaluate.comparison import compare_with_drawings
from generator.evaluate.evaluation import ASKED_PSI, Evaluation
from generator.evaluate.report import format_table, write_into_card
from generator.options import add_device_option
from generator.train.dataset import Store, make_folder_store, open_store
from generator.train.drawing import artist_of, artists, make_drawn_store

SAMPLES = 10_000  # default number of faces to measure
MIN_FACES = 200  # about the number of features; a covariance of fewer faces than features means little
SHEET_FACES = 64
READER_DRAWINGS = 20_000  # number of drawings that the reader is trained on
READER_KIMG = 150.0  # default length of the reader's training, in thousands of pictures


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Add the options of ``evaluate`` to a parser."""
    parser.add_argument(
        "model",
        type=Path,
        nargs="?",
        default=checkpoints.EMBEDDED,
        help="any supported checkpoint (default: the built-in model)",
    )
    parser.add_argument(
        "--samples", type=int, default=SAMPLES, metavar="N", help="faces to measure (default: %(default)s)"
    )
    parser.add_argument(
        "--pictures", type=Path, metavar="FOLDER", help="the model's training pictures (default: the artist's drawings)"
    )
    parser.add_argument(
        "--neighbours", type=Path, metavar="OUT.png", help="also show some faces beside their nearest training pictures"
    )
    parser.add_argument(
        "--sheet",
        type=Path,
        metavar="OUT.png",
        help="measure nothing; show 64 faces at psi 0.7 beside 64 of the artist's drawings",
    )
    parser.add_argument(
        "--no-card",
        dest="card",
        action="store_false",
        help="do not write the table into the model card, the .md file beside the model",
    )
    parser.add_argument(
        "--cache",
        type=Path,
        default=Path("runs/evaluate"),
        metavar="DIR",
        help="folder for intermediate results (default: %(default)s)",
    )
    parser.add_argument(
        "--teach",
        type=Path,
        metavar="OUT.safetensors",
        help="measure nothing; train a new reader of traits on drawings",
    )
    parser.add_argument(
        "--artist",
        choices=tuple(artists()),
        default="drawn",
        help="whose drawings --teach uses (default: %(default)s)",
    )
    parser.add_argument(
        "--kimg",
        type=float,
        default=READER_KIMG,
        metavar="N",
        help="length of the training of --teach in thousands of pictures (default: %(default)g)",
    )
    add_device_option(parser)


def run(arguments: argparse.Namespace) -> int:
    """Run the command and return the exit status. Raises GeneratorError if an option or file is unusable."""
    for picture in filter(None, (arguments.sheet, arguments.neighbours)):
        files.check_picture(picture)
    if arguments.teach:
        native.check_target(arguments.teach)
    keep_large_blocks()
    device = torch.device(checkpoints.device_of(arguments.device))
    if arguments.teach:
        return _train_reader(arguments, device)
    files.require_file(arguments.model)
    generator = checkpoints.load(arguments.model, precision="auto", device=str(device))
    if arguments.sheet:
        artist = artist_of(generator.traits) or artists()["artist"]
        sheet = compare_with_drawings(generator, artist.draws, ASKED_PSI, SHEET_FACES, seed=0)
        return _save(sheet, arguments.sheet)
    if arguments.samples < MIN_FACES:
        raise errors.BadValue(name="--samples", value=str(arguments.samples), expected=f"at least {MIN_FACES}")
    store = _open_pictures(arguments)
    evaluation = Evaluation(generator, reader.load(device=device), store, arguments.samples, arguments.cache)
    with tqdm(total=evaluation.total, unit=" pictures", smoothing=0.02, disable=None) as bar:
        text = format_table(evaluation.measure(tqdm.write if bar.disable else bar.set_description, bar.update))
    print(text)
    if arguments.card:
        write_into_card(arguments.model.with_suffix(".md"), generator.name, text)
    return _save(evaluation.neighbours(), arguments.neighbours) if arguments.neighbours else 0


def _open_pictures(arguments: argparse.Namespace) -> Store | None:
    """Open the pictures of the option --pictures, or return None if the option is not given.

    The option names a folder: either the array files of a training run, or picture files. Picture files are converted
    to array files in the cache.
    """
    if arguments.pictures is None:
        return None
    block = arguments.cache / f"pictures-{arguments.pictures.resolve().name}"
    return (
        open_store(arguments.pictures)
        or open_store(block)
        or make_folder_store(arguments.pictures, block, reader.SIDE, log=tqdm.write)
    )


def _save(picture: Image.Image, path: Path) -> int:
    files.write_picture(path, picture)
    return 0


def _train_reader(arguments: argparse.Namespace, device: torch.device) -> int:
    artist = artists()[arguments.artist]
    block = arguments.pictures or arguments.cache / f"lessons-{artist.name}-{artist.digest()}"
    with tqdm(total=READER_DRAWINGS, desc="drawings", unit=" pictures", disable=None) as bar:
        store = open_store(block) or make_drawn_store(block, artist.name, READER_DRAWINGS, reader.SIDE, 0, bar.update)
    count = round(arguments.kimg * 1000)
    with tqdm(total=count, desc="reader", unit=" pictures", disable=None) as bar:

        def advance(pictures: int, loss: float) -> None:
            bar.set_postfix(loss=f"{loss:.3f}", refresh=False)
            bar.update(pictures)

        reader.save(reader.train_reader(store, count, device, advance), arguments.teach)
    return 0
