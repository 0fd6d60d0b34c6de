"""A worker in another container than the bot's: it is started there, and gets the bot's own pipes, through a socket.

Knows neither messages nor networks, and imports nothing heavy: a bot without torch needs this folder.
"""
