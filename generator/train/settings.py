"""What a training run is told, and the stages that follow from it.

Knows no tensors; a run's settings are stored beside its checkpoint as JSON, so that it resumes as it began.
"""

from dataclasses import asdict, dataclass
from typing import Any

WARM_SHARES = {32: 0.125, 64: 0.375}  # of the warm start, at lower resolutions, where a picture costs a fraction


@dataclass(frozen=True)
class Settings:
    """One run. Pictures are counted in thousands (kimg), as in the papers."""

    resolution: int  # 32 to 512, a power of two
    kimg: float  # adversarial training
    warm_kimg: float = 0.0  # regression before it; only for data whose pictures follow from their attributes
    start_resolution: int = 0  # of the network that the run starts from; the warm start grows from there
    batch: int = 16
    seed: int = 0
    channel_base: int = 4096  # a block of R pixels has min(base / R, max) feature maps
    channel_max: int = 256
    discriminator_base: int = 4096
    z_dim: int = 128
    w_dim: int = 256
    mapping_layers: int = 4
    mapping_lr: float = 0.1  # the mapping's learning-rate multiplier (Karras et al. 2019, appendix C)
    fit_rate: float = 0.006  # the learning rate while fitting, falling to a twentieth over the warm start
    rate: float = 0.002  # Adam's learning rate, both networks, adversarial
    r1_gamma: float | None = None  # None: 0.0002 resolution^2 / batch (Karras et al. 2020, "Limited Data", appendix C)
    r1_every: int = 16
    path_weight: float = 2.0
    path_every: int = 4
    mixing: float = 0.9  # share of unpaired faces that mix two styles (Karras et al. 2019, section 3.1)
    augment: bool = False
    augment_target: float = 0.6
    mirror: bool = False
    pair_weight: float = 10.0  # of the picture distance, where pictures are paired
    focus: float = 3.0  # of the picture distance on the middle, where a portrait has its eyes and mouth
    feature_weight: float = 5.0  # of the feature distance, likewise
    class_weight: float = 1.0  # of the discriminator's naming of the traits, likewise
    truncated: float = (
        0.5  # share of paired faces that are fitted at a psi below 1, so that truncation keeps their traits
    )

    @property
    def gamma(self) -> float:
        """The weight of R1."""
        return self.r1_gamma if self.r1_gamma is not None else 0.0002 * self.resolution**2 / self.batch

    def channels(self, resolution: int, base: int) -> dict[int, int]:
        """Feature maps of every block from 4 to ``resolution`` pixels."""
        return {size: min(base // size, self.channel_max) for size in powers(resolution)}

    def to_dict(self) -> dict[str, Any]:
        """Plain values, fit for JSON."""
        return asdict(self)


@dataclass(frozen=True)
class Stage:
    """A stretch of training: ``fit`` (regression) or ``contest`` (adversarial), until ``until`` pictures of the run are seen."""

    kind: str
    resolution: int
    start: int
    until: int


def powers(resolution: int) -> list[int]:
    """4, 8, ... ``resolution``."""
    return [1 << i for i in range(2, resolution.bit_length())]


def plan_stages(settings: Settings) -> tuple[Stage, ...]:
    """The stages of a run: the warm start grows through 32 and 64 pixels (Karras et al. 2018, section 2); then the contest."""
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
