"""Defines every setting of the bot: its meaning, its range and its default.

Reads none of them; the parts of the bot that use a setting decide what it does.
"""

from collections.abc import Sequence
from dataclasses import MISSING, Field, dataclass, field
from typing import Any

from bot.config.values import (
    Read,
    choice,
    ids,
    read_address,
    read_bool,
    read_database_url,
    read_loopback_url,
    read_named_files,
    read_path,
    read_paths,
    read_role_limits,
    read_shards,
    seconds,
    whole_number,
)


def _setting(read: Read, default: object, help: str, *, example: str = "") -> Any:
    """``example`` is the default as TOML writes it, where that is not clear from the default itself."""
    return field(default=default, metadata={"read": read, "help": help, "example": example})


@dataclass(frozen=True, kw_only=True)
class Settings:
    """The values of all settings. A field's metadata holds its help text and the function that converts its value."""

    token_file: str = _setting(read_path, "", "File that holds the Discord token; the variable WAIFUBOT_TOKEN wins")
    guilds: tuple[int, ...] = _setting(
        ids("server"),
        (),
        "Servers that get the commands at once, for trying things out; empty: everywhere, which Discord may show later",
    )
    model: tuple[str, ...] = _setting(
        read_paths,
        (),
        "Checkpoint files to offer, the first is the default; the built-in ones are always offered too, last",
    )
    models_dir: str = _setting(read_path, "", "Folder whose checkpoint files are offered too, after those of model")
    models: tuple[tuple[str, str], ...] = _setting(
        read_named_files,
        (),
        'Your own names for checkpoint files: below a line [models] at the end of the file, anime = "FILE" for each',
        example="{}",
    )
    max_models: int = _setting(
        whole_number(1, 100),
        3,
        "How many models the worker keeps in memory, 1 to 100; the least recently used is unloaded",
    )
    device: str = _setting(
        choice("auto", "cpu", "cuda"),
        "auto",
        "Where to compute: cpu, cuda, or auto: cuda if there is a GPU, else cpu",
    )
    precision: str = _setting(
        choice("auto", "exact"),
        "auto",
        "exact: float32 everywhere; auto: half precision where the device computes it natively, else float32",
    )
    backend: str = _setting(
        choice("auto", "eager", "openvino", "graphs"),
        "auto",
        "What executes the models: eager, openvino, graphs, or auto: graphs on a GPU, else openvino where that is "
        "installed and draws faster, else eager",
    )
    cluster: str = _setting(
        read_address,
        "",
        "Address of a Ray cluster whose workers draw in place of one on this machine, such as 10.0.0.1:6379; needs the "
        "package ray; empty: none",
    )
    enlarge: bool = _setting(read_bool, True, "Enlarge the pictures of models under 256 px by a whole factor")
    worker_socket: str = _setting(
        read_path,
        "",
        "Socket at which a worker in another container is started (waifu listen), which sees the same files under the "
        "same paths; empty: the bot starts its worker itself",
    )
    max_queue: int = _setting(whole_number(1, 10_000), 100, "How many requests may wait in the queue, 1 to 10000")
    max_per_person: int = _setting(
        whole_number(1, 1000), 3, "How many unfinished requests one person may have, 1 to 1000"
    )
    max_per_minute: int = _setting(
        whole_number(0, 1000), 20, "How many pictures one person may ask for within a minute, 0 to 1000; 0: any number"
    )
    max_per_server: int = _setting(
        whole_number(1, 10_000),
        30,
        "How many unfinished requests one server may have, 1 to 10000; long animations take no places from the rest",
    )
    max_collected: int = _setting(whole_number(1, 10_000), 500, "How many faces one person may keep, 1 to 10000")
    max_streams: int = _setting(
        whole_number(0, 100), 3, "How many streams one server may have at once, 0 to 100; 0 turns /stream off"
    )
    max_streams_in_all: int = _setting(
        whole_number(1, 1000), 20, "How many streams may run at once in all servers and direct messages, 1 to 1000"
    )
    role_limits: tuple[str, ...] = _setting(
        read_role_limits,
        (),
        'Roles with another max_per_person, as ["role id=limit"]; the highest of a person\'s roles counts',
    )
    role_limits_per_minute: tuple[str, ...] = _setting(
        read_role_limits,
        (),
        'Roles with another max_per_minute, as ["role id=limit"]; the highest of a person\'s roles counts',
    )
    channels_allowed: tuple[int, ...] = _setting(
        ids("channel"),
        (),
        "Channels or categories where the bot draws; empty: all. Direct messages are always allowed",
    )
    channels_forbidden: tuple[int, ...] = _setting(
        ids("channel"), (), "Channels or categories where the bot does not draw"
    )
    max_in_flight: int = _setting(whole_number(1, 64), 32, "How many requests a worker draws together, 1 to 64")
    start_timeout_s: float = _setting(
        seconds(1, 3600),
        120.0,
        "How long the worker may be silent while starting, and requests wait for one, in s",
    )
    hang_timeout_s: float = _setting(
        seconds(1, 3600), 120.0, "How long the worker may be silent while drawing, in seconds"
    )
    gateway_timeout_s: float = _setting(
        seconds(1, 86_400),
        300.0,
        "How long the connection to Discord's gateway may be lost before the bot exits with code 8, in seconds",
    )
    drain_s: float = _setting(
        seconds(0, 300), 2.5, "How long pictures in progress may still take after SIGTERM or Ctrl-C, in seconds"
    )
    state_dir: str = _setting(
        read_path,
        "state",
        "Folder for what the bot remembers between starts; one process of the bot uses it at a time",
    )
    database_url: str = _setting(
        read_database_url,
        "",
        "PostgreSQL database that several processes of the bot share, as postgresql://USER@HOST/DATABASE, which needs "
        "the package psycopg; empty: a file in state_dir, for one process",
    )
    database_password_file: str = _setting(
        read_path, "", "File that holds the password of that database; the variable WAIFUBOT_DATABASE_PASSWORD wins"
    )
    shards: str = _setting(
        read_shards,
        "",
        'Which shards this process connects as, of how many in all its processes, such as "0-7/32"; empty: all, as '
        "many as Discord asks for",
    )
    log_level: str = _setting(choice("debug", "info", "warning", "error"), "info", "debug, info, warning or error")
    cache_mb: int = _setting(
        whole_number(0, 1_000_000), 200, "How many megabytes of finished pictures to keep under state_dir; 0: none"
    )
    metrics_port: int = _setting(
        whole_number(0, 65_535),
        0,
        "Port on 127.0.0.1 for Prometheus, which needs the package prometheus-client; 0: none",
    )
    trace_file: str = _setting(
        read_path, "", "File to which the worker appends one line of JSON for each batch; empty: none"
    )
    discord_url: str = _setting(
        read_loopback_url, "", "Address of a loopback Discord on this machine; empty: the real Discord"
    )


def default_of(setting: "Field[Any]") -> object:
    """Return the default value of one field of Settings."""
    assert setting.default is not MISSING
    return setting.default


def parse_shards(shards: str) -> tuple[range, int] | None:
    """Convert the value of ``shards``: the shards of this process, and how many there are. None means all."""
    if not shards:
        return None
    ours, _, count = shards.partition("/")
    first, last = ours.split("-")
    return range(int(first), int(last) + 1), int(count)


def parse_role_limits(limits: Sequence[str]) -> dict[int, int]:
    """Convert the value of role_limits or role_limits_per_minute to a dict: role id -> limit of each member."""
    return {int(role): int(limit) for role, _, limit in (text.partition("=") for text in limits)}
