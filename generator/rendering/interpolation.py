"""Interpolates between points. Knows nothing about recipes, seeds or networks: points are tensors [n, ..., d]."""

from collections.abc import Callable, Mapping

import torch
from torch import Tensor


def linear(a: Tensor, b: Tensor, t: Tensor) -> Tensor:
    """Return (1 - t) a + t b, which is exactly ``a`` at t = 0. ``t`` is broadcast."""
    return (1 - t) * a + t * b


def spherical(a: Tensor, b: Tensor, t: Tensor) -> Tensor:
    """Interpolate spherically from ``a`` to ``b`` [..., d]; the result is exactly ``a`` at t = 0.

    Vectors that are (nearly) parallel or opposite are interpolated linearly instead. [Shoemake 1985, "Animating
    Rotation with Quaternion Curves", section 3.3]
    """
    cosine = torch.nn.functional.cosine_similarity(a.double(), b.double(), dim=-1).clamp(-1, 1)[..., None]
    angle = cosine.acos()
    sine = angle.sin()
    arc = ((1 - t) * angle).sin() / sine * a + (t * angle).sin() / sine * b
    return torch.where(sine < 1e-6, linear(a, b, t).double(), arc).to(a.dtype)


INTERPOLATIONS: Mapping[str, Callable[[Tensor, Tensor, Tensor], Tensor]] = {
    "w": linear,
    "z": linear,
    "sphere": spherical,
}
