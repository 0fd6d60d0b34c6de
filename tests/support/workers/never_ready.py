"""Starts, but never sends anything."""

from pipes import receive

for _ in receive():
    pass
