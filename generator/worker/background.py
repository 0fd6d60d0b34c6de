"""The work beside the worker's main thread: loading a model, building a back end, encoding a file.

Does not know the worker: each function takes values, and reports through the inbox (to the main thread) or the outbox
(to the bot). Networks are shared between threads, but nothing changes one after it was loaded.
"""

import logging
import os
import queue
import sys
import threading
from dataclasses import dataclass

from generator.contract import errors, protocol
from generator.execution import backends
from generator.stylegan2.network import Draw, Generator
from generator.worker.models import Load, ModelFile
from generator.worker.outbox import Outbox
from generator.worker.run import Encoding, failed_message, finished_message, log_unexpected
from generator.worker.stdio import EndOfInput

_log = logging.getLogger(__name__)


@dataclass(frozen=True)
class ModelLoaded:
    """A model was loaded, or could not be."""

    name: str
    result: Generator | errors.GeneratorError


@dataclass(frozen=True)
class BackendBuilt:
    """A back end was built for a network. draw: None if the network draws by itself."""

    generator: Generator
    draw: Draw | None


@dataclass(frozen=True)
class EncodingEnded:
    """The Finished or Failed of run ``id`` is in the outbox."""

    id: int


Event = protocol.Message | ModelLoaded | BackendBuilt | EncodingEnded | EndOfInput
Inbox = queue.Queue[Event]


def load_model(load: Load, file: ModelFile, inbox: Inbox) -> None:
    """Load a model and report it."""
    result: Generator | errors.GeneratorError
    try:
        result = load(file)
    except errors.GeneratorError as error:
        result = error
    except Exception as error:
        result = log_unexpected(f"loading {file.model.name}", error)
    inbox.put(ModelLoaded(file.model.name, result))


def build_backend(name: str, generator: Generator, inbox: Inbox) -> None:
    """Build a back end and report it; where that fails, the network goes on drawing by itself."""
    try:
        inbox.put(BackendBuilt(generator, backends.build(name, generator)))
    except backends.CannotUse as error:
        _log.warning("the back end %s is not used for %s: %s", name, generator.name, error)
    except Exception as error:
        _log.warning("the back end %s could not be built for %s", name, generator.name, exc_info=error)


def encode(encoding: Encoding, outbox: Outbox, inbox: Inbox) -> None:
    """Make the file of a run, send its Finished or Failed, and report it."""
    run = encoding.run
    try:
        file = encoding.file()
    except errors.GeneratorError as error:
        outbox.send(failed_message(run.id, error))
    except Exception as error:
        outbox.send(failed_message(run.id, log_unexpected(run.line, error)))
    else:
        outbox.send_file(file.body, finished_message(run.id, file))
    inbox.put(EncodingEnded(run.id))


def lower_priority() -> None:
    """Let other threads go first, where the system gives threads a priority of their own."""
    if sys.platform == "linux":
        os.setpriority(os.PRIO_PROCESS, threading.get_native_id(), 19)
