"""Runs ``python -m generator train``: fills the run folder, trains, and goes on where a run was stopped.

Computes no losses; loop.py trains, course.py to which end, options.py has the options, progress/ what is written. A run
folder contains:
  settings.json     the settings that the run started with, and those that were changed since
  pictures/         the array files of training pictures
  state.pt          the checkpoint from which the run resumes
  metrics.jsonl     a row of figures for each tick and each snapshot
  scalars/          the same for TensorBoard
  snapshots/        the newest networks and the best one, each under a name of its own
  sheets/           sample sheets, named by the number of pictures the network has seen
  progress.webp     the same as an animation
  NAME.safetensors  the averaged generator as it was last saved, ready for the bot
"""

import argparse
import gc
import math
import pickle
import sys
import time
import zipfile
import zlib
from collections.abc import Mapping
from contextlib import ExitStack
from dataclasses import asdict, replace
from pathlib import Path
from typing import Any

import torch

from generator import checkpoints, files
from generator.allocator import keep_large_blocks
from generator.contract import errors
from generator.features.spaces import choose_space
from generator.stylegan.memory import means_out_of_memory
from generator.train import run_folder
from generator.train.configuration.network_options import RESOLUTION, typed_sizes
from generator.train.course import train
from generator.train.data.decoding import CROPS
from generator.train.data.drawing import artists
from generator.train.data.opening import check_pictures, name_of_data, open_pictures, resolve_labels, try_pictures
from generator.train.data.report import Speedometer
from generator.train.distributed import Process, join_group
from generator.train.loop import TrainingRun
from generator.train.networks.start import Origin, Start, describe, read_start
from generator.train.networks.transfer import FEWEST, Copied, count_fitting, report
from generator.train.options import (
    DRAWINGS,
    NAME,
    add_arguments,
    check_resumable,
    check_settings,
    choose_settings,
    describe_changes,
    typed_settings,
    typed_watch,
)
from generator.train.progress.record import STATE
from generator.train.progress.snapshots import check_free, claim, give_up
from generator.train.progress.watch import Watch
from generator.train.settings import Settings
from generator.train.threads import choose_threads, describe_times, measure_threads, thread_counts

__all__ = ["add_arguments", "run"]

# What has learnt the artist's portraits: training on them goes on from it unless told otherwise. At most SMALL pixels
# are learnt from the network before it, which draws no larger ones.
ARTIST_START = checkpoints.EMBEDDED
SMALL_ARTIST_START, SMALL = checkpoints.MODELS / "artist-1.safetensors", 128


def run(arguments: argparse.Namespace) -> int:
    """Start or resume a training run and return the exit status.

    Raises GeneratorError if an option or file is unusable.
    """
    keep_large_blocks()
    deadline = time.monotonic() + 60 * arguments.minutes if arguments.minutes is not None else math.inf
    folder = _choose_folder(arguments)
    with join_group(checkpoints.device_of(arguments.device)) as (process, device), ExitStack() as stack:
        stack.callback(torch.set_num_threads, torch.get_num_threads())
        if arguments.dry_run:
            return _try_out(folder, arguments, device) if process.is_first else 0
        if process.is_first:
            if arguments.resume:
                open_pictures(folder, _resume(folder, arguments, process, device, stack), DRAWINGS)
            else:
                _open_new(folder, _start(folder, arguments, process, device, stack))
        process.wait()
        _train_within_memory(folder, device, process, deadline)
    return 0


def _train_within_memory(folder: Path, device: torch.device, process: Process, deadline: float) -> None:
    """Train. Where there is too little memory, go back to the checkpoint and compute each batch in smaller pieces.

    Raises BatchTooLarge if it cannot be divided further.
    """
    while True:
        stored = run_folder.read(folder)
        try:
            train(_open_run(folder, stored, device, process), folder, stored, deadline)
        except Exception as error:
            if not means_out_of_memory(error):
                raise
        else:
            return
        # Here the error, and with it all that its frames held in memory, is gone.
        gc.collect()
        if device.type == "cuda":
            torch.cuda.empty_cache()
        settings = _in_smaller_pieces(Settings(**run_folder.read(folder)["settings"]), process)
        run_folder.write(folder, {**run_folder.read(folder), "settings": settings.to_dict()})


