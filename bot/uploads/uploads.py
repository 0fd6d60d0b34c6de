"""Fetches files that people posted, within limits on size and time, and reads the recipes in them.

Downloads only from Discord's own file hosts. Reads a file's stamp (a piece of metadata), without decoding the picture.
"""

import asyncio
import logging
from collections.abc import Mapping, Sequence
from typing import NamedTuple, Protocol

import aiohttp
import yarl

from bot.discord_api import CONNECTION_BROKEN
from bot.errors import FilesUnread, FileTooLarge, FileUnreachable
from bot.storage.vectors import VectorStore
from generator.contract import stamp, vector
from generator.contract.errors import GeneratorError, NoStamp, RecipeError
from generator.contract.recipe import Recipe
from generator.contract.stamp import Stamp

log = logging.getLogger(__name__)

MAX_BYTES = 25 * 1024 * 1024  # no file from the bot is larger: it posts at most 24 MiB
MAX_AT_ONCE = 2  # downloads at the same time; more could fill the memory
MAX_HELD = 8  # posted pictures whose requests wait or are being drawn; more would fill the memory, too
MAX_FILES = 3  # how many files of one message are read
HOSTS = ("cdn.discordapp.com", "media.discordapp.net")
TIMEOUT_S = 10.0
TIMEOUT_UNACKNOWLEDGED_S = 2.0  # for downloads before the first answer, for which Discord waits 3 s
_CHUNK_BYTES = 64 * 1024


class Attachment(Protocol):
    """A file in a message, as discord.py describes it."""

    url: str
    filename: str
    size: int


class StampedFaces(NamedTuple):
    """What is in a picture: its stamp, the recipe in it, and the stored faces that this names, by digest."""

    stamp: Stamp
    recipe: Recipe
    vectors: Mapping[str, bytes]


class Uploads:
    """Reads recipes from posted files.

    ``loopback`` is the address of the stand-in Discord (see playground/), or "" if the bot uses the real one.
    """

    def __init__(self, loopback: str = "", vectors: VectorStore | None = None, *, max_bytes: int = MAX_BYTES) -> None:
        self._loopback, self._max_bytes = loopback, max_bytes
        self._vectors = vectors or VectorStore()
        self._slots = asyncio.Semaphore(MAX_AT_ONCE)
        self.held = asyncio.Semaphore(MAX_HELD)  # taken by each picture that is held until its request has ended

    async def keep_faces(self, person: int, found: StampedFaces) -> None:
        """Keep the stored faces of a picture for a person."""
        await self._vectors.keep(person, found.vectors)

    async def read_stamp(self, person: int, files: Sequence[Attachment], timeout_s: float = TIMEOUT_S) -> Stamp:
        """Return the first stamp with a recipe in the first 3 files, whatever is wrong with the others.

        The stored faces that it names are taken from the file, and kept for the person.
        If there is none, raises FilesUnread if there are more files, else what is wrong with the first file of which
        anything is: FileTooLarge, or FileUnreachable if it cannot be downloaded in its share of ``timeout_s``. Raises
        NoStamp if nothing is wrong with any.
        """
        problems: list[GeneratorError] = []
        loop = asyncio.get_running_loop()
        end, read = loop.time() + timeout_s, files[:MAX_FILES]
        for number, file in enumerate(read):
            try:
                async with asyncio.timeout((end - loop.time()) / (len(read) - number)), self._slots:
                    if found := await self._read(file):
                        await self._vectors.keep(person, found.vectors)
                        return found.stamp
            except TimeoutError:
                problems.append(FileUnreachable(file=file.filename))
            except (FileTooLarge, FileUnreachable) as problem:
                problems.append(problem)
        if len(files) > MAX_FILES:
            raise FilesUnread(limit=MAX_FILES, count=len(files))
        raise problems[0] if problems else NoStamp(file=files[0].filename if files else "…")

    async def fetch(self, file: Attachment, timeout_s: float = TIMEOUT_S) -> bytes:
        """Return the bytes of a file. Raises FileTooLarge, or FileUnreachable, also after ``timeout_s``."""
        try:
            async with self._slots, asyncio.timeout(timeout_s):
                return await self._download(file)
        except TimeoutError:
            raise FileUnreachable(file=file.filename) from None

    async def _read(self, file: Attachment) -> StampedFaces | None:
        body = await self._download(file)
        return await asyncio.to_thread(read_faces, body)  # in a thread, because a file may be 25 MiB large

    async def _download(self, file: Attachment) -> bytes:
        """Download the whole file.

        Redirects are not followed, and nothing is decompressed, so that the size limit holds.
        Raises FileUnreachable if the file cannot be downloaded, and FileTooLarge if it is too large.
        """
        if file.size > self._max_bytes:
            raise self._too_large(file)
        if not self.trusts(file.url):
            log.warning("did not download a file whose address is on no file host of Discord's")
            raise FileUnreachable(file=file.filename)
        try:
            async with (
                aiohttp.ClientSession(auto_decompress=False, cookie_jar=aiohttp.DummyCookieJar()) as session,
                session.get(file.url, allow_redirects=False, headers={"Accept-Encoding": "identity"}) as response,
            ):
                if response.status != 200:
                    raise FileUnreachable(file=file.filename)
                return await self._read_body(file, response)
        except CONNECTION_BROKEN as problem:
            log.info("a posted file could not be downloaded: %s", type(problem).__name__)
            raise FileUnreachable(file=file.filename) from None

    async def _read_body(self, file: Attachment, response: aiohttp.ClientResponse) -> bytes:
        chunks, size = [], 0
        async for chunk in response.content.iter_chunked(_CHUNK_BYTES):
            size += len(chunk)
            if size > self._max_bytes:  # the announced size may have been wrong
                raise self._too_large(file)
            chunks.append(chunk)
        return b"".join(chunks)

    def trusts(self, address: str) -> bool:
        """Return whether an address is on one of Discord's file hosts, or on the stand-in Discord."""
        try:
            url = yarl.URL(address)
            origin = str(url.origin())
        except ValueError:
            return False
        if self._loopback and origin == str(yarl.URL(self._loopback).origin()):
            return True
        return url.user is None and origin in {f"https://{host}" for host in HOSTS}

    def _too_large(self, file: Attachment) -> FileTooLarge:
        return FileTooLarge(file=file.filename, limit=f"{self._max_bytes // 2**20} MiB")


def read_faces(body: bytes) -> StampedFaces | None:
    """Return what the stamp in a file says, or None if there is none.

    Anyone can write anything into a stamp: a line that is not a recipe does not count.
    """
    found = stamp.read_stamp(body)
    try:
        recipe = Recipe.parse(found.line if found else "")
    except RecipeError:
        return None
    return found and StampedFaces(found, recipe, stamp.read_vectors(body, recipe.vectors[: vector.MAX_IN_RECIPE]))
