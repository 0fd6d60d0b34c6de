"""Speed, measured beside a textbook reference in the same run."""
