"""Every message between the bot and the worker, and its bytes on the wire. No I/O: bytes in, messages out.

Does not know processes, torch or Discord. Standard library only.

A frame is  [4 bytes big-endian: header length][header: a JSON object, UTF-8][body: header["body"] raw bytes]

    bot -> worker                          worker -> bot
    Run(id, line, max_bytes, person)       Ready                      once; before it only Busy
    Cancel(id)                             Busy(until_s)              before anything long
    (end of stream: exit)                  Progress(id, done, total)  any number, per run
                                           Part(id) + body            the file, in order, at most 256 KiB each
                                           Finished | Failed          exactly one, the last message about its id
"""

import json
from collections.abc import Callable, Iterator, Mapping
from dataclasses import asdict, dataclass, field
from typing import Any

from generator.contract import errors

MAX_HEADER_BYTES = 64 * 1024
MAX_BODY_BYTES = 256 * 1024
MAX_BUSY_SECONDS = 3600.0
_LENGTH_BYTES = 4


@dataclass(frozen=True)
class Model:
    """A model that the worker offers.

    traits: name -> the values it can be asked for, in label order; none: too many to list. layers: how many w a picture
    takes. noise: whether noise changes the picture. directions: the learnt ones that were tested; None: untested, one
    for each value.
    """

    name: str
    resolution: int
    digest: str
    traits: Mapping[str, tuple[str, ...]] = field(default_factory=dict)
    layers: int = 0
    noise: bool = False
    directions: tuple[str, ...] | None = None


@dataclass(frozen=True)
class Ready:
    """The worker can draw. The first model is the default one.

    fingerprint: everything besides model and line that determines the bytes (renderer version, precision, kind of
    device, enlarging); it is part of the cache key.
    """

    kinds: tuple[str, ...]
    formats: tuple[str, ...]
    models: tuple[Model, ...]
    device: str
    fingerprint: str


@dataclass(frozen=True)
class Run:
    """Draw this line. person: an opaque word, so that people take turns. max_bytes: the largest file allowed."""

    id: int
    line: str
    max_bytes: int
    person: str = ""


@dataclass(frozen=True)
class Cancel:
    """Nobody wants this run. It still ends once: Failed "cancelled", or Finished if it was too late."""

    id: int


@dataclass(frozen=True)
class Busy:
    """Expect silence for up to this many seconds from now, at most MAX_BUSY_SECONDS (loading, encoding).

    Ready and 0 end it: nothing long is in progress.
    """

    until_s: float


@dataclass(frozen=True)
class Progress:
    """``done`` of ``total`` faces are drawn."""

    id: int
    done: int
    total: int


@dataclass(frozen=True)
class Part:
    """The next piece of the file of run ``id``."""

    id: int
    body: bytes


@dataclass(frozen=True)
class Finished:
    """The file is complete. reduced: how it shrank to fit max_bytes, such as {"side": 192, "from": 256}; else empty."""

    id: int
    media_type: str
    size: int
    width: int
    height: int
    frames: int = 1
    reduced: Mapping[str, errors.Field] = field(default_factory=dict)


@dataclass(frozen=True)
class Failed:
    """The run ended without a file. code and fields rebuild the error (errors.from_wire)."""

    id: int
    code: str
    fields: Mapping[str, errors.Field] = field(default_factory=dict)


Message = Ready | Run | Cancel | Busy | Progress | Part | Finished | Failed

_TYPES: dict[str, type[Any]] = {
    t.__name__.lower(): t for t in (Ready, Run, Cancel, Busy, Progress, Part, Finished, Failed)
}


def encode(message: Message) -> bytes:
    """Return the frame of ``message``. Raises ProtocolError if its header or body is over the limit."""
    fields: dict[str, Any] = {"type": type(message).__name__.lower(), **asdict(message)}
    body: bytes = fields.pop("body", b"")
    if body:
        fields["body"] = len(body)
    header = json.dumps(fields, separators=(",", ":"), ensure_ascii=False).encode()
    if len(header) > MAX_HEADER_BYTES or len(body) > MAX_BODY_BYTES:
        raise errors.ProtocolError(found=f"a message of {len(header)} + {len(body)} bytes")
    return len(header).to_bytes(_LENGTH_BYTES, "big") + header + body


