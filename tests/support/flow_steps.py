"""The steps of flows: what a person does in a chat, and what they must then see, whatever their language.

A step is a function of a Scene. Buttons, menus and sentences are named by their keys in the catalogues, so that one
flow is walked in each language. Contains no flows: they are in flows.py.
"""

import io
import re
import string
from collections.abc import Awaitable, Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Any

import wording
from fluent.syntax import ast as ftl
from fluent.syntax.visitor import Visitor
from PIL import Image, ImageDraw
from stage import Stage

from bot.i18n import texts
from bot.i18n.texts import Texts
from bot.messages import captions
from generator.contract import stamp
from generator.contract.errors import GeneratorError
from playground.discord import state
from playground.discord.errors import ClientRefusal
from playground.discord.state import Json, Message
from playground.people.person import Answer, Person, until

SOON_S = 20.0
GAP = "1234567"  # stands for what a sentence's field holds


@dataclass
class Scene:
    """A channel with two people who read the same language, and what the last steps have shown them."""

    stage: Stage
    t: Texts
    people: Mapping[str, Person]  # "you" and "friend"
    answer: Answer | None = None  # to the last thing that somebody did
    message: Message | None = None  # the one whose buttons are pressed: the last picture
    seen: set[str] = field(default_factory=set)  # every text that was shown
    marked: Message | None = None  # see ``mark``

    @property
    def you(self) -> Person:
        return self.people["you"]

    @property
    def shown(self) -> Message:
        """The message whose buttons are pressed, as it is now."""
        assert self.message is not None
        return self.stage.world.messages[self.message.id]

    def line(self) -> str:
        recipe = captions.recipe_in(self.shown.content)
        assert recipe is not None, self.shown.content
        return str(recipe)

    @property
    def last(self) -> Answer:
        assert self.answer is not None
        return self.answer


Step = Callable[[Scene], Awaitable[None]]


# What a person does


def say(command: str, who: str = "you") -> Step:
    """Type a command. @you and @friend in it are the two people."""

    async def step(scene: Scene) -> None:
        named = re.sub("@(you|friend)", lambda match: f"@{scene.people[match[1]].user.name}", command)
        scene.answer = scene.people[who].say(named)
        await scene.answer.wait_acknowledged()

    return step


def press(button: str, who: str = "you") -> Step:
    """Press a button under the last picture. ``button`` is the key of its label."""

    async def step(scene: Scene) -> None:
        scene.answer = scene.people[who].click(scene.shown, scene.t(button))
        await scene.answer.wait_acknowledged()

    return step


def choose(menu: str, value: str, who: str = "you", **fields: str) -> Step:
    """Choose from a menu under the last picture. ``menu`` is the key of its placeholder, with ``fields``."""

    async def step(scene: Scene) -> None:
        scene.answer = scene.people[who].choose(scene.shown, scene.t(menu, **fields), [value])
        await scene.answer.wait_acknowledged()

    return step


def choose_face(number: int | str, menu: int = 0) -> Step:
    """Pick a face by its number from a menu of faces under the last picture, or ask for a moment."""

    async def step(scene: Scene) -> None:
        scene.answer = scene.you.choose(scene.shown, f"waifu:cell{menu}:{scene.you.user.id}", [str(number)])
        await scene.answer.wait_acknowledged()

    return step


def choose_in_panel(menu: str, value: str) -> Step:
    """Choose from a menu of the maker's panel, whose placeholder depends on the language's names of traits."""

    async def step(scene: Scene) -> None:
        scene.answer = scene.you.choose(scene.shown, f"maker:{menu}:{scene.you.user.id}", [value])
        await scene.answer.wait_acknowledged()

    return step


def choose_first(menu: str, who: str = "you") -> Step:
    """Choose the first option of a menu under the last message."""

    async def step(scene: Scene) -> None:
        placeholder = scene.t(menu)
        parts = [part for row in scene.shown.components for part in row["components"]]
        value = next(part["options"][0]["value"] for part in parts if part.get("placeholder") == placeholder)
        await choose(menu, value, who)(scene)

    return step


