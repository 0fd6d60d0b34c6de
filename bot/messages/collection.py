"""Builds what people see of a collection: the text beside its numbered sheet, its menus and buttons, gifts, the dialog.

Sends nothing, and stores nothing: a custom_id holds an action, the collection's owner, and a page or a face.
"""

from collections.abc import Sequence
from dataclasses import dataclass

import discord

from bot.i18n import texts
from bot.messages import captions

PAGE_FACES = 20  # on one sheet: four rows of five
MAX_TITLE_CHARS = 45  # of a dialog
MAX_LABEL_CHARS = 80  # of a button
MAX_OPTION_CHARS = 100  # of an option of a menu, and of its description
MAX_NAME_CHARS = 32  # of a face's name
NAME = "name"  # the dialog's field

View = discord.ui.View
Texts = texts.Texts


@dataclass(frozen=True)
class Row:
    """A face as a page shows it."""

    id: int
    number: int
    name: str  # as its owner typed it; "" if it has none
    look: str  # what it looks like, in a few words
    line: str  # its recipe line
    problem: str = ""  # why it cannot be drawn, as a sentence

    def label(self) -> str:
        """Return how menus call it: plain text."""
        return f"{self.number}. {self.name or self.look}"[:MAX_OPTION_CHARS]


@dataclass(frozen=True)
class OfferedFace:
    """A gift that waits for the person who looks at their collection."""

    id: int
    giver: int
    what: str  # the face's name or look


