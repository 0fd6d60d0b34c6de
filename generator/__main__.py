"""The command line, ``python -m generator COMMAND``, which draws the same pictures as the bot does in a chat.

Knows nothing about what a command does: the command's module is imported only when that command is used. To add a
command, add a row to COMMANDS. The exit code is 0 for success, 1 after an error (one sentence on stderr), 2 for wrong
usage, 130 after Ctrl+C and 141 if nobody reads the output on.
"""

import argparse
import io
import os
import sys
from collections.abc import Mapping, Sequence
from importlib import import_module
from typing import NamedTuple, NoReturn, TextIO

from generator.contract import errors

CLOSED_PIPE = 141  # what shells report for a process that SIGPIPE ended


class Command(NamedTuple):
    """One command of the command line."""

    module: str  # has ``add_arguments(parser)`` and ``run(options)``, which returns the exit code
    help: str  # one line for --help


COMMANDS: Mapping[str, Command] = {
    "render": Command("generator.cli.render", "draw one picture or animation"),
    "point": Command("generator.cli.point", "make a w that another program wrote a face: a stored vector and its line"),
    "project": Command("generator.cli.project", "look for the nearest face to a picture that a model can draw"),
    "serve": Command("generator.cli.serve", "draw for the bot: speak the protocol on stdin and stdout"),
    "listen": Command("generator.cli.listen", "start workers for a bot in another container"),
    "attach": Command("generator.cli.attach", "have a worker started in another container, in place of serve"),
    "cluster": Command(
        "generator.cli.cluster",
        "make this machine part of a cluster whose workers draw for the bot, show it, or leave it",
    ),
    "convert": Command(
        "generator.cli.convert", "convert any supported checkpoint to the project's own format, or to another program's"
    ),
    "get": Command("generator.cli.get", "list public networks, and fetch one of them, or the file of any address"),
    "blend": Command(
        "generator.cli.blend", "blend two networks of the same shapes into one, or show the way between them"
    ),
    "inspect": Command("generator.cli.inspect", "show what a checkpoint holds, or which recipe made a picture"),
    "train": Command(
        "generator.train.command", "train a model on the built-in artist's drawings or on a folder of pictures"
    ),
    "artist": Command("generator.cli.artist", "write a sheet of portraits by the built-in artist, without a network"),
    "directions": Command(
        "generator.evaluate.directions_command",
        "learn what can be edited in a model trained on drawings, and store in it the directions that work",
    ),
    "evaluate": Command(
        "generator.evaluate.command", "measure how good a model is, and write the figures into its card"
    ),
}


def main(arguments: Sequence[str] | None = None) -> int:
    """Run the command in ``arguments``, by default those of the process, and return the exit code."""
    for stream in (sys.stdout, sys.stderr):
        if isinstance(stream, io.TextIOWrapper):
            stream.reconfigure(errors="replace")  # a character that the console cannot show must not end the command
    words = sys.argv[1:] if arguments is None else list(arguments)
    try:
        try:
            return _run(words)
        finally:
            if sys.stdout is not None:  # as it is where a process begins without one
                sys.stdout.flush()  # here, so that a closed pipe or a full disk is noticed here
    except BrokenPipeError:  # nobody reads on, as with ``| head``
        _discard_output(sys.stdout, sys.stderr)
        return CLOSED_PIPE
    except OSError as error:
        _discard_output(sys.stdout)
        return _explain(error)


def _run(words: Sequence[str]) -> int:
    options = _parser(words).parse_args(words)
    try:
        return int(import_module(COMMANDS[options.command].module).run(options))
    except errors.GeneratorError as error:
        print(f"error: {error}", file=sys.stderr)
        return 1
    except BrokenPipeError:
        raise
    except OSError as error:  # a file or folder that the system refuses for a reason that no command expects
        return _explain(error)
    except KeyboardInterrupt:
        return 130


class _Parser(argparse.ArgumentParser):
    """A parser that answers wrong usage with one sentence. The list of all options may be longer than a screen."""

    def error(self, message: str) -> NoReturn:
        """Print what is wrong, and exit with code 2."""
        self.exit(2, f"error: {message}; see: {self.prog} --help\n")


def _explain(error: OSError) -> int:
    place = f"{error.filename}: " if error.filename else ""
    print(f"error: {place}{error.strerror or error}", file=sys.stderr)
    return 1


def _discard_output(*streams: TextIO) -> None:
    """Throw away what is still to be written to the streams, or Python would fail again at its end."""
    nothing = os.open(os.devnull, os.O_WRONLY)
    for stream in streams:
        os.dup2(nothing, stream.fileno())
    os.close(nothing)


def _parser(words: Sequence[str]) -> argparse.ArgumentParser:
    parser = _Parser(prog="python -m generator", description="Draw anime faces with StyleGAN2.")
    commands = parser.add_subparsers(dest="command", required=True, metavar="COMMAND")
    for name, command in COMMANDS.items():
        sub = commands.add_parser(name, help=command.help, description=f"{command.help[0].upper()}{command.help[1:]}.")
        if name in words[:1]:  # only the chosen command's module is imported
            import_module(command.module).add_arguments(sub)
    return parser


if __name__ == "__main__":
    sys.exit(main())
