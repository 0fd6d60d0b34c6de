"""The cache of pictures: it returns what was stored, evicts what was not used for longest, and detects damage."""

import asyncio
import hashlib
import os
import shutil
import stat
from dataclasses import replace
from pathlib import Path
from types import SimpleNamespace

import pytest
from hypothesis import given
from hypothesis import strategies as st
from manual_engine import READY, ManualEngine, let_tasks_run, make_request, wait_for_ending
from small_disk import fill, small_disk

from bot.queue.limits import Limits
from bot.queue.queue import RenderQueue
from bot.recipes.request import Request
from bot.storage import cache as caches
from bot.storage.cache import Cache, make_key
from bot.worker.picture import Picture
from generator.contract.protocol import Model, Ready
from generator.contract.recipe import Recipe


def picture(size: int = 1000, fill: bytes = b"x") -> Picture:
    return Picture(fill * size, "image/gif", 64, 32, 7, {"side": 32, "from": 64})


def files(folder: Path) -> list[Path]:
    return list(folder.iterdir())


async def test_a_picture_that_was_put_in_comes_out_even_after_a_restart(tmp_path: Path) -> None:
    async with Cache(tmp_path / "new", 10_000) as cache:
        assert await cache.get("a") is None
        await cache.put("a", picture())
        assert await cache.get("a") == picture()
    async with Cache(tmp_path / "new", 10_000) as cache:
        assert await cache.get("a") == picture()
        assert await cache.get("b") is None


