"""Measures candidates in turns, prints tables, and writes the results.

Does not know what is measured.
"""

import json
import os
import platform
import statistics
import time
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import Any, NamedTuple

import numpy as np
import torch

LOAD = os.getloadavg()[0]  # the machine's load average before anything was measured
MAX_LOAD = 0.5  # above this load average nothing is measured, unless --busy or --quick is given
RESULTS = Path(__file__).parent / "results"


def _processor_seconds() -> tuple[float, float, float]:
    """Return the seconds that all processors have been used, those that have passed on all, and our own part."""
    own = sum(os.times()[:4])
    try:
        fields = Path("/proc/stat").read_text(encoding="utf-8").split("\n", 1)[0].split()[1:9]
    except OSError:
        return own, 1.0, own
    ticks = [int(field) / os.sysconf("SC_CLK_TCK") for field in fields]
    return (
        sum(ticks) - ticks[3] - ticks[4],
        sum(ticks),
        own,
    )  # the fourth and the fifth are idle, and waiting for a disk


BEGAN = _processor_seconds()

Row = Mapping[str, str | float]
Tables = Mapping[str, Sequence[Row]]


class Times(NamedTuple):
    """What repeated measurements of the same work came to, in seconds."""

    median: float
    lowest: float
    highest: float

    def columns(self) -> dict[str, str | float]:
        """Return the columns of a table that tell the median and the spread."""
        return {"seconds": self.median, "lowest to highest": f"{self.lowest:.3g} to {self.highest:.3g}"}


def time_in_turns(candidates: Mapping[str, Callable[[], object]], repeats: int) -> dict[str, Times]:
    """Return the seconds that each candidate takes.

    The candidates take turns, so that a slow minute affects all of them. The first turn is a warm-up and does not
    count.
    """
    times: dict[str, list[float]] = {name: [] for name in candidates}
    for turn in range(repeats + 1):
        for name, work in candidates.items():
            began = time.perf_counter()
            work()
            if turn:
                times[name].append(time.perf_counter() - began)
    return {name: Times(statistics.median(each), min(each), max(each)) for name, each in times.items()}


def percentile(values: Sequence[float], percent: float) -> float:
    """Return the value below which ``percent`` per cent of ``values`` lie, or 0 if there are no values."""
    return float(np.percentile(values, percent)) if values else 0.0


def print_table(title: str, rows: Sequence[Row]) -> None:
    """Print rows as a Markdown table."""
    print(f"\n{title}\n")
    columns = list(dict.fromkeys(key for row in rows for key in row))
    print("| " + " | ".join(columns) + " |")
    print("|" + "---|" * len(columns))
    for row in rows:
        cells = (row.get(column, "") for column in columns)
        print(
            "| " + " | ".join(f"{cell:.3g}" if isinstance(cell, float) else str(cell) for cell in cells) + " |",
            flush=True,
        )


def write(tables: Tables, device: str) -> Path:
    """Write the tables, each with a description of the machine that it was measured on. Return the path of the file.

    Other tables that are already in the file stay there.
    """
    RESULTS.mkdir(exist_ok=True)
    path = RESULTS / f"{device}.json"
    known = json.loads(path.read_text(encoding="utf-8")) if path.exists() else None
    write_file(path, tables, device, known)
    return path


def write_file(path: Path, tables: Tables, device: str, known: Mapping[str, Any] | None = None) -> None:
    """Write the tables to ``path``, after those that are ``known``, each with the machine it was measured on."""
    machine = {
        "processor": processor(),
        "gpu": torch.cuda.get_device_name() if device == "cuda" else "",
        "threads": torch.get_num_threads(),
        "load when it began": round(LOAD, 2),
        "share of the processors that others used meanwhile": round(_others_share(), 3),
        "torch": torch.__version__,
        "python": platform.python_version(),
    }
    earlier = known or {"machines": {}, "tables": {}}
    values = {
        "machines": {**earlier["machines"], **dict.fromkeys(tables, machine)},
        "tables": {**earlier["tables"], **tables},
    }
    path.write_text(json.dumps(values, indent=1) + "\n", encoding="utf-8")


def _others_share() -> float:
    used, passed, own = (now - then for now, then in zip(_processor_seconds(), BEGAN, strict=True))
    return max(used - own, 0.0) / passed if passed else 0.0


def processor() -> str:
    """Return the name of the processor from /proc/cpuinfo or, failing that, from the module ``platform``."""
    try:
        lines = Path("/proc/cpuinfo").read_text(encoding="utf-8").splitlines()
    except OSError:
        return platform.processor()
    return next(
        (line.partition(":")[2].strip() for line in lines if line.startswith("model name")), platform.processor()
    )
