"""Computes how a recipe turns and shifts its pictures, as the matrix that a StyleGAN3 network takes.

Draws nothing.
"""

import math

import torch
from torch import Tensor

from generator.contract import errors
from generator.contract.recipe import Recipe
from generator.stylegan.generator import Generator


def find_transform(recipe: Recipe, generator: Generator) -> Tensor | None:
    """Return the transform [1, 3, 3] of a recipe's pictures, on the generator's device, or None if nothing moves.

    It maps each place of a moved picture to the place that it shows, in widths of the picture from its middle, x to the
    right and y downwards. The picture is turned counter-clockwise, and then shifted.
    Raises NoTransform if the network cannot move its pictures.
    """
    (x, y), degrees = recipe.shift, recipe.rotate
    if x == y == degrees == 0:
        return None
    if not generator.hyper.takes_transform:
        raise errors.NoTransform(model=generator.name)
    cos, sin = math.cos(math.radians(degrees)), math.sin(math.radians(degrees))
    forward = torch.tensor([[cos, sin, x], [-sin, cos, y], [0, 0, 1]], dtype=torch.float64)
    inverse: Tensor = torch.linalg.inv(forward)
    return inverse[None].to(generator.device, torch.float32)


def stack_transforms(transforms: list[tuple[Tensor | None, int]], device: torch.device) -> Tensor | None:
    """Return one transform for each face [n, 3, 3], or None if no face moves.

    ``transforms`` holds the transform of each plan and the number of its faces.
    """
    if all(transform is None for transform, _ in transforms):
        return None
    still = torch.eye(3, device=device)[None]
    return torch.cat(
        [(still if transform is None else transform).expand(count, -1, -1) for transform, count in transforms]
    )
