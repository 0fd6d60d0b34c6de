"""Tells the bot's final answer from a status. Only tests of the bot may know how.

Does not know any text: a status edits the text alone; the edit that ends a request also sets files and components.
"""

from playground.discord.state import Message


def is_final(message: Message) -> bool:
    """Return whether a message ends its request: it has a file, or its last edit set more than its text."""
    return bool(message.attachments) or not (message.loading or message.text_only)
