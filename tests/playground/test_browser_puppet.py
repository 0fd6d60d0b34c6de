"""Tests the page in a real browser with a puppet in place of the bot, to cover what only other bots do.

Starts neither the bot nor a worker.
"""

import asyncio
import io
import random
import re
from collections.abc import AsyncIterator
from pathlib import Path

import pytest
import pytest_asyncio
from browsing import PICTURE, Chat, opened
from PIL import Image
from playwright.async_api import Browser, expect

from playground.discord import state
from playground.discord.api import responses
from playground.discord.api.responses import Upload
from playground.discord.server import Loopback
from playground.discord.state import Event, Interaction, Json, World
from playground.page import page

pytestmark = [pytest.mark.asyncio(loop_scope="session"), pytest.mark.timeout(90)]

HUES = ["Pink", "Blue", "Green"]
BUTTONS = [
    {"type": 2, "style": 1, "label": "Open", "custom_id": "open", "emoji": {"name": "🦄"}},
    {"type": 2, "style": 2, "label": "Everything", "custom_id": "everything"},
]
ROW = {"type": 1, "components": BUTTONS}
ONE = {
    "type": 3,
    "custom_id": "one",
    "placeholder": "Pick a colour",
    "options": [{"label": c, "value": c} for c in HUES],
}
FEW = ONE | {"custom_id": "few", "placeholder": "Pick a few", "min_values": 2, "max_values": 3}
WHO = {"type": 5, "custom_id": "who", "placeholder": "For whom?"}
NONE = ONE | {"custom_id": "none", "placeholder": "One or none", "min_values": 0}
OFF = ONE | {"custom_id": "off", "placeholder": "Not now", "disabled": True}
MENUS = [{"type": 1, "components": [one]} for one in (ONE, FEW, WHO, NONE, OFF)]
DIALOG = {
    "custom_id": "asked",
    "title": "Mix with",
    "components": [
        {
            "type": 1,
            "components": [{"type": 4, "style": 1, "custom_id": "seed", "label": "Which seed?", "max_length": 20}],
        },
        {"type": 18, "label": "Which layers?", "component": ONE | {"custom_id": "layers"}},
    ],
}
EVERYTHING = {
    "custom_id": "all",
    "title": "All there is",
    "components": [
        {
            "type": 18,
            "label": "About",
            "component": {"type": 4, "style": 2, "custom_id": "about", "required": False, "min_length": 3},
        },
        {"type": 18, "label": "Pose", "component": {"type": 21, "custom_id": "pose", "options": ONE["options"][:2]}},
        {
            "type": 18,
            "label": "Hues",
            "component": {"type": 22, "custom_id": "hues", "max_values": 2, "options": ONE["options"]},
        },
        {"type": 18, "label": "Quickly", "component": {"type": 23, "custom_id": "quick"}},
        {"type": 18, "label": "A picture", "component": {"type": 19, "custom_id": "file"}},
    ],
}
FILE = {"type": 11, "name": "picture", "description": "a picture made here", "required": True}
COMMANDS: tuple[Json, ...] = (
    {
        "id": "1",
        "type": 1,
        "name": "show",
        "description": "Show all parts",
        "description_localizations": {"zh-CN": "显示"},
    },
    {"id": "2", "type": 1, "name": "recipe", "description": "Read a picture", "options": [FILE]},
    {"id": "3", "type": 3, "name": "Show recipe", "description": ""},
    {"id": "4", "type": 1, "name": "choose", "description": "Show menus"},
)


class Puppet:
    """Answers each interaction in the test's own process, right after it was made."""

    def __init__(self, world: World) -> None:
        self.world = world
        self.received: list[Json] = []  # the data of each interaction
        world.subscribe(self._on_event)

    def _on_event(self, event: Event) -> None:
        if event.name == "interaction":
            asyncio.get_running_loop().call_soon(self._answer, event.subject)

    def _answer(self, interaction: Interaction) -> None:
        self.received.append(interaction.data)
        body: Json = {"type": 4, "data": {"content": self._text(interaction)}}
        if interaction.data.get("custom_id") == "open":
            body = {"type": 9, "data": DIALOG}
        elif interaction.data.get("custom_id") == "everything":
            body = {"type": 9, "data": EVERYTHING}
        elif interaction.data.get("name") == "show":
            body["data"]["components"] = [ROW]
        elif interaction.data.get("name") == "choose":
            body["data"]["components"] = MENUS
        responses.acknowledge(self.world, interaction.id, interaction.token, body, {})

    def _text(self, interaction: Interaction) -> str:
        data = interaction.data
        if data.get("custom_id") == "all":
            fields = [label["component"] for label in data["components"]]
            return "; ".join(str(field["value"] if "value" in field else len(field["values"])) for field in fields)
        if interaction.type == state.MODAL:
            layers = data["components"][1]["component"]["values"]
            return f"Mixed with {data['components'][0]['components'][0]['value']} and {layers[0]}"
        if "target_id" in data:
            message = self.world.messages[int(data["target_id"])]
            return f"About {message.content} with {len(message.attachments)} files"
        if data.get("name") == "recipe":
            upload = self.world.uploads[int(data["options"][0]["value"])]
            return f"Read {len(upload.body)} bytes of {upload.content_type}"
        return f"Chosen: {', '.join(data.get('values', ['nothing']))} 🦄 **bold \\*star\\*** <script>"


