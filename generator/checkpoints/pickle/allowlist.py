"""The list of globals that a checkpoint may name, and what our own code makes of each. Whatever is not here is refused.

Knows the names that pickles use, neither containers nor StyleGAN2.
"""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field

from generator.checkpoints.pickle.arrays import (
    MAX_DIMENSIONS,
    STORAGES,
    Array,
    counts,
    make_array,
    make_dtype,
    make_scalar,
    rebuild_parameter,
    rebuild_tensor,
)
from generator.checkpoints.pickle.budget import Budget, Encoded, LongText, as_key, quote
from generator.checkpoints.pickle.interpreter import Known, Name, StandIn
from generator.contract import errors


@dataclass(slots=True, eq=False)
class Record(StandIn):
    """An object with a name and attributes: argparse.Namespace or the Network of TensorFlow."""

    kind: str
    state: dict[object, object] = field(default_factory=dict)

    def build(self, state: object) -> None:
        """Take the attributes."""
        if type(state) is not dict:
            raise errors.DamagedCheckpoint(found="an object has attributes of an unusual form")
        self.state = state


@dataclass(frozen=True, slots=True, eq=False)
class Persistent:
    """A module of torch_utils.persistence. Its source text (module_src) is dropped unread."""

    class_name: str
    state: Mapping[object, object]


def make_persistent(meta: object) -> Persistent:
    """Stand in for torch_utils.persistence._reconstruct_persistent_obj."""
    if type(meta) is not dict or type(meta.get("class_name")) is not str or type(meta.get("state")) is not dict:
        raise errors.DamagedCheckpoint(found="a module is put together wrongly")
    return Persistent(meta["class_name"], meta["state"])


def make_set(budget: Budget) -> Callable[..., set[object]]:
    """Return what stands in for the call of set: before protocol 4 a set is made from a list."""

    def made(values: object = ()) -> set[object]:
        if not isinstance(values, list | tuple):
            raise errors.DamagedCheckpoint(found="a set has members of an unusual type")
        return {as_key(value, budget) for value in values}

    return made


def make_dict(budget: Budget) -> Callable[..., dict[object, object]]:
    """Return what stands in for the call of OrderedDict: Python 2 gives it a list of [key, value]."""

    def made(pairs: object = ()) -> dict[object, object]:
        if not isinstance(pairs, list | tuple) or not all(
            isinstance(pair, list | tuple) and len(pair) == 2 for pair in pairs
        ):
            raise errors.DamagedCheckpoint(found="a dictionary is put together wrongly")
        return {as_key(key, budget): value for key, value in pairs}

    return made


def make_size(sizes: object) -> tuple[int, ...]:
    """Stand in for torch.Size."""
    if not isinstance(sizes, list | tuple) or len(sizes) > MAX_DIMENSIONS:  # bytes would become one number each
        raise errors.DamagedCheckpoint(found="a tensor has an impossible shape")
    return counts(tuple(sizes))


def make_bytes() -> memoryview:
    """Stand in for the call of bytes: protocol 2 writes the empty ones so."""
    return memoryview(b"")


def encode(budget: Budget) -> Callable[..., object]:
    """Return what stands in for _codecs.encode, with which protocol 2 writes bytes."""

    def encoded(text: object, codec: object) -> object:
        if codec not in ("latin1", "latin-1"):
            raise errors.ForbiddenContent(found=f"the codec '{quote(codec)}'")
        if isinstance(text, LongText):
            return Encoded(text, budget)
        if not isinstance(text, str):
            raise errors.DamagedCheckpoint(found="something else stands where a text belongs")
        budget.spend("text", len(text))
        return memoryview(text.encode("latin-1"))

    return encoded


def table(rows: Mapping[str, Callable[..., object] | None], made: Sequence[Known] = ()) -> dict[Name, Known]:
    """Return the vocabulary of ``rows``: "module.name" -> what its call yields."""
    known = [Known(_name(row), call) for row, call in rows.items()] + list(made)
    return {entry.name: entry for entry in known}


def _name(dotted: str) -> Name:
    module, _, name = dotted.rpartition(".")
    return module, name


def storages() -> dict[Name, Known]:
    """Return the vocabulary of a torch storage: names only, nothing can be called."""
    return table(dict.fromkeys((f"torch.{name}Storage" for name in STORAGES), None))


def storage_kind(known: object) -> str:
    """Return the numpy type of the storage class that ``known`` names."""
    name = known.name[1].removesuffix("Storage") if isinstance(known, Known) else ""
    if name not in STORAGES:
        raise errors.DamagedCheckpoint(found="a tensor has elements of an unusual type")
    return STORAGES[name]


def vocabulary(budget: Budget, load_from_bytes: Callable[[object], object]) -> dict[Name, Known]:
    """Return everything that a StyleGAN2 checkpoint may name. load_from_bytes: reads a storage that is a stream of its own."""
    calls: dict[str, Callable[..., object] | None] = {
        "torch_utils.persistence._reconstruct_persistent_obj": make_persistent,
        "torch._utils._rebuild_parameter": rebuild_parameter,
        "torch._utils._rebuild_tensor": rebuild_tensor,
        "torch._utils._rebuild_tensor_v2": rebuild_tensor,
        "torch.storage._load_from_bytes": load_from_bytes,
        "torch.Size": make_size,
        "torch.device": lambda *_: None,
        "numpy.dtype": make_dtype,
        "numpy.ndarray": None,
        "_codecs.encode": encode(budget),
    }
    for core in ("numpy.core", "numpy._core"):
        calls |= {
            f"{core}.multiarray._reconstruct": make_array,
            f"{core}.multiarray.scalar": make_scalar,
            f"{core}.numeric._frombuffer": Array.from_buffer,
        }
    for builtins in ("builtins", "__builtin__"):
        calls |= {f"{builtins}.set": make_set(budget), f"{builtins}.bytes": make_bytes}
    return storages() | table(calls, _objects(budget))


def _objects(budget: Budget) -> list[Known]:
    dicts = [("collections", "OrderedDict"), ("dnnlib.util", "EasyDict"), ("dnnlib", "EasyDict")]
    networks = [("dnnlib.tflib.network", "Network"), ("tfutil", "Network")]
    return [
        *(Known(name, call=make_dict(budget), new=dict) for name in dicts),
        *(Known(name, new=lambda: Record("Network")) for name in networks),
        Known(("argparse", "Namespace"), new=lambda: Record("Namespace")),
    ]
