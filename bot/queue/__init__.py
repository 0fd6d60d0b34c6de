"""Decides when each request is drawn and which limits apply, and ends every request exactly once."""
