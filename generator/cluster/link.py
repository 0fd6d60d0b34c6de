"""The dispatcher's link to a cluster: a process of its own that is a driver of Ray, since such a process ends with it.

It speaks the worker's protocol on its pipes. It hands each run to the Ray Serve application, and tries it again when a
worker died; a run that was alone at two deaths of a worker's own doing is given up. Its own death is the dispatcher's
affair, which remembers all unfinished runs.
"""

import argparse
import asyncio
import contextlib
import dataclasses
import logging
import os
import sys
import threading
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from typing import Any

from ray.exceptions import RayActorError, RayError
from ray.serve.handle import DeploymentHandle

from generator.cluster import application, nodes, placement
from generator.cluster.orders import Drawing, Item, Lost, Order, Placed, Refused, identity
from generator.contract import errors, protocol
from generator.worker.stdio import EndOfInput, exit_now, read_messages, take_streams, write_all

CRASHES_UNTIL_POISON = 2
MAX_KILLS = 8  # a run that was alone at so many deaths caused from outside is given up
LOSSES_UNTIL_ALONE = 3  # after so many deaths caused from outside a run is tried alone; after another one at once
SILENT_SECONDS = 12.0  # a replica that has a run tells at least every 3 s that it is alive
LOOK_SECONDS = 1.0  # time between two looks at the cluster
PROBES_UNTIL_LOST = 3
CANNOT_START, CLUSTER_LOST = 2, 3  # exit codes

_log = logging.getLogger(__name__)


def main(words: Sequence[str]) -> int:
    """Speak the protocol on stdin and stdout until stdin ends or the cluster is lost."""
    parser = argparse.ArgumentParser()
    parser.add_argument("address")
    parser.add_argument("arguments", nargs="*")
    options = parser.parse_args(words)
    incoming, outgoing = take_streams()
    logging.basicConfig(stream=sys.stderr, level=logging.INFO, format="%(levelname)s %(name)s: %(message)s")
    exit_now(asyncio.run(_serve(options.address, options.arguments, incoming, outgoing)))
    return 0


async def _serve(address: str, arguments: Sequence[str], incoming: int, outgoing: int) -> int:
    loop, inbox = asyncio.get_running_loop(), asyncio.Queue[protocol.Message | EndOfInput]()

    def deliver(message: protocol.Message | EndOfInput) -> None:
        loop.call_soon_threadsafe(inbox.put_nowait, message)

    def send(message: protocol.Message) -> None:
        write_all(outgoing, protocol.encode(message))

    threading.Thread(target=read_messages, args=[incoming, deliver], name="reader", daemon=True).start()
    _wait_for_head(address)
    threading.Thread(target=_end_without_head, args=[address], name="lookout", daemon=True).start()
    application.connect(address)
    handle = application.deploy(application.ship(arguments))
    _, ready = await handle.hello.remote()
    ready = dataclasses.replace(ready, replicas=max(1, application.count_replicas()))
    link = Link(handle, send, ready)
    send(ready)
    counting = asyncio.create_task(_count_replicas(link), name="count of replicas")
    while not isinstance(message := await inbox.get(), EndOfInput):
        link.on_message(message)
    counting.cancel()
    return message.status


async def _count_replicas(link: "Link") -> None:
    while True:
        await asyncio.sleep(LOOK_SECONDS)
        try:
            link.tell_replicas(await asyncio.to_thread(application.count_replicas))
        except RayError as error:
            _log.warning("it is not known how many replicas there are (%s)", type(error).__name__)


def _wait_for_head(address: str) -> None:
    """Wait until the cluster's head takes connections. Ray itself would wait for minutes, and then end the process."""
    told = False
    while not nodes.is_reachable(address):
        if not told:
            _log.warning("nobody answers at %s; waiting for the cluster's head", address)
        told = True
        time.sleep(LOOK_SECONDS)


def _end_without_head(address: str) -> None:
    """End the process once the cluster's head takes no connections any more."""
    failures = 0
    while failures < PROBES_UNTIL_LOST:
        time.sleep(LOOK_SECONDS)
        failures = 0 if nodes.is_reachable(address) else failures + 1
    _log.error("the cluster's head is gone")
    exit_now(CLUSTER_LOST)


@dataclass
class _Blame:
    """The deaths at which a run was alone."""

    crashes: int = 0  # of the worker's own doing
    kills: int = 0  # caused from outside
    losses: int = 0  # caused from outside, at which it was alone or not
    is_suspect: bool = False  # whether it may have been the cause of a death, so that it must be alone

    def record(self, lost: Lost) -> None:
        """Count a death."""
        self.losses += not lost.own_fault
        self.is_suspect |= lost.own_fault or self.losses >= LOSSES_UNTIL_ALONE
        if lost.alone:
            self.crashes, self.kills = self.crashes + lost.own_fault, self.kills + (not lost.own_fault)

    @property
    def verdict(self) -> errors.GeneratorError | None:
        """The error that ends the run, or None if it should be tried again."""
        if self.crashes >= CRASHES_UNTIL_POISON:
            return errors.PoisonRun()
        return errors.EngineDown() if self.kills >= MAX_KILLS else None


