"""Remembers which network each name of a model means, beside the books of the worker.

The worker binds the names, and tells them when it is ready; it is started with all that the database knows. So a name
keeps its network also where every book is lost, and several bots with one database agree. Knows no files of networks.
"""

import asyncio
import logging

from sqlalchemy import Executable, literal, select

from bot.storage.database import Database
from bot.storage.tables import MODEL_NAMES, is_readable
from generator.contract.protocol import Ready

log = logging.getLogger(__name__)

MAX_TOLD = 1000  # names that are passed to a worker: a command line is not endless


class ModelNames:
    """The names of models in the bot's database. While it is open, ``record`` keeps what a worker tells."""

    def __init__(self, database: Database) -> None:
        self._database = database
        self._digests: dict[str, str] = {}
        self._writes: set[asyncio.Task[bool]] = set()

    async def __aenter__(self) -> "ModelNames":
        """Read the names, now or as soon as the database can be used."""
        await self._database.when_open(self._load)
        return self

    async def __aexit__(self, *_: object) -> None:
        await asyncio.gather(*self._writes)

    async def _load(self) -> None:
        rows = await self._database.read(select(MODEL_NAMES))
        self._digests |= {row.name: row.digest for row in rows if is_readable(MODEL_NAMES, row._asdict())}

    def worker_arguments(self) -> list[str]:
        """Return the arguments that tell a worker the names."""
        told = list(self._digests.items())[:MAX_TOLD]
        return [word for name, digest in told for word in ("--bound", f"{name}={digest}")]

    def record(self, ready: Ready) -> None:
        """Write the names that a worker tells, if they are not known yet. A known one keeps its network."""
        offered = {name: model.digest for model in ready.models for name in (model.name, *model.aliases)}
        fresh = {
            name: digest
            for name, digest in ({model.name: model.digest for model in ready.missing} | offered).items()
            if name not in self._digests
        }
        if not fresh:
            return
        self._digests |= fresh
        task = asyncio.create_task(self._database.write(*(_bind(*row) for row in fresh.items())))
        self._writes.add(task)
        task.add_done_callback(self._writes.discard)


def _bind(name: str, digest: str) -> Executable:
    """Return the statement that binds a name, unless another process has bound it meanwhile."""
    unbound = ~select(MODEL_NAMES.c.name).where(MODEL_NAMES.c.name == name).exists()
    return MODEL_NAMES.insert().from_select(["name", "digest"], select(literal(name), literal(digest)).where(unbound))
