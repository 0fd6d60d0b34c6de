"""Tells a person what a training set holds, before hours are spent on it, and what was left out for which reason.

Knows nothing about networks. All of it is for a terminal, in English.
"""

import sys
import time
from collections import defaultdict
from collections.abc import Iterator, Sequence

import numpy as np
import torch
from numpy.typing import NDArray

from generator.stylegan.generator import Traits
from generator.train.data.dataset import Survey
from generator.train.data.labels import MISSING
from generator.train.data.sources import LeftOut
from generator.train.settings import Stage

SHOWN = 3  # files of each kind, and 40 characters of a name: the list in the run's folder is complete
NAME_CHARS, DETAIL_CHARS = 40, 80
CLASSES = 12  # values of a trait that are counted one by one
STEPS = 16  # that the speed is measured by: R1 regularisation takes place once in so many
STEPS_S = 20.0  # at most, if that is more than one step


def describe_data(survey: Survey, labels: NDArray[np.float32], traits: Traits, *, smaller_than: int = 0) -> list[str]:
    """Return the lines of a report: pictures, sizes, classes by their ``labels`` [n, c_dim], what was left out.

    Pictures whose shorter side is under ``smaller_than`` pixels are counted, since they are enlarged.
    """
    files = len(survey.sizes) + sum(one.kind != MISSING for one in survey.left_out)
    lines = [f"pictures   {len(survey.sizes):,} of {files:,} files in {printable(str(survey.path), 1000)}"]
    lines += _describe_sizes(survey.sizes, smaller_than)
    return [*lines, *_describe_classes(labels, traits), *describe_left_out(survey.left_out)]


def describe_left_out(left_out: Sequence[LeftOut]) -> list[str]:
    """Return a line with the number of files that were left out, and one for each reason with the first few of them."""
    if not left_out:
        return []
    kinds = defaultdict[str, list[LeftOut]](list)
    for one in left_out:
        kinds[one.kind].append(one)
    lines = [f"left out   {len(left_out):,}"]
    for kind, ones in sorted(kinds.items(), key=lambda item: -len(item[1])):
        named = ", ".join(_name(one) for one in ones[:SHOWN])
        lines.append(f"           {len(ones):,} {kind}: {named}{', ...' if len(ones) > SHOWN else ''}")
    return lines


def list_left_out(left_out: Sequence[LeftOut]) -> Iterator[bytes]:
    """Yield the lines of the complete list of what was left out: name, reason, and what is known beyond that."""
    for one in left_out:
        words = (printable(part, 10_000) for part in (one.name, one.kind, one.detail))
        yield ("\t".join(words).rstrip() + "\n").encode()


def printable(text: str, most: int) -> str:
    """Return a name from outside as a terminal can show it: one line, no control characters, the middle left out."""
    plain = text.encode("utf-8", "backslashreplace").decode()
    shown = "".join(char if char.isprintable() else "?" for char in plain)
    return shown if len(shown) <= most else f"{shown[: most // 2]}...{shown[-(most // 2) :]}"


def _name(one: LeftOut) -> str:
    detail = f" ({printable(one.detail, DETAIL_CHARS)})" if one.detail else ""
    return printable(one.name, NAME_CHARS) + detail


def _describe_sizes(sizes: Sequence[tuple[int, int]], smaller_than: int) -> list[str]:
    if not sizes:
        return []
    by_area = sorted(sizes, key=lambda size: size[0] * size[1])
    smallest, largest = (f"{width} x {height}" for width, height in (by_area[0], by_area[-1]))
    if smallest == largest:
        lines = [f"sizes      all {smallest}" if len(set(sizes)) == 1 else f"sizes      about {smallest}"]
    else:
        middle = "{} x {}".format(*by_area[len(by_area) // 2])
        lines = [f"sizes      from {smallest} to {largest}, the middle one {middle}"]
    if small := sum(min(size) < smaller_than for size in sizes):
        lines.append(f"           enlarged, as a side is under {smaller_than} pixels: {small:,}")
    return lines


def _describe_classes(labels: NDArray[np.float32], traits: Traits) -> list[str]:
    """Return a line for each trait: how many pictures show each of its values, the most common ones first."""
    lines, counts = list[str](), iter(labels.sum(axis=0).astype(int).tolist())
    for trait, values in traits.items():
        shown = sorted(((next(counts), value) for value in values), key=lambda one: -one[0])
        text = ", ".join(f"{value} {count:,}" for count, value in shown[:CLASSES])
        more = shown[CLASSES:]
        rest = f", and {len(more):,} more of {more[-1][0]:,} to {more[0][0]:,}" if more else ""
        lines.append(f"{'classes' if len(lines) == 0 else '':<10} {trait}: {text}{rest}")
    return lines


class Speedometer:
    """Measures the first steps of a run, without the very first, which warms up, and tells once how fast it is."""

    def __init__(self, stages: Sequence[Stage], device: torch.device) -> None:
        self._stages, self._total, self._device = stages, stages[-1].until, device
        self._started: float | None = None
        self._first_seen = self._steps = 0
        self.told = False

    def note(self, seen: int) -> list[str]:
        """Take note that a step is over, and ``seen`` pictures are seen. Return the lines of the report, or none."""
        now = time.monotonic()
        if self._started is None:
            self._started, self._first_seen = now, seen
            return []
        self._steps += 1
        passed = now - self._started
        if self.told or (self._steps < STEPS and passed < STEPS_S and seen < self._total):
            return []
        self.told = True
        speed = (seen - self._first_seen) / max(passed, 1e-9)
        length = _duration((self._total - self._first_seen) / speed)
        stage = next(stage for stage in self._stages if self._first_seen <= stage.until)
        pace = f", if all is as fast as {stage.kind} {stage.resolution} px" if len(self._stages) > 1 else ""
        until = f"{length} to {self._total / 1000:g} kimg{pace}"
        device = torch.cuda.get_device_name(self._device) if self._device.type == "cuda" else "the processor"
        return [
            f"memory     {peak_memory(self._device) / 1e9:.1f} GB on {device} so far",
            f"speed      {speed:.1f} img/s, measured by {self._steps} steps: {until}",
        ]


def peak_memory(device: torch.device) -> int:
    """Return the most bytes of memory that this process has had on ``device``, or 0 where the system does not say."""
    if device.type == "cuda":
        return torch.cuda.max_memory_allocated(device)
    if sys.platform == "win32":
        return 0
    import resource

    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    return peak if sys.platform == "darwin" else peak * 1024  # Linux counts in KiB


def _duration(seconds: float) -> str:
    if seconds < 90:
        return f"{seconds:.0f} seconds"
    return f"{seconds / 60:.0f} minutes" if seconds < 5400 else f"{seconds / 3600:.1f} hours"
