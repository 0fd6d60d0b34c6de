"""Faults on demand: failures and delays planned for the next requests.

Applies no fault itself: Rest takes the planned fault, if any, for each request, and api/http.py applies it. Routes have
the names given in the table ROUTES of api/rest.py. Examples:

    faults.add(RateLimited(retry_after_s=0.5), "edit original", times=3)
    faults.add(ServerError(503), times=2)  # on any route
    faults.add(Slow(1.0), "callback")
"""

from collections.abc import Iterable
from dataclasses import dataclass


@dataclass(frozen=True)
class RateLimited:
    """A fault that answers the request with status 429."""

    retry_after_s: float  # waiting time that the response asks for
    everywhere: bool = False  # whether the limit is global instead of the route's own
    banned: bool = False  # answer like a Cloudflare ban: without a waiting time and without Discord's Via header


@dataclass(frozen=True)
class ServerError:
    """A fault that answers the request with a 5xx status."""

    status: int = 502
    after: bool = False  # whether the request is carried out first, so that only its response is lost


@dataclass(frozen=True)
class Dropped:
    """A fault that breaks the connection without a response."""

    after: bool = False  # whether the request is carried out first


@dataclass(frozen=True)
class Slow:
    """A fault that delays the request by ``seconds``; it is then carried out as usual."""

    seconds: float


@dataclass(frozen=True)
class Refused:
    """A fault that answers the request with one of Discord's errors."""

    error: str  # a name in the table of errors.py


@dataclass(frozen=True)
class HtmlPage:
    """A fault that answers the request with a page instead of JSON, as a proxy before Discord does."""

    status: int
    via: bool = True  # whether the answer has the Via header that Discord's own answers have
    after: bool = False  # whether the request is carried out first


Fault = RateLimited | ServerError | Dropped | Slow | Refused | HtmlPage


@dataclass
class _Planned:
    fault: Fault
    route: str | None
    times: int


class Faults:
    """The planned faults. Each request uses the first planned fault that matches its route."""

    def __init__(self) -> None:
        self._planned: list[_Planned] = []

    def add(self, fault: Fault, route: str | None = None, times: int = 1) -> None:
        """Plan ``fault`` for the next ``times`` requests to ``route``, or to any route if it is None."""
        self._planned.append(_Planned(fault, route, times))

    def take(self, route: str) -> Fault | None:
        """Return the next fault planned for ``route``, if any, and count one use of it."""
        for planned in self._planned:
            if planned.route in (None, route):
                planned.times -= 1
                if planned.times <= 0:
                    self._planned.remove(planned)
                return planned.fault
        return None

    def clear(self) -> None:
        """Forget every planned fault."""
        self._planned.clear()

    @property
    def pending(self) -> Iterable[tuple[Fault, str | None, int]]:
        """The faults that are still planned, each as (fault, route, number of times left)."""
        return tuple((planned.fault, planned.route, planned.times) for planned in self._planned)
