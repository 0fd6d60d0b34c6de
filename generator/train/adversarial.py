"""Trains a generator and a discriminator against each other, with regularisation.

For paired data, where the attributes determine the picture, the losses also contain the distance to the real picture
and the classification of its traits. Knows nothing about stages, averages or files; loop.py calls ``state`` and stores
the result in the checkpoint.
"""

from collections.abc import Mapping
from typing import Any

import torch
from torch import Tensor

from generator.stylegan.precision import has_bfloat16
from generator.stylegan2.network import Generator
from generator.train import losses
from generator.train.augment import Controller, augment
from generator.train.data.batch import Batch
from generator.train.data.dataset import Store
from generator.train.discriminator import Discriminator, channels_last
from generator.train.fitting import compute_styles
from generator.train.settings import Settings

PATH_DECAY = 0.01  # weight of a new value in the running mean of path lengths (Karras et al. 2020, appendix B)


def lazy_adam(parameters: Any, rate: float, every: int) -> torch.optim.Adam:
    """Return an Adam optimiser for a network that takes a regularisation step every ``every`` steps.

    Its learning rate and betas (0, 0.99) are scaled to make up for the extra steps (Karras et al. 2020, appendix B).
    """
    scale = every / (every + 1)
    return torch.optim.Adam(parameters, lr=rate * scale, betas=(0.0, 0.99**scale), eps=1e-8)


