"""Reads the networks of a file from which a training run starts, and describes them without their weights.

Copies nothing into a run's own networks; transfer.py does.
"""

import re
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Self

import torch
from torch import Tensor

from generator import checkpoints
from generator.checkpoints import DiscriminatorContents
from generator.checkpoints.pickle.arrays import to_float32
from generator.checkpoints.structure import MAX_NUMBERS
from generator.contract import errors
from generator.stylegan.generator import Odds, Traits
from generator.stylegan2.network import Generator, Hyperparameters
from generator.train.networks.discriminator import Discriminator, Labels, Shape

LEAST_SUM = 1e-3  # of a filter's taps, by which it is divided


@dataclass(frozen=True)
class Start:
    """The networks of a file."""

    average: Generator  # the averaged generator
    last: Generator  # the generator as it was trained last, or again the averaged one
    discriminator: Discriminator | None = None
    lacking: str = "the file holds none"  # why there is no discriminator


@dataclass(frozen=True)
class Origin:
    """The networks of a file without their weights. A run that continues them keeps this among its settings."""

    file: str  # the file's name
    generator: Hyperparameters
    discriminator: Shape | None
    traits: Traits
    odds: Odds

    def to_dict(self) -> dict[str, Any]:
        """Return the fields as plain values that JSON can hold."""
        return {
            "file": self.file,
            "generator": self.generator.to_dict(),
            "discriminator": self.discriminator and self.discriminator.to_dict(),
            "traits": {trait: list(values) for trait, values in self.traits.items()},
            "odds": {trait: list(shares) for trait, shares in self.odds.items()},
        }

    @classmethod
    def from_dict(cls, values: Mapping[str, Any]) -> Self:
        """Rebuild the object from the result of ``to_dict``, also after it went through JSON."""
        return cls(
            file=values["file"],
            generator=Hyperparameters.from_dict(values["generator"]),
            discriminator=Shape.from_dict(values["discriminator"]) if values["discriminator"] else None,
            traits={trait: tuple(named) for trait, named in values["traits"].items()},
            odds={trait: tuple(shares) for trait, shares in values["odds"].items()},
        )


def read_start(path: Path, lr: float | None = None) -> Start:
    """Return the networks in ``path``. ``lr`` is the mapping's learning-rate multiplier, if the file leaves it open.

    Raises a CheckpointError if the file cannot be used, and BadValue if it is not a StyleGAN2 network.
    """
    snapshot = checkpoints.load_snapshot(path, lr=lr)
    if not isinstance(snapshot.average, Generator) or not isinstance(snapshot.last, Generator):
        raise errors.BadValue(name="--start-from", value=str(path), expected="a StyleGAN2 network")
    if snapshot.discriminator is None:
        return Start(snapshot.average, snapshot.last, None, snapshot.lacking)
    try:
        discriminator = build_discriminator(snapshot.discriminator, snapshot.average)
    except (ValueError, IndexError, KeyError, RuntimeError, ZeroDivisionError) as error:
        return Start(snapshot.average, snapshot.last, None, f"that of the file cannot be used: {error}")
    # Biases begin at 0. A file that was made without training holds such a network only because its format has a place.
    if not any(value.any() for name, value in discriminator.state_dict().items() if name.endswith(".bias")):
        return Start(snapshot.average, snapshot.last, None, "that of the file is untrained")
    return Start(snapshot.average, snapshot.last, discriminator, "")


def describe(start: Start, file: str) -> Origin:
    """Return what a run keeps of ``start`` among its settings; ``file`` is the file's name."""
    shape = start.discriminator.shape if start.discriminator else None
    return Origin(file, start.average.hyper, shape, start.average.traits, start.average.odds)


