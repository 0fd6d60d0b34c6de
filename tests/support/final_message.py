"""Tells a final answer of the bot from a status, by the emoji of statuses. Does not know what was asked for."""

from playground.discord.state import Message

STATUS_EMOJI = ("🕐", "🎨", "🖌")  # queued, being drawn, getting ready


def is_final(message: Message) -> bool:
    """Return whether a message shows a file, or words that are no status."""
    return bool(message.attachments) or not (message.loading or message.content.startswith(STATUS_EMOJI))
