"""Benchmarks, which compare the speed with that of a textbook reference measured in the same run."""

from generator import allocator

allocator.limit_thread_spinning()  # as in the worker, before torch is imported; it applies to the reference, too
