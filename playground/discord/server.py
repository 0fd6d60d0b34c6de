"""The loopback server: serves the gateway, the REST API and the posted files of one World, and more routes if given.

Opens and closes the sockets, on 127.0.0.1 only. Knows nothing about the bot.
"""

from collections.abc import Awaitable, Callable, Iterable
from typing import Self
from urllib.parse import urlsplit

from aiohttp import web

from playground.discord.api import bodies
from playground.discord.api.rest import Rest
from playground.discord.faults import Faults
from playground.discord.gateway import Gateway
from playground.discord.state import MIB, World

HOST = "127.0.0.1"
TOKEN = "loopback-token"  # noqa: S105  of a loopback Discord that is given no other; not a secret, and never a real one

Handler = Callable[[web.Request], Awaitable[web.StreamResponse]]


class Loopback:
    """A server for one World. ``async with Loopback(world) as discord:`` serves until the end of the block.

    If ``port`` is 0, any free port is used. ``more`` holds further routes to serve, such as those of the chat page.
    """

    def __init__(
        self,
        world: World,
        *,
        port: int = 0,
        token: str = TOKEN,
        heartbeat_s: float = 41.25,
        more: Iterable[web.RouteDef] = (),
    ) -> None:
        self.world, self.token, self.port = world, token, port
        self.faults = Faults()  # planned faults of the REST API
        self.gateway = Gateway(world, token, lambda: self.url, heartbeat_s=heartbeat_s)  # can cause connection faults
        self.rest = Rest(world, token, lambda: self.url, self.faults)
        self._more = tuple(more)
        self._runner: web.AppRunner | None = None

    @property
    def url(self) -> str:
        """The base address, such as http://127.0.0.1:43210."""
        return f"http://{HOST}:{self.port}"

    async def __aenter__(self) -> Self:
        app = web.Application(middlewares=[self._guard], client_max_size=bodies.MAX_REQUEST_BYTES + MIB)
        app.add_routes(
            [web.get("/gw/", self.gateway.handle), web.get("/attachments/{channel}/{attachment}/{name}", self._file)]
        )
        app.add_routes([*self.rest.routes(), *self._more])
        self._runner = web.AppRunner(app, access_log=None, shutdown_timeout=1.0)
        await self._runner.setup()
        await web.TCPSite(self._runner, HOST, self.port).start()
        self.port = self._runner.addresses[0][1]
        return self

    async def __aexit__(self, *unused: object) -> None:
        await self.gateway.stop()
        if self._runner is not None:
            await self._runner.cleanup()

    @web.middleware
    async def _guard(self, request: web.Request, handler: Handler) -> web.StreamResponse:
        """Reject requests that some other web page may have caused.

        These are requests for another host name that resolves to this machine (DNS rebinding), and requests from
        another origin.
        """
        origin = request.headers.get("Origin")
        if request.host not in (f"{HOST}:{self.port}", f"localhost:{self.port}"):
            raise web.HTTPForbidden(text="This server answers to 127.0.0.1 only.")
        if origin is not None and urlsplit(origin).netloc != request.host:
            raise web.HTTPForbidden(text="This server answers to its own page only.")
        return await handler(request)

    async def _file(self, request: web.Request) -> web.Response:
        """Serve a posted file to anyone who has its complete address, which includes the file's secret."""
        attachment_id, secret = request.match_info["attachment"], request.query.get("hm")
        posted = (
            attachment for message in reversed(self.world.messages.values()) for attachment in message.attachments
        )
        for attachment in (*self.world.uploads.values(), *posted):
            if str(attachment.id) == attachment_id and attachment.secret == secret:
                headers = {"X-Content-Type-Options": "nosniff", "Cache-Control": "private, max-age=3600"}
                headers["Content-Security-Policy"] = "default-src 'none'; sandbox"
                return web.Response(body=attachment.body, content_type=attachment.content_type, headers=headers)
        raise web.HTTPNotFound(text="There is no such file.")
