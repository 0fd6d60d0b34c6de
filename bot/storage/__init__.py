"""Keeps on disk what must survive a restart: unanswered requests, preferred models and finished pictures."""
