"""Reads the labels of pictures: a CSV file, the dataset.json of NVIDIA's dataset tool, or the names of folders.

Knows nothing about pictures. Names of traits and values are those that a model's file may hold.
"""

import csv
import io
import json
import re
import unicodedata
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
from anyascii import anyascii
from numpy.typing import NDArray

from generator.contract.errors import BadLabels, FileMissing
from generator.contract.names import slug
from generator.stylegan.generator import Traits
from generator.train.data.sources import Entry, LeftOut, Source, same_name

FOLDERS, NONE = "folders", "none"  # what --labels may be beside a file
OF_TOOL = "dataset.json"  # the file in which NVIDIA's dataset tool keeps labels
CLASS = "class"  # the trait of labels that have no name: those of NVIDIA's tool, and of folders
MISSING = "named in the labels, but missing"  # what is said of a label that no file has
MAX_CHARS = 32  # of the name of a trait or value
MAX_VALUES = 10_000  # numbers in a label
MAX_BYTES = 256 * 2**20  # of a file of labels

Row = Mapping[str, str]  # trait -> value


@dataclass(frozen=True)
class Labels:
    """The labels of a training set."""

    rows: Mapping[str, Row]  # name of a file, as same_name spells it -> its label
    origin: str  # what messages call it
    traits: Traits | None = None  # None: those that the pictures have which are taken


def choose_labels(option: str | None, source: Source, path: Path) -> Labels | None:
    """Return the labels that ``option`` names for the training set ``source`` at ``path``, or None for none.

    ``option`` is a file, "folders", "none", or None for the training set's own dataset.json, if there is one. Raises
    FileMissing if there is no such file, and BadLabels if it cannot be used.
    """
    if option == NONE:
        return None
    if option == FOLDERS:
        return _read_folders(source, str(path))
    if option is not None:
        return _read_file(Path(option))
    entry = source.find(OF_TOOL)
    if entry is None:
        return None
    with entry.open() as stream:
        body = stream.read(MAX_BYTES)
    return read_tool_labels(body, f"{path}/{entry.name}", optional=True)


def names_of_labels(option: str | None, source: Source, path: Path) -> set[str]:
    """Return the names of the files in a training set that hold labels, and are therefore no pictures left out."""
    names = {source.root() + OF_TOOL}
    if option not in (None, NONE, FOLDERS) and (file := Path(option).resolve()).is_relative_to(path.resolve()):
        names.add(file.relative_to(path.resolve()).as_posix())
    return names


def match_labels(labels: Labels, source: Source) -> tuple[list[tuple[Entry, Row]], list[LeftOut]]:
    """Return the files that have a label, with it, and those without. Raises BadLabels if no file has one."""
    root, found, left_out = source.root(), list[tuple[Entry, Row]](), list[LeftOut]()
    rows = labels.rows
    used = set[str]()
    for entry in source.entries:
        name = same_name(entry.name)
        key = name if name in rows else name.removeprefix(root)
        if row := rows.get(key):
            found.append((entry, row))
            used.add(key)
        else:
            left_out.append(LeftOut(entry.name, "no label"))
    if not found:
        first = next(iter(labels.rows), "")
        raise BadLabels(
            file=labels.origin, found=f"none of its {len(rows)} names, {first} first, is a file of the data"
        )
    left_out += [LeftOut(name, MISSING) for name in rows if name not in used]
    return found, left_out


def encode_label(row: Row, traits: Traits) -> NDArray[np.float32]:
    """Return the label [c_dim] of a picture. ``row`` maps each trait to the picture's value.

    The label holds the one-hot vectors of all traits in the order of ``traits``.
    """
    return np.array([float(row[trait] == value) for trait, values in traits.items() for value in values], np.float32)


def _read_file(path: Path) -> Labels:
    if not path.exists():
        raise FileMissing(file=str(path))
    if not path.is_file() or path.stat().st_size > MAX_BYTES:
        found = f"it is over {MAX_BYTES >> 20} MB" if path.is_file() else "it is no file"
        raise BadLabels(file=str(path), found=found)
    try:
        body = path.read_bytes()
    except OSError as error:
        raise BadLabels(file=str(path), found=f"it cannot be read ({error.strerror})") from None
    beginning = body[:4096].decode(json.detect_encoding(body), "replace")
    if beginning.lstrip("\ufeff \t\r\n").startswith("{"):
        labels = read_tool_labels(body, str(path))
        assert labels is not None
        return labels
    rows = read_labels(body, path)
    return Labels(rows, str(path))


