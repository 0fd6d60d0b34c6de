"""Tests the way from a typed command to a posted picture, with the real bot, worker and discord.py.

They run as real processes and talk over real sockets. Only Discord itself is a stand-in, the one of the playground.
"""

import asyncio
import io
import os
import re
import signal
import subprocess
import sys
import time
from collections.abc import AsyncIterator, Callable
from contextlib import suppress
from pathlib import Path
from typing import Any

import aiohttp
import numpy as np
import psutil
import pytest
import pytest_asyncio
import torch
from final_message import is_final
from flow_steps import draw_something
from PIL import Image, ImageSequence
from project_paths import ROOT
from stage import Stage

from generator import checkpoints
from generator.contract import stamp, vector
from generator.contract.recipe import Recipe
from generator.rendering.render import raw_frames
from generator.stylegan2.network import Generator
from playground.discord.state import Message
from playground.people.person import Answer, Person

pytestmark = [pytest.mark.asyncio(loop_scope="session"), pytest.mark.timeout(90)]

LEAVE_S = 10.0  # every process ends within this time after it is asked to
MAX_BOT_BYTES = 120_000_000


@pytest.fixture(scope="session")
def plain(models: tuple[Path, ...]) -> Generator:
    return checkpoints.load(models[0])


@pytest_asyncio.fixture(autouse=True, loop_scope="session")
async def tidy(request: pytest.FixtureRequest) -> AsyncIterator[None]:
    """After each test, cancel what is left in the queue, and check that the bot's log holds no traceback."""
    yield
    if "stage" in request.fixturenames:
        stage = request.getfixturevalue("stage")
        for person in (stage.you, stage.friend):
            await person.say("/waifubot cancel").wait_final()
        assert "Traceback" not in stage.log.read_text(errors="replace")


def caption_line(message: Message) -> str:
    """Return the recipe line in a picture's caption."""
    lines = re.findall(r"^(?:-# )?`([^`]+)`$", message.content, re.MULTILINE)
    assert len(lines) == 1, message.content
    return str(lines[0])


def pixels(message: Message) -> "np.ndarray[Any, Any]":
    """Return the picture as an array of uint8 with shape [h, w, 3]."""
    with Image.open(io.BytesIO(message.attachments[0].body)) as picture:
        return np.asarray(picture.convert("RGB"))


def is_status(message: Message) -> bool:
    return bool(message.content) and not is_final(message)


# The three commands


@pytest.mark.parametrize(
    ("line", "media", "size", "begins"),
    [
        ("/waifu seed:123 wildness:0.7", "image/png", (256, 256), "waifu 123 model=plain-1 psi=0.7"),
        ("/grid 3", "image/png", None, "grid 3 model=plain-1 psi=0.7 seed="),
        ("/morph 10 20", "image/gif", (256, 256), "morph 10 20 model=plain-1 psi=0.7"),
        ("/waifu seed:Asuka", "image/png", (256, 256), "waifu 1096863481 "),
        (
            "/waifu 7 traits:hair: pink model:traits-1",
            "image/png",
            None,
            "waifu 7 model=traits-1 psi=0.7 trait.hair=pink",
        ),
        ("/morph 1 2 frames:4 format:mp4", "video/mp4", None, "morph 1 2 format=mp4 frames=4 model=plain-1"),
        ("/morph 1 2 frames:4 format:webp", "image/webp", None, "morph 1 2 format=webp frames=4 model=plain-1"),
        ("/morph 1 2 format:strip frames:3", "image/png", None, "morph 1 2 format=strip frames=3 model=plain-1"),
    ],
)
async def test_a_command_is_answered_with_a_picture_stamped_with_its_captions_line(
    stage: Stage, line: str, media: str, size: tuple[int, int] | None, begins: str
) -> None:
    message = await stage.you.say(line).picture(60)
    file = message.attachments[0]
    assert file.content_type == media
    assert size is None or (file.width, file.height) == size
    assert file.description
    recipe = caption_line(message)
    assert recipe.startswith(begins)
    assert str(Recipe.parse(recipe)) == recipe
    assert stamp.read(file.body) == recipe
    assert [c["label"] for c in message.components[0]["components"]] == [
        "Again",
        "Wilder",
        "Calmer",
        "Recipe",
        "Delete",
    ]


async def test_a_picture_is_the_face_of_its_seed(stage: Stage, plain: Generator) -> None:
    message = await stage.you.say("/waifu 123").picture()
    expected = raw_frames(Recipe.parse("waifu 123 psi=0.7"), plain)[0]
    assert np.abs(pixels(message).astype(int) - np.asarray(expected).astype(int)).max() <= 1


