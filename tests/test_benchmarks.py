"""The yardstick measures what it says: the textbook formulation gives the same pictures, and the benchmarks run."""

import subprocess
import sys
from pathlib import Path

import pytest
import torch

from benchmarks import reference
from generator.network import Generator, Hyperparameters


@pytest.mark.parametrize("taps", [(1, 3, 3, 1), (1, 2, 3, 1)])
def test_the_textbook_formulation_draws_the_same_pictures(taps: tuple[float, ...]) -> None:
    hyper = Hyperparameters(32, {4: 32, 8: 32, 16: 16, 32: 8}, z_dim=16, w_dim=16, resample_filter=taps)
    generator = Generator.new(hyper, seed=1)
    with torch.no_grad():
        for name, parameter in generator.named_parameters():
            if name.endswith("noise_strength"):
                parameter.fill_(0.3)
        generator.freeze()
        w = torch.randn(3, generator.num_ws, generator.w_dim, generator=torch.Generator().manual_seed(2))
        ours, textbook = generator.synthesis(w), reference.synthesis(generator, w)
    assert ours.std() > 0.1
    torch.testing.assert_close(ours, textbook, atol=1e-4, rtol=0)


def test_the_quick_benchmarks_run_and_print_their_tables() -> None:
    root = Path(__file__).parent.parent
    done = subprocess.run([sys.executable, "-m", "benchmarks", "--quick"], cwd=root, capture_output=True, text=True, check=True)
    assert done.stdout.count("| reference |") == 2
    assert "| gif |" in done.stdout
