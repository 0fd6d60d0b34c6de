"""Keeps the renders that wait in drawing order, and chooses the next one to draw.

Each operation on n renders takes O(log n), except the walk through all of them.
"""

import heapq
from collections.abc import Collection, Iterator, Sequence

from sortedcontainers import SortedKeyList

from bot.queue.render import Lane, Render


class WaitingRenders:
    """The waiting renders. They must not change their tickets while they are in here."""

    def __init__(self) -> None:
        self._lanes: dict[Lane, SortedKeyList[Render]] = {
            lane: SortedKeyList(key=lambda render: render.turn) for lane in ("picture", "animation", "large", "idle")
        }

    def add(self, render: Render) -> None:
        """Add a render that has at least one ticket."""
        self._lanes[render.lane].add(render)

    def remove(self, render: Render) -> None:
        """Remove a render."""
        self._lanes[render.lane].remove(render)

    def __len__(self) -> int:
        return sum(map(len, self._lanes.values()))

    def __iter__(self) -> Iterator[Render]:
        """Yield the renders in drawing order. Idle ones come last."""
        asked = (lane for name, lane in self._lanes.items() if name != "idle")
        yield from heapq.merge(*asked, key=lambda render: render.turn)
        yield from self._lanes["idle"]

    def position(self, render: Render) -> int:
        """Return the place of a waiting render in the drawing order; the first is 1."""
        if render.idle:
            return len(self) - len(self._lanes["idle"]) + 1 + int(self._lanes["idle"].bisect_key_left(render.turn))
        asked = (lane for name, lane in self._lanes.items() if name != "idle")
        return 1 + sum(int(lane.bisect_key_left(render.turn)) for lane in asked)

    def choose(self, drawing: Collection[Render], in_flight: int) -> Render | None:
        """Return the render to start now, or None if none may start. ``drawing`` are those being drawn.

        At most ``in_flight`` renders that are not idle are drawn at once. At most half of them (but at least one) may
        be animations, and at most a quarter (but at least one) large, so that pictures need not wait for animations,
        nor anything small for large ones. An idle render starts only while nothing is being drawn and only idle renders
        wait.
        """
        active = [render.lane for render in drawing if not render.idle]
        if len(active) >= in_flight:
            return None
        allowed: list[Lane] = ["picture"]
        if active.count("animation") + active.count("large") < max(1, in_flight // 2):
            allowed.append("animation")
            if active.count("large") < max(1, in_flight // 4):
                allowed.append("large")
        heads: list[Render] = [self._lanes[lane][0] for lane in allowed if self._lanes[lane]]
        if heads:
            return min(heads, key=lambda render: render.turn)
        idle: Sequence[Render] = self._lanes["idle"]
        return idle[0] if idle and not drawing and len(self) == len(idle) else None
