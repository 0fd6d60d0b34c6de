"""The panels of the maker while the bot answers: what each message shows, and what it will show once that is drawn.

Does not know how panels are stored, nor what a click does. A panel that is being drawn counts for the next click; if it
fails or is cancelled, the message goes on from what it shows.
"""

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass

import discord

from bot.i18n.texts import Texts
from bot.messages import maker
from bot.queue.queue import RenderQueue
from bot.recipes import panel as panels
from bot.recipes.panel import Panel
from bot.storage.panels import Panels
from generator.contract.recipe import Recipe


@dataclass(eq=False)
class _Coming:
    """A panel whose picture is being drawn."""

    panel: Panel
    is_shown: bool = False  # whether the picture is there, and only the request is not quite over


class OpenPanels:
    """The panels in messages, by the message's id. A message that is None, or no panel, is passed over."""

    def __init__(self, store: Panels, queue: RenderQueue) -> None:
        self._store, self._queue = store, queue
        self._coming: dict[int, list[_Coming]] = {}  # message -> what is drawn for it; the last click's is last

    async def get(self, message: int, shown: Recipe | None = None) -> Panel | None:
        """Return the panel from which a click goes on, or None if the message is none, or was one too long ago.

        ``shown`` is what the message shows by its caption. What an earlier run of the bot kept may be one step older,
        if that was killed.
        """
        panel = self._find(message)
        if panel is None and (text := await self._store.get(message)) is not None:
            panel = panels.read(text)
            panel = panels.agree(panel, shown) if panel is not None and shown is not None else panel
        return panel

    async def last(self, person: int) -> Panel | None:
        """Return the panel that a person used last, if that was within a day."""
        text = await self._store.last(person)
        return panels.read(text) if text else None

    async def keep(self, message: int, person: int, panel: Panel) -> None:
        """Note that a message is a panel, or shows other menus. Its picture stays as it is, or comes."""
        coming = self._coming[message][-1] if message in self._coming else None
        if coming is not None:
            coming.panel = panel
        if coming is None or coming.is_shown:
            await self._store.keep(message, person, panels.write(panel))

    @contextmanager
    def hold(self, message: int | None, panel: Panel | None) -> Iterator[None]:
        """Let a panel count for clicks on ``message`` while its picture is drawn in the ``with`` block."""
        if message is None or panel is None:
            yield
            return
        mine, all_ = _Coming(panel), self._coming.setdefault(message, [])
        all_.append(mine)
        try:
            yield
        finally:
            all_.remove(mine)
            if not all_:
                del self._coming[message]

    async def note_shown(self, message: int | None, person: int, asked: Recipe, drawn: Recipe) -> None:
        """Note that a message now shows a picture: ``asked`` is its recipe as a click asked for it.

        A later click may be on its way already.
        """
        if message is None:
            return
        mine = (one for one in reversed(self._coming.get(message, ())) if one.panel.recipe == asked)
        coming = next(mine, None)
        panel = coming.panel if coming is not None else self._recall(message)
        if panel is None or panel.recipe != asked:
            return
        panel = panels.settle(panel, drawn)
        if coming is not None:
            coming.panel, coming.is_shown = panel, True
        await self._store.keep(message, person, panels.write(panel))

    def find_view(self, message: int | None, recipe: Recipe, owner: int, t: Texts) -> discord.ui.View | None:
        """Build the menus and buttons of the panel in ``message``, or return None if it is an ordinary picture."""
        panel, model = self._find(message), self._queue.model(recipe.model)
        if panel is None or model is None:
            return None
        return maker.build_view(panels.settle(panel, recipe), model, owner, t)

    def _find(self, message: int | None) -> Panel | None:
        if message is None:
            return None
        if message in self._coming:
            return self._coming[message][-1].panel
        return self._recall(message)

    def _recall(self, message: int) -> Panel | None:
        text = self._store.recall(message)
        return panels.read(text) if text else None
