"""The encoder of a network: a small network that tells in one pass which traits a picture shows, and about which w.

It is a reader (generator/features/reader.py) that learnt from the faces of this one network, cut and compressed as
people's pictures are; in place of an artist's knobs it reads w, as steps from the average face. Its file lies beside
the network's and names the network by its digest.
"""

import json
from collections.abc import Iterable
from pathlib import Path
from typing import NamedTuple

import torch
import torch.nn.functional as F
from safetensors import SafetensorError, safe_open
from torch import Tensor

from generator.checkpoints import native
from generator.contract import errors
from generator.features import reader as readers
from generator.features.reader import SIDE, Reader
from generator.stylegan.generator import Generator, Traits

SUFFIX = ".encoder"  # in place of the network's
MAX_BYTES = 4 * 2**20


class Reading(NamedTuple):
    """What was read from one picture."""

    values: Tensor  # [traits], the index of each trait's likeliest value
    sureness: float  # the mean probability of the values of the reader's clear traits, 0 to 1
    rest: Tensor  # [1, k]: the w as steps of the network's spread from its average, or a reader's knobs


def traits_of(generator: Generator) -> Traits:
    """Return what the encoder of a network tells apart: its traits or, if it has none, nothing, as one value."""
    return dict(generator.traits) or {"face": ("face",)}


def path_beside(network: Path) -> Path:
    """Return where the encoder of the network in this file lies."""
    return network.with_suffix(SUFFIX)


@torch.no_grad()
def read(reader: Reader, picture: Tensor) -> Reading:
    """Read a picture [1, 3, h, w] in [-1, 1]."""
    logits, rest = reader(fit(picture))
    return Reading(reader.likeliest(logits)[0], float(sureness(reader, logits, reader.clear).mean()), rest.float())


def sureness(reader: Reader, logits: Tensor, traits: Iterable[str]) -> Tensor:
    """Return the probabilities [n, traits] of the likeliest values of some traits."""
    columns = reader.columns()
    return torch.stack([logits[:, columns[trait]].softmax(dim=1).amax(dim=1) for trait in traits], dim=1)


def fit(pictures: Tensor) -> Tensor:
    """Return pictures [n, 3, h, w] of any shape at the side of a reader's input, with gradients."""
    if tuple(pictures.shape[2:]) == (SIDE, SIDE):
        return pictures
    if min(pictures.shape[2:]) >= SIDE:
        return F.adaptive_avg_pool2d(pictures, SIDE)
    return F.interpolate(pictures, (SIDE, SIDE), mode="bilinear")


def load(path: Path, generator: Generator) -> Reader | None:
    """Return the encoder in a file, on the network's device, or None if it belongs to another network.

    Raises FileMissing, UnsupportedNetwork or DamagedCheckpoint if the file holds none.
    """
    if path.is_file() and path.stat().st_size > MAX_BYTES:
        raise errors.UnsupportedNetwork(file=path.name, found="more than an encoder")
    loaded = readers.load(path, generator.device)
    fits = loaded.traits == traits_of(generator) and loaded.knobs.out_features == generator.w_dim
    return loaded if fits and _network_of(path) == generator.digest else None


def _network_of(path: Path) -> str:
    try:
        with safe_open(path, "pt") as file:
            return str((file.metadata() or {}).get("network", ""))
    except SafetensorError as error:
        raise errors.DamagedCheckpoint(file=path.name, found=str(error)) from None


def save(encoder: Reader, generator: Generator, path: Path) -> None:
    """Write an encoder of this network as float16 safetensors. Raises CannotWrite."""
    tensors = {
        name: tensor.detach().cpu().contiguous().half()
        for name, tensor in encoder.state_dict().items()
        if tensor.is_floating_point()
    }
    metadata = {
        "traits": json.dumps(encoder.traits),
        "clear": json.dumps(encoder.clear),
        "knobs": str(generator.w_dim),
        "network": generator.digest,
    }
    native.write_tensors(path, tensors, metadata)
