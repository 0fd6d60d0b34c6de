"""Reads pickles as plain values. Executes nothing in them and allocates nothing on their word alone."""
