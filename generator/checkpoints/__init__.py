"""Loads any supported checkpoint as a Generator and writes our own format. Never executes anything stored in a file.

Owns the table of formats. Does not know how a format stores its tensors: each format's module reads its own files only.
"""

import hashlib
import logging
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path

import torch

from generator.checkpoints import containers, native, nvidia, rosinality, structure, tensorflow
from generator.checkpoints.pickle.arrays import to_float32
from generator.checkpoints.structure import Contents
from generator.contract import errors
from generator.contract.names import model_name
from generator.stylegan2.network import PRECISIONS, Generator, Hyperparameters

__all__ = ["EMBEDDED", "Description", "convert", "device_of", "inspect", "load", "save"]

MODELS = Path(__file__).parents[1] / "models"
EMBEDDED = max(MODELS.glob("*.safetensors"), default=MODELS / "missing.safetensors")  # the default model; it ships

DEVICES = ("auto", "cpu", "cuda")

# Tried in order: (does this file's outermost value belong to the format?, read it). A new format adds one row.
LOADERS: tuple[tuple[Callable[[object], bool], Callable[[object], Contents]], ...] = (
    (native.recognise, native.interpret),
    (nvidia.recognise, nvidia.interpret),
    (tensorflow.recognise, tensorflow.interpret),
    (rosinality.recognise, rosinality.interpret),
)

_log = logging.getLogger(__name__)


@dataclass(frozen=True)
class Description:
    """A checkpoint described for people. digest: first 16 hex digits of its SHA-256; parameters: trained weights."""

    file: str
    format: str
    name: str
    digest: str
    parameters: int
    hyperparameters: Hyperparameters
    traits: Mapping[str, tuple[str, ...]] = field(default_factory=dict)
    # trait -> probability of each of its values; a trait left out is uniform
    odds: Mapping[str, tuple[float, ...]] = field(default_factory=dict)
    directions: tuple[str, ...] | None = None  # learnt directions that passed their test; None: never tested
    card: Mapping[str, object] = field(default_factory=dict)
    notes: tuple[str, ...] = ()  # what the file lacks and what replaces it
    noise: bool = False  # whether noise changes the picture

    @property
    def resolution(self) -> int:
        """Side of the picture in pixels."""
        return self.hyperparameters.resolution


@dataclass(frozen=True)
class _Outline:
    """The result of every check that needs no weights."""

    contents: Contents
    hyper: Hyperparameters
    missing_noise: Mapping[str, tuple[int, ...]]
    description: Description


def load(path: str | Path, precision: str = "exact", device: str = "cpu") -> Generator:
    """Return the generator in ``path``, ready for inference: evaluation mode, no gradients.

    precision: "exact" (float32) or "auto" (half precision where the device computes it natively).
    device: "cpu", "cuda" or "auto". A missing average w is estimated; missing noise planes are zeros.
    Raises a CheckpointError; NotAChoice for an unknown precision or device, BadValue for CUDA where there is none.
    """
    file, target = Path(path), device_of(device)
    if precision not in PRECISIONS:
        raise errors.NotAChoice(name="precision", value=precision, choices=", ".join(PRECISIONS))
    with _errors_naming(file):
        outline = _read_outline(file)
        generator = _build(outline, precision)
    for note in outline.description.notes:
        _log.warning("%s: %s", file.name, note)
    return generator.to(target)


def device_of(wanted: str) -> str:
    """Return "cuda" or "cpu". "auto": CUDA where there is a GPU, else the CPU. Raises NotAChoice, BadValue."""
    if wanted not in DEVICES:
        raise errors.NotAChoice(name="device", value=wanted, choices=", ".join(DEVICES))
    available = "cuda" if torch.cuda.is_available() else "cpu"
    if wanted == "cuda" and available == "cpu":
        raise errors.BadValue(name="device", value="cuda", expected="cpu or auto: torch finds no CUDA device here")
    return available if wanted == "auto" else wanted


def inspect(path: str | Path) -> Description:
    """Describe the contents of ``path`` without reading its weights. Raises a CheckpointError."""
    with _errors_naming(file := Path(path)):
        return _read_outline(file).description


