"""Draws a recipe and encodes it as a file."""
