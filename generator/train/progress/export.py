"""Writes the averaged generator of a training run into a file of its own, with a card about its training.

Does not know when that is due.
"""

from collections.abc import Mapping
from pathlib import Path
from typing import Any

from generator import checkpoints
from generator.stylegan.generator import Knobs
from generator.train.data.drawing import Artist, artists
from generator.train.loop import TrainingRun


def network_file(name: str) -> str:
    """Return what the file is called in which a run keeps its network of that name."""
    return f"{name}.safetensors"


def export(training: TrainingRun, path: Path, stored: Mapping[str, Any], measured: Mapping[str, float] = {}) -> None:
    """Write the averaged generator as a float16 checkpoint in our own format, with a card about its training.

    ``stored`` are the settings of the run's folder, with the name of the network. ``measured`` are figures for the
    card. Raises CannotWrite.
    """
    training.average.name = stored["name"]
    # Drawn training sets contain rare traits more often than the finished model should draw them.
    artist = artists().get(stored["data"])
    training.average.odds = artist.odds() if artist else training.odds
    training.average.knobs = _find_knobs(training, artist)
    card = {
        "data": artist.name if artist else "a folder of pictures",
        "pictures in the set": len(training.store),
        "pictures seen": training.seen,
        "stages": [
            f"{stage.kind} {stage.resolution} px: {min(stage.until, training.seen) - stage.start} pictures"
            for stage in training.stages
            if stage.start < training.seen
        ],
        "warm start by regression": training.settings.warm_kimg > 0,
        **{f"{name} while training": round(value, 4) for name, value in measured.items()},
    }
    checkpoints.save(training.average, path, half=True, card=card)


def _find_knobs(training: TrainingRun, artist: Artist | None) -> Knobs | None:
    """Return the artist's knobs if z holds them."""
    hyper = training.average.hyper
    if artist is None or hyper.normalize_latents or hyper.z_dim != len(artist.knobs):
        return None
    return Knobs(artist.knobs, artist.draws.LIMIT)
