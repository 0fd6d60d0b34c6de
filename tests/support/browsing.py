"""Uses the chat page as a person does, in a real browser.

Knows the page only, whatever bot is behind it.
"""

import os
import shutil
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from typing import Any

from playwright.async_api import Browser, ConsoleMessage, Locator, Page, expect

CHROMIUM = os.environ.get("CHROMIUM") or shutil.which("chromium") or shutil.which("chromium-browser")
ARGUMENTS = [
    *("--no-sandbox", "--disable-gpu", "--no-first-run", "--disable-background-networking"),
    *("--disable-component-update", "--disable-sync", "--disable-quic"),
]
SOON_MS = 15_000
PICTURE = ".picture img"


class Chat:
    """The chat page in one tab. ``complaints`` are the errors and warnings in its console."""

    def __init__(self, tab: Page) -> None:
        self.tab = tab
        self.complaints: list[str] = []
        tab.on("console", self._on_console)
        tab.on("pageerror", lambda error: self.complaints.append(str(error)))
        self.box = tab.locator("#input")
        self.hints = tab.locator("#hints [role=option]")
        self.messages = tab.locator(".message")
        self.last = self.messages.last

    def _on_console(self, message: ConsoleMessage) -> None:
        if message.type in ("error", "warning"):
            self.complaints.append(message.text)

    async def open(self, url: str) -> None:
        self.tab.set_default_timeout(SOON_MS)
        await self.tab.goto(url)
        await expect(self.tab.locator(".welcome")).to_be_visible()

    async def type(self, text: str) -> None:
        await self.box.focus()
        await self.tab.keyboard.type(text)

    async def say(self, line: str) -> Locator:
        """Send a line, and return the message that answers it."""
        await self.box.fill(line)
        return await self.answer(self.box.press("Enter"))

    async def draw(self, line: str) -> Locator:
        """Send a line that asks for a picture, and return the answer once it shows the picture."""
        answer = await self.say(line)
        await expect(answer.locator(PICTURE)).to_be_visible()
        return answer

    async def answer(self, action: Any) -> Locator:
        """Await an action, and return the message that appears after it."""
        before = await self.messages.evaluate_all("all => all.map((one) => one.id)")
        await action
        await expect(self.messages).to_have_count(len(before) + 1)
        ids = await self.messages.evaluate_all("all => all.map((one) => one.id)")
        return self.tab.locator("#" + next(one for one in ids if one not in before))

    async def become(self, name: str) -> None:
        await self.tab.get_by_role("radio", name=name).click()

    async def go(self, name: str) -> None:
        await self.tab.locator("#channels").get_by_role("button", name=name).click()


Open = Callable[..., Any]


@asynccontextmanager
async def opened(browser: Browser, url: str, **settings: Any) -> AsyncIterator[Chat]:
    context = await browser.new_context(
        **{"viewport": {"width": 1200, "height": 800}, "color_scheme": "dark"} | settings
    )
    try:
        chat = Chat(await context.new_page())
        await chat.open(url)
        yield chat
    finally:
        await context.close()
