"""The state of one run in the worker, from its Run message to its Finished or Failed message.

A run is one requested file, such as a picture or an animation. Knows nothing about other runs or about threads.
"""

import logging
import secrets
import threading
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Protocol

import numpy as np

from generator.contract import errors, protocol
from generator.contract.faces.face import DIGEST_CHARS
from generator.contract.kinds import hide_picture
from generator.contract.recipe import Recipe
from generator.rendering import contact_sheet, encode, job, render
from generator.rendering.animation.stream import is_long
from generator.rendering.plans import Plan
from generator.stylegan.memory import means_out_of_memory
from generator.worker.animations.streams import LiveStream

LONG_CLAIM = 24_000_000  # pixels for which a long animation counts: seven have room at once, four of one person

_log = logging.getLogger(__name__)


Call = Callable[..., encode.File]  # calls its first argument, a function, with the others; in another process


class Finishing(Protocol):
    """The last step of a run or a sheet, which makes its file."""

    @property
    def run(self) -> protocol.Run | protocol.ContactSheet:
        """What asked for the file."""

    def cancel(self) -> None:
        """Make ``file`` raise Cancelled, unless it has already returned."""

    def file(self, call: Call | None = None) -> encode.File:
        """Return the file. Raises GeneratorError if it cannot be made. Can be called only once.

        If there is a ``call``, the work is done through it.
        """

    def finished(self, file: encode.File) -> protocol.Finished:
        """Return the message that ends the run with ``file``."""


class Encoding:
    """The last step of a run, which turns its faces into a file.

    One thread calls ``file``; any other thread may call ``cancel``.
    """

    def __init__(self, run: protocol.Run, draft: render.Draft, network: str, frames: render.Faces | LiveStream) -> None:
        """``frames`` are the faces as drawn or, of a long animation, the stream that keeps its frames."""
        self.run = run
        self._draft, self._network = draft, network
        self._frames: render.Faces | LiveStream | None = frames
        self._cancelled = threading.Event()

    def cancel(self) -> None:
        """Make ``file`` raise Cancelled, unless it has already returned."""
        self._cancelled.set()

    def plan_file(self) -> job.Job:
        """Return what makes the file, once all frames of a long animation are kept. Can be called only once.

        Raises NoSpace if they could not be kept, and Cancelled if ``cancel`` was called.
        """
        self._raise_if_cancelled()
        assert self._frames is not None
        frames = self._frames.wait() if isinstance(self._frames, LiveStream) else self._frames
        self._frames = None  # the job alone has the faces now
        self._raise_if_cancelled()
        return render.plan_file(frames, self._draft, self.run.max_bytes, self._network)

    def file(self, call: Call | None = None) -> encode.File:
        """Encode the faces and return the file. Can be called only once. ``call`` is explained in Finishing.

        Raises FormatMissing or CannotFit if the faces cannot be encoded, NoSpace if the disk is full, and Cancelled if
        ``cancel`` was called.
        """
        planned = self.plan_file()
        file = job.make_file(planned, self._raise_if_cancelled) if call is None else call(job.make_file, planned)
        self._raise_if_cancelled()
        return file

    def finished(self, file: encode.File) -> protocol.Finished:
        """Return the message that ends the run with ``file``."""
        return finished_message(self.run.id, file)

    def _raise_if_cancelled(self) -> None:
        if self._cancelled.is_set():
            raise errors.Cancelled()


class SheetEncoding:
    """The one step of a sheet: its pictures become one file. Used as an Encoding is."""

    def __init__(self, run: protocol.ContactSheet, pictures: Mapping[str, bytes]) -> None:
        """``pictures`` are PNG files by digest. Raises ProtocolError if the sheet has no cells, or too many."""
        if not 1 <= len(run.cells) <= protocol.MAX_CELLS:
            raise errors.ProtocolError(found=f"a sheet of {len(run.cells)} cells")
        self.run = run
        self._pictures = [pictures[cell[:DIGEST_CHARS]] if cell else None for cell in run.cells]
        self._cancelled = threading.Event()

    def cancel(self) -> None:
        """Make ``file`` raise Cancelled, unless it has already returned."""
        self._cancelled.set()

    def file(self, call: Call | None = None) -> encode.File:
        """Return the file. ``call`` is explained in Finishing.

        Raises ProtocolError if a picture is none, CannotFit, and Cancelled after ``cancel``.
        """
        if self._cancelled.is_set():
            raise errors.Cancelled()
        sheet = self._pictures, self.run.first, self.run.max_bytes
        file = contact_sheet.make(*sheet) if call is None else call(contact_sheet.make, *sheet)
        if self._cancelled.is_set():
            raise errors.Cancelled()
        return file

    def finished(self, file: encode.File) -> protocol.Finished:
        """Return the message that ends the sheet with ``file``."""
        return finished_message(self.run.id, file)


