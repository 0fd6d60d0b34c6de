"""The command ``serve``, which starts the worker process that draws for the bot.

Defines only its options; the process itself is in generator/worker.
"""

import argparse
from pathlib import Path

from generator.contract.names import is_model_name
from generator.naming.book import is_binding
from generator.options import add_drawing_options, whole_number

BACKENDS = ("auto", "eager", "openvino", "graphs")


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Add the arguments of this command."""
    parser.add_argument(
        "--model",
        action="append",
        default=[],
        metavar="FILE",
        help="a checkpoint to offer; repeatable, the first is the default",
    )
    parser.add_argument(
        "--name",
        type=_named_file,
        action="append",
        default=[],
        metavar="NAME=FILE",
        help="a checkpoint to offer under a name of your own; repeatable",
    )
    parser.add_argument(
        "--bound",
        type=_binding,
        action="append",
        default=[],
        metavar="NAME=DIGEST",
        help="a name that means the network with this digest, whatever the books say; repeatable",
    )
    parser.add_argument(
        "--max-models",
        type=whole_number(1),
        default=3,
        metavar="N",
        help="how many models to keep in memory (default: %(default)s)",
    )
    parser.add_argument("--trace", type=Path, metavar="FILE", help="append a line of JSON for each batch to this file")
    parser.add_argument(
        "--backend",
        choices=BACKENDS,
        default="auto",
        help="what executes the models, in place of eager as soon as it is built; auto: graphs on a GPU, else openvino "
        "where that is installed and draws faster, else eager (default: %(default)s)",
    )
    add_drawing_options(parser)


def run(options: argparse.Namespace) -> int:
    """Draw for the bot until stdin ends."""
    from generator.worker import serve

    return serve.serve(options)


def _named_file(text: str) -> tuple[str, Path]:
    name, _, file = text.partition("=")
    if not is_model_name(name) or not file:
        raise argparse.ArgumentTypeError(f"'{text}' is not like my-name=FILE, with a name of a-z, 0-9 and single -")
    return name, Path(file)


def _binding(text: str) -> tuple[str, str]:
    name, _, digest = text.partition("=")
    if not is_binding(name, digest):
        raise argparse.ArgumentTypeError(f"'{text}' is not like my-name=0123456789abcdef")
    return name, digest
