"""Rate limits: which requests share a bucket, how many fit in it, and when it is empty again. Pure.

Knows route names and bucket keys, no requests. Discord does not publish its numbers; these are what its headers usually say.
"""

from collections.abc import Mapping
from dataclasses import dataclass

# route -> (bucket, requests, per seconds). Edits, follow-ups and the result of one interaction share their webhook's bucket.
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
class Room:
    """What the X-RateLimit headers say. remaining below 0: the request is over the limit."""

    bucket: str
    limit: int
    remaining: int
    reset_after_s: float


class Buckets:
    """Fixed windows, one per bucket and key (a webhook's token, a channel)."""

    def __init__(self) -> None:
        self._windows: dict[tuple[str, str], tuple[float, int]] = {}

    def take(self, route: str, key: str, now: float) -> Room | None:
        """Count a request at ``now`` (seconds, any clock). None: the route has no limit of its own."""
        if route not in LIMITS:
            return None
        bucket, limit, per_s = LIMITS[route]
        start, used = self._windows.get((bucket, key), (now, 0))
        if now - start >= per_s:
            start, used = now, 0
        if used < limit:
            self._windows[bucket, key] = (start, used + 1)
        self._forget(now)
        return Room(bucket, limit, limit - used - 1, round(start + per_s - now, 3))

    def _forget(self, now: float) -> None:
        if len(self._windows) > 5000:
            longest = max(per_s for _, _, per_s in LIMITS.values())
            self._windows = {key: window for key, window in self._windows.items() if now - window[0] < longest}
