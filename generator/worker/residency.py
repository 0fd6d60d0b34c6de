"""Decides which models are in memory. Pure bookkeeping: models are names, and nothing is loaded here.

The models that runs wait for come in turns, the one that was waited for first goes first. A model in memory makes way
once it has nothing to draw, or has drawn KEEP_FACES while others waited: what is begun with it is finished first,
unless that takes too long. A single picture waits for PICTURE_KEEP_FACES only.
"""

from collections.abc import Collection, Mapping

KEEP_FACES = 240  # the longest animation of single faces
PICTURE_KEEP_FACES = 32


class Residency:
    """What is known about the at most ``limit`` models in memory, and about those that are waited for."""

    def __init__(self, limit: int) -> None:
        self._limit = limit
        self._waited_for: dict[str, None] = {}  # the longest awaited first
        self._drawn: dict[str, int] = {}  # model -> faces that it has drawn since it was loaded, while others waited

    def record(self, model: str, faces: int) -> None:
        """Record that a model has drawn this many faces."""
        if self._waited_for:
            self._drawn[model] = self._drawn.get(model, 0) + faces

    def next_load(
        self, waiting: Mapping[str, bool], loaded: Collection[str], loading: Collection[str], working: Collection[str]
    ) -> tuple[str, str | None] | None:
        """Return the model to load next, and the one to unload for it if there is no place; or None.

        ``waiting`` are the models that runs wait for, with whether one of these runs is a single picture. ``loaded``
        are the models in memory, the least recently used first; ``working`` are those with faces left to draw.
        """
        self._waited_for = {model: None for model in [*self._waited_for, *waiting] if model in waiting}
        if not self._waited_for:
            self._drawn.clear()
        for model in self._waited_for:
            if model in loading:
                continue
            if len(loaded) + len(loading) < self._limit:
                return model, None
            keep = PICTURE_KEEP_FACES if waiting[model] else KEEP_FACES
            leaving = [name for name in loaded if name not in working or self._drawn.get(name, 0) >= keep]
            if leaving:
                victim = min(leaving, key=lambda name: name in working)
                self._drawn.pop(victim, None)
                return model, victim
        return None
