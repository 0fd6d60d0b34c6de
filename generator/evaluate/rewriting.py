"""Writes a network into its file again, with what was found out about it: its directions, what it offers.

Knows nothing about how that is found out.
"""

from pathlib import Path

import torch

from generator import checkpoints
from generator.stylegan2.network import Generator


def rewrite(generator: Generator, source: Path, target: Path) -> None:
    """Write ``generator``, which was read from ``source``, to ``target``, with the same weights and the same card.

    Raises CannotWrite if that fails.
    """
    checkpoints.save(generator, target, half=_fits_half(generator), card=checkpoints.inspect(source).card)


def _fits_half(generator: Generator) -> bool:
    """Return whether float16 can represent all weights exactly. If so, storing them as float16 loses nothing."""
    return all(torch.equal(tensor, tensor.half().float()) for tensor in generator.state_dict().values())
