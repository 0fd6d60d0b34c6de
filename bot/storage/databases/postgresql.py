"""Opens the PostgreSQL database that several bots share, and holds the locks that only one of them may have.

Everything that is PostgreSQL's own is here, as what is SQLite's own is in sqlite_file.py. A transaction that may write
waits until no other process is in one, as SQLite makes it wait: so a change that reads first is never overtaken.
"""

import logging
from collections.abc import Iterable
from contextlib import suppress
from typing import Any

from sqlalchemy import URL, Connection, Integer, cast, event, exc, func, select
from sqlalchemy.ext.asyncio import AsyncConnection, AsyncEngine, create_async_engine
from sqlalchemy.pool import NullPool

from bot.storage.databases.migrations import migrate, missing_columns

log = logging.getLogger(__name__)

CONNECT_S = 5  # how long the server may take to accept a connection
# A process that stops in the middle of a transaction holds up the others until the server ends its transaction.
# One whose host is gone is noticed after some seconds, and its locks are free then.
SESSION = {
    "lock_timeout": "8s",
    "statement_timeout": "8s",
    "idle_in_transaction_session_timeout": "5s",
    "tcp_keepalives_idle": 5,
    "tcp_keepalives_interval": 2,
    "tcp_keepalives_count": 3,
}
# How soon a connection to a host that is gone breaks, without the server's or the system's own patience of hours.
PATIENCE = {
    "connect_timeout": CONNECT_S,
    "keepalives_idle": 5,
    "keepalives_interval": 2,
    "keepalives_count": 3,
    "tcp_user_timeout": 10_000,  # in ms
}
_WRITING = 0x77616966  # the advisory lock of a transaction that may write
# What the server says where waiting does not help.
_HOPELESS = ("authentication failed", "no password supplied", "does not exist", "no pg_hba.conf entry")


class PostgresqlServer:
    """A database on a PostgreSQL server. Any number of processes use it at once."""

    is_shared = True

    def __init__(self, url: URL) -> None:
        self._url = url.set(drivername="postgresql+psycopg")

    def __str__(self) -> str:
        """Return the address, without whose it is and the password."""
        host = self._url.host or self._url.query.get("host") or "localhost"
        return f"postgresql://{host}{f':{self._url.port}' if self._url.port else ''}/{self._url.database or ''}"

    async def open(self) -> AsyncEngine:
        """Open the database, with all tables.

        Raises StateTooNew if a newer program wrote it, and SQLAlchemyError if it cannot be used now.
        """
        engine = self._create(pool_size=1, max_overflow=0)
        event.listen(engine.sync_engine, "begin", _begin)
        try:
            await migrate(engine, str(self))
            if missing := await missing_columns(engine):
                raise exc.OperationalError(None, None, Exception(f"it has no {', '.join(missing)}"))
        except BaseException:
            await engine.dispose()
            raise
        return engine

    def is_full(self, error: Exception) -> bool:
        """Return False: no room that the bot can make is on the server's disk."""
        return False

    def explain(self, error: Exception) -> str | None:
        """Return what is wrong if waiting will not mend it, such as a password, else None."""
        said = str(getattr(error, "orig", None) or error)
        return said.strip() if any(sign in said for sign in _HOPELESS) else None

    async def hold(self, keys: Iterable[tuple[int, int]]) -> "HeldLocks | None":
        """Take advisory locks, all of them or none, and return them, or None if another process has one.

        Raises SQLAlchemyError if the database cannot be used now.
        """
        held = HeldLocks(await self._create(poolclass=NullPool).connect())
        try:
            if await held.take(keys):
                return held
        except BaseException:
            await held.release()
            raise
        await held.release()
        return None

    def _create(self, **options: Any) -> AsyncEngine:
        given = self._url.query
        settings = " ".join(f"-c {name}={value}" for name, value in SESSION.items())
        arguments: dict[str, object] = {name: value for name, value in PATIENCE.items() if name not in given}
        arguments |= {"options": f"{settings} {given.get('options', '')}", "application_name": "waifubot"}
        return create_async_engine(self._url, connect_args=arguments, hide_parameters=True, **options)


class HeldLocks:
    """Advisory locks that one connection holds. The server releases them when the connection ends, however it ends."""

    def __init__(self, connection: AsyncConnection) -> None:
        self.connection = connection

    async def take(self, keys: Iterable[tuple[int, int]]) -> bool:
        """Take locks in the order of their keys. Return False at the first that another process has."""
        for first, second in sorted(keys):
            query = select(func.pg_try_advisory_lock(cast(first, Integer), cast(second, Integer)))
            if not (await self.connection.execute(query)).scalar():
                return False
        await self.connection.commit()
        return True

    async def release(self) -> None:
        """Release the locks."""
        with suppress(exc.SQLAlchemyError, OSError):
            await self.connection.close()
        await self.connection.engine.dispose()


def _begin(connection: Connection) -> None:
    if not connection.get_execution_options().get("reads_only"):
        connection.exec_driver_sql(f"SELECT pg_advisory_xact_lock({_WRITING})")
