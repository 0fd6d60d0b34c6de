"""Reads pickles as plain values. Executes nothing, and checks each size that a file claims before allocating memory."""
