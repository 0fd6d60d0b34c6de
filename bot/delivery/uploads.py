"""Files that people posted: fetched from where Discord keeps them and nowhere else, never larger or longer than allowed.

What comes out of a file is the line of its stamp, read from the bytes; nothing is ever decoded as a picture.
Knows addresses and bytes, no messages.
"""

import asyncio
import logging
from collections.abc import Sequence
from typing import Protocol

import aiohttp
import yarl

from bot.errors import FileTooLarge, FileUnreachable
from generator.contract import stamp
from generator.contract.errors import NoStamp, RecipeError
from generator.contract.recipe import Recipe

log = logging.getLogger(__name__)

MAX_BYTES = 25 * 1024 * 1024  # the bot itself posts at most 24 MiB
MAX_AT_ONCE = 2  # so that uploads cannot fill the memory
MOST_FILES = 3  # of one message
HOSTS = ("cdn.discordapp.com", "media.discordapp.net")
PATIENCE_S = 10.0
AT_ONCE_S = 2.0  # where Discord waits for the answer, which it does for 3 s
_PIECE_BYTES = 64 * 1024


class Posted(Protocol):
    """A file in a message, as discord.py describes it."""

    url: str
    filename: str
    size: int


class Uploads:
    """Reads recipes out of posted files. loopback: the address of a Discord on this machine, where there is one."""

    def __init__(self, loopback: str = "", *, max_bytes: int = MAX_BYTES) -> None:
        self._loopback, self._max_bytes = loopback, max_bytes
        self._room = asyncio.Semaphore(MAX_AT_ONCE)

    async def recipe(self, files: Sequence[Posted], patience_s: float = PATIENCE_S) -> Recipe:
        """Return the recipe that the first of these files with one carries. Raises FileTooLarge, FileUnreachable, NoStamp."""
        try:
            async with asyncio.timeout(patience_s), self._room:
                for file in files[:MOST_FILES]:
                    if recipe := _recipe_in(await self._line(file)):
                        return recipe
        except TimeoutError:
            raise FileUnreachable(file=files[0].filename) from None
        raise NoStamp(file=files[0].filename if files else "…")

    async def _line(self, file: Posted) -> str | None:
        if file.size > self._max_bytes:
            raise self._too_large(file)
        body = await self._fetched(file)
        return await asyncio.to_thread(stamp.read, body)

    async def _fetched(self, file: Posted) -> bytes:
        """Return the whole file. Redirections are not followed, and nothing is unpacked: what is sent is what counts."""
        if not self.trusts(file.url):
            log.warning("a file is posted at %r, which is not Discord's", file.url)
            raise FileUnreachable(file=file.filename)
        try:
            async with (
                aiohttp.ClientSession(auto_decompress=False, cookie_jar=aiohttp.DummyCookieJar()) as session,
                session.get(file.url, allow_redirects=False, headers={"Accept-Encoding": "identity"}) as response,
            ):
                if response.status != 200:
                    raise FileUnreachable(file=file.filename)
                return await self._body(file, response)
        except (aiohttp.ClientError, OSError) as problem:
            log.info("%s could not be fetched: %r", file.filename, problem)
            raise FileUnreachable(file=file.filename) from None

    async def _body(self, file: Posted, response: aiohttp.ClientResponse) -> bytes:
        pieces, size = [], 0
        async for piece in response.content.iter_chunked(_PIECE_BYTES):
            size += len(piece)
            if size > self._max_bytes:  # whatever was announced
                raise self._too_large(file)
            pieces.append(piece)
        return b"".join(pieces)

    def trusts(self, address: str) -> bool:
        """Whether that is one of the places where Discord keeps files."""
        try:
            url = yarl.URL(address)
            origin = str(url.origin())
        except ValueError:
            return False
        if self._loopback and origin == str(yarl.URL(self._loopback).origin()):
            return True
        return url.user is None and origin in {f"https://{host}" for host in HOSTS}

    def _too_large(self, file: Posted) -> FileTooLarge:
        return FileTooLarge(file=file.filename, limit=f"{self._max_bytes // 2**20} MiB")


def _recipe_in(line: str | None) -> Recipe | None:
    """Return the recipe that a stamp holds; anybody can write anything into one."""
    try:
        return Recipe.parse(line) if line else None
    except RecipeError:
        return None
