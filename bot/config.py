"""Every setting of the bot: what it means, what it may be, its default, and how it is read from TOML and environment.

Knows no Discord and no worker. Order: default, then the TOML file, then the environment variable WAIFUBOT_<NAME>.
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
LOOPBACK_TOKEN = "loopback-token"  # noqa: S105 - the only token that a loopback Discord ever sees
DEFAULT_FILE = "config.toml"
_TOKEN = re.compile(r"[!-~]+")  # goes into a header of every request

Read = Callable[
    [object], Any
]  # a TOML value, or the environment's text -> the setting; ValueError says what is allowed


def _text(value: object) -> str:
    if not isinstance(value, str):
        raise ValueError("give a text in quotes")
    return value.strip()


def _whole(low: int, high: int) -> Read:
    def read(value: object) -> int:
        number = _number(value)
        if number is None or not low <= number <= high or number != int(number):
            raise ValueError(f"give a whole number from {low} to {high}")
        return int(number)

    return read


def _seconds(low: float, high: float) -> Read:
    def read(value: object) -> float:
        number = _number(value)
        if number is None or not low <= number <= high:
            raise ValueError(f"give seconds from {low:g} to {high:g}")
        return number

    return read


def _number(value: object) -> float | None:
    if isinstance(value, bool) or not isinstance(value, int | float | str):
        return None
    try:
        return float(value)
    except ValueError:
        return None


def _yes_no(value: object) -> bool:
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


def _pieces(value: object) -> list[object]:
    if isinstance(value, str):
        return [piece.strip() for piece in value.split(",") if piece.strip()]
    return list(value) if isinstance(value, list | tuple) else [value]


def _ids(value: object) -> tuple[int, ...]:
    pieces = [str(piece) for piece in _pieces(value)]
    if not all(piece.isascii() and piece.isdigit() for piece in pieces):
        raise ValueError("give a list of server ids, such as [123456789012345678]")
    return tuple(map(int, pieces))


def _role_limits(value: object) -> tuple[str, ...]:
    pieces = [str(piece).replace(" ", "") for piece in _pieces(value)]
    if not all(re.fullmatch(r"[0-9]{1,20}=[1-9][0-9]{0,3}", piece, re.ASCII) for piece in pieces):
        raise ValueError('give a list of role=limit, such as ["123456789012345678=10"]')
    return tuple(pieces)


def _paths(value: object) -> tuple[str, ...]:
    pieces = _pieces(value)
    if not all(isinstance(piece, str) and piece for piece in pieces):
        raise ValueError('give a list of files, such as ["anime.pkl"]')
    return tuple(str(piece) for piece in pieces)


def _loopback(value: object) -> str:
    url = _text(value).rstrip("/")
    if not url:
        return ""
    if not _is_loopback(url):
        raise ValueError("give an address on this machine, such as http://127.0.0.1:8765")
    return url


def _is_loopback(url: str) -> bool:
    try:
        parts = urlsplit(url)
        here = ipaddress.ip_address(parts.hostname or "").is_loopback  # a name, even localhost, may lead elsewhere
        return here and parts.scheme == "http" and bool(parts.port) and not parts.path and not parts.query
    except ValueError:
        return False


def _setting(read: Read, default: object, help: str) -> Any:
    return field(default=default, metadata={"read": read, "help": help})


@dataclass(frozen=True, kw_only=True)
class Settings:
    """One documented field per setting; build one with :func:`load`."""

    token_file: str = _setting(_text, "", "File that holds the Discord token; the variable WAIFUBOT_TOKEN goes first")
    guilds: tuple[int, ...] = _setting(
        _ids,
        (),
        "Servers that get the commands at once, for trying things out; empty: everywhere, which Discord may show later",
    )
    model: tuple[str, ...] = _setting(
        _paths,
        (),
        "Checkpoint files to offer, the first is the default; the embedded model is always there, after them",
    )
    models_dir: str = _setting(_text, "", "Folder whose checkpoint files are offered too, after those of model")
    max_models: int = _setting(
        _whole(1, 100), 3, "How many networks the worker keeps in memory, 1 to 100; the one used longest ago makes room"
    )
    device: str = _setting(_choice("auto", "cpu", "cuda"), "auto", "Where pictures are made: auto, cpu or cuda")
    precision: str = _setting(_choice("auto", "exact"), "auto", "auto: fast on a GPU; exact: float32 everywhere")
    backend: str = _setting(
        _choice("auto", "eager", "compile", "openvino", "graphs"),
        "auto",
        "What executes the networks; auto: what paid on such a device",
    )
    enlarge: bool = _setting(_yes_no, True, "Show networks under 256 px enlarged by a whole factor")
    max_line: int = _setting(_whole(1, 10_000), 100, "How many requests may wait, 1 to 10000")
    max_per_person: int = _setting(_whole(1, 1000), 3, "How many unfinished requests one person may have, 1 to 1000")
    max_per_server: int = _setting(
        _whole(1, 10_000), 30, "How many unfinished requests one server may have, 1 to 10000"
    )
    max_streams: int = _setting(
        _whole(0, 100), 3, "How many streams one server may have on at once, 0 to 100; 0: no /stream at all"
    )
    role_limits: tuple[str, ...] = _setting(
        _role_limits, (), 'Roles with another max_per_person, as ["role id=limit"]; of several roles the best counts'
    )
    channels_allowed: tuple[int, ...] = _setting(
        _ids, (), "Channels or categories where the bot draws; empty: all. Direct messages are always open"
    )
    channels_forbidden: tuple[int, ...] = _setting(_ids, (), "Channels or categories where the bot does not draw")
    max_in_flight: int = _setting(_whole(1, 64), 32, "How many requests the worker draws together, 1 to 64")
    start_timeout_s: float = _setting(
        _seconds(1, 3600), 120.0, "How long the worker may be silent while starting, in seconds"
    )
    hang_timeout_s: float = _setting(
        _seconds(1, 3600), 120.0, "How long the worker may be silent while drawing, in seconds"
    )
    gateway_timeout_s: float = _setting(
        _seconds(1, 86_400),
        300.0,
        "How long Discord's gateway may be away before the bot leaves with code 8, in seconds",
    )
    drain_s: float = _setting(
        _seconds(0, 300), 2.5, "How long what is being drawn may still take after the bot was told to leave, in seconds"
    )
    state_dir: str = _setting(_text, "state", "Folder for what the bot remembers between starts")
    log_level: str = _setting(_choice("debug", "info", "warning", "error"), "info", "debug, info, warning or error")
    cache_mb: int = _setting(
        _whole(0, 1_000_000), 200, "How many megabytes of finished pictures to keep under state_dir; 0: none"
    )
    metrics_port: int = _setting(
        _whole(0, 65_535), 0, "Port on 127.0.0.1 for Prometheus, which needs the package prometheus-client; 0: none"
    )
    trace_file: str = _setting(
        _text, "", "File to which the worker appends one line of JSON for each batch; empty: none"
    )
    discord_url: str = _setting(_loopback, "", "Address of a loopback Discord on this machine; empty: the real Discord")


def load(file: Path | None, environ: Mapping[str, str]) -> Settings:
    """Read the settings. file: None means ./config.toml if there is one. Raises BadSettings, naming what is allowed."""
    known = {setting.name: setting for setting in fields(Settings)}
    values: dict[str, Any] = {}
    for name, value in _from_toml(file).items():
        if name not in known:
            raise _unknown(name, _place(file), known)
        values[name] = _read(known[name], value, _place(file))
    for variable, text in environ.items():
        if not variable.startswith(PREFIX) or variable == TOKEN_VARIABLE:
            continue
        name = variable.removeprefix(PREFIX).lower()
        if name not in known:
            raise _unknown(variable, "the environment", known)
        values[name] = _read(known[name], text, "the environment")
    return Settings(**values)


def token(settings: Settings, environ: Mapping[str, str]) -> str:
    """Return the token: the loopback one, WAIFUBOT_TOKEN, or the content of token_file. Raises NoToken, BadSettings."""
    if settings.discord_url:
        return LOOPBACK_TOKEN
    found = environ.get(TOKEN_VARIABLE, "").strip()
    if not found and settings.token_file:
        try:
            found = Path(settings.token_file).expanduser().read_text(encoding="utf-8").strip()
        except (OSError, ValueError):
            raise BadSettings(
                setting="token_file", place="the settings", problem=f"{settings.token_file} cannot be read"
            ) from None
    if not found:
        raise NoToken()
    if not _TOKEN.fullmatch(found):
        where = TOKEN_VARIABLE if environ.get(TOKEN_VARIABLE, "").strip() else "token_file"
        raise BadSettings(
            setting=where, place="the settings", problem="what it holds is no token: one word without spaces"
        )
    return found


def role_limits(settings: Settings) -> dict[int, int]:
    """Return role id -> unfinished requests at once."""
    return {int(role): int(limit) for role, _, limit in (text.partition("=") for text in settings.role_limits)}


def loose_permissions(settings: Settings, file: Path | None) -> Iterator[str]:
    """Yield a sentence for each file that others on this machine could misuse: change the settings, read the token."""
    if _mode(file or Path(DEFAULT_FILE)) & (stat.S_IWGRP | stat.S_IWOTH):
        yield f"others can change the settings in {file or DEFAULT_FILE}; chmod go-w it"
    if settings.token_file and _mode(Path(settings.token_file).expanduser()) & (stat.S_IRWXG | stat.S_IRWXO):
        yield f"others can read the token in {settings.token_file}; chmod 600 it"


def _mode(file: Path) -> int:
    try:
        return stat.S_IMODE(file.stat().st_mode) if os.name == "posix" else 0
    except OSError:
        return 0


def checkpoints(settings: Settings) -> tuple[Path, ...]:
    """Return the named checkpoint files, the default first. Raises BadSettings for one that is not there."""
    named = tuple(Path(path).expanduser() for path in settings.model)
    for path in named:
        if not path.is_file():
            raise BadSettings(setting="model", place="the settings", problem=f"there is no file {path}; check the path")
    return named


def models_folder(settings: Settings) -> Path | None:
    """Return the folder whose checkpoints are offered too. Raises BadSettings where it is not there."""
    if not settings.models_dir:
        return None
    folder = Path(settings.models_dir).expanduser()
    if not folder.is_dir():
        raise BadSettings(setting="models_dir", place="the settings", problem=f"there is no folder {folder}")
    return folder


def example() -> str:
    """Return the text of config.example.toml: every setting, commented out, with its default."""
    head = "# Settings of waifubot. Copy to config.toml, remove the # before a line and change it.\n"
    head += (
        "# Each can also be set in the environment, e.g. WAIFUBOT_MAX_LINE=50; the token only there or in token_file.\n"
    )
    return head + "".join(f"\n# {s.metadata['help']}.\n#{s.name} = {_toml(default_of(s))}\n" for s in fields(Settings))


def default_of(setting: "Field[Any]") -> object:
    """Return the default of one of Settings' fields."""
    assert setting.default is not MISSING
    return setting.default


