"""Writes networks in the formats of other programs: rosinality's, NVIDIA's for TensorFlow, and ONNX.

This package owns the table of formats. Only the module of a format knows how that stores a network.
"""

from collections.abc import Iterator, Mapping
from importlib import import_module, util
from pathlib import Path
from typing import NamedTuple

from generator import checkpoints, files
from generator.contract import errors
from generator.export.made import CannotHold, Made
from generator.stylegan.generator import Generator


class Format(NamedTuple):
    """A format of another program."""

    program: str  # what reads it
    module: str  # has ``make(generator)``, which returns Made or raises CannotHold
    parts: tuple[str, ...] = ("",)  # what stands before the ending in the name of each file
    needs: str | None = None  # a package that is not installed with this program
    keeps_traits: bool = False  # whether the names of traits are kept


FORMATS: Mapping[str, Format] = {
    ".pt": Format("rosinality's stylegan2-pytorch", "generator.export.rosinality"),
    ".pkl": Format("NVIDIA's stylegan2-ada-pytorch and stylegan3", "generator.export.tensorflow"),
    ".onnx": Format(
        "ONNX runtimes", "generator.export.onnx", ("-mapping", "-synthesis"), needs="onnx", keeps_traits=True
    ),
}


def convert(source: Path, target: Path, lr: float | None = None) -> tuple[list[Path], list[str]]:
    """Write the checkpoint ``source`` in the format that the ending of ``target`` selects, a key of FORMATS.

    Return the files, and what is not kept in them. ``lr`` is explained in ``checkpoints.load``.
    Raises a CheckpointError if ``source`` cannot be used, BadValue if it says another multiplier than ``lr``, and
    CannotWrite if the format cannot hold the network, or a file cannot be written or exists.
    """
    made_as = FORMATS[target.suffix.lower()]
    paths = [target.with_name(target.stem + part + target.suffix) for part in made_as.parts]
    for path in paths:
        files.check_writable(path)
        if path.exists():  # maybe a training's only snapshot
            raise errors.CannotWrite(file=str(path), reason="it exists; delete it, or choose another name")
    if made_as.needs and util.find_spec(made_as.needs) is None:
        raise errors.CannotWrite(
            file=str(target),
            reason=f"that needs a package; install it: .venv/bin/python -m pip install {made_as.needs}",
        )
    generator = checkpoints.load(source, lr=lr)
    try:
        made: Made = import_module(made_as.module).make(generator)
    except CannotHold as error:
        raise errors.CannotWrite(file=str(target), reason=f"{error}; choose another ending") from error
    _write(dict(zip(paths, made_as.parts, strict=True)), made)
    card = checkpoints.inspect(source, lambda path: "", lr=lr).card  # without its digest
    return paths, [*made.notes, *_left_out(generator, made_as, bool(card))]


def _write(parts: Mapping[Path, str], made: Made) -> None:
    """Write all files, or none if one of them fails."""
    written: list[Path] = []
    try:
        for path, part in parts.items():
            files.write(path, made.parts[part])
            written.append(path)
    except BaseException:  # Ctrl+C, too
        for path in written:
            path.unlink(missing_ok=True)
        raise


def _left_out(generator: Generator, made_as: Format, has_card: bool) -> Iterator[str]:
    """Yield a note on what only our own format holds."""
    left = {
        "the names of its traits, without which a seed sets only one of all their values": (
            not made_as.keeps_traits and list(generator.traits) not in ([], ["class"])
        ),
        "how likely its traits are and which are offered": bool(generator.odds) or generator.offered is not None,
        "the names of the knobs in z": generator.knobs is not None,
        "its learnt directions": bool(generator.directions),
        "its card": has_card,
    }
    if lost := [what for what, is_lost in left.items() if is_lost]:
        yield f"not kept: {'; '.join(lost)}"
