"""A loopback Discord: the gateway and the REST routes that discord.py uses, on 127.0.0.1, with a page to chat on.

Knows nothing of the bot's code: it starts ``python -m bot`` unmodified, with its own address in place of Discord's.
"""
