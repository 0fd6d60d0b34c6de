"""Takes the pictures of the chat page that the documents show: ``python docs/screenshots.py``, with the network that ships.

Needs Chromium (found on the path, or named in CHROMIUM). Not run by any test.
"""

import asyncio
import io
import os
import re
import shutil
import sys
from pathlib import Path
from typing import Any

from PIL import Image
from playwright.async_api import Browser, Page, async_playwright

DOCS = Path(__file__).parent
DESKTOP: dict[str, Any] = {"viewport": {"width": 1180, "height": 800}}
PHONE: dict[str, Any] = {"viewport": {"width": 390, "height": 780}, "has_touch": True, "is_mobile": True}


async def main() -> None:
    """Start the playground, chat a little, take the pictures, end it."""
    command = [sys.executable, "-m", "playground"]
    playground = await asyncio.create_subprocess_exec(*command, cwd=DOCS.parent, stdout=asyncio.subprocess.PIPE)
    assert playground.stdout is not None
    found = re.search(r"http://\S+", (await playground.stdout.readline()).decode())
    assert found
    try:
        async with async_playwright() as playwright:
            where = os.environ.get("CHROMIUM") or shutil.which("chromium")
            browser = await playwright.chromium.launch(executable_path=where, args=["--no-sandbox", "--disable-gpu"])
            await _all(browser, found[0])
            await browser.close()
    finally:
        playground.terminate()
        await playground.wait()


async def _all(browser: Browser, url: str) -> None:
    dark = await _open(browser, url, color_scheme="dark", **DESKTOP)
    await _keep(dark, "page-welcome")
    await _say(dark, "/waifu seed:Rei")
    await _say(dark, "/morph from:40 to:48 frames:24")
    await dark.locator("#typed").fill("/")
    await dark.locator("#hints li").first.wait_for()
    await _keep(dark, "page-commands")
    light = await _open(browser, url, color_scheme="light", **DESKTOP)
    await _say(light, "/grid size:3 seed:40")
    await light.locator("#typed").fill("/waifu seed:Asuka traits:hair: p")
    await light.locator("#hints li").first.wait_for()
    await _keep(light, "page-options")
    phone = await _open(browser, url, color_scheme="dark", **PHONE)
    await _say(phone, "/waifu seed:45")
    await _keep(phone, "page-phone")


async def _open(browser: Browser, url: str, **settings: Any) -> Page:
    page = await (await browser.new_context(**settings)).new_page()
    await page.goto(url)
    await page.locator(".welcome").wait_for()
    return page


async def _say(page: Page, line: str) -> None:
    before = await page.locator(".picture img").count()
    await page.locator("#typed").fill(line)
    await page.locator("#typed").press("Enter")
    await page.locator(".picture img").nth(before).wait_for(timeout=60_000)


async def _keep(page: Page, name: str) -> None:
    await page.wait_for_timeout(600)  # what moves has come to rest
    with Image.open(io.BytesIO(await page.screenshot())) as shot:
        shot.convert("RGB").save(DOCS / f"{name}.png", optimize=True)


if __name__ == "__main__":
    asyncio.run(main())
