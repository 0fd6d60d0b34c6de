"""What the bot keeps of people for good: their collections, the gifts under way, their days in a row."""
