"""Holds the settings of a training run and plans its stages.

Does not know tensors. A run stores its settings as JSON beside its checkpoint, so it resumes with those it began with.
"""

from dataclasses import asdict, dataclass
from typing import Any

WARM_SHARES = {32: 0.125, 64: 0.375}  # shares of the warm start at lower resolutions, where a picture costs less


@dataclass(frozen=True)
class Settings:
    """The settings of one run. Pictures are counted in thousands (kimg), as in the papers."""

    resolution: int  # 32 to 512, a power of two
    kimg: float  # length of the adversarial training
    warm_kimg: float = 0.0  # length of the regression before it; only for data whose attributes determine the pictures
    start_resolution: int = 0  # of the network that the run starts from; the warm start grows from it
    batch: int = 16
    seed: int = 0
    channel_base: int = 4096  # a block of R pixels has min(base / R, max) channels
    channel_max: int = 256
    discriminator_base: int = 4096
    z_dim: int = 128
    w_dim: int = 256
    mapping_layers: int = 4
    mapping_lr: float = 0.1  # the mapping's learning-rate multiplier (Karras et al. 2019, appendix C)
    fit_rate: float = 0.006  # learning rate of the warm start, falling to a twentieth
    rate: float = 0.002  # Adam's learning rate for both networks in adversarial training
    r1_gamma: float | None = None  # None: 0.0002 resolution^2 / batch (Karras et al. 2020, "Limited Data", appendix C)
    r1_every: int = 16
    path_weight: float = 2.0
    path_every: int = 4
    mixing: float = 0.9  # probability that an unpaired batch mixes two styles (Karras et al. 2019, section 3.1)
    augment: bool = False
    augment_target: float = 0.6
    mirror: bool = False
    pair_weight: float = 10.0  # of the picture distance, for paired data
    focus: float = 3.0  # extra weight of the picture's middle in that distance, where a portrait has eyes and mouth
    feature_weight: float = 5.0  # of the feature distance, for paired data
    class_weight: float = 1.0  # of the discriminator's classification of traits, for paired data
    truncated: float = 0.5  # share of paired faces fitted at a psi below 1, so that truncation keeps their traits

    @property
    def gamma(self) -> float:
        """Weight of the R1 penalty."""
        return self.r1_gamma if self.r1_gamma is not None else 0.0002 * self.resolution**2 / self.batch

    def channels(self, resolution: int, base: int) -> dict[int, int]:
        """Return the channels of every block from 4 to ``resolution`` pixels."""
        return {size: min(base // size, self.channel_max) for size in powers(resolution)}

    def to_dict(self) -> dict[str, Any]:
        """Return plain values for JSON."""
        return asdict(self)


@dataclass(frozen=True)
class Stage:
    """A part of a run: ``fit`` (regression) or ``adversarial``, from ``start`` to ``until`` pictures of the run."""

    kind: str
    resolution: int
    start: int
    until: int


def powers(resolution: int) -> list[int]:
    """Return 4, 8, ... ``resolution``."""
    return [1 << i for i in range(2, resolution.bit_length())]


def plan_stages(settings: Settings) -> tuple[Stage, ...]:
    """Return the stages: a warm start through 32 and 64 px (Karras et al. 2018, section 2), then adversarial."""
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