async def test_pictures_leave_room_on_the_disk_for_what_must_survive_a_restart(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def disk_usage(folder: Path) -> SimpleNamespace:
        used = sum(path.stat().st_size for path in folder.iterdir())
        return SimpleNamespace(total=10**12, free=caches.RESERVED_BYTES + 5000 - used)

    monkeypatch.setattr("shutil.disk_usage", disk_usage)
    async with Cache(tmp_path, 10**9) as cache:
        for name in "abcdef":
            await cache.put(name, picture())
        assert await cache.get("a") is None
        assert await cache.get("f") == picture()
        assert 3 <= len(files(tmp_path)) <= 4
        await cache.put("g", picture(6000))
        assert await cache.get("g") is None


async def test_a_small_disk_is_shared_with_what_must_survive_a_restart(tmp_path: Path) -> None:
    with small_disk(tmp_path / "disk", 4_000_000) as disk:
        async with Cache(disk / "cache", 200_000_000) as cache:
            await asyncio.gather(*(cache.put(name, picture(300_000)) for name in "abcdefghijklmnopqrst"))
            assert 3 <= len(files(disk / "cache")) <= 6
            assert shutil.disk_usage(disk).free >= 2_000_000
            other = fill(disk)
            await cache.put("z", picture(300_000))
            other.unlink()
            await cache.put("z", picture(300_000))
            assert await cache.get("z") == picture(300_000)
            assert not list(disk.rglob("*.part"))


async def test_a_picture_that_does_not_fit_leaves_no_part_and_makes_room(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    with small_disk(tmp_path / "disk", 2_000_000) as disk:
        monkeypatch.setattr("shutil.disk_usage", lambda _: SimpleNamespace(total=10**12, free=10**12))  # as by a quota
        async with Cache(disk, 10**9) as cache:
            for name in "abcdef":
                await cache.put(name, picture(300_000))
            assert len(files(disk)) == 6
            await cache.put("g", picture(300_000))
            assert not list(disk.glob("*.part"))
            await cache.put("g", picture(300_000))
            assert await cache.get("g") == picture(300_000)
            assert await cache.get("f") == picture(300_000)


async def test_the_least_recently_used_are_evicted_first(tmp_path: Path) -> None:
    async with Cache(tmp_path, 3800) as cache:
        for name in "abc":
            await cache.put(name, picture())
        await cache.get("a")
        await cache.put("d", picture())
        assert [name for name in "abcd" if await cache.get(name)] == ["a", "c", "d"]
    assert sum(file.stat().st_size for file in files(tmp_path)) <= 3800
    async with Cache(tmp_path, 1500) as cache:
        assert [name for name in "abcd" if await cache.get(name)] == ["d"]


async def test_a_picture_larger_than_the_cache_is_not_kept(tmp_path: Path) -> None:
    async with Cache(tmp_path, 500) as cache:
        await cache.put("a", picture())
        assert await cache.get("a") is None
    assert not files(tmp_path)


DAMAGE = {
    "nothing": b"",
    "an object": b"{}",
    "text": b"not json\n",
    "a list": b"[]\nx",
    "no digest": b'{"digest": 1}\nx',
    "a number": b"5",
    "null": b"null\nx",
    "brackets": b"[" * 100_000,
    "objects": b'{"digest": ' * 100_000,
    "zeros": bytes(2000),
    "an earlier version's": b'{"digest": "%s", "media_type": 5, "width": null, "reduced": []}\n'
    % hashlib.sha256(b"").hexdigest().encode(),
    "more than the cache holds": bytes(20_000),
}


@pytest.mark.parametrize("damage", DAMAGE.values(), ids=list(DAMAGE))
async def test_damage_is_noticed_and_repaired(tmp_path: Path, damage: bytes) -> None:
    async with Cache(tmp_path, 10_000) as cache:
        await cache.put("a", picture())
        file = files(tmp_path)[0]
        file.write_bytes(damage)
        assert await cache.get("a") is None
        assert not file.exists()
        await cache.put("a", picture())
        assert await cache.get("a") == picture()


async def test_a_file_under_the_name_of_another_is_not_believed(tmp_path: Path) -> None:
    async with Cache(tmp_path, 10_000) as cache:
        await cache.put("a", picture(fill=b"a"))
        [file] = files(tmp_path)
        content = file.read_bytes()
        await cache.put("b", picture(fill=b"b"))
        [other] = set(files(tmp_path)) - {file}
        other.write_bytes(content)
        assert await cache.get("b") is None
        assert await cache.get("a") == picture(fill=b"a")


FOREIGN = {
    "thesis.doc": b"three years",
    "thesis.part": b"half of them",
    "ab" * 32: b"of a store that names its files alike",
    "ab" * 31 + "AB": b'{"digest": "',
    "cd" * 32 + ".part": b"of that store",
    "ef" * 32 + ".bak": b'{"digest": "',
}


@pytest.mark.parametrize("max_bytes", [0, 1500, 10**9])
async def test_files_of_somebody_else_are_never_deleted(tmp_path: Path, max_bytes: int) -> None:
    async with Cache(tmp_path, 10_000) as cache:
        for name in "abc":
            await cache.put(name, picture())
    for name, content in FOREIGN.items():
        (tmp_path / name).write_bytes(content)
    (tmp_path / ("01" * 32)).mkdir()
    (tmp_path / ("23" * 32)).symlink_to(tmp_path / "thesis.doc")
    async with Cache(tmp_path, max_bytes) as cache:
        await cache.put("d", picture())
        await cache.make_room()
    left = {path.name: path.read_bytes() for path in files(tmp_path) if path.is_file() and not path.is_symlink()}
    assert left == FOREIGN
    assert (tmp_path / ("01" * 32)).is_dir()
    assert (tmp_path / ("23" * 32)).is_symlink()


async def test_a_cache_of_nothing_deletes_what_an_earlier_start_kept(tmp_path: Path) -> None:
    async with Cache(tmp_path, 10_000) as cache:
        await cache.put("a", picture())
    (tmp_path / ("ab" * 32 + ".part")).write_bytes(b'{"digest": "0')
    async with Cache(tmp_path, 0) as cache:
        assert not files(tmp_path)
        assert await cache.get("a") is None
    async with Cache(tmp_path / "never", 0):
        assert not (tmp_path / "never").exists()


@pytest.mark.skipif(os.name != "posix", reason="other systems have no modes")
async def test_the_folder_and_the_state_above_it_are_private(tmp_path: Path) -> None:
    async with Cache(tmp_path / "state" / "cache", 10_000):
        for folder in (tmp_path / "state", tmp_path / "state" / "cache"):
            assert stat.S_IMODE(folder.stat().st_mode) == 0o700


@given(at=st.integers(0, 1150), bit=st.integers(0, 7))
async def test_any_flipped_bit_is_noticed(tmp_path_factory: pytest.TempPathFactory, at: int, bit: int) -> None:
    folder = tmp_path_factory.mktemp("cache")
    async with Cache(folder, 10_000) as cache:
        await cache.put("a", picture())
        file = files(folder)[0]
        content = bytearray(file.read_bytes())
        content[at % len(content)] ^= 1 << bit
        file.write_bytes(content)
        result = await cache.get("a")
        assert result is None


async def test_half_written_files_are_removed_at_the_start(tmp_path: Path) -> None:
    (tmp_path / ("ab" * 32 + ".part")).write_bytes(b'{"digest": "')
    (tmp_path / ("cd" * 32 + ".part")).touch()
    async with Cache(tmp_path, 10_000):
        assert not files(tmp_path)


async def test_an_unusable_folder_costs_no_picture(tmp_path: Path) -> None:
    (tmp_path / "file").touch()
    async with Cache(tmp_path / "file" / "below", 10_000) as cache:
        await cache.put("a", picture())
        assert await cache.get("a") is None


def test_the_key_holds_everything_that_decides_the_bytes() -> None:
    recipe = Recipe.parse("waifu 1 model=drawn-4")
    other_digest = Ready(
        READY.kinds, READY.formats, (Model("drawn-4", 64, "another"),), READY.device, READY.fingerprint
    )
    other_renderer = Ready(READY.kinds, READY.formats, READY.models, READY.device, "another")
    keys = [make_key(recipe, 1000, ready) for ready in (READY, other_digest, other_renderer)]
    keys += [make_key(recipe, 1001, READY), make_key(recipe.replace(psi=1.0), 1000, READY)]
    assert len(set(keys)) == len(keys)


async def test_the_queue_draws_once_and_then_answers_from_the_cache(tmp_path: Path) -> None:
    engine = ManualEngine()
    async with Cache(tmp_path, 10_000) as cache, RenderQueue(engine, Limits(), cache) as queue:
        first = queue.submit(make_request(1))
        await let_tasks_run()
        engine.emit(1, picture())
        assert await wait_for_ending(first) == picture()
    assert len(files(tmp_path)) == 1
    async with Cache(tmp_path, 10_000) as cache, RenderQueue(engine, Limits(), cache) as queue:
        second = queue.submit(make_request(1))
        assert await wait_for_ending(second) == picture()
        assert engine.runs == []


async def test_a_picture_that_shows_what_somebody_posted_is_never_kept(tmp_path: Path) -> None:
    ready = replace(READY, kinds=(*READY.kinds, "like"))
    engine = ManualEngine(ready=ready)
    line = Recipe.make("like", picture="0" * 24, model="drawn-4")
    async with Cache(tmp_path, 10_000) as cache, RenderQueue(engine, Limits(), cache) as queue:
        await cache.put(make_key(line, 1000, ready), picture())  # as if it were there
        ticket = queue.submit(Request(line, max_bytes=1000, attachments=(b"upload",)))
        await let_tasks_run()
        ((recipe, events),) = engine.runs
        assert (str(recipe), ticket.attachments) == (str(line), (b"upload",))
        events.put_nowait(picture(7, b"an upload"))
        assert await wait_for_ending(ticket) == picture(7, b"an upload")
        await let_tasks_run()
    assert len(files(tmp_path)) == 1
    assert b"an upload" not in files(tmp_path)[0].read_bytes()
