"""Clicks on the maker's panel, with the real discord.py in a loopback Discord and a fake worker.

The tests share one chat. The worker draws at once, except with the model other-1, which it never finishes.
"""

from collections.abc import AsyncIterator

import pytest
import pytest_asyncio
from bot_chat import Chat, open_chat

from bot.messages import captions
from bot.recipes.panel import Panel
from generator.contract.recipe import Recipe
from playground.discord import state
from playground.discord.state import Message
from playground.people.person import Answer, Person, until

pytestmark = [pytest.mark.asyncio(loop_scope="module"), pytest.mark.timeout(60)]

LINE = "waifu 1 model=drawn-4 psi=0.7"


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def chat(tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[Chat]:
    with pytest.MonkeyPatch.context() as monkeypatch:
        async with open_chat(tmp_path_factory.mktemp("state"), monkeypatch) as chat:
            yield chat
            assert not [message for message in chat.world.messages.values() if message.loading]


@pytest_asyncio.fixture(loop_scope="module")
async def panel(chat: Chat) -> Message:
    """Return the message of ann's panel, which shows the face of seed 1."""
    message: Message = await chat.draw("/make face:1")
    assert message.ephemeral_to == chat.ann.user.id
    return message


def line_of(message: Message) -> str:
    return str(captions.recipe_in(message.content))


def now(chat: Chat, message: Message) -> Message:
    shown: Message = chat.world.messages[message.id]
    return shown


def buttons(message: Message) -> dict[str, bool]:
    """Return the labels of a message's buttons, each with whether it can be pressed."""
    parts = [part for row in message.components for part in row["components"] if part["type"] == 2]
    return {part["label"]: not part.get("disabled") for part in parts}


def marked(message: Message, action: str) -> list[str]:
    """Return the values that are marked in a menu of the panel."""
    menus = [part for row in message.components for part in row["components"] if part["type"] == 3]
    (menu,) = (menu for menu in menus if menu["custom_id"].startswith(f"maker:{action}:"))
    return [option["value"] for option in menu["options"] if option.get("default")]


def choose(who: Person, message: Message, action: str, value: str) -> Answer:
    return who.choose(message, f"maker:{action}:{who.user.id}", [value])


async def shows(chat: Chat, message: Message, line: str) -> Message:
    """Wait until the message shows the picture of a line, and return it as it is then."""

    def probe() -> Message | None:
        shown = now(chat, message)
        return shown if line_of(shown) == line and shown.attachments[0].body.endswith(line.encode()) else None

    return await until(chat.world, probe, 10.0, lambda: f"it shows {now(chat, message).content}")


async def refused(answer: Answer, about: str) -> None:
    message = await answer.when(lambda shown: about in shown.content, 10)
    assert message.ephemeral_to == answer.interaction.user_id
    assert not message.attachments


async def test_each_click_changes_the_picture_in_place(chat: Chat, panel: Message) -> None:
    before = len(chat.world.messages)
    choose(chat.ann, panel, "value", "hair=pink")
    pink = await shows(chat, panel, f"{LINE} trait.hair=pink")
    assert marked(pink, "value") == ["hair=pink"]
    chat.ann.click(pink, "Wilder")
    wild = await shows(chat, panel, "waifu 1 model=drawn-4 psi=0.85 trait.hair=pink")
    chat.ann.click(wild, "Undo")
    assert buttons(await shows(chat, panel, f"{LINE} trait.hair=pink"))["Redo"]
    chat.ann.click(wild, "Undo")
    first = await shows(chat, panel, LINE)
    assert not buttons(first)["Undo"]
    chat.ann.click(pink, "Redo")
    await shows(chat, panel, f"{LINE} trait.hair=pink")
    chat.ann.click(pink, "Another face")
    await until(chat.world, lambda: "waifu 1 " not in now(chat, panel).content or None, 10.0, lambda: "the same face")
    assert "trait.hair=pink" in now(chat, panel).content
    assert len(chat.world.messages) == before


async def test_a_word_or_a_line_begins_a_panel(chat: Chat) -> None:
    asuka = await chat.draw("/make face:Asuka")
    assert "**Asuka**" in asuka.content
    chat.ann.click(asuka, "Wilder")
    assert "**Asuka**" in (await shows(chat, asuka, "waifu 1096863481 model=drawn-4 psi=0.85")).content
    moved = await chat.draw('/make face:"edit 1 amount=1 direction=d1 model=drawn-4 psi=0.7"')
    assert line_of(moved) == "waifu move(1,d1=1) model=drawn-4 psi=0.7"
    await refused(chat.ann.say('/make face:"waifu 1" model:drawn-4'), "not both")


async def test_another_thing_to_change_changes_the_menus_alone(chat: Chat, panel: Message) -> None:
    picture = panel.attachments[0].id
    opened = await choose(chat.ann, panel, "aspect", "eye-colour").wait_acknowledged()
    assert opened.callback == 7  # an update of the message
    assert marked(now(chat, panel), "aspect") == ["eye-colour"]
    assert now(chat, panel).attachments[0].id == picture
    choose(chat.ann, now(chat, panel), "value", "eye-colour=blue")
    changed = await shows(chat, panel, f"{LINE} trait.eye-colour=blue")
    assert marked(changed, "aspect") == ["eye-colour"]
    taken_back = await chat.ann.choose(changed, f"maker:value:{chat.ann.user.id}", []).wait_acknowledged()
    assert taken_back.callback == 6  # nothing visible: it has this value
    assert line_of(now(chat, panel)) == f"{LINE} trait.eye-colour=blue"


async def test_an_entry_works_again_after_its_step_was_undone(chat: Chat, panel: Message) -> None:
    """Discord's desktops keep an entry selected when its message changes, and report it as taken back."""
    menu = f"maker:value:{chat.ann.user.id}"
    choose(chat.ann, panel, "value", "hair=pink")
    pink = await shows(chat, panel, f"{LINE} trait.hair=pink")
    chat.ann.click(pink, "Undo")
    chat.ann.choose(await shows(chat, panel, LINE), menu, [])
    await shows(chat, panel, f"{LINE} trait.hair=pink")
    await choose(chat.ann, panel, "aspect", "eye-colour").wait_acknowledged()
    taken_back = await chat.ann.choose(now(chat, panel), menu, []).wait_acknowledged()  # no hair is offered here
    assert taken_back.callback == 6
    assert line_of(now(chat, panel)) == f"{LINE} trait.hair=pink"


async def test_of_quick_clicks_the_last_wins_and_each_goes_on_from_the_one_before(chat: Chat, panel: Message) -> None:
    for which in ("Wilder", "Wilder", "Wilder"):
        chat.ann.click(panel, which)
    choose(chat.ann, panel, "aspect", "eye-colour")
    choose(chat.ann, panel, "value", "hair=pink")
    shown = await shows(chat, panel, "waifu 1 model=drawn-4 psi=1.15 trait.hair=pink")
    assert marked(shown, "aspect") == ["hair"]


async def test_a_click_takes_the_place_of_one_that_is_never_finished(chat: Chat, panel: Message) -> None:
    recipes = Recipe.parse(LINE), Recipe.parse("waifu 2 model=other-1 psi=0.7")
    await chat.services.panels.keep(panel.id, chat.ann.user.id, Panel(recipes))
    await send(chat, panel, "redo").wait_acknowledged()
    await until(chat.world, lambda: chat.queue.counts() == (0, 1) or None, 10.0, lambda: "nothing is drawn")
    send(chat, panel, "undo")
    await until(chat.world, lambda: buttons(now(chat, panel))["Redo"] or None, 10.0, lambda: "Redo is disabled")
    assert line_of(now(chat, panel)) == LINE
    send(chat, panel, "wilder")
    await shows(chat, panel, "waifu 1 model=drawn-4 psi=0.85")
    assert chat.queue.counts() == (0, 0)


async def test_a_step_that_fails_is_none_and_loses_nothing(chat: Chat, panel: Message) -> None:
    recipes = Recipe.parse("waifu 2 model=gone-1 psi=0.7"), Recipe.parse(LINE)
    await chat.services.panels.keep(panel.id, chat.ann.user.id, Panel(recipes, 1))
    await refused(send(chat, panel, "undo"), "gone-1")
    await refused(send(chat, panel, "value", "hair=plaid"), "plaid")
    assert now(chat, panel).content == panel.content
    send(chat, panel, "wilder")
    await shows(chat, panel, "waifu 1 model=drawn-4 psi=0.85")
    send(chat, panel, "undo")
    await shows(chat, panel, LINE)


async def test_only_its_owner_uses_a_panel(chat: Chat, panel: Message) -> None:
    await refused(send(chat, panel, "another", who=chat.bob), "Only the person who opened this panel")
    assert now(chat, panel) == panel


async def test_a_panel_that_was_forgotten_goes_on_from_its_line(chat: Chat, panel: Message) -> None:
    await chat.panels.forget(chat.ann.user.id)
    chat.ann.click(panel, "Wilder")
    wild = await shows(chat, panel, "waifu 1 model=drawn-4 psi=0.85")
    chat.ann.click(wild, "Undo")
    await shows(chat, panel, LINE)


async def test_post_shows_everybody_an_ordinary_picture(chat: Chat, panel: Message) -> None:
    posted = await chat.ann.click(panel, "Post").picture(10)
    assert (posted.ephemeral_to, line_of(posted)) == (None, LINE)
    assert {"Again", "Recipe", "Delete"} <= buttons(posted).keys()
    assert now(chat, panel) == panel


async def test_make_goes_on_with_the_last_face_and_its_undo(chat: Chat, panel: Message) -> None:
    chat.ann.click(panel, "Wilder")
    await shows(chat, panel, "waifu 1 model=drawn-4 psi=0.85")
    again = await chat.draw("/make")
    assert again.id != panel.id
    assert line_of(again) == "waifu 1 model=drawn-4 psi=0.85"
    chat.ann.click(again, "Undo")
    await shows(chat, again, LINE)
    other = await chat.draw("/make", chat.bob)
    assert "waifu 1 " not in other.content


async def test_where_the_last_face_cannot_be_drawn_any_more_make_says_so_and_begins_another(
    chat: Chat, panel: Message
) -> None:
    await chat.services.panels.keep(panel.id, chat.ann.user.id, Panel((Recipe.parse("waifu 2 model=gone-1 psi=0.7"),)))
    answer = chat.ann.say("/make")
    await refused(answer, "gone-1")
    assert "model=drawn-4" in (await answer.picture(10)).content


async def test_edit_under_a_face_opens_the_maker_on_it_where_there_are_traits(chat: Chat) -> None:
    face = await chat.draw("/waifu seed:3", chat.bob)
    opened = await chat.ann.choose(face, "More…", ["edit"]).picture(10)
    assert (opened.ephemeral_to, line_of(opened)) == (chat.ann.user.id, "waifu 3 model=drawn-4 psi=0.7")
    choose(chat.ann, opened, "value", "hair=green")
    await shows(chat, opened, "waifu 3 model=drawn-4 psi=0.7 trait.hair=green")
    assert line_of(now(chat, face)) == "waifu 3 model=drawn-4 psi=0.7"


def send(chat: Chat, message: Message, action: str, *values: str, who: Person | None = None) -> Answer:
    """Click, as a client may that was changed or shows an earlier state of the panel."""
    data: state.Json = {"custom_id": f"maker:{action}:{chat.ann.user.id}", "component_type": 3 if values else 2}
    if values:
        data["values"] = list(values)
    person = who or chat.ann
    interaction = chat.world.interact(state.COMPONENT, person.user.id, person.channel.id, data, message.id)
    return Answer(chat.world, interaction.id)
