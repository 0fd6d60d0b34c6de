"""Binds names to networks for good: a name that a line has once shown means that network, or nothing, ever after."""
