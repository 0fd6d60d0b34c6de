"""The chat page: its files, and its part of the server. Does not know the bot."""
