"""Tests the server's part of the chat page: its secret key, its content policy, its events and its actions.

Starts no browser.
"""

import asyncio
import io
import json
import re
from collections.abc import AsyncIterator
from typing import Any

import aiohttp
import pytest

from playground.discord import state
from playground.discord.server import Loopback
from playground.page.page import Page, command_line, localized_lines


class Visit:
    """Sends requests to the page's server, as the page in a browser does."""

    def __init__(self, world: state.World, page: Page, url: str, session: aiohttp.ClientSession) -> None:
        self.world, self.page, self.url, self.session = world, page, url, session
        self.you = next(user for user in world.users.values() if not user.bot)
        self.general = next(iter(world.channels.values()))

    async def act(self, name: str, key: str | None = None, **body: Any) -> tuple[int, dict[str, Any]]:
        given = {"user": str(self.you.id), "channel": str(self.general.id)} | body
        async with self.session.post(
            f"{self.url}/page/{name}", json=given, headers={"X-Key": key or self.page.key}
        ) as response:
            return response.status, json.loads(await response.text()) if response.status == 200 else {}

    async def get(self, path: str, **headers: str) -> aiohttp.ClientResponse:
        async with self.session.get(self.url + path, headers=headers) as response:
            await response.read()
            return response


@pytest.fixture
async def visit() -> AsyncIterator[Visit]:
    world = state.demo_world()
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


async def test_the_page_runs_only_its_own_scripts_and_loads_nothing_from_outside(visit: Visit) -> None:
    response = await visit.get(f"/?key={visit.page.key}")
    policy = response.headers["Content-Security-Policy"]
    assert "default-src 'none'" in policy
    assert "unsafe" not in policy
    text = await response.text()
    assert "http" not in text
    assert "<script>" not in text
    assert "style=" not in text
    for name in re.findall(r"/page/([\w.]+)", text):
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


async def test_a_page_receives_everything_and_then_every_change(visit: Visit) -> None:
    async with visit.session.get(f"{visit.url}/page/events?key={visit.page.key}") as events:
        first = await _next(events)
        assert first["event"] == "everything"
        assert {channel.get("name") for channel in first["data"]["channels"]} >= {"general"}
        message = visit.world.post(visit.general.id, visit.world.bot.id, content="hello")
        event = await _next(events)
        assert (event["event"], event["data"]["content"]) == ("message", "hello")
        visit.world.delete(message.id)
        assert await _next(events) == {"event": "delete", "data": {"id": str(message.id)}}


async def test_a_posted_file_is_served_by_its_complete_address_only(visit: Visit) -> None:
    file = state.Attachment(visit.world.snowflake(), "a b.png", b"\x89PNG\r\n\x1a\n" + b"\0" * 20, "image/png")
    visit.world.post(visit.general.id, visit.world.bot.id, attachments=(file,))
    address = f"/attachments/{visit.general.id}/{file.id}/a%20b.png"
    assert (await visit.get(address)).status == 404
    response = await visit.get(f"{address}?hm={file.secret}")
    assert (response.status, response.content_type) == (200, "image/png")


async def test_a_line_that_cannot_be_sent_is_answered_with_a_sentence(visit: Visit) -> None:
    status, answer = await visit.act("say", text="/wifu")
    assert status == 200
    assert answer["error"].startswith("There is no command /wifu")


