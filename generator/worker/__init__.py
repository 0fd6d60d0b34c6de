"""The worker process draws for the bot. It loads models, draws many runs in batches, and communicates over pipes."""
