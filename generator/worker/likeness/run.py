"""The state of one run of the kind "like", from its Run message to its Finished or Failed message.

Knows nothing about other runs or about threads, except that another one decodes the picture and encodes the file.
"""

import threading
from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, NamedTuple

from generator.contract import errors, protocol
from generator.contract.recipe import Recipe
from generator.projection import side_by_side
from generator.projection.search import Search
from generator.rendering import encode, render
from generator.rendering.animation.frames import Timing
from generator.stylegan.generator import Generator
from generator.worker.run import Call, finished_message

if TYPE_CHECKING:
    from PIL import Image

PREVIEW_HEIGHT = 256  # pixels
PREVIEW_QUALITIES = (80, 50, 20)  # of WebP, 0 to 100; the first whose file is small enough for one message


class LikeGroup(NamedTuple):
    """What stands in place of a batch group: steps of one run alone are made together."""

    model: str
    run: int


@dataclass
class LikeRun:
    """A run that the worker has accepted and that has not yet finished or failed. Used as an ActiveRun is."""

    message: protocol.Run
    recipe: Recipe
    model: str
    network: str  # digest of the model's file, for the stamp
    picture: "Image.Image | None" = None  # None until it is decoded
    search: Search | None = None  # None until the picture is decoded and the model is in memory
    was_shown: bool = False  # whether a first look was sent
    progress_at: float = 0.0  # when progress was last sent, by the monotonic clock
    encoding: "LikeEncoding | None" = None  # set once the face is found
    pixels: int = 0  # it keeps only one face
    is_animated: bool = False

    @property
    def group(self) -> LikeGroup:
        """With which runs it may share a batch: none."""
        return LikeGroup(self.model, self.message.id)

    def use(self, generator: Generator) -> None:
        """Go on with this network, which is the same as before, and may have been loaded again."""
        assert self.search is not None
        self.search.generator = generator

    @property
    def is_planned(self) -> bool:
        """Whether the search can go on."""
        return self.search is not None

    @property
    def total(self) -> int:
        """Number of steps, the first look among them, or 0 before the search begins."""
        return 0 if self.search is None else self.search.total + 1

    @property
    def done(self) -> int:
        """Number of steps made."""
        return 0 if self.search is None else self.search.done + self.was_shown


class LikeEncoding:
    """The last step of such a run: picture and face become a file. Used as an Encoding is."""

    def __init__(self, run: LikeRun, found: "FoundFace", height: int) -> None:
        self.run = run.message
        self._picture, self._found, self._height, self._network = run.picture, found, height, run.network
        self._cancelled = threading.Event()

    def cancel(self) -> None:
        """Make ``file`` raise Cancelled, unless it has already returned."""
        self._cancelled.set()

    def file(self, call: Call | None = None) -> encode.File:
        """Return the file, made here whatever ``call`` is, with the line of the found face in it.

        Raises CannotFit, and Cancelled after ``cancel``.
        """
        self._raise_if_cancelled()
        assert self._picture is not None
        frames = side_by_side.compose(self._picture, self._found.face, self._height)
        line, vectors = str(self._found.recipe), [self._found.vector]
        file = encode.encode("png", frames, Timing(), line, self.run.max_bytes, vectors, self._network)
        self._raise_if_cancelled()
        return file

    def finished(self, file: encode.File) -> protocol.Finished:
        """Return the message that ends the run with ``file``."""
        message = finished_message(self.run.id, file)
        return replace(message, traits_read=dict(self._found.traits), psnr=round(self._found.psnr, 2))

    def _raise_if_cancelled(self) -> None:
        if self._cancelled.is_set():
            raise errors.Cancelled()


class FoundFace(NamedTuple):
    """The face that was found, as it is drawn from its line."""

    recipe: Recipe
    vector: bytes
    face: render.Faces  # [h, w, 3 or 4] uint8
    traits: Mapping[str, str]
    psnr: float


def preview(run: LikeRun, face: render.Faces, height: int) -> protocol.Preview:
    """Return a first look at a run, with the face [h, w, 3 or 4] uint8 with which its search begins."""
    assert run.picture is not None
    frames = side_by_side.compose(run.picture, face, min(height, PREVIEW_HEIGHT))
    for quality in PREVIEW_QUALITIES:
        body = side_by_side.to_webp(frames, quality)
        if len(body) <= protocol.MAX_BODY_BYTES:
            break
    return protocol.Preview(run.message.id, "image/webp", frames.shape[2], frames.shape[1], body)
