"""What the fake workers share: they speak the project's protocol over stdin and stdout. Standard library only."""

import hashlib
import os
import sys
import zlib
from collections.abc import Iterator
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parents[3]))

from generator.contract import protocol, stamp, vector
from generator.contract.recipe import Recipe

READY = protocol.Ready(
    kinds=("waifu", "grid", "morph", "like"),
    formats=("gif", "strip", "webp"),
    models=(
        protocol.Model("drawn-4", 64, "d0", {"hair": ("pink", "green"), "eye-colour": ("blue", "red")}),
        protocol.Model("other-1", 128, "d1"),
    ),
    device="cpu",
    fingerprint="fake",
)
PNG = b"\x89PNG\r\n\x1a\n not a picture "


def send(message: protocol.Message) -> None:
    """Write one message to stdout."""
    os.write(1, protocol.encode(message))


def receive() -> Iterator[protocol.Message]:
    """Yield the messages from stdin until it closes. Pings are answered."""
    decoder = protocol.Decoder()
    while piece := os.read(0, 65536):
        for message in decoder.feed(piece):
            if isinstance(message, protocol.Ping):
                send(protocol.Pong())
            else:
                yield message


def count_frames(run: protocol.Run) -> int:
    """Return the number of frames of a run's picture."""
    return int(Recipe.parse(run.line)["frames"]) if run.line.startswith("morph") else 1


def draw(run: protocol.Run) -> None:
    """Finish a run with a file that contains the run's recipe line."""
    file, total = PNG + run.line.encode(), count_frames(run)
    send(protocol.Progress(run.id, total, total))
    for part in protocol.parts(run.id, file):
        send(part)
    send(protocol.Finished(run.id, "image/png", len(file), 64, 64))


def compose(sheet: protocol.ContactSheet) -> None:
    """Finish a sheet with a file that says its first number, and which of its cells hold a picture, as 1 and 0."""
    file = PNG + f"from {sheet.first} cells: {''.join('1' if cell else '0' for cell in sheet.cells)}".encode()
    for part in protocol.parts(sheet.id, file):
        send(part)
    send(protocol.Finished(sheet.id, "image/png", len(file), 64, 64))


def preview(run: protocol.Run) -> None:
    """Send a first look at what a search finds."""
    send(protocol.Preview(run.id, "image/webp", 128, 64, b"RIFF\0\0\0\0WEBP first look"))


def find(run: protocol.Run, upload: bytes) -> None:
    """Finish a search with a file that shows the posted picture, and whose stamp names the face that was found."""
    face = vector.pack(vector.Shape(1, 8), hashlib.sha256(upload).digest()[:16])
    model = str(Recipe.parse(run.line).model)
    shown = b"\x89PNG\r\n\x1a\n" + _chunk(b"upLd" + upload) + _chunk(b"IEND")
    file = stamp.write(shown, f"waifu @{vector.digest_of(face)} model={model} psi=0.7", [face])
    preview(run)
    send(protocol.Progress(run.id, 2, 2))
    for part in protocol.parts(run.id, file):
        send(part)
    near = 12.0 if upload.endswith(b"far off") else 25.0
    traits = {"hair": "pink", "eye-colour": "blue"}
    send(protocol.Finished(run.id, "image/png", len(file), 128, 64, traits_read=traits, psnr=near))


def _chunk(data: bytes) -> bytes:
    return (len(data) - 4).to_bytes(4, "big") + data + zlib.crc32(data).to_bytes(4, "big")


def set_mark(name: str) -> bool:
    """Leave a mark for the next workers, and return whether an earlier worker had left it already."""
    mark = Path(sys.argv[1]) / name
    seen = mark.exists()
    mark.touch()
    return seen
