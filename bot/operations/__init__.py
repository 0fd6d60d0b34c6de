"""Shows the owner how the bot is doing, and holds what the owner allows. Does not know Discord."""
