"""Runs ``python -m generator train``: fills the run folder, trains and shows progress.

Computes no losses; loop.py trains, and options.py has the options. A run folder contains:
  settings.json     the settings that the run started with
  pictures/         the array files of training pictures
  state.pt          the checkpoint from which the run resumes
  sheets/           a sample sheet for each save, named by the number of pictures the network has seen
  scalars/          the losses for TensorBoard
  NAME.safetensors  the averaged generator, ready for the bot
"""

import argparse
import importlib.util
import json
import math
import pickle
import signal
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from types import FrameType
from typing import Any

import torch
from tqdm import tqdm

from generator import checkpoints, files
from generator.allocator import keep_large_blocks
from generator.contract import errors
from generator.stylegan2.hyperparameters import SQUARE
from generator.stylegan2.network import Generator, Hyperparameters
from generator.train.data.dataset import Store, make_folder_store, open_store
from generator.train.data.drawing import HARD_SHARE, artists, make_drawn_store
from generator.train.distributed import Process, join_group
from generator.train.loop import TrainingRun
from generator.train.options import DRAWINGS, RESOLUTION, add_arguments, choose_settings
from generator.train.sample_sheet import draw_sample_sheet
from generator.train.settings import Settings

__all__ = ["add_arguments", "run"]

SAVE_EVERY_S = 180.0
SMOOTH = 0.98  # decay per batch of the running mean of each displayed loss
# The network that has learnt the artist's portraits so far: training on them goes on from it unless told otherwise. It
# lies beside the code, but in no package, and no chat offers it.
ARTIST_START = Path(__file__).with_name("artist.safetensors")


def run(arguments: argparse.Namespace) -> int:
    """Start or resume a training run and return the exit status.

    Raises GeneratorError if an option or file is unusable.
    """
    keep_large_blocks()
    deadline = time.monotonic() + 60 * arguments.minutes if arguments.minutes is not None else math.inf
    side = arguments.resolution or RESOLUTION
    folder: Path = arguments.resume or arguments.out or Path("runs") / f"{Path(arguments.data or '').name}-{side}"
    with join_group(checkpoints.device_of(arguments.device)) as (process, device):
        if process.is_first:
            stored = _read_settings(folder, arguments) if arguments.resume else _start(folder, arguments)
            _open_pictures(folder, stored)
        process.wait()
        if not process.is_first:
            stored = _read_settings(folder, arguments)
        _train(_open_run(folder, stored, device, process), folder, stored, deadline)
    return 0


def _open_run(folder: Path, stored: dict[str, Any], device: torch.device, process: Process) -> TrainingRun:
    """Return the training run in ``folder``: as its checkpoint left it, or new if it has no checkpoint.

    Raises NoRun if the checkpoint is damaged or does not fit the settings.
    """
    checkpoint = folder / "state.pt"
    resumes = checkpoint.exists()
    start = _load_start(Path(stored["start"])) if stored.get("start") and not resumes else None
    training = TrainingRun(Settings(**stored["settings"]), _open_pictures(folder, stored), device, start, process)
    if resumes:
        try:
            training.restore(checkpoint)
        except (RuntimeError, ValueError, KeyError, OSError, EOFError, pickle.UnpicklingError) as error:
            raise errors.NoRun(
                folder=str(folder), found=f"state.pt does not fit its settings or is damaged ({error})"
            ) from None
    return training


def _load_start(path: Path) -> Generator:
    """Load the network whose weights a run starts from. Raises BadValue if it is not StyleGAN2 in three colours."""
    start = checkpoints.load(path)
    if not isinstance(start, Generator) or start.hyper.img_channels != 3 or not start.z_dim:
        raise _cannot_start_from(path)
    return start


def _start_resolution(path: Path) -> int:
    """Return the resolution of that network. Raises BadValue if it is not StyleGAN2, of squares in three colours."""
    description = checkpoints.inspect(path)
    hyper = description.hyperparameters
    fits = isinstance(hyper, Hyperparameters) and (hyper.img_channels, hyper.const_size) == (3, SQUARE)
    if not fits or not hyper.z_dim:
        raise _cannot_start_from(path)
    return description.resolution


