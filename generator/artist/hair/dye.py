"""Where hair is dyed: at its tips, in streaks, or on its inner side. Knows nothing of colours and of drawing.

One field of heights dyes all layers alike, or one lock would be dyed beside another that is not.
"""

from dataclasses import dataclass

import numpy as np

from generator.artist.hair.cut import Cut
from generator.artist.hair.locks import ALONG, FRINGE, LOOSE, SIDE, TOP, UNDER, Strands, step
from generator.artist.svg import Points

# Dyed tips begin and are full at these shares of the way from the middle of the head down to the lowest tips, which
# count between the heights NEAREST and FURTHEST, in head units.
TIPS, NEAREST, FURTHEST = (0.24, 0.75), 40.0, 150.0
SHORT = 0.66, 0.92  # short hair is dyed at the tip of each lock, bangs too, between these shares of its length
INNER = 20.0, 125.0  # heights in head units between which inner hair goes over into the dye: under the head it is dark
SHORT_INNER = 0.3  # the share of it that short hair has: it shows only slivers, which in another colour would be leaves
TAILS = 0.35, 0.9  # the same for tails, as shares of their length
BESIDE = 0.3, 0.8  # and for the inner locks beside the face
ROOTS = 0.02, 0.35  # and for streaks: one that began at once would be a strip of tape
HANGING_SHAPES = ("braid", "drill")  # what shows a dye itself


@dataclass(frozen=True)
class Dye:
    """How far hair is dyed by its height (y in head units), before and beside the head and behind it."""

    kind: str  # a value of the trait, or "tails" or "short": where tips are
    tips: tuple[float, float]  # the heights at which dyed tips begin and are full
    behind: float  # the share of inner hair's dye behind the head

    def beside(self, height: Points) -> Points:
        """Return how far hair at ``height`` beside the face is dyed: 0 to 1."""
        return step(height, *self.tips) if self.kind == "tips" else np.zeros_like(height)

    def under(self, height: Points) -> Points:
        """Return the same of hair behind the head."""
        return self.behind * step(height, *INNER) if self.kind == "inner" else self.beside(height)


def make_dye(kind: str, cut: Cut, strands: Strands) -> Dye:
    """Return the dye of ``kind`` on hair that has grown as ``strands``."""
    if kind == "tips" and (cut.tails or cut.shape in HANGING_SHAPES):
        kind = "tails"  # they show the dye: a few locks beside the face in it would be mud
    elif kind == "tips" and not cut.mass[0]:
        kind = "short"
    tips = strands.points[(strands.layers == SIDE) | ((strands.layers == UNDER) & (not cut.ties)), -1, 1]
    low = float(np.clip(tips.max(initial=NEAREST), NEAREST, FURTHEST))
    return Dye(kind, (TIPS[0] * low, TIPS[1] * low), 0.0 if cut.ties else 1.0 if cut.long else SHORT_INNER)


def dyed(dye: Dye, cut: Cut, strands: Strands, streaks: list[int], combed: slice, tail: range) -> Points:
    """Return how far each sample of each strand has the dye's colour: [n, SAMPLES] from 0 to 1.

    ``streaks``, ``combed`` and ``tail`` say which strands are dyed as streaks, combed to a tie, and hang from one.
    """
    shares: Points = np.zeros(strands.widths.shape)
    if dye.kind == "tips":
        shares = dye.beside(strands.points[..., 1])
        shares[np.isin(strands.layers, (FRINGE, TOP, LOOSE))] = 0  # a corner of the bangs would be a stain
    if dye.kind == "short":
        shares[:] = step(ALONG, *SHORT)
        shares[combed] = 0  # its tips are elsewhere
    if dye.kind == "streak":
        shares[streaks] = step(ALONG, *ROOTS)
    if dye.kind in ("tips", "tails"):
        shares[list(tail)] = step(ALONG, *TAILS)
    if dye.kind == "inner":
        _dye_inner(shares, cut, strands, tail)
    return shares


def _dye_inner(shares: Points, cut: Cut, strands: Strands, tail: range) -> None:
    """Dye the locks that are drawn first: in tails, or where none hang, beside the face."""
    if not (cut.mass[0] or cut.tails or cut.shape in HANGING_SHAPES):
        for locks in np.split(np.flatnonzero(strands.layers == SIDE), 2):
            shares[locks[:1]] = step(ALONG, *BESIDE)
    start = tail.start
    for hanging in cut.tails:
        shares[start : start + 2 * len(hanging) // 3] = step(ALONG, *TAILS)
        start += len(hanging)
