"""Ray Serve's router for the application: asks placement.py for each run.

Ray Serve makes it in the process of the dispatcher's link, but as a copy of this module: Ray pickles the
class with all that it names here. Only what other modules hold is the same for both.
"""

import time
from typing import Any

from ray.serve.request_router import PendingRequest, ReplicaID, RequestRouter, RunningReplica

from generator.cluster import placement
from generator.cluster.orders import Order, Placed
from generator.cluster.placement import Runs


class Placement(RequestRouter):
    """Ray Serve's router for the application."""

    def initialize_state(self, max_models: int = 3, **kwargs: Any) -> None:
        """Take the keyword arguments of the deployment's configuration."""
        self._runs = Runs(max_models)
        self._nodes: dict[str, str] = {}  # replica -> machine

    async def choose_replicas(
        self, candidate_replicas: list[RunningReplica], pending_request: PendingRequest | None = None
    ) -> list[list[RunningReplica]]:
        """See RequestRouter."""
        order = pending_request.args[0] if pending_request and pending_request.args else None
        if pending_request is None or not isinstance(order, Order):
            return [candidate_replicas]
        by_id = {replica.replica_id.unique_id: replica for replica in candidate_replicas}
        self._nodes = {id_: replica.node_id for id_, replica in by_id.items()}
        request = pending_request.metadata.internal_request_id
        ranked = self._runs.place(request, order, self._nodes, time.monotonic())
        if ranked:
            placement.placed[order.message.id] = Placed(ranked[0], self._nodes[ranked[0]])
        return [[by_id[id_]] for id_ in ranked]

    def on_request_routed(self, pending_request: PendingRequest, replica_id: ReplicaID, result: Any) -> None:
        """Count the run."""
        order = pending_request.args[0] if pending_request.args else None
        if isinstance(order, Order):
            if order.message.id in placement.placed:  # nobody has given it up
                placement.placed[order.message.id] = Placed(
                    replica_id.unique_id, self._nodes.get(replica_id.unique_id, "")
                )
            self._runs.arrived(pending_request.metadata.internal_request_id, order, replica_id.unique_id)

    def on_request_completed(self, replica_id: ReplicaID, internal_request_id: str) -> None:
        """Stop counting the run, however it ended."""
        self._runs.ended(internal_request_id)
