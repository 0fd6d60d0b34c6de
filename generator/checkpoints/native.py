"""Reads and writes our own checkpoints: safetensors files with settings, traits, name and model card in their metadata.

Of other programs' safetensors files it reads the tensors only. Tensors are read as views of the file. They are not
written with the safetensors library, because it puts the metadata into a random order, so that the same network would
get another digest each time.
A file consists of [8 bytes little-endian: header length][header: JSON][tensors].
The format is described at github.com/huggingface/safetensors, section "Format".
"""

import json
import math
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import torch

from generator import files
from generator.checkpoints.pickle.arrays import BFLOAT16, Numbers, Storage, StoredTensor
from generator.checkpoints.pickle.budget import quote
from generator.checkpoints.structure import FIXED, GENERATIONS, MAX_TENSORS, Contents, as_array, name_generation
from generator.contract import errors
from generator.contract.names import DIRECTION, SLUG, is_model_name
from generator.stylegan.generator import Generator, Knobs

FORMAT = "waifubot safetensors"
MARK = "waifubot-"  # followed by the generation of the network
VERSION = "1"
OFFERED = "offered"  # the metadata key of the traits and values that people are offered; left out if all are
DIRECTIONS = "directions"  # the metadata key of the directions' names, and also the name of the tensor with their steps
KNOBS = "knobs"  # the metadata key of the names and the limit of the knobs in z; left out if z holds none
MAX_KNOB = 1000.0  # a limit beyond this is a mistake: knobs are about N(0, 1)
MAX_HEADER_BYTES = 2**20  # the header of a 1024 px network has 25 KB

SUFFIX = ".safetensors"
_WRITTEN_TYPES = {torch.float64: "F64", torch.float32: "F32", torch.float16: "F16"}
_TYPES = {"F64": "<f8", "F32": "<f4", "F16": "<f2", "BF16": BFLOAT16}
# Only in files of other programs, which may hold more than a network.
_OTHER_TYPES = {
    "I64": "<i8",
    "I32": "<i4",
    "I16": "<i2",
    "I8": "|i1",
    "U64": "<u8",
    "U32": "<u4",
    "U16": "<u2",
    "U8": "|u1",
    "BOOL": "|b1",
    "C64": "<c8",
    # numpy has no such numbers; a network is refused for them.
    "F8_E4M3": "|V1",
    "F8_E5M2": "|V1",
    "F8_E8M0": "|V1",
}


@dataclass(frozen=True, slots=True)
class Safetensors:
    """The contents of a safetensors file: its metadata, as strings, and its tensors."""

    metadata: Mapping[str, str]
    tensors: Mapping[str, StoredTensor]


def read(view: memoryview) -> Safetensors | dict[str, StoredTensor]:
    """Read a safetensors file whose bytes are ``view``. The tensors are views of these bytes.

    A file of another program becomes a dictionary of its tensors. Raises a CheckpointError if the file is damaged or
    too large.
    """
    length = int.from_bytes(view[:8], "little")
    if length > len(view) - 8:
        raise errors.DamagedCheckpoint(found="it ends too early")
    if length > MAX_HEADER_BYTES:
        raise errors.CheckpointTooLarge(found=f"its header has {length} bytes")
    header = _parse_json(_decode(view[8 : 8 + length]))
    metadata = header.pop("__metadata__", {})
    if not isinstance(metadata, dict) or not all(isinstance(value, str) for value in metadata.values()):
        raise errors.DamagedCheckpoint(found="its metadata is of an unusual form")
    if len(header) > MAX_TENSORS:
        raise errors.CheckpointTooLarge(found=f"it has {len(header)} tensors")
    is_ours = _generation(metadata) in GENERATIONS
    types = _TYPES if is_ours else _TYPES | _OTHER_TYPES
    tensors = {name: _parse_tensor(entry, view[8 + length :], types) for name, entry in header.items()}
    _require_full_cover(tensors.values(), len(view) - 8 - length)
    if not is_ours:
        return tensors
    return Safetensors(metadata, tensors)


def _generation(metadata: Mapping[str, str]) -> str | None:
    """Return the generation of the network in a file of ours, a key of GENERATIONS, or None if it is another's."""
    mark = metadata.get("format", "")
    return mark.removeprefix(MARK) if mark.startswith(MARK) else None


def _require_full_cover(tensors: Iterable[StoredTensor], size: int) -> None:
    """Raise DamagedCheckpoint unless the tensors fill ``size`` bytes without gaps and overlaps."""
    end = 0
    for storage in sorted((tensor.storage for tensor in tensors), key=_start):
        if _start(storage) != end:
            raise errors.DamagedCheckpoint(found="its tensors overlap or leave gaps")
        end += storage.nbytes
    if end != size:
        raise errors.DamagedCheckpoint(found=f"{size - end} bytes follow after its tensors")


def _start(storage: Storage) -> int:
    assert storage.location is not None
    return storage.location[1]