def _cannot_start_from(path: Path) -> errors.BadValue:
    return errors.BadValue(
        name="--start-from", value=str(path), expected="a StyleGAN2 network of squares in three colours"
    )


# --- the run folder -------------------------------------------------------------------------------


def _start(folder: Path, arguments: argparse.Namespace) -> dict[str, Any]:
    if arguments.data is None:
        raise errors.MissingOption(kind="train", name="--data", example="train --data drawn")
    if (folder / "settings.json").exists():
        raise errors.BadValue(
            name="--out", value=str(folder), expected="another folder, or resume the run that it holds with --resume"
        )
    drawn, start = arguments.data in artists(), _choose_start(arguments)
    settings = choose_settings(arguments, start_resolution=_start_resolution(start) if start else 0)
    labels = str(arguments.labels.resolve()) if arguments.labels else None
    data = arguments.data if drawn else str(Path(arguments.data).resolve())
    begin = str(start.resolve()) if start else None
    stored = {"data": data, "labels": labels, "start": begin, "name": arguments.name, "settings": settings.to_dict()}
    if drawn:
        stored["drawings"] = arguments.drawings
    folder.mkdir(parents=True, exist_ok=True)
    files.write(folder / "settings.json", [json.dumps(stored, indent=1).encode()])
    return stored


def _choose_start(arguments: argparse.Namespace) -> Path | None:
    """Return the checkpoint whose weights a new run begins with, or None for random ones, and say which it is."""
    start: Path | None = arguments.start_from
    if start is None and arguments.data == "artist" and ARTIST_START.exists():
        start = ARTIST_START
    if start == Path("none"):
        start = None
    print(f"begins with {f'the weights of {start}' if start else 'random weights'}", file=sys.stderr)
    return start


def _read_settings(folder: Path, arguments: argparse.Namespace) -> dict[str, Any]:
    try:
        stored: dict[str, Any] = json.loads((folder / "settings.json").read_text("utf-8"))
        if arguments.kimg is not None:
            stored["settings"]["kimg"] = arguments.kimg
        Settings(**stored["settings"])
    except FileNotFoundError:
        raise errors.NoRun(folder=str(folder), found="settings.json is missing") from None
    except (ValueError, KeyError, TypeError) as error:
        raise errors.NoRun(folder=str(folder), found=f"settings.json is damaged ({error})") from None
    return stored


def _open_pictures(folder: Path, stored: dict[str, Any]) -> Store:
    block = folder / "pictures"
    if store := open_store(block):
        return store
    settings = Settings(**stored["settings"])
    with tqdm(desc="pictures", unit=" pictures", disable=None) as bar:
        if stored["data"] in artists():
            count = bar.total = stored.get("drawings", DRAWINGS)
            side, seed = settings.resolution, settings.seed
            return make_drawn_store(block, stored["data"], count, side, seed, bar.update, HARD_SHARE)
        labels = Path(stored["labels"]) if stored["labels"] else None
        return make_folder_store(Path(stored["data"]), block, settings.resolution, labels, tqdm.write, bar.update)


# --- progress -------------------------------------------------------------------------------------


def _train(training: TrainingRun, folder: Path, stored: dict[str, Any], deadline: float) -> None:
    """Train until the training run is done or interrupted, or until ``deadline`` on the monotonic clock.

    Show progress, and save every few minutes and at the end.
    """
    process = training.process
    write = _scalar_writer(folder) if process.is_first else _discard
    figures: dict[str, float] = {}
    last_save = started = time.monotonic()
    seen_before = training.seen
    total = training.stages[-1].until
    hidden = None if process.is_first else True  # with None, tqdm shows the bar only on a terminal
    with (
        _stop_signals() as stopped,
        tqdm(total=total, initial=training.seen, unit=" img", smoothing=0.02, disable=hidden) as bar,
    ):
        while not training.done and not process.any(stopped() or time.monotonic() > deadline, training.device):
            fresh = training.advance()
            figures = {name: _smooth(figures.get(name, value), value) for name, value in (figures | fresh).items()}
            bar.set_description(f"{training.stage.kind} {training.stage.resolution} px")
            bar.set_postfix({name: f"{value:.3f}" for name, value in figures.items()}, refresh=False)
            bar.update(min(training.seen, total) - bar.n)
            if process.is_first and time.monotonic() - last_save > SAVE_EVERY_S:
                _save(training, folder, stored)
                write(figures, training.seen)
                if bar.disable:  # there is no terminal, so write a line for a log file
                    speed = (training.seen - seen_before) / (time.monotonic() - started)
                    print(progress_line(training, speed, figures), file=sys.stderr, flush=True)
                last_save = time.monotonic()
    if not process.is_first:
        return
    _save(training, folder, stored)
    end = "done" if training.done else f"stopped; resume with: python -m generator train --resume {folder}"
    print(f"{training.seen} pictures, {end}", file=sys.stderr)


