"""Reads pickles from NVIDIA's two PyTorch repositories, stylegan2-ada-pytorch and stylegan3.

The pickles also store the source code of their modules (torch_utils.persistence). This code is never executed; only
attributes and tensors are used. StyleGAN2 is recognised by its synthesis blocks b4, b8, ..., and StyleGAN3 by its
synthesis layers L0_36_512, L1_36_512, ...
"""

import re
from collections.abc import Iterator, Mapping

from generator.checkpoints import stylegan3
from generator.checkpoints.pickle.allowlist import PersistentModule
from generator.checkpoints.pickle.arrays import Numbers
from generator.checkpoints.pickle.budget import quote
from generator.checkpoints.pickle.harmless import Record
from generator.checkpoints.structure import Contents, as_array, collect
from generator.checkpoints.stylegan2 import filter_settings
from generator.contract import errors
from generator.stylegan3.bands import Band
from generator.stylegan3.hyperparameters import LayerShape

FORMAT = "NVIDIA PyTorch pickle (stylegan2-ada-pytorch or stylegan3)"
STATE_FORMAT = "NVIDIA state dict (stylegan2-ada-pytorch or stylegan3)"
STATE_CLAMP = 256.0  # what all presets of both repositories train with
STATE_NOTE = "a plain state dict leaves settings open; NVIDIA's are used (activation lrelu, features clamped at 256)"
STYLEGAN3_STATE_NOTE = (
    "a plain state dict leaves settings open; NVIDIA's are used (clamp 256, bandwidth 2, output scale 0.25)"
)
NOT_AVERAGED = (
    "the file lacks the averaged network; this is the one that was being trained, whose pictures are usually worse"
)
MAX_DEPTH = 6  # real files have five levels: generator, synthesis, block, layer, affine


def recognise(top: object) -> bool:
    """Return whether the file's outermost value is a training snapshot or a single module."""
    return isinstance(_find_generator(top), PersistentModule)


def _find_generator(top: object) -> object:
    """Return G_ema of a snapshot, G of one without it, or the file's only module.

    It comes without torch's wrapper for several GPUs.
    """
    return unwrap(_choose(top) if isinstance(top, dict) else top)


def unwrap(found: object) -> object:
    """Return a module without torch's wrapper for several GPUs."""
    inside = found.state.get("_modules") if isinstance(found, Record) else None
    return inside["module"] if isinstance(inside, dict) and inside.keys() == {"module"} else found


def _choose(snapshot: Mapping[object, object]) -> object:
    averaged = snapshot.get("G_ema")
    return snapshot.get("G") if averaged is None else averaged


def interpret(top: object) -> Contents:
    """Return the contents of the averaged generator G_ema, of G with a note, or of the single module in the file.

    Raises UnsupportedNetwork if the network is neither StyleGAN2 nor StyleGAN3.
    """
    generator = _find_generator(top)
    assert isinstance(generator, PersistentModule)
    contents = _interpret_module(generator)
    is_averaged = not isinstance(top, dict) or top.get("G_ema") is not None
    return contents if is_averaged else contents.with_notes(NOT_AVERAGED)


def _interpret_module(generator: PersistentModule) -> Contents:
    modules = dict(walk(generator, "", set()))
    if any(map(stylegan3.LAYER.match, modules)) and {"mapping.", "synthesis.input."} <= modules.keys():
        return _interpret_stylegan3(modules)
    if not {"mapping.", "synthesis.b4."} <= modules.keys():
        raise errors.UnsupportedNetwork(found=f"a network of the class '{quote(generator.class_name)}'")
    arrays = collect(list_tensors(modules))
    filters = {name: arrays.pop(name) for name in list(arrays) if name.endswith(".resample_filter")}
    return Contents(FORMAT, arrays, _settings(modules, filters))


