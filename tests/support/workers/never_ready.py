"""Starts, and says nothing at all."""

from pipes import hear

for _ in hear():
    pass
