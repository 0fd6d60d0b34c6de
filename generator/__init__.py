"""Draws pictures with StyleGAN2: turns a recipe into the bytes of a file.

Importing this package does not import torch; that happens when ``load`` or ``Generator`` is first used.
"""

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from generator.checkpoints import load as load
    from generator.stylegan.generator import Generator as Generator

__version__ = "0.1.0"
__all__ = ["Generator", "load"]


def __getattr__(name: str) -> object:
    # The bot imports generator.contract, and with it this file, and must not load torch.
    if name == "load":
        from generator.checkpoints import load

        return load
    if name == "Generator":
        from generator.stylegan.generator import Generator

        return Generator
    raise AttributeError(f"module 'generator' has no attribute {name!r}")
