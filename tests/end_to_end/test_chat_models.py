"""Tests the models, streams and help, with the real bot and a worker that keeps only one model in memory."""

import io
import os
import re
import signal
from collections.abc import AsyncIterator
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
import pytest_asyncio
from PIL import Image
from project_paths import ROOT
from stage import Stage

from bot.commands import COMMANDS, TYPED
from bot.commands.help import PICTURED, divide, subject
from bot.discord_api import MAX_FILES
from generator import checkpoints
from generator.contract import stamp
from generator.contract.recipe import Recipe
from playground.discord.state import Message
from playground.people.person import Answer, Person, until

pytestmark = [pytest.mark.asyncio(loop_scope="session"), pytest.mark.timeout(90)]

EMBEDDED = checkpoints.EMBEDDED.stem


@pytest.fixture(scope="module")
def settings(settings: Path) -> Path:
    settings.write_text(settings.read_text() + "max_models = 1\n")
    return settings


@pytest_asyncio.fixture(scope="module", loop_scope="session")
async def stage(stage: Stage) -> Stage:
    # Once the worker has drawn something, the bot knows every model.
    assert (await stage.you.say("/waifu 1").picture(60)).attachments
    return stage


@pytest_asyncio.fixture(autouse=True, loop_scope="session")
async def tidy(stage: Stage) -> AsyncIterator[None]:
    """After each test, remove choices and streams, and check that the bot's log holds no traceback."""
    yield
    for person in (stage.you, stage.friend):
        await person.say("/waifubot cancel").wait_final()
        await person.say("/waifubot model choose").wait_final()
    await stage.you.say("/waifubot model server").wait_final()
    assert "Traceback" not in stage.log.read_text(errors="replace")


def line(message: Message) -> str:
    """Return the recipe line under a picture."""
    (match,) = re.findall(r"^(?:-# )?`([^`]+)`$", message.content, re.MULTILINE)
    return str(match)


async def model_for(person: Person, command: str = "/waifu 5") -> str:
    """Return the name of the model that draws for a person. ``command`` is what the person types."""
    message = await person.say(command).picture(60)
    assert stamp.read(message.attachments[0].body) == line(message)
    return str(Recipe.parse(line(message))["model"])


async def read_private(answer: Answer) -> str:
    message = await answer.wait_final(20)
    assert message.ephemeral_to is not None
    assert not message.attachments
    return message.content


def set_locale(stage: Stage, person: Person, locale: str) -> None:
    stage.world.users[person.user.id] = replace(stage.world.users[person.user.id], locale=locale)


# Several models


async def test_three_models_draw_in_turn_in_memory_for_one(stage: Stage) -> None:
    for seed, model in enumerate(("plain-1", "traits-1", "slow-1", "plain-1")):
        assert await model_for(stage.you, f"/waifu 9{seed} model:{model}") == model
    log = stage.log.read_text(errors="replace")
    assert all(f"unloaded the model {model}" in log for model in ("plain-1", "traits-1", "slow-1"))


async def test_the_list_shows_every_model_and_its_menu_chooses_one(stage: Stage) -> None:
    answer = stage.you.say("/waifubot model list")
    shown = await answer.wait_final(20)
    assert shown.ephemeral_to == stage.you.user.id
    for model in ("plain-1", "traits-1", "slow-1", EMBEDDED):
        assert f"**{model}**" in shown.content
    assert shown.content.startswith("**Models that can draw here**\n")
    assert re.search(r"\*\*plain-1\*\*.*\*the bot's default\*", shown.content)
    assert re.search(r"\*\*traits-1\*\* · \d+ px, knows hair, eyes", shown.content)
    assert shown.components[0]["components"][0]["options"][0]["label"] == "No choice of my own"
    await stage.you.choose(shown, "waifu:model:mine", ["traits-1"]).wait_acknowledged()
    again = stage.world.messages[shown.id]
    assert re.search(r"\*\*traits-1\*\*.*yours", again.content)
    assert [option["value"] for option in again.components[0]["components"][0]["options"] if option.get("default")] == [
        "traits-1"
    ]
    assert await model_for(stage.you) == "traits-1"
    assert await model_for(stage.friend) == "plain-1"
    await stage.you.choose(again, "waifu:model:mine", ["*"]).wait_acknowledged()
    assert await model_for(stage.you) == "plain-1"