class Link:
    """The runs that the dispatcher has handed over, each with a task that follows it to its end."""

    def __init__(
        self, handle: "DeploymentHandle[Any]", send: Callable[[protocol.Message], None], ready: protocol.Ready
    ):
        self._handle, self._send = handle.options(stream=True), send
        self._ready, self._expects, self._replicas = ready, identity(ready), ready.replicas
        self._attached: dict[int, list[protocol.Attach]] = {}
        self._tasks: dict[int, asyncio.Task[None]] = {}
        self._refused: frozenset[str] = frozenset()  # replicas that offer something else than the bot was told

    def tell_replicas(self, count: int) -> None:
        """Tell the bot how many replicas there are, if that has changed. None is no news: runs wait."""
        if count and count != self._replicas:
            self._replicas = count
            self._send(dataclasses.replace(self._ready, replicas=count))

    def on_message(self, message: protocol.Message) -> None:
        """Handle one message of the dispatcher."""
        match message:
            case protocol.Ping():
                self._send(protocol.Pong())
            case protocol.Attach(id=id_):
                self._attached.setdefault(id_, []).append(message)
            case protocol.Run(id=id_) | protocol.ContactSheet(id=id_):
                task = asyncio.create_task(self._follow(message, tuple(self._attached.pop(id_, ()))))
                self._tasks[id_] = task
                task.add_done_callback(lambda _: self._tasks.pop(id_, None))
            case protocol.Cancel(id=id_):
                self._attached.pop(id_, None)
                if (running := self._tasks.get(id_)) is not None:
                    running.cancel()

    async def _follow(
        self, message: protocol.Run | protocol.ContactSheet, attachments: tuple[protocol.Attach, ...]
    ) -> None:
        """Have a run drawn, again and again if need be, and send its one ending."""
        order, blame = Order(message, attachments, self._expects, _model_of(message)), _Blame()
        try:
            while True:
                placed, ending = await self._attempt(replace(order, avoid=self._refused))
                if ending is None:
                    continue  # placement.py tries another replica, if there is one
                if isinstance(ending, Drawing | protocol.Failed):
                    break
                order = replace(order, node=placed.node if placed else order.node)
                if isinstance(ending, Refused) and placed is not None:
                    _log.error("replica %s draws otherwise than the others: %s", placed.replica, ending.found)
                    self._refused |= {placed.replica}
                elif isinstance(ending, Lost):
                    _log.warning("run %d lost: %s", message.id, ending.reason)
                    blame.record(ending)
                    shun = order.shun | {placed.replica} if placed and not ending.own_fault else order.shun
                    order = replace(order, alone=blame.is_suspect, shun=shun)
                    if (error := blame.verdict) is not None:
                        ending = protocol.Failed(message.id, error.code, error.fields)
                        break
        except asyncio.CancelledError:
            ending = protocol.Failed(message.id, errors.Cancelled.code)
        self._end(message.id, ending)

    async def _attempt(self, order: Order) -> tuple[Placed | None, Item | None]:
        """Hand a run to one replica, pass on its progress, and return who was given it and how that ended.

        The ending is None if no replica took the run: there is none, or the chosen one hangs.
        """
        id_ = order.message.id
        placement.placed.pop(id_, None)
        try:
            ending = await self._follow_answer(order)
        finally:
            placed = placement.placed.pop(id_, None)
        return placed, ending

    async def _follow_answer(self, order: Order) -> Item | None:
        """Hand a run to one replica, pass on its progress, and return how that ended."""
        answer = self._handle.draw.remote(order)
        heard = ended = False
        item: Item
        try:
            while not ended:
                item = await asyncio.wait_for(anext(answer), SILENT_SECONDS)
                heard, ended = True, isinstance(item, Drawing | protocol.Failed | Lost | Refused)
                if isinstance(item, protocol.Progress | protocol.Preview):
                    self._send(replace(item, id=order.message.id))
        except StopAsyncIteration:
            return Lost("its answer broke off", own_fault=False, alone=False)
        except RayActorError as error:
            return Lost(f"its replica died ({type(error).__name__})", own_fault=False, alone=order.alone)
        except TimeoutError:
            return Lost("its replica is silent", own_fault=False, alone=False) if heard else None
        except asyncio.CancelledError:
            if _is_cancelled():
                raise
            return Lost("Ray cancelled it", own_fault=False, alone=False)
        except RayError as error:
            return Lost(f"its replica failed: {error}", own_fault=True, alone=order.alone)
        finally:
            if not ended:
                with contextlib.suppress(RayError):
                    answer.cancel()
        return item

    def _end(self, id_: int, ending: Item) -> None:
        if isinstance(ending, Drawing):
            for part in protocol.parts(id_, ending.file):
                self._send(part)
            self._send(replace(ending.finished, id=id_))
        elif isinstance(ending, protocol.Failed):
            self._send(replace(ending, id=id_))


def _is_cancelled() -> bool:
    """Return whether the dispatcher wanted the present task cancelled. Ray raises the same error on its own account."""
    task = asyncio.current_task()
    return task is not None and task.cancelling() > 0


def _model_of(message: protocol.Run | protocol.ContactSheet) -> str:
    """Return the name of the network that a line names, or "" if it names none."""
    words = message.line.split() if isinstance(message, protocol.Run) else []
    return next((word.removeprefix("model=") for word in words if word.startswith("model=")), "")


if __name__ == "__main__":
    try:
        sys.exit(main(sys.argv[1:]))
    except errors.GeneratorError as error:
        print(f"error: {error}", file=sys.stderr, flush=True)
        os._exit(CANNOT_START)
    except (ConnectionError, RuntimeError, RayError) as error:
        print(f"error: {error}".splitlines()[0], file=sys.stderr, flush=True)
        os._exit(CLUSTER_LOST)
