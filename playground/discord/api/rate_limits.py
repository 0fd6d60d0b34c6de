"""Rate limits: which routes share a bucket, how many requests a bucket allows, and when it resets.

Does no I/O and reads no clock. Discord does not publish its limits; these are the usual values in its headers.
"""

from collections.abc import Mapping
from dataclasses import dataclass

# Route -> (bucket, number of requests allowed per window, length of the window in seconds). An interaction's follow-ups
# and its original response share the bucket of the interaction's webhook.
LIMITS: Mapping[str, tuple[str, int, float]] = {
    "follow up": ("webhook", 5, 2.0),
    "get original": ("webhook", 5, 2.0),
    "edit original": ("webhook", 5, 2.0),
    "delete original": ("webhook", 5, 2.0),
    "send": ("messages", 5, 5.0),
    "edit": ("edits", 5, 5.0),
    "delete": ("deletes", 5, 1.0),
    "sync": ("commands", 5, 20.0),
}


@dataclass(frozen=True)
class Quota:
    """The values of the X-RateLimit headers after one request."""

    bucket: str
    limit: int
    remaining: int  # negative if the request exceeds the limit
    reset_after_s: float


class Buckets:
    """Counts requests in fixed windows of time, one window per bucket and key (a webhook's token, or a channel)."""

    def __init__(self) -> None:
        self._windows: dict[tuple[str, str], tuple[float, int]] = {}

    def take(self, route: str, key: str, now: float) -> Quota | None:
        """Count a request to ``route`` and return the quota of its bucket, or None if the route has no limit.

        ``now`` is the time in seconds, from any clock. A request that exceeds the limit is not counted.
        """
        if route not in LIMITS:
            return None
        bucket, limit, per_s = LIMITS[route]
        start, used = self._windows.get((bucket, key), (now, 0))
        if now - start >= per_s:
            start, used = now, 0
        if used < limit:
            self._windows[bucket, key] = (start, used + 1)
        self._forget(now)
        return Quota(bucket, limit, limit - used - 1, round(start + per_s - now, 3))

    def _forget(self, now: float) -> None:
        if len(self._windows) > 5000:
            longest = max(per_s for _, _, per_s in LIMITS.values())
            self._windows = {key: window for key, window in self._windows.items() if now - window[0] < longest}
