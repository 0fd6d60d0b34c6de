"""Augments pictures adaptively (Karras et al. 2020, "Training Generative Adversarial Networks with Limited Data").

Knows nothing about networks: the controller sees only the discriminator's scores of real pictures.
"""

import math
from collections.abc import Mapping
from typing import Any

import numpy as np
import torch
import torch.nn.functional as F
from numpy.typing import NDArray
from torch import Tensor

from generator.train.distributed import SINGLE_PROCESS, Process

Matrices = NDArray[Any]

SPEED = 500_000  # number of pictures that the strength needs to rise from 0 to 1 (section 3)
EVERY = 4  # number of batches between adjustments of the strength (section 3)


class Controller:
    """Adjusts the strength p of the augmentations, from 0 to 1, to keep r_t = E[sign(D(real))] (eq. 1) near ``target``.

    r_t measures overfitting: it rises towards 1 as the discriminator memorises the training pictures.
    """

    def __init__(self, target: float) -> None:
        self.target, self.strength = target, 0.0
        self._signs, self._count, self._batches = 0.0, 0, 0

    def observe(self, real: Tensor) -> None:
        """Record the scores [n] of one batch of augmented real pictures, and adjust p once every EVERY batches."""
        self._signs += real.sign().sum().item()
        self._count += len(real)
        self._batches += 1
        if self._batches % EVERY == 0:
            direction = np.sign(self._signs / self._count - self.target)
            self.strength = float(np.clip(self.strength + direction * self._count / SPEED, 0, 1))
            self._signs, self._count = 0.0, 0

    def state(self) -> dict[str, float]:
        """Return everything that :meth:`restore` needs to resume training."""
        return {"strength": self.strength, "signs": self._signs, "count": self._count, "batches": self._batches}

    def restore(self, state: Mapping[str, float]) -> None:
        """Continue from a state that :meth:`state` returned."""
        self.strength, self._signs = state["strength"], state["signs"]
        self._count, self._batches = int(state["count"]), int(state["batches"])


def augment(pictures: Tensor, strength: float, rng: np.random.Generator, process: Process = SINGLE_PROCESS) -> Tensor:
    """Augment the pictures [n, 3, h, w] and return them. ``strength`` is the probability of each transformation.

    The transformations come from three groups in the paper's appendix B: pixel blitting, general geometry and colour.
    All geometric ones are applied in one bilinear resampling with reflected borders (the paper filters with wavelets),
    so the result can be differentiated only once with respect to ``pictures``.

    ``pictures`` is the part of the batch that belongs to ``process``. Every process samples random numbers for the
    whole batch, and uses only those for its own part.
    """
    if strength <= 0:
        return pictures
    total = len(pictures) * process.size
    matrices = process.shard(geometry(total, strength, rng), total)[:, :2].astype(np.float32)
    grid = F.affine_grid(torch.from_numpy(matrices), list(pictures.shape), align_corners=False)
    moved = F.grid_sample(pictures.float(), grid.to(pictures.device), padding_mode="reflection", align_corners=False)
    matrices = process.shard(colour(total, strength, rng), total).astype(np.float32)
    colours = torch.from_numpy(matrices).to(pictures.device)
    flat = torch.baddbmm(colours[:, :3, 3:], colours[:, :3, :3], moved.flatten(2))
    return flat.view_as(pictures)


