"""The command ``attach``, which the bot runs in place of ``serve`` if its worker is in another container.

Defines only its options; see generator/handover.
"""

import argparse
from pathlib import Path


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Add the arguments of this command."""
    parser.add_argument(
        "--check", action="store_true", help="only tell by the exit code whether somebody listens: 0 if so, else 1"
    )
    parser.add_argument("socket", type=Path, help="the socket at which waifu listen listens")
    parser.add_argument("arguments", nargs=argparse.REMAINDER, help="what waifu serve is started with there")


def run(options: argparse.Namespace) -> int:
    """Be the worker that is started there, until it ends."""
    from generator.handover.attach import attach, check

    if options.check:
        return 0 if check(options.socket) else 1
    return attach(options.socket, options.arguments)
