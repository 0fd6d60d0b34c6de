"""Checks the paths that commands are given, and writes files whole: a full disk or a kill leaves the old file or none.

Knows nothing about what is in the files.
"""

import io
import os
import secrets
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, BinaryIO

from generator.contract import errors

if TYPE_CHECKING:
    from PIL import Image

PICTURES = {".png": "PNG", ".jpg": "JPEG", ".jpeg": "JPEG", ".webp": "WEBP"}  # ending -> Pillow's name of the format


def require_file(path: Path) -> None:
    """Raise FileMissing if there is nothing at ``path``, and NotAFile if it is no ordinary file."""
    if not path.exists():
        raise errors.FileMissing(file=str(path))
    if not path.is_file():
        raise errors.NotAFile(file=str(path), found="a folder" if path.is_dir() else "a pipe or a device")


def check_writable(path: Path) -> None:
    """Raise CannotWrite unless a file can be created in the folder of ``path`` and renamed to ``path``."""
    target, reason = path.resolve(), None
    if target.is_dir():
        reason = "that is a folder; name a file in it"
    elif target.exists() and not target.is_file():
        reason = "that is a pipe or a device; name a file"
    elif not target.parent.is_dir():
        reason = "its folder does not exist; make that first"
    elif not os.access(target.parent, os.W_OK | os.X_OK):
        reason = "its folder does not allow it; choose another one"
    if reason:
        raise errors.CannotWrite(file=str(path), reason=reason)


def write(path: Path, pieces: Iterable[bytes]) -> None:
    """Write ``pieces`` one after the other to ``path``; see ``replacing``."""
    with replacing(path) as stream:
        stream.writelines(pieces)


@contextmanager
def replacing(path: Path) -> Iterator[BinaryIO]:
    """Open a new file beside ``path`` for the block, and give it that name at the end.

    If that fails, the new file is removed, and whatever was at ``path`` stays as it was. A symbolic link stays one: the
    file that it points to is replaced.

    Raises CannotWrite if the file cannot be written.
    """
    check_writable(path)
    target = path.resolve()
    partial = target.with_name(f".waifu-{secrets.token_hex(8)}.part")
    try:
        with saying_why(path):
            with partial.open("xb") as stream:
                yield stream
                stream.flush()
                os.fsync(stream.fileno())  # some file systems notice only now that the disk is full
            partial.replace(target)
    finally:
        partial.unlink(missing_ok=True)


@contextmanager
def saying_why(path: Path) -> Iterator[None]:
    """Raise CannotWrite, with the system's reason, in place of an OSError of the block, which writes to ``path``."""
    try:
        yield
    except OSError as error:
        raise errors.CannotWrite(file=str(path), reason=error.strerror or "unknown") from error


def allocate(path: Path) -> None:
    """Take room on the disk for all of a file. Raises OSError if there is too little.

    Where a file is mapped into memory, a disk that is full while it is filled would kill the process (SIGBUS).
    """
    if hasattr(os, "posix_fallocate"):
        with path.open("r+b") as file:
            os.posix_fallocate(file.fileno(), 0, path.stat().st_size)


def check_picture(path: Path) -> str:
    """Return Pillow's name of the format that the ending of ``path`` selects.

    Raises CannotWrite if the ending is unknown, or if no file can be written there.
    """
    check_writable(path)
    if path.suffix.lower() not in PICTURES:
        raise errors.CannotWrite(file=str(path), reason=f"its name must end in one of {', '.join(PICTURES)}")
    return PICTURES[path.suffix.lower()]


def write_picture(path: Path, picture: "Image.Image") -> None:
    """Write a picture in the format that the ending selects, and print its name and size.

    Raises CannotWrite if the ending is unknown, or if the file cannot be written.
    """
    body, file_format = io.BytesIO(), check_picture(path)
    try:
        picture.save(body, file_format, optimize=True)
    except (OSError, ValueError) as error:  # such as a side above the 16,383 pixels of WebP
        raise errors.CannotWrite(file=str(path), reason=str(error)) from error
    write(path, [body.getvalue()])
    print(f"{path}: {picture.width} x {picture.height}")
