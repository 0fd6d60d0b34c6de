"""Reads the discriminator that a training snapshot holds beside its generators, and the generator as it was last.

Nothing in a file is executed. The discriminator's tensors are renamed and rearranged as views, under the names that
NVIDIA's PyTorch programs give them; every shape that counts is checked by whoever builds a network of them.
"""

import re
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass

from generator.checkpoints import nvidia, state_dicts, tensorflow
from generator.checkpoints.pickle.allowlist import PersistentModule
from generator.checkpoints.pickle.arrays import Numbers
from generator.checkpoints.pickle.harmless import Record
from generator.checkpoints.shapes import unknown_part, unknown_shape
from generator.checkpoints.structure import Contents, as_array, collect
from generator.checkpoints.stylegan2 import common_taps
from generator.contract import errors


@dataclass(frozen=True)
class DiscriminatorContents:
    """A discriminator in a file. ``arrays`` are named b{R}.fromrgb, b{R}.conv0, ..., b4.conv, b4.fc, b4.out, mapping.

    Convolutions are [out, in, h, w] and dense layers [out, in], all to be scaled by 1/sqrt(fan in).
    """

    arrays: dict[str, Numbers]
    group: int | None = 4  # pictures in a group for the minibatch deviation; None means the whole batch
    clamp: float | None = None  # features are clamped to +-clamp
    taps: tuple[float, ...] = (1, 3, 3, 1)  # of the low-pass filter
    mapping_lr: float = 0.01  # learning-rate multiplier of the label's mapping


@dataclass(frozen=True)
class Last:
    """What a file holds beside the averaged generator; each part is None where the file has none that is known."""

    generator: Contents | None
    discriminator: DiscriminatorContents | None
    lacking: str = "the file holds none"  # why there is no discriminator


_OTHER_NAMES = ("D", "d", "netD", "discriminator")  # what programs call a discriminator


def read_last(top: object) -> Last:
    """Return what the outermost value of a file holds beside the averaged generator."""
    generator: Contents | None = None
    read: Callable[[object], DiscriminatorContents] | None = None
    stored: object = None
    if isinstance(top, dict) and nvidia.recognise(top):
        generator, read, stored = _attempt(lambda: nvidia.interpret(top["G"])), _read_nvidia, top.get("D")
    elif tensorflow.recognise(top) and not isinstance(top, Record):
        assert isinstance(top, tuple | list)
        generator, read, stored = _attempt(lambda: tensorflow.interpret(top[0])), _read_tensorflow, top[1]
    elif isinstance(top, dict) and isinstance(top.get("g_ema"), dict):
        plain = {name: top[name] for name in ("g", state_dicts.AVERAGE) if name in top}
        generator, read, stored = _attempt(lambda: state_dicts.interpret(plain)), _read_rosinality, top.get("d")
    if read is None or stored is None:
        others = isinstance(top, dict) and any(top.get(name) is not None for name in _OTHER_NAMES)
        return Last(generator, None, "that of the file is of a kind not read here") if others else Last(generator, None)
    try:
        return Last(generator, read(stored))
    except errors.CheckpointError as error:
        return Last(generator, None, f"that of the file is {error.fields.get('found', 'damaged')}")
    except (ValueError, TypeError, KeyError, IndexError, AssertionError):
        return Last(generator, None, "that of the file is put together unusually")


def _attempt(read: Callable[[], Contents]) -> Contents | None:
    """Return what ``read`` returns, or None if the file lacks it or it is damaged: the averaged one serves as well."""
    try:
        return read()
    except (errors.CheckpointError, KeyError, AssertionError, IndexError):
        return None


# --- NVIDIA's PyTorch programs ------------------------------------------------------------------------------------