def build_discriminator(contents: DiscriminatorContents, generator: Generator) -> Discriminator:
    """Return the discriminator that was trained against ``generator``.

    Raises ValueError if names or shapes do not fit any that we have, or another error of arithmetic if shapes are
    impossible. That is found out before anything is allocated.
    """
    if sum(array.size for array in contents.arrays.values()) > MAX_NUMBERS:
        raise ValueError("it has too many numbers")
    shape = _derive_shape(contents, generator.hyper)
    with torch.device("meta"):
        discriminator = Discriminator(shape)
    wanted = discriminator.state_dict()
    found = {_our_name(name, shape): array for name, array in contents.arrays.items()}
    if odd := sorted(wanted.keys() ^ found.keys()):
        raise ValueError(f"{odd[0]} is {'missing' if odd[0] in wanted else 'unknown'}")
    tensors: dict[str, Tensor] = {}
    for name, array in found.items():
        if tuple(wanted[name].shape) != array.shape:
            raise ValueError(f"{name} has the shape {list(array.shape)} and not {list(wanted[name].shape)}")
        tensors[name] = torch.from_numpy(to_float32(array))
        if not tensors[name].isfinite().all():
            raise ValueError(f"{name} holds numbers that are not finite")
    discriminator.load_state_dict(tensors, assign=True)
    return discriminator.requires_grad_(True)


def _derive_shape(contents: DiscriminatorContents, hyper: Hyperparameters) -> Shape:
    shapes = {name: array.shape for name, array in contents.arrays.items()}
    for name, dimensions in (("b4.conv.weight", 4), ("b4.fc.weight", 2), ("b4.out.weight", 2)):
        if len(shapes.get(name, ())) != dimensions:
            raise ValueError(f"{name} is missing or has another form")
    sizes = sorted({int(match[1]) for name in shapes if (match := re.match(r"b(\d{1,4})\.conv[01]\.weight$", name))})
    if sizes != [size for size in hyper.resolutions if size > 4]:
        raise ValueError("its pictures have another size")
    last, joined = shapes["b4.conv.weight"][:2]
    channels = {4: last} | {size: shapes.get(f"b{size}.conv0.weight", (0,))[0] for size in sizes}
    architecture = (
        "resnet" if f"b{sizes[0]}.skip.weight" in shapes else "skip" if "b4.fromrgb.weight" in shapes else "orig"
    )
    if not 1 <= joined - last <= 64 or abs(sum(contents.taps)) < LEAST_SUM:
        raise ValueError("its last block or its filter is unusual")
    return Shape(
        resolution=hyper.resolution,
        channels=channels,
        img_channels=hyper.img_channels,
        start=hyper.const_size,
        architecture=architecture,
        features=shapes["b4.fc.weight"][0],
        group=contents.group or 2**10,
        deviations=joined - last,
        clamp=contents.clamp,
        taps=contents.taps,
        labels=_derive_labels(shapes, contents.mapping_lr),
    )


def _derive_labels(shapes: Mapping[str, tuple[int, ...]], lr: float) -> Labels | None:
    if len(embed := shapes.get("mapping.embed.weight", ())) == 2:
        layers = [shapes[f"mapping.fc{i}.weight"] for i in range(64) if f"mapping.fc{i}.weight" in shapes]
        return Labels(c_dim=embed[1], embed=embed[0], widths=tuple(layer[0] for layer in layers), lr=lr)
    outputs = shapes["b4.out.weight"][0]
    return Labels(c_dim=outputs) if outputs > 1 else None


def _our_name(name: str, shape: Shape) -> str:
    """Return the name in :class:`Discriminator` for a tensor that other programs call ``name``."""
    match = re.fullmatch(r"b(\d{1,4})\.(\w+)\.(weight|bias)", name)
    if match is None:
        return name
    side, layer, leaf = int(match[1]), match[2], match[3]
    if side == 4:
        return f"{ {'fc': 'dense', 'fromrgb': 'last_rgb'}.get(layer, layer) }.{leaf}"
    if layer == "fromrgb" and side == shape.resolution:
        return f"from_rgb.{leaf}"
    index = (shape.resolution // side).bit_length() - 1
    return f"blocks.{index}.{'from_rgb' if layer == 'fromrgb' else layer}.{leaf}"
