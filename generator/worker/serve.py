"""Starts the worker process: creates its parts, connects them, and runs the worker.

Draws nothing itself. The order matters. First it takes over the streams, so that no stray print reaches the bot. Then
it starts the threads that do not need torch. Only then does it import torch, which is slow, find the models, and send
the Ready message.
"""

import contextlib
import gc
import logging
import queue
import sys
import threading
from argparse import Namespace
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Any

from generator import allocator, files
from generator.contract import errors, protocol
from generator.contract.kinds import KINDS
from generator.worker.outbox import Outbox
from generator.worker.stdio import EndOfInput, exit_now, read_messages, take_streams, write_all

if TYPE_CHECKING:
    from generator.worker.models import LoadedModels

MAX_UNREAD = 1000  # limit for messages in the inbox, which fills up while a batch is drawn
CANNOT_START = 2  # exit status if the worker cannot start, for example because a model cannot be used

_log = logging.getLogger(__name__)


def serve(options: Namespace) -> int:
    """Speak the protocol on stdin and stdout until stdin ends, then end the process.

    This function therefore does not return.
    """
    incoming, outgoing = take_streams()
    logging.basicConfig(stream=sys.stderr, level=logging.INFO, format="%(levelname)s %(name)s: %(message)s")
    inbox: queue.Queue[Any] = queue.Queue(MAX_UNREAD)
    outbox = Outbox(lambda frame: write_all(outgoing, frame))

    def deliver(message: protocol.Message | EndOfInput) -> None:
        """Answer a Ping here, because the worker's own thread may be in the middle of a long batch."""
        if isinstance(message, protocol.Ping):
            outbox.send(protocol.Pong())
        else:
            inbox.put(message)

    threading.Thread(target=read_messages, args=[incoming, deliver], name="reader", daemon=True).start()
    threading.Thread(target=_write, args=[outbox, inbox], name="writer", daemon=True).start()
    allocator.keep_large_blocks()
    allocator.limit_thread_spinning()
    try:
        status = _work(options, inbox, outbox)
    except errors.GeneratorError as error:
        print(f"error: {error}", file=sys.stderr)
        status = CANNOT_START
    exit_now(status)
    return status


def _write(outbox: Outbox, inbox: "queue.Queue[Any]") -> None:
    """Write the outbox's messages until it is closed. This is the writer thread.

    If the bot no longer reads, or a message is too large to encode, tell the worker to end.
    """
    try:
        outbox.run()
    except errors.ProtocolError as error:
        print(f"error: {error}", file=sys.stderr)
        inbox.put(EndOfInput(CANNOT_START))
    except OSError as error:
        _log.info("nobody reads the output (%s)", error)
        inbox.put(EndOfInput(0))


def _work(options: Namespace, inbox: "queue.Queue[Any]", outbox: Outbox) -> int:
    for name in options.model:
        files.require_file(Path(name))  # first, so that a wrong path is told at once
    gc.disable()  # the imports make many objects and no garbage: without collections they take 0.2 s less
    from generator import checkpoints  # the first import of torch
    from generator.naming.digests import Digests
    from generator.worker import background, models, offer
    from generator.worker.worker import LOAD_SECONDS, Worker

    gc.freeze()  # what was imported stays, so no later collection need look at it
    gc.enable()

    def announce_reading() -> None:
        outbox.send(protocol.Busy(LOAD_SECONDS))

    device = checkpoints.device_of(options.device)
    if options.trace is not None:
        _check_writable(options.trace)
    if options.state_dir is not None:
        with contextlib.suppress(OSError):  # then names are kept beside the networks only
            options.state_dir.mkdir(mode=0o700, parents=True, exist_ok=True)
    files_, named, bound = list(map(Path, options.model)), dict(options.name), dict(options.bound)
    sources = offer.Sources(files_, named, options.models, options.state_dir, bound)
    digests = Digests(*sources.books)
    listing = offer.list_checkpoints(options.models) if options.models else frozenset()
    offered = offer.find_models(sources, announce_reading, digests=digests)
    load = models.make_loader(device, options.precision, digests)
    loaded = models.LoadedModels(offered.files, load, options.max_models, offered.missing)
    describe = partial(_ready, device=device, options=options)
    worker = Worker(
        loaded,
        inbox,
        outbox,
        enlarge=options.enlarge,
        trace=options.trace,
        backend=options.backend,
        describe=describe,
        processes=True,
        frames_dir=None if options.state_dir is None else options.state_dir / "frames",
    )
    announce_reading()
    worker.warm_up()
    outbox.send(describe(loaded))
    if options.models:
        find = partial(offer.find_models, sources, digests=digests)
        look = partial(background.look_for_models, options.models, listing, find, inbox)
        threading.Thread(target=look, name="lookout", daemon=True).start()
    with contextlib.closing(worker):
        return worker.serve()


def _check_writable(path: Path) -> None:
    try:
        path.open("a").close()
    except OSError as error:
        raise errors.CannotWrite(file=path.name, reason=error.strerror or "unknown") from error


def _ready(models: "LoadedModels", device: str, options: Namespace) -> protocol.Ready:
    from generator.rendering import encode, render

    enlarge = "yes" if options.enlarge else "no"
    return protocol.Ready(
        kinds=tuple(KINDS),
        formats=tuple(encode.list_formats()),
        models=tuple(file.model for file in models.files.values()),
        device=device,
        fingerprint=f"v{render.RENDERER_VERSION} {options.precision} {device} enlarge={enlarge}",
        missing=tuple(models.missing),
    )
