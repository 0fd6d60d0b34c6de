"""The measuring of one network: which sets of pictures are looked at, and what is compared with what.

Knows no screen and no model card.
"""

from collections.abc import Callable
from pathlib import Path

import numpy as np
from PIL import Image
from torch import Tensor

from generator import drawn
from generator.contract import errors
from generator.evaluate.comparison import compare_with_nearest
from generator.evaluate.measures import nearest
from generator.evaluate.reader import Reader, Readings, read
from generator.evaluate.report import Accuracy, Results, compare, correlate_knobs, trait_accuracy
from generator.evaluate.sets import LabelledSet, draw_faces, draw_latents, read_drawings, read_store, uniform_labels
from generator.stylegan2.network import Generator
from generator.stylegan2.ops import to_uint8
from generator.train.dataset import Store

ASKED, ASKED_PSI = 1000, 0.7  # faces on which traits are counted
UNTRAINED = 1000  # faces
TRAINING_SEED, UNSEEN_SEED = 0, 2**31  # of drawings: training's, but for its practice, and those it never sees
SHOWN, NEIGHBOURS = 8, 6  # faces in the picture, and training pictures beside each
FACES, UNTRAINED_FACES, ASKED_FACES = 1, 2, 3  # random streams of latents

Log = Callable[[str], object]
Advance = Callable[[int], object]


class Evaluation:
    """One network, and what it is compared with: the artist's drawings, or the two halves of ``store``."""

    def __init__(self, generator: Generator, reader: Reader, store: Store | None, samples: int, cache: Path) -> None:
        if store is None and dict(generator.traits) != dict(drawn.TRAITS):
            raise errors.MissingOption(
                kind="evaluate",
                name="--pictures",
                example="evaluate runs/mine/mine.safetensors --pictures runs/mine/pictures",
            )
        self.generator, self.reader, self.store, self.cache = generator, reader, store, cache
        self.samples = samples if store is None else min(samples, len(store) // 2)
        self._training: LabelledSet | None = None
        self._made: Readings | None = None

    @property
    def _reads_traits(self) -> bool:
        return dict(self.generator.traits) == self.reader.traits

    @property
    def total(self) -> int:
        """How many pictures :meth:`measure` looks at."""
        return 3 * self.samples + UNTRAINED + (ASKED if self._reads_traits else 0)

    def measure(self, log: Log, advance: Advance) -> Results:
        """Look at every set and compare; ``log`` says which comes now, ``advance`` how many pictures of it were seen."""
        log("training pictures")
        self._training = training = self._known(TRAINING_SEED, advance)
        log("unseen pictures")
        unseen = self._known(UNSEEN_SEED, advance)
        log("faces")
        z = draw_latents(self.generator, self.samples, FACES)
        self._made = made = read(self.reader, draw_faces(self.generator, z, unseen.labels, psi=1.0), advance)
        log("untrained")
        sets = {
            "this network": made,
            "unseen pictures (the floor)": unseen.seen,
            "the network untrained": self._untrained(unseen, advance),
        }
        return Results(
            reference="the artist's drawings" if self.store is None else "its training pictures",
            sets=[compare(name, training.seen, seen) for name, seen in sets.items()],
            shares=self._shares(unseen, made, log, advance) if self._reads_traits else [],
            knobs=self._knobs(z, made),
        )

    def _known(self, seed: int, advance: Advance) -> LabelledSet:
        if self.store is None:
            return read_drawings(seed, self.samples, self.reader, self.cache, advance)
        order = np.random.default_rng(0).permutation(len(self.store))
        half = order[: self.samples] if seed == TRAINING_SEED else order[-self.samples :]
        return read_store(self.store, half, self.reader, advance)

    def _untrained(self, unseen: LabelledSet, advance: Advance) -> Readings:
        fresh = (
            Generator.new(self.generator.hyper, seed=0, traits=self.generator.traits).to(self.generator.device).freeze()
        )
        fresh.precision = self.generator.precision
        labels = unseen.labels[:UNTRAINED]
        return read(
            self.reader, draw_faces(fresh, draw_latents(fresh, len(labels), UNTRAINED_FACES), labels, psi=1.0), advance
        )

    def _shares(self, unseen: LabelledSet, made: Readings, log: Log, advance: Advance) -> list[tuple[str, Accuracy]]:
        log("faces as asked")
        labels = uniform_labels(self.generator, ASKED, ASKED_FACES)
        asked = read(
            self.reader,
            draw_faces(self.generator, draw_latents(self.generator, ASKED, ASKED_FACES), labels, ASKED_PSI),
            advance,
        )
        traits = self.reader.traits
        return [
            (f"{ASKED:,} faces, psi {ASKED_PSI}", trait_accuracy(asked, labels, traits)),
            (f"{len(made):,} faces, psi 1", trait_accuracy(made, unseen.labels, traits)),
            (f"{len(unseen):,} unseen drawings", trait_accuracy(unseen.seen, unseen.labels, traits)),
        ]

    def _knobs(self, z: Tensor, made: Readings) -> dict[str, float]:
        if (
            not self._reads_traits
            or self.generator.z_dim != len(drawn.CONTINUOUS)
            or self.generator.hyper.normalize_latents
        ):
            return {}
        return dict(zip(drawn.CONTINUOUS, correlate_knobs(made, z).tolist(), strict=True))

    def neighbours(self) -> Image.Image:
        """Some measured faces, each beside the training pictures nearest to it in the reader's features; after :meth:`measure`."""
        assert self._training is not None
        assert self._made is not None
        training, made = self._training, self._made
        found = nearest(made.features[:SHOWN], training.seen.features, NEIGHBOURS).tolist()
        labels = self._known(UNSEEN_SEED, lambda _: None).labels[:SHOWN]
        pictures = next(
            draw_faces(self.generator, draw_latents(self.generator, self.samples, FACES)[:SHOWN], labels, psi=1.0)
        )
        return compare_with_nearest(
            to_uint8(pictures).cpu().numpy(), [[training.picture(index) for index in row] for row in found]
        )
