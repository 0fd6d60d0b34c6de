"""Distances between sets of pictures in a space of features. Pure functions of tensors; knows no pictures and no network.

[1] Heusel et al. 2017, "GANs Trained by a Two Time-Scale Update Rule Converge to a Local Nash Equilibrium".
[2] Kynkäänniemi et al. 2019, "Improved Precision and Recall Metric for Assessing Generative Models".
"""

from collections.abc import Iterator
from typing import NamedTuple

import torch
from torch import Tensor

NEIGHBOURS = 3  # k  [2, section 3]
CHUNK = 2000  # rows of a table of distances that are in memory at once


class Moments(NamedTuple):
    """Mean [d] and covariance [d, d] of a set of features, float64."""

    mean: Tensor
    covariance: Tensor


def moments(features: Tensor) -> Moments:
    """The moments of features [n, d]; n must be at least 2."""
    wide = features.double()
    return Moments(wide.mean(dim=0), torch.cov(wide.T).reshape(wide.shape[1], wide.shape[1]))


def frechet(a: Moments, b: Moments) -> float:
    """|m_a - m_b|^2 + Tr(C_a + C_b - 2 (C_a C_b)^(1/2)): the squared Fréchet distance of two Gaussians  [1, eq. 6].

    The trace of the root is taken of C_a^(1/2) C_b C_a^(1/2), which has the same eigenvalues as C_a C_b and is symmetric.
    """
    root = _root(a.covariance)
    values = torch.linalg.eigvalsh(root @ b.covariance @ root).clamp(min=0)  # below 0 only by rounding
    spread = a.covariance.trace() + b.covariance.trace() - 2 * values.sqrt().sum()
    return max(0.0, float((a.mean - b.mean).square().sum() + spread))


def _root(matrix: Tensor) -> Tensor:
    """The symmetric square root of a symmetric matrix without negative eigenvalues."""
    values, vectors = torch.linalg.eigh(matrix)
    root: Tensor = (vectors * values.clamp(min=0).sqrt()) @ vectors.T
    return root


def precision_recall(real: Tensor, made: Tensor, k: int = NEIGHBOURS) -> tuple[float, float]:
    """Accuracy of made points within the real ones' manifold, and of real within the made ones'  [2, eq. 2]; [n, d] and [m, d]."""
    return _covered(real, made, k), _covered(made, real, k)


def _covered(centres: Tensor, points: Tensor, k: int) -> float:
    """The share of points that lie in a ball around some centre as wide as the distance to its k-th nearest other  [2, eq. 1]."""
    radii = torch.cat(
        [torch.cdist(part, centres).kthvalue(k + 1, dim=1).values for part in _parts(centres)]
    )  # 0 is itself
    inside = [(torch.cdist(part, centres) <= radii).any(dim=1) for part in _parts(points)]
    return torch.cat(inside).double().mean().item()


def nearest(points: Tensor, among: Tensor, count: int) -> Tensor:
    """The indices [n, count] of the ``count`` nearest of ``among`` [m, d] to each of the points [n, d], the nearest first."""
    parts = [torch.cdist(part, among).topk(count, dim=1, largest=False).indices for part in _parts(points)]
    return torch.cat(parts)


def _parts(points: Tensor) -> Iterator[Tensor]:
    for start in range(0, len(points), CHUNK):
        yield points[start : start + CHUNK]
