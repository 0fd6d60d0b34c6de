"""Holds every sentence, error, trait and command name in every language."""
