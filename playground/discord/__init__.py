"""The stand-in for Discord: its state, its gateway, its REST API and its validation rules.

Does not know the chat page or the bot.
"""
