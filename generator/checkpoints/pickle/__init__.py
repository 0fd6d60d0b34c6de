"""Reads pickles as plain values. Executes nothing, and checks every size that a file claims before allocating memory."""
