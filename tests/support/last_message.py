"""Tells the bot's last message to a request from a status. Only tests of the bot may know how.

Does not know any text: a status edits the text alone; the edit that ends a request also sets files and components.
"""

from playground.discord.state import Message


def is_last_word(message: Message) -> bool:
    """Whether a message ends its request: it has a file, or does not load and its last edit set more than text."""
    return bool(message.attachments) or not (message.loading or message.text_only)
