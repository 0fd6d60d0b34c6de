"""The line: order, limits, sharing, and one ending for everybody whatever happens in whatever order."""

import asyncio
from contextlib import aclosing
from dataclasses import replace
from pathlib import Path

import pytest
from hand_engine import PICTURE, READY, HandEngine, ending, order, settle
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, invariant, precondition, rule

from bot.errors import PersonFull, QueueFull, ServerFull
from bot.queue.queue import Limits, Render, RenderQueue, _next, in_order
from bot.queue.throughput import Throughput
from bot.queue.ticket import Queued, Request, Ticket
from bot.storage.cache import Cache
from bot.worker.engine import Event, Picture
from generator.contract.errors import Cancelled, EngineDown, EngineStopped, GeneratorError, UnknownModel
from generator.contract.protocol import Model, Progress
from generator.contract.recipe import Recipe


async def test_a_request_is_queued_drawn_and_delivered() -> None:
    engine = HandEngine()
    async with RenderQueue(engine, Limits()) as queue:
        ticket = queue.submit(order(1))
        await settle()
        assert str(ticket.request.recipe) == "waifu 1 model=drawn-4 psi=0.7"
        assert isinstance(ticket.now, Progress)
        engine.tell(1, PICTURE)
        assert await ending(ticket) == PICTURE
        assert queue.counts() == (0, 0)


async def test_people_take_turns() -> None:
    engine = HandEngine()
    async with RenderQueue(engine, Limits(in_flight=1, person=9)) as queue:
        for seed in range(4):
            queue.submit(order(seed, person=1))
        late = queue.submit(order(10, person=2))
        later = queue.submit(order(20, person=3))
        await settle()
        assert isinstance(late.now, Queued)
        assert isinstance(later.now, Queued)
        assert (late.now.position, later.now.position) == (1, 2)
        drawn = []
        for _ in range(6):
            await settle()
            drawn += engine.drawing
            engine.tell(engine.drawing[0], PICTURE)
        assert drawn == [0, 10, 20, 1, 2, 3]


async def test_several_are_drawn_together_and_animations_leave_room_for_pictures() -> None:
    engine = HandEngine()
    async with RenderQueue(engine, Limits(in_flight=4, person=99)) as queue:
        for seed in range(6):
            queue.submit(order(seed, line="morph"))
        await settle()
        assert engine.drawing == [0, 1]
        queue.submit(order(50, person=2))
        await settle()
        assert engine.drawing == [0, 1, 50]
        for seed in range(60, 63):
            queue.submit(order(seed, person=3))
        await settle()
        assert engine.most_at_once == 4


async def test_equal_requests_are_drawn_once_and_one_may_leave() -> None:
    engine = HandEngine()
    async with RenderQueue(engine, Limits()) as queue:
        first, second = queue.submit(order(1, person=1)), queue.submit(order(1, person=2))
        await settle()
        assert engine.drawing == [1]
        assert queue.cancel(1) == 1
        await settle()
        assert engine.drawing == [1]
        engine.tell(1, PICTURE)
        assert isinstance(await ending(first), Cancelled)
        assert await ending(second) == PICTURE


async def test_the_last_to_leave_stops_the_drawing() -> None:
    engine = HandEngine()
    async with RenderQueue(engine, Limits()) as queue:
        tickets = [queue.submit(order(1, person=person)) for person in (1, 2)]
        await settle()
        for ticket in tickets:
            ticket.withdraw()
        await settle()
        assert engine.drawing == []
        assert queue.counts() == (0, 0)


async def test_a_reader_that_goes_away_withdraws() -> None:
    engine = HandEngine()
    async with RenderQueue(engine, Limits()) as queue:
        ticket = queue.submit(order(1))
        async with aclosing(ticket.states()) as states:
            await anext(states)
        await settle()
        assert queue.counts() == (0, 0)


async def test_limits_are_told_apart() -> None:
    async with RenderQueue(HandEngine(), Limits(line=2, person=3, server=4, in_flight=1)) as queue:
        for seed in range(3):
            queue.submit(order(seed, person=1, server=7))
            await settle()
        with pytest.raises(PersonFull):
            queue.submit(order(3, person=1))
        with pytest.raises(QueueFull):
            queue.submit(order(3, person=2))
    async with RenderQueue(HandEngine(), Limits(person=3, server=4)) as queue:
        for seed in range(4):
            queue.submit(order(seed, person=seed, server=7))
        with pytest.raises(ServerFull):
            queue.submit(order(4, person=9, server=7))
        queue.submit(order(4, person=9, server=None))