async def test_the_recipe_comes_before_the_person_before_the_server_before_the_default(stage: Stage) -> None:
    before = await stage.friend.say("/waifu 7").picture(60)
    servers = "From now on **traits-1** draws on this server for everybody who has not chosen a model."
    assert await read_private(stage.you.say("/waifubot model server traits-1")) == servers
    assert await model_for(stage.friend) == "traits-1"
    yours = "From now on **slow-1** draws for you, unless you name another."
    assert await read_private(stage.friend.say("/waifubot model choose slow-1")) == yours
    assert await model_for(stage.friend) == "slow-1"
    assert await model_for(stage.friend, "/waifu 5 model:plain-1") == "plain-1"
    assert await model_for(stage.you) == "traits-1"
    again = await stage.friend.click(before, "Again").picture(60)
    assert Recipe.parse(line(again))["model"] == "plain-1"  # the buttons under an old picture keep its model
    assert "**traits-1** draws for you" in await read_private(stage.friend.say("/waifubot model choose"))
    cleared = "This server's choice is cleared; **plain-1** draws."
    assert await read_private(stage.you.say("/waifubot model server")) == cleared
    assert await model_for(stage.friend) == "plain-1"


async def test_a_persons_choice_holds_in_direct_messages_and_the_servers_does_not(stage: Stage) -> None:
    direct = stage.you.in_channel(next(c for c in stage.world.channels.values() if c.user_id == stage.you.user.id))
    await stage.you.say("/waifubot model server traits-1").wait_final()
    assert await model_for(direct) == "plain-1"
    await direct.say("/waifubot model choose slow-1").wait_final()
    assert await model_for(direct) == await model_for(stage.you) == "slow-1"
    assert "not on a server" in await read_private(direct.say("/waifubot model server traits-1"))


async def test_only_those_who_manage_the_server_choose_for_it(stage: Stage) -> None:
    assert "permission Manage Server" in await read_private(stage.friend.say("/waifubot model server traits-1"))
    assert await model_for(stage.friend) == "plain-1"


async def test_traits_and_info_follow_the_choice(stage: Stage) -> None:
    info = await read_private(stage.you.say("/waifubot model info"))
    assert "no traits" in info
    assert info.endswith("It is the bot's default.")
    await stage.you.say("/waifubot model choose traits-1").wait_final()
    content = await read_private(stage.you.say("/waifubot model info"))
    assert "**traits-1**" in content
    assert "**hair**: pink, blue, green" in content
    assert "hair: pink" in [choice["value"] for choice in await stage.you.complete("/waifu traits:ha")]
    assert (
        line(await stage.you.say("/waifu 5 traits:hair: pink").picture(60))
        == "waifu 5 model=traits-1 psi=0.7 trait.hair=pink"
    )


async def test_names_are_completed_and_unknown_ones_are_refused(stage: Stage) -> None:
    assert [choice["value"] for choice in await stage.you.complete("/waifubot model choose tra")] == ["traits-1"]
    for command in ("/waifubot model info nobody", "/waifubot model choose nobody", "/waifubot model server nobody"):
        content = await read_private(stage.you.say(command))
        assert "There is no model 'nobody' here; choose one of: plain-1, traits-1, slow-1" in content
        assert "\n" not in content
    assert await model_for(stage.you) == "plain-1"


@pytest.mark.skipif(
    not os.environ.get("FULL_SIZE"), reason="FULL_SIZE=1 runs it; test_preferences.py keeps choices, too"
)
async def test_choices_survive_a_restart_and_a_missing_model_is_mentioned_once(stage: Stage) -> None:
    old = await stage.you.say("/waifu 3 model:traits-1").picture(60)
    await stage.you.say("/waifubot model choose traits-1").wait_final()
    await stage.you.say("/waifubot model server slow-1").wait_final()
    whole = stage.settings.read_text()
    stage.settings.write_text(re.sub(r", \"[^\"]*traits-1.safetensors\"", "", whole))
    try:
        await stage.restart()
        answer = stage.you.say("/waifu 5")
        assert Recipe.parse(line(await answer.picture(60)))["model"] == "slow-1"
        mention = await answer.when(lambda m: m.ephemeral_to == stage.you.user.id)
        assert "**traits-1**, which you chose, is no longer here" in mention.content
        later = stage.you.say("/waifu 6")
        await later.picture(60)
        assert "**traits-1**" in await read_private(stage.you.say("/waifubot model list"))
        assert len(later.messages) == 1
        lost = await stage.you.click(old, "Wilder").wait_final()
        assert "The model traits-1 is not on offer here at the moment" in lost.content
    finally:
        stage.settings.write_text(whole)
        await stage.restart()
    assert await model_for(stage.you) == "traits-1"  # once the model is offered again, the old choice counts again
    assert (await stage.you.click(old, "Wilder").picture(60)).attachments


