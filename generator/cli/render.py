"""The command ``render``, which draws one recipe, or one face of it, and writes it to a file.

Does not draw itself; generator/rendering does. This module handles the file's ending and the progress bar.
"""

import argparse
from collections.abc import Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Any

from generator import files
from generator.cli.attachments import read_attachments
from generator.contract import errors, stamp
from generator.contract.cells import cell
from generator.contract.kinds import KINDS
from generator.contract.recipe import Recipe
from generator.options import add_drawing_options, add_mapping_option, whole_number

if TYPE_CHECKING:
    from generator.rendering.encode import File

SUFFIXES = tuple(f".{ending}" for ending in stamp.ENDINGS.values())
ARRAYS = ".npz"  # the ending that asks for w and z instead of a picture


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Add the arguments of this command."""
    parser.add_argument("line", help="what to make, for example 'morph 10 20 frames=60'")
    parser.add_argument(
        "out",
        type=Path,
        help=f"the file to write; its ending is its format ({' '.join(SUFFIXES)}), or {ARRAYS} for w, z and the line",
    )
    parser.add_argument(
        "--model",
        metavar="NAME_OR_FILE",
        help="a model's name or a checkpoint file (default: the model that the line names, else the built-in one)",
    )
    parser.add_argument(
        "--attach",
        type=Path,
        action="append",
        default=[],
        metavar="FILE",
        help="a picture that shows a stored face (@...) of the line, or a .vector file; repeatable",
    )
    parser.add_argument(
        "--cell",
        type=whole_number(1),
        metavar="N",
        help="only the face number N of the picture, alone; from 1, row by row",
    )
    parser.add_argument(
        "--max-bytes", type=int, metavar="N", help="shrink the picture until the file has at most N bytes"
    )
    add_mapping_option(parser)
    add_drawing_options(parser)


def run(options: argparse.Namespace) -> int:
    """Write the file, and print its name and size.

    Raises RecipeError if the recipe is wrong, CheckpointError if the model cannot be used, RenderError if the picture
    cannot be drawn or written.
    """
    suffix = options.out.suffix.lower()
    recipe, file_format = parse_for_file(options.line, suffix, alone=options.cell is not None)
    vectors = read_attachments(options.attach, recipe)
    files.check_writable(options.out)
    if options.state_dir is not None and not options.state_dir.is_dir():
        raise errors.BadValue(name="--state-dir", value=str(options.state_dir), expected="the bot's folder of state")
    from generator import allocator

    allocator.keep_large_blocks()
    allocator.limit_thread_spinning()
    from generator import checkpoints
    from generator.naming.digests import Digests
    from generator.rendering import plans, render
    from generator.worker import models, offer  # most of these import torch

    sources = offer.Sources(folder=options.models, state=options.state_dir)
    digests = Digests(*sources.books)
    model = offer.find_model(options.model or recipe.model, sources, digests, lr=options.mapping_lr)
    device = checkpoints.device_of(options.device)
    generator = models.make_loader(device, options.precision, digests, lr=options.mapping_lr)(model)
    digests.save()
    recipe = recipe.replace(model=model.model.name)
    if options.cell is not None:
        recipe = cell(plans.fit_noise(recipe, generator), options.cell)
    if suffix == ARRAYS:
        _write_arrays(options.out, render.find_arrays(recipe, generator, vectors))
        return 0
    with _ProgressBar() as bar:
        file = render.render(
            recipe,
            generator,
            options.max_bytes,
            bar.show,
            enlarge=options.enlarge,
            file_format=file_format,
            vectors=vectors,
        )
    _write(options.out, file)
    return 0


def parse_for_file(line: str, suffix: str, *, alone: bool = False) -> tuple[Recipe, str | None]:
    """Return the recipe of ``line``, with the format that the file's ending ``suffix`` selects.

    If the kind has an option ``format``, the format is set in the recipe, and the second value is None. Otherwise, or
    if one face of the picture is drawn ``alone``, the second value is the format to write.

    Raises NotAChoice if the ending is unknown, Conflict if the line names another format, and any other RecipeError if
    the line is wrong.
    """
    if suffix not in (*SUFFIXES, ARRAYS):
        choices = ", ".join((*SUFFIXES, ARRAYS))
        raise errors.NotAChoice(name="the file's ending", value=suffix or "none", choices=choices)
    words = line.split()
    kind = KINDS.get(words[0]) if words else None
    if kind is None or "format" not in kind.options or alone or suffix == ARRAYS:
        return Recipe.parse(line), suffix[1:]
    if not any(word.startswith("format=") for word in words):
        stills = "png" if kind.options["format"].default == "png" else "strip"
        return Recipe.parse(f"{line} format={stills if suffix == '.png' else suffix[1:]}"), None
    from generator.rendering.encode import FORMATS

    recipe = Recipe.parse(line)
    if suffix[1:] != stamp.ENDINGS[FORMATS[recipe.format].media_type]:
        raise errors.Conflict(first=f"format={recipe.format}", second=f"a file ending in {suffix}")
    return recipe, None


class _ProgressBar:
    """A progress bar of faces on stderr, which is shown only if stderr is a terminal."""

    def __enter__(self) -> "_ProgressBar":
        from tqdm import tqdm

        self._bar = tqdm(unit="face", disable=None, leave=False)
        return self

    def __exit__(self, *_: object) -> None:
        self._bar.close()

    def show(self, done: int, total: int) -> None:
        """Show that ``done`` of ``total`` faces are drawn."""
        self._bar.total = total
        self._bar.update(done - self._bar.n)


def _write_arrays(path: Path, arrays: Mapping[str, Any]) -> None:
    from generator.cli import npz

    npz.write_arrays(path, arrays)
    print(f"{path}: {', '.join(arrays)}; {len(arrays['w'])} faces")


def _write(path: Path, file: "File") -> None:
    files.write(path, [file.body])
    shrunk = f", shrunk from {file.reduced['from']} px to fit" if file.reduced else ""
    frames = f", {file.frames} frames" if file.frames > 1 else ""
    print(f"{path}: {file.width} x {file.height}{frames}, {len(file.body):,} bytes{shrunk}")
