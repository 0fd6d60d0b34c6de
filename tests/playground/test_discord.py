"""Tests that the stand-in behaves towards an unmodified discord.py client as Discord does.

Does not start waifubot: TinyBot, a client of this module, uses every feature of Discord that waifubot may use.
"""

import asyncio
import io
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any

import discord
import pytest
import yarl
from discord import app_commands

from playground.discord import state
from playground.discord.errors import ClientRefusal
from playground.discord.faults import Dropped, RateLimited, ServerError
from playground.discord.server import Loopback
from playground.people.person import NoAnswer, Person, until

PNG = b"\x89PNG\r\n\x1a\n\0\0\0\rIHDR\0\0\0\x05\0\0\0\x07\x08\x02\0\0\0"
ERRORS: list[BaseException] = []


class Clock:
    """A clock that can be put forward."""

    def __init__(self) -> None:
        self.ahead_s = 0.0

    def __call__(self) -> float:
        import time

        return time.time() + self.ahead_s


class Buttons(discord.ui.View):
    def __init__(self) -> None:
        super().__init__(timeout=None)

    @discord.ui.button(label="Again", custom_id="again")
    async def again(self, interaction: discord.Interaction, button: Any) -> None:
        assert interaction.message is not None
        await interaction.response.send_message(f"again after {interaction.message.content}")

    @discord.ui.button(label="Mark", custom_id="mark")
    async def mark(self, interaction: discord.Interaction, button: Any) -> None:
        await interaction.response.edit_message(content="marked", view=None)

    @discord.ui.button(label="Remove", custom_id="remove")
    async def remove(self, interaction: discord.Interaction, button: Any) -> None:
        await interaction.response.defer()
        await interaction.delete_original_response()

    @discord.ui.button(label="Ask", custom_id="ask")
    async def ask(self, interaction: discord.Interaction, button: Any) -> None:
        await interaction.response.send_modal(Question())


class Question(discord.ui.Modal, title="A question"):
    word: discord.ui.TextInput[Any] = discord.ui.TextInput(label="Word", custom_id="word", max_length=10)

    async def on_submit(self, interaction: discord.Interaction) -> None:
        await interaction.response.send_message(f"you wrote {self.word.value}", ephemeral=True)


Label = discord.ui.Label


class Everything(discord.ui.Modal, title="All there is"):
    """A dialog with every kind of field that discord.py supports."""

    who: Label[Any] = Label(text="Who", component=discord.ui.UserSelect(max_values=2))
    pose: Label[Any] = Label(
        text="Pose",
        component=discord.ui.RadioGroup(
            options=[discord.RadioGroupOption(label=p, value=p) for p in ("left", "right")]
        ),
    )
    hues: Label[Any] = Label(
        text="Hues",
        component=discord.ui.CheckboxGroup(
            options=[discord.CheckboxGroupOption(label=h, value=h) for h in ("pink", "blue")]
        ),
    )
    quick: Label[Any] = Label(text="Quickly", component=discord.ui.Checkbox())
    file: Label[Any] = Label(text="A file", component=discord.ui.FileUpload())

    async def on_submit(self, interaction: discord.Interaction) -> None:
        who, pose, hues, quick, file = (
            field.component for field in (self.who, self.pose, self.hues, self.quick, self.file)
        )
        names = [user.name for user in who.values]
        body = await file.values[0].read()
        await interaction.response.send_message(f"{names} {pose.value} {hues.values} {quick.value} {len(body)}")


class Menus(discord.ui.View):
    def __init__(self) -> None:
        super().__init__(timeout=None)

    @discord.ui.select(cls=discord.ui.ChannelSelect, custom_id="where", channel_types=[discord.ChannelType.text])
    async def where(self, interaction: discord.Interaction, menu: Any) -> None:
        await interaction.response.send_message(f"in {menu.values[0].name}")