def _decode(text: memoryview) -> str:
    # json.loads would guess the encoding of bytes and import its codec; the format allows UTF-8 only.
    try:
        return str(text, "utf-8")
    except UnicodeDecodeError as error:
        raise errors.DamagedCheckpoint(found="its header is garbled") from error


def _parse_json(text: str) -> dict[str, Any]:
    try:
        value = json.loads(text, object_pairs_hook=_reject_repeats)
    except (ValueError, RecursionError) as error:
        raise errors.DamagedCheckpoint(found="its header is garbled") from error
    if not isinstance(value, dict):
        raise errors.DamagedCheckpoint(found="its header is garbled")
    return value


def _reject_repeats(pairs: list[tuple[str, object]]) -> dict[str, object]:
    if len(fields := dict(pairs)) != len(pairs):
        raise ValueError("a name appears twice")
    return fields


def _parse_tensor(entry: object, data: memoryview, types: Mapping[str, str]) -> StoredTensor:
    match entry:
        case {"dtype": str(kind), "shape": list(sizes), "data_offsets": [int(start), int(end)]} if kind in types:
            shape = tuple(sizes)
        case _:
            raise errors.DamagedCheckpoint(found="a tensor is described in an unusual way")
    if not all(type(size) is int and 0 <= size < 2**32 for size in shape) or len(shape) > 8:
        raise errors.DamagedCheckpoint(found="a tensor has an impossible shape")
    storage = Storage(types[kind], math.prod(shape), (data, start))
    if not 0 <= start <= end <= len(data) or end - start != storage.nbytes:
        raise errors.DamagedCheckpoint(found="a tensor is not as large as it claims")
    return StoredTensor(storage, 0, shape, tuple(math.prod(shape[axis + 1 :]) for axis in range(len(shape))))


def recognise(top: object) -> bool:
    """Return whether ``top`` is a safetensors file that we wrote."""
    return isinstance(top, Safetensors)


def interpret(top: object) -> Contents:
    """Return the contents of the network.

    Raises UnsupportedNetwork if the format has another version, and DamagedCheckpoint if the metadata is malformed.
    """
    assert isinstance(top, Safetensors)
    if top.metadata.get("version") != VERSION:
        raise errors.UnsupportedNetwork(found=f"a network of the format version '{quote(top.metadata.get('version'))}'")
    stored = _parse_json(top.metadata.get("hyperparameters", "{}"))
    settings = GENERATIONS[_generation(top.metadata) or ""].settings
    arrays: dict[str, Numbers] = {name: as_array(tensor, name) for name, tensor in top.tensors.items()}
    steps = arrays.pop(DIRECTIONS, None)
    traits = _parse_traits(_parse_json(top.metadata.get("traits", "{}")))
    return Contents(
        FORMAT,
        arrays,
        {name: stored[name] for name in settings if name in stored},
        traits=traits,
        odds=_parse_odds(_parse_json(top.metadata.get("odds", "{}")), traits),
        offered=_parse_offered(top.metadata.get(OFFERED), traits),
        directions=_parse_directions(top.metadata.get(DIRECTIONS), steps),
        knobs=_parse_knobs(top.metadata.get(KNOBS)),
        name=_check_name(top.metadata.get("name", "")),
        card=_check_card(_parse_json(top.metadata.get("card", "{}"))),
    )


def _parse_traits(stored: Mapping[str, object]) -> dict[str, tuple[str, ...]]:
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


def _parse_odds(stored: Mapping[str, object], traits: Mapping[str, tuple[str, ...]]) -> dict[str, tuple[float, ...]]:
    odds = {}
    for name, shares in stored.items():
        if not isinstance(shares, list) or len(shares) != len(traits.get(name, ())) or not _are_shares(shares):
            raise errors.DamagedCheckpoint(found=f"the odds of the trait '{quote(name)}' are of an unusual form")
        odds[name] = tuple(float(share) for share in shares)
    return odds


def _parse_offered(stored: str | None, traits: Mapping[str, tuple[str, ...]]) -> dict[str, tuple[str, ...]] | None:
    if stored is None:
        return None
    offered = _parse_traits(_parse_json(stored))
    if any(not set(values) <= set(traits.get(name, ())) for name, values in offered.items()):
        raise errors.DamagedCheckpoint(found="it offers values that it does not have")
    return offered


def _parse_directions(stored: str | None, steps: Numbers | None) -> dict[str, Numbers] | None:
    """Return name -> step for the learnt directions, or None if the file does not mention directions.

    The names are in the metadata. The steps form a single tensor [n, num_ws, w_dim], which is left out if n is 0.
    """
    if stored is None:
        return None
    names = _parse_json(stored).get("names")
    if not isinstance(names, list) or not all(isinstance(name, str) and DIRECTION.fullmatch(name) for name in names):
        raise errors.DamagedCheckpoint(found="its directions are of an unusual form")
    listed = [] if steps is None else list(steps)
    if len(listed) != len(names) or len(set(names)) < len(names):
        raise errors.DamagedCheckpoint(found="its directions and their names do not fit")
    return dict(zip(names, listed, strict=True))


