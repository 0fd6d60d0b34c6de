"""The page's side of the server: its secret, its policy, what it tells and what it takes."""

import json
from collections.abc import AsyncIterator
from typing import Any

import aiohttp
import pytest

from playground import state
from playground.page import Page
from playground.server import Loopback


class Visit:
    """A browser's view: a session, the address and the key."""

    def __init__(self, world: state.World, page: Page, url: str, session: aiohttp.ClientSession) -> None:
        self.world, self.page, self.url, self.session = world, page, url, session
        self.you = next(user for user in world.users.values() if not user.bot)
        self.general = next(iter(world.channels.values()))

    async def act(self, name: str, key: str | None = None, **body: Any) -> tuple[int, dict[str, Any]]:
        given = {"user": str(self.you.id), "channel": str(self.general.id)} | body
        async with self.session.post(f"{self.url}/page/{name}", json=given, headers={"X-Key": key or self.page.key}) as response:
            return response.status, json.loads(await response.text()) if response.status == 200 else {}

    async def get(self, path: str, **headers: str) -> aiohttp.ClientResponse:
        async with self.session.get(self.url + path, headers=headers) as response:
            await response.read()
            return response


@pytest.fixture
async def visit() -> AsyncIterator[Visit]:
    world = state.furnished()
    page = Page(world)
    async with Loopback(world, more=page.routes()) as loopback, aiohttp.ClientSession() as session:
        world.sync(None, ({"type": 1, "name": "waifu", "description": "a face", "id": "1", "options": []},))
        yield Visit(world, page, loopback.url, session)


async def test_the_page_needs_the_key_of_this_run(visit: Visit) -> None:
    assert (await visit.get("/")).status == 403
    assert (await visit.get("/?key=wrong")).status == 403
    assert (await visit.get("/page/events?key=wrong")).status == 403
    assert (await visit.act("say", key="wrong", text="/waifu"))[0] == 403
    assert (await visit.get(f"/?key={visit.page.key}")).status == 200


async def test_the_page_runs_only_its_own_script_and_asks_nobody_outside(visit: Visit) -> None:
    response = await visit.get(f"/?key={visit.page.key}")
    policy = response.headers["Content-Security-Policy"]
    assert "default-src 'none'" in policy
    assert "unsafe" not in policy
    text = await response.text()
    assert "http" not in text
    assert "<script>" not in text
    assert "style=" not in text
    for name in ("app.js", "app.css"):
        assert (await visit.get(f"/page/{name}")).status == 200
    assert (await visit.get("/page/page.py")).status == 404
    assert (await visit.get("/page/..%2fpage.py")).status == 404


@pytest.mark.parametrize("headers", [{"Origin": "http://evil.example"}, {"Host": "evil.example"}])
async def test_a_foreign_page_gets_nothing_even_with_the_key(visit: Visit, headers: dict[str, str]) -> None:
    assert (await visit.get(f"/?key={visit.page.key}", **headers)).status == 403


async def _next(response: aiohttp.ClientResponse) -> dict[str, Any]:
    while True:
        line = await response.content.readline()
        if line.startswith(b"data: "):
            return dict(json.loads(line[6:]))


async def test_a_page_is_told_everything_and_then_what_changes(visit: Visit) -> None:
    async with visit.session.get(f"{visit.url}/page/events?key={visit.page.key}") as events:
        first = await _next(events)
        assert first["event"] == "everything"
        assert {channel.get("name") for channel in first["data"]["channels"]} >= {"general"}
        message = visit.world.post(visit.general.id, visit.world.bot.id, content="hello")
        told = await _next(events)
        assert (told["event"], told["data"]["content"]) == ("message", "hello")
        visit.world.delete(message.id)
        assert await _next(events) == {"event": "delete", "data": {"id": str(message.id)}}


async def test_what_is_posted_can_be_fetched_by_its_whole_address_only(visit: Visit) -> None:
    file = state.Attachment(visit.world.snowflake(), "a b.png", b"\x89PNG\r\n\x1a\n" + b"\0" * 20, "image/png")
    visit.world.post(visit.general.id, visit.world.bot.id, attachments=(file,))
    address = f"/attachments/{visit.general.id}/{file.id}/a%20b.png"
    assert (await visit.get(address)).status == 404
    response = await visit.get(f"{address}?hm={file.secret}")
    assert (response.status, response.content_type) == (200, "image/png")


async def test_what_cannot_be_sent_comes_back_as_a_sentence(visit: Visit) -> None:
    status, answer = await visit.act("say", text="/wifu")
    assert status == 200
    assert answer["error"].startswith("There is no command /wifu")


async def test_a_bot_that_does_not_answer_is_told_as_in_discord(visit: Visit, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("playground.user.Answer.acknowledged.__defaults__", (0.05,))
    assert (await visit.act("say", text="/waifu"))[1] == {"error": "The application did not respond."}


async def test_a_whisper_to_somebody_else_cannot_be_touched(visit: Visit) -> None:
    friend = [user for user in visit.world.users.values() if not user.bot][1]
    message = visit.world.post(visit.general.id, visit.world.bot.id, content="psst", ephemeral_to=friend.id)
    for act in ("click", "delete"):
        assert (await visit.act(act, message=str(message.id), custom_id="x"))[1] == {"error": "That message is no longer there."}
