"""Points, curves and the turned head: where a point of the head lands in the frame, and path text through such points.

Knows nothing of colours or of what is drawn. The frame is 256 by 256 units, y down; the head's x is 0 in its middle
and z points at the viewer, so that turning the head moves near things one way and far things the other.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from functools import cached_property
from math import cos, hypot, radians, sin, sqrt

from generator.drawn.attributes import Attributes
from generator.drawn.colours import Palette, palette

Point = tuple[float, float]

FRAME = 256
VIEW = "7 9 242 242"  # the part of the frame that is shown; what must not be cut off stays inside it
CENTRE = 128.0
FACE_DEPTH = 56.0  # z of the middle of the face
HAIR_DEPTH = 66.0  # z of the hair over the middle of the forehead
PIVOT = 165.0  # y about which the head leans: between eyes and chin, so that the face stays in the middle
TILT_DEGREES = 3.6  # how far the head leans per unit of the knob
TALL = ("cat-ears", "halo", "horns")  # accessories above the crown; the head makes room for them


@dataclass(frozen=True)
class Figure:
    """One portrait's measures, in frame units, and its colours."""

    a: Attributes

    @cached_property
    def colours(self) -> Palette:
        """All its colours."""
        return palette(self.a)

    @cached_property
    def masculine(self) -> bool:
        """Whether features are drawn sharper, eyes smaller, brows heavier."""
        return self.a.style == "masculine"

    @cached_property
    def drop(self) -> float:
        """How far the whole head is lowered."""
        return 12.0 if self.a.accessory in TALL else 0.0

    @cached_property
    def width(self) -> float:
        """Half the width of the face."""
        return 61.0 + 2.1 * self.a.face_width

    @cached_property
    def chin(self) -> float:
        """Y of the chin."""
        return 210.0 + 2.6 * self.a.chin + (3.0 if self.masculine else 0.0)

    @cached_property
    def crown(self) -> float:
        """Y of the top of the hair."""
        return 38.0 - 2.0 * self.a.head_height

    @cached_property
    def shell(self) -> float:
        """Half the width of the hair around the head."""
        return self.width + 14.0 + 1.6 * self.a.volume

    @cached_property
    def eye_y(self) -> float:
        """Y of the middle of the eyes before nodding."""
        return 151.0 + 0.25 * (self.chin - 211)

    @cached_property
    def _turn(self) -> tuple[float, float]:
        angle = radians(11.0 * self.a.turn)
        return sin(angle), cos(angle)

    @cached_property
    def leaning(self) -> float:
        """Sine of the turn: positive when the face looks to the viewer's right."""
        return self._turn[0]

    def at(self, x: float, y: float, z: float) -> Point:
        """Return where the head's point (x, y, z) lands in the frame (before the tilt, a transform of the group)."""
        sine, cosine = self._turn
        return CENTRE + x * cosine + z * sine, y + self.drop + 0.055 * z * self.a.nod

    def face(self, x: float, y: float) -> Point:
        """Return where a point on the face's surface lands."""
        return self.at(x, y, FACE_DEPTH * sqrt(max(0.0, 1 - (x / 70) ** 2)))

    def hair(self, x: float, y: float) -> Point:
        """Return where a point on the hair over the forehead lands."""
        across, down = self.at(x, y, HAIR_DEPTH * sqrt(max(0.0, 1 - (x / (self.shell + 1)) ** 2)))
        middle, reach = CENTRE - 8.0 * self.leaning, self.shell - 2.0
        return min(middle + reach, max(middle - reach, across)), down

    def back(self, x: float, y: float) -> Point:
        """Return where a point of the hair behind the head lands; round masses do not get narrower when they turn."""
        return CENTRE + x - 20.0 * self.leaning, y + self.drop - 1.1 * self.a.nod

    def outline(self, x: float, y: float) -> Point:
        """Return where a point of the outline of the hair around the head lands; it keeps its width too."""
        return CENTRE + x - 8.0 * self.leaning, y + self.drop - 0.44 * self.a.nod

    @cached_property
    def tilt(self) -> str:
        """The transform of everything that leans with the head."""
        return f'transform="rotate({TILT_DEGREES * self.a.tilt:.2f} {CENTRE:.0f} {PIVOT + self.drop:.0f})"'


def mix(p: Point, q: Point, share: float) -> Point:
    """Return the point that lies this share of the way from p to q."""
    return p[0] + (q[0] - p[0]) * share, p[1] + (q[1] - p[1]) * share


def move(p: Point) -> str:
    """Return the path text that starts at p."""
    return f"M{p[0]:.1f} {p[1]:.1f}"


def line(points: Iterable[Point]) -> str:
    """Return straight path text through points."""
    return "".join(f"L{x:.1f} {y:.1f}" for x, y in points)


