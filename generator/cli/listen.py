"""The command ``listen``, which starts workers for a bot in another container.

Defines only its options; see generator/handover.
"""

import argparse
from pathlib import Path


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Add the arguments of this command."""
    parser.add_argument("socket", type=Path, help="the socket to make, in a folder that only the two containers share")


def run(options: argparse.Namespace) -> int:
    """Start workers until SIGTERM."""
    from generator.handover.listener import listen

    listen(options.socket)
    return 0
