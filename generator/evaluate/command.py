"""Runs ``python -m generator evaluate``: prints a table of measures and adds it to the model card.

The command can also draw pictures to compare by eye, and train a new reader. evaluation.py computes the measures.
"""

import argparse
from collections.abc import Sequence
from pathlib import Path

import torch
from PIL import Image
from tqdm import tqdm

from generator import checkpoints, files
from generator.allocator import keep_large_blocks
from generator.checkpoints import native
from generator.contract import errors
from generator.evaluate.comparison import compare_with_drawings
from generator.evaluate.evaluation import ASKED_PSI, Evaluation, Sizes
from generator.evaluate.offer import Offer, Seen, mask_odds
from generator.evaluate.report import format_table, write_into_card
from generator.evaluate.teaching import find_reader, train_reader
from generator.features import reader
from generator.options import add_device_option, whole_number
from generator.stylegan.generator import Generator, Traits
from generator.train.data.dataset import Survey, make_store
from generator.train.data.decoding import Shape
from generator.train.data.drawing import artist_of, artists, make_drawn_store
from generator.train.data.report import describe_left_out
from generator.train.data.store import Store, open_store

SIZES = Sizes(samples=10_000, asked=1000, edits=200, eyes=300)  # how many faces are measured by default
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
    _add_sizes(parser)
    _add_outputs(parser)
    parser.add_argument(
        "--pictures", type=Path, metavar="FOLDER", help="the model's training pictures (default: the artist's drawings)"
    )
    parser.add_argument(
        "--reader",
        type=Path,
        metavar="FILE",
        help="the reader that tells which traits a face shows (default: that of the model's artist)",
    )
    parser.add_argument(
        "--cache",
        type=Path,
        default=Path("runs/evaluate"),
        metavar="DIR",
        help="folder for intermediate results (default: %(default)s)",
    )
    _add_teaching(parser)
    add_device_option(parser)


def _add_outputs(parser: argparse.ArgumentParser) -> None:
    """Add the options that say what is made of the measures, or in their place."""
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
        "--offer",
        action="store_true",
        help="write into the model's file which values its faces show as asked: chats offer only these",
    )
    for name, judgement in (
        ("--withhold", "values that look wrong: they count as not shown, whatever the reader finds"),
        ("--keep", "values that look right: they count as shown, whatever the reader finds"),
    ):
        parser.add_argument(
            name,
            type=_trait_and_values,
            nargs="+",
            action="extend",
            default=[],
            metavar="TRAIT=VALUE,VALUE",
            help=judgement,
        )
    parser.add_argument(
        "--no-card",
        dest="card",
        action="store_false",
        help="do not write the table into the model card, the .md file beside the model",
    )


def _add_sizes(parser: argparse.ArgumentParser) -> None:
    """Add the options that say how many faces each measure is taken from."""
    parser.add_argument(
        "--samples",
        type=whole_number(1),
        default=SIZES.samples,
        metavar="N",
        help="faces to compare with as many pictures (default: %(default)s)",
    )
    for name, faces in (
        ("asked", "faces that are asked for traits"),
        ("edits", "seeds of which each trait is changed"),
        ("eyes", "faces whose eyes are compared with the artist's"),
    ):
        parser.add_argument(
            f"--{name}",
            type=whole_number(1),
            default=getattr(SIZES, name),
            metavar="N",
            help=f"{faces} (default: %(default)s)",
        )


def _add_teaching(parser: argparse.ArgumentParser) -> None:
    """Add the options of the training of a reader."""
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
    parser.add_argument(
        "--drawings",
        type=whole_number(1),
        default=READER_DRAWINGS,
        metavar="N",
        help="number of drawings that --teach uses (default: %(default)s)",
    )
    parser.add_argument(
        "--seed",
        type=whole_number(0, 2**31 - 1),
        default=0,
        metavar="N",
        help="seed of these drawings and of the reader's first weights (default: %(default)s)",
    )
    parser.add_argument(
        "--resolution",
        type=whole_number(reader.SIDE, 1024),
        default=reader.SIDE,
        metavar="N",
        help="side in pixels of these drawings: as large as the networks that the reader is for (default: %(default)s)",
    )


def _trait_and_values(text: str) -> tuple[str, tuple[str, ...]]:
    trait, _, values = text.partition("=")
    if not trait or not values:
        raise argparse.ArgumentTypeError(f"'{text}' is no trait with its values; write for example mark=mole,heart")
    return trait, tuple(values.split(","))


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
    if arguments.offer:
        checkpoints.check_target(arguments.model)
    generator = checkpoints.load(arguments.model, precision="auto", device=str(device))
    if generator.hyper.img_channels == 4:
        raise errors.BadValue(name="model", value=generator.name, expected="one whose pictures are opaque")
    if arguments.sheet:
        artist = artist_of(generator.traits) or artists()["artist"]
        sheet = compare_with_drawings(generator, artist.draws, ASKED_PSI, SHEET_FACES, seed=0)
        return _save(sheet, arguments.sheet)
    if arguments.samples < MIN_FACES:
        raise errors.BadValue(name="--samples", value=str(arguments.samples), expected=f"at least {MIN_FACES}")
    return _evaluate(arguments, generator, device)


