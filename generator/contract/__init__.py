"""What the bot and the worker share: recipes, messages, errors and stamps. Uses only the standard library."""
