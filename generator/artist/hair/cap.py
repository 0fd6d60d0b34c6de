"""The cap of hair on which the locks lie: the scalp's own surface, from the crown to the nape and the temples.

Knows nothing of styles.
"""

from collections.abc import Iterable
from itertools import pairwise

import numpy as np

from generator.artist.colour import dissolve
from generator.artist.face.ears import bare
from generator.artist.figure import Figure
from generator.artist.hair.cut import Cut
from generator.artist.hair.dye import Dye
from generator.artist.hair.locks import BRIMS, HATS, egg, step
from generator.artist.rig import SCALP_CENTRE, direction
from generator.artist.svg import Points, brush, hull, joined, leaves, linear_gradient, path, polygon

CAP_LIFT, TIED_LIFT = 0.02, 0.03  # how far the cap stands out at the crown, as a share of its radius; of tied hair
CAP_TONE = 0.34  # of the cap behind the face: deep shadow, but no hole
# How the cap goes on below the ears: polar angles, and how far it stands out as a share of its radius.
NAPE = ((98.0, 0.015), (108.0, 0.0), (118.0, -0.07), (128.0, -0.20))
# Of hair tied high it draws in sooner: lower it is a strip below the ear.
NAPE_TIED = ((98.0, -0.02), (105.0, -0.08), (111.0, -0.15), (117.0, -0.25), (122.0, -0.36))
BEHIND_EAR = 88.0, 136.0  # degrees between which hair behind an ear goes down to the nape
# Azimuths and the polar angles to which the hair there goes before the head: to a point before the ear.
OVER_EAR = (66.0, 76.0, 92.0), (87.0, 97.0, 84.0)
FAR_TEMPLE = 1.4  # degrees by which hair at the far temple reaches further forward per degree of turn
# The edge of the hair beside a face whose ear it covers, as azimuths and polar angles: from the temple to the tip of
# its first lock beside the jaw, and the notch, the tip and the notch behind it. Of short hair what is below the eyes
# is shorter. A turn that shows it before the locks would show a bare temple without an ear.
CURTAIN = ((66.0, 40.0), (54.0, 64.0), (54.0, 84.0), (58.0, 108.0), (65.0, 131.0))
CURTAIN_ENDS = ((72.0, 119.0), (80.0, 131.0), (92.0, 120.0))
SHORT_FROM, SHORT_SHARE = 84.0, 0.68
WITHIN = -0.3, 0.0  # sines of the turn to a side between which the hair behind its ear comes to show its inner side
HAIRLINE, UNDER_BRIM = 61.0, 7.0  # degrees from the crown to the hairline, and how much lower it lies under a brim
CURTAIN_BACK = 128.0  # the azimuth to which it reaches behind