async def test_the_same_seed_is_the_same_face_for_everybody(stage: Stage) -> None:
    one, two = stage.you.say("/waifu Rei"), stage.friend.say("/waifu rei")
    assert np.array_equal(pixels(await one.picture()), pixels(await two.picture()))


async def test_a_morph_starts_and_turns_exactly_at_its_faces(stage: Stage, plain: Generator) -> None:
    frames = np.asarray(raw_frames(Recipe.parse("morph 10 20"), plain, enlarge=False)).astype(int)
    assert len(frames) == 60
    for frame, seed in ((frames[0], 10), (frames[30], 20)):
        z = torch.from_numpy(np.random.RandomState(seed).randn(1, plain.z_dim)).float()
        with torch.no_grad():
            x = plain.synthesis(plain.mapping(z, None, psi=0.7), noise="const")
        face = (x[0].permute(1, 2, 0) * 127.5 + 128).clamp(0, 255).to(torch.uint8).numpy()
        assert np.abs(frame - face.astype(int)).max() <= 1


async def test_a_gif_lasts_as_asked_and_looks_like_its_frames(stage: Stage, plain: Generator) -> None:
    message = await stage.you.say("/morph 10 20").picture(60)
    expected = np.asarray(raw_frames(Recipe.parse("morph 10 20"), plain)).astype(float)
    with Image.open(io.BytesIO(message.attachments[0].body)) as gif:
        shown = [
            (np.asarray(frame.convert("RGB")).astype(float), frame.info["duration"])
            for frame in ImageSequence.Iterator(gif)
        ]
        assert gif.info["loop"] == 0
    assert abs(sum(duration for _, duration in shown) - 3000) <= 10
    error = np.mean([(frame - raw) ** 2 for (frame, _), raw in zip(shown, expected, strict=True)])
    assert 10 * np.log10(255**2 / error) >= 30


async def test_commands_are_acknowledged_within_three_seconds_while_pictures_are_drawn(stage: Stage) -> None:
    answers = [person.say(f"/waifu {i}") for i in range(3) for person in (stage.you, stage.friend)]
    for answer in answers:
        await answer.picture(60)
        assert answer.acknowledged_after_s is not None
        assert answer.acknowledged_after_s < 3


# The queue


LONG = "/morph 1 2 frames:80 size:2 model:slow-1"  # long enough to show a progress bar on a fast machine
ENDLESS = "frames:240 size:2 model:slow-1"  # 960 faces, which no test waits for


async def test_a_picture_requested_during_a_long_morph_does_not_wait_for_it(stage: Stage) -> None:
    morph = stage.friend.say(LONG)
    await morph.when(lambda m: "░" in m.content)  # the progress bar is there, so the morph is being drawn
    waifu = stage.you.say("/waifu 5 model:slow-1")
    await waifu.picture()
    assert morph.message is not None
    assert not morph.message.attachments
    message = await morph.picture(100)
    with Image.open(io.BytesIO(message.attachments[0].body)) as gif:
        assert getattr(gif, "n_frames", 1) == 80


async def test_people_see_progress_and_their_position_and_can_cancel(stage: Stage) -> None:
    busy = [stage.friend.say(f"/morph 3 4 {ENDLESS}"), stage.friend.say(f"/morph 5 6 {ENDLESS}")]
    for answer in busy:
        await answer.wait_acknowledged()
    waiting = stage.you.say(f"/morph 7 8 {ENDLESS}")
    assert re.search("1st|2nd", (await waiting.when(is_status)).content)
    assert "/960" in (await busy[0].when(lambda m: "░" in m.content)).content
    queue = await stage.you.say("/waifubot queue").wait_final()
    assert queue.ephemeral_to == stage.you.user.id
    assert "morph 7 8" in queue.content
    for person in (stage.you, stage.friend):
        assert (await person.say("/waifubot cancel").wait_final()).ephemeral_to == person.user.id
    for answer in (waiting, *busy):
        await answer.wait_deleted()
    assert "nothing" in (await stage.you.say("/waifubot cancel").wait_final()).content


async def test_one_person_cannot_fill_the_queue(stage: Stage) -> None:
    answers = [stage.you.say(f"/morph {i} 900 {ENDLESS}") for i in range(4)]
    refused = await answers[3].wait_final()
    assert not refused.attachments
    assert "/waifubot cancel" in refused.content
    await stage.you.say("/waifubot cancel").wait_final()
    for answer in answers[:3]:
        await answer.wait_deleted()


# Buttons