async def test_a_failure_of_the_engine_reaches_everybody_who_asked() -> None:
    engine = HandEngine()
    async with RenderQueue(engine, Limits()) as queue:
        tickets = [queue.submit(order(1, person=person)) for person in (1, 2)]
        await settle()
        engine.tell(1, EngineDown())
        assert [type(await ending(ticket)) for ticket in tickets] == [EngineDown, EngineDown]


async def test_closing_ends_everything() -> None:
    engine = HandEngine()
    async with RenderQueue(engine, Limits(in_flight=1)) as queue:
        tickets = [queue.submit(order(seed)) for seed in range(3)]
    assert [type(await ending(ticket)) for ticket in tickets] == [EngineStopped] * 3
    assert engine.runs == []
    with pytest.raises(EngineStopped):
        queue.submit(order(9))


async def test_while_the_engine_starts_requests_count_wait_and_can_be_cancelled() -> None:
    engine = HandEngine(ready=None)
    async with RenderQueue(engine, Limits(person=2)) as queue:
        stays, leaves = queue.submit(order(1)), queue.submit(order(2))
        with pytest.raises(PersonFull):
            queue.submit(order(3))
        await settle()
        leaves.withdraw()
        assert isinstance(await ending(leaves), Cancelled)
        engine.start(READY)
        await settle()
        engine.tell(1, PICTURE)
        assert await ending(stays) == PICTURE
        assert queue.counts() == (0, 0)


async def test_an_engine_that_cannot_start_is_an_ending_too() -> None:
    engine = HandEngine(ready=None)
    async with RenderQueue(engine, Limits()) as queue:
        ticket, late = queue.submit(order(1)), queue.submit(order(2))
        engine.start(EngineDown())
        assert isinstance(await ending(ticket), EngineDown)
        assert isinstance(await ending(late), EngineDown)
        engine.started = asyncio.Event()
        stopped = queue.submit(order(3))
        await settle()
    assert isinstance(await ending(stopped), EngineStopped)


async def test_what_only_the_engine_knows_is_told_by_the_ticket() -> None:
    engine = HandEngine(ready=None)
    async with RenderQueue(engine, Limits()) as queue:
        ticket = queue.submit(Request(Recipe.parse("waifu 1 model=nobody"), {}, 1000, 1))
        engine.start(READY)
        assert isinstance(await ending(ticket), UnknownModel)
        with pytest.raises(UnknownModel):
            queue.submit(Request(Recipe.parse("waifu 1 model=nobody"), {}, 1000, 1))


# What waits for an idle moment


def idle(seed: int, person: int = 1, server: int | None = None) -> Request:
    return replace(order(seed, person, server), idle=True)


async def test_what_is_idle_is_drawn_only_while_nothing_else_is() -> None:
    engine = HandEngine()
    async with RenderQueue(engine, Limits(in_flight=4)) as queue:
        queue.submit(order(1))
        lazy = queue.submit(idle(50))
        await settle()
        assert engine.drawing == [1]
        assert lazy.now == Queued(1, None)
        queue.submit(order(2, person=2))
        await settle()
        assert engine.drawing == [1, 2]
        engine.tell(1, PICTURE)
        await settle()
        assert engine.drawing == [2]
        engine.tell(2, PICTURE)
        await settle()
        assert engine.drawing == [50]


async def test_what_is_idle_takes_nobodys_place_and_is_drawn_one_at_a_time() -> None:
    engine = HandEngine()
    async with RenderQueue(engine, Limits(in_flight=1)) as queue:
        for seed in (50, 51):
            queue.submit(idle(seed, person=seed))
        await settle()
        assert engine.drawing == [50]
        newcomer = queue.submit(order(1, person=2))
        await settle()
        assert engine.drawing == [50, 1]
        assert isinstance(newcomer.now, Progress)
        engine.tell(50, PICTURE)
        await settle()
        assert engine.drawing == [1]
        engine.tell(1, PICTURE)
        await settle()
        assert engine.drawing == [51]


