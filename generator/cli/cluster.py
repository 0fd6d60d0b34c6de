"""The command ``cluster``: makes this machine part of a cluster whose workers draw, shows the cluster, and leaves it.

Defines only its options and prints; the work is done in generator/cluster.
"""

import argparse
import os
import tempfile
from importlib.util import find_spec
from pathlib import Path

from generator.contract import errors
from generator.options import read_address, whole_number


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Add the arguments of this command."""
    parser.add_argument(
        "action",
        choices=("up", "status", "down"),
        help="up: run this machine's part of a cluster until it is told to end; status: show machines and workers; "
        "down: end this machine's part",
    )
    parser.add_argument(
        "address", nargs="?", type=read_address, metavar="ADDRESS", help="for status: the head's HOST:PORT"
    )
    parser.add_argument(
        "--join",
        type=read_address,
        metavar="ADDRESS",
        help="the head's HOST:PORT; without it this is the head",
    )
    parser.add_argument("--ip", default="", help="the address of this machine in its private network")
    parser.add_argument(
        "--port", type=whole_number(1024, 65_535), default=6379, help="the head's (default: %(default)s)"
    )
    parser.add_argument(
        "--places",
        type=whole_number(0, 64),
        metavar="N",
        help="how many workers this machine may run (default: one for each GPU, or 1)",
    )
    parser.add_argument(
        "--threads",
        type=whole_number(1, 256),
        metavar="N",
        help="threads of each worker (default: the cores, shared; with GPUs as many as PyTorch takes)",
    )
    parser.add_argument(
        "--replicas",
        type=_range,
        metavar="LOW-HIGH",
        help="for the head: let the number of workers follow the queue, such as 2-16 (default: one in each place)",
    )
    parser.add_argument(
        "--object-store",
        type=whole_number(80, 100_000),
        default=500,
        metavar="MB",
        help="memory for files on their way (default: %(default)s)",
    )
    parser.add_argument(
        "--folder",
        type=Path,
        default=_default_folder(),
        help="for files of this machine's part, on the head also Ray's sockets and logs (default: %(default)s)",
    )


def run(options: argparse.Namespace) -> int:
    """Do what was asked, and return the exit code."""
    from generator.cluster import nodes

    if options.action == "down":
        nodes.end(options.folder)
        return 0
    require_ray()
    if options.action == "status":
        return _status(options.address or f"127.0.0.1:{options.port}")
    return _up(options)


def _status(address: str) -> int:
    from generator.cluster import nodes

    nodes.require_token(os.environ, make=False)
    nodes.check_head(address, os.environ)
    os.environ.setdefault("RAY_AUTH_MODE", "token")  # before Ray is imported
    from ray.exceptions import RayError

    from generator.cluster import status

    try:
        print("\n".join(status.read(address)))
    except (ConnectionError, RuntimeError, RayError):
        raise errors.NoCluster(address=address) from None
    return 0


def _up(options: argparse.Namespace) -> int:
    from generator.cluster import nodes

    if options.ip:
        nodes.check_private(options.ip)
    nodes.require_token(os.environ, make=not options.join)
    if options.join:
        nodes.check_head(options.join, os.environ)
    gpus = nodes.count_gpus()
    places = options.places if options.places is not None else gpus or 1
    threads = options.threads or (0 if gpus else max(1, (os.cpu_count() or 1) // max(1, places)))
    node = nodes.Node(
        options.folder,
        options.join or "",
        options.ip,
        options.port,
        places,
        options.replicas,
        options.object_store * 1_000_000,
    )
    return nodes.run(nodes.start_command(node), nodes.environment(os.environ, options.folder, threads), options.folder)


def require_ray() -> None:
    """Raise RayMissing if Ray is not installed."""
    if find_spec("ray") is None:
        raise errors.RayMissing()


def _default_folder() -> Path:
    return Path(tempfile.gettempdir()) / f"waifubot-cluster-{os.getuid() if hasattr(os, 'getuid') else 0}"


def _range(text: str) -> tuple[int, int]:
    low, _, high = text.partition("-")
    if not (low.isdecimal() and high.isdecimal() and 1 <= int(low) <= int(high) <= 1024):
        raise argparse.ArgumentTypeError(f"'{text}' is not like 2-16, from 1 to 1024")
    return int(low), int(high)
