"""``python -m bot``: reads the settings, builds the parts of the bot, and runs them until a signal arrives.

Only connects the parts, which do the work.
"""

import argparse
import asyncio
import contextlib
import gc
import logging
import os
import signal
import sys
from collections.abc import Coroutine, Sequence
from contextlib import AbstractAsyncContextManager
from importlib.util import find_spec
from pathlib import Path
from typing import Any

from bot import client, config
from bot.delivery.services import build_services
from bot.errors import BadSettings, BotFailed, CannotStart, unexpected
from bot.operations import garbage
from bot.operations.policy import Policy
from bot.operations.status import StatusMonitor
from bot.queue.limits import Limits
from bot.queue.queue import RenderQueue
from bot.storage.cache import Cache
from bot.storage.database import Database
from bot.storage.databases.moving import move
from bot.storage.databases.postgresql import PostgresqlServer
from bot.storage.journal import Journal
from bot.storage.lock import InstanceLock
from bot.storage.model_names import ModelNames
from bot.storage.panels import Panels
from bot.storage.people.people import People
from bot.storage.preferences import Preferences
from bot.storage.processes import Processes
from bot.storage.reserve import Reserve
from bot.storage.vectors import VectorStore
from bot.uploads.uploads import Uploads
from bot.worker.engine import LocalEngine, worker_command

log = logging.getLogger("bot")

LEAVING_S = 15.0  # how long an earlier bot may take to leave, beside its drain_s


def main(arguments: Sequence[str] | None = None) -> int:
    """Run the bot and return its exit code: 0 after SIGTERM or Ctrl-C. After an error, print it and return its code."""
    parser = argparse.ArgumentParser(prog="waifubot", description="A Discord bot that draws anime faces.")
    parser.add_argument(
        "--config",
        type=Path,
        metavar="FILE",
        help=f"the settings file, in TOML (default: ./{config.DEFAULT_FILE} if it exists)",
    )
    parser.add_argument(
        "--move-to-postgresql",
        action="store_true",
        help="move what the file in state_dir holds into the empty database at database_url, and end",
    )
    options = parser.parse_args(arguments)
    gc.freeze()  # what was imported stays, so no later collection need look at it
    try:
        settings = config.load(options.config, os.environ)
        configure_logging(settings.log_level)
        for sentence in config.warn_of_old_settings(options.config, os.environ):
            log.warning("%s", sentence)
        for sentence in config.warn_of_unknown_variables(os.environ):
            log.warning("%s", sentence)
        for sentence in config.warn_of_loose_permissions(settings, options.config):
            log.warning("%s", sentence)
        if options.move_to_postgresql:
            return asyncio.run(move_to_postgresql(settings))
        token = config.read_token(settings, os.environ)
        asyncio.run(run(settings, token, worker_arguments(settings)))
    except CannotStart as error:
        return _explain(error)
    except Exception as error:
        reference = unexpected("running the bot").fields["reference"]
        return _explain(BotFailed(problem=f"{type(error).__name__}: {error}", reference=reference))
    except KeyboardInterrupt:
        pass  # on Windows, Ctrl-C is not caught as a signal but raises this, after everything has been closed
    return 0


def _explain(error: CannotStart) -> int:
    """Print why the bot ends, and return its exit code."""
    print(f"waifubot: {error}", file=sys.stderr)
    return error.exit_code


def configure_logging(level: str) -> None:
    """Log to stderr, at this level and above.

    Libraries never log debug lines, because those contain tokens.
    """
    logging.basicConfig(level=level.upper(), format="%(asctime)s %(levelname)s %(name)s: %(message)s")
    for library in ("discord", "aiohttp", "asyncio"):
        if level == "debug":
            logging.getLogger(library).setLevel(logging.INFO)


