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
from generator.projection.start import find_starts
from generator.stylegan.generator import Dtypes, Generator
from generator.stylegan2.hyperparameters import Hyperparameters

if TYPE_CHECKING:
    from PIL import Image

STEPS = 100  # changes of w
LEARNING_RATE = 0.12  # in spreads of the network's w
BETAS = (0.9, 0.99)
EPSILON = 1e-8
# What a way of one spread from the start costs, beside the distance. Far from the w that the mapping gives, a picture
# may become nearer and nearer while its face falls apart. So a picture that is not as the network draws, by whether it
# is familiar, only changes what is found at the start.
FAITH = {True: 0.05, None: 0.2, False: 3.0}
COOLING = 0.3  # in this last share of the steps the learning rate falls to 0
SMALL_SIDE = 128  # pixels; a network of this size or less draws whole pictures in every step
LARGE_STEPS = 60  # changes of w for other networks
# In this first share of them such a network draws at half its size, where it adds up pictures of growing size: there
# they are nearly what the whole picture is, shrunk (24 dB). At a quarter of its size they are not (15 dB).
HALF_SHARE = 0.7
WHOLE_SIDE = 512  # pixels; larger networks always draw at half their size, as memory would be short


class Search:
    """A search for the nearest face to ``picture``, which is cut to the network's shape.

    Call ``step`` until ``done`` is ``total``. ``best`` is the w [num_ws, w_dim] of the nearest face so far. A change of
    w is two steps, so that others can be drawn between the picture and its gradient.
    """

    def __init__(
        self, generator: Generator, picture: "Image.Image", readers: Readers, steps: int | None = None
    ) -> None:
        """``steps`` are the changes of w, by default those of ``default_steps``."""
        self.generator = generator
        height, width = generator.size
        self.target = to_tensor(cut(picture, width, height)).to(generator.device)
        steps = default_steps(generator) if steps is None else steps
        self._stages = _stages(generator, steps)
        self._spread = readers.spread
        start = find_starts(generator, self.target, readers)
        is_strange = start.is_familiar is False  # what is around its face is not as the network draws either
        self._distance = Distance(self.target, readers.features if start.is_familiar else None, in_middle=is_strange)
        self._faith = FAITH[start.is_familiar]
        self._candidates, self.traits = start.w, start.traits  # the traits that the picture shows; {} if unreadable
        self.best = start.w[0].expand(generator.num_ws, -1).clone()
        self.done, self.total = 0, len(self._candidates) + 2 * steps
        self._course = self._run()

    def step(self) -> None:
        """Go on by one step."""
        next(self._course, None)
        self.done = min(self.done + 1, self.total)

    def _run(self) -> Iterator[None]:
        yield from self._choose_start()
        yield from self._descend()

    def _choose_start(self) -> Iterator[None]:
        """Take the nearest of the candidates, of which each step draws one."""
        least = float("inf")
        for candidate in self._candidates:
            with torch.no_grad():
                w = candidate.expand(1, self.generator.num_ws, -1)
                distance = float(self._distance(self._draw(w, self._stages[0][0])))
            if distance < least:
                least, self.best = distance, w[0].clone()
            yield

    def _descend(self) -> Iterator[None]:
        """Follow the gradient of the distance with Adam [2], with a w for each layer [1]."""
        start, rate = self.best[None], LEARNING_RATE * self._spread.size
        w = start.clone().requires_grad_()
        adam = _Adam(w)
        total = sum(steps for _, steps in self._stages)
        for step, dtypes in enumerate(dtypes for dtypes, steps in self._stages for _ in range(steps)):
            with torch.enable_grad():
                way = ((w - start) / self._spread.size).square().mean()
                loss = self._distance(self._draw(w, dtypes)).sum() + self._faith * way
            yield
            (gradient,) = torch.autograd.grad(loss, [w])
            adam.step(gradient, rate * min(1.0, (total - step) / (COOLING * total)))
            self.best = w.detach()[0].clone()
            yield

    def _draw(self, w: Tensor, dtypes: Dtypes) -> Tensor:
        """Draw ``w`` [n, num_ws, w_dim] as RGB, with the blocks and the precision of a stage."""
        synthesis = self.generator.synthesis
        return as_rgb(synthesis.draw(w, synthesis.default_inputs(len(w)), dtypes))


class _Adam:
    """Adam [2] for one tensor. That of torch imports its compiler for more than a second, while everybody waits."""

    def __init__(self, w: Tensor) -> None:
        self._w, self._steps = w, 0
        self._mean, self._square = torch.zeros_like(w), torch.zeros_like(w)

    @torch.no_grad()
    def step(self, gradient: Tensor, rate: float) -> None:
        self._steps += 1
        self._mean.lerp_(gradient, 1 - BETAS[0])
        self._square.lerp_(gradient.square(), 1 - BETAS[1])
        mean, square = (
            moment / (1 - beta**self._steps) for moment, beta in zip((self._mean, self._square), BETAS, strict=True)
        )
        self._w -= rate * mean / (square.sqrt() + EPSILON)


def default_steps(generator: Generator) -> int:
    """Return how many changes of w are worth their time: for large networks, and those without aliases, fewer."""
    is_fast = isinstance(generator.hyper, Hyperparameters) and max(generator.size) <= SMALL_SIDE
    return STEPS if is_fast else LARGE_STEPS


def _stages(generator: Generator, steps: int) -> list[tuple[Dtypes, int]]:
    """Return how a search draws, one stage after the other, and the number of steps of each.

    A GPU computes in float32, because small gradients vanish in float16.
    """
    synthesis, hyper = generator.synthesis, generator.hyper
    dtypes = synthesis.all_float32() if generator.device.type == "cuda" else synthesis.dtypes(generator.device)
    is_sum = isinstance(hyper, Hyperparameters) and hyper.architecture == "skip"
    if max(generator.size) <= SMALL_SIDE or not is_sum:
        return [(dtypes, steps)]
    half = {block: dtypes[block] for block in list(dtypes)[:-1]}
    if max(generator.size) > WHOLE_SIDE:
        return [(half, steps)]
    return [(half, round(HALF_SHARE * steps)), (dtypes, steps - round(HALF_SHARE * steps))]


def as_rgb(x: Tensor) -> Tensor:
    """Return pictures [n, 3, h, w] of what a network draws [n, C, h, w]: grey as grey, transparent on white."""
    if x.shape[1] == 4:
        opacity = ((x[:, 3:] + 1) / 2).clamp(0, 1)
        return x[:, :3] * opacity + (1 - opacity)
    return x.expand(-1, 3, -1, -1) if x.shape[1] == 1 else x