def _evaluate(arguments: argparse.Namespace, generator: Generator, device: torch.device) -> int:
    portrait_reader = reader.load(arguments.reader or find_reader(generator.traits), device)
    if arguments.offer and (artist_of(generator.traits) is None or dict(generator.traits) != portrait_reader.traits):
        raise errors.BadValue(name="--offer", value=generator.name, expected="it for a model of a built-in artist only")
    seen = Seen(
        wrong=_named("--withhold", arguments.withhold, generator.traits),
        right=_named("--keep", arguments.keep, generator.traits),
    )
    sizes = Sizes(arguments.samples, arguments.asked, arguments.edits, arguments.eyes)
    evaluation = Evaluation(generator, portrait_reader, _open_pictures(arguments), sizes, arguments.cache, seen)
    with tqdm(total=evaluation.total, unit=" pictures", smoothing=0.02, disable=None) as bar:
        results = evaluation.measure(tqdm.write if bar.disable else bar.set_description, bar.update)
    text = format_table(results)
    print(text)
    if arguments.offer and results.offer:
        _offer(generator, results.offer, arguments.model)
    if arguments.card:
        write_into_card(arguments.model.with_suffix(".md"), generator.name, text)
    return _save(evaluation.neighbours(), arguments.neighbours) if arguments.neighbours else 0


def _named(option: str, words: Sequence[tuple[str, tuple[str, ...]]], traits: Traits) -> Traits:
    """Return the values of each trait that an option names. Raises BadValue if the model has no such value."""
    named: dict[str, tuple[str, ...]] = {}
    for trait, values in words:
        if unknown := [value for value in values if value not in traits.get(trait, ())]:
            known = ", ".join(traits.get(trait, traits)) or "nothing, as the model has no traits"
            raise errors.BadValue(name=option, value=f"{trait}={unknown[0]}", expected=f"one of these: {known}")
        named[trait] = named.get(trait, ()) + values
    return named


def _offer(generator: Generator, offer: Offer, model: Path) -> None:
    """Write into a model's file what is offered of its traits."""
    artist = artist_of(generator.traits)
    assert artist is not None
    generator.offered = offer.offered if offer.withheld else None
    generator.odds = mask_odds(artist.odds(), generator.traits, offer.withheld)
    checkpoints.rewrite(generator, model, model)
    count, known = (sum(map(len, traits.values())) for traits in (offer.offered, generator.traits))
    print(f"{model}: {count} of {known} values are offered")


def _open_pictures(arguments: argparse.Namespace) -> Store | None:
    """Open the pictures of the option --pictures, or return None if the option is not given.

    The option names a folder: either the array files of a training run, or picture files. Picture files are converted
    to array files in the cache.
    """
    if arguments.pictures is None:
        return None
    block = arguments.cache / f"pictures-{arguments.pictures.resolve().name}"
    return open_store(arguments.pictures) or open_store(block) or _store_pictures(arguments.pictures, block)


def _store_pictures(source: Path, block: Path) -> Store:
    survey = Survey(source)
    try:
        return make_store(survey, block, Shape(reader.SIDE, reader.SIDE))
    finally:
        for line in describe_left_out(survey.left_out):
            tqdm.write(line)


def _save(picture: Image.Image, path: Path) -> int:
    files.write_picture(path, picture)
    return 0


def _train_reader(arguments: argparse.Namespace, device: torch.device) -> int:
    artist = artists()[arguments.artist]
    count, side = arguments.drawings, arguments.resolution
    seed = arguments.seed
    lessons = f"lessons-{artist.name}-{artist.digest()}-{seed}-{side}-{count}"
    block = arguments.pictures or arguments.cache / lessons
    with tqdm(total=count, desc="drawings", unit=" pictures", disable=None) as bar:
        store = open_store(block) or make_drawn_store(block, artist.name, count, side, seed, bar.update)
    count = round(arguments.kimg * 1000)
    with tqdm(total=count, desc="reader", unit=" pictures", disable=None) as bar:

        def advance(pictures: int, loss: float) -> None:
            bar.set_postfix(loss=f"{loss:.3f}", refresh=False)
            bar.update(pictures)

        taught = train_reader(store, artist.draws.CONTINUOUS, count, device, advance, seed)
        reader.save(taught, arguments.teach)
    return 0
