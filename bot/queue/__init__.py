"""Who is drawn when, within which limits, and each request ended exactly once. Knows no Discord and no process."""