class TinyBot(discord.Client):
    """A small bot that uses every feature, and records the events that it receives."""

    def __init__(self) -> None:
        super().__init__(intents=discord.Intents.default(), guild_ready_timeout=0.05, heartbeat_timeout=60.0)
        self.tree = app_commands.CommandTree(self)
        self.names: list[str] = []
        self.deleted: list[int] = []
        self.joined: list[discord.Guild] = []
        self.left: list[discord.Guild] = []
        self.synced: list[app_commands.AppCommand] = []
        self.errors: list[Exception] = []
        self.tree.error(self.on_tree_error)

    async def on_tree_error(self, interaction: discord.Interaction, error: Exception) -> None:
        self.errors.append(getattr(error, "original", error))

    async def setup_hook(self) -> None:
        add_commands(self)
        add_questions(self)
        self.add_view(Buttons())
        self.synced = await self.tree.sync()

    async def on_guild_join(self, guild: discord.Guild) -> None:
        self.joined.append(guild)

    async def on_guild_remove(self, guild: discord.Guild) -> None:
        self.left.append(guild)

    async def on_raw_message_delete(self, payload: discord.RawMessageDeleteEvent) -> None:
        self.deleted.append(payload.message_id)


def add_commands(bot: TinyBot) -> None:
    @bot.tree.command(description="Draw")
    @app_commands.describe(seed="which one", psi="how wild", word="a name")
    async def draw(
        interaction: discord.Interaction,
        seed: app_commands.Range[int, 0, 99] = 1,
        psi: app_commands.Range[float, -2, 2] = 0.7,
        word: str = "",
    ) -> None:
        await interaction.response.defer()
        await interaction.edit_original_response(content="half")
        await interaction.edit_original_response(
            content=f"{seed!r} {psi!r} {word}",
            attachments=[discord.File(io.BytesIO(PNG), "a.png", description="a face")],
            view=Buttons(),
        )

    @draw.autocomplete("word")
    async def words(interaction: discord.Interaction, current: str) -> list[app_commands.Choice[str]]:
        return [app_commands.Choice(name=w, value=w) for w in ("asuka", "rei") if w.startswith(current)]

    @bot.tree.command(description="Whisper")
    async def whisper(interaction: discord.Interaction) -> None:
        await interaction.response.send_message("psst", ephemeral=True)
        await interaction.followup.send("psst again", ephemeral=True)

    @bot.tree.command(description="Follow")
    async def follow(interaction: discord.Interaction) -> None:
        await interaction.response.defer(thinking=True)
        first = await interaction.followup.send("one", wait=True)
        second = await interaction.followup.send("two", wait=True, file=discord.File(io.BytesIO(b"x" * 100), "b.bin"))
        await second.edit(content="two!", attachments=[])
        assert (await interaction.original_response()).id == first.id

    @bot.tree.command(description="Never answer")
    async def silent(interaction: discord.Interaction) -> None:
        pass

    @bot.tree.command(description="Answer twice, badly")
    async def twice(interaction: discord.Interaction) -> None:
        await interaction.response.send_message("once")
        interaction.response._response_type = None
        await interaction.response.send_message("twice")

    @bot.tree.command(description="Say something to the channel")
    async def aloud(interaction: discord.Interaction, size: int = 10) -> None:
        await interaction.response.send_message("wait")
        assert interaction.channel is not None
        await interaction.channel.send("aloud", file=discord.File(io.BytesIO(b"x" * size), "c.bin"))  # type: ignore[union-attr]
        await interaction.delete_original_response()

    @bot.tree.context_menu(name="Look at")
    async def look_at(interaction: discord.Interaction, message: discord.Message) -> None:
        file = await message.attachments[0].read()
        await interaction.response.send_message(f"{message.content} {len(file)}")

    @bot.tree.command(description="A person and a file")
    async def show(interaction: discord.Interaction, person: discord.User, file: discord.Attachment) -> None:
        await interaction.response.send_message(f"{person.name} {file.filename} {len(await file.read())}")


def add_questions(bot: TinyBot) -> None:
    @bot.tree.command(description="Ask for everything")
    async def fill(interaction: discord.Interaction) -> None:
        await interaction.response.send_modal(Everything())

    @bot.tree.command(description="Ask where")
    async def where(interaction: discord.Interaction) -> None:
        await interaction.response.send_message("where?", view=Menus())

    @bot.tree.command(description="Say little by little")
    async def slowly(interaction: discord.Interaction) -> None:
        await interaction.response.defer()
        await interaction.edit_original_response(content="one")
        await interaction.edit_original_response(content="two")


