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
from generator.contract import errors
from generator.stylegan2.hyperparameters import RESOLUTIONS

FORMAT = "NVIDIA TensorFlow pickle (stylegan2)"
NEAREST = (1.0, 1.0)  # the filter of a network that was made without one: each pixel becomes four

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

    Raises UnsupportedNetwork for StyleGAN1, configs A to D of StyleGAN2, and any other network.
    """
    generator: Record = top if isinstance(top, Record) else top[2]  # type: ignore[index]
    variables = collect(_variables(generator))
    _require_stylegan2(variables)
    variables.pop("lod", None)
    blocks = _find_blocks(variables)
    arrays = collect(_translate(name, value, blocks) for name, value in variables.items())
    unfit = _find_unfit_noise(arrays)
    for name in unfit:
        del arrays[name]
    settings = _settings(generator)
    if "mapping/LabelConcat/weight" in variables:
        settings["label_mode"] = "concat_joint"
    # The TensorFlow layers add 1 to the bias of the style when they are executed.
    added = {name: 1.0 for name in arrays if name.endswith(".affine.bias")}
    notes = (f"{len(unfit)} noise planes are squares, which its pictures are not",) if unfit else ()
    return Contents(FORMAT, arrays, settings, added=added, notes=notes)


def read_field(network: Record, name: str, kind: type, default: Any) -> Any:
    """Return a field of a stored network. Raises UnsupportedNetwork if it is of another kind."""
    value = network.state.get(name, default)
    if not isinstance(value, kind):
        raise errors.UnsupportedNetwork(found=f"a network whose '{name}' are of an unusual form")
    return value


def _components(network: Record) -> dict[str, Record]:
    """Return the inner networks of ``network``: "mapping" and "synthesis".

    Before version 4 of the format, there were no inner networks, and all variables were in one list.
    """
    inner = read_field(network, "components", dict, {})
    return {name: inner[name] for name in ("mapping", "synthesis") if _is_network(inner.get(name))}


def _variables(network: Record) -> Iterator[tuple[str, Numbers]]:
    yield from own_variables(network, "")
    for name, component in _components(network).items():
        yield from own_variables(component, f"{name}/")


def own_variables(network: Record, prefix: str) -> Iterator[tuple[str, Numbers]]:
    """Yield (name, value) for the variables that a stored network itself has, without those of inner networks."""
    for entry in read_field(network, "variables", list, []):
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
    if sum(name.endswith("/Const/const") for name in variables) != 1:
        raise errors.UnsupportedNetwork(found="a TensorFlow network of another kind")


def _find_blocks(variables: Mapping[str, Numbers]) -> dict[tuple[str, str], int]:
    """Return the two numbers in the name of each block that may be -> our block's resolution.

    The block of the constant is the first, and both numbers double from block to block. They may be the size of the
    features, in either order. Some programs that draw rectangles name only the first block so, or none.
    """
    (const,) = (name for name in variables if name.endswith("/Const/const"))
    first = re.fullmatch(r"synthesis/([1-9]\d{0,3})x([1-9]\d{0,3})/Const/const", const)
    if first is None:
        raise unknown_part(const)
    usual = {(str(side), str(side)): side for side in RESOLUTIONS[1:]}
    rows, columns = int(first[1]), int(first[2])
    return usual | {(str(rows * side // 4), str(columns * side // 4)): side for side in RESOLUTIONS}


def _find_unfit_noise(arrays: Mapping[str, Numbers]) -> list[str]:
    """Return the names of noise planes that are squares although the constant is none.

    Programs that were made to draw rectangles may have kept them so, as long as they only draw with random noise.
    """
    const = arrays.get("synthesis.b4.const")
    if const is None or const.shape[1] == const.shape[2]:
        return []
    planes = {name: value.shape for name, value in arrays.items() if name.endswith(".noise_const")}
    return [name for name, (height, width) in planes.items() if height == width]


def _settings(network: Record) -> dict[str, object]:
    settings: dict[str, object] = {}
    for component, fields in _SETTINGS.items():
        inside = _components(network).get(component)
        arguments = read_field(network, "static_kwargs", dict, {}) | (
            read_field(inside, "static_kwargs", dict, {}) if inside else {}
        )
        settings |= {ours: arguments[theirs] for theirs, ours in fields.items() if theirs in arguments}
    if settings.get("resample_filter", NEAREST) is None:
        settings["resample_filter"] = NEAREST
    return settings


def _translate(name: str, value: Numbers, blocks: Mapping[tuple[str, str], int]) -> tuple[str, Numbers]:
    """Return our network's name for a variable, and the variable in our network's layout.

    ``blocks`` is what ``_find_blocks`` returned. Raises UnsupportedNetwork if the name is unknown.
    """
    for pattern, ours, axes in _NAMES:
        if (match := re.fullmatch(pattern, name)) and (whole := _full_name(match, ours, blocks)):
            return whole, _to_torch_layout(name, value, axes)
    raise unknown_part(name)


def _full_name(match: re.Match[str], ours: str, blocks: Mapping[tuple[str, str], int]) -> str | None:
    """Return our name for what a pattern matched, or None if there can be no such block."""
    fields: dict[str, object] = match.groupdict()
    if "rows" in fields:
        fields["block"] = blocks.get((match["rows"], match["columns"]))
        if fields["block"] is None:
            return None
    if "noise" in fields:
        layer = int(match["noise"])  # 0 is the first block's Conv; Conv0_up and Conv1 of each block follow
        fields["block"], fields["layer"] = str(4 << (layer + 1) // 2), "conv0" if layer % 2 else "conv1"
    elif "layer" in fields:
        fields["layer"] = _LAYERS[match["layer"]]
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

_BLOCK = r"synthesis/(?P<rows>\d{1,4})x(?P<columns>\d{1,4})"
_LAYER = rf"{_BLOCK}/(?P<layer>Conv|Conv0_up|Conv1|ToRGB)"
_OURS = "synthesis.b{block}.{layer}"

# (pattern of their name for a variable, template of our name, kind of its axes)
_NAMES: tuple[tuple[str, str, str], ...] = (
    (r"dlatent_avg", "mapping.w_avg", "vector"),
    (r"mapping/Dense(?P<i>0|[1-9]\d?)/weight", "mapping.fc{i}.weight", "dense"),
    (r"mapping/Dense(?P<i>0|[1-9]\d?)/bias", "mapping.fc{i}.bias", "vector"),
    (r"mapping/Label(Concat|Embed)/weight", "mapping.embed.weight", "dense"),
    (r"mapping/LabelEmbed/bias", "mapping.embed.bias", "vector"),
    (r"synthesis/noise(?P<noise>0|[1-9]\d?)", f"{_OURS}.noise_const", "plane"),
    (rf"{_BLOCK}/Const/const", "synthesis.b{block}.const", "constant"),
    (rf"{_LAYER}/weight", f"{_OURS}.weight", "kernel"),
    (rf"{_LAYER}/mod_weight", f"{_OURS}.affine.weight", "dense"),
    (rf"{_LAYER}/mod_bias", f"{_OURS}.affine.bias", "vector"),
    (rf"{_LAYER}/noise_strength", f"{_OURS}.noise_strength", "number"),
    (rf"{_LAYER}/bias", f"{_OURS}.bias", "vector"),
    (rf"{_BLOCK}/Skip/weight", "synthesis.b{block}.skip.weight", "kernel"),
)
