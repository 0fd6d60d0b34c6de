"""``python -m benchmarks.likeness``, which measures how near the nearest faces are, and how soon they are there.

The pictures are unseen ones: faces of the network itself, cut and compressed as people's are, and drawings of the
artist whose traits it has. Asserts nothing.
"""

import argparse
import io
import statistics
import time
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import NamedTuple

import numpy as np
import torch
from PIL import Image

from benchmarks.measure import Row, print_table
from generator import checkpoints
from generator.contract.recipe import Recipe
from generator.projection import encoder
from generator.projection.distance import psnr, to_pictures
from generator.projection.picture import decode
from generator.projection.readers import Readers, find_readers
from generator.projection.search import Search, default_steps
from generator.rendering import plans, render
from generator.rendering.latents import Latents
from generator.rendering.vectors import decode_vectors, encode_vector
from generator.stylegan.generator import Generator
from generator.train.data.drawing import artist_of, seen_traits

FIRST_SEED = 3_000_000_000  # far from any seed that something learnt from
CUT = 0.15  # the most that is cut off a face, as a share of its side
QUALITY = 80  # of JPEG


class Sample(NamedTuple):
    """A picture, and the traits that it was made with, but for those that something in it covers."""

    file: bytes
    traits: Mapping[str, str]


def main() -> None:
    """Measure and print what the command line asks for."""
    options = _options()
    torch.set_num_threads(options.threads)
    path = options.model or checkpoints.EMBEDDED
    generator = checkpoints.load(path, "auto")
    readers, steps = find_readers(generator, path), options.steps or default_steps(generator)
    for title, samples in (("own faces", _own(generator)), ("drawings", _drawings(generator))):
        measured = [
            _measure(generator, readers, sample, steps)
            for sample, _ in zip(samples, range(options.count), strict=False)
        ]
        if measured:
            print_table(f"{title}, {len(measured)}, {steps} steps, {options.threads} threads", _rows(measured))


def _options() -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="python -m benchmarks.likeness", description=__doc__)
    parser.add_argument("--count", type=int, default=200, help="pictures of each sort (default: %(default)s)")
    parser.add_argument("--steps", type=int, help="of each search (default: what the worker takes)")
    parser.add_argument("--threads", type=int, default=2, help="default: %(default)s")
    parser.add_argument("--model", type=Path, help="a checkpoint (default: the built-in one)")
    return parser.parse_args()


def _own(generator: Generator) -> Iterator[Sample]:
    """Yield faces of the network as files, with their edges cut off by up to CUT, in JPEG."""
    rng = np.random.default_rng(0)
    seed = FIRST_SEED
    while True:
        label = Latents.of([seed], generator).label
        picture = Image.fromarray(render.raw_frames(Recipe.make("waifu", seed, model=generator.name), generator)[0])
        side = 1 - CUT * rng.random()
        width, height = round(picture.width * side), round(picture.height * side)
        left, top = (int(rng.integers(0, room + 1)) for room in (picture.width - width, picture.height - height))
        file = io.BytesIO()
        picture.crop((left, top, left + width, top + height)).convert("RGB").save(file, "JPEG", quality=QUALITY)
        yield Sample(file.getvalue(), {} if label is None else _names(generator, label[0].numpy()))
        seed += 1


def _drawings(generator: Generator) -> Iterator[Sample]:
    """Yield drawings of the artist with the network's traits, if there is one."""
    artist = artist_of(generator.traits)
    rng = np.random.default_rng(1)
    while artist is not None:
        attributes = artist.draws.sample(rng)
        file = io.BytesIO()
        Image.fromarray(artist.draws.draw(attributes, 256)).save(file, "PNG")
        yield Sample(file.getvalue(), _names(generator, artist.draws.label(attributes)))


def _names(generator: Generator, label: "np.ndarray[tuple[int], np.dtype[np.float32]]") -> dict[str, str]:
    names, at, seen = {}, 0, seen_traits(generator.traits, label[None])[0]
    for (trait, values), is_seen in zip(generator.traits.items(), seen, strict=True):
        if is_seen:
            names[trait] = values[int(label[at : at + len(values)].argmax())]
        at += len(values)
    return names


class Measured(NamedTuple):
    """What one search found."""

    read: Sequence[bool]  # for each trait whether it was read right
    shown: Sequence[bool]  # for each trait whether the found face shows it, as read from that
    psnr: float
    first_psnr: float  # of the first look
    first_s: float
    seconds: float
    first_processor_s: float  # of processor time, which a busy machine does not change
    processor_s: float


def _measure(generator: Generator, readers: Readers, sample: Sample, steps: int) -> Measured:
    began, began_processor = time.perf_counter(), time.process_time()
    search = Search(generator, decode(sample.file), readers, steps)
    search.step()
    first, first_s = _psnr(generator, search), time.perf_counter() - began
    first_processor_s = time.process_time() - began_processor
    while search.done < search.total:
        search.step()
    seconds, processor_s = time.perf_counter() - began, time.process_time() - began_processor
    read = [search.traits.get(trait) == value for trait, value in sample.traits.items()]
    shown, nearness = _shown(generator, readers, search, sample.traits), _psnr(generator, search)
    return Measured(read, shown, nearness, first, first_s, seconds, first_processor_s, processor_s)


def _draw(generator: Generator, search: Search) -> torch.Tensor:
    """Return the face of a search as its line draws it."""
    from generator.contract import vector

    raw = encode_vector(search.best)
    recipe = Recipe.make("waifu", f"@{vector.digest_of(raw)}", model=generator.name)
    stored = decode_vectors(recipe, {vector.digest_of(raw): raw}, generator)
    plan = plans.make_plan(recipe, generator, vectors=stored)
    return to_pictures(render.synthesise(generator, [plan], [[0]]))


def _psnr(generator: Generator, search: Search) -> float:
    return psnr(_draw(generator, search), search.target.cpu())


def _shown(generator: Generator, readers: Readers, search: Search, traits: Mapping[str, str]) -> list[bool]:
    reader = readers.encoder or readers.portraits
    if reader is None:
        return []
    values = encoder.read(reader, _draw(generator, search)).values.tolist()
    seen = {name: names[value] for value, (name, names) in zip(values, generator.traits.items(), strict=True)}
    return [seen[name] == wanted for name, wanted in traits.items()]


def _rows(measured: Sequence[Measured]) -> list[Row]:
    def share(hits: Sequence[Sequence[bool]]) -> float:
        flat = [hit for several in hits for hit in several]
        return 100 * sum(flat) / len(flat) if flat else float("nan")

    def median(values: Sequence[float]) -> float:
        return statistics.median(values)

    return [
        {"what": "traits read right, %", "measured": share([one.read for one in measured])},
        {"what": "traits that the face shows, %", "measured": share([one.shown for one in measured])},
        {"what": "PSNR, dB, median", "measured": median([one.psnr for one in measured])},
        {"what": "PSNR, dB, worst tenth", "measured": sorted(one.psnr for one in measured)[len(measured) // 10]},
        {"what": "PSNR of the first look, dB, median", "measured": median([one.first_psnr for one in measured])},
        {"what": "first look, s, median", "measured": median([one.first_s for one in measured])},
        {"what": "result, s, median", "measured": median([one.seconds for one in measured])},
        {
            "what": "first look, s of processor time, median",
            "measured": median([one.first_processor_s for one in measured]),
        },
        {"what": "result, s of processor time, median", "measured": median([one.processor_s for one in measured])},
    ]


if __name__ == "__main__":
    main()
