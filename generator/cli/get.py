"""The command ``get``, which lists public networks, and fetches one into a folder of models.

Knows no servers; generator/catalogue does. Before anything is fetched, the licence is shown and agreed to.
"""

import argparse
import re
import sys
from difflib import get_close_matches
from pathlib import Path

from generator.catalogue.entries import Entry, entries, file_in
from generator.contract import errors
from generator.contract.names import NETWORK_SUFFIXES

UNKNOWN_LICENCE = "not known: ask whoever made it"


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Add the arguments of this command."""
    parser.add_argument(
        "what",
        nargs="?",
        metavar="NAME|URL",
        help="a network of the list, or the address of any file (default: show the list)",
    )
    parser.add_argument(
        "--models",
        type=Path,
        default=Path("models"),
        metavar="DIR",
        help="the folder to put it into, which models_dir names in the bot's settings (default: %(default)s)",
    )
    parser.add_argument(
        "--name", type=_file_name, metavar="FILE", help="how to call the file (default: as in the list, or the address)"
    )
    parser.add_argument("--sha256", type=_sum, metavar="SUM", help="the SHA-256 that the file must have")
    parser.add_argument("--yes", action="store_true", help="agree to the licence without being asked")


def run(options: argparse.Namespace) -> int:
    """Print the list, or fetch a network and say how to draw with it.

    Raises DownloadError if the network cannot be fetched, CannotWrite if the disk has no room, and CheckpointError if
    what came is no network that can be drawn.
    """
    if options.what is None:
        print(_list())
        return 0
    entry = _find(options.what, options.sha256 or "")
    target: Path = options.models / (options.name or entry.file)
    if not entry.url:
        raise errors.ByHand(name=entry.name, url=entry.page, file=str(target))
    print(_describe(entry))
    if not options.yes and not _agrees():
        raise errors.NotAgreed()
    from generator.catalogue.download import Source, fetch

    fetch(Source(entry.url, entry.size, options.sha256 or entry.sha256), target)
    print(_say_how(target, options.models))
    return 0


def _find(what: str, sha256: str) -> Entry:
    """Return the network of that name, or one for an address. Raises NoSuchNetwork."""
    if "://" in what:
        name = Path(file_in(what)).stem or "network"
        return Entry(name, "what its address says", "", "", UNKNOWN_LICENCE, "you", url=what, sha256=sha256)
    known = entries()
    if what not in known:
        near = get_close_matches(what, known, 3, 0.4) or list(known)[:3]
        raise errors.NoSuchNetwork(name=what, known=", ".join(near))
    return known[what]


def _list() -> str:
    """Return the list of public networks as a table."""
    rows = [("NAME", "DRAWS", "PIXELS", "BYTES", "BY", "LICENCE")]
    rows += [
        (
            entry.name,
            entry.draws,
            entry.side,
            f"{entry.size:,}" if entry.size else "?",
            "waifu get" if entry.url else "hand",
            entry.licence,
        )
        for entry in entries().values()
    ]
    widths = [max(map(len, column)) for column in zip(*rows, strict=True)]
    lines = ["  ".join(f"{cell:<{width}}" for cell, width in zip(row, widths, strict=True)).rstrip() for row in rows]
    return "\n".join(
        [*lines, "", "Addresses are quoted from public documents, not tested. waifu get NAME fetches one."]
    )


def _describe(entry: Entry) -> str:
    rows = {
        "network": entry.name,
        "draws": f"{entry.draws}{f', {entry.side} px' if entry.side else ''}",
        "format": entry.format,
        "from": entry.url,
        "size": f"{entry.size:,} bytes" if entry.size else "not documented",
        "sum": entry.sha256 or "not documented: nobody can tell whether what comes is the right file",
        "facts from": entry.source,
        "note": entry.note,
        "licence": entry.licence,
    }
    return "\n".join(f"{name + ':':<12}{value}" for name, value in rows.items() if value)


def _agrees() -> bool:
    """Ask whether the person agrees to the licence. Without a terminal nobody does."""
    if not sys.stdin.isatty():
        return False
    try:
        return input("Do you agree to the licence? [y/N] ").strip().lower() in ("y", "yes")
    except EOFError:
        return False


def _say_how(target: Path, folder: Path) -> str:
    """Return what the file holds, and the lines that make it draw. Raises CheckpointError if it holds no network."""
    from generator import checkpoints
    from generator.naming.digests import Digests
    from generator.worker import offer

    made = checkpoints.inspect(target)
    sources = offer.Sources(folder=folder)
    digests = Digests(*sources.books)
    name = offer.find_model(str(target), sources, digests).model.name
    digests.save()
    return "\n".join(
        [
            f"{target}: {made.format}, {made.pixels}, {made.parameters:,} parameters",
            f'draw with it:   waifu render "waifu 7" face.png --model "{target}"',
            f'offer it:       models_dir = "{folder}" in config.toml, then /waifu model:{name}',
        ]
    )


def _file_name(text: str) -> str:
    if text != Path(text).name or Path(text).suffix.lower() not in NETWORK_SUFFIXES:
        raise argparse.ArgumentTypeError(f"'{text}' is no name of a file that ends in {', '.join(NETWORK_SUFFIXES)}")
    return text


def _sum(text: str) -> str:
    if not re.fullmatch("[0-9a-fA-F]{64}", text):
        raise argparse.ArgumentTypeError(f"'{text}' is no SHA-256: 64 digits and letters a to f")
    return text.lower()