# --- NVIDIA's dataset tool ------------------------------------------------------------------------


def read_tool_labels(body: bytes, origin: str, optional: bool = False) -> Labels | None:
    """Read a dataset.json: {"labels": [[file, class], ...]}, where a class is a number from 0 or its one-hot vector.

    Returns None only if ``optional`` is true and it has no labels. Raises BadLabels if they cannot be used.
    """
    try:
        stored = json.loads(body)
    except (ValueError, RecursionError) as error:
        raise BadLabels(file=origin, found=f"it cannot be read as JSON ({error})") from None
    labels = stored.get("labels") if isinstance(stored, dict) else None
    if labels is None:
        if optional:
            return None
        raise BadLabels(file=origin, found='it has no "labels", as NVIDIA\'s dataset tool writes them')
    classes = dict[str, int]()
    for given, label in _pairs(labels, origin):
        if label is None:
            continue
        if (name := same_name(given)) in classes:
            raise BadLabels(file=origin, found=f"{name} appears twice")
        classes[name] = _read_class(label, name, origin)
    if not classes:
        if optional:
            return None
        raise BadLabels(file=origin, found="no file has a label in it")
    highest = max(classes.values())
    if highest >= MAX_VALUES:
        raise BadLabels(file=origin, found=f"it has the class {highest}, and there may be {MAX_VALUES}")
    # The label has a place for each class up to the highest, as NVIDIA's own training has, and their networks.
    traits = {CLASS: tuple(map(str, range(highest + 1)))}
    return Labels({name: {CLASS: str(number)} for name, number in classes.items()}, origin, traits)


def _pairs(labels: object, origin: str) -> Iterable[tuple[str, Any]]:
    if not isinstance(labels, list | dict):
        raise BadLabels(file=origin, found='its "labels" are neither a list nor a table')
    for pair in labels.items() if isinstance(labels, dict) else labels:
        if not isinstance(pair, list | tuple) or len(pair) != 2 or not isinstance(pair[0], str):
            raise BadLabels(file=origin, found='one of its "labels" is no pair of a file and a class')
        yield pair[0], pair[1]


def _read_class(label: Any, name: str, origin: str) -> int:
    numbers = label if isinstance(label, list) else [label]
    if all(isinstance(number, int | float) and not isinstance(number, bool) for number in numbers) and numbers:
        if isinstance(label, list) and sorted(numbers) == [0] * (len(numbers) - 1) + [1]:
            return numbers.index(1)
        if label == numbers[0] and float(numbers[0]).is_integer() and numbers[0] >= 0:
            return int(numbers[0])
    found = f"the label of {name} is no class, that is a whole number from 0"
    raise BadLabels(file=origin, found=found)


# --- folders --------------------------------------------------------------------------------------


def _read_folders(source: Source, origin: str) -> Labels:
    """Return as the class of each file the folder in the training set that it lies in, however deep."""
    root, slugs = source.root(), Slugs(origin)
    if not any("/" in entry.name.removeprefix(root) for entry in source.entries):
        root = ""  # there is one class
    rows = dict[str, Row]()
    for entry in source.entries:
        folder, inside, _ = entry.name.removeprefix(root).partition("/")
        if inside:
            rows[same_name(entry.name)] = {CLASS: slugs.claim(CLASS, folder)}
    if not rows:
        raise BadLabels(file=origin, found="it has no folders; make one for each class, and put the pictures into them")
    return Labels(rows, origin)


# --- CSV files ------------------------------------------------------------------------------------


