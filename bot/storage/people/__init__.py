"""What the bot keeps of people: collections, gifts under way, days in a row, and the lines that a step back needs."""
