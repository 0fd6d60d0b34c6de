"""``python -m benchmarks.clusters.simulation``: what a large installation would do, from measured service times.

Draws nothing. A simulation of events: people ask at random (a Poisson process whose rate follows the hour), the link
hands each request to the replica with the least to do, each replica draws batches of up to ``BATCH`` faces from its
requests in turns and encodes beside, and when the bot's queue is full a request is refused. The assumptions are the
constants below; the table is in docs/operations.md.
"""

import argparse
import heapq
import itertools
import math
import random
from collections import Counter, deque
from collections.abc import Iterator
from dataclasses import dataclass, field

from benchmarks.measure import percentile

SERVERS = 10_000
REQUESTS_PER_SERVER = 4.0  # an hour, mean of the day
PEAK, PEAK_HOUR = 2.5, 21.0  # the busiest hour, in means of the day; the rate falls to 0.2 at night
# kind -> share of the requests, faces, seconds of encoding beside the drawing; as benchmarks/load.py asks
KINDS = {
    "/waifu": (0.65, 1, 0.01),
    "/grid": (0.15, 9, 0.05),
    "/mix, /vary, /psi": (0.11, 8, 0.05),
    "/morph": (0.09, 60, 1.0),
}
BATCH = 4  # faces; on a GPU 64
IN_FLIGHT = 32  # requests of each replica
QUEUE = 3000  # that wait in the bot beyond that
COUNTS = (1, 2, 4, 8, 16, 32, 64, 128, 256)


@dataclass(frozen=True)
class Speed:
    """Measured times, in seconds."""

    call: float  # of a batch, beside its faces
    face: float
    link: float  # processor time of dispatcher and link for each request, one after the other
    bot: float  # processor time of the bot for each request, one after the other


@dataclass
class _Request:
    kind: str
    asked_at: float
    left: int  # faces that are not drawn yet


@dataclass
class _Replica:
    requests: "deque[_Request]" = field(default_factory=deque)
    faces: int = 0  # that are not drawn yet
    is_drawing: bool = False
    busy_s: float = 0.0


@dataclass
class Outcome:
    """What came of one simulation."""

    replicas: int
    waits: dict[str, list[float]]  # kind -> seconds from asking to the file
    refused: int
    asked: int
    shares: dict[str, float]  # what is busy -> share of the time


def rate(hour: float) -> float:
    """Return the requests per second of all servers at an hour of the day."""
    mean = SERVERS * REQUESTS_PER_SERVER / 3600
    nearness = math.exp(-(((hour - PEAK_HOUR + 12) % 24 - 12) ** 2) / (2 * 2.5**2))
    return mean * (0.2 + (PEAK - 0.2) * nearness)


def _arrivals(first: float, hours: float, dice: random.Random) -> Iterator[tuple[float, str]]:
    """Yield when somebody asks, in seconds from the beginning, and for what."""
    highest, now = SERVERS * REQUESTS_PER_SERVER * PEAK / 3600, 0.0
    names, shares = list(KINDS), [share for share, _, _ in KINDS.values()]
    while (now := now + dice.expovariate(highest)) < hours * 3600:
        if dice.random() < rate((first + now / 3600) % 24) / highest:
            yield now, dice.choices(names, shares)[0]


