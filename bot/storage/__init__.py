"""Keeps what outlives a restart: unanswered requests, preferences, finished pictures. Does not know Discord."""
