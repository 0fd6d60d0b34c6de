"""Shares the memory for the faces of grids and animations, which are kept from the first face to the end of encoding.

Pure bookkeeping: runs are numbers, and people are strings. A long animation, whose frames are on the disk, asks for the
same however long it is (LONG_CLAIM in run.py).

Each person may hold half of what the others leave free, so that somebody new always finds something: one person up to a
half, a second a quarter, and so on. Beside that, each person may always open runs of SMALL_PIXELS, however full it is.
Whoever holds least is served first, and among these whoever was served longest ago.
"""

import heapq
from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass

MAX_OPEN_PIXELS = 192_000_000  # three of the largest runs; the small runs of people who find nothing come on top
SMALL_PIXELS = 2**22  # a morph of the default length of a network of 256 px
REMEMBERED_PEOPLE = 256  # those who were given room last
MAX_OVERTAKEN = 8  # after this many, the run of a person who holds nothing is opened before any other that is not small


@dataclass(eq=False)
class _Claim:
    run: int
    person: str
    pixels: int
    order: int  # in which the runs asked
    overtaken: int = 0  # runs that asked later and were opened before, while this person held nothing


class Room:
    """The runs that have room, and those that wait for it."""

    def __init__(self) -> None:
        self._open: dict[int, _Claim] = {}
        self._waiting: dict[int, _Claim] = {}
        self._held: Counter[str] = Counter()  # person -> pixels of their open runs
        self._held_small: Counter[str] = Counter()  # person -> pixels of their open runs that are small
        self._asked = self._given = 0
        self._served: dict[str, int] = {}  # person -> when they were last given room, the longest ago first
        self._changed = False  # whether a run that waits may now find room

    def ask(self, run: int, person: str, pixels: int) -> None:
        """Let a run wait for room."""
        self._asked += 1
        self._waiting[run] = _Claim(run, person, pixels, self._asked)
        self._changed = True

    def leave(self, run: int) -> None:
        """Give back the room of a run, or let it wait no longer. Does nothing if it has not asked."""
        self._waiting.pop(run, None)
        if (claim := self._open.pop(run, None)) is not None:
            self._hold(claim, -claim.pixels)
            self._changed = True

    def look_again(self) -> None:
        """Try all runs again at the next ``open``, because other runs are usable now."""
        self._changed = True

    def open(self, usable: Callable[[int], bool]) -> list[int]:
        """Give room to the runs that wait, as far as there is some, and return them. Only ``usable`` runs count."""
        if not self._changed:
            return []
        self._changed = False
        opened, blocked = [], False
        heap = [(self._rank(claim), claim.run) for claim in self._waiting.values() if usable(claim.run)]
        heapq.heapify(heap)
        while heap:
            rank, run = heapq.heappop(heap)
            claim = self._waiting[run]
            if rank < self._rank(claim):  # the person was given room meanwhile
                heapq.heappush(heap, (self._rank(claim), run))
            elif self._is_small(claim) or (not blocked and self._fits(claim)):
                self._give(claim)
                opened.append(run)
            else:
                blocked = blocked or self._is_overdue(claim)
        return opened

    def _rank(self, claim: _Claim) -> tuple[bool, int, int, int]:
        """Return what orders the claims that wait; the least is served first."""
        served = self._served.get(claim.person, 0)
        return not self._is_overdue(claim), self._held[claim.person], served, claim.order

    def _is_overdue(self, claim: _Claim) -> bool:
        return claim.overtaken >= MAX_OVERTAKEN and not self._held[claim.person]

    def _is_small(self, claim: _Claim) -> bool:
        return claim.pixels + self._held_small[claim.person] <= SMALL_PIXELS

    def _fits(self, claim: _Claim) -> bool:
        total, held = self._held.total(), self._held[claim.person]
        return not total or held + claim.pixels <= (MAX_OPEN_PIXELS - (total - held)) / 2

    def _give(self, claim: _Claim) -> None:
        if not self._is_small(claim):
            for other in self._waiting.values():
                other.overtaken += other.order < claim.order and not self._held[other.person]
        self._given += 1
        self._served.pop(claim.person, None)
        self._served[claim.person] = self._given
        if len(self._served) > REMEMBERED_PEOPLE:
            del self._served[next(iter(self._served))]
        self._open[claim.run] = self._waiting.pop(claim.run)
        self._hold(claim, claim.pixels)

    def _hold(self, claim: _Claim, pixels: int) -> None:
        for counter, counts in ((self._held, True), (self._held_small, claim.pixels <= SMALL_PIXELS)):
            counter[claim.person] += pixels * counts
            if not counter[claim.person]:
                del counter[claim.person]
