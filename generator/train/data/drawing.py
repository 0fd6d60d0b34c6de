"""Draws an artist's portraits as a training set, on all processors.

Knows nothing about networks. The drawing processes do not import torch, so they start fast.
"""

import hashlib
import multiprocessing
import os
import signal
from collections.abc import Callable, Iterator, Mapping, Sequence
from concurrent.futures import ProcessPoolExecutor
from dataclasses import dataclass, field, replace
from functools import cache, partial
from pathlib import Path
from threading import Thread
from typing import TYPE_CHECKING, Any, Protocol, TypeVar

import numpy as np
from numpy.typing import NDArray

from generator import artist, drawn

if TYPE_CHECKING:
    from generator.train.data.store import Advance, Example, Store

CHUNK = 50  # drawings per task: enough to keep the overhead small, but few enough for a smooth progress bar
SAMPLES = 4000  # number of portraits from which an artist's odds are estimated
DIGEST_SAMPLES, DIGEST_SIDE = 8, 64  # number of portraits in the digest of an artist's drawings, and their side
Span = TypeVar("Span")
Drawn = TypeVar("Drawn")

HARD_SHARE = 0.5  # share of training portraits that are drawn with the raised odds of ``hard_values``


class Draws(Protocol):
    """What ``generator.artist`` and ``generator.drawn`` have in common. Attributes are the artist's own."""

    @property
    def TRAITS(self) -> Mapping[str, tuple[str, ...]]:  # a constant of the module
        """The values of each trait, in the order of the label."""

    @property
    def CONTINUOUS(self) -> tuple[str, ...]:
        """The names of the knobs."""

    @property
    def LIMIT(self) -> float:
        """The largest size of a knob."""

    def sample(self, rng: np.random.Generator) -> Any:
        """Draw attributes with the artist's own odds."""

    def draw(self, attributes: Any, size: int) -> NDArray[np.uint8]:
        """Return the portrait's pixels: [size, size, 3]."""

    def eye_boxes(self, attributes: Any, size: int) -> NDArray[np.int64]:
        """Return left, top, right and bottom of both eyes in the portrait's pixels: [2, 4]."""

    def label(self, attributes: Any) -> NDArray[np.float32]:
        """Return the one-hot vectors of the traits."""

    def unseen(self, attributes: Any) -> frozenset[str]:
        """Return the traits that cannot be read from the portrait, because something covers them."""

    def continuous(self, attributes: Any) -> NDArray[np.float32]:
        """Return the knobs."""

    def from_vectors(self, label_indices: Sequence[int], knobs: NDArray[np.float32]) -> Any:
        """Make attributes from the index of each trait's value and the knobs."""


@dataclass(frozen=True)
class Artist:
    """An artist, and how its training sets are composed."""

    name: str  # what the option --data calls it
    draws: Draws
    # Share of portraits drawn with the artist's own odds. In the others all values of a trait are equally likely, since
    # people ask for any combination.
    natural_share: float
    # Values that are small, faint or rare, and therefore learnt last: field -> value -> the probability that this value
    # replaces the value that the artist chose.
    hard_values: Mapping[str, Mapping[str, float]] = field(default_factory=dict)

    @property
    def knobs(self) -> tuple[str, ...]:
        """The names of the knobs as recipes write them, such as "light-side"."""
        return tuple(name.replace("_", "-") for name in self.draws.CONTINUOUS)

    def odds(self) -> dict[str, tuple[float, ...]]:
        """Return the share of the artist's portraits that show each value of each trait.

        The trained network uses these shares as odds when it picks the traits of a seed.
        """
        draws = self.draws
        labels = np.stack([draws.label(draws.sample(np.random.default_rng(index))) for index in range(SAMPLES)])
        shares = iter(labels.mean(axis=0, dtype=np.float64).round(4).tolist())  # float32 would have 17 digits
        return {trait: tuple(next(shares) for _ in values) for trait, values in draws.TRAITS.items()}

    def digest(self) -> str:
        """Return a digest of some drawings: it changes when the artist draws differently."""
        digest = hashlib.sha256()
        for index in range(DIGEST_SAMPLES):
            portrait = self.draws.draw(self.draws.sample(np.random.default_rng(index)), DIGEST_SIDE)
            digest.update(portrait.tobytes())
        return digest.hexdigest()[:12]

    def sample(self, rng: np.random.Generator, hard_share: float) -> Any:
        """Draw the attributes of one training portrait; a share ``hard_share`` have the odds of ``hard_values``."""
        attributes = self.draws.sample(rng)
        if rng.random() >= self.natural_share:
            values = [int(rng.integers(len(values))) for values in self.draws.TRAITS.values()]
            attributes = self.draws.from_vectors(values, self.draws.continuous(attributes))
        return self._make_harder(attributes, rng) if rng.random() < hard_share else attributes

    def attributes(self, label: NDArray[np.float32], knobs: NDArray[np.float32]) -> Any:
        """Return the attributes with this label [c_dim], one-hot for each trait, and these knobs [k], cut at LIMIT."""
        ends = np.cumsum([len(values) for values in self.draws.TRAITS.values()])
        indices = [int(part.argmax()) for part in np.split(label, ends[:-1])]
        return self.draws.from_vectors(indices, knobs.clip(-self.draws.LIMIT, self.draws.LIMIT))

    def seen(self, labels: NDArray[np.float32]) -> NDArray[np.bool_]:
        """Return which traits [n, traits] nothing covers in portraits with these labels [n, c_dim]."""
        knobs = np.zeros(len(self.draws.CONTINUOUS), np.float32)
        covered = [self.draws.unseen(self.attributes(label, knobs)) for label in labels]
        seen = [[trait not in traits for trait in self.draws.TRAITS] for traits in covered]
        return np.array(seen, bool).reshape(len(labels), len(self.draws.TRAITS))

    def _make_harder(self, attributes: Any, rng: np.random.Generator) -> Any:
        harder: dict[str, Any] = {
            trait: str(rng.choice([*odds, getattr(attributes, trait)], p=[*odds.values(), 1 - sum(odds.values())]))
            for trait, odds in self.hard_values.items()
        }
        return replace(attributes, **harder)