class Chat:
    """A server with one bot in it, and two people."""

    def __init__(self, discord_: Loopback, bot: TinyBot, clock: Clock) -> None:
        self.discord, self.bot, self.clock, self.world = discord_, bot, clock, discord_.world
        users = [user for user in self.world.users.values() if not user.bot]
        general = next(channel for channel in self.world.channels.values() if channel.name == "general")
        self.you, self.friend = (Person(self.world, user, general) for user in users)

    async def online(self, identified: int = 0, resumed: int = 0) -> None:
        gateway = self.discord.gateway
        await until(
            self.world,
            lambda: True if gateway.identified >= identified and gateway.resumed >= resumed else None,
            10,
            lambda: "offline",
        )


@asynccontextmanager
async def open_chat(monkeypatch: pytest.MonkeyPatch, **options: Any) -> AsyncIterator[Chat]:
    clock = Clock()
    async with Loopback(state.demo_world(clock), **options) as loopback:
        monkeypatch.setattr(discord.http.Route, "BASE", loopback.url + "/api/v10")
        monkeypatch.setattr(
            discord.gateway.DiscordWebSocket, "DEFAULT_GATEWAY", yarl.URL(loopback.url.replace("http", "ws") + "/gw/")
        )
        bot = TinyBot()
        running = asyncio.create_task(bot.start(loopback.token))
        try:
            ready = asyncio.create_task(bot.wait_until_ready())
            await asyncio.wait([running, ready], return_when=asyncio.FIRST_COMPLETED, timeout=10)
            assert not running.done(), running.exception()
            await ready
            yield Chat(loopback, bot, clock)
        finally:
            await bot.close()
            await asyncio.gather(running, return_exceptions=True)


@pytest.fixture
async def chat(monkeypatch: pytest.MonkeyPatch) -> AsyncIterator[Chat]:
    async with open_chat(monkeypatch) as chat:
        yield chat


@pytest.fixture(autouse=True)
def quick_retries(monkeypatch: pytest.MonkeyPatch) -> None:
    """Shorten the 1, 3 and 5 s that discord.py waits before it repeats a failed request."""
    real = asyncio.sleep

    async def sleep(delay: float, result: Any = None) -> Any:
        return await real(min(delay, 0.05), result)

    for module in (discord.http, discord.webhook.async_):
        monkeypatch.setattr(module.asyncio, "sleep", sleep)


async def test_a_client_logs_in_syncs_its_commands_and_sees_its_server(chat: Chat) -> None:
    assert chat.bot.user is not None
    assert chat.bot.user.id == chat.world.bot.id
    assert [guild.name for guild in chat.bot.guilds] == ["Waifu garden"]
    assert {channel.name for channel in chat.bot.guilds[0].text_channels} == {"general", "pictures"}
    assert {command.name for command in chat.bot.synced} >= {"draw", "whisper"}
    assert chat.bot.guilds[0].me.guild_permissions.attach_files


async def test_a_command_shows_thinking_then_text_then_a_picture_with_buttons(chat: Chat) -> None:
    answer = chat.you.say("/draw 12 0.5 word:Rei")
    message = await answer.picture()
    assert answer.texts == ["half", "12 0.5 Rei"]
    assert (message.attachments[0].filename, message.attachments[0].description) == ("a.png", "a face")
    assert (message.attachments[0].width, message.attachments[0].height) == (5, 7)
    assert message.attachments[0].body == PNG
    assert [c["label"] for c in message.components[0]["components"]] == ["Again", "Mark", "Remove", "Ask"]


async def test_whole_numbers_arrive_as_int_and_other_numbers_as_float(chat: Chat) -> None:
    assert "3 1.0" in (await chat.you.say("/draw seed:3 psi:1").picture()).content


@pytest.mark.parametrize(
    ("typed", "offered"), [("/draw word:a", ["asuka"]), ("/draw word:", ["asuka", "rei"]), ("/draw 1", [])]
)
async def test_an_option_is_completed_while_it_is_typed(chat: Chat, typed: str, offered: list[str]) -> None:
    assert [choice["value"] for choice in await chat.you.complete(typed)] == offered


async def test_a_click_is_answered_by_a_new_message(chat: Chat) -> None:
    message = await chat.you.say("/draw").picture()
    answer = chat.friend.click(message, "Again")
    shown = await answer.when(lambda m: "again after 1 0.7" in m.content)
    assert shown.reply_to == message.id