# Streams


def faces(answer: Answer) -> list[str]:
    return [text for text in answer.texts if "Stop keeps" in text]


async def wait_for_faces(answer: Answer, count: int = 1) -> Message:
    """Wait until a stream has shown ``count`` faces, and return its message."""
    await until(
        answer._world, lambda: True if len(faces(answer)) >= count else None, 60, lambda: f"seen: {answer.texts}"
    )
    message = answer.message
    assert message is not None
    return message


def labels(message: Message) -> list[str]:
    return [component["label"] for row in message.components for component in row["components"] if "label" in component]


async def test_a_stream_shows_face_after_face_in_one_message_until_it_is_stopped(stage: Stage) -> None:
    answer = stage.you.say("/stream 1 wildness:0.9 traits:hair: blue model:traits-1")
    seen = {}
    for count in (1, 2, 3):
        message = await wait_for_faces(answer, count)
        assert labels(message) == ["Stop"]
        recipe = line(message)
        assert stamp.read(message.attachments[0].body) == recipe
        assert re.fullmatch(r"waifu \d+ model=traits-1 psi=0.9 trait.hair=blue", recipe)
        assert message.attachments[0].description
        with Image.open(io.BytesIO(message.attachments[0].body)) as picture:
            seen[recipe] = np.asarray(picture.convert("RGB")).astype(int)
    one, two, three = seen.values()
    assert np.abs(one - two).mean() > 1
    assert np.abs(two - three).mean() > 1
    assert "Only the person who started" in await read_private(stage.friend.click(message, "Stop"))
    assert "already have a stream" in await read_private(stage.you.say("/stream"))
    await stage.you.click(message, "Stop").wait_acknowledged()
    last = await answer.when(lambda m: labels(m) != ["Stop"])
    assert line(last) in seen
    assert "Stop keeps" not in last.content
    assert stamp.read(last.attachments[0].body) == line(last)
    assert labels(last)[:3] == ["Again", "Wilder", "Calmer"]
    assert len(answer.messages) == 1
    assert (await stage.friend.click(last, "Again").picture(60)).attachments


async def test_a_stream_waits_while_others_are_served_and_counts_towards_no_limit(stage: Stage) -> None:
    busy = [stage.friend.say(f"/morph {seed} 1 frames:240 size:2 model:slow-1") for seed in (3, 4)]
    await busy[0].when(lambda m: "░" in m.content, 60)
    stream = stage.you.say("/stream 2")
    assert "as soon as nobody else" in (await stream.when(lambda m: "🕐" in m.content)).content
    own = [stage.you.say(f"/waifu {seed} model:slow-1") for seed in range(3)]  # as many requests as one person may have
    assert "0 being drawn" not in await read_private(stage.you.say("/waifubot queue"))
    await stage.friend.say("/waifubot cancel").wait_final()
    for answer in own:
        await answer.picture(60)
    await wait_for_faces(stream)
    assert "1 picture" not in await read_private(stage.you.say("/waifubot queue"))
    cancelled = await read_private(stage.you.say("/waifubot cancel"))
    assert cancelled == "Stopped your stream."
    assert labels(await stream.when(lambda m: labels(m) != ["Stop"]))[0] == "Again"


async def test_deleting_its_message_ends_a_stream(stage: Stage) -> None:
    answer = stage.you.say("/stream 1")
    stage.you.delete(await wait_for_faces(answer))
    assert answer.message is None
    assert "nothing in the queue" in await read_private(stage.you.say("/waifubot cancel"))
    again = stage.you.say("/stream 1")
    assert (await wait_for_faces(again)).id != answer.interaction.original_id


@pytest.mark.skipif(os.name != "posix", reason="needs POSIX signals")
@pytest.mark.skipif(not os.environ.get("FULL_SIZE"), reason="FULL_SIZE=1 runs it; test_restarts.py kills bots, too")
async def test_a_stream_resumes_after_kill_9_and_after_sigterm_and_ends_at_sigint(stage: Stage) -> None:
    answer = stage.you.say("/stream 2")
    before = line(await wait_for_faces(answer))
    os.kill(stage.pid, signal.SIGKILL)
    assert stage.bot is not None
    await stage.bot.process.wait()
    await stage.stop()
    count = len(faces(answer))
    await stage.start()
    message = await wait_for_faces(answer, count + 1)
    assert line(message) != before
    assert labels(message) == ["Stop"]
    count = len(faces(answer))
    await stage.restart()
    assert labels(await wait_for_faces(answer, count + 1)) == ["Stop"]
    stage.bot.process.send_signal(signal.SIGINT)
    await stage.bot.process.wait()
    await stage.stop()
    assert answer.message is not None
    assert "-# The bot is shutting down" in answer.message.content
    assert labels(answer.message)[0] == "Again"
    await stage.start()
    assert (await stage.you.click(answer.message, "Again").picture(60)).attachments


