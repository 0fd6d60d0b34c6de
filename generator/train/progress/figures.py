"""The files of figures that grow while a run trains: metrics.jsonl, and scalars/ for TensorBoard.

Does not know what the figures mean. A run that was killed has written more of them than its checkpoint knows. On
resuming, the files are cut to the lengths that the checkpoint has, so no line is torn or stands there twice.
"""

import contextlib
import json
import math
import os
import time
from collections.abc import Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Any

from generator import files

if TYPE_CHECKING:
    from tensorboardX.event_file_writer import EventsWriter

METRICS = "metrics.jsonl"
SCALARS = "scalars"


class Figures:
    """Appends rows of figures to the files of a run folder. The event file begins with the first row."""

    def __init__(self, folder: Path, lengths: Mapping[str, int] | None = None) -> None:
        """Begin after ``lengths``, what ``lengths()`` once returned; None leaves the files as they are.

        Raises CannotWrite if a file cannot be cut.
        """
        self._folder = folder
        self._events: EventsWriter | None = None
        self._event_file: Path | None = None
        self._event_length = 0
        with files.saying_why(folder / METRICS):
            if lengths is not None:
                _cut(folder, lengths)
            self._end = _end_of_last_line(folder / METRICS)

    def write(self, seen: int, figures: Mapping[str, float | str | bool | None]) -> None:
        """Append a row: the number of pictures seen, and figures by name. Event files hold the numbers only.

        Raises CannotWrite, for instance if the disk is full; what was written before stays whole.
        """
        row = {"seen": seen, **{name: _finite(value) for name, value in figures.items()}}
        path = self._folder / METRICS
        with files.saying_why(path):
            self._append(path, (json.dumps(row, ensure_ascii=False) + "\n").encode())
        numbers = {name: value for name, value in figures.items() if isinstance(value, float)}
        with files.saying_why(self._folder / SCALARS):
            try:
                self._write_events(seen, numbers)
            except OSError:
                self._drop_events()
                raise

    def lengths(self) -> dict[str, int]:
        """Return how long each file is, for a checkpoint; all of it is on the disk then."""
        found = {}
        for path in _growing(self._folder):
            with path.open("rb") as stream, contextlib.suppress(OSError):
                os.fsync(stream.fileno())
            found[path.relative_to(self._folder).as_posix()] = path.stat().st_size
        return found

    def close(self) -> None:
        """Close the event file. A further row would begin another."""
        if self._events is not None:
            with contextlib.suppress(OSError):
                self._events.close()
        self._events = None

    def _append(self, path: Path, line: bytes) -> None:
        # At the end of the last whole line: an earlier attempt on a full disk may have left a piece of one.
        with path.open("r+b" if path.exists() else "xb") as stream:
            stream.truncate(self._end)
            stream.seek(self._end)
            stream.write(line)
        self._end += len(line)

    def _write_events(self, seen: int, numbers: Mapping[str, float]) -> None:
        from tensorboardX import summary  # imported late, since that takes a second
        from tensorboardX.event_file_writer import EventsWriter
        from tensorboardX.proto.event_pb2 import Event

        if self._events is None:
            scalars = self._folder / SCALARS
            scalars.mkdir(exist_ok=True)
            before = set(scalars.iterdir())
            # The suffix keeps a process that begins within a second of another from writing over its file.
            self._events = EventsWriter(str(scalars / "events"), f".{os.getpid()}.{seen}")
            (self._event_file,) = set(scalars.iterdir()) - before
        events = [Event(wall_time=time.time(), step=seen, summary=summary.scalar(*pair)) for pair in numbers.items()]
        for event in events:
            self._events.write_event(event)
        self._events.flush()
        assert self._event_file is not None
        self._event_length = self._event_file.stat().st_size

    def _drop_events(self) -> None:
        """Cut what was not written whole, and begin another event file with the next row."""
        self.close()
        if self._event_file is not None:
            with contextlib.suppress(OSError):
                os.truncate(self._event_file, self._event_length)


def read_rows(folder: Path) -> list[dict[str, Any]]:
    """Return the rows of a run folder's metrics.jsonl; [] if there is none."""
    try:
        lines = (folder / METRICS).read_text("utf-8").splitlines()
    except FileNotFoundError:
        return []
    return [json.loads(line) for line in lines]


def _finite(value: float | str | bool | None) -> float | str | bool | None:
    """Return a figure that JSON has a word for: None in place of infinity and of what is no number."""
    return None if isinstance(value, float) and not math.isfinite(value) else value


def _growing(folder: Path) -> list[Path]:
    scalars = sorted((folder / SCALARS).glob("*tfevents*"))
    return [path for path in [folder / METRICS, *scalars] if path.is_file()]


def _cut(folder: Path, lengths: Mapping[str, int]) -> None:
    for path in _growing(folder):
        length = lengths.get(path.relative_to(folder).as_posix(), 0)
        if not length:
            path.unlink()
        elif length < path.stat().st_size:
            os.truncate(path, length)


def _end_of_last_line(path: Path) -> int:
    return path.read_bytes().rfind(b"\n") + 1 if path.exists() else 0
