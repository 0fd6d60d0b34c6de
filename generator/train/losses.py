"""Computes the training losses. Each is a pure function of scores, pictures or features, with its paper and equation.

Knows nothing about networks or optimisers. settings.py holds the weights of most losses, and how often they are used.
"""

from collections.abc import Sequence

import torch
import torch.nn.functional as F
from torch import Tensor

SQUARE_WEIGHT = 2.0  # weight of the squared difference between two pixels; the absolute difference has weight 1
SPOTLIGHT_STD = 0.2  # standard deviation of ``centre_weights``, as a share of the picture's side
CONTRAST_REACH = 16  # local contrast is measured within 1/16 of the picture's side in each direction
FLAT_CONTRAST = 0.05  # added to the local contrast; differences are divided by the sum


def discriminator_loss(real: Tensor, fake: Tensor) -> Tensor:
    """Return the mean of -log sigmoid(D(x)) - log(1 - sigmoid(D(G(z)))) for the scores [n] of real and fake pictures.

    See Goodfellow et al. 2014, eq. 1.
    """
    return F.softplus(-real).mean() + F.softplus(fake).mean()


def generator_loss(fake: Tensor) -> Tensor:
    """Return the mean of -log sigmoid(D(G(z))) for the scores [n] of fake pictures.

    At the end of section 3, Goodfellow et al. 2014 propose this alternative to eq. 1: to maximise log D.
    """
    return F.softplus(-fake).mean()


def r1_penalty(real: Tensor, pictures: Tensor, gamma: float) -> Tensor:
    """Return gamma/2 E |grad D(x)|^2 for scores [n] of real pictures [n, 3, h, w] (Mescheder et al. 2018, eq. 9)."""
    (gradient,) = torch.autograd.grad(real.sum(), pictures, create_graph=True)
    return _widen(gradient).square().sum(dim=(1, 2, 3)).mean() * (gamma / 2)


def path_lengths(pictures: Tensor, w: Tensor, noise: Tensor) -> Tensor:
    """Return the path length |J_w^T y| [n] of each face, where y is ``noise`` / sqrt(h w).

    See Karras et al. 2020, section 3.2.

    ``pictures`` and ``noise`` are [n, 3, h, w].
    ``w`` [n, num_ws, w_dim] are the styles from which the pictures were computed, with gradient.
    The path length of a face is the root mean square of the lengths of its num_ws gradients.
    """
    y = noise / (pictures.shape[2] * pictures.shape[3]) ** 0.5
    (gradient,) = torch.autograd.grad((pictures * y).sum(), w, create_graph=True)
    return _widen(gradient).square().sum(dim=2).mean(dim=1).sqrt()


def path_penalty(lengths: Tensor, mean: float) -> Tensor:
    """Return E (|J_w^T y| - a)^2, where a is the running ``mean`` of the path lengths (Karras et al. 2020, eq. 4)."""
    return (lengths - mean).square().mean()


def classification_loss(logits: Tensor, labels: Tensor, sizes: Sequence[int], seen: Tensor) -> Tensor:
    """Return the mean of -log P(C = c | x) over traits and pictures (Odena et al. 2017, eq. 3).

    ``logits`` and ``labels`` are [n, c_dim].
    ``sizes`` is the number of values of each trait. Each trait's columns have their own softmax.
    ``seen`` [n, traits] says which traits nothing covers. Others cost nothing: to show an earring under hair, or closed
    eyes that tell their colour, a generator could only draw specks.
    """
    groups = zip(*(torch.split(values, list(sizes), dim=1) for values in (logits, labels)), strict=True)
    costs = [-(values.log_softmax(dim=1) * label).sum(dim=1) for values, label in groups]
    return (torch.stack(costs, dim=1) * seen).mean()


