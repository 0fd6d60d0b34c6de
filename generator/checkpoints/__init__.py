"""Any supported checkpoint in, a Generator out; and our own format out. Nothing in a file is ever executed.

Owns the table of formats; each format's module recognises and interprets its own files and knows no other.
"""

import hashlib
import logging
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path

import torch

from generator.checkpoints import containers, native, nvidia, rosinality, structure, tensorflow
from generator.checkpoints.pickle.arrays import floats
from generator.checkpoints.structure import Found
from generator.contract import errors
from generator.contract.names import model_name
from generator.stylegan2.network import PRECISIONS, Generator, Hyperparameters

__all__ = ["EMBEDDED", "Description", "convert", "device_of", "inspect", "load", "save"]

MODELS = Path(__file__).parents[1] / "models"
EMBEDDED = max(MODELS.glob("*.safetensors"), default=MODELS / "missing.safetensors")  # the default model

DEVICES = ("auto", "cpu", "cuda")

# Tried in order: (is this outermost value yours?, what is in it?). A new format is a module with these two and a row here.
LOADERS: tuple[tuple[Callable[[object], bool], Callable[[object], Found]], ...] = (
    (native.recognise, native.interpret),
    (nvidia.recognise, nvidia.interpret),
    (tensorflow.recognise, tensorflow.interpret),
    (rosinality.recognise, rosinality.interpret),
)

_log = logging.getLogger(__name__)


@dataclass(frozen=True)
class Description:
    """What a file holds. digest: the first 16 hexadecimal digits of its SHA-256; parameters: trained numbers."""

    file: str
    format: str
    name: str
    digest: str
    parameters: int
    hyperparameters: Hyperparameters
    traits: Mapping[str, tuple[str, ...]] = field(default_factory=dict)
    odds: Mapping[str, tuple[float, ...]] = field(
        default_factory=dict
    )  # trait -> how likely each value is; absent: all alike
    directions: tuple[str, ...] | None = None  # the learnt ones that were tested; None: untested
    card: Mapping[str, object] = field(default_factory=dict)
    notes: tuple[str, ...] = ()  # what the file lacks, and what takes its place
    noise: bool = False  # whether noise changes what it draws

    @property
    def resolution(self) -> int:
        """Side of the picture in pixels."""
        return self.hyperparameters.resolution


@dataclass(frozen=True)
class _Checked:
    """A file that has passed every check that needs no weights."""

    found: Found
    hyper: Hyperparameters
    missing_noise: Mapping[str, tuple[int, ...]]
    description: Description


def load(path: str | Path, precision: str = "exact", device: str = "cpu") -> Generator:
    """Return the generator in ``path``, ready for use: evaluation mode, no gradients.

    precision: "exact" (float32) or "auto" (half where the device computes it natively). device: "cpu", "cuda" or "auto".
    Where the file has no average w it is estimated; missing noise planes are zeros.
    Raises a CheckpointError; NotAChoice or BadValue for a precision or a device that there is not.
    """
    file, place = Path(path), device_of(device)
    if precision not in PRECISIONS:
        raise errors.NotAChoice(name="precision", value=precision, choices=", ".join(PRECISIONS))
    with _named(file):
        checked = _check(file)
        generator = _build(checked, precision)
    for note in checked.description.notes:
        _log.warning("%s: %s", file.name, note)
    return generator.to(place)


def device_of(wanted: str) -> str:
    """Return "cuda" or "cpu" for "cuda", "cpu" or "auto". Raises NotAChoice, or BadValue where there is no CUDA device."""
    if wanted not in DEVICES:
        raise errors.NotAChoice(name="device", value=wanted, choices=", ".join(DEVICES))
    found = "cuda" if torch.cuda.is_available() else "cpu"
    if wanted == "cuda" and found == "cpu":
        raise errors.BadValue(name="device", value="cuda", expected="cpu or auto: torch finds no CUDA device here")
    return found if wanted == "auto" else wanted


def inspect(path: str | Path) -> Description:
    """Say what ``path`` holds without reading its weights. Raises a CheckpointError."""
    with _named(file := Path(path)):
        return _check(file).description


