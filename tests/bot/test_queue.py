"""The queue: order, limits, shared renders, and exactly one ending for every request, whatever happens."""

import asyncio
import sys
from collections.abc import Callable
from contextlib import aclosing
from dataclasses import replace
from pathlib import Path
from types import FrameType

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, invariant, precondition, rule
from manual_engine import PICTURE, READY, ManualEngine, let_tasks_run, make_request, wait_for_ending

from bot.errors import PersonFull, QueueFull, ServerFull
from bot.queue import queue as queue_module
from bot.queue.limits import Limits
from bot.queue.queue import RenderQueue
from bot.queue.render import Render
from bot.queue.throughput import Throughput
from bot.queue.ticket import Queued, Ticket
from bot.queue.waiting import WaitingRenders
from bot.recipes.request import Request
from bot.storage.cache import Cache
from bot.worker.engine import Event
from bot.worker.picture import Picture
from generator.contract.errors import Cancelled, EngineDown, EngineStopped, GeneratorError, UnknownModel
from generator.contract.protocol import Model, Progress
from generator.contract.recipe import Recipe


async def test_a_request_is_queued_drawn_and_delivered() -> None:
    engine = ManualEngine()
    async with RenderQueue(engine, Limits()) as queue:
        ticket = queue.submit(make_request(1))
        await let_tasks_run()
        assert str(ticket.request.recipe) == "waifu 1 model=drawn-4 psi=0.7"
        assert isinstance(ticket.state, Progress)
        engine.emit(1, PICTURE)
        assert await wait_for_ending(ticket) == PICTURE
        assert queue.counts() == (0, 0)


async def test_people_take_turns() -> None:
    engine = ManualEngine()
    async with RenderQueue(engine, Limits(in_flight=1, person=9)) as queue:
        for seed in range(4):
            queue.submit(make_request(seed, person=1))
        late = queue.submit(make_request(10, person=2))
        later = queue.submit(make_request(20, person=3))
        await let_tasks_run()
        assert isinstance(late.state, Queued)
        assert isinstance(later.state, Queued)
        assert (late.state.position, later.state.position) == (1, 2)
        drawn = []
        for _ in range(6):
            await let_tasks_run()
            drawn += engine.drawing
            engine.emit(engine.drawing[0], PICTURE)
        assert drawn == [0, 10, 20, 1, 2, 3]


async def test_as_many_more_are_drawn_together_as_there_are_replicas() -> None:
    engine = ManualEngine()
    engine.ready = replace(READY, replicas=3)
    async with RenderQueue(engine, Limits(in_flight=2, person=99)) as queue:
        for seed in range(9):
            queue.submit(make_request(seed))
        await let_tasks_run()
        assert engine.most_at_once == 6
        engine.ready = READY
        engine.emit(0, PICTURE)
        await let_tasks_run()
        assert engine.drawing == [1, 2, 3, 4, 5]


async def test_several_are_drawn_together_and_animations_leave_room_for_pictures() -> None:
    engine = ManualEngine()
    async with RenderQueue(engine, Limits(in_flight=4, person=99)) as queue:
        for seed in range(6):
            queue.submit(make_request(seed, kind="morph"))
        await let_tasks_run()
        assert engine.drawing == [0, 1]
        queue.submit(make_request(50, person=2))
        await let_tasks_run()
        assert engine.drawing == [0, 1, 50]
        for seed in range(60, 63):
            queue.submit(make_request(seed, person=3))
        await let_tasks_run()
        assert engine.most_at_once == 4


async def test_equal_requests_are_drawn_once_and_one_may_leave() -> None:
    engine = ManualEngine()
    async with RenderQueue(engine, Limits()) as queue:
        first, second = queue.submit(make_request(1, person=1)), queue.submit(make_request(1, person=2))
        await let_tasks_run()
        assert engine.drawing == [1]
        assert queue.cancel(1) == 1
        await let_tasks_run()
        assert engine.drawing == [1]
        engine.emit(1, PICTURE)
        assert isinstance(await wait_for_ending(first), Cancelled)
        assert await wait_for_ending(second) == PICTURE


async def test_the_last_ticket_to_leave_stops_the_drawing() -> None:
    engine = ManualEngine()
    async with RenderQueue(engine, Limits()) as queue:
        tickets = [queue.submit(make_request(1, person=person)) for person in (1, 2)]
        await let_tasks_run()
        for ticket in tickets:
            ticket.withdraw()
        await let_tasks_run()
        assert engine.drawing == []
        assert queue.counts() == (0, 0)