def _read_nvidia(stored: object) -> DiscriminatorContents:
    """Read the module tree of a discriminator. Frozen layers keep weight and bias among the buffers."""
    root = nvidia.unwrap(stored)
    if not isinstance(root, PersistentModule | Record):
        raise errors.UnsupportedNetwork(found="no module")
    modules = dict(nvidia.walk(root, "", set()))
    if "b4.mbstd." not in modules:
        raise errors.UnsupportedNetwork(found=f"of the class '{getattr(root, 'class_name', 'Module')}'")
    arrays = collect(nvidia.list_tensors(modules))
    filters = {name: arrays.pop(name) for name in list(arrays) if name.endswith(".resample_filter")}
    used = {name: value for name, value in filters.items() if re.search(r"\.(conv1|skip)\.resample_filter$", name)}
    convolutions = nvidia.select_layers(modules, r"b\d+\.(fromrgb|conv0|conv1|conv)\.")
    dense = nvidia.select_layers(modules, r"mapping\.fc\d+\.")
    for layers in (convolutions, dense):
        if nvidia.common_value(layers, "activation", "lrelu") != "lrelu":
            raise errors.UnsupportedNetwork(found="one with another activation than lrelu")
    deviation = modules["b4.mbstd."]
    return DiscriminatorContents(
        arrays,
        group=_check_group(deviation.get("group_size", 4)),
        clamp=_check_number(nvidia.common_value(convolutions, "conv_clamp", None), None),
        taps=common_taps(used) or DiscriminatorContents.taps,
        mapping_lr=_check_number(nvidia.common_value(dense, "bias_gain", 0.01), 0.01) or 0.01,
    )


def _check_number(value: object, default: float | None) -> float | None:
    if value is None:
        return default
    number = float(as_array(value, "setting").item()) if not isinstance(value, bool) else 0.0
    if not 0 < number < 1e9:
        raise errors.UnsupportedNetwork(found="one with an unusual setting")
    return number


def _check_group(value: object) -> int | None:
    if value is None or (type(value) is int and 0 < value <= 1024):
        return value
    raise errors.UnsupportedNetwork(found="one with an unusual group of pictures")


# --- NVIDIA's TensorFlow programs ---------------------------------------------------------------------------------

# (pattern of a variable's name, template of its name here)
_TENSORFLOW: tuple[tuple[str, str], ...] = (
    (r"(?P<r>[1-9]\d{0,3})x(?P=r)/FromRGB/(?P<leaf>weight|bias)", "b{r}.fromrgb.{leaf}"),
    (r"(?P<r>[1-9]\d{0,3})x(?P=r)/Conv0/(?P<leaf>weight|bias)", "b{r}.conv0.{leaf}"),
    (r"(?P<r>[1-9]\d{0,3})x(?P=r)/Conv1_down/(?P<leaf>weight|bias)", "b{r}.conv1.{leaf}"),
    (r"(?P<r>[1-9]\d{0,3})x(?P=r)/Skip/(?P<leaf>weight)", "b{r}.skip.{leaf}"),
    (r"4x4/Conv/(?P<leaf>weight|bias)", "b4.conv.{leaf}"),
    (r"4x4/Dense0/(?P<leaf>weight|bias)", "b4.fc.{leaf}"),
    (r"Output/(?P<leaf>weight|bias)", "b4.out.{leaf}"),
    (r"LabelEmbed/(?P<leaf>weight|bias)", "mapping.embed.{leaf}"),
    (r"Mapping(?P<i>0|[1-9]\d?)/(?P<leaf>weight|bias)", "mapping.fc{i}.{leaf}"),
)


