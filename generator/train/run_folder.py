"""The folder of a training run: its lock, and settings.json, which says how the run began and what was changed since.

Knows nothing about pictures or networks.
"""

import json
import math
import time
import types
import typing
from collections.abc import Iterator, Mapping
from contextlib import ExitStack, contextmanager, suppress
from dataclasses import asdict, fields, replace
from pathlib import Path
from typing import Any

from filelock import FileLock, Timeout

from generator import files
from generator.contract import errors
from generator.features.spaces import WISHES
from generator.train.networks.start import Origin
from generator.train.progress.export import network_file
from generator.train.progress.record import STATE
from generator.train.progress.watch import Watch
from generator.train.settings import Settings, plan_stages

SETTINGS = "settings.json"
LOCK = ".lock"
OLD_S = 60.0  # age of a file that nobody is writing any more
# What a run would write over, beside its network.
OURS = (
    *(SETTINGS, STATE, "metrics.jsonl", "sheets", "snapshots", "scalars", "pictures", "left-out.txt"),
    "progress.webp",
)
TEXTS: Mapping[str, tuple[type, ...]] = {"data": (str,), "name": (str,), "labels": (str, type(None))}
RESOLUTIONS = [1 << power for power in range(3, 11)]


@contextmanager
def locked(folder: Path) -> Iterator[None]:
    """Keep other processes from training in a folder. The lock dies with its process, so a kill leaves nothing behind.

    Raises RunInUse if another process has the lock, and CannotWrite if no file can be made in the folder.
    """
    with ExitStack() as stack:
        with files.saying_why(folder):
            try:
                stack.enter_context(FileLock(folder / LOCK, timeout=0))
            except Timeout:
                raise errors.RunInUse(folder=str(folder)) from None
            except NotImplementedError:
                pass  # a file system without locks
        _remove_parts(folder)
        yield


def _remove_parts(folder: Path) -> None:
    """Remove what a run that was killed had begun to write. What is younger may be another program's."""
    for path in [*folder.glob(".waifu-*.part"), *folder.glob("*/.waifu-*.part")]:
        with suppress(OSError):
            if time.time() - path.stat().st_mtime > OLD_S:
                path.unlink()


def check_new(folder: Path, name: str) -> None:
    """Raise BadValue if the folder of a new run, whose network has that name, holds what it would write over.

    Raises CannotWrite if the folder cannot be made or written to.
    """
    if there := next((own for own in (*OURS, network_file(name)) if _holds(folder / own)), None):
        expected = f"another folder, as {there} is in it; if it holds a run, resume that with --resume"
        raise errors.BadValue(name="--out", value=str(folder), expected=expected)
    existing = next(path for path in [folder, *folder.resolve().parents] if path.exists())
    files.check_writable(existing / SETTINGS)


def _holds(path: Path) -> bool:
    return any(path.iterdir()) if path.is_dir() else path.exists()


def check_state(folder: Path, stored: Mapping[str, Any]) -> None:
    """Raise NoRun if a run has saved its network, but its checkpoint is gone: it would begin again at 0."""
    if not (folder / STATE).exists() and (folder / network_file(stored["name"])).exists():
        found = f"{STATE} is missing; begin a new run with the network that it saved last, by --start-from"
        raise errors.NoRun(folder=str(folder), found=found)


def withdraw(folder: Path) -> None:
    """Remove the settings of a run that could not begin, and its folder, unless other files are in it."""
    for name in (SETTINGS, LOCK):
        (folder / name).unlink(missing_ok=True)
    for empty in (folder / "pictures", folder):
        with suppress(OSError):
            empty.rmdir()


def write(folder: Path, stored: Mapping[str, Any]) -> None:
    """Write settings.json, whole or not at all. Raises CannotWrite."""
    files.write(folder / SETTINGS, [json.dumps(stored, indent=1).encode()])


