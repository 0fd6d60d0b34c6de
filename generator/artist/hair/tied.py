"""Tied hair: hair combed to a tie, tails that hang from it, and buns, braids and drills.

Knows nothing of which style has what.
"""

from collections.abc import Sequence
from dataclasses import dataclass, replace

import numpy as np

from generator.artist.figure import Figure, sequence
from generator.artist.hair.locks import ALONG, BRIMS, DRAPED, SAMPLES, UNDER, Strands, egg, step
from generator.artist.rig import SCALP_CENTRE, direction
from generator.artist.svg import Points, joined, leaves, linear_gradient, normals, path

EAR_POLAR = 98.0  # degrees from the crown
LEAST_FACING = 0.55  # how far combed hair at least faces the viewer for its light, from 0 to 1
NECK = 1  # the sample of a tail at which its tie pinches it
ROOT_END = 9.0  # half the width at its tie of hair that leads to it, in head units
NECK_AT = float(ALONG[NECK])
LEAP = 2.2  # how soon a tail has gone out from its tie: evenly at 1, at once far above
GATHERED = 0.14  # how far its locks lie apart at the tie, as a share of their spread


@dataclass(frozen=True)
class Tie:
    """Where hair is gathered, and how far the knot stands away from the scalp."""

    azimuth: float
    polar: float
    height: float = 1.04  # as a multiple of the scalp's radius
    layer: int = DRAPED  # of what hangs from it: UNDER lies behind the head and the body

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
        return figure.rig.rotate(egg(figure, self.direction * figure.rig.scalp_radii * self.height + SCALP_CENTRE))


def under_brim(figure: Figure, tie: Tie) -> Tie:
    """Return ``tie`` at the height of the ears where a brim covers its place."""
    return replace(tie, polar=max(tie.polar, EAR_POLAR)) if figure.attributes.accessory in BRIMS else tie


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


def draw_root(figure: Figure, tie: Tie, end: Points | None, name: str) -> str:
    """Draw the hair that leads from the head's edge to where a tie pinches it: ``end`` [3], or beside the knot.

    ``end`` is in turned head coordinates; ``name`` is the gradient's id.
    """
    rig, hair, scale, side = figure.rig, figure.palette.hair, figure.scale, tie.side
    knot = rig.flatten(tie.anchor(figure) + np.array([8.0 * side, 2.0, 0.0]) if end is None else end)
    edge = side * 90.0 - float(np.degrees(rig.yaw))  # the azimuth of the head's edge
    low = 0.15 if tie.polar > 90 else 1.0  # below the ears the head ends soon
    polars = np.clip(tie.polar + np.array([-30.0, -15.0, 0.0, 7.0 * low, 14.0 * low]), 2.0, 128.0)
    lifts = np.array([-0.02, -0.02, -0.03, -0.04, -0.05])[:, None]
    rim = rig.project(egg(figure, rig.scalp(np.full(5, edge), polars, lifts)))
    inside = rig.project(egg(figure, rig.scalp(np.full(2, edge - side * 40), polars[[0, -1]])))
    along = knot - rim[2]
    across = np.array([-along[1], along[0]]) / max(1.0, float(np.hypot(*along)))
    across *= ROOT_END * scale * (1 if across @ (rim[0] - rim[-1]) > 0 else -1)
    upper, lower = knot + across, knot - across
    bend = 0.35 * (knot - (upper + rim[0]) / 2), 0.25 * (knot - (lower + rim[-1]) / 2)
    shape = joined(
        [inside[0], rim[0], (upper + rim[0]) / 2 + bend[0], upper],
        [lower, (lower + rim[-1]) / 2 + bend[1], rim[-1], inside[1]],
    )
    drawn = linear_gradient(name, rim[2], knot, [(0.0, hair.at(0.46)), (1.0, hair.at(0.30))])
    drawn += path(shape, f"url(#{name})", stroke=hair.lines[14], width=1.2 * figure.line)
    lines = np.stack([np.stack([rim[k], (rim[k] + knot) / 2 + 0.1 * (rim[2] - rim[k]), knot]) for k in (1, 2, 3)])
    return drawn + path(leaves(lines, np.full(3, 0.8 * figure.line)), hair.at(0.14), opacity=0.6)


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
    """Return the locks of a tail, the outer ones first."""
    n = tail.count
    offset = np.linspace(-1, 1, n)
    offset = offset[np.argsort(-np.abs(offset) + 0.25 * sequence(n, 1.0), kind="stable")][:, None]
    length = tail.length * (1 - 0.16 * np.abs(offset) + 0.05 * sequence(n, 2.0)[:, None])
    phase = 0.5 * sequence(n, 3.0)[:, None]
    leap = 1 - (1 - ALONG) ** LEAP
    fall = ALONG**tail.fall
    # Locks spread to both sides of the course: spread sideways, a tail that leaps aside would not be gathered.
    beside = normals(np.stack([tail.out[0] * leap, tail.out[1] * leap + tail.length * fall], axis=-1))
    beside = beside * (GATHERED + (1 - GATHERED) * step(ALONG, 0.16, 0.66) * (1 - 0.35 * ALONG**2))[:, None]
    spread = tail.spread * offset[..., None] * beside  # [n, SAMPLES, 2]
    across = tail.out[0] * leap + spread[..., 0]
    across = across + tail.wave * np.sin(2 * np.pi * tail.frequency * ALONG * length / 100 + phase) * np.minimum(
        1, ALONG * 3
    )
    across = across + tail.curl * ALONG**3
    across = across + figure.attributes.wind * tail.wind * (length / 110) ** 1.3 * 12 * ALONG**2
    down = tail.out[1] * leap + length * fall + spread[..., 1]
    across = across + 0.6 * np.sin(figure.rig.roll) * length * fall
    depth = tail.out[2] * ALONG + 4 * (1 - offset * offset)
    points = tie.anchor(figure) + np.stack([across, down, depth], axis=-1)
    tilt = np.broadcast_to(0.75 * offset, (n, SAMPLES))
    facing = np.stack(
        [tilt, np.broadcast_to(0.05 - 0.55 * (1 - ALONG), (n, SAMPLES)), 0.8 * np.sqrt(1 - tilt**2 / 2)], -1
    )
    # Pinched by the tie, and pointed before it: a blunt root would stick out of the tie as a stub.
    profile = (0.42 + 0.58 * step(ALONG, 0.15, 0.56)) * step(ALONG, -0.10, NECK_AT) * (1 - ALONG**2.4) ** 0.8
    return Strands(
        points=points,
        normals=facing / np.linalg.norm(facing, axis=-1, keepdims=True),
        widths=tail.width * (1 - 0.15 * np.abs(offset) + 0.15 * sequence(n, 4.0)[:, None]) * profile,
        tones=0.04 * sequence(n, 5.0) - 0.05 * np.abs(offset[:, 0]),
        layers=np.full(n, tie.layer),
        rings=2.8 + 0.5 * sequence(n, 6.0),
        fronts=np.zeros(n),
    )
