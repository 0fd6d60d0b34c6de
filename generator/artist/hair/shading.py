"""How a lock looks: a ribbon with a tapered outline, a gradient by the light, a shadow, a strand and a highlight.

Highlights here are those of tails; the head's is one band (see ``gloss``). Knows nothing of styles.
"""

from collections.abc import Iterable
from itertools import groupby
from operator import itemgetter

import numpy as np
from numpy.typing import NDArray

from generator.artist.figure import Figure, sequence
from generator.artist.hair.colours import LockColours
from generator.artist.hair.locks import ALONG, FRINGE, LOOSE, SAMPLES, SIDE, TOP, TUFT, UNDER, Strands, silhouette, step
from generator.artist.rig import SCALP_CENTRE
from generator.artist.svg import Points, group, normals, path

OUTLINE = 1.15  # half width of outlines, in canvas units
PALE, PALE_LINE = (0.72, 0.92), 0.35  # lightness of hair whose outlines are wider, and by which share: on pale skies
SHADE_OPACITY = 0.42
STRAND_WIDTH = 0.75  # half width of a strand line, in canvas units
STRAND_PLACES = (-0.45, 0.12, 0.40)  # where strand lines lie, as shares of the half width
RING_LENGTH = 1.2  # half length of a highlight, in samples
BEHIND = 0.11  # how much darker hair behind the head is, as a share of the ramp
INNER = 0.28, 0.66  # the tones of inner hair of another colour: in deep shadow any colour is brown or olive
STANDS_OUT = 0.045  # how far locks may stand out from the scalp at the head's edge, as a share of its radius
EDGE_ROOM = 0.15  # and from their own middle, as a share of their half width
LEAST_BESIDE, LEAST_BEFORE = 0.47, 0.40  # how light locks beside and before the face are at least
LEAST_BEHIND, LEAST_BACK = 0.36, 0.30  # and hair behind: at the head's edge, and further back
SOFTLY = 0.06  # over what they come to it
SEEN = 0.3  # half width in canvas units under which a strand is a stray line
TIGHTEST = 0.8  # the share of a bend's radius that the inner side of a lock may fill
HELD = -30.0, 20.0  # head units above the middle of the cranium between which locks begin to be held to the head
# Path data of a closed outline: up one side in quadratic curves through the midpoints, and down the other.
_SIDE = "Q%.1f %.1f %.1f %.1f" * (SAMPLES - 2) + "L%.1f %.1f"
_RIBBON = "M%.1f %.1f" + _SIDE + "L%.1f %.1f" + _SIDE + "Z"
# The same with a second point beside the tip: the other side begins below a notch.
_FORK = "Q%.1f %.1f %.1f %.1f" * 3 + "Q%.1f %.1f %.1f %.1f" * (SAMPLES - 5) + "L%.1f %.1f"
_FORKED = "M%.1f %.1f" + _SIDE + _FORK + "Z"
FORK_POINT = (
    0.2,
    0.4,
)  # half widths beside the tip, as shares of the widest: pointed locks fork, those cut straight do not
FORK_WIDTH = 17.0, 30.0  # half widths in head units from which a tip begins to fork, and at which it is fully forked
# A highlight: across the lock as shares of its half width; along it as shares of its length above or below the ring.
# Its top is round and its lower edge ragged, so that the highlights of neighbours make a jagged ring.
_GLINT = np.array(
    [
        *((-0.86, 0.0), (-0.55, -0.72), (0.0, -1.0), (0.55, -0.72), (0.86, 0.0)),
        *((0.66, 0.62), (0.38, 0.12), (0.02, 1.0), (-0.24, 0.16), (-0.48, 0.50), (-0.66, 0.08)),
    ]
)
_GLINT_PATH = "M%.1f %.1f" + "L%.1f %.1f" * (len(_GLINT) - 1) + "Z"


