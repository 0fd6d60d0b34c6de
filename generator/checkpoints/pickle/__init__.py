"""Pickles read as plain values: nothing in them is executed, and nothing is allocated on their word alone."""
