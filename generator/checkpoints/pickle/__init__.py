"""Reads pickles as plain values. Executes nothing, and checks every claimed size before allocating memory for it."""
