"""Files that people post, on servers that misbehave in many ways. Every failure ends in one sentence."""

import asyncio
import zlib
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass, replace

import pytest
from aiohttp import web

from bot.errors import FilesUnread, FileTooLarge, FileUnreachable
from bot.storage.vectors import VectorStore
from bot.uploads import uploads
from bot.uploads.uploads import Uploads
from generator.contract import stamp, vector
from generator.contract.errors import NoStamp, VectorMissing

LINE = "waifu 1 model=drawn-4 psi=0.7"
MIB = 2**20
MP4 = stamp.write(b"\0\0\0\x08ftyp", LINE)

Handler = Callable[[web.Request], Awaitable[web.StreamResponse]]


@dataclass
class File:
    """A posted file as Discord describes it; the description may be wrong."""

    url: str
    size: int = len(MP4)
    filename: str = "face.mp4"


@asynccontextmanager
async def serve(handler: Handler) -> AsyncIterator[str]:
    """Serve /face.mp4 from this machine by ``handler``, and yield the server's address."""
    app = web.Application()
    app.router.add_get("/face.mp4", handler)
    runner = web.AppRunner(app, shutdown_timeout=0.1, handler_cancellation=True)
    await runner.setup()
    try:
        await web.TCPSite(runner, "127.0.0.1", 0).start()
        yield f"http://127.0.0.1:{runner.addresses[0][1]}"
    finally:
        await runner.cleanup()


async def whole(_: web.Request) -> web.Response:
    return web.Response(body=MP4)


async def test_the_recipe_is_read_from_the_bytes() -> None:
    async with serve(whole) as here:
        assert (await Uploads(here).read_stamp(1, [File(f"{here}/face.mp4")])).line == LINE


async def test_the_stored_faces_that_a_recipe_names_are_kept_for_the_person() -> None:
    raws = [vector.pack(vector.Shape(1, 2), bytes([n] * 4)) for n in range(3)]
    first, second, other = map(vector.digest_of, raws)
    line = f"mix @{first} @{second} model=drawn-4 psi=0.7"

    async def posted(_: web.Request) -> web.Response:
        return web.Response(body=stamp.write(b"\0\0\0\x08ftyp", line, raws))

    store = VectorStore()
    async with serve(posted) as here:
        assert (await Uploads(here, store).read_stamp(1, [File(f"{here}/face.mp4")])).line == line
    assert await store.load(2, [first, second]) == {first: raws[0], second: raws[1]}
    with pytest.raises(VectorMissing):
        await store.load(1, [other])


async def test_the_first_recipe_counts_and_only_three_files_are_read() -> None:
    async def plain(request: web.Request) -> web.Response:
        return web.Response(body=MP4 if request.query["n"] == "2" else b"nothing")

    async with serve(plain) as here:
        files = [File(f"{here}/face.mp4?n={n}") for n in range(5)]
        assert (await Uploads(here).read_stamp(1, files)).line == LINE
        with pytest.raises(FilesUnread, match="Only the first 3 of the 5 files were read"):
            await Uploads(here).read_stamp(1, [*files[3:], *files[:2], files[2]])
        with pytest.raises(NoStamp):
            await Uploads(here).read_stamp(1, [*files[3:], files[0]])


async def test_the_first_usable_file_counts_whatever_is_wrong_with_those_before_it() -> None:
    async def answer(request: web.Request) -> web.Response:
        if request.query["n"] == "gone":
            raise web.HTTPNotFound
        if request.query["n"] == "slow":
            await asyncio.sleep(30)
        return web.Response(body=MP4)

    async with serve(answer) as here:
        sound, large, slow, gone = (File(f"{here}/face.mp4?n={n}") for n in ("sound", "large", "slow", "gone"))
        large = replace(large, size=10**9)
        for before in ([large], [gone], [slow], [large, gone]):
            assert (await Uploads(here).read_stamp(1, [*before, sound], 1.0)).line == LINE
        with pytest.raises(FileTooLarge):
            await Uploads(here).read_stamp(1, [large, gone])


async def test_a_file_announced_as_too_large_is_not_downloaded() -> None:
    async def never(_: web.Request) -> web.Response:
        raise AssertionError

    async with serve(never) as here:
        with pytest.raises(FileTooLarge, match="larger than 25 MiB"):
            await Uploads(here).read_stamp(1, [File(f"{here}/face.mp4", size=25 * MIB + 1)])


