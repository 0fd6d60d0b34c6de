"""People who type, click and wait for answers, and the process of the bot that answers them."""
