"""Starts, watches and restarts the worker process, and talks to it over pipes.

Knows nothing about Discord or the queue.
"""
