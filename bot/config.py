"""Defines every setting of the bot (meaning, range, default), and reads them from TOML and the environment.

Only checks the values; the parts of the bot that use a setting decide what it does. The environment variable
WAIFUBOT_<NAME> overrides the TOML file, and the TOML file overrides the default.
"""

import ipaddress
import os
import re
import stat
import tomllib
from collections.abc import Callable, Iterator, Mapping
from dataclasses import MISSING, Field, dataclass, field, fields
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

from bot.errors import BadSettings, NoToken

PREFIX = "WAIFUBOT_"
TOKEN_VARIABLE = "WAIFUBOT_TOKEN"  # noqa: S105 - the variable's name, not a token
LOOPBACK_TOKEN_VARIABLE = "WAIFUBOT_LOOPBACK_TOKEN"  # noqa: S105 - the variable's name, not a token
LOOPBACK_TOKEN = "loopback-token"  # noqa: S105 - sent to a loopback Discord, which must never see the real token
TOKEN_VARIABLES = (TOKEN_VARIABLE, LOOPBACK_TOKEN_VARIABLE)  # never settings, and never passed on to the worker
DEFAULT_FILE = "config.toml"
ENVIRONMENT = "the environment"
OLD_NAMES = {"max_line": "max_queue"}  # old name of a setting -> current name; both can be used
OLD_VALUES = {("backend", "compile"): "auto"}  # (setting, value that was removed) -> value used instead
_TOKEN = re.compile(r"[!-~]+")  # printable ASCII, because every request carries the token in a header

# A function that converts a value from TOML, or a string from the environment, to the setting's value. Its ValueError
# says what is allowed, e.g. "give true or false".
Read = Callable[[object], Any]


def _read_text(value: object) -> str:
    if not isinstance(value, str):
        raise ValueError("give a text in quotes")
    return value.strip()


def _whole_number(low: int, high: int) -> Read:
    def read(value: object) -> int:
        number = _read_number(value)
        if number is None or not low <= number <= high or number != int(number):
            raise ValueError(f"give a whole number from {low} to {high}")
        return int(number)

    return read


def _seconds(low: float, high: float) -> Read:
    def read(value: object) -> float:
        number = _read_number(value)
        if number is None or not low <= number <= high:
            raise ValueError(f"give seconds from {low:g} to {high:g}")
        return number

    return read


def _read_number(value: object) -> float | None:
    if isinstance(value, bool) or not isinstance(value, int | float | str):
        return None
    try:
        return float(value)
    except ValueError:
        return None


def _read_bool(value: object) -> bool:
    if isinstance(value, bool):
        return value
    word = str(value).strip().lower()
    if word not in ("true", "false", "yes", "no", "1", "0"):
        raise ValueError("give true or false")
    return word in ("true", "yes", "1")


def _choice(*choices: str) -> Read:
    def read(value: object) -> str:
        if value not in choices:
            raise ValueError("give one of " + ", ".join(choices))
        return str(value)

    return read


def _split(value: object) -> list[object]:
    if isinstance(value, str):
        return [piece.strip() for piece in value.split(",") if piece.strip()]
    return list(value) if isinstance(value, list | tuple) else [value]


def _ids(what: str) -> Read:
    def read(value: object) -> tuple[int, ...]:
        pieces = [str(piece) for piece in _split(value)]
        if not all(map(_is_id, pieces)):
            raise ValueError(f"give a list of {what} ids, such as [123456789012345678]")
        return tuple(map(int, pieces))

    return read


def _is_id(text: str) -> bool:
    """Return whether a text can be one of Discord's ids, which have 63 bits."""
    return bool(re.fullmatch(r"[0-9]{1,19}", text)) and 0 < int(text) < 2**63


def _read_role_limits(value: object) -> tuple[str, ...]:
    pieces = [str(piece).replace(" ", "") for piece in _split(value)]
    parts = [piece.partition("=") for piece in pieces]
    if not all(_is_id(role) and re.fullmatch(r"[1-9][0-9]{0,3}", limit, re.ASCII) for role, _, limit in parts):
        raise ValueError('give a list of role=limit, such as ["123456789012345678=10"]')
    return tuple(pieces)


