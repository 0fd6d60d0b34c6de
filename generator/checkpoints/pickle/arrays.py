"""Holds stored tensors and arrays as inert records that become views of the file when their elements are needed.

Knows how torch and numpy pickle, but nothing about containers or StyleGAN2. Every count, shape, stride and offset that
a file claims is checked against the bytes that are actually there before anything is created.
"""

import math
import re
from collections.abc import Mapping
from dataclasses import dataclass, field

import numpy as np
from numpy.typing import NDArray

from generator.checkpoints.pickle.budget import ByteSource, EncodedBytes, read_bytes
from generator.checkpoints.pickle.interpreter import Buildable
from generator.contract import errors

Floats = NDArray[np.float32]
Numbers = NDArray[np.generic]

MAX_DIMENSIONS = 32
MAX_COUNT = 2**40

BFLOAT16 = "bfloat16"  # numpy has no bfloat16, so an element is a field of this name; ``to_float32`` reads it

REAL = "biuf"  # numpy's letters for booleans, integers and floats

# torch.<name>Storage -> numpy type of one element
STORAGES: Mapping[str, str] = {
    "Float": "<f4",
    "Double": "<f8",
    "Half": "<f2",
    "BFloat16": BFLOAT16,
    "Long": "<i8",
    "Int": "<i4",
    "Short": "<i2",
    "Char": "|i1",
    "Byte": "|u1",
    "Bool": "|b1",
    # Not for weights, but files may hold some beside them.
    "ComplexFloat": "<c8",
    "ComplexDouble": "<c16",
    "QUInt8": "|u1",
    "QInt8": "|i1",
    "QInt32": "<i4",
    "Untyped": "|u1",
}


def check_count(value: object) -> int:
    """Return ``value`` if it can be a size, an offset or a number of elements.

    Raises DamagedCheckpoint if it cannot.
    """
    if type(value) is not int or not 0 <= value <= MAX_COUNT:
        raise errors.DamagedCheckpoint(found="a tensor claims an impossible size")
    return value


def check_counts(values: object) -> tuple[int, ...]:
    """Return ``values`` if it is a tuple of at most MAX_DIMENSIONS sizes. Raises DamagedCheckpoint if it is not."""
    if type(values) is not tuple or len(values) > MAX_DIMENSIONS:
        raise errors.DamagedCheckpoint(found="a tensor has an impossible shape")
    return tuple(map(check_count, values))


def _require_nonempty(shape: tuple[int, ...]) -> None:
    if 0 in shape:
        raise errors.UnsupportedNetwork(found="a network with an empty tensor")


def to_float32(values: Numbers) -> Floats:
    """Return a contiguous float32 copy. Values too large for float32 become infinite."""
    if values.dtype.names:  # bfloat16 is the upper half of a float32
        upper = np.array(values.view("<u2"), np.uint32, order="C")
        return np.asarray(upper << 16, np.uint32).view(np.float32)
    with np.errstate(over="ignore", invalid="ignore"):
        return np.array(values, dtype=np.float32, order="C")


@dataclass(slots=True, eq=False)
class Storage:
    """A flat sequence of elements in the file. Tensors refer to it."""

    kind: str  # a value of STORAGES
    numel: int  # number of elements
    # (bytes that hold the elements, offset of the first element); None until the container has set it
    location: tuple[memoryview | EncodedBytes, int] | None = None

    @property
    def dtype(self) -> np.dtype[np.generic]:
        """The numpy type of one element."""
        return np.dtype([(BFLOAT16, "<u2")] if self.kind == BFLOAT16 else self.kind)

    @property
    def nbytes(self) -> int:
        """Number of bytes that the elements occupy in the file."""
        return self.numel * self.dtype.itemsize

    def elements(self) -> Numbers:
        """Return the elements [numel] as a view of the file."""
        assert self.location is not None
        source, start = self.location
        return np.frombuffer(read_bytes(source)[start : start + self.nbytes], self.dtype)


@dataclass(frozen=True, slots=True, eq=False)
class StoredTensor:
    """A torch tensor: elements of ``storage``, starting at ``offset``. Offset and strides are counted in elements."""

    storage: Storage
    offset: int
    shape: tuple[int, ...]
    stride: tuple[int, ...]

    def array(self) -> Numbers:
        """Return the tensor as a view of the file.

        Raises UnsupportedNetwork if it is empty, or if it has more elements than its storage because they repeat.
        """
        _require_nonempty(self.shape)
        # This keeps a stride of 0 from turning few elements into many.
        if math.prod(self.shape) > self.storage.numel:
            raise errors.UnsupportedNetwork(found="a network with a tensor that repeats its numbers")
        flat = self.storage.elements()[self.offset :]
        steps = [step * flat.itemsize for step in self.stride]
        return np.lib.stride_tricks.as_strided(flat, self.shape, steps, writeable=False)