def save(
    generator: Generator, path: str | Path, *, half: bool = False, card: Mapping[str, object] | None = None
) -> None:
    """Write ``generator`` in our own format. half: as float16; card: what people should know about it. Raises CannotWrite."""
    native.write(generator, Path(path), half, card or {})


def convert(source: str | Path, target: str | Path, *, half: bool = False) -> Description:
    """Write the network in ``source`` in our own format and describe the result. Raises CheckpointError or CannotWrite."""
    native.check_place(Path(target))
    described = inspect(source)
    card = {
        "source": described.format,
        **({"notes": list(described.notes)} if described.notes else {}),
        **described.card,
    }
    save(load(source), target, half=half, card=card)
    return inspect(target)


@contextmanager
def _named(file: Path) -> Iterator[None]:
    """Tell every refusal with the file's name (not its path, which is nobody's business in a chat)."""
    try:
        yield
    except errors.CheckpointError as error:
        raise type(error)(**{**error.fields, "file": file.name}) from error


def _check(file: Path) -> _Checked:
    opened = containers.open_file(file)
    found = _interpret(opened)
    hyper = structure.hyperparameters(found.arrays, found.settings)
    structure.check(hyper, found.arrays, len(opened.view))
    structure.check_directions(hyper, found.directions)
    missing_noise = structure.without_noise(hyper, found.arrays)
    traits = _traits(found, hyper)
    description = Description(
        file=file.name,
        format=found.format,
        name=found.name or model_name(file.stem),
        digest=_digest(file),
        parameters=structure.parameters(found.arrays),
        hyperparameters=hyper,
        traits=traits,
        odds=found.odds,
        directions=None if found.directions is None else tuple(found.directions),
        card=found.card,
        notes=_notes(found, missing_noise),
        noise=_hears_noise(found),
    )
    return _Checked(found, hyper, missing_noise, description)


def _interpret(opened: containers.Opened) -> Found:
    for recognise, interpret in LOADERS:
        if recognise(opened.top):
            return interpret(opened.top)
    raise errors.NotACheckpoint(found=f"it is a {opened.kind} of something else")


def _traits(found: Found, hyper: Hyperparameters) -> Mapping[str, tuple[str, ...]]:
    if found.traits is not None and sum(map(len, found.traits.values())) != hyper.c_dim:
        raise errors.DamagedCheckpoint(found="its traits do not fit its labels")
    if found.traits is not None or not hyper.c_dim:
        return found.traits or {}
    return {"class": tuple(map(str, range(hyper.c_dim)))}


def _hears_noise(found: Found) -> bool:
    """Whether any layer takes noise with a strength other than 0, as some programs set it where they switch noise off."""
    strengths = ((name, value) for name, value in found.arrays.items() if name.endswith(".noise_strength"))
    return any(bool((floats(value) + found.added.get(name, 0)).any()) for name, value in strengths)


def _notes(found: Found, missing_noise: Mapping[str, object]) -> tuple[str, ...]:
    notes = list(found.notes)
    if "mapping.w_avg" not in found.arrays:
        notes.append("the average w is missing; it is estimated from random z")
    if missing_noise:
        notes.append(f"{len(missing_noise)} noise planes are missing; zeros take their place")
    return tuple(notes)


def _digest(file: Path) -> str:
    with file.open("rb") as stream:  # not through the mapping, whose pages would all stay in memory
        return hashlib.file_digest(stream, "sha256").hexdigest()[:16]


def _build(checked: _Checked, precision: str) -> Generator:
    tensors = structure.weights(checked.found)
    tensors |= {name: torch.zeros(shape) for name, shape in checked.missing_noise.items()}
    described = checked.description
    generator = Generator.from_state(
        checked.hyper,
        tensors,
        name=described.name,
        digest=described.digest,
        traits=described.traits,
        precision=precision,
    )
    generator.odds = described.odds
    if (steps := checked.found.directions) is not None:
        generator.directions = {name: torch.from_numpy(floats(step)) for name, step in steps.items()}
    return generator
