"""What a drawn portrait is made of: its traits, its continuous knobs, how likely each is, and their vectors.

Knows nothing of how anything is drawn.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, fields
from types import MappingProxyType
from typing import Any

import numpy as np
from numpy.typing import NDArray

LIMIT = 2.5  # knobs are standard normal draws clipped here, so that no face falls apart

# trait -> value -> weight; the order is the order of the label. Weights of a trait need not sum to one.
_WEIGHTS: Mapping[str, Mapping[str, float]] = MappingProxyType(
    {
        "hair": dict.fromkeys(
            ("black", "brown", "blonde", "orange", "red", "pink", "purple", "blue", "aqua", "green", "silver", "white"),
            1.0,
        ),
        "back-hair": {
            "short": 1.2,
            "bob": 1.2,
            "long": 1.5,
            "wavy": 1.2,
            "twintails": 1.0,
            "ponytail": 1.0,
            "buns": 0.9,
            "braids": 0.9,
            "spiky": 0.6,
        },
        "bangs": {
            "blunt": 1.0,
            "hime": 1.0,
            "messy": 1.2,
            "swept": 1.2,
            "parted": 1.0,
            "curtain": 1.0,
            "wispy": 1.1,
            "one-eye": 0.6,
        },
        "eyes": dict.fromkeys(("brown", "amber", "green", "aqua", "blue", "purple", "pink", "red"), 1.0),
        "eye-shape": {"round": 1.3, "almond": 1.1, "sharp": 1.0, "droopy": 1.0, "sleepy": 0.6},
        "expression": {
            "smile": 1.6,
            "open": 1.4,
            "grin": 0.9,
            "cat": 0.8,
            "pout": 0.8,
            "neutral": 1.0,
            "surprised": 0.7,
            "wink": 0.8,
        },
        "skin": {"porcelain": 1.3, "fair": 1.5, "tan": 1.0, "brown": 0.6, "deep": 0.45},
        "glasses": {"none": 0.70, "round": 0.17, "square": 0.13},
        "accessory": {
            "none": 0.48,
            "cat-ears": 0.11,
            "ribbon": 0.08,
            "flower": 0.08,
            "halo": 0.06,
            "headband": 0.07,
            "clip": 0.07,
            "horns": 0.05,
        },
        "style": {"feminine": 0.75, "masculine": 0.25},
        "clothes": dict.fromkeys(("sailor", "hoodie", "shirt", "turtleneck", "kimono", "dress"), 1.0),
        "background": dict.fromkeys(("plain", "gradient", "dots", "stripes", "circle", "sparkles"), 1.0),
    }
)

# What a masculine portrait multiplies the weights by: short hair and shirts are likelier, nothing is ruled out.
_MASCULINE: Mapping[str, Mapping[str, float]] = MappingProxyType(
    {
        "back-hair": {
            "short": 5,
            "bob": 0.4,
            "long": 0.3,
            "wavy": 0.2,
            "twintails": 0.05,
            "buns": 0.05,
            "braids": 0.1,
            "spiky": 7,
        },
        "bangs": {"blunt": 0.4, "hime": 0.1, "messy": 2},
        "accessory": {"ribbon": 0.15, "flower": 0.3, "headband": 0.5},
        "clothes": {"sailor": 0.3, "dress": 0.1},
        "eye-shape": {"round": 0.6, "sharp": 1.5},
    }
)

TRAITS: Mapping[str, tuple[str, ...]] = MappingProxyType({trait: tuple(weights) for trait, weights in _WEIGHTS.items()})


@dataclass(frozen=True, slots=True)
class Attributes:
    """Everything that decides a portrait. Traits first, then knobs in [-2.5, 2.5], 0 in the middle.

    Raises:
        ValueError: a trait's value is not in TRAITS, or a knob is not a number in its range.
    """

    hair: str = "brown"
    back_hair: str = "long"
    bangs: str = "blunt"
    eyes: str = "blue"
    eye_shape: str = "round"
    expression: str = "smile"
    skin: str = "fair"
    glasses: str = "none"
    accessory: str = "none"
    style: str = "feminine"
    clothes: str = "sailor"
    background: str = "plain"
    turn: float = 0.0  # the face looks to the viewer's left (negative) or right; about 11 degrees per unit
    tilt: float = 0.0  # the head leans clockwise; about 3.6 degrees per unit
    nod: float = 0.0  # looks down (positive) or up
    gaze: float = 0.0  # pupils to the viewer's right
    eye_size: float = 0.0
    eye_spacing: float = 0.0
    brow: float = 0.0  # worried (negative) to stern
    chin: float = 0.0  # longer
    jaw: float = 0.0  # broader
    face_width: float = 0.0
    head_height: float = 0.0
    bang_length: float = 0.0
    volume: float = 0.0  # of the hair
    flow: float = 0.0  # how far strands lean to one side
    ahoge: float = 0.0  # the lone strand on the crown: none up to 0.5, then longer
    blush: float = 0.0
    hair_hue: float = 0.0
    hair_light: float = 0.0
    skin_light: float = 0.0
    eye_hue: float = 0.0
    eye_light: float = 0.0
    accent_hue: float = 0.0
    clothes_hue: float = 0.0
    clothes_light: float = 0.0
    background_hue: float = 0.0
    background_light: float = 0.0

    def __post_init__(self) -> None:
        for trait, values in TRAITS.items():
            if (value := getattr(self, _field(trait))) not in values:
                raise ValueError(f"{trait} cannot be {value!r}; it is one of: {', '.join(values)}")
        for name in CONTINUOUS:
            if not -LIMIT <= (knob := getattr(self, name)) <= LIMIT:  # NaN fails this too
                raise ValueError(f"{name} is {knob!r}; it must be from -{LIMIT} to {LIMIT}")


def _field(trait: str) -> str:
    return trait.replace("-", "_")


CONTINUOUS: tuple[str, ...] = tuple(field.name for field in fields(Attributes))[len(TRAITS) :]


def sample(rng: np.random.Generator) -> Attributes:
    """Draw one portrait's attributes; the style comes first, since hair and clothes depend on it."""
    style = _pick(rng, _WEIGHTS["style"], {})
    bias = _MASCULINE if style == "masculine" else {}
    traits = {trait: _pick(rng, weights, bias.get(trait, {})) for trait, weights in _WEIGHTS.items()} | {"style": style}
    return _make(traits, rng.standard_normal(len(CONTINUOUS)).clip(-LIMIT, LIMIT).tolist())


