"""Queue and engine with a worker that may do anything: every request ends once, and none is blamed wrongly."""

import asyncio
from collections import deque
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field

import pytest
from hypothesis import settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, invariant, precondition, rule

from bot.queue.limits import Limits
from bot.queue.queue import RenderQueue
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
class ScriptedProcess:
    """A stand-in for WorkerProcess; the test decides what it sends and how it ends."""

    exit_code: int | None = None
    ended_externally: bool = False
    stdout: "asyncio.Queue[bytes]" = field(default_factory=asyncio.Queue)
    stdin: protocol.Decoder = field(default_factory=protocol.Decoder)
    runs: dict[int, str] = field(default_factory=dict)  # id -> recipe line of the runs that are not finished yet
    last_stderr: deque[str] = field(default_factory=deque)
    exit_reason: str = "as the test says"
    pid: int = 0

    async def read(self) -> bytes:
        return await self.stdout.get()

    def write(self, piece: bytes) -> None:
        for message in self.stdin.feed(piece):
            if isinstance(message, protocol.Run):
                self.runs[message.id] = message.line
            elif isinstance(message, protocol.Cancel) and message.id in self.runs:
                del self.runs[message.id]
                self.send(protocol.Failed(message.id, "cancelled"))

    async def stop(self, *, at_once: bool) -> None:
        self.exit_code = self.exit_code or 1

    def send(self, message: protocol.Message) -> None:
        self.stdout.put_nowait(protocol.encode(message))

    def end(self, *, outside: bool = False) -> None:
        self.ended_externally = outside
        self.stdout.put_nowait(b"")


class QueueAndEngineMachine(RuleBasedStateMachine):
    """Three people ask for six different faces, while the worker draws, dies, hangs, sends nonsense or cannot start."""

    def __init__(self) -> None:
        super().__init__()
        self.loop = asyncio.new_event_loop()
        self.processes: list[ScriptedProcess] = []
        self.tickets: list[Ticket] = []
        self.endings: dict[Ticket, list[object]] = {}
        self.own_faults = 0
        self.bad_starts = 0
        with self.patched():
            self.do(self.open())

    @contextmanager
    def patched(self) -> Iterator[None]:
        async def start(*_: object) -> ScriptedProcess:
            if self.bad_starts:
                self.bad_starts -= 1
                raise OSError("no memory for a process")
            self.processes.append(ScriptedProcess())
            self.processes[-1].send(READY)
            return self.processes[-1]

        with pytest.MonkeyPatch.context() as patch:
            patch.setattr(engines.WorkerProcess, "start", start)
            yield

    def do(self, coroutine: object = None) -> None:
        async def run() -> None:
            if coroutine is not None:
                await coroutine  # type: ignore[misc]
            for _ in range(40):
                await asyncio.sleep(0)

        with self.patched():
            self.loop.run_until_complete(run())

    async def open(self) -> None:
        self.engine = LocalEngine(["nothing"], first_backoff_s=0, max_backoff_s=0)
        self.queue = RenderQueue(self.engine, Limits(queue=8, person=4, in_flight=3))
        await self.engine.__aenter__()

    @property
    def process(self) -> ScriptedProcess:
        return self.processes[-1]

    @rule(seed=st.integers(1, 6), person=st.integers(1, 3))
    def submit(self, seed: int, person: int) -> None:
        async def ask() -> None:
            try:
                ticket = self.queue.submit(Request(Recipe.parse(f"waifu {seed}"), {}, 1000, person))
            except GeneratorError:
                return
            self.tickets.append(ticket)
            self.endings[ticket] = []
            update = ticket.update

            def record(state: object) -> None:
                if isinstance(state, Picture | GeneratorError) and ticket.ending is None:
                    self.endings[ticket].append(state)
                update(state)  # type: ignore[arg-type]

            ticket.update = record  # type: ignore[method-assign]

        self.do(ask())

    @rule(person=st.integers(1, 3))
    def cancel(self, person: int) -> None:
        async def cancel() -> None:
            self.queue.cancel(person)

        self.do(cancel())

    @precondition(lambda self: self.tickets)
    @rule(which=st.integers(0, 100))
    def expire(self, which: int) -> None:
        """Withdraw a ticket, perhaps an ended one, as happens when its token expires or its message is deleted."""

        async def give_up() -> None:
            self.tickets[which % len(self.tickets)].withdraw()

        self.do(give_up())

    @precondition(lambda self: self.processes and self.process.runs)
    @rule(which=st.integers(0, 100))
    def finish(self, which: int) -> None:
        id_ = list(self.process.runs)[which % len(self.process.runs)]
        line = self.process.runs.pop(id_).encode()
        self.process.send(protocol.Progress(id_, 1, 1))
        self.process.send(protocol.Part(id_, line))
        self.process.send(protocol.Finished(id_, "image/png", len(line), 64, 64))
        self.do()

    @precondition(lambda self: self.processes and self.process.runs)
    @rule(how=st.sampled_from(["crash", "nonsense", "hang", "half a file"]))
    def die(self, how: str) -> None:
        self.own_faults += 1
        if how == "crash":
            self.process.end()
        elif how == "nonsense":
            self.process.stdout.put_nowait(b"Setting up PyTorch plugin...\n")
        elif how == "half a file":
            self.process.send(protocol.Part(next(iter(self.process.runs)), b"half"))
            self.process.end()
        else:
            self.do(self.be_silent_too_long())
        self.do()

    async def be_silent_too_long(self) -> None:
        assert self.engine._watchdog is not None
        self.engine._watchdog.reschedule(self.loop.time())

    @precondition(lambda self: self.processes and self.process.runs)
    @rule()
    def be_suspended(self) -> None:
        self.process.ended_externally = True
        self.do(self.be_silent_too_long())

    @precondition(lambda self: self.processes)
    @rule()
    def be_killed(self) -> None:
        self.process.end(outside=True)
        self.do()

    @precondition(lambda self: self.processes)
    @rule(times=st.integers(1, 3))
    def fail_to_start(self, times: int) -> None:
        self.bad_starts = times
        self.process.end(outside=True)
        self.do()

    @invariant()
    def no_ticket_gets_two_endings(self) -> None:
        assert all(len(endings) <= 1 for endings in self.endings.values())

    @invariant()
    def nothing_is_poison_unless_the_worker_died_twice_by_its_own_fault(self) -> None:
        poisoned = [t for t in self.tickets if isinstance(t.ending, PoisonRun)]
        assert not poisoned or self.own_faults >= 2

    @invariant()
    def every_picture_is_the_one_that_was_requested(self) -> None:
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
        """Make the worker draw normally, and check that every ticket without an ending gets its picture."""
        waiting = [ticket for ticket in self.tickets if ticket.ending is None]
        for _ in range(len(waiting) + 3):
            self.do()
            while self.processes and self.process.runs and self.process.exit_code is None:
                self.finish(0)
        for ticket in waiting:
            assert isinstance(ticket.ending, Picture), ticket.ending


TestQueueAndEngine = QueueAndEngineMachine.TestCase
TestQueueAndEngine.settings = settings(stateful_step_count=30, max_examples=60, deadline=None)
