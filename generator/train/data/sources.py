"""Lists the files of a training set: those in a folder, through links but not in circles, or those in a zip archive.

Knows nothing about pictures. Reads no contents but an archive's own list, and opens no pipe, socket or device.
"""

import io
import os
import stat
import struct
import unicodedata
import zipfile
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from functools import partial
from pathlib import Path
from typing import BinaryIO

from generator.contract.errors import BadData, FileMissing

MAX_MEMBERS = 2_000_000  # files in an archive; Python needs about 600 bytes for each, and a minute for all of these
MAX_LIST_BYTES = 400_000_000  # the list of an archive's files, at the end of the archive
MAX_MEMBER_BYTES = 256 * 2**20  # a file in an archive is unpacked to memory
MAX_PATH_CHARS = 1000  # of a file in an archive
FOLDER_OF_MACS = "__MACOSX"  # what the archiver of macOS adds: a hidden file for each visible one


@dataclass(frozen=True)
class Entry:
    """A file that may hold a picture."""

    name: str  # its path in the folder or archive, with "/"
    open: Callable[[], BinaryIO]  # Raises OSError, or an error of zipfile, zlib or lzma
    memory: int = 0  # bytes that it takes while it is open


@dataclass(frozen=True)
class LeftOut:
    """A file that is not taken."""

    name: str
    kind: str  # the reason in a few words, the same for all files of that kind
    detail: str = ""  # what is known beyond that, such as the decoder's words


@dataclass(frozen=True)
class Source:
    """The files of a training set in the order of their names."""

    entries: list[Entry]
    left_out: list[LeftOut] = field(default_factory=list)

    def find(self, name: str) -> Entry | None:
        """Return the file of this name, or None. In an archive with one folder, a name in that folder is found, too."""
        wanted = self.root() + name
        return next((entry for entry in self.entries if entry.name == wanted), None)

    def root(self) -> str:
        """Return the one folder that all files of the training set lie in, with "/", or "" if there is none."""
        first = {entry.name.partition("/")[0] for entry in self.entries}
        nested = all("/" in entry.name for entry in self.entries)
        return f"{first.pop()}/" if nested and len(first) == 1 else ""


def same_name(name: str) -> str:
    """Return the form in which names are compared: labels and files may spell "é" and the folder's "/" differently."""
    return unicodedata.normalize("NFC", name.replace("\\", "/")).removeprefix("./")


@contextmanager
def open_source(path: Path) -> Iterator[Source]:
    """List the files of the folder or zip archive ``path``, which is open inside the ``with`` statement.

    Raises FileMissing if there is nothing, and BadData if it is neither, or a damaged or too large archive.
    """
    if path.is_dir():
        yield _list_folder(path)
        return
    if not path.exists():
        raise FileMissing(file=str(path))
    if not path.is_file():
        raise BadData(file=str(path), found="it is a pipe or a device, where a folder or zip archive is needed")
    with _open_archive(path) as archive:
        yield _list_archive(archive)


def _is_hidden(part: str) -> bool:
    return part.startswith(".") or part == FOLDER_OF_MACS


def _key(entry: Entry | LeftOut) -> list[str]:
    return entry.name.split("/")


# --- folders --------------------------------------------------------------------------------------


def _list_folder(folder: Path) -> Source:
    """List a folder. Each one in it is listed once, at its own place rather than at a link: no circle is walked."""
    source, seen = Source([]), set[tuple[int, int]]()
    waiting, links = [("", str(folder))], list[tuple[str, str]]()
    while waiting or links:
        name, path = waiting.pop() if waiting else links.pop(0)
        found = _stat(source, name, path)
        if found is None or (found.st_dev, found.st_ino) in seen:
            if found and name:
                source.left_out.append(LeftOut(name, "a link to a folder that is read already"))
            continue
        seen.add((found.st_dev, found.st_ino))
        folders, linked = _list_one(source, name, path)
        waiting += folders
        links += linked
    source.entries.sort(key=_key)
    source.left_out.sort(key=_key)
    return source


def _list_one(source: Source, name: str, path: str) -> tuple[list[tuple[str, str]], list[tuple[str, str]]]:
    """Add the files of one folder to ``source``. Return its folders and its links to folders: names and paths."""
    folders, links = list[tuple[str, str]](), list[tuple[str, str]]()
    try:
        with os.scandir(path) as found:
            children = sorted(found, key=lambda child: child.name)
    except OSError as error:
        source.left_out.append(LeftOut(f"{name}/", "a folder that cannot be read", error.strerror or ""))
        return [], []
    for child in children:
        inside = f"{name}/{child.name}" if name else child.name
        if _is_hidden(child.name):
            source.left_out.append(LeftOut(inside, "hidden"))
        elif child.is_dir(follow_symlinks=False):
            folders.append((inside, child.path))
        elif (status := _stat(source, inside, child.path)) and stat.S_ISDIR(status.st_mode):
            if _leads_back(child.path):
                source.left_out.append(LeftOut(inside, "a link to a folder around it"))
            else:
                links.append((inside, child.path))
        elif status and stat.S_ISREG(status.st_mode):
            source.entries.append(Entry(inside, partial(_open_file, child.path)))
        elif status:
            source.left_out.append(LeftOut(inside, "a pipe, socket or device"))
    return folders, links


