"""Blends two networks of the same shapes, such as a parent and its fine-tuned child, into one.

Reads and writes no files.

[1] Pinkney & Adler 2020, "Resolution Dependent GAN Interpolation for Controllable Image Synthesis Between Domains":
    layers of one network, the others of the other.
[2] Wang et al. 2019, "Deep Network Interpolation for Continuous Imagery Effect Transition": a mean of all weights.
"""

import re
from collections.abc import Iterator, Mapping
from dataclasses import fields, replace

from torch import Tensor

from generator.contract import errors
from generator.stylegan.generator import Generator, Traits
from generator.stylegan.hyperparameters import Hyperparameters

# A tensor of a synthesis network: the block and convolution of StyleGAN2, or the layer of StyleGAN3. What is neither is
# the mapping network, or what both begin with.
_PART = re.compile(r"synthesis\.(?:b(?P<side>\d+)\.(?P<first>conv0\.)?|L(?P<number>\d+)_)")


def check_shapes(first: Generator, second: Generator) -> None:
    """Raise OtherShapes unless the two networks have the same architecture, sizes, labels and traits.

    They may clamp features at other limits: a program that trains a network on may begin to clamp.
    """
    if type(first) is not type(second):
        raise errors.OtherShapes(found="their generation: one is a StyleGAN2, the other a StyleGAN3")
    settings = _settings(second.hyper)
    for name, one in _settings(first.hyper).items():
        if one != settings[name]:
            raise errors.OtherShapes(found=f"their {name.replace('_', ' ')}: {one} and {settings[name]}")
    if list(first.traits.items()) != list(second.traits.items()):  # their order is that of the label
        raise errors.OtherShapes(found="their traits")


def _settings(hyper: Hyperparameters) -> dict[str, object]:
    """Return the settings that two networks must share. Of a filter only the proportions of its taps count."""
    settings = {field.name: getattr(hyper, field.name) for field in fields(hyper)}  # type: ignore[arg-type]
    del settings["conv_clamp"]
    if taps := settings.get("resample_filter"):
        settings["resample_filter"] = tuple(round(tap / sum(taps), 5) for tap in taps)
    return settings


def layer_of(name: str) -> int | None:
    """Return the w-layer of a tensor, by which ``layers`` selects it; None for the mapping network."""
    part = _PART.match(name)
    if part is None:
        return None if name.startswith("mapping.") else 0
    if part["number"]:
        return int(part["number"]) + 1  # the first w is that of the input
    last = 2 * (int(part["side"]).bit_length() - 3)  # of the block: its colours and skip go with its last convolution
    return last - 1 if part["first"] else last


def swap_layers(first: Generator, second: Generator, layers: range) -> Generator:
    """Return a network with ``layers`` and the mapping of the first, and the other layers of the second  [1].

    Raises OtherShapes, and NoSuchLayers if the networks do not have so many.
    """
    check_shapes(first, second)
    one, other = first.state_dict(), second.state_dict()
    last = max(layer_of(name) or 0 for name in one)  # the last w of StyleGAN2 only styles the colours of this layer
    if layers[0] > last or layers[-1] > first.num_ws - 1:
        raise errors.NoSuchLayers(high=last, value=f"{layers[0]}-{layers[-1]}")
    kept = {name for name in one if (layer := layer_of(name)) is None or layer in layers}
    return _make(first, second, {name: one[name] if name in kept else other[name] for name in one})


def mean(first: Generator, second: Generator, share: float) -> Generator:
    """Return the network whose weights lie ``share`` of the way, 0 to 1, from the first's to the second's  [2].

    Raises OtherShapes.
    """
    check_shapes(first, second)
    other = second.state_dict()
    return _make(first, second, {name: tensor.lerp(other[name], share) for name, tensor in first.state_dict().items()})


def _make(first: Generator, second: Generator, tensors: Mapping[str, Tensor]) -> Generator:
    """Return a network with these weights, and the traits that both offer. Its directions were not tested.

    It clamps features at the lower of both limits.
    """
    clamps = [hyper.conv_clamp for hyper in (first.hyper, second.hyper) if hyper.conv_clamp is not None]
    hyper = replace(first.hyper, conv_clamp=min(clamps, default=None))  # type: ignore[type-var]
    made = type(first).from_state(hyper, tensors, name=first.name, traits=first.traits, precision=first.precision)
    made.odds = first.odds
    made.knobs = first.knobs if first.knobs == second.knobs else None
    if first.offered is not None or second.offered is not None:
        made.offered = dict(_common(first.offered or first.traits, second.offered or second.traits))
    return made


def _common(first: Traits, second: Traits) -> Iterator[tuple[str, tuple[str, ...]]]:
    for trait, values in first.items():
        if common := tuple(value for value in values if value in second.get(trait, ())):
            yield trait, common
