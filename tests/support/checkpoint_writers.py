"""Writes checkpoints in the formats of other programs, to test the loaders.

Imports none of these programs. Only while a pickle is written, the classes that it names exist, as stand-ins.
"""

import argparse
import pickle
import sys
import types
from collections import OrderedDict
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import numpy as np
import torch

from generator.stylegan2.network import Generator, Hyperparameters
from generator.stylegan3 import network as stylegan3

SOURCE = "raise SystemExit('a loader ran the source text inside a checkpoint')\n"


def generator(seed: int = 0, **settings) -> Generator:
    """Return a network in which all weights, biases, noise planes and strengths, and the average w are random."""
    made = Generator.new(Hyperparameters(**settings), seed=seed)
    random = torch.Generator().manual_seed(seed)
    with torch.no_grad():
        for name, tensor in made.state_dict().items():
            if not name.endswith(".weight"):
                tensor.normal_(generator=random)
    return made


STYLEGAN3 = {
    "sizes": (12, 12, 20, 20, 16, 16),
    "rates": (8, 8, 16, 16, 16, 16),
    "channels": (6, 6, 5, 4, 4, 3),
    "z_dim": 10,
    "w_dim": 12,
}


def stylegan3_generator(seed: int = 0, **settings) -> stylegan3.Generator:
    """Return a StyleGAN3 network, small unless ``settings`` say otherwise, in which every tensor is random.

    Its filters are symmetric and its magnitudes positive, as they have to be.
    """
    made = stylegan3.Generator(stylegan3.Hyperparameters(**STYLEGAN3 | settings))
    random = torch.Generator().manual_seed(seed)
    with torch.no_grad():
        for name, tensor in made.state_dict().items():
            tensor.normal_(generator=random)
            if name.endswith("_filter"):
                tensor.copy_(tensor.abs() + tensor.flip(tuple(range(tensor.ndim))).abs())
                tensor.div_(tensor.sum())
            elif name.endswith("magnitude_ema"):
                tensor.abs_().add_(0.1)
            elif name.endswith("transform"):
                tensor.copy_(torch.eye(3))
            elif name.startswith("mapping.fc"):
                tensor.mul_(30)
    return made.freeze()


def kernel(generator: Generator) -> torch.Tensor:
    """Return the resampling filter as NVIDIA stores it: its sum is 1, and it is two-dimensional below 8 taps."""
    taps = torch.tensor(generator.hyper.resample_filter, dtype=torch.float64)
    taps = (taps / taps.sum()).float()
    return taps if len(taps) >= 8 else torch.outer(taps, taps)


@contextmanager
def modules(**members: dict) -> Iterator[None]:
    """Create modules with these members for the duration of the block. In their names, __ stands for a dot."""
    for dotted, contents in members.items():
        name = dotted.replace("__", ".")
        parts = name.split(".")
        for depth in range(1, len(parts)):
            sys.modules.setdefault(".".join(parts[:depth]), types.ModuleType(".".join(parts[:depth])))
        made = types.ModuleType(name)
        for attribute, value in contents.items():
            value.__module__, value.__qualname__ = name, attribute
            setattr(made, attribute, value)
        sys.modules[name] = made
    try:
        yield
    finally:
        for name in [name for name in sys.modules if name.split(".")[0] in ("torch_utils", "dnnlib")]:
            del sys.modules[name]


def _reconstruct_persistent_obj(meta):
    raise AssertionError("only ever named")


class Persistent:
    """A module that is pickled like a class decorated by torch_utils.persistence."""

    def __init__(self, class_name: str, children=(), parameters=(), buffers=(), **attributes):
        self.class_name = class_name
        self.state = {
            "training": False,
            "_parameters": OrderedDict(parameters),
            "_buffers": OrderedDict(buffers),
            "_non_persistent_buffers_set": set(),
            "_backward_hooks": OrderedDict(),
            "_modules": OrderedDict(children),
            **attributes,
        }

    def __reduce__(self):
        meta = {
            "type": "class",
            "version": 6,
            "module_src": SOURCE * 2000,
            "class_name": self.class_name,
            "state": self.state,
        }
        return _reconstruct_persistent_obj, (meta,)


class EasyDict(dict):
    pass


def _dense(state, prefix, **attributes):
    return Persistent(
        "FullyConnectedLayer", parameters=_under(state, prefix), weight_gain=np.float64(0.1), **attributes
    )


