"""Lists the globals that a checkpoint may name, with our own replacement for each. All other names are refused.

Knows the names that pickles contain, but nothing about containers or StyleGAN2.
"""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass

from generator.checkpoints.pickle.arrays import (
    MAX_DIMENSIONS,
    STORAGES,
    StoredArray,
    check_counts,
    make_array,
    make_dtype,
    make_scalar,
    rebuild_parameter,
    rebuild_tensor,
)
from generator.checkpoints.pickle.budget import Budget, EncodedBytes, LongText, quote, safe_key
from generator.checkpoints.pickle.harmless import Record, list_globals
from generator.checkpoints.pickle.interpreter import Global, Name
from generator.contract import errors

# The classes of generators in programs that people save as whole objects. They can be named, but not made.
WHOLE = (
    *("model.Generator", "models.Generator", "models.model.Generator", "swagan.Generator", "networks.Generator"),
    *("stylegan2.model.Generator", "models.stylegan2.model.Generator", "models.stylegan2.Generator"),
    *("training.networks.Generator", "training.networks_stylegan2.Generator", "training.networks_stylegan3.Generator"),
    *("models.psp.pSp", "basicsr.archs.stylegan2_arch.StyleGAN2Generator", "stylegan2_pytorch.StyleGAN2"),
    *("stylegan2_pytorch.stylegan2_pytorch.StyleGAN2", "__main__.Generator"),
)


@dataclass(frozen=True, slots=True, eq=False)
class PersistentModule:
    """A module pickled by torch_utils.persistence. Its source code (module_src) is discarded unread."""

    class_name: str
    state: Mapping[object, object]


def make_persistent(meta: object) -> PersistentModule:
    """Create a PersistentModule. Replaces torch_utils.persistence._reconstruct_persistent_obj."""
    if type(meta) is not dict or type(meta.get("class_name")) is not str or "state" not in meta:
        raise errors.DamagedCheckpoint(found="a module is put together wrongly")
    # A class that says how it is pickled may have a state of any type. No module of StyleGAN2 does.
    return PersistentModule(meta["class_name"], meta["state"] if type(meta["state"]) is dict else {})


def make_set(budget: Budget) -> Callable[..., set[object]]:
    """Return our replacement for set() and frozenset(). Before protocol 4, pickles call them with a list."""

    def make(values: object = ()) -> set[object]:
        if not isinstance(values, list | tuple):
            raise errors.DamagedCheckpoint(found="a set has members of an unusual type")
        return {safe_key(value, budget) for value in values}

    return make


def make_dict(budget: Budget) -> Callable[..., dict[object, object]]:
    """Return our replacement for OrderedDict(). Python 2 pickles call OrderedDict() with a list of [key, value]."""

    def make(pairs: object = ()) -> dict[object, object]:
        if not isinstance(pairs, list | tuple) or not all(
            isinstance(pair, list | tuple) and len(pair) == 2 for pair in pairs
        ):
            raise errors.DamagedCheckpoint(found="a dictionary is put together wrongly")
        return {safe_key(key, budget): value for key, value in pairs}

    return make


def make_size(sizes: object) -> tuple[int, ...]:
    """Create a tuple of sizes. Replaces torch.Size."""
    # Bytes are refused, because each byte would become an int.
    if not isinstance(sizes, list | tuple) or len(sizes) > MAX_DIMENSIONS:
        raise errors.DamagedCheckpoint(found="a tensor has an impossible shape")
    return check_counts(tuple(sizes))


def make_bytes() -> memoryview:
    """Create empty bytes. Replaces bytes(), which protocol 2 calls for this."""
    return memoryview(b"")


def make_encode(budget: Budget) -> Callable[..., object]:
    """Return our replacement for _codecs.encode. Protocol 2 calls _codecs.encode to make bytes from text."""

    def encode(text: object, codec: object) -> object:
        if codec not in ("latin1", "latin-1"):
            raise errors.ForbiddenContent(found=f"the codec '{quote(codec)}'")
        if isinstance(text, LongText):
            return EncodedBytes(text, budget)
        if not isinstance(text, str):
            raise errors.DamagedCheckpoint(found="text was expected and something else is there")
        budget.spend("text", len(text))
        return memoryview(text.encode("latin-1"))

    return encode