@dataclass(frozen=True)
class Page:
    """One page of a collection, and who looks at it."""

    owner: int
    viewer: int
    number: int  # from 0
    count: int  # faces in the whole collection
    rows: Sequence[Row]
    hidden: bool = False
    gifts: Sequence[OfferedFace] = ()

    @property
    def is_mine(self) -> bool:
        """Whether it is the collection of the person who looks at it."""
        return self.owner == self.viewer

    @property
    def pages(self) -> int:
        """The number of pages, at least 1."""
        return max(1, -(-self.count // PAGE_FACES))


def page_text(page: Page, t: Texts) -> str:
    """Return the text of a page, at most 2,000 characters long."""
    head = t("collection_yours" if page.is_mine else "collection_theirs", person=page.owner, count=page.count)
    lines = [head]
    if page.pages > 1:
        lines.append(t("collection_page", page=page.number + 1, pages=page.pages))
    if not page.count:
        lines.append(t("collection_empty_yours" if page.is_mine else "collection_empty"))
    tail = [t("gift_waiting", giver=gift.giver, what=captions.quote_word(gift.what)) for gift in page.gifts[:1]]
    if page.is_mine:
        tail.append(t("collection_is_hidden" if page.hidden else "collection_is_shown"))
    room = captions.MAX_CONTENT_CHARS - len("\n".join(lines + tail)) - len(page.rows) - 1
    return "\n".join((*lines, *(_row(row, room // len(page.rows), t) for row in page.rows), *tail))


def _row(row: Row, room: int, t: Texts) -> str:
    """Describe a face in one line of at most ``room`` characters. Its name is shown whole, if need be without more."""
    words = t("collection_problem", problem=row.problem) if row.problem else row.look
    head = f"**{row.number}** " + (f"**{captions.quote_word(row.name)}** · " if row.name else "")
    line = head + words
    return line if len(line) <= room else line[: max(len(head), room - 1)].rstrip(" ·") + "…"


def page_view(page: Page, t: Texts) -> View:
    """Build the menus and buttons of a page."""
    view = View(timeout=None)
    if page.rows:
        view.add_item(_faces_menu("pick", page, t("collection_pick")))
        if page.is_mine:
            view.add_item(_faces_menu("change", page, t("collection_change")))
    if page.pages > 1:
        for action, emoji, number in (("earlier", "◀️", page.number - 1), ("later", "▶️", page.number + 1)):
            outside = not 0 <= number < page.pages
            _add_button(view, action, page.owner, max(0, number), t(f"collection_{action}"), emoji, disabled=outside)
    if page.is_mine:
        if page.count:
            _add_button(view, "export", page.owner, page.number, t("collection_export"), "💾")
        action, emoji = ("show", "👁️") if page.hidden else ("hide", "🔒")
        _add_button(view, action, page.owner, page.number, t(f"collection_{action}"), emoji)
    for gift in page.gifts[:1]:
        _add_button(view, "accept", page.owner, gift.id, t("gift_accept"), "🎁", row=3)
        _add_button(view, "decline", page.owner, gift.id, t("gift_decline"), "✖️", row=3)
    return _detach(view)


def face_text(row: Row, t: Texts, note: str = "") -> str:
    """Return the text of the panel that changes one face. ``note`` says what has just been done."""
    head = note or t("collection_chosen")
    return f"{head}\n{_row(row, captions.MAX_CONTENT_CHARS // 4, t)}\n-# `{row.line}`"[: captions.MAX_CONTENT_CHARS]


def face_view(owner: int, face: int, page: int, t: Texts) -> View:
    """Build the buttons that change one face, and the menu of people who may get it."""
    view = View(timeout=None)
    people: discord.ui.UserSelect[View] = discord.ui.UserSelect(
        custom_id=f"waifu:kept:give:{owner}:{face}", placeholder=t("collection_give"), min_values=1, max_values=1
    )
    view.add_item(people)
    _add_button(view, "name", owner, face, t("collection_name"), "🏷️")
    _add_button(view, "remove", owner, face, t("collection_remove"), "🗑️")
    _add_button(view, "page", owner, page, t("collection_back"), "🗂️")
    return _detach(view)


def back_view(owner: int, page: int, t: Texts) -> View:
    """Build the button that leads back to a page."""
    view = View(timeout=None)
    _add_button(view, "page", owner, page, t("collection_back"), "🗂️")
    return _detach(view)


def kept_view(owner: int, face: int, t: Texts) -> View:
    """Build the buttons under the sentence that a face was kept."""
    view = View(timeout=None)
    _add_button(view, "name", owner, face, t("collection_name"), "🏷️")
    _add_button(view, "page", owner, 0, t("collection_open"), "🗂️")
    return _detach(view)


def gift_text(giver: int, recipient: int, what: str, until: float, t: Texts) -> str:
    """Return the message that offers a face to somebody."""
    name = captions.quote_word(what)
    return t("gift_offer", giver=giver, recipient=recipient, what=name, when=f"<t:{int(until)}:R>")


def gift_view(gift: int, t: Texts) -> View:
    """Build the buttons with which a gift is accepted or declined."""
    view = View(timeout=None)
    for action, emoji in (("accept", "🎁"), ("decline", "✖️")):
        view.add_item(
            discord.ui.Button(label=t(f"gift_{action}"), emoji=emoji, custom_id=f"waifu:gift:{action}:{gift}")
        )
    return _detach(view)


def no_view() -> View:
    """Build nothing: what takes the buttons away from a message."""
    return _detach(View(timeout=None))


def name_dialog(owner: int, face: int, name: str, t: Texts) -> discord.ui.Modal:
    """Build the dialog that asks for a face's name."""
    dialog = discord.ui.Modal(
        title=t("name_title")[:MAX_TITLE_CHARS], custom_id=f"waifu:kept:name:{owner}:{face}", timeout=None
    )
    field: discord.ui.TextInput[discord.ui.Modal] = discord.ui.TextInput(
        custom_id=NAME, default=name or None, required=False, max_length=MAX_NAME_CHARS
    )
    dialog.add_item(discord.ui.Label(text=t("name_label"), description=t("name_about"), component=field))
    dialog.stop()  # discord.py does not track stopped dialogs
    return dialog


def _faces_menu(action: str, page: Page, placeholder: str) -> discord.ui.Select[View]:
    options = [
        discord.SelectOption(
            label=row.label(), value=str(row.id), description=row.look[:MAX_OPTION_CHARS] if row.name else None
        )
        for row in page.rows
    ]
    # With min_values=0, choosing an entry again takes it back, which is answered as the same choice (see menus.py).
    return discord.ui.Select(
        custom_id=f"waifu:kept:{action}:{page.owner}:{page.number}",
        placeholder=placeholder,
        options=options,
        min_values=0,
        max_values=1,
    )


def _add_button(
    view: View,
    action: str,
    owner: int,
    value: int,
    label: str,
    emoji: str,
    *,
    disabled: bool = False,
    row: int | None = None,
) -> None:
    custom_id = f"waifu:kept:{action}:{owner}:{value}"
    view.add_item(
        discord.ui.Button(label=label[:MAX_LABEL_CHARS], emoji=emoji, custom_id=custom_id, disabled=disabled, row=row)
    )


def _detach(view: View) -> View:
    view.stop()  # otherwise discord.py would keep the view forever; clicks are answered by a DynamicItem
    return view
