"""The reader: a small convolutional network that classifies which traits a portrait shows.

It learnt from an artist's drawings, whose labels are exact. The features before its last layer are used to compute
distances between sets of pictures. Knows nothing about generators.
"""

import json
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from itertools import accumulate, pairwise
from pathlib import Path

import torch
import torch.nn.functional as F
from safetensors import SafetensorError, safe_open
from torch import Tensor, nn

from generator.checkpoints import native
from generator.contract import errors
from generator.stylegan.generator import Traits
from generator.stylegan.precision import has_bfloat16

SIDE = 128  # side in pixels of the reader's input; other pictures are resized
FEATURES = 192  # number of features that the last layer uses
LAST = 8  # side in pixels of the trunk's last features
# Number of channels of a new reader at 64, 32, 16 and LAST pixels. The first layer takes the picture in patches; each
# pixel of a patch becomes 3 channels. The reader of "drawn" has no features of 64 pixels, and patches twice as large.
WIDTHS = (32, 64, 96, 128)
MAX_WIDTHS = 5  # with features as large as the picture
SPATIAL_MAPS = 24  # number of channels, at LAST x LAST pixels, from which the features are computed without pooling
FOLDER = Path(__file__).parent  # where the reader of each artist lies
ANY_PICTURES = "drawn"  # the artist whose reader gives the features of pictures that no artist drew
CHUNK = 64  # number of pictures that the reader classifies at once


class Reader(nn.Module):
    """A network that maps pictures [n, 3, side, side] in [-1, 1] to features, and features to traits and knobs."""

    def __init__(self, traits: Traits, knobs: int, widths: Sequence[int] = WIDTHS) -> None:
        super().__init__()
        self.traits = {trait: tuple(values) for trait, values in traits.items()}
        self.clear = tuple(self.traits)  # the traits that say how sure a reading is; others are often hidden or tiny
        self.widths = tuple(widths)
        patch = SIDE // (LAST << len(widths) - 1)
        layers: list[nn.Module] = [
            nn.PixelUnshuffle(patch),
            _convolution(3 * patch**2, widths[0], 3, 1),
            Residual(widths[0]),
        ]
        for inputs, outputs in pairwise(widths):
            layers += [_convolution(inputs, outputs, 4, 2), Residual(outputs)]
        self.trunk = nn.Sequential(*layers)
        self.narrow = _convolution(widths[-1], SPATIAL_MAPS, 1, 1)
        self.gather = nn.Linear(SPATIAL_MAPS * LAST**2, FEATURES)
        self.norm = nn.BatchNorm1d(FEATURES)
        self.classify = nn.Linear(FEATURES, sum(map(len, self.traits.values())))
        self.knobs = nn.Linear(FEATURES, knobs)

    def maps(self, pictures: Tensor) -> list[Tensor]:
        """Return the trunk's features [n, c, h, w] of pictures [n, 3, h, w] at each of its sizes, the largest first."""
        x, maps = _resize(pictures).contiguous(memory_format=torch.channels_last), []
        for layer in self.trunk:
            x = layer(x)
            if isinstance(layer, Residual):
                maps.append(x)
        return maps

    def features(self, pictures: Tensor) -> Tensor:
        """Return the features [n, FEATURES] of pictures [n, 3, h, w]. Batch norm gives all features a similar scale."""
        x = self.narrow(self.trunk(_resize(pictures).contiguous(memory_format=torch.channels_last)))
        features: Tensor = self.norm(self.gather(x.flatten(1)).float())
        return features

    def forward(self, pictures: Tensor) -> tuple[Tensor, Tensor]:
        """Return the logits [n, c_dim] of the values of all traits, and the knobs [n, k]."""
        active = F.leaky_relu(self.features(pictures), 0.2)
        return self.classify(active), self.knobs(active)

    def likeliest(self, logits: Tensor) -> Tensor:
        """Return the index [n, traits] of each trait's likeliest value. Takes logits or one-hot labels [n, c_dim]."""
        return torch.stack([logits[:, column].argmax(dim=1) for column in self.columns().values()], dim=1)

    @property
    def device(self) -> torch.device:
        """The device that holds the weights."""
        return self.classify.weight.device

    def columns(self) -> dict[str, slice]:
        """Return which columns of a label [c_dim] belong to each trait."""
        return columns(self.traits)


class Residual(nn.Module):
    """A residual block, x + convolution(x) (He et al. 2016, section 3.2)."""

    def __init__(self, width: int) -> None:
        super().__init__()
        self.convolution = _convolution(width, width, 3, 1)

    def forward(self, x: Tensor) -> Tensor:
        """Map [n, width, h, w] to [n, width, h, w]."""
        return x + self.convolution(x)  # type: ignore[no-any-return]


