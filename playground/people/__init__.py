"""Who uses it: people who type, click and wait, and the bot's process beside them."""
