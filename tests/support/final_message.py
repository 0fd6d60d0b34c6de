"""Tells the bot's final answer to a request from the messages that only show its progress.

Looks at no text: progress edits only the text, while the edit that ends a request also sets files and components.
"""

from playground.discord.state import Message


def is_final(message: Message) -> bool:
    """Return whether a message shows the end of its request: it has a file, or its last edit set more than its text."""
    return bool(message.attachments) or not (message.loading or message.text_only)