def _under(state, prefix, buffers=()):
    """Return the tensors directly under ``prefix`` as parameters, except those named in ``buffers``."""
    plain = {name.removeprefix(prefix): value for name, value in state.items() if name.startswith(prefix)}
    return {
        name: torch.nn.Parameter(value, False)
        for name, value in plain.items()
        if "." not in name and name not in buffers
    }


def nvidia_module(generator: Generator) -> Persistent:
    """Return the generator as the tree of modules that stylegan2-ada-pytorch pickles as G_ema."""
    hyper, state = generator.hyper, generator.state_dict()
    dense = [
        (f"fc{i}", _dense(state, f"mapping.fc{i}.", activation=hyper.mapping_activation, bias_gain=hyper.mapping_lr))
        for i in range(hyper.num_mapping_layers)
    ]
    embed = [("embed", _dense(state, "mapping.embed.", activation="linear", bias_gain=1))] if hyper.c_dim else []
    mapping = Persistent(
        "MappingNetwork", embed + dense, buffers={"w_avg": state["mapping.w_avg"]}, num_ws=hyper.num_ws
    )
    blocks = [(f"b{r}", _nvidia_block(generator, state, r)) for r in hyper.resolutions]
    synthesis = Persistent("SynthesisNetwork", blocks, w_dim=hyper.w_dim)
    arguments = EasyDict(z_dim=hyper.z_dim, mapping_kwargs=EasyDict())
    return Persistent("Generator", [("synthesis", synthesis), ("mapping", mapping)], _init_kwargs=arguments)


def _nvidia_block(generator: Generator, state, resolution: int) -> Persistent:
    hyper, prefix = generator.hyper, f"synthesis.b{resolution}."
    children = []
    for layer in ("conv0", "conv1", "torgb", "skip"):
        if f"{prefix}{layer}.weight" not in state:
            continue
        buffers = {"resample_filter": kernel(generator) if layer != "conv1" else torch.full((4, 4), 1 / 16)}
        if f"{prefix}{layer}.noise_const" in state:
            buffers["noise_const"] = state[f"{prefix}{layer}.noise_const"]
        affine = [("affine", _dense(state, f"{prefix}{layer}.affine."))] if layer != "skip" else []
        parameters = _under(state, f"{prefix}{layer}.", buffers)
        attributes = {"conv_clamp": hyper.conv_clamp if layer != "skip" else None} | (
            {"activation": hyper.activation, "act_gain": np.float64(2**0.5)} if layer.startswith("conv") else {}
        )
        children.append(
            (layer, Persistent("Layer", affine, parameters, buffers if layer != "torgb" else {}, **attributes))
        )
    return Persistent("SynthesisBlock", children, _under(state, prefix), {"resample_filter": kernel(generator)})


def nvidia(path: Path, generator: Generator, protocol: int = 3) -> None:
    """Write the generator as a training snapshot of stylegan2-ada-pytorch."""
    discriminator = Persistent("Discriminator", parameters={"weight": torch.nn.Parameter(torch.randn(300, 300), False)})
    model = nvidia_module(generator)
    snapshot = {
        "training_set_kwargs": {"path": "/data"},
        "G": model,
        "D": discriminator,
        "G_ema": model,
        "augment_pipe": None,
    }
    dump(path, snapshot, protocol)


def stylegan3_module(generator: stylegan3.Generator) -> Persistent:
    """Return the generator as the tree of modules that the stylegan3 repository pickles as G_ema."""
    hyper, state = generator.hyper, generator.state_dict()
    dense = [
        (f"fc{i}", _dense(state, f"mapping.fc{i}.", activation="lrelu", bias_gain=hyper.mapping_lr))
        for i in range(hyper.num_mapping_layers)
    ]
    embed = [("embed", _dense(state, "mapping.embed.", activation="linear", bias_gain=1))] if hyper.c_dim else []
    mapping = Persistent(
        "MappingNetwork",
        embed + dense,
        buffers={"w_avg": state["mapping.w_avg"]},
        num_ws=hyper.num_ws,
        **({} if hyper.c_dim else {"embed": None}),
    )
    fixed = {name: state[f"synthesis.input.{name}"] for name in ("transform", "freqs", "phases")}
    waves = Persistent(
        "SynthesisInput",
        [("affine", _dense(state, "synthesis.input.affine."))],
        _under(state, "synthesis.input.", fixed),
        fixed,
        size=np.array([hyper.sizes[0]] * 2),
        sampling_rate=np.float64(hyper.rates[0]),
        bandwidth=np.float64(hyper.bandwidth),
    )
    layers = [(shape.name, _stylegan3_layer(state, shape, hyper)) for shape in hyper.layers]
    synthesis = Persistent(
        "SynthesisNetwork",
        [("input", waves), *layers],
        output_scale=hyper.output_scale,
        layer_names=[name for name, _ in layers],
    )
    return Persistent("Generator", [("synthesis", synthesis), ("mapping", mapping)], img_channels=3)


