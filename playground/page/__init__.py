"""The chat page: its files, and its side of the server."""
