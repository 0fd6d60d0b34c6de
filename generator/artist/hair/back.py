"""The hair behind and beside the face: one function and one row of TABLE for each kind of back hair.

Knows nothing of how locks are drawn.
"""

from collections.abc import Callable, Iterable
from dataclasses import replace

import numpy as np

from generator.artist.figure import Figure
from generator.artist.hair.cut import Cut, around, frames, stretch, waving
from generator.artist.hair.locks import UNDER, Lock, Strands
from generator.artist.hair.tied import Tail, Tie, clear_of_worn, comb_back, hang
from generator.artist.rig import SCALP_CENTRE
from generator.artist.traits import ANIMAL_EARS

# The shares of a turn that ties undo, so that they stay at the head's edge: from behind the face a tail has no root,
# and before it, it hides an ear.
NEAR_FOLLOWS, FAR_FOLLOWS, LOW_FOLLOWS = 0.8, 0.9, 1.2  # low ones on the far side pass the jaw
COMBED_TO = 180.0, 88.0  # azimuth and lowest polar angle to which all hair is combed: a lower way leads over the jaw
HAIRLINE = (64.0, 78.0, 98.0, 110.0, 124.0), (94.0, 90.0, 88.0, 110.0, 118.0)  # azimuths, and polar angles there
NAPE_FROM = 156.0  # degrees beyond which short hair has locks at the nape: beside the jaw they hang alone
LOW = 90.0  # degrees from the crown below which a tie is low
ABOVE_TIE = 16.0  # head units above a low tie at which the locks beside the face end
FRAMES_FOLLOW = 0.55  # the share of a turn that the locks beside a face undo on the far side, where no hair is behind


def _long(f: Figure) -> Cut:
    k = stretch(f)
    return Cut(
        around(f, 9, 205 * k, 27, ragged=14, flare=0.09, wave=7, frequency=0.55)
        + around(f, 8, 190 * k, 19, ragged=26, flare=0.16, wave=9, frequency=0.6, polar=(20, 50), phase=5)
        + frames(f, 116, count=3, width=18, azimuths=(54, 84), wave=5),
        mass=(17, 8),
        long=True,
    )


def _wavy(f: Figure) -> Cut:
    k = stretch(f)
    return Cut(
        around(f, 10, 198 * k, 25, ragged=14, flare=0.16, wave=12, frequency=0.85)
        + around(f, 9, 184 * k, 19, ragged=24, flare=0.26, wave=15, frequency=0.95, polar=(20, 50), phase=5)
        + frames(f, 116, count=3, width=18, azimuths=(58, 84), flick=-0.05, flare=0.06, wave=11, frequency=0.95),
        mass=(19, 8),
        long=True,
    )


def _curly(f: Figure) -> Cut:
    k = stretch(f)
    return Cut(
        around(f, 10, 128 * k, 24, ragged=14, flare=0.24, wave=14, frequency=1.3, lift=0.10)
        + around(f, 11, 120 * k, 18, ragged=24, flare=0.34, wave=17, frequency=1.45, polar=(20, 50), lift=0.13, phase=5)
        + frames(f, 96, count=3, width=17, azimuths=(63, 86), flick=-0.04, flare=0.10, wave=11, frequency=1.4),
        mass=(21, 8),
        long=True,
        gloss=0.7,
    )


def _bob(f: Figure) -> Cut:
    k = stretch(f)
    return Cut(
        around(f, 9, 92 * k, 28, low=90, ragged=4, blunt=3.2, flick=-0.22)
        + around(f, 8, 96 * k, 20, low=90, ragged=7, blunt=3.0, flick=-0.20, polar=(20, 50), phase=5)
        + around(f, 6, 78 * k, 12, low=86, polar=(24, 40), ragged=14, flick=0.10, curl=6, blunt=1.6, phase=7)
        + frames(f, 92 * k, count=3, width=22, azimuths=(54, 86), blunt=3.0, flick=-0.16, knob=0.3),
        mass=(17, 6),
    )


def _crown(f: Figure, length: float, flick: float, *, phase: float) -> list[Lock]:
    """Return tousled locks on top, so that short hair is no bowl."""
    return around(
        f, 7, length, 17, low=34, polar=(4, 16), ragged=16, flick=flick, blunt=1.6, curl=12, root=0.25, phase=phase
    )


def _short(f: Figure) -> Cut:
    k = stretch(f)
    return Cut(
        around(f, 4, 56 * k, 18, low=NAPE_FROM, ragged=5, polar=(50, 66), flick=-0.24, blunt=1.8)
        + around(f, 8, 52 * k, 24, low=90, ragged=10, tucked=18, blunt=1.8, flick=-0.12, lift=0.05)
        + around(f, 7, 34 * k, 18, low=84, ragged=16, polar=(20, 48), flick=0.02, blunt=1.6, curl=9, phase=5)
        + _crown(f, -40, 0.07, phase=8)
        + frames(f, 44 * k, count=2, width=12, azimuths=(54, 68), blunt=1.6, knob=0.5, flick=-0.06),
        spikes=0.3,
    )


