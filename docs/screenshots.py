"""Makes every picture that shows faces of the built-in network: ``python docs/screenshots.py``.

This takes about two minutes, and needs Chromium on the path or in the variable CHROMIUM. No test runs this. It makes
the pictures of /waifubot help (bot/commands/pictures/), one for each command (docs/commands/), and those of the chat
page (docs/page-*.png).
"""

import asyncio
import io
import os
import shutil
import sys
from collections.abc import Sequence
from contextlib import AsyncExitStack
from dataclasses import replace
from pathlib import Path
from typing import Any

import help_pictures
import numpy as np
from PIL import Image, ImageSequence
from playwright.async_api import Browser, Page, async_playwright

from bot.commands import TYPED
from bot.commands.help import subject
from generator import artist
from playground.discord import state
from playground.discord.server import Loopback
from playground.discord.state import Event, Message, World
from playground.page.page import Page as ChatPage
from playground.people.person import Person
from playground.people.process import BotProcess

DOCS = Path(__file__).parent
START_S, DRAWN_S = 120.0, 90.0  # the longest to wait for the bot's start, and for one picture
DESKTOP: dict[str, Any] = {"viewport": {"width": 1180, "height": 800}}
PHONE: dict[str, Any] = {
    "viewport": {"width": 390, "height": 780},
    "has_touch": True,
    "is_mobile": True,
    "device_scale_factor": 2,
}
# Page settings for answers that are text.
CARD: dict[str, Any] = {"viewport": {"width": 480, "height": 1900}, "color_scheme": "dark"}
CARD_PX = 520  # pixels; a longer answer is cut off
TALL_PX = {"settings": 640, "make": 630, "story": 720}  # of commands whose whole answer is to be seen
MAX_FRAMES = 30  # frames are left out of longer animations
ANIMATION_MS = 600  # by then every animation of the page has ended

# command -> (what a person types, width of the picture in pixels)
DRAWN: dict[str, tuple[str, int]] = {
    "waifu": ("/waifu seed:123 wildness:0.7", 200),
    "grid": ("/grid size:3 seed:40", 240),
    "morph": ("/morph from:10 to:20 frames:24 format:webp", 200),
    "mix": ("/mix coarse:40, 46, 48 fine:45, 44, 41", 280),
    "vary": ("/vary seed:45", 240),
    "psi": ("/psi seed:45", 420),
    "edit": ("/edit seed:45 change:hair: blue format:webp", 200),
    "daily": ("/daily", 200),
}
# command -> what a person types, for commands whose whole message is shown
TEXT_ONLY = {
    "queue": "/waifubot queue",
    "cancel": "/waifubot cancel",
    "status": "/waifubot status",
    "model": "/waifubot model list",
    "make": "/make face:45",
    "story": "/story face:22 traits:cat ears",
    "recipe": "/recipe waifu.png",
    "help": "/waifubot help",
}  # and every other command that takes no options
# locale -> the name of the picture of the page in this language
TRANSLATED = {"zh-CN": "page-chinese", "zh-TW": "page-traditional-chinese", "ja": "page-japanese"}
COLLECTED, COLLECTION_PX = 10, 420  # the picture of /collection: its faces, and its width in pixels
LIKED, LIKED_PX = 11, 360  # the picture of /like: which portrait, and its width in pixels
SEARCHED_S = 300.0  # how long to wait for the face that is like a picture
STREAMED, STREAM_PX, STREAM_MS = 6, 200, 900  # the picture of /stream: its faces, width in pixels, time for each face


async def main() -> None:
    """Draw the pictures of /waifubot help, start the bot and a browser, chat with the bot, take the other pictures."""
    await asyncio.to_thread(help_pictures.main)
    world = state.demo_world()
    page = ChatPage(world)
    async with AsyncExitStack() as stack:
        discord = await stack.enter_async_context(Loopback(world, more=page.routes()))
        bot = await stack.enter_async_context(
            BotProcess(discord.url, environ={"WAIFUBOT_MAX_PER_MINUTE": "0"}, output=sys.stderr.fileno())
        )
        await bot.wait_ready(world, START_S)
        playwright = await stack.enter_async_context(async_playwright())
        chromium = os.environ.get("CHROMIUM") or shutil.which("chromium")
        browser = await playwright.chromium.launch(executable_path=chromium, args=["--no-sandbox", "--disable-gpu"])
        url = f"{discord.url}/?key={page.key}"
        await _commands(world, browser, url)
        await _pages(world, browser, url)
        await browser.close()


