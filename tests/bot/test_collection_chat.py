"""Collections, gifts, the face of the day and forgetting in a chat: the real bot, a loopback Discord, a fake worker."""

import asyncio
import re
from collections.abc import AsyncIterator, Sequence
from datetime import UTC, date, datetime
from typing import Any

import discord
import pytest
import pytest_asyncio
from bot_chat import Chat, open_chat

from bot.commands import forget
from bot.commands.daily import seed_of_day
from bot.errors import PersonFull
from bot.i18n import texts
from bot.messages import buttons, captions
from bot.messages import collection as pages
from bot.queue.ticket import Ticket
from bot.recipes.request import Request
from generator.contract.recipe import Recipe
from playground.discord.state import Message
from playground.people.person import Answer, Person

pytestmark = pytest.mark.asyncio(loop_scope="session")

ENGLISH = texts.for_locale("en-US")
PICK, CHANGE, GIVE = "Go on from a face…", "Name a face, give it away, remove it…", "Give it to…"


@pytest_asyncio.fixture(scope="module", loop_scope="session")
async def chat(tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[Chat]:
    with pytest.MonkeyPatch.context() as patched:
        async with open_chat(tmp_path_factory.mktemp("chat"), patched) as chat:
            yield chat


@pytest_asyncio.fixture(autouse=True, loop_scope="session")
async def tidy(chat: Chat, caplog: pytest.LogCaptureFixture) -> AsyncIterator[None]:
    """Begin each test with empty collections; no test leaves a traceback, or a message at "thinking"."""
    for person in (chat.ann, chat.bob):
        await forget.forget_person(person.user.id, chat.services)
    yield
    assert not [record for record in caplog.records if record.exc_info]
    assert not [message for message in chat.world.messages.values() if message.loading]


async def fill(chat: Chat, count: int, who: Person | None = None) -> list[int]:
    """Keep some faces without the chat, and return their ids."""
    person = (who or chat.ann).user.id
    lines = [f"waifu {n} model=drawn-4 psi=0.7" for n in range(1, count + 1)]
    return [(await chat.services.people.collections.keep(person, line)).id for line in lines]


async def lines_of(chat: Chat, who: Person) -> list[str]:
    return [face.line for face in await chat.services.people.collections.faces(who.user.id)]


async def open_page(chat: Chat, who: Person | None = None, command: str = "/collection") -> Message:
    return await (who or chat.ann).say(command).when(lambda shown: not shown.loading and bool(shown.content), 10)


async def changed(chat: Chat, shown: Message, answer: Answer, words: str) -> Message:
    """Wait until a click has changed its message to one with these words."""
    async with asyncio.timeout(10):
        while words not in (now := chat.world.messages[shown.id]).content:  # noqa: ASYNC110
            await asyncio.sleep(0.01)
    return now


async def said(answer: Answer) -> str:
    return (await answer.when(lambda shown: not shown.loading and bool(shown.content), 10)).content


async def post(chat: Chat, content: str, view: discord.ui.View) -> Message:
    """Post a message of the bot that everybody sees, with buttons that would otherwise be under a private one."""
    channel = chat.bot.get_partial_messageable(chat.ann.channel.id)
    return chat.world.messages[(await channel.send(content, view=view)).id]


def labels(shown: Message) -> list[str]:
    return [part["label"] for row in shown.components for part in row["components"] if part["type"] == 2]


def options(shown: Message, placeholder: str) -> list[str]:
    for row in shown.components:
        for part in row["components"]:
            if part.get("placeholder") == placeholder:
                return [option["value"] for option in part["options"]]
    return []


async def test_a_face_is_kept_from_the_menu_under_it_named_and_gone_on_from(chat: Chat) -> None:
    shown = await chat.draw("/waifu 7")
    kept = await chat.bob.choose(shown, "More…", ["keep"]).when(lambda m: bool(m.content), 10)
    assert kept.ephemeral_to == chat.bob.user.id
    assert "number **1**" in kept.content
    again = await said(chat.bob.choose(shown, "More…", ["keep"]))
    assert again == "This face is in your collection already, as number 1."
    dialog = await chat.bob.click(kept, "Name…").wait_acknowledged(10)
    await changed(chat, kept, chat.bob.submit(dialog, {pages.NAME: "  *Asuka* <@1> ` "}), "has its new name")
    page = await open_page(chat, chat.bob)
    assert page.ephemeral_to == chat.bob.user.id
    assert "**Your collection**: 1 face\n**1** **\\*Asuka\\* \\<\\@\u200b1\\> \\`** · " in page.content
    (picture,) = page.attachments
    assert picture.body.startswith(b"\x89PNG")
    assert str(picture.description).startswith("A sheet of numbered anime faces: 1. *Asuka*")
    drawn = await chat.bob.choose(page, PICK, options(page, PICK)).picture(10)
    assert captions.recipe_in(drawn.content) == Recipe.parse("waifu 7 model=drawn-4 psi=0.7")
    assert drawn.ephemeral_to == chat.bob.user.id
    assert "Again" in labels(drawn)


async def test_a_picture_of_several_faces_is_kept_face_by_face(chat: Chat) -> None:
    shown = await chat.draw("/morph 1 2")
    face = Recipe.parse("waifu 1 model=drawn-4 psi=0.7")  # a menu of an earlier version may stand under any picture
    under = await post(chat, shown.content, buttons.build_picture_view(face, chat.ann.user.id, ENGLISH))
    assert "several faces" in await said(chat.ann.choose(under, "More…", ["keep"]))


async def test_a_collection_has_pages_whose_numbers_go_on(chat: Chat) -> None:
    ids = await fill(chat, pages.PAGE_FACES + 2)
    page = await open_page(chat)
    assert "Page 1 of 2" in page.content
    assert options(page, PICK) == [str(id_) for id_ in ids[: pages.PAGE_FACES]]
    first = page.attachments[0].body
    page = await changed(chat, page, chat.ann.click(page, "Next"), "Page 2 of 2")
    assert f"**{pages.PAGE_FACES + 1}** " in page.content
    assert options(page, PICK) == [str(id_) for id_ in ids[pages.PAGE_FACES :]]
    assert page.attachments[0].body != first
    page = await changed(chat, page, chat.ann.click(page, "Back"), "Page 1 of 2")
    assert page.attachments[0].body == first
    for _ in range(5):  # of quick clicks the last wins, and none hangs
        last = chat.ann.click(page, "Next")
    await changed(chat, page, last, "Page 2 of 2")


async def test_a_face_is_named_and_removed_in_its_panel(chat: Chat) -> None:
    one, two = await fill(chat, 2)
    page = await open_page(chat)
    panel = await changed(chat, page, chat.ann.choose(page, CHANGE, [str(two)]), "What shall happen")
    assert "**2** " in panel.content
    assert f"`{(await lines_of(chat, chat.ann))[1]}`" in panel.content
    dialog = await chat.ann.click(panel, "Name…").wait_acknowledged(10)
    panel = await changed(chat, panel, chat.ann.submit(dialog, {pages.NAME: "Rei"}), "has its new name")
    dialog = await chat.ann.click(panel, "Name…").wait_acknowledged(10)
    assert "Rei" in str(dialog.modal)
    panel = await changed(chat, panel, chat.ann.submit(dialog, {pages.NAME: " "}), "no name any more")
    removed = await changed(chat, panel, chat.ann.click(panel, "Remove"), "Removed")
    assert "`waifu 2 model=drawn-4 psi=0.7`" in removed.content
    assert labels(removed) == ["Back to the collection"]
    page = await changed(chat, removed, chat.ann.click(removed, "Back to the collection"), "1 face")
    assert options(page, PICK) == [str(one)]
    stale = await post(chat, panel.content, pages.face_view(chat.ann.user.id, two, 0, ENGLISH))
    for button in ("Remove", "Name…"):
        assert "no longer in the collection" in await said(chat.ann.click(stale, button))


async def test_others_look_only_where_the_owner_allows_and_change_nothing(chat: Chat) -> None:
    (face,) = await fill(chat, 1)
    theirs = await open_page(chat, chat.bob, "/collection @ann")
    assert theirs.ephemeral_to == chat.bob.user.id
    assert f"The collection of <@{chat.ann.user.id}>" in theirs.content
    assert labels(theirs) == []
    assert options(theirs, CHANGE) == []
    panel = await post(chat, "", pages.face_view(chat.ann.user.id, face, 0, ENGLISH))
    for click in (chat.bob.click(panel, "Remove"), chat.bob.choose(panel, GIVE, ["@bob"])):
        assert "Only its owner" in await said(click)
    mine = await open_page(chat)
    mine = await changed(chat, mine, chat.ann.click(mine, "Hide it from others"), "Nobody else")
    for attempt in (
        chat.bob.say("/collection @ann"),
        chat.bob.choose(theirs, PICK, [str(face)]),
    ):
        assert await said(attempt) == "This person keeps their collection to themselves."
    mine = await changed(chat, mine, chat.ann.click(mine, "Show it to others"), "Others can look")
    for values in ([], [str(face)], []):  # Discord reports the same entry again as taken back
        assert (await chat.bob.choose(theirs, PICK, values).picture(10)).attachments
    assert (await chat.ann.choose(mine, PICK, []).wait_acknowledged(10)).callback == 6  # nobody has chosen before


async def test_a_right_click_on_a_person_shows_their_collection(chat: Chat) -> None:
    await fill(chat, 1)
    shown = await chat.bob.right_click("Show collection", chat.ann.user).picture(10)
    assert f"The collection of <@{chat.ann.user.id}>" in shown.content


async def test_an_empty_collection_says_how_to_begin(chat: Chat) -> None:
    mine = await open_page(chat)
    assert "Choose **Keep**" in mine.content
    assert not mine.attachments
    assert "Nothing is in it yet." in (await open_page(chat, chat.ann, "/collection @bob")).content


async def test_a_face_that_cannot_be_drawn_leaves_an_empty_cell_and_says_why(chat: Chat) -> None:
    keep = chat.services.people.collections.keep
    for line in ("waifu 1 model=drawn-4 psi=0.7", "waifu 2 model=gone-1 psi=0.7", f"waifu @{'0' * 24} model=drawn-4"):
        await keep(chat.ann.user.id, line)
    page = await open_page(chat)
    rows = page.content.splitlines()[1:4]
    assert [row.startswith(f"**{n}** ⚠️") for n, row in enumerate(rows, 1)] == [False, True, True]
    assert "gone-1" in rows[1]
    assert page.attachments[0].body.endswith(b"cells: 100")
    assert len(options(page, PICK)) == 3


async def give(chat: Chat, face: int, recipient: str) -> tuple[Message, Answer]:
    page = await open_page(chat)
    panel = await changed(chat, page, chat.ann.choose(page, CHANGE, [str(face)]), "What shall happen")
    return panel, chat.ann.choose(panel, GIVE, [recipient])


async def offered(answer: Answer) -> Message:
    return await answer.when(lambda shown: shown.ephemeral_to is None and "would like to give" in shown.content, 10)


async def test_a_gift_is_offered_to_everybodys_eyes_and_accepted_by_one(chat: Chat) -> None:
    face, _ = await fill(chat, 2)
    panel, answer = await give(chat, face, "@bob")
    offer = await offered(answer)
    assert re.search(r"ends <t:\d+:R>", offer.content)
    assert offer.attachments
    assert "who has 7 days" in chat.world.messages[panel.id].content
    assert await said(chat.moderator.click(offer, "Accept")) == "This gift is for somebody else."
    taken = await changed(chat, offer, chat.bob.click(offer, "Accept"), "now has the face")
    assert labels(taken) == []
    assert await lines_of(chat, chat.bob) == ["waifu 1 model=drawn-4 psi=0.7"]
    assert await lines_of(chat, chat.ann) == ["waifu 2 model=drawn-4 psi=0.7"]


async def test_a_gift_waits_on_the_recipients_page_where_it_is_accepted_or_not(chat: Chat) -> None:
    one, two = await fill(chat, 2)
    for face in (one, two):
        _, answer = await give(chat, face, "@bob")
        await offered(answer)
    page = await open_page(chat, chat.bob)
    assert "would like to give you a face" in page.content
    page = await changed(chat, page, chat.bob.click(page, "Accept"), "1 face")
    page = await changed(chat, page, chat.bob.click(page, "No, thank you"), "1 face\n")
    async with asyncio.timeout(10):
        while "Accept" in labels(chat.world.messages[page.id]):  # noqa: ASYNC110
            await asyncio.sleep(0.01)
    assert await lines_of(chat, chat.bob) == ["waifu 1 model=drawn-4 psi=0.7"]
    assert await lines_of(chat, chat.ann) == ["waifu 2 model=drawn-4 psi=0.7"]


async def test_a_gift_to_nobody_who_could_take_it_is_a_sentence(chat: Chat, monkeypatch: pytest.MonkeyPatch) -> None:
    (face,) = await fill(chat, 1)
    bot = next(user for user in chat.world.users.values() if user.bot)
    for recipient, sentence in (
        (f"@{bot.name}", "A bot cannot collect faces; choose a person."),
        ("@ann", "This face is yours already; choose somebody else."),
    ):
        _, answer = await give(chat, face, recipient)
        assert await said(answer) == sentence
    monkeypatch.setattr(chat.services.people.gifts, "_limit", 0)
    _, answer = await give(chat, face, "@bob")
    assert "Their collection is full" in await said(answer)


async def test_a_gift_of_somebody_who_was_forgotten_is_gone(chat: Chat) -> None:
    (face,) = await fill(chat, 1)
    _, answer = await give(chat, face, "@bob")
    offer = await offered(answer)
    await forget.forget_person(chat.ann.user.id, chat.services)
    assert "no longer there" in await said(chat.bob.click(offer, "Accept"))
    assert await lines_of(chat, chat.bob) == []


async def test_an_export_holds_every_line_and_the_sheet_of_the_page(chat: Chat) -> None:
    ids = await fill(chat, pages.PAGE_FACES + 1)
    await chat.services.people.collections.rename(chat.ann.user.id, ids[0], "Asuka")
    page = await open_page(chat)
    export = await chat.ann.click(page, "Export").picture(10)
    assert export.content == "Every line of your collection is in the text file; the picture shows this page."
    lines, sheet = export.attachments
    assert lines.body.decode().splitlines()[:4] == [
        "# 1 Asuka",
        "waifu 1 model=drawn-4 psi=0.7",
        "# 2",
        "waifu 2 model=drawn-4 psi=0.7",
    ]
    assert len(lines.body.splitlines()) == 2 * len(ids)
    assert sheet.body == page.attachments[0].body
    assert export.ephemeral_to == chat.ann.user.id


async def test_a_page_takes_its_turn_in_the_queue_and_leaves_the_person_a_place(chat: Chat) -> None:
    """Nobody who has used up their places gets a page, and whoever looks at one can still ask for a picture."""
    await fill(chat, 4)
    busy = [await chat.answer(f"/waifu {n} model:other-1") for n in range(3)]  # these never end by themselves
    assert await said(chat.ann.say("/collection")) == PersonFull(limit=3).args[0]
    chat.queue.cancel(chat.ann.user.id)
    for answer in busy:
        await answer.wait_deleted(10)
    submitted: list[int] = []
    submit = chat.queue.submit

    def count(request: Request, **more: Any) -> Ticket:
        submitted.append(len(chat.queue.tickets_of(chat.ann.user.id)))
        return submit(request, **more)

    with pytest.MonkeyPatch.context() as patched:
        patched.setattr(chat.queue, "submit", count)
        await open_page(chat)
    assert submitted == [0, 1, *submitted[2:]]
    assert max(submitted) == 1


def words_of(message: Message) -> Sequence[str]:
    return message.content.splitlines()


async def test_the_face_of_the_day_is_the_same_all_day_and_counts_the_days(chat: Chat) -> None:
    today = datetime.now(UTC).date()
    await chat.services.preferences.choose("server", chat.guild.id, "other-1")
    first, again = [await chat.draw("/daily") for _ in range(2)]
    await chat.services.preferences.choose("server", chat.guild.id, None)
    assert words_of(first)[0] == f"☀️ Your face of the day, {today.isoformat()}"
    recipe = captions.recipe_in(first.content)
    assert recipe == captions.recipe_in(again.content)
    assert recipe == Recipe.parse(f"waifu {seed_of_day(chat.ann.user.id, today)} model=drawn-4 psi=0.7")
    assert captions.recipe_in((await chat.draw("/daily", chat.bob)).content) != recipe
    await chat.services.people.forget(chat.ann.user.id)
    await chat.services.people.days.come(chat.ann.user.id, today.toordinal() - 1)
    assert words_of(await chat.draw("/daily"))[0].endswith("· 🔥 2 days in a row")


async def test_the_seed_of_a_day_is_the_same_for_ever() -> None:
    assert seed_of_day(1234, date(2026, 11, 29)) == 761463655
    seeds = {seed_of_day(person, date.fromordinal(day)) for person in range(50) for day in range(700000, 700050)}
    assert len(seeds) == 2500


async def test_forgetting_asks_first_and_then_nothing_is_left(chat: Chat) -> None:
    await fill(chat, 2)
    await chat.services.preferences.choose("person", chat.ann.user.id, "other-1")
    command = forget.build_command(chat.services)
    assert command.name == "forget"
    asked = await post(chat, "", forget.build_view(chat.ann.user.id, ENGLISH))
    assert "only you can delete" in await said(chat.bob.click(asked, "Delete everything"))
    await changed(chat, asked, chat.ann.click(asked, "Delete everything"), "I keep nothing of you")
    assert await lines_of(chat, chat.ann) == []
    assert chat.services.preferences.get("person", chat.ann.user.id) is None


async def test_a_server_that_removes_the_bot_is_forgotten(chat: Chat) -> None:
    await chat.services.preferences.choose("server", 77, "other-1")
    guild = next(iter(chat.bot.guilds))
    await chat.services.preferences.choose("server", guild.id, "other-1")
    chat.bot.dispatch("guild_unavailable", guild)  # an outage
    await asyncio.sleep(0)
    assert chat.services.preferences.get("server", guild.id) == "other-1"
    chat.bot.dispatch("guild_remove", guild)
    async with asyncio.timeout(5):
        while chat.services.preferences.get("server", guild.id):  # noqa: ASYNC110
            await asyncio.sleep(0.01)
    assert chat.services.preferences.get("server", 77) == "other-1"
