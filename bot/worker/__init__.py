"""The worker process: started, watched, restarted, and spoken to over pipes. Knows no Discord and no queue."""
