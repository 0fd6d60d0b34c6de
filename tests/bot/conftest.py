"""The fixture that several files of this folder share."""

from collections.abc import AsyncIterator
from pathlib import Path

import pytest
from load_test_server import FULL, LoadTestServer, load_test_server


@pytest.fixture
async def server(tmp_path: Path) -> AsyncIterator[LoadTestServer]:
    """A loopback Discord with 20 people, with FULL_SIZE=1 100, in which a test starts bots."""
    async with load_test_server(tmp_path, 100 if FULL else 20) as running:
        yield running
