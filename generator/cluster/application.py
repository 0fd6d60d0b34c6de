"""The Ray Serve application: how it is described to Ray, and how a driver connects to a cluster and deploys it.

Draws nothing, and knows nothing about runs.
"""

import logging
import os
import sys
from collections.abc import Mapping, Sequence
from pathlib import Path

import ray
from ray import serve
from ray.serve.config import AutoscalingConfig, AutoscalingPolicy, RequestRouterConfig
from ray.serve.handle import DeploymentHandle
from ray.util.scheduling_strategies import NodeAffinitySchedulingStrategy

from generator.cluster.placement import PLACES, wanted
from generator.cluster.replica import NAMESPACE, Replica
from generator.cluster.shipment import Shipment, pack, read_piece

APPLICATION = "waifubot"
RUNS_AT_ONCE = 64  # of one replica; the bot's max_in_flight is at most as much
# A replica whose process is suspended is found within these seconds. Its worker has limits of its own.
HEALTH_PERIOD_SECONDS, HEALTH_TIMEOUT_SECONDS = 2.0, 8.0
DRAIN_SECONDS = 900.0  # a replica that is to leave may finish what it has begun
MOST_REPLICAS = 1024
UPSCALE_SECONDS, DOWNSCALE_SECONDS = 3.0, 300.0


def connect(address: str) -> None:
    """Make this process a driver of the cluster at ``address``, of which this machine must be a node.

    Raises ConnectionError if there is none.
    """
    os.environ["RAY_USAGE_STATS_ENABLED"] = "0"
    # log_to_driver: what workers print would arrive on stdout, which is the protocol.
    ray.init(address=address, namespace=NAMESPACE, log_to_driver=False, logging_level=logging.WARNING)
    serve.start(proxy_location="Disabled", logging_config={"enable_access_log": False, "log_level": "WARNING"})


class Source:
    """An actor on the dispatcher's machine from which the others fetch files."""

    def __init__(self) -> None:
        self._files: dict[str, Path] = {}

    def offer(self, files: Mapping[str, Path]) -> None:
        """Offer these files, by their digests, too."""
        self._files |= files

    def read(self, digest: str, start: int) -> bytes:
        """Return a piece of a file."""
        return read_piece(self._files, digest, start)


def ship(arguments: Sequence[str]) -> Shipment:
    """Offer the files that a worker with these arguments needs to the machines of the cluster.

    Raises FileMissing if a file is not there.
    """
    node = ray.get_runtime_context().get_node_id()
    shipment, files = pack(arguments, f"files of {node}")
    if files:
        here = NodeAffinitySchedulingStrategy(node, soft=False)
        options = {"lifetime": "detached", "get_if_exists": True, "num_cpus": 0, "scheduling_strategy": here}
        source = ray.remote(Source).options(name=shipment.source, namespace=NAMESPACE, **options).remote()
        ray.get(source.offer.remote(files))
    return shipment


def deploy(shipment: Shipment) -> DeploymentHandle:
    """Return the handle of the application whose workers have these files. Deploys it if it is not there already.

    Another one takes the place of an earlier one, whose replicas finish what they have begun.
    """
    name = _deployment_name(shipment)
    application = serve.status().applications.get(APPLICATION)
    if application is None or name not in application.deployments:
        serve.run(_describe(shipment, name), name=APPLICATION, route_prefix=None)
    return serve.get_app_handle(APPLICATION)


def count_replicas() -> int:
    """Return how many replicas can draw now."""
    application = serve.status().applications.get(APPLICATION)
    deployments = application.deployments.values() if application else ()
    return sum(count for row in deployments for state, count in row.replica_states.items() if state == "RUNNING")


def _describe(shipment: Shipment, name: str) -> serve.Application:
    resources = ray.cluster_resources()
    deployment = serve.deployment(
        Replica,
        name=name,
        max_ongoing_requests=RUNS_AT_ONCE,
        ray_actor_options={"num_cpus": 0, "num_gpus": int("GPU" in resources), "resources": {PLACES: 1}},
        health_check_period_s=HEALTH_PERIOD_SECONDS,
        health_check_timeout_s=HEALTH_TIMEOUT_SECONDS,
        graceful_shutdown_timeout_s=DRAIN_SECONDS,
        autoscaling_config=AutoscalingConfig(
            min_replicas=1,
            initial_replicas=wanted(0.0, resources),
            max_replicas=MOST_REPLICAS,
            metrics_interval_s=1.0,
            look_back_period_s=3.0,
            upscale_delay_s=UPSCALE_SECONDS,
            downscale_delay_s=DOWNSCALE_SECONDS,
            policy=AutoscalingPolicy(policy_function="generator.cluster.scaling:replicas_wanted"),
        ),
        request_router_config=RequestRouterConfig(
            request_router_class="generator.cluster.router:Placement",
            request_router_kwargs={"max_models": _max_models(shipment.arguments)},
        ),
    )
    return deployment.bind(shipment)


def _deployment_name(shipment: Shipment) -> str:
    """Return a name that tells one configuration from another."""
    version = sys.modules["generator"].__version__
    return f"workers-{version}-{shipment.digest}"


def _max_models(arguments: Sequence[str]) -> int:
    words = list(arguments)
    return int(words[words.index("--max-models") + 1]) if "--max-models" in words else 3
