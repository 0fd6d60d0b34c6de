"""The losses of the training, each a pure function of scores, pictures or gradients, beside its paper and equation.

Knows nothing of networks, optimisers or data; weights and intervals belong to the loop.
"""

from collections.abc import Sequence

import torch
import torch.nn.functional as F
from torch import Tensor

SQUARE_WEIGHT = 2.0  # of a square difference beside an absolute one of 1
SPOTLIGHT_STD = 0.2  # standard deviation of the centre_weights, in sides of the picture
CONTRAST_REACH = 16  # a picture's contrast is taken over 1/16 of its side in each direction
FLAT_CONTRAST = 0.05  # contrast to which one's own is added before differences are weighed by it


def discriminator_loss(real: Tensor, fake: Tensor) -> Tensor:
    """-log sigmoid(D(x)) - log(1 - sigmoid(D(G(z)))), mean over the batch; real, fake: [n] (Goodfellow et al. 2014, eq. 1)."""
    return F.softplus(-real).mean() + F.softplus(fake).mean()


def generator_loss(fake: Tensor) -> Tensor:
    """-log sigmoid(D(G(z))), mean over the batch; fake: [n] (Goodfellow et al. 2014, section 3, "log D" for eq. 1)."""
    return F.softplus(-fake).mean()


def r1_penalty(real: Tensor, pictures: Tensor, gamma: float) -> Tensor:
    """gamma/2 E |grad D(x)|^2 on real pictures (Mescheder et al. 2018, eq. 9). real: [n], pictures: [n, 3, h, w] with gradient."""
    (gradient,) = torch.autograd.grad(real.sum(), pictures, create_graph=True)
    return _widen(gradient).square().sum(dim=(1, 2, 3)).mean() * (gamma / 2)


def path_lengths(pictures: Tensor, w: Tensor, noise: Tensor) -> Tensor:
    """|J_w^T y| for each face, y being ``noise`` scaled by 1/sqrt(h w) (Karras et al. 2020, section 3.2).

    pictures and noise: [n, 3, h, w]; w: [n, num_ws, w_dim] with gradient; the mean over num_ws is taken of the squares -> [n].
    """
    y = noise / (pictures.shape[2] * pictures.shape[3]) ** 0.5
    (gradient,) = torch.autograd.grad((pictures * y).sum(), w, create_graph=True)
    return _widen(gradient).square().sum(dim=2).mean(dim=1).sqrt()


def path_penalty(lengths: Tensor, mean: float) -> Tensor:
    """E (|J_w^T y| - a)^2 with a the running mean of the lengths (Karras et al. 2020, eq. 4)."""
    return (lengths - mean).square().mean()


def classification_loss(logits: Tensor, labels: Tensor, sizes: Sequence[int]) -> Tensor:
    """-log P(C = c | x), mean over traits and pictures (Odena et al. 2017, eq. 3); logits, labels: [n, sum of ``sizes``].

    Each trait's values are a group of ``sizes`` columns with a softmax of its own.
    """
    said = torch.cat([group.log_softmax(dim=1) for group in torch.split(logits, list(sizes), dim=1)], dim=1)
    return -(said * labels).sum(dim=1).mean() / len(sizes)


def picture_distance(made: Tensor, wanted: Tensor, scales: int = 3, edges: float = 1.0, focus: float = 0.0) -> Tensor:
    """Mean difference of pictures and of their gradients at several scales; made, wanted: [n, 3, h, w].

    Each costs its size, which keeps edges sharp, and SQUARE_WEIGHT times its square: by sizes alone nothing small is learnt whose place
    is not yet certain, since on average it is better left out.

    The gradient term makes line art count, which a plain absolute difference barely sees (after the gradient difference loss of
    Mathieu et al. 2016, eq. 6 with alpha 1, but of signed gradients, and at halved sizes too). ``focus``: see :func:`centre_weights`;
    :func:`flatness_weights` lets faint patterns on flat ground count.
    """
    difference, plain, total = made - wanted, flatness_weights(wanted), made.new_zeros(())
    for _ in range(scales):
        light = centre_weights(difference.shape[2], focus).to(difference) * plain
        total = total + (_cost(difference) * light).mean() + edges * _edge_cost(difference, light)
        difference, plain = F.avg_pool2d(difference, 2), F.avg_pool2d(plain, 2)
    return total / scales


def flatness_weights(pictures: Tensor) -> Tensor:
    """Weights [n, 1, h, w] of mean 1, the larger the less contrast there is around: pictures [n, 3, h, w].

    An eye sees a faint pattern on flat ground as well as a strong one among strong lines (contrast masking, Legge and Foley 1980);
    pale dots on a background are learnt sooner with it.
    """
    reach = pictures.shape[2] // CONTRAST_REACH
    squares = _local_mean(pictures.square(), reach) - _local_mean(pictures, reach).square()
    weights = 1 / (FLAT_CONTRAST + squares.clamp(min=0).mean(dim=1, keepdim=True).sqrt())
    return weights / weights.mean(dim=(2, 3), keepdim=True)


def _local_mean(x: Tensor, reach: int) -> Tensor:
    """Means over squares of ``reach`` pixels to each side, within the picture."""
    side = 2 * reach + 1
    rows = F.avg_pool2d(x, (1, side), 1, (0, reach), count_include_pad=False)
    return F.avg_pool2d(rows, (side, 1), 1, (reach, 0), count_include_pad=False)


def centre_weights(side: int, focus: float) -> Tensor:
    """Weights [side, side] of mean 1, 1 + focus times larger in the middle, where a face has its eyes, than at the border."""
    offset = (torch.arange(side) + 0.5) / side - 0.5
    bell = torch.exp(-(offset.square()[:, None] + offset.square()) / (2 * SPOTLIGHT_STD**2))
    light = 1 + focus * bell
    return light / light.mean()


def _edge_cost(difference: Tensor, light: Tensor) -> Tensor:
    # The gradient is linear, so the gradient of the difference is the difference of the gradients.
    across = _cost(difference[..., :, 1:] - difference[..., :, :-1]) * light[..., :, 1:]
    down = _cost(difference[..., 1:, :] - difference[..., :-1, :]) * light[..., 1:, :]
    return across.mean() + down.mean()


def _cost(difference: Tensor) -> Tensor:
    return difference.abs() + SQUARE_WEIGHT * difference.square()


def _widen(x: Tensor) -> Tensor:
    # Sums over a picture or a channel need more than the 8 bits of bfloat16.
    return x.float() if x.dtype in (torch.bfloat16, torch.float16) else x


def feature_distance(made: Sequence[Tensor], wanted: Sequence[Tensor]) -> Tensor:
    """Mean absolute difference of the discriminator's features of two pictures (Wang et al. 2018, eq. 4); wanted is not trained."""
    parts = [F.l1_loss(_widen(a), _widen(b.detach())) for a, b in zip(made, wanted, strict=True)]
    return torch.stack(parts).mean()