async def test_what_is_idle_counts_towards_no_limit_and_pushes_nobody_back() -> None:
    engine = HandEngine()
    async with RenderQueue(engine, Limits(line=2, person=1, server=1, in_flight=1)) as queue:
        for seed in range(50, 60):
            queue.submit(idle(seed, server=7))
        first = queue.submit(order(1, person=1, server=7))
        await settle()
        assert engine.drawing == [50, 1]
        assert queue.tickets_of(1) == [first]
        ahead, behind = queue.submit(order(2, person=2)), queue.submit(order(3, person=3))
        with pytest.raises(QueueFull):
            queue.submit(order(4, person=4))
        await settle()
        assert (ahead.now, behind.now) == (Queued(1, None), Queued(2, None))
        assert queue.cancel(1) == 1
        assert first.ending is not None
        await settle()
        assert engine.drawing == [50, 2]


async def test_who_asks_for_the_same_as_an_idle_request_does_not_wait_for_an_idle_moment() -> None:
    engine = HandEngine()
    async with RenderQueue(engine, Limits(in_flight=2)) as queue:
        queue.submit(order(1))
        lazy, asked = queue.submit(idle(50)), queue.submit(order(50, person=2))
        await settle()
        assert engine.drawing == [1, 50]
        engine.tell(50, PICTURE)
        assert await ending(lazy) == await ending(asked) == PICTURE


async def test_what_is_idle_is_not_kept(tmp_path: Path) -> None:
    engine = HandEngine()
    async with Cache(tmp_path, 10_000) as cache, RenderQueue(engine, Limits(), cache) as queue:
        lazy = queue.submit(idle(50))
        await settle()
        engine.tell(50, PICTURE)
        assert await ending(lazy) == PICTURE
        await settle()
        assert not cache._sizes


@given(st.lists(st.tuples(st.booleans(), st.booleans()), max_size=8), st.integers(1, 4))
def test_an_idle_job_starts_only_alone_and_others_start_as_if_there_were_none(
    jobs: list[tuple[bool, bool]], in_flight: int
) -> None:
    made = []
    for turn, (lazy, running) in enumerate(jobs):
        job = Render(Recipe.parse(f"waifu {turn}"), 1000)
        job.tickets = [Ticket(replace(order(turn), idle=lazy), turn, lambda _: None)]
        job.task = object() if running else None  # type: ignore[assignment]
        made.append(job)
    chosen = _next(made, in_flight)
    if chosen is not None and chosen.idle:
        assert all(job.idle and job.task is None for job in made)
    else:
        assert chosen is _next([job for job in made if not job.idle], in_flight)


# Which network draws


TWO = replace(READY, models=(*READY.models, Model("cats", 64, "d1")))


async def test_a_request_without_a_network_goes_to_the_best_choice_that_is_offered() -> None:
    engine = HandEngine(ready=TWO)
    async with RenderQueue(engine, Limits(person=9, in_flight=9)) as queue:
        await queue.preferences.choose("person", 1, "cats")
        await queue.preferences.choose("person", 2, "gone")
        await queue.preferences.choose("server", 7, "cats")
        for seed, person, server in ((1, 1, None), (2, 2, None), (3, 2, 7), (4, 3, 7), (5, 3, None)):
            queue.submit(order(seed, person, server))
        queue.submit(replace(order(6, 1, 7), recipe=Recipe.parse("waifu 6 model=drawn-4")))
        await settle()
        drawn = {recipe.seeds[0]: recipe["model"] for recipe, _ in engine.runs}
        assert drawn == {1: "cats", 2: "drawn-4", 3: "cats", 4: "cats", 5: "drawn-4", 6: "drawn-4"}
        assert [getattr(queue.model(None, *who), "name", None) for who in ((1, 7), (2, None), (3, 7))] == [
            "cats",
            "drawn-4",
            "cats",
        ]
        assert queue.model("cats") == TWO.models[1]
        with pytest.raises(GeneratorError):
            queue.submit(replace(order(8, 1), recipe=Recipe.parse("waifu 8 trait.hair=pink")))  # cats have no traits


