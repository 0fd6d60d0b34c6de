"""The messages between the bot and the worker, and the functions that convert them to bytes and back.

Does no I/O. Standard library only.

A frame is  [4 bytes big-endian: header length][header: a JSON object, UTF-8][body: header["body"] raw bytes]

    bot -> worker                          worker -> bot
    Attach(id, digest) + body              Ready                      first, but for Busy; again if models came or went
    Run(id, line, max_bytes, person, ...)  Busy(until_s)              before anything that takes long
    ContactSheet(id, cells, first, max_bytes)
    Cancel(id)
    Ping()                                 Pong()                     at once, whatever is being drawn
    (end of stream: exit)                  Progress(id, done, total)  any number for each run
                                           Preview(id) + body         a first look at the file
                                           Part(id) + body            a piece of the file, in order, up to 256 KiB
                                           Finished | Failed          exactly one for each run or sheet, as its last
"""

import hashlib
import json
import math
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import asdict, dataclass, field
from typing import Any

from generator.contract import errors
from generator.contract.sampling import Sampling

MAX_HEADER_BYTES = 128 * 1024
MAX_BODY_BYTES = 256 * 1024
MAX_BUSY_SECONDS = 3600.0
MAX_ATTACHMENTS = 32  # of one run
MAX_ATTACHED_BYTES = 8 * 2**20  # all attachments of one run together, unless it is a single picture to look at
MAX_PICTURE_BYTES = 25 * 2**20  # such a picture, which is the only attachment of a run of the kind "like"
MAX_CELLS = 25  # of one sheet
_LENGTH_BYTES = 4


@dataclass(frozen=True)
class Model:
    """A model that the worker offers."""

    name: str
    resolution: int  # the longer side of its pictures in pixels
    digest: str
    # The traits that are offered, and the offered values of each, in the order of the network's label; () if there are
    # too many to list. The network may have others, which it does not show as asked.
    traits: Mapping[str, tuple[str, ...]] = field(default_factory=dict)
    layers: int = 0  # number of w-layers
    noise: bool = False  # whether noise changes the picture
    # Where it does: in "coarse" or "fine" layers, or both; () if there is no noise, or if that is not known.
    noise_parts: tuple[str, ...] = ()
    takes_transform: bool = False  # whether its pictures can be turned and shifted
    # Names of the learnt directions that passed their test. If no direction was tested, this is None, and every trait
    # value has a direction.
    directions: tuple[str, ...] | None = None
    # Names of the knobs: components of z, along which a face moves exactly. No learnt direction has one of these names.
    knobs: tuple[str, ...] = ()
    title: str = (
        ""  # what menus show in place of the name: the name of its file, in any script; "" if that says no more
    )
    aliases: tuple[str, ...] = ()  # further names, which lines may have
    # What the traits of a seed follow from (contract/sampling.py): the size of z, the probability of each value of a
    # trait (uniform if left out), and all values of the traits, offered or not, if they are more than ``traits``.
    z_dim: int = 0
    odds: Mapping[str, tuple[float, ...]] = field(default_factory=dict)
    all_values: Mapping[str, tuple[str, ...]] = field(default_factory=dict)
    width: int = 0  # of its pictures in pixels, and height; both 0 if they are squares
    height: int = 0

    @property
    def size(self) -> tuple[int, int]:
        """Width and height of its pictures in pixels."""
        return self.width or self.resolution, self.height or self.resolution

    @property
    def sampling(self) -> Sampling:
        """How the model samples the traits of a seed."""
        values = self.all_values or self.traits
        return Sampling(self.z_dim, values if all(values.values()) else {}, self.odds)


@dataclass(frozen=True)
class MissingModel:
    """A name that once meant a model, and why that cannot draw now."""

    name: str
    digest: str
    code: str  # the error's, a key of WHY_MISSING


@dataclass(frozen=True)
class Ready:
    """The worker has started and can draw; or it can draw with other models than it told before."""

    kinds: tuple[str, ...]
    formats: tuple[str, ...]
    models: tuple[Model, ...]  # the first is the default
    device: str  # "cpu" or "cuda"
    # Everything that affects the file's bytes apart from the model and the recipe line: renderer version, precision,
    # device, and whether small faces are enlarged. It is part of the cache key.
    fingerprint: str
    missing: tuple[MissingModel, ...] = ()
    replicas: int = 1  # how many workers draw, each of which takes as many runs as the bot would give one

    def model(self, name: str) -> Model:
        """Return the model that a line means by a name.

        Raises UnknownModel if no model was ever called that, or ModelGone, ModelReplaced or ModelNotOffered.
        """
        return find_model(name, self.models, self.missing)

    def offered(self, name: str) -> Model | None:
        """Return the same model, or None if it cannot draw."""
        try:
            return self.model(name)
        except errors.UnknownModel:
            return None


