"""``python -m generator serve``: puts the worker's parts together, in the order that start-up time and stray prints ask for.

Knows the order only: streams first, then the threads that need no torch, then torch, the networks, Ready.
"""

import logging
import queue
import sys
import threading
from argparse import Namespace
from pathlib import Path
from typing import TYPE_CHECKING, Any

from generator import allocator
from generator.contract import errors, protocol, recipe
from generator.worker.outbox import Outbox
from generator.worker.stdio import Goodbye, leave_now, read_messages, take_streams, write_all

if TYPE_CHECKING:
    from generator.worker.models import Shelf

MAX_UNREAD = 1000  # messages that wait in the inbox while a batch is drawn
CANNOT_START = 2  # exit status when a named model cannot be used

_log = logging.getLogger(__name__)


def serve(options: Namespace) -> int:
    """Speak the protocol on stdin and stdout until stdin ends. Does not return: the process ends here."""
    incoming, outgoing = take_streams()
    logging.basicConfig(stream=sys.stderr, level=logging.INFO, format="%(levelname)s %(name)s: %(message)s")
    inbox: queue.Queue[Any] = queue.Queue(MAX_UNREAD)
    outbox = Outbox(lambda frame: write_all(outgoing, frame))
    threading.Thread(target=read_messages, args=[incoming, inbox.put], name="reader", daemon=True).start()
    threading.Thread(target=_write, args=[outbox, inbox], name="writer", daemon=True).start()
    allocator.keep_large_blocks()
    allocator.spin_briefly()
    try:
        status = _work(options, inbox, outbox)
    except errors.GeneratorError as error:
        print(f"error: {error}", file=sys.stderr)
        status = CANNOT_START
    leave_now(status)
    return status


def _write(outbox: Outbox, inbox: "queue.Queue[Any]") -> None:
    """The writer's thread; nobody reading means the same as a closed stdin. What cannot be said must not be waited for."""
    try:
        outbox.run()
    except errors.ProtocolError as error:
        print(f"error: {error}", file=sys.stderr)
        inbox.put(Goodbye(CANNOT_START))
    except OSError as error:
        _log.info("nobody reads any more (%s)", error)
        inbox.put(Goodbye(0))


def _work(options: Namespace, inbox: "queue.Queue[Any]", outbox: Outbox) -> int:
    from generator import checkpoints  # torch from here on
    from generator.worker import models as shelves
    from generator.worker.worker import LOAD_SECONDS, Worker

    def about_to_read() -> None:
        outbox.say(protocol.Busy(LOAD_SECONDS))

    device = checkpoints.device_of(options.device)
    if options.trace is not None:
        _must_be_writable(options.trace)
    entries = shelves.find_entries(map(Path, options.model), options.models, about_to_read)
    shelf = shelves.Shelf(entries, shelves.loader(device, options.precision), options.max_models)
    worker = Worker(shelf, inbox, outbox, enlarge=options.enlarge, trace=options.trace, backend=options.backend)
    about_to_read()
    worker.warm_up()
    outbox.say(_ready(shelf, device, options))
    return worker.serve()


def _must_be_writable(path: Path) -> None:
    try:
        path.open("a").close()
    except OSError as error:
        raise errors.CannotWrite(file=path.name, reason=error.strerror or "unknown") from error


def _ready(shelf: "Shelf", device: str, options: Namespace) -> protocol.Ready:
    from generator.rendering import encode, render

    return protocol.Ready(
        kinds=tuple(recipe.KINDS),
        formats=tuple(encode.available()),
        models=tuple(entry.model for entry in shelf.entries.values()),
        device=device,
        fingerprint=f"v{render.RENDERER_VERSION} {options.precision} {device} enlarge={'yes' if options.enlarge else 'no'}",
    )
