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
from generator.stylegan.precision import TRAINING
from generator.stylegan2.network import Generator, Hyperparameters
from generator.train.adversarial import AdversarialTraining, lazy_adam
from generator.train.data.batch import draw_batch
from generator.train.data.dataset import Store
from generator.train.discriminator import channels_last
from generator.train.distributed import SINGLE_PROCESS, Process
from generator.train.fitting import fit_step
from generator.train.muon import Muon
from generator.train.settings import Settings, Stage, plan_stages

# Half-life of the averaged weights, as a share of the pictures seen so far in the stage. The half-life is short at
# first, so that the average soon forgets the bad early weights.
AVERAGE_SHARE = 0.05
HALF_LIFE = 8_000  # upper limit of this half-life, in pictures
RAMP_BATCHES = 100  # in each stage of the warm start, the learning rate rises from 0 over this number of batches
LAST_RATE = 0.05  # learning rate at the end of the warm start, as a share of the full rate


class TrainingRun:
    """A training run with its networks, optimisers and counters. :meth:`advance` trains on one batch."""

    def __init__(
        self,
        settings: Settings,
        store: Store,
        device: torch.device,
        start: Generator | None = None,
        process: Process = SINGLE_PROCESS,
    ) -> None:
        """Begin the first stage, with the weights of ``start`` if it is given.

        ``process`` is one of the processes that share the training run; all of them must pass the same values for the
        other arguments. Raises BadValue if a batch cannot be divided equally between the processes.
        """
        process.check_batch(settings.batch)
        self.settings, self.store, self.device, self.process = settings, store, device, process
        self.stages = plan_stages(settings)
        self.seen = self.batches = self.entered = 0
        self.record: dict[str, Any] | None = None  # what progress/record.py keeps in the checkpoint
        first = self._new_generator(self.stages[0])
        self._enter_stage(self.stages[0], transfer_weights(start, first) if start else first)

    # --- advancing ----------------------------------------------------------------------------------------------------

    @property
    def done(self) -> bool:
        """Whether the last stage is complete."""
        return self.seen >= self.stages[-1].until

    def advance(self) -> dict[str, float]:
        """Train on one batch, and return the losses and penalties by name. First begin the next stage if it is due."""
        if self.seen >= self.stage.until:
            stage = next(stage for stage in self.stages if self.seen < stage.until)
            self._enter_stage(stage, transfer_weights(self.average, self._new_generator(stage)))
        batch = draw_batch(self.store, self.settings, self.stage.resolution, self.batches, self.device, self.process)
        self._set_learning_rate()
        if self.adversarial is None:
            figures = fit_step(self.generator, self.optimizer, batch, self.settings.focus)
        else:
            figures = self.adversarial.step(self.generator, self.optimizer, batch)
        self.batches += 1
        self.seen += batch.total
        self._update_average(batch.total)
        return figures

    def _new_generator(self, stage: Stage) -> Generator:
        settings, store = self.settings, self.store
        hyper = Hyperparameters(
            resolution=stage.resolution,
            channels=settings.channels(stage.resolution, settings.channel_base),
            z_dim=store.continuous.shape[1] if store.paired else settings.z_dim,
            c_dim=store.labels.shape[1],
            w_dim=settings.w_dim,
            num_mapping_layers=settings.mapping_layers,
            mapping_lr=settings.mapping_lr,
            # For paired data, z holds the knobs. It is not normalised, since the size of a knob matters. Drawings have
            # no random details, so the network needs no noise.
            normalize_latents=not store.paired,
            use_noise=not store.paired,
        )
        return Generator.new(hyper, settings.seed + stage.start, name="trained", traits=store.traits)

    def _enter_stage(self, stage: Stage, generator: Generator) -> None:
        """Begin ``stage`` with the weights of ``generator``, and with a new average and a new optimiser.

        An adversarial stage also gets a new discriminator.
        """
        self.stage, self.entered = stage, self.batches
        self.generator = channels_last(generator.to(self.device)).train().requires_grad_(True)
        self.generator.precision = TRAINING if stage.kind == "fit" else "auto"
        self.average = copy.deepcopy(self.generator).eval().requires_grad_(False)
        self.average.precision = "auto"
        self.adversarial: AdversarialTraining | None = None
        self.optimizer: torch.optim.Optimizer = Muon(self.generator, self.settings.fit_rate)
        if stage.kind == "adversarial":
            torch.manual_seed(self.settings.seed)
            self.adversarial = AdversarialTraining(self.settings, self.store, self.device)
            self.optimizer = lazy_adam(self.generator.parameters(), self.settings.rate, self.settings.path_every)
            self.process.average_gradients(self.adversarial.optimizer)
        self.process.average_gradients(self.optimizer)

    def _set_learning_rate(self) -> None:
        """Set the learning rate for the next batch of the warm start.

        The rate falls along half a cosine over the whole warm start. Each stage begins with a rise from 0.
        """
        if self.adversarial is not None:
            return  # in adversarial training the learning rate is constant
        progress = self.seen / max(stage.until for stage in self.stages if stage.kind == "fit")
        decay = LAST_RATE + (1 - LAST_RATE) * (1 + math.cos(math.pi * progress)) / 2
        for group in self.optimizer.param_groups:
            group["lr"] = self.settings.fit_rate * decay * min(1, (self.batches - self.entered + 1) / RAMP_BATCHES)

    @torch.no_grad()
    def _update_average(self, pictures: int) -> None:
        """Update the exponential moving average of the generator's weights after a batch of ``pictures`` pictures.

        See Karras et al. 2018, section 4.
        """
        half_life = min(HALF_LIFE, max(AVERAGE_SHARE * (self.seen - self.stage.start), 1e-8))
        keep = 0.5 ** (pictures / half_life)
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
        self.optimizer.load_state_dict(state["optimizer"])
        if self.adversarial:
            # Checkpoints of earlier versions store this state under the key "contest".
            self.adversarial.restore(state["adversarial"] if "adversarial" in state else state["contest"])


@torch.no_grad()
def transfer_weights(smaller: Generator, larger: Generator) -> Generator:
    """Copy the weights of ``smaller`` into ``larger`` where the shapes agree, and return ``larger``.

    Weights whose shapes differ, such as the embedding of other labels, keep their values in ``larger``. Blocks that
    only ``larger`` has start with ToRGB weights of 0, so they do not change the picture at first. The mapping's weights
    are rescaled, because the effect of a weight is proportional to the network's learning-rate multiplier, and the
    multipliers of the two networks may differ.
    """
    ours, theirs = larger.state_dict(), smaller.state_dict()
    for name, tensor in ours.items():
        if name in theirs and theirs[name].shape == tensor.shape:
            tensor.copy_(theirs[name])
            if name.startswith("mapping.fc"):
                tensor.mul_(smaller.hyper.mapping_lr / larger.hyper.mapping_lr)
        elif name not in theirs and name.endswith("torgb.weight"):
            tensor.zero_()
    return larger
