"""Measuring a network: a reader of portraits, and figures from it. Knows nothing of the bot; only ``evaluate`` loads it."""
