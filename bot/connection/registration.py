"""Registers the commands with Discord where they are wanted, and clears them where they are not.

A server shows its own copies of the commands beside the global ones, so what was registered where is remembered in a
file. Knows nothing about what the commands do.
"""

import asyncio
import hashlib
import json
import logging
from collections.abc import Collection, Iterable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import discord
from discord import app_commands

from bot.discord_api import MISSING_ACCESS, UNKNOWN_GUILD, UNREACHABLE

log = logging.getLogger(__name__)

EVERYWHERE = 0  # the place of the global commands; other places are ids of servers
MAX_SEARCHED = 100  # servers that are searched for copies, if it is not known where commands were registered


@dataclass(frozen=True)
class Registered:
    """What one application has registered."""

    commands: str = ""  # hash of the commands as last registered
    places: frozenset[int] | None = None  # where; None if that is not known


class Registration:
    """The registered commands of the application that ``tree`` belongs to.

    ``guilds`` are the servers where the commands are wanted; none means everywhere. If ``always``, register at every
    start, else only what has changed: Discord allows 200 command creations a day.
    """

    def __init__(
        self, tree: app_commands.CommandTree[Any], guilds: Collection[int], file: Path, *, always: bool
    ) -> None:
        self._tree, self._file, self._always = tree, file, always
        self._wanted = frozenset(guilds) or frozenset((EVERYWHERE,))
        self._searched = True  # whether copies in servers are known

    async def update(self, application: int, description: str) -> None:
        """Register the commands where they are wanted, and clear them elsewhere.

        ``description`` is a text that changes whenever a command changes. What Discord refuses is logged, and tried
        again at the next start.
        """
        fingerprint = hashlib.sha256(f"{application} {description}".encode()).hexdigest()
        known = await asyncio.to_thread(_read, self._file, application)
        self._searched = known.places is not None
        before = known.places or frozenset() if self._searched else frozenset((EVERYWHERE,))
        changed = self._always or known.commands != fingerprint
        if not changed and before == self._wanted:
            return
        # Noted first, so that no place is forgotten if the bot is killed in the middle.
        await self._remember(application, Registered("", before | self._wanted))
        missing = self._wanted if changed else self._wanted - before
        done = [await self._register(place) for place in sorted(missing)]
        left = [place for place in sorted(before - self._wanted) if not await self._clear(application, place)]
        await self._remember(application, Registered(fingerprint if all(done) else "", self._wanted.union(left)))

    async def search(self, application: int, guilds: Iterable[int]) -> None:
        """Clear copies in these servers, once, if an earlier version registered them and noted nothing."""
        if self._searched:
            return
        self._searched = True
        for guild in [guild for guild in guilds if guild not in self._wanted][:MAX_SEARCHED]:
            try:
                if await self._tree.fetch_commands(guild=discord.Object(guild)):
                    await self._clear(application, guild)
            except UNREACHABLE as problem:
                log.info("server %d could not be searched for copies of commands: %s", guild, problem)

    async def _register(self, place: int) -> bool:
        """Register the commands in one place. Return whether Discord accepted them."""
        guild = discord.Object(place) if place != EVERYWHERE else None
        if guild is not None:
            self._tree.copy_global_to(guild=guild)
        where = f"in server {place}" if guild else "everywhere"
        try:
            await self._tree.sync(guild=guild)
        except discord.HTTPException as problem:
            log.error("the commands could not be registered %s; will retry at the next start: %s", where, problem)
            return False
        log.info("commands registered %s", where)
        return True

    async def _clear(self, application: int, place: int) -> bool:
        """Clear the commands in one place. Return whether there are none any more."""
        http = self._tree.client.http
        try:
            if place == EVERYWHERE:
                await http.bulk_upsert_global_commands(application, [])
            else:
                await http.bulk_upsert_guild_commands(application, place, [])
        except discord.HTTPException as problem:
            if problem.code in (MISSING_ACCESS, UNKNOWN_GUILD):  # the bot has left the server
                return True
            log.warning("earlier commands could not be cleared; will retry at the next start: %s", problem)
            return False
        return True

    async def _remember(self, application: int, registered: Registered) -> None:
        try:
            await asyncio.to_thread(_write, self._file, application, registered)
        except OSError as error:
            log.warning("%s cannot be written, so commands will be registered again: %s", self._file, error)


def _read(file: Path, application: int) -> Registered:
    """Return what the file says about an application. Earlier versions noted only a hash."""
    try:
        entry = json.loads(file.read_text(encoding="utf-8"))["applications"][str(application)]
        return Registered(str(entry["commands"]), frozenset(int(place) for place in entry["places"]))
    except (OSError, ValueError, LookupError, TypeError, RecursionError):
        return Registered()


def _write(file: Path, application: int, registered: Registered) -> None:
    file.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
    try:
        entries = dict(json.loads(file.read_text(encoding="utf-8"))["applications"])
    except (OSError, ValueError, LookupError, TypeError, RecursionError):
        entries = {}
    entries[str(application)] = {"commands": registered.commands, "places": sorted(registered.places or ())}
    beside = file.with_name(f"{file.name}.part")
    beside.write_text(json.dumps({"applications": entries}), encoding="utf-8")
    beside.replace(file)