def save(
    generator: Generator, path: str | Path, *, half: bool = False, card: Mapping[str, object] | None = None
) -> None:
    """Write ``generator`` in our own format. half: store float16; card: notes for people. Raises CannotWrite."""
    native.write(generator, Path(path), half, card or {})


def convert(source: str | Path, target: str | Path, *, half: bool = False) -> Description:
    """Convert ``source`` to our own format at ``target``; describe the result. Raises CheckpointError, CannotWrite."""
    native.check_writable(Path(target))
    description = inspect(source)
    card = {
        "source": description.format,
        **({"notes": list(description.notes)} if description.notes else {}),
        **description.card,
    }
    save(load(source), target, half=half, card=card)
    return inspect(target)


@contextmanager
def _errors_naming(file: Path) -> Iterator[None]:
    """Add the file's name to every CheckpointError; its path stays private, since the sentence may go to a chat."""
    try:
        yield
    except errors.CheckpointError as error:
        raise type(error)(**{**error.fields, "file": file.name}) from error


def _read_outline(file: Path) -> _Outline:
    container = containers.open_file(file)
    contents = _interpret(container)
    hyper = structure.derive_hyperparameters(contents.arrays, contents.settings)
    structure.check(hyper, contents.arrays, len(container.view))
    structure.check_directions(hyper, contents.directions)
    missing_noise = structure.find_missing_noise(hyper, contents.arrays)
    traits = _name_traits(contents, hyper)
    description = Description(
        file=file.name,
        format=contents.format,
        name=contents.name or model_name(file.stem),
        digest=_digest(file),
        parameters=structure.count_parameters(contents.arrays),
        hyperparameters=hyper,
        traits=traits,
        odds=contents.odds,
        directions=None if contents.directions is None else tuple(contents.directions),
        card=contents.card,
        notes=_notes(contents, missing_noise),
        noise=_uses_noise(contents),
    )
    return _Outline(contents, hyper, missing_noise, description)


def _interpret(container: containers.Container) -> Contents:
    for recognise, interpret in LOADERS:
        if recognise(container.top):
            return interpret(container.top)
    raise errors.NotACheckpoint(found=f"it is a {container.kind} of something else")


def _name_traits(contents: Contents, hyper: Hyperparameters) -> Mapping[str, tuple[str, ...]]:
    if contents.traits is not None and sum(map(len, contents.traits.values())) != hyper.c_dim:
        raise errors.DamagedCheckpoint(found="its traits do not fit its labels")
    if contents.traits is not None or not hyper.c_dim:
        return contents.traits or {}
    return {"class": tuple(map(str, range(hyper.c_dim)))}


def _uses_noise(contents: Contents) -> bool:
    """Return whether any layer's noise strength is not 0; some programs switch noise off by setting it to 0."""
    strengths = ((name, value) for name, value in contents.arrays.items() if name.endswith(".noise_strength"))
    return any(bool((to_float32(value) + contents.added.get(name, 0)).any()) for name, value in strengths)


def _notes(contents: Contents, missing_noise: Mapping[str, object]) -> tuple[str, ...]:
    notes = list(contents.notes)
    if "mapping.w_avg" not in contents.arrays:
        notes.append("the average w is missing; it is estimated from random z")
    if missing_noise:
        notes.append(f"{len(missing_noise)} noise planes are missing; zeros take their place")
    return tuple(notes)


def _digest(file: Path) -> str:
    with file.open("rb") as stream:  # not through the memory map, whose pages would all stay in memory
        return hashlib.file_digest(stream, "sha256").hexdigest()[:16]


def _build(outline: _Outline, precision: str) -> Generator:
    tensors = structure.copy_weights(outline.contents)
    tensors |= {name: torch.zeros(shape) for name, shape in outline.missing_noise.items()}
    description = outline.description
    generator = Generator.from_state(
        outline.hyper,
        tensors,
        name=description.name,
        digest=description.digest,
        traits=description.traits,
        precision=precision,
    )
    generator.odds = description.odds
    if (steps := outline.contents.directions) is not None:
        generator.directions = {name: torch.from_numpy(to_float32(step)) for name, step in steps.items()}
    return generator