def _read_paths(value: object) -> tuple[str, ...]:
    pieces = _split(value)
    if not all(isinstance(piece, str) and piece for piece in pieces):
        raise ValueError('give a list of files, such as ["anime.pkl"]')
    return tuple(_read_path(piece) for piece in pieces)


def _read_path(value: object) -> str:
    """Return a path, with ~ or ~user at its beginning replaced by that person's home folder."""
    path = _read_text(value)
    if "\0" in path:
        raise ValueError("a path cannot contain the character NUL")
    try:
        return str(Path(path).expanduser()) if path.startswith("~") else path
    except RuntimeError:
        raise ValueError(f"there is no user {Path(path).parts[0].removeprefix('~') or 'with a home folder'}") from None


def _read_loopback_url(value: object) -> str:
    url = _read_text(value).rstrip("/")
    if not url:
        return ""
    if not _is_loopback(url):
        raise ValueError("give an address on this machine, such as http://127.0.0.1:8765")
    return url


def _is_loopback(url: str) -> bool:
    try:
        parts = urlsplit(url)
        # Only a numeric address is accepted: a name, even localhost, may resolve to another machine.
        here = ipaddress.ip_address(parts.hostname or "").is_loopback
        return here and parts.scheme == "http" and bool(parts.port) and not parts.path and not parts.query
    except ValueError:
        return False


def _setting(read: Read, default: object, help: str) -> Any:
    return field(default=default, metadata={"read": read, "help": help})


@dataclass(frozen=True, kw_only=True)
class Settings:
    """The values of all settings. A field's metadata holds its help text and the function that converts its value."""

    token_file: str = _setting(_read_path, "", "File that holds the Discord token; the variable WAIFUBOT_TOKEN wins")
    guilds: tuple[int, ...] = _setting(
        _ids("server"),
        (),
        "Servers that get the commands at once, for trying things out; empty: everywhere, which Discord may show later",
    )
    model: tuple[str, ...] = _setting(
        _read_paths,
        (),
        "Checkpoint files to offer, the first is the default; the built-in model is always offered too, last",
    )
    models_dir: str = _setting(_read_path, "", "Folder whose checkpoint files are offered too, after those of model")
    max_models: int = _setting(
        _whole_number(1, 100),
        3,
        "How many models the worker keeps in memory, 1 to 100; the least recently used is unloaded",
    )
    device: str = _setting(
        _choice("auto", "cpu", "cuda"),
        "auto",
        "Where to compute: cpu, cuda, or auto: cuda if there is a GPU, else cpu",
    )
    precision: str = _setting(
        _choice("auto", "exact"),
        "auto",
        "exact: float32 everywhere; auto: half precision where the device computes it natively, else float32",
    )
    backend: str = _setting(
        _choice("auto", "eager", "openvino", "graphs"),
        "auto",
        "What executes the models: eager, openvino, graphs, or auto: graphs on a GPU, else eager",
    )
    enlarge: bool = _setting(_read_bool, True, "Enlarge the pictures of models under 256 px by a whole factor")
    max_queue: int = _setting(_whole_number(1, 10_000), 100, "How many requests may wait in the queue, 1 to 10000")
    max_per_person: int = _setting(
        _whole_number(1, 1000), 3, "How many unfinished requests one person may have, 1 to 1000"
    )
    max_per_server: int = _setting(
        _whole_number(1, 10_000),
        30,
        "How many unfinished requests one server may have, 1 to 10000; long animations take no places from the rest",
    )
    max_streams: int = _setting(
        _whole_number(0, 100), 3, "How many streams one server may have at once, 0 to 100; 0 turns /stream off"
    )
    max_streams_in_all: int = _setting(
        _whole_number(1, 1000), 20, "How many streams may run at once in all servers and direct messages, 1 to 1000"
    )
    role_limits: tuple[str, ...] = _setting(
        _read_role_limits,
        (),
        'Roles with another max_per_person, as ["role id=limit"]; the highest of a person\'s roles counts',
    )
    channels_allowed: tuple[int, ...] = _setting(
        _ids("channel"),
        (),
        "Channels or categories where the bot draws; empty: all. Direct messages are always allowed",
    )
    channels_forbidden: tuple[int, ...] = _setting(
        _ids("channel"), (), "Channels or categories where the bot does not draw"
    )
    max_in_flight: int = _setting(_whole_number(1, 64), 32, "How many requests the worker draws together, 1 to 64")
    start_timeout_s: float = _setting(
        _seconds(1, 3600),
        120.0,
        "How long the worker may be silent while starting, and requests wait for one, in s",
    )
    hang_timeout_s: float = _setting(
        _seconds(1, 3600), 120.0, "How long the worker may be silent while drawing, in seconds"
    )
    gateway_timeout_s: float = _setting(
        _seconds(1, 86_400),
        300.0,
        "How long the connection to Discord's gateway may be lost before the bot exits with code 8, in seconds",
    )
    drain_s: float = _setting(
        _seconds(0, 300), 2.5, "How long pictures in progress may still take after SIGTERM or Ctrl-C, in seconds"
    )
    state_dir: str = _setting(
        _read_path,
        "state",
        "Folder for what the bot remembers between starts; one bot of an application uses it at a time",
    )
    log_level: str = _setting(_choice("debug", "info", "warning", "error"), "info", "debug, info, warning or error")
    cache_mb: int = _setting(
        _whole_number(0, 1_000_000), 200, "How many megabytes of finished pictures to keep under state_dir; 0: none"
    )
    metrics_port: int = _setting(
        _whole_number(0, 65_535),
        0,
        "Port on 127.0.0.1 for Prometheus, which needs the package prometheus-client; 0: none",
    )
    trace_file: str = _setting(
        _read_path, "", "File to which the worker appends one line of JSON for each batch; empty: none"
    )
    discord_url: str = _setting(
        _read_loopback_url, "", "Address of a loopback Discord on this machine; empty: the real Discord"
    )


