"""Defines Render, one drawing by the engine for all the tickets that ask for the same thing.

Decides nothing: which render is drawn next is in waiting.py.
"""

import asyncio
from collections.abc import Sequence
from dataclasses import dataclass, field
from functools import cached_property
from typing import Literal

from sortedcontainers import SortedKeyList

from bot.queue.ticket import Ticket
from bot.recipes.request import shows_upload
from generator.contract.protocol import Preview
from generator.contract.recipe import Recipe

Lane = Literal["picture", "animation", "large", "idle"]


def _by_turn() -> "SortedKeyList[Ticket]":
    return SortedKeyList(key=lambda ticket: ticket.turn)


@dataclass(eq=False)
class Render:
    """One recipe to draw, for all the tickets that ask for it."""

    recipe: Recipe
    max_bytes: int
    attachments: Sequence[bytes] = ()  # the stored vectors or the posted picture that the recipe names
    tickets: "SortedKeyList[Ticket]" = field(default_factory=_by_turn)  # the lowest turn first
    wanted: int = 0  # number of tickets that are not idle
    done: int = 0  # number of faces synthesised so far
    preview: Preview | None = None  # the latest first look at the picture
    task: "asyncio.Task[None] | None" = None  # the task that draws it, or None while the render waits

    def add(self, ticket: Ticket) -> None:
        """Add a ticket. A render that waits must be out of WaitingRenders meanwhile, because its place may change."""
        self.tickets.add(ticket)
        self.wanted += not ticket.request.idle

    def remove(self, ticket: Ticket) -> None:
        """Remove a ticket. A render that waits must be out of WaitingRenders meanwhile."""
        self.tickets.remove(ticket)
        self.wanted -= not ticket.request.idle

    @cached_property
    def key(self) -> tuple[str, int]:
        """The recipe line and the size limit. Requests with the same key share one render."""
        return str(self.recipe), self.max_bytes

    @property
    def turn(self) -> int:
        """The lowest turn among its tickets. The render with the lowest turn is drawn first."""
        return int(self.tickets[0].turn)

    @property
    def idle(self) -> bool:
        """Whether all its tickets are idle, that is, drawn only while nothing else waits."""
        return not self.wanted

    @cached_property
    def animated(self) -> bool:
        """Whether the recipe is an animation, or takes as long. Animations take much longer than pictures."""
        return self.recipe.animated or shows_upload(self.recipe)

    @cached_property
    def faces(self) -> int:
        """The number of faces to synthesise."""
        return self.recipe.faces

    @property
    def large(self) -> bool:
        """Whether it is so much work that it must leave places for smaller renders."""
        return bool(self.tickets[0].large)

    @property
    def lane(self) -> Lane:
        """The lane in which it waits: renders of one lane are allowed to start, or are not, all alike."""
        if self.idle:
            return "idle"
        return "large" if self.large else "animation" if self.animated else "picture"
