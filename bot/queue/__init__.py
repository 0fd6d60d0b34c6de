"""Decides who is drawn when and within which limits; ends each request exactly once. Does not know Discord."""