def _convolution(inputs: int, outputs: int, kernel: int, stride: int) -> nn.Sequential:
    convolution = nn.Conv2d(inputs, outputs, kernel, stride, padding=(kernel - 1) // 2, bias=False)
    return nn.Sequential(convolution, nn.BatchNorm2d(outputs), nn.LeakyReLU(0.2))


def _resize(pictures: Tensor) -> Tensor:
    """Resize pictures to SIDE pixels. Larger ones are shrunk by averaging, smaller ones enlarged by interpolation."""
    if pictures.shape[2] > SIDE:
        return F.adaptive_avg_pool2d(pictures, SIDE)
    return pictures if pictures.shape[2] == SIDE else F.interpolate(pictures, (SIDE, SIDE), mode="bilinear")


def columns(traits: Traits) -> dict[str, slice]:
    """Return which columns of a label [c_dim] belong to each trait."""
    ends = accumulate(map(len, traits.values()))
    return {trait: slice(end - len(values), end) for (trait, values), end in zip(traits.items(), ends, strict=True)}


# --- reading --------------------------------------------------------------------------------------


@dataclass(frozen=True)
class Readings:
    """What the reader found in n pictures: their features, trait values and knobs."""

    features: Tensor  # [n, FEATURES] float32 on the CPU
    values: Tensor  # [n, traits], the index of each trait's likeliest value
    knobs: Tensor  # [n, k]

    def __len__(self) -> int:
        return len(self.features)


@torch.no_grad()
def read(reader: Reader, batches: Iterable[Tensor], advance: Callable[[int], object] = lambda _: None) -> Readings:
    """Run the reader on batches of pictures [m, 3, h, w] in [-1, 1], and return the readings of all pictures."""
    parts = []
    for batch in batches:
        with half_precision(batch.device):
            features = reader.features(batch.to(reader.device))
        active = F.leaky_relu(features, 0.2)
        values = reader.likeliest(reader.classify(active))
        parts.append((features.float().cpu(), values.cpu(), reader.knobs(active).float().cpu()))
        advance(len(batch))
    return Readings(*(torch.cat(pieces) for pieces in zip(*parts, strict=True)))


def half_precision(device: torch.device) -> torch.autocast:
    """Return a context that computes in bfloat16 where the device supports it natively."""
    return torch.autocast(device.type, torch.bfloat16, enabled=has_bfloat16(device))


# --- files ----------------------------------------------------------------------------------------


def save(reader: Reader, path: Path) -> None:
    """Write a reader's weights as float16 safetensors, with its traits and number of knobs as metadata.

    Raises CannotWrite if that fails.
    """
    tensors = {
        name: tensor.detach().cpu().contiguous().half()
        for name, tensor in reader.state_dict().items()
        if tensor.is_floating_point()
    }
    native.write_tensors(path, tensors, {"traits": json.dumps(reader.traits), "knobs": str(reader.knobs.out_features)})


def file_of(artist: str) -> Path:
    """Return where the reader of this artist's drawings lies."""
    return FOLDER / f"reader-{artist}.safetensors"


def find(artist: str | None) -> Path:
    """Return the file of the reader of this artist's drawings, or of any other pictures if it is None.

    Raises NoReader if nobody has taught a reader on this artist's drawings yet.
    """
    path = file_of(artist or ANY_PICTURES)
    if artist and not path.is_file():
        raise errors.NoReader(artist=artist, file=str(path))
    return path


def load(path: Path, device: torch.device | None = None) -> Reader:
    """Load a reader that :func:`save` wrote, ready for evaluation.

    Raises FileMissing if there is no such file, UnsupportedNetwork if the file does not hold a reader, and
    DamagedCheckpoint if it is no whole safetensors file.
    """
    if not path.is_file():
        raise errors.FileMissing(file=str(path))
    try:
        with safe_open(path, "pt") as file:
            metadata = file.metadata() or {}
            traits = {trait: tuple(values) for trait, values in json.loads(metadata["traits"]).items()}
            # In the file for the artist "drawn", the last layer is named "says".
            tensors = {name: file.get_tensor(name).float() for name in file.keys()}  # noqa: SIM118
            reader = _build(traits, {name.replace("says.", "classify."): tensor for name, tensor in tensors.items()})
            clear = set(json.loads(metadata.get("clear", "[]")))
            reader.clear = tuple(trait for trait in traits if trait in clear) or reader.clear
    except SafetensorError as error:
        raise errors.DamagedCheckpoint(file=path.name, found=str(error)) from None
    except (KeyError, TypeError, ValueError, RuntimeError) as error:
        raise errors.UnsupportedNetwork(file=path.name, found=f"no reader of portraits ({error})") from None
    reader.to(device or torch.device("cpu"), memory_format=torch.channels_last)  # type: ignore[call-overload]
    return reader.eval().requires_grad_(False)


def _build(traits: Traits, tensors: Mapping[str, Tensor]) -> Reader:
    """Return a reader with these weights. What a file says of itself is believed only if its tensors have that size."""
    if len(tensors["classify.bias"]) != sum(map(len, traits.values())):
        raise ValueError("its last layer is of other traits")
    layers = [f"trunk.{1 + 2 * at}.0.weight" for at in range(MAX_WIDTHS)]
    widths = [len(tensors[name]) for name in layers if name in tensors]
    with torch.device("meta"):  # nothing is made of what a file claims before all its tensors fit
        expected = Reader(traits, len(tensors["knobs.bias"]), widths).state_dict()
    for name, tensor in expected.items():
        if name.endswith("num_batches_tracked"):  # these are never stored
            continue
        if name not in tensors:
            raise ValueError(f"it lacks {name}")
        if tensors[name].shape != tensor.shape:
            raise ValueError(f"{name} has a shape that its others forbid")
    reader = Reader(traits, len(tensors["knobs.bias"]), widths)
    reader.load_state_dict(tensors, strict=False)
    return reader
