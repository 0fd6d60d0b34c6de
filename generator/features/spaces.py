"""The spaces in which sets of pictures are compared: what a reader sees, what a photo network sees, or random filters.

Knows nothing about generators or training. Distances are comparable only within one space.
"""

import logging
import pickle
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from importlib.util import find_spec
from pathlib import Path
from typing import Any

import numpy as np
import torch
import torch.nn.functional as F
from torch import Tensor, nn

from generator.contract import errors
from generator.features import reader as readers
from generator.features.distances import NEIGHBOURS, Moments, frechet, moments, precision_recall

IMAGENET, HALF = ((0.485, 0.456, 0.406), (0.229, 0.224, 0.225)), ((0.5, 0.5, 0.5), (0.5, 0.5, 0.5))
# Networks of torchvision whose weights a person may have: name -> how their file in torch's folder of downloads is
# called, the side of their pictures in pixels, and the mean and deviation of their colours from 0 to 1. The first that
# is there is taken; nothing is ever downloaded.
BACKBONES = {
    "inception_v3": ("inception_v3_google-*.pth", 299, HALF),
    "resnet50": ("resnet50-*.pth", 224, IMAGENET),
    "resnet18": ("resnet18-*.pth", 224, IMAGENET),
}
SMALLEST_UNIT = 1e-3  # the least deviation by which a feature is divided: some hardly vary in few pictures
FILTERS, KERNEL = 4, 5  # number and side of the random filters of each scale
SMALLEST = 8  # side of the smallest scale
LARGEST = 256  # random filters see larger pictures at this side
FLOOR = 0.02  # added to the strength of a filter's answer before its logarithm is taken, against log 0
LAYOUT = 2  # side in cells of the grid of mean colours

_log = logging.getLogger(__name__)


@dataclass(frozen=True)
class Space:
    """A function from pictures [n, 3, h, w] in [-1, 1] to features [n, d], and what it is called."""

    name: str
    extract: Callable[[Tensor], Tensor]
    scaled: bool = False  # whether a feature counts in deviations of real pictures, where features have no one scale

    @torch.no_grad()
    def features(self, batches: Iterable[Tensor]) -> Tensor:
        """Return the features [n, d] of all pictures, in float32 on the CPU. They have 1, 3 or 4 colours."""
        return torch.cat([self.extract(in_colour(batch)).float().cpu() for batch in batches])


@dataclass(frozen=True)
class Reference:
    """Real pictures in a space, to which others are compared."""

    features: Tensor  # [n, d], divided by ``unit``
    unit: Tensor  # [d]
    moments: Moments

    @classmethod
    def of(cls, space: Space, features: Tensor) -> "Reference":
        """Make a reference of the features [n, d] of real pictures in ``space``; n is at least 2."""
        deviation = features.std(dim=0).clamp(min=SMALLEST_UNIT)
        unit = deviation if space.scaled else torch.ones_like(deviation)
        return cls(features / unit, unit, moments(features / unit))

    def compare(self, features: Tensor) -> dict[str, float]:
        """Return the squared Fréchet distance of features [m, d], and precision and recall if there are enough rows."""
        scaled = features / self.unit
        found = {"frechet": frechet(self.moments, moments(scaled))}
        if min(len(scaled), len(self.features)) > NEIGHBOURS:
            found["precision"], found["recall"] = precision_recall(self.features, scaled)
        return found


def in_colour(pictures: Tensor) -> Tensor:
    """Return pictures [n, 1, 3 or 4, h, w] in [-1, 1] as [n, 3, h, w]; what is transparent becomes white."""
    colours = pictures.shape[1]
    if colours == 4:
        opacity = (pictures[:, 3:] + 1) / 2
        return pictures[:, :3] * opacity + (1 - opacity)
    return pictures.expand(-1, 3, -1, -1) if colours == 1 else pictures


# --- the spaces -----------------------------------------------------------------------------------


WISHES = ("auto", "reader", "backbone", "random", "none")


def choose_space(wish: str, artist: str | None, device: torch.device) -> Space | None:
    """Return the space of this name, or None for "none".

    "auto" is the reader for the drawings of ``artist``, if it has one; for a person's own pictures a backbone that is
    here; else random filters. "reader" is the reader of other drawings if ``artist`` is None. Raises NoReader and
    NoBackbone.
    """
    if wish == "auto" and artist is not None:
        wish = "reader" if readers.file_of(artist).is_file() else "random"
    makers: dict[str, Callable[[], Space | None]] = {
        "auto": lambda: find_backbone(device) or random_space(),
        "reader": lambda: reader_space(artist, device),
        "backbone": lambda: require_backbone(device),
        "random": random_space,
        "none": lambda: None,
    }
    return makers[wish]()


