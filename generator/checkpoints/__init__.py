"""Loads any supported checkpoint as a Generator and writes our own format. Never executes anything stored in a file.

This package owns the table of formats. Only the module of a format knows how that format stores its tensors.
"""

import logging
import re
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from pathlib import Path

import torch

from generator.checkpoints import containers, mapping_lr, native, nvidia, state_dicts, structure, tensorflow
from generator.checkpoints.discriminators import DiscriminatorContents, read_last
from generator.checkpoints.earlier_knobs import EARLIER_KNOBS
from generator.checkpoints.pickle.arrays import to_float32
from generator.checkpoints.structure import Contents
from generator.contract import errors
from generator.naming.digests import compute_digest
from generator.naming.spelling import spell
from generator.stylegan.generator import Generator, Knobs
from generator.stylegan.hyperparameters import Hyperparameters, find_coarse_side
from generator.stylegan.precision import PRECISIONS

__all__ = [
    "EMBEDDED",
    "Description",
    "DiscriminatorContents",
    "Snapshot",
    "check_target",
    "convert",
    "device_of",
    "inspect",
    "load",
    "load_snapshot",
    "rewrite",
    "save",
    "shipped",
]

MODELS = Path(__file__).parents[1] / "models"  # the networks that ship with the program
EMBEDDED = MODELS / "artist-2.safetensors"  # the default among them

DEVICES = ("auto", "cpu", "cuda")

# One row for each format, tried in order: (test of the file's outermost value, reader to use if the test passes).
LOADERS: tuple[tuple[Callable[[object], bool], Callable[[object], Contents]], ...] = (
    (native.recognise, native.interpret),
    (nvidia.recognise, nvidia.interpret),
    (tensorflow.recognise, tensorflow.interpret),
    (state_dicts.recognise, state_dicts.interpret),
)

_log = logging.getLogger(__name__)


@dataclass(frozen=True)
class Description:
    """What a checkpoint holds, as ``inspect`` reports it."""

    file: str  # the file's name, without its folder
    format: str  # format name to show, e.g. "waifubot safetensors"
    name: str
    digest: str  # the first 16 hex digits of the file's SHA-256
    parameters: int  # number of trained weights
    hyperparameters: Hyperparameters
    traits: Mapping[str, tuple[str, ...]] = field(default_factory=dict)
    # trait -> probability of each of its values; the values of a trait that is left out are equally likely
    odds: Mapping[str, tuple[float, ...]] = field(default_factory=dict)
    # The traits and values that people are offered: those that the network shows as asked, or all if that is unknown.
    offered: Mapping[str, tuple[str, ...]] = field(default_factory=dict)
    directions: tuple[str, ...] | None = None  # learnt directions that passed their test; None if none were tested
    knobs: Knobs | None = None  # what the components of z are, if that is known
    card: Mapping[str, object] = field(default_factory=dict)
    notes: tuple[str, ...] = ()  # what the file lacks, and what is used instead
    noise_parts: tuple[str, ...] = ()  # where noise changes the picture: in "coarse" layers, in "fine" ones, or both

    @property
    def noise(self) -> bool:
        """Whether noise changes the picture."""
        return bool(self.noise_parts)

    @property
    def size(self) -> tuple[int, int]:
        """Height and width of the picture in pixels."""
        return self.hyperparameters.size

    @property
    def resolution(self) -> int:
        """The longer side of the picture in pixels."""
        return max(self.size)

    @property
    def pixels(self) -> str:
        """The size of the picture to show: "512 px", or width and height if they differ, "512 x 1024 px"."""
        height, width = self.size
        return f"{width} px" if width == height else f"{width} x {height} px"


@dataclass(frozen=True)
class _Outline:
    """What is known about a file after all the checks that do not read weights."""

    contents: Contents
    hyper: Hyperparameters
    missing_noise: Mapping[str, tuple[int, ...]]  # name -> shape of each noise plane that the file lacks
    description: Description


@dataclass(frozen=True)
class Snapshot:
    """What a file holds for going on with its training."""

    average: Generator  # the averaged generator, as ``load`` returns it
    last: Generator  # the generator as it was trained last; the averaged one where the file has no other
    discriminator: DiscriminatorContents | None
    lacking: str  # why there is no discriminator


def shipped() -> list[Path]:
    """Return the files of the networks that ship with the program, the default first."""
    return [EMBEDDED, *sorted(path for path in MODELS.glob("*.safetensors") if path != EMBEDDED)]


