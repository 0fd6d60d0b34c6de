"""Owns the words: every sentence, error, trait and command name in every language. Does not know who reads them."""
