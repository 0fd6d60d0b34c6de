"""What the worker does in threads beside its main thread: loads models, builds back ends and encodes files.

Does not touch the worker's state. Each function takes values, and reports to the main thread through the inbox and to
the bot through the outbox. Threads share networks, but nothing changes a network after it was loaded.
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
    """Reports that loading a model has ended."""

    name: str
    result: Generator | errors.GeneratorError  # the network, or why it could not be loaded


@dataclass(frozen=True)
class BackendBuilt:
    """Reports that a back end was built for a network."""

    generator: Generator
    draw: Draw | None  # executes the network; None if the network draws by itself


@dataclass(frozen=True)
class EncodingEnded:
    """Reports that the Finished or Failed of run ``id`` was put into the outbox."""

    id: int


Event = protocol.Message | ModelLoaded | BackendBuilt | EncodingEnded | EndOfInput
Inbox = queue.Queue[Event]


def load_model(load: Load, file: ModelFile, inbox: Inbox) -> None:
    """Load a model, and put the result into the inbox."""
    result: Generator | errors.GeneratorError
    try:
        result = load(file)
    except errors.GeneratorError as error:
        result = error
    except Exception as error:
        result = log_unexpected(f"loading {file.model.name}", error)
    inbox.put(ModelLoaded(file.model.name, result))


def build_backend(name: str, generator: Generator, inbox: Inbox) -> None:
    """Build a back end, and put it into the inbox.

    A failure is only logged, and the network goes on drawing by itself.
    """
    try:
        inbox.put(BackendBuilt(generator, backends.build(name, generator)))
    except backends.CannotUse as error:
        _log.warning("the back end %s is not used for %s: %s", name, generator.name, error)
    except Exception as error:
        _log.warning("the back end %s could not be built for %s", name, generator.name, exc_info=error)


def encode(encoding: Encoding, outbox: Outbox, inbox: Inbox) -> None:
    """Encode the file of a run, send it with its Finished (or Failed), and report the end to the main thread."""
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

    This has an effect on Linux only, where single threads have priorities.
    """
    if sys.platform == "linux":
        os.setpriority(os.PRIO_PROCESS, threading.get_native_id(), 19)
