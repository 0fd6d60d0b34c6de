"""Training of networks. Does not know the bot; only the commands ``train`` and ``evaluate`` load it."""