def progress_line(training: TrainingRun, speed: float, figures: dict[str, float]) -> str:
    """Return a line with the stage, pictures seen, ``speed`` (in pictures/s), minutes left and losses."""
    stage = f"{training.stage.kind} {training.stage.resolution} px"
    left = (training.stages[-1].until - training.seen) / speed / 60
    named = ", ".join(f"{name} {value:.3f}" for name, value in figures.items())
    return f"{stage}: {training.seen} img, {speed:.1f} img/s, {left:.0f} min left, {named}"


def _smooth(old: float, new: float) -> float:
    return SMOOTH * old + (1 - SMOOTH) * new


def _save(training: TrainingRun, folder: Path, stored: dict[str, Any]) -> None:
    training.save(folder / "state.pt")
    (folder / "sheets").mkdir(exist_ok=True)
    draw_sample_sheet(training.average, training.store).save(folder / "sheets" / f"{training.seen:09d}.png")
    export(training, folder / f"{stored['name']}.safetensors", stored)


def export(training: TrainingRun, path: Path, stored: dict[str, Any]) -> None:
    """Write the averaged generator as a float16 checkpoint in our own format, with a card about its training."""
    training.average.name = stored["name"]
    # Drawn training sets contain rare traits more often than the finished model should draw them.
    artist = artists().get(stored["data"])
    training.average.odds = artist.odds() if artist else training.store.odds()
    card = {
        "data": artist.name if artist else "a folder of pictures",
        "pictures in the set": len(training.store),
        "pictures seen": training.seen,
        "stages": [
            f"{stage.kind} {stage.resolution} px: {min(stage.until, training.seen) - stage.start} pictures"
            for stage in training.stages
            if stage.start < training.seen
        ],
        "warm start by regression": training.settings.warm_kimg > 0,
    }
    checkpoints.save(training.average, path, half=True, card=card)


@contextmanager
def _stop_signals() -> Iterator[Callable[[], bool]]:
    """Yield a function that returns whether SIGINT (Ctrl+C) or SIGTERM (from a service manager) has arrived.

    Inside the ``with`` statement the first such signal does not interrupt the program, so that it can finish the batch
    and save.
    """
    received: list[int] = []

    def note(number: int, frame: FrameType | None) -> None:
        received.append(number)
        signal.signal(signal.SIGINT, signal.default_int_handler)  # a second Ctrl+C stops at once

    before = {number: signal.signal(number, note) for number in (signal.SIGINT, signal.SIGTERM)}
    try:
        yield lambda: bool(received)
    finally:
        for number, handler in before.items():
            signal.signal(number, handler)


def _scalar_writer(folder: Path) -> Callable[[dict[str, float], int], None]:
    """Return a function that writes losses for TensorBoard, or discards them if TensorBoard is not installed."""
    if importlib.util.find_spec("tensorboard") is None:
        return _discard
    from torch.utils.tensorboard import SummaryWriter  # imported late, since the tensorboard package is optional

    writer = SummaryWriter(str(folder / "scalars"))

    def write(figures: dict[str, float], seen: int) -> None:
        for name, value in figures.items():
            writer.add_scalar(name, value, seen)
        writer.flush()

    return write


def _discard(figures: dict[str, float], seen: int) -> None:
    """Discard the losses. Used instead of a function that writes them for TensorBoard."""