def quad(control: Point, end: Point) -> str:
    """Return one quadratic curve's path text."""
    return f"Q{control[0]:.1f} {control[1]:.1f} {end[0]:.1f} {end[1]:.1f}"


def cubic(first: Point, second: Point, end: Point) -> str:
    """Return one cubic curve's path text."""
    return f"C{first[0]:.1f} {first[1]:.1f} {second[0]:.1f} {second[1]:.1f} {end[0]:.1f} {end[1]:.1f}"


def smooth(points: Sequence[Point], closed: bool = False) -> str:
    """Return a path through all points, its tangents those of a Catmull-Rom spline."""
    ring = [points[-1], *points, *points[:2]] if closed else [points[0], *points, points[-1]]
    parts = [move(points[0])]
    for before, start, end, after in zip(ring, ring[1:], ring[2:], ring[3:], strict=False):
        first = start[0] + (end[0] - before[0]) / 6, start[1] + (end[1] - before[1]) / 6
        second = end[0] - (after[0] - start[0]) / 6, end[1] - (after[1] - start[1]) / 6
        parts.append(cubic(first, second, end))
    return "".join(parts) + ("Z" if closed else "")


def bend(start: Point, control: Point, end: Point, steps: int = 6) -> list[Point]:
    """Return points along a quadratic curve, both ends among them."""
    return [mix(mix(start, control, i / steps), mix(control, end, i / steps), i / steps) for i in range(steps + 1)]


def brush(points: Sequence[Point], widths: Sequence[float]) -> str:
    """Return the outline of a stroke along points whose full width at each is given: line art with weight."""
    left, right = [], []
    last = len(points) - 1
    for i, ((x, y), width) in enumerate(zip(points, widths, strict=True)):
        (ax, ay), (bx, by) = points[max(0, i - 1)], points[min(last, i + 1)]
        dx, dy = bx - ax, by - ay
        scale = width / 2 / (hypot(dx, dy) or 1.0)
        left.append((x - dy * scale, y + dx * scale))
        right.append((x + dy * scale, y - dx * scale))
    return smooth([*left, *reversed(right)], closed=True)


def tapered(start: Point, control: Point, end: Point, width: float) -> str:
    """Return a curved stroke that is widest in its middle and pointed at both ends."""
    points = bend(start, control, end, 4)
    return brush(points, [0.15 * width, 0.8 * width, width, 0.7 * width, 0.1 * width])


def fading(start: Point, control: Point, end: Point, width: float) -> str:
    """Return a curved stroke that is widest at its start and pointed at its end."""
    points = bend(start, control, end, 4)
    return brush(points, [width, 0.85 * width, 0.6 * width, 0.35 * width, 0.1 * width])


def locks(edge: Sequence[Point]) -> str:
    """Return the path text from the first point along strands of hair: valley, tip, valley, tip, ..., valley.

    Each strand leaves its valley in the direction of growth and bends to its tip: round outside, pointed at the end.
    """
    parts = []
    for i in range(0, len(edge) - 2, 2):
        valley, tip, following = edge[i : i + 3]
        parts.append(quad(_down(valley, tip), tip) + quad(_down(following, tip), following))
    return "".join(parts)


def _down(valley: Point, tip: Point) -> Point:
    return valley[0] + 0.1 * (tip[0] - valley[0]), valley[1] + 0.62 * (tip[1] - valley[1])


def path(d: str, fill: str, stroke: str = "", width: float = 0.0, extra: str = "") -> str:
    """Return a path element; without a stroke colour it is filled only."""
    outline = f' stroke="{stroke}" stroke-width="{width:.2f}"' if stroke else ""
    return f'<path d="{d}" fill="{fill}"{outline}{" " + extra if extra else ""}/>'


def ellipse(centre: Point, rx: float, ry: float, fill: str, extra: str = "") -> str:
    """Return an ellipse element."""
    measures = f'cx="{centre[0]:.1f}" cy="{centre[1]:.1f}" rx="{rx:.1f}" ry="{ry:.1f}"'
    return f'<ellipse {measures} fill="{fill}"{" " + extra if extra else ""}/>'


def gradient(name: str, start: Point, end: Point, stops: Sequence[tuple[float, str]]) -> str:
    """Return a linear gradient in frame units between two points."""
    marks = "".join(f'<stop offset="{offset:.2f}" stop-color="{colour}"/>' for offset, colour in stops)
    ends = f'x1="{start[0]:.1f}" y1="{start[1]:.1f}" x2="{end[0]:.1f}" y2="{end[1]:.1f}"'
    return f'<linearGradient id="{name}" gradientUnits="userSpaceOnUse" {ends}>{marks}</linearGradient>'
