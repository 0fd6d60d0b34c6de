"""Measures how sharp a network's eyes are beside the artist's: the mean gradient in their boxes, on the same faces.

Knows nothing about the reader. Gradients of drawings are stored in a folder, because drawing takes long.
"""

from collections.abc import Iterable, Iterator
from pathlib import Path

import numpy as np
from numpy.typing import NDArray
from torch import Tensor

from generator.evaluate.sets import Picture, digest, draw_faces, keep
from generator.stylegan.generator import Generator
from generator.stylegan.ops import to_uint8
from generator.train.data.drawing import Artist, draw_conditions
from generator.train.data.store import Advance

Boxes = NDArray[np.int64]  # [n, boxes, 4]: left, top, right and bottom in pixels


def measure_sharpness(
    generator: Generator, artist: Artist, labels: Tensor, knobs: Tensor, folder: Path, advance: Advance = lambda _: None
) -> float:
    """Return the mean gradient in the eyes of a network's faces, as a share of that in the artist's portraits.

    Faces and portraits have the same labels [n, c_dim] and knobs [n, k]. z must hold the knobs.
    """
    side = generator.resolution
    attributes = [artist.attributes(*row) for row in zip(labels.numpy(), knobs.numpy(), strict=True)]
    boxes = np.stack([artist.draws.eye_boxes(one, side) for one in attributes])
    file = folder / f"eyes-{side}-{digest(labels, knobs)}-{artist.digest()}.npz"
    if file.exists():
        advance(len(labels))
    else:
        portraits = draw_conditions(artist.name, labels.numpy(), knobs.numpy(), side)
        keep(file, gradients=mean_gradients(portraits, boxes, advance))
    with np.load(file) as stored:
        drawn = stored["gradients"]
    return float(mean_gradients(_faces(generator, knobs, labels), boxes, advance).mean() / drawn.mean())


def _faces(generator: Generator, z: Tensor, labels: Tensor) -> Iterator[Picture]:
    for faces in draw_faces(generator, z, labels, psi=1.0):
        yield from to_uint8(faces).cpu().numpy()


def mean_gradients(pictures: Iterable[Picture], boxes: Boxes, advance: Advance = lambda _: None) -> NDArray[np.float64]:
    """Return the mean length of the brightness's gradient in the boxes of each picture [side, side, 3]: [n].

    It is in levels of 256 for each pixel, and averaged over the pixels of all boxes of a picture.
    """
    means = []
    for picture, own in zip(pictures, boxes, strict=True):
        parts = [_gradient(picture[top:bottom, left:right]) for left, top, right, bottom in own]
        means.append(np.concatenate([part.ravel() for part in parts]).mean())
        advance(1)
    return np.array(means)


def _gradient(picture: Picture) -> NDArray[np.float64]:
    """Return the length of the brightness's gradient at each pixel [h - 1, w - 1], by differences to its neighbours."""
    bright = picture.mean(axis=2)
    return np.asarray(np.hypot(bright[:-1, 1:] - bright[:-1, :-1], bright[1:, :-1] - bright[:-1, :-1]))
