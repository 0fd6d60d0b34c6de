"""Looks for the face of a network that is nearest to a picture, in steps that are short enough to do others between.

Changes nothing about the network. Gradients flow through its layers as they are drawn; only w is changed.

[1] Abdal et al. 2019, "Image2StyleGAN: How to Embed Images Into the StyleGAN Latent Space?" (a w for each layer)
[2] Kingma and Ba 2015, "Adam: A Method for Stochastic Optimization"
"""

from collections.abc import Iterator
from typing import TYPE_CHECKING

import torch
from torch import Tensor

from generator.projection.distance import Distance
from generator.projection.picture import cut, to_tensor
from generator.projection.readers import Readers
from generator.projection.spread import measure_spread
from generator.projection.start import find_starts
from generator.stylegan.generator import Dtypes, Generator
from generator.stylegan2.hyperparameters import Hyperparameters

if TYPE_CHECKING:
    from PIL import Image

STEPS = 100  # changes of w
LEARNING_RATE = 0.12  # in spreads of the network's w
BETAS = (0.9, 0.99)
# What a way of one spread from the start costs, beside the distance. Far from the w that the mapping gives, a picture
# may become nearer and nearer while its face falls apart. So a picture that is not as the network draws, by whether it
# is familiar, only changes what is found at the start.
FAITH = {True: 0.05, None: 0.2, False: 2.0}
COOLING = 0.3  # in this last share of the steps the learning rate falls to 0
CANDIDATES = 4  # of the start, drawn in one step
SEARCH_SIDE = 256  # pixels; larger pictures are searched at this size, if the network draws that on the way


class Search:
    """A search for the nearest face to ``picture``, which is cut to the network's shape.

    Call ``step`` until ``done`` is ``total``. ``best`` is the w [num_ws, w_dim] of the nearest face so far.
    """

    def __init__(self, generator: Generator, picture: "Image.Image", readers: Readers, steps: int = STEPS) -> None:
        self.generator, self._steps = generator, steps
        height, width = generator.size
        self.target = to_tensor(cut(picture, width, height)).to(generator.device)
        self._dtypes = _dtypes(generator)
        self._spread = measure_spread(generator)
        start = find_starts(generator, self.target, readers, self._spread)
        self._distance = Distance(self.target, readers.features if start.is_familiar else None)
        self._faith = FAITH[start.is_familiar]
        self._candidates, self.traits = start.w, start.traits  # the traits that the picture shows; {} if unreadable
        self.best = start.w[0].expand(generator.num_ws, -1).clone()
        self.done, self.total = 0, -(-len(self._candidates) // CANDIDATES) + steps
        self._course = self._run()

    def step(self) -> None:
        """Go on by one step."""
        next(self._course, None)
        self.done = min(self.done + 1, self.total)

    def _run(self) -> Iterator[None]:
        yield from self._choose_start()
        yield from self._descend()

    def _choose_start(self) -> Iterator[None]:
        least = float("inf")
        for candidates in torch.split(self._candidates, CANDIDATES):
            with torch.no_grad():
                w = candidates[:, None].expand(-1, self.generator.num_ws, -1)
                distances = self._distance(self._draw(w))
            if (nearest := float(distances.min())) < least:
                least, self.best = nearest, w[int(distances.argmin())].clone()
            yield

    def _descend(self) -> Iterator[None]:
        """Follow the gradient of the distance with Adam [2], with a w for each layer [1]."""
        start, rate = self.best[None], LEARNING_RATE * self._spread.size
        w = start.clone().requires_grad_()
        optimizer = torch.optim.Adam([w], rate, BETAS)
        for step in range(self._steps):
            left = (self._steps - step) / (COOLING * self._steps)
            optimizer.param_groups[0]["lr"] = rate * min(1.0, left)
            with torch.enable_grad():
                way = ((w - start) / self._spread.size).square().mean()
                loss = self._distance(self._draw(w)).sum() + self._faith * way
                (w.grad,) = torch.autograd.grad(loss, [w])
            optimizer.step()
            self.best = w.detach()[0].clone()
            yield

    def _draw(self, w: Tensor) -> Tensor:
        """Draw ``w`` [n, num_ws, w_dim] as RGB, at the size at which is searched."""
        synthesis = self.generator.synthesis
        return as_rgb(synthesis.draw(w, synthesis.default_inputs(len(w)), self._dtypes))


def _dtypes(generator: Generator) -> Dtypes:
    """Return the precision in which to draw for a search, and with that which blocks of the network.

    A network that adds up pictures of growing size draws only those up to SEARCH_SIDE. A GPU computes in float32,
    because small gradients vanish in float16.
    """
    synthesis = generator.synthesis
    dtypes = synthesis.all_float32() if generator.device.type == "cuda" else synthesis.dtypes(generator.device)
    hyper = generator.hyper
    if not isinstance(hyper, Hyperparameters) or hyper.architecture != "skip":
        return dtypes
    return {block: dtype for block, dtype in dtypes.items() if block == 4 or max(hyper.size_of(block)) <= SEARCH_SIDE}


def as_rgb(x: Tensor) -> Tensor:
    """Return pictures [n, 3, h, w] of what a network draws [n, C, h, w]: grey as grey, transparent on white."""
    if x.shape[1] == 4:
        opacity = ((x[:, 3:] + 1) / 2).clamp(0, 1)
        return x[:, :3] * opacity + (1 - opacity)
    return x.expand(-1, 3, -1, -1) if x.shape[1] == 1 else x
