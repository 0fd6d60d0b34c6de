"""Shows the bot's owner how the bot is doing, and enforces the owner's policy."""