async def test_a_click_can_edit_or_delete_its_message(chat: Chat) -> None:
    message = await chat.you.say("/draw").picture()
    await chat.you.click(message, "mark").wait_acknowledged()
    assert chat.world.messages[message.id].content == "marked"
    assert not chat.world.messages[message.id].components
    assert chat.world.messages[message.id].attachments
    other = await chat.you.say("/draw").picture()
    chat.you.click(other, "remove")
    await until(chat.world, lambda: other.id not in chat.world.messages or None, 5, lambda: "still there")


async def test_a_dialog_is_opened_and_submitted(chat: Chat) -> None:
    message = await chat.you.say("/draw").picture()
    opened = await chat.you.click(message, "Ask").wait_acknowledged()
    assert opened.modal is not None
    shown = await chat.you.submit(opened, {"word": "rei"}).when(lambda m: bool(m.content))
    assert shown.content == "you wrote rei"
    assert chat.you.sees(shown)
    assert not chat.friend.sees(shown)


async def test_a_dialog_may_have_every_kind_of_field(chat: Chat) -> None:
    opened = await chat.you.say("/fill").wait_acknowledged()
    assert opened.modal is not None
    fields = {label["label"]: label["component"]["custom_id"] for label in opened.modal["components"]}
    chat.you.upload("cat.png", PNG)
    given = {"Who": ["@you", "@friend"], "Pose": "left", "Hues": ["blue"], "Quickly": True, "A file": ["cat.png"]}
    filled = {custom_id: given[label] for label, custom_id in fields.items()}
    for label, value, sentence in (
        ("Pose", "up", "Pose: choose one of: left, right."),
        ("A file", [], "A file: choose"),
        ("Who", ["@x"], "Who"),
    ):
        with pytest.raises(ClientRefusal, match=sentence):
            chat.you.submit(opened, filled | {fields[label]: value})
    shown = await chat.you.submit(opened, filled).when(lambda m: bool(m.content))
    assert shown.content == f"['you', 'friend'] left ['blue'] True {len(PNG)}"


async def test_a_menu_may_offer_channels(chat: Chat) -> None:
    message = await chat.you.say("/where").wait_final(10)
    shown = await chat.you.choose(message, "where", ["#pictures"]).when(lambda m: "in" in m.content)
    assert shown.content == "in pictures"
    with pytest.raises(ClientRefusal, match="Choose 1 to 1"):
        chat.you.choose(message, "where", ["#nowhere"])


async def test_text_that_replaced_thinking_is_final_once_nothing_else_happens(chat: Chat) -> None:
    answer = chat.you.say("/slowly")
    assert (await answer.wait_final(10, quiet_s=0.5)).content == "two"
    assert answer.texts == ["one", "two"]
    with pytest.raises(NoAnswer, match="the last text was: two"):
        await answer.wait_final(0.5, quiet_s=10)
    picture = chat.you.say("/draw")
    assert (await picture.wait_final(10, quiet_s=9)).attachments  # is final at once, without a wait of 9 s


async def test_a_bot_sees_messages_in_a_server_without_their_content(chat: Chat) -> None:
    upload = chat.you.upload("cat.png", PNG)
    received: list[discord.Message] = []
    chat.bot.on_message = lambda message: asyncio.sleep(0, received.append(message))  # type: ignore[method-assign,assignment]
    posted = chat.you.write("look", [upload])
    direct = chat.you.in_channel(chat.world.direct(chat.you.user)).write("hello")
    async with asyncio.timeout(5):
        while len(received) < 2:  # noqa: ASYNC110 - the client offers no event to wait on
            await asyncio.sleep(0.01)
    assert [(m.id, m.content, len(m.attachments)) for m in received] == [(posted.id, "", 0), (direct.id, "hello", 0)]
    shown = await chat.friend.right_click("Look at", posted).when(lambda m: bool(m.content))
    assert shown.content == f"look {len(PNG)}"  # the target message of a context menu has its content


@pytest.mark.parametrize(("text", "files"), [("", 0), (" ", 0), ("x" * 2001, 0), ("x", 11)])
async def test_a_client_refuses_to_send_an_empty_or_oversized_message(text: str, files: int) -> None:
    world = state.demo_world()
    you = Person(
        world, next(user for user in world.users.values() if not user.bot), next(iter(world.channels.values()))
    )
    with pytest.raises(ClientRefusal):
        you.write(text, [you.upload(f"{n}.png", PNG) for n in range(files)])
    assert not world.messages


