"""Line and engine together, with a worker that does anything in any order: one ending for everybody, nobody blamed in vain."""

import asyncio
from collections import deque
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field

import pytest
from hypothesis import settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, invariant, precondition, rule

from bot.queue.queue import Limits, RenderQueue
from bot.queue.ticket import Ticket
from bot.recipes.request import Request
from bot.worker import engine as engines
from bot.worker.engine import LocalEngine
from bot.worker.picture import Picture
from generator.contract import protocol
from generator.contract.errors import Cancelled, EngineDown, EngineStopped, GeneratorError, PoisonRun
from generator.contract.protocol import Model, Ready
from generator.contract.recipe import Recipe

READY = Ready(("waifu", "grid", "morph"), ("gif",), (Model("drawn-4", 64, "d0", {}),), "cpu", "fake")
FILE = b"a picture"


@dataclass
class ScriptedChild:
    """Stands for a worker's process; the test says what it says, and how it ends."""

    exit_code: int | None = None
    ended_from_outside: bool = False
    said: "asyncio.Queue[bytes]" = field(default_factory=asyncio.Queue)
    heard: protocol.Decoder = field(default_factory=protocol.Decoder)
    runs: dict[int, str] = field(default_factory=dict)  # not yet finished
    last_words: deque[str] = field(default_factory=deque)
    exit_reason: str = "as the test says"
    pid: int = 0

    async def read(self) -> bytes:
        return await self.said.get()

    def write(self, piece: bytes) -> None:
        for message in self.heard.feed(piece):
            if isinstance(message, protocol.Run):
                self.runs[message.id] = message.line
            elif isinstance(message, protocol.Cancel) and message.id in self.runs:
                del self.runs[message.id]
                self.say(protocol.Failed(message.id, "cancelled"))

    async def stop(self, *, at_once: bool) -> None:
        self.exit_code = self.exit_code or 1

    def say(self, message: protocol.Message) -> None:
        self.said.put_nowait(protocol.encode(message))

    def end(self, *, outside: bool = False) -> None:
        self.ended_from_outside = outside
        self.said.put_nowait(b"")