class Cap:
    """The cap of one portrait's hair."""

    def __init__(self, figure: Figure, cut: Cut, dye: Dye) -> None:
        self.figure, self.cut, self.dye = figure, cut, dye

    @property
    def _nape(self) -> tuple[tuple[float, float], ...]:
        tied = self.cut.ties and not any(tie.low for tie in self.cut.ties) and not self.cut.mass[0]
        return NAPE_TIED if tied else NAPE

    def draw_before(self) -> str:
        """Draw what lies before the head: temples and crown."""
        return self._temples() + self._top()

    def draw_behind(self) -> str:
        """Draw what lies behind the face."""
        figure, hair = self.figure, self.figure.palette.hair
        azimuth, polar = np.meshgrid(np.linspace(-180, 180, 37), np.linspace(0, 86, 12))
        points = [self._cap(azimuth, polar).reshape(-1, 3)]
        # Below the ears it draws in to the nape: a bare cheek against the background looks bald.
        points += [figure.rig.scalp(azimuth[0], below, lift) for below, lift in self._nape]
        outline = hull(figure.rig.project(np.concatenate(points)))
        heights = np.array([0.0, 40.0, 80.0])
        ends = figure.rig.project([(0.0, heights[0], 0.0), (0.0, heights[-1], 0.0)])
        fill = self._fill("hairbehind", ends, (0.0, 0.5, 1.0), [CAP_TONE] * 3, self.dye.under(heights))
        return fill + path(polygon(outline), "url(#hairbehind)", stroke=hair.lines[10], width=figure.line)

    def draw_behind_ears(self) -> str:
        """Draw the hair from the temples round behind the ears to the nape, where a turn shows it."""
        rig, drawn = self.figure.rig, ""
        polars, lifts = (np.array(column) for column in zip(*self._nape, strict=True))
        for side in (-1, 1):
            azimuth, polar = np.meshgrid(side * np.linspace(66, 130, 9), (30, 55, 75, 97))
            behind, below = np.meshgrid(side * np.linspace(*BEHIND_EAR, 6), polars)
            nape = rig.scalp(behind, below, lifts[:, None, None])
            down = egg(self.figure, rig.scalp(np.full(3, side * 78.0), np.array([40.0, 90.0, 125.0])))
            name = f"hairbehindear{'l' if side < 0 else 'r'}"
            tones = self._temple_tones(side)
            tones += [max(CAP_TONE, tones[1] - 0.16)]
            outline = hull(rig.project(np.concatenate([self._cap(azimuth, polar).reshape(-1, 3), nape.reshape(-1, 3)])))
            # On the near side it is seen from outside, on the other from within.
            within = float(step(np.array(side * np.sin(rig.yaw)), *WITHIN))
            dyed = self.dye.beside(down[:, 1]) * (1 - within) + self.dye.under(down[:, 1]) * within
            drawn += self._fill(name, rig.project(down[[0, -1]]), (0.0, 0.58, 1.0), tones, dyed)
            drawn += path(polygon(outline), f"url(#{name})")
        return drawn

    def _fill(self, name: str, ends: Points, places: Iterable[float], tones: Iterable[float], dyed: Points) -> str:
        """Return a gradient between ``ends`` [2, 2] of hair ``dyed`` [n] at ``places`` from 0 to 1."""
        palette = self.figure.palette
        colours = [
            dissolve(palette.hair.at(tone), palette.dyed.at(tone), share)
            for tone, share in zip(tones, dyed.tolist(), strict=True)
        ]
        return linear_gradient(name, ends[0], ends[1], list(zip(places, colours, strict=True)))

    def _temple_tones(self, side: int) -> list[float]:
        """Return how light the hair at a temple is above and at the ear."""
        # As light as the locks over it, but for their shadow: dark between them it would be a hole.
        lit = self.figure.rig.rotate(direction(side * 78.0, [45.0, 85.0])) @ self.figure.light
        return list(np.clip(0.48 + 0.56 * (lit - 0.40), 0.36, 0.9).tolist())

    def _cap(self, azimuth: Points, polar: Points) -> Points:
        """Return points of the hair's cap, which fills the notches between locks at the crown."""
        lift = 0.0 if self.figure.attributes.accessory in HATS else TIED_LIFT if self.cut.ties else CAP_LIFT
        points = self.figure.rig.scalp(azimuth, polar)
        outwards = (points - SCALP_CENTRE) * (lift * np.maximum(0, 1 - (polar / 80) ** 2))[..., None]  # not at the ears
        return egg(self.figure, points + outwards)

    def _temples(self) -> str:
        """Draw the scalp beside and behind the ears, where a turn shows it: in the shadow of the locks before it."""
        rig, drawn = self.figure.rig, ""
        for side in (-1, 1):
            edge = max(62.0, 95 - side * np.degrees(rig.yaw))  # the azimuth at which the scalp turns away
            # On the far side it reaches further forward: beside the face's edge tails behind the head would show.
            forward = FAR_TEMPLE * max(0.0, side * float(np.degrees(rig.yaw)))
            azimuth, share = np.meshgrid(side * np.linspace(66 - forward, edge + 4, 8), np.linspace(0, 1, 4))
            # It ends in a curve that rises over the ear: straight, it would be a cut.
            polar = 30 + (np.interp(np.abs(azimuth) + forward, *OVER_EAR) - 30) * share
            down = egg(self.figure, rig.scalp(np.full(3, side * 78.0), np.array([40.0, 88.0, 128.0])))
            name = f"hairtemple{'l' if side < 0 else 'r'}"
            tones = self._temple_tones(side)
            fill = (0.0, 0.55, 1.0), [*tones, tones[1]], self.dye.beside(down[:, 1])
            drawn += self._fill(name, rig.project(down[[0, -1]]), *fill)
            drawn += path(polygon(hull(rig.project(self._cap(azimuth, polar).reshape(-1, 3)))), f"url(#{name})")
            if not bare(self.figure.attributes, side):
                drawn += self._curtain(side, f"url(#{name})", tones[1])
        return drawn

    def _curtain(self, side: int, fill: str, tone: float) -> str:
        """Draw the hair before the edge of the face where it covers the ear."""
        figure, rig, hair = self.figure, self.figure.rig, self.figure.palette.hair
        hanging = self.cut.mass[0] or self.cut.long or figure.attributes.back_hair == "bob"
        azimuths, polars = np.array(CURTAIN + CURTAIN_ENDS).T
        polars = np.minimum(polars, SHORT_FROM + (polars - SHORT_FROM) * (1.0 if hanging else SHORT_SHARE))
        turned = side * float(np.degrees(rig.yaw))
        end = 94.0 - max(turned, FAR_TEMPLE * turned)  # where the head turns away; nothing is left on the far side
        front, back = (
            rig.project(egg(figure, rig.scalp(side * there, polars)))
            for there in (np.minimum(azimuths, end), np.full(len(azimuths), min(end, CURTAIN_BACK)))
        )
        edge, ends = front[: len(CURTAIN)], front[len(CURTAIN) - 1 :]
        shape = joined(edge, *pairwise(ends), back[::-1])
        line = brush(edge[1:], 0.8 * figure.line, 16) + leaves(
            np.stack([ends[:-1], (ends[:-1] + ends[1:]) / 2, ends[1:]], axis=1), np.full(len(ends) - 1, figure.line / 2)
        )
        seen = float(step(np.array(end - azimuths.min()), 2.0, 16.0))
        return path(shape, fill) + path(line, hair.at(max(0.0, tone - 0.34)), opacity=0.8 * seen)

    def _top(self) -> str:
        """Draw the scalp above the hairline."""
        figure, rig, hair = self.figure, self.figure.rig, self.figure.palette.hair
        end = HAIRLINE + UNDER_BRIM * (figure.attributes.accessory in BRIMS)
        azimuth, polar = np.meshgrid(np.linspace(-180, 180, 37), np.linspace(0, end, 9))
        facing = rig.rotate(direction(azimuth, polar))[..., 2] > -0.25
        outline = hull(rig.project(self._cap(azimuth, polar)[facing]))
        middle, reach = rig.project(SCALP_CENTRE), figure.light[:2] * 118 * figure.scale
        stops = [(0.0, hair.at(0.66)), (0.4, hair.at(0.50)), (1.0, hair.at(0.24))]
        drawn = linear_gradient("hairtop", middle + reach, middle - reach, stops)
        return drawn + path(polygon(outline), "url(#hairtop)")
