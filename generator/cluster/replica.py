"""A replica of the Ray Serve application: hands runs to a worker process of its own, and streams what that says.

Does not decide what happens after a death; it says what happened.
"""

import asyncio
import os
import sys
from collections.abc import AsyncIterator, Mapping, Sequence

import ray
from ray import serve

from generator.cluster.child import FAILED_STARTS_UNTIL_UNHEALTHY, Child, Gate
from generator.cluster.orders import Alive, Drawing, Item, Lost, Order, Placed, Refused, identity
from generator.contract import errors, protocol

ALIVE_SECONDS = 3.0  # a stream is never silent for longer
THREADS_VARIABLE = "WAIFUBOT_THREADS"  # how many threads each worker on this machine has; set by ``cluster up``


class Replica:
    """One replica, from the start of its worker to the end. Ray Serve makes it and calls it."""

    def __init__(self, command: Sequence[str]) -> None:
        self._command, self._gate = list(command), Gate()
        self._child: Child | None = None

    async def hello(self, wish: object = None) -> tuple[str, protocol.Ready]:
        """Return the id of this replica, and what its worker offers."""
        return _replica_id(), await (await self._worker()).wait_ready()

    async def draw(self, order: Order) -> AsyncIterator[Item]:
        """Have a run drawn: yield items, the last of which says how it ended."""
        yield Placed(_replica_id(), ray.get_runtime_context().get_node_id())
        child = await self._worker()
        entering = asyncio.ensure_future(self._enter(child, alone=order.alone))
        try:
            while not entering.done():
                await asyncio.wait({entering}, timeout=ALIVE_SECONDS)
                yield Alive()
            try:
                ready = entering.result()
            except errors.EngineDown:
                yield Lost("its worker does not start", own_fault=False, alone=False)
                return
            if identity(ready) != order.expects:
                yield Refused(identity(ready))
                return
            async for item in _follow(child, order):
                yield item
        finally:
            if not entering.cancel() and entering.exception() is None:
                self._gate.leave()

    async def _enter(self, child: Child, *, alone: bool) -> protocol.Ready:
        """Wait until the worker takes a run, and return what it offers. Raises EngineDown if it does not start."""
        while True:
            ready = await child.wait_ready()
            await self._gate.enter(alone=alone)
            if child.is_ready:  # it may have died while others were inside
                return ready
            self._gate.leave()

    async def check_health(self) -> None:
        """Raise an error once the worker cannot be started, so that Ray Serve starts another replica."""
        child = await self._worker()
        if child.refused or child.failed_starts >= FAILED_STARTS_UNTIL_UNHEALTHY:
            raise RuntimeError(child.refused or f"the worker does not start: {child.last_stderr}")

    async def _worker(self) -> Child:
        if self._child is None:
            self._child = Child(self._command, worker_environment(os.environ))
            self._child.start()
        return self._child


async def _follow(child: Child, order: Order) -> AsyncIterator[Item]:
    """Hand a run to the worker and yield what it says. If nobody listens on, tell the worker."""
    id_, ended = child.send(order), False
    items = child.items(id_)
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
            child.cancel(id_)


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