def _parse_knobs(stored: str | None) -> Knobs | None:
    if stored is None:
        return None
    match _parse_json(stored):
        case {"names": list(names), "limit": float(limit)} if 0 < limit <= MAX_KNOB:
            named = [name for name in names if name != ""]
            if all(isinstance(name, str) and DIRECTION.fullmatch(name) for name in named) and _are_different(named):
                return Knobs(tuple(names), limit)
    raise errors.DamagedCheckpoint(found="its knobs are of an unusual form")


def _are_different(names: list[str]) -> bool:
    return len(set(names)) == len(names)


def _are_shares(numbers: list[object]) -> bool:
    return all(isinstance(share, int | float) and 0 <= share <= 1 for share in numbers) and any(numbers)


def _check_card(stored: Mapping[str, object]) -> Mapping[str, object]:
    if not _is_card(stored):
        raise errors.DamagedCheckpoint(found="its card is of an unusual form")
    return stored


def _is_card(card: Mapping[str, object]) -> bool:
    """Return whether the card holds only strings, numbers, None, and flat lists of these.

    Such a card can be printed without endless recursion.
    """
    items = [item for value in card.values() for item in (value if isinstance(value, list) else [value])]
    return all(item is None or isinstance(item, str | int | float) for item in items)


def _check_name(stored: str) -> str | None:
    return stored if is_model_name(stored) else None


def write(generator: Generator, path: Path, half: bool, card: Mapping[str, object]) -> None:
    """Write ``generator`` to ``path``, whole or not at all. The weights are stored as float16 if ``half`` is set.

    Raises CannotWrite if the card is malformed or the file cannot be written.
    """
    check_target(path)
    if not _is_card(card):
        raise errors.CannotWrite(file=path.name, reason="its card may only hold texts and numbers and lists of them")
    metadata = {
        "format": MARK + name_generation(generator),
        "version": VERSION,
        "hyperparameters": json.dumps(generator.hyper.to_dict()),
        "traits": json.dumps(generator.traits),
        "odds": json.dumps(generator.odds),
        "name": generator.name,
        "card": json.dumps(dict(card)),
    }
    if generator.offered is not None:
        metadata[OFFERED] = json.dumps(generator.offered)
    if generator.knobs is not None:
        metadata[KNOBS] = json.dumps({"names": generator.knobs.names, "limit": float(generator.knobs.limit)})
    tensors = {
        name: _pack(tensor, half and not name.endswith(FIXED)) for name, tensor in generator.state_dict().items()
    }
    if generator.directions is not None:
        metadata[DIRECTIONS] = json.dumps({"names": list(generator.directions)})
        if generator.directions:
            tensors[DIRECTIONS] = _pack(torch.stack(list(generator.directions.values())), half)
    write_tensors(path, tensors, metadata)


def check_target(path: Path) -> None:
    """Raise CannotWrite unless ``path`` has our ending and can be written."""
    files.check_writable(path)
    if path.suffix.lower() != SUFFIX:
        raise errors.CannotWrite(file=str(path), reason=f"the name of such a file must end in {SUFFIX}")


def write_tensors(path: Path, tensors: Mapping[str, torch.Tensor], metadata: Mapping[str, str]) -> None:
    """Write a safetensors file, whole or not at all. The same contents always give the same bytes.

    ``tensors`` are on the CPU, contiguous, and of a type in _WRITTEN_TYPES. Raises CannotWrite if that fails.
    """
    files.write(path, _safetensors(tensors, metadata))


def _safetensors(tensors: Mapping[str, torch.Tensor], metadata: Mapping[str, str]) -> Iterator[bytes]:
    # The largest numbers come first, so that every tensor is aligned to the size of its numbers.
    names = sorted(tensors, key=lambda name: (-tensors[name].element_size(), name))
    header: dict[str, object] = {"__metadata__": dict(metadata)}
    end = 0
    for name in names:
        start, end = end, end + tensors[name].nbytes
        shape = list(tensors[name].shape)
        header[name] = {"dtype": _WRITTEN_TYPES[tensors[name].dtype], "shape": shape, "data_offsets": [start, end]}
    text = json.dumps(header, separators=(",", ":")).encode()
    text += b" " * (-len(text) % 8)
    yield len(text).to_bytes(8, "little") + text
    for name in names:
        array = tensors[name].numpy()
        yield array.astype(array.dtype.newbyteorder("<"), copy=False).tobytes()


def _pack(tensor: torch.Tensor, half: bool) -> torch.Tensor:
    """Return a copy of ``tensor`` on the CPU, as float16 if ``half`` is set and every value fits."""
    tensor = tensor.detach().cpu().contiguous()
    fits = bool(tensor.abs().max() < np.finfo(np.float16).max)
    return tensor.half() if half and fits else tensor.clone()