def _in_smaller_pieces(settings: Settings, process: Process) -> Settings:
    """Return the settings with each batch in more pieces, and say so. Raises BatchTooLarge if that is impossible."""
    more = (n for n in range(settings.accumulate + 1, settings.batch + 1) if settings.batch % n == 0)
    pieces = next(more, None)
    if pieces is None or process.size > 1:  # other processes wait for this one in the middle of a batch
        raise errors.BatchTooLarge(batch=settings.batch, pieces=settings.accumulate)
    print(
        f"too little memory: goes on from the last save, each batch of {settings.batch} in {pieces} pieces, which "
        "--resume remembers",
        file=sys.stderr,
    )
    return replace(settings, accumulate=pieces)


def _choose_folder(arguments: argparse.Namespace) -> Path:
    """Return the folder of a run: as typed, or named after the pictures and their side."""
    if chosen := arguments.resume or arguments.out:
        return Path(chosen)
    start, side = arguments.start_from, arguments.resolution
    if side is None and start not in (None, Path("none")) and not typed_sizes(arguments):
        side = None if arguments.data in artists() else checkpoints.inspect(start, lr=arguments.mapping_lr).resolution
    return Path("runs") / f"{name_of_data(arguments.data or '')}-{side or RESOLUTION}"


def _open_run(folder: Path, stored: Mapping[str, Any], device: torch.device, process: Process) -> TrainingRun:
    """Return the training run in ``folder``: as its checkpoint left it, or new if it has no checkpoint.

    Raises NoRun if the checkpoint is damaged or does not fit the settings.
    """
    checkpoint = folder / STATE
    resumes = checkpoint.exists()
    begins = stored.get("start") and not resumes
    start = read_start(Path(stored["start"]), stored.get("start_mapping_lr")) if begins else None
    store = open_pictures(folder, stored, DRAWINGS)
    training = TrainingRun(Settings(**stored["settings"]), store, device, start, process)
    if start is not None and process.is_first:
        _report_start(training, start, stored)
    _settle_threads(training, folder, stored)
    if resumes:
        _restore(training, checkpoint, folder)
    return training


def _restore(training: TrainingRun, checkpoint: Path, folder: Path) -> None:
    """Let a training run continue from its checkpoint. Raises NoRun if that is damaged or of other settings."""
    try:
        with zipfile.ZipFile(checkpoint) as archive:  # torch does not look at the checksums that it writes
            if damaged := archive.testzip():
                raise zipfile.BadZipFile(f"the checksum of {damaged} is wrong")
        training.restore(checkpoint)
    except (zipfile.BadZipFile, zlib.error, OSError, EOFError, pickle.UnpicklingError, NotImplementedError) as error:
        found = f"state.pt is damaged ({error}); begin a new run with the network that it saved last, by --start-from"
        raise errors.NoRun(folder=str(folder), found=found) from None
    except (RuntimeError, ValueError, KeyError, TypeError, AttributeError, IndexError) as error:
        if means_out_of_memory(error):
            raise
        found = f"state.pt does not fit its settings ({str(error).splitlines()[0]})"
        raise errors.NoRun(folder=str(folder), found=found) from None


def _report_start(training: TrainingRun, start: Start, stored: Mapping[str, Any]) -> None:
    """Say how much of the networks of --start-from was copied. Raises TooLittleFits if that is too little."""
    name = Path(stored["start"]).name
    _check_fit(training.copied["generator"], name, stored.get("partial", False))
    for line in report(training.copied, start, training.settings, training.kept_layers > 0):
        print(f"{name}, {line}", file=sys.stderr)


