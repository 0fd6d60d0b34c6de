"""Opens the pictures that a run learns from, as its stored settings say: drawings, or a person's own pictures.

Shows how far it is and what was found. Knows nothing about networks.
"""

import zipfile
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray
from tqdm import tqdm

from generator import files
from generator.contract.errors import GeneratorError, NoRun
from generator.stylegan.generator import Traits
from generator.train.data.dataset import Survey, check_data, free_room, open_data, read_examples
from generator.train.data.decoding import CROPS, Shape
from generator.train.data.drawing import HARD_SHARE, artists, draw_portraits, make_drawn_store
from generator.train.data.labels import FOLDERS, NONE, find_seen
from generator.train.data.report import describe_data, describe_left_out, list_left_out
from generator.train.data.store import Store, open_store, remove_store, write_store
from generator.train.settings import Settings

PICTURES, LEFT_OUT = "pictures", "left-out.txt"  # in a run's folder: the array files, and which files are not in them
TRIED = 64  # pictures that a dry run keeps, to measure how fast it would be


def resolve_labels(option: str | None) -> str | None:
    """Return the option --labels as a run stores it: a file by its whole path."""
    return option if option in (None, NONE, FOLDERS) else str(Path(option).resolve())


def name_of_data(data: str) -> str:
    """Return the name of the folder or archive ``data``, for that of a run."""
    path = Path(data).resolve()
    return path.stem if path.suffix.lower() == ".zip" else path.name


def check_pictures(stored: Mapping[str, Any], folder: Path) -> None:
    """Check the pictures of a new run before its folder is made. Raises what ``check_data`` raises."""
    if stored["data"] not in artists():
        survey = Survey(Path(stored["data"]))
        with _reporting(survey):
            check_data(survey, stored["labels"], _shape(stored), folder)


def open_pictures(folder: Path, stored: Mapping[str, Any], drawings: int) -> Store:
    """Open the pictures of the run in ``folder``, and make them first if they are not there or not complete.

    ``drawings`` is how many an artist draws if the settings do not say. Raises NoRun if the folder
    holds them damaged, what ``check_data`` raises, and TooFewPictures.
    """
    block = folder / PICTURES
    try:
        store = open_store(block)
    except (OSError, ValueError, KeyError, EOFError, AttributeError, TypeError, zipfile.BadZipFile) as error:
        found = f"its pictures are damaged ({error}); delete {block}, and --resume reads or draws them again"
        raise NoRun(folder=str(folder), found=found) from None
    if store:
        return store
    if stored["data"] in artists():
        settings, count = Settings(**stored["settings"]), stored.get("drawings", drawings)
        with tqdm(total=count, desc="pictures", unit=" pictures", disable=None) as bar:
            side, seed = settings.resolution, settings.seed
            return make_drawn_store(block, stored["data"], count, side, seed, bar.update, HARD_SHARE)
    return _store_pictures(folder, stored)


def try_pictures(stored: Mapping[str, Any], folder: Path, drawings: int) -> Store:
    """Read the pictures of a run and say what there is, but keep only some, in memory; ``folder`` is where it would be.

    Raises what ``check_data`` raises, and TooFewPictures.
    """
    if stored["data"] in artists():
        return _try_drawings(stored, drawings)
    shape, survey = _shape(stored), Survey(Path(stored["data"]))
    pictures, labels = list[Any](), list[Any]()
    with (
        _reporting(survey),
        open_data(survey.path, stored["labels"]) as data,
        tqdm(total=len(data.files), desc="reading", unit=" files", disable=None) as bar,
    ):
        for picture, label, _ in read_examples(data, shape, survey, bar.update):
            labels.append(label)
            pictures += [picture] if len(pictures) < TRIED else []
    rows, traits = np.stack(labels), data.traits
    if not data.fixed:
        seen, traits = find_seen(rows, traits)
        rows = rows[:, seen]
    _say(survey, shape, rows, traits, folder)
    kept = rows[: len(pictures)]
    return Store(np.stack(pictures), kept, np.zeros((len(pictures), 0), np.float32), traits)


def _shape(stored: Mapping[str, Any]) -> Shape:
    settings = Settings(**stored["settings"])
    return Shape(*settings.size, settings.colours, stored.get("crop", CROPS[0]))


def _store_pictures(folder: Path, stored: Mapping[str, Any]) -> Store:
    shape, survey, block = _shape(stored), Survey(Path(stored["data"])), folder / PICTURES
    with (
        _reporting(survey),
        _removing(block),
        open_data(survey.path, stored["labels"]) as data,
        tqdm(total=len(data.files), desc="pictures", unit=" files", disable=None) as bar,
    ):
        examples = read_examples(data, shape, survey, bar.update)
        store = write_store(block, examples, len(data.files), data.traits, data.fixed)
    if survey.left_out:
        files.write(folder / LEFT_OUT, list_left_out(survey.left_out))
    _say(survey, shape, np.asarray(store.labels), store.traits, folder)
    return store


@contextmanager
def _removing(block: Path) -> Iterator[None]:
    """Remove the array files if they cannot be completed."""
    try:
        yield
    except GeneratorError:
        remove_store(block)
        raise


@contextmanager
def _reporting(survey: Survey) -> Iterator[None]:
    """Say what was left out, and why, if too few pictures remain."""
    try:
        yield
    except GeneratorError:
        for line in describe_left_out(survey.left_out):
            tqdm.write(line)
        raise


def _say(survey: Survey, shape: Shape, labels: NDArray[np.float32], traits: Traits, folder: Path) -> None:
    for line in describe_data(survey, labels, traits, smaller_than=min(shape.height, shape.width)):
        tqdm.write(line)
    if (folder / LEFT_OUT).exists():
        tqdm.write(f"           all of them: {folder / LEFT_OUT}")
    taken = len(labels) * shape.height * shape.width * shape.colours + labels.nbytes
    tqdm.write(f"disk       {taken / 1e6:,.1f} MB for the pictures; {free_room(folder) / 1e6:,.0f} MB are free")


def _try_drawings(stored: Mapping[str, Any], drawings: int) -> Store:
    settings, name, count = Settings(**stored["settings"]), stored["data"], stored.get("drawings", drawings)
    examples = draw_portraits(name, range(min(TRIED, count)), settings.resolution, settings.seed, HARD_SHARE)
    pictures, labels, knobs = (np.stack(column) for column in zip(*examples, strict=True))
    tqdm.write(f"pictures   {count:,}, which the artist {name} draws")
    return Store(pictures, labels, knobs, artists()[name].draws.TRAITS)