def test_the_pace_counts_only_the_time_in_which_something_is_drawn() -> None:
    now = [100.0]
    pace = Throughput(lambda: now[0])
    assert pace.estimate_s(10) is None
    pace.start("job")
    now[0] += 2
    pace.made(4)
    pace.stop("job")
    now[0] += 1000
    pace.start("another")
    estimate = pace.estimate_s(10)
    assert estimate == pytest.approx(5)


class Line(RuleBasedStateMachine):
    """Submit, cancel, progress, finish, fail and crash in any order: nobody is lost, nobody is told twice."""

    def __init__(self) -> None:
        super().__init__()
        self.loop = asyncio.new_event_loop()
        self.engine = HandEngine()
        self.queue = RenderQueue(self.engine, Limits(line=6, person=3, server=8, in_flight=3))
        self.asked: list[tuple[Ticket, asyncio.Task[list[Picture | GeneratorError]]]] = []

    async def _endings(self, ticket: Ticket) -> list[Picture | GeneratorError]:
        endings: list[Picture | GeneratorError] = []
        try:
            async with aclosing(ticket.states()) as states:
                endings += [state async for state in states if isinstance(state, Picture)]
        except GeneratorError as error:
            endings.append(error)
        return endings

    def _settle(self) -> None:
        self.loop.run_until_complete(settle())

    @rule(
        seed=st.integers(0, 5),
        person=st.integers(1, 4),
        server=st.sampled_from([None, 7]),
        kind=st.sampled_from(["waifu", "morph"]),
    )
    def submit(self, seed: int, person: int, server: int | None, kind: str) -> None:
        async def ask() -> None:
            try:
                ticket = self.queue.submit(order(seed, person, server, kind))
            except (QueueFull, PersonFull, ServerFull):
                return
            self.asked.append((ticket, asyncio.create_task(self._endings(ticket))))

        self.loop.run_until_complete(ask())

    @precondition(lambda self: self.engine.runs)
    @rule(which=st.integers(0, 9), event=st.sampled_from([PICTURE, EngineDown(), Progress(1, 1, 2), Progress(1, 2, 2)]))
    def engine_tells(self, which: int, event: Event | GeneratorError) -> None:
        self.engine.runs[which % len(self.engine.runs)][1].put_nowait(event)
        self._settle()

    @rule()
    def everything_in_flight_fails(self) -> None:
        for _, told in list(self.engine.runs):
            told.put_nowait(EngineDown())
        self._settle()

    @rule(person=st.integers(1, 4), settle_first=st.booleans())
    def cancel(self, person: int, settle_first: bool) -> None:
        async def leave() -> None:
            self.queue.cancel(person)

        if settle_first:
            self._settle()
        self.loop.run_until_complete(leave())

    @precondition(lambda self: self.asked)
    @rule(which=st.integers(0, 99))
    def reader_goes_away(self, which: int) -> None:
        async def leave() -> None:
            self.asked[which % len(self.asked)][0].withdraw()

        self.loop.run_until_complete(leave())

    @rule()
    def time_passes(self) -> None:
        self._settle()

    @invariant()
    def nobody_is_told_twice_and_the_engine_is_not_overrun(self) -> None:
        for _, reading in self.asked:
            assert not reading.done() or len(reading.result()) == 1
        assert self.queue.counts()[1] <= 3
        assert self.queue.counts()[0] <= 6

    @invariant()
    def everybody_without_an_ending_is_in_the_line(self) -> None:
        unfinished = [ticket for ticket, _ in self.asked if ticket.ending is None]
        held = [ticket for person in range(1, 5) for ticket in self.queue.tickets_of(person)]
        assert sorted(map(id, unfinished)) == sorted(map(id, held))

    @invariant()
    def positions_count_up_from_one(self) -> None:
        for position, job in enumerate(in_order(self.queue._renders.values()), start=1):
            assert {ticket.now.position for ticket in job.tickets if isinstance(ticket.now, Queued)} == {position}

    def teardown(self) -> None:
        async def close() -> None:
            async with self.queue:
                pass
            await settle()

        self.loop.run_until_complete(close())
        for ticket, reading in self.asked:
            assert reading.done(), ticket.request
            assert len(reading.result()) == 1
        assert not self.engine.runs
        self.loop.close()


Line.TestCase.settings = settings(max_examples=60, stateful_step_count=30, deadline=None)
TestLine = Line.TestCase
