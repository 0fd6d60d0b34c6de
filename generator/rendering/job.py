"""The last step of a picture or an animation: its faces become a file.

A Job is a plain value, so that another thread or process can make its file. Knows nothing about networks, recipes or
people, and does not use torch.
"""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from generator.contract import stamp
from generator.rendering.animation.frames import Check, Timing, watch
from generator.rendering.animation.mp4 import Pieces
from generator.rendering.animation.stream import Kept, explain_full_disk
from generator.rendering.encode import File, check_format, describe_file, encode
from generator.rendering.layout import Layout, compose


@dataclass(frozen=True)
class Job:
    """What is needed to make one file."""

    frames: NDArray[np.uint8] | Kept  # the faces as drawn [n, h, w, 3 or 4], or where the frames are kept
    layout: Layout
    format: str  # a key of FORMATS
    timing: Timing
    line: str  # the recipe, for the stamp
    vectors: tuple[bytes, ...] = ()  # the stored vectors that it names
    network: str = ""  # digest of the network that drew the faces
    max_bytes: int | None = None  # the largest file allowed


@explain_full_disk()
def make_file(job: Job, check: Check = lambda: None) -> File:
    """Return the file of a job. If it is larger than allowed, its frames are shrunk until it fits.

    ``check`` is called before each frame of a long animation, and may raise an error that ends the work.
    Raises the errors of ``encode.encode``, NoSpace if there is no room for the file, and OSError if kept frames cannot
    be read.
    """
    rest = (job.timing, job.line, job.max_bytes, job.vectors, job.network)
    if not isinstance(job.frames, Kept):
        return encode(job.format, compose(job.layout, job.frames), *rest)
    kept = job.frames.open()
    drawn = min(job.layout.size) if kept.shape[1] < job.layout.size[0] - 1 else 0  # if they were shrunk when kept
    if not isinstance(kept, Pieces):
        return encode(job.format, watch(kept, check), *rest, drawn=drawn)
    row, size = check_format(job.format), kept.size_joined()
    if job.max_bytes is None or size <= job.max_bytes:
        check()
        body = stamp.write(kept.join(check), job.line, job.vectors, job.network)
        if job.max_bytes is None or len(body) <= job.max_bytes:
            return describe_file(row, body, kept)
        size = len(body)
    return encode(job.format, watch(kept, check), *rest, too_large=size)
