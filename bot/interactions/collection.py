"""Shows collections page by page, and does what their menus, buttons and dialogs ask for. Keeps and gives faces.

How a page looks is defined in bot/messages/collection.py, and what is kept in bot/storage/people/.
"""

import contextlib
import io
import re
from collections.abc import Awaitable, Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from functools import partial
from typing import Any

import discord

from bot.delivery import respond
from bot.delivery.services import Services
from bot.delivery.sheets import DrawnPage
from bot.discord_api import UNREACHABLE, Interaction
from bot.errors import CollectionHidden, GiftToBot, GiftToYourself, ManyFaces, NotKept, NotYourCollection
from bot.i18n import texts
from bot.interactions import items
from bot.interactions.repeats import Repeats
from bot.messages import captions, modals
from bot.messages import collection as pages
from bot.messages.collection import OfferedFace, Page, Row
from bot.recipes import kinds, looks
from bot.recipes.request import Request
from generator.contract.cells import cell, find_cells
from generator.contract.errors import Cancelled, GeneratorError, VectorMissing
from generator.contract.recipe import Recipe

MAX_LOOKS = 3  # words, or groups of words, about a face
MAX_LINES_BYTES = 1_000_000  # of an exported list: the longest of all


@dataclass(frozen=True)
class Click:
    """One click on something under a page of a collection, or under the panel of one of its faces."""

    interaction: Interaction
    services: Services
    owner: int  # whose collection it is
    value: int  # a page, a face or a gift
    values: Sequence[str] = ()  # what was chosen from a menu; empty for a button, or if a choice was taken back

    @property
    def me(self) -> int:
        """The person who clicked."""
        return self.interaction.user.id

    @property
    def t(self) -> texts.Texts:
        """The texts in the language of the person who clicked."""
        return texts.for_locale(str(self.interaction.locale))


# Keeping a face


async def keep(interaction: Interaction, services: Services, recipe: Recipe) -> None:
    """Put the face that a picture shows into the collection of the person who asks.

    Raises ManyFaces if it shows several, and AlreadyKept, CollectionFull or StateAway.
    """
    person, t = interaction.user.id, texts.for_locale(str(interaction.locale))
    if recipe.faces != 1 or len(find_cells(recipe)) != 1:
        raise ManyFaces()
    asked = Request(cell(recipe, 1), person=person, server=interaction.guild_id)
    settled = services.queue.check(asked).recipe
    if settled.vectors:
        await services.vectors.load(person, settled.vectors)
    face = await services.people.collections.keep(person, str(settled))
    number = len(await services.people.collections.faces(person))
    await respond.send(interaction, t("kept", number=number), view=pages.kept_view(person, face.id, t))


# Showing a page


async def show(interaction: Interaction, services: Services, owner: int) -> None:
    """Answer with the first page of a person's collection. Only the person who asks sees it.

    Raises CollectionHidden if its owner shows it to nobody else, and StateAway.
    """
    page = await _read_page(interaction, services, owner, 0)
    async with services.requests.answer_privately(interaction) as waiting:
        if not waiting:
            return
        try:
            await _put(interaction, services, page)
        except Cancelled:  # another page was asked for meanwhile
            await interaction.delete_original_response()


async def _turn_to(click: Click) -> None:
    """Replace the message's page by another one."""
    await _show_in_place(click, click.value)


async def _show_in_place(click: Click, number: int) -> None:
    page = await _read_page(click.interaction, click.services, click.owner, number)
    await respond.acknowledge_silently(click.interaction)
    with contextlib.suppress(Cancelled):  # a later click replaces the page
        await _put(click.interaction, click.services, page)


