"""Chooses which faces to draw next, out of all runs that can be drawn.

Draws nothing and reads no clock. Here a run is just a number of faces, a person is just a string, and a group is any
value that is equal for runs that can share a batch.

People take turns, and each turn is one face. The next turn goes to the person who has waited longest since their last
turn. A person without a turn among the last RECENT turns goes first: most people want only one face, and that delays
the others only a little. RECENT and the number of people therefore limit how long anyone waits.

A run of more than LARGE_FACES faces lets others go LARGE_WAITS faces further: beside one of them, anything smaller gets
three quarters of the faces, and takes a third longer than alone instead of twice as long.

Among one person's runs, the run with the fewest faces left goes first, so that a single picture does not wait for the
same person's long morph. But a run that was passed over MAX_PASSED times goes before that, so that no run starves.

Runs and people are kept sorted, so that a face costs O(log n) for n runs.
"""

from collections.abc import Callable, Hashable
from dataclasses import dataclass, field

from sortedcontainers import SortedKeyList

MAX_PASSED = 8  # a run is overdue after its person used this many turns for other runs
LARGE_FACES, LARGE_WAITS = 240, 2  # the longest animation of single faces is not large
RECENT = 32  # the last RECENT turns of all people together count as recent


@dataclass(eq=False)
class PendingRun:
    """A run whose faces ``done`` to ``total - 1`` are still to be drawn, in that order."""

    run: int  # id of the run
    person: str
    group: Hashable  # runs with equal groups may share a batch; the worker uses BatchGroup (rendering/render.py)
    total: int  # number of faces
    done: int = 0  # number of faces drawn
    served_at: int = 0  # how many turns the person had had when this run last had one, or was added

    @property
    def remaining(self) -> int:
        """Number of faces that are still to be drawn."""
        return self.total - self.done


# Each run of a batch, with the indices of the faces to draw. The run that has the last of the turns comes last.
Batch = list[tuple[PendingRun, list[int]]]


@dataclass(eq=False)
class _Person:
    turn: int  # when this person last had a turn, counted in faces drawn for everybody
    served: int = 0  # turns that this person has had
    shares: "dict[Hashable, _Share]" = field(default_factory=dict)  # group -> the person's runs in it


class _Share:
    """One person's runs in one group that have faces left."""

    def __init__(self, person: _Person, group: Hashable) -> None:
        self.person, self.group = person, group
        self.members = 0  # runs in it, also those without faces left
        self._shortest: SortedKeyList[PendingRun] = SortedKeyList(key=lambda run: (run.remaining, run.run))
        self._longest_ago: SortedKeyList[PendingRun] = SortedKeyList(
            key=lambda run: (run.served_at, run.remaining, run.run)
        )

    def __len__(self) -> int:
        return len(self._shortest)

    def add(self, run: PendingRun) -> None:
        self._shortest.add(run)
        self._longest_ago.add(run)

    def remove(self, run: PendingRun) -> None:
        self._shortest.remove(run)
        self._longest_ago.remove(run)

    def first(self) -> PendingRun:
        """Return the most overdue run. If none is overdue, return the one with the fewest faces left, or the oldest."""
        passed: PendingRun = self._longest_ago[0]
        shortest: PendingRun = self._shortest[0]
        return passed if self._overdue(passed) else shortest

    def order(self) -> tuple[int, int, int, int]:
        """Return what compares this share with those of other people; the least is drawn first."""
        run = self.first()
        return self.person.turn + LARGE_WAITS * (run.total > LARGE_FACES), -self._overdue(run), run.remaining, run.run

    def _overdue(self, run: PendingRun) -> int:
        return max(self.person.served - run.served_at - MAX_PASSED + 1, 0)