def interpret_state(stored: dict[str, Numbers]) -> Contents:
    """Return the contents of a plain state dict of StyleGAN2, whose filters are taken out of ``stored``.

    Raises UnsupportedNetwork if the filters differ or are not separable.
    """
    filters = {name: stored.pop(name) for name in list(stored) if name.endswith(".resample_filter")}
    settings, notes = filter_settings(_used(filters), stored)
    settings |= {"activation": "lrelu", "conv_clamp": STATE_CLAMP}
    return Contents(STATE_FORMAT, stored, settings, mapping_lr_unsaid=True, notes=(STATE_NOTE, *notes))


def interpret_stylegan3_state(stored: dict[str, Numbers]) -> Contents:
    """Return the contents of a plain state dict of StyleGAN3.

    Raises UnsupportedNetwork if the layers' rates cannot be told from their names.
    """
    settings = {"rates": stylegan3.derive_rates(stored), "conv_clamp": STATE_CLAMP}
    arrays, notes = stylegan3.complete(stored, settings)
    return Contents(STATE_FORMAT, arrays, settings, mapping_lr_unsaid=True, notes=(STYLEGAN3_STATE_NOTE, *notes))


def _used(filters: Mapping[str, Numbers]) -> dict[str, Numbers]:
    """Return the filters without those of conv1, which does not resample: these are unused defaults."""
    return {name: value for name, value in filters.items() if not name.endswith(".conv1.resample_filter")}


def walk(root: PersistentModule | Record, prefix: str, seen: set[int]) -> Iterator[tuple[str, Mapping[object, object]]]:
    """Yield (dotted name ending in a dot, attributes) for a module and for every module inside it."""
    # Refuses a module that contains itself, or that is nested so often that the walk would take too long.
    if id(root) in seen or prefix.count(".") > MAX_DEPTH:
        raise errors.UnsupportedNetwork(found=f"a network whose module {quote(prefix)} is nested unusually")
    seen.add(id(root))
    yield prefix, root.state
    for name, child in _require_dict(root.state, "_modules").items():
        if isinstance(child, PersistentModule | Record):
            yield from walk(child, f"{prefix}{quote(name)}.", seen)
        elif child is not None:
            raise errors.UnsupportedNetwork(found=f"a network whose {quote(f'{prefix}{quote(name)}')} is no module")


def _require_dict(state: Mapping[object, object], name: str) -> Mapping[object, object]:
    value = state.get(name)
    if not isinstance(value, dict):
        raise errors.UnsupportedNetwork(found=f"a network with a module without {name}")
    return value


def list_tensors(modules: Mapping[str, Mapping[object, object]]) -> Iterator[tuple[str, Numbers]]:
    """Yield (dotted name, tensor) for the parameters and buffers of the modules that ``walk`` yields."""
    for prefix, state in modules.items():
        for kind in ("_parameters", "_buffers"):
            for name, value in _require_dict(state, kind).items():
                if value is not None:
                    yield f"{prefix}{name}", as_array(value, f"{prefix}{name}")


def _settings(modules: Mapping[str, Mapping[object, object]], filters: Mapping[str, Numbers]) -> dict[str, object]:
    convolutions = select_layers(modules, r"synthesis\.b\d+\.conv[01]\.")
    colours = select_layers(modules, r"synthesis\.b\d+\.torgb\.")
    dense = select_layers(modules, r"mapping\.fc\d+\.")
    settings = {
        "activation": common_value(convolutions, "activation", "lrelu"),
        "conv_clamp": common_value(convolutions + colours, "conv_clamp", None),
        "mapping_activation": common_value(dense, "activation", "lrelu"),
        "mapping_lr": common_value(dense, "bias_gain", 0.01),
    }
    return settings | filter_settings(_used(filters), ())[0]


def select_layers(modules: Mapping[str, Mapping[object, object]], pattern: str) -> list[Mapping[object, object]]:
    """Return the attributes of the modules whose whole name ``pattern`` matches."""
    return [state for name, state in modules.items() if re.fullmatch(pattern, name)]


def common_value(layers: list[Mapping[object, object]], name: str, default: object) -> object:
    """Return the value that the attribute ``name`` has in all layers.

    Layers without the attribute count as having ``default``, since some versions of the programs did not write it.
    Raises UnsupportedNetwork if the layers differ.
    """
    values = [layer.get(name, default) for layer in layers]
    if any(value != values[0] for value in values[1:] if isinstance(value, str | int | float | None)):
        raise errors.UnsupportedNetwork(found=f"a network whose layers differ in {name}")
    return values[0] if values else default


