"""Tells Discord's time, by which tokens expire, whatever this machine's clock says.

Discord sends its time with every response, in the header Date, in whole seconds.
"""

import time
from email.utils import parsedate_to_datetime
from types import SimpleNamespace

import aiohttp


class DiscordClock:
    """Discord's time. Until Discord's first response, it is this machine's."""

    def __init__(self) -> None:
        self._offset_s = time.time() - time.monotonic()  # Discord's time is this much ahead of the monotonic clock

    def now(self) -> float:
        """Return Discord's time, in seconds since 1970, with an error of about a second."""
        return time.monotonic() + self._offset_s

    def observe(self, date: str) -> None:
        """Set the clock by the header Date of a response that has just arrived. Text that is no date is ignored."""
        try:
            seconds = parsedate_to_datetime(date).timestamp()
        except ValueError:
            return
        earliest = seconds - time.monotonic()  # the header leaves out the fraction of the second
        self._offset_s = min(max(self._offset_s, earliest), earliest + 1)

    def trace(self) -> aiohttp.TraceConfig:
        """Return what makes an aiohttp session set this clock by each response."""

        async def observe(_: aiohttp.ClientSession, __: SimpleNamespace, end: aiohttp.TraceRequestEndParams) -> None:
            self.observe(end.response.headers.get("Date", ""))

        config = aiohttp.TraceConfig()
        config.on_request_end.append(observe)
        return config
