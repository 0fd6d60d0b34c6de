"""What people and servers chose is remembered; a disk that is broken costs nothing but the memory."""

from pathlib import Path

import pytest

from bot.storage.preferences import ModelPreferences


async def test_choices_are_there_after_a_restart_and_forgotten_ones_are_not(tmp_path: Path) -> None:
    file = tmp_path / "state" / "choices.sqlite3"
    async with ModelPreferences(file) as choices:
        await choices.choose("person", 1, "anime")
        await choices.choose("person", 2, "cats")
        await choices.choose("person", 2, None)
        await choices.choose("server", 1, "old")
        await choices.choose("server", 1, "faces")
    async with ModelPreferences(file) as choices:
        assert choices.preferred(1, 1) == ["anime", "faces"]
        assert choices.preferred(2, 1) == ["faces"]
        assert choices.preferred(1, None) == ["anime"]
        assert choices.preferred(3, 3) == choices.preferred(None, None) == []
        await choices.choose("person", 9, None)  # what was never chosen can be forgotten, too


async def test_the_file_holds_ids_and_names_and_nothing_else(tmp_path: Path) -> None:
    async with ModelPreferences(tmp_path / "choices.sqlite3") as choices:
        await choices.choose("person", 123, "anime")
        assert await choices._database.execute("SELECT * FROM choices") == [("person", 123, "anime")]


async def test_a_network_that_is_gone_is_told_of_once_and_again_after_another_choice(tmp_path: Path) -> None:
    async with ModelPreferences(tmp_path / "choices.sqlite3") as choices:
        assert choices.gone(1, ["faces"]) is None
        await choices.choose("person", 1, "anime")
        assert choices.gone(1, ["anime", "faces"]) is None
        assert choices.gone(1, ["faces"]) == "anime"
        assert choices.gone(1, ["faces"]) is None
        assert choices.of("person", 1) == "anime"
        await choices.choose("person", 1, "cats")
        assert choices.gone(1, ["faces"]) == "cats"


async def test_without_a_file_that_can_be_used_choices_last_as_long_as_the_bot(
    tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    (tmp_path / "damaged").write_bytes(b"this is no database" * 100)
    for file in (None, tmp_path / "damaged"):
        async with ModelPreferences(file) as choices:
            await choices.choose("person", 1, "anime")
            assert choices.preferred(1, None) == ["anime"]
    assert caplog.text.count("choices of networks will not survive a restart") == 1
