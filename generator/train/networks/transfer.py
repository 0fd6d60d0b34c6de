"""Copies the weights of the networks that a run starts from into the run's own, and counts what fits.

Reads no files. What is new in a run's networks keeps its random or neutral values.
"""

import math
from collections.abc import Mapping
from dataclasses import dataclass

import torch
from torch import Tensor

from generator.stylegan2.network import Generator
from generator.train.networks.discriminator import Discriminator
from generator.train.networks.shapes import choose_hyperparameters
from generator.train.networks.start import Start
from generator.train.settings import Settings

FEWEST = 0.9  # share of a generator's parameters that must fit, unless --partial was given
MOST_NAMED = 6  # parts of a network that a sentence names


@dataclass(frozen=True)
class Copied:
    """How many parameters of a network were copied into another."""

    copied: int
    total: int  # of the network that they come from
    new: Mapping[str, int]  # part of the other network -> number of its parameters that were not copied

    @property
    def share(self) -> float:
        """The share of the parameters that were copied."""
        return self.copied / max(self.total, 1)

    def __str__(self) -> str:
        """Say it in words and numbers."""
        counted = f"{self.copied:,} of its {self.total:,} parameters are copied ({100 * self.share:.1f} %)"
        if not self.new:
            return counted
        named = [f"{part} {count:,}" for part, count in sorted(self.new.items(), key=lambda item: -item[1])]
        more = f" and {len(named) - MOST_NAMED} parts more" if len(named) > MOST_NAMED else ""
        return f"{counted}; new are {', '.join(named[:MOST_NAMED])}{more}"


# --- the generator ------------------------------------------------------------------------------------------------


@torch.no_grad()
def copy_generator(source: Generator, target: Generator) -> Copied:
    """Copy the weights of ``source`` into ``target`` where the shapes agree.

    Blocks that only ``target`` has start with ToRGB weights of 0, so they do not change the picture at first. Neither
    do feature maps that ``target`` has more of in a block: what takes from them begins with weights of 0 (Chen et al.
    2016, "Net2Net", divide the old maps instead). The mapping's weights are rescaled, because the effect of a weight is
    proportional to the network's learning-rate multiplier, and the multipliers of the two networks may differ. Columns
    for labels are copied by the names of traits and values; a value that ``source`` lacks begins as the mean of all. If
    ``source`` has no labels, those of ``target`` have no effect at first.
    """
    ours, theirs = target.state_dict(), source.state_dict()
    parameters, new, copied = dict(target.named_parameters()), dict[str, int](), 0
    for name, tensor in ours.items():
        taken = 0
        if name == "mapping.embed.weight" and name in theirs:
            taken = _copy_embedding(source, target, theirs[name], tensor)
        elif name == "mapping.fc0.weight" and theirs[name].shape != tensor.shape:
            taken = _copy_first_layer(source, target, theirs[name], tensor)
        elif name in theirs and theirs[name].shape == tensor.shape:
            tensor.copy_(theirs[name])
            taken = tensor.numel()
        elif name in theirs and name.startswith("synthesis.") and _has_more_maps(tensor, theirs[name]):
            taken = _copy_maps(theirs[name], tensor)
        elif name not in theirs and name.endswith("torgb.weight"):
            tensor.zero_()
        if name.startswith("mapping.fc") and taken:
            tensor.mul_(source.hyper.mapping_lr / target.hyper.mapping_lr)
        if name in parameters:
            copied += taken
            _count_new(new, name, tensor.numel() - taken)
    return Copied(copied, sum(parameter.numel() for parameter in source.parameters()), new)


def _count_new(new: dict[str, int], name: str, count: int) -> None:
    part = ".".join(name.split(".")[:-1]).removesuffix(".affine")
    if count:
        new[part] = new.get(part, 0) + count


def _has_more_maps(tensor: Tensor, old: Tensor) -> bool:
    """Whether a block's weights ``tensor`` have the shape of ``old`` but for more feature maps."""
    counts = 2 if tensor.ndim == 4 else 1  # only convolutions have feature maps as inputs, too
    more = tensor.ndim == old.ndim and all(n >= k for n, k in zip(tensor.shape, old.shape, strict=True))
    return more and tensor.shape[counts:] == old.shape[counts:]


def _copy_maps(old: Tensor, tensor: Tensor) -> int:
    """Copy the weights of the feature maps that there were, and return how many numbers these are.

    A convolution is scaled by 1/sqrt(number of inputs); those that are new have no effect on these feature maps.
    """
    kept = tensor[: len(old)]
    if tensor.ndim == 4:
        kept.zero_()
        kept[:, : old.shape[1]] = old * math.sqrt(tensor.shape[1] / old.shape[1])
    else:
        kept.copy_(old)
    return old.numel()


def _copy_embedding(source: Generator, target: Generator, old: Tensor, tensor: Tensor) -> int:
    """Copy the columns of the labels, and return how many numbers are those of a value that ``source`` has."""
    if old.shape[0] != tensor.shape[0]:
        return 0
    # An embedding is scaled by 1/sqrt(number of columns), which may change.
    joint = source.hyper.label_mode == "concat_joint"
    scale = 1.0 if joint else math.sqrt(tensor.shape[1] / old.shape[1])
    columns = match_labels(source, target)
    mean = old.mean(dim=1)
    for column, match in enumerate(columns):
        tensor[:, column] = (mean if match is None else old[:, match]) * scale
    return tensor.shape[0] * sum(match is not None for match in columns)


