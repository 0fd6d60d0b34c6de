"""Finds the models that this process can load, and keeps the most recently used of them in memory.

Knows nothing about runs. Not thread-safe, except for the function that ``make_loader`` returns.
"""

import json
import logging
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import asdict, dataclass, replace
from pathlib import Path

from generator import checkpoints, files
from generator.contract import errors, protocol
from generator.contract.names import MAX_MODEL_CHARS, model_name
from generator.execution import backends
from generator.stylegan.generator import Generator

SUFFIXES = (".pkl", ".pt", ".pth", ".safetensors")
MAX_NUMBERED = 100  # a trait with more values than this is listed without its values if they are just numbers
MAX_READY_BYTES = 48 * 2**10  # limit for the JSON of all models together; it must fit into one 64 KiB protocol header

_log = logging.getLogger(__name__)


@dataclass(frozen=True)
class ModelFile:
    """A checkpoint file and the description of the model in it."""

    path: Path
    model: protocol.Model


Load = Callable[[ModelFile], Generator]


class LoadedModels:
    """Keeps up to ``limit`` models in memory.

    ``files`` are all models that can be loaded, the default first. ``load`` loads one of these files.
    """

    def __init__(self, files: Iterable[ModelFile], load: Load, limit: int = 3) -> None:
        self.files: Mapping[str, ModelFile] = {file.model.name: file for file in files}
        self.load, self.limit = load, max(1, limit)
        self._loaded: dict[str, Generator] = {}  # name -> network, the least recently used first

    @property
    def default(self) -> str:
        """Name of the model for recipes that do not name one."""
        return next(iter(self.files))

    def file(self, name: str) -> ModelFile:
        """Return the file of the model ``name``. Raises UnknownModel if there is no such model."""
        if name not in self.files:
            raise errors.UnknownModel(model=name, known=", ".join(self.files))
        return self.files[name]

    def add(self, name: str, generator: Generator) -> None:
        """Add a loaded model, and unload the least recently used model if there are now too many."""
        self._loaded[name] = generator
        while len(self._loaded) > self.limit:
            self.unload(next(iter(self._loaded)))

    def unload(self, name: str) -> None:
        """Remove a model from memory."""
        del self._loaded[name]
        _log.info("unloaded the model %s", name)

    def __iter__(self) -> Iterator[str]:
        """Yield the names of the models in memory, the least recently used first."""
        return iter(self._loaded)

    def __contains__(self, name: str) -> bool:
        return name in self._loaded

    def __getitem__(self, name: str) -> Generator:
        """Return a model that is in memory, and mark it as just used. Raises KeyError if it is not in memory."""
        self._loaded[name] = self._loaded.pop(name)
        return self._loaded[name]


def make_loader(device: str, precision: str) -> Load:
    """Return a function that loads a model file onto ``device`` with ``precision``.

    It names each network after its model. That name appears in error sentences and in the recipes saved in files.
    """

    def load(file: ModelFile) -> Generator:
        generator = checkpoints.load(file.path, precision=precision, device=device)
        generator.name = file.model.name
        return backends.settle_precision(generator)

    return load


def read_model_file(path: Path) -> ModelFile:
    """Read the description of the model in a checkpoint file. The model is named after the file.

    Raises CheckpointError if the file holds no usable network.
    """
    description = checkpoints.inspect(path)
    model = protocol.Model(
        name=model_name(path.stem),
        resolution=description.resolution,
        digest=description.digest,
        traits=_without_long_lists(description.traits),
        layers=description.hyperparameters.num_ws,
        noise=description.noise,
        takes_transform=description.hyperparameters.takes_transform,
        directions=description.directions,
    )
    return ModelFile(path, model)


def _without_long_lists(traits: Mapping[str, tuple[str, ...]]) -> Mapping[str, tuple[str, ...]]:
    """Return the traits, but without the values of any trait that has too many.

    Values are omitted if they are just the numbers 0 to n - 1 and n is above MAX_NUMBERED.
    """
    numbered = (name for name, values in traits.items() if values == tuple(map(str, range(len(values)))))
    return {**traits, **{name: () for name in numbered if len(traits[name]) > MAX_NUMBERED}}


def find_models(
    paths: Iterable[Path], folder: Path | None = None, before_reading: Callable[[], object] = lambda: None
) -> list[ModelFile]:
    """Return the models of ``paths`` and of the checkpoints in ``folder``, and the embedded model.

    The first of them is the default. The embedded model is always included, because old captions name it; it comes
    first if ``paths`` is empty. ``before_reading`` is called before each file is read, since large files take minutes.

    Files in the folder that cannot be used are skipped and logged. So are models whose traits do not fit into the one
    message that lists all models.

    Raises CheckpointError if a file of ``paths`` cannot be used, and FileMissing if the folder does not exist.
    """

    def announce(paths: Iterable[Path]) -> Iterator[Path]:
        for path in paths:
            before_reading()
            yield path

    models = [read_model_file(path) for path in announce(list(paths) or [checkpoints.EMBEDDED])]
    seen = {file.path.resolve() for file in models}
    rest = (path for path in [*_checkpoints_in(folder), checkpoints.EMBEDDED] if path.resolve() not in seen)
    others = (file for path in announce(rest) if (file := _try_read(path)))
    return list(_limit_to_one_message(_number_duplicates([*models, *others])))


def find_model(name_or_path: str | None, folder: Path | None = None) -> ModelFile:
    """Find one model by its path or by its name. If ``name_or_path`` is None, return the embedded model.

    A value that is an existing file, or that is not a valid model name, is taken as a path. Any other value is taken as
    the name of the embedded model or of a checkpoint in ``folder``.

    Raises CheckpointError if the file holds no usable network, and UnknownModel if no model has this name.
    """
    if name_or_path is None or Path(name_or_path).is_file() or model_name(name_or_path) != name_or_path:
        path = checkpoints.EMBEDDED if name_or_path is None else Path(name_or_path)
        files.require_file(path)
        return read_model_file(path)
    paths = {model_name(path.stem): path for path in [checkpoints.EMBEDDED, *_checkpoints_in(folder)] if path.is_file()}
    if name_or_path not in paths:
        raise errors.UnknownModel(model=name_or_path, known=", ".join(paths) or "none is installed")
    return read_model_file(paths[name_or_path])


def _checkpoints_in(folder: Path | None) -> list[Path]:
    if folder is None:
        return []
    if not folder.is_dir():
        files.require_file(folder)
        raise errors.BadValue(name="--models", value=str(folder), expected="a folder of checkpoints")
    return sorted(path for path in folder.iterdir() if path.suffix.lower() in SUFFIXES and path.is_file())


def _try_read(path: Path) -> ModelFile | None:
    try:
        return read_model_file(path)
    except errors.CheckpointError as error:
        _log.warning("skipped: %s", error)
        return None


def _number_duplicates(files: list[ModelFile]) -> list[ModelFile]:
    """Return the same models, but rename a model to NAME-2, NAME-3, ... if its name is already taken."""
    named: dict[str, ModelFile] = {}
    for file in files:
        name, n = file.model.name, 1
        while name in named:
            n += 1
            name = f"{file.model.name[: MAX_MODEL_CHARS - 1 - len(str(n))]}-{n}"
        named[name] = ModelFile(file.path, replace(file.model, name=name))
    return list(named.values())


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
