"""``python broken_tensors.py FIRST COUNT``: writes networks whose tensors or settings make no sense, and loads each.

Where broken_files.py damages bytes, this writes sound files: with tensors of other shapes, types and values, under
other names or none, with huge sizes claimed in names and settings. What loads must also draw. It prints what
broken_files.py prints; ``--keep N`` writes variant N into the current folder, as variant.pkl.
"""

import io
import json
import pickle
import random
import re
import sys
import tempfile
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import broken_files
import checkpoint_writers as writers
import torch
from safetensors import safe_open
from safetensors import torch as safetensors

from generator import checkpoints
from generator.stylegan2.network import Generator

SMALL = {"resolution": 16, "channels": {4: 6, 8: 5, 16: 4}, "z_dim": 8, "w_dim": 8, "num_mapping_layers": 2}
TALL = SMALL | {"const_size": (4, 2)}
# NVIDIA's margin of 10, so that a state dict tells the rates
WAVES = {"sizes": (28, 28, 36, 36, 16, 16)}

NUMBERS = (0, 1, 2, 3, 5, 7, 63, 64, 65, 1000, 2048, 2049, 99_999, 2**31, 2**63, -1)
VALUES = (0.0, -0.0, 1e-45, -1.0, 1e30, 3e38, float("inf"), float("-inf"), float("nan"))
DTYPES = (
    torch.float16,
    torch.bfloat16,
    torch.float64,
    torch.int8,
    torch.int64,
    torch.bool,
    torch.complex64,
    torch.uint8,
)
SETTINGS = (
    *(0, 1, -1, 3, 2**31, 2**63, 10**30, 0.0, 1e308, float("nan"), float("inf"), "lrelu", "x" * 300, "", None, True),
    *([], [0, 0, 0, 0], [10**9] * 4, [0.5] * 2, {}, {"a": 1}, (1, 2), b"x", torch.zeros(2), torch.zeros(0)),
)

State = dict[str, Any]


def of_another_shape(state: State, name: str, chance: random.Random) -> None:
    """Give a tensor another shape, such as one with no numbers, or one that claims many."""
    shape = list(state[name].shape)
    kind = chance.randrange(5)
    if kind == 0 and shape:
        shape[chance.randrange(len(shape))] = min(chance.choice(NUMBERS[:10]), 70)
    elif kind == 1:
        shape.insert(chance.randrange(len(shape) + 1), chance.choice((0, 1, 2)))
    elif kind == 2 and shape:
        del shape[chance.randrange(len(shape))]
    elif kind == 3:
        chance.shuffle(shape)
    else:  # many numbers in no bytes
        state[name] = torch.zeros(1).expand(*(chance.choice((3, 64, 4096)) for _ in range(max(1, len(shape)))))
        return
    state[name] = torch.ones(shape)


def of_other_values(state: State, name: str, chance: random.Random) -> None:
    """Set one or all numbers of a tensor to one that is telling."""
    state[name] = changed = state[name].float().clone()
    if changed.numel() and chance.random() < 0.5:
        changed.view(-1)[chance.randrange(changed.numel())] = chance.choice(VALUES)
    else:
        changed.fill_(chance.choice(VALUES))


def of_another_type(state: State, name: str, chance: random.Random) -> None:
    """Store a tensor as other numbers, or something else in its place."""
    state[name] = state[name].to(chance.choice(DTYPES)) if chance.random() < 0.7 else chance.choice(SETTINGS)


def dropped(state: State, name: str, chance: random.Random) -> None:
    """Leave out a tensor, or all whose name ends alike."""
    ending = name.rpartition(".")[2] if chance.random() < 0.5 else name
    for other in [other for other in state if other.endswith(ending)]:
        del state[other]


def renamed(state: State, name: str, chance: random.Random) -> None:
    """Change a number in the name of a tensor, or in all names that have it; or add a tensor under such a name."""
    found = list(re.finditer(r"\d+", name))
    if not found:
        state[f"{name}.{chance.choice(('0', 'weight', 'x' * 300))}"] = state[name]
        return
    match, number = chance.choice(found), str(chance.choice(NUMBERS))
    old, new = name[: match.end()], name[: match.start()] + number
    whole = chance.random() < 0.6
    for other in [other for other in state if other.startswith(old) and (whole or other == name)]:
        moved = new + other[len(old) :]
        state[moved] = state[other]
        if chance.random() < 0.9:
            del state[other]


