"""Locks of hair in space: what a lock is, and the curve along which it grows from the scalp and then hangs.

Knows nothing of styles or colours. Points are in turned head coordinates (``Rig.rotate``), lengths in head units.
"""

from collections.abc import Sequence
from dataclasses import dataclass, fields
from math import degrees, sin
from typing import Any, NamedTuple

import numpy as np

from generator.artist.figure import Figure
from generator.artist.rig import SCALP_CENTRE, SCALP_RADII, direction
from generator.artist.svg import Points, hull

SAMPLES = 11  # points along a lock
# Their places from root (0) to tip (1), closer together at the tip, where a lock tapers.
ALONG: Points = 1 - (1 - np.linspace(0, 1, SAMPLES)) ** 1.2
ARC_RADIUS = 108.0  # head units of hair per radian from crown to equator
GRAVITY_SHARE = 0.6  # how much of the head's tilt hanging hair undoes
EGG_NARROW, EGG_TALL = 0.04, 0.01  # how much narrower and taller than an ellipsoid the hair is at the crown, as shares
HATS = frozenset({"beret", "witch-hat", "maid", "crown", "headphones"})  # they flatten the hair under them
# Hats with a brim or a rolled edge: its height above the middle of the hair in head units, its lean in degrees, and the
# share of a tilt of the head that it undoes.
BRIMS = {"beret": (74.0, 6.0, 0.9), "witch-hat": (57.0, 5.0, 0.0)}
BRIM_PRESS = 0.10  # how much further a hat with a brim presses the crown inwards and down, as a share
# Between ears that stand at its sides a crown looks flat, so there it is taller.
TALLER = {"cat-ears": 0.045, "fox-ears": 0.045, "bunny-ears": 0.03}
FLATTER = 0.35  # how much less deep hair behind the head is than the head: a turn shows it as a lump
TIP_SLOPE = (
    0.27  # half widths that a lock gains per length from its tip, per unit of ``blunt``: no end is round or square
)
WIND_REACH = 14.0  # head units that a unit of wind moves hair at 100 head units below the equator

# Layers, in the order in which they are drawn before the head.
UNDER, SIDE, TUFT, FRINGE, TOP, LOOSE = 0, 1, 2, 3, 4, 5
DRAPED = -1  # drawn before the body, but behind the ears and the face


class Lock(NamedTuple):
    """A lock that starts on the scalp, follows it to the equator, and hangs from there. Angles in degrees."""

    start: float  # azimuth of the root
    polar: float  # polar angle of the root: 0 at the crown, 90 at the equator
    azimuth: float  # where it leaves the scalp
    length: float  # below the equator, in head units; negative ends above it
    width: float  # half width in head units
    layer: int = UNDER
    lift: float = 0.04  # height of its arch above the scalp, as a share of the radius
    flare: float = 0.0  # how far it stands away below the equator, as a share of the radius per 100 head units
    flick: float = 0.0  # how far its end turns outward, or inward (negative), as a share of the radius
    curl: float = 0.0  # how far its end bends to the side, in head units
    wave: float = 0.0  # half width of its waves, in head units
    frequency: float = 1.0  # waves per 100 head units
    phase: float = 0.0  # of the waves, in radians
    blunt: float = 2.2  # 1.5 tapers early to a long point, 6 is cut straight
    root: float = 0.10  # width at the root as a share of the full width
    tone: float = 0.0  # lighter or darker than the light makes it
    wind: float = 1.0  # how much the wind moves it


@dataclass(frozen=True)
class Strands:
    """Grown locks: [count, SAMPLES] along each."""

    points: Points  # [count, SAMPLES, 3] in turned head coordinates
    normals: Points  # [count, SAMPLES, 3] unit vectors away from the head
    widths: Points  # [count, SAMPLES] half widths in head units
    tones: Points  # [count]
    layers: Points  # [count]
    rings: Points  # [count] where the highlight lies, in samples from the root; negative where the light decides it
    fronts: Points  # [count] how far each is drawn before the head: 0 behind, 1 before; between, both

    def __len__(self) -> int:
        return len(self.tones)


def join(parts: Sequence[Strands]) -> Strands:
    """Return the strands of all ``parts`` as one."""
    return Strands(*(np.concatenate([getattr(part, field.name) for part in parts]) for field in fields(Strands)))


def step(value: Points, low: float, high: float) -> Points:
    """Return a smooth step from 0 at ``low`` to 1 at ``high``."""
    t = np.clip((value - low) / (high - low), 0, 1)
    return np.asarray(t * t * (3 - 2 * t))


def taper(blunt: Points, root: Points) -> Points:
    """Return the widths [n, SAMPLES] along locks as a share: ``root`` at the root, full in the middle, 0 at the tip."""
    swell = root + (1 - root) * np.sin(np.pi / 2 * np.minimum(1, ALONG * 2.0))
    return np.asarray(swell * (1 - ALONG**blunt) ** 0.8)


def pointed(widths: Points, most: Points) -> Points:
    """Return ``widths`` [n, SAMPLES] held softly under ``most``, which is 0 at the tips."""
    share = (widths / np.maximum(1e-6, most)) ** 4
    return np.asarray(widths / (1 + share) ** 0.25)


