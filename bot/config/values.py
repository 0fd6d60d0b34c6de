"""Reads the value of one setting, from TOML or from the environment, and says what is allowed if it cannot be used.

Knows no setting.
"""

import ipaddress
import re
from collections.abc import Callable
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

from generator.contract.names import MAX_MODEL_CHARS, is_model_name

# A function that converts a value from TOML, or a string from the environment, to the setting's value. Its ValueError
# says what is allowed, e.g. "give true or false".
Read = Callable[[object], Any]


def read_text(value: object) -> str:
    """Return a text without spaces at its ends."""
    if not isinstance(value, str):
        raise ValueError("give a text in quotes")
    return value.strip()


def whole_number(low: int, high: int) -> Read:
    """Return a function that reads a whole number from ``low`` to ``high``."""

    def read(value: object) -> int:
        number = _read_number(value)
        if number is None or not low <= number <= high or number != int(number):
            raise ValueError(f"give a whole number from {low} to {high}")
        return int(number)

    return read


def seconds(low: float, high: float) -> Read:
    """Return a function that reads a time from ``low`` to ``high``, in seconds."""

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


def read_bool(value: object) -> bool:
    """Return true or false, which the environment may also spell yes, no, 1 or 0."""
    if isinstance(value, bool):
        return value
    word = str(value).strip().lower()
    if word not in ("true", "false", "yes", "no", "1", "0"):
        raise ValueError("give true or false")
    return word in ("true", "yes", "1")


def choice(*choices: str) -> Read:
    """Return a function that reads one of ``choices``."""

    def read(value: object) -> str:
        if value not in choices:
            raise ValueError("give one of " + ", ".join(choices))
        return str(value)

    return read


def _split(value: object) -> list[object]:
    if isinstance(value, str):
        return [piece.strip() for piece in value.split(",") if piece.strip()]
    return list(value) if isinstance(value, list | tuple) else [value]


def ids(what: str) -> Read:
    """Return a function that reads a list of Discord's ids. ``what`` says whose: "server" or "channel"."""

    def read(value: object) -> tuple[int, ...]:
        pieces = [str(piece) for piece in _split(value)]
        if not all(map(_is_id, pieces)):
            raise ValueError(f"give a list of {what} ids, such as [123456789012345678]")
        return tuple(map(int, pieces))

    return read


def _is_id(text: str) -> bool:
    """Return whether a text can be one of Discord's ids, which have 63 bits."""
    return bool(re.fullmatch(r"[0-9]{1,19}", text)) and 0 < int(text) < 2**63


def read_role_limits(value: object) -> tuple[str, ...]:
    """Return a list of "role=limit", without spaces."""
    pieces = [str(piece).replace(" ", "") for piece in _split(value)]
    parts = [piece.partition("=") for piece in pieces]
    if not all(_is_id(role) and re.fullmatch(r"[1-9][0-9]{0,3}", limit, re.ASCII) for role, _, limit in parts):
        raise ValueError('give a list of role=limit, such as ["123456789012345678=10"]')
    return tuple(pieces)


def read_paths(value: object) -> tuple[str, ...]:
    """Return a list of paths; see ``read_path``."""
    pieces = _split(value)
    if not all(isinstance(piece, str) and piece for piece in pieces):
        raise ValueError('give a list of files, such as ["anime.pkl"]')
    return tuple(read_path(piece) for piece in pieces)


def read_named_files(value: object) -> tuple[tuple[str, str], ...]:
    """Return pairs of a name and a path, from a table of TOML, or from "name=file, name=file"."""
    pairs = value.items() if isinstance(value, dict) else [str(piece).partition("=")[::2] for piece in _split(value)]
    named = [(str(name).strip(), path) for name, path in pairs]
    if not all(is_model_name(name) and isinstance(path, str) and path.strip() for name, path in named):
        raise ValueError(
            f'give a file for each name, such as anime = "file.pkl", and names of at most {MAX_MODEL_CHARS} characters '
            "made of a-z, 0-9 and single -"
        )
    if len({name for name, _ in named}) < len(named):
        raise ValueError("give each name once")
    return tuple((name, read_path(path)) for name, path in named)


def read_path(value: object) -> str:
    """Return a path, with ~ or ~user at its beginning replaced by that person's home folder."""
    path = read_text(value)
    if "\0" in path:
        raise ValueError("a path cannot contain the character NUL")
    try:
        return str(Path(path).expanduser()) if path.startswith("~") else path
    except RuntimeError:
        raise ValueError(f"there is no user {Path(path).parts[0].removeprefix('~') or 'with a home folder'}") from None


def read_database_url(value: object) -> str:
    """Return the address of a PostgreSQL database, or "" if there is none. No error quotes it."""
    url = read_text(value)
    try:
        parts = urlsplit(url)
        named = parts.scheme in ("postgresql", "postgres") and len(parts.path) > 1 and parts.port != 0
    except ValueError:
        named = False
    if url and not named:
        raise ValueError("give an address such as postgresql://waifubot@db.example/waifubot")
    return url.replace("postgres://", "postgresql://", 1) if url.startswith("postgres:") else url


MAX_SHARDS = 1000


def read_shards(value: object) -> str:
    """Return which shards there are of how many, as "first-last/count", or "" for all that Discord asks for."""
    text = read_text(value).replace(" ", "")
    match = re.fullmatch(r"([0-9]{1,4})(?:-([0-9]{1,4}))?/([0-9]{1,4})", text, re.ASCII)
    if text and not match:
        raise ValueError('give the first and the last shard of how many, such as "0-7/32", or one, such as "3/32"')
    if match is None:
        return ""
    first, last, count = int(match[1]), int(match[2] or match[1]), int(match[3])
    if not first <= last < count <= MAX_SHARDS:
        raise ValueError(f"shards count from 0, so of 32 the last is 31; there are at most {MAX_SHARDS}")
    return f"{first}-{last}/{count}"


def read_address(value: object) -> str:
    """Return an address of the form HOST:PORT, or "" if there is none."""
    text = read_text(value).strip()
    host, _, port = text.rpartition(":")
    if text and not (host and port.isdecimal() and 0 < int(port) < 65_536):
        raise ValueError('give the host and port of the cluster\'s head, such as "10.0.0.1:6379"')
    return text


def read_loopback_url(value: object) -> str:
    """Return an address on this machine, without "/" at its end, or "" if there is none."""
    url = read_text(value).rstrip("/")
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
