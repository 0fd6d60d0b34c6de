"""The reader: a small convnet that sees which traits a portrait shows, taught on the artist's drawings, whose labels are exact.

Knows no generator. What it sees before its last layer is the space in which distances between sets of pictures are taken.
"""

import json
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass
from itertools import accumulate, pairwise
from pathlib import Path

import numpy as np
import torch
import torch.nn.functional as F
from safetensors import SafetensorError, safe_open
from safetensors.torch import save_file
from torch import Tensor, nn

from generator.contract import errors
from generator.stylegan2.network import cpu_has_bfloat16
from generator.train.dataset import Store

SIDE = 128  # pixels that it looks at
FEATURES = 192
PATCH = 4  # pixels: the first layer sees patches of this side, every pixel a channel of its own
WIDTHS = (64, 96, 128)  # feature maps at 32, 16 and 8 px
SPATIAL_MAPS = 24  # feature maps that keep their place in the picture
READER_FILE = Path(__file__).parent / "reader.safetensors"
BATCH = 64
CHUNK = 64
RATE = 0.004  # AdamW's highest learning rate
DECAY = 0.02
KNOB_WEIGHT = 0.1  # of the knobs' squared error beside one trait's cross-entropy
TRAIT_WEIGHTS = {
    "glasses": 4.0
}  # weights of traits whose cross-entropy is not simply 1: round and square frames differ by few pixels
NOISE = 0.04  # standard deviation, so that a few faint specks do not hide a trait
SHIFT = 2  # pixels

Traits = Mapping[str, tuple[str, ...]]


class Reader(nn.Module):
    """Pictures [n, 3, side, side] in [-1, 1] -> features, and from them the traits and the continuous knobs."""

    def __init__(self, traits: Traits, knobs: int) -> None:
        super().__init__()
        self.traits = {trait: tuple(values) for trait, values in traits.items()}
        layers: list[nn.Module] = [
            nn.PixelUnshuffle(PATCH),
            _convolution(3 * PATCH**2, WIDTHS[0], 3, 1),
            Residual(WIDTHS[0]),
        ]
        for inputs, outputs in pairwise(WIDTHS):
            layers += [_convolution(inputs, outputs, 4, 2), Residual(outputs)]
        self.trunk = nn.Sequential(*layers)
        self.narrow = _convolution(WIDTHS[-1], SPATIAL_MAPS, 1, 1)
        self.gather = nn.Linear(SPATIAL_MAPS * 8 * 8, FEATURES)
        self.norm = nn.BatchNorm1d(FEATURES)
        self.classify = nn.Linear(FEATURES, sum(map(len, self.traits.values())))
        self.knobs = nn.Linear(FEATURES, knobs)

    def features(self, pictures: Tensor) -> Tensor:
        """[n, 3, h, w] -> [n, FEATURES], each about N(0, 1) over the drawings."""
        x = self.narrow(self.trunk(_resize(pictures).contiguous(memory_format=torch.channels_last)))
        seen: Tensor = self.norm(self.gather(x.flatten(1)).float())
        return seen

    def forward(self, pictures: Tensor) -> tuple[Tensor, Tensor]:
        """Return logits [n, c_dim] of all traits' values, and knobs [n, k]."""
        seen = F.leaky_relu(self.features(pictures), 0.2)
        return self.classify(seen), self.knobs(seen)

    @property
    def device(self) -> torch.device:
        """Where the weights are."""
        return self.classify.weight.device

    def columns(self) -> dict[str, slice]:
        """Where each trait stands in a label."""
        return columns(self.traits)


class Residual(nn.Module):
    """x + convolution(x), as He et al. 2016, section 3.2."""

    def __init__(self, width: int) -> None:
        super().__init__()
        self.convolution = _convolution(width, width, 3, 1)

    def forward(self, x: Tensor) -> Tensor:
        """[n, width, h, w] -> the same."""
        return x + self.convolution(x)  # type: ignore[no-any-return]


