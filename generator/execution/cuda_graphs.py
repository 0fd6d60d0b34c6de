"""Captures the network as CUDA graphs, so that drawing a batch takes one launch instead of a few hundred.

Knows nothing about recipes. Import it only where there is a CUDA device. All tensors stay on that device.
"""

from collections.abc import Mapping, Sequence
from typing import NamedTuple

import torch
from torch import Tensor

from generator.stylegan2.network import SynthesisNetwork

MAX_GRAPHS = 16  # the most graphs kept at a time, because each holds the activations of its batch
_WARM_UPS = 3  # executions before a capture, which choose kernels and allocate workspaces outside the graph


class _Capture(NamedTuple):
    graph: torch.cuda.CUDAGraph
    w: Tensor  # [n, num_ws, w_dim], which the graph reads
    planes: list[Tensor | None]  # noise planes, which the graph reads
    pictures: Tensor  # [n, 3, H, W], which the graph writes


class Graphs:
    """A Draw that replays CUDA graphs.

    Batch sizes are rounded up to powers of two, so that a few graphs serve every batch.
    """

    def __init__(self, network: SynthesisNetwork, dtypes: Mapping[int, torch.dtype]) -> None:
        self._network, self._dtypes = network, dtypes
        self._captures: dict[tuple[object, ...], _Capture] = {}
        self._pool = torch.cuda.graph_pool_handle()

    def __call__(self, w: Tensor, noises: Sequence[Tensor | None]) -> Tensor:
        """Return the pictures [n, 3, H, W] for w [n, num_ws, w_dim] and its noise planes.

        The result is a copy, so later replays do not overwrite it.
        """
        size = 1 << (len(w) - 1).bit_length()
        key = (size, *(None if plane is None else len(plane) > 1 for plane in noises))
        capture = self._captures.pop(key, None) or self._capture(size, w, noises)
        self._captures[key] = capture  # the dict is ordered by last use
        while len(self._captures) > MAX_GRAPHS:
            del self._captures[next(iter(self._captures))]
        capture.w[: len(w)].copy_(w)
        for target, plane in zip(capture.planes, noises, strict=True):
            if target is not None and plane is not None:
                target[: len(plane)].copy_(plane)
        capture.graph.replay()
        return capture.pictures[: len(w)].clone()

    def _capture(self, size: int, w: Tensor, noises: Sequence[Tensor | None]) -> _Capture:
        static_w = w.new_zeros(size, *w.shape[1:])
        planes = [None if p is None else p.new_zeros(size if len(p) > 1 else 1, *p.shape[1:]) for p in noises]
        side_stream = torch.cuda.Stream()  # type: ignore[no-untyped-call]
        side_stream.wait_stream(torch.cuda.current_stream())
        with torch.cuda.stream(side_stream), torch.no_grad():
            for _ in range(_WARM_UPS):
                self._network.draw(static_w, planes, self._dtypes)
        torch.cuda.current_stream().wait_stream(side_stream)
        graph = torch.cuda.CUDAGraph()
        with torch.no_grad(), torch.cuda.graph(graph, pool=self._pool):
            pictures = self._network.draw(static_w, planes, self._dtypes)
        return _Capture(graph, static_w, planes, pictures)
