"""The figures of a tick: the means of what was measured in its batches, and the line that shows them.

Writes nothing, and knows nothing about networks.
"""

from collections.abc import Mapping

HOUR_S, MINUTE_S = 3600, 60
SCORES = {"real": "real", "fake": "fake"}  # figure -> what the line calls it: the mean scores of the discriminator


class Means:
    """The means of named figures since they were last taken. Some come with every batch, others with every few."""

    def __init__(self, sums: Mapping[str, tuple[float, int]] | None = None) -> None:
        self._sums = {name: (float(total), int(count)) for name, (total, count) in (sums or {}).items()}

    def add(self, figures: Mapping[str, float]) -> None:
        """Add the figures of one batch."""
        for name, value in figures.items():
            total, count = self._sums.get(name, (0.0, 0))
            self._sums[name] = (total + value, count + 1)

    def __bool__(self) -> bool:
        """Return whether there was any batch."""
        return bool(self._sums)

    @property
    def values(self) -> dict[str, float]:
        """The mean of each figure so far."""
        return {name: total / count for name, (total, count) in self._sums.items()}

    def take(self) -> dict[str, float]:
        """Return the mean of each figure, and begin again."""
        values = self.values
        self._sums.clear()
        return values

    def state(self) -> dict[str, tuple[float, int]]:
        """Return everything that a new object needs to go on exactly."""
        return dict(self._sums)


def crosses(step: int, before: int, now: int) -> bool:
    """Return whether a multiple of ``step`` lies above ``before`` and not above ``now``, all in pictures."""
    return now // step > before // step


def tick_line(stage: str, seen: int, until: int, speed: float, figures: Mapping[str, float]) -> str:
    """Return the line of a tick.

    It has the stage, the pictures seen and to come in thousands, the speed in pictures per second, the time left, the
    losses, the strength of augmentation ("p") and the mean scores of real and generated pictures.
    """
    left = describe_time(max(0, until - seen) / speed) if speed > 0 else "unknown"
    losses = {name: value for name, value in figures.items() if name not in (*SCORES, "p")}
    parts = [
        f"{stage}: {seen / 1000:.1f} of {until / 1000:g} kimg, {speed:.1f} img/s, {left} left",
        "losses " + ", ".join(f"{name} {value:.3g}" for name, value in losses.items()) if losses else "",
        f"augmentation p {figures['p']:.3f}" if "p" in figures else "",
        "scores " + ", ".join(f"{word} {figures[name]:+.2f}" for name, word in SCORES.items() if name in figures)
        if SCORES.keys() & figures.keys()
        else "",
    ]
    return " | ".join(filter(None, parts))


def describe_time(seconds: float) -> str:
    """Return a length of time in words, such as "2 h 5 min"."""
    if seconds < MINUTE_S:
        return f"{seconds:.0f} s"
    if seconds < HOUR_S:
        return f"{seconds / MINUTE_S:.0f} min"
    hours, rest = divmod(round(seconds / MINUTE_S), 60)
    return f"{hours} h {rest} min" if hours < 48 else f"{hours / 24:.1f} days"
