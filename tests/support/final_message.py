"""Tells the bot's final answer to a request from the messages that only show its progress.

Looks at no text: progress edits only the text, while the edit that ends a request also sets files and components.
"""

from playground.discord.state import Message, World
from playground.people.person import Answer, until


def is_final(message: Message) -> bool:
    """Return whether a message shows the end of its request: it has a file, or its last edit set more than its text."""
    return bool(message.attachments) or not (message.loading or message.text_only)


async def wait_over(world: World, answer: Answer, timeout_s: float) -> None:
    """Wait until a request has ended: with a final message or, because it was cancelled, with none."""

    def is_over() -> bool | None:
        is_deleted = answer.interaction.original_id is not None and answer.message is None
        return is_deleted or any(map(is_final, answer.messages)) or None

    await until(world, is_over, timeout_s, lambda: answer.content)
