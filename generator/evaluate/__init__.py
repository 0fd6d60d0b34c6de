"""Evaluation: a reader of portraits and the measures taken with it. Only ``evaluate`` and ``directions`` load it."""
