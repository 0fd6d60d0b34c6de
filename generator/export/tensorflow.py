"""Names the variables of a StyleGAN2 network as NVIDIA's TensorFlow programs do, in a pickle of (G, D, Gs).

The inverse of generator/checkpoints/tensorflow.py. The source code that those programs store, and execute when they
read it, is left empty. Writes no files.
"""

import math
from collections.abc import Iterator, Mapping

import numpy as np

from generator.export.made import CannotHold, Made
from generator.export.pickling import Network, pickle
from generator.stylegan.generator import Generator
from generator.stylegan2.hyperparameters import SQUARE, Hyperparameters

VERSION = 4  # of the state of a network
MAX_WIDTH_BASE = 2**30

Variable = np.ndarray | np.float32


def make(generator: Generator) -> Made:
    """Return a file with the network as G and as Gs, and as D a new discriminator of the same widths.

    The programs that read such a file want all three. Raises CannotHold if the network is no StyleGAN2.
    """
    hyper = generator.hyper
    if not isinstance(hyper, Hyperparameters):
        raise CannotHold("NVIDIA's TensorFlow programs draw no StyleGAN3")
    arguments, variables = _arguments(hyper), dict(_variables(generator, hyper))
    parts = {
        part: [(name[len(part) + 1 :], value) for name, value in variables.items() if name.startswith(f"{part}/")]
        for part in ("synthesis", "mapping")
    }
    own = [("lod", np.float32(0)), ("dlatent_avg", variables["dlatent_avg"])]
    components = {
        "synthesis": _network("G_synthesis", "G_synthesis_stylegan2", arguments, parts["synthesis"]),
        "mapping": _network(
            "G_mapping", "G_mapping", {"dlatent_broadcast": hyper.num_ws, **arguments}, parts["mapping"]
        ),
    }
    trained, average = (_network(name, "G_main", arguments, own, components) for name in ("G", "Gs"))
    return Made({"": pickle((trained, _discriminator(hyper), average))}, tuple(notes(hyper)))


def _network(
    name: str,
    function: str,
    arguments: Mapping[str, object],
    variables: list[tuple[str, Variable]],
    components: Mapping[str, Network] | None = None,
) -> Network:
    return Network(
        {
            "version": VERSION,
            "name": name,
            "static_kwargs": dict(arguments),
            "components": dict(components or {}),
            "build_module_src": "",
            "build_func_name": function,
            "variables": variables,
        }
    )


def notes(hyper: Hyperparameters) -> Iterator[str]:
    """Yield what those programs do not do as this one does."""
    if _find_widths(hyper) is None:
        channels = ", ".join(map(str, hyper.channels.values()))
        yield f"NVIDIA's programs refuse the file, as no setting of theirs gives the channels {channels}"
    if hyper.const_size != SQUARE:
        yield "NVIDIA's programs refuse the file, as they draw only squares"
    if not hyper.normalize_latents:
        yield "NVIDIA's PyTorch programs always normalise z, without which this network works: they draw other faces"
    if hyper.label_mode == "concat_joint" and hyper.c_dim:
        yield "NVIDIA's PyTorch programs refuse the file, as its labels are those of StyleGAN2 for TensorFlow"
    elif hyper.c_dim and hyper.embed != hyper.w_dim:
        yield f"NVIDIA's PyTorch programs refuse labels embedded in {hyper.embed} features rather than {hyper.w_dim}"
    yield "the discriminator in it is new and untrained"


