"""Writes a trace of the worker for tests and benchmarks: one line of JSON for each batch.

Does not know how batches are chosen.
"""

import json
import logging
import time
from pathlib import Path

from generator.worker.schedule import Batch

_log = logging.getLogger(__name__)


class Trace:
    """Appends lines to the file ``path``. Writes nothing if ``path`` is None."""

    def __init__(self, path: Path | None) -> None:
        self._path = path

    def write(self, model: str, batch: Batch, seconds: float) -> None:
        """Append a line for one batch.

        After an error nothing more is written: a full disk must not prevent pictures from being drawn.
        """
        if self._path is None:
            return
        faces = [[pending.run, picked] for pending, picked in batch]
        line = {"time": time.time(), "model": model, "faces": faces, "seconds": round(seconds, 4)}
        try:
            with self._path.open("a", encoding="utf-8") as file:
                file.write(json.dumps(line) + "\n")
        except OSError as error:
            _log.error("%s cannot be written, so no more is traced: %s", self._path, error.strerror)
            self._path = None
