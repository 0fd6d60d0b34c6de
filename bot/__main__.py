"""``python -m bot``: read the settings, build the parts, run until told to stop. Everything is opened here and passed down."""

import argparse
import asyncio
import contextlib
import logging
import os
import signal
import sys
from collections.abc import Coroutine, Sequence
from contextlib import AbstractAsyncContextManager
from pathlib import Path
from typing import Any

from bot import client, config
from bot.delivery.service import build_services
from bot.delivery.uploads import Uploads
from bot.errors import BadSettings, CannotStart
from bot.operations.policy import Policy
from bot.operations.status import StatusMonitor
from bot.queue.queue import Limits, RenderQueue
from bot.storage.cache import Cache
from bot.storage.journal import Journal
from bot.storage.preferences import ModelPreferences
from bot.worker.engine import LocalEngine, worker_command

log = logging.getLogger("bot")


def main(arguments: Sequence[str] | None = None) -> int:
    """Run the bot; return the exit code: 0 after SIGTERM or Ctrl-C, else that of the error whose sentence was printed."""
    parser = argparse.ArgumentParser(prog="waifubot", description="A Discord bot that draws anime faces.")
    parser.add_argument("--config", type=Path, help=f"settings in TOML (./{config.DEFAULT_FILE} if it is there)")
    chosen = parser.parse_args(arguments)
    try:
        settings = config.load(chosen.config, os.environ)
        log_as(settings.log_level)
        for sentence in config.loose_permissions(settings, chosen.config):
            log.warning("%s", sentence)
        asyncio.run(run(settings, config.token(settings, os.environ)))
    except CannotStart as error:
        print(f"waifubot: {error}", file=sys.stderr)
        return error.exit_code
    except KeyboardInterrupt:
        pass  # where signals cannot be caught, Ctrl-C arrives like this, after everything was closed
    return 0


def log_as(level: str) -> None:
    """Log to stderr."""
    logging.basicConfig(level=level.upper(), format="%(asctime)s %(levelname)s %(name)s: %(message)s")
    for library in ("discord", "aiohttp", "aiosqlite", "asyncio"):
        if level == "debug":
            logging.getLogger(library).setLevel(logging.INFO)  # what they tell below that holds tokens


async def run(settings: config.Settings, token: str) -> None:
    """Run until SIGTERM or SIGINT. Raises CannotStart."""
    if settings.discord_url:
        client.point_at(settings.discord_url)
    engine = LocalEngine(
        worker_command(worker_arguments(settings)),
        start_timeout_s=settings.start_timeout_s,
        hang_timeout_s=settings.hang_timeout_s,
        environ={name: value for name, value in os.environ.items() if name != config.TOKEN_VARIABLE},
    )
    limits = Limits(settings.max_line, settings.max_per_person, settings.max_per_server, settings.max_in_flight)
    state_dir = Path(settings.state_dir)
    cache = Cache(state_dir / "cache", settings.cache_mb * 1_000_000)
    preferences = ModelPreferences(state_dir / "choices.sqlite3")
    queue = RenderQueue(engine, limits, cache, preferences=preferences)
    monitor = StatusMonitor(queue, engine)
    journal = Journal(state_dir / "journal.sqlite3")
    rules = Policy(settings.channels_allowed, settings.channels_forbidden, config.role_limits(settings))
    services = build_services(
        queue,
        monitor,
        preferences,
        journal=journal,
        policy=rules,
        uploads=Uploads(settings.discord_url),
        streams_per_server=settings.max_streams,
    )
    discord = client.Client(
        services, guilds=settings.guilds, state_dir=state_dir, always_sync=bool(settings.discord_url)
    )
    # Closed in reverse: the line ends every request, the service says so to each, Discord is left, then the worker goes.
    async with (
        journal,
        preferences,
        cache,
        engine,
        metrics(monitor, settings.metrics_port),
        discord,
        services.requests,
        queue,
    ):
        leaving = _leave(queue, settings.drain_s)
        await _first_end(leaving, engine.watch(), discord.watch(settings.gateway_timeout_s), discord.serve(token))
        log.info("shutting down")


def metrics(monitor: StatusMonitor, port: int) -> AbstractAsyncContextManager[None]:
    """Return what serves the metrics while it is open; nothing where port is 0. Raises BadSettings where the package is missing."""
    if not port:
        return contextlib.nullcontext()
    try:
        from bot.operations.metrics import served
    except ModuleNotFoundError:
        problem = "it needs the package prometheus-client; pip install 'waifubot[metrics]'"
        raise BadSettings(setting="metrics_port", place="the settings", problem=problem) from None
    return served(monitor, port)


def worker_arguments(settings: config.Settings) -> list[str]:
    """Return the options of ``python -m generator serve`` that the settings stand for."""
    arguments = [word for path in config.checkpoints(settings) for word in ("--model", str(path))]
    folder = config.models_folder(settings)
    arguments += ["--models", str(folder)] if folder else []
    arguments += [
        "--max-models",
        str(settings.max_models),
        "--device",
        settings.device,
        "--precision",
        settings.precision,
    ]
    arguments += ["--backend", settings.backend]
    arguments += ["--trace", settings.trace_file] if settings.trace_file else []
    return arguments if settings.enlarge else [*arguments, "--no-enlarge"]


async def _first_end(*coroutines: Coroutine[Any, Any, None]) -> None:
    """Run all until one returns or raises, then cancel the others."""
    tasks = [asyncio.create_task(coroutine) for coroutine in coroutines]
    try:
        done, _ = await asyncio.wait(tasks, return_when=asyncio.FIRST_COMPLETED)
        for task in done:
            task.result()
    finally:
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)


async def _leave(queue: RenderQueue, drain_s: float) -> None:
    """Return some seconds after SIGTERM or SIGINT: what is being drawn then may still be finished, the others are told."""
    await _told_to_stop()
    log.info("told to leave; finishing what is being drawn for at most %g s", drain_s)
    await queue.drain(drain_s)


async def _told_to_stop() -> None:
    """Return at SIGTERM or SIGINT; where there are none to catch (Windows), Ctrl-C cancels everything instead."""
    stop = asyncio.Event()
    for name in (signal.SIGTERM, signal.SIGINT):
        with contextlib.suppress(NotImplementedError):
            asyncio.get_running_loop().add_signal_handler(name, stop.set)
    await stop.wait()


if __name__ == "__main__":
    sys.exit(main())
