"""Finds what can read a picture for a network: the encoder beside its file, and a reader of portraits with its traits.

Reads no picture itself.
"""

import logging
from dataclasses import dataclass
from pathlib import Path

from generator.contract import errors
from generator.features import reader
from generator.features.reader import Reader
from generator.projection import encoder
from generator.projection.distance import Features
from generator.projection.spread import Spread, measure_spread
from generator.stylegan.generator import Generator

_log = logging.getLogger(__name__)


@dataclass(frozen=True)
class Readers:
    """What reads pictures for one network. No reader must be there."""

    spread: Spread  # of the network's w
    encoder: Reader | None = None  # reads the network's traits, and w, from cut and compressed pictures
    portraits: Reader | None = None  # reads the network's traits, and knobs, from whole portraits

    @property
    def features(self) -> Features | None:
        """What the better of the two sees in pictures of any shape."""
        chosen = self.encoder or self.portraits
        return None if chosen is None else lambda pictures: chosen.features(encoder.fit(pictures))


def find_readers(generator: Generator, file: Path | None = None) -> Readers:
    """Return the readers for a network, on its device. ``file`` is the network's; its encoder lies beside it."""
    return Readers(measure_spread(generator), _find_encoder(generator, file), find_portrait_reader(generator))


def _find_encoder(generator: Generator, file: Path | None) -> Reader | None:
    if file is None or not (path := encoder.path_beside(file)).is_file():
        return None
    try:
        found = encoder.load(path, generator)
    except errors.CheckpointError as error:
        _log.warning("%s is not used: %s", path.name, error)
        return None
    if found is None:
        _log.warning("%s is not used: it belongs to another network than %s", path.name, file.name)
    return found


def find_portrait_reader(generator: Generator) -> Reader | None:
    """Return the reader of portraits that knows exactly the network's traits, or None."""
    for path in sorted(reader.FOLDER.glob("reader-*.safetensors")) if generator.traits else ():
        try:
            loaded = reader.load(path, generator.device)
        except errors.CheckpointError:
            continue  # it is no reason to do without a face
        if loaded.traits == dict(generator.traits):
            return loaded
    return None
