"""The chat page: the files that the browser loads, and the server's side of it."""