async def test_a_bot_that_does_not_answer_is_reported_as_in_discord(
    visit: Visit, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("playground.people.person.Answer.wait_acknowledged.__defaults__", (0.05,))
    assert (await visit.act("say", text="/waifu"))[1] == {"error": "The application did not respond."}


async def test_an_ephemeral_message_of_somebody_else_cannot_be_used(visit: Visit) -> None:
    friend = [user for user in visit.world.users.values() if not user.bot][1]
    message = visit.world.post(visit.general.id, visit.world.bot.id, content="psst", ephemeral_to=friend.id)
    for action in ("click", "delete"):
        assert (await visit.act(action, message=str(message.id), custom_id="x"))[1] == {
            "error": "That message no longer exists."
        }


@pytest.mark.parametrize("body", ["[]", "nonsense", "{}", '{"user": "x", "channel": 1}', '{"user": [], "channel": {}}'])
async def test_an_action_of_nobody_is_a_bad_request(visit: Visit, body: str) -> None:
    headers = {"X-Key": visit.page.key, "Content-Type": "application/json"}
    async with visit.session.post(f"{visit.url}/page/say", data=body, headers=headers) as response:
        assert response.status == 400


async def test_nobody_writes_in_somebody_elses_direct_messages(visit: Visit) -> None:
    friend = [user for user in visit.world.users.values() if not user.bot][1]
    assert (await visit.act("say", channel=str(visit.world.direct(friend).id), text="/waifu"))[0] == 400


async def test_a_line_is_parsed_while_it_is_typed_without_asking_the_bot(visit: Visit) -> None:
    size = {"type": 4, "name": "size", "description": "side", "min_value": 1, "max_value": 5}
    visit.world.sync(None, ({"type": 1, "name": "grid", "description": "faces", "id": "1", "options": [size]},))
    _, parsed = await visit.act("interpret", text="/grid size:9 ")
    problem = "size must be from 1 to 5, not 9."
    assert parsed == {
        "marks": [{"option": "size", "start": 6, "value": 11, "end": 12, "problem": problem}],
        "problem": "",
    }
    assert (await visit.act("interpret", text="/grid 3 4"))[1]["problem"].startswith("/grid has no option for '4'")
    assert not visit.world.interactions


async def test_a_page_that_sleeps_receives_the_present_state_when_it_wakes(visit: Visit) -> None:
    queue: asyncio.Queue[Any] = asyncio.Queue(3)
    stop = visit.world.subscribe(lambda event: visit.page._queue(queue, event))
    ids = [str(visit.world.post(visit.general.id, visit.world.bot.id, content=str(n)).id) for n in range(5)]
    stop()
    everything, latest = queue.get_nowait(), queue.get_nowait()
    assert everything.event == "everything"
    assert [message["id"] for message in everything.data["messages"]] == ids[:4]
    assert (latest.event, latest.data["id"], queue.empty()) == ("message", ids[4], True)


async def _upload(visit: Visit, body: bytes, name: str, key: str | None = None) -> tuple[int, dict[str, Any]]:
    query = {"user": str(visit.you.id), "channel": str(visit.general.id), "name": name}
    headers = {"X-Key": key or visit.page.key, "Content-Type": "application/octet-stream"}
    async with visit.session.post(
        f"{visit.url}/page/upload", params=query, data=io.BytesIO(body), headers=headers
    ) as response:
        return response.status, json.loads(await response.text()) if response.status == 200 else {}


async def test_an_uploaded_file_gets_a_name_that_can_be_typed(visit: Visit) -> None:
    assert (await _upload(visit, b"x", "a.png", key="wrong"))[0] == 403
    status, upload = await _upload(visit, b"x", '../my "best" face: 1.png')
    assert (status, upload["name"]) == (200, "_my_best_face_1.png")
    assert upload["file"]["size"] == 1
    assert [file.filename for file in visit.world.uploads.values()] == ["_my_best_face_1.png"]
    assert (await _upload(visit, b"x" * (10 * state.MIB + 1), "b.png"))[1] == {
        "error": "That file is larger than 10 MiB."
    }


async def test_a_language_that_discord_does_not_support_is_refused(visit: Visit) -> None:
    assert (await visit.act("set_language", locale="tlh"))[1] == {"error": "Discord does not support that language."}
    assert (await visit.act("set_language", locale="zh-CN"))[1] == {}
    assert visit.world.users[visit.you.id].locale == "zh-CN"


async def test_a_used_command_is_shown_as_one_would_type_it(visit: Visit) -> None:
    await _upload(visit, b"x", "face.png")
    upload = next(iter(visit.world.uploads))
    options = [
        {"type": 3, "name": "traits", "value": "hair: pink"},
        {"type": 5, "name": "loop", "value": True},
        {"type": 6, "name": "who", "value": str(visit.you.id)},
        {"type": 7, "name": "where", "value": str(visit.general.id)},
        {"type": 11, "name": "picture", "value": str(upload)},
    ]
    used = visit.world.interact(state.COMMAND, visit.you.id, visit.general.id, {"name": "mix", "options": options})
    assert (
        command_line(visit.world, used) == '/mix traits:"hair: pink" loop:true who:@you where:#general picture:face.png'
    )


async def test_a_used_command_is_shown_to_everybody_in_their_own_language(visit: Visit) -> None:
    seed = {"type": 3, "name": "seed", "description": "d", "name_localizations": {"zh-CN": "种子"}}
    sub = {"type": 1, "name": "list", "description": "d", "name_localizations": {"zh-CN": "列表"}, "options": [seed]}
    command = {
        "id": "1",
        "type": 1,
        "name": "model",
        "name_localizations": {"zh-CN": "模型"},
        "description": "d",
        "options": [sub],
    }
    visit.world.commands[None] = (command,)
    given = {"type": 1, "name": "list", "options": [{"type": 3, "name": "seed", "value": "7"}]}
    used = visit.world.interact(
        state.COMMAND, visit.you.id, visit.general.id, {"id": "1", "name": "model", "options": [given]}
    )
    assert command_line(visit.world, used) == "/model list seed:7"
    assert localized_lines(visit.world, used) == {"zh-CN": "/模型 列表 种子:7"}
    visit.world.commands[None] = ()
    assert command_line(visit.world, used) == "/model list seed:7"
    assert localized_lines(visit.world, used) == {}