class PuppetServer:
    """A world with a puppet and a page, on a server that can be stopped and started again on the same port."""

    def __init__(self) -> None:
        self.world = state.demo_world()
        self.world.sync(None, COMMANDS)
        self.puppet = Puppet(self.world)
        self.page = page.Page(self.world)
        self.discord: Loopback | None = None

    @property
    def url(self) -> str:
        assert self.discord is not None
        return f"{self.discord.url}/?key={self.page.key}"

    async def start(self, port: int = 0) -> int:
        self.discord = await Loopback(self.world, port=port, more=self.page.routes()).__aenter__()
        return self.discord.port

    def reset(self) -> None:
        """Replace the people and channels, so that nothing that was said or received before is visible."""
        self.world.clear()
        state.populate(self.world)
        self.puppet.received.clear()

    async def stop(self) -> None:
        assert self.discord is not None
        await self.discord.__aexit__()


@pytest_asyncio.fixture(scope="module", loop_scope="session")
async def shared_server() -> AsyncIterator[PuppetServer]:
    server = PuppetServer()
    await server.start()
    yield server
    await server.stop()


@pytest.fixture
def server(shared_server: PuppetServer) -> PuppetServer:
    """The server that all tests share, because one that loses its last tab needs a second to stop. Its world is new."""
    shared_server.reset()
    return shared_server


@pytest_asyncio.fixture(loop_scope="session")
async def chat(browser: Browser, server: PuppetServer) -> AsyncIterator[Chat]:
    async with opened(browser, server.url) as chat:
        yield chat


async def test_menus_take_one_or_several_options(chat: Chat, server: PuppetServer) -> None:
    shown = await chat.say("/choose")
    await shown.get_by_role("button", name="Pick a colour").click()
    options = chat.tab.get_by_role("option")
    answer = await chat.answer(options.filter(has_text="Blue").click())
    await expect(answer).to_contain_text("Chosen: Blue")
    await shown.get_by_role("button", name="Pick a few").click()
    done = chat.tab.get_by_role("button", name="Done")
    await options.filter(has_text="Pink").click()
    await expect(done).to_be_disabled()
    await options.filter(has_text="Green").click()
    answer = await chat.answer(done.click())
    await expect(answer).to_contain_text("Chosen: Pink, Green")
    await expect(answer.locator(".used")).to_have_text(re.compile("You used Pink, Green"))
    await expect(shown.get_by_role("button", name="Not now")).to_be_disabled()
    await shown.get_by_role("button", name="For whom?").click()
    friend = next(user for user in server.world.users.values() if user.name == "friend")
    await expect(await chat.answer(options.filter(has_text="Friend").click())).to_contain_text(f"Chosen: {friend.id}")
    none = shown.get_by_role("button", name="One or none")
    for choice, values in (("Blue", ["Blue"]), ("Blue", []), ("Pink", ["Pink"])):
        await none.click()
        await chat.answer(options.filter(has_text=choice).click())
        assert server.puppet.received[-1]["values"] == values
    await expect(none).to_have_accessible_name("One or none: Pink")


async def test_a_list_stays_open_and_returns_the_focus_when_its_message_changes(
    chat: Chat, server: PuppetServer
) -> None:
    shown = await chat.say("/choose")
    await shown.get_by_role("button", name="Pick a colour").press("Enter")
    message = next(reversed(server.world.messages.values()))
    server.world.edit(message.id, content="Changed")
    await expect(shown).to_contain_text("Changed")
    await expect(chat.tab.get_by_role("option").first).to_be_focused()
    await chat.tab.keyboard.press("Escape")
    await expect(shown.get_by_role("button", name="Pick a colour")).to_be_focused()