def match_labels(source: Generator, target: Generator) -> list[int | None]:
    """Return, for each column of the label of ``target``, the column in ``source`` with the same meaning, or None.

    Columns without names mean the same where both labels are equally long.
    """
    named = {pair: i for i, pair in enumerate(_pairs(source))}
    columns = [named.get(pair) for pair in _pairs(target)]
    unnamed = source.c_dim == target.c_dim and not any(column is not None for column in columns)
    return list(range(target.c_dim)) if unnamed else columns


def _pairs(generator: Generator) -> list[tuple[str, str]]:
    return [(trait, value) for trait, values in generator.traits.items() for value in values]


def _copy_first_layer(source: Generator, target: Generator, old: Tensor, tensor: Tensor) -> int:
    """Copy the columns for z of the mapping's first layer; those for a label that ``source`` lacks become 0.

    Its inputs are z, then the embedded label. A layer is scaled by 1/sqrt(number of inputs).
    """
    z_dim = source.z_dim
    if (
        old.shape[0] != tensor.shape[0]
        or z_dim != target.z_dim
        or source.hyper.normalize_latents != target.hyper.normalize_latents
    ):
        return 0
    tensor[:, :z_dim] = old[:, :z_dim] * math.sqrt(tensor.shape[1] / old.shape[1])
    if tensor.shape[1] > z_dim:
        tensor[:, z_dim:] = 0
    return old.shape[0] * z_dim


def count_fitting(start: Start, settings: Settings) -> Copied:
    """Return how much of a generator would be copied into that of a run on pictures with the same labels."""
    hyper = choose_hyperparameters(settings, settings.resolution, start.average.c_dim)
    with torch.device("meta"):
        target = Generator(hyper, traits=start.average.traits)
    return copy_generator(start.average, target)


def report(copied: Mapping[str, Copied], start: Start, settings: Settings, new_blocks: bool) -> list[str]:
    """Return a line for each network: what was copied of it and what is new.

    ``new_blocks`` says whether blocks that are new to the generator learn while a new discriminator warms up.
    """
    lines = [f"{network}: {count}" for network, count in copied.items()]
    if "discriminator" not in copied:
        lines.append(f"discriminator: new ({start.lacking})")
    if settings.warm_d:
        learns = "the discriminator and the new blocks learn" if new_blocks else "the discriminator learns"
        lines.append(f"only {learns} from the first {1000 * settings.warm_d:,.0f} pictures")
    return lines


# --- the discriminator --------------------------------------------------------------------------------------------


@torch.no_grad()
def copy_discriminator(source: Discriminator, target: Discriminator, columns: list[int | None]) -> Copied:
    """Copy the weights of ``source`` into ``target`` where the shapes agree, block by block counted from the last.

    ``columns`` is the result of :func:`match_labels`. Where only ``target`` has a projection of the condition, it has
    no effect at first. Where only ``source`` takes labels, its outputs are merged by the mean over all labels.
    """
    ours, theirs = _by_resolution(target), _by_resolution(source)
    new, copied = dict[str, int](), 0
    for name, tensor in ours.items():
        taken = 0
        if name in theirs and theirs[name].shape == tensor.shape and not (name == "mapping.embed.weight" and columns):
            tensor.copy_(theirs[name])
            taken = tensor.numel()
        elif name.startswith("embed."):
            tensor.zero_()
        elif name == "mapping.embed.weight" and name in theirs:
            taken = _copy_columns(theirs[name], tensor, columns)
        elif name.startswith("out.") and source.shape.labels:
            taken = _merge_outputs(source, theirs[name], tensor)
        copied += taken
        _count_new(new, name, tensor.numel() - taken)
    return Copied(copied, sum(tensor.numel() for tensor in theirs.values()), new)


def _by_resolution(discriminator: Discriminator) -> dict[str, Tensor]:
    """Return the tensors by name, where blocks are named by their resolution."""
    named = {}
    for name, tensor in discriminator.state_dict().items():
        if name.startswith("blocks."):
            _, index, rest = name.split(".", 2)
            name = f"b{discriminator.shape.resolution >> int(index)}.{rest}"
        elif name.startswith("from_rgb."):
            name = f"b{discriminator.shape.resolution}.{name}"
        named[name] = tensor
    return named


def _copy_columns(old: Tensor, tensor: Tensor, columns: list[int | None]) -> int:
    if old.shape[0] != tensor.shape[0] or len(columns) != tensor.shape[1]:
        return 0
    scale, mean = math.sqrt(tensor.shape[1] / old.shape[1]), old.mean(dim=1)
    for column, match in enumerate(columns):
        tensor[:, column] = (mean if match is None else old[:, match]) * scale
    return tensor.shape[0] * sum(match is not None for match in columns)


def _merge_outputs(source: Discriminator, old: Tensor, tensor: Tensor) -> int:
    """Set the single output ``tensor`` to the mean over all labels of the outputs ``old``, weighted as labels do."""
    assert source.mapping is not None
    assert source.shape.labels is not None
    weights = source.mapping(torch.eye(source.shape.labels.c_dim)).mean(dim=0)  # [outputs]
    tensor.copy_((weights @ old).view_as(tensor))
    return tensor.numel()
