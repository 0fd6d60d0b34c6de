"""The command ``serve``, which starts the worker process that draws for the bot.

Defines only its options; the process itself is in generator/worker.
"""

import argparse
import sys
from importlib.util import find_spec
from pathlib import Path

from generator.contract import errors
from generator.contract.names import is_model_name
from generator.naming.book import is_binding
from generator.options import add_drawing_options, read_address, whole_number

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
    parser.add_argument(
        "--cluster",
        type=read_address,
        metavar="ADDRESS",
        help="have the workers of a cluster draw (waifu cluster up), in place of this process; HOST:PORT of its head",
    )
    add_drawing_options(parser)


def run(options: argparse.Namespace) -> int:
    """Draw for the bot until stdin ends."""
    if options.cluster is not None:
        from generator.cluster import dispatcher

        if find_spec("ray") is None:
            print(f"error: {errors.RayMissing()}", file=sys.stderr)
            return dispatcher.CANNOT_START
        return dispatcher.serve(options.cluster, _arguments(options))
    from generator.worker import serve

    return serve.serve(options)


def _arguments(options: argparse.Namespace) -> list[str]:
    """Return the words that give a worker the same options, but for --cluster."""
    words = [word for path in options.model for word in ("--model", path)]
    words += [word for name, path in options.name for word in ("--name", f"{name}={path}")]
    words += [word for name, digest in options.bound for word in ("--bound", f"{name}={digest}")]
    for option in ("models", "state_dir", "trace"):
        if (path := getattr(options, option)) is not None:
            words += [f"--{option.replace('_', '-')}", str(path)]
    words += ["--max-models", str(options.max_models), "--backend", options.backend]
    words += ["--device", options.device, "--precision", options.precision]
    return words if options.enlarge else [*words, "--no-enlarge"]


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