def picture_distance(made: Tensor, target: Tensor, scales: int = 3, edges: float = 1.0, focus: float = 0.0) -> Tensor:
    """Return the mean difference between pictures [n, 3, h, w], and between their gradients, at several scales.

    The cost of a difference is its absolute value, which keeps edges sharp, plus SQUARE_WEIGHT times its square. With
    the absolute value alone, a small detail would not be learnt while its position is uncertain, because leaving it out
    costs less on average.

    The gradients have the weight ``edges``. They make line art count, although it hardly affects the differences
    between pixels. This term follows the gradient difference loss of Mathieu et al. 2016, eq. 6 with alpha 1, except
    that it compares signed gradients.

    Both terms are averaged over ``scales`` sizes of the picture, each half the size before. Differences weigh more in
    the middle of the picture (by ``focus``, see :func:`centre_weights`), and in flat areas (see
    :func:`flatness_weights`).
    """
    difference, flatness, total = made - target, flatness_weights(target), made.new_zeros(())
    for _ in range(scales):
        weights = centre_weights(difference.shape[2], focus).to(difference) * flatness
        total = total + (_cost(difference) * weights).mean() + edges * _edge_cost(difference, weights)
        difference, flatness = F.avg_pool2d(difference, 2), F.avg_pool2d(flatness, 2)
    return total / scales


def flatness_weights(pictures: Tensor) -> Tensor:
    """Return weights [n, 1, h, w] with mean 1 for pictures [n, 3, h, w]. Weights are larger where contrast is lower.

    The eye sees a faint pattern in a flat area as easily as a strong pattern among strong lines (contrast masking,
    Legge and Foley 1980). With these weights, pale dots on a background are learnt sooner.
    """
    reach = pictures.shape[2] // CONTRAST_REACH
    variance = _local_mean(pictures.square(), reach) - _local_mean(pictures, reach).square()
    weights = 1 / (FLAT_CONTRAST + variance.clamp(min=0).mean(dim=1, keepdim=True).sqrt())
    return weights / weights.mean(dim=(2, 3), keepdim=True)


def _local_mean(x: Tensor, reach: int) -> Tensor:
    """Return, for each pixel, the mean over a square that extends ``reach`` pixels to each side of it.

    Only pixels within the picture count. Two matrix products take a fifth of the time of average pooling on a CPU.
    """
    return _mean_matrix(x.shape[2], reach).to(x) @ x @ _mean_matrix(x.shape[3], reach).to(x).T


def _mean_matrix(length: int, reach: int) -> Tensor:
    """Return the matrix [length, length] that maps each number to the mean of those at most ``reach`` away from it."""
    positions = torch.arange(length)
    near = ((positions[:, None] - positions).abs() <= reach).float()
    return near / near.sum(dim=1, keepdim=True)


def centre_weights(side: int, focus: float) -> Tensor:
    """Return weights [side, side] with mean 1 that grow towards the middle of a picture, where the eyes of a face are.

    The weight in the middle is (1 + ``focus``) times the weight far from the middle.
    """
    offset = (torch.arange(side) + 0.5) / side - 0.5
    bell = torch.exp(-(offset.square()[:, None] + offset.square()) / (2 * SPOTLIGHT_STD**2))
    weights = 1 + focus * bell
    return weights / weights.mean()


def _edge_cost(difference: Tensor, weights: Tensor) -> Tensor:
    # Since the gradient is linear, the gradient of the difference is the difference of the gradients.
    across = _cost(difference[..., :, 1:] - difference[..., :, :-1]) * weights[..., :, 1:]
    down = _cost(difference[..., 1:, :] - difference[..., :-1, :]) * weights[..., 1:, :]
    return across.mean() + down.mean()


def _cost(difference: Tensor) -> Tensor:
    return difference.abs() + SQUARE_WEIGHT * difference.square()


def _widen(x: Tensor) -> Tensor:
    # Sums over a picture or a channel need more precision than the 8 bits of bfloat16.
    return x.float() if x.dtype in (torch.bfloat16, torch.float16) else x


def perceptual_distance(made: Sequence[Tensor], target: Sequence[Tensor]) -> Tensor:
    """Return the mean absolute difference between features, in units of the mean absolute feature of the target.

    These are a fixed network's features of generated and real pictures, at several sizes (Johnson et al. 2016, eq. 2,
    with absolute differences). The features ``target`` are treated as constants.
    """
    parts = [
        F.l1_loss(_widen(a), _widen(b.detach())) / _widen(b.detach()).abs().mean()
        for a, b in zip(made, target, strict=True)
    ]
    return torch.stack(parts).mean()


def feature_distance(made: Sequence[Tensor], target: Sequence[Tensor]) -> Tensor:
    """Return the mean absolute difference between discriminator features (Wang et al. 2018, eq. 4).

    The features ``target`` are treated as constants: no gradient flows into them.
    """
    parts = [F.l1_loss(_widen(a), _widen(b.detach())) for a, b in zip(made, target, strict=True)]
    return torch.stack(parts).mean()
