"""Tests that the benchmarks' textbook reference draws the same pictures, and that every table can be measured."""

import json
import os
import re
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest
import torch
from project_paths import FIXTURES, ROOT

import benchmarks.__main__
from benchmarks import files, gpu, peers, reference, stylegan3, synthesis, textbook_training, training
from generator import checkpoints
from generator.stylegan2.network import Generator, Hyperparameters
from generator.train.loop import TrainingRun
from generator.train.networks.discriminator import Discriminator, Shape
from generator.train.settings import Settings


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
        others = {name: draw() for name, draw in peers.peers(generator, w[:1]).items()}
    assert ours.std() > 0.1
    torch.testing.assert_close(ours, textbook, atol=1e-4, rtol=0)
    for name, other in others.items():
        tolerance = 0.05 if "bfloat16" in name else 1e-4  # of the brightest colour; bfloat16 has 8 bits
        torch.testing.assert_close(ours[:1], other, atol=tolerance * float(ours.abs().max()), rtol=0)


def test_the_textbook_step_trains_the_same_networks_by_the_same_losses() -> None:
    torch.manual_seed(0)
    discriminator = Discriminator(Shape(32, {4: 12, 8: 10, 16: 8, 32: 6}))
    pictures = torch.randn(8, 3, 32, 32)
    torch.testing.assert_close(textbook_training.score(discriminator, pictures), discriminator(pictures))
    settings = Settings(32, 1, batch=4, channel_base=128, discriminator_base=128, w_dim=8, z_dim=8)
    run = TrainingRun(settings, training.noise(32), torch.device("cpu"))
    textbook = textbook_training.TextbookStep(run)
    networks = (run.generator, textbook.discriminator, run.average)
    for number in (1, 4, 16):
        before = [torch.cat([p.detach().flatten() for p in network.parameters()]) for network in networks]
        textbook.step(number)
        after = [torch.cat([p.detach().flatten() for p in network.parameters()]) for network in networks]
        assert not any(map(torch.equal, before, after))
        assert all(values.isfinite().all() for values in after)
    assert training.kinds_of_step(settings) == {1: 12, 4: 3, 16: 1}


@pytest.mark.skipif(not os.environ.get("FULL_SIZE"), reason="FULL_SIZE=1 runs it; what it measures is tested elsewhere")
@pytest.mark.timeout(300)  # it takes under a minute on two idle cores
def test_the_quick_benchmarks_run_and_print_their_tables() -> None:
    command = [sys.executable, "-m", "benchmarks", "--quick"]
    done = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=True)
    for row in ("| 32 | reference |", "| gif: ours |", "| 3x3 morph, built-in network |"):
        assert row in done.stdout
    for row in ("| /waifu |", "| Again |", "| /grid 2 |", "| < 10 |"):
        assert row in done.stdout