class LineAndEngine(RuleBasedStateMachine):
    """Three people ask for six faces; the worker draws, dies, hangs, talks nonsense, is killed, and cannot start."""

    def __init__(self) -> None:
        super().__init__()
        self.loop = asyncio.new_event_loop()
        self.children: list[ScriptedChild] = []
        self.tickets: list[Ticket] = []
        self.endings: dict[Ticket, list[object]] = {}
        self.own_deaths = 0
        self.bad_starts = 0
        with self.patched():
            self.do(self.open())

    @contextmanager
    def patched(self) -> Iterator[None]:
        async def start(*_: object) -> ScriptedChild:
            if self.bad_starts:
                self.bad_starts -= 1
                raise OSError("no memory for a process")
            self.children.append(ScriptedChild())
            self.children[-1].say(READY)
            return self.children[-1]

        with pytest.MonkeyPatch.context() as patch:
            patch.setattr(engines.WorkerProcess, "start", start)
            yield

    def do(self, coroutine: object = None) -> None:
        async def settled() -> None:
            if coroutine is not None:
                await coroutine  # type: ignore[misc]
            for _ in range(40):
                await asyncio.sleep(0)

        with self.patched():
            self.loop.run_until_complete(settled())

    async def open(self) -> None:
        self.engine = LocalEngine(["nothing"], first_backoff_s=0, max_backoff_s=0)
        self.queue = RenderQueue(self.engine, Limits(queue=8, person=4, in_flight=3))
        await self.engine.__aenter__()

    @property
    def child(self) -> ScriptedChild:
        return self.children[-1]

    @rule(seed=st.integers(1, 6), person=st.integers(1, 3))
    def submit(self, seed: int, person: int) -> None:
        async def ask() -> None:
            try:
                ticket = self.queue.submit(Request(Recipe.parse(f"waifu {seed}"), {}, 1000, person))
            except GeneratorError:
                return
            self.tickets.append(ticket)
            self.endings[ticket] = []
            tell = ticket.update

            def told(state: object) -> None:
                if isinstance(state, Picture | GeneratorError) and ticket.ending is None:
                    self.endings[ticket].append(state)
                tell(state)  # type: ignore[arg-type]

            ticket.update = told  # type: ignore[method-assign]

        self.do(ask())

    @rule(person=st.integers(1, 3))
    def cancel(self, person: int) -> None:
        async def cancel() -> None:
            self.queue.cancel(person)

        self.do(cancel())

    @precondition(lambda self: self.tickets)
    @rule(which=st.integers(0, 100))
    def expire(self, which: int) -> None:
        """Discord waits no longer, or the message is gone: whoever carries the answer gives up, maybe after the end."""

        async def give_up() -> None:
            self.tickets[which % len(self.tickets)].withdraw()

        self.do(give_up())

    @precondition(lambda self: self.children and self.child.runs)
    @rule(which=st.integers(0, 100))
    def finish(self, which: int) -> None:
        id_ = list(self.child.runs)[which % len(self.child.runs)]
        line = self.child.runs.pop(id_).encode()
        self.child.say(protocol.Progress(id_, 1, 1))
        self.child.say(protocol.Part(id_, line))
        self.child.say(protocol.Finished(id_, "image/png", len(line), 64, 64))
        self.do()

    @precondition(lambda self: self.children and self.child.runs)
    @rule(how=st.sampled_from(["crash", "nonsense", "hang", "half a file"]))
    def die(self, how: str) -> None:
        self.own_deaths += 1
        if how == "crash":
            self.child.end()
        elif how == "nonsense":
            self.child.said.put_nowait(b"Setting up PyTorch plugin...\n")
        elif how == "half a file":
            self.child.say(protocol.Part(next(iter(self.child.runs)), b"half"))
            self.child.end()
        else:
            self.do(self.be_silent_for_too_long())
        self.do()

    async def be_silent_for_too_long(self) -> None:
        assert self.engine._watchdog is not None
        self.engine._watchdog.reschedule(self.loop.time())

    @precondition(lambda self: self.children and self.child.runs)
    @rule()
    def be_stopped(self) -> None:
        self.child.ended_from_outside = True
        self.do(self.be_silent_for_too_long())

    @precondition(lambda self: self.children)
    @rule()
    def be_killed(self) -> None:
        self.child.end(outside=True)
        self.do()

    @precondition(lambda self: self.children)
    @rule(times=st.integers(1, 3))
    def fail_to_start(self, times: int) -> None:
        self.bad_starts = times
        self.child.end(outside=True)
        self.do()

    @invariant()
    def nobody_hears_two_endings(self) -> None:
        assert all(len(heard) <= 1 for heard in self.endings.values())

    @invariant()
    def nobody_is_blamed_where_the_worker_never_died_of_itself_twice(self) -> None:
        poisoned = [t for t in self.tickets if isinstance(t.ending, PoisonRun)]
        assert not poisoned or self.own_deaths >= 2

    @invariant()
    def every_picture_is_the_one_that_was_asked_for(self) -> None:
        for ticket in self.tickets:
            if isinstance(ticket.ending, Picture):
                assert ticket.ending.file.decode() == str(ticket.request.recipe)

    def teardown(self) -> None:
        async def close() -> None:
            await self.queue.__aexit__()
            await self.engine.__aexit__()

        self.draw_the_rest()
        self.do(close())
        self.loop.close()
        allowed = (Picture, Cancelled, PoisonRun, EngineDown, EngineStopped)
        for ticket in self.tickets:
            assert len(self.endings[ticket]) == 1
            assert isinstance(ticket.ending, allowed), ticket.ending
        assert self.engine._in_flight == {}
        assert not self.engine._waiting

    def draw_the_rest(self) -> None:
        """From now on the worker behaves; then everybody who still waits gets a picture."""
        waiting = [ticket for ticket in self.tickets if ticket.ending is None]
        for _ in range(len(waiting) + 3):
            self.do()
            while self.children and self.child.runs and self.child.exit_code is None:
                self.finish(0)
        for ticket in waiting:
            assert isinstance(ticket.ending, Picture), ticket.ending


TestLineAndEngine = LineAndEngine.TestCase
TestLineAndEngine.settings = settings(stateful_step_count=30, max_examples=60, deadline=None)
