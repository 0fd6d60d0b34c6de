"""The chat page: the files that the browser loads, and the server's part."""