async def test_a_dialog_is_filled_in_and_submitted_by_keyboard(chat: Chat, server: PuppetServer) -> None:
    shown = await chat.say("/show")
    await shown.get_by_role("button", name="Open").click()
    dialog = chat.tab.get_by_role("dialog", name="Mix with")
    await expect(dialog.get_by_label("Which seed?")).to_be_focused()
    await chat.tab.keyboard.press("Enter")  # submits nothing, because a required field is empty
    await expect(dialog).to_be_visible()
    await dialog.get_by_label("Which layers?").select_option("Green")
    await dialog.get_by_label("Which seed?").fill("Rei")
    answer = await chat.answer(chat.tab.keyboard.press("Enter"))
    await expect(answer).to_contain_text("Mixed with Rei and Green")
    await expect(answer.locator(".used")).to_have_text(re.compile("You used Mix with"))
    await shown.get_by_role("button", name="Open").click()
    await expect(dialog).to_be_visible()
    await chat.tab.keyboard.press("Escape")
    await expect(shown.get_by_role("button", name="Open")).to_be_focused()


async def test_a_dialog_may_have_every_kind_of_field_and_says_what_is_wrong(
    chat: Chat, server: PuppetServer, tmp_path: Path
) -> None:
    Image.new("RGB", (9, 9), "pink").save(tmp_path / "face.png")
    shown = await chat.say("/show")
    await shown.get_by_role("button", name="Everything").click()
    dialog = chat.tab.get_by_role("dialog", name="All there is")
    await dialog.get_by_role("radio", name="Blue").check()
    for hue in ("Pink", "Blue", "Green"):
        await dialog.get_by_role("checkbox", name=hue).check()
    await dialog.get_by_role("checkbox", name="Quickly").check()
    await dialog.get_by_label("A picture").set_input_files(tmp_path / "face.png")
    await expect(dialog.locator(".upload img")).to_be_visible()
    await dialog.get_by_role("button", name="Submit").click()
    await expect(dialog.get_by_role("alert")).to_have_text("Hues: choose 0 to 2.")
    await dialog.get_by_role("checkbox", name="Green").uncheck()
    answer = await chat.answer(dialog.get_by_role("button", name="Submit").click())
    await expect(answer).to_contain_text("; Blue; 2; True; 1")
    await expect(dialog).to_have_count(0)


async def test_a_right_click_or_long_press_opens_the_menu_with_the_bots_commands(
    browser: Browser, chat: Chat, server: PuppetServer
) -> None:
    await chat.say("/show")
    await chat.last.locator(".byline").click(button="right")
    answer = await chat.answer(chat.tab.get_by_role("menuitem", name="Show recipe").click())
    await expect(answer).to_contain_text("About Chosen: nothing")
    async with opened(browser, server.url, has_touch=True) as touched:
        button = touched.tab.get_by_role("button", name="Open").last
        await button.scroll_into_view_if_needed()
        box = await button.bounding_box()
        assert box
        finger = await touched.tab.context.new_cdp_session(touched.tab)
        where = {"x": box["x"] + 5, "y": box["y"] + 5}
        await finger.send("Input.dispatchTouchEvent", {"type": "touchStart", "touchPoints": [where]})
        item = touched.tab.get_by_role("menuitem", name="Show recipe")
        await expect(item).to_be_visible()
        await finger.send("Input.dispatchTouchEvent", {"type": "touchEnd", "touchPoints": []})
        await expect(touched.tab.get_by_role("dialog")).to_have_count(0)  # the button under the finger is not pressed
        answer = await touched.answer(item.tap())
        await expect(answer).to_contain_text("About Chosen")


async def test_a_file_is_chosen_for_an_option_and_reaches_the_bot(
    chat: Chat, server: PuppetServer, tmp_path: Path
) -> None:
    Image.new("RGB", (9, 9), "pink").save(tmp_path / "a face.png")
    await chat.type("/recipe ")
    await chat.tab.keyboard.press("Tab")
    async with chat.tab.expect_file_chooser() as chooser:
        await chat.hints.filter(has_text="Choose a file").click()
    await (await chooser.value).set_files(tmp_path / "a face.png")
    await expect(chat.box).to_have_value("/recipe picture:a_face.png ")
    answer = await chat.answer(chat.box.press("Enter"))
    await expect(answer).to_contain_text("bytes of image/png")


