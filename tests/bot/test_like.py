"""The face nearest to a picture that somebody posts: looked for in private, posted alone, and the picture forgotten."""

import asyncio
import re
import sys
from collections.abc import AsyncIterator, Sequence
from contextlib import aclosing
from dataclasses import replace
from pathlib import Path

import pytest
import pytest_asyncio
from bot_chat import Chat, eventually, open_chat
from project_paths import WORKERS
from sqlalchemy import text

from bot.delivery.service import LINE_OF_SEARCH
from bot.errors import NoPictureHere, PersonFull, PictureUnreachable, UploadForgotten
from bot.i18n import texts
from bot.queue.throttle import Throttle
from bot.uploads import uploads
from bot.worker.engine import LocalEngine
from bot.worker.picture import Picture
from generator.contract import stamp, vector
from generator.contract.errors import PictureTooLarge, PictureUnreadable, UnknownModel
from generator.contract.protocol import Preview, Progress
from generator.contract.recipe import Recipe
from playground.discord.state import Message
from playground.people.person import Answer, NoAnswer

pytestmark = pytest.mark.asyncio(loop_scope="module")

PHOTO = b"\xff\xd8\xff a photo of somebody"
FOUND = re.compile(r"^-# `(waifu @[0-9a-f]{24} model=drawn-4 psi=0\.7)`$", re.MULTILINE)
T = texts.for_locale("en-US")


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def shared(tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[Chat]:
    """The chat that all tests here share."""
    with pytest.MonkeyPatch.context() as monkeypatch:
        async with open_chat(tmp_path_factory.mktemp("chat"), monkeypatch) as chat:
            yield chat


@pytest_asyncio.fixture(loop_scope="module")
async def chat(shared: Chat, caplog: pytest.LogCaptureFixture) -> AsyncIterator[Chat]:
    """An empty chat. After each test, every request is answered, no picture is held, and nothing went wrong."""
    caplog.set_level("DEBUG", "bot")
    shared.world.messages.clear()
    yield shared
    assert not [record for record in caplog.records if record.exc_info]
    await eventually(lambda: not shared.service._tasks)
    assert not await shared.journal.unanswered(shared.world.bot.id)
    assert shared.services.uploads.held._value == uploads.MAX_HELD


def like(chat: Chat, body: bytes = PHOTO, options: str = "", name: str = "photo.jpg") -> Answer:
    chat.ann.upload(name, body)
    return chat.ann.say(f"/like picture:{name} {options}".strip())


def buttons(message: Message) -> list[str]:
    return [part["label"] for row in message.components for part in row["components"] if "label" in part]


async def test_only_the_asker_sees_the_two_side_by_side_and_post_shows_the_face_alone(chat: Chat) -> None:
    answer = like(chat)
    shown = await answer.when(lambda message: bool(FOUND.search(message.content)))
    assert shown.ephemeral_to == chat.ann.user.id
    line = FOUND.search(shown.content)[1]  # type: ignore[index]
    assert shown.content.startswith(T("like_found", model="drawn-4") + "\nPink hair\nFace @")
    assert T("like_private") in shown.content
    (file,) = shown.attachments
    assert PHOTO in file.body
    assert file.description == f"{T('alt_like', model='drawn-4')}\nPink hair."
    assert {"Again", "Wilder", "Calmer", "Recipe", "Post"} <= set(buttons(shown))
    posted = await chat.ann.click(shown, "Post").picture(10)
    assert (posted.ephemeral_to, posted.id == shown.id) == (None, False)
    assert posted.content == f"Pink hair\nFace @{line[7:13]}\n-# `{line}`"
    assert "Pink hair" in (posted.attachments[0].description or "")
    assert PHOTO not in posted.attachments[0].body
    assert line.encode() in posted.attachments[0].body
    again = await chat.ann.click(posted, "Again").picture(10)
    assert "near(@" in again.content


async def test_a_first_look_comes_before_the_face(chat: Chat) -> None:
    answer = like(chat, options="model:other-1")
    first = await answer.when(lambda message: bool(message.attachments), 10)
    assert (first.attachments[0].filename, first.components) == ("like.webp", ())
    assert first.ephemeral_to == chat.ann.user.id
    assert T("like_first_look") in first.content
    progress = await answer.when(lambda message: "█" in message.content, 10)
    assert progress.attachments == first.attachments
    told = await chat.ann.say("/waifubot cancel").wait_final(10)
    assert told.content.endswith("- `like model=other-1`")
    await answer.wait_deleted(10)


async def test_nothing_of_the_picture_is_kept_while_it_is_looked_for_or_after(
    chat: Chat, caplog: pytest.LogCaptureFixture
) -> None:
    digest = vector.digest_of(PHOTO)
    answer = like(chat, options="model:other-1", name="secret-name.jpg")
    await answer.when(lambda message: bool(message.attachments), 10)
    (row,) = await chat.journal.unanswered(chat.world.bot.id)
    assert row.line == LINE_OF_SEARCH
    await chat.ann.say("/waifubot cancel").wait_final(10)
    await answer.wait_deleted(10)
    await like(chat, name="secret-name.jpg").when(lambda message: bool(FOUND.search(message.content)))
    await eventually(lambda: not chat.service._tasks)
    await chat.journal.database.read(text("SELECT 1"))
    files = [path for path in chat.folder.rglob("*") if path.is_file()]
    assert any(path.suffix == ".sqlite3" for path in files)
    for needle in (PHOTO, digest.encode(), b"secret-name"):
        assert [path.name for path in files if needle in path.read_bytes()] == []
        assert needle.decode("latin-1") not in caplog.text
    assert "like model=drawn-4" in caplog.text


async def test_a_face_that_is_far_off_is_called_that(chat: Chat) -> None:
    shown = await like(chat, PHOTO + b"far off").when(lambda message: bool(FOUND.search(message.content)))
    assert shown.content.startswith(T("like_far", model="drawn-4"))


async def test_the_face_is_a_face_like_any_other(chat: Chat) -> None:
    shown = await like(chat).when(lambda message: bool(FOUND.search(message.content)))
    line = FOUND.search(shown.content)[1]  # type: ignore[index]
    digest = line.split()[1]
    explained = await chat.ann.click(shown, "Recipe").wait_final(10)
    assert "a stored face" in explained.content
    assert "--attach FILE" in explained.content
    told = await chat.ann.choose(shown, "More…", ["story"]).picture(10)
    assert (told.ephemeral_to, bool(told.embeds)) == (chat.ann.user.id, True)
    kept = await chat.ann.choose(shown, "More…", ["keep"]).wait_final(10)
    assert "number **1** of your collection" in kept.content
    collected = await chat.ann.say("/collection").picture(10)
    assert "pink hair · drawn-4" in collected.content
    varied = await chat.ann.choose(shown, "More…", ["psi"]).wait_final(10)
    assert varied.content
    morphed = await chat.draw(f"/morph from:{digest} to:2 model:drawn-4")
    assert f"morph {digest} 2 model=drawn-4" in morphed.content
    wilder = await chat.ann.click(shown, "Wilder").picture(10)
    assert (wilder.id, wilder.ephemeral_to) == (shown.id, chat.ann.user.id)
    assert PHOTO not in wilder.attachments[0].body
    assert f"{digest}(psi=1.15)" in wilder.content
    back = await chat.ann.click(wilder, "Back").picture(10)
    assert (back.id, f"`{line}`" in back.content) == (shown.id, True)
    assert PHOTO not in back.attachments[0].body


# Pictures that were made here


def made_here(line: str, vectors: Sequence[bytes] = ()) -> bytes:
    return stamp.write(b"\0\0\0\x08ftyp", line, vectors)


async def test_a_picture_that_was_made_here_is_shown_exactly(chat: Chat) -> None:
    shown = await like(chat, made_here("waifu 7 model=drawn-4 psi=0.9"), name="a.mp4").picture(10)
    assert shown.ephemeral_to == chat.ann.user.id
    assert shown.content.startswith(f"{T('like_made_here')}\n")
    assert shown.content.endswith("\nSeed **7**\n-# `waifu 7 model=drawn-4 psi=0.9`")
    face = vector.pack(vector.Shape(1, 2), bytes(4))
    line = f"waifu @{vector.digest_of(face)} model=drawn-4 psi=0.7"
    shown = await like(chat, made_here(line, [face]), name="b.mp4").picture(10)
    assert shown.content.endswith(f"-# `{line}`")
    again = await chat.ann.click(shown, "Again").picture(10)
    assert "near(@" in again.content
    shown = await like(chat, made_here("grid 2 model=drawn-4 psi=0.7 seed=5"), name="c.mp4").picture(10)
    assert shown.content.startswith(T("like_made_here"))
    picked = await chat.ann.choose(shown, "Pick a face…", ["3"]).picture(10)
    assert (picked.ephemeral_to, "waifu 7 " in picked.content) == (chat.ann.user.id, True)


async def test_a_picture_that_was_made_here_is_looked_for_if_it_cannot_be_drawn_or_by_another_model(chat: Chat) -> None:
    lost = f"waifu @{'0' * 24} model=drawn-4 psi=0.7"
    search = f"like model=drawn-4 picture={'0' * 24}"
    for line in (lost, search, "waifu 7 model=gone-9 psi=0.7", "no line at all"):
        shown = await like(chat, made_here(line), name="d.mp4").when(
            lambda message: bool(FOUND.search(message.content))
        )
        assert FOUND.search(shown.content)
    answer = like(chat, made_here("waifu 7 model=drawn-4 psi=0.9"), "model:other-1", name="e.mp4")
    await answer.when(lambda message: T("like_first_look") in message.content, 10)
    await chat.ann.say("/waifubot cancel").wait_final(10)
    await answer.wait_deleted(10)


# On the message of somebody


def post(chat: Chat, *bodies: bytes) -> Message:
    files = [chat.bob.upload(f"{number}.jpg", body) for number, body in enumerate(bodies)]
    return chat.bob.write("look at this", files)


async def test_a_right_click_finds_a_face_like_the_first_picture_of_a_message(chat: Chat) -> None:
    answer = chat.ann.right_click("Find a face like it", post(chat, b"a plain text", PHOTO, b"\xff\xd8\xff another"))
    shown = await answer.when(lambda message: bool(FOUND.search(message.content)))
    assert (shown.ephemeral_to, PHOTO in shown.attachments[0].body) == (chat.ann.user.id, True)
    assert T("like_first_of", count=2) in shown.content
    shown = await chat.ann.right_click("Find a face like it", post(chat, PHOTO)).when(
        lambda message: bool(FOUND.search(message.content))
    )
    assert "pictures in that message" not in shown.content


async def test_a_right_click_on_a_message_without_a_picture_says_so(chat: Chat) -> None:
    for message in (chat.bob.write("nothing to see"), post(chat, b"a plain text")):
        told = await chat.ann.right_click("Find a face like it", message).wait_final(10)
        assert (told.content, told.ephemeral_to) == (T.error(NoPictureHere()), chat.ann.user.id)


async def test_a_right_click_on_a_face_of_the_bot_shows_it_in_private(chat: Chat) -> None:
    public = await chat.draw("/waifu seed:1")
    body = stamp.write(b"\0\0\0\x08ftyp", "waifu 1 model=drawn-4 psi=0.7")
    file = replace(public.attachments[0], body=body, content_type="video/mp4")
    chat.world.edit(public.id, attachments=(file,))
    answer = chat.bob.right_click("Find a face like it", chat.world.messages[public.id])
    shown = await answer.picture(10)
    assert (shown.ephemeral_to, shown.content.startswith(T("like_made_here"))) == (chat.bob.user.id, True)


# What goes wrong


async def test_what_cannot_be_looked_at_is_one_sentence_that_only_the_asker_sees(
    chat: Chat, monkeypatch: pytest.MonkeyPatch
) -> None:
    with monkeypatch.context() as limit:
        limit.setattr("generator.contract.protocol.MAX_PICTURE_BYTES", len(PHOTO) - 1)
        told = await like(chat).wait_final(10)
        assert (told.content, told.ephemeral_to) == (T.error(PictureTooLarge(limit=25)), chat.ann.user.id)
    told = await like(chat, b"").when(lambda message: bool(message.content), 10)
    assert told.content == T.error(PictureUnreadable())
    told = await like(chat, options="model:nobody").wait_final(10)
    assert told.content == T.error(UnknownModel(model="nobody", known="drawn-4, other-1"))
    monkeypatch.setattr(chat.services.uploads, "_loopback", "")  # no address is one of Discord's then
    told = await like(chat).when(lambda message: bool(message.content), 10)
    assert (told.content, told.ephemeral_to) == (T.error(PictureUnreachable()), chat.ann.user.id)


async def test_the_limits_of_a_morph_count(chat: Chat) -> None:
    waiting = [like(chat, PHOTO + bytes([n]), "model:other-1", f"{n}.jpg") for n in range(3)]
    for answer in waiting:
        await answer.when(lambda message: bool(message.attachments), 10)
    refused = await like(chat).wait_final(10)
    assert refused.content == T.error(PersonFull(limit=3))
    await chat.ann.say("/waifubot cancel").wait_final(10)
    for answer in waiting:
        await answer.wait_deleted(10)
    chat.service._throttle = Throttle(1)
    await like(chat).when(lambda message: bool(FOUND.search(message.content)))
    refused = await like(chat).wait_final(10)
    assert refused.content.startswith("You have asked for 1 pictures within a minute")
    chat.service._throttle = Throttle(0)


async def test_cancelling_while_the_picture_is_fetched_ends_the_request(
    chat: Chat, monkeypatch: pytest.MonkeyPatch
) -> None:
    fetching, never = asyncio.Event(), asyncio.Event()

    async def fetch(*_: object) -> bytes:
        fetching.set()
        await never.wait()
        return b""

    monkeypatch.setattr(chat.services.uploads, "fetch", fetch)
    answer = like(chat)
    await asyncio.wait_for(fetching.wait(), 10)
    await chat.ann.say("/waifubot cancel").wait_final(10)
    await answer.wait_deleted(10)


async def test_a_picture_waits_for_a_place_in_memory(chat: Chat) -> None:
    for _ in range(uploads.MAX_HELD):
        await chat.services.uploads.held.acquire()
    answer = like(chat)
    with pytest.raises(NoAnswer):
        await answer.when(lambda message: bool(message.attachments), 0.3)
    for _ in range(uploads.MAX_HELD):
        chat.services.uploads.held.release()
    await answer.when(lambda message: bool(FOUND.search(message.content)))


async def test_a_search_ends_with_its_message(chat: Chat) -> None:
    answer = like(chat, options="model:other-1")
    shown = await answer.when(lambda message: bool(message.attachments), 10)
    chat.ann.delete(shown)
    (render,) = chat.queue._drawing
    chat.queue._on_progress(render, Progress(0, 59, 60))  # the next edit finds that the message is gone
    await eventually(lambda: not chat.queue._drawing)


async def test_a_search_that_a_restart_ends_says_so_and_asks_for_the_picture_again(chat: Chat) -> None:
    answer = like(chat, options="model:other-1")
    await answer.when(lambda message: bool(message.attachments), 10)
    queue = chat.queue
    await queue.drain(0, restarting=True)
    await queue.__aexit__()
    told = await answer.when(lambda message: message.content == T.error(UploadForgotten()), 10)
    assert (told.attachments, told.ephemeral_to) == ((), chat.ann.user.id)
    queue._stopped = queue.restarting = False


# A worker that dies


async def test_a_search_is_repeated_after_its_workers_death(tmp_path: Path) -> None:
    async with LocalEngine([sys.executable, str(WORKERS / "dies_in_search.py"), str(tmp_path)]) as engine:
        await engine.wait_ready(10)
        recipe = Recipe.make("like", picture=vector.digest_of(PHOTO), model="drawn-4")
        async with aclosing(engine.run(recipe, 10**6, "1", [PHOTO])) as run:
            events = [event async for event in run]
    assert isinstance(events[-1], Picture)
    assert PHOTO in events[-1].file
    assert (dict(events[-1].traits_read), events[-1].psnr) == ({"hair": "pink", "eye-colour": "blue"}, 25.0)
    assert sum(isinstance(event, Preview) for event in events) == 2
    assert engine.starts == 2