class Schedule:
    """The runs that can be drawn, and the turns that people have had."""

    def __init__(self) -> None:
        self.turns = 0  # number of faces drawn so far
        self._runs: dict[int, PendingRun] = {}
        self._people: dict[str, _Person] = {}  # those who have runs
        self._groups: dict[Hashable, SortedKeyList[_Share]] = {}  # the shares that have faces left
        self._left_at: dict[str, int] = {}  # person without runs -> the number of their last turn, if it was recent

    def add(self, run: PendingRun) -> None:
        """Add a run. If the person already has runs, their place does not change.

        Otherwise their last turn counts, but at most RECENT turns back, so that all people who return after a long
        pause are treated alike.
        """
        if run.person not in self._people:
            last = self._left_at.pop(run.person, 0)
            self._people[run.person] = _Person(max(last, self.turns - RECENT))
        person = self._people[run.person]
        self._runs[run.run] = run
        run.served_at = person.served
        self._detach(person)
        share = person.shares.setdefault(run.group, _Share(person, run.group))
        share.members += 1
        share.add(run)
        self._attach(person)

    def remove(self, id_: int) -> None:
        """Remove a run. Does nothing if there is no such run."""
        run = self._runs.pop(id_, None)
        if run is None:
            return
        person = self._people[run.person]
        self._detach(person)
        share = person.shares[run.group]
        if run.remaining:
            share.remove(run)
        share.members -= 1
        if not share.members:
            del person.shares[run.group]
        self._attach(person)
        if not person.shares:
            del self._people[run.person]
            self._left_at[run.person] = person.turn
            if len(self._left_at) > 2 * RECENT:
                self._left_at = {name: turn for name, turn in self._left_at.items() if turn > self.turns - RECENT}

    def groups(self) -> list[Hashable]:
        """Return the groups that have faces left."""
        return list(self._groups)

    def choose(self, capacity: Callable[[Hashable], int], usable: Callable[[Hashable], bool]) -> Batch:
        """Return the next batch, that is, the faces to draw together. It is empty if there is nothing to draw.

        Every run in the batch has the same group as the run whose turn it is; only groups that are ``usable`` count.
        The batch holds 1 to ``capacity(group)`` faces. If it contains single pictures, it ends after the last of them:
        more faces would delay a picture that could be finished. Nothing changes until ``advance`` is called.
        """
        heads: list[_Share] = [shares[0] for group, shares in self._groups.items() if usable(group)]
        if not heads:
            return []
        group = min(heads, key=_Share.order).group
        picked: list[tuple[PendingRun, int]] = []
        before: list[tuple[PendingRun, int, int, int, int]] = []
        end = 0
        for turn in range(self.turns + 1, self.turns + 1 + max(1, capacity(group))):
            if group not in self._groups:
                break
            run = self._groups[group][0].first()
            person = self._people[run.person]
            before.append((run, run.done, run.served_at, person.turn, person.served))
            picked.append((run, run.done))
            end = len(picked) if run.total == 1 else end
            self._set(run, run.done + 1, person.served + 1, turn, person.served + 1)
        for state in reversed(before):
            self._set(*state)
        batch: dict[PendingRun, list[int]] = {}
        for run, face in picked[: end or None]:
            batch[run] = [*batch.pop(run, []), face]  # moves the run to the end
        return list(batch.items())

    def advance(self, batch: Batch) -> None:
        """Record that ``batch`` was drawn. Runs that were removed meanwhile are ignored."""
        for run, faces in batch:
            self.turns += len(faces)
            if run.run in self._runs:
                served = self._people[run.person].served + len(faces)
                self._set(run, run.done + len(faces), served, self.turns, served)

    def _set(self, run: PendingRun, done: int, served_at: int, turn: int, served: int) -> None:
        """Set the state of a run and of its person, and keep everything sorted."""
        person = self._people[run.person]
        self._detach(person)
        share = person.shares[run.group]
        if run.remaining:
            share.remove(run)
        run.done, run.served_at, person.turn, person.served = done, served_at, turn, served
        if run.remaining:
            share.add(run)
        self._attach(person)

    def _detach(self, person: _Person) -> None:
        for share in filter(None, person.shares.values()):
            self._groups[share.group].remove(share)
            if not self._groups[share.group]:
                del self._groups[share.group]

    def _attach(self, person: _Person) -> None:
        for share in filter(None, person.shares.values()):
            if share.group not in self._groups:
                self._groups[share.group] = SortedKeyList(key=_Share.order)
            self._groups[share.group].add(share)
