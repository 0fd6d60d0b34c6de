"""Shows the bot's owner how the bot is doing, and enforces the owner's policy."""

METRICS_HOST = "127.0.0.1"
