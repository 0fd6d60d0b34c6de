"""The cache of pictures: it returns what was stored, evicts what was not used for longest, and detects damage."""

from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st
from manual_engine import READY, ManualEngine, let_tasks_run, make_request, wait_for_ending

from bot.queue.limits import Limits
from bot.queue.queue import RenderQueue
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
    free = caches.RESERVED_BYTES + 5000
    monkeypatch.setattr(
        caches, "_free_bytes", lambda folder: free - sum(path.stat().st_size for path in folder.iterdir())
    )
    async with Cache(tmp_path, 10**9) as cache:
        for name in "abcdef":
            await cache.put(name, picture())
        assert await cache.get("a") is None
        assert await cache.get("f") == picture()
        assert 3 <= len(files(tmp_path)) <= 4
        await cache.put("g", picture(6000))
        assert await cache.get("g") is None


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


@pytest.mark.parametrize("damage", [b"", b"{}", b"not json\n", b"[]\nx", b'{"digest": 1}\nx'])
async def test_damage_is_noticed_and_repaired(tmp_path: Path, damage: bytes) -> None:
    async with Cache(tmp_path, 10_000) as cache:
        await cache.put("a", picture())
        file = files(tmp_path)[0]
        file.write_bytes(damage)
        assert await cache.get("a") is None
        assert not file.exists()
        await cache.put("a", picture())
        assert await cache.get("a") == picture()


@given(at=st.integers(0, 1150), bit=st.integers(0, 7))
async def test_any_flipped_bit_is_noticed_or_harmless(
    tmp_path_factory: pytest.TempPathFactory, at: int, bit: int
) -> None:
    folder = tmp_path_factory.mktemp("cache")
    async with Cache(folder, 10_000) as cache:
        await cache.put("a", picture())
        file = files(folder)[0]
        content = bytearray(file.read_bytes())
        content[at % len(content)] ^= 1 << bit
        file.write_bytes(content)
        result = await cache.get("a")
        assert result is None or result.file == picture().file


async def test_half_written_files_are_removed_at_the_start(tmp_path: Path) -> None:
    (tmp_path / "abc.part").write_bytes(b"half")
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
