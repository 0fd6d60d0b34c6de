"""What ``cluster status`` prints: the machines of a cluster, and how the application on it fares.

Changes nothing there.
"""

import logging
from collections.abc import Iterable, Iterator, Mapping
from typing import Any

import ray
from ray import serve

from generator.cluster.application import APPLICATION
from generator.cluster.placement import PLACES


def read(address: str) -> list[str]:
    """Return the lines to print. Raises ConnectionError if this machine belongs to no cluster with that head."""
    ray.init(address=address, log_to_driver=False, logging_level=logging.ERROR)
    return [*_machines(ray.nodes()), *_application(serve.status())]


def _machines(nodes: Iterable[Mapping[str, Any]]) -> Iterator[str]:
    for node in nodes:
        state = "" if node["Alive"] else ", gone"
        yield f"machine {node['NodeManagerAddress']}: places {int(node['Resources'].get(PLACES, 0))}{state}"


def _application(status: Any) -> Iterator[str]:
    application = status.applications.get(APPLICATION)
    if application is None:
        yield "nothing is deployed yet: a bot whose setting cluster names this cluster does it when it starts"
        return
    yield f"application: {application.status.lower()} {application.message}".strip()
    for name, deployment in application.deployments.items():
        states = ", ".join(f"{count} {state.lower()}" for state, count in sorted(deployment.replica_states.items()))
        yield f"{name}: {states or 'no replicas'} {deployment.message}".strip()