@dataclass(frozen=True)
class Attach:
    """The next piece of an attachment of run ``id``, whose Run message follows."""

    id: int
    digest: str  # the SHA-256 of the whole attachment, in hexadecimal
    body: bytes


@dataclass(frozen=True)
class Run:
    """Asks the worker to draw a recipe."""

    id: int
    line: str  # the recipe
    max_bytes: int  # the largest file allowed
    person: str = ""  # an opaque identifier of the person who asked, so that people take turns
    attachments: tuple[str, ...] = ()  # digests of the attachments, all of which came before


@dataclass(frozen=True)
class ContactSheet:
    """Asks the worker to put finished pictures side by side, each with its number. It draws no face.

    It counts as a run: its id is none of theirs, and it ends as they do.
    """

    id: int
    cells: tuple[str, ...]  # the digest of the PNG in each cell, row by row; "" for a cell that has none
    first: int  # the number of the first cell; the others count on
    max_bytes: int  # the largest file allowed
    person: str = ""

    @property
    def attachments(self) -> tuple[str, ...]:
        """The digests of the pictures, each once; all of them came before, as attachments of this id."""
        return tuple(dict.fromkeys(filter(None, self.cells)))

    @property
    def line(self) -> str:
        """What the log calls it."""
        return f"a sheet of {len(self.cells)} pictures"


@dataclass(frozen=True)
class Cancel:
    """Asks the worker to stop a run that nobody wants any more.

    The worker still sends one last message about the run: Failed with the code "cancelled", or Finished if it was too
    late to stop the run.
    """

    id: int


@dataclass(frozen=True)
class Ping:
    """Asks whether the worker's process is running at all. A suspended one does not answer."""


@dataclass(frozen=True)
class Pong:
    """The answer to a Ping. It does not say that the worker gets on with its runs."""


@dataclass(frozen=True)
class Busy:
    """The worker may be silent for a while, because it is loading a model or encoding an animation.

    Ready, or a Busy of 0 seconds, ends that period.
    """

    until_s: float  # seconds from now, at most MAX_BUSY_SECONDS


@dataclass(frozen=True)
class Progress:
    """``done`` of the run's ``total`` faces have been drawn; of a run of the kind "like", of its steps."""

    id: int
    done: int
    total: int


@dataclass(frozen=True)
class Preview:
    """A first look at what run ``id`` is making: a whole small picture, without a stamp. A later one replaces it."""

    id: int
    media_type: str
    width: int  # pixels
    height: int  # pixels
    body: bytes


@dataclass(frozen=True)
class Part:
    """The next piece of the file of run ``id``."""

    id: int
    body: bytes


@dataclass(frozen=True)
class Finished:
    """The run succeeded, and all Parts of its file were sent."""

    id: int
    media_type: str
    size: int  # bytes
    width: int  # pixels
    height: int  # pixels
    frames: int = 1
    # If the frames were shrunk to fit max_bytes: their shorter side after and before, {"side": 192, "from": 256}.
    reduced: Mapping[str, errors.Field] = field(default_factory=dict)
    # Of the kind "like": the traits that the picture shows, if the network has any and they can be read, and how close
    # the face is to the picture, as the peak signal-to-noise ratio in dB.
    traits_read: Mapping[str, str] = field(default_factory=dict)
    psnr: float = 0.0


@dataclass(frozen=True)
class Failed:
    """The run ended without a file. ``errors.from_wire`` rebuilds the error from ``code`` and ``fields``."""

    id: int
    code: str
    fields: Mapping[str, errors.Field] = field(default_factory=dict)


Message = (
    Ready | Attach | Run | ContactSheet | Cancel | Ping | Pong | Busy | Progress | Preview | Part | Finished | Failed
)

_TYPES: dict[str, type[Any]] = {
    t.__name__.lower(): t
    for t in (Ready, Attach, Run, ContactSheet, Cancel, Ping, Pong, Busy, Progress, Preview, Part, Finished, Failed)
}


WHY_MISSING: Mapping[str, type[errors.UnknownModel]] = {
    error.code: error for error in (errors.ModelGone, errors.ModelReplaced, errors.ModelNotOffered)
}


def find_model(name: str, models: Iterable[Model], missing: Iterable[MissingModel]) -> Model:
    """Return the model of that name or alias; see Ready.model."""
    offered = list(models)
    for model in offered:
        if name == model.name or name in model.aliases:
            return model
    for model_missing in missing:
        if model_missing.name == name:
            raise WHY_MISSING.get(model_missing.code, errors.ModelGone)(model=name)
    raise errors.UnknownModel(model=name, known=", ".join(model.name for model in offered))


