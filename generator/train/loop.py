"""Trains batch by batch: holds the networks, optimisers and counters, and resumes a training run exactly.

Prints nothing, and writes no file except the checkpoint. All random numbers of a batch come from the pair (seed of the
training run, number of the batch), so a resumed run continues as if it had never been interrupted.
"""

import copy
import math
from pathlib import Path
from typing import Any

import torch

from generator import files
from generator.stylegan.blending import layer_of
from generator.stylegan.generator import Odds, Traits
from generator.stylegan.muon import Muon
from generator.stylegan.precision import TRAINING
from generator.stylegan2.convolutions import first_order
from generator.stylegan2.network import Generator
from generator.train.adversarial import AdversarialTraining, lazy_adam, restore_optimizer
from generator.train.data.batch import draw_batch
from generator.train.data.store import Store
from generator.train.distributed import SINGLE_PROCESS, Process
from generator.train.fitting import fit_step
from generator.train.networks.discriminator import channels_last
from generator.train.networks.shapes import choose_hyperparameters
from generator.train.networks.start import Origin, Start
from generator.train.networks.transfer import Copied, copy_discriminator, copy_generator, match_labels
from generator.train.settings import Settings, Stage, plan_stages

RAMP_BATCHES = 100  # in each stage of the warm start, the learning rate rises from 0 over this number of batches
LAST_RATE = 0.05  # learning rate at the end of its half cosine, as a share of the full rate