def choose_person(menu: str, chosen: str, who: str = "you") -> Step:
    """Choose somebody from a menu of people under the last message."""

    async def step(scene: Scene) -> None:
        await choose(menu, str(scene.people[chosen].user.id), who)(scene)

    return step


def right_click_person(command: str, clicked: str, who: str = "you") -> Step:
    """Use a command of the menu that a right click on a person opens."""

    async def step(scene: Scene) -> None:
        scene.answer = scene.people[who].right_click(command, scene.people[clicked].user)
        await scene.answer.wait_acknowledged()

    return step


def right_click(command: str, who: str = "you") -> Step:
    """Use a command of the menu that a right click on the last picture opens."""

    async def step(scene: Scene) -> None:
        scene.answer = scene.people[who].right_click(command, scene.shown)
        await scene.answer.wait_acknowledged()

    return step


def fill_in(**fields: Any) -> Step:
    """Submit the dialog that the last step has opened."""

    async def step(scene: Scene) -> None:
        opened = scene.last.interaction
        assert opened.modal is not None, scene.last.content
        note_parts(scene, opened.modal["components"])
        scene.answer = Person(scene.you.world, scene.you.world.users[opened.user_id], scene.you.channel).submit(
            opened, fields
        )
        await scene.answer.wait_acknowledged()

    return step


def found(content: str, *rows: Json) -> Step:
    """Find a message of the bot that an earlier version has posted."""

    async def step(scene: Scene) -> None:
        you = scene.you
        parts = [address(row, you.user.id, scene.t) for row in rows]
        scene.message = you.world.post(
            you.channel.id, you.world.bot.id, content=content, components=tuple(parts), attachments=(a_file(you),)
        )

    return step


def a_file(person: Person) -> state.Attachment:
    return person.upload("waifu-42.png", b"\x89PNG\r\n\x1a\nof an earlier version")


def address(part: Json, owner: int, t: Texts) -> Json:
    """Fill the owner into the custom_ids of components, and their language into the labels, which are keys."""
    changed = {"components": [address(each, owner, t) for each in part["components"]]} if "components" in part else {}
    if "custom_id" in part:
        changed = {"custom_id": part["custom_id"].replace("OWNER", str(owner)), "label": t(part["label"])}
    return part | changed


# What they must see


def picture(line: str = "", *, private: bool = False, lasts_s: float = SOON_S) -> Step:
    """A picture, with a recipe line (a regular expression) above it and in its file. Its buttons are pressed next."""

    async def step(scene: Scene) -> None:
        message = await scene.last.when(lambda m: bool(m.attachments and captions.recipe_in(m.content)), lasts_s)
        scene.message = message
        assert re.fullmatch(line or ".*", scene.line()), scene.line()
        assert (message.ephemeral_to is not None) == private
        for file in message.attachments:
            assert stamp.read(file.body) == scene.line()
            assert file.description
            scene.seen.add(file.description)
        assert not message.loading

    return step


def posted(line: str) -> Step:
    """A picture with this line that appears in the channel by itself."""

    async def step(scene: Scene) -> None:
        before = scene.message.id if scene.message else 0

        def later() -> Message | None:
            messages = (m for m in scene.you.world.messages.values() if m.channel_id == scene.you.channel.id)
            return next((m for m in messages if m.attachments and m.id > before), None)

        scene.message = await until(scene.you.world, later, SOON_S, lambda: "nothing was posted")
        assert re.fullmatch(line, scene.line()), scene.line()

    return step


def mark() -> Step:
    """Remember the last picture, for ``same_message``, ``new_message`` and ``unchanged``."""

    async def step(scene: Scene) -> None:
        scene.marked = scene.shown

    return step


def same_message() -> Step:
    """The last picture is in the marked message."""

    async def step(scene: Scene) -> None:
        assert scene.marked is not None
        assert scene.marked.id == scene.shown.id
        assert scene.marked.attachments != scene.shown.attachments

    return step


def new_message() -> Step:
    """The last picture is in a message of its own, and the marked message is as it was."""

    async def step(scene: Scene) -> None:
        assert scene.marked is not None
        assert scene.marked.id != scene.shown.id
        assert scene.you.world.messages[scene.marked.id] == scene.marked

    return step


