"""A replica of the Ray Serve application: hands runs to a worker process of its own, and streams what that says.

Does not decide what happens after a death; it says what happened.
"""

import asyncio
import os
import sys
import tempfile
from collections.abc import AsyncIterator, Mapping, Sequence
from pathlib import Path

import ray
from ray import serve

from generator.cluster.orders import Alive, Drawing, Item, Lost, Order, Refused, identity
from generator.cluster.shipment import Shipment, unpack
from generator.cluster.watched import FAILED_STARTS_UNTIL_UNHEALTHY, Gate, WatchedWorker
from generator.contract import errors, protocol

ALIVE_SECONDS = 3.0  # a stream is never silent for longer
# Set by ``cluster up``: how many threads each worker on this machine has, and the folder for files.
THREADS_VARIABLE, FOLDER_VARIABLE = "WAIFUBOT_THREADS", "WAIFUBOT_FOLDER"
NAMESPACE = "waifubot"  # of the actors that have names


class Replica:
    """One replica, from the start of its worker to the end. Ray Serve makes it and calls it."""

    def __init__(self, shipment: Shipment) -> None:
        self._shipment, self._gate = shipment, Gate()
        self._starting: asyncio.Task[WatchedWorker] | None = None

    async def hello(self, wish: object = None) -> tuple[str, protocol.Ready]:
        """Return the id of this replica, and what its worker offers."""
        worker = await asyncio.shield(self._start())
        try:
            return _replica_id(), await worker.wait_ready()
        except errors.EngineDown:
            raise RuntimeError(worker.refused or f"the worker does not start: {worker.last_stderr}") from None

    async def draw(self, order: Order) -> AsyncIterator[Item]:
        """Have a run drawn: yield items, the last of which says how it ended."""
        worker = await asyncio.shield(self._start())
        entering = asyncio.ensure_future(self._enter(worker, alone=order.alone))
        try:
            while not entering.done():
                await asyncio.wait({entering}, timeout=ALIVE_SECONDS)
                if not entering.done():  # each item takes milliseconds on its way
                    yield Alive()
            try:
                ready = entering.result()
            except errors.EngineDown:
                yield Lost("its worker does not start", own_fault=False, alone=False)
                return
            if identity(ready) != order.expects:
                yield Refused(identity(ready))
                return
            async for item in _follow(worker, order):
                yield item
        finally:
            if not entering.cancel() and entering.exception() is None:
                self._gate.leave()

    async def _enter(self, worker: WatchedWorker, *, alone: bool) -> protocol.Ready:
        """Wait until the worker takes a run, and return what it offers. Raises EngineDown if it does not start."""
        while True:
            ready = await worker.wait_ready()
            await self._gate.enter(alone=alone)
            if worker.is_ready:  # it may have died while others were inside
                return ready
            self._gate.leave()

    async def check_health(self) -> None:
        """Raise an error once the worker cannot be started, so that Ray Serve starts another replica.

        Until the first call returns, Ray Serve counts the replica as one that starts, and gives it nothing to draw.
        """
        worker = await asyncio.shield(self._start())  # which fetches files, once
        if worker.refused or worker.failed_starts >= FAILED_STARTS_UNTIL_UNHEALTHY:
            raise RuntimeError(worker.refused or f"the worker does not start: {worker.last_stderr}")

    def _start(self) -> "asyncio.Task[WatchedWorker]":
        """Return the task that starts the worker, once."""
        if self._starting is None:
            self._starting = asyncio.create_task(self._start_worker(), name="start of the worker")
        return self._starting

    async def _start_worker(self) -> WatchedWorker:
        async def read(digest: str, start: int) -> bytes:
            source = ray.get_actor(self._shipment.source, NAMESPACE)
            return bytes(await source.read.remote(digest, start))

        folder = Path(os.environ.get(FOLDER_VARIABLE) or tempfile.gettempdir()) / "waifubot"
        arguments = await unpack(self._shipment, folder, read)
        worker = WatchedWorker(worker_command(arguments), worker_environment(os.environ))
        worker.start()
        return worker


async def _follow(worker: WatchedWorker, order: Order) -> AsyncIterator[Item]:
    """Hand a run to the worker and yield what it says. If nobody listens on, tell the worker."""
    id_, ended = worker.send(order), False
    items = worker.items(id_)
    try:
        while not ended:
            try:
                item = await asyncio.wait_for(items.get(), ALIVE_SECONDS)
            except TimeoutError:
                item = Alive()
            ended = isinstance(item, Drawing | protocol.Failed | Lost)
            yield item
    finally:
        if not ended:
            worker.cancel(id_)


def worker_command(arguments: Sequence[str]) -> list[str]:
    """Return the command line that starts this project's worker with these arguments."""
    return [sys.executable, "-m", "generator", "serve", *arguments]


def worker_environment(environ: Mapping[str, str]) -> dict[str, str]:
    """Return the environment of a worker: that of its replica, and the number of threads it computes with."""
    threads = environ.get(THREADS_VARIABLE, "")
    kept = {name: value for name, value in environ.items() if name != "OMP_NUM_THREADS"}  # Ray's own wish
    return {**kept, "OMP_NUM_THREADS": threads} if threads else kept


def _replica_id() -> str:
    return str(serve.get_replica_context().replica_id.unique_id)
