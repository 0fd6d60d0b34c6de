"""Writes w, z and the line of a recipe to an .npz file, and reads w out of one that somebody else wrote.

Draws nothing. Nothing in a file is executed, nor allocated on its word alone. NVIDIA's projector writes ``w``
[1, num_ws, w_dim], as do scripts for style mixing.
"""

import io
import zipfile
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from generator import files
from generator.contract import errors

MAX_BYTES = 64 * 2**20  # of an array; a thousand w of the largest network are smaller
SUFFIX = ".npz"
_NAME = "w.npy"


def write_arrays(path: Path, arrays: Mapping[str, Any]) -> None:
    """Write arrays to an .npz file. Raises CannotWrite."""
    out = io.BytesIO()
    np.savez(out, **arrays)
    files.write(path, [out.getvalue()])


def read_w(path: Path) -> NDArray[np.floating[Any]]:
    """Return the array ``w`` [n, num_ws, w_dim] of an .npz file, as it is stored.

    Raises FileMissing or NotAFile if there is no such file, and NoUsableW if there is no such array in it.
    """
    files.require_file(path)
    try:
        with zipfile.ZipFile(path) as opened:
            raw = _read_member(path, opened)
    except (zipfile.BadZipFile, NotImplementedError, EOFError, RuntimeError, ValueError, OSError) as error:
        raise errors.NoUsableW(file=path.name, found="it is no .npz file, or a damaged one") from error
    return _parse(path, raw)


def _read_member(path: Path, opened: zipfile.ZipFile) -> bytes:
    if _NAME not in opened.namelist():
        names = ", ".join(name.removesuffix(".npy") for name in opened.namelist()[:9])
        raise errors.NoUsableW(file=path.name, found=f"it has no array w, only {names or 'nothing'}")
    with opened.open(_NAME) as member:
        raw = member.read(MAX_BYTES + 1)
    if len(raw) > MAX_BYTES:
        raise errors.NoUsableW(file=path.name, found=f"its w is larger than {MAX_BYTES // 2**20} MiB")
    return raw


def _parse(path: Path, raw: bytes) -> NDArray[np.floating[Any]]:
    """Return the array in the bytes of an .npy file. The header is read by NumPy, which executes nothing in it."""
    stream = io.BytesIO(raw)
    try:
        version = np.lib.format.read_magic(stream)
        readers = {(1, 0): np.lib.format.read_array_header_1_0, (2, 0): np.lib.format.read_array_header_2_0}
        shape, is_fortran, dtype = readers[version](stream)
    except (ValueError, KeyError, SyntaxError, MemoryError, RecursionError) as error:
        raise errors.NoUsableW(file=path.name, found="the header of its w is damaged") from error
    if dtype.hasobject:
        raise errors.NoUsableW(file=path.name, found="its w is a pickle, which could run code")
    if dtype.kind != "f":
        raise errors.NoUsableW(file=path.name, found=f"its w holds {dtype.name}, not fractions")
    if len(shape) != 3:
        raise errors.NoUsableW(file=path.name, found=f"its w has the shape {list(shape)}, not [1, layers, size]")
    rest = raw[stream.tell() :]
    if any(side < 1 for side in shape) or len(rest) != dtype.itemsize * int(np.prod(shape, dtype=object)):
        raise errors.NoUsableW(file=path.name, found="its w is cut off or empty")
    return np.frombuffer(rest, dtype).reshape(shape, order="F" if is_fortran else "C")
