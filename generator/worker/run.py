"""One run of the worker between its Run message and its last word: what is known of it, and its faces so far.

Knows no threads and no other runs.
"""

from dataclasses import dataclass

import numpy as np

from generator.contract import errors, protocol
from generator.contract.recipe import Recipe
from generator.rendering import encode, render
from generator.rendering.plans import Plan


@dataclass
class Running:
    """A run between its Run message and its last word."""

    run: protocol.Run
    recipe: Recipe
    plan: Plan | None = None  # None while its network is being loaded
    faces: render.Faces | None = None  # filled batch by batch; None before the first
    done: int = 0
    told_at: float = 0.0
    encoding: bool = False  # its ending is the encoder's to say
    wanted: bool = True

    @property
    def model(self) -> str:
        """Name of the network that draws it."""
        return str(self.recipe["model"])

    @property
    def total(self) -> int:
        """How many faces it needs."""
        return 0 if self.plan is None else self.plan.layout.faces

    @property
    def pixels(self) -> int:
        """How many pixels its frames have, as shown."""
        return 0 if self.plan is None else self.total * self.plan.layout.side**2

    @property
    def animated(self) -> bool:
        """Whether it has more than one frame."""
        return self.plan is not None and self.plan.layout.frames > 1

    def take(self, picked: list[int], faces: render.Faces) -> None:
        """Keep these faces, synthesised at the positions ``picked``."""
        if self.faces is None:
            self.faces = np.empty((self.total, *faces.shape[1:]), np.uint8)
        self.faces[picked] = faces
        self.done += len(picked)

    def file(self) -> encode.File:
        """Encode the finished faces. Raises FormatMissing, CannotFit."""
        assert self.plan is not None
        assert self.faces is not None
        frames = render.compose(self.plan.layout, self.faces)
        self.faces = self.faces[:0]  # the composed frames take their place in memory
        return render.finish(frames, self.plan, self.recipe, self.run.max_bytes)


def finished(id_: int, file: encode.File) -> protocol.Finished:
    """Return the last word on a run that gave ``file``."""
    return protocol.Finished(id_, file.media_type, len(file.body), file.width, file.height, file.frames, file.reduced)


def failed(id_: int, error: errors.GeneratorError) -> protocol.Failed:
    """Return the last word on a run that gave none."""
    return protocol.Failed(id_, error.code, error.fields)
