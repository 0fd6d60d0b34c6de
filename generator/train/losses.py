"""Computes the training losses, each a pure function of scores, pictures or gradients, with its paper and equation.

Does not know networks, optimisers or data. The loop owns weights and intervals.
"""

from collections.abc import Sequence

import torch
import torch.nn.functional as F
from torch import Tensor

SQUARE_WEIGHT = 2.0  # of a squared difference, where an absolute one has weight 1
SPOTLIGHT_STD = 0.2  # standard deviation of ``centre_weights``, in sides of the picture
CONTRAST_REACH = 16  # local contrast is measured over 1/16 of the picture's side in each direction
FLAT_CONTRAST = 0.05  # added to the local contrast before differences are divided by it


def discriminator_loss(real: Tensor, fake: Tensor) -> Tensor:
    """Return mean -log sigmoid(D(x)) - log(1 - sigmoid(D(G(z)))) (Goodfellow et al. 2014, eq. 1); real, fake: [n]."""
    return F.softplus(-real).mean() + F.softplus(fake).mean()


def generator_loss(fake: Tensor) -> Tensor:
    """Return mean -log sigmoid(D(G(z))) (Goodfellow et al. 2014, section 3, "log D" for eq. 1); fake: [n]."""
    return F.softplus(-fake).mean()


def r1_penalty(real: Tensor, pictures: Tensor, gamma: float) -> Tensor:
    """Return gamma/2 E |grad D(x)|^2 (Mescheder et al. 2018, eq. 9) for real scores [n] of pictures [n, 3, h, w]."""
    (gradient,) = torch.autograd.grad(real.sum(), pictures, create_graph=True)
    return _widen(gradient).square().sum(dim=(1, 2, 3)).mean() * (gamma / 2)


def path_lengths(pictures: Tensor, w: Tensor, noise: Tensor) -> Tensor:
    """Return |J_w^T y| for each face, y being ``noise`` / sqrt(h w) (Karras et al. 2020, section 3.2).

    pictures, noise: [n, 3, h, w]; w: [n, num_ws, w_dim] with gradient. Root of the mean square over num_ws -> [n].
    """
    y = noise / (pictures.shape[2] * pictures.shape[3]) ** 0.5
    (gradient,) = torch.autograd.grad((pictures * y).sum(), w, create_graph=True)
    return _widen(gradient).square().sum(dim=2).mean(dim=1).sqrt()


def path_penalty(lengths: Tensor, mean: float) -> Tensor:
    """Return E (|J_w^T y| - a)^2 with a the running mean of the lengths (Karras et al. 2020, eq. 4)."""
    return (lengths - mean).square().mean()


def classification_loss(logits: Tensor, labels: Tensor, sizes: Sequence[int]) -> Tensor:
    """Return -log P(C = c | x), mean over traits and pictures (Odena et al. 2017, eq. 3).

    logits, labels: [n, sum of ``sizes``]; each trait's values are ``sizes`` columns with their own softmax.
    """
    log_probabilities = torch.cat(
        [group.log_softmax(dim=1) for group in torch.split(logits, list(sizes), dim=1)], dim=1
    )
    return -(log_probabilities * labels).sum(dim=1).mean() / len(sizes)


def picture_distance(made: Tensor, target: Tensor, scales: int = 3, edges: float = 1.0, focus: float = 0.0) -> Tensor:
    """Return the mean difference of pictures and of their gradients at several scales; made, target: [n, 3, h, w].

    Each difference costs its absolute value, which keeps edges sharp, and SQUARE_WEIGHT times its square. By the
    absolute value alone a small detail of still uncertain position is never learnt: on average it is better left out.

    The gradient term makes line art count, which a plain absolute difference barely sees (after the gradient difference
    loss of Mathieu et al. 2016, eq. 6 with alpha 1, but of signed gradients, and at halved sizes too). ``focus``: see
    :func:`centre_weights`; :func:`flatness_weights` makes faint patterns on flat ground count.
    """
    difference, flatness, total = made - target, flatness_weights(target), made.new_zeros(())
    for _ in range(scales):
        weights = centre_weights(difference.shape[2], focus).to(difference) * flatness
        total = total + (_cost(difference) * weights).mean() + edges * _edge_cost(difference, weights)
        difference, flatness = F.avg_pool2d(difference, 2), F.avg_pool2d(flatness, 2)
    return total / scales


def flatness_weights(pictures: Tensor) -> Tensor:
    """Return weights [n, 1, h, w] of mean 1 for pictures [n, 3, h, w], larger where the local contrast is smaller.

    The eye sees a faint pattern on flat ground as well as a strong one among strong lines (contrast masking, Legge and
    Foley 1980). With these weights pale dots on a background are learnt sooner.
    """
    reach = pictures.shape[2] // CONTRAST_REACH
    variance = _local_mean(pictures.square(), reach) - _local_mean(pictures, reach).square()
    weights = 1 / (FLAT_CONTRAST + variance.clamp(min=0).mean(dim=1, keepdim=True).sqrt())
    return weights / weights.mean(dim=(2, 3), keepdim=True)


def _local_mean(x: Tensor, reach: int) -> Tensor:
    """Return means over squares that reach ``reach`` pixels to each side, within the picture."""
    side = 2 * reach + 1
    rows = F.avg_pool2d(x, (1, side), 1, (0, reach), count_include_pad=False)
    return F.avg_pool2d(rows, (side, 1), 1, (reach, 0), count_include_pad=False)


def centre_weights(side: int, focus: float) -> Tensor:
    """Return weights [side, side] of mean 1, up to 1 + focus times larger in the middle, where a face has its eyes."""
    offset = (torch.arange(side) + 0.5) / side - 0.5
    bell = torch.exp(-(offset.square()[:, None] + offset.square()) / (2 * SPOTLIGHT_STD**2))
    weights = 1 + focus * bell
    return weights / weights.mean()


def _edge_cost(difference: Tensor, weights: Tensor) -> Tensor:
    # The gradient is linear, so the gradient of the difference is the difference of the gradients.
    across = _cost(difference[..., :, 1:] - difference[..., :, :-1]) * weights[..., :, 1:]
    down = _cost(difference[..., 1:, :] - difference[..., :-1, :]) * weights[..., 1:, :]
    return across.mean() + down.mean()


def _cost(difference: Tensor) -> Tensor:
    return difference.abs() + SQUARE_WEIGHT * difference.square()


def _widen(x: Tensor) -> Tensor:
    # Sums over a picture or a channel need more than bfloat16's 8 bits.
    return x.float() if x.dtype in (torch.bfloat16, torch.float16) else x


def feature_distance(made: Sequence[Tensor], target: Sequence[Tensor]) -> Tensor:
    """Return the mean absolute difference of discriminator features (Wang et al. 2018, eq. 4); target is constant."""
    parts = [F.l1_loss(_widen(a), _widen(b.detach())) for a, b in zip(made, target, strict=True)]
    return torch.stack(parts).mean()
