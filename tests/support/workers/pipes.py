"""What the fake workers share: the project's own protocol over stdin and stdout. Standard library only."""

import os
import sys
from collections.abc import Iterator
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parents[3]))

from generator.contract import protocol
from generator.contract.recipe import Recipe

READY = protocol.Ready(
    kinds=("waifu", "grid", "morph"),
    formats=("gif", "strip", "webp"),
    models=(
        protocol.Model("drawn-4", 64, "d0", {"hair": ("pink", "green"), "eye-colour": ("blue", "red")}),
        protocol.Model("other-1", 128, "d1"),
    ),
    device="cpu",
    fingerprint="fake",
)
PNG = b"\x89PNG\r\n\x1a\n not a picture "


def say(message: protocol.Message) -> None:
    """Write one message."""
    os.write(1, protocol.encode(message))


def hear() -> Iterator[protocol.Message]:
    """Yield every message until stdin closes."""
    decoder = protocol.Decoder()
    while piece := os.read(0, 65536):
        yield from decoder.feed(piece)


def draw(run: protocol.Run) -> None:
    """Finish a run with a file that names its line."""
    file = PNG + run.line.encode()
    total = int(Recipe.parse(run.line)["frames"]) if run.line.startswith("morph") else 1
    say(protocol.Progress(run.id, total, total))
    for part in protocol.parts(run.id, file):
        say(part)
    say(protocol.Finished(run.id, "image/png", len(file), 64, 64))


def marked(name: str) -> bool:
    """Return whether a worker before this one has made the mark; make it."""
    mark = Path(sys.argv[1]) / name
    seen = mark.exists()
    mark.touch()
    return seen
