"""Measures how good a network is, with a reader of portraits, and learns its directions.

Only the commands ``evaluate`` and ``directions`` load this package.
"""
