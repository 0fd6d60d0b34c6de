"""Defines Picture, the finished file that the parts of the bot pass to each other.

Does not draw or send pictures.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field


@dataclass(frozen=True)
class Picture:
    """A finished picture or animation: the file and its properties."""

    file: bytes = field(repr=False)
    media_type: str
    width: int  # px
    height: int  # px
    frames: int
    reduced: Mapping[str, str | int | float]  # what was reduced to fit the size limit, e.g. {"side": 192, "from": 256}
    # Of the face that was found for a posted picture: the traits that this shows, and how near the face is to it.
    traits_read: Mapping[str, str] = field(default_factory=dict)
    psnr: float = 0.0  # dB