class AdversarialTraining:
    """Holds a discriminator with its optimiser and augmentation, and trains it together with a given generator."""

    def __init__(self, settings: Settings, store: Store, device: torch.device) -> None:
        self.settings, self.paired, self.device = settings, store.paired, device
        self.sizes = [len(values) for values in store.traits.values()] if self.paired and settings.class_weight else []
        channels = settings.channels(settings.resolution, settings.discriminator_base)
        condition = store.labels.shape[1] + store.continuous.shape[1]
        network = Discriminator(settings.resolution, channels, condition, classes=sum(self.sizes))
        self.discriminator = channels_last(network).to(device)
        self.optimizer = lazy_adam(self.discriminator.parameters(), settings.rate, settings.r1_every)
        self.controller = Controller(settings.augment_target)
        self.path_mean = 0.0

    def step(self, generator: Generator, optimizer: torch.optim.Optimizer, batch: Batch) -> dict[str, float]:
        """Update both networks and return the losses by name. Both updates use the same generated pictures.

        Every few batches it also takes a step of R1 regularisation and, for unpaired data, a step of path length
        regularisation.
        """
        w = self._mix_styles(generator, batch, compute_styles(generator, batch))
        made = generator.synthesis(w, noise="none" if self.paired else "random")
        figures, targets = self._discriminator_step(batch, made.detach())
        if batch.number % self.settings.r1_every == 0:
            figures |= self._r1_step(batch)
        figures |= self._generator_step(generator, optimizer, batch, made, targets)
        if not self.paired and self.settings.path_weight and batch.number % self.settings.path_every == 0:
            figures |= self._path_step(generator, optimizer, batch)
        return figures

    # --- generator ----------------------------------------------------------------------------------------------------

    def _mix_styles(self, generator: Generator, batch: Batch, w: Tensor) -> Tensor:
        """Return ``w`` with the styles of a second latent from a random layer upwards.

        This is done with probability ``settings.mixing``, and never for paired data; otherwise ``w`` is returned
        unchanged. See Karras et al. 2019, section 3.1.
        """
        if self.paired or batch.rng.random() >= self.settings.mixing:
            return w
        cut = int(batch.rng.integers(1, generator.num_ws))
        second = generator.mapping(batch.normal(*batch.z.shape), batch.labels if generator.c_dim else None)
        return torch.cat([w[:, :cut], second[:, cut:]], dim=1)

    def _generator_step(
        self, generator: Generator, optimizer: torch.optim.Optimizer, batch: Batch, made: Tensor, targets: list[Tensor]
    ) -> dict[str, float]:
        self.discriminator.requires_grad_(False)
        with self._half_precision():
            features = self.discriminator.features(self._augment(made, batch))
            phi = self.discriminator.represent(features)
        loss = adversarial = losses.generator_loss(self.discriminator.score(phi, self._condition(batch)))
        if self.paired:
            feature_loss = losses.feature_distance(features, targets)
            pair_loss = losses.picture_distance(made, batch.pictures, focus=self.settings.focus)
            loss = loss + self.settings.feature_weight * feature_loss + self.settings.pair_weight * pair_loss
        if self.sizes:
            class_loss = self._class_loss(phi, batch)
            loss = loss + self.settings.class_weight * class_loss
        optimizer.zero_grad(set_to_none=True)
        torch.autograd.backward(loss)
        optimizer.step()
        figures = {"g": adversarial} | ({"pair": pair_loss, "features": feature_loss} if self.paired else {})
        figures |= {"shown": class_loss} if self.sizes else {}
        return {name: value.item() for name, value in figures.items()}

    def _path_step(self, generator: Generator, optimizer: torch.optim.Optimizer, batch: Batch) -> dict[str, float]:
        """Take one step of path length regularisation on the first half of the batch; return the penalty by name.

        See Karras et al. 2020, section 3.2 and appendix B.
        """
        half = max(1, len(batch.z) // 2)
        w = generator.mapping(batch.z[:half], batch.labels[:half] if generator.c_dim else None)
        made = generator.synthesis(w, noise="random")
        lengths = losses.path_lengths(made, w, batch.normal(*made.shape))
        self.path_mean += PATH_DECAY * (batch.process.mean(lengths.mean()).item() - self.path_mean)
        penalty = losses.path_penalty(lengths, self.path_mean)
        optimizer.zero_grad(set_to_none=True)
        torch.autograd.backward(penalty * self.settings.path_weight * self.settings.path_every)
        optimizer.step()
        return {"path": penalty.item()}

    # --- discriminator ------------------------------------------------------------------------------------------------

    def _discriminator_step(self, batch: Batch, made: Tensor) -> tuple[dict[str, float], list[Tensor]]:
        """Update the discriminator; return its losses by name and its features of the real pictures.

        For paired data, the generator is then trained to match these features.
        """
        self.discriminator.requires_grad_(True)
        with self._half_precision():
            fake = self.discriminator(self._augment(made, batch), self._condition(batch))
            features = self.discriminator.features(self._augment(batch.pictures, batch))
            phi = self.discriminator.represent(features)
        real = self.discriminator.score(phi, self._condition(batch))
        loss = losses.discriminator_loss(real, fake)
        figures = {"d": loss, "real": real.mean(), "fake": fake.mean()}
        if self.sizes:
            figures["named"] = self._class_loss(phi, batch)
            loss = loss + figures["named"]
        self.optimizer.zero_grad(set_to_none=True)
        torch.autograd.backward(loss)
        self.optimizer.step()
        if self.settings.augment:
            self.controller.observe(batch.process.gather(real))
        return {name: value.item() for name, value in figures.items()}, features

    def _r1_step(self, batch: Batch) -> dict[str, float]:
        # The gradient is taken with respect to the augmented picture, so augmentation needs no second derivative.
        pictures = self._augment(batch.pictures, batch).detach().requires_grad_(True)
        with self._half_precision():
            scores = self.discriminator(pictures, self._condition(batch))
        penalty = losses.r1_penalty(scores, pictures, self.settings.gamma)
        self.optimizer.zero_grad(set_to_none=True)
        torch.autograd.backward(penalty * self.settings.r1_every)
        self.optimizer.step()
        return {"r1": penalty.item()}

    def _half_precision(self) -> torch.autocast:
        """Return a context that computes in bfloat16 where the device supports it natively.

        Scores and the gradients of the weights stay float32.
        """
        return torch.autocast(self.device.type, torch.bfloat16, enabled=has_bfloat16(self.device))

    def _augment(self, pictures: Tensor, batch: Batch) -> Tensor:
        if not self.settings.augment:
            return pictures
        return augment(pictures, self.controller.strength, batch.rng, batch.process)

    def _class_loss(self, phi: Tensor, batch: Batch) -> Tensor:
        assert self.discriminator.classify is not None
        return losses.classification_loss(self.discriminator.classify(phi), batch.labels, self.sizes)

    def _condition(self, batch: Batch) -> Tensor | None:
        return batch.condition if self.discriminator.embed is not None else None

    # --- state --------------------------------------------------------------------------------------------------------

    def state(self) -> dict[str, Any]:
        """Return everything that :meth:`restore` needs to resume training."""
        return {
            "discriminator": self.discriminator.state_dict(),
            "optimizer": self.optimizer.state_dict(),
            "controller": self.controller.state(),
            "path_mean": self.path_mean,
        }

    def restore(self, state: Mapping[str, Any]) -> None:
        """Continue from a state that :meth:`state` returned."""
        self.discriminator.load_state_dict(state["discriminator"])
        self.optimizer.load_state_dict(state["optimizer"])
        self.controller.restore(state["controller"])
        self.path_mean = state["path_mean"]