def load(
    path: str | Path,
    precision: str = "exact",
    device: str = "cpu",
    digest_of: Callable[[Path], str] = compute_digest,
    *,
    lr: float | None = None,
) -> Generator:
    """Return the generator stored in ``path``, ready for inference: in evaluation mode and without gradients.

    ``precision`` is "exact" (float32) or "auto" (half precision where the device computes it natively).
    ``device`` is "cpu", "cuda" or "auto".
    ``digest_of`` returns the digest of a file; a caller that remembers digests saves the time to compute them.
    ``lr`` is the mapping's learning-rate multiplier, for a file that does not say it.
    A missing average w is estimated; missing noise planes become zeros.
    Raises a CheckpointError if the file cannot be used, NotAChoice if the precision or device is unknown, and BadValue
    if ``device`` is "cuda" and there is no GPU, or if the file says another multiplier than ``lr``.
    """
    file, target = Path(path), device_of(device)
    if precision not in PRECISIONS:
        raise errors.NotAChoice(name="precision", value=precision, choices=", ".join(PRECISIONS))
    with _errors_naming(file):
        outline = _read_outline(file, digest_of, lr)
        generator = _build(outline, precision)
    for note in outline.description.notes:
        _log.warning("%s: %s", file.name, note)
    return generator.to(target)


def load_snapshot(path: str | Path, *, lr: float | None = None) -> Snapshot:
    """Return the networks in ``path`` from which a training can go on. The arguments and errors are those of ``load``.

    A discriminator, or a generator beside the averaged one, that cannot be read is left out.
    """
    average = load(path, lr=lr)
    with _errors_naming(file := Path(path)):
        container = containers.open_file(file)
    found = read_last(container.top)
    last, discriminator, lacking = average, found.discriminator, found.lacking
    if found.generator is not None:
        try:
            structure.check(average.hyper, found.generator.arrays, len(container.view))
            tensors = {**average.state_dict(), **structure.copy_weights(found.generator)}
            last = type(average).from_state(average.hyper, tensors, name=average.name, traits=average.traits)
        except errors.CheckpointError as error:
            _log.warning("%s: the generator as it was trained last is left out: %s", file.name, error)
    if discriminator is not None and sum(a.nbytes for a in discriminator.arrays.values()) > 2 * len(container.view):
        discriminator, lacking = None, "that of the file overlaps"
    return Snapshot(average, last, discriminator, lacking)


def device_of(wanted: str) -> str:
    """Return the device to use, "cuda" or "cpu". "auto" means "cuda" if there is a GPU, else "cpu".

    Raises NotAChoice if the name is unknown, and BadValue if "cuda" is wanted and there is no GPU.
    """
    if wanted not in DEVICES:
        raise errors.NotAChoice(name="device", value=wanted, choices=", ".join(DEVICES))
    available = "cuda" if torch.cuda.is_available() else "cpu"
    if wanted == "cuda" and available == "cpu":
        raise errors.BadValue(name="device", value="cuda", expected="cpu or auto: torch finds no CUDA device here")
    return available if wanted == "auto" else wanted


def inspect(
    path: str | Path, digest_of: Callable[[Path], str] = compute_digest, *, lr: float | None = None
) -> Description:
    """Describe the checkpoint ``path``, reading no more weights than those of a mapping whose multiplier is missing.

    ``digest_of`` and ``lr`` are explained in ``load``. Raises a CheckpointError if the file cannot be used, and
    BadValue if it says another multiplier than ``lr``.
    """
    with _errors_naming(file := Path(path)):
        return _read_outline(file, digest_of, lr).description


def save(
    generator: Generator, path: str | Path, *, half: bool = False, card: Mapping[str, object] | None = None
) -> None:
    """Write ``generator`` to ``path`` in our own format. Raises CannotWrite if that fails.

    Whatever is at ``path`` is replaced only if it is a network.
    If ``half`` is set, the weights are stored as float16. ``card`` is the model card: notes for human readers.
    """
    check_target(path)
    native.write(generator, Path(path), half, card or {})


def rewrite(generator: Generator, source: str | Path, target: str | Path) -> None:
    """Write ``generator``, which was read from ``source``, to ``target`` with the same weights and the same card.

    What else is known about the network, such as its directions, may have changed. Weights that float16 can represent
    are stored so. Raises CannotWrite if that fails.
    """
    fits_half = all(torch.equal(tensor, tensor.half().float()) for tensor in generator.state_dict().values())
    save(generator, target, half=fits_half, card=inspect(source).card)


def convert(source: str | Path, target: str | Path, *, half: bool = False, lr: float | None = None) -> Description:
    """Convert the checkpoint ``source`` to our own format, write it to ``target``, and describe the result.

    ``lr`` is explained in ``load``.
    Raises a CheckpointError if ``source`` cannot be used, BadValue if it says another multiplier than ``lr``, and
    CannotWrite if ``target`` cannot be written, is the source or is another file than a network.
    """
    check_target(target)
    if Path(target).exists() and Path(source).exists() and Path(target).samefile(source):
        raise errors.CannotWrite(file=str(target), reason="that is the source; choose another name")
    description = inspect(source, lr=lr)
    card = {
        "source": description.format,
        **({"notes": list(description.notes)} if description.notes else {}),
        **description.card,
    }
    save(load(source, lr=lr), target, half=half, card=card)
    return inspect(target)


