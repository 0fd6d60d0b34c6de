"""Validates what a bot sends, using tables of rules with Discord's limits."""
