"""The folder of a training run: its lock, and settings.json, which says how the run began and what was changed since.

Knows nothing about pictures or networks.
"""

import json
import math
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
from generator.train.networks.start import Origin
from generator.train.progress.watch import Watch
from generator.train.settings import Settings, plan_stages

SETTINGS = "settings.json"
LOCK = ".lock"
OURS = (SETTINGS, "state.pt", "metrics.jsonl", "sheets", "snapshots", "scalars")  # what a run would write over
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
        yield


def check_new(folder: Path) -> None:
    """Raise BadValue if the folder of a new run holds a run, and CannotWrite if it cannot be made or written to."""
    if any((folder / name).exists() for name in OURS):
        raise errors.BadValue(
            name="--out", value=str(folder), expected="another folder, or resume the run that it holds with --resume"
        )
    existing = next(path for path in [folder, *folder.resolve().parents] if path.exists())
    files.check_writable(existing / SETTINGS)


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
        if settings.resolution not in RESOLUTIONS:
            raise ValueError(f"resolution is {settings.resolution}")
        if settings.batch < 1 or not plan_stages(settings):
            raise ValueError("it trains on no pictures")
        if settings.origin is not None:
            Origin.from_dict(settings.origin)
    elif settings.keep < 1 or not settings.tick_kimg:
        raise ValueError("keep or tick_kimg is 0")


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