def load(file: Path | None, environ: Mapping[str, str]) -> Settings:
    """Read the settings from a file and the environment. The default file is ./config.toml, if it exists.

    Raises BadSettings if the file cannot be read, it names an unknown setting, or a value is not allowed. The error
    says what is allowed. Unknown variables of the environment are ignored (see warn_of_unknown_variables).
    """
    known = {setting.name: setting for setting in fields(Settings)}
    values: dict[str, Any] = {}
    old_values: dict[str, Any] = {}
    for assignment in _read_assignments(file, environ):
        setting = known.get(OLD_NAMES.get(assignment.name, assignment.name))
        if setting is None and assignment.place == ENVIRONMENT:
            continue  # Kubernetes, for one, sets variables for each service; main() warns of it
        if setting is None:
            raise _unknown(assignment, known)
        target = old_values if assignment.name in OLD_NAMES else values
        target[setting.name] = _read(setting, assignment)
    return Settings(**old_values | values)


def warn_of_old_settings(file: Path | None, environ: Mapping[str, str]) -> Iterator[str]:
    """Yield a warning for each setting that uses an old name or an old value.

    If both the old and the new name are given, the value under the new name is used.
    """
    assignments = list(_read_assignments(file, environ))
    names = {assignment.name for assignment in assignments}
    for old, new in OLD_NAMES.items():
        if old in names and new in names:
            yield f"the setting {old} is ignored: it is now called {new}, which is given too; please remove {old}"
        elif old in names:
            yield f"the setting {old} is now called {new}; please rename it"
    for assignment in assignments:
        if (today := _value_today(assignment)) != assignment.value:
            yield f"{assignment.name} = {assignment.value} is gone and means {today} now; please change it"


