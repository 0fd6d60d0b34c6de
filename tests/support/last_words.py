"""When an answer of this bot is complete: its statuses begin with signs of their own. Only tests of the bot may know that."""

from playground.discord.state import Message

SIGNS = ("🕐", "🎨", "🖌")  # in the line, being drawn, getting ready


def is_last_word(message: Message) -> bool:
    """Whether a message shows a file, or words that are no status."""
    return bool(message.attachments) or not (message.loading or message.content.startswith(SIGNS))