async def test_wrong_options_of_a_stream_are_refused_in_one_sentence(stage: Stage) -> None:
    for ask, about in (
        (stage.you.say("/stream traits:hair: pink"), "traits"),
        (stage.you.say("/stream model:nobody"), "There is no model 'nobody'"),
        (stage.you.use("stream", minutes=99), "minutes must be from 1 to 12, not 99"),
    ):
        content = await read_private(ask)
        assert about in content
        assert "\n" not in content
    assert "nothing in the queue" in await read_private(stage.you.say("/waifubot cancel"))


# Help


def parts(message: Message, kind: int) -> list[dict[str, object]]:
    return [part for part in message.components if part["type"] == kind]


@pytest.mark.parametrize("locale", ["en-US", "zh-CN"])
async def test_help_shows_every_command_with_a_picture_and_its_description(stage: Stage, locale: str) -> None:
    set_locale(stage, stage.you, locale)
    try:
        answer = stage.you.say("/waifubot help")
        pages, others = divide([name for name in TYPED if name != "waifubot help"])
        ask = lambda: answer.messages if len(answer.messages) == len(pages) else None  # noqa: E731
        messages = await until(stage.world, ask, 15, lambda: f"{len(answer.messages)} of {len(pages)} messages")
    finally:
        set_locale(stage, stage.you, "en-US")
    commands = {
        command["name"]: command
        for command in stage.world.commands_in(stage.you.channel.id)
        if command.get("type", 1) == 1
    }
    assert set(commands) == set(COMMANDS)
    for message, pictured in zip(messages, pages, strict=True):
        assert message.ephemeral_to == stage.you.user.id
        check_help(message, pictured, commands, locale)
    tail = parts(messages[-1], 10)[-1]["content"]
    assert all(f"</{name}:" in str(tail) for name in others)


def check_help(message: Message, pictured: list[str], commands: dict[str, dict[str, object]], locale: str) -> None:
    """Check one message of /waifubot help, which shows each of ``pictured`` with its picture."""
    sections = parts(message, 9)
    assert len(sections) == len(pictured) == len(message.attachments)
    for name, section in zip(pictured, sections, strict=True):
        ((text,), picture) = section["components"], section["accessory"]  # type: ignore[misc]
        assert re.match(rf"\*\*(/[\w ]+ )?</{name}( list)?:{commands[name.split()[0]]['id']}>\*\* \S", text["content"])
        assert picture["media"]["url"] == f"attachment://{subject(name)}.webp"
        assert picture["description"]
    assert ("的" in "".join(s["components"][0]["content"] for s in sections)) == (locale == "zh-CN")  # type: ignore[index]
    for file in message.attachments:
        with Image.open(io.BytesIO(file.body)) as shown:
            assert shown.format == "WEBP"


async def test_the_pictures_of_help_are_small_and_fit_into_two_messages() -> None:
    folder = ROOT / "bot" / "commands" / "pictures"
    assert len(PICTURED) <= 2 * MAX_FILES
    assert {path.stem for path in folder.iterdir()} == PICTURED
    assert set(map(subject, TYPED)) > PICTURED
    assert sum(path.stat().st_size for path in folder.iterdir()) < 400_000


async def test_a_chinese_user_is_answered_in_chinese(stage: Stage) -> None:
    set_locale(stage, stage.you, "zh-CN")
    try:
        assert "默认" in await read_private(stage.you.say("/waifubot model list"))
        assert "指纹" in await read_private(stage.you.say("/waifubot model info"))
        assert "为你画" in await read_private(stage.you.say("/waifubot model choose slow-1"))
        assert "服务器" in await read_private(stage.you.say("/waifubot model server slow-1"))
        stream = stage.you.say("/stream 1")
        message = await stream.picture(60)
        assert "停止" in message.content
        assert labels(message) == ["停止"]
        assert "已经有一个" in await read_private(stage.you.say("/stream 1"))
    finally:
        set_locale(stage, stage.you, "en-US")
