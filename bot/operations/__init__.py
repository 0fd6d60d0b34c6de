"""Shows the bot's owner how the bot is doing, and applies what the owner allows."""
