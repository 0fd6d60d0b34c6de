"""``python broken_files.py FIRST COUNT FILE...``: damages checkpoint files in many ways, and loads each variant.

A test runs and watches this in a separate process. It prints the number of each variant before loading the variant, and
at the end the results as one line of JSON. For the same files, variant n is always the same.

``python broken_files.py --keep N FILE...`` instead writes variant N into the current folder, as variant.pkl.
"""

import contextlib
import hashlib
import json
import logging
import random
import re
import resource
import sys
import tempfile
import time
import traceback
from collections import Counter
from collections.abc import Callable, Iterable
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from generator.stylegan.generator import Generator

STRUCTURAL_PLACES = re.compile(rb"torch|numpy|storage|weight|PK|dtype|collections|_modules|__metadata__|[\x80RbQ]")
TELLING_BYTES = (0, 1, 2, 127, 128, 254, 255, *b"Rbctq.Q}](\x85\x8a")
TELLING_NUMBERS = tuple(
    (2**n - d).to_bytes(8, "little") for n in (15, 16, 31, 32, 62, 63, 64) for d in (0, 1) if 2**n - d < 2**64
)
MEMORY_LIMIT = 2 << 30  # bytes, beyond what torch itself takes, so that a decompression bomb cannot exhaust the machine


def flip(data: bytearray, chance: random.Random, _: bytes) -> None:
    """Flip 1 to 64 random bits."""
    for _ in range(chance.randrange(1, 65)):
        data[chance.randrange(len(data))] ^= 1 << chance.randrange(8)


def corrupt_structure(data: bytearray, chance: random.Random, _: bytes) -> None:
    """Overwrite up to 5 bytes in or near parts of the file that determine its structure."""
    places = [0, *(found.start() for found in STRUCTURAL_PLACES.finditer(data, 0, 200_000))]
    for _ in range(chance.randrange(1, 6)):
        data[(chance.choice(places) + chance.randrange(-6, 12)) % len(data)] = chance.choice(TELLING_BYTES)


def miscount(data: bytearray, chance: random.Random, _: bytes) -> None:
    """Overwrite some bytes with a number, mostly a large one, that may be read as a size or count."""
    at, size = random_place(data, chance), chance.choice((1, 2, 4, 8))
    number = chance.choice(TELLING_NUMBERS)[:size]
    data[at : at + size] = number if chance.random() < 0.7 else number[::-1]


def cut(data: bytearray, chance: random.Random, _: bytes) -> None:
    """Cut off the end of the file at a random place."""
    del data[random_place(data, chance) :]


def remove_piece(data: bytearray, chance: random.Random, _: bytes) -> None:
    """Remove a piece of the file."""
    at = random_place(data, chance)
    del data[at : at + chance.choice((1, 2, 8, 64, 4096, 65536))]


def duplicate_piece(data: bytearray, chance: random.Random, _: bytes) -> None:
    """Insert copies of a piece of the file, or of the rest of it, before that piece."""
    at, size = random_place(data, chance), chance.choice((1, 9, 64, 4096, len(data)))
    piece = data[at : at + size]
    data[at:at] = piece * (1 if size > 64 else chance.choice((1, 2, 1000)))


def swap(data: bytearray, chance: random.Random, _: bytes) -> None:
    """Swap two pieces of the file."""
    size = chance.choice((1, 4, 16, 512, 16384))
    at, to = sorted((random_place(data, chance), random_place(data, chance)))
    one, other = data[at : at + size], data[max(to, at + size) : max(to, at + size) + size]
    data[at : max(to, at + size) + len(other)] = other + data[at + size : max(to, at + size)] + one


def splice(data: bytearray, chance: random.Random, other: bytes) -> None:
    """Replace the rest of the file by another file, or by the same part of another file."""
    at = random_place(data, chance)
    data[at:] = other[min(at, len(other)) :] if chance.random() < 0.5 else other


CHANGES: tuple[Callable[[bytearray, random.Random, bytes], None], ...] = (
    *(flip, corrupt_structure, miscount, cut, remove_piece, duplicate_piece, swap, splice),
)


def random_place(data: bytearray, chance: random.Random) -> int:
    """Return a random index into the file, half of the time near one of its ends, where the structure is."""
    reach = min(len(data), chance.choice((64, 4096, 65536)))
    near = chance.randrange(reach)
    return chance.choice((near, len(data) - 1 - near, chance.randrange(len(data)), chance.randrange(len(data))))