def encode(message: Message) -> bytes:
    """Convert ``message`` to a frame. Raises ProtocolError if its header or body is too large."""
    fields: dict[str, Any] = {"type": type(message).__name__.lower(), **asdict(message)}
    body: bytes = fields.pop("body", b"")
    if body:
        fields["body"] = len(body)
    header = json.dumps(fields, separators=(",", ":"), ensure_ascii=False).encode()
    if len(header) > MAX_HEADER_BYTES or len(body) > MAX_BODY_BYTES:
        raise errors.ProtocolError(found=f"a message of {len(header)} + {len(body)} bytes")
    return len(header).to_bytes(_LENGTH_BYTES, "big") + header + body


def attach(run_id: int, attachment: bytes) -> Iterator[Attach]:
    """Yield the pieces of an attachment, each at most 256 KiB."""
    digest = hashlib.sha256(attachment).hexdigest()
    for start in range(0, len(attachment), MAX_BODY_BYTES):
        yield Attach(run_id, digest, attachment[start : start + MAX_BODY_BYTES])


def parts(run_id: int, file: bytes) -> Iterator[Part]:
    """Yield the Parts of a file, each at most 256 KiB."""
    view = memoryview(file)
    for start in range(0, len(view), MAX_BODY_BYTES):
        yield Part(run_id, bytes(view[start : start + MAX_BODY_BYTES]))


class Decoder:
    """Converts a stream of bytes back to messages. The stream may arrive in pieces of any size."""

    def __init__(self) -> None:
        self._buffer = bytearray()

    def feed(self, piece: bytes) -> Iterator[Message]:
        """Add ``piece`` to the stream, and yield every message that is now complete.

        Raises ProtocolError if the bytes are not a valid message.
        """
        self._buffer += piece
        while (message := self._next()) is not None:
            yield message

    @property
    def is_inside_message(self) -> bool:
        """Whether the stream so far ends inside a message."""
        return bool(self._buffer)

    def close(self) -> None:
        """Check the end of the stream. Raises ProtocolError if the stream ended inside a message."""
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
    if kind in (Part, Attach, Preview):
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
        if type(value) is not kind:  # isinstance would accept a bool as an int
            raise TypeError
        return value

    return read


def _texts(value: Any) -> tuple[str, ...]:
    return tuple(map(_exactly(str), _exactly(list)(value)))


def _texts_by_name(value: Any) -> dict[str, tuple[str, ...]]:
    return {str(name): _texts(values) for name, values in value.items()}


def _text_by_name(value: Any) -> dict[str, str]:
    return {str(name): _exactly(str)(text) for name, text in value.items()}


def _decibels(value: Any) -> float:
    if not math.isfinite(value):
        raise ValueError
    return float(value)


def _odds(value: Any) -> dict[str, tuple[float, ...]]:
    return {str(name): tuple(map(float, _exactly(list)(shares))) for name, shares in value.items()}


def _error_fields(value: Any) -> dict[str, errors.Field]:
    if not all(type(field) in (str, int, float) for field in value.values()):
        raise TypeError
    return dict(value)


def _seconds(value: Any) -> float:
    if not 0 <= float(value) <= MAX_BUSY_SECONDS:  # refuses NaN and infinity, too
        raise ValueError
    return float(value)


# The functions that check and convert each field of a header. A field name means the same in every message, so one
# table serves them all. Values of the wrong type are refused here, on decoding.
_READ: Mapping[str, Callable[[Any], Any]] = (
    dict.fromkeys(
        (
            *("id", "max_bytes", "first", "done", "total", "size", "width", "height", "frames", "resolution"),
            *("layers", "z_dim", "replicas"),
        ),
        _exactly(int),
    )
    | dict.fromkeys(
        ("line", "person", "media_type", "code", "name", "digest", "device", "fingerprint", "title"), _exactly(str)
    )
    | dict.fromkeys(("kinds", "formats", "attachments", "aliases", "cells", "noise_parts", "knobs"), _texts)
    | dict.fromkeys(("reduced", "fields"), _error_fields)
    | {
        "until_s": _seconds,
        "noise": _exactly(bool),
        "takes_transform": _exactly(bool),
        "body": _exactly(bytes),
        "traits": _texts_by_name,
        "all_values": _texts_by_name,
        "odds": _odds,
        "traits_read": _text_by_name,
        "psnr": _decibels,
        "directions": lambda value: None if value is None else _texts(value),
        "models": lambda value: tuple(_build(Model, model) for model in value),
        "missing": lambda value: tuple(_build(MissingModel, model) for model in value),
    }
)