def read_labels(body: bytes, path: Path) -> dict[str, dict[str, str]]:
    """Read the CSV file ``path``, whose contents are ``body``, and return file name -> trait -> value.

    The first column holds each file's path within the folder, and every other column is a trait, named in the first
    line. Traits and values are converted by :func:`trait_slug`.

    Raises BadLabels if it is not a CSV file, names no trait, names a trait or a picture twice, has a line with the
    wrong number of fields, or has a name that :class:`Slugs` refuses.
    """
    try:
        text = body.decode("utf-8-sig")
        table = csv.reader(io.StringIO(text, newline=""), delimiter=_delimiter(text))
        # Spreadsheets end a table with lines of nothing but commas.
        header, *lines = [(table.line_num, line) for line in table if any(map(str.strip, line))] or [(1, [])]
    except (ValueError, csv.Error) as error:
        raise BadLabels(file=str(path), found=f"it cannot be read as a CSV file ({error})") from None
    if len(header[1]) < 2:
        raise BadLabels(file=str(path), found="its first line names no trait")
    slugs = Slugs(str(path))
    traits = [slugs.claim("trait", name) for name in header[1][1:]]
    if len(set(traits)) < len(traits):
        raise BadLabels(file=str(path), found="a trait is named twice in its first line")
    rows: dict[str, dict[str, str]] = {}
    for number, line in lines:
        if (name := same_name(line[0])) in rows:
            raise BadLabels(file=str(path), found=f"{line[0]} appears twice")
        rows[name] = _read_values(path, number, line, traits, slugs)
    return rows


def _delimiter(text: str) -> str:
    """Return what stands between the fields of a table: a comma, unless its first line has only another mark."""
    first = text.lstrip("\r\n ").partition("\n")[0]
    return next((mark for mark in ",;\t" if mark in first), ",")


def _read_values(path: Path, number: int, line: list[str], traits: list[str], slugs: "Slugs") -> dict[str, str]:
    if len(line) != len(traits) + 1:
        raise BadLabels(file=str(path), found=f"line {number} has {len(line)} fields, not {len(traits) + 1}")
    if empty := next((trait for trait, text in zip(traits, line[1:], strict=True) if not text.strip()), None):
        raise BadLabels(file=str(path), found=f"line {number} has no value of {empty}")
    return {trait: slugs.claim(f"value of {trait}", text) for trait, text in zip(traits, line[1:], strict=True)}


class Slugs:
    """Assigns slugs. Refuses two spellings with the same slug, so that 'Red' and 'red!' are not merged silently."""

    def __init__(self, origin: str) -> None:
        self._origin = origin
        self._assigned: dict[tuple[str, str], str] = {}

    def claim(self, kind: str, text: str) -> str:
        """Return the slug of ``text``. ``kind`` says what it names, such as "trait".

        Raises BadLabels if the slug is empty, or if another spelling of the same kind already has this slug.
        """
        text = text.strip()
        name = trait_slug(text)
        if not name:
            raise BadLabels(file=self._origin, found=f"a {kind} is '{text}', which has no letter or digit")
        first = self._assigned.setdefault((kind, name), text)
        if first != text:
            raise BadLabels(file=self._origin, found=f"the {kind} '{first}' and '{text}' would both be called {name}")
        return name


def trait_slug(text: str) -> str:
    """Convert ``text`` to the name of a trait or value, for example "Café Noir" to "cafe-noir" and "初音" to "chuyin".

    Letters of other scripts are spelt in Latin ones; "-" and "_" are kept. The result has at most 32 characters, and
    none if ``text`` has no letter or digit. A number below 0 keeps its sign: "-1" becomes "minus-1".
    """
    spelt = re.sub(r"^-(?=\.?\d)", "minus-", anyascii(unicodedata.normalize("NFC", text)))
    return slug(spelt, keep="_-")[:MAX_CHARS].strip("-")


def collect_traits(rows: Iterable[Row]) -> Traits:
    """Return the values of each trait in the rows, in the order of numbers and letters."""
    seen: dict[str, set[str]] = {}
    for row in rows:
        for trait, value in row.items():
            seen.setdefault(trait, set()).add(value)
    return {trait: tuple(sorted(values, key=_in_order)) for trait, values in seen.items()}


def find_seen(labels: NDArray[np.float32], traits: Traits) -> tuple[NDArray[np.bool_], Traits]:
    """Return which columns of labels [n, c_dim] any picture has, and the traits with these values only."""
    seen: NDArray[np.bool_] = np.asarray(labels.any(axis=0))
    columns = iter(seen.tolist())
    kept = {trait: tuple(value for value in values if next(columns)) for trait, values in traits.items()}
    return seen, {trait: values for trait, values in kept.items() if values}


def _in_order(value: str) -> tuple[int, str]:
    return (int(value), value) if value.isdigit() else (10**MAX_CHARS, value)  # 2 before 10, and numbers first