def _stylegan3_layer(state, shape, hyper: stylegan3.Hyperparameters) -> Persistent:
    prefix = f"synthesis.{shape.name}."
    buffers = {name: state.get(f"{prefix}{name}", None) for name in ("magnitude_ema", "up_filter", "down_filter")}
    out_rate = shape.in_rate * shape.up // shape.down
    full = (shape.in_size + shape.kernel - 1) * shape.up
    total = (shape.out_size - 1) * shape.down + 1 - full + shape.up_taps + shape.down_taps - 2
    before = (total + shape.up) // 2
    return Persistent(
        "SynthesisLayer",
        [("affine", _dense(state, f"{prefix}affine."))],
        _under(state, prefix, buffers),
        buffers,
        is_torgb=shape.to_rgb,
        use_fp16=np.bool_(True),
        in_size=np.array([shape.in_size] * 2),
        out_size=np.array([shape.out_size] * 2),
        in_sampling_rate=shape.in_rate,
        out_sampling_rate=out_rate,
        tmp_sampling_rate=shape.in_rate * shape.up,
        in_cutoff=np.float64(2.0),
        conv_clamp=hyper.conv_clamp,
        up_factor=shape.up,
        down_factor=shape.down,
        padding=[before, total - before] * 2,
    )


def stylegan3_pickle(path: Path, generator: stylegan3.Generator, protocol: int = 4) -> None:
    """Write the generator as a training snapshot of the stylegan3 repository."""
    model = stylegan3_module(generator)
    top = {"G": model, "D": None, "G_ema": model, "augment_pipe": None, "training_set_kwargs": EasyDict(path="/data")}
    dump(path, top, protocol)


def dump(path: Path, top: object, protocol: int = 3) -> None:
    """Pickle a value that consists of Persistent and EasyDict objects."""
    persistence = {"_reconstruct_persistent_obj": _reconstruct_persistent_obj}
    with modules(torch_utils__persistence=persistence, dnnlib__util={"EasyDict": EasyDict}):
        path.write_bytes(pickle.dumps(top, protocol=protocol))


class Network:
    """An object that is pickled like a dnnlib.tflib.network.Network."""

    def __init__(self, name, arguments, variables, components=None):
        self.state = {
            "version": 4,
            "name": name,
            "static_kwargs": dict(arguments),
            "components": dict(components or {}),
            "build_module_src": SOURCE * 2000,
            "build_func_name": name,
            "variables": list(variables),
        }

    def __getstate__(self):
        return self.state


def name_block(hyper: Hyperparameters, block: int) -> str:
    """Return what StyleGAN2 for TensorFlow calls a block: by the height and width of its features."""
    height, width = hyper.size_of(block)
    return f"{height}x{width}"


