"""Which networks a process offers and which of them are in memory; the least recently used makes room.

Knows checkpoint files and their names. Not thread-safe: ``load`` may run anywhere, everything else belongs to one thread.
"""

import json
import logging
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import asdict, dataclass, replace
from pathlib import Path

from generator import checkpoints
from generator.contract import errors, protocol
from generator.execution import backends
from generator.stylegan2.network import Generator

SUFFIXES = (".pkl", ".pt", ".pth", ".safetensors")
MAX_NUMBERED = 100  # of classes without names, more are not listed one by one
MAX_OFFER_BYTES = 48 * 2**10  # all models as JSON; they travel in one header of the protocol, which holds 64 KiB

_log = logging.getLogger(__name__)


@dataclass(frozen=True)
class Entry:
    """A checkpoint on offer, by the name that people ask for."""

    path: Path
    model: protocol.Model


class Shelf:
    """At most ``room`` networks in memory. entries: by name, the default first."""

    def __init__(self, entries: Iterable[Entry], load: Callable[[Entry], Generator], room: int = 3) -> None:
        self.entries: Mapping[str, Entry] = {entry.model.name: entry for entry in entries}
        self._load, self._room = load, max(1, room)
        self._loaded: dict[str, Generator] = {}  # the least recently used first

    @property
    def default(self) -> str:
        """Name of the model that draws when none is asked for."""
        return next(iter(self.entries))

    def entry(self, name: str) -> Entry:
        """Return the entry of that name. Raises UnknownModel."""
        if name not in self.entries:
            raise errors.UnknownModel(model=name, known=", ".join(self.entries))
        return self.entries[name]

    def load(self, name: str) -> Generator:
        """Read a network from its file, without keeping it. Raises CheckpointError."""
        return self._load(self.entries[name])

    def put(self, name: str, generator: Generator) -> None:
        """Keep a network that was loaded; those used longest ago leave."""
        self._loaded[name] = generator
        while len(self._loaded) > self._room:
            gone = next(iter(self._loaded))
            del self._loaded[gone]
            _log.info("model %s leaves the memory", gone)

    def __contains__(self, name: str) -> bool:
        return name in self._loaded

    def __getitem__(self, name: str) -> Generator:
        """Return a network in memory and count it as used. Raises KeyError."""
        self._loaded[name] = self._loaded.pop(name)
        return self._loaded[name]


def loader(device: str, precision: str) -> Callable[[Entry], Generator]:
    """Return the function that loads an entry; the network then bears the entry's name, which stamps and sentences use."""

    def load(entry: Entry) -> Generator:
        generator = checkpoints.load(entry.path, precision=precision, device=device)
        generator.name = entry.model.name
        return backends.settle(generator)

    return load


def entry_of(path: Path) -> Entry:
    """Return the entry of a checkpoint file, named after the file. Raises CheckpointError."""
    described = checkpoints.inspect(path)
    name, traits = checkpoints.slug(path.stem), _listed(described.traits)
    layers = described.hyperparameters.num_ws
    model = protocol.Model(
        name, described.resolution, described.digest, traits, layers, described.noise, described.directions
    )
    return Entry(path, model)


def _listed(traits: Mapping[str, tuple[str, ...]]) -> Mapping[str, tuple[str, ...]]:
    """The same traits, but no value of those whose many values are only numbers, 0 to n - 1: any may be asked for."""
    numbered = (name for name, values in traits.items() if values == tuple(map(str, range(len(values)))))
    return {**traits, **{name: () for name in numbered if len(traits[name]) > MAX_NUMBERED}}


def find_entries(
    files: Iterable[Path], folder: Path | None = None, about_to_read: Callable[[], object] = lambda: None
) -> list[Entry]:
    """Return the named files, every readable checkpoint of ``folder`` and the embedded one; the first is the default.

    The embedded one is always there, first where no file is named: under old pictures stands its name. A file that was named and
    cannot be used raises a CheckpointError; a broken one in the folder is skipped with a line in the log, and so is every one whose
    traits do not fit beside those of the others into what can be told about all of them.
    about_to_read is called before each file: a folder of large ones takes minutes.
    """

    def announced(paths: Iterable[Path]) -> Iterator[Path]:
        for path in paths:
            about_to_read()
            yield path

    entries = [entry_of(path) for path in announced(list(files) or [checkpoints.EMBEDDED])]
    taken = {entry.path.resolve() for entry in entries}
    untaken = (path for path in [*_inside(folder), checkpoints.EMBEDDED] if path.resolve() not in taken)
    others = (entry for path in announced(untaken) if (entry := _try(path)))
    return list(_told(_named_apart([*entries, *others])))


def find_entry(name_or_path: str | None, folder: Path | None = None) -> Entry:
    """Return one model: a file if there is one of that path, else by its name among the folder's and the embedded default.

    None: the embedded default. Raises CheckpointError, UnknownModel.
    """
    if name_or_path is None or Path(name_or_path).is_file() or checkpoints.slug(name_or_path) != name_or_path:
        return entry_of(checkpoints.EMBEDDED if name_or_path is None else Path(name_or_path))
    named = {checkpoints.slug(path.stem): path for path in [checkpoints.EMBEDDED, *_inside(folder)] if path.is_file()}
    if name_or_path not in named:
        raise errors.UnknownModel(model=name_or_path, known=", ".join(named) or "none is installed")
    return entry_of(named[name_or_path])


def _inside(folder: Path | None) -> list[Path]:
    if folder is None:
        return []
    if not folder.is_dir():
        raise errors.FileMissing(file=str(folder))
    return sorted(path for path in folder.iterdir() if path.suffix.lower() in SUFFIXES and path.is_file())


def _try(path: Path) -> Entry | None:
    try:
        return entry_of(path)
    except errors.CheckpointError as error:
        _log.warning("skipped: %s", error)
        return None


def _named_apart(entries: list[Entry]) -> list[Entry]:
    """The same entries, later ones of a name already taken called name-2, name-3, ..."""
    named: dict[str, Entry] = {}
    for entry in entries:
        name, n = entry.model.name, 1
        while name in named:
            n += 1
            name = f"{entry.model.name[: 23 - len(str(n))]}-{n}"
        named[name] = Entry(entry.path, replace(entry.model, name=name))
    return list(named.values())


def _told(entries: Iterable[Entry]) -> Iterator[Entry]:
    """Yield the entries that fit into the budget, the first come first. Raises CheckpointTooLarge if the default does not."""
    room, first = MAX_OFFER_BYTES, True
    for entry in entries:
        size = len(json.dumps(asdict(entry.model)))
        if size <= room:
            room -= size
            yield entry
        elif first:
            raise errors.CheckpointTooLarge(file=entry.path.name, found=f"the names of its traits take {size} bytes")
        else:
            _log.warning(
                "skipped: the names of the traits of %s do not fit beside those of the other models", entry.model.name
            )
        first = False