def _pick(rng: np.random.Generator, weights: Mapping[str, float], bias: Mapping[str, float]) -> str:
    shares = np.cumsum([weight * bias.get(value, 1.0) for value, weight in weights.items()])
    return tuple(weights)[int(np.searchsorted(shares, rng.random() * shares[-1], side="right"))]


def _make(traits: Mapping[str, str], knobs: Sequence[float]) -> Attributes:
    named: dict[str, Any] = {_field(trait): value for trait, value in traits.items()}
    return Attributes(**named | dict(zip(CONTINUOUS, knobs, strict=True)))


def unseen(attributes: Attributes) -> frozenset[str]:
    """Return the traits that cannot be read from the portrait: none, since an eye and all hair are always seen."""
    return frozenset()


def label(attributes: Attributes) -> NDArray[np.float32]:
    """Return the one-hot vectors of all traits, concatenated in the order of TRAITS: [sum of their sizes], 0 or 1."""
    return np.concatenate(
        [
            np.eye(len(values), dtype=np.float32)[values.index(getattr(attributes, _field(trait)))]
            for trait, values in TRAITS.items()
        ]
    )


def continuous(attributes: Attributes) -> NDArray[np.float32]:
    """Return the knobs in the order of CONTINUOUS: [len(CONTINUOUS)], each about N(0, 1), within ±2.5."""
    return np.array([getattr(attributes, name) for name in CONTINUOUS], dtype=np.float32)


def from_vectors(label_indices: Sequence[int], knobs: Sequence[float] | NDArray[np.float32]) -> Attributes:
    """Make attributes from one value index per trait (in the order of TRAITS) and the knobs: the inverse of both above.

    Raises:
        ValueError: wrong lengths, an index out of range, or a knob out of range.
    """
    traits = {}
    for (trait, values), index in zip(TRAITS.items(), label_indices, strict=True):
        if not 0 <= index < len(values):
            raise ValueError(f"{trait} has values 0 to {len(values) - 1}, not {index}")
        traits[trait] = values[index]
    return _make(traits, [float(knob) for knob in knobs])