async def test_a_reader_that_goes_away_withdraws() -> None:
    engine = ManualEngine()
    async with RenderQueue(engine, Limits()) as queue:
        ticket = queue.submit(make_request(1))
        async with aclosing(ticket.states()) as states:
            await anext(states)
        await let_tasks_run()
        assert queue.counts() == (0, 0)


async def test_each_limit_has_its_own_error() -> None:
    async with RenderQueue(ManualEngine(), Limits(queue=2, person=3, server=4, in_flight=1)) as queue:
        for seed in range(3):
            queue.submit(make_request(seed, person=1, server=7))
            await let_tasks_run()
        with pytest.raises(PersonFull):
            queue.submit(make_request(3, person=1))
        with pytest.raises(QueueFull):
            queue.submit(make_request(3, person=2))
    async with RenderQueue(ManualEngine(), Limits(person=3, server=4)) as queue:
        for seed in range(4):
            queue.submit(make_request(seed, person=seed, server=7))
        with pytest.raises(ServerFull):
            queue.submit(make_request(4, person=9, server=7))
        queue.submit(make_request(4, person=9, server=None))


async def test_a_failure_of_the_engine_reaches_everybody_who_asked() -> None:
    engine = ManualEngine()
    async with RenderQueue(engine, Limits()) as queue:
        tickets = [queue.submit(make_request(1, person=person)) for person in (1, 2)]
        await let_tasks_run()
        engine.emit(1, EngineDown())
        assert [type(await wait_for_ending(ticket)) for ticket in tickets] == [EngineDown, EngineDown]


async def test_closing_ends_everything() -> None:
    engine = ManualEngine()
    async with RenderQueue(engine, Limits(in_flight=1)) as queue:
        tickets = [queue.submit(make_request(seed)) for seed in range(3)]
    assert [type(await wait_for_ending(ticket)) for ticket in tickets] == [EngineStopped] * 3
    assert engine.runs == []
    with pytest.raises(EngineStopped):
        queue.submit(make_request(9))


async def test_while_the_engine_starts_requests_count_wait_and_can_be_cancelled() -> None:
    engine = ManualEngine(ready=None)
    async with RenderQueue(engine, Limits(person=2)) as queue:
        stays, leaves = queue.submit(make_request(1)), queue.submit(make_request(2))
        with pytest.raises(PersonFull):
            queue.submit(make_request(3))
        await let_tasks_run()
        leaves.withdraw()
        assert isinstance(await wait_for_ending(leaves), Cancelled)
        engine.start(READY)
        await let_tasks_run()
        engine.emit(1, PICTURE)
        assert await wait_for_ending(stays) == PICTURE
        assert queue.counts() == (0, 0)


async def test_requests_end_when_the_engine_cannot_start() -> None:
    engine = ManualEngine(ready=None)
    async with RenderQueue(engine, Limits()) as queue:
        ticket, late = queue.submit(make_request(1)), queue.submit(make_request(2))
        engine.start(EngineDown())
        assert isinstance(await wait_for_ending(ticket), EngineDown)
        assert isinstance(await wait_for_ending(late), EngineDown)
        engine.started = asyncio.Event()
        stopped = queue.submit(make_request(3))
        await let_tasks_run()
    assert isinstance(await wait_for_ending(stopped), EngineStopped)


async def test_an_error_that_only_the_engine_can_find_ends_the_ticket() -> None:
    engine = ManualEngine(ready=None)
    async with RenderQueue(engine, Limits()) as queue:
        ticket = queue.submit(Request(Recipe.parse("waifu 1 model=nobody"), {}, 1000, 1))
        engine.start(READY)
        assert isinstance(await wait_for_ending(ticket), UnknownModel)
        with pytest.raises(UnknownModel):
            queue.submit(Request(Recipe.parse("waifu 1 model=nobody"), {}, 1000, 1))


# The work that a long queue takes


def count_calls(work: Callable[[], object]) -> int:
    """Return how many functions ``work`` calls, which unlike its seconds does not depend on the machine."""
    calls = 0

    def count(_frame: FrameType, event: str, _argument: object) -> None:
        nonlocal calls
        calls += event in ("call", "c_call")

    sys.setprofile(count)
    try:
        work()
    finally:
        sys.setprofile(None)
    return calls