def check_target(path: str | Path) -> None:
    """Raise CannotWrite unless a network can be written to ``path``, and what is there already, if anything, is one."""
    target = Path(path)
    native.check_target(target)
    if target.exists():
        try:
            inspect(target)
        except errors.CheckpointError as error:
            reason = "it exists and is no network; delete it, or choose another name"
            raise errors.CannotWrite(file=str(target), reason=reason) from error


@contextmanager
def _errors_naming(file: Path) -> Iterator[None]:
    """Add the file's name to every CheckpointError raised inside the context.

    The folder is left out, since the error message may be posted in a chat.
    """
    try:
        yield
    except errors.CheckpointError as error:
        raise type(error)(**{**error.fields, "file": file.name}) from error


def _read_outline(file: Path, digest_of: Callable[[Path], str], lr: float | None) -> _Outline:
    container = containers.open_file(file)
    contents = _interpret(container)
    hyper = structure.derive_hyperparameters(contents.arrays, contents.settings)
    missing_noise = structure.check(hyper, contents.arrays, len(container.view))
    contents, hyper = _settle_mapping_lr(contents, hyper, lr)
    structure.check_directions(hyper, contents.directions)
    structure.check_knobs(hyper, contents.knobs)
    digest = digest_of(file)
    traits = _name_traits(contents, hyper)
    description = Description(
        file=file.name,
        format=contents.format,
        name=contents.name or spell(file.stem),
        digest=digest,
        parameters=structure.count_parameters(contents.arrays),
        hyperparameters=hyper,
        traits=traits,
        odds=contents.odds,
        offered=traits if contents.offered is None else contents.offered,
        directions=None if contents.directions is None else tuple(contents.directions),
        knobs=contents.knobs or EARLIER_KNOBS.get(digest),
        card=contents.card,
        notes=_notes(contents, missing_noise),
        noise_parts=_find_noise(contents, hyper),
    )
    return _Outline(contents, hyper, missing_noise, description)


def _settle_mapping_lr(
    contents: Contents, hyper: Hyperparameters, given: float | None
) -> tuple[Contents, Hyperparameters]:
    """Return the contents and hyperparameters with the mapping's learning-rate multiplier, if the file leaves it open.

    Raises MappingLrUnknown if it cannot be told, and BadValue if the file says another one than ``given``.
    """
    if contents.mapping_lr_unsaid:
        found, note = mapping_lr.settle(contents.arrays, given)
        settled = replace(contents, settings={**contents.settings, "mapping_lr": found})
        settled = settled.with_notes(*([note] if note else []))
        return settled, structure.derive_hyperparameters(settled.arrays, settled.settings)
    if given is not None and given != hyper.mapping_lr:
        raise errors.BadValue(
            name="--mapping-lr", value=f"{given:g}", expected=f"{hyper.mapping_lr:g}, as the file itself says"
        )
    return contents, hyper


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


def _find_noise(contents: Contents, hyper: Hyperparameters) -> tuple[str, ...]:
    """Return in which parts of the layers a noise strength differs from 0: of "coarse" and "fine".

    Some programs switch noise off by setting all strengths to 0.
    """
    strengths = ((name, value) for name, value in contents.arrays.items() if name.endswith(".noise_strength"))
    noisy = [name for name, value in strengths if bool((to_float32(value) + contents.added.get(name, 0)).any())]
    blocks = {int(match[1]) for name in noisy if (match := re.search(r"\bb(\d+)\.", name))}
    first_fine = hyper.count_layers(find_coarse_side(hyper))
    parts = {"coarse" if 2 * block.bit_length() - 6 < first_fine else "fine" for block in blocks}
    return tuple(part for part in ("coarse", "fine") if part in parts)


def _notes(contents: Contents, missing_noise: Mapping[str, object]) -> tuple[str, ...]:
    notes = list(contents.notes)
    if "mapping.w_avg" not in contents.arrays:
        notes.append("the average w is missing; it is estimated from random z")
    if missing_noise:
        notes.append(f"{len(missing_noise)} noise planes are missing; zeros take their place")
    return tuple(notes)


def _build(outline: _Outline, precision: str) -> Generator:
    tensors = structure.copy_weights(outline.contents)
    tensors |= {name: torch.zeros(shape) for name, shape in outline.missing_noise.items()}
    description = outline.description
    generator = structure.generator_type(outline.hyper).from_state(
        outline.hyper,
        tensors,
        name=description.name,
        digest=description.digest,
        traits=description.traits,
        precision=precision,
    )
    generator.odds, generator.offered = description.odds, outline.contents.offered
    generator.knobs = description.knobs
    if (steps := outline.contents.directions) is not None:
        generator.directions = {name: torch.from_numpy(to_float32(step)) for name, step in steps.items()}
    return generator