@pytest.mark.parametrize("announced", [True, False])
async def test_a_download_stops_at_the_limit_whatever_size_was_announced(announced: bool) -> None:
    sent = 0

    async def endless(request: web.Request) -> web.StreamResponse:
        nonlocal sent
        response = web.StreamResponse()
        if announced:
            response.content_length = 10**12
        await response.prepare(request)
        while True:
            await response.write(bytes(MIB // 4))
            sent += MIB // 4

    async with serve(endless) as here:
        with pytest.raises(FileTooLarge, match="larger than 1 MiB"):
            await Uploads(here, max_bytes=MIB).read_stamp(1, [File(f"{here}/face.mp4")])
    assert sent < 16 * MIB  # no more than the buffers of two sockets hold


async def test_a_compressed_file_is_never_decompressed() -> None:
    async def bomb(_: web.Request) -> web.Response:
        return web.Response(body=zlib.compress(bytes(64 * MIB)), headers={"Content-Encoding": "deflate"})

    async with serve(bomb) as here:
        with pytest.raises(NoStamp):
            await Uploads(here, max_bytes=MIB).read_stamp(1, [File(f"{here}/face.mp4")])


async def test_a_redirect_is_not_followed() -> None:
    async def elsewhere(_: web.Request) -> web.Response:
        raise AssertionError

    async with serve(elsewhere) as other:

        async def redirect(_: web.Request) -> web.Response:
            raise web.HTTPFound(f"{other}/face.mp4")

        async with serve(redirect) as here:
            with pytest.raises(FileUnreachable):
                await Uploads(here).read_stamp(1, [File(f"{here}/face.mp4")])


async def test_a_slow_server_is_given_up() -> None:
    async def slow(request: web.Request) -> web.StreamResponse:
        response = web.StreamResponse()
        await response.prepare(request)
        while True:
            await response.write(b"x")
            await asyncio.sleep(0.01)

    async with serve(slow) as here:
        began = asyncio.get_running_loop().time()
        with pytest.raises(FileUnreachable, match="could not be fetched from Discord in time"):
            await Uploads(here).read_stamp(1, [File(f"{here}/face.mp4")], timeout_s=0.3)
        assert asyncio.get_running_loop().time() - began < uploads.TIMEOUT_S


async def test_a_file_that_is_cut_off_or_gone_is_one_sentence() -> None:
    async def cut(request: web.Request) -> web.StreamResponse:
        response = web.StreamResponse()
        response.content_length = 1000
        await response.prepare(request)
        await response.write(MP4)
        assert request.transport is not None
        request.transport.close()
        return response

    async def gone(_: web.Request) -> web.Response:
        raise web.HTTPNotFound

    for handler in (cut, gone):
        async with serve(handler) as here:
            with pytest.raises(FileUnreachable):
                await Uploads(here).read_stamp(1, [File(f"{here}/face.mp4")])
    with pytest.raises(FileUnreachable):  # the server has been closed by now
        await Uploads(here).read_stamp(1, [File(f"{here}/face.mp4")])


@pytest.mark.parametrize(
    ("address", "trusted"),
    [
        ("https://cdn.discordapp.com/attachments/1/2/face.png?ex=1&hm=2", True),
        ("https://media.discordapp.net/attachments/1/2/face.png", True),
        ("https://CDN.discordapp.com/face.png", True),
        ("http://127.0.0.1:4000/attachments/1", True),
        ("http://cdn.discordapp.com/face.png", False),
        ("https://cdn.discordapp.com:444/face.png", False),
        ("https://cdn.discordapp.com.example.org/face.png", False),
        ("https://cdn.discordapp.com@example.org/face.png", False),
        ("https://user@cdn.discordapp.com/face.png", False),
        ("https://example.org/cdn.discordapp.com", False),
        ("http://127.0.0.1:4001/attachments/1", False),
        ("http://127.0.0.1/attachments/1", False),
        ("http://localhost:4000/attachments/1", False),
        ("http://169.254.169.254/latest/meta-data", False),
        ("file:///etc/passwd", False),
        ("cdn.discordapp.com/face.png", False),
        ("https://", False),
        ("", False),
    ],
)
async def test_files_are_fetched_from_discords_own_hosts_only(address: str, trusted: bool) -> None:
    assert Uploads("http://127.0.0.1:4000").trusts(address) is trusted
    if not trusted:
        assert not Uploads().trusts(address)
        with pytest.raises(FileUnreachable):
            await Uploads("http://127.0.0.1:4000").read_stamp(1, [File(address)])


async def test_without_a_loopback_discord_no_file_is_fetched_from_this_machine() -> None:
    async with serve(whole) as here:
        with pytest.raises(FileUnreachable):
            await Uploads().read_stamp(1, [File(f"{here}/face.mp4")])


@pytest.mark.parametrize("line", ["dragon 1", "waifu 1 psi=9", "waifu", "waifu 1 trait.hair=$(reboot)", "x" * 2000])
async def test_a_stamp_that_holds_no_recipe_is_none(line: str) -> None:
    async def lying(_: web.Request) -> web.Response:
        return web.Response(body=stamp.write(b"\0\0\0\x08ftyp", line))

    async with serve(lying) as here:
        with pytest.raises(NoStamp):
            await Uploads(here).read_stamp(1, [File(f"{here}/face.mp4")])


async def test_at_most_two_files_are_held_at_once() -> None:
    asked, go_on = 0, asyncio.Event()

    async def waiting(_: web.Request) -> web.Response:
        nonlocal asked
        asked += 1
        await go_on.wait()
        return web.Response(body=MP4)

    async with serve(waiting) as here:
        reader = Uploads(here)
        readings = [asyncio.create_task(reader.read_stamp(1, [File(f"{here}/face.mp4")])) for _ in range(6)]
        async with asyncio.timeout(5):
            while asked < uploads.MAX_AT_ONCE:  # noqa: ASYNC110 - there is no event for this
                await asyncio.sleep(0.01)
        go_on.set()
        held = asked
        assert {stamp.line for stamp in await asyncio.gather(*readings)} == {LINE}
    assert held == uploads.MAX_AT_ONCE


@pytest.mark.parametrize(
    ("head", "piece", "end"),
    [
        (b"\x89PNG\r\n\x1a\n", b"\0\0\0\0abcd0000", b"\0\0\0\0IEND0000"),
        (b"GIF89a" + bytes(7), b"\x21\xfe\0", b";"),
        (b"RIFF1234WEBP", b"abcd\0\0\0\0", b""),
        (b"\0\0\0\x08ftyp", b"\0\0\0\x08free", b""),
    ],
)
def test_only_the_first_pieces_of_a_file_are_read(head: bytes, piece: bytes, end: bytes) -> None:
    assert stamp.read(stamp.write(head + piece * 1000 + end, LINE)) == LINE
    assert stamp.read(stamp.write(head + piece * stamp.MAX_PIECES + end, LINE)) is None