async def test_a_picture_is_posted_as_a_message_and_its_menu_opens_by_keyboard(
    chat: Chat, server: PuppetServer, tmp_path: Path
) -> None:
    Image.new("RGB", (9, 9), "pink").save(tmp_path / "mine.png")
    tray, keys = chat.tab.get_by_role("list", name="Files to send"), chat.tab.keyboard
    for keep in (False, True):
        async with chat.tab.expect_file_chooser() as chooser:
            await chat.tab.get_by_role("button", name="Attach a file").click()
        await (await chooser.value).set_files(tmp_path / "mine.png")
        await expect(tray.locator("img")).to_be_visible()
        if not keep:
            await tray.get_by_role("button", name="Remove mine.png").click()
            await expect(tray).to_be_hidden()
    await expect(tray.get_by_role("button", name="Use in /recipe")).to_be_visible()
    await chat.type("Who is this?")
    posted = await chat.answer(keys.press("Enter"))
    await expect(posted.locator(PICTURE)).to_be_visible()
    await expect(posted.locator(".byline")).to_contain_text("You")
    await expect(tray).to_be_hidden()
    await chat.tab.locator("#messages").focus()
    await keys.press("ArrowUp")
    await keys.press("Shift+F10")
    await expect(chat.tab.get_by_role("menuitem", name="Show recipe")).to_be_focused()
    await expect(await chat.answer(keys.press("Enter"))).to_contain_text("About Who is this? with 1 files")
    await chat.become("Friend")
    await expect(posted).to_contain_text("Who is this?")


def noise(shade: int, side: int = 700) -> Upload:
    """Return a large picture of noise, which takes the browser a moment to load."""
    pixels = random.Random(shade).randbytes(side * side * 3)
    file = io.BytesIO()
    Image.frombytes("RGB", (side, side), pixels).save(file, "PNG", compress_level=0)
    return Upload(f"{shade}.png", file.getvalue())


# JavaScript that counts the frames in which the message shows no loaded picture, in window.gaps.
COUNT_GAPS = """id => {
  window.gaps = 0;
  const check = () => {
    const image = document.getElementById(id)?.querySelector(".picture img");
    if (!image?.complete || !image.naturalWidth) window.gaps += 1;
    window.watching = requestAnimationFrame(check);
  };
  check();
}"""


async def test_a_message_that_changes_its_picture_always_shows_one(chat: Chat, server: PuppetServer) -> None:
    channel = next(iter(server.world.channels))
    body = {"content": "stream", "attachments": [{"id": 0, "filename": "0.png", "description": "Face 0"}]}
    message = responses.send(server.world, channel, body, {0: noise(0)})
    shown = chat.tab.locator(f"#m{message.id}")
    await expect(shown.locator(PICTURE)).to_have_js_property("complete", True)
    await chat.tab.evaluate(COUNT_GAPS, f"m{message.id}")
    for n in range(1, 4):
        body["attachments"] = [{"id": 0, "filename": f"{n}.png", "description": f"Face {n}"}]
        responses.edit(server.world, server.world.messages[message.id], body, {0: noise(n)})
        await expect(shown.get_by_role("img", name=f"Face {n}")).to_be_visible()
    assert await chat.tab.evaluate("window.gaps") == 0
    await expect(shown.locator("figure")).to_have_count(1)


def post_by_bot(world: World, body: Json, *names: str) -> state.Message:
    body |= {
        "attachments": [{"id": i, "filename": name, "description": f"A face in {name}"} for i, name in enumerate(names)]
    }
    return responses.send(world, next(iter(world.channels)), body, {i: noise(i, 90) for i in range(len(names))})


def media(name: str) -> Json:
    return {"media": {"url": f"attachment://{name}"}, "description": f"See {name}"}


EMBEDS = [
    {
        "title": "Faces",
        "description": "**many**",
        "color": 0x00FF00,
        "thumbnail": {"url": "attachment://a.png"},
        "image": {"url": "attachment://b.png"},
        "fields": [{"name": "psi", "value": "0.7", "inline": True}],
        "footer": {"text": "below"},
    },
    {"title": "Elsewhere", "image": {"url": "https://example.com/far.png"}},
]
LAYOUT = [
    {"type": 10, "content": "### What there is"},
    {"type": 9, "components": [{"type": 10, "content": "A section"}], "accessory": {"type": 11, **media("a.png")}},
    {"type": 14, "spacing": 2},
    {"type": 17, "accent_color": 255, "components": [{"type": 12, "items": [media("b.png"), media("c.png")]}]},
    {"type": 13, "file": {"url": "attachment://c.png"}},
]