def _read_tensorflow(stored: object) -> DiscriminatorContents:
    """Read the variables of a discriminator. Its arguments are stored only where they are not the defaults."""
    assert isinstance(stored, Record)
    arguments = tensorflow.read_field(stored, "static_kwargs", dict, {})
    arrays = collect(_rename_variables(stored))
    if arguments.get("nonlinearity", "lrelu") != "lrelu":
        raise errors.UnsupportedNetwork(found="one with another activation than lrelu")
    taps = arguments.get("resample_kernel")
    if taps is not None and (not isinstance(taps, list | tuple) or not 1 <= len(taps) <= 64):
        raise errors.UnsupportedNetwork(found="one with an unusual filter")
    whole_batch = stored.state.get("build_func_name") == "D_main"
    return DiscriminatorContents(
        arrays,
        group=_check_group(arguments.get("mbstd_group_size", None if whole_batch else 4)),
        clamp=_check_number(arguments.get("conv_clamp"), None),
        taps=DiscriminatorContents.taps
        if taps is None
        else tuple(float(as_array(tap, "filter").item()) for tap in taps),
        mapping_lr=_check_number(arguments.get("mapping_lrmul"), 0.1) or 0.1,
    )


def _rename_variables(stored: Record) -> Iterator[tuple[str, Numbers]]:
    for name, value in tensorflow.own_variables(stored, ""):
        if name == "lod":
            continue
        matches = ((re.fullmatch(pattern, name), ours) for pattern, ours in _TENSORFLOW)
        found = next(((match, ours) for match, ours in matches if match), None)
        if found is None:
            raise unknown_part(name)
        axes = {4: (3, 2, 0, 1), 2: (1, 0), 1: (0,)}.get(value.ndim)
        if axes is None:
            raise unknown_shape(name, value.shape)
        yield found[1].format(**found[0].groupdict()), value.transpose(axes)


# --- rosinality's stylegan2-pytorch -------------------------------------------------------------------------------

_ROSINALITY: tuple[tuple[str, str], ...] = (
    (r"convs\.0\.0\.(weight)", "b{top}.fromrgb.{leaf}"),
    (r"convs\.0\.1\.(bias)", "b{top}.fromrgb.{leaf}"),
    (r"convs\.{i}\.conv1\.0\.(weight)", "b{r}.conv0.{leaf}"),
    (r"convs\.{i}\.conv1\.1\.(bias)", "b{r}.conv0.{leaf}"),
    (r"convs\.{i}\.conv2\.1\.(weight)", "b{r}.conv1.{leaf}"),
    (r"convs\.{i}\.conv2\.2\.(bias)", "b{r}.conv1.{leaf}"),
    (r"convs\.{i}\.skip\.1\.(weight)", "b{r}.skip.{leaf}"),
    (r"final_conv\.0\.(weight)", "b4.conv.{leaf}"),
    (r"final_conv\.1\.(bias)", "b4.conv.{leaf}"),
    (r"final_linear\.0\.(weight|bias)", "b4.fc.{leaf}"),
    (r"final_linear\.1\.(weight|bias)", "b4.out.{leaf}"),
)
_INDEX = r"(?P<i>[1-9]\d?)"


def _read_rosinality(stored: object) -> DiscriminatorContents:
    """Read a state dict ``d``: always residual, in groups of four, without clamping or labels."""
    if not isinstance(stored, Mapping) or not all(type(name) is str for name in stored):
        raise errors.UnsupportedNetwork(found="no state dict")
    tensors = collect((str(name), as_array(value, str(name))) for name, value in stored.items())
    filters = {name: tensors.pop(name) for name in list(tensors) if name.endswith(".kernel")}
    blocks = max((int(match[1]) for name in tensors if (match := re.match(r"convs\.(\d{1,2})\.", name))), default=0)
    arrays = collect((_rename_state(name, blocks), value) for name, value in tensors.items())
    return DiscriminatorContents(arrays, taps=common_taps(filters) or DiscriminatorContents.taps)


def _rename_state(name: str, blocks: int) -> str:
    for pattern, ours in _ROSINALITY:
        if match := re.fullmatch(pattern.replace("{i}", _INDEX), name):
            top = 4 << blocks
            index = int(match.groupdict().get("i") or 1)
            return ours.format(top=top, r=top >> (index - 1), leaf=match.groups()[-1])
    raise unknown_part(name)
