"""The stand-in for Discord: what it remembers, its gateway, its REST API and its rules. Knows no page and no bot."""