def warn_of_unknown_variables(environ: Mapping[str, str]) -> Iterator[str]:
    """Yield a warning for each variable WAIFUBOT_... that names no setting."""
    known = {setting.name for setting in fields(Settings)} | OLD_NAMES.keys()
    for variable in sorted(environ):
        name = variable.removeprefix(PREFIX).lower()
        if variable.startswith(PREFIX) and variable not in TOKEN_VARIABLES and name not in known:
            yield f"the variable {variable} is ignored: there is no such setting"


def read_token(settings: Settings, environ: Mapping[str, str]) -> str:
    """Return the Discord token from the variable WAIFUBOT_TOKEN, or else from the file named by token_file.

    If discord_url is set, return the one in LOOPBACK_TOKEN_VARIABLE instead, else LOOPBACK_TOKEN.
    Raises NoToken if no token is given, and BadSettings if the file cannot be read or is empty, or the token is
    malformed.
    """
    if settings.discord_url:
        return _one_word(LOOPBACK_TOKEN_VARIABLE, environ.get(LOOPBACK_TOKEN_VARIABLE, "").strip() or LOOPBACK_TOKEN)
    origin, token = TOKEN_VARIABLE, environ.get(TOKEN_VARIABLE, "").strip()
    if not token and settings.token_file:
        try:
            origin, token = "token_file", Path(settings.token_file).read_text(encoding="utf-8").strip()
        except (OSError, ValueError):
            raise BadSettings(
                setting="token_file", place="the settings", problem=f"{settings.token_file} cannot be read"
            ) from None
        if not token:
            raise BadSettings(setting="token_file", place="the settings", problem=f"{settings.token_file} is empty")
    if not token:
        raise NoToken()
    return _one_word(origin, token)


def _one_word(origin: str, token: str) -> str:
    if not _TOKEN.fullmatch(token):
        raise BadSettings(
            setting=origin, place="the settings", problem="what it holds is no token: one word without spaces"
        )
    return token


def parse_role_limits(settings: Settings) -> dict[int, int]:
    """Convert the setting role_limits to a dict: role id -> how many unfinished requests each member may have."""
    return {int(role): int(limit) for role, _, limit in (text.partition("=") for text in settings.role_limits)}


def warn_of_loose_permissions(settings: Settings, file: Path | None) -> Iterator[str]:
    """Yield a warning for each of these: other users can change the settings, or read the token or the bot's state."""
    if _mode(file or Path(DEFAULT_FILE)) & (stat.S_IWGRP | stat.S_IWOTH):
        yield f"others can change the settings in {file or DEFAULT_FILE}; chmod go-w it"
    if settings.token_file and _mode(Path(settings.token_file)) & (stat.S_IRWXG | stat.S_IRWXO):
        yield f"others can read the token in {settings.token_file}; chmod 600 it"
    if _mode(Path(settings.state_dir)) & (stat.S_IRWXG | stat.S_IRWXO):
        yield f"others can read what the bot remembers in {settings.state_dir}; chmod 700 it"


def _mode(file: Path) -> int:
    try:
        return stat.S_IMODE(file.stat().st_mode) if os.name == "posix" else 0
    except OSError:
        return 0


def checkpoint_files(settings: Settings) -> tuple[Path, ...]:
    """Return the checkpoint files that the setting ``model`` lists, the default model first.

    Raises BadSettings if one does not exist.
    """
    files = tuple(map(Path, settings.model))
    for path in files:
        if not path.is_file():
            raise BadSettings(setting="model", place="the settings", problem=f"there is no file {path}; check the path")
    return files


def models_folder(settings: Settings) -> Path | None:
    """Return the folder that the setting ``models_dir`` names, or None if the setting is empty.

    Raises BadSettings if the folder does not exist.
    """
    if not settings.models_dir:
        return None
    folder = Path(settings.models_dir)
    if not folder.is_dir():
        raise BadSettings(setting="models_dir", place="the settings", problem=f"there is no folder {folder}")
    return folder


