"""Takes runs of the kind "like" through their stages: decoded, begun, searched in steps, found.

The worker decides when steps are made and which model is in memory. Knows nothing about other runs.

    admitted -> its picture is decoded -> its model is in memory -> first look -> searched in steps -> encoded
"""

from collections.abc import Callable, Mapping
from pathlib import Path

from generator.contract import errors, protocol, vector
from generator.contract.recipe import Recipe
from generator.projection.distance import psnr, to_pictures
from generator.projection.readers import Readers, find_readers
from generator.projection.search import Search
from generator.rendering.batch_size import BatchSize
from generator.rendering.plans import shown_size
from generator.rendering.render import Faces
from generator.rendering.vectors import encode_vector
from generator.stylegan.generator import Generator
from generator.worker.likeness.run import FoundFace, LikeEncoding, LikeRun, preview

MAX_STEPS = 16  # in one batch
MAX_WAITING_BYTES = 128 * 2**20  # of pictures that are not decoded yet

# Draws the face of a recipe [h, w, 3 or 4] uint8, given the vectors that it names, by digest.
DrawFace = Callable[[Recipe, Mapping[str, bytes]], Faces]


class Searches:
    """What runs of the kind "like" share: readers by model, and how many steps fit into a batch."""

    def __init__(self, enlarge: bool) -> None:
        self._enlarge = enlarge
        self._readers: dict[str, Readers] = {}  # model -> what reads pictures for it
        self._steps: dict[str, BatchSize] = {}  # model -> how many steps are made in a batch
        self._waiting = 0  # bytes of pictures that are not decoded yet

    def take_in(self, attachments: Mapping[str, bytes], recipe: Recipe) -> bytes:
        """Return the picture that a recipe names. Raises PictureMissing, or EngineDown if too many wait."""
        raw = attachments.get(str(recipe["picture"]))
        if raw is None:
            raise errors.PictureMissing()
        if self._waiting + len(raw) > MAX_WAITING_BYTES:
            raise errors.EngineDown()
        self._waiting += len(raw)
        return raw

    def decoded(self, size: int) -> None:
        """Record that a picture of ``size`` bytes was decoded, or could not be."""
        self._waiting -= size

    def capacity(self, model: str) -> int:
        """Return how many steps to make in one batch."""
        return self._steps.setdefault(model, BatchSize(limit=MAX_STEPS)).capacity

    def record(self, model: str, steps: int, seconds: float) -> None:
        """Record how long steps took."""
        self._steps.setdefault(model, BatchSize(limit=MAX_STEPS)).record(steps, seconds)

    def forget(self, model: str) -> None:
        """Forget what belongs to a model that is no longer in memory."""
        self._readers.pop(model, None)
        self._steps.pop(model, None)

    def begin(self, run: LikeRun, generator: Generator, file: Path) -> None:
        """Begin the search of a run whose picture is decoded. ``file`` is the network's."""
        assert run.picture is not None
        if run.model not in self._readers:
            self._readers[run.model] = find_readers(generator, file)
        run.search = Search(generator, run.picture, self._readers[run.model])

    def advance(self, run: LikeRun, steps: int, draw: DrawFace) -> protocol.Preview | None:
        """Make some steps, of which the second is to draw the first look, and return that if it was drawn."""
        assert run.search is not None
        look = None
        for _ in range(steps):
            if run.was_shown or not run.search.done:
                run.search.step()
                continue
            run.was_shown = True
            look = preview(run, self._draw(run, draw).face, shown_size(run.search.generator, self._enlarge)[0])
        return look

    def finish(self, run: LikeRun, draw: DrawFace) -> LikeEncoding:
        """End a search, and return what is left to do."""
        assert run.search is not None
        run.encoding = LikeEncoding(run, self._draw(run, draw), shown_size(run.search.generator, self._enlarge)[0])
        run.search = None
        return run.encoding

    def _draw(self, run: LikeRun, draw: DrawFace) -> FoundFace:
        """Draw the nearest face so far as it will be drawn from its line."""
        assert run.search is not None
        raw = encode_vector(run.search.best)
        recipe = Recipe.make("waifu", f"@{vector.digest_of(raw)}", model=run.model)
        face = draw(recipe, {vector.digest_of(raw): raw})
        closeness = psnr(to_pictures(face[None]), run.search.target.cpu())
        return FoundFace(recipe, raw, face, run.search.traits, closeness)
