"""Speed, measured beside a textbook reference in the same run."""

from generator import allocator

allocator.spin_briefly()  # as the worker does, before anything here imports torch; for the reference and all others
