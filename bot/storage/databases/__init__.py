"""The databases that can hold the bot's tables, their versions, and the way from one to the other."""
