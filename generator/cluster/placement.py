"""Where a run goes, and how many replicas there should be, as plain functions. Knows nothing about Ray.

A run goes where its network is loaded, unless that replica has much more to do than another.
"""

import math
from collections import Counter
from collections.abc import Iterable, Mapping
from dataclasses import dataclass

from generator.cluster.orders import Order, Placed

LOAD_COST = 6.0  # loading a network takes about as long as so many runs that wait
LOST_COST = 1000.0  # only if there is no other replica a run goes where it was lost, or to one that is silent
CHOSEN_SECONDS = 5.0  # a request that has not arrived by then was cancelled, or its replica hangs
SILENT_SECONDS = 30.0  # so long such a replica is left alone; Ray Serve finds within these whether it hangs
OTHER_NODE_COST = 12.0  # a long animation that was begun elsewhere starts again
# Resources of Ray, which ``cluster up`` gives a machine: its places for workers; and to the head, how many replicas
# there should be at least and at most, if that follows the queue.
PLACES, LEAST, MOST = "waifubot", "waifubot_least", "waifubot_most"
RUNS_PER_REPLICA = 4.0  # that are drawn or wait, for each replica; a worker fills a batch with as many

# The id of a run -> who was given it last. The router writes here, for the link to read: they are in one process.
placed: dict[int, Placed] = {}


@dataclass(frozen=True)
class Candidate:
    """What is known of a replica when a run is placed."""

    id: str
    node: str
    runs: int  # that it has
    models: tuple[str, ...]  # the networks in its worker's memory, as far as they were loaded for this dispatcher
    silent: bool = False  # whether it did not take what it was given


def rank(order: Order, candidates: Iterable[Candidate]) -> list[str]:
    """Return the ids of the replicas that may take a run, the best first."""

    def cost(candidate: Candidate) -> tuple[float, int]:
        strange = bool(order.model) and order.model not in candidate.models
        elsewhere = bool(order.node) and order.node != candidate.node
        lost = candidate.silent or candidate.id in order.shun
        waits = candidate.runs + LOAD_COST * strange + OTHER_NODE_COST * elsewhere + LOST_COST * lost
        return waits, len(candidate.models)  # of two that must load it, the one that has less to push out

    return [candidate.id for candidate in sorted(candidates, key=cost) if candidate.id not in order.avoid]


def note(models: Mapping[str, tuple[str, ...]], replica: str, model: str, limit: int) -> dict[str, tuple[str, ...]]:
    """Return replica -> the networks in its memory, the latest last, after it was given a run for one of them."""
    others = tuple(name for name in models.get(replica, ()) if name != model)
    return {**models, replica: (*others, model)[-limit:]}


class Runs:
    """Which replica has which run, and which networks these have loaded: the same list as their workers keep."""

    def __init__(self, max_models: int) -> None:
        self._max_models = max_models
        self._models: dict[str, tuple[str, ...]] = {}
        self._runs: dict[str, str] = {}  # a request that is being drawn -> its replica
        # A request that is on its way -> the replica chosen for it, and when. Many are placed before the first arrives.
        self._chosen: dict[str, tuple[str, float]] = {}
        self._silent: dict[str, float] = {}  # a replica that did not take a request -> when that was found

    def place(self, request: str, order: Order, nodes: Mapping[str, str], now: float) -> list[str]:
        """Return the ids of the replicas that may take a run, the best first. ``nodes`` is replica -> machine."""
        self._silent = {id_: found for id_, found in self._silent.items() if now - found < SILENT_SECONDS}
        for id_, (replica, chosen) in list(self._chosen.items()):
            if now - chosen >= CHOSEN_SECONDS:
                self._silent[replica] = now
                del self._chosen[id_]
        self._models = {id_: models for id_, models in self._models.items() if id_ in nodes}
        runs = Counter([*self._runs.values(), *(replica for replica, _ in self._chosen.values())])
        ranked = rank(
            order,
            [
                Candidate(id_, node, runs[id_], self._models.get(id_, ()), id_ in self._silent)
                for id_, node in nodes.items()
            ],
        )
        if ranked:
            self._chosen[request] = ranked[0], now
        return ranked

    def arrived(self, request: str, order: Order, replica: str) -> None:
        """Count a run that a replica has taken, and remember which network it loads for it."""
        self._chosen.pop(request, None)
        self._silent.pop(replica, None)
        self._runs[request] = replica
        if order.model:
            self._models = note(self._models, replica, order.model, self._max_models)

    def ended(self, request: str) -> None:
        """Stop counting a run, however it ended."""
        self._runs.pop(request, None)

    @property
    def counts(self) -> Counter[str]:
        """How many runs each replica has."""
        return Counter(self._runs.values())


def wanted(requests: float, resources: Mapping[str, float]) -> int:
    """Return how many replicas there should be while so many runs are drawn or wait.

    ``resources`` are those of all machines together.
    """
    places = max(1, int(resources.get(PLACES, 0)))
    least, most = int(resources.get(LEAST, places)), int(resources.get(MOST, places))
    return max(1, least, min(most, math.ceil(requests / RUNS_PER_REPLICA)))