class TrainingRun:
    """A training run with its networks, optimisers and counters. :meth:`advance` trains on one batch."""

    def __init__(
        self,
        settings: Settings,
        store: Store,
        device: torch.device,
        start: Start | None = None,
        process: Process = SINGLE_PROCESS,
    ) -> None:
        """Begin the first stage, with the weights of ``start`` if it is given.

        ``process`` is one of the processes that share the training run; all of them must pass the same values for the
        other arguments. Raises BadValue if a batch cannot be divided equally between the processes.
        """
        process.check_batch(settings.batch, settings.accumulate)
        self.settings, self.store, self.device, self.process = settings, store, device, process
        self.stages = plan_stages(settings)
        self.seen = self.batches = self.entered = 0
        self.record: dict[str, Any] | None = None  # what progress/record.py keeps in the checkpoint
        self.copied: dict[str, Copied] = {}  # network -> how much of it was copied from ``start``
        first = self._new_generator(self.stages[0])
        if start is None:
            self._enter_stage(self.stages[0], first)
        else:
            self._begin_with(start, first)

    def _begin_with(self, start: Start, generator: Generator) -> None:
        """Begin the first stage with the weights of ``start``: the average with its average, as its pictures show."""
        columns = match_labels(start.average, generator)
        average = copy.deepcopy(generator)
        copy_generator(start.last, generator)
        self.copied["generator"] = copy_generator(start.average, average)
        self._enter_stage(self.stages[0], generator)
        self.average.load_state_dict(average.state_dict())
        if start.discriminator is not None and self.adversarial is not None and self.settings.origin is not None:
            target = self.adversarial.discriminator
            self.copied["discriminator"] = copy_discriminator(start.discriminator, target, columns)

    # --- advancing ----------------------------------------------------------------------------------------------------

    @property
    def done(self) -> bool:
        """Whether the last stage is complete."""
        return self.seen >= self.stages[-1].until

    def advance(self) -> dict[str, float]:
        """Train on one batch, and return the losses and penalties by name. First begin the next stage if it is due."""
        if self.seen >= self.stage.until:
            stage = next(stage for stage in self.stages if self.seen < stage.until)
            generator = self._new_generator(stage)
            copy_generator(self.average, generator)
            self._enter_stage(stage, generator)
        batch = draw_batch(self.store, self.settings, self.stage.resolution, self.batches, self.device, self.process)
        self._set_learning_rate()
        self._freeze_layers()
        if self.adversarial is None:
            pieces = self.settings.accumulate
            figures = fit_step(self.generator, self.optimizer, batch, self.settings.focus, pieces)
        else:
            figures = self.adversarial.step(self.generator, self.optimizer, batch, self.generator_is_frozen)
        self.batches += 1
        self.seen += batch.total
        self._update_average(batch.total)
        return figures

    def _new_generator(self, stage: Stage) -> Generator:
        hyper = choose_hyperparameters(
            self.settings, stage.resolution, self.store.labels.shape[1], self.store.continuous.shape[1]
        )
        return Generator.new(hyper, self.settings.seed + stage.start, name="trained", traits=self.traits)

    @property
    def traits(self) -> Traits:
        """The traits of the network: those of the pictures, or of the network that it continues."""
        origin = self.settings.origin
        return self.store.traits if self.store.traits or origin is None else Origin.from_dict(origin).traits

    @property
    def odds(self) -> Odds:
        """The odds of these traits."""
        origin = self.settings.origin
        return self.store.odds() if self.store.traits or origin is None else Origin.from_dict(origin).odds

    @property
    def generator_is_frozen(self) -> bool:
        """Whether only the discriminator learns now, so that a new one can warm up."""
        return self._warms_up and not self.kept_layers

    @property
    def _warms_up(self) -> bool:
        return self.adversarial is not None and self.seen - self.stage.start < 1000 * self.settings.warm_d

    @property
    def kept_layers(self) -> int:
        """The number of the generator's layers that learn nothing while a new discriminator warms up; 0 stands for all.

        On paired data, blocks that came new to a network learn meanwhile: the pictures tell them how to be.
        """
        side = self.settings.start_resolution
        if not self.store.paired or not 0 < side < self.settings.resolution:
            return 0
        return 1 + (layer_of(f"synthesis.b{side}.conv1.weight") or 0)

    def probe(self, pictures: int = 4) -> None:
        """Compute a part of a step as often as a step does, for measuring time. Nothing of the run is changed by it."""
        hyper = self.generator.hyper
        label = torch.zeros(pictures, hyper.c_dim, device=self.device) if hyper.c_dim else None
        w = self.generator.mapping(torch.ones(pictures, hyper.z_dim, device=self.device), label)
        with first_order():
            made = self.generator.synthesis(w, noise="none")
            score = made.mean()
            if self.adversarial is not None:
                score = score + self.adversarial.probe(made)
        weights = [weight for weight in self.generator.parameters() if weight.requires_grad]
        torch.autograd.grad(score, weights, allow_unused=True)

    def _enter_stage(self, stage: Stage, generator: Generator) -> None:
        """Begin ``stage`` with the weights of ``generator``, and with a new average and a new optimiser.

        An adversarial stage also gets a new discriminator.
        """
        self.stage, self.entered = stage, self.batches
        self.generator = channels_last(generator.to(self.device)).train().requires_grad_(True)
        # "auto" would compute features that are clamped in float16 on a GPU, whose range gradients exceed.
        clamped = self.generator.hyper.conv_clamp is not None and self.device.type == "cuda"
        training = stage.kind == "fit" or clamped or self.settings.half
        self.generator.precision = TRAINING if training else "auto"
        self.average = copy.deepcopy(self.generator).eval().requires_grad_(False)
        self.average.precision = "auto"
        self.adversarial: AdversarialTraining | None = None
        self.optimizer: torch.optim.Optimizer = Muon(self.generator, self.settings.fit_rate)
        if stage.kind == "adversarial":
            torch.manual_seed(self.settings.seed)
            self.adversarial = AdversarialTraining(self.settings, self.store, self.device)
            if not self.settings.muon_rate:
                self.optimizer = lazy_adam(self.generator.parameters(), self.settings.rate, self.settings.path_every)
            self.process.average_gradients(self.adversarial.optimizer)
        self.process.average_gradients(self.optimizer)

    def _freeze_layers(self) -> None:
        """Let the mapping and the coarsest layers keep their weights in the next batch, except those of colours.

        They do if settings say so (Back 2021, "Fine-Tuning StyleGAN2 For Cartoon Face Generation"), and while only a
        new discriminator and new layers learn.
        """
        if self.adversarial is None:
            return
        count = max(self.settings.freeze_g, self.kept_layers if self._warms_up else 0)
        for name, weight in self.generator.named_parameters():
            layer = layer_of(name)
            weight.requires_grad_(not count or "torgb" in name or (layer is not None and layer >= count))

    def _set_learning_rate(self) -> None:
        """Set the learning rate for the next batch.

        In the warm start it falls along half a cosine over all its stages, each of which begins with a rise from 0. In
        adversarial training it is constant, or falls along another half cosine if the networks learn by Muon.
        """
        if self.adversarial is None:
            progress = self.seen / max(stage.until for stage in self.stages if stage.kind == "fit")
            rise = min(1, (self.batches - self.entered + 1) / RAMP_BATCHES)
            for group in self.optimizer.param_groups:
                group["lr"] = self.settings.fit_rate * _decay(progress) * rise
        elif self.settings.muon_rate:
            progress = (self.seen - self.stage.start) / (self.stage.until - self.stage.start)
            self.adversarial.set_rates(self.optimizer, _decay(progress))

    @torch.no_grad()
    def _update_average(self, pictures: int) -> None:
        """Update the exponential moving average of the generator's weights after a batch of ``pictures`` pictures.

        See Karras et al. 2018, section 4.
        """
        half_life = 1000 * self.settings.average_kimg
        if self.settings.average_ramp:
            half_life = min(half_life, self.settings.average_ramp * (self.seen - self.stage.start))
        keep = 0.5 ** (pictures / max(half_life, 1e-8))
        average, current = self.average.state_dict(), self.generator.state_dict()
        torch._foreach_lerp_(list(average.values()), list(current.values()), 1 - keep)

    # --- resuming -----------------------------------------------------------------------------------------------------

    def save(self, path: Path) -> None:
        """Write a checkpoint for :meth:`restore`. A crash at any moment leaves the previous checkpoint intact.

        Raises CannotWrite if the disk is full, for instance.
        """
        state: dict[str, Any] = {
            "seen": self.seen,
            "batches": self.batches,
            "entered": self.entered,
            "stage": self.stages.index(self.stage),
            "generator": self.generator.state_dict(),
            "average": self.average.state_dict(),
            "optimizer": self.optimizer.state_dict(),
            "adversarial": self.adversarial.state() if self.adversarial else None,
            "record": self.record,
        }
        with files.replacing(path) as stream:
            try:
                torch.save(state, stream)
            except RuntimeError as error:
                raise error.__context__ or error from None  # torch hides what the file said when it was written to

    def restore(self, path: Path) -> None:
        """Continue from a checkpoint that :meth:`save` wrote."""
        state = torch.load(path, map_location=self.device, weights_only=True)
        stage = self.stages[state["stage"]]
        self.seen, self.batches, self.record = state["seen"], state["batches"], state.get("record")
        self._enter_stage(stage, self._new_generator(stage))
        self.entered = state["entered"]
        self.generator.load_state_dict(state["generator"])
        self.average.load_state_dict(state["average"])
        if self.adversarial is None:
            self.optimizer.load_state_dict(state["optimizer"])
        else:
            restore_optimizer(self.optimizer, state["optimizer"], self.settings.rate, self.settings.path_every)
            # Checkpoints of earlier versions store this state under the key "contest".
            self.adversarial.restore(state["adversarial"] if "adversarial" in state else state["contest"])


def _decay(progress: float) -> float:
    """Return the share of the full learning rate where ``progress``, from 0 to 1, is behind: half a cosine."""
    return LAST_RATE + (1 - LAST_RATE) * (1 + math.cos(math.pi * progress)) / 2