class Simulation:
    """One installation with a number of replicas."""

    def __init__(self, replicas: int, speed: Speed) -> None:
        self._speed, self._replicas = speed, [_Replica() for _ in range(replicas)]
        self._events: list[tuple[float, int, str, object]] = []
        self._numbers = itertools.count()
        self._waiting: deque[_Request] = deque()
        self._in_flight = self._refused = self._asked = 0
        self._free_at = Counter[str]()  # bot and link: until when they are busy
        self._busy = Counter[str]()
        self._waits: dict[str, list[float]] = {kind: [] for kind in KINDS}

    def run(self, first: float, hours: float, seed: int = 1) -> Outcome:
        """Simulate so many hours from an hour of the day on, and the time until all is drawn."""
        end = 0.0
        arrivals = _arrivals(first, hours, random.Random(seed))
        coming = next(arrivals, None)
        while coming is not None or self._events:
            if coming is not None and (not self._events or coming[0] <= self._events[0][0]):
                self._ask(*coming)
                coming = next(arrivals, None)
                continue
            end, _, what, subject = heapq.heappop(self._events)
            self._handle(end, what, subject)
        length = max(end, hours * 3600)
        shares = {what: seconds / length for what, seconds in self._busy.items()}
        shares["replicas"] = sum(replica.busy_s for replica in self._replicas) / len(self._replicas) / length
        return Outcome(len(self._replicas), self._waits, self._refused, self._asked, shares)

    def _at(self, when: float, what: str, subject: object) -> None:
        heapq.heappush(self._events, (when, next(self._numbers), what, subject))

    def _ask(self, now: float, kind: str) -> None:
        self._asked += 1
        if len(self._waiting) >= QUEUE:
            self._refused += 1
            return
        self._at(self._serve("bot", now, self._speed.bot), "queued", _Request(kind, now, KINDS[kind][1]))

    def _serve(self, what: str, now: float, seconds: float) -> float:
        """Return when a process that does one thing after the other is done with one more."""
        self._free_at[what] = max(now, self._free_at[what]) + seconds  # type: ignore[assignment]
        self._busy[what] += seconds  # type: ignore[assignment]
        return self._free_at[what]

    def _handle(self, now: float, what: str, subject: object) -> None:
        if what == "queued" and isinstance(subject, _Request):
            self._waiting.append(subject)
        elif what == "handed" and isinstance(subject, _Request):
            replica = min(self._replicas, key=lambda one: one.faces)
            replica.requests.append(subject)
            replica.faces += subject.left
            self._draw(now, replica)
        elif what == "drawn" and isinstance(subject, _Replica):
            subject.is_drawing = False
            self._draw(now, subject)
        elif what == "encoded" and isinstance(subject, _Request):
            self._in_flight -= 1
            self._waits[subject.kind].append(now - subject.asked_at)
        while self._waiting and self._in_flight < IN_FLIGHT * len(self._replicas):
            self._in_flight += 1
            self._at(self._serve("link", now, self._speed.link), "handed", self._waiting.popleft())

    def _draw(self, now: float, replica: _Replica) -> None:
        """Draw one batch, a face of each request in turns."""
        if replica.is_drawing or not replica.requests:
            return
        size, done = 0, []
        while replica.requests and size < BATCH:
            request = replica.requests.popleft()
            size, request.left = size + 1, request.left - 1
            done.append(request) if not request.left else replica.requests.append(request)
        seconds = self._speed.call + size * self._speed.face
        replica.faces, replica.is_drawing = replica.faces - size, True
        replica.busy_s += seconds
        self._at(now + seconds, "drawn", replica)
        for request in done:
            self._at(now + seconds + KINDS[request.kind][2], "encoded", request)


def _row(outcome: Outcome) -> str:
    p95 = [percentile(waits, 95) if waits else math.nan for waits in outcome.waits.values()]
    first = max(outcome.shares, key=lambda what: outcome.shares[what])
    shares = ", ".join(f"{what} {share:.0%}" for what, share in sorted(outcome.shares.items()))
    waits = " | ".join(f"{seconds:.2f} s" if seconds < 100 else f"{seconds:.0f} s" for seconds in p95)
    return f"| {outcome.replicas} | {waits} | {outcome.refused / outcome.asked:.1%} | {shares} | {first} |"


def main() -> int:
    """Print a table."""
    parser = argparse.ArgumentParser()
    for name, default in (("call", 0.005), ("face", 0.03), ("link", 0.004), ("bot", 0.008)):
        parser.add_argument(f"--{name}", type=float, default=default, help="seconds (default: %(default)s)")
    parser.add_argument("--hours", type=float, default=0.5, help="from half an hour before the peak on")
    parser.add_argument("--replicas", type=int, nargs="*", default=COUNTS)
    options = parser.parse_args()
    speed = Speed(options.call, options.face, options.link, options.bot)
    print(f"peak: {rate(PEAK_HOUR):.1f} requests a second")
    print("| replicas | " + " | ".join(f"p95 {kind}" for kind in KINDS) + " | refused | busy | most busy |")
    print("|---" * (len(KINDS) + 4) + "|")
    for replicas in options.replicas:
        print(_row(Simulation(replicas, speed).run(PEAK_HOUR - options.hours / 2, options.hours)), flush=True)
    return 0


if __name__ == "__main__":
    raise SystemExit(main())
