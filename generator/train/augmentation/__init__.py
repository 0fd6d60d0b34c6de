"""Adaptive augmentation: how strong it is, and what it does to pictures."""