def _check_fit(copied: Copied, name: str, partial: bool) -> None:
    if copied.share < FEWEST and not partial:
        percent = f"{100 * copied.share:.1f}"
        raise errors.TooLittleFits(file=name, copied=copied.copied, total=copied.total, percent=percent)


def _settle_threads(training: TrainingRun, folder: Path, stored: Mapping[str, Any]) -> None:
    """Compute with the number of threads that a run keeps; measure first which is best, if that was not done yet.

    A run of an older version has none, and goes on with as many as torch chooses.
    """
    threads = stored["settings"].get("threads")
    if threads is None or training.device.type != "cpu" or training.process.size > 1:
        return
    if threads == 0:
        threads = _measure_threads(training)
        run_folder.write(folder, {**stored, "settings": {**stored["settings"], "threads": threads}})
    torch.set_num_threads(threads)


def _measure_threads(training: TrainingRun) -> int:
    """Return the number of threads that is fastest for a run, and say so."""
    counts = thread_counts(torch.get_num_threads())
    if len(counts) == 1:
        return counts[0]
    times = measure_threads(training.probe, counts)
    threads = choose_threads(times)
    print(describe_times(times, threads), file=sys.stderr)
    return threads


# --- the run folder -------------------------------------------------------------------------------


def _start(
    folder: Path, arguments: argparse.Namespace, process: Process, device: torch.device, stack: ExitStack
) -> dict[str, Any]:
    """Check everything that can be checked, make the folder of a new run, lock it, and return what it stores."""
    stored = _choose(folder, arguments, device)
    process.check_batch(stored["settings"]["batch"], stored["settings"]["accumulate"])
    check_pictures(stored, folder)
    with files.saying_why(folder):
        folder.mkdir(parents=True, exist_ok=True)
    stack.enter_context(run_folder.locked(folder))
    run_folder.write(folder, stored)
    _claim_names(folder, stored)
    return stored


def _claim_names(folder: Path, stored: Mapping[str, Any]) -> None:
    if stored["watch"]["offer_in"]:
        claim(Path(stored["watch"]["offer_in"]), stored["name"], folder)


def _choose(folder: Path, arguments: argparse.Namespace, device: torch.device) -> dict[str, Any]:
    """Return what a new run in ``folder`` would store, by its options."""
    if arguments.data is None:
        raise errors.MissingOption(kind="train", name="--data", example="train --data drawn")
    run_folder.check_new(folder, arguments.name or NAME)
    drawn, start = arguments.data in artists(), _choose_start(arguments)
    begins = read_start(start, arguments.mapping_lr) if start else None
    origin = describe(begins, start.name) if begins and start else None
    settings = choose_settings(arguments, origin, start_resolution=origin.generator.resolution if origin else 0)
    partial = arguments.partial or arguments.start_from is None  # what a built-in artist goes on from is not refused
    _check_frozen(settings)
    if begins is not None and start is not None and not drawn:
        _check_fit(count_fitting(begins, settings), start.name, partial)
    watch = Watch(**typed_watch(arguments))
    choose_space(watch.features, arguments.data if drawn else None, device)  # raises what would stop the run later
    if watch.offer_in:
        check_free(Path(watch.offer_in), arguments.name or NAME, folder)
    data = arguments.data if drawn else str(Path(arguments.data).resolve())
    begin = str(start.resolve()) if start else None
    stored = {
        "data": data,
        "labels": resolve_labels(arguments.labels),
        "start": begin,
        "name": arguments.name or NAME,
        "settings": settings.to_dict(),
        "watch": asdict(watch),
    }
    if drawn:
        stored["drawings"] = arguments.drawings or DRAWINGS
    else:
        stored["crop"] = arguments.crop or CROPS[0]
    if origin is not None:
        stored |= {"start_mapping_lr": origin.generator.mapping_lr, "partial": partial}
    return stored


