"""Finds the learning-rate multiplier of a mapping network whose file does not say it, from the spread of its weights.

Every program draws these weights from a normal distribution of the standard deviation 1 / multiplier, and training
moves them little, since each step is as much smaller. Knows no file format.
"""

import re
from collections.abc import Mapping

import numpy as np

from generator.checkpoints.pickle.arrays import Numbers, to_float32
from generator.contract import errors

USUAL = 0.01  # the multiplier of all programs, unless somebody changes it
USUAL_SPREADS = (67, 150)  # the standard deviations of weights for which the usual multiplier is taken
MAX_MULTIPLIER = 1.0  # a larger one is not told from training that moved the weights
TOLERANCE = 0.12  # how far the spread may be from 1 / multiplier, and a layer's from another's twice that


def settle(arrays: Mapping[str, Numbers], given: float | None) -> tuple[float, str | None]:
    """Return the multiplier, and a note unless it is the one that somebody gave or the usual one.

    Raises MappingLrUnknown if nobody gave one and the weights do not tell.
    """
    if given is not None:
        return given, None
    spreads = _spreads(arrays)
    if not np.isfinite(spreads).all():
        return USUAL, None  # a network with other weights than finite ones is refused when they are read
    if all(USUAL_SPREADS[0] <= spread <= USUAL_SPREADS[1] for spread in spreads):
        return USUAL, _doubt(spreads)
    told = _tell(spreads)
    if told is None:
        raise errors.MappingLrUnknown()
    return told, f"the learning-rate multiplier of the mapping is missing; the weights tell {told:g}"


def _doubt(spreads: np.ndarray) -> str | None:
    """Return a note if the usual multiplier is taken although the weights tell another one, such as 0.008."""
    middle = float(np.median(spreads)) if len(spreads) else 1 / USUAL
    if abs(USUAL * middle - 1) <= TOLERANCE:
        return None
    told = f"{USUAL:g} is used, though the weights tell {1 / middle:.2g}"
    return (
        f"the learning-rate multiplier of the mapping is missing; {told}: if it was another, say it with --mapping-lr"
    )


def _tell(spreads: np.ndarray) -> float | None:
    """Return the number of one digit that fits the spreads of all layers, or None if there is none."""
    middle = float(np.median(spreads))
    if middle <= 0 or np.abs(spreads / middle - 1).max() > 2 * TOLERANCE:
        return None
    told = float(f"{1 / middle:.0e}")
    return told if told <= MAX_MULTIPLIER and abs(told * middle - 1) <= TOLERANCE else None


def _spreads(arrays: Mapping[str, Numbers]) -> np.ndarray:
    """Return the standard deviation of each layer's weights."""
    weights = (value for name, value in arrays.items() if re.fullmatch(r"mapping\.fc\d+\.weight", name))
    with np.errstate(over="ignore", invalid="ignore"):
        return np.array([to_float32(value).std(dtype=np.float64) for value in weights])
