"""Validates what a bot sends, by tables of rules with Discord's limits. Does not know the state or sockets."""