async def test_an_ephemeral_message_is_seen_by_one_person_only(chat: Chat) -> None:
    answer = chat.you.say("/whisper")
    await answer.when(lambda m: m.content == "psst again")
    assert [(chat.you.sees(m), chat.friend.sees(m)) for m in answer.messages] == [(True, False)] * 2


async def test_the_first_follow_up_replaces_the_thinking_message(chat: Chat) -> None:
    answer = chat.you.say("/follow")
    await answer.when(lambda m: m.content == "two!")
    assert [message.content for message in answer.messages] == ["one", "two!"]
    assert not answer.messages[1].attachments
    assert not chat.bot.errors


async def test_an_interaction_without_an_answer_expires_after_three_seconds(chat: Chat) -> None:
    from playground.people.person import NoAnswer

    with pytest.raises(NoAnswer, match="did not respond"):
        await chat.you.say("/silent").wait_acknowledged(0.2)
    interaction = chat.you.say("/silent").interaction
    chat.clock.ahead_s = 4
    async with discord.http.aiohttp.ClientSession() as session:
        url = f"{chat.discord.url}/api/v10/interactions/{interaction.id}/{interaction.token}/callback"
        async with session.post(url, json={"type": 5}) as response:
            assert (response.status, (await response.json())["code"]) == (404, 10062)


async def test_a_second_response_is_rejected(chat: Chat) -> None:
    await chat.you.say("/twice").when(lambda m: m.content == "once")
    await until_error(chat)
    error = chat.bot.errors[0]
    assert isinstance(error, discord.HTTPException)
    assert (error.status, error.code) == (400, 40060)


async def until_error(chat: Chat) -> None:
    for _ in range(200):
        if chat.bot.errors:
            return
        await asyncio.sleep(0.02)
    raise AssertionError("no error was reported")


async def test_a_token_works_for_fifteen_minutes(chat: Chat) -> None:
    answer = chat.you.say("/whisper")
    await answer.when(lambda m: m.content == "psst again")
    chat.clock.ahead_s = 15 * 60 + 1
    adapter = discord.webhook.async_.async_context.get()
    async with discord.http.aiohttp.ClientSession() as session:
        with pytest.raises(discord.HTTPException) as caught:
            await adapter.get_original_interaction_response(
                chat.world.bot.id, answer.interaction.token, session=session
            )
    assert (caught.value.status, caught.value.code) == (401, 50027)


async def test_the_bot_can_post_in_a_channel_where_it_may(chat: Chat) -> None:
    chat.you.say("/aloud")
    await until(chat.world, lambda: _posted(chat), 5, lambda: "nothing was posted")
    assert not chat.bot.errors


def _posted(chat: Chat) -> bool | None:
    return any(m.content == "aloud" and m.attachments for m in chat.world.messages.values()) or None


@pytest.mark.parametrize(
    ("denied", "size", "status", "code"),
    [
        (state.VIEW, 10, 403, 50001),
        (state.SEND, 10, 403, 50013),
        (state.ATTACH, 10, 403, 50013),
        (0, 11 * state.MIB, 413, 40005),
    ],
)
async def test_the_bot_cannot_post_where_or_what_it_may_not(
    chat: Chat, denied: int, size: int, status: int, code: int
) -> None:
    from dataclasses import replace

    answer = chat.you.say(f"/aloud {size}")
    await answer.wait_acknowledged()
    chat.world.channels[chat.you.channel.id] = replace(chat.you.channel, denied=denied)
    await until_error(chat)
    error = chat.bot.errors[0]
    assert isinstance(error, discord.HTTPException)
    assert (error.status, error.code) == (status, code)


async def test_a_context_menu_passes_its_message_and_the_file_can_be_read(chat: Chat) -> None:
    message = await chat.you.say("/draw").picture()
    shown = await chat.you.right_click("Look at", message).when(lambda m: bool(m.content))
    assert shown.content == f"1 0.7  {len(PNG)}"


async def test_options_can_take_a_person_and_an_upload(chat: Chat) -> None:
    chat.you.upload("cat.png", PNG)
    shown = await chat.you.say("/show @friend cat.png").when(lambda m: bool(m.content))
    assert shown.content == f"friend cat.png {len(PNG)}"


async def test_commands_work_in_direct_messages(chat: Chat) -> None:
    you = chat.you.in_channel(chat.world.direct(chat.you.user))
    assert (await you.say("/draw 4").picture()).channel_id == you.channel.id


