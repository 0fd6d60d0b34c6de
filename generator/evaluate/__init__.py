"""Measuring a network: a reader of draw_portraits, and figures from it. Knows nothing of the bot; only ``evaluate`` loads it."""
