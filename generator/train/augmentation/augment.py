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

from generator.train.augmentation import effects
from generator.train.distributed import SINGLE_PROCESS, Process

Matrices = NDArray[Any]

KIMG = 500.0  # thousands of pictures that the strength needs to rise from 0 to 1 (section 3)
# The groups of transformations, in the order in which they are applied; the letter "o" is the cutout.
GROUPS = {"b": "flips and turns", "g": "geometry", "c": "colour", "f": "filter", "n": "noise", "o": "cutout"}
EVERY = 4  # number of batches between adjustments of the strength (section 3)


class Controller:
    """Adjusts the strength p of the augmentations, from 0 to 1, to keep r_t = E[sign(D(real))] (eq. 1) near ``target``.

    r_t measures overfitting: it rises towards 1 as the discriminator memorises the training pictures.
    """

    def __init__(self, target: float, kimg: float = KIMG, fixed: float = 0.0) -> None:
        """Begin with no augmentation. If ``fixed`` is not 0, the strength is ``fixed`` at all times.

        ``kimg`` is the number of pictures, in thousands, in which the strength may rise from 0 to 1.
        """
        self.target, self.kimg, self.fixed, self.strength = target, kimg, fixed, fixed
        self._signs, self._count, self._batches = 0.0, 0, 0

    def observe(self, real: Tensor) -> None:
        """Record the scores [n] of one batch of augmented real pictures, and adjust p once every EVERY batches."""
        if self.fixed:
            return
        self._signs += real.sign().sum().item()
        self._count += len(real)
        self._batches += 1
        if self._batches % EVERY == 0:
            direction = np.sign(self._signs / self._count - self.target)
            self.strength = float(np.clip(self.strength + direction * self._count / (1000 * self.kimg), 0, 1))
            self._signs, self._count = 0.0, 0

    def state(self) -> dict[str, float]:
        """Return everything that :meth:`restore` needs to resume training."""
        return {"strength": self.strength, "signs": self._signs, "count": self._count, "batches": self._batches}

    def restore(self, state: Mapping[str, float]) -> None:
        """Continue from a state that :meth:`state` returned."""
        self.strength, self._signs = self.fixed or state["strength"], state["signs"]
        self._count, self._batches = int(state["count"]), int(state["batches"])


def augment(
    pictures: Tensor,
    strength: float,
    rng: np.random.Generator,
    process: Process = SINGLE_PROCESS,
    groups: str = "bgc",
) -> Tensor:
    """Augment the pictures [n, c, h, w] and return them. ``strength`` is the probability of each transformation.

    ``groups`` are letters of GROUPS: the groups of transformations in the paper's appendix B. All geometric ones are
    applied in one bilinear resampling with reflected borders (the paper filters with wavelets), so the result can be
    differentiated only once with respect to ``pictures``.

    ``pictures`` is the part of the batch that belongs to ``process``. Every process samples random numbers for the
    whole batch, and uses only those for its own part.
    """
    if strength <= 0:
        return pictures
    total, x = len(pictures) * process.size, pictures.float()
    if "b" in groups or "g" in groups:
        blitting, general = (strength if letter in groups else 0.0 for letter in "bg")
        x = _move(x, process.shard(geometry(total, blitting, rng, general), total))
    if "c" in groups:
        x = _recolour(x, process.shard(colour(total, strength, rng), total))
    if "f" in groups:
        chosen = rng.random((total, effects.BANDS)) < strength
        factors = np.where(chosen, np.exp2(rng.normal(0, 1, chosen.shape)), 1)
        x = effects.filter_bands(x, process.shard(effects.band_gains(factors), total))
    if "n" in groups:
        level = np.where(rng.random(total) < strength, np.abs(rng.normal(0, effects.NOISE_STD, total)), 0)
        noise = rng.standard_normal((total, *x.shape[1:]), np.float32) * level[:, None, None, None].astype(np.float32)
        x = x + torch.from_numpy(process.shard(noise, total)).to(x.device)
    if "o" in groups:
        chosen, centres = rng.random(total) < strength, rng.random((total, 2))
        x = effects.cut_out(x, process.shard(centres, total), process.shard(chosen, total))
    return x


def _move(pictures: Tensor, matrices: Matrices) -> Tensor:
    """Resample the pictures by the ``matrices`` [n, 3, 3] from output to input coordinates in [-1, 1]."""
    h, w = pictures.shape[2:]
    if h != w:  # turns are turns of the pixels, whose coordinates have another scale along each side
        sides = np.diag([w / min(h, w), h / min(h, w), 1])
        matrices = np.linalg.inv(sides) @ matrices @ sides
    grid = F.affine_grid(
        torch.from_numpy(matrices[:, :2].astype(np.float32)), list(pictures.shape), align_corners=False
    )
    return F.grid_sample(pictures, grid.to(pictures.device), padding_mode="reflection", align_corners=False)


def _recolour(pictures: Tensor, matrices: Matrices) -> Tensor:
    """Change the colours by ``matrices`` [n, 4, 4]. Grey takes the mean of their rows, and opacity stays as it is."""
    colours = torch.from_numpy(matrices.astype(np.float32)).to(pictures.device)[:, :3]
    if pictures.shape[1] == 1:
        mean = colours.mean(dim=1)  # [n, 4]
        return pictures * mean[:, :3].sum(dim=1)[:, None, None, None] + mean[:, 3, None, None, None]
    shown = pictures[:, :3].flatten(2)
    flat = torch.baddbmm(colours[:, :, 3:], colours[:, :, :3], shown)
    return (
        torch.cat([flat.view_as(pictures[:, :3]), pictures[:, 3:]], dim=1)
        if pictures.shape[1] > 3
        else flat.view_as(pictures)
    )


def geometry(count: int, blitting: float, rng: np.random.Generator, general: float | None = None) -> Matrices:
    """Sample random geometric transformations as matrices [count, 3, 3] from output to input coordinates in [-1, 1].

    ``blitting`` is the probability of each flip, quarter turn and shift by whole pixels, and ``general`` that of each
    other transformation, by default the same. They are combined in the order of the paper's appendix B, table 1.
    """
    matrix, strength = np.tile(np.eye(3), (count, 1, 1)), blitting

    def happens() -> Matrices:
        return rng.random(count) < strength

    flip = np.where(happens() & (rng.random(count) < 0.5), -1.0, 1.0)
    matrix = matrix @ _scaling(flip, np.ones(count))
    matrix = matrix @ _rotation(np.where(happens(), rng.integers(4, size=count) * (math.pi / 2), 0))
    shift = np.where(happens()[:, None], rng.uniform(-0.25, 0.25, (count, 2)), 0)  # up to an eighth of the side
    matrix = matrix @ _translation(shift)
    strength = blitting if general is None else general
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