def _people(world: World) -> tuple[Person, Person]:
    channel = next(channel for channel in world.channels.values() if channel.name == "pictures")
    you, friend = (Person(world, user, channel) for user in world.users.values() if not user.bot)
    return you, friend


# The pictures in docs/commands.


async def _commands(world: World, browser: Browser, url: str) -> None:
    you, friend = _people(world)
    (DOCS / "commands").mkdir(exist_ok=True)
    for name, (line, width) in DRAWN.items():
        message = await you.say(line).picture(DRAWN_S)
        await asyncio.to_thread(_save, name, _frames(message.attachments[0].body, width))
    await asyncio.to_thread(_save, "stream", await _streamed(world, friend), STREAM_MS)
    await asyncio.to_thread(_save, "collection", await _collected(you))
    await asyncio.to_thread(_save, "like", await _liked(you))
    face = await you.say(DRAWN["waifu"][0]).picture(DRAWN_S)
    you.upload("waifu.png", face.attachments[0].body)
    drawing = you.say("/morph from:1 to:2 frames:200 size:2")
    await drawing.when(lambda shown: not shown.loading, DRAWN_S)
    tab = await _open(browser, url, **CARD)
    await tab.get_by_role("button", name="Channels and people").click()
    await tab.locator("#channels").get_by_role("button", name="pictures").click()
    made = (*DRAWN, "stream", "collection", "like", *TEXT_ONLY)
    others = {subject(name): f"/{name}" for name in TYPED if subject(name) not in made}
    for name, line in (TEXT_ONLY | others).items():
        await _card(tab, name, await you.say(line).wait_final())


async def _streamed(world: World, person: Person) -> list[Image.Image]:
    """Start a stream, return its first faces, and stop it."""
    faces: list[bytes] = []
    answer = person.say("/stream minutes:1")

    def collect(event: Event) -> None:
        mine = (
            isinstance(event.subject, Message)
            and event.subject.interaction_id == answer.id
            and event.subject.attachments
        )
        if mine and event.subject.attachments[0].body not in faces[-1:]:
            faces.append(event.subject.attachments[0].body)

    stop = world.subscribe(collect)
    shown = await answer.when(lambda message: bool(message.attachments) and len(faces) >= STREAMED, 60.0)
    stop()
    await person.click(shown, "Stop").wait_acknowledged()
    return [_frames(face, STREAM_PX)[0] for face in faces]


async def _collected(person: Person) -> list[Image.Image]:
    """Keep some faces, and return the sheet that shows them."""
    for seed in range(40, 40 + COLLECTED):
        shown = await person.say(f"/waifu seed:{seed}").picture(DRAWN_S)
        await person.choose(shown, "More…", ["keep"]).when(lambda answer: bool(answer.content))
    page = await person.say("/collection").picture(DRAWN_S)
    return _frames(page.attachments[0].body, COLLECTION_PX)


async def _liked(person: Person) -> list[Image.Image]:
    """Show the bot a portrait that it has never seen, and return what it answers: both, side by side."""
    portrait = artist.draw(artist.sample(np.random.default_rng(LIKED)), 512)
    file = io.BytesIO()
    Image.fromarray(portrait).save(file, "JPEG", quality=80)
    person.upload("portrait.jpg", file.getvalue())
    found = await person.say("/like portrait.jpg").when(lambda shown: bool(shown.components), SEARCHED_S)
    return _frames(found.attachments[0].body, LIKED_PX)


