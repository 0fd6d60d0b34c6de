"""Computes distances between sets of pictures in a feature space, as pure functions of tensors.

Knows nothing about pictures or networks.

[1] Heusel et al. 2017, "GANs Trained by a Two Time-Scale Update Rule Converge to a Local Nash Equilibrium".
[2] Kynkäänniemi et al. 2019, "Improved Precision and Recall Metric for Assessing Generative Models".
"""

from collections.abc import Iterator
from typing import NamedTuple

import torch
from torch import Tensor

NEIGHBOURS = 3  # the k of the k-th nearest neighbour  [2, section 3]
CHUNK = 2000  # number of rows of a distance matrix that are held in memory at once


class Moments(NamedTuple):
    """The mean [d] and covariance [d, d] of a set of features, in float64."""

    mean: Tensor
    covariance: Tensor


def moments(features: Tensor) -> Moments:
    """Return the mean and covariance of features [n, d], where n is at least 2."""
    wide = features.double()
    return Moments(wide.mean(dim=0), torch.cov(wide.T).reshape(wide.shape[1], wide.shape[1]))


def frechet(a: Moments, b: Moments) -> float:
    """Return the squared Fréchet distance between two Gaussians  [1, eq. 6].

    The distance is |m_a - m_b|^2 + Tr(C_a + C_b - 2 (C_a C_b)^(1/2)). The trace of the root is computed from the
    eigenvalues of C_a^(1/2) C_b C_a^(1/2), because this matrix is symmetric and has the same eigenvalues as C_a C_b.
    """
    root = _root(a.covariance)
    values = torch.linalg.eigvalsh(root @ b.covariance @ root).clamp(min=0)  # only rounding errors make them negative
    spread = a.covariance.trace() + b.covariance.trace() - 2 * values.sqrt().sum()
    return max(0.0, float((a.mean - b.mean).square().sum() + spread))


def _root(matrix: Tensor) -> Tensor:
    """Return the symmetric square root of a symmetric matrix that has no negative eigenvalues."""
    values, vectors = torch.linalg.eigh(matrix)
    root: Tensor = (vectors * values.clamp(min=0).sqrt()) @ vectors.T
    return root


def precision_recall(real: Tensor, made: Tensor, k: int = NEIGHBOURS) -> tuple[float, float]:
    """Return the precision and recall of generated pictures  [2, eq. 2].

    ``real`` [n, d] and ``made`` [m, d] are the features of real and generated pictures. Precision is the share of
    ``made`` that lies within the manifold of ``real``; recall is the share of ``real`` that lies within the manifold of
    ``made``.
    """
    return _covered(real, made, k), _covered(made, real, k)


def _covered(centres: Tensor, points: Tensor, k: int) -> float:
    """Return the share of ``points`` that lie within the manifold of ``centres``  [2, eq. 1].

    The manifold is the union of a ball around each centre. The ball extends to the centre's k-th nearest neighbour.
    """
    # k + 1, because the centre nearest to a centre is that centre itself, at distance 0.
    radii = torch.cat([torch.cdist(part, centres).kthvalue(k + 1, dim=1).values for part in _parts(centres)])
    inside = [(torch.cdist(part, centres) <= radii).any(dim=1) for part in _parts(points)]
    return torch.cat(inside).double().mean().item()


def nearest(points: Tensor, among: Tensor, count: int) -> Tensor:
    """Return, for each point [n, d], the indices [n, count] of the nearest rows of ``among`` [m, d], nearest first."""
    parts = [torch.cdist(part, among).topk(count, dim=1, largest=False).indices for part in _parts(points)]
    return torch.cat(parts)


def _parts(points: Tensor) -> Iterator[Tensor]:
    for start in range(0, len(points), CHUNK):
        yield points[start : start + CHUNK]