def unchanged() -> Step:
    """The marked message is as it was, and its buttons are pressed next."""

    async def step(scene: Scene) -> None:
        assert scene.marked is not None
        assert scene.you.world.messages[scene.marked.id] == scene.marked
        scene.message = scene.marked

    return step


def same_line() -> Step:
    """The last picture has the line of the marked one."""

    async def step(scene: Scene) -> None:
        assert scene.marked is not None
        assert scene.line() == str(captions.recipe_in(scene.marked.content))

    return step


def told(key: str | type[GeneratorError], who: str = "you", **fields: Any) -> Step:
    """A sentence that only one person sees: the one of a key in the catalogues, or of an error.

    Fields that are not given may hold anything.
    """

    async def step(scene: Scene) -> None:
        pattern = sentence(scene.t, key, fields)
        message = await scene.last.when(lambda m: bool(m.content) and re.search(pattern, m.content) is not None, SOON_S)
        assert message.ephemeral_to == scene.people[who].user.id

    return step


def opens(key: str, *, private: bool = True, **fields: Any) -> Step:
    """A message with the sentence of a key. What is under it is pressed next."""

    async def step(scene: Scene) -> None:
        pattern = sentence(scene.t, key, fields)
        scene.message = await scene.last.when(lambda m: re.search(pattern, m.content, re.DOTALL) is not None, SOON_S)
        assert (scene.message.ephemeral_to is not None) == private

    return step


def story() -> Step:
    """A card with the face's story stands beside the last picture."""

    async def step(scene: Scene) -> None:
        (card,) = scene.shown.embeds
        told_of = [card["title"], card["description"], *(field["value"] for field in card["fields"])]
        assert all(told_of)
        scene.seen |= {*told_of, *(field["name"] for field in card["fields"])}

    return step


def reads(language: str) -> Step:
    """From now on, the bot answers in this language."""

    async def step(scene: Scene) -> None:
        scene.t = texts.for_locale(language)
        scene.seen.clear()

    return step


def says(*words: str) -> Step:
    """A message, as private as may be, that contains these words."""

    async def step(scene: Scene) -> None:
        await scene.last.when(lambda m: all(word in text_of(m) for word in words), SOON_S)

    return step


def dialog() -> Step:
    """A dialog is open."""

    async def step(scene: Scene) -> None:
        assert scene.last.interaction.modal is not None, scene.last.content
        scene.seen.add(scene.last.interaction.modal["title"])

    return step


def explanation() -> Step:
    """A private message with the recipe in words. Its buttons are pressed next."""

    async def step(scene: Scene) -> None:
        scene.message = await scene.last.when(lambda m: "```" in m.content and bool(m.components), SOON_S)
        assert scene.message.ephemeral_to is not None

    return step


def offers(button: str) -> Step:
    """The last picture gets a button. Its buttons are pressed next."""

    async def step(scene: Scene) -> None:
        labels = lambda: [part.get("label") for row in scene.shown.components for part in row["components"]]  # noqa: E731
        wanted = scene.t(button)
        await until(scene.you.world, lambda: wanted in labels() or None, SOON_S, lambda: f"no {wanted} in {labels()}")

    return step


def no_button(button: str) -> Step:
    """A button under the last picture is missing, or cannot be pressed."""

    async def step(scene: Scene) -> None:
        try:
            scene.you.click(scene.shown, scene.t(button))
        except ClientRefusal:
            return
        raise AssertionError(f"{button} can be pressed")

    return step


def gone() -> Step:
    """The marked message is deleted."""

    async def step(scene: Scene) -> None:
        world, marked = scene.you.world, scene.marked
        assert marked is not None
        await until(world, lambda: None if marked.id in world.messages else True, SOON_S, lambda: "it is still there")

    return step


def repeat(times: int, *steps: Step) -> Step:
    """The same steps several times."""

    async def step(scene: Scene) -> None:
        for _ in range(times):
            for each in steps:
                await each(scene)

    return step


def in_private() -> Step:
    """Go to the direct messages with the bot."""

    async def step(scene: Scene) -> None:
        scene.people = {
            name: person.in_channel(person.world.direct(person.user)) for name, person in scene.people.items()
        }

    return step