def tensorflow_networks(generator: Generator, *, components: bool = True, name_block=name_block) -> tuple[Network, ...]:
    """Return (G, D, Gs) as StyleGAN2 for TensorFlow pickles them.

    ``components`` False makes the older version of Gs, which holds the variables of its parts itself. ``name_block``
    returns the name of a block, from the hyperparameters and the block's resolution.
    """
    hyper = generator.hyper
    arguments = {
        "resolution": hyper.resolution,
        "label_size": hyper.c_dim,
        "mapping_lrmul": hyper.mapping_lr,
        "mapping_nonlinearity": hyper.mapping_activation,
        "normalize_latents": hyper.normalize_latents,
        "nonlinearity": hyper.activation,
        "resample_kernel": list(hyper.resample_filter),
        "conv_clamp": hyper.conv_clamp,
        "truncation_psi": 0.5,
    }
    state = generator.state_dict()
    variables = [_tensorflow_variable(hyper, name, value.numpy(), name_block) for name, value in state.items()]
    own = [("lod", np.float32(0)), *(entry for entry in variables if "/" not in entry[0])]
    parts = {
        part: [(n[len(part) + 1 :], v) for n, v in variables if n.startswith(f"{part}/")]
        for part in ("synthesis", "mapping")
    }
    if components:
        networks = {part: Network(f"G_{part}", arguments, parts[part]) for part in parts}
        average = Network("Gs", arguments, own, networks)
    else:
        inner = [(f"G_{part}/{name}", value) for part in parts for name, value in parts[part]]
        average = Network("Gs", arguments, own + inner)
        average.state["version"] = 3
        del average.state["components"]
    discriminator = Network(
        "D", arguments, [("4x4/Dense0/weight", np.random.RandomState(0).randn(200, 300).astype(np.float32))]
    )
    return average, discriminator, average


def _tensorflow_variable(hyper: Hyperparameters, name: str, value: np.ndarray, name_block):
    if name == "mapping.w_avg":
        return "dlatent_avg", value
    network, place, *rest = name.split(".")
    leaf = rest[-1]
    if network == "mapping":
        layer = place.replace("fc", "Dense").replace(
            "embed", "LabelEmbed" if hyper.label_mode == "embed" else "LabelConcat"
        )
        return f"mapping/{layer}/{leaf}", np.ascontiguousarray(value.T)
    side = int(place[1:])
    layers = {
        "conv0": "Conv0_up",
        "conv1": "Conv1" if side > 4 else "Conv",
        "torgb": "ToRGB",
        "skip": "Skip",
        "const": "Const",
    }
    prefix = f"synthesis/{name_block(hyper, side)}/{layers[rest[0]]}"
    if leaf == "const":
        return f"{prefix}/const", value[None]
    if leaf == "noise_const":
        level = side.bit_length() - 1
        return f"synthesis/noise{2 * level - (5 if rest[0] == 'conv0' else 4)}", value[None, None]
    if leaf == "noise_strength":
        return f"{prefix}/noise_strength", np.float32(value)
    if rest[1] == "affine":
        return (
            (f"{prefix}/mod_weight", np.asfortranarray(value.T))
            if leaf == "weight"
            else (f"{prefix}/mod_bias", value - 1)
        )
    if leaf == "weight":
        value = value.transpose(2, 3, 1, 0)
        return f"{prefix}/weight", np.ascontiguousarray(value[::-1, ::-1] if rest[0] == "conv0" else value)
    return f"{prefix}/bias", value


def dump_networks(path: Path, top: object, protocol: int = 4) -> None:
    """Pickle a value that consists of Network objects."""
    with modules(dnnlib__tflib__network={"Network": Network}):
        path.write_bytes(pickle.dumps(top, protocol=protocol))


def tensorflow(path: Path, generator: Generator, protocol: int = 4, **options) -> None:
    """Write the generator as StyleGAN2 for TensorFlow does, as (G, D, Gs)."""
    dump_networks(path, tensorflow_networks(generator, **options), protocol)


def rosinality_state(generator: Generator, *, noise: bool = True) -> OrderedDict:
    """Return the generator's tensors as the state dict that rosinality's stylegan2-pytorch saves as g_ema."""
    taps = torch.tensor(generator.hyper.resample_filter)
    blur = torch.outer(taps, taps) * (4 / taps.sum() ** 2)  # always two-dimensional, with the gain of upsampling
    state = OrderedDict()
    for name, value in generator.state_dict().items():
        renamed = _rosinality_tensor(name, value)
        if renamed and (noise or not renamed[0].startswith("noises.")):
            state[renamed[0]] = renamed[1]
    for index in range(len(generator.hyper.resolutions) - 1):
        state[f"convs.{2 * index}.conv.blur.kernel"] = blur.clone()
        state[f"to_rgbs.{index}.upsample.kernel"] = blur.clone()
    state._metadata = OrderedDict([("", {"version": 1})])
    return state


