"""The work that the worker does outside its main thread: loading models, building back ends and encoding files.

Does not touch the worker's state. Each function takes values, and reports to the main thread through the inbox or to
the bot through the outbox. Threads share networks, which is safe because a loaded network never changes.
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


Event = protocol.Message | ModelLoaded | BackendBuilt | EncodingEnded | EndOfInput
Inbox = queue.Queue[Event]


def load_model(load: Load, file: ModelFile, inbox: Inbox) -> None:
    """Load a model, and put the network or the error into the inbox."""
    result: Generator | errors.GeneratorError
    try:
        result = load(file)
    except errors.GeneratorError as error:
        result = error
    except Exception as error:
        result = log_unexpected(f"loading {file.model.name}", error)
    inbox.put(ModelLoaded(file.model.name, result))


def build_backend(name: str, generator: Generator, inbox: Inbox) -> None:
    """Build a back end for the network, and put it into the inbox.

    If that fails, the error is logged, and the network keeps drawing without a back end.
    """
    draw = None
    try:
        draw = backends.build(name, generator)
    except backends.CannotUse as error:
        _log.warning("the back end %s is not used for %s: %s", name, generator.name, error)
    except Exception as error:
        _log.warning("the back end %s could not be built for %s", name, generator.name, exc_info=error)
    inbox.put(BackendBuilt(generator, draw))


def encode(encoding: Encoding, outbox: Outbox, inbox: Inbox) -> None:
    """Encode the file of a run, send it with a Finished message (or else Failed), and tell the main thread."""
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
    """Give the calling thread the lowest priority.

    Only works on Linux, where each thread has its own priority; elsewhere it does nothing.
    """
    if sys.platform == "linux":
        os.setpriority(os.PRIO_PROCESS, threading.get_native_id(), 19)
