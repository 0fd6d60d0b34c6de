"""Where files are encoded, and whose file is next.

A single picture is encoded in a thread of the worker: it takes milliseconds. Grids and small animations have a process,
and large animations another one, so that nothing waits for anything much larger, and drawing for none of them. In each
lane people take turns.
"""

from collections.abc import Callable

from generator.worker.background import BackgroundThread
from generator.worker.encoding.process import EncoderProcess
from generator.worker.likeness.run import LikeRun
from generator.worker.room import SMALL_PIXELS
from generator.worker.run import ActiveRun, Call, Finishing, SheetEncoding

SMALL_NICENESS, LARGE_NICENESS = 10, 19  # drawing goes first; what is large takes what all others leave

Encode = Callable[[Finishing, Call | None], object]


class Encoders:
    """Calls ``encode`` in a thread for each run that is added. Its main thread must report each end to ``ended``.

    With ``processes``, the file of whatever is more than a single picture is made in a process, through the ``Call``
    that ``encode`` is given.
    """

    def __init__(self, encode: Encode, *, processes: bool) -> None:
        self._picture = _Lane(encode, "picture", None)
        self._small = _Lane(encode, "small-animation", EncoderProcess(SMALL_NICENESS) if processes else None)
        self._large = _Lane(encode, "animation", EncoderProcess(LARGE_NICENESS) if processes else None)

    def add(self, run: ActiveRun | LikeRun, encoding: Finishing) -> None:
        """Encode the faces of a run as soon as it is its turn."""
        several = self._large if run.is_animated and run.pixels > SMALL_PIXELS else self._small
        is_single = run.total == 1 or isinstance(run, LikeRun)
        (self._picture if is_single else several).add(run.message.person, encoding, run.pixels)

    def add_sheet(self, sheet: SheetEncoding) -> None:
        """Put the pictures of a sheet together as soon as it is its turn among the small ones."""
        self._small.add(sheet.run.person, sheet, 0)

    def ended(self, run: int) -> None:
        """Go on with what waited for this run to be encoded."""
        for lane in self._lanes:
            lane.ended(run)

    def cancel(self, encoding: Finishing) -> None:
        """Let a file end as Cancelled, at once if it is being made in a process."""
        encoding.cancel()
        for lane in self._lanes:
            lane.cancel(encoding.run.id)

    def close(self) -> None:
        """End the processes, and wait for that."""
        for lane in self._lanes:
            lane.close()

    @property
    def _lanes(self) -> "tuple[_Lane, ...]":
        return self._picture, self._small, self._large


class _Lane:
    def __init__(self, encode: Encode, name: str, process: EncoderProcess | None) -> None:
        self._encode, self._process, self._thread = encode, process, BackgroundThread(name)
        self._waiting: list[tuple[str, Finishing, int]] = []  # whose, what, how many pixels
        self._current: int | None = None  # id of the run that is being encoded
        self._served: dict[str, None] = {}  # people, the one whose last file was longest ago first

    def add(self, person: str, encoding: Finishing, pixels: int) -> None:
        self._waiting.append((person, encoding, pixels))
        self._start()

    def ended(self, run: int) -> None:
        if run == self._current:
            self._current = None
            self._start()

    def cancel(self, run: int) -> None:
        if run == self._current and self._process is not None:
            self._process.cancel()

    def close(self) -> None:
        if self._process is not None:
            self._process.close()

    def _start(self) -> None:
        if self._current is not None:
            return
        if not self._waiting:
            self._served.clear()
            return
        ages = {person: age for age, person in enumerate(self._served, start=1)}
        chosen = min(self._waiting, key=lambda entry: (ages.get(entry[0], 0), entry[2]))
        self._waiting.remove(chosen)
        person, encoding, _ = chosen
        self._served.pop(person, None)
        self._served[person] = None
        self._current = encoding.run.id
        self._thread.submit(self._encode, encoding, None if self._process is None else self._process.call)
