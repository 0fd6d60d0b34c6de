"""A loopback Discord: the gateway and the REST routes that discord.py uses, on 127.0.0.1, with a page to chat on.

Does not know the bot's insides: it starts ``python -m bot`` unmodified and sets one thing, Discord's address.
"""
