"""The cache of pictures: what goes in comes out, the oldest go first, damage is noticed, and the line uses it."""

from pathlib import Path

import pytest
from hand_engine import READY, HandEngine, ending, order, settle
from hypothesis import given
from hypothesis import strategies as st

from bot.queue.queue import Limits, RenderQueue
from bot.storage import cache
from bot.storage.cache import Cache
from bot.worker.engine import Picture
from generator.contract.protocol import Model, Ready
from generator.contract.recipe import Recipe


def picture(size: int = 1000, fill: bytes = b"x") -> Picture:
    return Picture(fill * size, "image/gif", 64, 32, 7, {"side": 32, "from": 64})


def files(folder: Path) -> list[Path]:
    return list(folder.iterdir())


async def test_what_goes_in_comes_out_also_after_a_restart(tmp_path: Path) -> None:
    async with Cache(tmp_path / "new", 10_000) as kept:
        assert await kept.get("a") is None
        await kept.put("a", picture())
        assert await kept.get("a") == picture()
    async with Cache(tmp_path / "new", 10_000) as kept:
        assert await kept.get("a") == picture()
        assert await kept.get("b") is None


async def test_the_least_recently_used_go_first(tmp_path: Path) -> None:
    async with Cache(tmp_path, 3800) as kept:
        for name in "abc":
            await kept.put(name, picture())
        await kept.get("a")
        await kept.put("d", picture())
        assert [name for name in "abcd" if await kept.get(name)] == ["a", "c", "d"]
    assert sum(file.stat().st_size for file in files(tmp_path)) <= 3800
    async with Cache(tmp_path, 1500) as kept:
        assert [name for name in "abcd" if await kept.get(name)] == ["d"]


async def test_a_picture_larger_than_the_cache_is_not_kept(tmp_path: Path) -> None:
    async with Cache(tmp_path, 500) as kept:
        await kept.put("a", picture())
        assert await kept.get("a") is None
    assert not files(tmp_path)


@pytest.mark.parametrize("damage", [b"", b"{}", b"not json\n", b"[]\nx", b'{"digest": 1}\nx'])
async def test_damage_is_noticed_and_made_good(tmp_path: Path, damage: bytes) -> None:
    async with Cache(tmp_path, 10_000) as kept:
        await kept.put("a", picture())
        file = files(tmp_path)[0]
        file.write_bytes(damage)
        assert await kept.get("a") is None
        assert not file.exists()
        await kept.put("a", picture())
        assert await kept.get("a") == picture()


@given(at=st.integers(0, 1150), bit=st.integers(0, 7))
async def test_any_flipped_bit_is_noticed_or_harmless(
    tmp_path_factory: pytest.TempPathFactory, at: int, bit: int
) -> None:
    folder = tmp_path_factory.mktemp("cache")
    async with Cache(folder, 10_000) as kept:
        await kept.put("a", picture())
        file = files(folder)[0]
        content = bytearray(file.read_bytes())
        content[at % len(content)] ^= 1 << bit
        file.write_bytes(content)
        found = await kept.get("a")
        assert found is None or found.file == picture().file


async def test_what_was_left_half_written_is_swept_up(tmp_path: Path) -> None:
    (tmp_path / "abc.part").write_bytes(b"half")
    async with Cache(tmp_path, 10_000):
        assert not files(tmp_path)


async def test_a_folder_that_cannot_be_used_costs_no_picture(tmp_path: Path) -> None:
    (tmp_path / "file").touch()
    async with Cache(tmp_path / "file" / "below", 10_000) as kept:
        await kept.put("a", picture())
        assert await kept.get("a") is None


def test_the_key_holds_all_that_decides_the_bytes() -> None:
    recipe = Recipe.parse("waifu 1 model=drawn-4")
    other_digest = Ready(
        READY.kinds, READY.formats, (Model("drawn-4", 64, "another"),), READY.device, READY.fingerprint
    )
    other_print = Ready(READY.kinds, READY.formats, READY.models, READY.device, "another")
    keys = [cache.key(recipe, 1000, ready) for ready in (READY, other_digest, other_print)]
    keys += [cache.key(recipe, 1001, READY), cache.key(recipe.replace(psi=1.0), 1000, READY)]
    assert len(set(keys)) == len(keys)


async def test_the_line_draws_once_and_remembers(tmp_path: Path) -> None:
    engine = HandEngine()
    async with Cache(tmp_path, 10_000) as kept, RenderQueue(engine, Limits(), kept) as queue:
        first = queue.submit(order(1))
        await settle()
        engine.tell(1, picture())
        assert await ending(first) == picture()
    assert len(files(tmp_path)) == 1
    async with Cache(tmp_path, 10_000) as kept, RenderQueue(engine, Limits(), kept) as queue:
        second = queue.submit(order(1))
        assert await ending(second) == picture()
        assert engine.runs == []