def variant(number: int, files: list[Path]) -> tuple[str, bytes]:
    """Return a description of how a variant is made, and its bytes."""
    chance = random.Random(number)
    path, other = chance.choice(files), chance.choice(files)
    data = bytearray(path.read_bytes() or b"\0")
    changes = [chance.choice(CHANGES) for _ in range(chance.choice((1, 1, 1, 2, 3)))]
    for change in changes:
        if data:
            change(data, chance, other.read_bytes())
    return f"{number} {path.name} {' '.join(change.__name__ for change in changes)}", bytes(data)


def resident(name: str) -> int:
    """Return a value from this process's /proc status in bytes, e.g. VmRSS, or VmHWM, the peak of VmRSS."""
    found = re.search(rf"{name}:\s+(\d+) kB", Path("/proc/self/status").read_text(encoding="ascii"))
    assert found
    return int(found[1]) * 1024


def forget_the_peak() -> None:
    """Reset VmHWM, the peak of resident memory, to what is resident now."""
    Path("/proc/self/clear_refs").write_text("5", encoding="ascii")


def load(path: Path, draws: bool = False) -> str:
    """Load a file as users of the package do, and return the outcome. If ``draws`` is set, what loads is drawn, too.

    Raises what the loader raises, except CheckpointError, which is the outcome that a damaged file should have, and
    NotFinite, which that of drawing with huge weights should be.
    """
    from generator import checkpoints
    from generator.contract import errors

    try:
        generator = checkpoints.load(path)
        if draws:
            draw(generator)
        if generator.name:
            return "a network"
    except errors.CheckpointError as error:
        sentence = str(error)
        assert "\n" not in sentence
        with contextlib.suppress(errors.CheckpointError):
            checkpoints.inspect(path)
            return f"{error.code}, of the weights"
        return error.code
    except errors.NotFinite as error:
        return error.code
    return "a network without a name"


def draw(generator: "Generator") -> None:
    """Draw a picture, as the worker does it, unless it is so large that this would take long."""
    from generator.contract import errors
    from generator.contract.recipe import Recipe
    from generator.rendering.render import raw_frames

    if max(generator.size) <= 256:
        with contextlib.suppress(errors.OutOfMemory):
            raw_frames(Recipe.parse("waifu 7"), generator, enlarge=False)


def main(first: int, count: int, files: list[Path]) -> None:
    """Load variants of files, as ``run`` does."""
    run(first, count, lambda number: variant(number, files), files[:1])


def run(
    first: int,
    count: int,
    variant: Callable[[int], tuple[str, bytes]],
    warm_up: Iterable[Path] = (),
    draws: bool = False,
) -> None:
    """Load the variants. Print how often each outcome occurred, the failures, and which took most time and memory.

    ``variant`` returns how a variant is made, and its bytes. Files to ``warm_up`` with are loaded before.
    """
    import torch

    from generator import checkpoints  # noqa: F401 - imported before memory is measured, so that it is not counted

    logging.disable()
    torch.set_num_threads(1)
    resource.setrlimit(resource.RLIMIT_DATA, (resident("VmData") + MEMORY_LIMIT,) * 2)
    ends: Counter[str] = Counter()
    failures: list[str] = []
    slowest, dearest = (0.0, ""), (0, "")
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "variant.pkl"
        # The first network that is loaded makes torch allocate memory that it keeps, which must not be counted.
        for file in warm_up:
            load(file)
        base = resident("VmRSS")
        for number in range(first, first + count):
            print(number, flush=True)
            name, data = variant(number)
            path.write_bytes(data)
            del data
            forget_the_peak()
            before, began = resident("VmRSS"), time.process_time()
            try:
                ends[load(path, draws)] += 1
            except BaseException:
                failures.append(f"{name}\n{traceback.format_exc()}")
            slowest = max(slowest, (round(time.process_time() - began, 2), name))
            dearest = max(dearest, (resident("VmHWM") - min(before, base), name))
    print(json.dumps({"ends": ends, "failures": failures, "slowest": slowest, "dearest": dearest}))


if __name__ == "__main__":
    if sys.argv[1] == "--keep":
        made = variant(int(sys.argv[2]), [Path(word) for word in sys.argv[3:]])
        Path("variant.pkl").write_bytes(made[1])
        print(made[0], hashlib.sha256(made[1]).hexdigest()[:16])
    else:
        main(int(sys.argv[1]), int(sys.argv[2]), [Path(word) for word in sys.argv[3:]])