async def move_to_postgresql(settings: config.Settings) -> int:
    """Move the file in state_dir into the database, say so, and return 0. Raises CannotStart if that is impossible."""
    server, folder = find_server(settings), Path(settings.state_dir)
    if server is None:
        raise BadSettings(setting="database_url", place="the settings", problem="it is empty; give the new database")
    rows = await move(folder, server)
    print(f"{rows} rows moved to {server}; the file in {folder} is called waifubot.sqlite3.moved now")
    return 0


async def run(settings: config.Settings, token: str, arguments: Sequence[str]) -> None:
    """Run the bot until SIGTERM or SIGINT.

    ``arguments`` are the worker's command-line arguments.
    Raises CannotStart if the bot cannot start, or permanently loses its connection to Discord.
    """
    if settings.discord_url:
        client.use_discord_at(settings.discord_url)
    limits = Limits(settings.max_queue, settings.max_per_person, settings.max_per_server, settings.max_in_flight)
    state_dir = Path(settings.state_dir)
    cache = Cache(state_dir / "cache", settings.cache_mb * 1_000_000)
    reserve = Reserve(state_dir, cache.make_room)
    server = find_server(settings)
    database = Database(server or state_dir, reserve.release)
    processes = Processes(server, database)
    names = ModelNames(database)
    engine = LocalEngine(
        worker_command(arguments, settings.worker_socket),
        start_timeout_s=settings.start_timeout_s,
        hang_timeout_s=settings.hang_timeout_s,
        environ={name: value for name, value in os.environ.items() if name not in config.SECRET_VARIABLES},
        more_arguments=names.worker_arguments,
        when_ready=names.record,
    )
    preferences = Preferences(database, processes)
    people = People(database, settings.max_collected, processes)
    vectors = VectorStore(database, people.collections.held)
    queue = RenderQueue(
        engine,
        limits,
        cache,
        preferences=preferences,
        vectors=vectors,
        start_timeout_s=settings.start_timeout_s,
        processes=processes,
    )
    monitor = StatusMonitor(queue, sees_worker=not settings.worker_socket)
    policy = Policy(
        settings.channels_allowed,
        settings.channels_forbidden,
        roles=config.parse_role_limits(settings.role_limits),
        rates=config.parse_role_limits(settings.role_limits_per_minute),
    )
    services = build_services(
        queue,
        monitor,
        preferences,
        vectors=vectors,
        panels=Panels(database),
        journal=Journal(database, processes),
        policy=policy,
        uploads=Uploads(settings.discord_url, vectors),
        people=people,
        streams_per_server=settings.max_streams,
        streams_in_all=settings.max_streams_in_all,
        per_minute=settings.max_per_minute,
    )
    lock = InstanceLock(state_dir, settings.drain_s + LEAVING_S)
    discord = client.Client(
        services,
        guilds=settings.guilds,
        state_dir=state_dir,
        always_sync=bool(settings.discord_url),
        lock=lock,
        wait_s=settings.drain_s + LEAVING_S,
        shards=config.parse_shards(settings.shards),
    )
    # These are closed in reverse order: first the queue ends every request, then the request service tells each
    # person, then the client disconnects from Discord, and then the worker exits.
    async with (
        lock,
        cache,
        reserve,
        database,
        processes,
        names,
        engine,
        metrics(monitor, settings.metrics_port),
        discord,
        services.requests,
        queue,
    ):
        await _run_until_first_ends(
            _drain_at_signal(queue, settings.drain_s),
            engine.watch(),
            processes.watch(),
            garbage.spare(lambda: queue.counts()[0]),
            discord.watch(settings.gateway_timeout_s),
            discord.serve(token),
        )
        log.info("shutting down")


