"""A training step as the papers describe it, which is the reference of the benchmark of training.

Uses no optimisation. Both networks are the run's own, computed by plain operations: the generator as in reference.py,
in which each picture has a convolution of its own, low-pass filters and their gradients by automatic differentiation.
Everything is float32 and NCHW, and either network's step draws its own pictures (Karras et al. 2020, "Analyzing and
Improving the Image Quality of StyleGAN", section 2 and appendix B).
"""

import math
from collections.abc import Mapping

import torch
from torch import Tensor
from torch.nn import functional as F

from benchmarks import reference
from generator.train.loop import TrainingRun
from generator.train.networks.discriminator import Discriminator

SQRT_2 = math.sqrt(2)
GROUP = 4


class TextbookStep:
    """Takes the steps of a run's first, adversarial stage by the textbook. Batches are random pictures and latents."""

    def __init__(self, run: TrainingRun) -> None:
        assert run.adversarial is not None
        self.run, self.settings = run, run.settings
        self.generator, self.discriminator = run.generator, run.adversarial.discriminator
        self.optimizers = (run.optimizer, run.adversarial.optimizer)
        self.path_mean = 0.0

    def step(self, number: int) -> None:
        """Take step ``number``: losses, and now and then R1 and the path length penalty."""
        batch, side = self.settings.batch, self.settings.resolution
        real = torch.rand(batch, 3, side, side) * 2 - 1
        self.discriminator.requires_grad_(False)
        self._update(0, F.softplus(-score(self.discriminator, self._draw(batch))).mean())
        if number % self.settings.path_every == 0:
            self._path_step(max(1, batch // 2))
        self.discriminator.requires_grad_(True)
        with torch.no_grad():
            made = self._draw(batch)
        losses = F.softplus(score(self.discriminator, made)) + F.softplus(-score(self.discriminator, real))
        self._update(1, losses.mean())
        if number % self.settings.r1_every == 0:
            real.requires_grad_(True)
            (slope,) = torch.autograd.grad(score(self.discriminator, real).sum(), real, create_graph=True)
            penalty = slope.square().sum(dim=(1, 2, 3)).mean() * self.settings.gamma / 2
            self._update(1, penalty * self.settings.r1_every)
        self._average(batch)

    def _draw(self, count: int) -> Tensor:
        return reference.synthesis(self.generator, self.generator.mapping(torch.randn(count, self.generator.z_dim)))

    def _path_step(self, count: int) -> None:
        w = self.generator.mapping(torch.randn(count, self.generator.z_dim))
        made = reference.synthesis(self.generator, w)
        y = torch.randn_like(made) / math.sqrt(made.shape[2] * made.shape[3])
        (slope,) = torch.autograd.grad((made * y).sum(), w, create_graph=True)
        lengths = slope.square().sum(dim=2).mean(dim=1).sqrt()
        self.path_mean += 0.01 * (lengths.mean().item() - self.path_mean)
        penalty = (lengths - self.path_mean).square().mean() * self.settings.path_weight
        self._update(0, penalty * self.settings.path_every)

    def _update(self, which: int, loss: Tensor) -> None:
        self.optimizers[which].zero_grad(set_to_none=True)
        torch.autograd.backward(loss)
        self.optimizers[which].step()

    @torch.no_grad()
    def _average(self, batch: int) -> None:
        keep = 0.5 ** (batch / (1000 * self.settings.average_kimg))
        for average, current in zip(self.run.average.parameters(), self.generator.parameters(), strict=True):
            average.lerp_(current, 1 - keep)


def score(discriminator: Discriminator, pictures: Tensor) -> Tensor:
    """Return the scores [n] that a residual discriminator without labels gives to pictures [n, 3, h, w]."""
    t = dict(discriminator.named_parameters())
    x = _conv(t, "from_rgb", pictures, SQRT_2)
    for i in range(len(discriminator.blocks)):
        skip = _blur(x, 1)[:, :, ::2, ::2]
        skip = F.conv2d(skip, t[f"blocks.{i}.skip.weight"] / math.sqrt(x.shape[1]))
        x = _conv(t, f"blocks.{i}.conv0", x, SQRT_2)
        x = _conv(t, f"blocks.{i}.conv1", _blur(x, 2), SQRT_2, stride=2)
        x = (x + skip) / SQRT_2
    groups = x.view(min(GROUP, len(x)), -1, *x.shape[1:])
    deviation = (groups.var(dim=0, correction=0) + 1e-8).sqrt().mean(dim=(1, 2, 3)).repeat(len(groups))
    x = torch.cat([x, deviation[:, None, None, None].expand(-1, 1, *x.shape[2:])], dim=1)
    x = _conv(t, "conv", x, SQRT_2)
    x = F.linear(x.flatten(1), t["dense.weight"] / math.sqrt(x[0].numel()), t["dense.bias"])
    x = F.leaky_relu(x, 0.2) * SQRT_2
    return F.linear(x, t["out.weight"] / math.sqrt(x.shape[1]), t["out.bias"])[:, 0]


def _conv(t: Mapping[str, Tensor], name: str, x: Tensor, gain: float, stride: int = 1) -> Tensor:
    weight = t[f"{name}.weight"]
    padding = weight.shape[-1] // 2 if stride == 1 else 0
    x = F.conv2d(x, weight / math.sqrt(weight[0].numel()), t[f"{name}.bias"], stride, padding)
    return F.leaky_relu(x, 0.2) * gain


def _blur(x: Tensor, padding: int) -> Tensor:
    taps = torch.tensor([1.0, 3.0, 3.0, 1.0]) / 8
    kernel = torch.outer(taps, taps).expand(x.shape[1], 1, -1, -1)
    return F.conv2d(x, kernel, padding=padding, groups=x.shape[1])