class Ribbons:
    """The strands of a portrait laid flat, ready to be drawn in any order.

    ``dyed`` [n, SAMPLES] says how far each sample has the dye's colour. ``outlines`` are path data, one per strand.
    """

    def __init__(self, figure: Figure, strands: Strands, dyed: Points) -> None:
        self.figure, self.strands, self.dyed = figure, strands, dyed
        self.colours = LockColours(figure.palette.hair, figure.palette.dyed)
        self.centre = figure.rig.flatten(strands.points)
        self.normal = normals(self.centre)
        # A lock on the head's edge shows its thin side.
        facing = 0.55 + 0.45 * np.abs(strands.normals[..., 2])
        beyond = 0.3 + 0.7 * step(strands.normals[..., 2], 0.0, 0.45)  # bangs that a turn takes to the edge
        bangs = np.isin(strands.layers, (FRINGE, TOP))[:, None]
        facing = np.where((strands.layers <= SIDE)[:, None], facing, np.where(bangs, beyond, 1.0))
        self.half = strands.widths * facing * figure.scale
        self._hold_to_head()
        self._widen_bends()
        self._light_up()
        across = (self.normal[:, SAMPLES // 2] * figure.light[:2]).sum(-1)
        self.shaded_side = np.where(across > 0, -1.0, 1.0)[:, None]
        # Shadows and forks vanish where a lock lies along the light, since there they change sides.
        self.sidedness = np.minimum(1.0, np.abs(across) * 4)[:, None]
        widest = strands.widths.max(axis=1)
        pointed = 1 - step(
            strands.widths[:, -2:-1] / np.maximum(1e-6, widest)[:, None], *FORK_POINT
        )  # nor what ends in a tie
        standing = np.isin(strands.layers, (TUFT, LOOSE))[:, None]
        self.fork = step(widest, *FORK_WIDTH)[:, None] * self.sidedness * pointed * ~standing
        self.outlines = [_FORKED % tuple(row) for row in self._forked(self.half).tolist()]
        self.rims = [_FORKED % tuple(row) for row in self._forked(self.half + self._line_widths()).tolist()]
        self.shades = [_RIBBON % tuple(row) for row in self._shades().tolist()]
        self.glints = self._glints()

    def _hold_to_head(self) -> None:
        """Move locks at the head's edge inwards until their outer sides follow it.

        A lock is flat on the canvas: with its middle on the edge, half of its width would stand out like a second
        head. What stands away on purpose (tufts, flicked ends) keeps its place, and so does all that hangs.
        """
        middle = self.figure.rig.project(SCALP_CENTRE)
        edge = silhouette(self.figure, STANDS_OUT) - middle
        angles = np.arctan2(edge[:, 1], edge[:, 0])
        order = np.argsort(angles)
        angles, reach = angles[order], np.hypot(edge[order, 0], edge[order, 1])
        offset = self.centre - middle
        own = np.hypot(offset[..., 0], offset[..., 1])
        beyond = np.zeros_like(own)
        # Bangs are held all along: over the face's edge they would flare like a wing.
        bangs = np.isin(self.strands.layers, (FRINGE, TOP))[:, None]
        for side in (-1, 1):
            outer = offset + side * self.normal * self.half[..., None]
            limit = np.interp(np.arctan2(outer[..., 1], outer[..., 0]), angles, reach, period=2 * np.pi)
            limit = np.where(bangs, limit, np.maximum(limit, own + EDGE_ROOM * self.half))
            beyond = np.maximum(beyond, np.hypot(outer[..., 0], outer[..., 1]) - limit)
        # What follows is moved as far: a tip left behind would be a hook.
        beyond = np.where(bangs, np.maximum.accumulate(beyond, axis=1), beyond)
        held = np.maximum(step(-self.strands.points[..., 1], *HELD), bangs)
        beyond *= held * ~np.isin(self.strands.layers, (TUFT, LOOSE))[:, None]
        self.centre = self.centre - offset / np.maximum(1.0, own)[..., None] * beyond[..., None]

    def _widen_bends(self) -> None:
        """Move the inner sides of sharp bends outwards: wider than its radius a bend would fold over itself."""
        first = np.gradient(self.centre, axis=1)
        second = np.gradient(first, axis=1)
        turning = first[..., 0] * second[..., 1] - first[..., 1] * second[..., 0]
        radius = np.hypot(first[..., 0], first[..., 1]) ** 3 / np.maximum(1e-3, np.abs(turning))
        fold = np.maximum(0.0, self.half - TIGHTEST * radius) / 2
        self.centre = self.centre - self.normal * (np.sign(turning) * fold)[..., None]
        self.half = self.half - fold

    def _edge(self, share: float | Points) -> Points:
        return np.asarray(self.centre + self.normal * (self.half * share)[..., None])

    def _light_up(self) -> None:
        strands, light = self.strands, self.figure.light
        self.lit = strands.normals @ light  # [n, SAMPLES]
        self.tones = self._tones(self.lit)
        # How the light changes across a lock, since the head is round: flat, wide neighbours would be facets.
        middle, round_head = SAMPLES // 2, self.figure.rig.scalp_radii[0] * self.figure.scale
        half = self.half.max(axis=1)
        turned = half / round_head * (self.normal[:, middle] @ light[:2])
        left, right = (self._tones(self.lit + sign * turned[:, None])[:, middle] for sign in (1, -1))
        self.across = np.stack([(left - right) * (strands.rings < 0), 2 * half], axis=1)  # tails are round themselves
        known = 0.25 + 0.6 * step(self.lit[:, 3], 0.1, 0.6)
        self.strength = np.where(strands.rings >= 0, known, 0.0)

    def _tones(self, lit: Points) -> Points:
        """Return how light hair is [n, SAMPLES], from 0 to 1 along the ramp, where the light falls on it by ``lit``."""
        strands = self.strands
        root = np.maximum(0, 1 - ALONG / 0.16)
        tones = 0.56 + 0.56 * (lit - 0.40) + strands.tones[:, None] * step(ALONG, 0.1, 0.5) - 0.08 * root
        tones = tones + 0.05 * step(ALONG, 0.6, 1.0) * (strands.layers >= FRINGE)[:, None]  # the face reflects light
        # What lies behind the fringe is in its shadow.
        depth = np.clip((46 - strands.points[..., 2]) / 66, 0, 1)
        tones = tones - 0.15 * depth * (strands.layers < FRINGE)[:, None]
        # Beside the lit bangs a lock in full shadow would be of another colour.
        before = np.select([strands.layers == SIDE, strands.layers > SIDE], [LEAST_BESIDE, LEAST_BEFORE], -1.0)[:, None]
        # So would the hair behind that comes to the head's edge be as it turns.
        edge = 1 - step(np.abs(strands.normals[..., 2]), 0.0, 0.8)
        least = np.where((strands.layers == UNDER)[:, None], LEAST_BACK + (LEAST_BEHIND - LEAST_BACK) * edge, before)
        return np.asarray(least + SOFTLY * np.logaddexp(0, (tones - least) / SOFTLY))

    def _line_widths(self) -> Points:
        """Return the outline's widths: nothing at the root, where lines would make a comb of the crown."""
        pale = float(step(np.array(self.figure.palette.hair_lightness), *PALE))
        width = (
            OUTLINE
            * (1 + PALE_LINE * pale)
            * self.figure.line
            * (0.12 * step(ALONG, 0.4, 0.6) + 0.92 * step(ALONG, 0.5, 0.9))
        )
        before = np.concatenate([self.half[:, :1], self.half[:, :-1]], axis=1)
        return np.asarray(width * np.minimum(1, np.maximum(self.half, before) / 4))  # no line without a lock

    def _forked(self, half: Points) -> Points:
        """Return the numbers [n, ...] of _FORKED for locks ``half`` [n, SAMPLES] wide."""
        grown = (half - self.half)[:, -1:]  # how much wider than the lock itself
        lit_side = -self.shaded_side
        shaded = self.centre - self.normal * (half * lit_side)[..., None]
        lit = self.centre + self.normal * (half * lit_side)[..., None]
        tangent = np.stack([self.normal[:, -1, 1], -self.normal[:, -1, 0]], axis=-1)
        shaded[:, -1] = self.centre[:, -1] + tangent * 1.5 * grown
        fork = self.fork
        # Two points of their own with a deep notch between them: a shallow one would be a square end.
        notch = (self.centre[:, 7] + self.centre[:, 8]) / 2 + lit_side * self.normal[:, 8] * 0.5 * grown
        point = self.centre[:, 9] + lit_side * self.normal[:, 9] * (0.6 * self.half[:, 8:9] + grown)
        notch, point = notch + tangent * 1.2 * grown, point + tangent * 1.2 * grown
        notch = lit[:, 9] * (1 - fork) + notch * fork
        point = lit[:, 8] * (1 - fork) + point * fork
        tip = shaded[:, -1]
        rest = lit[:, 7::-1]  # from below the fork to the root
        middle = (rest[:, 1:] + rest[:, :-1]) / 2
        fork_curves = [(tip + notch) / 2, notch, (notch + point) / 2, point, lit[:, 7], middle[:, 0]]
        curves = np.concatenate([rest[:, 1:-1], middle[:, 1:]], axis=-1).reshape(len(rest), -1)
        return np.concatenate([_one_side(shaded), *fork_curves, curves, rest[:, -1]], axis=1)

    def silhouettes(self, which: NDArray[np.intp]) -> str:
        """Return path data of the strands ``which`` as one shape, for the shadow that they cast together.

        All run round in one direction: of outlines that overlap in opposite ones, one path has holes.
        """
        left, right = self._edge(1.0)[which], self._edge(-1.0)[which]
        return "".join(_RIBBON % tuple(row) for row in _ribbon(left, right).tolist())

    def _shades(self) -> Points:
        """Return the shadow on the side away from the light."""
        depth = self.sidedness * (0.80 * step(ALONG, 0.34, 0.80) + 0.20 * step(ALONG, 0.6, 1.0))
        return _ribbon(self._edge(self.shaded_side), self._edge(self.shaded_side * (1 - depth)))

    def _glints(self) -> list[str]:
        """Return path data for each strand's highlight; empty where it has none."""
        n, gloss = len(self.strands), self.figure.attributes.gloss
        if not self.strength.any():
            return [""] * n
        ragged = max(0.0, 1 + 0.3 * self.figure.attributes.ruffle)
        length = RING_LENGTH * (1 + 0.22 * gloss) * (0.35 + 0.65 * self.strength)
        above = length * (0.55 + 0.10 * ragged * sequence(n, 1.0))
        below = length * (0.95 + 0.28 * ragged * sequence(n, 2.0))
        shift = 0.12 * ragged * sequence(n, 3.0)
        spread = np.where(_GLINT[:, 1] < 0, above[:, None], below[:, None]) * _GLINT[:, 1]
        place = np.clip((self.strands.rings + shift)[:, None] + spread, 0.3, SAMPLES - 1.2)
        index = place.astype(int)
        rest, rows = place - index, np.arange(n)[:, None]
        half = self.half[rows, index] * (1 - rest) + self.half[rows, index + 1] * rest
        side = self._between(self.normal, rows, index, rest) * (half * _GLINT[:, 0])[..., None]
        shape = (self._between(self.centre, rows, index, rest) + side).reshape(n, -1)
        seen = self.strength > 0.03
        return [_GLINT_PATH % tuple(row) if show else "" for row, show in zip(shape.tolist(), seen, strict=True)]

    @staticmethod
    def _between(values: Points, rows: NDArray[np.intp], index: NDArray[np.intp], rest: Points) -> Points:
        mixed = values[rows, index] * (1 - rest)[..., None] + values[rows, index + 1] * rest[..., None]
        return np.asarray(mixed)

    def draw(
        self,
        which: Iterable[int],
        name: str,
        *,
        behind: bool = False,
        draped: bool = False,
        dyed: Points | None = None,
        fading: str = "",
    ) -> str:
        """Draw the strands ``which`` in the order given: before the head, ``behind`` it, or ``draped`` under the chin.

        ``name`` begins their ids; ``dyed`` replaces the dye; ``fading`` are attributes of what is half before the head.
        """
        front = not behind
        if not (order := [i for i in which if self.half[i].max() > SEEN]):
            return ""
        # At the head's edge hair behind is as light as before it: the seam would be that of a second wig.
        away = step(-self.strands.normals[order][..., 2], 0.0, 0.7)
        tones = np.clip(self.tones[order] - (0.0 if front else BEHIND * away), 0, 1)
        if dyed is not None:
            tones = INNER[0] + (INNER[1] - INNER[0]) * tones
        dye = self.dyed[order] if dyed is None else dyed[order]
        lines, shadows = self.colours.lines(tones, dye)
        names = [f"{name}{i}" for i in order]
        gradients = self.colours.gradients(names, self.centre[order], tones, self.across[order], dye)
        strengths = np.clip(self.strength[order] * (0.62 + 0.14 * self.figure.attributes.gloss), 0, 1)
        drawn = []
        for row, i in enumerate(order):
            lock = path(self.rims[i], lines[row]) + path(self.outlines[i], f"url(#{names[row]})")
            if front:
                lock += path(self.shades[i] + self._strand_lines(i), shadows[row], opacity=SHADE_OPACITY)
            if front and self.glints[i]:
                glint = (self.colours.dye if dye[row, 3] > 0.5 else self.colours.hair).glint
                lock += path(self.glints[i], glint, opacity=float(strengths[row]))
            drawn.append((1.0 if behind or draped else float(self.strands.fronts[i]), lock))
        # Locks that fade alike fade together, so that none shows through another.
        alike = groupby(drawn, key=itemgetter(0))
        parts = ((share, "".join(lock for _, lock in locks)) for share, locks in alike)
        return gradients + "".join(group(faded(part, share), fading if share < 1 else "") for share, part in parts)

    def _strand_lines(self, i: int) -> str:
        """Return path data for a fine line in a wide lock, from its tip or its root; none in its middle third."""
        if self.half[i].max() < 9:
            return ""
        place = STRAND_PLACES[i % len(STRAND_PLACES)]
        bangs = self.strands.layers[i] >= FRINGE  # lines at the roots of bangs would be scratches on the crown
        start, stop = (5 + i % 2, SAMPLES - 1) if i % 3 or bangs else (1, 5)
        centre = self.centre[i, start:stop] + self.normal[i, start:stop] * (self.half[i, start:stop, None] * place)
        along = np.linspace(0, 1, stop - start)
        width = STRAND_WIDTH * self.figure.line * np.sin(np.pi * along**0.6)[:, None]
        side = self.normal[i, start:stop] * width
        shape = np.concatenate([centre + side, (centre - side)[-2:0:-1]])
        return ("M%.1f %.1f" + "L%.1f %.1f" * (len(shape) - 1)) % tuple(shape.ravel().tolist()) + "Z"


def faded(drawn: str, share: float) -> str:
    """Return ``drawn`` with the opacity ``share``; nothing where that is 0."""
    if share == 0:
        return ""
    return drawn if share == 1 else group(drawn, f'opacity="{share:.3f}"')


def _ribbon(left: Points, right: Points) -> Points:
    """Return the numbers [n, ...] of _RIBBON for outlines whose sides [n, SAMPLES, 2] both run from root to tip."""
    return np.concatenate([_one_side(left), _one_side(right[:, ::-1])], axis=1)


def _one_side(side: Points) -> Points:
    middle = (side[:, 1:] + side[:, :-1]) / 2
    curves = np.concatenate([side[:, 1:-1], middle[:, 1:]], axis=-1).reshape(len(side), 4 * (SAMPLES - 2))
    return np.concatenate([side[:, 0], curves, side[:, -1]], axis=1)
