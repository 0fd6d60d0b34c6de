"""Captures the network as CUDA graphs, so that drawing a batch takes one launch instead of a few hundred.

Knows nothing about recipes. Import it only where there is a CUDA device. All tensors stay on that device.
"""

from collections.abc import Sequence
from typing import NamedTuple

import torch
from torch import Tensor

from generator.stylegan.generator import Dtypes, SynthesisNetwork

MAX_GRAPHS = 16  # the most graphs kept at a time, because each holds the activations of its batch
_WARM_UPS = 3  # executions before a capture, which choose kernels and allocate workspaces outside the graph


class _Capture(NamedTuple):
    graph: torch.cuda.CUDAGraph
    w: Tensor  # [n, num_ws, w_dim], which the graph reads
    inputs: list[Tensor | None]  # the network's further inputs, which the graph reads
    pictures: Tensor  # [n, C, H, W], which the graph writes


class Graphs:
    """A Draw that replays CUDA graphs.

    Batch sizes are rounded up to powers of two, so that a few graphs serve every batch.
    """

    def __init__(self, network: SynthesisNetwork, dtypes: Dtypes) -> None:
        self._network, self._dtypes = network, dtypes
        self._captures: dict[tuple[object, ...], _Capture] = {}
        self._pool = torch.cuda.graph_pool_handle()

    def __call__(self, w: Tensor, inputs: Sequence[Tensor | None]) -> Tensor:
        """Return the pictures [n, C, H, W] for w [n, num_ws, w_dim] and further inputs.

        The result is a copy, so later replays do not overwrite it.
        """
        size = 1 << (len(w) - 1).bit_length()
        key = (size, *(None if value is None else len(value) > 1 for value in inputs))
        capture = self._captures.pop(key, None) or self._capture(size, w, inputs)
        self._captures[key] = capture  # the dict is ordered by last use
        while len(self._captures) > MAX_GRAPHS:
            del self._captures[next(iter(self._captures))]
        capture.w[: len(w)].copy_(w)
        for target, value in zip(capture.inputs, inputs, strict=True):
            if target is not None and value is not None:
                target[: len(value)].copy_(value)
        capture.graph.replay()
        return capture.pictures[: len(w)].clone()

    def _capture(self, size: int, w: Tensor, inputs: Sequence[Tensor | None]) -> _Capture:
        static_w = w.new_zeros(size, *w.shape[1:])
        static = [None if x is None else x.new_zeros(size if len(x) > 1 else 1, *x.shape[1:]) for x in inputs]
        side_stream = torch.cuda.Stream()  # type: ignore[no-untyped-call]
        side_stream.wait_stream(torch.cuda.current_stream())
        with torch.cuda.stream(side_stream), torch.no_grad():
            for _ in range(_WARM_UPS):
                self._network.draw(static_w, static, self._dtypes)
        torch.cuda.current_stream().wait_stream(side_stream)
        graph = torch.cuda.CUDAGraph()
        with torch.no_grad(), torch.cuda.graph(graph, pool=self._pool):
            pictures = self._network.draw(static_w, static, self._dtypes)
        return _Capture(graph, static_w, static, pictures)
