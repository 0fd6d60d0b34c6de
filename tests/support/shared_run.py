"""``shared_run.py BLOCK OUT SETTINGS BATCHES``: trains a few batches and saves the result.

The test compares the results of one process and of several.
"""

import json
import sys
from pathlib import Path
from unittest import mock

import torch

from generator.train.data.store import open_store
from generator.train.distributed import join_group
from generator.train.loop import TrainingRun
from generator.train.settings import Settings


def main(block: Path, out: Path, settings: dict[str, float], batches: int) -> None:
    store = open_store(block)
    assert store is not None
    # Half precision is off, because in it a sum would depend on how the batch is divided among processes.
    with (
        join_group("cpu") as (process, device),
        mock.patch("generator.stylegan.precision.cpu_has_bfloat16", return_value=False),
    ):
        run = TrainingRun(Settings(**settings), store, device, process=process)
        figures = []
        for _ in range(batches):
            run.generator.precision = "exact"
            if run.adversarial:
                run.adversarial.controller.strength = settings.get("augment", 0) * 0.5
            figures.append(run.advance())
        means = [{name: process.mean(torch.tensor(value)).item() for name, value in row.items()} for row in figures]
        if process.is_first:
            assert run.adversarial
            networks = {
                "generator": run.generator,
                "average": run.average,
                "discriminator": run.adversarial.discriminator,
            }
            state = {
                f"{which}.{name}": x for which, network in networks.items() for name, x in network.state_dict().items()
            }
            torch.save(
                {"state": state, "figures": means, "seen": run.seen, "controller": run.adversarial.controller.state()},
                out,
            )
    left = [name for name in (task.read_text() for task in Path("/proc/self/task").glob("*/comm")) if "gloo" in name]
    assert not left, "a thread outlives the process group, which makes one process in ten crash at exit"


if __name__ == "__main__":
    main(Path(sys.argv[1]), Path(sys.argv[2]), json.loads(sys.argv[3]), int(sys.argv[4]))
