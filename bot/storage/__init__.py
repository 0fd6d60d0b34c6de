"""Keeps on disk what must outlive a restart: unanswered requests, preferred models and finished pictures."""
