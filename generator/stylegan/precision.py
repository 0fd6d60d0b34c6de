"""Chooses the precision and the memory layout that a device computes fastest.

Knows no networks: a network decides itself which of its layers are worth half precision.
"""

from contextlib import AbstractContextManager, nullcontext
from typing import cast

import torch

PRECISIONS = ("exact", "auto")  # float32; half precision where the device computes it natively
TRAINING = "training"  # the precision of networks that are fitted to drawings


def half_dtype(device: torch.device, clamp: float | None) -> torch.dtype | None:
    """Return the half precision that ``device`` computes natively, or None.

    ``clamp`` is the limit of the network's features, or None if they have none.
    """
    if device.type == "cuda" and clamp is not None:
        return torch.float16
    # Unclamped features may exceed 65504, the largest float16 number. bfloat16 has the range of float32.
    return torch.bfloat16 if has_bfloat16(device) else None


def has_bfloat16(device: torch.device) -> bool:
    """Return whether ``device`` computes bfloat16 natively."""
    if device.type == "cuda":
        return bool(torch.cuda.is_bf16_supported(including_emulation=False))
    return device.type == "cpu" and cpu_has_bfloat16()


def cpu_has_bfloat16() -> bool:
    """Return whether this processor computes bfloat16 natively (AVX-512 BF16 or AMX)."""
    checks = (getattr(torch.cpu, name, None) for name in ("_is_avx512_bf16_supported", "_is_amx_tile_supported"))
    return any(check is not None and check() for check in checks)


def layout(dtype: torch.dtype, device: torch.device) -> torch.memory_format:
    """Return the memory layout in which ``device`` convolves features of type ``dtype`` fastest."""
    # On a CPU, channels last cuts the time to about 3/4 in float32 and 1/3 in bfloat16. Tensor cores prefer it too.
    return torch.channels_last if device.type == "cpu" or dtype != torch.float32 else torch.contiguous_format


def without_tf32(device: torch.device, precision: str) -> AbstractContextManager[None]:
    """Return a context in which a GPU's float32 convolutions do not use TF32, which has only 10 bits of mantissa.

    The context has no effect while gradients are recorded, or if ``precision`` is not "exact".
    """
    if device.type != "cuda" or precision != "exact" or torch.is_grad_enabled():
        return nullcontext()
    cudnn = torch.backends.cudnn
    flags = cudnn.flags(enabled=True, benchmark=cudnn.benchmark, deterministic=cudnn.deterministic, allow_tf32=False)
    return cast(AbstractContextManager[None], flags)
