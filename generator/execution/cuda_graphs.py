"""CUDA graphs of the network, one per batch size: a batch costs one launch instead of a few hundred.

Knows no jobs. Needs a CUDA device; nothing here is imported without one. Tensors stay on the device.
"""

from collections.abc import Mapping, Sequence
from typing import NamedTuple

import torch
from torch import Tensor

from generator.stylegan2.network import SynthesisNetwork

MAX_GRAPHS = 16  # captured at once; each holds the activations of its batch
_WARM_UPS = 3  # before capture, so that kernels are chosen and workspaces allocated outside the graph


class _Captured(NamedTuple):
    graph: torch.cuda.CUDAGraph
    w: Tensor  # [n, num_ws, w_dim], the graph reads it
    planes: list[Tensor | None]
    pictures: Tensor  # [n, 3, H, W], the graph writes it


class Graphs:
    """Draws by replaying. Sizes are rounded up to powers of two, so that a handful of graphs serves every batch."""

    def __init__(self, network: SynthesisNetwork, dtypes: Mapping[int, torch.dtype]) -> None:
        self._network, self._dtypes = network, dtypes
        self._captured: dict[tuple[object, ...], _Captured] = {}
        self._pool = torch.cuda.graph_pool_handle()

    def __call__(self, w: Tensor, noises: Sequence[Tensor | None]) -> Tensor:
        """w [n, num_ws, w_dim] and the planes -> pictures [n, 3, H, W], new memory: the next replay leaves them alone."""
        size = 1 << (len(w) - 1).bit_length()
        key = (size, *(None if plane is None else len(plane) > 1 for plane in noises))
        found = self._captured.pop(key, None) or self._capture(size, w, noises)
        self._captured[key] = found  # the most recently used last
        while len(self._captured) > MAX_GRAPHS:
            del self._captured[next(iter(self._captured))]
        found.w[: len(w)].copy_(w)
        for kept, plane in zip(found.planes, noises, strict=True):
            if kept is not None and plane is not None:
                kept[: len(plane)].copy_(plane)
        found.graph.replay()
        return found.pictures[: len(w)].clone()

    def _capture(self, size: int, w: Tensor, noises: Sequence[Tensor | None]) -> _Captured:
        fixed = w.new_zeros(size, *w.shape[1:])
        planes = [None if p is None else p.new_zeros(size if len(p) > 1 else 1, *p.shape[1:]) for p in noises]
        beside = torch.cuda.Stream()  # type: ignore[no-untyped-call]
        beside.wait_stream(torch.cuda.current_stream())
        with torch.cuda.stream(beside), torch.no_grad():
            for _ in range(_WARM_UPS):
                self._network.draw(fixed, planes, self._dtypes)
        torch.cuda.current_stream().wait_stream(beside)
        graph = torch.cuda.CUDAGraph()
        with torch.no_grad(), torch.cuda.graph(graph, pool=self._pool):
            pictures = self._network.draw(fixed, planes, self._dtypes)
        return _Captured(graph, fixed, planes, pictures)
