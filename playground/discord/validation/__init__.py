"""Validates what a bot sends, by tables of rules that hold Discord's limits."""
