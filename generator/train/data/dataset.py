"""Makes a training set of somebody's pictures: lists, matches with labels, decodes, and stores them.

Knows nothing about training. Each file is taken, or left out for a reason that is named; a damaged one stops nothing.
"""

import shutil
import warnings
from collections import deque
from collections.abc import Iterator, Sequence
from concurrent.futures import Future, ThreadPoolExecutor
from contextlib import AbstractContextManager, contextmanager, nullcontext
from dataclasses import dataclass, field, replace
from os import cpu_count
from pathlib import Path
from threading import RLock

import numpy as np

from generator.contract.errors import BadLabels, CannotWrite, TooFewPictures
from generator.stylegan.generator import Traits
from generator.train.data.decoding import LARGE, Decoded, Shape, Unusable, decode, learn_formats
from generator.train.data.labels import (
    MAX_VALUES,
    Labels,
    Row,
    choose_labels,
    collect_traits,
    encode_label,
    match_labels,
    names_of_labels,
)
from generator.train.data.sources import Entry, LeftOut, Source, open_source
from generator.train.data.store import Advance, Example, Store, write_store

MIN_PICTURES = 16  # smallest number of pictures in a training set; equals the default batch size
MAX_LABEL_BYTES = 2**30  # of all labels together, which are held in memory
AHEAD = 4  # files that wait for each thread, decoded or not

Labelled = tuple[Entry, Row]


@dataclass(frozen=True)
class DataSet:
    """A training set as it lies there: files that are not opened yet."""

    path: Path
    files: Sequence[Labelled]
    traits: Traits
    left_out: Sequence[LeftOut]
    fixed: bool = False  # whether the traits keep values that no picture has

    def bytes_on_disk(self, shape: Shape) -> int:
        """Return how much room the array files take if every file holds a picture."""
        return len(self.files) * (shape.height * shape.width * shape.colours + 4 * self.c_dim)

    @property
    def c_dim(self) -> int:
        """The length of a label."""
        return sum(map(len, self.traits.values()))


@dataclass
class Survey:
    """What was found in a training set while it was read."""

    path: Path
    sizes: list[tuple[int, int]] = field(default_factory=list)  # width and height of each picture that is taken
    left_out: list[LeftOut] = field(default_factory=list)


@contextmanager
def open_data(path: Path, labels: str | None = None) -> Iterator[DataSet]:
    """List the folder or zip archive ``path``, and match its files with ``labels``: see ``choose_labels``.

    The files can be read inside the ``with`` statement. Raises FileMissing, BadData, or BadLabels.
    """
    with open_source(path) as source:
        chosen = choose_labels(labels, source, path)
        of_labels = names_of_labels(labels, source, path)
        pictures = [entry for entry in source.entries if entry.name not in of_labels]
        yield _match(path, replace(source, entries=pictures), chosen)


def check_data(survey: Survey, labels: str | None, shape: Shape, target: Path) -> int:
    """Check as much of a training set as can be told without opening every file. Return how many files there are.

    If there are so few files that there cannot be enough pictures, they are opened, and ``survey`` tells about them.

    Raises FileMissing, BadData, BadLabels, TooFewPictures, or CannotWrite if there is no room at ``target``.
    """
    with open_data(survey.path, labels) as data:
        if len(data.files) < MIN_PICTURES:
            deque(read_examples(data, shape, survey), maxlen=0)  # raises TooFewPictures
        need, free = data.bytes_on_disk(shape), free_room(target)
        if need > free:
            reason = f"the pictures take up to {need / 1e6:,.0f} MB, and {free / 1e6:,.0f} MB are free"
            raise CannotWrite(file=str(target), reason=reason)
        return len(data.files)


def free_room(path: Path) -> int:
    """Return the bytes that are free on the disk where ``path`` is or will be."""
    there = next(folder for folder in (path.absolute(), *path.absolute().parents) if folder.exists())
    return shutil.disk_usage(there).free


