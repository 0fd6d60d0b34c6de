"""All garments: one row for each value of the trait ``clothes``."""

from generator.artist.body.bust import Garment
from generator.artist.body.festive import FESTIVE
from generator.artist.body.uniforms import UNIFORMS
from generator.artist.body.winter import WINTER

TABLE: dict[str, Garment] = {**UNIFORMS, **WINTER, **FESTIVE}
