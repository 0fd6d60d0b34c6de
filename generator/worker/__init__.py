"""The worker process draws for the bot: it loads models, draws many runs in batches, and talks to the bot over pipes."""
