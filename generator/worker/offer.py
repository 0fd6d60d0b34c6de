"""Finds the models that can be drawn: reads what is in their files, and asks generator/naming for their names.

Loads none of them, and knows nothing about runs.
"""

import contextlib
import json
import logging
from collections.abc import Callable, Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import asdict, dataclass, field, replace
from pathlib import Path

from generator import checkpoints, files
from generator.contract import errors, protocol
from generator.contract.names import NETWORK_SUFFIXES, is_model_name
from generator.naming.binding import Names, Network, bind, look_up
from generator.naming.digests import Digests
from generator.worker.models import ModelFile

MAX_NUMBERED = 100  # a trait with more values than this is listed without its values if they are just numbers
MAX_MISSING_BYTES = 8 * 2**10  # limit for the JSON of all models that are missing
# The same for that of all models: with the missing ones, and 8 KiB for the rest, it must fit into one protocol header.
MAX_READY_BYTES = protocol.MAX_HEADER_BYTES - MAX_MISSING_BYTES - 8 * 2**10
MAX_TITLE_CHARS = 60
FIRST_SHIPPED = checkpoints.MODELS / "drawn-4.safetensors"  # the only one before names were bound to networks

_log = logging.getLogger(__name__)


@dataclass(frozen=True)
class Sources:
    """Where models are looked for, in this order, before those that ship with the program."""

    files: Sequence[Path] = ()  # the first is the default
    named: Mapping[str, Path] = field(default_factory=dict)  # the files to which the owner gave a name
    folder: Path | None = None
    state: Path | None = None  # a folder for the names and digests, beside those of the files
    bound: Mapping[str, str] = field(default_factory=dict)  # name -> digest, as the bot's database has them

    @property
    def books(self) -> list[Path]:
        """The folders that hold the names of models, the most important first."""
        beside = [path.parent for path in [*self.files, *self.named.values()]]
        folders = [self.state, *beside, self.folder]
        shipped = checkpoints.MODELS.resolve()
        return list(dict.fromkeys(path for one in folders if one and (path := one.resolve()) != shipped))


@dataclass(frozen=True)
class Offer:
    """The models that can be drawn, the default first, and those that lines may name although they cannot."""

    files: Sequence[ModelFile]
    missing: Sequence[protocol.MissingModel] = ()


# What a folder of checkpoints looks like from outside: name, size, and times of change of each file.
Listing = frozenset[tuple[str, int, int, int]]


def list_checkpoints(folder: Path) -> Listing:
    """Return what the folder of models looks like from outside, without reading a file."""
    rows = set()
    with contextlib.suppress(OSError):  # of a folder that is gone, nothing
        for path in folder.iterdir():
            if path.suffix.lower() in NETWORK_SUFFIXES:
                with contextlib.suppress(OSError):  # a file that has just gone, say
                    stat = path.stat()
                    rows.add((path.name, stat.st_size, stat.st_mtime_ns, stat.st_ctime_ns))
    return frozenset(rows)


def find_models(
    sources: Sources, before_reading: Callable[[], object] = lambda: None, *, digests: Digests, settle: bool = True
) -> Offer:
    """Return the models of ``sources``, and those that ship with the program, each under the name that it has for good.

    The first is the default; it is the shipped one if ``sources.files`` is empty. ``before_reading`` is called before
    each file is read, since large files take minutes. ``settle`` is explained in generator/naming/binding.py.

    Files in the folder that cannot be used are skipped and logged. So are models whose traits do not fit into the one
    message that lists all models.

    Raises CheckpointError if a file that is listed or named cannot be used, FileMissing if the folder does not exist,
    and NamesError if the names of models cannot be read.
    """
    read = _read_files(sources, before_reading, digests)
    networks = {path: Network(file.path, file.model.digest) for path, file in read.items()}
    wishes = [replace(networks[path.resolve()], wish=name) for name, path in sources.named.items()]
    before = [*(sources.files or [FIRST_SHIPPED]), *_checkpoints_in(sources.folder), FIRST_SHIPPED]
    earlier = [networks[path] for path in dict.fromkeys(path.resolve() for path in before) if path in networks]
    names = bind([*wishes, *networks.values()], sources.books, earlier, settle=settle, shared=sources.bound)
    files = list(_limit_to_one_message(_with_names(read.values(), names, sources.named)))
    missing = _missing(names, files, digests)
    digests.save()
    return Offer(files, missing)


def _read_files(sources: Sources, before_reading: Callable[[], object], digests: Digests) -> Mapping[Path, ModelFile]:
    """Return resolved path -> model, in the order of Sources. Raises CheckpointError as ``find_models`` does."""
    required = [*(sources.files or [checkpoints.EMBEDDED]), *sources.named.values()]
    read: dict[Path, ModelFile] = {}
    for path in [*required, *_checkpoints_in(sources.folder), *checkpoints.shipped()]:
        if path.resolve() not in read:
            before_reading()
            if file := read_model_file(path, digests) if path in required else _try_read(path, digests):
                read[path.resolve()] = file
    return read


def find_model(name_or_path: str | None, sources: Sources, digests: Digests, *, lr: float | None = None) -> ModelFile:
    """Find one model by its path or by its name. If ``name_or_path`` is None, return the shipped default.

    A value that is an existing file, or that is not a valid model name, is taken as a path. Any other value is taken as
    a name that is bound to a network. ``lr`` is the mapping's learning-rate multiplier, for a file that leaves it open.

    Raises CheckpointError if the file holds no usable network, UnknownModel if no model has this name or the one that
    has it is not here, and NamesError if the names of models cannot be read.
    """
    if name_or_path is None or Path(name_or_path).is_file() or not is_model_name(name_or_path):
        path = checkpoints.EMBEDDED if name_or_path is None else Path(name_or_path)
        files.require_file(path)
        file = read_model_file(path, digests, lr=lr)
        names = look_up([Network(path, file.model.digest)], [*sources.books, *Sources([path]).books])
        (named,) = _with_names([file], names, sources.named)
        return named
    if bound := _where_bound(name_or_path, sources, digests):
        return find_model(str(bound), sources, digests, lr=lr)
    offer = find_models(sources, digests=digests, settle=False)
    model = protocol.find_model(name_or_path, [file.model for file in offer.files], offer.missing)
    return next(file for file in offer.files if file.model is model)