async def test_embeds_and_layouts_show_their_pictures_once_and_none_from_other_hosts(
    chat: Chat, server: PuppetServer
) -> None:
    embedded = chat.tab.locator(f"#m{post_by_bot(server.world, {'embeds': EMBEDS}, 'a.png', 'b.png').id}")
    await expect(embedded.locator("img[src*=attachments]")).to_have_count(2)
    await expect(embedded.get_by_role("link", name="Elsewhere")).to_have_attribute(
        "href", "https://example.com/far.png"
    )
    await expect(embedded.locator(".embed").first).to_have_css("border-left-color", "rgb(0, 255, 0)")
    await expect(embedded).to_contain_text("psi")
    laid = chat.tab.locator(
        f"#m{post_by_bot(server.world, {'flags': 1 << 15, 'components': LAYOUT}, 'a.png', 'b.png', 'c.png').id}"
    )
    await expect(laid.locator("img[src*=attachments]")).to_have_count(3)
    await expect(laid.get_by_role("img", name="See b.png")).to_have_js_property("naturalWidth", 90)
    await expect(laid.get_by_role("link", name="c.png")).to_be_visible()
    assert chat.complaints == []


async def test_alt_texts_can_be_shown(chat: Chat, server: PuppetServer) -> None:
    shown = chat.tab.locator(f"#m{post_by_bot(server.world, {'content': 'one'}, 'face.png').id}")
    toggle = shown.get_by_role("button", name="Show the description")
    await toggle.press("Enter")
    await expect(shown.locator("p.alt")).to_have_text("A face in face.png")
    await shown.get_by_role("button", name="Show larger").click()
    await expect(chat.tab.get_by_role("dialog").locator("figcaption")).to_have_text("A face in face.png")


async def test_a_thread_stands_below_its_channel(chat: Chat, server: PuppetServer) -> None:
    await chat.go("favourites")
    await expect(await chat.say("/show")).to_contain_text("Chosen")
    thread = next(channel for channel in server.world.channels.values() if channel.parent_id)
    assert next(reversed(server.world.messages.values())).channel_id == thread.id


async def test_text_from_outside_never_becomes_html_and_markdown_is_shown(chat: Chat, server: PuppetServer) -> None:
    shown = await chat.say("/show")
    await expect(shown.locator("strong").last).to_have_text("bold *star*")
    await expect(shown.locator(".content")).to_contain_text("<script>")
    await expect(shown.locator(".content .icon, .content .emoji")).to_have_count(
        1
    )  # the emoji, as an icon of the page or as the machine's own


async def test_commands_are_described_in_the_persons_own_language(chat: Chat, server: PuppetServer) -> None:
    await chat.tab.get_by_role("button", name="English").click()
    await chat.tab.get_by_role("option", name="中文").click()
    await expect(chat.tab.locator("#people")).to_contain_text("中文")
    await chat.type("/sh")
    await expect(chat.hints).to_contain_text(["显示"])
    assert [user.locale for user in server.world.users.values() if not user.bot] == ["zh-CN", "en-US"]
    await chat.tab.get_by_role("button", name="中文").click()
    await chat.tab.get_by_role("option", name="English").click()
    await expect(chat.tab.locator("#people")).not_to_contain_text("中文")


async def test_the_page_reconnects_to_its_server_and_recognises_another_run(browser: Browser) -> None:
    server = PuppetServer()
    port = await server.start()
    async with opened(browser, server.url) as chat:
        await server.stop()
        connection = chat.tab.locator("#connection")
        await expect(connection).to_contain_text("Connection lost")
        await chat.box.fill("/show")
        await chat.box.press("Enter")
        await expect(chat.tab.get_by_role("alert")).to_contain_text("cannot be reached")
        await expect(chat.box).to_have_value("/show")  # the typed line is kept
        server.world.post(next(iter(server.world.channels)), server.world.bot.id, content="while you were away")
        await server.start(port)
        await expect(connection).to_be_empty()
        await expect(chat.last).to_contain_text("while you were away")
        await expect(await chat.answer(chat.box.press("Enter"))).to_contain_text("Chosen")
        await server.stop()
        server.page = page.Page(server.world)  # another run has another key
        await server.start(port)
        await expect(connection).to_contain_text("This playground has ended")
    await server.stop()
