"""Training: the package that makes networks. Knows nothing of the bot; only the command ``train`` loads it."""
