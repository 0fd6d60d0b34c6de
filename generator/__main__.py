"""The command line: ``python -m generator COMMAND``; the same pictures as in a chat, without one.

Knows arguments and exit codes (0 done, 1 a sentence on stderr, 2 wrong usage); what a command does lives elsewhere and is imported
when the command is chosen. A new command is a row in COMMANDS.
"""

import argparse
import io
import sys
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from importlib import import_module
from pathlib import Path
from typing import TYPE_CHECKING, cast

from generator.contract import errors
from generator.contract.recipe import KINDS, Recipe

if TYPE_CHECKING:
    from generator.rendering.encode import File

_PICTURES = (".png", ".gif", ".webp", ".mp4")

AddArguments = Callable[[argparse.ArgumentParser], object]
Run = Callable[[argparse.Namespace], int]


@dataclass(frozen=True)
class Command:
    """A sub-command: one line of help, its arguments, and what it does (returning the exit code)."""

    help: str
    add_arguments: AddArguments
    run: Run


def elsewhere(module: str, help: str) -> Command:
    """Return the command that ``module`` makes with its own ``add_arguments(parser)`` and ``run(options) -> exit code``."""
    return Command(
        help,
        lambda parser: import_module(module).add_arguments(parser),
        lambda options: cast(int, import_module(module).run(options)),
    )


def main(arguments: Sequence[str] | None = None) -> int:
    """Run one command; return the exit code."""
    for stream in (sys.stdout, sys.stderr):
        if isinstance(stream, io.TextIOWrapper):
            stream.reconfigure(errors="replace")  # a console that cannot show a letter is no reason to fail
    words = sys.argv[1:] if arguments is None else list(arguments)
    options = _parser(words).parse_args(words)
    try:
        return COMMANDS[options.command].run(options)
    except errors.GeneratorError as error:
        print(f"error: {error}", file=sys.stderr)
        return 1
    except KeyboardInterrupt:
        return 130


def _parser(words: Sequence[str]) -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="python -m generator", description="Anime faces drawn by StyleGAN2.")
    commands = parser.add_subparsers(dest="command", required=True, metavar="COMMAND")
    for name, command in COMMANDS.items():
        sub = commands.add_parser(name, help=command.help, description=command.help)
        if name in words[:1]:  # only the chosen one imports what its arguments need
            command.add_arguments(sub)
    return parser


def _add_network_options(parser: argparse.ArgumentParser) -> None:
    parser.add_argument(
        "--models", type=Path, metavar="DIR", help="a folder of checkpoints, offered by their file names"
    )
    parser.add_argument(
        "--device", choices=("auto", "cpu", "cuda"), default="auto", help="where to draw (default: %(default)s)"
    )
    parser.add_argument(
        "--precision",
        choices=("auto", "exact"),
        default="auto",
        help="exact: float32; auto: half precision where the device is made for it (default: %(default)s)",
    )
    parser.add_argument(
        "--no-enlarge",
        dest="enlarge",
        action="store_false",
        help="show networks under 256 px at their own size, not enlarged",
    )


