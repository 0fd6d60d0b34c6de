"""Chooses with how many threads of the processor a run computes, by a short measurement at its start.

Several threads gain little where networks are small, and lose much where other work takes the processor's cores: then
each operation waits for its slowest thread. A run keeps the number, because sums depend on it in their last digits.
"""

import time
from collections.abc import Callable, Mapping

import torch

ROUNDS = 3  # measurements of each number of threads, in turns; the fastest counts
WORTH = 0.95  # more threads must take at most this share of the time
LIMIT_S = 20.0  # the measurement ends after this time


def measure_threads(work: Callable[[], None], counts: list[int]) -> dict[int, float]:
    """Return the seconds that ``work`` takes with each number of threads, measured in turns. Threads stay as they were.

    The last numbers may be missing if the work takes long.
    """
    before, times, begun = torch.get_num_threads(), dict[int, float](), time.monotonic()
    try:
        for turn in range(ROUNDS + 1):
            for count in counts:
                if time.monotonic() - begun > LIMIT_S and times:
                    return times
                torch.set_num_threads(count)
                start = time.perf_counter()
                work()
                if turn:  # the first turn prepares kernels and memory
                    times[count] = min(times.get(count, float("inf")), time.perf_counter() - start)
    finally:
        torch.set_num_threads(before)
    return times


def choose_threads(times: Mapping[int, float]) -> int:
    """Return the number of threads that is fastest; of two that differ little, the smaller."""
    chosen = min(times)
    for count in sorted(times):
        if times[count] <= WORTH * times[chosen]:
            chosen = count
    return chosen


def thread_counts(most: int) -> list[int]:
    """Return the numbers of threads to try: 1, 2, 4, ... and ``most``."""
    return sorted({*(1 << i for i in range(most.bit_length()) if 1 << i <= most), most})


def describe_times(times: Mapping[int, float], chosen: int) -> str:
    """Return a sentence about the measurement."""
    measured = ", ".join(f"{count}: {1000 * seconds:.0f} ms" for count, seconds in sorted(times.items()))
    return f"computes with {chosen} thread{'s' if chosen > 1 else ''} (a part of a step took with {measured})"
