"""Defines the settings of a training run and plans its stages.

Uses no tensors. A training run stores its settings as JSON beside its checkpoint, and resumes with the same settings.
"""

from collections.abc import Mapping
from dataclasses import asdict, dataclass
from typing import Any

WARM_SHARES = {32: 0.125, 64: 0.375}  # share of the warm start spent at each lower resolution, where training is faster


@dataclass(frozen=True)
class Settings:
    """The settings of one training run. Lengths are in thousands of pictures (kimg), as in the papers."""

    resolution: int  # 32 to 1024, a power of two
    kimg: float  # length of adversarial training
    warm_kimg: float = 0.0  # length of the warm start (regression) before adversarial training; only for paired data
    start_resolution: int = 0  # resolution of the model that training starts from; 0 if it starts from random weights
    batch: int = 16  # number of pictures in a batch
    # Number of pieces in which a batch is computed, one after another, to need less memory. Their gradients are added.
    accumulate: int = 1
    seed: int = 0  # seed of all randomness
    colours: int = 3  # colour channels of the pictures: 1 (grey), 3, or 4 (with opacity)
    channel_base: int = 4096  # a block of R pixels has min(channel_base / R, channel_max) channels
    channel_max: int = 256
    discriminator_base: int = 4096  # the discriminator's counterpart of channel_base
    z_dim: int = 128
    w_dim: int = 256
    mapping_layers: int = 4
    deviation_group: int = 4  # pictures in a group for the minibatch deviation of a new discriminator
    mapping_lr: float = 0.1  # the mapping's learning-rate multiplier (Karras et al. 2019, appendix C)
    fit_rate: float = 0.006  # initial learning rate of the warm start; it falls to a twentieth of this
    rate: float = 0.002  # learning rate of adversarial training: Adam's for both networks, or Muon's for the generator
    # Muon's learning rate for the discriminator; both rates then fall along half a cosine. If it is 0, both networks
    # learn by Adam, as in runs of older versions, at a constant rate.
    muon_rate: float = 0.0
    # Weight of the R1 penalty. If it is None, the weight is 0.0002 resolution^2 / batch (Karras et al. 2020, "Limited
    # Data", appendix C), and five times that if the networks learn by Muon.
    r1_gamma: float | None = None
    r1_every: int = 16  # number of batches between steps of R1 regularisation
    path_weight: float = 2.0  # weight of the path length penalty, for unpaired data
    path_every: int = 4  # number of batches between steps of path length regularisation
    mixing: float = 0.9  # probability that an unpaired batch mixes two styles (Karras et al. 2019, section 3.1)
    # Half-life of the averaged weights in thousands of pictures, and its upper limit as a share of the pictures seen so
    # far in the stage: it is short at first, so that the average soon forgets the bad early weights. A ramp of 0 means
    # that there is no such limit.
    average_kimg: float = 8.0
    average_ramp: float = 0.05
    augment: bool = False  # whether pictures are augmented before the discriminator sees them
    augment_target: float = 0.6  # the strength of augmentation is adjusted to keep r_t near this (see augment.py)
    augment_p: float = 0.0  # a constant strength of augmentation; 0 if it is adjusted
    augment_kimg: float = 500.0  # thousands of pictures in which the strength may rise from 0 to 1
    augment_groups: str = "bgc"  # the groups of transformations, a letter each (see augment.py)
    freeze_d: int = 0  # number of the discriminator's layers, counted from the picture, that keep their weights
    # Number of the generator's layers, counted from the coarsest, that keep their weights in adversarial training, with
    # the mapping; 0 for none, so that the mapping learns, too.
    freeze_g: int = 0
    # Thousands of pictures from which only the discriminator learns before adversarial training, and in a network that
    # grew on paired data its new blocks.
    warm_d: float = 0.0
    # Number of threads of the processor that compute; 0 for as many as a short measurement finds fastest.
    threads: int = 0
    # Whether adversarial training, too, uses half precision in all blocks from 8 px up, where the device has it. Runs
    # of older versions use it in fewer.
    half: bool = False
    # The networks of another file that this run continues (see networks/start.py), or None.
    origin: Mapping[str, Any] | None = None
    mirror: bool = False  # whether each real picture is mirrored with probability 1/2
    pair_weight: float = 10.0  # loss weight of the distance between pictures, for paired data
    focus: float = 3.0  # extra weight in this distance of the picture's middle, where the eyes and mouth are
    # Loss weight of the distance between discriminator features, for paired data. At 30, its gradient in a picture is
    # half as strong as that of the adversarial loss, and twice as strong as that of the distance between pictures.
    feature_weight: float = 30.0
    # Loss weight of the distance between features that the artist's reader finds, for an artist's portraits; 0 for runs
    # of older versions. At 6, its gradient in a picture is as strong as that of the adversarial loss.
    perceptual_weight: float = 0.0
    class_weight: float = 1.0  # loss weight of the classification of traits, for paired data
    # Share of faces trained at a psi below 1, for paired data. This trains truncated faces to keep their traits.
    truncated: float = 0.5

    @property
    def size(self) -> tuple[int, int]:
        """Height and width of the pictures in pixels."""
        height, width = self.origin["generator"].get("const_size", (4, 4)) if self.origin else (4, 4)
        return height * self.resolution // 4, width * self.resolution // 4

    @property
    def gamma(self) -> float:
        """The weight of the R1 penalty: ``r1_gamma``, or its default."""
        if self.r1_gamma is not None:
            return self.r1_gamma
        # With 0.0002, the scores of a discriminator that learns by Muon were 2.5 on either side after 26,000 drawings,
        # and growing. With 0.001 they fell below 1.6, and stayed there for the next 80,000.
        return (0.001 if self.muon_rate else 0.0002) * self.resolution**2 / self.batch

    def channels(self, resolution: int, base: int) -> dict[int, int]:
        """Return the number of channels of every block from 4 to ``resolution`` pixels.

        ``base`` is ``channel_base`` or ``discriminator_base``.
        """
        return {size: min(base // size, self.channel_max) for size in powers(resolution)}

    def to_dict(self) -> dict[str, Any]:
        """Return the settings as a dictionary that can be written as JSON."""
        return asdict(self)


@dataclass(frozen=True)
class Stage:
    """A part of a training run with one kind of training and one resolution."""

    kind: str  # "fit" (regression) or "adversarial"
    resolution: int
    start: int  # number of pictures trained on when the stage begins, counted from the start of the training run
    until: int  # the same count when the stage ends


def powers(resolution: int) -> list[int]:
    """Return the powers of two from 4 to ``resolution``."""
    return [1 << i for i in range(2, resolution.bit_length())]


def plan_stages(settings: Settings) -> tuple[Stage, ...]:
    """Return the stages of a training run: the warm start, then adversarial training at full resolution.

    The warm start trains at 32 pixels, at 64, and then at full resolution (Karras et al. 2018, section 2). If training
    starts from a model, lower resolutions that do not exceed the model's are skipped. Empty stages are left out.
    """
    lower = {
        size: share for size, share in WARM_SHARES.items() if settings.start_resolution < size < settings.resolution
    }
    shares = lower | {settings.resolution: 1 - sum(lower.values())}
    lengths = [("fit", size, settings.warm_kimg * share) for size, share in shares.items()]
    lengths.append(("adversarial", settings.resolution, settings.kimg))
    stages, start = [], 0
    for kind, size, kimg in lengths:
        until = start + round(kimg * 1000)
        if until > start:
            stages.append(Stage(kind, size, start, until))
        start = until
    return tuple(stages)
