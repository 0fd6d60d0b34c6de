"""Returns the entries of a zip archive as views of its bytes. Refuses compressed entries, so no entry can expand.

Knows nothing about torch. Follows PKWARE's APPNOTE 6.3.10: section 4.3.7 (local header), 4.3.12 (central directory),
4.3.14 and 4.3.16 (ends of the directory). zipfile is not used, because it creates an object for every entry that a file
claims to have before the claims can be checked.
"""

import struct
from collections.abc import Iterator

from generator.checkpoints.pickle.budget import quote
from generator.contract import errors

MAX_ENTRIES = 20_000  # a 1024 px training checkpoint with its optimisers has under 2,000
MAX_NAME_BYTES = 512
MAX_EXTRA_BYTES = 512
_END, _END64, _LOCATOR64 = b"PK\5\6", b"PK\6\6", b"PK\6\7"
_ENTRY, _LOCAL = b"PK\1\2", b"PK\3\4"
_ALL_ONES = 0xFFFFFFFF  # means that the number itself is in the zip64 field


def read_entries(view: memoryview) -> dict[str, memoryview]:
    """Return name -> contents for all entries.

    Raises a CheckpointError unless all entries are uncompressed, lie inside the file and do not overlap.
    """
    try:
        entries = dict[str, memoryview]()
        for name, contents in _iterate_entries(view, *_find_directory(view)):
            if name in entries:
                raise errors.DamagedCheckpoint(found=f"its entry {quote(name)} appears twice")
            entries[name] = contents
        if sum(map(len, entries.values())) > len(view):
            raise errors.DamagedCheckpoint(found="its entries overlap")
        return entries
    except struct.error as error:
        raise errors.DamagedCheckpoint(found="its zip directory is cut off") from error


def _find_directory(view: memoryview) -> tuple[int, int]:
    """Return the number of entries and the position of the central directory."""
    tail_start = max(0, len(view) - 2**16 - 22)
    at = bytes(view[tail_start:]).rfind(_END)
    if at < 0:
        raise errors.DamagedCheckpoint(found="it ends too early or other bytes follow after its end")
    at += tail_start
    number, size, start, comment_length = struct.unpack_from("<HIIH", view, at + 10)
    if at + 22 + comment_length != len(view):
        raise errors.DamagedCheckpoint(found=f"{len(view) - at - 22 - comment_length} bytes follow after its end")
    directory_end = at
    if at >= 20 and view[at - 20 : at - 16] == _LOCATOR64:
        (end64,) = struct.unpack_from("<Q", view, at - 12)
        if view[end64 : end64 + 4] != _END64:
            raise errors.DamagedCheckpoint(found="its zip directory is not where it should be")
        (rest,) = struct.unpack_from("<Q", view, end64 + 4)
        if end64 + 12 + rest != at - 20:
            raise errors.DamagedCheckpoint(found="its zip directory is not where it should be")
        number, size, start = struct.unpack_from("<QQQ", view, end64 + 32)
        directory_end = end64
    if start + size != directory_end:
        raise errors.DamagedCheckpoint(found="its zip directory is not where it should be")
    if number > MAX_ENTRIES:
        raise errors.CheckpointTooLarge(found=f"it claims {number} entries")
    return number, start


def _iterate_entries(view: memoryview, number: int, at: int) -> Iterator[tuple[str, memoryview]]:
    for _ in range(number):
        if view[at : at + 4] != _ENTRY:
            raise errors.DamagedCheckpoint(found="its zip directory is cut off")
        flags, method = struct.unpack_from("<HH", view, at + 8)
        packed, size, name_length, extra_length, comment_length = struct.unpack_from("<IIHHH", view, at + 20)
        (header,) = struct.unpack_from("<I", view, at + 42)
        if name_length > MAX_NAME_BYTES or extra_length > MAX_EXTRA_BYTES:
            raise errors.DamagedCheckpoint(found="its zip directory is of an unusual form")
        extra = at + 46 + name_length
        name = bytes(view[at + 46 : extra]).decode(errors="backslashreplace")  # other archives have any encoding
        size, packed, header = _resolve_zip64(view[extra : extra + extra_length], size, packed, header)
        if method or flags & 1 or packed != size:
            raise errors.NotACheckpoint(found=f"its entry {quote(name)} is compressed")
        yield name, _view_entry(view, header, size)
        at = extra + extra_length + comment_length


def _resolve_zip64(extra: memoryview, *numbers: int) -> list[int]:
    """Replace each number that did not fit into 32 bits by its value in the zip64 field (section 4.5.3).

    The field contains only the values of those numbers, in order.
    """
    at, wide = 0, iter(())
    while at + 4 <= len(extra):
        kind, length = struct.unpack_from("<HH", extra, at)
        if kind == 1:
            wide = iter(struct.unpack_from(f"<{length // 8}Q", extra, at + 4))
        at += 4 + length
    try:
        return [next(wide) if number == _ALL_ONES else number for number in numbers]
    except StopIteration:
        raise errors.DamagedCheckpoint(found="its zip directory is cut off") from None


def _view_entry(view: memoryview, header: int, size: int) -> memoryview:
    if view[header : header + 4] != _LOCAL:
        raise errors.DamagedCheckpoint(found="its zip directory points to no entry")
    name_length, extra_length = struct.unpack_from("<HH", view, header + 26)
    start = header + 30 + name_length + extra_length
    if start + size > len(view):
        raise errors.DamagedCheckpoint(found="it ends too early")
    return view[start : start + size]
