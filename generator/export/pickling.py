"""Writes a pickle of plain values, float32 arrays and TensorFlow networks, without the classes that it names.

Python's own pickler would need NVIDIA's class to be installed, and would name numpy's modules as this version has them.
Knows no network.
"""

import struct
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np

FLOAT32 = np.dtype("<f4")

# Opcodes of protocol 3, which every Python 3 reads.
_PROTO, _STOP, _MARK, _GLOBAL, _PUT, _GET = b"\x80\x03", b".", b"(", b"c", b"r", b"j"
_NEWOBJ, _REDUCE, _BUILD, _NONE, _TRUE, _FALSE = b"\x81", b"R", b"b", b"N", b"\x88", b"\x89"
_TUPLE, _EMPTY_TUPLE, _LIST, _APPENDS, _DICT, _SETITEMS = b"t", b")", b"]", b"e", b"}", b"u"


@dataclass(frozen=True, eq=False)
class Network:
    """A network of NVIDIA's TensorFlow programs: all that they store of it is this state."""

    state: Mapping[str, object]


@dataclass(frozen=True)
class _Global:
    """A class or a function, by its name."""

    module: str
    name: str


_NETWORK = _Global("dnnlib.tflib.network", "Network")
_DTYPE, _NDARRAY = _Global("numpy", "dtype"), _Global("numpy", "ndarray")
# The names of numpy 1, by which numpy 2 still knows them.
_RECONSTRUCT, _SCALAR = (_Global("numpy.core.multiarray", name) for name in ("_reconstruct", "scalar"))


def pickle(value: object) -> Iterator[bytes]:
    """Yield the bytes of a pickle of ``value``, piece by piece.

    ``value`` consists of None, bool, int of 32 bits, float, str, bytes, tuple, list, dict, Network, and numpy's float32
    arrays and scalars. A list, dict, Network or array that occurs twice is stored once.
    """
    yield _PROTO
    yield from _Pickler().write(value)
    yield _STOP


class _Pickler:
    def __init__(self) -> None:
        self._places: dict[int, int] = {}  # id of a value that was written -> its number

    def write(self, value: Any) -> Iterator[bytes]:
        if (place := self._places.get(id(value))) is not None:
            yield _GET + struct.pack("<I", place)
        elif isinstance(value, list | dict | Network | np.ndarray | np.dtype):
            yield from self._write_once(value)
        elif isinstance(value, tuple):
            yield _MARK
            yield from self._write_all(value)
            yield _TUPLE
        elif isinstance(value, np.float32):
            yield from self._call(_SCALAR, FLOAT32, value.astype(FLOAT32).tobytes())
        else:
            yield _plain(value)

    def _write_all(self, values: Iterable[object]) -> Iterator[bytes]:
        for value in values:
            yield from self.write(value)

    def _write_once(self, value: Any) -> Iterator[bytes]:
        """Write a value that may occur again. Its number comes before what it consists of, which may name it."""
        if isinstance(value, list | dict):
            yield (_LIST if isinstance(value, list) else _DICT) + self._number(value) + _MARK
            yield from self._write_all(
                value if isinstance(value, list) else (x for item in value.items() for x in item)
            )
            yield _APPENDS if isinstance(value, list) else _SETITEMS
            return
        if isinstance(value, Network):
            yield _plain(_NETWORK) + _EMPTY_TUPLE + _NEWOBJ
            state: object = value.state
        elif isinstance(value, np.dtype):
            yield from self._call(_DTYPE, "f4", False, True)
            state = (3, "<", None, None, None, -1, -1, 0)
        else:
            yield from self._call(_RECONSTRUCT, _NDARRAY, (0,), b"b")
            state = (1, value.shape, FLOAT32, False, np.ascontiguousarray(value, FLOAT32).tobytes())
        yield self._number(value)
        yield from self.write(state)
        yield _BUILD

    def _call(self, function: _Global, *arguments: object) -> Iterator[bytes]:
        yield _plain(function)
        yield from self.write(arguments)
        yield _REDUCE

    def _number(self, value: object) -> bytes:
        self._places[id(value)] = len(self._places)
        return _PUT + struct.pack("<I", self._places[id(value)])


def _plain(value: object) -> bytes:
    match value:
        case None:
            return _NONE
        case bool():
            return _TRUE if value else _FALSE
        case int():
            return b"J" + struct.pack("<i", value)
        case float():
            return b"G" + struct.pack(">d", value)
        case str():
            return b"X" + struct.pack("<I", len(value.encode())) + value.encode()
        case bytes():
            return b"B" + struct.pack("<I", len(value)) + value
        case _Global():
            return _GLOBAL + f"{value.module}\n{value.name}\n".encode()
    raise TypeError(f"{type(value).__name__} cannot be pickled here")