def _leads_back(link: str) -> bool:
    """Return whether a link to a folder leads to one that it lies in, however deep: all of that is not meant."""
    there, here = os.path.realpath(link), os.path.realpath(os.path.dirname(link))
    return os.path.commonpath([there, here]) == there


def _open_file(path: str) -> BinaryIO:
    return open(path, "rb")


def _stat(source: Source, name: str, path: str) -> os.stat_result | None:
    try:
        return os.stat(path)
    except OSError as error:
        kind = "a link to nothing" if os.path.islink(path) else "cannot be read"
        source.left_out.append(LeftOut(name, kind, error.strerror or ""))
        return None


# --- zip archives ---------------------------------------------------------------------------------


def _open_archive(path: Path) -> zipfile.ZipFile:
    try:
        with path.open("rb") as file:
            if file.read(2) != b"PK":
                raise BadData(file=str(path), found="it is neither a folder nor a zip archive; unpack or pack it")
            _check_list(path, file)
        return zipfile.ZipFile(path)
    except OSError as error:
        raise BadData(file=str(path), found=f"it cannot be read ({error.strerror})") from None
    except (zipfile.BadZipFile, NotImplementedError, ValueError, struct.error, MemoryError) as error:
        raise BadData(file=str(path), found=f"it is no whole zip archive ({error}); copy or pack it again") from None


def _check_list(path: Path, file: BinaryIO) -> None:
    """Check how long an archive's list of files is, by its last record, before Python reads it to memory.

    Source: PKWARE's APPNOTE.TXT, 4.3.14 to 4.3.16.
    """
    size = file.seek(0, io.SEEK_END)
    file.seek(max(0, size - 65_557))  # the record of 22 bytes, and the longest comment
    tail = file.read()
    at = tail.rfind(b"PK\5\6")
    if at < 0 or len(tail) - at < 22:
        raise zipfile.BadZipFile("its end is missing")
    members, length = struct.unpack_from("<HL", tail, at + 10)
    if at >= 20 and tail[at - 20 : at - 16] == b"PK\6\7":  # the locator of a record with longer fields
        file.seek(struct.unpack_from("<Q", tail, at - 12)[0])
        record = file.read(56)
        if record[:4] == b"PK\6\6":
            members, length = struct.unpack_from("<QQ", record, 32)
    if members > MAX_MEMBERS or length > MAX_LIST_BYTES:
        found = f"it says that it holds {members} files, and at most {MAX_MEMBERS} are read; pack fewer"
        raise BadData(file=str(path), found=found)


def _list_archive(archive: zipfile.ZipFile) -> Source:
    source, seen = Source([]), set[str]()
    for member in archive.infolist():
        name = _name_of(member).replace("\\", "/")
        if member.is_dir():
            continue
        if kind := _refuse_member(member, name, seen):
            source.left_out.append(LeftOut(name[:MAX_PATH_CHARS], kind))
            continue
        seen.add(name)
        source.entries.append(Entry(name, partial(_unpack, archive, member), member.file_size))
    source.entries.sort(key=_key)
    source.left_out.sort(key=_key)
    return source


def _name_of(member: zipfile.ZipInfo) -> str:
    """Return the name of a file in an archive. Some archivers write UTF-8 without the mark that says so."""
    if not member.flag_bits & 0x800:
        with suppress(UnicodeError):
            return member.filename.encode("cp437").decode("utf-8")
    return member.filename


def _refuse_member(member: zipfile.ZipInfo, name: str, seen: set[str]) -> str:
    """Return why a file of an archive is not taken, or "" if it may be. Nothing is written, so no name does harm."""
    parts = name.split("/")
    if name.startswith("/") or ".." in parts or (parts[0].endswith(":") and len(parts[0]) == 2):
        return "a name that leads out of the archive"
    if any(map(_is_hidden, parts)):
        return "hidden"
    if len(name) > MAX_PATH_CHARS:
        return "a name that is too long"
    if name in seen:
        return "a name that the archive has twice"
    if member.flag_bits & 1:
        return "encrypted"
    if stat.S_ISLNK(member.external_attr >> 16):
        return "a link in an archive"
    return f"over {MAX_MEMBER_BYTES >> 20} MB in the archive" if member.file_size > MAX_MEMBER_BYTES else ""


def _unpack(archive: zipfile.ZipFile, member: zipfile.ZipInfo) -> BinaryIO:
    with archive.open(member) as stream:
        return io.BytesIO(stream.read(member.file_size))
