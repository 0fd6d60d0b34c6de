"""The colours of locks: the hair's own and its dye's by the light, and gradients in them. Knows nothing of forms."""

from collections.abc import Iterable
from dataclasses import dataclass

import numpy as np

from generator.artist.colour import CLEARER
from generator.artist.palette import HairColours
from generator.artist.svg import Points

DIPPED = [0, 2, 5, 8, 10]  # the samples whose colours a dyed lock shows: the one must not fade into the other all along


@dataclass(frozen=True)
class Ramp:
    """Hair colours as numbers in 0 to 255: ``ramp`` [steps, 3] and ``lines`` [steps, 3], from shadow to light."""

    ramp: Points
    lines: Points
    glint: str

    @classmethod
    def of(cls, colours: HairColours) -> "Ramp":
        """Read the palette's colours."""
        return cls(_numbers(colours.ramp), _numbers(colours.lines), colours.glint)

    def at(self, tones: Points) -> Points:
        """Return the ramp's colours [..., 3] at ``tones`` from 0 to 1."""
        return _interpolate(self.ramp, tones)

    def line_at(self, tones: Points) -> Points:
        """Return the outlines' colours [..., 3] at ``tones`` from 0 to 1."""
        return _interpolate(self.lines, tones)


class LockColours:
    """The hair's own colours and its dye's."""

    def __init__(self, hair: HairColours, dye: HairColours) -> None:
        self.hair, self.dye = Ramp.of(hair), Ramp.of(dye)

    def at(self, tones: Points, dye: Points) -> Points:
        """Return the colours [..., 3] of hair at ``tones`` that is dyed by ``dye`` from 0 to 1."""
        return _dissolved(self.hair.at(tones), self.dye.at(tones), dye[..., None])

    def lines(self, tones: Points, dye: Points) -> tuple[list[str], list[str]]:
        """Return the colours of the outline and of the shadow of each strand, whose samples [n, SAMPLES] are given."""
        middle, tint = tones[:, 6], dye[:, 7]
        line = self.hair.line_at(middle) * (1 - tint[:, None]) + self.dye.line_at(middle) * tint[:, None]
        return _css(line), _css(self.at(np.clip(middle - 0.24, 0, 1), tint))

    def gradients(self, names: list[str], centre: Points, tones: Points, across: Points, dye: Points) -> str:
        """Return each strand's gradient: with the light across and along it, or along it where its dye changes.

        ``centre`` [n, SAMPLES, 2], ``tones`` and ``dye`` [n, SAMPLES] belong to its samples; ``across`` [n, 2] is how
        the tone changes from its one side to the other, and how far apart these are.
        """
        ends, offsets, colours = centre[:, [0, -1]], _offsets(centre), self.at(tones, dye)
        slanted, beyond = _slanted(ends, tones[:, [0, -1]], across)
        slants = self.at(np.clip(beyond, 0, 1), dye[:, [0, -1]])
        plain = (dye == dye[:, :1]).all(axis=1)
        return "".join(
            _gradient(name, slanted[row], (0.0, 1.0), _css(slants[row]))
            if plain[row]
            else _gradient(name, ends[row], offsets[row], _css(colours[row, DIPPED]))
            for row, name in enumerate(names)
        )


def _offsets(centre: Points) -> Points:
    """Return where the samples DIPPED of strands [n, SAMPLES, 2] lie between their ends: [n, 5] from 0 to 1."""
    start, axis = centre[:, :1], centre[:, -1:] - centre[:, :1]
    length = np.maximum(1.0, (axis * axis).sum(-1))
    offsets = ((centre[:, DIPPED] - start) * axis).sum(-1) / length
    return np.asarray(np.maximum.accumulate(np.clip(offsets, 0, 1), axis=1))


def _slanted(ends: Points, tones: Points, across: Points) -> tuple[Points, Points]:
    """Return the ends [n, 2, 2] of gradients along the fall of light over strands, and the tones [n, 2] there.

    ``ends`` [n, 2, 2] and ``tones`` [n, 2] are those of the strands, ``across`` is that of ``LockColours.gradients``.
    """
    along, axis = tones[:, 1] - tones[:, 0], ends[:, 1] - ends[:, 0]
    length = np.maximum(1.0, np.hypot(axis[:, 0], axis[:, 1]))
    unit = axis / length[:, None]
    aside = np.stack([-unit[:, 1], unit[:, 0]], axis=-1)
    slope = unit * (along / length)[:, None] + aside * (across[:, 0] / np.maximum(1.0, across[:, 1]))[:, None]
    reach = (np.abs(along) + np.abs(across[:, 0])) / 2
    out = slope * (reach / np.maximum(1e-9, (slope**2).sum(-1)))[:, None]
    middle, tone = ends.mean(axis=1), tones.mean(axis=1)
    return np.stack([middle - out, middle + out], axis=1), np.stack([tone - reach, tone + reach], axis=1)


def _gradient(name: str, ends: Points, offsets: Iterable[float], colours: list[str]) -> str:
    """Return a gradient between ``ends`` [2, 2] as SVG."""
    stops = "".join(
        f'<stop offset="{place:.2f}" stop-color="{colour}"/>' for place, colour in zip(offsets, colours, strict=True)
    )
    (x0, y0), (x1, y1) = ends.tolist()
    line = f'x1="{x0:.1f}" y1="{y0:.1f}" x2="{x1:.1f}" y2="{y1:.1f}"'
    return f'<linearGradient id="{name}" gradientUnits="userSpaceOnUse" {line}>{stops}</linearGradient>'


def _dissolved(first: Points, second: Points, share: Points) -> Points:
    """Return ``colour.dissolve`` of colours [..., 3] in 0 to 255."""
    blended = first * (1 - share) + second * share
    lost = np.ptp(first, axis=-1, keepdims=True) * (1 - share) + np.ptp(second, axis=-1, keepdims=True) * share
    return np.asarray(blended + CLEARER * (lost - np.ptp(blended, axis=-1, keepdims=True)))


def _numbers(colours: Iterable[str]) -> Points:
    return np.array([[int(colour[k : k + 2], 16) for k in (1, 3, 5)] for colour in colours], dtype=float)


def _interpolate(colours: Points, tones: Points) -> Points:
    position = np.clip(tones, 0, 1) * (len(colours) - 1)
    index = np.minimum(position.astype(int), len(colours) - 2)
    rest = (position - index)[..., None]
    return np.asarray(colours[index] * (1 - rest) + colours[index + 1] * rest)


def _css(colours: Points) -> list[str]:
    rows = np.rint(np.clip(colours, 0, 255)).astype(int).tolist()
    return [f"#{red:02x}{green:02x}{blue:02x}" for red, green, blue in rows]
