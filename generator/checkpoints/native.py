"""Our own checkpoints: safetensors files whose metadata carries the settings, the traits, the name and a model card.

Layout: [8 bytes little-endian: header length][header: JSON][tensors]  (github.com/huggingface/safetensors, "Format").
Read here as views of the file; written by the safetensors library.
"""

import json
import math
import os
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import torch
from safetensors.torch import save_file

from generator.checkpoints.pickle.arrays import BFLOAT16, Numbers, Storage, Tensor
from generator.checkpoints.pickle.budget import quote
from generator.checkpoints.structure import MAX_TENSORS, SETTINGS, Found, array
from generator.contract import errors
from generator.contract.names import DIRECTION, SLUG, model_name
from generator.stylegan2.network import Generator

FORMAT = "waifubot safetensors"
MARK = "waifubot-stylegan2"
VERSION = "1"
DIRECTIONS = "directions"  # key of the names in the metadata, and name of the tensor
MAX_HEADER_BYTES = 2**20  # a 1024 px network has 25 KB

_TYPES = {"F64": "<f8", "F32": "<f4", "F16": "<f2", "BF16": BFLOAT16}


@dataclass(frozen=True, slots=True)
class Safetensors:
    """A safetensors file: its text fields and its tensors."""

    metadata: Mapping[str, str]
    tensors: Mapping[str, Tensor]


def read(view: memoryview) -> Safetensors:
    """Read the header; the tensors stay views. Raises a CheckpointError, also for the files of other programs."""
    length = int.from_bytes(view[:8], "little")
    if length > len(view) - 8:
        raise errors.DamagedCheckpoint(found="it ends too early")
    if length > MAX_HEADER_BYTES:
        raise errors.CheckpointTooLarge(found=f"its header has {length} bytes")
    header = _json(bytes(view[8 : 8 + length]))
    metadata = header.pop("__metadata__", {})
    if not isinstance(metadata, dict) or not all(isinstance(value, str) for value in metadata.values()):
        raise errors.DamagedCheckpoint(found="its metadata is of an unusual form")
    if metadata.get("format") != MARK:
        raise errors.NotACheckpoint(found="it is a safetensors file of another program")
    if len(header) > MAX_TENSORS:
        raise errors.CheckpointTooLarge(found=f"it has {len(header)} tensors")
    return Safetensors(metadata, {name: _tensor(entry, view[8 + length :]) for name, entry in header.items()})


def _json(raw: bytes | str) -> dict[str, Any]:
    try:
        value = json.loads(raw, object_pairs_hook=_without_repeats)
    except (ValueError, RecursionError) as error:
        raise errors.DamagedCheckpoint(found="its header is garbled") from error
    if not isinstance(value, dict):
        raise errors.DamagedCheckpoint(found="its header is garbled")
    return value


def _without_repeats(pairs: list[tuple[str, object]]) -> dict[str, object]:
    if len(fields := dict(pairs)) != len(pairs):
        raise ValueError("a name stands in it twice")
    return fields


def _tensor(entry: object, data: memoryview) -> Tensor:
    match entry:
        case {"dtype": str(kind), "shape": list(sizes), "data_offsets": [int(start), int(end)]} if kind in _TYPES:
            shape = tuple(sizes)
        case _:
            raise errors.DamagedCheckpoint(found="a tensor is described in an unusual way")
    if not all(type(size) is int and 0 <= size < 2**32 for size in shape) or len(shape) > 8:
        raise errors.DamagedCheckpoint(found="a tensor has an impossible shape")
    storage = Storage(_TYPES[kind], math.prod(shape), (data, start))
    if not 0 <= start <= end <= len(data) or end - start != storage.nbytes:
        raise errors.DamagedCheckpoint(found="a tensor is not as large as it claims")
    return Tensor(storage, 0, shape, tuple(math.prod(shape[axis + 1 :]) for axis in range(len(shape))))


def recognise(top: object) -> bool:
    """Return whether this is one of our own files; ``read`` takes no others."""
    return isinstance(top, Safetensors)


def interpret(top: object) -> Found:
    """Return the network. Raises UnsupportedNetwork for a later version of the format."""
    assert isinstance(top, Safetensors)
    if top.metadata.get("version") != VERSION:
        raise errors.UnsupportedNetwork(found=f"a network of the format version '{quote(top.metadata.get('version'))}'")
    stored = _json(top.metadata.get("hyperparameters", "{}"))
    arrays: dict[str, Numbers] = {name: array(tensor, name) for name, tensor in top.tensors.items()}
    steps = arrays.pop(DIRECTIONS, None)
    traits = _traits(_json(top.metadata.get("traits", "{}")))
    return Found(
        FORMAT,
        arrays,
        {name: stored[name] for name in SETTINGS if name in stored},
        traits=traits,
        odds=_odds(_json(top.metadata.get("odds", "{}")), traits),
        directions=_directions(top.metadata.get(DIRECTIONS), steps),
        name=_name(top.metadata.get("name", "")),
        card=_card(_json(top.metadata.get("card", "{}"))),
    )


