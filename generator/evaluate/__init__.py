"""Measures how good a network is, with a reader network that classifies portraits, and learns edit directions for it.

Only the commands ``evaluate`` and ``directions`` load this package.
"""
