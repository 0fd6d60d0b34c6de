"""Trains networks. Only the commands ``train``, ``evaluate`` and ``directions`` load this package, never the bot."""