async def test_buttons_work_after_the_bot_was_restarted(stage: Stage) -> None:
    message = await stage.you.say("/waifu 42 wildness:0.7").picture()
    wilder = await stage.friend.click(message, "Wilder").picture()
    await stage.restart()
    again = await stage.you.click(message, "Again").picture(60)
    calmer = await stage.you.click(wilder, "Calmer").picture()
    recipes = {
        name: Recipe.parse(caption_line(m)) for name, m in (("again", again), ("wilder", wilder), ("calmer", calmer))
    }
    assert recipes["again"].numbers != (42,)
    assert recipes["again"]["psi"] == 0.7
    assert recipes["wilder"].numbers == recipes["calmer"].numbers == (42,)
    assert recipes["wilder"]["psi"] > recipes["calmer"]["psi"]
    assert len(stage.world.messages[message.id].attachments) == 1


async def test_only_the_owner_or_a_moderator_deletes(stage: Stage) -> None:
    mine, theirs = await stage.you.say("/waifu 1").picture(60), await stage.friend.say("/waifu 2").picture()
    refused = await stage.friend.click(mine, "Delete").wait_final()
    assert refused.ephemeral_to == stage.friend.user.id
    assert mine.id in stage.world.messages
    for person, message in ((stage.you, mine), (stage.you, theirs)):  # stage.you is a moderator of this server
        answer = person.click(message, "Delete")
        await answer.wait_acknowledged()
        await _until(lambda gone=message.id: gone not in stage.world.messages)


# Invalid input


def _typed(line: str) -> Callable[[Person], Answer]:
    return lambda person: person.say(line)


def _sent(name: str, **options: Any) -> Callable[[Person], Answer]:
    """Use a command with options that the client does not check, as an outdated client might."""
    return lambda person: person.use(name, **options)


@pytest.mark.parametrize(
    ("ask", "about"),
    [
        (_typed("/waifu 4294967296"), "from 0 to 4294967295"),
        (_sent("waifu", seed="x" * 300), "at most 64 characters"),
        (_sent("waifu", wildness=9.0), "wildness must be from -2 to 2, not 9"),
        (_sent("grid", size=50), "size must be from 1 to 5, not 50"),
        (_sent("morph", **{"from": "10"}), "reload Discord"),
        (
            _typed('/morph 10 20 more:"1 2 3 4 5 6 7 8 9 10 11 12 13 14 15 16 17 18 19 20 21 22 23"'),
            "at most 22 seeds; you gave 23",
        ),
        (_sent("morph", **{"from": "1", "to": "2", "frames": 0}), "frames must be from 2 to 3600, not 0"),
        (_sent("morph", **{"from": "1", "to": "2", "frames": 100000}), "frames must be from 2 to 3600, not 100000"),
        (_typed("/morph 1 2 frames:10 seconds:1"), "either frames or seconds"),
        (_typed("/waifu 1 model:nobody"), "plain-1, traits-1, slow-1"),
        (_sent("morph", **{"from": "1", "to": "2", "format": "bmp"}), "choose one of: gif, mp4, webp, strip"),
        (_typed("/waifu 1 traits:hair: pink"), "no trait"),
        (_typed("/waifu 1 traits:nose: big model:traits-1"), "hair, eyes"),
        (_typed("/waifu 1 traits:hair: plaid model:traits-1"), "pink, blue, green"),
    ],
)
async def test_bad_input_is_answered_with_one_sentence(
    stage: Stage, ask: Callable[[Person], Answer], about: str
) -> None:
    answer = ask(stage.you)
    message = await answer.wait_final(20)
    assert not message.attachments
    assert message.content
    assert "\n" not in message.content
    assert about in message.content
    assert len(answer.messages) == 1


async def test_the_queue_is_empty_after_all_that(stage: Stage) -> None:
    assert "0 waiting, 0 being drawn" in (await stage.you.say("/waifubot queue").wait_final()).content
    assert (await stage.you.say("/waifu 1").picture()).attachments


# The processes


async def test_the_bot_process_is_small_and_holds_no_torch(stage: Stage) -> None:
    process = psutil.Process(stage.pid)
    assert process.memory_info().rss < MAX_BOT_BYTES
    if hasattr(process, "memory_maps"):
        loaded = " ".join(mapped.path for mapped in process.memory_maps())
        assert not re.search(r"/(torch|numpy|PIL)/", loaded)


async def test_the_bot_reconnects_after_a_broken_connection(stage: Stage) -> None:
    stage.discord.gateway.drop()
    assert (await stage.you.say("/waifu 3").picture()).attachments


async def test_sigterm_leaves_no_process_behind_even_during_work(stage: Stage) -> None:
    answer = stage.you.say(f"/morph 1 2 {ENDLESS}")
    await answer.when(lambda m: "/960" in m.content, 40)
    processes = [psutil.Process(stage.pid), *psutil.Process(stage.pid).children(recursive=True)]
    assert len(processes) >= 2
    began = time.monotonic()
    try:
        assert await stage.stop() == 0
        assert not [process for process in processes if _is_alive(process)]
        assert time.monotonic() - began < LEAVE_S
        assert "comes in a moment" in (answer.content or "")
    finally:
        await stage.start()
    await stage.you.say("/waifubot cancel").wait_final()
    await answer.wait_deleted(20)