def parts(run_id: int, file: bytes) -> Iterator[Part]:
    """Cut a file into Parts of at most 256 KiB."""
    view = memoryview(file)
    for start in range(0, len(view), MAX_BODY_BYTES):
        yield Part(run_id, bytes(view[start : start + MAX_BODY_BYTES]))


class Decoder:
    """Turns a stream of bytes, cut anywhere, back into messages."""

    def __init__(self) -> None:
        self._buffer = bytearray()

    def feed(self, piece: bytes) -> Iterator[Message]:
        """Yield every message that ``piece`` completes. Raises ProtocolError on bytes that encode cannot write."""
        self._buffer += piece
        while (message := self._next()) is not None:
            yield message

    def close(self) -> None:
        """Note the end of the stream. Raises ProtocolError if it ended inside a message."""
        if self._buffer:
            raise errors.ProtocolError(found="a message was cut off")

    def _next(self) -> Message | None:
        if len(self._buffer) < _LENGTH_BYTES:
            return None
        length = int.from_bytes(self._buffer[:_LENGTH_BYTES], "big")
        if length > MAX_HEADER_BYTES:
            raise errors.ProtocolError(found=f"a header of {length} bytes")
        start = _LENGTH_BYTES + length
        if len(self._buffer) < start:
            return None
        header = _header(bytes(self._buffer[_LENGTH_BYTES:start]))
        size = header.pop("body", 0)
        if type(size) is not int or not 0 <= size <= MAX_BODY_BYTES:
            raise errors.ProtocolError(found=f"a body of {size!r} bytes")
        if len(self._buffer) < start + size:
            return None
        body = bytes(self._buffer[start : start + size])
        message = _message(header, body)
        del self._buffer[: start + size]
        return message


def _header(raw: bytes) -> dict[str, Any]:
    try:
        header = json.loads(raw)
    except (ValueError, RecursionError):
        raise errors.ProtocolError(found="a header that is not JSON") from None
    if not isinstance(header, dict):
        raise errors.ProtocolError(found="a header that is not an object")
    return header


def _message(header: dict[str, Any], body: bytes) -> Message:
    kind = _TYPES.get(str(header.pop("type", "")))
    if kind is None:
        raise errors.ProtocolError(found="a message of unknown type")
    if kind is Part:
        header["body"] = body
    try:
        message: Message = _build(kind, header)
    except (TypeError, ValueError, KeyError, AttributeError):
        raise errors.ProtocolError(found=f"a {kind.__name__} with wrong fields") from None
    return message


def _build(kind: type[Any], fields: Mapping[str, Any]) -> Any:
    return kind(**{name: _READ[name](value) for name, value in fields.items()})


def _exactly(kind: type[Any]) -> Callable[[Any], Any]:
    def read(value: Any) -> Any:
        if type(value) is not kind:  # isinstance would take a bool for an int
            raise TypeError
        return value

    return read


def _texts(value: Any) -> tuple[str, ...]:
    return tuple(map(_exactly(str), _exactly(list)(value)))


def _error_fields(value: Any) -> dict[str, errors.Field]:
    if not all(type(field) in (str, int, float) for field in value.values()):
        raise TypeError
    return dict(value)


def _seconds(value: Any) -> float:
    if not 0 <= float(value) <= MAX_BUSY_SECONDS:  # refuses NaN and infinity, too
        raise ValueError
    return float(value)


# A field name means the same in every message, so one table reads all of them. Wrong types are refused here, not later.
_READ: Mapping[str, Callable[[Any], Any]] = (
    dict.fromkeys(
        ("id", "max_bytes", "done", "total", "size", "width", "height", "frames", "resolution", "layers"), _exactly(int)
    )
    | dict.fromkeys(("line", "person", "media_type", "code", "name", "digest", "device", "fingerprint"), _exactly(str))
    | dict.fromkeys(("kinds", "formats"), _texts)
    | dict.fromkeys(("reduced", "fields"), _error_fields)
    | {
        "until_s": _seconds,
        "noise": _exactly(bool),
        "body": _exactly(bytes),
        "traits": lambda value: {str(name): _texts(values) for name, values in value.items()},
        "directions": lambda value: None if value is None else _texts(value),
        "models": lambda value: tuple(_build(Model, model) for model in value),
    }
)