def find_server(settings: config.Settings) -> PostgresqlServer | None:
    """Return the server that holds the shared database, or None if there is none.

    Raises BadSettings if it cannot be used here, or if several processes are to do without one.
    """
    url = config.read_database(settings, os.environ)
    if url is None:
        if (given := config.parse_shards(settings.shards)) is not None and len(given[0]) < given[1]:
            problem = "several processes share what they know in PostgreSQL: give database_url, or leave shards empty"
            raise BadSettings(setting="shards", place="the settings", problem=problem)
        return None
    if find_spec("psycopg") is None:
        problem = "it needs the package psycopg; pip install 'waifubot[postgresql]'"
        raise BadSettings(setting="database_url", place="the settings", problem=problem)
    if sys.platform == "win32":
        problem = "its package works on Linux and macOS only; leave it empty"
        raise BadSettings(setting="database_url", place="the settings", problem=problem)
    return PostgresqlServer(url)


def metrics(monitor: StatusMonitor, port: int) -> AbstractAsyncContextManager[None]:
    """Return a context manager that serves the metrics on ``port``, or does nothing if ``port`` is 0.

    Raises BadSettings if the package prometheus-client is not installed.
    """
    if not port:
        return contextlib.nullcontext()
    try:
        from bot.operations.metrics import serve
    except ModuleNotFoundError:
        problem = "it needs the package prometheus-client; pip install 'waifubot[metrics]'"
        raise BadSettings(setting="metrics_port", place="the settings", problem=problem) from None
    return serve(monitor, port)


def worker_arguments(settings: config.Settings) -> list[str]:
    """Return the arguments for ``python -m generator serve`` that these settings imply.

    Raises BadSettings if a checkpoint file or the models folder does not exist.
    """
    arguments = [word for path in config.checkpoint_files(settings) for word in ("--model", str(path))]
    arguments += [word for name, path in config.named_files(settings).items() for word in ("--name", f"{name}={path}")]
    folder = config.models_folder(settings)
    arguments += ["--models", str(folder)] if folder else []
    arguments += ["--state-dir", str(Path(settings.state_dir))]
    arguments += ["--max-models", str(settings.max_models), "--device", settings.device]
    arguments += ["--precision", settings.precision, "--backend", settings.backend]
    arguments += ["--trace", settings.trace_file] if settings.trace_file else []
    arguments += ["--cluster", settings.cluster] if settings.cluster else []
    return arguments if settings.enlarge else [*arguments, "--no-enlarge"]


async def _run_until_first_ends(*coroutines: Coroutine[Any, Any, None]) -> None:
    """Run all coroutines until the first returns or raises, then cancel the others. Raises the error of the first."""
    tasks = [asyncio.create_task(coroutine) for coroutine in coroutines]
    try:
        done, _ = await asyncio.wait(tasks, return_when=asyncio.FIRST_COMPLETED)
        for task in done:
            task.result()
    finally:
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)


async def _drain_at_signal(queue: RenderQueue, drain_s: float) -> None:
    """Wait for a signal. Then end the waiting requests, and give pictures in progress ``drain_s`` to finish.

    SIGTERM is how the bot is updated: the requests stay in the journal, and the bot answers them when it is started
    again. SIGINT (Ctrl-C), or a second signal, ends the bot for good: people are told.
    """
    signals = _catch_signals()
    restarting = await signals.get() == signal.SIGTERM
    log.info("stopping; pictures in progress have at most %g s to finish", drain_s)
    draining = asyncio.create_task(queue.drain(drain_s, restarting=restarting))
    second = asyncio.create_task(signals.get())
    try:
        await asyncio.wait((draining, second), return_when=asyncio.FIRST_COMPLETED)
        if second.done():
            log.info("stopping now, for good")
            await queue.drain(0)
    finally:
        draining.cancel()
        second.cancel()


def _catch_signals() -> asyncio.Queue[int]:
    """Return a queue of the signals SIGTERM and SIGINT that arrive from now on.

    On Windows neither can be caught; Ctrl-C cancels the task that waits instead.
    """
    signals: asyncio.Queue[int] = asyncio.Queue()
    for number in (signal.SIGTERM, signal.SIGINT):
        with contextlib.suppress(NotImplementedError):
            asyncio.get_running_loop().add_signal_handler(number, signals.put_nowait, number)
    return signals


if __name__ == "__main__":
    sys.exit(main())
