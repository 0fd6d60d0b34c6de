"""One process's share of a run that several train together under ``torchrun``: its part of each batch, and sums over all of them.

Knows no network and no loss. All processes draw a batch's random numbers in full, from the same stream, and keep their part, so
that together they see what one process alone would. A run of one process has the whole of everything, and nothing is sent.
"""

import os
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any, TypeVar

import torch
import torch.distributed as dist
import torch.distributed.nn.functional  # loaded later (an optimizer does), it would keep the group and its threads beyond the end
from numpy.typing import NDArray
from torch import Tensor

from generator.contract import errors

GROUP = 4  # pictures that the discriminator's minibatch deviation compares stay in one process

Rows = TypeVar("Rows", Tensor, NDArray[Any])


@dataclass(frozen=True)
class Process:
    """Process ``rank`` of ``size``."""

    rank: int = 0
    size: int = 1

    @property
    def is_first(self) -> bool:
        """Whether this is the process that writes files and shows progress."""
        return self.rank == 0

    def shard(self, rows: Rows, batch: int) -> Rows:
        """This process's rows of a whole batch, or of its first half; ``batch``: pictures in the whole batch.

        A batch is GROUP blocks after one another, of which the discriminator compares the pictures of the same place
        (:func:`minibatch_deviation`); each process has the same places of every block.
        """
        if self.size == 1:
            return rows
        block, own = batch // GROUP, batch // GROUP // self.size
        blocks = rows.reshape(-1, block, *rows.shape[1:])[:, self.rank * own : (self.rank + 1) * own]
        return blocks.reshape(-1, *rows.shape[1:])

    def mean(self, value: Tensor) -> Tensor:
        """The mean of every process's ``value``, without gradient."""
        if self.size == 1:
            return value.detach()
        total = value.detach().clone()
        dist.all_reduce(total)
        return total / self.size

    def gather(self, rows: Tensor) -> Tensor:
        """The rows [n, ...] of all processes together, without gradient."""
        if self.size == 1:
            return rows.detach()
        parts = [torch.empty_like(rows) for _ in range(self.size)]
        dist.all_gather(parts, rows.detach().contiguous())
        return torch.cat(parts)

    def average_gradients(self, optimizer: torch.optim.Optimizer) -> None:
        """Have ``optimizer`` step along the mean of every process's gradients, which is the gradient of the whole batch's mean."""
        if self.size > 1:
            optimizer.register_step_pre_hook(lambda optimizer, *_: self._average(optimizer))

    def _average(self, optimizer: torch.optim.Optimizer) -> None:
        gradients = [p.grad for group in optimizer.param_groups for p in group["params"] if p.grad is not None]
        whole = torch.cat([gradient.flatten() for gradient in gradients])  # one message instead of a hundred
        dist.all_reduce(whole)
        whole /= self.size
        sizes = [gradient.numel() for gradient in gradients]
        for gradient, mean in zip(gradients, torch.split(whole, sizes), strict=True):
            gradient.copy_(mean.view_as(gradient))

    def any(self, mine: bool, device: torch.device) -> bool:
        """Whether it is so in any process."""
        return bool(self.mean(torch.tensor(float(mine), device=device)) > 0) if self.size > 1 else mine

    def wait(self) -> None:
        """Go on when all processes have come here."""
        if self.size > 1:
            dist.barrier()

    def check_batch(self, batch: int) -> None:
        """Raise BadValue for a batch that cannot be shared out."""
        if self.size > 1 and batch % (GROUP * self.size):
            expected = f"a multiple of {GROUP * self.size} for {self.size} processes"
            raise errors.BadValue(name="--batch", value=str(batch), expected=expected)


SINGLE = Process()


@contextmanager
def join_group(device: str) -> Iterator[tuple[Process, torch.device]]:
    """Join the other processes that ``torchrun`` started, if it did; gives this one's share and its device ("cpu", "cuda")."""
    size = int(os.environ.get("WORLD_SIZE", "1"))
    if size == 1:
        yield SINGLE, torch.device(device)
        return
    own = torch.device(device, int(os.environ["LOCAL_RANK"])) if device == "cuda" else torch.device(device)
    if own.type == "cuda":
        torch.cuda.set_device(own)
    dist.init_process_group("nccl" if own.type == "cuda" else "gloo")
    try:
        yield Process(dist.get_rank(), size), own
    finally:
        dist.destroy_process_group()