def _pixie(f: Figure) -> Cut:
    k = stretch(f)
    return Cut(
        around(f, 4, 58 * k, 18, low=NAPE_FROM, ragged=6, polar=(50, 66), flick=-0.22, blunt=1.7)
        + around(f, 9, 34 * k, 23, low=84, ragged=9, blunt=1.7, flick=-0.12, lift=0.05)
        + around(f, 7, 16 * k, 17, low=80, ragged=16, polar=(20, 46), flick=0.02, blunt=1.5, curl=10, phase=5)
        + _crown(f, -46, 0.09, phase=8)
        + frames(f, 38, count=2, width=12, azimuths=(56, 68), blunt=1.6, knob=0.5, flick=-0.05),
        spikes=0.35,
        gloss=0.7,
    )


def _spiky(f: Figure) -> Cut:
    k = stretch(f)
    return Cut(
        around(f, 4, 54 * k, 18, low=NAPE_FROM, ragged=6, polar=(50, 66), flick=-0.12, blunt=1.5)
        + around(f, 8, 44 * k, 20, low=92, ragged=12, tucked=30, polar=(20, 34), flick=0.14, blunt=1.5, curl=10)
        + around(f, 8, 8 * k, 20, low=80, ragged=12, polar=(14, 30), flick=0.10, phase=5, blunt=1.5, curl=10)
        + frames(f, 40 * k, count=2, width=13, azimuths=(56, 70), blunt=1.5, knob=0.5),
        spikes=1.0,
        gloss=0.5,
    )


def _wolf(f: Figure) -> Cut:
    k = stretch(f)
    return Cut(
        around(
            f, 9, 124 * k, 24, low=104, ragged=16, polar=(44, 62), flare=0.12, flick=0.05, curl=6, blunt=1.8, wind=0.5
        )
        + around(f, 9, 56 * k, 24, ragged=10, flare=0.1, flick=0.10, blunt=1.8, phase=3)
        + around(f, 8, 40 * k, 18, ragged=14, polar=(20, 50), flick=0.16, curl=6, blunt=1.6, phase=6)
        + frames(f, 80, count=3, width=15, azimuths=(54, 80), flare=0.04, blunt=1.7, knob=0.7),
        mass=(9, 7),
        spikes=0.3,
        gloss=0.6,
    )


def _half_up(f: Figure) -> Cut:
    k = stretch(f)
    tie = Tie(180, 60)
    starts = [(side * (58 + 12 * i), 64 - 5 * i) for side in (-1, 1) for i in range(5)]
    return Cut(
        around(f, 10, 190 * k, 25, ragged=14, flare=0.06, wave=6, frequency=0.6, polar=(50, 66))
        + around(f, 8, 178 * k, 19, ragged=20, flare=0.12, wave=8, frequency=0.7, polar=(50, 70), phase=5)
        + frames(f, 112, count=3, width=14, azimuths=(53, 74)),
        [comb_back(f, starts, tie, 16)],
        mass=(18, 8),
        long=True,
    )


def hairline_at(azimuth: float) -> float:
    """Return the polar angle at which combed hair starts: over the ears, and behind them low on the nape."""
    return float(np.interp(min(azimuth, 360 - azimuth), *HAIRLINE))


def _single(f: Figure, tie: Tie) -> list[Strands]:
    """Return all hair combed to one tie at the back."""
    # Combed round the back: to a tie at the side the shortest way would lead over the face.
    tie = replace(tie, azimuth=COMBED_TO[0], polar=min(tie.polar, COMBED_TO[1]))
    hairline = [(azimuth, hairline_at(azimuth)) for azimuth in np.linspace(60, 300, 14).tolist()]
    crown = [(-70 + 28 * i, 30.0 + 10 * abs(i - 2.5)) for i in range(6)]
    return [comb_back(f, hairline, tie, 21), comb_back(f, crown, tie, 19, lift=0.015, phase=4)]


def _double(f: Figure, ties: Iterable[Tie]) -> list[Strands]:
    """Return the hair of each side combed to its own tie."""
    strands = []
    for tie in ties:
        hairline = [(tie.side * azimuth, hairline_at(azimuth)) for azimuth in range(58, 167, 18)]
        crown = [(tie.side * 1.0, 3.0 + 16 * i) for i in range(4)] + [(tie.side * 172.0, 30.0)]
        strands += [comb_back(f, hairline, tie, 22), comb_back(f, crown, tie, 19, lift=0.015, phase=4)]
    return strands


