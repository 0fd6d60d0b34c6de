"""Tells a face's story: a card with a name, a character and the beginning of a plot, in every language."""