async def _card(tab: Page, name: str, message: Message) -> None:
    node = tab.locator(f"#m{message.id}")
    await tab.wait_for_timeout(ANIMATION_MS)  # each edit of a message makes its node anew
    await node.scroll_into_view_if_needed()
    box = await node.bounding_box()
    assert box
    clip: Any = {"x": 0, "y": box["y"], "width": box["width"], "height": min(box["height"], TALL_PX.get(name, CARD_PX))}
    shot = await tab.screenshot(clip=clip)
    with Image.open(io.BytesIO(shot)) as card:
        _save(name, [card.convert("RGB")])


def _frames(body: bytes, width: int) -> list[Image.Image]:
    with Image.open(io.BytesIO(body)) as picture:
        frames = [frame.convert("RGB") for frame in ImageSequence.Iterator(picture)]
        delay = picture.info.get("duration", 0)
    step = -(-len(frames) // MAX_FRAMES)
    frames = frames[::step]
    height = round(frames[0].height * width / frames[0].width)
    small = [frame.resize((width, height), Image.Resampling.LANCZOS) for frame in frames]
    small[0].info["duration"] = delay * step
    return small


def _save(name: str, frames: Sequence[Image.Image], each_ms: int | None = None) -> None:
    first, *others = frames
    moving: dict[str, Any] = (
        {"save_all": True, "append_images": others, "duration": each_ms or first.info["duration"], "loop": 0}
        if others
        else {}
    )
    path = DOCS / "commands" / f"{name}.webp"
    first.save(path, quality=70 if moving else 80, method=6, **moving)
    print(f"{path.relative_to(DOCS.parent)}: {path.stat().st_size:,} bytes", flush=True)


# The pictures of the chat page.


async def _pages(world: World, browser: Browser, url: str) -> None:
    dark = await _open(browser, url, color_scheme="dark", **DESKTOP)
    await _keep(dark, "page-welcome")
    await _say(dark, "/waifu seed:Rei")
    await dark.locator(".message").last.get_by_role("button", name="More…").click()
    await _keep(dark, "page-menu")
    await dark.keyboard.press("Escape")
    await _say(dark, "/morph from:40 to:48 frames:24")
    await dark.locator("#input").fill("/")
    await dark.locator("#hints li").first.wait_for()
    await _keep(dark, "page-commands")
    light = await _open(browser, url, color_scheme="light", **DESKTOP)
    await _say(light, "/grid size:3 seed:40")
    await light.locator("#input").fill("/waifu seed:Asuka traits:hair: p")
    await light.locator("#hints li").nth(1).wait_for()
    await _keep(light, "page-options")
    phone = await _open(browser, url, color_scheme="dark", **PHONE)
    await _say(phone, "/waifu seed:45")
    await _keep(phone, "page-phone")
    for locale, name in TRANSLATED.items():
        await _translated(world, browser, url, locale, name)


async def _translated(world: World, browser: Browser, url: str, locale: str, name: str) -> None:
    you = _people(world)[0].user
    world.users[you.id] = replace(you, locale=locale)
    tab = await _open(browser, url, color_scheme="light", **DESKTOP)
    await tab.locator("#channels").get_by_role("button", name="favourites").click()
    await _say(tab, "/waifu seed:45")
    await _say(tab, "/psi seed:45")
    await tab.locator(".message").last.hover()
    await _keep(tab, name)


async def _open(browser: Browser, url: str, **settings: Any) -> Page:
    page = await (await browser.new_context(**settings)).new_page()
    await page.goto(url)
    await page.locator(".welcome").wait_for()
    return page


async def _say(page: Page, line: str) -> None:
    before = await page.locator(".picture img").count()
    await page.locator("#input").fill(line)
    await page.locator("#input").press("Enter")
    await page.locator(".picture img").nth(before).wait_for(timeout=60_000)


async def _keep(page: Page, name: str) -> None:
    await page.wait_for_timeout(ANIMATION_MS)
    with Image.open(io.BytesIO(await page.screenshot())) as shot:
        shot.convert("RGB").save(DOCS / f"{name}.png", optimize=True)


if __name__ == "__main__":
    asyncio.run(main())
