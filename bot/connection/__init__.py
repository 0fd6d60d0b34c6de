"""The connection to Discord beyond discord.py: its gateway's oddities, and where the commands are registered."""
