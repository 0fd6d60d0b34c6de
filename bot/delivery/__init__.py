"""Answers requests: each is accepted, acknowledged, followed through the queue, and answered once."""