def upload(name: str) -> Step:
    """Save the last picture under a name, for an option that takes a file."""

    async def step(scene: Scene) -> None:
        scene.you.upload(name, scene.shown.attachments[0].body)

    return step


def upload_drawing(name: str) -> Step:
    """Upload a drawing of one's own under a name, for an option that takes a file."""

    async def step(scene: Scene) -> None:
        scene.you.upload(name, draw_something())

    return step


def show_drawing(who: str = "friend") -> Step:
    """Post a message with a drawing of one's own. It is right-clicked next."""

    async def step(scene: Scene) -> None:
        person = scene.people[who]
        scene.message = person.write("", [person.upload("drawing.png", draw_something())])

    return step


def draw_something() -> bytes:
    """Return a PNG of a round face in front of a plain ground."""
    picture = Image.new("RGB", (96, 64), (200, 220, 240))
    ImageDraw.Draw(picture).ellipse((28, 12, 68, 58), fill=(250, 220, 200), outline=(60, 40, 30))
    file = io.BytesIO()
    picture.save(file, "PNG")
    return file.getvalue()


# Sentences


def sentence(t: Texts, key: str | type[GeneratorError], fields: Mapping[str, Any]) -> str:
    """Return a regular expression for a sentence whose other fields may hold anything."""
    if isinstance(key, str):
        names = {*variables(wording.shipped(t.language)[key.replace("_", "-")])}
        text = t(key, **{name: fields.get(name, GAP) for name in names})
    else:
        names = {name for _, name, _, _ in string.Formatter().parse(key.sentence) if name}
        text = t.error(key(**{name: fields.get(name, GAP) for name in names}))
    return ".*".join(map(re.escape, text.split(GAP)))


def variables(message: "ftl.Message") -> Iterator[str]:
    """Yield the names of a sentence's fields."""
    names: list[str] = []

    class Names(Visitor):
        def visit_VariableReference(self, node: "ftl.VariableReference") -> None:
            names.append(node.id.name)

    Names().visit(message)
    yield from names


# All that was shown


def text_of(message: Message) -> str:
    """Return the text of a message and of its components."""
    return "\n".join([message.content, *texts_of(message.components)])


def texts_of(parts: Sequence[Json]) -> Iterator[str]:
    """Yield the texts in components, including nested ones."""
    for part in parts:
        if part.get("content"):
            yield part["content"]
        yield from texts_of(part.get("components", ()))


def note_parts(scene: Scene, parts: Sequence[Json]) -> None:
    """Note every label in a message or dialog."""
    for part in parts:
        scene.seen |= {str(part[name]) for name in ("label", "placeholder", "description") if part.get(name)}
        nested = [*part.get("components", ()), *([part["component"]] if "component" in part else [])]
        note_parts(scene, [*nested, *part.get("options", ())])


async def walk(steps: Sequence[Step], scene: Scene) -> None:
    """Take the steps of a flow, and note every text that the two people see meanwhile."""
    world, bot = scene.you.world, scene.you.world.bot.id
    channels = {person.channel.id for person in scene.people.values()}

    def note(event: state.Event) -> None:
        message = event.subject
        if event.name in ("message", "edit") and message.author_id == bot and message.channel_id in channels:
            scene.seen.add(text_of(message))
            note_parts(scene, message.components)

    stop = world.subscribe(note)
    try:
        for number, step in enumerate(steps):
            try:
                await step(scene)
            except Exception as problem:
                problem.add_note(f"in step {number + 1}, {step.__qualname__.partition('.')[0]}")
                raise
    finally:
        stop()


def set_scene(stage: Stage, t: Texts) -> Scene:
    """Make two people who read this language, in a channel of their own."""
    world = stage.world
    people = [world.add_user(f"{name}-{world.snowflake()}", locale=t.language) for name in ("you", "friend")]
    guild = next(iter(world.guilds.values()))
    members = {**guild.members, **{person.id: state.PLAIN_MEMBER for person in people}}
    world.guilds[guild.id] = replace(guild, members=members)
    channel = world.add_channel(guild, "pictures")
    return Scene(
        stage, t, {name: Person(world, user, channel) for name, user in zip(("you", "friend"), people, strict=True)}
    )
