"""First answers to interactions have connections of their own."""

import asyncio

import aiohttp
from aiohttp import web

from bot.connection.pool import Connections


async def test_a_first_answer_does_not_wait_for_uploads_that_hold_every_connection() -> None:
    uploading, answered = asyncio.Event(), asyncio.Event()

    async def upload(_: web.Request) -> web.Response:
        uploading.set()
        await answered.wait()
        return web.Response(text="uploaded")

    async def answer(_: web.Request) -> web.Response:
        answered.set()
        return web.Response(text="answered")

    app = web.Application()
    app.router.add_post("/interactions/1/token/callback", answer)
    app.router.add_patch("/webhooks/1/token/messages/@original", upload)
    runner = web.AppRunner(app)
    await runner.setup()
    try:
        await web.TCPSite(runner, "127.0.0.1", 0).start()
        url = f"http://127.0.0.1:{runner.addresses[0][1]}"
        async with aiohttp.ClientSession(url, connector=Connections(limit=1)) as session:
            uploads = [
                asyncio.create_task(session.patch("/webhooks/1/token/messages/@original", data=b"x")) for _ in range(3)
            ]
            await uploading.wait()
            async with asyncio.timeout(10), session.post("/interactions/1/token/callback") as response:
                assert await response.text() == "answered"
            assert [(await upload).status for upload in uploads] == [200, 200, 200]
    finally:
        await runner.cleanup()