async def _read_page(interaction: Interaction, services: Services, owner: int, number: int) -> Page:
    """Return a page of a collection, or its last page if it has fewer by now."""
    people, viewer = services.people, interaction.user.id
    hidden = await people.collections.is_hidden(owner)
    if hidden and owner != viewer:
        raise CollectionHidden()
    faces = await people.collections.faces(owner)
    number = max(0, min(number, (len(faces) - 1) // pages.PAGE_FACES))
    first = number * pages.PAGE_FACES
    t = texts.for_locale(str(interaction.locale))
    rows = [
        Row(face.id, first + place, face.name, await _look(face.line, services, t), line=face.line)
        for place, face in enumerate(faces[first : first + pages.PAGE_FACES], start=1)
    ]
    gifts = await people.gifts.waiting_for(viewer) if owner == viewer else []
    offered = [
        OfferedFace(gift.id, gift.giver, gift.face.name or await _look(gift.face.line, services, t)) for gift in gifts
    ]
    return Page(owner, viewer, number, len(faces), rows, hidden, offered)


async def _look(line: str, services: Services, t: texts.Texts) -> str:
    """Say in a few words what a face looks like, and which model draws it."""
    try:
        recipe = Recipe.parse(line)
        ready = services.queue.ready
        model = ready.offered(recipe.model) if ready is not None and recipe.model is not None else None
        stored = (await services.vectors.traits(recipe.vectors)).values() if len(recipe.vectors) == 1 else ()
        look = looks.describe_picture(recipe, model, t, next(iter(stored), {})) or kinds.describe(recipe, str, t)
    except GeneratorError:
        return line
    return f"{t('comma').join(look.split(t('comma'))[:MAX_LOOKS])} · {recipe.model}"


async def _put(interaction: Interaction, services: Services, page: Page) -> None:
    """Put a page into the message of the interaction. Raises Cancelled if another page was asked for meanwhile."""
    t = texts.for_locale(str(interaction.locale))
    sheet = await _draw(interaction, services, page) if page.rows else None
    if sheet is not None:
        page = replace(page, rows=_with_problems(page.rows, sheet, t))
    files = partial(_files, sheet, page, t)
    await respond.fill(interaction, pages.page_text(page, t), pages.page_view(page, t), files)


async def _draw(interaction: Interaction, services: Services, page: Page) -> DrawnPage:
    request = services.requests.addressed(interaction, Request(Recipe.make("waifu", 0)))
    return await services.sheets.draw([row.line for row in page.rows], page.rows[0].number, request)


def _with_problems(rows: Sequence[Row], sheet: DrawnPage, t: texts.Texts) -> list[Row]:
    problems = {place: t.error(error) for place, error in sheet.problems.items()}
    return [replace(row, problem=problems.get(place, "")) for place, row in enumerate(rows)]


def _files(sheet: DrawnPage | None, page: Page, t: texts.Texts) -> list[discord.File]:
    if sheet is None:
        return []
    named = ", ".join(row.label() for row in page.rows)
    alt = t("alt_collection", faces=named)[: captions.MAX_ALT_CHARS]
    name = f"collection-{page.number + 1}.png"
    return [discord.File(io.BytesIO(sheet.picture.file), name, description=alt)]


# What the menus and buttons of a page do


async def _pick(click: Click) -> None:
    """Draw a face, as a picture like any other."""
    if not click.values:
        await respond.acknowledge_silently(click.interaction)
        return
    if click.owner != click.me and await click.services.people.collections.is_hidden(click.owner):
        raise CollectionHidden()
    row, _ = await _face(click, click.owner, int(click.values[0]))
    await click.services.requests.serve(click.interaction, Request(Recipe.parse(row.line)))


async def _change(click: Click) -> None:
    """Open the panel of a face in place of the page."""
    if not click.values:
        await respond.acknowledge_silently(click.interaction)
        return
    await _show_panel(click, int(click.values[0]))


async def _show_panel(click: Click, face: int, note: str = "") -> None:
    row, page = await _face(click, click.me, face)
    view = pages.face_view(click.me, face, page, click.t)
    await respond.edit(click.interaction, pages.face_text(row, click.t, note), view)


async def _face(click: Click, owner: int, face: int) -> tuple[Row, int]:
    """Return a face of a collection, and its page. Raises NotKept if it is not there any more."""
    for number, found in enumerate(await click.services.people.collections.faces(owner), start=1):
        if found.id == face:
            row = Row(face, number, found.name, await _look(found.line, click.services, click.t), line=found.line)
            return row, (number - 1) // pages.PAGE_FACES
    raise NotKept()


async def _ask_for_name(click: Click) -> None:
    row, _ = await _face(click, click.me, click.value)
    await respond.open_dialog(click.interaction, pages.name_dialog(click.me, click.value, row.name, click.t))


async def _remove(click: Click) -> None:
    """Remove a face, and say its line, which still draws it."""
    removed = await click.services.people.collections.remove(click.me, click.value)
    view = pages.back_view(click.me, 0, click.t)
    await respond.edit(click.interaction, click.t("collection_removed", line=removed.line), view)


async def _hide(click: Click) -> None:
    await _set_hidden(click, True)


async def _show(click: Click) -> None:
    await _set_hidden(click, False)


async def _set_hidden(click: Click, hidden: bool) -> None:
    await click.services.people.collections.hide(click.me, hidden)
    await _show_in_place(click, click.value)


async def _export(click: Click) -> None:
    """Send all lines as a file, and the sheet of the page, to the owner alone."""
    page = await _read_page(click.interaction, click.services, click.me, click.value)
    faces = await click.services.people.collections.faces(click.me)
    if not faces:
        raise NotKept()
    if await respond.acknowledge(click.interaction, ephemeral=True) is None:
        return
    listed = (f"# {n} {face.name}".rstrip() + f"\n{face.line}\n" for n, face in enumerate(faces, start=1))
    lines = "".join(listed).encode()[:MAX_LINES_BYTES]
    sheet = await _draw(click.interaction, click.services, page)

    def files() -> list[discord.File]:
        return [discord.File(io.BytesIO(lines), "collection.txt"), *_files(sheet, page, click.t)]

    await respond.fill(click.interaction, click.t("collection_exported"), None, files)


# Gifts


async def _give(click: Click) -> None:
    """Offer a face to the person chosen from the menu, in a message that everybody here sees."""
    interaction, t = click.interaction, click.t
    recipient = int(click.values[0])
    row, _ = await _face(click, click.me, click.value)
    if recipient == click.me:
        raise GiftToYourself()
    if _is_bot(interaction, recipient):
        raise GiftToBot()
    gift = await click.services.people.gifts.offer(click.me, click.value, recipient)
    await _show_panel(click, click.value, t("gift_offered", recipient=recipient))
    content = pages.gift_text(click.me, recipient, row.name or row.look, gift.until, t)
    files = await _picture_of(click, row.line)
    try:
        await interaction.followup.send(
            content,
            view=pages.gift_view(gift.id, t),
            files=files,
            allowed_mentions=discord.AllowedMentions(users=[discord.Object(recipient)]),
        )
    except UNREACHABLE as problem:  # it can still be accepted with /collection
        respond.log_undelivered(problem, f"the offer of gift {gift.id}")


def _is_bot(interaction: Interaction, person: int) -> bool:
    data: Any = interaction.data or {}
    return bool(((data.get("resolved") or {}).get("users") or {}).get(str(person), {}).get("bot"))


async def _picture_of(click: Click, line: str) -> list[discord.File]:
    """Return the picture of a face, or nothing if it cannot be drawn now."""
    try:
        request = click.services.requests.addressed(click.interaction, Request(Recipe.parse(line)))
        picture = await click.services.sheets.draw_face(line, request)
    except GeneratorError:
        return []
    return [discord.File(io.BytesIO(picture.file), captions.filename(request.recipe, picture.media_type))]


async def _accept(click: Click) -> None:
    """Accept a gift from the page of one's own collection."""
    await _take(click.interaction, click.services, click.value)
    await _show_in_place(click, 10**6)  # the last page, where it is


async def _decline(click: Click) -> None:
    await click.services.people.gifts.decline(click.me, click.value)
    await _show_in_place(click, 0)


async def _take(interaction: Interaction, services: Services, gift: int) -> str:
    """Accept a gift, with the stored faces that its line names, and return the sentence that says so."""
    me, t = interaction.user.id, texts.for_locale(str(interaction.locale))
    accepted = await services.people.gifts.accept(me, gift)
    try:
        vectors = Recipe.parse(accepted.face.line).vectors
        if vectors:
            await services.vectors.load(me, vectors)
    except VectorMissing:
        pass  # its owner's are gone, too: the line says so wherever it is drawn
    what = captions.quote_word(accepted.face.name or await _look(accepted.face.line, services, t))
    return t("gift_accepted", giver=accepted.giver, recipient=me, what=what)


async def _answer_gift(interaction: Interaction, services: Services, action: str, gift: int) -> None:
    """Accept or decline the gift of a message that offers one. What became of it stands there from now on."""
    t = texts.for_locale(str(interaction.locale))
    if action == "accept":
        sentence = await _take(interaction, services, gift)
    else:
        declined = await services.people.gifts.decline(interaction.user.id, gift)
        sentence = t("gift_declined", giver=declined.giver, recipient=interaction.user.id)
    await respond.edit(interaction, sentence, pages.no_view())


# The tables

# The actions of which only the owner of the collection may make use.
_OWNERS: Mapping[str, Callable[[Click], Awaitable[None]]] = {
    "change": _change,
    "name": _ask_for_name,
    "remove": _remove,
    "give": _give,
    "hide": _hide,
    "show": _show,
    "export": _export,
    "accept": _accept,
    "decline": _decline,
}
ACTIONS: Mapping[str, Callable[[Click], Awaitable[None]]] = {
    **_OWNERS,
    **dict.fromkeys(("page", "earlier", "later"), _turn_to),
    "pick": _pick,
}
TEMPLATE = rf"waifu:kept:(?P<action>{'|'.join(ACTIONS)}):(?P<owner>[0-9]+):(?P<value>[0-9]+)"
GIFT_TEMPLATE = r"waifu:gift:(?P<action>accept|decline):(?P<gift>[0-9]+)"


def item_types(services: Services) -> list[items.ItemType]:
    """Return the item classes, for Client.add_dynamic_items, that answer what is under collections and gifts."""

    repeats = Repeats()

    async def act(interaction: Interaction, match: re.Match[str]) -> None:
        owner = int(match["owner"])
        if match["action"] in _OWNERS and interaction.user.id != owner:
            raise NotYourCollection()
        click = Click(interaction, services, owner, int(match["value"]), items.choice_of(interaction, repeats))
        await ACTIONS[match["action"]](click)

    async def answer_gift(interaction: Interaction, match: re.Match[str]) -> None:
        await _answer_gift(interaction, services, match["action"], int(match["gift"]))

    admit = services.requests.admit
    return [items.item_type(TEMPLATE, admit, act), items.item_type(GIFT_TEMPLATE, admit, answer_gift)]


async def submit(interaction: Interaction, services: Services) -> None:
    """Answer the dialog that asked for a face's name. Ignore everything else."""
    data: Any = interaction.data or {}
    match = re.fullmatch(TEMPLATE, str(data.get("custom_id")))
    if interaction.type is not discord.InteractionType.modal_submit or not match or match["action"] != "name":
        return
    if not services.requests.admit(interaction):
        return
    async with respond.refuse_errors(interaction, "the dialog for a name"):
        click = Click(interaction, services, int(match["owner"]), int(match["value"]))
        if click.me != click.owner:
            raise NotYourCollection()
        name = modals.read_text(modals.read_fields(interaction), pages.NAME)
        await services.people.collections.rename(click.me, click.value, name)
        note = click.t("collection_named") if name else click.t("collection_unnamed")
        await _show_panel(click, click.value, note)