@pytest.mark.skipif(not os.environ.get("FULL_SIZE"), reason="FULL_SIZE=1 runs it; its parts are tried in test_like.py")
async def test_a_search_goes_on_after_its_worker_was_killed_and_nothing_of_the_picture_stays(stage: Stage) -> None:
    drawing = draw_something()
    stage.you.upload("mine.png", drawing)
    answer = stage.you.say("/like mine.png")
    await answer.when(lambda message: bool(message.attachments))
    (worker,) = (child for child in psutil.Process(stage.pid).children() if "serve" in child.cmdline())
    worker.kill()
    found = await answer.when(lambda message: "`waifu @" in message.content, 80)
    assert found.ephemeral_to == stage.you.user.id
    with Image.open(io.BytesIO(found.attachments[0].body)) as picture:
        assert picture.width > 1.8 * picture.height
    digest = vector.digest_of(drawing).encode()
    for path in (stage.log, *(path for path in stage.state_dir.rglob("*") if path.is_file())):
        content = path.read_bytes()
        assert [needle for needle in (drawing, digest, b"mine.png") if needle in content] == [], path


def _is_alive(process: psutil.Process) -> bool:
    try:
        return process.is_running() and process.status() != psutil.STATUS_ZOMBIE
    except psutil.NoSuchProcess:
        return False


async def _until(true: Callable[[], bool], seconds: float = 10.0) -> None:
    async with asyncio.timeout(seconds):
        while not true():  # noqa: ASYNC110 - no event announces the end of a process
            await asyncio.sleep(0.02)


# The playground, started from a shell


def _playground(settings: Path, *arguments: str) -> "subprocess.Popen[str]":
    command = [sys.executable, "-m", "playground", "--config", str(settings), *arguments]
    return subprocess.Popen(command, cwd=ROOT, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True)


async def test_commands_can_be_sent_from_the_shell(settings: Path, tmp_path: Path) -> None:
    lines = [
        "--say",
        "/waifu seed:123 wildness:0.7",
        "--say",
        "/grid 2 seed:5",
        "--say",
        "/morph 1 2 frames:3",
        "--say",
        "/waifu wildness:9",
    ]
    process = _playground(settings, *lines, "--concurrent", "--out", str(tmp_path / "out"))
    out, err = await asyncio.to_thread(process.communicate, timeout=80)
    assert process.returncode == 1, err  # 1, because the last line is refused, and so gets no picture
    assert sorted(path.name for path in (tmp_path / "out").iterdir()) == [
        "1-waifu-123.png",
        "2-grid-2-5.png",
        "3-morph-1-2.gif",
    ]
    assert "waifu 123 model=plain-1 psi=0.7" in out
    assert "not sent: wildness must be from -2 to 2, not 9." in out
    assert re.search(r"\(\d+\.\d s\)", out)


async def test_the_page_is_served_until_ctrl_c_to_one_bot_only_and_no_process_stays(
    settings: Path,
) -> None:
    process = _playground(settings)
    assert process.stdout is not None
    url = re.search(r"http://127\.0\.0\.1:\d+/\?key=\S+", await asyncio.to_thread(process.stdout.readline))
    assert url
    async with aiohttp.ClientSession() as session, session.get(url[0]) as response:
        assert (response.status, response.content_type) == (200, "text/html")
        for token in ("loopback-token", ""):
            address = str(response.url.with_path("/api/v10/users/@me").with_query(None))
            async with session.get(address, headers={"Authorization": f"Bot {token}"}) as refused:
                assert refused.status == 401
    family = [psutil.Process(process.pid), *psutil.Process(process.pid).children(recursive=True)]
    assert len(family) >= 3
    process.send_signal(signal.SIGINT)
    await asyncio.to_thread(process.communicate, timeout=LEAVE_S)
    assert process.returncode == 0
    with suppress(TimeoutError):
        await _until(lambda: not any(_is_alive(member) for member in family), 1)
    assert not [member for member in family if _is_alive(member)]


async def test_the_embedded_model_draws_without_any_setting(tmp_path: Path) -> None:
    empty = tmp_path / "config.toml"
    empty.write_text("")
    process = _playground(empty, "--say", "/waifu 1", "--out", str(tmp_path / "out"))
    out, err = await asyncio.to_thread(process.communicate, timeout=80)
    assert process.returncode == 0, err
    with Image.open(tmp_path / "out" / "1-waifu-1.png") as picture:
        assert picture.width >= 256
    assert f"model={checkpoints.EMBEDDED.stem}" in out