def _interpret_stylegan3(modules: Mapping[str, Mapping[object, object]]) -> Contents:
    """Return the contents of a StyleGAN3 network.

    The layers' attributes repeat what follows from the rates and sizes. Raises UnsupportedNetwork if they differ from
    that, as in variants that other people made.
    """
    arrays = collect(list_tensors(modules))
    layers = _stylegan3_layers(modules)
    dense = select_layers(modules, r"mapping\.fc\d+\.")
    if common_value(dense, "activation", "lrelu") != "lrelu":
        raise errors.UnsupportedNetwork(found="a StyleGAN3 network whose mapping has another activation than lrelu")
    settings = {
        "rates": [layer.get("out_sampling_rate") for layer in layers],
        "mapping_lr": common_value(dense, "bias_gain", 0.01),
        "lrelu_upsampling": _lrelu_upsampling(layers[0]),
        "bandwidth": modules["synthesis.input."].get("bandwidth", 2.0),
        "conv_clamp": common_value(layers, "conv_clamp", None),
        "output_scale": modules["synthesis."].get("output_scale", 0.25),
    }
    hyper = stylegan3.derive_hyperparameters(arrays, settings)
    for shape, layer in zip(hyper.layers, layers, strict=True):
        _check_stylegan3_layer(shape, layer)
    arrays, notes = stylegan3.complete(arrays, settings, _read_bands(layers))
    return Contents(FORMAT, arrays, settings, notes=notes)


def _read_bands(layers: list[Mapping[object, object]]) -> list[Band] | None:
    """Return the frequencies of the layers' outputs, or None if one is not told."""
    bands = [(layer.get("out_cutoff"), layer.get("out_half_width")) for layer in layers]
    told = all(type(value) in (int, float) and 0 < value < 1e9 for band in bands for value in band)  # type: ignore[operator]
    return [Band(float(cutoff), float(width)) for cutoff, width in bands] if told else None  # type: ignore[arg-type]


def _stylegan3_layers(modules: Mapping[str, Mapping[object, object]]) -> list[Mapping[object, object]]:
    """Return the attributes of the synthesis layers, in order."""
    numbered = ((match, state) for name, state in modules.items() if (match := stylegan3.LAYER.fullmatch(name)))
    return [
        state for _, state in sorted(((int(match[2]), state) for match, state in numbered), key=lambda pair: pair[0])
    ]


def _lrelu_upsampling(first: Mapping[object, object]) -> object:
    """Return the factor by which the nonlinearity's rate exceeds that of the first layer, which keeps its rate."""
    raised, rate = first.get("tmp_sampling_rate"), first.get("out_sampling_rate")
    return raised // rate if type(raised) is int and type(rate) is int and rate > 0 else 2


def _check_stylegan3_layer(shape: LayerShape, layer: Mapping[object, object]) -> None:
    after = shape.raised_size + shape.up_taps - 1 - (shape.in_size + shape.kernel - 1) * shape.up - shape.before
    wanted = {
        "in_sampling_rate": shape.in_rate,
        "up_factor": shape.up,
        "down_factor": shape.down,
        "padding": [shape.before, after] * 2,
    }
    for name, value in wanted.items():
        if layer.get(name, value) != value:
            raise errors.UnsupportedNetwork(found=f"a StyleGAN3 network with an unusual {name} in {shape.name}")
    for name, size in (("in_size", shape.in_size), ("out_size", shape.out_size)):
        found = as_array(layer[name], name).tolist() if name in layer else [size, size]
        if isinstance(found, list) and len(found) == 2 and found[0] != found[1]:
            raise errors.UnsupportedNetwork(found="a StyleGAN3 network that draws rectangles")
        if found != [size, size]:
            raise errors.UnsupportedNetwork(found=f"a StyleGAN3 network with an unusual {name} in {shape.name}")
