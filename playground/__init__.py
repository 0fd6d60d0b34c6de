"""A loopback Discord: the gateway and the REST routes that discord.py uses, on 127.0.0.1, with a page to chat on.

Does not use the bot's code: it starts the unmodified ``python -m bot`` and gives it the loopback server's address in
place of Discord's.
"""
