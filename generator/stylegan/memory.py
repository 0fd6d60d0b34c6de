"""Tells a lack of memory from other failures. Knows nothing about what was being done."""

import torch


def means_out_of_memory(error: BaseException) -> bool:
    """Return whether the error says that memory could not be allocated, on the device or on the host."""
    # On the CPU torch raises a plain RuntimeError: "... DefaultCPUAllocator: can't allocate memory ..."
    text = str(error)
    return (
        isinstance(error, torch.OutOfMemoryError | MemoryError)
        or "DefaultCPUAllocator" in text
        or "out of memory" in text
    )
