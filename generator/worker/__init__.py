"""The worker process, which draws for the bot: it loads models, draws many runs in batches, and speaks over pipes."""