def _tied_frames(f: Figure, ties: list[Tie]) -> list[Lock]:
    bare = f.attributes.accessory in ANIMAL_EARS  # where an ear would be, the cheek would end in the air
    most = {tie.side: float(tie.neck(f)[1]) - SCALP_CENTRE[1] - ABOVE_TIE for tie in ties if tie.low}
    count, last = (4, 88) if bare else (3, 70)
    return frames(f, 96, count=count, width=12, azimuths=(53, last), follow=FRAMES_FOLLOW, most=most)


def _tied(f: Figure, combed: list[Strands], ties: list[Tie], tails: list[Strands], shape: str = "") -> Cut:
    return Cut(_tied_frames(f, ties), combed, ties, tails, shape)


def _beside(f: Figure, side: int, azimuth: float, polar: float) -> Tie:
    """Return a tie on one side that stays at the head's edge however the head turns."""
    turned = side * float(np.degrees(f.rig.yaw))
    far = LOW_FOLLOWS if polar > LOW else FAR_FOLLOWS
    place = azimuth - far * max(0.0, turned) - NEAR_FOLLOWS * min(0.0, turned)
    return clear_of_worn(f, Tie(side * place, polar))


def _pair(f: Figure, azimuth: float, polar: float) -> list[Tie]:
    """Return a tie on each side, the viewer's left first."""
    return [_beside(f, side, azimuth, polar) for side in (-1, 1)]


def _twintails(f: Figure) -> Cut:
    ties, k = _pair(f, 108, 52), stretch(f)
    tails = [
        hang(
            f, tie, _low_tail(f, tie) if tie.low else Tail((tie.side * 52.0, -34, 8), 225 * k, 10, 18, 34, waving(f, 6))
        )
        for tie in ties
    ]
    return _tied(f, _double(f, ties), ties, tails)


def _low_twintails(f: Figure) -> Cut:
    ties = _pair(f, 116, 119)
    return _tied(f, _double(f, ties), ties, [hang(f, tie, _low_tail(f, tie)) for tie in ties])


def _tails(f: Figure, ties: list[Tie], high: list[Tail]) -> list[Strands]:
    """Return what hangs from each tie: the tail of ``high``, or a low one where a hat has moved the tie."""
    return [hang(f, tie, _low_tail(f, tie) if tie.low else tail) for tie, tail in zip(ties, high, strict=True)]


def _low_tail(f: Figure, tie: Tie) -> Tail:
    """Return what hangs from a tie below the ears, over the shoulder."""
    return Tail((tie.side * 12.0, 6, 24), 165 * stretch(f), 9, 15, 26, waving(f, 6), 0.9, wind=0.6, fall=1.2)


def _ponytail(f: Figure) -> Cut:
    turned = float(np.degrees(f.rig.yaw))
    tie, k = clear_of_worn(f, Tie(112 - turned, 50, layer=UNDER)), stretch(f)  # seen over the crown, on the right
    high = Tail((64.0, -46.0, -10), 270 * k, 11, 20, 36, waving(f, 5), wind=0.15)
    return _tied(f, _single(f, tie), [tie], _tails(f, [tie], [high]))


def _side_ponytail(f: Figure) -> Cut:
    tie, k = _beside(f, 1, 112, 52), stretch(f)
    high = Tail((58, -38, 8), 226 * k, 11, 19, 36, waving(f, 6))
    return _tied(f, _single(f, tie), [tie], _tails(f, [tie], [high]))


def _low_ponytail(f: Figure) -> Cut:
    tie = _beside(f, 1, 116, 119)  # it lies over the shoulder on the viewer's right
    return _tied(f, _single(f, tie), [tie], [hang(f, tie, _low_tail(f, tie))])


def _buns(f: Figure) -> Cut:
    ties = _pair(f, 112, 42)
    return _tied(f, _double(f, ties), ties, [], "bun")


def _braids(f: Figure) -> Cut:
    ties = _pair(f, 114, 117)
    return _tied(f, _double(f, ties), ties, [], "braid")


def _drills(f: Figure) -> Cut:
    ties = _pair(f, 106, 56)
    return _tied(f, _double(f, ties), ties, [], "drill")


TABLE: dict[str, Callable[[Figure], Cut]] = {
    "short": _short,
    "bob": _bob,
    "long": _long,
    "wavy": _wavy,
    "twintails": _twintails,
    "ponytail": _ponytail,
    "buns": _buns,
    "braids": _braids,
    "spiky": _spiky,
    "pixie": _pixie,
    "curly": _curly,
    "half-up": _half_up,
    "side-ponytail": _side_ponytail,
    "low-twintails": _low_twintails,
    "low-ponytail": _low_ponytail,
    "drills": _drills,
    "wolf": _wolf,
}