def _toml(value: object) -> str:
    if isinstance(value, bool):
        return str(value).lower()
    if isinstance(value, tuple):
        return "[" + ", ".join(map(_toml, value)) + "]"
    return f'"{value}"' if isinstance(value, str) else str(value)


def _from_toml(file: Path | None) -> dict[str, Any]:
    path = file or Path(DEFAULT_FILE)
    try:
        with path.open("rb") as opened:
            return tomllib.load(opened)
    except FileNotFoundError:
        if file is None:
            return {}
        raise BadSettings(setting="--config", place="the command line", problem=f"there is no file {file}") from None
    except (OSError, ValueError) as error:  # TOML and UTF-8 errors are ValueErrors
        raise BadSettings(setting="--config", place=str(path), problem=f"it cannot be read as TOML ({error})") from None


def _place(file: Path | None) -> str:
    return str(file or DEFAULT_FILE)


def _unknown(name: str, place: str, known: Mapping[str, object]) -> BadSettings:
    if name.lower() in ("token", "discord_token"):
        return BadSettings(
            setting=name, place=place, problem="a token is never written there; use token_file or WAIFUBOT_TOKEN"
        )
    return BadSettings(setting=name, place=place, problem="there is no such setting; there are " + ", ".join(known))


def _read(setting: "Field[Any]", value: object, place: str) -> Any:
    try:
        return setting.metadata["read"](value)
    except ValueError as error:
        raise BadSettings(setting=setting.name, place=place, problem=str(error)) from None