def read(folder: Path) -> dict[str, Any]:
    """Return what settings.json holds. Raises NoRun if there is none, or if it is not as it was written."""
    try:
        stored: dict[str, Any] = json.loads((folder / SETTINGS).read_text("utf-8"))
        for name, kinds in TEXTS.items():
            if not isinstance(stored[name], kinds):
                raise ValueError(f"{name} is no text")
        if Path(stored["name"]).name != stored["name"] or "\\" in stored["name"]:  # it would lead elsewhere
            raise ValueError(f"name is {stored['name']!r}")
        check(Settings(**stored["settings"]))
        check(Watch(**stored.get("watch", {})))
    except (FileNotFoundError, NotADirectoryError):
        raise errors.NoRun(folder=str(folder), found="settings.json is missing") from None
    except OSError as error:
        raise errors.NoRun(folder=str(folder), found=f"settings.json cannot be read ({error.strerror})") from None
    except KeyError as error:
        raise errors.NoRun(folder=str(folder), found=f"settings.json is damaged (it lacks {error})") from None
    except (ValueError, TypeError, AttributeError, RecursionError) as error:
        raise errors.NoRun(folder=str(folder), found=f"settings.json is damaged ({error})") from None
    return stored


def check(settings: Settings | Watch) -> None:
    """Raise ValueError if a field has a value of another type, is negative, infinite or no number.

    Raises it, too, if a run with these settings would have no pictures, or none of its sizes exists.
    """
    expected = typing.get_type_hints(type(settings))
    for field in fields(settings):
        if not _fits(getattr(settings, field.name), expected[field.name]):
            raise ValueError(f"{field.name} is {getattr(settings, field.name)!r}")
    if isinstance(settings, Settings):
        _check_numbers(settings)
        if settings.origin is not None:
            Origin.from_dict(settings.origin)
    elif settings.keep < 1 or not settings.tick_kimg:
        raise ValueError("keep or tick_kimg is 0")
    elif settings.features not in WISHES:
        raise ValueError(f"features is {settings.features!r}")


def _check_numbers(settings: Settings) -> None:
    if settings.resolution not in RESOLUTIONS:
        raise ValueError(f"resolution is {settings.resolution}")
    if settings.batch < 1 or not plan_stages(settings):
        raise ValueError("it trains on no pictures")
    if min(settings.r1_every, settings.path_every, settings.accumulate, settings.deviation_group) < 1:
        raise ValueError("r1_every, path_every, accumulate or deviation_group is 0")
    if settings.augment_p > 1 or settings.seed >= 2**32:
        raise ValueError("augment_p or seed is too large")


def _fits(value: object, expected: Any) -> bool:
    if isinstance(expected, types.UnionType):
        return any(_fits(value, one) for one in typing.get_args(expected))
    kind = typing.get_origin(expected) or expected
    if kind is float or kind is int:
        kinds = (int, float) if kind is float else (int,)
        return isinstance(value, kinds) and not isinstance(value, bool) and 0 <= value < math.inf
    return isinstance(value, kind)


def change(
    stored: Mapping[str, Any], settings: Mapping[str, Any], watch: Mapping[str, Any], name: str | None
) -> tuple[dict[str, Any], dict[str, tuple[Any, Any]]]:
    """Return what settings.json holds with new values, and of each that was changed the one before and the new one.

    ``settings`` and ``watch`` are new values of fields of Settings and Watch.
    """
    before = {**asdict(Settings(**stored["settings"])), **asdict(Watch(**stored.get("watch", {})))}
    before["name"] = stored["name"]
    new = {**settings, **watch, "name": name or stored["name"]}
    changes = {field: (before[field], value) for field, value in new.items() if value != before[field]}
    changed = {**stored, "name": new["name"]}
    changed["settings"] = asdict(replace(Settings(**stored["settings"]), **settings))
    changed["watch"] = asdict(replace(Watch(**stored.get("watch", {})), **watch))
    return changed, changes
