"""Measures one network: chooses the sets of pictures, has the reader network classify them, and compares the results.

Prints nothing, and knows nothing about the model card.
"""

from pathlib import Path

import numpy as np
from PIL import Image
from torch import Tensor

from generator.contract import errors
from generator.evaluate.comparison import compare_with_nearest
from generator.evaluate.measures import nearest
from generator.evaluate.reader import Reader, Readings, read
from generator.evaluate.report import Accuracy, Results, compare, correlate_knobs, trait_accuracy
from generator.evaluate.sets import (
    LabelledSet,
    draw_faces,
    draw_latents,
    knobs_of,
    read_drawings,
    read_store,
    uniform_labels,
)
from generator.stylegan.generator import Generator
from generator.stylegan.ops import to_uint8
from generator.train.dataset import Advance, Log, Store
from generator.train.drawing import artist_of

TRAIT_TEST_FACES, ASKED_PSI = 1000, 0.7  # number and psi of the faces that test whether requested traits appear
UNTRAINED_FACES = 1000  # number of faces that an untrained network draws for comparison
TRAINING_SEED = 0  # seed of drawings like those of a training set, but without the raised odds of hard values
UNSEEN_SEED = 2**31  # seed of drawings that are in no training set
COMPARISON_ROWS, NEIGHBOURS = 8, 6  # number of faces in the comparison, and of training pictures beside each face
FACES_SEED, UNTRAINED_SEED, TRAIT_TEST_SEED = 1, 2, 3  # seeds of the latents of each set of faces


class Evaluation:
    """The evaluation of one network against reference pictures, with unseen pictures as a second set.

    If ``store`` is given, one half of its pictures is the reference, and the other half serves as the unseen pictures.
    Otherwise both sets are the artist's drawings.
    """

    def __init__(self, generator: Generator, reader: Reader, store: Store | None, samples: int, cache: Path) -> None:
        self._artist = artist_of(generator.traits)
        if store is None and self._artist is None:
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
        """The number of pictures that the reader classifies in :meth:`measure`."""
        return 3 * self.samples + UNTRAINED_FACES + (TRAIT_TEST_FACES if self._reads_traits else 0)

    def measure(self, log: Log, advance: Advance) -> Results:
        """Run the reader on all sets of pictures, and compare each set with the training pictures.

        Calls ``log`` with the name of each set, and ``advance`` with the number of pictures completed.
        """
        log("training pictures")
        self._training = training = self._read_reference(TRAINING_SEED, advance)
        log("unseen pictures")
        unseen = self._read_reference(UNSEEN_SEED, advance)
        log("faces")
        z = draw_latents(self.generator, self.samples, FACES_SEED)
        self._made = made = read(self.reader, draw_faces(self.generator, z, unseen.labels, psi=1.0), advance)
        log("untrained")
        sets = {
            "this network": made,
            "unseen pictures (the floor)": unseen.readings,
            "the network untrained": self._read_untrained(unseen, advance),
        }
        return Results(
            reference="the artist's drawings" if self.store is None else "its training pictures",
            sets=[compare(name, training.readings, readings) for name, readings in sets.items()],
            accuracy=self._measure_accuracy(unseen, made, log, advance) if self._reads_traits else [],
            knobs=self._knobs(z, made),
        )

    def _read_reference(self, seed: int, advance: Advance) -> LabelledSet:
        if self.store is None:
            assert self._artist is not None
            return read_drawings(self._artist, seed, self.samples, self.reader, self.cache, advance)
        order = np.random.default_rng(0).permutation(len(self.store))
        half = order[: self.samples] if seed == TRAINING_SEED else order[-self.samples :]
        return read_store(self.store, half, self.reader, advance)

    def _read_untrained(self, unseen: LabelledSet, advance: Advance) -> Readings:
        trained = self.generator
        fresh = trained.new(trained.hyper, seed=0, traits=trained.traits).to(trained.device).freeze()
        fresh.precision = trained.precision
        labels = unseen.labels[:UNTRAINED_FACES]
        z = draw_latents(fresh, len(labels), UNTRAINED_SEED)
        return read(self.reader, draw_faces(fresh, z, labels, psi=1.0), advance)

    def _measure_accuracy(
        self, unseen: LabelledSet, made: Readings, log: Log, advance: Advance
    ) -> list[tuple[str, Accuracy]]:
        log("faces as asked")
        labels = uniform_labels(self.generator, TRAIT_TEST_FACES, TRAIT_TEST_SEED)
        z = draw_latents(self.generator, TRAIT_TEST_FACES, TRAIT_TEST_SEED)
        asked = read(self.reader, draw_faces(self.generator, z, labels, ASKED_PSI), advance)
        traits = self.reader.traits
        return [
            (f"{TRAIT_TEST_FACES:,} faces, psi {ASKED_PSI}", trait_accuracy(asked, labels, traits)),
            (f"{len(made):,} faces, psi 1", trait_accuracy(made, unseen.labels, traits)),
            (f"{len(unseen):,} unseen drawings", trait_accuracy(unseen.readings, unseen.labels, traits)),
        ]

    def _knobs(self, z: Tensor, made: Readings) -> dict[str, float]:
        names = knobs_of(self.generator)
        if not self._reads_traits or not names:
            return {}
        return dict(zip(names, correlate_knobs(made, z).tolist(), strict=True))

    def neighbours(self) -> Image.Image:
        """Draw some of the measured faces, each beside the training pictures whose features are nearest.

        :meth:`measure` must have been called before.
        """
        assert self._training is not None
        assert self._made is not None
        training, made = self._training, self._made
        indices = nearest(made.features[:COMPARISON_ROWS], training.readings.features, NEIGHBOURS).tolist()
        labels = self._read_reference(UNSEEN_SEED, lambda _: None).labels[:COMPARISON_ROWS]
        z = draw_latents(self.generator, self.samples, FACES_SEED)[:COMPARISON_ROWS]
        faces = to_uint8(next(draw_faces(self.generator, z, labels, psi=1.0))).cpu().numpy()
        return compare_with_nearest(faces, [[training.picture(index) for index in row] for row in indices])
