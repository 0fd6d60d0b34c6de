"""Reads StyleGAN2 pickles from NVIDIA's TensorFlow repositories, stylegan2 and stylegan2-ada: tuples (G, D, Gs).

Does not read the source code stored in them. Renames TensorFlow's variables and rearranges them as our network expects,
as views. TensorFlow stores convolutions as [h, w, in, out] and dense layers as [in, out].
"""

import re
from collections.abc import Iterator, Mapping
from typing import Any

import numpy as np

from generator.checkpoints.pickle.arrays import Numbers
from generator.checkpoints.pickle.harmless import Record
from generator.checkpoints.shapes import unknown_part, unknown_shape
from generator.checkpoints.structure import Contents, as_array, collect
from generator.checkpoints.stylegan2 import RECTANGLES
from generator.contract import errors

FORMAT = "NVIDIA TensorFlow pickle (stylegan2)"

# inner network -> (name of an argument in TensorFlow -> field of Hyperparameters)
_SETTINGS: Mapping[str, Mapping[str, str]] = {
    "mapping": {
        "mapping_lrmul": "mapping_lr",
        "mapping_nonlinearity": "mapping_activation",
        "normalize_latents": "normalize_latents",
    },
    "synthesis": {"nonlinearity": "activation", "resample_kernel": "resample_filter", "conv_clamp": "conv_clamp"},
}


def recognise(top: object) -> bool:
    """Return whether the file's outermost value is (G, D, Gs) or a single Network."""
    return _is_network(top) or (isinstance(top, tuple | list) and len(top) == 3 and all(map(_is_network, top)))


def _is_network(value: object) -> bool:
    return isinstance(value, Record) and value.kind == "Network"


def interpret(top: object) -> Contents:
    """Return the contents of the averaged generator Gs, or of the single network in the file.

    Raises UnsupportedNetwork for StyleGAN1, configs A to D of StyleGAN2, rectangles, and any other network.
    """
    generator: Record = top if isinstance(top, Record) else top[2]  # type: ignore[index]
    variables = collect(_variables(generator))
    _require_stylegan2(variables)
    variables.pop("lod", None)
    arrays = collect(_translate(name, value) for name, value in variables.items())
    settings = _settings(generator)
    if "mapping/LabelConcat/weight" in variables:
        settings["label_mode"] = "concat_joint"
    # The TensorFlow layers add 1 to the bias of the style when they are executed.
    added = {name: 1.0 for name in arrays if name.endswith(".affine.bias")}
    return Contents(FORMAT, arrays, settings, added=added)


def _read_field(network: Record, name: str, kind: type, default: Any) -> Any:
    value = network.state.get(name, default)
    if not isinstance(value, kind):
        raise errors.UnsupportedNetwork(found=f"a network whose '{name}' are of an unusual form")
    return value


def _components(network: Record) -> dict[str, Record]:
    """Return the inner networks of ``network``: "mapping" and "synthesis".

    Before version 4 of the format, there were no inner networks, and all variables were in one list.
    """
    inner = _read_field(network, "components", dict, {})
    return {name: inner[name] for name in ("mapping", "synthesis") if _is_network(inner.get(name))}


def _variables(network: Record) -> Iterator[tuple[str, Numbers]]:
    yield from _own_variables(network, "")
    for name, component in _components(network).items():
        yield from _own_variables(component, f"{name}/")


def _own_variables(network: Record, prefix: str) -> Iterator[tuple[str, Numbers]]:
    for entry in _read_field(network, "variables", list, []):
        if not isinstance(entry, tuple | list) or len(entry) != 2 or type(entry[0]) is not str:
            raise errors.UnsupportedNetwork(found="a network whose variables are of an unusual form")
        name = re.sub(r"^G_(mapping|synthesis)/", r"\1/", entry[0])
        yield prefix + name, as_array(entry[1], name)


def _require_stylegan2(variables: Mapping[str, Numbers]) -> None:
    names = " ".join(variables)
    if "ToRGB_lod" in names:
        kind = (
            "StyleGAN2 network of config A to D (progressive growing)"
            if "/mod_weight" in names
            else "StyleGAN1 network"
        )
        raise errors.UnsupportedNetwork(found=f"a {kind}")
    if re.search(r"synthesis/(\d+)x(?!\1/)\d+/", names):
        raise errors.UnsupportedNetwork(found=RECTANGLES)
    if "synthesis/4x4/Const/const" not in variables:
        raise errors.UnsupportedNetwork(found="a TensorFlow network of another kind")