def make_store(
    survey: Survey, folder: Path, shape: Shape, labels: str | None = None, advance: Advance = lambda _: None
) -> Store:
    """Write the pictures of ``survey.path``, a folder or zip archive, in that shape to array files in ``folder``.

    Returns them as an open Store, and notes in ``survey`` what was found. ``advance`` is called for each file, taken or
    not. Raises what ``open_data`` raises, CannotWrite if the disk is full, and TooFewPictures if fewer than
    MIN_PICTURES can be used; the survey then tells why.
    """
    with open_data(survey.path, labels) as data:
        examples = read_examples(data, shape, survey, advance)
        return write_store(folder, examples, len(data.files), data.traits, data.fixed)


def read_examples(data: DataSet, shape: Shape, survey: Survey, advance: Advance = lambda _: None) -> Iterator[Example]:
    """Yield the pictures of a training set in that shape, with their labels, and note in ``survey`` what was found.

    Raises TooFewPictures at the end if there were fewer than MIN_PICTURES.
    """
    survey.left_out += data.left_out
    nothing = np.zeros(0, np.float32)
    for (_, row), decoded in _decode_all(data.files, shape):
        advance(1)
        if isinstance(decoded, LeftOut):
            survey.left_out.append(decoded)
        else:
            survey.sizes.append(decoded.size)
            yield decoded.pixels, encode_label(row, data.traits), nothing
    if len(survey.sizes) < MIN_PICTURES:
        raise TooFewPictures(folder=str(data.path), found=len(survey.sizes), fewest=MIN_PICTURES)


def _match(path: Path, source: Source, labels: Labels | None) -> DataSet:
    if labels is None:
        return DataSet(path, [(entry, {}) for entry in source.entries], {}, source.left_out)
    files, without = match_labels(labels, source)
    traits = labels.traits or collect_traits(row for _, row in files)
    data = DataSet(path, files, traits, [*source.left_out, *without], fixed=labels.traits is not None)
    if data.c_dim > MAX_VALUES:
        raise BadLabels(file=labels.origin, found=f"it has {data.c_dim} values, and there may be {MAX_VALUES}")
    if 4 * len(files) * data.c_dim > MAX_LABEL_BYTES:
        found = f"{len(files)} labels of {data.c_dim} values take more than {MAX_LABEL_BYTES >> 20} MB of memory"
        raise BadLabels(file=labels.origin, found=found)
    return data


def _decode_all(files: Sequence[Labelled], shape: Shape) -> Iterator[tuple[Labelled, Decoded | LeftOut]]:
    """Decode on all processors, in order. Pillow lets other threads run while it decodes."""
    threads = cpu_count() or 1
    waiting = deque[tuple[Labelled, Future[Decoded | LeftOut]]]()
    pool, turn = ThreadPoolExecutor(threads), RLock()
    try:
        with warnings.catch_warnings():
            warnings.filterwarnings("ignore", module="PIL")  # of what is odd in a file that can be read all the same
            learn_formats()
            for labelled in files:
                waiting.append((labelled, pool.submit(_decode_one, labelled[0], shape, turn)))
                if len(waiting) > AHEAD * threads:
                    done, future = waiting.popleft()
                    yield done, future.result()
            for done, future in waiting:
                yield done, future.result()
    finally:
        pool.shutdown(cancel_futures=True)


def _decode_one(entry: Entry, shape: Shape, turn: AbstractContextManager[object]) -> Decoded | LeftOut:
    try:
        with turn if entry.memory > LARGE else nullcontext(), entry.open() as stream:
            return decode(stream, entry.name, shape, turn)
    except Unusable as refused:
        return LeftOut(entry.name, refused.kind, refused.detail)
    except Exception as error:  # a file without permission, or whatever a damaged archive makes its reader raise
        return LeftOut(entry.name, "cannot be read", f"{error}")
