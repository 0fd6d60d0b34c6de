"""Opens the connections to Discord, and keeps some for first answers alone, which Discord awaits for only 3 s.

Knows nothing about what is sent.
"""

from typing import TYPE_CHECKING, Any

import aiohttp

if TYPE_CHECKING:
    from aiohttp.client import ClientRequest
    from aiohttp.connector import Connection
    from aiohttp.tracing import Trace

# Limit on simultaneous connections for each of the two uses. Without it, a flood of requests would open one connection
# each, and all of them would wait for the handshakes.
MAX_CONNECTIONS = 100


class Connections(aiohttp.TCPConnector):
    """Connections for aiohttp. First answers to interactions never wait until an upload has left one free."""

    def __init__(self, limit: int = MAX_CONNECTIONS) -> None:
        super().__init__(limit=limit)
        self._first_answers = aiohttp.TCPConnector(limit=limit)

    async def connect(
        self, req: "ClientRequest", traces: "list[Trace]", timeout: aiohttp.ClientTimeout
    ) -> "Connection":
        """Return a connection for a request, from those that are kept for its use."""
        if req.url.path.endswith("/callback"):
            return await self._first_answers.connect(req, traces, timeout)
        return await super().connect(req, traces, timeout)

    async def close(self, **options: Any) -> None:
        """Close all connections."""
        await self._first_answers.close(**options)
        await super().close(**options)
