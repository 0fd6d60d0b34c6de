"""The snapshots of a run: each a network's file with a name of its own, of which the newest and the best are kept.

Knows nothing about training. A name has the thousands of pictures seen (``mine-000512``), and a file under it is never
given other contents while it is kept, so a bot that finds it can bind the name for good.
"""

import re
from collections.abc import Callable, Iterable, Mapping
from dataclasses import asdict, dataclass, replace
from pathlib import Path
from typing import Any

from generator import files
from generator.contract import errors

FOLDER = "snapshots"
DIGITS = 6
MAX_NAME_CHARS = 33  # longest name of a run: with "-000512" after it, it must still be a model's name (40 characters)


def check_free(folder: Path, name: str, run: Path, *, known: bool = False) -> None:
    """Check that snapshots of this name in ``folder`` are or will be those of ``run``.

    ``known`` says that the run had them there before. Raises BadValue if they are another run's, and CannotWrite if no
    file can be made there.
    """
    note = _note(folder, name)
    files.check_writable(note)
    holder = Path(note.read_text("utf-8")) if note.is_file() else None
    goes_on = holder is not None and (holder / "settings.json").exists()  # else it is gone, or was moved
    own = goes_on and holder == run.resolve()
    pattern = re.compile(re.escape(name) + rf"-\d{{{DIGITS},}}\.safetensors")
    there = any(pattern.fullmatch(path.name) for path in folder.glob("*"))
    if not own and (goes_on or (there and not known)):
        expected = "another name, as the folder of --offer-in holds snapshots of another run of that name"
        raise errors.BadValue(name="--name", value=name, expected=expected)


def claim(folder: Path, name: str, run: Path) -> None:
    """Note in ``folder`` that snapshots of this name are those of ``run``, before there are any."""
    files.write(_note(folder, name), [str(run.resolve()).encode()])


def give_up(folder: Path, name: str) -> None:
    """Remove the note of ``claim`` for a run that could not begin."""
    _note(folder, name).unlink(missing_ok=True)


def _note(folder: Path, name: str) -> Path:
    return folder / f".{name}.run"


def _is_claimed(file: Path, run: Path) -> bool:
    """Return whether the snapshot ``file`` is one of ``run``, in a folder that several runs may share."""
    note = _note(file.parent, file.stem.rpartition("-")[0])
    return note.is_file() and note.read_text("utf-8") == str(run.resolve())


@dataclass(frozen=True)
class Snapshot:
    """A network as it was at one moment of a run."""

    name: str  # "mine-000512"
    seen: int  # number of pictures that the network had seen
    file: str
    space: str | None = None  # where the distance was measured
    frechet: float | None = None  # squared Fréchet distance to the pictures of the set


class Snapshots:
    """The snapshots that are kept, in the order of their making."""

    def __init__(
        self, run: Path, offered: str | None, name: str, keep: int, kept: Iterable[Mapping[str, Any]] = ()
    ) -> None:
        """Go on with those that ``state()`` returned, as far as their files are still there.

        They are in the folder ``offered``, or in the folder of their ``run``, which may be a copy, or moved: what is in
        that of another run is never touched.
        """
        self._folder, self._name, self._keep = Path(offered or run / FOLDER), name, keep
        self._kept = []
        for snapshot in (Snapshot(**row) for row in kept):
            file = Path(snapshot.file)
            own, *shared = run / FOLDER / file.name, self._folder / file.name, file  # the last where it was before
            found = own if own.is_file() else next((path for path in shared if _is_claimed(path, run)), None)
            if found is not None and found.is_file():
                self._kept.append(replace(snapshot, file=str(found)))

    def __iter__(self) -> "Iterable[Snapshot]":
        """Yield the snapshots that are kept, the oldest first."""
        return iter(self._kept)

    def state(self) -> list[dict[str, Any]]:
        """Return everything that a new object needs to go on exactly."""
        return [asdict(snapshot) for snapshot in self._kept]

    def name_at(self, seen: int) -> str:
        """Return the name of a snapshot after ``seen`` pictures."""
        return f"{self._name}-{seen // 1000:0{DIGITS}}"

    def add(
        self, seen: int, space: str | None, figures: Mapping[str, float], write: Callable[[Path, str], None]
    ) -> Snapshot:
        """Let ``write`` write a file under the name of this snapshot, and thin out. Raises CannotWrite."""
        name = self.name_at(seen)
        file = self._folder / f"{name}.safetensors"
        with files.saying_why(self._folder):
            self._folder.mkdir(parents=True, exist_ok=True)
        write(file, name)
        snapshot = Snapshot(name, seen, str(file), space, figures.get("frechet"))
        self._kept = [one for one in self._kept if one.file != snapshot.file] + [snapshot]
        self._thin()
        return snapshot

    def best(self) -> Snapshot | None:
        """Return the snapshot of the least distance among those measured as the last was; None if it was not."""
        last = self._kept[-1] if self._kept else None
        measured = [one for one in self._kept if last and one.frechet is not None and one.space == last.space]
        return min(measured, key=lambda one: one.frechet or 0.0, default=None)

    def _thin(self) -> None:
        best = self.best()
        stays = [one for one in self._kept if one is best or one in self._kept[-self._keep :]]
        for snapshot in self._kept:
            if snapshot not in stays:
                Path(snapshot.file).unlink(missing_ok=True)
        self._kept = stays