def _arguments(hyper: Hyperparameters) -> dict[str, object]:
    """Return the arguments of the program's functions. Those that few programs know stand there only if needed."""
    base, most = _find_widths(hyper) or (hyper.resolution * max(hyper.channels.values()) // 2, hyper.channels[4])
    rare = {
        "mapping_nonlinearity": (hyper.mapping_activation, "lrelu"),
        "normalize_latents": (hyper.normalize_latents, True),
        "conv_clamp": (hyper.conv_clamp, None),
    }
    return {
        "num_channels": hyper.img_channels,
        "resolution": hyper.resolution,
        "label_size": hyper.c_dim,
        "fmap_base": base,
        "fmap_max": most,
        "latent_size": hyper.z_dim,
        "dlatent_size": hyper.w_dim,
        "mapping_fmaps": hyper.hidden,
        "mapping_layers": hyper.num_mapping_layers,
        "mapping_lrmul": hyper.mapping_lr,
        "architecture": hyper.architecture,
        "nonlinearity": hyper.activation,
        "resample_kernel": list(_whole(hyper.resample_filter)),
        **{name: value for name, (value, usual) in rare.items() if value != usual},
    }


def _whole(taps: tuple[float, ...]) -> tuple[float, ...]:
    """Return taps in the proportion of ``taps``, as whole numbers where these are small ones: 1 3 3 1."""
    least = min((abs(tap) for tap in taps if tap), default=1.0)
    scaled = tuple(round(tap / least, 6) for tap in taps)
    return tuple(int(tap) for tap in scaled) if all(tap == int(tap) for tap in scaled) else taps


def _find_widths(hyper: Hyperparameters) -> tuple[int, int] | None:
    """Return fmap_base and fmap_max, from which the program computes channels, or None if these are others.

    A block of R px has min(2 fmap_base / R, fmap_max) channels, rounded down.
    """
    most, low, high = hyper.channels[4], 1, MAX_WIDTH_BASE
    for side, count in hyper.channels.items():
        low = max(low, -(-count * side // 2))
        if count < most:
            high = min(high, ((count + 1) * side - 1) // 2)
    return (low, most) if low <= high and most == max(hyper.channels.values()) else None


def _variables(generator: Generator, hyper: Hyperparameters) -> Iterator[tuple[str, Variable]]:
    for name, tensor in generator.state_dict().items():
        yield _translate(name, tensor.detach().cpu().numpy(), hyper.label_mode == "concat_joint")
    if not hyper.use_noise:  # every network of the program has noise; this one's has the strength 0
        for number in range(hyper.num_ws - 1):
            side = 4 << (number + 1) // 2
            layer = "Conv" if side == 4 else "Conv0_up" if number % 2 else "Conv1"
            yield f"synthesis/noise{number}", np.zeros((1, 1, *hyper.size_of(side)), np.float32)
            yield f"synthesis/{side}x{side}/{layer}/noise_strength", np.float32(0)


def _translate(name: str, value: np.ndarray, joint: bool) -> tuple[str, Variable]:
    """Return the program's name for a tensor of ours, and the tensor in the program's layout."""
    if name == "mapping.w_avg":
        return "dlatent_avg", value
    network, place, *rest = name.split(".")
    if network == "mapping":
        layer = place.replace("fc", "Dense").replace("embed", "LabelConcat" if joint else "LabelEmbed")
        return f"mapping/{layer}/{rest[0]}", value.T
    side = int(place[1:])
    layer = f"synthesis/{side}x{side}/{_LAYERS[rest[0]] if side > 4 or rest[0] != 'conv1' else 'Conv'}"
    match rest:
        case ["const"]:
            return f"{layer}/const", value[None]
        case [which, "noise_const"]:
            number = 2 * side.bit_length() - (7 if which == "conv0" else 6)
            return f"synthesis/noise{number}", value[None, None]
        case [_, "noise_strength"]:
            return f"{layer}/noise_strength", np.float32(value)
        case [_, "affine", "weight"]:
            return f"{layer}/mod_weight", value.T
        case [_, "affine", _]:
            return f"{layer}/mod_bias", value - 1  # the program adds 1
        case [which, "weight"]:
            # Our conv0 is a transposed convolution, which flips its kernel. TensorFlow's upsampling one does not.
            kernel = value.transpose(2, 3, 1, 0)
            return f"{layer}/weight", kernel[::-1, ::-1] if which == "conv0" else kernel
    return f"{layer}/{rest[-1]}", value


_LAYERS = {"const": "Const", "conv0": "Conv0_up", "conv1": "Conv1", "torgb": "ToRGB", "skip": "Skip"}


def _discriminator(hyper: Hyperparameters) -> Network:
    """Return a discriminator before its training: weights from N(0, 1), biases of 0; it knows no labels."""
    arguments = _arguments(hyper)
    names = ("num_channels", "resolution", "fmap_base", "fmap_max")
    kept = {name: arguments[name] for name in names} | {"label_size": 0}
    random = np.random.RandomState(0)
    variables: list[tuple[str, Variable]] = []
    for layer, shape in _discriminator_layers(hyper):
        variables.append((f"{layer}/weight", random.standard_normal(shape).astype(np.float32)))
        if not layer.endswith("Skip"):
            variables.append((f"{layer}/bias", np.zeros(shape[-1], np.float32)))
    return _network("D", "D_stylegan2", kept, variables)


def _discriminator_layers(hyper: Hyperparameters) -> Iterator[tuple[str, tuple[int, ...]]]:
    """Yield the name and the shape of each weight."""
    channels, sides = hyper.channels, hyper.resolutions[::-1]
    yield f"{sides[0]}x{sides[0]}/FromRGB", (1, 1, hyper.img_channels, channels[sides[0]])
    for side in sides[:-1]:
        inputs, outputs = channels[side], channels[side // 2]
        yield f"{side}x{side}/Conv0", (3, 3, inputs, inputs)
        yield f"{side}x{side}/Conv1_down", (3, 3, inputs, outputs)
        yield f"{side}x{side}/Skip", (1, 1, inputs, outputs)
    last = channels[4]
    yield "4x4/Conv", (3, 3, last + 1, last)  # one more: the deviation within a group of pictures
    yield "4x4/Dense0", (math.prod(hyper.const_size) * last, last)
    yield "Output", (last, 1)
