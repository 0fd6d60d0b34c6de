"""Finds the generator in files that hold plain state dicts: names and tensors, without the classes of a program.

Such a file may hold more than a generator, and wrap it in dictionaries and prefixes. What the names mean is known to
nvidia.py and rosinality.py.
"""

import math
import re
from collections.abc import Iterator, Mapping
from dataclasses import replace
from typing import NamedTuple

import numpy as np

from generator.checkpoints import nvidia, rosinality, stylegan3
from generator.checkpoints.pickle.arrays import Numbers, to_float32
from generator.checkpoints.pickle.budget import quote
from generator.checkpoints.shapes import find_variant, unknown_shape
from generator.checkpoints.structure import Contents, as_array, collect
from generator.contract import errors

AVERAGE = "latent_avg"  # the name of the average w in files of rosinality, pSp and e4e
MAPPING_LR = "mapping_lr"  # the name of the mapping's learning-rate multiplier in files that this project writes
MAX_DEPTH = 4  # dictionaries inside one another; real files have at most three

# Programs keep a generator under names of their own. One of these words in it says that it is averaged over the
# training: G_ema, params_ema, generator_averaged, modelEMA, g_running, G_smooth, gen_test, Gs.
_AVERAGED = {
    "ema",
    "avg",
    "average",
    "averaged",
    "mean",
    "smooth",
    "smoothed",
    "running",
    "shadow",
    "swa",
    "test",
    "gs",
}
_CURRENT = ("G", "g", "netG")  # as it was trained last
# Of names that say the same, the first here counts, whatever their order in the file.
_USUAL = (
    *("G_ema", "g_ema", "params_ema", "generator_ema", "netG_ema", "ema", "model_ema", "ema_model"),
    *("G_ema_state_dict", "g_ema_state_dict", "ema_state_dict", "state_dict", "model_state_dict"),
    *("generator_state_dict", "generator", "decoder", "model", "params", "net", "network", "weights", "module"),
)
# A file that has a dictionary under one of these names probably holds a network, if not one that is known.
_TELLING = ("G_ema", "g_ema", "params_ema", "state_dict", *_CURRENT)

# One name that every network of a kind has, behind any prefixes.
_ANCHOR = re.compile(
    rf"((?:\w+\.){{0,{MAX_DEPTH}}}?)"
    rf"(?:(?P<nvidia>synthesis\.b4\.conv1\.weight)|(?P<rosinality>input\.input)|(?P<basicsr>constant_input\.weight)"
    rf"|(?P<stylegan3>{stylegan3.LAYER.pattern}weight))"
)


class _Found(NamedTuple):
    """A generator in a file."""

    kind: str  # the name of a group of _ANCHOR
    path: tuple[str, ...]  # the names that lead to it
    prefix: str  # what stands before the names of its tensors
    state: Mapping[object, object]
    beside: Mapping[str, object]  # AVERAGE and MAPPING_LR, if they stand beside it or above

    @property
    def name(self) -> str:
        """The names that lead to it, joined by points; "" if there are none."""
        return ".".join((*self.path, self.prefix)).strip(".")


def recognise(top: object) -> bool:
    """Return whether the file's outermost value holds the state dict of a generator, or of something like one."""
    if not isinstance(top, dict):
        return False
    return (
        any(isinstance(top.get(name), dict) for name in _TELLING)
        or any(True for _ in _find(top))
        or find_variant(_names(top)) is not None
    )


def interpret(top: object) -> Contents:
    """Return the contents of the averaged generator, or of another one with a note if there is none.

    Raises UnsupportedNetwork if the network is neither StyleGAN2 nor StyleGAN3, or has other tensors.
    """
    assert isinstance(top, dict)
    networks = sorted(_find(top), key=_rank)
    found = networks[0] if networks else None
    variant = find_variant(_names(top) if found is None else [name for name, _ in _own(found)])
    if variant is not None:
        raise variant
    if found is None:
        name = next((name for name in _TELLING if isinstance(top.get(name), dict)), "state dict")
        raise errors.UnsupportedNetwork(found=f"a {name} that is not a StyleGAN2 network known here")
    tensors = collect((name, as_array(value, name)) for name, value in _own(found))
    if found.kind == "stylegan3":
        contents = nvidia.interpret_stylegan3_state(tensors)
    elif found.kind == "nvidia":
        contents = nvidia.interpret_state(tensors)
    else:
        contents = rosinality.interpret_state(tensors, basicsr=found.kind == "basicsr")
    contents = _with_mapping_lr(_with_average(contents, found.beside.get(AVERAGE)), found.beside.get(MAPPING_LR))
    if _rank(found) == 2:
        contents = contents.with_notes(nvidia.NOT_AVERAGED)
    others = [other.name for other in networks if other.name != found.name and (_rank(found) or not _rank(other))]
    if others:
        used, other = quote(found.name or "the outermost"), quote(others[0])
        contents = contents.with_notes(f"it holds more than one network; {used} is used, not {other}")
    return contents


