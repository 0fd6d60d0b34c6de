"""The threads that encode files, and whose file is next.

Pictures, small animations and large ones have a thread each, so that none waits for anything longer. Only large ones
give way to the drawing. In each, people take turns.
"""

from collections.abc import Callable

from generator.worker.background import BackgroundThread, lower_priority
from generator.worker.likeness.run import LikeRun
from generator.worker.room import SMALL_PIXELS
from generator.worker.run import ActiveRun, Finishing, SheetEncoding


class Encoders:
    """Calls ``encode`` in a thread for each run that is added. Its main thread must report each end to ``ended``."""

    def __init__(self, encode: Callable[[Finishing], object]) -> None:
        self._picture = _Lane(encode, BackgroundThread("picture"))
        self._small = _Lane(encode, BackgroundThread("small-animation"))
        self._large = _Lane(encode, BackgroundThread("animation", lower_priority))

    def add(self, run: ActiveRun | LikeRun, encoding: Finishing) -> None:
        """Encode the faces of a run as soon as it is its turn."""
        small = self._small if run.pixels <= SMALL_PIXELS else self._large
        (small if run.is_animated else self._picture).add(run.message.person, encoding)

    def add_sheet(self, sheet: SheetEncoding) -> None:
        """Put the pictures of a sheet together as soon as it is its turn among the pictures."""
        self._picture.add(sheet.run.person, sheet)

    def ended(self, run: int) -> None:
        """Go on with what waited for this run to be encoded."""
        for lane in (self._picture, self._small, self._large):
            lane.ended(run)


class _Lane:
    def __init__(self, encode: Callable[[Finishing], object], thread: BackgroundThread) -> None:
        self._encode, self._thread = encode, thread
        self._waiting: list[tuple[str, Finishing]] = []
        self._current: int | None = None  # id of the run that is being encoded
        self._served: dict[str, None] = {}  # people, the one whose last file was longest ago first

    def add(self, person: str, encoding: Finishing) -> None:
        self._waiting.append((person, encoding))
        self._start()

    def ended(self, run: int) -> None:
        if run == self._current:
            self._current = None
            self._start()

    def _start(self) -> None:
        if self._current is not None:
            return
        if not self._waiting:
            self._served.clear()
            return
        ages = {person: age for age, person in enumerate(self._served, start=1)}
        chosen = min(self._waiting, key=lambda entry: ages.get(entry[0], 0))
        self._waiting.remove(chosen)
        person, encoding = chosen
        self._served.pop(person, None)
        self._served[person] = None
        self._current = encoding.run.id
        self._thread.submit(self._encode, encoding)
