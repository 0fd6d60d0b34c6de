"""Finds every text that a person reads in a message, in its components, and in a command."""

from collections.abc import Iterator, Sequence

from playground.discord.state import Json, Message
from playground.discord.validation import validate_messages
from playground.people.parse import display_name


def texts_of(message: Message) -> Iterator[str]:
    """Yield every text of a message, and the alternative texts of its pictures."""
    yield message.content
    yield from (file.description or "" for file in message.attachments)
    yield from (str(embed[field]) for embed in message.embeds for field in ("title", "description") if embed.get(field))
    yield from texts_of_parts(message.components)


def texts_of_parts(components: Sequence[Json]) -> Iterator[str]:
    for _, part in validate_messages.walk_components(components):
        yield from (str(part[field]) for field in ("label", "placeholder", "description", "content") if part.get(field))
        yield from (
            str(option[field])
            for option in part.get("options", ())
            for field in ("label", "description")
            if option.get(field)
        )


def texts_of_command(item: Json) -> Iterator[str]:
    yield display_name(item)
    yield item.get("description", "")
    for below in (*item.get("options", ()), *item.get("choices", ())):
        yield from texts_of_command(below)
