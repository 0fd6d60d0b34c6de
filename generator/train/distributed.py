"""Distributes a training run over the processes that ``torchrun`` starts. Each trains on its part of every batch.

Every process samples random numbers for the whole batch from the same stream, and uses only those for its own part.
Together the processes therefore train on the same batches as a single process would. A single process uses the whole
batch and needs no communication. Knows nothing about networks or losses.
"""

import os
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any, TypeVar

import torch
import torch.distributed as dist
import torch.distributed.nn.functional  # if an optimiser imports it later, its threads outlive the process group
from numpy.typing import NDArray
from torch import Tensor

from generator.contract import errors

GROUP = 4  # number of pictures in a group for the minibatch deviation; one process gets the whole group

Rows = TypeVar("Rows", Tensor, NDArray[Any])


@dataclass(frozen=True)
class Process:
    """Process number ``rank`` of the ``size`` processes of a training run. Process 0 writes the files."""

    rank: int = 0
    size: int = 1

    @property
    def is_first(self) -> bool:
        """Whether this process writes files and shows progress."""
        return self.rank == 0

    def shard(self, rows: Rows, batch: int) -> Rows:
        """Return the rows that belong to this process.

        ``rows`` has one row for each picture of the whole batch, or of its first half. ``batch`` is the number of
        pictures in the whole batch.

        A batch consists of GROUP consecutive blocks of rows. The discriminator compares pictures that are at the same
        position in different blocks (:func:`minibatch_deviation`), so a process takes the same positions of each block.
        """
        if self.size == 1:
            return rows
        block, own = batch // GROUP, batch // GROUP // self.size
        blocks = rows.reshape(-1, block, *rows.shape[1:])[:, self.rank * own : (self.rank + 1) * own]
        return blocks.reshape(-1, *rows.shape[1:])

    def mean(self, value: Tensor) -> Tensor:
        """Return the mean of ``value`` over all processes, detached from the gradient."""
        if self.size == 1:
            return value.detach()
        total = value.detach().clone()
        dist.all_reduce(total)
        return total / self.size

    def gather(self, rows: Tensor) -> Tensor:
        """Concatenate the rows [n, ...] of all processes and return them, detached from the gradient."""
        if self.size == 1:
            return rows.detach()
        parts = [torch.empty_like(rows) for _ in range(self.size)]
        dist.all_gather(parts, rows.detach().contiguous())
        return torch.cat(parts)

    def average_gradients(self, optimizer: torch.optim.Optimizer) -> None:
        """Register a hook that averages the gradients over all processes before each step of ``optimizer``.

        This average is the gradient of the whole batch.
        """
        if self.size > 1:
            optimizer.register_step_pre_hook(lambda optimizer, *_: self._average(optimizer))

    def _average(self, optimizer: torch.optim.Optimizer) -> None:
        gradients = [p.grad for group in optimizer.param_groups for p in group["params"] if p.grad is not None]
        merged = torch.cat([gradient.flatten() for gradient in gradients])  # one message instead of a hundred
        dist.all_reduce(merged)
        merged /= self.size
        sizes = [gradient.numel() for gradient in gradients]
        for gradient, mean in zip(gradients, torch.split(merged, sizes), strict=True):
            gradient.copy_(mean.view_as(gradient))

    def any(self, condition: bool, device: torch.device) -> bool:
        """Return whether ``condition`` is true in at least one process."""
        return bool(self.mean(torch.tensor(float(condition), device=device)) > 0) if self.size > 1 else condition

    def wait(self) -> None:
        """Wait until every process has called this method."""
        if self.size > 1:
            dist.barrier()

    def check_batch(self, batch: int, pieces: int = 1) -> None:
        """Raise BadValue if a batch cannot be divided equally between the processes, and then into ``pieces``."""
        group = GROUP * self.size if self.size > 1 else 1
        if batch % group:
            expected = f"a multiple of {group} for {self.size} processes"
            raise errors.BadValue(name="--batch", value=str(batch), expected=expected)
        if pieces < 1 or batch % (group * pieces):
            expected = f"a divisor of {batch // group}" + (f" for {self.size} processes" if group > 1 else "")
            raise errors.BadValue(name="--accumulate", value=str(pieces), expected=expected)


SINGLE_PROCESS = Process()


@contextmanager
def join_group(device: str) -> Iterator[tuple[Process, torch.device]]:
    """Join the process group of ``torchrun``, if the program was started by it, and leave the group at the end.

    Yields this process and its own device. ``device`` is "cpu" or "cuda".
    """
    size = int(os.environ.get("WORLD_SIZE", "1"))
    if size == 1:
        yield SINGLE_PROCESS, torch.device(device)
        return
    own = torch.device(device, int(os.environ["LOCAL_RANK"])) if device == "cuda" else torch.device(device)
    if own.type == "cuda":
        torch.cuda.set_device(own)
    dist.init_process_group("nccl" if own.type == "cuda" else "gloo")
    try:
        yield Process(dist.get_rank(), size), own
    finally:
        dist.destroy_process_group()
