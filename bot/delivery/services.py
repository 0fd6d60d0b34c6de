"""Puts together what commands, buttons, menus and dialogs need to do their work.

Does none of that work.
"""

from dataclasses import dataclass, field
from functools import partial

from bot.delivery.clock import DiscordClock
from bot.delivery.drafts import Drafts
from bot.delivery.panels import OpenPanels
from bot.delivery.replies.reply import EditIntervals
from bot.delivery.service import RequestService
from bot.delivery.sheets import Sheets
from bot.delivery.streams import Streams
from bot.operations.policy import Policy
from bot.operations.status import StatusMonitor
from bot.queue.queue import RenderQueue
from bot.queue.throttle import Throttle
from bot.storage.database import Database
from bot.storage.journal import Journal
from bot.storage.panels import Panels
from bot.storage.people.earlier import EarlierCaptions
from bot.storage.people.people import People
from bot.storage.preferences import Preferences
from bot.storage.processes import Processes
from bot.storage.vectors import VectorStore
from bot.uploads.uploads import Uploads


@dataclass(frozen=True)
class Services:
    """What commands, buttons, menus and dialogs need to do their work. Built once, in :mod:`bot.__main__`."""

    requests: RequestService
    queue: RenderQueue
    preferences: Preferences
    streams: Streams
    processes: Processes
    uploads: Uploads
    monitor: StatusMonitor
    clock: DiscordClock  # set by each response that the client gets
    panels: OpenPanels
    vectors: VectorStore
    people: People
    sheets: Sheets
    drafts: Drafts = field(default_factory=Drafts)  # of open dialogs


def build_services(
    queue: RenderQueue,
    monitor: StatusMonitor,
    preferences: Preferences,
    *,
    vectors: VectorStore | None = None,
    panels: Panels | None = None,
    journal: Journal | None = None,
    policy: Policy | None = None,
    uploads: Uploads | None = None,
    intervals: EditIntervals | None = None,
    people: People | None = None,
    streams_per_server: int = 3,
    streams_in_all: int = 20,
    per_minute: int = 0,
) -> Services:
    """Build the services around a queue. Arguments that are None get defaults.

    ``preferences`` and ``vectors`` must be the objects that ``queue`` uses. ``per_minute`` is how many pictures one
    person may ask for in a minute, or 0 for any number.
    """
    journal, intervals = journal or Journal(Database(None)), intervals or EditIntervals()
    throttle = Throttle(per_minute)
    clock, vectors = DiscordClock(), vectors or VectorStore()
    people = people or People(journal.database, processes=journal.processes)
    streams = Streams(queue, journal, intervals, streams_per_server, streams_in_all)
    panels = panels or Panels()
    open_panels = OpenPanels(panels, queue)
    requests = RequestService(
        queue,
        monitor,
        streams,
        preferences=preferences,
        vectors=vectors,
        panels=open_panels,
        journal=journal,
        earlier=EarlierCaptions(journal.database),
        throttle=throttle,
        policy=policy or Policy(),
        intervals=intervals,
        clock=clock,
    )
    people.when_forgotten += [preferences.forget, vectors.forget, requests.earlier.forget, panels.forget]
    services = Services(
        requests=requests,
        queue=queue,
        preferences=preferences,
        streams=streams,
        processes=journal.processes,
        uploads=uploads or Uploads(),
        monitor=monitor,
        clock=clock,
        panels=open_panels,
        vectors=vectors,
        people=people,
        sheets=Sheets(queue),
    )
    _follow_others(services, throttle)
    return services


def _follow_others(services: Services, throttle: Throttle) -> None:
    """Take over what other processes of the bot tell."""
    processes, preferences = services.processes, services.preferences

    async def count(person: int) -> None:
        throttle.count(person)

    async def cancel(person: int) -> None:
        services.requests.cancel(person)
        services.streams.stop(person)

    async def stop(person: int) -> None:
        services.streams.stop(person)

    async def withdraw(message: int) -> None:
        services.requests.withdraw(message)

    async def forget(person: int) -> None:
        await services.people.forget_in_memory(person)
        services.requests.last_pictures.forget(person)
        await cancel(person)

    processes.listen("asked", count)
    processes.listen("cancelled", cancel)
    processes.listen("stopped", stop)
    processes.listen("deleted", withdraw)
    processes.listen("forgotten", forget)
    processes.listen("person", partial(preferences.read_again, "person"))
    processes.listen("server", partial(preferences.read_again, "server"))
    processes.when_buried(services.streams.hand_over)
    processes.when_back(preferences.read_again)