def _render_arguments(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("line", help="what to make, for example 'morph 10 20 frames=60'")
    parser.add_argument(
        "out", type=Path, help="the file to write; its ending (.png .gif .webp .mp4) chooses the format"
    )
    parser.add_argument(
        "--model", metavar="NAME_OR_FILE", help="a model's name or a checkpoint file (default: the built-in one)"
    )
    parser.add_argument(
        "--max-bytes", type=int, metavar="N", help="shrink the picture until the file has at most N bytes"
    )
    _add_network_options(parser)


def _render(options: argparse.Namespace) -> int:
    recipe, file_format = _in_format(options.line, options.out.suffix.lower())
    from generator import allocator

    allocator.keep_large_blocks()
    allocator.spin_briefly()
    from generator import checkpoints
    from generator.rendering import render
    from generator.worker import models  # torch from here on

    entry = models.find_entry(options.model or recipe["model"], options.models)
    generator = models.loader(checkpoints.device_of(options.device), options.precision)(entry)
    with _ProgressBar() as bar:
        file = render.render(
            recipe.replace(model=entry.model.name),
            generator,
            options.max_bytes,
            bar.show,
            enlarge=options.enlarge,
            file_format=file_format,
        )
    _write(options.out, file)
    return 0


def _in_format(line: str, suffix: str) -> tuple[Recipe, str | None]:
    """The recipe of ``line``, its format chosen by the file's ending where it names none; for a picture, the format to write."""
    if suffix not in _PICTURES:
        raise errors.NotAChoice(name="the file's ending", value=suffix or "none", choices=", ".join(_PICTURES))
    words = line.split()
    kind = KINDS.get(words[0]) if words else None
    if kind is None or "format" not in kind.options:
        return Recipe.parse(line), suffix[1:]
    if not any(word.startswith("format=") for word in words):
        stills = "png" if kind.options["format"].default == "png" else "strip"
        return Recipe.parse(f"{line} format={stills if suffix == '.png' else suffix[1:]}"), None
    recipe = Recipe.parse(line)
    if suffix != {"strip": ".png"}.get(recipe["format"], f".{recipe['format']}"):
        raise errors.Conflict(first=f"format={recipe['format']}", second=f"a file ending in {suffix}")
    return recipe, None


class _ProgressBar:
    """Faces on a bar on stderr, where stderr is a terminal."""

    def __enter__(self) -> "_ProgressBar":
        from tqdm import tqdm

        self._bar = tqdm(unit="face", disable=None, leave=False)
        return self

    def __exit__(self, *_: object) -> None:
        self._bar.close()

    def show(self, done: int, total: int) -> None:
        """Move the bar."""
        self._bar.total = total
        self._bar.update(done - self._bar.n)


def _write(path: Path, file: "File") -> None:
    try:
        path.write_bytes(file.body)
    except OSError as error:
        raise errors.CannotWrite(file=str(path), reason=error.strerror or "unknown") from error
    shrunk = f", shrunk from {file.reduced['from']} px to fit" if file.reduced else ""
    frames = f", {file.frames} frames" if file.frames > 1 else ""
    print(f"{path}: {file.width} x {file.height}{frames}, {len(file.body):,} bytes{shrunk}")


def _serve_arguments(parser: argparse.ArgumentParser) -> None:
    parser.add_argument(
        "--model",
        action="append",
        default=[],
        metavar="FILE",
        help="a checkpoint to offer; may be repeated, the first is the default",
    )
    parser.add_argument(
        "--max-models", type=int, default=3, metavar="N", help="networks in memory at once (default: %(default)s)"
    )
    parser.add_argument("--trace", type=Path, metavar="FILE", help="append one line of JSON for each batch")
    parser.add_argument(
        "--backend",
        choices=("auto", "eager", "compile", "openvino", "graphs"),
        default="auto",
        help="what executes the network, made while the network draws already; auto: CUDA graphs on a GPU, else eager",
    )
    _add_network_options(parser)


def _serve(options: argparse.Namespace) -> int:
    from generator.worker import serve

    return serve.serve(options)


def _convert_arguments(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("source", type=Path, help="any supported checkpoint")
    parser.add_argument("target", type=Path, help="the .safetensors file to write")
    parser.add_argument("--half", action="store_true", help="store the weights as float16: half the size")


def _convert(options: argparse.Namespace) -> int:
    from generator import checkpoints

    described = checkpoints.convert(options.source, options.target, half=options.half)
    print(
        f"{options.target}: {described.resolution} px, {described.parameters:,} parameters, digest {described.digest}"
    )
    return 0


COMMANDS: Mapping[str, Command] = {
    "render": Command("make one picture or animation", _render_arguments, _render),
    "serve": Command("draw for the bot: speak the protocol on stdin and stdout", _serve_arguments, _serve),
    "convert": Command("write any supported checkpoint in the project's own format", _convert_arguments, _convert),
    # Commands that live in a module of their own.
    "inspect": elsewhere(
        "generator.cli.describe", "say what a checkpoint holds, or by which recipe a picture was made"
    ),
    "train": elsewhere("generator.train.command", "train a network on the built-in artist or on a folder of pictures"),
    "directions": elsewhere(
        "generator.evaluate.directions_command",
        "learn the directions of a drawn network, and write those that work into it",
    ),
    "evaluate": elsewhere("generator.evaluate.command", "measure how good a network is, into its model card"),
}

if __name__ == "__main__":
    sys.exit(main())
