"""All garments: one row for each value of the trait ``clothes``."""

from collections.abc import Callable

from generator.artist.body.bust import Bust
from generator.artist.body.festive import FESTIVE, FESTIVE_BEHIND
from generator.artist.body.uniforms import UNIFORMS, UNIFORMS_BEHIND
from generator.artist.body.winter import WINTER, WINTER_BEHIND

TABLE: dict[str, Callable[[Bust], str]] = {**UNIFORMS, **WINTER, **FESTIVE}
# What of a garment lies behind the neck.
BEHIND: dict[str, Callable[[Bust], str]] = {**UNIFORMS_BEHIND, **WINTER_BEHIND, **FESTIVE_BEHIND}
