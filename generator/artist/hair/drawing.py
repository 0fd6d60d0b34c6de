"""The hair of a portrait: grows the locks of its style, and draws them in layers behind and before the head."""

import numpy as np

from generator.artist.face.layout import layout
from generator.artist.figure import Figure
from generator.artist.hair import back, bangs, ornaments
from generator.artist.hair.bangs import streaks
from generator.artist.hair.cap import Cap
from generator.artist.hair.crown import draw_whorl, lone_strand, spikes
from generator.artist.hair.dye import dyed, make_dye
from generator.artist.hair.gloss import draw_gloss
from generator.artist.hair.locks import (
    BRIMS,
    DRAPED,
    FRINGE,
    HATS,
    SIDE,
    TOP,
    UNDER,
    Lock,
    brim_lean,
    grow,
    join,
)
from generator.artist.hair.shading import Ribbons
from generator.artist.hair.tied import Tie, draw_root
from generator.artist.hair.ties import draw_band
from generator.artist.rig import SCALP_CENTRE, SCALP_RADII
from generator.artist.svg import (
    CANVAS,
    Stop,
    clip,
    group,
    hull,
    leaves,
    linear_gradient,
    path,
    polygon,
)

HAT_LIFT = 0.4  # the share of its lift that hair keeps under a hat
UNDER_HAT = 24.0  # degrees from the crown within which roots lie under a hat
BRIM_REACH = 170.0  # head units from the middle: beyond any brim
HIDDEN = 0.86  # hair behind the head within this share of its radius is never seen
SHADOW_SHIFT = 5.0, 8.5  # how far bangs throw their shadow on the face: away from the light, and down, in head units
BODY_SHADOW_SHIFT = 9.0, 7.0  # and hanging locks on the body
BODY_SHADOW = "#3a2248"
DIPPED = 36.0, 112.0  # head units below the middle of the head between which dyed tips begin and are fully dyed
UNDER_HEAD = 40.0, 150.0  # the same for the shadow of the head on the hair behind the neck: its deepest, its end
LASHES = np.array([-60.0, 70.0])  # head units between which brows and lashes lie
HANGING = 4  # the sample from which locks beside the face hang
FADING = 'clip-path="url(#hairfading)"'
STRAND = 1.7  # half width of the strands in the hair behind the neck, in canvas units