@cache
def artists() -> Mapping[str, Artist]:
    """Return all artists by the names that the option --data takes."""
    first = Artist(
        "drawn",
        drawn,
        natural_share=0.7,
        hard_values={
            "back_hair": {"braids": 0.35},
            "expression": {"cat": 0.3, "pout": 0.3},
            "glasses": {"round": 0.25, "square": 0.35},
            "accessory": {"clip": 0.5},
            "background": {"dots": 0.35, "sparkles": 0.35},
        },
    )
    return {"drawn": first, "artist": Artist("artist", artist, natural_share=0.4)}


def artist_of(traits: Mapping[str, Sequence[str]]) -> Artist | None:
    """Return the artist that draws exactly these traits, or None."""
    same = {trait: tuple(values) for trait, values in traits.items()}
    return next((one for one in artists().values() if dict(one.draws.TRAITS) == same), None)


def seen_traits(traits: Mapping[str, Sequence[str]], labels: NDArray[np.float32]) -> NDArray[np.bool_]:
    """Return which traits [n, traits] can be read from pictures with these labels [n, c_dim].

    All can where no artist is known that draws these traits.
    """
    artist = artist_of(traits)
    return np.ones((len(labels), len(traits)), bool) if artist is None else artist.seen(labels)


def make_drawn_store(
    folder: Path,
    name: str,
    count: int,
    side: int,
    seed: int,
    advance: "Advance" = lambda _: None,
    hard_share: float = 0.0,
) -> "Store":
    """Draw ``count`` portraits of ``side`` pixels by the artist ``name`` into ``folder``, and return an open Store.

    Each portrait has its own random stream, from (seed, index), so it is the same on every machine. If an earlier call
    was interrupted, its finished shards are kept. ``hard_share``: see Artist.sample.
    """
    from generator.train.data.store import write_shards

    def draw(indices: range) -> "Iterator[Example]":
        return draw_examples(name, indices, side, seed, hard_share=hard_share)

    return write_shards(folder, draw, count, artists()[name].draws.TRAITS, advance)


def draw_examples(name: str, indices: range, side: int, seed: int, *, hard_share: float = 0.0) -> "Iterator[Example]":
    """Yield the portraits ``indices`` of ``seed`` by the artist ``name`` in order, drawn on all processors."""
    spans = [indices[start : start + CHUNK] for start in range(0, len(indices), CHUNK)]
    yield from _on_all_processors(partial(draw_portraits, name, side=side, seed=seed, hard_share=hard_share), spans)


def draw_conditions(
    name: str, labels: NDArray[np.float32], knobs: NDArray[np.float32], side: int
) -> Iterator[NDArray[np.uint8]]:
    """Yield the portrait [side, side, 3] of each row of ``labels`` [n, c_dim] and ``knobs`` [n, k] in order.

    They are by the artist ``name``, and drawn on all processors. Knobs beyond the artist's limit are cut off there.
    """
    spans = [(labels[start : start + CHUNK], knobs[start : start + CHUNK]) for start in range(0, len(labels), CHUNK)]
    yield from _on_all_processors(partial(_draw_rows, name, side), spans)


def _draw_rows(name: str, side: int, rows: tuple[NDArray[np.float32], NDArray[np.float32]]) -> list[NDArray[np.uint8]]:
    artist = artists()[name]
    return [artist.draws.draw(artist.attributes(*row), side) for row in zip(*rows, strict=True)]


def _on_all_processors(work: Callable[[Span], Sequence[Drawn]], spans: Sequence[Span]) -> Iterator[Drawn]:
    """Yield what ``work`` returns for each span, in order."""
    os.environ.setdefault("OPENBLAS_NUM_THREADS", "1")  # each process has a core of its own; numpy must not take more
    # Spawn, do not fork: a forked process could inherit a lock held by a torch thread and wait for it forever.
    spawn = multiprocessing.get_context("spawn")
    with ProcessPoolExecutor(os.cpu_count(), spawn, _end_with_parent) as pool:
        for pieces in pool.map(work, spans):
            yield from pieces


def _end_with_parent() -> None:
    """Let this process end when the one that started it does, even if that one is killed, and at no other time.

    Otherwise it would wait for work forever.
    """
    signal.signal(signal.SIGINT, signal.SIG_IGN)  # Ctrl+C reaches the parent, too
    Thread(target=_follow_parent, daemon=True).start()


def _follow_parent() -> None:
    parent = multiprocessing.parent_process()
    assert parent is not None
    parent.join()
    os._exit(1)


def draw_portraits(name: str, indices: range, side: int, seed: int, hard_share: float = 0.0) -> "list[Example]":
    """Draw the portraits with these indices. Return the picture [side, side, 3], label and knobs of each portrait."""
    one, examples = artists()[name], []
    for index in indices:
        attributes = one.sample(np.random.default_rng((seed, index)), hard_share)
        examples.append(
            (one.draws.draw(attributes, side), one.draws.label(attributes), one.draws.continuous(attributes))
        )
    return examples