async def test_the_bot_hears_of_a_deleted_message(chat: Chat) -> None:
    message = await chat.you.say("/draw").picture()
    chat.you.delete(message)
    for _ in range(100):
        if chat.bot.deleted:
            break
        await asyncio.sleep(0.02)
    assert chat.bot.deleted == [message.id]


@pytest.mark.parametrize(
    ("typed", "sentence"),
    [
        ("/draw 100", "seed must be from 0 to 99"),
        ("/draw x", "whole number"),
        ("/draw psi:9", "psi must be from"),
        ("/draw colour:red", "has no option colour"),
        ("/drow", "no command /drow"),
        ("draw", "begins with a slash"),
        ("/draw 1 1 a b", "no option for 'b'"),
        ("/draw seed:1 seed:2", "given twice"),
    ],
)
async def test_a_client_refuses_a_wrong_line_in_one_sentence(chat: Chat, typed: str, sentence: str) -> None:
    with pytest.raises(ClientRefusal, match=sentence):
        chat.you.say(typed)


# Servers that come and go


async def test_a_logged_in_bot_hears_a_server_come_and_go(chat: Chat) -> None:
    before = {guild.id for guild in chat.bot.guilds}
    chat.world.clear()
    state.populate(chat.world)
    async with asyncio.timeout(5):
        while not (chat.bot.joined and chat.bot.left):  # noqa: ASYNC110 - the client offers no event to wait on
            await asyncio.sleep(0.01)
    assert {guild.id for guild in chat.bot.left} == before
    assert [guild.id for guild in chat.bot.joined] == list(chat.world.guilds) == [guild.id for guild in chat.bot.guilds]
    assert {channel.name for channel in chat.bot.guilds[0].text_channels} == {"general", "pictures"}
    people = [user for user in chat.world.users.values() if not user.bot]
    general = next(channel for channel in chat.world.channels.values() if channel.name == "general")
    assert (await Person(chat.world, people[0], general).say("/draw 3").picture()).attachments


# Faults


async def test_events_during_a_broken_connection_are_replayed_after_a_resume(chat: Chat) -> None:
    chat.discord.gateway.drop()
    answer = chat.you.say("/draw 7")
    await answer.picture()
    assert chat.discord.gateway.resumed == 1
    assert chat.discord.gateway.identified == 1


@pytest.mark.parametrize(
    ("fault", "identified", "resumed"),
    [("reconnect", 1, 1), ("invalid", 2, 0), ("again", 1, 1), (4000, 1, 1), (4009, 2, 0)],
)
async def test_the_client_reconnects_after_every_kind_of_fault(
    chat: Chat, fault: Any, identified: int, resumed: int
) -> None:
    gateway = chat.discord.gateway
    if fault == "reconnect":
        gateway.ask_to_reconnect()
    elif fault in ("invalid", "again"):
        gateway.invalidate(resumable=fault == "again")
    else:
        await gateway.close_all(fault)
    await chat.online(identified, resumed)
    assert (await chat.you.say("/draw").picture()).attachments


async def test_the_client_gives_up_a_zombie_connection_and_resumes(monkeypatch: pytest.MonkeyPatch) -> None:
    async with open_chat(monkeypatch, heartbeat_s=0.2) as chat:
        chat.bot._connection.heartbeat_timeout = 0.5
        await chat.bot.ws.close(4000)
        await chat.online(resumed=1)
        chat.discord.gateway.silence()
        answer = chat.you.say("/draw 9")
        await answer.picture()
        assert chat.discord.gateway.resumed == 2


@pytest.mark.parametrize(
    ("fault", "times"),
    [(RateLimited(0.05), 2), (RateLimited(0.05, everywhere=True), 1), (ServerError(502), 2), (ServerError(503), 1)],
)
async def test_a_temporary_fault_on_edits_only_delays_the_picture(chat: Chat, fault: Any, times: int) -> None:
    chat.discord.faults.add(fault, "edit original", times)
    assert (await chat.you.say("/draw").picture()).attachments
    assert not chat.bot.errors
    assert not chat.discord.faults.pending


@pytest.mark.parametrize(
    ("fault", "kind"),
    [(Dropped(), OSError), (Dropped(after=True), OSError), (RateLimited(1, banned=True), discord.HTTPException)],
)
async def test_a_lasting_fault_reaches_the_command(chat: Chat, fault: Any, kind: type[Exception]) -> None:
    chat.discord.faults.add(fault, "edit original", 9)
    chat.you.say("/draw")
    await until_error(chat)
    assert isinstance(chat.bot.errors[0], kind | discord.http.aiohttp.ClientError)


