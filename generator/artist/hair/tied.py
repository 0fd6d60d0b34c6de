"""Tied hair: hair combed to a tie, tails that hang from it, and buns, braids and drills.

Knows nothing of which style has what.
"""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from types import MappingProxyType

import numpy as np

from generator.artist.figure import Figure, sequence
from generator.artist.hair.locks import ALONG, BRIMS, DRAPED, SAMPLES, UNDER, Strands, egg, step
from generator.artist.rig import SCALP_CENTRE, direction
from generator.artist.svg import Points, joined, leaves, linear_gradient, path
from generator.artist.traits import ANIMAL_EARS

LOW_POLAR = 118.0  # degrees from the crown at which hair is tied low, at the nape
# What would lie before a tie near the crown, and the degrees from the crown at which hair is tied below it.
BEFORE_TIES = MappingProxyType(
    {
        "maid": 76.0,
        **dict.fromkeys(("ribbon", "flower", "headband"), 66.0),
        **dict.fromkeys(("horns", *ANIMAL_EARS), 61.0),
    }
)
CROWN = np.array([0.0, 0.0, 0.0])  # from which tied hair leads away, in head coordinates
LEAST_FACING = 0.55  # how far combed hair at least faces the viewer for its light, from 0 to 1
NECK = 1  # the sample of a tail at which its tie pinches it
NECK_AT = float(ALONG[NECK])
STUB = 17.5  # head units from the scalp to the tie: hair that is tied stands off the head
GATHERED = 7.0  # half the width at the tie over which the middles of locks lie, in head units
LOCK_AT_TIE = 5.0  # half width of a lock there
LEAP = 2.2  # how soon a tail has gone out from its tie: evenly at 1, at once far above
INNER_LEAP = 0.6  # how much less the innermost lock rises than the middle one, as a share: locks never cross
DRAWN_IN = 0.4  # how far its locks come together again at its end, as a share of their spread
UNDER_BAND = 0.75  # where a tail begins, as a share of the way from the scalp to its tie: hidden by it
BAND = 1.12  # half the length of a tie as a multiple of the tail's half width there
DROP = 24.0  # head units that hair tied low hangs from the nape to its tie: below the ear, beside the jaw
WEB = 6.0, 26.0  # head units aside and down from a high tie to which the hair that leads to it fills its corner
# The hair that leads to a tie: degrees from the tie's height up and down the head's edge at which it begins.
FAN, LOW_FAN = (-26.0, -10.0, 8.0, 38.0), (-54.0, -36.0, -18.0, -4.0)


@dataclass(frozen=True)
class Tie:
    """Where hair is gathered, and how far the knot stands away from the scalp."""

    azimuth: float
    polar: float
    height: float = 1.04  # as a multiple of the scalp's radius
    layer: int = DRAPED  # of what hangs from it: UNDER lies behind the head and the body

    @property
    def low(self) -> bool:
        """Whether it is tied below the ears."""
        return self.polar > 90

    @property
    def direction(self) -> Points:
        """The unit vector from the head's middle, [3] in head coordinates."""
        return direction(self.azimuth, self.polar)

    @property
    def side(self) -> int:
        """The side of the head: -1 for the viewer's left, else 1."""
        return -1 if np.sin(np.radians(self.azimuth)) < -0.1 else 1

    def anchor(self, figure: Figure) -> Points:
        """Return the knot's place, [3] in turned head coordinates."""
        place = figure.rig.rotate(egg(figure, self.direction * figure.rig.scalp_radii * self.height + SCALP_CENTRE))
        return np.asarray(place + np.array([0.0, DROP * self.low, 0.0]))

    def lead(self, figure: Figure) -> Points:
        """Return the way in which hair leaves the head at the tie: a unit vector [2], right and down.

        It is straight away from the head's middle; hair tied low hangs already.
        """
        way = np.array([0.25 * self.side, 1.0]) if self.low else self.anchor(figure)[:2] - figure.rig.rotate(CROWN)[:2]
        return np.asarray(way / max(1e-6, float(np.hypot(*way))))

    def neck(self, figure: Figure) -> Points:
        """Return where the tie lies round the tail: [3] in turned head coordinates."""
        return self.anchor(figure) + STUB * np.append(self.lead(figure), 0.0)


