"""Preferred models survive a restart; with a broken disk they last until the bot stops."""

from pathlib import Path

import pytest

from bot.storage.preferences import ModelPreferences


async def test_preferences_survive_a_restart_and_removed_ones_do_not_come_back(tmp_path: Path) -> None:
    file = tmp_path / "state" / "choices.sqlite3"
    async with ModelPreferences(file) as preferences:
        await preferences.choose("person", 1, "anime")
        await preferences.choose("person", 2, "cats")
        await preferences.choose("person", 2, None)
        await preferences.choose("server", 1, "old")
        await preferences.choose("server", 1, "faces")
    async with ModelPreferences(file) as preferences:
        assert preferences.preferred(1, 1) == ["anime", "faces"]
        assert preferences.preferred(2, 1) == ["faces"]
        assert preferences.preferred(1, None) == ["anime"]
        assert preferences.preferred(3, 3) == preferences.preferred(None, None) == []
        await preferences.choose("person", 9, None)  # removing a preference that was never set is not an error


async def test_the_file_holds_ids_and_names_and_nothing_else(tmp_path: Path) -> None:
    async with ModelPreferences(tmp_path / "choices.sqlite3") as preferences:
        await preferences.choose("person", 123, "anime")
        assert await preferences._database.execute("SELECT * FROM choices") == [("person", 123, "anime")]


async def test_a_missing_model_is_reported_once_and_again_after_another_choice(tmp_path: Path) -> None:
    async with ModelPreferences(tmp_path / "choices.sqlite3") as preferences:
        assert preferences.report_missing(1, ["faces"]) is None
        await preferences.choose("person", 1, "anime")
        assert preferences.report_missing(1, ["anime", "faces"]) is None
        assert preferences.report_missing(1, ["faces"]) == "anime"
        assert preferences.report_missing(1, ["faces"]) is None
        assert preferences.get("person", 1) == "anime"
        await preferences.choose("person", 1, "cats")
        assert preferences.report_missing(1, ["faces"]) == "cats"


async def test_without_a_usable_file_preferences_last_until_the_bot_stops(
    tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    (tmp_path / "damaged").write_bytes(b"this is no database" * 100)
    for file in (None, tmp_path / "damaged"):
        async with ModelPreferences(file) as preferences:
            await preferences.choose("person", 1, "anime")
            assert preferences.preferred(1, None) == ["anime"]
    assert caplog.text.count("preferred models will not survive a restart") == 1
