"""The work that the worker does outside its main thread: finding and loading models, back ends, encoding files.

Does not touch the worker's state. Each function takes values, and reports to the main thread through the inbox or to
the bot through the outbox. Threads share networks, which is safe because a loaded network never changes.
"""

import logging
import os
import queue
import sys
import threading
import time
from collections.abc import Callable
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING

from generator.contract import errors, protocol
from generator.execution import backends
from generator.projection import picture
from generator.stylegan.generator import Draw, Generator
from generator.worker.models import Load, ModelFile
from generator.worker.offer import Listing, Offer, list_checkpoints
from generator.worker.outbox import Outbox
from generator.worker.run import Call, Finishing, explain_failure, failed_message
from generator.worker.stdio import EndOfInput

if TYPE_CHECKING:
    from PIL import Image

LOOK_SECONDS = 1.0  # time between two looks at the folder of models

_log = logging.getLogger(__name__)


@dataclass(frozen=True)
class ModelLoaded:
    """Tells the worker that a model was loaded, or that loading it failed."""

    name: str
    result: Generator | errors.GeneratorError  # the network, or why it could not be loaded


@dataclass(frozen=True)
class BackendBuilt:
    """Tells the worker that a back end was built for a network."""

    generator: Generator
    draw: Draw | None  # the back end; None if the network is to be run without one


@dataclass(frozen=True)
class EncodingEnded:
    """Tells the worker that the Finished or Failed message of run ``id`` is in the outbox."""

    id: int


@dataclass(frozen=True)
class ModelsFound:
    """Tells the worker that other models can be drawn than before."""

    offer: Offer


@dataclass(frozen=True)
class PictureDecoded:
    """Tells the worker that the picture of run ``id`` was decoded, or that it cannot be."""

    id: int
    size: int  # bytes of its file
    result: "Image.Image | errors.GeneratorError"


Event = protocol.Message | PictureDecoded | ModelLoaded | BackendBuilt | EncodingEnded | ModelsFound | EndOfInput
Inbox = queue.Queue[Event]


def load_model(load: Load, file: ModelFile, inbox: Inbox) -> None:
    """Load a model, and put the network or the error into the inbox."""
    result: Generator | errors.GeneratorError
    try:
        result = load(file)
    except Exception as error:
        result = explain_failure(f"loading {file.model.name}", error)
    inbox.put(ModelLoaded(file.model.name, result))


def build_backend(name: str, generator: Generator, inbox: Inbox) -> None:
    """Build a back end for the network, and put it into the inbox.

    If that fails, the error is logged, and the network keeps drawing without a back end. One line is enough about a
    back end that nobody asked for.
    """
    draw = None
    try:
        draw = backends.build(name, generator)
    except backends.CannotUse as error:
        _log.warning("the back end %s is not used for %s: %s", name, generator.name, error)
    except Exception as error:
        asked = None if name == "auto" else error
        _log.warning("the back end %s could not be built for %s (%r)", name, generator.name, error, exc_info=asked)
    inbox.put(BackendBuilt(generator, draw))


def decode_picture(id_: int, raw: bytes, inbox: Inbox) -> None:
    """Decode the picture of run ``id_``, and put it or the error into the inbox."""
    result: Image.Image | errors.GeneratorError
    try:
        result = picture.decode(raw)
    except Exception as error:
        result = explain_failure(f"decoding the picture of run {id_}", error)
    inbox.put(PictureDecoded(id_, len(raw), result))


def encode(encoding: Finishing, call: Call | None, outbox: Outbox, inbox: Inbox) -> None:
    """Encode the file of a run, send it with a Finished message (or else Failed), and tell the main thread.

    ``call`` is explained in Finishing.
    """
    run = encoding.run
    try:
        file = encoding.file(call)
    except Exception as error:
        outbox.send(failed_message(run.id, explain_failure(run.line, error)))
    else:
        outbox.send_file(file.body, encoding.finished(file))
    inbox.put(EncodingEnded(run.id))


def look_for_models(folder: Path, before: Listing, find: Callable[[], Offer], inbox: Inbox) -> None:
    """Look at ``folder`` again and again; put what ``find`` returns into the inbox when files came, went or changed.

    ``before`` is what the folder held when the models were last found. Files that are still being written are waited
    for: the folder must look the same twice. What cannot be read now is found later.
    """
    seen = before
    while True:
        time.sleep(LOOK_SECONDS)
        now = list_checkpoints(folder)
        if now != before and now == seen:
            before = now
            try:
                inbox.put(ModelsFound(find()))
            except errors.GeneratorError as error:
                _log.warning("the models stay as they are: %s", error)
            except Exception as error:
                _log.warning("the models stay as they are", exc_info=error)
        seen = now


class BackgroundThread:
    """A thread that does one piece of work after the other. It starts when it is first needed.

    Unlike an executor of the library, it copes with a system that allows no further thread: the caller then does the
    work itself, and nothing is left behind in a queue.
    """

    def __init__(self, name: str, begin: Callable[[], object] = lambda: None) -> None:
        """``begin`` is called first in the thread."""
        self._name, self._begin = name, begin
        self._thread: threading.Thread | None = None
        self._work: queue.SimpleQueue[Callable[[], object]] = queue.SimpleQueue()

    def submit(self, work: Callable[..., object], *arguments: object) -> None:
        """Do ``work(*arguments)``, which raises no error, in the thread, or at once if the thread cannot start."""
        if self._thread is None:
            thread = threading.Thread(target=self._run, name=self._name, daemon=True)
            try:
                thread.start()
            except RuntimeError as error:  # "can't start new thread"
                _log.warning("the thread %s is done without: %s", self._name, error)
                work(*arguments)
                return
            self._thread = thread
        self._work.put(partial(work, *arguments))

    def _run(self) -> None:
        self._begin()
        while True:
            self._work.get()()


def lower_priority() -> None:
    """Give the calling thread the lowest priority.

    Only works on Linux, where each thread has its own priority; elsewhere it does nothing.
    """
    if sys.platform == "linux":
        os.setpriority(os.PRIO_PROCESS, threading.get_native_id(), 19)
