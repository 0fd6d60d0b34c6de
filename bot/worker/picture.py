"""A finished file and its facts, as every part of the bot passes it on.

Does not know who drew it, or where it is going.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field


@dataclass(frozen=True)
class Picture:
    """A finished file. reduced: what was given up to fit the size limit, e.g. {"side": 192, "from": 256}."""

    file: bytes = field(repr=False)
    media_type: str
    width: int  # px
    height: int  # px
    frames: int
    reduced: Mapping[str, str | int | float]