async def test_a_wrong_token_ends_the_login(monkeypatch: pytest.MonkeyPatch) -> None:
    async with Loopback(state.demo_world()) as loopback:
        monkeypatch.setattr(discord.http.Route, "BASE", loopback.url + "/api/v10")
        async with TinyBot() as bot:
            with pytest.raises(discord.LoginFailure):
                await bot.login("wrong")


@pytest.mark.parametrize(
    ("change", "code"),
    [({"token": "x"}, 4004), ({"intents": 1 << 60}, 4013), ({"intents": 1 << 1}, 4014), ({"shard": [3, 2]}, 4010)],
)
async def test_an_invalid_identify_is_closed_with_its_code(change: dict[str, Any], code: int) -> None:
    assert (
        await _close_code({"op": 2, "d": {"token": "loopback-token", "intents": 1, "properties": {}} | change}) == code
    )


@pytest.mark.parametrize(
    ("payload", "code"),
    [
        ("nonsense", 4002),
        ({"op": 2, "d": "x" * 5000}, 4002),
        ({"op": 99, "d": None}, 4001),
        ({"op": 3, "d": {}}, 4003),
        ({"op": 6, "d": {"token": "loopback-token", "session_id": "no", "seq": "x"}}, 4002),
    ],
)
async def test_nonsense_on_the_gateway_is_closed_with_its_code(payload: Any, code: int) -> None:
    assert await _close_code(payload) == code


async def test_a_shard_is_told_of_its_servers_and_begins_a_session_only_in_its_turn() -> None:
    import aiohttp

    world = state.demo_world()
    owner = next(user for user in world.users.values() if not user.bot)
    while len({(guild.id >> 22) % 2 for guild in world.guilds.values()}) < 2:
        world.add_guild("another", owner)

    async def identify(shard: int) -> dict[str, Any]:
        async with aiohttp.ClientSession() as session, session.ws_connect(address) as socket:
            await socket.receive_json()
            identity = {"token": "loopback-token", "intents": 1, "properties": {}, "shard": [shard, 2]}
            await socket.send_json({"op": 2, "d": identity})
            return await socket.receive_json()

    async with Loopback(world) as loopback:
        address = loopback.url + "/gw/?v=10&encoding=json"
        loopback.gateway.pace_s = 60
        first, second = await identify(0), await identify(1)
        assert (first["t"], second["op"], second["d"], loopback.gateway.too_soon) == ("READY", 9, False, 1)
        loopback.gateway.max_concurrency = 2
        told = [{int(guild["id"]) for guild in ready["d"]["guilds"]} for ready in (first, await identify(1))]
    mine = [guild.id for guild in world.guilds.values() if world.bot.id in guild.members]
    assert told == [{guild for guild in mine if (guild >> 22) % 2 == shard} for shard in (0, 1)]


async def _close_code(payload: Any) -> int | None:
    import aiohttp

    async with (
        Loopback(state.demo_world()) as loopback,
        aiohttp.ClientSession() as session,
        session.ws_connect(loopback.url + "/gw/?v=10&encoding=json") as socket,
    ):
        assert (await socket.receive_json())["op"] == 10
        await (socket.send_str(payload) if isinstance(payload, str) else socket.send_json(payload))
        assert (await socket.receive(timeout=5)).type == aiohttp.WSMsgType.CLOSE
        return socket.close_code


@pytest.mark.parametrize(
    ("headers", "status"),
    [
        ({}, 200),
        ({"Host": "evil.example"}, 403),
        ({"Origin": "http://evil.example"}, 403),
        ({"Authorization": "Bot other"}, 401),
    ],
)
async def test_only_the_bot_and_the_playgrounds_own_page_are_served(headers: dict[str, str], status: int) -> None:
    import aiohttp

    async with Loopback(state.demo_world()) as loopback, aiohttp.ClientSession() as session:
        given = {"Authorization": "Bot loopback-token"} | headers
        async with session.get(loopback.url + "/api/v10/users/@me", headers=given) as response:
            assert response.status == status
            assert status != 200 or response.headers["Content-Type"] == "application/json"
