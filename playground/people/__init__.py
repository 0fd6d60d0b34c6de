"""The users: people who type, click and wait, and the bot's process. Does not know the chat page."""