def clear_of_worn(figure: Figure, tie: Tie) -> Tie:
    """Return ``tie`` where what is worn leaves it in sight: at the nape under a brim, at the temple below a bow."""
    worn = figure.attributes.accessory
    least = LOW_POLAR if worn in BRIMS else BEFORE_TIES.get(worn, 0.0)
    return replace(tie, polar=max(tie.polar, least))


def comb_back(
    figure: Figure,
    starts: Sequence[tuple[float, float]],
    tie: Tie,
    width: float,
    *,
    lift: float = 0.02,
    phase: float = 0,
) -> Strands:
    """Return locks combed along the scalp from each start (azimuth, polar) to the tie."""
    rig, n = figure.rig, len(starts)
    begin = direction([s[0] for s in starts], [s[1] for s in starts])
    end = tie.direction
    angle = np.arccos(np.clip(begin @ end, -1, 1))[:, None] + 1e-3
    outward = np.sin((1 - ALONG) * angle)[..., None] * begin[:, None] + np.sin(ALONG * angle)[..., None] * end
    outward = outward / np.linalg.norm(outward, axis=-1, keepdims=True)
    arch = 1 + lift * np.sin(np.pi * ALONG)
    points = rig.rotate(egg(figure, outward * rig.scalp_radii * arch[:, None] + SCALP_CENTRE))
    outwards = rig.rotate(outward)
    swell = 0.30 + 0.70 * np.sin(np.pi * np.clip(ALONG * 0.90 + 0.05, 0, 1)) ** 0.7
    swell = swell * step(ALONG, -0.02, 0.14)  # a root as wide as the lock is a chip where a turn shows it
    return Strands(
        points=points,
        # Lit as far as it is seen: the dark of its end at the back would run down its gradient to the front.
        normals=np.concatenate([outwards[..., :2], np.maximum(outwards[..., 2:], LEAST_FACING)], axis=-1),
        # Where the head turns away a lock ends, or its end would show before the face.
        widths=np.outer(width * (1 + 0.15 * sequence(n, phase)), swell) * step(outwards[..., 2], 0.02, 0.42),
        tones=0.03 * sequence(n, phase + 1),
        layers=np.full(n, UNDER),
        rings=np.full(n, -1.0),
        fronts=step(outwards[:, SAMPLES // 2, 2], -0.25, -0.17),
    )


def draw_root(figure: Figure, tie: Tie, name: str) -> str:
    """Draw the hair that leads from the head's edge to where a tie pinches it. ``name`` is the gradient's id."""
    rig, hair, side = figure.rig, figure.palette.hair, tie.side
    edge = side * 90.0 - float(np.degrees(rig.yaw))  # the azimuth of the head's edge
    polars = np.clip(tie.polar + np.array(LOW_FAN if tie.low else FAN), 2.0, 128.0)
    rim = rig.project(egg(figure, rig.scalp(np.full(4, edge), polars, -0.02)))
    inside = rig.project(egg(figure, rig.scalp(np.full(2, edge - side * 40), polars[[0, -1]])))
    upper, lower = tie_ends(figure, tie)
    along = tie.lead(figure) * STUB * figure.scale
    # It goes into the tie along the tail, in hollow curves; under a high tie it fills what would be a hole beside the
    # head.
    if tie.low:
        sides = [[rim[0], rim[1] * 0.3 + (upper - along) * 0.7, upper], [lower, lower - along, inside[1]]]
    else:
        web = lower + np.array([side * WEB[0], WEB[1]]) * figure.scale
        sides = [[rim[0], (rim[0] + rim[1]) * 0.2 + (upper - along) * 0.6, upper], [lower, web, rim[3], inside[1]]]
    shape = joined([inside[0], *sides[0]], sides[1])
    drawn = linear_gradient(name, rim[1], (upper + lower) / 2, [(0.0, hair.at(0.52)), (1.0, hair.at(0.34))])
    drawn += path(shape, f"url(#{name})", stroke=hair.lines[14], width=1.2 * figure.line)
    shares = np.array([0.25, 0.5, 0.75])[:, None]
    ends = upper + (lower - upper) * shares
    starts = rim[0] + (rim[3] - rim[0]) * shares
    lines = np.stack([starts, starts * 0.35 + (ends - along) * 0.65, ends], axis=1)
    return drawn + path(leaves(lines, np.full(3, 0.8 * figure.line)), hair.at(0.14), opacity=0.6)


def tie_ends(figure: Figure, tie: Tie, share: float = 1.0) -> tuple[Points, Points]:
    """Return the outer and the inner end [2] of the line across a tail at its tie, ``share`` of its half width away."""
    lead = tie.lead(figure)
    across = tie.side * np.array([lead[1], -lead[0]]) * (GATHERED + LOCK_AT_TIE) * share * figure.scale
    knot = figure.rig.flatten(tie.neck(figure))
    return knot + across, knot - across


@dataclass(frozen=True)
class Tail:
    """A bundle of locks that hangs from a tie. Lengths in head units."""

    out: tuple[float, float, float]  # how far it leaps before it falls: to the viewer's right, down, to the viewer
    length: float
    count: int = 9
    width: float = 16.0  # half width of a lock
    spread: float = 30.0  # half width of the bundle
    wave: float = 3.0
    frequency: float = 0.8  # waves per 100 head units
    curl: float = 0.0  # how far its end turns to the side
    wind: float = 1.0  # how much the wind moves it
    fall: float = 1.7  # how late it falls: from the tie on at 1, after its leap at 2


def hang(figure: Figure, tie: Tie, tail: Tail) -> Strands:
    """Return the locks of a tail, the outer ones first.

    They leave the tie as water leaves a fountain: the outer ones leap further and higher, so that none crosses another
    and the tail is narrow at its tie and there alone.
    """
    n, lead = tail.count, tie.lead(figure)
    offset = np.linspace(-1, 1, n)
    offset = offset[np.argsort(-np.abs(offset) + 0.25 * sequence(n, 1.0), kind="stable")][:, None]
    length = tail.length * (1 - 0.16 * np.abs(offset) + 0.05 * sequence(n, 2.0)[:, None])
    phase = 0.5 * sequence(n, 3.0)[:, None]
    after = np.maximum(0.0, (ALONG - NECK_AT) / (1 - NECK_AT))
    leap, fall = 1 - (1 - after) ** LEAP, after**tail.fall
    across = (tail.out[0] + tie.side * tail.spread * offset * (1 - DRAWN_IN * after**2)) * leap
    across = across + tail.wave * np.sin(2 * np.pi * tail.frequency * after * length / 100 + phase) * np.minimum(
        1, after * 3
    )
    blown = figure.attributes.wind * tail.wind * (length / 110) ** 1.3 * 12 * after**2
    across = across + tail.curl * after**3 + blown
    down = tail.out[1] * (1 + INNER_LEAP * offset) * leap + length * fall
    across, depth = across + 0.6 * np.sin(figure.rig.roll) * length * fall, tail.out[2] * after + 4 * (1 - offset**2)
    beside = tie.side * np.array([lead[1], -lead[0]]) * GATHERED
    stub = lead * (STUB * np.minimum(1.0, UNDER_BAND + ALONG / NECK_AT))[:, None] + beside * offset[..., None]
    points = tie.anchor(figure) + np.stack([across + stub[..., 0], down + stub[..., 1], depth], axis=-1)
    tilt = np.broadcast_to(0.75 * offset, (n, SAMPLES))
    facing = np.stack(
        [tilt, np.broadcast_to(0.05 - 0.55 * (1 - ALONG), (n, SAMPLES)), 0.8 * np.sqrt(1 - tilt**2 / 2)], -1
    )
    # Pinched by the tie, and pointed under it: a root that stuck out of it would be a stub.
    full = tail.width * (1 - 0.15 * np.abs(offset) + 0.15 * sequence(n, 4.0)[:, None])
    grown = LOCK_AT_TIE + (full - LOCK_AT_TIE) * step(after, 0.0, 0.5)
    return Strands(
        points=points,
        normals=facing / np.linalg.norm(facing, axis=-1, keepdims=True),
        widths=grown * step(ALONG, 0.0, NECK_AT) * (1 - ALONG**2.4) ** 0.8,
        tones=0.04 * sequence(n, 5.0) - 0.05 * np.abs(offset[:, 0]),
        layers=np.full(n, tie.layer),
        rings=2.8 + 0.5 * sequence(n, 6.0),
        fronts=np.zeros(n),
    )