def test_the_benchmarks_of_a_gpu_can_be_tried_on_a_processor(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr(sys, "argv", ["gpu", "--tiny", "--out", str(tmp_path), "rate", "pictures", "morph"])
    assert gpu.main() == 0
    assert "| morph 10 20 frames=3 |" in capsys.readouterr().out
    tables = json.loads((tmp_path / "bench-gpu.json").read_text())["tables"]
    assert tables["rate"][0]["matrix product, TFLOP/s"] > 0
    assert [row["batch"] for row in tables["pictures"]] == [2, 1]


def test_the_operations_of_a_picture_are_those_of_its_convolutions() -> None:
    hyper = Hyperparameters(8, {4: 2, 8: 3}, z_dim=4, w_dim=4)
    at_4 = 2 * 16 * (9 * 2 * 2 + 9 * 2 * 3 + 3 * 2)  # conv1, the upsampling conv0 of the next block, ToRGB
    colours = 2 * (16 * 3 * 2 + 64 * 3 * 3)
    assert synthesis.count_operations(hyper) == at_4 + 2 * 64 * (9 * 3 * 3 + 3 * 3)
    assert sum(map(synthesis.operations, synthesis.convolutions(hyper))) == synthesis.count_operations(hyper) - colours


def test_the_stylegan3_networks_that_are_measured_are_built_as_the_public_ones() -> None:
    hyper, bands = stylegan3.design("T", 1024)
    assert hyper.channels == (512,) * 7 + (323, 203, 128, 81, 51, 32, 32, 3)
    assert hyper.sizes == (36, 36, 52, 52, 84, 148, 148, 276, 276, 532, 1044, 1044, 1044, 1024, 1024)
    assert (round(bands[10].cutoff, 3), round(bands[10].half_width, 3)) == (203.187, 308.813)
    assert stylegan3.design("R", 256)[0].channels == (1024,) * 7 + (724, 512, 362, 256, 181, 128, 128, 3)
    stored = checkpoints.load(FIXTURES / "sg3_r_64.pkl").state_dict()
    built = stylegan3.network("R", 64, "exact", most=8).state_dict()
    ours, theirs = ([value for name, value in state.items() if name.endswith("_filter")] for state in (built, stored))
    for filter_, own in zip(theirs, ours, strict=True):
        torch.testing.assert_close(own, filter_, atol=1e-7, rtol=0)


@pytest.mark.skipif(not os.environ.get("FULL_SIZE"), reason="FULL_SIZE=1 runs it; the filters are tried elsewhere")
@pytest.mark.timeout(600)
@pytest.mark.parametrize("config", ["T", "R"])
def test_a_picture_of_1024_px_by_stylegan3_takes_less_than_2_gb(config: str) -> None:
    command = [sys.executable, "-m", "benchmarks.stylegan3", config, "1024", "exact"]
    done = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=True)
    assert json.loads(done.stdout)["peak MB"] < 2000


def make(*words: str) -> subprocess.CompletedProcess[str]:
    """Run a target of the Makefile with this Python."""
    command = ["make", *words, f"GPU_PYTHON={sys.executable}"]
    # The tests may themselves be run by make, which tells its children so.
    environ = {name: value for name, value in os.environ.items() if not name.startswith("MAKE")}
    return subprocess.run(command, cwd=ROOT, env=environ, capture_output=True, text=True)


@pytest.mark.skipif(torch.cuda.is_available(), reason="there is a GPU")
@pytest.mark.parametrize("target", ["bench-gpu", "train-gpu"])
def test_without_a_gpu_its_targets_are_one_sentence(target: str, tmp_path: Path) -> None:
    done = make(target, f"OUT={tmp_path / 'out'}", f"GPU_RUN={tmp_path / 'run'}")
    assert done.returncode
    assert re.fullmatch(r"error: .*torch finds no (GPU|CUDA device) here.*\nmake: .*\n", done.stderr, re.IGNORECASE)
    assert list(tmp_path.iterdir()) == []


@pytest.mark.skipif(not os.environ.get("FULL_SIZE"), reason="FULL_SIZE=1 runs it; its parts are tried above")
def test_every_benchmark_of_a_gpu_runs_from_the_makefile(tmp_path: Path) -> None:
    done = make("bench-gpu", "TINY=1", f"OUT={tmp_path}")
    assert done.returncode == 0, done.stdout + done.stderr
    assert set(json.loads((tmp_path / "bench-gpu.json").read_text())["tables"]) == set(gpu.PARTS)


@pytest.mark.skipif(not os.environ.get("FULL_SIZE"), reason="FULL_SIZE=1 runs it; training itself is tried elsewhere")
def test_a_training_on_a_gpu_leaves_pieces_that_can_be_joined_and_resumed(tmp_path: Path) -> None:
    out, run, again = (tmp_path / name for name in ("out", "run", "again"))
    done = make("train-gpu", "TINY=1", f"OUT={out}", f"GPU_RUN={run}")
    assert done.returncode == 0, done.stdout + done.stderr
    assert max(path.stat().st_size for path in out.iterdir()) <= 15 * 2**20
    again.mkdir()
    (joining,) = re.findall(r"Join the pieces: +(.*)", done.stdout)
    subprocess.run(joining.replace("RUN/", f"{again}/"), shell=True, check=True)
    for name in ("settings.json", "artist.safetensors", "state.pt"):
        assert (again / name).read_bytes() == (run / name).read_bytes()
    done = make("train-gpu", "TINY=1", f"OUT={out}", f"GPU_RUN={again}")
    assert "4 pictures, done" in done.stderr


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