@pytest.mark.parametrize("alike", [False, True], ids=["different pictures", "one picture for all"])
def test_the_work_of_arriving_waiting_and_leaving_grows_in_step_with_the_queue(alike: bool) -> None:
    async def come_and_go(people: int) -> None:
        async with RenderQueue(ManualEngine(), Limits(queue=people, server=people, in_flight=2)) as queue:
            tickets = []
            for person in range(people):
                tickets.append(queue.submit(make_request(0 if alike else person, person, server=7)))
                await asyncio.sleep(0)  # everybody comes alone
            await let_tasks_run()
            for ticket in tickets:
                ticket.withdraw()

    few, many = (count_calls(lambda people=people: asyncio.run(come_and_go(people))) for people in (100, 400))
    assert many < 5.5 * few


async def test_everybody_in_a_long_queue_is_told_their_position_within_a_second(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(queue_module, "TOLD_S", 0.01)
    async with RenderQueue(ManualEngine(), Limits(queue=999, in_flight=1)) as queue:
        tickets = [queue.submit(make_request(seed, person=seed)) for seed in range(100)]
        await let_tasks_run()
        tickets[1].withdraw()
        async with asyncio.timeout(10), aclosing(tickets[-1].states()) as states:
            async for state in states:
                if isinstance(state, Queued) and state.position == 98:
                    break
        assert [getattr(ticket.state, "position", 0) for ticket in tickets[2:]] == list(range(1, 99))


# Large requests leave room


def large(seed: int, person: int, server: int | None = 7) -> Request:
    return replace(make_request(seed, person, server), recipe=Recipe.parse(f"morph {seed} 1 frames=240 size=2"))


async def test_large_requests_of_a_server_do_not_refuse_a_picture_and_pictures_do_refuse_more() -> None:
    async with RenderQueue(ManualEngine(), Limits(server=30)) as queue:
        for person in range(10):
            for request in range(3):
                queue.submit(large(10 * person + request, person))
        with pytest.raises(ServerFull):
            queue.submit(large(500, person=10))
        for seed in range(30):
            queue.submit(make_request(seed, person=20 + seed, server=7))
        with pytest.raises(ServerFull):
            queue.submit(make_request(99, person=99, server=7))
        await let_tasks_run()
        assert queue.cancel(20) == 1
        queue.submit(make_request(99, person=99, server=7))


async def test_large_animations_leave_places_for_small_ones() -> None:
    engine = ManualEngine()
    async with RenderQueue(engine, Limits(in_flight=8)) as queue:
        for person in range(4):
            for request in range(3):
                queue.submit(large(10 * person + request, person))
        await let_tasks_run()
        assert len(engine.drawing) == 2
        queue.submit(make_request(500, person=9, kind="morph"))
        queue.submit(make_request(600, person=8, kind="waifu"))
        await let_tasks_run()
        assert engine.drawing[2:] == [500, 600]


# Idle requests


def idle(seed: int, person: int = 1, server: int | None = None) -> Request:
    return replace(make_request(seed, person, server), idle=True)


async def test_an_idle_request_is_drawn_only_while_nothing_else_is() -> None:
    engine = ManualEngine()
    async with RenderQueue(engine, Limits(in_flight=4)) as queue:
        queue.submit(make_request(1))
        lazy = queue.submit(idle(50))
        await let_tasks_run()
        assert engine.drawing == [1]
        assert lazy.state == Queued(1, None)
        queue.submit(make_request(2, person=2))
        await let_tasks_run()
        assert engine.drawing == [1, 2]
        engine.emit(1, PICTURE)
        await let_tasks_run()
        assert engine.drawing == [2]
        engine.emit(2, PICTURE)
        await let_tasks_run()
        assert engine.drawing == [50]


async def test_idle_requests_take_nobodys_place_and_are_drawn_one_at_a_time() -> None:
    engine = ManualEngine()
    async with RenderQueue(engine, Limits(in_flight=1)) as queue:
        for seed in (50, 51):
            queue.submit(idle(seed, person=seed))
        await let_tasks_run()
        assert engine.drawing == [50]
        newcomer = queue.submit(make_request(1, person=2))
        await let_tasks_run()
        assert engine.drawing == [50, 1]
        assert isinstance(newcomer.state, Progress)
        engine.emit(50, PICTURE)
        await let_tasks_run()
        assert engine.drawing == [1]
        engine.emit(1, PICTURE)
        await let_tasks_run()
        assert engine.drawing == [51]


async def test_idle_requests_count_towards_no_limit_and_push_nobody_back() -> None:
    engine = ManualEngine()
    async with RenderQueue(engine, Limits(queue=2, person=1, server=1, in_flight=1)) as queue:
        for seed in range(50, 60):
            queue.submit(idle(seed, server=7))
        first = queue.submit(make_request(1, person=1, server=7))
        await let_tasks_run()
        assert engine.drawing == [50, 1]
        assert queue.tickets_of(1) == [first]
        ahead, behind = queue.submit(make_request(2, person=2)), queue.submit(make_request(3, person=3))
        with pytest.raises(QueueFull):
            queue.submit(make_request(4, person=4))
        await let_tasks_run()
        assert (ahead.state, behind.state) == (Queued(1, None), Queued(2, None))
        assert queue.cancel(1) == 1
        assert first.ending is not None
        await let_tasks_run()
        assert engine.drawing == [50, 2]


async def test_a_request_equal_to_an_idle_one_does_not_wait_for_an_idle_moment() -> None:
    engine = ManualEngine()
    async with RenderQueue(engine, Limits(in_flight=2)) as queue:
        queue.submit(make_request(1))
        lazy, asked = queue.submit(idle(50)), queue.submit(make_request(50, person=2))
        await let_tasks_run()
        assert engine.drawing == [1, 50]
        engine.emit(50, PICTURE)
        assert await wait_for_ending(lazy) == await wait_for_ending(asked) == PICTURE


async def test_the_picture_of_an_idle_request_is_not_cached(tmp_path: Path) -> None:
    engine = ManualEngine()
    async with Cache(tmp_path, 10_000) as cache, RenderQueue(engine, Limits(), cache) as queue:
        lazy = queue.submit(idle(50))
        await let_tasks_run()
        engine.emit(50, PICTURE)
        assert await wait_for_ending(lazy) == PICTURE
        await let_tasks_run()
        assert not cache._sizes


@given(st.lists(st.tuples(st.booleans(), st.booleans()), max_size=8), st.integers(1, 4))
def test_an_idle_render_starts_only_alone_and_others_start_as_if_there_were_none(
    states: list[tuple[bool, bool]], in_flight: int
) -> None:
    def choose(states: list[tuple[int, tuple[bool, bool]]]) -> Render | None:
        waiting, drawing = WaitingRenders(), []
        for turn, (lazy, active) in states:
            render = Render(Recipe.parse(f"waifu {turn}"), 1000)
            render.add(Ticket(replace(make_request(turn), idle=lazy), turn, lambda _: None))
            if active:
                drawing.append(render)
            else:
                waiting.add(render)
        return waiting.choose(drawing, in_flight)

    first = choose(list(enumerate(states)))
    if first is not None and first.idle:
        assert all(lazy and not active for lazy, active in states)
    else:
        alone = choose([(turn, state) for turn, state in enumerate(states) if not state[0]])
        assert (first and first.turn) == (alone and alone.turn)


# Which model draws


TWO = replace(READY, models=(*READY.models, Model("cats", 64, "d1")))


async def test_a_request_without_a_model_goes_to_the_first_preferred_model_that_is_offered() -> None:
    engine = ManualEngine(ready=TWO)
    async with RenderQueue(engine, Limits(person=9, in_flight=9)) as queue:
        await queue.preferences.choose("person", 1, "cats")
        await queue.preferences.choose("person", 2, "gone")
        await queue.preferences.choose("server", 7, "cats")
        for seed, person, server in ((1, 1, None), (2, 2, None), (3, 2, 7), (4, 3, 7), (5, 3, None)):
            queue.submit(make_request(seed, person, server))
        queue.submit(replace(make_request(6, 1, 7), recipe=Recipe.parse("waifu 6 model=drawn-4")))
        await let_tasks_run()
        drawn = {recipe.seeds[0]: recipe["model"] for recipe, _ in engine.runs}
        assert drawn == {1: "cats", 2: "drawn-4", 3: "cats", 4: "cats", 5: "drawn-4", 6: "drawn-4"}
        assert [getattr(queue.model(None, *who), "name", None) for who in ((1, 7), (2, None), (3, 7))] == [
            "cats",
            "drawn-4",
            "cats",
        ]
        assert queue.model("cats") == TWO.models[1]
        with pytest.raises(GeneratorError):
            # The model cats has no traits.
            queue.submit(replace(make_request(8, 1), recipe=Recipe.parse("waifu 8 trait.hair=pink")))


def test_throughput_counts_only_the_time_in_which_something_is_drawn() -> None:
    now = [100.0]
    throughput = Throughput(lambda: now[0])
    assert throughput.estimate_s(10) is None
    throughput.start("render")
    now[0] += 2
    throughput.add(4)
    throughput.stop("render")
    now[0] += 1000
    throughput.start("another")
    assert throughput.estimate_s(10) == pytest.approx(5)


class QueueMachine(RuleBasedStateMachine):
    """Submits and cancels requests, and makes their runs progress, finish and fail, in any order.

    Checks that every request gets exactly one ending.
    """

    def __init__(self) -> None:
        super().__init__()
        self.loop = asyncio.new_event_loop()
        self.engine = ManualEngine()
        self.queue = RenderQueue(self.engine, Limits(queue=6, person=3, server=8, in_flight=3))
        self.submitted: list[tuple[Ticket, asyncio.Task[list[Picture | GeneratorError]]]] = []

    async def _endings(self, ticket: Ticket) -> list[Picture | GeneratorError]:
        endings: list[Picture | GeneratorError] = []
        try:
            async with aclosing(ticket.states()) as states:
                endings += [state async for state in states if isinstance(state, Picture)]
        except GeneratorError as error:
            endings.append(error)
        return endings

    def _let_tasks_run(self) -> None:
        self.loop.run_until_complete(let_tasks_run())

    @rule(
        seed=st.integers(0, 5),
        person=st.integers(1, 4),
        server=st.sampled_from([None, 7]),
        kind=st.sampled_from(["waifu", "morph"]),
    )
    def submit(self, seed: int, person: int, server: int | None, kind: str) -> None:
        async def ask() -> None:
            try:
                ticket = self.queue.submit(make_request(seed, person, server, kind))
            except (QueueFull, PersonFull, ServerFull):
                return
            self.submitted.append((ticket, asyncio.create_task(self._endings(ticket))))

        self.loop.run_until_complete(ask())

    @precondition(lambda self: self.engine.runs)
    @rule(which=st.integers(0, 9), event=st.sampled_from([PICTURE, EngineDown(), Progress(1, 1, 2), Progress(1, 2, 2)]))
    def engine_emits(self, which: int, event: Event | GeneratorError) -> None:
        self.engine.runs[which % len(self.engine.runs)][1].put_nowait(event)
        self._let_tasks_run()

    @rule()
    def everything_in_flight_fails(self) -> None:
        for _, events in list(self.engine.runs):
            events.put_nowait(EngineDown())
        self._let_tasks_run()

    @rule(person=st.integers(1, 4), tasks_run_first=st.booleans())
    def cancel(self, person: int, tasks_run_first: bool) -> None:
        async def leave() -> None:
            self.queue.cancel(person)

        if tasks_run_first:
            self._let_tasks_run()
        self.loop.run_until_complete(leave())

    @precondition(lambda self: self.submitted)
    @rule(which=st.integers(0, 99))
    def reader_goes_away(self, which: int) -> None:
        async def leave() -> None:
            self.submitted[which % len(self.submitted)][0].withdraw()

        self.loop.run_until_complete(leave())

    @rule()
    def time_passes(self) -> None:
        self._let_tasks_run()

    @invariant()
    def nobody_gets_two_endings_and_the_engine_is_not_overrun(self) -> None:
        for _, reading in self.submitted:
            assert not reading.done() or len(reading.result()) == 1
        assert self.queue.counts()[1] <= 3
        assert self.queue.counts()[0] <= 6

    @invariant()
    def everybody_without_an_ending_is_in_the_queue(self) -> None:
        unfinished = [ticket for ticket, _ in self.submitted if ticket.ending is None]
        held = [ticket for person in range(1, 5) for ticket in self.queue.tickets_of(person)]
        assert sorted(map(id, unfinished)) == sorted(map(id, held))

    @invariant()
    def positions_count_up_from_one(self) -> None:
        for position, render in enumerate(self.queue._waiting, start=1):
            assert {ticket.state.position for ticket in render.tickets if isinstance(ticket.state, Queued)} == {
                position
            }

    def teardown(self) -> None:
        async def close() -> None:
            async with self.queue:
                pass
            await let_tasks_run()

        self.loop.run_until_complete(close())
        for ticket, reading in self.submitted:
            assert reading.done(), ticket.request
            assert len(reading.result()) == 1
        assert not self.engine.runs
        self.loop.close()


QueueMachine.TestCase.settings = settings(max_examples=60, stateful_step_count=30, deadline=None)
TestQueue = QueueMachine.TestCase