def geometry(count: int, strength: float, rng: np.random.Generator) -> Matrices:
    """Sample random geometric transformations as matrices [count, 3, 3] from output to input coordinates in [-1, 1].

    The transformations are combined in the order of the paper's appendix B, table 1.
    """
    matrix = np.tile(np.eye(3), (count, 1, 1))

    def happens() -> Matrices:
        return rng.random(count) < strength

    flip = np.where(happens() & (rng.random(count) < 0.5), -1.0, 1.0)
    matrix = matrix @ _scaling(flip, np.ones(count))
    matrix = matrix @ _rotation(np.where(happens(), rng.integers(4, size=count) * (math.pi / 2), 0))
    shift = np.where(happens()[:, None], rng.uniform(-0.25, 0.25, (count, 2)), 0)  # up to an eighth of the side
    matrix = matrix @ _translation(shift)
    size = np.where(happens(), np.exp2(rng.normal(0, 0.2, count)), 1)
    matrix = matrix @ _scaling(size, size)
    # Probability of each of the two rotations, chosen so that at least one happens with the probability ``strength``.
    half = 1 - math.sqrt(1 - strength)
    matrix = matrix @ _rotation(np.where(rng.random(count) < half, rng.uniform(-math.pi, math.pi, count), 0))
    stretch = np.where(happens(), np.exp2(rng.normal(0, 0.2, count)), 1)
    matrix = matrix @ _scaling(stretch, 1 / stretch)
    matrix = matrix @ _rotation(np.where(rng.random(count) < half, rng.uniform(-math.pi, math.pi, count), 0))
    return matrix @ _translation(np.where(happens()[:, None], rng.normal(0, 0.25, (count, 2)), 0))


def colour(count: int, strength: float, rng: np.random.Generator) -> Matrices:
    """Sample random colour transformations as matrices [count, 4, 4] for homogeneous colours in [-1, 1].

    Each matrix changes brightness, contrast, luma flip, hue and saturation, in this order (appendix B, table 1).
    """

    def choose(values: Matrices, neutral: float) -> Matrices:
        return np.where(rng.random(count) < strength, values, neutral)

    matrix = np.tile(np.eye(4), (count, 1, 1))
    matrix[:, :3, 3] += choose(rng.normal(0, 0.2, count), 0)[:, None]
    contrast = choose(np.exp2(rng.normal(0, 0.5, count)), 1)
    matrix = np.array([np.diag([c, c, c, 1.0]) for c in contrast]) @ matrix
    grey = np.zeros((4, 4))
    grey[:3, :3] = 1 / 3  # projection onto the grey axis v = (1, 1, 1) / sqrt(3): v v^T
    flip = choose(rng.integers(2, size=count).astype(float), 0)
    matrix = (np.eye(4) - 2 * grey * flip[:, None, None]) @ matrix
    matrix = _hue(choose(rng.uniform(-math.pi, math.pi, count), 0)) @ matrix
    saturation = choose(np.exp2(rng.normal(0, 1, count)), 1)[:, None, None]
    return (grey + (np.eye(4) - grey) * saturation * _keep_last(saturation)) @ matrix


def _keep_last(saturation: Matrices) -> Matrices:
    """Return factors [n, 4, 4] that keep ``saturation`` from scaling the homogeneous coordinate.

    They are 1 / saturation in the last diagonal element and 1 everywhere else.
    """
    keep = np.ones((len(saturation), 4, 4))
    keep[:, 3, 3] = 1 / saturation[:, 0, 0]
    return keep


def _hue(angle: Matrices) -> Matrices:
    """Return the rotations [n, 4, 4] of the colour space by ``angle`` [n] about the grey axis (Rodrigues' formula)."""
    axis = np.ones(3) / math.sqrt(3)
    cross = np.array([[0, -axis[2], axis[1]], [axis[2], 0, -axis[0]], [-axis[1], axis[0], 0]])
    matrix = np.tile(np.eye(4), (len(angle), 1, 1))
    sin, cos = np.sin(angle)[:, None, None], np.cos(angle)[:, None, None]
    matrix[:, :3, :3] = cos * np.eye(3) + sin * cross + (1 - cos) * np.outer(axis, axis)
    return matrix


def _rotation(angle: Matrices) -> Matrices:
    matrix = np.tile(np.eye(3), (len(angle), 1, 1))
    matrix[:, 0, 0] = matrix[:, 1, 1] = np.cos(angle)
    matrix[:, 1, 0] = np.sin(angle)
    matrix[:, 0, 1] = -matrix[:, 1, 0]
    return matrix


def _scaling(x: Matrices, y: Matrices) -> Matrices:
    matrix = np.tile(np.eye(3), (len(x), 1, 1))
    matrix[:, 0, 0], matrix[:, 1, 1] = x, y
    return matrix


def _translation(shift: Matrices) -> Matrices:
    matrix = np.tile(np.eye(3), (len(shift), 1, 1))
    matrix[:, :2, 2] = shift
    return matrix