def reader_space(artist: str | None, device: torch.device) -> Space:
    """Return the space of a reader's features."""
    reader = readers.load(readers.find(artist), device)

    def extract(pictures: Tensor) -> Tensor:
        with readers.half_precision(device):
            return reader.features(_square(pictures.to(device), readers.SIDE))

    return Space("reader", extract)


def random_space() -> Space:
    """Return the space of random filters: how strongly they answer at each scale, and where which colours are.

    A picture is seen at its own size, at half of it, and so on. At each scale FILTERS random filters without a mean
    answer; features are the logarithms of the mean size of an answer, and of its lower quartile, which tells how calm
    flat parts are. Blur weakens the answers of fine scales, noise strengthens them, and strange shapes change them; the
    mean colours of a grid tell roughly what is where. These are 12 to 60 features, few enough for sets of some hundred
    pictures. Nothing is learnt: the distance orders sets of pictures by such faults, but not by taste.
    """
    rng = np.random.default_rng(0)
    kernels = rng.standard_normal((FILTERS, 3, KERNEL, KERNEL)).astype(np.float32)
    kernels -= kernels.mean(axis=(1, 2, 3), keepdims=True)
    kernels /= np.sqrt(np.square(kernels).sum(axis=(1, 2, 3), keepdims=True))
    weights = torch.from_numpy(kernels)

    def extract(pictures: Tensor) -> Tensor:
        level = _square(pictures, min(LARGEST, max(pictures.shape[2:])))
        parts = [F.adaptive_avg_pool2d(level, LAYOUT).flatten(1)]
        while min(level.shape[2:]) >= SMALLEST:
            answers = F.conv2d(level, weights.to(level.device)).abs().flatten(2)  # [n, FILTERS, places]
            quartile = answers.kthvalue(max(1, answers.shape[2] // 4), dim=2).values
            parts += [torch.log(FLOOR + answers.mean(dim=2)), torch.log(FLOOR + quartile)]
            level = F.avg_pool2d(level, 2)
        return torch.cat(parts, dim=1)

    return Space("random filters", extract, scaled=True)


def find_backbone(device: torch.device) -> Space | None:
    """Return the space of a torchvision network whose weights are on this machine and can be used, or None."""
    if find_spec("torchvision") is None:
        return None
    for name, (pattern, _, _) in BACKBONES.items():
        for path in sorted(_downloads().glob(pattern)):
            try:
                return _load_backbone(name, path, device)
            except (ImportError, OSError, RuntimeError, ValueError, EOFError, pickle.UnpicklingError) as error:
                # A torchvision that was made for another torch cannot be imported, for instance.
                _log.warning("%s is not used: %s", path, str(error).partition("\n")[0])
    return None


def _downloads() -> Path:
    return Path(torch.hub.get_dir()) / "checkpoints"


def require_backbone(device: torch.device) -> Space:
    """Return that space. Raises NoBackbone if there is none."""
    if (found := find_backbone(device)) is None:
        patterns = ", ".join(pattern for pattern, _, _ in BACKBONES.values())
        raise errors.NoBackbone(folder=str(_downloads()), known=patterns)
    return found


def _load_backbone(name: str, path: Path, device: torch.device) -> Space:
    import torchvision  # type: ignore[import-not-found, import-untyped, unused-ignore]

    options: dict[str, Any] = {"aux_logits": True, "init_weights": False} if name == "inception_v3" else {}
    network: nn.Module = torchvision.models.get_model(name, weights=None, **options)
    network.load_state_dict(torch.load(path, map_location="cpu", weights_only=True))
    network.fc = nn.Identity()  # the features before the last layer
    network.to(device).eval().requires_grad_(False)
    _, side, colours = BACKBONES[name]
    mean, deviation = (torch.tensor(values, device=device)[:, None, None] for values in colours)

    def extract(pictures: Tensor) -> Tensor:
        features: Tensor = network((_square(pictures.to(device), side) / 2 + 0.5 - mean) / deviation)
        return features

    return Space(name, extract)


def _square(pictures: Tensor, side: int) -> Tensor:
    """Return pictures [n, 3, h, w] as [n, 3, side, side]: shrunk by averaging, enlarged by interpolation."""
    height, width = pictures.shape[2:]
    if height > side or width > side:
        pictures = F.adaptive_avg_pool2d(pictures, (min(height, side), min(width, side)))
    return pictures if pictures.shape[2:] == (side, side) else F.interpolate(pictures, (side, side), mode="bilinear")