def egg(figure: Figure, points: Points) -> Points:
    """Return ``points`` [..., 3] of the head on a crown that tapers: hair on an ellipsoid looks like a helmet."""
    radii = figure.rig.scalp_radii
    up = np.clip((SCALP_CENTRE[1] - points[..., 1]) / radii[1], 0, 1.1)
    worn = figure.attributes.accessory
    tall = -BRIM_PRESS if worn in BRIMS else 0.0 if worn in HATS else TALLER.get(worn, EGG_TALL)
    narrow = 1 - (EGG_NARROW + BRIM_PRESS * (worn in BRIMS)) * up**2
    return np.stack(
        [points[..., 0] * narrow, points[..., 1] - tall * radii[1] * up**4, points[..., 2] * narrow], axis=-1
    )


def brim_lean(figure: Figure, hat: str) -> float:
    """Return by how much the brim of a hat leans to the viewer's right on the head, in degrees."""
    _, lean, undone = BRIMS[hat]
    return lean - undone * degrees(figure.rig.roll)


def silhouette(figure: Figure, lift: float) -> Points:
    """Return the outline [n, 2] on the canvas of the hair's whole surface, ``lift`` above it as a share of its radius.

    The surface is that on which locks lie: ``egg`` of the scalp, all round the head.
    """
    azimuth, polar = np.meshgrid(np.linspace(-180, 180, 37), np.linspace(0, 180, 25))
    return hull(figure.rig.project(egg(figure, figure.rig.scalp(azimuth, polar, lift))).reshape(-1, 2))


def grow(figure: Figure, locks: Sequence[Lock]) -> Strands:
    """Return the locks' curves under the portrait's turn, tilt, wind and volume."""
    lock: Any = Lock(*np.array(locks, dtype=float).T[..., None])  # each field is [n, 1]
    rig = figure.rig
    radius = ARC_RADIUS * rig.scalp_radii[0] / SCALP_RADII[0]
    arc = np.radians(90 - lock.polar) * radius
    total = np.maximum(20.0, arc + lock.length)
    run = ALONG * total  # [n, SAMPLES] head units from the root
    polar = np.minimum(lock.polar + np.degrees(run / radius), 90.0)
    hang = np.maximum(0.0, run - arc)
    on_scalp = np.minimum(1.0, run / np.minimum(arc, total))
    azimuth = lock.start + (lock.azimuth - lock.start) * (1 - (1 - on_scalp) ** 1.5)

    end = np.maximum(0.0, (ALONG - 0.5) / 0.5)
    swing = 2 * np.pi * lock.frequency * hang / 100 + lock.phase
    loose = np.minimum(1.0, hang / 40)  # waves begin where the scalp ends
    reach = 1 + lock.lift * np.sin(np.pi * np.minimum(1.0, run / np.maximum(arc, 0.75 * total)))
    reach = reach + _stand_away(lock, hang, end)
    reach = reach + 0.7 * lock.wave / SCALP_RADII[0] * np.sin(swing + 1.2) * loose
    outward = direction(azimuth, polar)
    points = outward * rig.scalp_radii * reach[..., None] + SCALP_CENTRE
    across = np.stack([np.cos(np.radians(azimuth)), 0 * azimuth, -np.sin(np.radians(azimuth))], axis=-1)
    points = points + across * (lock.wave * np.sin(swing) * loose + lock.curl * end**2)[..., None]

    points[..., 2] *= np.where((lock.layer == UNDER) & (points[..., 2] < 0), 1 - FLATTER, 1.0)
    points, normals = rig.rotate(egg(figure, points)), rig.rotate(outward)
    blown = figure.attributes.wind * lock.wind * (WIND_REACH * (hang / 100) ** 1.4 + 2.5 * end**2)
    points[..., 0] += GRAVITY_SHARE * sin(rig.roll) * hang + blown
    points[..., 1] += hang
    curls = 1 + 0.018 * lock.wave * np.cos(2 * swing) * loose  # a curl is widest where it turns
    return Strands(
        points=points,
        normals=normals,
        widths=pointed(lock.width * taper(lock.blunt, lock.root), TIP_SLOPE * lock.blunt * (total - run)) * curls,
        tones=lock.tone[:, 0],
        layers=lock.layer[:, 0],
        rings=np.full(len(locks), -1.0),
        fronts=_in_front(lock.layer[:, 0], normals),
    )


def _stand_away(lock: Any, hang: Points, end: Points) -> Points:
    """Return how far locks stand away from a plumb line [n, SAMPLES], as a share of the radius."""
    bulge = 0.4 * np.maximum(0.0, -lock.flick) * np.sin(np.pi * np.minimum(1.0, hang / 110))
    return np.asarray(lock.flare * hang / 100 + lock.flick * end**2 + bulge)


def _in_front(layers: Points, normals: Points) -> Points:
    """Return how far each lock [n] is drawn before the head: the fringe wholly, others as their middles face us."""
    facing = step(normals[:, SAMPLES // 2 : SAMPLES // 2 + 3, 2].min(axis=1), -0.25, -0.17)
    return np.where((layers == FRINGE) | (layers == TOP), 1.0, facing)