def render_example() -> str:
    """Return the text of config.example.toml: every setting with its help and its default, commented out."""
    head = """\
# Settings of waifubot. Copy this file to config.toml, remove the # before a line and change its value.
# Each can also be set in the environment, e.g. WAIFUBOT_MAX_QUEUE=50. The token goes only there or into token_file.
"""
    return head + "".join(f"\n# {s.metadata['help']}.\n#{s.name} = {_toml(default_of(s))}\n" for s in fields(Settings))


def render_page() -> str:
    """Return the text of docs/settings.md: a table of every setting with its default and its help."""
    head = """\
# Settings

Copy `config.example.toml` to `config.toml` and change what you want. Each setting can also be given in the
environment, in capitals after `WAIFUBOT_`, e.g. `WAIFUBOT_MAX_QUEUE=50`; the environment wins. The token goes into
`token_file` or the variable `WAIFUBOT_TOKEN`, which wins.

| setting | default | |
|---|---|---|
"""
    rows = ((s.name, _toml(default_of(s)), s.metadata["help"]) for s in fields(Settings))
    return head + "".join(f"| `{name}` | `{default}` | {help} |\n" for name, default, help in rows)


def default_of(setting: "Field[Any]") -> object:
    """Return the default value of one field of Settings."""
    assert setting.default is not MISSING
    return setting.default


def _toml(value: object) -> str:
    if isinstance(value, bool):
        return str(value).lower()
    if isinstance(value, tuple):
        return "[" + ", ".join(map(_toml, value)) + "]"
    return f'"{value}"' if isinstance(value, str) else str(value)


@dataclass(frozen=True)
class _Assignment:
    """One value for one setting, as given in the TOML file or the environment."""

    name: str  # name of the setting, possibly an old one
    value: object  # as written, not checked yet
    label: str  # the name as written, e.g. the name of the environment variable
    place: str  # where it was written, for error sentences


def _read_assignments(file: Path | None, environ: Mapping[str, str]) -> Iterator[_Assignment]:
    """Yield the values from the TOML file, then the values from the environment.

    Raises BadSettings if the file cannot be read.
    """
    for name, value in _read_toml(file).items():
        yield _Assignment(name, value, name, str(file or DEFAULT_FILE))
    for variable, text in environ.items():
        if variable.startswith(PREFIX) and variable not in TOKEN_VARIABLES:
            yield _Assignment(variable.removeprefix(PREFIX).lower(), text, variable, ENVIRONMENT)


def _read_toml(file: Path | None) -> dict[str, Any]:
    try:
        path = Path(_read_path(str(file or DEFAULT_FILE)))
    except ValueError as error:
        raise BadSettings(setting="--config", place="the command line", problem=str(error)) from None
    try:
        with path.open("rb") as opened:
            return tomllib.load(opened)
    except FileNotFoundError:
        if file is None:
            return {}
        raise BadSettings(setting="--config", place="the command line", problem=f"there is no file {file}") from None
    except (OSError, ValueError) as error:  # TOML and UTF-8 errors are ValueErrors
        raise BadSettings(setting="--config", place=str(path), problem=f"it cannot be read as TOML ({error})") from None


def _unknown(assignment: _Assignment, known: Mapping[str, object]) -> BadSettings:
    problem = "there is no such setting; there are " + ", ".join(known)
    if assignment.label.lower() in ("token", "discord_token"):
        problem = "a token is never written there; use token_file or WAIFUBOT_TOKEN"
    return BadSettings(setting=assignment.label, place=assignment.place, problem=problem)


def _value_today(assignment: _Assignment) -> object:
    value = assignment.value
    return OLD_VALUES.get((assignment.name, value), value) if isinstance(value, str) else value


def _read(setting: "Field[Any]", assignment: _Assignment) -> Any:
    try:
        return setting.metadata["read"](_value_today(assignment))
    except ValueError as error:
        raise BadSettings(setting=assignment.name, place=assignment.place, problem=str(error)) from None
