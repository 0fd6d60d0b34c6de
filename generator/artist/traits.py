"""What a portrait is made of: its traits, its continuous knobs, how likely each is, and their vectors.

Traits that the first artist (``generator.drawn``) knows keep their names and the names of their values, so that a line
such as ``trait.hair=pink`` goes on working. Knows nothing of how anything is drawn.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, fields
from types import MappingProxyType
from typing import Any

import numpy as np
from numpy.typing import NDArray

LIMIT = 2.5  # knobs are standard normal draws clipped here, so that no face falls apart

# trait -> value -> weight; the order is the order of the label. Weights of a trait need not sum to one.
WEIGHTS: Mapping[str, Mapping[str, float]] = MappingProxyType(
    {
        "hair": {
            **{"black": 1.3, "brown": 1.4, "blonde": 1.4, "orange": 0.9, "red": 1.0, "pink": 1.3, "purple": 1.0},
            **{"blue": 1.0, "aqua": 0.9, "green": 0.7, "silver": 1.1, "white": 1.0},
        },
        "back-hair": {
            **{"short": 1.0, "bob": 1.3, "long": 1.6, "wavy": 1.3, "twintails": 1.1, "ponytail": 1.0, "buns": 0.7},
            **{"braids": 0.7, "spiky": 0.5, "pixie": 0.6, "curly": 0.8, "half-up": 0.8, "side-ponytail": 0.7},
            **{"low-twintails": 0.6, "low-ponytail": 0.6, "drills": 0.5, "wolf": 0.6},
        },
        "bangs": {
            **{"blunt": 1.2, "hime": 0.8, "messy": 1.3, "swept": 1.3, "parted": 1.0, "curtain": 1.0, "wispy": 1.1},
            **{"one-eye": 0.5, "crossed": 1.3, "swoop": 0.9},
        },
        "face": {
            **{"child": 0.6, "round": 1.2, "oval": 1.5, "heart": 1.3, "slim": 1.1, "mature": 1.0},
            **{"square": 0.4, "angular": 0.5},
        },
        "eyes": {
            **{"brown": 1.2, "amber": 1.0, "green": 1.0, "aqua": 1.0, "blue": 1.3, "purple": 1.1, "pink": 0.9},
            **{"red": 0.9, "gold": 0.8, "grey": 0.7},
        },
        "second-eye": {"same": 0.90, "amber": 0.025, "green": 0.025, "blue": 0.025, "red": 0.025},
        "eye-shape": {"round": 1.4, "almond": 1.3, "sharp": 1.0, "droopy": 1.0, "sleepy": 0.5, "narrow": 0.5},
        "pupils": {"round": 0.85, "slit": 0.05, "star": 0.05, "ring": 0.05},
        "expression": {
            **{"smile": 1.8, "open": 1.3, "grin": 0.7, "cat": 0.6, "pout": 0.6, "neutral": 1.1, "surprised": 0.5},
            **{"wink": 0.5, "closed": 0.5, "shy": 0.6, "angry": 0.4},
        },
        "skin": {"porcelain": 1.4, "fair": 1.7, "warm": 1.2, "tan": 0.9, "brown": 0.6, "deep": 0.5},
        "glasses": {
            **{"none": 0.82, "round": 0.05, "square": 0.04, "half-rim": 0.03, "cat-eye": 0.02, "shades": 0.02},
            "monocle": 0.02,
        },
        "accessory": {
            **{"none": 0.46, "cat-ears": 0.06, "ribbon": 0.06, "flower": 0.06, "halo": 0.03, "headband": 0.05},
            **{"clip": 0.05, "horns": 0.04, "fox-ears": 0.04, "bunny-ears": 0.03, "headphones": 0.04, "maid": 0.02},
            **{"tiara": 0.02, "beret": 0.03, "witch-hat": 0.02, "crown": 0.02},
        },
        "style": {"feminine": 0.77, "masculine": 0.23},
        "clothes": {
            **{"sailor": 1.2, "hoodie": 1.0, "shirt": 1.0, "turtleneck": 0.9, "kimono": 1.0, "dress": 1.1},
            **{"blazer": 1.0, "jacket": 1.0, "gothic": 0.8, "cape": 0.8, "fur": 0.7, "scarf": 0.8, "qipao": 0.7},
            "idol": 0.8,
        },
        "background": {
            **{"plain": 0.7, "gradient": 0.9, "dots": 0.6, "stripes": 0.6, "circle": 0.6, "sparkles": 0.7, "sky": 1.3},
            **{"blossom": 1.0, "leaves": 0.9, "bokeh": 1.0, "city": 0.9, "stars": 0.8, "window": 0.8, "books": 0.7},
        },
        "time": {"day": 1.5, "morning": 1.2, "evening": 1.0, "night": 0.9},
        "shading": {"cel": 1.4, "soft": 1.4, "retro": 0.6, "pastel": 0.8},
        "dye": {"none": 0.70, "tips": 0.12, "streak": 0.09, "inner": 0.09},
        "mark": {"none": 0.82, "mole": 0.05, "freckles": 0.05, "lines": 0.03, "plaster": 0.025, "heart": 0.025},
        "earrings": {"none": 0.70, "stud": 0.11, "drop": 0.10, "hoop": 0.09},
        "ears": {"human": 0.93, "elf": 0.07},
    }
)

# What a masculine portrait multiplies the weights by: nothing is ruled out.
_MASCULINE: Mapping[str, Mapping[str, float]] = MappingProxyType(
    {
        "back-hair": {
            **{"short": 4.0, "bob": 0.3, "long": 0.3, "wavy": 0.1, "twintails": 0.03, "ponytail": 0.3, "buns": 0.03},
            **{"braids": 0.1, "spiky": 6.0, "pixie": 5.0, "curly": 0.2, "half-up": 0.2, "side-ponytail": 0.05},
            **{"low-twintails": 0.03, "low-ponytail": 1.2, "drills": 0.03, "wolf": 4.0},
        },
        "bangs": {"blunt": 0.3, "hime": 0.05, "messy": 1.8, "crossed": 1.5, "swoop": 1.6},
        "face": {"child": 0.5, "round": 0.2, "heart": 0.3, "oval": 0.7, "square": 6.0, "angular": 6.0, "mature": 0.5},
        "eye-shape": {"round": 0.4, "sharp": 1.6, "droopy": 0.5, "narrow": 2.0},
        "accessory": {"ribbon": 0.1, "flower": 0.2, "headband": 0.2, "maid": 0.05, "tiara": 0.1, "bunny-ears": 0.3},
        "clothes": {"sailor": 0.2, "dress": 0.05, "gothic": 0.15, "qipao": 0.5},
        "earrings": {"drop": 0.3, "hoop": 0.6},
    }
)

# What bangs over one eye rule out: the eye that is seen is open, and no glasses lie half under them.
_ONE_EYE: Mapping[str, Mapping[str, float]] = MappingProxyType(
    {
        "expression": {"wink": 0.0, "closed": 0.0},
        "glasses": {value: 0.0 for value in WEIGHTS["glasses"] if value != "none"},
    }
)

# Hair that does not reach the shoulders: of inner hair in another colour only shards would show.
_SHORT = ("short", "bob", "pixie", "spiky", "wolf", "buns")

# The back hair that leaves human ears bare: it is short, or all combed to ties. On hanging hair an ear looks stuck on.
BARE_EARS = frozenset(
    {
        *("short", "pixie", "spiky", "ponytail", "side-ponytail", "low-ponytail"),
        *("twintails", "low-twintails", "buns", "braids", "drills"),
    }
)
# And where no ring can hang from an ear, by the kinds of ears and back hair (-1 is the viewer's left): ties lie below
# a human lobe, and tails hang before an elf's.
RINGLESS: Mapping[str, Mapping[str, tuple[int, ...]]] = MappingProxyType(
    {
        "human": {"low-ponytail": (1,), "low-twintails": (-1, 1), "braids": (-1, 1)},
        "elf": {"side-ponytail": (1,), "twintails": (-1, 1), "drills": (-1, 1)},
    }
)
ANIMAL_EARS = ("cat-ears", "fox-ears", "bunny-ears")
EARLESS = frozenset({*ANIMAL_EARS, "headphones"})  # what is worn instead of ears or over them

# What is not worn with a kind of back hair: spikes would pierce a halo, a bun beside an animal's ear is one lump with
# it, and a tail or braid below an ear would hang from the cup of headphones.
_NOT_WORN: Mapping[str, Mapping[str, float]] = MappingProxyType(
    {
        "spiky": {"halo": 0.0},
        "buns": {kind: 0.0 for kind in ANIMAL_EARS},
        **{kind: {"headphones": 0.0} for kind in ("low-twintails", "low-ponytail", "braids")},
    }
)

# Backgrounds that an hour of the day makes likelier or less likely.
_HOURS: Mapping[str, Mapping[str, float]] = MappingProxyType(
    {
        "day": {"city": 0.2, "stars": 0.1},
        "morning": {"city": 0.2, "stars": 0.1},
        "evening": {"leaves": 0.5, "stars": 0.4, "sky": 2.0},
        "night": {"leaves": 0.3, "blossom": 0.5, "stars": 2.5, "city": 2.5, "sky": 0.7},
    }
)

TRAITS: Mapping[str, tuple[str, ...]] = MappingProxyType({trait: tuple(weights) for trait, weights in WEIGHTS.items()})


@dataclass(frozen=True, slots=True)
class Attributes:
    """Everything that decides a portrait. Traits first, then knobs in [-2.5, 2.5], 0 in the middle.

    A hue that may be any angle is the angle of two knobs, so that it has no seam (see ``palette``).

    Raises:
        ValueError: a trait's value is not in TRAITS, or a knob is not a number in its range.
    """

    hair: str = "brown"
    back_hair: str = "long"
    bangs: str = "blunt"
    face: str = "oval"
    eyes: str = "blue"
    second_eye: str = "same"
    eye_shape: str = "round"
    pupils: str = "round"
    expression: str = "smile"
    skin: str = "fair"
    glasses: str = "none"
    accessory: str = "none"
    style: str = "feminine"
    clothes: str = "sailor"
    background: str = "plain"
    time: str = "day"
    shading: str = "cel"
    dye: str = "none"
    mark: str = "none"
    earrings: str = "none"
    ears: str = "human"
    turn: float = 0.0  # the face looks to the viewer's left (negative) or right; 12 degrees per unit
    tilt: float = 0.0  # the head leans clockwise; 4 degrees per unit
    nod: float = 0.0  # looks down (positive) or up; 5 degrees per unit
    gaze: float = 0.0  # pupils to the viewer's right
    gaze_height: float = 0.0  # pupils down
    twist: float = 0.0  # the shoulders turn beyond what the head's turn gives them
    eye_size: float = 0.0
    eye_spacing: float = 0.0
    eye_height: float = 0.0  # lower on the face
    eye_opening: float = 0.0  # wider open
    iris_size: float = 0.0
    eye_glow: float = 0.0  # the hue at the bottom of the iris, away from the iris's own
    lashes: float = 0.0  # longer, thicker
    brow: float = 0.0  # worried (negative) to stern
    brow_height: float = 0.0
    brow_weight: float = 0.0
    nose: float = 0.0  # longer
    mouth_width: float = 0.0
    mouth_curve: float = 0.0  # corners up
    lips: float = 0.0  # fuller, more colour
    chin: float = 0.0  # longer
    jaw: float = 0.0  # broader
    cheeks: float = 0.0  # fuller
    face_width: float = 0.0
    age: float = 0.0  # childlike to grown, around what the face's shape gives
    bang_length: float = 0.0
    side_length: float = 0.0  # of the locks that frame the face
    back_length: float = 0.0
    volume: float = 0.0  # of the hair
    part: float = 0.0  # the parting moves to the viewer's right
    wave: float = 0.0  # straight (negative) to wavy
    wind: float = 0.0  # blows hair to the viewer's right
    ruffle: float = 0.0  # how much locks differ from their neighbours: sleek (negative) to tousled
    ahoge: float = 0.0  # the lone strand on the crown: none up to 0.5, then longer
    gloss: float = 0.0  # of the hair
    blush: float = 0.0
    hair_hue: float = 0.0
    hair_light: float = 0.0
    skin_light: float = 0.0
    eye_hue: float = 0.0
    eye_light: float = 0.0
    dye_hue_x: float = 0.0
    dye_hue_y: float = 0.0
    accent_hue_x: float = 0.0  # of what is worn: bow, hat, tie
    accent_hue_y: float = 0.0
    accent_light: float = 0.0
    clothes_hue_x: float = 0.0
    clothes_hue_y: float = 0.0
    clothes_light: float = 0.0
    background_hue_x: float = 0.0
    background_hue_y: float = 0.0
    background_light: float = 0.0
    background_x: float = 0.0  # clouds, lights and leaves move to the right
    background_y: float = 0.0  # and down
    light_side: float = 0.0  # the light comes from the viewer's left (negative) or right
    light_height: float = 0.0
    rim: float = 0.0  # light from behind

    def __post_init__(self) -> None:
        for trait, values in TRAITS.items():
            if (value := getattr(self, field_name(trait))) not in values:
                raise ValueError(f"{trait} cannot be {value!r}; it is one of: {', '.join(values)}")
        for name in CONTINUOUS:
            if not -LIMIT <= (knob := getattr(self, name)) <= LIMIT:  # NaN fails this too
                raise ValueError(f"{name} is {knob!r}; it must be from -{LIMIT} to {LIMIT}")

    @property
    def masculine(self) -> bool:
        """Whether the portrait is drawn as a man or boy."""
        return self.style == "masculine"


def field_name(trait: str) -> str:
    """Return the field of Attributes that holds ``trait``."""
    return trait.replace("-", "_")


CONTINUOUS: tuple[str, ...] = tuple(field.name for field in fields(Attributes))[len(TRAITS) :]


def sample(rng: np.random.Generator) -> Attributes:
    """Draw one portrait's attributes with the artist's own odds: the style and the hour come first."""
    style, time = _pick(rng, WEIGHTS["style"], {}), _pick(rng, WEIGHTS["time"], {})
    bias = {**(_MASCULINE if style == "masculine" else {}), "background": _HOURS[time]}
    traits: dict[str, str] = {}
    for trait, weights in WEIGHTS.items():
        if traits.get("bangs") == "one-eye" and trait in _ONE_EYE:
            bias[trait] = _ONE_EYE[trait]
        if trait == "dye" and traits["back-hair"] in _SHORT:
            bias[trait] = {"inner": 0.0}
        if trait == "accessory":
            bias[trait] = {**bias.get(trait, {}), **_NOT_WORN.get(traits["back-hair"], {})}
        traits[trait] = _pick(rng, weights, bias.get(trait, {}))
    if not _shows_earrings(traits):
        traits["earrings"] = "none"
    return _make(traits | {"style": style, "time": time}, _sample_knobs(rng))


def _shows_earrings(traits: Mapping[str, str]) -> bool:
    """Return whether earrings would be seen: a value that changes nothing teaches a network to ignore it."""
    hair, bangs = traits["back-hair"], traits["bangs"]
    if hair not in BARE_EARS or bangs == "hime" or traits["accessory"] in EARLESS:
        return False
    free = {-1, 1} - set(RINGLESS[traits["ears"]].get(hair, ())) - ({-1} if bangs == "one-eye" else set())
    return bool(free)


def sample_evenly(rng: np.random.Generator) -> Attributes:
    """Draw one portrait's attributes with all values of each trait equally likely, as people may ask for them."""
    return _make(
        {trait: values[int(rng.integers(len(values)))] for trait, values in TRAITS.items()}, _sample_knobs(rng)
    )


def _sample_knobs(rng: np.random.Generator) -> list[float]:
    return list(rng.standard_normal(len(CONTINUOUS)).clip(-LIMIT, LIMIT).tolist())


def _pick(rng: np.random.Generator, weights: Mapping[str, float], bias: Mapping[str, float]) -> str:
    shares = np.cumsum([weight * bias.get(value, 1.0) for value, weight in weights.items()])
    return tuple(weights)[int(np.searchsorted(shares, rng.random() * shares[-1], side="right"))]


def _make(traits: Mapping[str, str], knobs: Sequence[float]) -> Attributes:
    named: dict[str, Any] = {field_name(trait): value for trait, value in traits.items()}
    return Attributes(**named | dict(zip(CONTINUOUS, knobs, strict=True)))


def label(attributes: Attributes) -> NDArray[np.float32]:
    """Return the one-hot vectors of all traits, concatenated in the order of TRAITS: [sum of their sizes], 0 or 1."""
    return np.concatenate(
        [
            np.eye(len(values), dtype=np.float32)[values.index(getattr(attributes, field_name(trait)))]
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