def _traits(stored: Mapping[str, object]) -> dict[str, tuple[str, ...]]:
    traits = {}
    for name, values in stored.items():
        if not isinstance(values, list) or not all(
            isinstance(word, str) and SLUG.fullmatch(word) for word in [name, *values]
        ):
            raise errors.DamagedCheckpoint(found=f"the trait '{quote(name)}' is of an unusual form")
        if not values or len(set(values)) < len(values):
            raise errors.DamagedCheckpoint(found=f"the trait '{quote(name)}' has no values or one of them twice")
        traits[name] = tuple(values)
    return traits


def _odds(stored: Mapping[str, object], traits: Mapping[str, tuple[str, ...]]) -> dict[str, tuple[float, ...]]:
    odds = {}
    for name, shares in stored.items():
        if not isinstance(shares, list) or len(shares) != len(traits.get(name, ())) or not _are_shares(shares):
            raise errors.DamagedCheckpoint(found=f"the odds of the trait '{quote(name)}' are of an unusual form")
        odds[name] = tuple(float(share) for share in shares)
    return odds


def _directions(stored: str | None, steps: Numbers | None) -> dict[str, Numbers] | None:
    """The learnt directions: their names in the metadata, their steps [n, num_ws, w_dim] in one tensor, which no names have not."""
    if stored is None:
        return None
    names = _json(stored).get("names")
    if not isinstance(names, list) or not all(isinstance(name, str) and DIRECTION.fullmatch(name) for name in names):
        raise errors.DamagedCheckpoint(found="its directions are of an unusual form")
    found = [] if steps is None else list(steps)
    if len(found) != len(names) or len(set(names)) < len(names):
        raise errors.DamagedCheckpoint(found="its directions and their names do not fit")
    return dict(zip(names, found, strict=True))


def _are_shares(numbers: list[object]) -> bool:
    return all(isinstance(share, int | float) and 0 <= share <= 1 for share in numbers) and any(numbers)


def _card(stored: Mapping[str, object]) -> Mapping[str, object]:
    if not _is_card(stored):
        raise errors.DamagedCheckpoint(found="its card is of an unusual form")
    return stored


def _is_card(card: Mapping[str, object]) -> bool:
    """Return whether everything on a card is a text, a number or a list of such: nothing that grows when it is shown."""
    told = [item for value in card.values() for item in (value if isinstance(value, list) else [value])]
    return all(item is None or isinstance(item, str | int | float) for item in told)


def _name(stored: str) -> str | None:
    return stored if model_name(stored) == stored else None


def write(generator: Generator, path: Path, half: bool, card: Mapping[str, object]) -> None:
    """Write ``generator`` at once or not at all. Raises CannotWrite."""
    check_place(path)
    if not _is_card(card):
        raise errors.CannotWrite(file=path.name, reason="its card may hold texts and numbers and lists of them only")
    metadata = {
        "format": MARK,
        "version": VERSION,
        "hyperparameters": json.dumps(generator.hyper.to_dict()),
        "traits": json.dumps(generator.traits),
        "odds": json.dumps(generator.odds),
        "name": generator.name,
        "card": json.dumps(dict(card)),
    }
    tensors = {name: _packed(tensor, half) for name, tensor in generator.state_dict().items()}
    if generator.directions is not None:
        metadata[DIRECTIONS] = json.dumps({"names": list(generator.directions)})
        if generator.directions:
            tensors[DIRECTIONS] = _packed(torch.stack(list(generator.directions.values())), half)
    partial = path.with_name(f".{path.name}.{os.getpid()}")
    try:
        save_file(tensors, partial, metadata)
        partial.replace(path)
    except Exception as error:  # the library raises its own kinds for a full disk or a missing folder
        partial.unlink(missing_ok=True)
        raise errors.CannotWrite(file=path.name, reason=_reason(error)) from error


def check_place(path: Path) -> None:
    """Raise CannotWrite if no file can be made beside ``path`` or put in its place."""
    reason = None
    if path.is_dir():
        reason = "that is a folder; name a file in it"
    elif not path.parent.is_dir():
        reason = "its folder does not exist; make that first"
    elif not os.access(path.parent, os.W_OK | os.X_OK):
        reason = "its folder does not allow it; choose another one"
    if reason:
        raise errors.CannotWrite(file=path.name, reason=reason)


def _reason(error: Exception) -> str:
    """What the system says: OSError has it apart, safetensors at the end of a sentence of its own."""
    said = error.strerror if isinstance(error, OSError) else None
    return quote((said or str(error)).rpartition(": ")[2])


def _packed(tensor: torch.Tensor, half: bool) -> torch.Tensor:
    """Return a copy on the CPU, in float16 where wanted and where no number is too large for it."""
    tensor = tensor.detach().cpu().contiguous()
    small = bool(tensor.abs().max() < np.finfo(np.float16).max)
    return tensor.half() if half and small else tensor.clone()