def _convolution(inputs: int, outputs: int, kernel: int, stride: int) -> nn.Sequential:
    convolution = nn.Conv2d(inputs, outputs, kernel, stride, padding=(kernel - 1) // 2, bias=False)
    return nn.Sequential(convolution, nn.BatchNorm2d(outputs), nn.LeakyReLU(0.2))


def _resize(pictures: Tensor) -> Tensor:
    """Pictures of any side at SIDE: larger ones averaged, smaller ones interpolated."""
    if pictures.shape[2] > SIDE:
        return F.adaptive_avg_pool2d(pictures, SIDE)
    return pictures if pictures.shape[2] == SIDE else F.interpolate(pictures, (SIDE, SIDE), mode="bilinear")


def columns(traits: Traits) -> dict[str, slice]:
    """Where each trait stands in a label [c_dim]."""
    ends = accumulate(map(len, traits.values()))
    return {trait: slice(end - len(values), end) for (trait, values), end in zip(traits.items(), ends, strict=True)}


# --- reading --------------------------------------------------------------------------------------


@dataclass(frozen=True)
class Readings:
    """What the reader saw of n pictures."""

    features: Tensor  # [n, FEATURES] float32 on the CPU
    values: Tensor  # [n, traits]: the index of the likeliest value of each trait
    knobs: Tensor  # [n, k]

    def __len__(self) -> int:
        return len(self.features)


@torch.no_grad()
def read(reader: Reader, batches: Iterable[Tensor], advance: Callable[[int], object] = lambda _: None) -> Readings:
    """Read batches of pictures [m, 3, h, w] in [-1, 1] on the reader's device."""
    parts = []
    for batch in batches:
        with half_precision(batch.device):
            features = reader.features(batch.to(reader.device))
        active = F.leaky_relu(features, 0.2)
        logits = reader.classify(active)
        values = torch.stack([logits[:, place].argmax(dim=1) for place in reader.columns().values()], dim=1)
        parts.append((features.float().cpu(), values.cpu(), reader.knobs(active).float().cpu()))
        advance(len(batch))
    return Readings(*(torch.cat(pieces) for pieces in zip(*parts, strict=True)))


def half_precision(device: torch.device) -> torch.autocast:
    """Half precision where the device computes it natively."""
    native = torch.cuda.is_bf16_supported(including_emulation=False) if device.type == "cuda" else cpu_has_bfloat16()
    return torch.autocast(device.type, torch.bfloat16, enabled=native)


# --- teaching -------------------------------------------------------------------------------------


def train(
    store: Store, count: int, device: torch.device, advance: Callable[[int, float], object] = lambda n, loss: None
) -> Reader:
    """Return a reader taught on ``count`` pictures drawn from ``store``, in a random order that is always the same.

    AdamW under one cycle of the learning rate (Smith and Topin 2018); cross-entropy of each trait and squared error of the knobs.
    """
    torch.manual_seed(0)
    reader = Reader(store.traits, store.continuous.shape[1]).train()
    reader.to(device, memory_format=torch.channels_last)  # type: ignore[call-overload]
    steps = max(1, count // BATCH)
    optimizer = torch.optim.AdamW(reader.parameters(), lr=RATE, weight_decay=DECAY)
    schedule = torch.optim.lr_scheduler.OneCycleLR(optimizer, RATE, total_steps=steps + 1)
    for rows in _batches(len(store), steps):
        rng = np.random.default_rng(rows)
        labels, knobs = store.conditions(rows, device)
        with half_precision(device):
            logits, found = reader(_perturb(store.batch(rows, min(SIDE, store.side), device), rng))
        loss = reading_loss(logits.float(), labels, store.traits) + KNOB_WEIGHT * F.mse_loss(found.float(), knobs)
        optimizer.zero_grad(set_to_none=True)
        torch.autograd.backward(loss)
        optimizer.step()
        schedule.step()
        advance(len(rows), loss.item())
    return reader.eval().requires_grad_(False)


def reading_loss(logits: Tensor, labels: Tensor, traits: Traits) -> Tensor:
    """Cross-entropy of each trait, mean over traits, TRAIT_WEIGHTS ones weighted; logits and one-hot labels [n, c_dim]."""
    losses = {
        trait: F.cross_entropy(logits[:, at], labels[:, at].argmax(dim=1)) for trait, at in columns(traits).items()
    }
    return torch.stack([TRAIT_WEIGHTS.get(trait, 1.0) * loss for trait, loss in losses.items()]).mean()


def _batches(count: int, steps: int) -> Iterator[np.ndarray[tuple[int], np.dtype[np.int64]]]:
    """Batches of rows, every picture once before any comes again."""
    rng = np.random.default_rng(0)
    rows = np.concatenate([rng.permutation(count) for _ in range(steps * BATCH // count + 1)])
    for step in range(steps):
        yield rows[step * BATCH : (step + 1) * BATCH]


def _perturb(pictures: Tensor, rng: np.random.Generator) -> Tensor:
    """The pictures a little shifted and with a little noise: a network's faces are never as exact as drawings."""
    down, right = rng.integers(-SHIFT, SHIFT + 1, size=2).tolist()
    shifted = torch.roll(pictures, (down, right), (2, 3))
    return shifted + NOISE * torch.randn(shifted.shape[1:]).to(
        shifted.device
    )  # one pattern for the batch, another for the next


# --- files ----------------------------------------------------------------------------------------


def save(reader: Reader, path: Path) -> None:
    """Write the reader as safetensors of float16, with its traits in the metadata."""
    tensors = {
        name: tensor.detach().cpu().contiguous().half_precision()
        for name, tensor in reader.state_dict().items()
        if tensor.is_floating_point()
    }
    save_file(tensors, path, {"traits": json.dumps(reader.traits), "knobs": str(reader.knobs.out_features)})


def load(path: Path = READER_FILE, device: torch.device | None = None) -> Reader:
    """Return a reader that :func:`save` wrote, ready to look. Raises FileMissing, DamagedCheckpoint."""
    if not path.is_file():
        raise errors.FileMissing(file=str(path))
    try:
        with safe_open(path, "pt") as file:
            metadata = file.metadata() or {}
            reader = Reader(
                {trait: tuple(values) for trait, values in json.loads(metadata["traits"]).items()},
                int(metadata["knobs"]),
            )
            reader.load_state_dict({name: file.get_tensor(name).float() for name in file.keys()}, strict=False)  # noqa: SIM118
    except (SafetensorError, KeyError, ValueError, RuntimeError) as error:
        raise errors.DamagedCheckpoint(file=path.name, found=f"it is no reader of draw_portraits ({error})") from None
    reader.to(device or torch.device("cpu"), memory_format=torch.channels_last)  # type: ignore[call-overload]
    return reader.eval().requires_grad_(False)
