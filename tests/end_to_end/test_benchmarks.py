"""Tests that the benchmarks' textbook reference draws the same pictures, and that every table can be measured."""

import subprocess
import sys

import numpy as np
import pytest
import torch
from project_paths import ROOT

import benchmarks.__main__
from benchmarks import files, reference
from generator.stylegan2.network import Generator, Hyperparameters


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


@pytest.mark.timeout(300)  # it takes under a minute on two idle cores
def test_the_quick_benchmarks_run_and_print_their_tables() -> None:
    done = subprocess.run(
        [sys.executable, "-m", "benchmarks", "--quick"], cwd=ROOT, capture_output=True, text=True, check=True
    )
    for row in (
        "| 32 | reference |",
        "| gif: ours |",
        "| 3x3 morph, built-in network |",
        "| batched | /waifu |",
        "| one at a time | /morph |",
    ):
        assert row in done.stdout
    assert "| < 10 |" in done.stdout


def test_a_busy_machine_measures_nothing(monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> None:
    monkeypatch.setattr("os.getloadavg", lambda: (2.5, 2.0, 1.0))
    monkeypatch.setattr(sys, "argv", ["benchmarks"])
    assert benchmarks.__main__.main() == 1
    assert "the machine is busy (load 2.50)" in capsys.readouterr().err


@pytest.mark.parametrize("name", ["gif: ours", "webp: ours", "mp4: ours", "gif: Pillow's default"])
def test_every_animation_decodes_to_the_frames_that_were_written(name: str) -> None:
    ramp = np.linspace(0, 200, 64)
    pictures = [
        np.stack(np.broadcast_arrays(ramp[None] + 5 * t, ramp[:, None], np.float64(90)), axis=-1) for t in range(4)
    ]
    frames = np.stack(pictures).astype(np.uint8)
    if name not in files.ways():
        pytest.skip("this build cannot write it")
    shown = files.decoded(files.ways()[name](frames), name, len(frames))
    assert shown.shape == frames.shape
    assert files.psnr(shown, frames) > 25
