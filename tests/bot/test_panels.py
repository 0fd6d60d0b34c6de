"""What a panel shows is kept for a day, also over a restart; with a broken disk it lasts until the bot stops."""

from dataclasses import dataclass
from pathlib import Path

from sqlalchemy import text

from bot.storage import panels
from bot.storage.database import Database, Place
from bot.storage.panels import Panels


@dataclass
class Clock:
    now: float = 1e9

    def __call__(self) -> float:
        return self.now


async def test_a_panel_and_a_persons_last_one_survive_a_restart(place: Place) -> None:
    clock = Clock()
    async with Database(place) as database:
        kept = Panels(database, clock)
        for message, person in ((1, 7), (2, 7), (3, 8), (1, 7)):
            clock.now += 1
            await kept.keep(message, person, f"state {message} at {clock.now - 1e9:g}")
        assert await kept.last(7) == "state 1 at 4"
    async with Database(place) as database:
        again = Panels(database, clock)
        assert await again.last(7) == await again.get(1) == "state 1 at 4"
        assert await again.get(2) == "state 2 at 2"
        assert await again.last(8) == "state 3 at 3"
        assert await again.get(4) is await again.last(9) is None


async def test_a_panel_is_forgotten_after_a_day(place: Place) -> None:
    clock = Clock()
    async with Database(place) as database:
        kept = Panels(database, clock)
        await kept.keep(1, 7, "old")
        clock.now += panels.KEPT_S + 1
        for there in (kept, Panels(database, clock)):
            assert await there.get(1) is await there.last(7) is None
        await kept.keep(2, 8, "new")
        assert await database.read(text("SELECT message FROM panels")) == [(2,)]


async def test_a_person_has_only_so_many_panels_and_may_have_them_forgotten(place: Place) -> None:
    clock = Clock()
    async with Database(place) as database:
        kept = Panels(database, clock)
        await kept.keep(1000, 8, "somebody else's")
        for message in range(panels.MAX_PER_PERSON + 2):
            clock.now += 1
            await kept.keep(message, 7, "state")
        mine = await database.read(text("SELECT message FROM panels WHERE person = 7 ORDER BY message"))
        assert [number for (number,) in mine] == list(range(2, panels.MAX_PER_PERSON + 2))
        await kept.forget(7)
        assert await kept.last(7) is await kept.get(5) is None
        assert await Panels(database, clock).last(7) is None
        assert await kept.get(1000) == "somebody else's"


async def test_a_row_without_sense_is_no_panel(tmp_path: Path) -> None:
    async with Database(tmp_path) as database:
        await database.write(text("INSERT INTO panels VALUES (1, 7, 'state', 'yesterday')"))
        assert await Panels(database).get(1) is None


async def test_without_a_usable_database_panels_last_until_the_bot_stops(tmp_path: Path) -> None:
    (tmp_path / "file").touch()
    for folder in (None, tmp_path / "file"):
        async with Database(folder) as database:
            kept = Panels(database)
            await kept.keep(1, 7, "state")
            assert await kept.get(1) == await kept.last(7) == "state"
