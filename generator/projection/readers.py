"""Finds what can read a picture for a network: a reader of portraits with its traits.

Reads no picture itself.
"""

from dataclasses import dataclass

from generator.contract import errors
from generator.features import reader
from generator.features.reader import Reader
from generator.stylegan.generator import Generator


@dataclass(frozen=True)
class Readers:
    """What reads pictures for one network. None of it must be there."""

    portraits: Reader | None = None  # reads the network's traits from portraits


def find_readers(generator: Generator) -> Readers:
    """Return the readers for a network, on its device."""
    return Readers(_find_reader(generator))


def _find_reader(generator: Generator) -> Reader | None:
    """Return the reader that knows exactly the network's traits, or None."""
    for path in sorted(reader.FOLDER.glob("reader-*.safetensors")) if generator.traits else ():
        try:
            loaded = reader.load(path, generator.device)
        except errors.CheckpointError:
            continue  # it is no reason to do without a face
        if loaded.traits == dict(generator.traits):
            return loaded
    return None
