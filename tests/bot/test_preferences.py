"""Preferences survive a restart; with a broken disk they last until the bot stops."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path

import pytest
from sqlalchemy import insert, text

from bot.storage.database import Database, Place
from bot.storage.preferences import Preferences
from bot.storage.tables import PREFERENCES


@asynccontextmanager
async def opened(folder: Path | Place | None) -> AsyncIterator[tuple[Preferences, Database]]:
    async with Database(folder) as database:
        preferences = Preferences(database)
        await preferences.load()
        yield preferences, database


async def test_preferences_survive_a_restart_and_removed_ones_do_not_come_back(place: Place) -> None:
    async with opened(place) as (preferences, _):
        await preferences.choose("person", 1, "anime")
        await preferences.choose("person", 2, "cats")
        await preferences.choose("person", 2, None)
        await preferences.choose("server", 1, "old")
        await preferences.choose("server", 1, "faces")
    async with opened(place) as (preferences, _):
        assert preferences.preferred(1, 1) == ["anime", "faces"]
        assert preferences.preferred(2, 1) == ["faces"]
        assert preferences.preferred(1, None) == ["anime"]
        assert preferences.preferred(3, 3) == preferences.preferred(None, None) == []
        await preferences.choose("person", 9, None)  # removing a preference that was never set is not an error


async def test_the_table_holds_ids_and_names_and_nothing_else(place: Place) -> None:
    async with opened(place) as (preferences, database):
        await preferences.choose("person", 123, "anime")
        await preferences.choose("person", 123, "1.2", "wildness")
        rows = [("person", 123, "model", "anime"), ("person", 123, "wildness", "1.2")]
        assert await database.read(text("SELECT * FROM preferences ORDER BY name")) == rows


async def test_a_row_that_is_no_number_is_skipped(tmp_path: Path, caplog: pytest.LogCaptureFixture) -> None:
    async with opened(tmp_path) as (preferences, database):
        await preferences.choose("person", 1, "anime")
        await database.write(insert(PREFERENCES).values(scope="person", id=text("'abc'"), name="model", value="m"))
    async with opened(tmp_path) as (preferences, _):
        assert preferences.preferred(1, None) == ["anime"]
    assert "skipped 1 unreadable rows" in caplog.text


async def test_a_missing_model_is_reported_once_and_again_after_another_choice() -> None:
    async with opened(None) as (preferences, _):
        assert preferences.missing_model(1, ["faces"]) is None
        await preferences.choose("person", 1, "anime")
        assert preferences.missing_model(1, ["anime", "faces"]) is None
        for _ in range(2):  # until the person has been told
            assert preferences.missing_model(1, ["faces"]) == "anime"
        preferences.note_told(1)
        assert preferences.missing_model(1, ["faces"]) is None
        assert preferences.get("person", 1) == "anime"
        await preferences.choose("person", 1, "cats")
        assert preferences.missing_model(1, ["faces"]) == "cats"


async def test_without_a_usable_database_preferences_last_until_the_bot_stops(tmp_path: Path) -> None:
    (tmp_path / "file").touch()
    for folder in (None, tmp_path / "file"):
        async with opened(folder) as (preferences, _):
            await preferences.choose("person", 1, "anime")
            assert preferences.preferred(1, None) == ["anime"]


async def test_a_person_comes_before_the_server_and_each_preference_is_its_own(tmp_path: Path) -> None:
    async with opened(tmp_path) as (preferences, _):
        await preferences.choose("server", 7, "gif", "format")
        await preferences.choose("server", 7, "30", "fps")
        await preferences.choose("person", 1, "mp4", "format")
        assert [preferences.of(1, 7, name) for name in ("format", "fps", "size")] == ["mp4", "30", None]
        assert [preferences.of(2, 7, "format"), preferences.of(1, None, "fps")] == ["gif", None]
        await preferences.choose("person", 1, None, "format")
        assert preferences.of(1, 7, "format") == "gif"
        await preferences.forget(7, "server")
        assert preferences.of(1, 7, "format") is None
    async with opened(tmp_path) as (preferences, _):
        assert preferences.of(1, 7, "fps") is None