def _by_name(calls: Mapping[str, Callable[..., object] | None], objects: Sequence[Global] = ()) -> dict[Name, Global]:
    """Return an allowlist of ``calls`` and ``objects``, keyed by name.

    ``calls`` maps "module.name" to the function that is called instead, or to None if the name may not be called.
    ``objects`` are entries that are Globals already and are added as they are.
    """
    entries = [Global(_split(dotted), call) for dotted, call in calls.items()] + list(objects)
    return {entry.name: entry for entry in entries}


def _split(dotted: str) -> Name:
    module, _, name = dotted.rpartition(".")
    return module, name


def for_storage() -> dict[Name, Global]:
    """Return the allowlist for a single torch storage: only class names, none of them callable."""
    modules = ("torch", "torch.storage")
    return _by_name({f"{module}.{name}Storage": None for module in modules for name in STORAGES})


def storage_kind(entry: object) -> str:
    """Return the numpy type of a storage's elements. ``entry`` is the Global that names the storage's class.

    Raises DamagedCheckpoint if ``entry`` is anything else.
    """
    name = entry.name[1].removesuffix("Storage") if isinstance(entry, Global) else ""
    if name not in STORAGES:
        raise errors.DamagedCheckpoint(found="a tensor has elements of an unusual type")
    return STORAGES[name]


def for_checkpoint(budget: Budget, load_from_bytes: Callable[[object], object]) -> dict[Name, Global]:
    """Return the allowlist for a StyleGAN checkpoint.

    ``load_from_bytes`` reads a torch storage that is saved as a nested stream.
    """
    calls: dict[str, Callable[..., object] | None] = {
        "torch_utils.persistence._reconstruct_persistent_obj": make_persistent,
        "torch._utils._rebuild_parameter": rebuild_parameter,
        "torch._utils._rebuild_parameter_with_state": rebuild_parameter,
        "torch._utils._rebuild_tensor": rebuild_tensor,
        "torch._utils._rebuild_tensor_v2": rebuild_tensor,
        "torch.storage._load_from_bytes": load_from_bytes,
        "torch.Size": make_size,
        "torch.device": lambda *_: None,
        "numpy.dtype": make_dtype,
        "numpy.ndarray": None,
        "_codecs.encode": make_encode(budget),
    }
    for core in ("numpy.core", "numpy._core"):
        calls |= {
            f"{core}.multiarray._reconstruct": make_array,
            f"{core}.multiarray.scalar": make_scalar,
            f"{core}.numeric._frombuffer": StoredArray.from_buffer,
        }
    for builtins in ("builtins", "__builtin__"):
        calls |= {f"{builtins}.{name}": make_set(budget) for name in ("set", "frozenset")}
        calls[f"{builtins}.bytes"] = make_bytes
    return for_storage() | _by_name(calls, [*_objects(budget), *list_globals()])


def _objects(budget: Budget) -> list[Global]:
    dicts = [("collections", "OrderedDict"), ("dnnlib.util", "EasyDict"), ("dnnlib", "EasyDict")]
    networks = [("dnnlib.tflib.network", "Network"), ("tfutil", "Network")]
    return [
        *(Global(name, call=make_dict(budget), new=dict) for name in dicts),
        *(Global(name, new=lambda: Record("Network")) for name in networks),
        Global(("argparse", "Namespace"), new=lambda: Record("Namespace")),
        *(Global(_split(name), new=_refuse_whole(name)) for name in WHOLE),
    ]


def _refuse_whole(name: str) -> Callable[[], object]:
    """Return a function that refuses an object which only the code of its program can make."""

    def refuse() -> object:
        raise errors.UnsupportedNetwork(found=f"a whole {name} and not its numbers (save its state_dict instead)")

    return refuse
