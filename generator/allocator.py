"""glibc's memory allocator, told to keep large blocks instead of returning them to the kernel after every layer.

Knows nothing of torch. Elsewhere than on glibc it does nothing.
"""

import ctypes

# malloc.h
_M_TRIM_THRESHOLD = -1
_M_MMAP_MAX = -4
_NEVER = 2**31 - 1


def keep_large_blocks() -> bool:
    """Stop glibc from mapping every large activation anew (page faults on each layer); return whether that was possible.

    Large blocks then live in the heap: right for a process that runs a network again and again. Measured at 256 px, batch 4, on two
    cores: no page faults instead of 290,000 a batch, a third less processor time, about twice the memory.
    """
    try:
        mallopt = ctypes.CDLL(None).mallopt
    except (AttributeError, OSError, TypeError):  # musl, macOS, Windows
        return False
    return bool(mallopt(_M_MMAP_MAX, 0) and mallopt(_M_TRIM_THRESHOLD, _NEVER))


def give_back() -> bool:
    """Return to the kernel what is free, as a process does that expects to rest; return whether there was anything."""
    try:
        return bool(ctypes.CDLL(None).malloc_trim(0))
    except (AttributeError, OSError, TypeError):
        return False
