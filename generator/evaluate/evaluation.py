"""Measures one network: chooses the sets of pictures, has the reader network classify them, and compares the results.

Prints nothing, and knows nothing about the model card.
"""

import statistics
import time
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import torch
from PIL import Image
from torch import Tensor

from generator.contract import errors
from generator.evaluate.comparison import compare_with_nearest
from generator.evaluate.edits import Edits, measure_edits
from generator.evaluate.offer import Offer, Seen, choose
from generator.evaluate.report import Results
from generator.evaluate.scores import Accuracy, compare, correlate_knobs, trait_accuracy
from generator.evaluate.sets import (
    LabelledSet,
    draw_faces,
    draw_latents,
    knobs_of,
    read_drawings,
    read_store,
    side_for,
    uniform_labels,
)
from generator.evaluate.sharpness import measure_sharpness
from generator.features.distances import nearest
from generator.features.reader import Reader, Readings, read
from generator.rendering.latents import Latents
from generator.stylegan.generator import Generator
from generator.stylegan.ops import to_uint8
from generator.train.data.drawing import artist_of, seen_traits
from generator.train.data.store import Advance, Log, Store

ASKED_PSI = 0.7  # psi of the faces that test whether requested traits appear
UNTRAINED_FACES = 1000  # the most faces that an untrained network draws for comparison
TRAINING_SEED = 0  # seed of drawings like those of a training set, but without the raised odds of hard values
UNSEEN_SEED = 2**31  # seed of drawings that are in no training set
COMPARISON_ROWS, NEIGHBOURS = 8, 6  # number of faces in the comparison, and of training pictures beside each face
FACES_SEED, UNTRAINED_SEED, TRAIT_TEST_SEED = 1, 2, 3  # seeds of the latents of each set of faces
TIMED_FACES = 30  # faces whose drawing is timed, one after another


@dataclass(frozen=True)
class Sizes:
    """How many faces each measure is taken from."""

    samples: int  # for the distances, and the knobs
    asked: int  # for the traits
    edits: int  # seeds of which each trait is changed
    eyes: int  # for the sharpness


