"""The stand-in for Discord: its state, its gateway, its REST API and its validation rules.

Knows nothing about the chat page or the bot.
"""
