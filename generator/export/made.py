"""Defines what every writer of another program's format returns, and why it may refuse.

Writes no files and knows no format.
"""

from collections.abc import Iterable, Mapping
from typing import NamedTuple


class Made(NamedTuple):
    """The files of a network in another program's format."""

    parts: Mapping[str, Iterable[bytes]]  # what stands between a file's name and its ending -> the file's bytes
    notes: tuple[str, ...] = ()  # what the format or its program cannot keep, one sentence without a full stop each


class CannotHold(Exception):
    """Raised when a format has no way to say what this network computes. The text says what it lacks."""