class Evaluation:
    """The evaluation of one network against reference pictures, with unseen pictures as a second set.

    If ``store`` is given, one half of its pictures is the reference, and the other half serves as the unseen pictures.
    Otherwise both sets are the artist's drawings. ``seen`` is what a person saw of the values.
    """

    def __init__(
        self,
        generator: Generator,
        reader: Reader,
        store: Store | None,
        sizes: Sizes,
        cache: Path,
        seen: Seen,
    ) -> None:
        self._artist = artist_of(generator.traits)
        if store is None and self._artist is None:
            raise errors.MissingOption(
                kind="evaluate",
                name="--pictures",
                example="evaluate runs/mine/mine.safetensors --pictures runs/mine/pictures",
            )
        self.generator, self.reader, self.store, self.cache = generator, reader, store, cache
        self.sizes, self.seen = sizes, seen
        self.samples = sizes.samples if store is None else min(sizes.samples, len(store) // 2)
        self._training: LabelledSet | None = None
        self._made: Readings | None = None

    @property
    def _reads_traits(self) -> bool:
        return dict(self.generator.traits) == self.reader.traits

    @property
    def _has_portraits(self) -> bool:
        """Whether the artist can draw the same face as the network, and the reader reads both."""
        return self.store is None and self._reads_traits and bool(knobs_of(self.generator))

    @property
    def total(self) -> int:
        """The number of pictures that are drawn or read in :meth:`measure`."""
        untrained = min(UNTRAINED_FACES, self.samples)
        edited = 2 * self.sizes.edits * (1 + len(self.generator.traits)) if self._has_portraits else 0
        eyes = 2 * min(self.sizes.eyes, self.samples) if self._has_portraits else 0
        return 3 * self.samples + untrained + (self.sizes.asked if self._reads_traits else 0) + edited + eyes

    def measure(self, log: Log, advance: Advance) -> Results:
        """Measure everything that applies to the network.

        Calls ``log`` with the name of each set of pictures, and ``advance`` with the number of pictures completed.
        """
        milliseconds = time_face(self.generator)
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
        accuracy = self._measure_accuracy(unseen, made, log, advance) if self._reads_traits else []
        traits = self.generator.traits
        offer = choose(traits, accuracy[0][1], accuracy[-1][1], self.seen) if accuracy else None
        return Results(
            reference="the artist's drawings" if self.store is None else "its training pictures",
            sets=[compare(name, training.readings, readings) for name, readings in sets.items()],
            milliseconds=milliseconds,
            device=device_name(self.generator.device),
            accuracy=accuracy,
            offer=offer,
            knobs=self._knobs(z, made),
            own_knobs=self._knobs(unseen.knobs, unseen.readings),
            sharpness=self._measure_sharpness(unseen, log, advance),
            edits=self._measure_edits(offer, log, advance),
        )

    def _read_reference(self, seed: int, advance: Advance) -> LabelledSet:
        if self.store is None:
            assert self._artist is not None
            side = side_for(self.generator)
            return read_drawings(self._artist, side, seed, self.samples, self.reader, self.cache, advance)
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
        labels = uniform_labels(self.generator, self.sizes.asked, TRAIT_TEST_SEED)
        z = draw_latents(self.generator, self.sizes.asked, TRAIT_TEST_SEED)
        asked = read(self.reader, draw_faces(self.generator, z, labels, ASKED_PSI), advance)
        sets = {
            f"{self.sizes.asked:,} faces, psi {ASKED_PSI}": (asked, labels),
            f"{len(made):,} faces, psi 1": (made, unseen.labels),
            f"{len(unseen):,} unseen drawings": (unseen.readings, unseen.labels),
        }
        traits = self.reader.traits
        return [
            (name, trait_accuracy(readings, wanted, traits, torch.from_numpy(seen_traits(traits, wanted.numpy()))))
            for name, (readings, wanted) in sets.items()
        ]

    def _knobs(self, asked: Tensor, readings: Readings) -> dict[str, float]:
        """Return each knob's correlation of what was ``asked`` [n, k] with what is read, or {} without knobs."""
        names = knobs_of(self.generator)
        if not self._reads_traits or asked.shape[1] != len(names):
            return {}
        return dict(zip(names, correlate_knobs(readings, asked).tolist(), strict=True))

    def _measure_sharpness(self, unseen: LabelledSet, log: Log, advance: Advance) -> float | None:
        if not self._has_portraits:
            return None
        assert self._artist is not None
        log("eyes")
        labels, knobs = unseen.labels[: self.sizes.eyes], unseen.knobs[: self.sizes.eyes]
        return measure_sharpness(self.generator, self._artist, labels, knobs, self.cache, advance)

    def _measure_edits(self, offer: Offer | None, log: Log, advance: Advance) -> Edits | None:
        if not self._has_portraits or offer is None:
            return None
        assert self._artist is not None
        log("edits")
        sizes, offered = self.sizes, offer.offered
        return measure_edits(self.generator, self.reader, self._artist, offered, sizes.edits, self.cache, advance)

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


@torch.no_grad()
def time_face(generator: Generator) -> float:
    """Return the median milliseconds that a network takes from a seed's latents to the pixels of its face."""
    times = []
    for seed in range(TIMED_FACES):
        latents, began = Latents.of([seed], generator), time.perf_counter()
        to_uint8(generator.synthesis(latents.styles(generator, ASKED_PSI))).cpu()
        times.append(1000 * (time.perf_counter() - began))
    return statistics.median(times)


def device_name(device: torch.device) -> str:
    """Return what computes: the name of the GPU, or how many threads of the processor."""
    if device.type == "cuda":
        return torch.cuda.get_device_name(device)
    threads = torch.get_num_threads()
    return f"{threads} processor thread{'' if threads == 1 else 's'}"