def swapped(state: State, name: str, chance: random.Random) -> None:
    """Swap a tensor with another, or store both as one."""
    other = chance.choice(list(state))
    state[name], state[other] = state[other], state[name] if chance.random() < 0.5 else state[other]


def of_another_constant(state: State, name: str, chance: random.Random) -> None:
    """Give the learnt constant another height and width, and perhaps the noise planes those that belong to it."""
    const = next((name for name in state if name.endswith(("b4.const", "input.input"))), None)
    if const is None or not torch.is_tensor(state[const]) or state[const].ndim < 3:
        return
    height, width = (min(abs(chance.choice(NUMBERS)), 2**12) for _ in range(2))
    height, width = (height, 1) if height * width > 2**16 else (height, width)
    state[const] = torch.ones(*state[const].shape[:-2], height, width)
    keeps, fits = chance.random() < 0.3, chance.random() < 0.5
    for other in [other for other in state if "noise_const" in other or other.startswith("noises.")]:
        if not keeps:
            plane = state.pop(other)
            if not fits or not torch.is_tensor(plane) or plane.ndim < 2:
                continue
            factor = max(1, plane.shape[-2] // 4)
            if height * width * factor**2 < 2**20:
                state[other] = torch.ones(*plane.shape[:-2], height * factor, width * factor)


CHANGES: tuple[Callable[[State, str, random.Random], None], ...] = (
    *(of_another_shape, of_other_values, of_another_type, dropped, renamed, swapped, of_another_constant),
)


def is_small(value: object) -> bool:
    """Return whether a value is a tensor that can be copied. One that only claims many numbers would then take them."""
    return torch.is_tensor(value) and value.numel() < 2**22


def break_state(state: State, chance: random.Random) -> list[str]:
    """Change a state dict in one to three ways, and return their names."""
    made = []
    for _ in range(chance.choice((1, 1, 2, 3))):
        tensors = [name for name, value in state.items() if is_small(value)]
        if tensors:
            change, name = chance.choice(CHANGES), chance.choice(tensors)
            change(state, name, chance)
            made.append(f"{change.__name__} {name[:60]}")
    return made


def modules_of(tree: writers.Persistent) -> Iterator[writers.Persistent]:
    """Yield a pickled module and all modules in it."""
    yield tree
    for child in tree.state["_modules"].values():
        if isinstance(child, writers.Persistent):
            yield from modules_of(child)


def break_tree(tree: writers.Persistent, chance: random.Random) -> list[str]:
    """Change settings, tensors or modules of a pickled network in one to three ways, and return their names."""
    made = []
    for _ in range(chance.choice((1, 1, 2, 3))):
        module = chance.choice(list(modules_of(tree)))
        kind = chance.choice(("_parameters", "_buffers", "_modules", "settings", "settings"))
        entries = module.state if kind == "settings" else module.state[kind]
        names = [name for name in entries if kind != "settings" or not name.startswith("_")]
        if not isinstance(entries, dict) or not names:
            continue
        name = chance.choice(names)
        if kind in ("_parameters", "_buffers") and torch.is_tensor(entries[name]):
            plain = {key: value.detach() for key, value in entries.items() if torch.is_tensor(value)}
            made += break_state(plain, chance)
            entries.clear()
            entries.update(plain)
        elif chance.random() < 0.3:
            entries[str(chance.choice(("x", "L3_99_4", "b32", "conv0", "embed")))] = entries.pop(name)
        else:
            entries[name] = chance.choice(SETTINGS)
        made.append(f"{kind} {name}")
    return made


def bases() -> dict[str, Callable[[random.Random], tuple[list[str], Any]]]:
    """Return, by the name of each kind of network, a function that returns the changes and a broken network."""
    square, tall = writers.generator(**SMALL), writers.generator(1, **TALL)
    waves = writers.stylegan3_generator(2, **WAVES)
    with torch.no_grad():  # so that the multiplier of the mapping is told
        for layer in range(waves.hyper.num_mapping_layers):
            waves.mapping.get_submodule(f"fc{layer}").weight.mul_(3.3)
    states: dict[str, State] = {
        "nvidia": writers.nvidia_state(square),
        "tall nvidia": writers.nvidia_state(tall),
        "tall rosinality": writers.rosinality_state(tall),
        "basicsr": writers.basicsr_state(square),
        "stylegan3": waves.state_dict(),
    }
    trees = {"module": lambda: writers.nvidia_module(tall), "stylegan3 module": lambda: writers.stylegan3_module(waves)}

    def state_variant(state: State) -> Callable[[random.Random], tuple[list[str], Any]]:
        def make(chance: random.Random) -> tuple[list[str], Any]:
            broken = {name: value.detach() for name, value in state.items()}
            made = break_state(broken, chance)
            average = chance.choice((None, torch.zeros(8), torch.ones(6, 8), torch.zeros(7, 12), *SETTINGS))
            return made, chance.choice(
                (
                    broken,
                    {"G_ema": broken},
                    {"state_dict": {f"decoder.{k}": v for k, v in broken.items()}, "latent_avg": average},
                )
            )

        return make

    def tree_variant(build: Callable[[], writers.Persistent]) -> Callable[[random.Random], tuple[list[str], Any]]:
        def make(chance: random.Random) -> tuple[list[str], Any]:
            tree = build()
            return break_tree(tree, chance), {"G_ema": tree}

        return make

    return {
        **{name: state_variant(state) for name, state in states.items()},
        **{name: tree_variant(build) for name, build in trees.items()},
        "own": own_variant(writers.generator(3, **TALL | {"c_dim": 3})),
    }


def own_variant(network: Generator) -> Callable[[random.Random], tuple[list[str], Any]]:
    """Return a function that breaks the tensors and the metadata of a file of this project."""
    network.odds, network.offered = {"class": (0.5, 0.25, 0.25)}, {"class": ("0", "2")}
    network.directions = {"smile": torch.ones(network.num_ws, network.w_dim)}
    with tempfile.TemporaryDirectory() as folder:
        checkpoints.save(network, path := Path(folder) / "own.safetensors")
        with safe_open(path, "pt") as file:
            metadata, state = file.metadata(), {name: file.get_tensor(name) for name in file.keys()}  # noqa: SIM118

    def make(chance: random.Random) -> tuple[list[str], Any]:
        broken, told = dict(state), dict(metadata)
        made = break_state(broken, chance) if chance.random() < 0.6 else []
        if not made or chance.random() < 0.3:
            field = chance.choice(list(told))
            text = json.dumps(chance.choice([value for value in SETTINGS if type(value) not in (bytes, torch.Tensor)]))
            wrapped = (text, f'{{"class": {text}}}', f'{{"smile": {text}, "names": {text}, "const_size": {text}}}')
            told[field] = chance.choice(wrapped)
            made.append(f"metadata {field} = {told[field][:40]}")
        kept = {name: value for name, value in broken.items() if is_small(value)}
        return made, safetensors.save({name: value.contiguous().clone() for name, value in kept.items()}, told)

    return make


def make_variant(made: dict[str, Callable[[random.Random], tuple[list[str], Any]]], number: int) -> tuple[str, bytes]:
    """Return a description of how a variant is made, and its bytes."""
    chance = random.Random(number)
    kind = chance.choice(list(made))
    changes, top = made[kind](chance)
    name = f"{number} {kind}: {', '.join(changes)}"
    if kind.endswith("module"):
        persistence = {"_reconstruct_persistent_obj": writers._reconstruct_persistent_obj}
        util = {"EasyDict": writers.EasyDict}
        with writers.modules(torch_utils__persistence=persistence, dnnlib__util=util):
            return name, pickle.dumps(top, protocol=4)
    if kind == "own":
        return name, top
    out = io.BytesIO()
    torch.save(top, out, _use_new_zipfile_serialization=chance.random() < 0.5)
    return name, out.getvalue()


if __name__ == "__main__":
    writers.SOURCE = ""
    networks = bases()
    if sys.argv[1] == "--keep":
        description, data = make_variant(networks, int(sys.argv[2]))
        Path("variant.pkl").write_bytes(data)
        print(description)
    else:
        broken_files.run(int(sys.argv[1]), int(sys.argv[2]), lambda number: make_variant(networks, number), draws=True)
