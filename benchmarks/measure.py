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

import numpy as np
import torch

LOAD = os.getloadavg()[0]  # the machine's load average before anything was measured
MAX_LOAD = 0.5  # above this load average nothing is measured, unless --busy or --quick is given
RESULTS = Path(__file__).parent / "results"

Row = Mapping[str, str | float]
Tables = Mapping[str, Sequence[Row]]


def time_in_turns(candidates: Mapping[str, Callable[[], object]], repeats: int) -> dict[str, float]:
    """Return the median seconds that each candidate takes.

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
    return {name: statistics.median(seconds) for name, seconds in times.items()}


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


def write(tables: Tables, device: str, *, complete: bool = True) -> Path:
    """Write the tables, and a description of the machine they were measured on. Return the path of the file.

    If the tables are not ``complete``, other tables that are already in the file stay there.
    """
    RESULTS.mkdir(exist_ok=True)
    path = RESULTS / f"{device}.json"
    if not complete and path.exists():
        tables = {**json.loads(path.read_text(encoding="utf-8"))["tables"], **tables}
    write_file(path, tables, device)
    return path


def write_file(path: Path, tables: Tables, device: str) -> None:
    """Write the tables to ``path``, with a description of the machine they were measured on."""
    machine = {
        "processor": processor(),
        "gpu": torch.cuda.get_device_name() if device == "cuda" else "",
        "threads": torch.get_num_threads(),
        "load when it began": round(LOAD, 2),
        "torch": torch.__version__,
        "python": platform.python_version(),
    }
    path.write_text(json.dumps({"machine": machine, "tables": tables}, indent=1) + "\n", encoding="utf-8")


def processor() -> str:
    """Return the name of the processor from /proc/cpuinfo or, failing that, from the module ``platform``."""
    try:
        lines = Path("/proc/cpuinfo").read_text(encoding="utf-8").splitlines()
    except OSError:
        return platform.processor()
    return next(
        (line.partition(":")[2].strip() for line in lines if line.startswith("model name")), platform.processor()
    )
