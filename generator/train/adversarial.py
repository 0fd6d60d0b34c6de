"""Trains a generator and a discriminator against each other, with regularisation.

For paired data, where the attributes determine the picture, the losses also contain the distance to the real picture
and the classification of its traits. Knows nothing about stages, averages or files; loop.py calls ``state`` and stores
the result in the checkpoint.
"""

from collections.abc import Mapping, Sequence
from typing import Any

import torch
from torch import Tensor

from generator.features import reader as readers
from generator.stylegan.muon import Muon
from generator.stylegan.precision import has_bfloat16
from generator.stylegan2.convolutions import first_order
from generator.stylegan2.network import Generator
from generator.train import losses
from generator.train.augmentation.augment import Controller, augment
from generator.train.data.batch import Batch
from generator.train.data.drawing import artist_of, seen_traits
from generator.train.data.store import Store
from generator.train.fitting import compute_styles
from generator.train.networks.discriminator import Discriminator, channels_last
from generator.train.networks.shapes import choose_shape
from generator.train.settings import Settings

PATH_DECAY = 0.01  # weight of a new value in the running mean of path lengths (Karras et al. 2020, appendix B)


def lazy_adam(parameters: Any, rate: float, every: int) -> torch.optim.Adam:
    """Return an Adam optimiser for a network that takes a regularisation step every ``every`` steps.

    Its learning rate and betas (0, 0.99) are scaled to make up for the extra steps (Karras et al. 2020, appendix B).
    """
    return torch.optim.Adam(parameters, eps=1e-8, **_lazy_rates(rate, every))


def _lazy_rates(rate: float, every: int) -> dict[str, Any]:
    scale = every / (every + 1)
    return {"lr": rate * scale, "betas": (0.0, 0.99**scale)}


def restore_optimizer(optimizer: torch.optim.Optimizer, state: dict[str, Any], rate: float, every: int) -> None:
    """Continue from the state of an optimiser: one of :func:`lazy_adam` at the rate that the settings have now.

    The rate of Muon is set before each step.
    """
    optimizer.load_state_dict(state)
    if not isinstance(optimizer, Muon):
        for group in optimizer.param_groups:
            group |= _lazy_rates(rate, every)


def _find_reader(settings: Settings, store: Store, device: torch.device) -> readers.Reader | None:
    """Return the reader of the artist whose portraits these are, unless its features have no weight."""
    artist = artist_of(store.traits) if settings.perceptual_weight else None
    return readers.load(readers.find(artist.name), device) if artist else None


class _Means:
    """The means of losses over the pieces of a batch, by name."""

    def __init__(self, count: int) -> None:
        self.values, self._count = dict[str, float](), count

    def add(self, name: str, value: Tensor) -> None:
        """Add the value of one piece."""
        self.values[name] = self.values.get(name, 0.0) + value.item() / self._count


