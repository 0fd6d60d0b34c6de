"""The command ``project``, which looks for the nearest face to a picture, or teaches the encoder that makes it faster.

Computes nothing itself; generator/projection does.
"""

import argparse
import time
from pathlib import Path
from typing import TYPE_CHECKING, Any

from generator import files
from generator.contract import errors, protocol, vector
from generator.contract.recipe import Recipe
from generator.options import add_device_option, add_mapping_option, whole_number

if TYPE_CHECKING:
    from PIL import Image

    from generator.projection.search import Search
    from generator.stylegan.generator import Generator
    from generator.worker.models import ModelFile

MOST_STEPS = 10_000


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Add the arguments of this command."""
    parser.add_argument("picture", type=Path, nargs="?", help="a PNG, JPEG, WebP or GIF file, up to 25 MB")
    parser.add_argument(
        "out", type=Path, nargs="?", help="the PNG file to write: the nearest face, with its line in it"
    )
    parser.add_argument(
        "--beside", type=Path, metavar="FILE", help="also write a PNG of the picture and the face, side by side"
    )
    parser.add_argument(
        "--steps",
        type=whole_number(1, MOST_STEPS),
        metavar="N",
        help="changes of the face in the search (default: 100, or 60 for StyleGAN3 and above 128 px)",
    )
    parser.add_argument("--model", metavar="NAME_OR_FILE", help="the model that draws (default: the built-in one)")
    parser.add_argument(
        "--models", type=Path, metavar="DIR", help="a folder of checkpoints, each offered by the name of its file"
    )
    parser.add_argument(
        "--state-dir", type=Path, metavar="DIR", help="the bot's folder of state, which has names of models too"
    )
    parser.add_argument(
        "--teach",
        action="store_true",
        help="instead: teach an encoder on the model's own faces, and write it beside the model's file",
    )
    parser.add_argument(
        "--faces",
        type=whole_number(1, 1_000_000),
        metavar="N",
        help="with --teach: faces to teach it on (default: 8000)",
    )
    parser.add_argument(
        "--rounds",
        type=whole_number(1, 1000),
        metavar="N",
        help="with --teach: how often it sees each of them (default: 6)",
    )
    add_mapping_option(parser)
    add_device_option(parser)


def run(options: argparse.Namespace) -> int:
    """Write the face, and print what was found; or teach an encoder.

    Raises RenderError if the picture cannot be read or a file not be written, CheckpointError or RecipeError if the
    model cannot be used.
    """
    return _teach(options) if options.teach else _project(options)


def _project(options: argparse.Namespace) -> int:
    if options.picture is None or options.out is None:
        raise errors.BadValue(name="project", value="", expected="a picture and the file to write, or --teach")
    for given, name in ((options.faces, "--faces"), (options.rounds, "--rounds")):
        if given is not None:
            raise errors.Conflict(first=name, second="a picture")
    for out in filter(None, (options.out, options.beside)):
        if out.suffix.lower() != ".png":
            raise errors.NotAChoice(name="the file's ending", value=out.suffix or "none", choices=".png")
        if _same(out, options.picture):
            raise errors.CannotWrite(file=str(out), reason="that is the picture; choose another name")
        files.check_writable(out)
    if options.beside is not None and _same(options.beside, options.out):
        raise errors.CannotWrite(file=str(options.beside), reason="that is where the face goes; choose another name")
    picture = _read_picture(options.picture)
    began = time.perf_counter()
    file, generator = _load(options)
    loaded = time.perf_counter()
    from generator.projection.readers import find_readers
    from generator.projection.search import Search

    search = Search(generator, picture, find_readers(generator, file.path), options.steps)
    with _bar(search.total, "step") as bar:
        while search.done < search.total:
            search.step()
            bar.update(1)
    _write(options, search, picture)
    print(f"took {time.perf_counter() - loaded:.1f} s, after {loaded - began:.1f} s to load the model")
    return 0


def _same(first: Path, second: Path) -> bool:
    if first.exists() and second.exists():
        return first.samefile(second)
    return first.absolute() == second.absolute()


def _read_picture(path: Path) -> "Image.Image":
    files.require_file(path)
    if path.stat().st_size > protocol.MAX_PICTURE_BYTES:
        raise errors.PictureTooLarge(limit=protocol.MAX_PICTURE_BYTES // 2**20)
    from generator.projection.picture import decode

    return decode(path.read_bytes())


def _load(options: argparse.Namespace) -> "tuple[ModelFile, Generator]":
    from generator import allocator

    allocator.keep_large_blocks()
    allocator.limit_thread_spinning()
    from generator import checkpoints
    from generator.naming.digests import Digests
    from generator.worker import models, offer  # most of these import torch

    sources = offer.Sources(folder=options.models, state=options.state_dir)
    digests = Digests(*sources.books)
    file = offer.find_model(options.model, sources, digests, lr=options.mapping_lr)
    device = checkpoints.device_of(options.device)
    generator = models.make_loader(device, "auto", digests, lr=options.mapping_lr)(file)
    digests.save()
    return file, generator


def _write(options: argparse.Namespace, search: "Search", picture: "Image.Image") -> None:
    """Write the files, and print the line of the face, what was read and how near it is."""

    from generator.projection import side_by_side
    from generator.projection.distance import psnr, to_pictures
    from generator.rendering import render
    from generator.rendering.animation.frames import Timing
    from generator.rendering.encode import encode
    from generator.rendering.plans import shown_size
    from generator.rendering.vectors import encode_vector

    raw = encode_vector(search.best)
    stored = {vector.digest_of(raw): raw}
    recipe = Recipe.make("waifu", f"@{vector.digest_of(raw)}", model=search.generator.name)
    file = render.render(recipe, search.generator, vectors=stored)
    files.write(options.out, [file.body])
    plan = render.draft(recipe, search.generator, vectors=stored).plan
    drawn = render.synthesise(search.generator, [plan], [[0]])
    if options.beside is not None:
        frames = side_by_side.compose(picture, drawn[0], shown_size(search.generator)[0])
        files.write(
            options.beside, [encode("png", frames, Timing(), str(recipe), None, [raw], search.generator.digest).body]
        )
    print(recipe)
    if search.traits:
        print("traits read:", ", ".join(f"{trait}={value}" for trait, value in search.traits.items()))
    print(f"{psnr(to_pictures(drawn), search.target.cpu()):.1f} dB from the picture")


def _teach(options: argparse.Namespace) -> int:
    """Teach an encoder on faces of the model, and write it beside the model's file."""
    for given, name in ((options.picture, "a picture"), (options.beside, "--beside"), (options.steps, "--steps")):
        if given is not None:
            raise errors.Conflict(first=name, second="--teach")
    file, generator = _load(options)
    import torch

    from generator.projection import encoder, teaching
    from generator.projection.readers import find_portrait_reader
    from generator.train.data.drawing import seen_traits

    path = encoder.path_beside(file.path)
    files.check_writable(path)
    faces, rounds = options.faces or teaching.FACES, options.rounds or teaching.ROUNDS
    began = time.perf_counter()
    with _bar(faces * (1 + rounds), "picture") as bar:

        def seen_in(labels: torch.Tensor) -> torch.Tensor:
            return torch.from_numpy(seen_traits(encoder.traits_of(generator), labels.cpu().numpy()))

        def show(done: int, total: int, loss: float) -> None:
            bar.update(done - bar.n)
            bar.set_postfix(loss=f"{loss:.3f}")

        made = teaching.teach(generator, find_portrait_reader(generator), faces, rounds, show, seen_in)
    encoder.save(made, generator, path)
    print(f"{path}: {path.stat().st_size:,} bytes, taught in {time.perf_counter() - began:.0f} s")
    return 0


def _bar(total: int, unit: str) -> Any:
    """Return a progress bar on stderr, which is shown only if that is a terminal."""
    from tqdm import tqdm

    return tqdm(total=total, unit=unit, disable=None, leave=False)