def rebuild_tensor(storage: object, offset: object, shape: object, stride: object, *rest: object) -> StoredTensor:
    """Create a StoredTensor. Replaces torch._utils._rebuild_tensor and _rebuild_tensor_v2.

    Raises DamagedCheckpoint if the tensor ends beyond its storage, and UnsupportedNetwork if it is a view that stands
    for other numbers than are stored.
    """
    views = [name for metadata in rest if type(metadata) is dict for name in ("neg", "conj") if metadata.get(name)]
    if views:
        raise errors.UnsupportedNetwork(found="a network with a tensor that is stored as its negative or conjugate")
    start, sizes, steps = check_count(offset), check_counts(shape), check_counts(stride)
    if not isinstance(storage, Storage) or len(sizes) != len(steps):
        raise errors.DamagedCheckpoint(found="a tensor is put together wrongly")
    last = start + sum((size - 1) * step for size, step in zip(sizes, steps, strict=True))
    if math.prod(sizes) and last >= storage.numel:
        raise errors.DamagedCheckpoint(found="a tensor is larger than its stored numbers")
    return StoredTensor(storage, start, sizes, steps)


def rebuild_parameter(tensor: object, *_: object) -> StoredTensor:
    """Return the tensor of a parameter, without its attributes.

    Replaces torch._utils._rebuild_parameter and _rebuild_parameter_with_state.
    """
    if not isinstance(tensor, StoredTensor):
        raise errors.DamagedCheckpoint(found="a parameter is not a tensor")
    return tensor


@dataclass(slots=True, eq=False)
class Dtype(Buildable):
    """A numpy element type."""

    kind: str  # numpy's name without the byte order, e.g. "f4"
    order: str = "<"  # byte order

    def build(self, state: object) -> None:
        """Set the byte order from the pickled state (version, byte order, ...)."""
        if type(state) is not tuple or len(state) < 2 or state[1] not in ("<", ">", "|", "="):
            raise errors.DamagedCheckpoint(found="an array has an unknown byte order")
        self.order = str(state[1])

    def numpy(self) -> np.dtype[np.generic]:
        """Return the type as a numpy dtype."""
        return np.dtype(self.order + self.kind)


def make_dtype(kind: object, *_: object) -> Dtype:
    """Create a Dtype of numbers, texts, bytes or times. Replaces numpy.dtype.

    Raises ForbiddenContent for arrays of objects, and DamagedCheckpoint for any other type.
    """
    if type(kind) is str and kind.startswith("O"):
        raise errors.ForbiddenContent(found="an array of objects")
    if type(kind) is not str or not re.fullmatch(r"b1|[iu][1248]|f([248]|16)|c(8|16)|[mM]8|[SUV]\d{1,6}", kind):
        raise errors.DamagedCheckpoint(found="an array has elements of an unusual type")
    return Dtype(kind)


@dataclass(slots=True, eq=False)
class StoredArray(Buildable):
    """A numpy array whose bytes are still in the file."""

    shape: tuple[int, ...] = (0,)
    dtype: Dtype = field(default_factory=lambda: Dtype("b1"))
    fortran: bool = False  # whether the elements are in Fortran order
    source: ByteSource | None = None

    def build(self, state: object) -> None:
        """Fill the array from the pickled state (version, shape, dtype, whether in Fortran order, bytes)."""
        if type(state) is not tuple or len(state) != 5:
            raise errors.DamagedCheckpoint(found="an array is put together wrongly")
        self._fill(state[1], state[2], bool(state[3] is True or state[3] == 1), state[4])

    def _fill(self, shape: object, dtype: object, fortran: bool, source: object) -> None:
        if not isinstance(dtype, Dtype) or not isinstance(source, memoryview | EncodedBytes | str):
            raise errors.DamagedCheckpoint(found="an array is put together wrongly")
        self.shape, self.dtype, self.fortran, self.source = check_counts(shape), dtype, fortran, source
        if len(read_bytes(source)) != math.prod(self.shape) * dtype.numpy().itemsize:
            raise errors.DamagedCheckpoint(found="an array is not as large as it claims")

    @classmethod
    def from_buffer(cls, source: object, dtype: object, shape: object, order: object = "C") -> "StoredArray":
        """Create an array. Replaces numpy.core.numeric._frombuffer, which protocol 5 calls."""
        array = cls()
        array._fill(shape, dtype, order == "F", source)
        return array

    def array(self) -> Numbers:
        """Return the array as a view of the file. Raises UnsupportedNetwork if it is empty."""
        _require_nonempty(self.shape)
        assert self.source is not None
        flat = np.frombuffer(read_bytes(self.source), self.dtype.numpy())
        return flat.reshape(self.shape, order="F" if self.fortran else "C")


def make_array(_: object, shape: object, __: object) -> StoredArray:
    """Create an empty array for the opcode BUILD to fill. Replaces numpy.core.multiarray._reconstruct."""
    if shape != (0,):
        raise errors.DamagedCheckpoint(found="an array claims a size without having it")
    return StoredArray()


def make_scalar(dtype: object, source: object) -> float | int | bool | None:
    """Return a number, or None for a scalar of another type. Replaces numpy.core.multiarray.scalar."""
    if not isinstance(dtype, Dtype) or len(piece := read_bytes(source)) != dtype.numpy().itemsize:
        raise errors.DamagedCheckpoint(found="a number is put together wrongly")
    if dtype.kind[0] not in REAL:
        return None
    number: float | int | bool = np.frombuffer(piece, dtype.numpy())[0].item()
    return number