def _where_bound(name: str, sources: Sources, digests: Digests) -> Path | None:
    """Return the file of the network that a name is bound to, if it is where it was. No other must be read then."""
    names = look_up([], sources.books)
    digest = names.meanings.get(name, "")
    here = {path.resolve(): path for path in [*_checkpoints_in(sources.folder), *checkpoints.shipped()]}
    path = here.get(names.paths.get(digest, Path()))
    return path if path is not None and digests.of(path) == digest else None


def read_model_file(path: Path, digests: Digests, *, lr: float | None = None) -> ModelFile:
    """Read the description of the model in a checkpoint file. The model has no name yet.

    ``lr`` is explained in ``find_model``.

    Raises CheckpointError if the file holds no usable network.
    """
    description = checkpoints.inspect(path, digests.of, lr=lr)
    listed = _without_long_lists(description.traits)
    height, width = (0, 0) if len(set(description.size)) == 1 else description.size  # squares go without
    model = protocol.Model(
        name="",
        resolution=description.resolution,
        digest=description.digest,
        traits=_without_long_lists(description.offered),
        layers=description.hyperparameters.num_ws,
        noise=bool(description.noise_parts),
        noise_parts=description.noise_parts,
        takes_transform=description.hyperparameters.takes_transform,
        directions=description.directions,
        knobs=_movable_knobs(description),
        z_dim=description.hyperparameters.z_dim,
        odds=description.odds,
        all_values={} if listed == description.offered else listed,
        width=width,
        height=height,
    )
    return ModelFile(path, model)


def _movable_knobs(description: checkpoints.Description) -> tuple[str, ...]:
    """Return the knobs along which lines move a face: a learnt direction of the same name goes first."""
    names = () if description.knobs is None else description.knobs.names
    return tuple(name for name in names if name and name not in (description.directions or ()))


def _with_names(files: Iterable[ModelFile], names: Names, wishes: Collection[str]) -> Iterator[ModelFile]:
    """Yield the models with their names. Of several files with one network, only the first counts."""
    seen: set[str] = set()
    for file in files:
        if (digest := file.model.digest) not in seen:
            seen.add(digest)
            name = names.shown[digest]
            title = "".join(c for c in file.path.stem if c.isprintable())[:MAX_TITLE_CHARS]
            title = "" if name in wishes or title == name else title
            model = replace(file.model, name=name, title=title, aliases=names.aliases(digest))
            yield ModelFile(file.path, model)


def _missing(names: Names, files: Iterable[ModelFile], digests: Digests) -> list[protocol.MissingModel]:
    """Return the names of models that are not offered, with the reasons: the newest, as far as one message has room."""
    offered = {file.model.digest for file in files}
    missing: list[protocol.MissingModel] = []
    room = MAX_MISSING_BYTES
    for name, digest in reversed(list(names.meanings.items())):
        if digest in offered:
            continue
        why = _why_missing(digest, names.paths.get(digest), digests)
        missing.append(protocol.MissingModel(name, digest, why.code))
        room -= len(json.dumps(asdict(missing[-1])))
        if room < 0:
            return missing[:-1]
    return missing


def _why_missing(digest: str, path: Path | None, digests: Digests) -> type[errors.UnknownModel]:
    try:
        found = digests.of(path) if path else ""
    except errors.CheckpointError:
        found = ""
    if not found:
        return errors.ModelGone
    return errors.ModelNotOffered if found == digest else errors.ModelReplaced


def _without_long_lists(traits: Mapping[str, tuple[str, ...]]) -> Mapping[str, tuple[str, ...]]:
    """Return the traits, but without the values of any trait that has too many.

    Values are omitted if they are just the numbers 0 to n - 1 and n is above MAX_NUMBERED.
    """
    numbered = (name for name, values in traits.items() if values == tuple(map(str, range(len(values)))))
    return {**traits, **{name: () for name in numbered if len(traits[name]) > MAX_NUMBERED}}


def _checkpoints_in(folder: Path | None) -> list[Path]:
    if folder is None:
        return []
    if not folder.is_dir():
        files.require_file(folder)
        raise errors.BadValue(name="--models", value=str(folder), expected="a folder of checkpoints")
    return sorted(path for path in folder.iterdir() if path.suffix.lower() in NETWORK_SUFFIXES and path.is_file())


def _try_read(path: Path, digests: Digests) -> ModelFile | None:
    try:
        return read_model_file(path, digests)
    except errors.CheckpointError as error:
        _log.warning("skipped: %s", error)
        return None


def _limit_to_one_message(files: Iterable[ModelFile]) -> Iterator[ModelFile]:
    """Yield, in order, the models that fit into one Ready message.

    Raises CheckpointTooLarge if the first model, which is the default, does not fit.
    """
    room, first = MAX_READY_BYTES, True
    for file in files:
        size = len(json.dumps(asdict(file.model)))
        if size <= room:
            room -= size
            yield file
        elif first:
            raise errors.CheckpointTooLarge(file=file.path.name, found=f"the names of its traits take {size} bytes")
        else:
            _log.warning(
                "skipped: the names of the traits of %s do not fit into one message with those of the other models",
                file.model.name,
            )
        first = False
