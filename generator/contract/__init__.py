"""What the bot and the worker share: recipes, messages, errors and stamps. It needs the standard library only."""