class AdversarialTraining:
    """Holds a discriminator with its optimiser and augmentation, and trains it together with a given generator."""

    def __init__(self, settings: Settings, store: Store, device: torch.device) -> None:
        self.settings, self.paired, self.device = settings, store.paired, device
        self.traits = store.traits
        self.sizes = [len(values) for values in store.traits.values()] if self.paired and settings.class_weight else []
        condition = store.labels.shape[1] + store.continuous.shape[1]
        network = Discriminator(choose_shape(settings, condition, classes=sum(self.sizes)))
        self.discriminator = channels_last(network).to(device)
        self.optimizer: torch.optim.Optimizer = (
            Muon(self.discriminator, settings.muon_rate)
            if settings.muon_rate
            else lazy_adam(self.discriminator.parameters(), settings.rate, settings.r1_every)
        )
        self.reader = _find_reader(settings, store, device)
        self.controller = Controller(settings.augment_target, settings.augment_kimg, settings.augment_p)
        self.path_mean = 0.0

    def step(
        self, generator: Generator, optimizer: torch.optim.Optimizer, batch: Batch, frozen: bool = False
    ) -> dict[str, float]:
        """Update both networks and return the losses by name; only the discriminator if ``frozen`` is set.

        Every few batches it also takes a step of R1 regularisation and, for unpaired data, a step of path length
        regularisation. If the batch is computed as a whole, both updates use the same generated pictures. Its pieces
        draw their pictures twice, so that the memory of one piece is enough.
        """
        pieces = batch.split(self.settings.accumulate)
        with first_order():
            drawn = [self._draw(generator, batch)] if len(pieces) == 1 and not frozen else []
            figures, targets = self._discriminator_step(generator, pieces, drawn, frozen)
        if batch.number % self.settings.r1_every == 0:
            figures |= self._r1_step(pieces)
        if frozen:
            return figures
        with first_order():
            figures |= self._generator_step(generator, optimizer, pieces, drawn, targets)
        if not self.paired and self.settings.path_weight and batch.number % self.settings.path_every == 0:
            figures |= self._path_step(generator, optimizer, pieces)
        return figures

    def set_rates(self, optimizer: torch.optim.Optimizer, share: float) -> None:
        """Set the rates of both networks to a share of their full ones; ``optimizer`` is the generator's."""
        for one, rate in ((optimizer, self.settings.rate), (self.optimizer, self.settings.muon_rate)):
            for group in one.param_groups:
                group["lr"] = share * rate

    # --- generator ----------------------------------------------------------------------------------------------------

    def _draw(self, generator: Generator, batch: Batch, update: bool = True) -> Tensor:
        """Return the generated pictures of a batch. ``update`` says whether the running mean of w is updated."""
        w = self._mix_styles(generator, batch, compute_styles(generator, batch, update))
        pictures: Tensor = generator.synthesis(w, noise="none" if self.paired else "random")
        return pictures

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
        self,
        generator: Generator,
        optimizer: torch.optim.Optimizer,
        pieces: Sequence[Batch],
        drawn: Sequence[Tensor],
        targets: list[Tensor],
    ) -> dict[str, float]:
        self.discriminator.requires_grad_(False)
        optimizer.zero_grad(set_to_none=True)
        figures = _Means(len(pieces))
        for i, piece in enumerate(pieces):
            made = drawn[i] if drawn else self._draw(generator, piece, update=False)
            if not drawn and self.paired:
                with torch.no_grad(), self._half_precision():
                    targets = self.discriminator.features(self._augment(piece.pictures, piece))
            loss = self._generator_loss(piece, made, targets, figures)
            torch.autograd.backward(loss / len(pieces))
        optimizer.step()
        return figures.values

    def _generator_loss(self, batch: Batch, made: Tensor, targets: list[Tensor], figures: "_Means") -> Tensor:
        with self._half_precision():
            features = self.discriminator.features(self._augment(made, batch))
            phi = self.discriminator.represent(features)
        loss = adversarial = losses.generator_loss(self.discriminator.score(phi, self._condition(batch)))
        figures.add("g", adversarial)
        if self.paired:
            feature_loss = losses.feature_distance(features, targets)
            pair_loss = losses.picture_distance(made, batch.pictures, focus=self.settings.focus)
            loss = loss + self.settings.feature_weight * feature_loss + self.settings.pair_weight * pair_loss
            figures.add("pair", pair_loss)
            figures.add("features", feature_loss)
        if self.reader is not None:
            with self._half_precision():
                with torch.no_grad():
                    wanted = self.reader.maps(batch.pictures)
                perceptual_loss = losses.perceptual_distance(self.reader.maps(made), wanted)
            loss = loss + self.settings.perceptual_weight * perceptual_loss
            figures.add("perceived", perceptual_loss)
        if self.sizes:
            class_loss = self._class_loss(phi, batch)
            loss = loss + self.settings.class_weight * class_loss
            figures.add("shown", class_loss)
        return loss

    def _path_step(
        self, generator: Generator, optimizer: torch.optim.Optimizer, pieces: Sequence[Batch]
    ) -> dict[str, float]:
        """Take one step of path length regularisation on the first half of the batch; return the penalty by name.

        See Karras et al. 2020, section 3.2 and appendix B.
        """
        optimizer.zero_grad(set_to_none=True)
        figures = _Means(len(pieces))
        for batch in pieces:
            half = max(1, len(batch.z) // 2)
            w = generator.mapping(batch.z[:half], batch.labels[:half] if generator.c_dim else None)
            w = w if w.requires_grad else w.requires_grad_()  # the mapping may be frozen
            made = generator.synthesis(w, noise="random")
            lengths = losses.path_lengths(made, w, batch.normal(*made.shape))
            mean = batch.process.mean(lengths.mean()).item()
            self.path_mean += PATH_DECAY / len(pieces) * (mean - self.path_mean)
            penalty = losses.path_penalty(lengths, self.path_mean)
            torch.autograd.backward(penalty * self.settings.path_weight * self.settings.path_every / len(pieces))
            figures.add("path", penalty)
        optimizer.step()
        return figures.values

    # --- discriminator ------------------------------------------------------------------------------------------------

    def _discriminator_step(
        self, generator: Generator, pieces: Sequence[Batch], drawn: Sequence[Tensor], frozen: bool
    ) -> tuple[dict[str, float], list[Tensor]]:
        """Update the discriminator; return its losses by name and its features of the last piece's real pictures.

        For paired data, the generator is then trained to match these features. ``drawn`` are the generated pictures,
        or nothing if they are still to be drawn; then the mean of w is updated, too, unless ``frozen`` is set.
        """
        self.discriminator.train_weights(True, self.settings.freeze_d)
        self.optimizer.zero_grad(set_to_none=True)
        figures, scores = _Means(len(pieces)), []
        for i, piece in enumerate(pieces):
            with torch.no_grad():
                made = drawn[i].detach() if drawn else self._draw(generator, piece, update=not frozen)
            with self._half_precision():
                fake = self.discriminator(self._augment(made, piece), self._condition(piece))
                features = self.discriminator.features(self._augment(piece.pictures, piece))
                phi = self.discriminator.represent(features)
            real = self.discriminator.score(phi, self._condition(piece))
            loss = losses.discriminator_loss(real, fake)
            for name, value in (("d", loss), ("real", real.mean()), ("fake", fake.mean())):
                figures.add(name, value)
            if self.sizes:
                named = self._class_loss(phi, piece)
                figures.add("named", named)
                loss = loss + named
            torch.autograd.backward(loss / len(pieces))
            scores.append(piece.process.gather(real))
        self.optimizer.step()
        if self.settings.augment:
            self.controller.observe(torch.cat(scores))
        return figures.values, features

    def _r1_step(self, pieces: Sequence[Batch]) -> dict[str, float]:
        self.optimizer.zero_grad(set_to_none=True)
        figures = _Means(len(pieces))
        for batch in pieces:
            # The gradient is taken with respect to the augmented picture, so augmentation needs no second derivative.
            pictures = self._augment(batch.pictures, batch).detach().requires_grad_(True)
            with self._half_precision():
                scores = self.discriminator(pictures, self._condition(batch))
            penalty = losses.r1_penalty(scores, pictures, self.settings.gamma)
            torch.autograd.backward(penalty * self.settings.r1_every / len(pieces))
            figures.add("r1", penalty)
        self.optimizer.step()
        return figures.values

    def probe(self, pictures: Tensor) -> Tensor:
        """Return the mean score of pictures under any condition, for measuring time."""
        with self._half_precision():
            phi = self.discriminator.represent(self.discriminator.features(pictures))
        mean: Tensor = phi.mean()
        return mean

    def _half_precision(self) -> torch.autocast:
        """Return a context that computes in bfloat16 where the device supports it natively.

        Scores and the gradients of the weights stay float32.
        """
        return torch.autocast(self.device.type, torch.bfloat16, enabled=has_bfloat16(self.device))

    def _augment(self, pictures: Tensor, batch: Batch) -> Tensor:
        if not self.settings.augment:
            return pictures
        groups = self.settings.augment_groups
        return augment(pictures, self.controller.strength, batch.rng, batch.process, groups)

    def _class_loss(self, phi: Tensor, batch: Batch) -> Tensor:
        assert self.discriminator.classify is not None
        seen = torch.from_numpy(seen_traits(self.traits, batch.labels.cpu().numpy())).to(self.device)
        return losses.classification_loss(self.discriminator.classify(phi), batch.labels, self.sizes, seen)

    def _condition(self, batch: Batch) -> Tensor | None:
        return batch.condition if self.discriminator.takes_condition else None

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
        restore_optimizer(self.optimizer, state["optimizer"], self.settings.rate, self.settings.r1_every)
        self.controller.restore(state["controller"])
        self.path_mean = state["path_mean"]