def _rosinality_tensor(name: str, value: torch.Tensor):
    if name == "mapping.w_avg":
        return None
    network, place, *rest = name.split(".")
    if network == "mapping":
        return f"style.{int(place[2:]) + 1}.{rest[-1]}", value
    if rest == ["const"]:
        return "input.input", value[None]
    side, leaf = int(place[1:]), ".".join(rest[1:])
    number = 2 * (side.bit_length() - 4) + (rest[0] == "conv1")  # index into the module list convs; -1 stands for conv1
    layer = f"convs.{number}" if number >= 0 else "conv1"
    if rest[0] == "torgb":
        layer = f"to_rgbs.{side.bit_length() - 4}" if side > 4 else "to_rgb1"
        if leaf == "bias":
            return f"{layer}.bias", value.reshape(1, -1, 1, 1)
    renamed, axes = {
        "weight": (f"{layer}.conv.weight", 1),
        "bias": (f"{layer}.activate.bias", 0),
        "affine.weight": (f"{layer}.conv.modulation.weight", 0),
        "affine.bias": (f"{layer}.conv.modulation.bias", 0),
        "noise_strength": (f"{layer}.noise.weight", 1),
        "noise_const": (f"noises.noise_{number + 1}", 2),
    }[leaf]
    return renamed, value.reshape((1,) * axes + value.shape)


def nvidia_state(generator: Generator) -> OrderedDict:
    """Return the tensors as the state dict of a Generator of stylegan2-ada-pytorch, filters included."""
    state, hyper = OrderedDict(), generator.hyper
    for name, value in generator.state_dict().items():
        state[name] = value
    for resolution in hyper.resolutions:
        for layer in ("", "conv0.", "conv1."):
            if not layer or f"synthesis.b{resolution}.{layer}weight" in state:
                # conv1 does not resample, so that its filter is the default, whatever the network's is.
                taps = kernel(generator) if layer != "conv1." else torch.outer(*[torch.tensor([1.0, 3, 3, 1]) / 8] * 2)
                state[f"synthesis.b{resolution}.{layer}resample_filter"] = taps
    state._metadata = OrderedDict([("", {"version": 1})])
    return state


def basicsr_state(generator: Generator) -> OrderedDict:
    """Return the tensors as the state dict of BasicSR's StyleGAN2Generator, which has no filters."""
    names = {
        "style.": "style_mlp.",
        "input.input": "constant_input.weight",
        "noises.noise_": "noises.noise",
        ".noise.weight": ".weight",
        ".conv.": ".modulated_conv.",
    }
    state = OrderedDict()
    for name, value in rosinality_state(generator).items():
        if not name.endswith("kernel"):
            renamed = f"style_{name}" if name.startswith("conv") else name
            for ours, theirs in names.items():
                renamed = renamed.replace(ours, theirs)
            state[renamed] = value
    return state


def psp(generator: Generator, average: torch.Tensor) -> dict:
    """Return what pSp and e4e save: an encoder and rosinality's generator as its decoder, with the average beside."""
    decoder = {f"decoder.{name}": value for name, value in rosinality_state(generator).items()}
    encoder = {"encoder.input_layer.0.weight": torch.randn(4, 3, 3, 3), "encoder.body.0.attn.weight": torch.randn(4)}
    return {
        "state_dict": OrderedDict(encoder | decoder),
        "opts": {"exp_dir": "/data", "encoder_type": "GradualStyleEncoder", "start_from_latent_avg": True},
        "latent_avg": average,
    }


def rosinality(
    path: Path, generator: Generator, *, noise: bool = True, average: bool = True, legacy: bool = False
) -> None:
    """Write a checkpoint of rosinality's stylegan2-pytorch.

    With ``average``, write it as its converter does, with the average w; without, as its training does.
    """
    state = rosinality_state(generator, noise=noise)
    if average:
        top = {"g_ema": state, "latent_avg": generator.mapping.w_avg}
    else:
        weight = torch.nn.Parameter(torch.randn(200, 200))
        adam = torch.optim.Adam([weight])
        weight.sum().backward()
        adam.step()
        arguments = argparse.Namespace(
            path="/data", size=generator.resolution, mixing=0.9, ckpt=None, channel_multiplier=2
        )
        top = {
            "g": state,
            "d": {"weight": weight.detach()},
            "g_ema": state,
            "g_optim": adam.state_dict(),
            "args": arguments,
        }
        top["ada_aug_p"] = 0.25
    torch.save(top, path, _use_new_zipfile_serialization=not legacy)
