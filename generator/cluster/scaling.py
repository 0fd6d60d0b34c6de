"""The policy by which Ray Serve's controller decides, a few times a second, how many replicas there are."""

from typing import Any

import ray
from ray.serve.config import AutoscalingContext

from generator.cluster.placement import wanted


def replicas_wanted(context: AutoscalingContext) -> tuple[int, dict[str, Any]]:
    """Return how many replicas Ray Serve should run, and what is to be kept until the next call, which is nothing.

    What the dispatcher has is all handed over, so what waits there is part of ``total_num_requests``.
    """
    return wanted(context.total_num_requests, ray.cluster_resources()), {}
