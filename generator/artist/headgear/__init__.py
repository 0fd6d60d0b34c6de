"""What is worn on the head: a table of functions, one for each kind."""
