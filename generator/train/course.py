"""Trains a run from where it is to its end, to a signal or to a time, and shows how it goes.

Does not know how a run began, nor what its folder holds.
"""

import signal
import sys
import time
from collections.abc import Callable, Iterator, Mapping
from contextlib import closing, contextmanager, nullcontext, suppress
from pathlib import Path
from types import FrameType
from typing import Any, TextIO

from tqdm import tqdm

from generator.features.spaces import choose_space
from generator.train.data.drawing import artists
from generator.train.data.report import Speedometer
from generator.train.loop import TrainingRun
from generator.train.progress.record import Record
from generator.train.progress.watch import Watch

SMOOTH = 0.98  # decay per batch of the running mean of each displayed loss


def train(training: TrainingRun, folder: Path, stored: Mapping[str, Any], deadline: float) -> None:
    """Train until the training run is done or interrupted, or until ``deadline`` on the monotonic clock."""
    process = training.process
    shown: dict[str, float] = {}
    total = training.stages[-1].until
    speedometer = Speedometer(training.stages, training.device)
    hidden = None if process.is_first and sys.stderr else True  # with None, tqdm shows the bar only on a terminal
    with (
        _open_record(training, folder, stored) if process.is_first else nullcontext() as record,
        _stop_signals() as stopped,
        tqdm(total=total, initial=training.seen, unit=" img", smoothing=0.02, disable=hidden) as bar,
    ):
        if record:
            record.begin()
        while not training.done and not process.any(stopped() or time.monotonic() > deadline, training.device):
            fresh = training.advance()
            for line in speedometer.note(training.seen) if process.is_first else []:
                _show(line, sys.stdout)
            if record:
                record.note(fresh)
            shown = {name: _smooth(shown.get(name, value), value) for name, value in (shown | fresh).items()}
            bar.set_description(f"{training.stage.kind} {training.stage.resolution} px")
            bar.set_postfix({name: f"{value:.3f}" for name, value in shown.items()}, refresh=False)
            bar.update(min(training.seen, total) - bar.n)
        if record:
            record.end()
    if process.is_first:
        end = "done" if training.done else f"stopped; resume with: python -m generator train --resume {folder}"
        _show(f"{training.seen} pictures, {end}", sys.stderr)


def _open_record(training: TrainingRun, folder: Path, stored: Mapping[str, Any]) -> "closing[Record]":
    artist = stored["data"] if stored["data"] in artists() else None
    wish = Watch(**stored.get("watch", {})).features
    space = choose_space(wish, artist, training.device)

    return closing(Record(training, folder, stored, space, lambda line: _show(line, sys.stderr)))


def _show(line: str, stream: TextIO | None) -> None:
    """Write a line, if anybody still reads: a run outlives its terminal, or the end of a pipe."""
    with suppress(OSError, ValueError):
        if stream is not None:
            tqdm.write(line, file=stream)
            stream.flush()


def _smooth(old: float, new: float) -> float:
    return SMOOTH * old + (1 - SMOOTH) * new


@contextmanager
def _stop_signals() -> Iterator[Callable[[], bool]]:
    """Yield a function that returns whether a signal to stop has arrived.

    They are SIGINT (Ctrl+C), SIGTERM (from a service manager) and, unless it is ignored, SIGHUP (a terminal closes).
    Inside the ``with`` statement the first such signal does not interrupt the program, so that it can finish the batch
    and save.
    """
    received: list[int] = []

    def note(number: int, frame: FrameType | None) -> None:
        received.append(number)
        signal.signal(signal.SIGINT, signal.default_int_handler)  # a second Ctrl+C stops at once

    numbers = [signal.SIGINT, signal.SIGTERM]
    if hasattr(signal, "SIGHUP") and signal.getsignal(signal.SIGHUP) is not signal.SIG_IGN:
        numbers.append(signal.SIGHUP)
    before = {number: signal.signal(number, note) for number in numbers}
    try:
        yield lambda: bool(received)
    finally:
        for number, handler in before.items():
            signal.signal(number, handler)