def _check_frozen(settings: Settings) -> None:
    """Raise BadValue if layers are to stay as they are that are new, at least in part, and therefore random."""
    origin = None if settings.origin is None else Origin.from_dict(settings.origin)
    shape = origin.discriminator if origin else None
    grown = origin is not None and origin.generator.resolution < settings.resolution
    for name, count, whole in (
        ("--freeze-d", settings.freeze_d, shape is not None and shape.resolution == settings.resolution),
        ("--freeze-g", settings.freeze_g, origin and not (grown and settings.freeze_g >= origin.generator.num_ws)),
    ):
        if count and not whole:
            expected = "0, as not all of these layers come along with --start-from"
            raise errors.BadValue(name=name, value=str(count), expected=expected)


def _try_out(folder: Path, arguments: argparse.Namespace, device: torch.device) -> int:
    """Say what a new run would learn from and how long it would take, and write nothing."""
    if arguments.resume:
        raise errors.Conflict(first="--dry-run", second="--resume")
    stored = _choose(folder, arguments, device)
    check_pictures(stored, folder)
    store = try_pictures(stored, folder, DRAWINGS)
    start = read_start(Path(stored["start"]), stored["start_mapping_lr"]) if stored["start"] else None
    training = TrainingRun(Settings(**stored["settings"]), store, device, start)
    if start is not None:
        _report_start(training, start, stored)
    if device.type == "cpu":
        torch.set_num_threads(training.settings.threads or _measure_threads(training))
    speedometer = Speedometer(training.stages, device)
    while not training.done and not speedometer.told:
        training.advance()
        for line in speedometer.note(training.seen):
            print(line)
    print("nothing is written; train without --dry-run")
    return 0


def _open_new(folder: Path, stored: Mapping[str, Any]) -> None:
    """Read or draw the pictures of a new run. If they cannot be used, leave no folder behind that looks like a run."""
    try:
        open_pictures(folder, stored, DRAWINGS)
    except errors.CannotWrite:
        raise  # what was drawn so far stays, and --resume goes on
    except errors.GeneratorError:
        if stored["watch"]["offer_in"]:
            give_up(Path(stored["watch"]["offer_in"]), stored["name"])
        run_folder.withdraw(folder)
        raise


def _resume(
    folder: Path, arguments: argparse.Namespace, process: Process, device: torch.device, stack: ExitStack
) -> dict[str, Any]:
    """Lock the folder of a run, take over new values of options, say which, and return what the folder stores."""
    stored = run_folder.read(folder)
    stack.enter_context(run_folder.locked(folder))
    run_folder.check_state(folder, stored)
    check_resumable(arguments, stored)
    changed, changes = run_folder.change(stored, typed_settings(arguments), typed_watch(arguments), arguments.name)
    settings = Settings(**changed["settings"])
    check_settings(settings)
    process.check_batch(settings.batch, settings.accumulate)
    if "features" in changes:
        choose_space(changed["watch"]["features"], stored["data"] if stored["data"] in artists() else None, device)
    if offered := changed["watch"]["offer_in"]:
        check_free(Path(offered), changed["name"], folder, known=not changes.keys() & {"offer_in", "name"})
    if changes:
        run_folder.write(folder, changed)
        print(f"resumes with {describe_changes(changes, Settings(**stored['settings']), settings)}", file=sys.stderr)
    _claim_names(folder, changed)
    return changed


def _choose_start(arguments: argparse.Namespace) -> Path | None:
    """Return the checkpoint whose weights a new run begins with, or None for random ones, and say which it is."""
    start: Path | None = arguments.start_from
    if start is None and arguments.data == "artist":
        small = (arguments.resolution or RESOLUTION) <= SMALL
        start = SMALL_ARTIST_START if small else ARTIST_START
    if start == Path("none"):
        start = None
    print(f"begins with {f'the weights of {start}' if start else 'random weights'}", file=sys.stderr)
    return start
