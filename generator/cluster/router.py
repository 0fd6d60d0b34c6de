"""Ray Serve's router for the application: asks placement.py for each run.

Ray Serve makes it in the process of the dispatcher's link.
"""

from collections import Counter
from typing import Any

from ray.serve.request_router import PendingRequest, ReplicaID, RequestRouter, RunningReplica

from generator.cluster.orders import Order
from generator.cluster.placement import Candidate, note, rank


class Placement(RequestRouter):
    """Ray Serve's router for the application. It keeps the same list of loaded networks as the workers do."""

    def initialize_state(self, max_models: int = 3, **kwargs: Any) -> None:
        """Take the keyword arguments of the deployment's configuration."""
        self._max_models = max_models
        self._models: dict[str, tuple[str, ...]] = {}
        self._runs: dict[str, str] = {}  # a request that is being drawn -> its replica

    async def choose_replicas(
        self, candidate_replicas: list[RunningReplica], pending_request: PendingRequest | None = None
    ) -> list[list[RunningReplica]]:
        """See RequestRouter."""
        order = pending_request.args[0] if pending_request and pending_request.args else None
        if not isinstance(order, Order):
            return [candidate_replicas]
        by_id = {replica.replica_id.unique_id: replica for replica in candidate_replicas}
        runs = Counter(self._runs.values())
        self._models = {id_: models for id_, models in self._models.items() if id_ in by_id}
        candidates = [
            Candidate(id_, replica.node_id, runs[id_], self._models.get(id_, ())) for id_, replica in by_id.items()
        ]
        return [[by_id[id_]] for id_ in rank(order, candidates)]

    def on_request_routed(self, pending_request: PendingRequest, replica_id: ReplicaID, result: Any) -> None:
        """Count the run, and remember which network the replica loads for it."""
        order = pending_request.args[0] if pending_request.args else None
        if not isinstance(order, Order):
            return
        self._runs[pending_request.metadata.internal_request_id] = replica_id.unique_id
        if order.model:
            self._models = note(self._models, replica_id.unique_id, order.model, self._max_models)

    def on_request_completed(self, replica_id: ReplicaID, internal_request_id: str) -> None:
        """Stop counting a run, however it ended."""
        self._runs.pop(internal_request_id, None)
