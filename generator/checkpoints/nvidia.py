"""Reads StyleGAN2 pickles from NVIDIA's two PyTorch repositories, stylegan2-ada-pytorch and stylegan3.

The pickles also store the source code of their modules (torch_utils.persistence). This code is never executed; only
attributes and tensors are used. StyleGAN2 is recognised by its synthesis blocks b4, b8, ...; StyleGAN3 has none.
"""

import re
from collections.abc import Iterator, Mapping

from generator.checkpoints.pickle.allowlist import PersistentModule
from generator.checkpoints.pickle.arrays import Numbers
from generator.checkpoints.pickle.budget import quote
from generator.checkpoints.pickle.harmless import Record
from generator.checkpoints.structure import Contents, as_array, collect, common_taps
from generator.contract import errors

FORMAT = "NVIDIA PyTorch pickle (stylegan2-ada-pytorch or stylegan3)"
MAX_DEPTH = 6  # real files have five levels: generator, synthesis, block, layer, affine


def recognise(top: object) -> bool:
    """Return whether the file's outermost value is a training snapshot or a single module."""
    return isinstance(top, PersistentModule) or (
        isinstance(top, dict) and isinstance(top.get("G_ema"), PersistentModule)
    )


def interpret(top: object) -> Contents:
    """Return the contents of the averaged generator G_ema, or of the single module in the file.

    Raises UnsupportedNetwork if the network is not StyleGAN2.
    """
    generator = top["G_ema"] if isinstance(top, dict) else top
    assert isinstance(generator, PersistentModule)
    modules = dict(_walk(generator, "", set()))
    _require_stylegan2(generator, modules)
    arrays = collect(_tensors(modules))
    filters = {name: arrays.pop(name) for name in list(arrays) if name.endswith(".resample_filter")}
    return Contents(FORMAT, arrays, _settings(modules, filters))


def _walk(
    root: PersistentModule | Record, prefix: str, seen: set[int]
) -> Iterator[tuple[str, Mapping[object, object]]]:
    """Yield (dotted name ending in a dot, attributes) for a module and for every module inside it."""
    # Refuses a module that contains itself, or that is nested so often that the walk would take too long.
    if id(root) in seen or prefix.count(".") > MAX_DEPTH:
        raise errors.UnsupportedNetwork(found=f"a network whose module {quote(prefix)} is nested unusually")
    seen.add(id(root))
    yield prefix, root.state
    for name, child in _require_dict(root.state, "_modules").items():
        if isinstance(child, PersistentModule | Record):
            yield from _walk(child, f"{prefix}{quote(name)}.", seen)
        elif child is not None:
            raise errors.UnsupportedNetwork(found=f"a network whose {quote(f'{prefix}{quote(name)}')} is no module")


def _require_dict(state: Mapping[object, object], name: str) -> Mapping[object, object]:
    value = state.get(name)
    if not isinstance(value, dict):
        raise errors.UnsupportedNetwork(found=f"a network with a module without {name}")
    return value


def _require_stylegan2(generator: PersistentModule, modules: Mapping[str, object]) -> None:
    if "synthesis.b4." in modules and "mapping." in modules:
        return
    if "synthesis.input." in modules and any(name.startswith("synthesis.L0_") for name in modules):
        raise errors.UnsupportedNetwork(found="a StyleGAN3 network")
    raise errors.UnsupportedNetwork(found=f"a network of the class '{quote(generator.class_name)}'")


def _tensors(modules: Mapping[str, Mapping[object, object]]) -> Iterator[tuple[str, Numbers]]:
    for prefix, state in modules.items():
        for kind in ("_parameters", "_buffers"):
            for name, value in _require_dict(state, kind).items():
                if value is not None:
                    yield f"{prefix}{name}", as_array(value, f"{prefix}{name}")


def _settings(modules: Mapping[str, Mapping[object, object]], filters: Mapping[str, Numbers]) -> dict[str, object]:
    convolutions = _select_layers(modules, r"synthesis\.b\d+\.conv[01]\.")
    colours = _select_layers(modules, r"synthesis\.b\d+\.torgb\.")
    dense = _select_layers(modules, r"mapping\.fc\d+\.")
    settings = {
        "activation": _common_value(convolutions, "activation", "lrelu"),
        "conv_clamp": _common_value(convolutions + colours, "conv_clamp", None),
        "mapping_activation": _common_value(dense, "activation", "lrelu"),
        "mapping_lr": _common_value(dense, "bias_gain", 0.01),
    }
    # conv1 does not resample. Its stored filter is an unused default.
    taps = common_taps({name: value for name, value in filters.items() if not name.endswith(".conv1.resample_filter")})
    return settings | ({} if taps is None else {"resample_filter": taps})


def _select_layers(modules: Mapping[str, Mapping[object, object]], pattern: str) -> list[Mapping[object, object]]:
    return [state for name, state in modules.items() if re.fullmatch(pattern, name)]


def _common_value(layers: list[Mapping[object, object]], name: str, default: object) -> object:
    """Return the value that the attribute ``name`` has in all layers.

    Layers without the attribute count as having ``default``, since some versions of the programs did not write it.
    Raises UnsupportedNetwork if the layers differ.
    """
    values = [layer.get(name, default) for layer in layers]
    if any(value != values[0] for value in values[1:] if isinstance(value, str | int | float | None)):
        raise errors.UnsupportedNetwork(found=f"a StyleGAN2 network whose layers differ in {name}")
    return values[0] if values else default