@dataclass
class ActiveRun:
    """A run that the worker has accepted and that has not yet finished or failed."""

    message: protocol.Run
    recipe: Recipe
    model: str
    network: str  # digest of the model's file, for the stamp
    vectors: Mapping[str, bytes] = field(default_factory=dict)  # the stored vectors that came with the run, by digest
    draft: render.Draft | None = None  # None while the model is being loaded
    group: render.BatchGroup | None = None  # runs of the same group may share a batch
    # The faces drawn so far. None before the first batch, and again once encoding has begun. A long animation has a
    # stream instead, from the moment that it has room.
    faces: render.Faces | None = None
    stream: LiveStream | None = None
    done: int = 0  # number of faces drawn
    progress_at: float = 0.0  # when progress was last sent, by the monotonic clock
    encoding: Encoding | None = None  # set once all faces are drawn

    @property
    def plan(self) -> Plan | None:
        """The plan, or None while the model is being loaded."""
        return None if self.draft is None else self.draft.plan

    @property
    def is_planned(self) -> bool:
        """Whether it is known what to draw."""
        return self.draft is not None

    @property
    def total(self) -> int:
        """Number of faces in the run, or 0 while it has no plan."""
        return 0 if self.plan is None else self.plan.layout.faces

    @property
    def pixels(self) -> int:
        """Number of pixels of all faces together, at the size at which they are shown."""
        return 0 if self.plan is None else self.total * self.plan.layout.height * self.plan.layout.width

    @property
    def is_animated(self) -> bool:
        """Whether the run has more than one frame."""
        return self.plan is not None and self.plan.layout.frames > 1

    @property
    def is_long(self) -> bool:
        """Whether it is an animation whose frames are kept on the disk."""
        return self.plan is not None and is_long(self.plan.layout, self.plan.format)

    @property
    def claim(self) -> int:
        """The pixels for which it needs room. What a long animation has in memory does not depend on its length."""
        return min(self.pixels, LONG_CLAIM) if self.is_long else self.pixels

    def add_faces(self, picked: list[int], faces: render.Faces) -> None:
        """Store ``faces`` as the run's faces number ``picked``."""
        if self.faces is None:
            self.faces = np.empty((self.total, *faces.shape[1:]), np.uint8)
        self.faces[picked] = faces
        self.done += len(picked)

    def begin_encoding(self) -> Encoding:
        """Move the finished faces into a new Encoding, and return that."""
        assert self.draft is not None
        frames = self.faces if self.stream is None else self.stream
        assert frames is not None
        self.encoding = Encoding(self.message, self.draft, self.network, frames)
        self.faces = None
        return self.encoding


def finished_message(id_: int, file: encode.File) -> protocol.Finished:
    """Return the message that ends a run with ``file``."""
    return protocol.Finished(id_, file.media_type, len(file.body), file.width, file.height, file.frames, file.reduced)


def failed_message(id_: int, error: errors.GeneratorError) -> protocol.Failed:
    """Return the message that ends a run without a file."""
    return protocol.Failed(id_, error.code, error.fields)


def explain_failure(subject: str, error: Exception) -> errors.GeneratorError:
    """Return the error itself if users may see it, OutOfMemory if it means that, else one that shows a reference.

    The unexpected error is logged under that reference, which is random.
    """
    if isinstance(error, errors.GeneratorError):
        return error
    subject = hide_picture(subject)
    if means_out_of_memory(error):
        _log.warning("not enough memory: %s", subject)
        return errors.OutOfMemory()
    reference = secrets.token_hex(4)
    _log.error("%s: %s", reference, subject, exc_info=error)
    return errors.RenderFailed(reference=reference)
