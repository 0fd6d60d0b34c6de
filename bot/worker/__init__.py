"""The worker process: started, watched, restarted, and spoken to over pipes.

Does not know Discord or the queue.
"""