def _with_average(contents: Contents, stored: object) -> Contents:
    """Return the contents with the average w of a state dict or, if that has none, with the one that stands beside it.

    Either is [w_dim], or has that row once or for each w-layer; ``stored`` may be None. Raises UnsupportedNetwork if
    it has another shape.
    """
    arrays = dict(contents.arrays)
    value = arrays.pop("mapping.w_avg", None)
    name = AVERAGE if value is None else "mapping.w_avg"
    if value is None and stored is not None:
        value = as_array(stored, AVERAGE)
    # StyleGAN-XL's, which has a row for each class, is left as it is.
    if value is None or (name != AVERAGE and any(map(stylegan3.LAYER.match, arrays))):
        return contents
    width, layers = _count_styles(arrays)
    if value.shape not in ((width,), (1, width), (layers, width)):
        raise unknown_shape(name, value.shape)
    rows = to_float32(np.atleast_2d(value))
    if not np.isfinite(rows).all():
        return replace(contents, arrays=arrays).with_notes(f"its {name} is not finite and is not used")
    if not (rows == rows[0]).all():
        return replace(contents, arrays=arrays).with_notes(f"its {name} differs from layer to layer and is not used")
    return replace(contents, arrays=arrays | {"mapping.w_avg": value if value.ndim == 1 else value[0]})


def _count_styles(arrays: Mapping[str, Numbers]) -> tuple[int, int]:
    """Return the size of w and the number of w-layers, or 0 for a size that no tensor tells."""
    affine = arrays.get("synthesis.b4.conv1.affine.weight", arrays.get("synthesis.input.affine.weight"))
    layers = (re.match(r"synthesis\.(b\d+\.conv[01]|L\d+_\d+_\d+)\.affine\.bias$", name) for name in arrays)
    return 0 if affine is None or affine.ndim != 2 else affine.shape[1], 1 + sum(map(bool, layers))


def _with_mapping_lr(contents: Contents, stored: object) -> Contents:
    """Return the contents with the mapping's multiplier, if a usable one is stored beside the state dict."""
    if type(stored) is not float or not 0 < stored < math.inf:
        return contents
    return replace(contents, settings={**contents.settings, "mapping_lr": stored}, mapping_lr_unsaid=False)


def _find(top: Mapping[object, object]) -> Iterator[_Found]:
    """Yield every generator in a file, each dictionary of which is looked at once."""
    waiting: list[tuple[tuple[str, ...], dict[object, object], dict[str, object]]] = [((), dict(top), {})]
    seen = {id(top)}
    for path, state, above in waiting:
        beside = above | _standing(state, "")
        anchors = (_ANCHOR.fullmatch(name) for name in state if type(name) is str and len(name) < 200)
        for match in filter(None, anchors):
            yield _Found(match.lastgroup or "", path, match[1], state, beside | _standing(state, match[1]))
        inside = ((name, state[name]) for name in state if type(name) is str) if len(path) < MAX_DEPTH else ()
        for name, inner in sorted(inside, key=_place):
            if isinstance(inner, dict) and id(inner) not in seen:
                seen.add(id(inner))
                waiting.append(((*path, name), inner, beside))


def _standing(state: Mapping[object, object], prefix: str) -> dict[str, object]:
    """Return AVERAGE and MAPPING_LR, if they stand behind ``prefix`` or what it begins with; the nearest counts."""
    parts = prefix.split(".")[:-1]
    places = ["".join(f"{part}." for part in parts[:count]) for count in range(len(parts) + 1)]
    return {
        name: state[place + name]
        for place in places
        for name in (AVERAGE, MAPPING_LR)
        if state.get(place + name) is not None
    }


def _place(named: tuple[str, object]) -> int:
    """Return where a name stands in _USUAL; others come last, in the order of the file."""
    return _USUAL.index(named[0]) if named[0] in _USUAL else len(_USUAL)


def _rank(found: _Found) -> int:
    """Return 0 for an averaged generator, 1 if the file does not say, and 2 for one that was being trained."""
    names = found.name.split(".")
    words = {word.lower() for name in names for word in re.findall("[A-Z]?[a-z]+|[A-Z]+", name)}
    return 0 if words & _AVERAGED else 2 if {*names} & {*_CURRENT} else 1


def _own(found: _Found) -> Iterator[tuple[str, object]]:
    """Yield (name without its prefix, stored tensor). Other networks in the same dictionary have other prefixes."""
    for name, value in found.state.items():
        if type(name) is str and name.startswith(found.prefix):
            own = name.removeprefix(found.prefix)
            if own not in (AVERAGE, MAPPING_LR):
                yield own, value
        elif not found.prefix and type(name) is not str:
            raise errors.UnsupportedNetwork(found=f"a network with a tensor named {quote(name)}")


def _names(state: Mapping[object, object]) -> list[str]:
    """Return the names in a dictionary, and in those directly inside it."""
    inside = (value for value in state.values() if isinstance(value, dict))
    return [name for each in (state, *inside) for name in each if type(name) is str]
