"""Where a run goes, and how many replicas there should be, as plain functions. Knows nothing about Ray.

A run goes where its network is loaded, unless that replica has much more to do than another.
"""

import math
from collections.abc import Iterable, Mapping
from dataclasses import dataclass

from generator.cluster.orders import Order

LOAD_COST = 6.0  # loading a network takes about as long as so many runs that wait
LOST_COST = 1000.0  # only if there is no other replica a run goes where it was lost
OTHER_NODE_COST = 12.0  # a long animation that was begun elsewhere starts again
# Resources of Ray, which ``cluster up`` gives a machine: its places for workers; and to the head, how many replicas
# there should be at least and at most, if that follows the queue.
PLACES, LEAST, MOST = "waifubot", "waifubot_least", "waifubot_most"
RUNS_PER_REPLICA = 4.0  # that are drawn or wait, for each replica; a worker fills a batch with as many


@dataclass(frozen=True)
class Candidate:
    """What is known of a replica when a run is placed."""

    id: str
    node: str
    runs: int  # that it has
    models: tuple[str, ...]  # the networks in its worker's memory, as far as they were loaded for this dispatcher


def rank(order: Order, candidates: Iterable[Candidate]) -> list[str]:
    """Return the ids of the replicas that may take a run, the best first."""

    def cost(candidate: Candidate) -> float:
        strange = bool(order.model) and order.model not in candidate.models
        elsewhere = bool(order.node) and order.node != candidate.node
        lost = candidate.id in order.shun
        return candidate.runs + LOAD_COST * strange + OTHER_NODE_COST * elsewhere + LOST_COST * lost

    return [candidate.id for candidate in sorted(candidates, key=cost) if candidate.id not in order.avoid]


def note(models: Mapping[str, tuple[str, ...]], replica: str, model: str, limit: int) -> dict[str, tuple[str, ...]]:
    """Return replica -> the networks in its memory, the latest last, after it was given a run for one of them."""
    others = tuple(name for name in models.get(replica, ()) if name != model)
    return {**models, replica: (*others, model)[-limit:]}


def wanted(requests: float, resources: Mapping[str, float]) -> int:
    """Return how many replicas there should be while so many runs are drawn or wait.

    ``resources`` are those of all machines together.
    """
    places = max(1, int(resources.get(PLACES, 0)))
    least, most = int(resources.get(LEAST, places)), int(resources.get(MOST, places))
    return max(1, least, min(most, math.ceil(requests / RUNS_PER_REPLICA)))