class Hair:
    """The hair of one portrait, grown once and drawn in layers."""

    def __init__(self, figure: Figure) -> None:
        self.figure = figure
        self.cut = back.TABLE[figure.attributes.back_hair](figure)
        fringe = bangs.TABLE[figure.attributes.bangs](figure)
        locks = self._worn(self.cut.locks + fringe)
        parts = [grow(figure, locks), *self.cut.strands, *self.cut.tails]
        combed = sum(map(len, self.cut.strands))
        self.combed = slice(len(parts[0]), len(parts[0]) + combed)
        tails = sum(map(len, self.cut.tails))
        self.tail = range(sum(map(len, parts)) - tails, sum(map(len, parts)))
        if self.cut.spikes:
            parts.append(spikes(figure, self.cut.spikes))
        if not self.hatted and (lone := lone_strand(figure)):
            parts.append(lone)
        self.strands = join(parts)
        self.dye = make_dye(figure.attributes.dye, self.cut, self.strands)
        streaked = [len(locks) - len(fringe) + i for i in streaks(fringe)]
        shares = dyed(self.dye, self.cut, self.strands, streaked, self.combed, self.tail)
        self.ribbons = Ribbons(figure, self.strands, shares)
        self.cap = Cap(figure, self.cut, self.dye)
        self.order = np.argsort(self.strands.layers, kind="stable")

    @property
    def hatted(self) -> bool:
        """Whether something is worn that flattens the hair under it."""
        return self.figure.attributes.accessory in HATS

    @property
    def hidden_side(self) -> int:
        """The side whose eye the bangs hide, with the lens before it: -1 for the viewer's left, 1, or 0 for neither."""
        return bangs.HIDES.get(self.figure.attributes.bangs, 0)

    def _worn(self, locks: list[Lock]) -> list[Lock]:
        """Return the locks as they lie under what is worn."""
        if not self.hatted:
            return locks
        return [
            lock._replace(lift=lock.lift * HAT_LIFT, flick=lock.flick * (HAT_LIFT if lock.polar < UNDER_HAT else 1))
            for lock in locks
        ]

    def draw_behind(self) -> str:
        """Draw what lies behind the neck and the body."""
        figure, strands = self.figure, self.strands
        behind = (strands.layers != DRAPED) & (strands.fronts < 1)
        behind[self.combed] = False  # hair combed to a tie ends at the head's edge
        seen = [i for i in self.order if behind[i] and self._leaves_head(i)]
        inner = figure.attributes.dye == "inner" and not self.cut.ties
        shares = self.dye.under(strands.points[..., 1]) if inner else None
        roots, knots = self._roots(UNDER), self._bands(UNDER)
        return self._mass(inner) + roots + self.ribbons.draw(seen, "hairb", behind=True, dyed=shares) + knots

    def draw_scalp(self) -> str:
        """Draw the hair's cap behind the face, on which the locks lie."""
        return self.cap.draw_behind() + self.cap.draw_behind_ears() * (not self._tied_high)

    def draw_face_shadow(self) -> str:
        """Draw the shadow of the bangs on the face (clip #face)."""
        data, skin = self._bangs(), self.figure.palette.skin
        far = path(data, skin.deep, opacity=0.55 if self.hidden_side else 0.30, more=self._shifted(SHADOW_SHIFT, 1.7))
        near = path(data, skin.shadow, opacity=0.85, more=self._shifted(SHADOW_SHIFT, 1.0))
        return group(far + near, 'clip-path="url(#face)"')

    def _bangs(self) -> str:
        """Return path data of the outlines of all bangs."""
        fringe = (self.strands.layers == FRINGE) | (self.strands.layers == TOP)
        fringe &= (self.strands.fronts > 0) & (self.ribbons.centre[:, 0, 1] < self.figure.rig.centre[1])
        return self.ribbons.silhouettes(np.flatnonzero(fringe))

    def on_bangs(self, drawn: str) -> str:
        """Return what of ``drawn`` lies on the bangs."""
        return drawn and clip("hairbangs", self._bangs()) + group(drawn, 'clip-path="url(#hairbangs)"')

    def draw_body_shadow(self) -> str:
        """Draw the shadow of hanging locks on the body (clip #body), and locks before the body but behind the face."""
        chin = self.figure.rig.centre[1] + 90 * self.figure.scale
        strands = self.strands
        draped = strands.layers == DRAPED
        hanging = ((self.strands.fronts > 0.5) | draped) & (self.ribbons.centre[:, -1, 1] > chin)
        data = self.ribbons.silhouettes(np.flatnonzero(hanging))
        shadow = path(data, BODY_SHADOW, opacity=0.28, more=self._shifted(BODY_SHADOW_SHIFT, 1.0)) if data else ""
        locks = self._roots(DRAPED) + self.ribbons.draw(np.flatnonzero(draped).tolist(), "haird", draped=True)
        knots = "".join(map(self._ornament, self.cut.ties)) + self._bands(DRAPED)
        head = self.cap.draw_behind_ears() * self._tied_high  # wind may blow a tail behind it
        return group(shadow, 'clip-path="url(#body)"') + locks + knots + head

    @property
    def _tied_high(self) -> bool:
        return any(not tie.low for tie in self.cut.ties)

    def draw_front(self) -> str:
        """Draw all locks before the head, bangs last."""
        seen = [i for i in self.order if self.strands.fronts[i] > 0]
        locks = self._fading() + self.ribbons.draw(seen, "hairf", fading=FADING)
        whorl = "" if self.cut.spikes >= 1 else draw_whorl(self.figure)  # spikes of full height lie over it
        drawn = self.cap.draw_before() + locks + whorl + draw_gloss(self.figure, self.cut.gloss)
        return self._below_brim(drawn)

    def _fading(self) -> str:
        """Return the clip of locks that are half before the head: seen through over a cheek they would be scars."""
        eyes = float(self.figure.rig.face(0, layout(self.figure).eye_y)[1])
        return clip("hairfading", f"M-99 -99H{2 * CANVAS}V{eyes:.1f}H-99Z")

    def _below_brim(self, drawn: str) -> str:
        """Return the hair ``drawn`` without what would pierce a hat's crown."""
        figure = self.figure
        if (hat := figure.attributes.accessory) not in BRIMS:
            return drawn
        height = BRIMS[hat][0] * (figure.rig.scalp_radii[0] / SCALP_RADII[0])
        lean = BRIM_REACH * np.tan(np.radians(brim_lean(figure, hat)))
        ends = SCALP_CENTRE + np.array([(-BRIM_REACH, -height - lean, 0), (BRIM_REACH, -height + lean, 0)])
        left, right = figure.rig.project(ends)
        below = polygon([left, right, (2 * CANVAS, CANVAS), (2 * CANVAS, 2 * CANVAS), (-CANVAS, 2 * CANVAS)])
        return clip("hairbrim", below) + group(drawn, 'clip-path="url(#hairbrim)"')

    def without_hidden_eye(self, drawn: str, name: str) -> str:
        """Return eyes or brows ``drawn`` without those that the bangs hide. ``name`` ends the clip's id.

        Slices of an eye between the tips of locks look like flaws.
        """
        if not self.hidden_side:
            return drawn
        across = 200 * self.hidden_side
        half = self.figure.rig.face([0, -across, -across, 0], [-150, -150, 190, 190])
        return clip(f"hairseen{name}", polygon(half)) + group(drawn, f'clip-path="url(#hairseen{name})"')

    def before_side_locks(self, drawn: str) -> str:
        """Return brows and lashes ``drawn`` over the hair without what would lie on the locks beside the face."""
        rig, side = self.figure.rig, np.flatnonzero(self.strands.layers == SIDE)
        top, bottom = rig.face(0, LASHES)[:, 1].tolist()
        rows = np.linspace(top, bottom, 16)
        edges = []
        for out, locks in zip((-1, 1), np.split(side, 2), strict=True):  # the viewer's left first, as they are grown
            inmost = np.full(len(rows), out * 2.0 * CANVAS)
            for i in locks:
                down = np.maximum.accumulate(self.ribbons.centre[i, HANGING:, 1])
                x = self.ribbons.centre[i, HANGING:, 0] - out * self.ribbons.half[i, HANGING:]
                here = np.interp(rows, down, x, out * 2.0 * CANVAS, out * 2.0 * CANVAS)
                inmost = out * np.minimum(out * inmost, out * here)
            edges.append(np.stack([inmost, rows], axis=-1))
        between = polygon(np.concatenate([edges[0], edges[1][::-1]]))
        return clip("hairbetween", between) + group(drawn, 'clip-path="url(#hairbetween)"')

    def _shifted(self, shift: tuple[float, float], factor: float) -> str:
        x = -self.figure.light[0] * shift[0] * factor * self.figure.scale
        return f'transform="translate({x:.1f} {shift[1] * factor * self.figure.scale:.1f})"'

    def _leaves_head(self, i: int) -> bool:
        """Return whether any of a strand lies outside the head's silhouette."""
        rig = self.figure.rig
        offset = (self.strands.points[i] - rig.rotate(SCALP_CENTRE))[:, :2] / rig.scalp_radii[:2]
        return bool(((offset**2).sum(-1) > HIDDEN**2).any())

    def _mass(self, inner: bool) -> str:
        """Draw the dense body of hair behind the neck, from which single locks stand out."""
        count, low = self.cut.mass
        if not count:
            return ""
        figure, hair = self.figure, self.figure.palette.hair
        colours = figure.palette.dyed if inner and self.cut.long else hair
        tips = figure.palette.dyed if figure.attributes.dye == "tips" and self.cut.long else colours
        locks = self.ribbons.centre[:count]
        # Along its edge from left to right: where it went back it would cut holes into itself.
        locks = locks[np.argsort(locks[:, -1, 0], kind="stable")]
        # Its lower edge goes from tip to tip, and up between neighbours: a straight edge would be a cut.
        ends, between = locks[:, -1], (locks[:-1, low + 1] + locks[1:, low + 1]) / 2
        edge = np.insert(ends, np.arange(1, len(ends)), between, axis=0)
        skirt = np.concatenate([edge, locks[np.argsort(-locks[:, 4, 0], kind="stable"), 4]])
        # From the shadow under the head to what the light from before it reaches; dyed where the locks before it are.
        dipped = tips is not colours
        top, bottom = figure.rig.project([(0.0, y, 0.0) for y in (DIPPED if dipped else UNDER_HEAD)])
        lowest = tips.at(0.18 if tips is hair else 0.26)
        between_ends: list[Stop] = [] if dipped else [(0.5, colours.at(0.12))]
        stops: list[Stop] = [(0.0, hair.at(0.12)), *between_ends, (1.0, lowest)]
        fill, lines = "url(#hairmass)", leaves(locks[1:-1, 4 : low + 1], np.full(len(locks) - 2, STRAND))
        body = path(polygon(hull(locks[:, 3:5].reshape(-1, 2))), fill) + path(polygon(skirt), fill)
        return linear_gradient("hairmass", top, bottom, stops) + body + path(lines, colours.at(0.04), opacity=0.7)

    def _ornament(self, tie: Tie) -> str:
        """Draw the bun, braid or drill of a tie, if the style has one."""
        if not self.cut.shape:
            return ""
        name = f"hair{self.cut.shape}{'l' if tie.side < 0 else 'r'}"
        return ornaments.TABLE[self.cut.shape](self.figure, tie, name)

    def _roots(self, layer: int) -> str:
        """Draw the hair that leads from the head's edge to each tie of ``layer``."""
        ties = [] if self.cut.shape == "bun" else self.cut.ties
        return "".join(draw_root(self.figure, tie, f"hairroot{i}") for i, tie in enumerate(ties) if tie.layer == layer)

    def _bands(self, layer: int) -> str:
        """Draw the ties that pinch the tails of ``layer``: on both sides or on none."""
        ties = [tie for tie in self.cut.ties if tie.layer == layer] if self.cut.tails else []
        return "".join(draw_band(self.figure, tie) for tie in ties)