def _settings(network: Record) -> dict[str, object]:
    settings: dict[str, object] = {}
    for component, fields in _SETTINGS.items():
        inside = _components(network).get(component)
        arguments = _read_field(network, "static_kwargs", dict, {}) | (
            _read_field(inside, "static_kwargs", dict, {}) if inside else {}
        )
        settings |= {ours: arguments[theirs] for theirs, ours in fields.items() if theirs in arguments}
    return settings


def _translate(name: str, value: Numbers) -> tuple[str, Numbers]:
    """Return our network's name for a variable, and the variable in our network's layout.

    Raises UnsupportedNetwork if the name is unknown.
    """
    for pattern, ours, axes in _NAMES:
        if match := re.fullmatch(pattern, name):
            return _full_name(match, ours), _to_torch_layout(name, value, axes)
    raise unknown_part(name)


def _full_name(match: re.Match[str], ours: str) -> str:
    fields = match.groupdict()
    if "noise" in fields:
        layer = int(fields["noise"])  # 0 is 4x4/Conv; Conv0_up and Conv1 of each block follow
        fields["block"], fields["layer"] = str(4 << (layer + 1) // 2), "conv0" if layer % 2 else "conv1"
    elif "layer" in fields:
        fields["layer"] = _LAYERS[fields["layer"]]
    return ours.format(**fields)


def _to_torch_layout(name: str, value: Numbers, axes: str) -> Numbers:
    """Return a view of ``value``, converted from TensorFlow's layout to torch's. ``axes`` is a key of _DIMENSIONS.

    Raises UnsupportedNetwork if the shape is unusual.
    """
    if value.ndim != _DIMENSIONS[axes] or any(value.shape[axis] != 1 for axis in _SINGLE.get(axes, ())):
        raise unknown_shape(name, value.shape)
    if axes == "kernel":
        # Our conv0 is a transposed convolution, which flips its kernel. TensorFlow's upsampling convolution does not.
        value = value[::-1, ::-1] if "Conv0_up" in name else value
        return value.transpose(3, 2, 0, 1)
    if axes == "dense":
        return value.T
    return np.squeeze(value, _SINGLE[axes]) if axes in _SINGLE else value


# kind of axes -> number of dimensions
_DIMENSIONS = {"kernel": 4, "dense": 2, "plane": 4, "constant": 4, "vector": 1, "number": 0}

_SINGLE = {"plane": (0, 1), "constant": (0,)}  # axes of length 1 that are dropped

_LAYERS = {"Conv": "conv1", "Conv0_up": "conv0", "Conv1": "conv1", "ToRGB": "torgb"}

_LAYER = r"synthesis/(?P<block>[1-9]\d{0,3})x(?P=block)/(?P<layer>Conv|Conv0_up|Conv1|ToRGB)"
_OURS = "synthesis.b{block}.{layer}"

# (pattern of their name for a variable, template of our name, kind of its axes)
_NAMES: tuple[tuple[str, str, str], ...] = (
    (r"dlatent_avg", "mapping.w_avg", "vector"),
    (r"mapping/Dense(?P<i>0|[1-9]\d?)/weight", "mapping.fc{i}.weight", "dense"),
    (r"mapping/Dense(?P<i>0|[1-9]\d?)/bias", "mapping.fc{i}.bias", "vector"),
    (r"mapping/Label(Concat|Embed)/weight", "mapping.embed.weight", "dense"),
    (r"mapping/LabelEmbed/bias", "mapping.embed.bias", "vector"),
    (r"synthesis/noise(?P<noise>0|[1-9]\d?)", f"{_OURS}.noise_const", "plane"),
    (r"synthesis/4x4/Const/const", "synthesis.b4.const", "constant"),
    (rf"{_LAYER}/weight", f"{_OURS}.weight", "kernel"),
    (rf"{_LAYER}/mod_weight", f"{_OURS}.affine.weight", "dense"),
    (rf"{_LAYER}/mod_bias", f"{_OURS}.affine.bias", "vector"),
    (rf"{_LAYER}/noise_strength", f"{_OURS}.noise_strength", "number"),
    (rf"{_LAYER}/bias", f"{_OURS}.bias", "vector"),
    (r"synthesis/(?P<block>[1-9]\d{0,3})x(?P=block)/Skip/weight", "synthesis.b{block}.skip.weight", "kernel"),
)
