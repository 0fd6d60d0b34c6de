"""Loads models, and keeps the most recently used of them in memory.

Knows nothing about runs, nor where models are found. Not thread-safe, except for the function that ``make_loader``
returns.
"""

import logging
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from generator import checkpoints
from generator.contract import errors, protocol
from generator.execution import backends
from generator.naming.digests import Digests
from generator.stylegan.generator import Generator

_log = logging.getLogger(__name__)


@dataclass(frozen=True)
class ModelFile:
    """A checkpoint file and the description of the model in it."""

    path: Path
    model: protocol.Model


Load = Callable[[ModelFile], Generator]


class LoadedModels:
    """Keeps up to ``limit`` models in memory.

    ``files`` are all models that can be loaded, the default first. ``load`` loads one of these files. ``missing`` are
    the models that lines may name although they cannot be loaded.
    """

    def __init__(
        self, files: Iterable[ModelFile], load: Load, limit: int = 3, missing: Sequence[protocol.MissingModel] = ()
    ) -> None:
        self.offer(files, missing)
        self.load, self.limit = load, max(1, limit)
        self._loaded: dict[str, Generator] = {}  # name -> network, the least recently used first

    def offer(self, files: Iterable[ModelFile], missing: Sequence[protocol.MissingModel]) -> None:
        """Offer these models from now on. Those in memory stay there, also if they are no longer offered."""
        self.files: Mapping[str, ModelFile] = {file.model.name: file for file in files}
        self.missing = missing

    @property
    def default(self) -> str:
        """Name of the model for recipes that do not name one."""
        return next(iter(self.files))

    def file(self, name: str) -> ModelFile:
        """Return the file of the model ``name``, which may be an alias. Raises UnknownModel if it cannot be loaded."""
        models = [file.model for file in self.files.values()]
        return self.files[protocol.find_model(name, models, self.missing).name]

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


def make_loader(device: str, precision: str, digests: Digests | None = None, *, lr: float | None = None) -> Load:
    """Return a function that loads a model file onto ``device`` with ``precision``.

    It names each network after its model. That name appears in error sentences and in the recipes saved in files.
    ``digests`` saves the time to compute the digest of a file that has not changed. ``lr`` is the mapping's
    learning-rate multiplier, for files that do not say it.

    The function raises ModelGone if the file is gone, and ModelReplaced if it holds another network by now.
    """
    digests = digests or Digests()

    def load(file: ModelFile) -> Generator:
        try:
            generator = checkpoints.load(file.path, precision, device, digests.of, lr=lr)
            # Asked again at the end, in case the file was replaced meanwhile.
            is_same = {generator.digest, digests.of(file.path)} == {file.model.digest}
        except errors.FileMissing:
            raise errors.ModelGone(model=file.model.name) from None
        if not is_same:
            raise errors.ModelReplaced(model=file.model.name)
        generator.name = file.model.name
        return backends.settle_precision(generator)

    return load
