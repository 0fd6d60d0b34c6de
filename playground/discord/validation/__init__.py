"""What Discord demands of what a bot sends: tables of rules with Discord's numbers."""
