"""The fixtures that several files of this folder share."""

from collections.abc import AsyncIterator
from pathlib import Path

import pytest
from load_test_server import FULL, LoadTestServer, load_test_server

from bot.storage.database import Place
from bot.storage.databases.postgresql import PostgresqlServer
from bot.storage.databases.sqlite_file import SqliteFile


@pytest.fixture(params=["sqlite", "postgresql"])
def place(request: pytest.FixtureRequest, tmp_path: Path) -> Place:
    """Where an empty database can be opened, again and again: a file, or a schema on a server."""
    if request.param == "sqlite":
        return SqliteFile(tmp_path)
    return PostgresqlServer(request.getfixturevalue("postgresql").make_schema())


@pytest.fixture
async def server(tmp_path: Path) -> AsyncIterator[LoadTestServer]:
    """A loopback Discord with 20 people, with FULL_SIZE=1 100, in which a test starts bots."""
    async with load_test_server(tmp_path, 100 if FULL else 20) as running:
        yield running
