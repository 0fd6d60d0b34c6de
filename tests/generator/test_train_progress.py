"""Tests what a training run writes while it runs: figures, measures, snapshots, sheets; and that nothing is lost.

With FULL_SIZE=1 processes are killed at every step of a save, and damage is tried at many more places.
"""

import argparse
import io
import json
import math
import os
import random
import shutil
import signal
import struct
import subprocess
import sys
from collections.abc import Iterator
from itertools import pairwise
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import torch
import torch.nn.functional as F
from filelock import FileLock
from PIL import Image
from project_paths import ROOT
from small_disk import fill, small_disk
from tensorboardX.proto.event_pb2 import Event
from tensorboardX.record_writer import masked_crc32c
from torch import Tensor

from generator import checkpoints
from generator.__main__ import main
from generator.contract import errors
from generator.features.spaces import Reference, choose_space, in_colour, random_space
from generator.train import losses, run_folder
from generator.train.command import add_arguments, run
from generator.train.data.store import open_store
from generator.train.loop import TrainingRun
from generator.train.progress import record, sheets
from generator.train.progress.figures import Figures, read_rows
from generator.train.progress.measure import Measure
from generator.train.progress.snapshots import Snapshots, check_free, claim
from generator.train.progress.ticks import Means, crosses, describe_time, tick_line
from generator.train.progress.watch import Watch
from generator.train.settings import Settings

FULL = bool(os.environ.get("FULL_SIZE"))
CPU = torch.device("cpu")
TINY = ["--resolution", "32", "--config", "tiny", "--channel-base", "256", "--channel-max", "16", "--w-dim", "16"]
WORDS = [*TINY, "--batch", "4", "--threads", "1", "--device", "cpu", "--tick", "0.008", "--name", "mine"]
TIMES = ("img_per_s", "hours")  # the figures that no two runs have in common


def options(*words: str | Path) -> argparse.Namespace:
    parser = argparse.ArgumentParser()
    add_arguments(parser)
    return parser.parse_args([str(word) for word in words])


@pytest.fixture(scope="module")
def pictures(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("pictures")
    for n in range(20):
        noise = np.random.default_rng(n).integers(0, 256, (40, 40, 3), dtype=np.uint8)
        Image.fromarray(noise).save(folder / f"{n:02}.png")
    return folder


@pytest.fixture(scope="module")
def whole(pictures: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A run of 40 pictures that was never interrupted."""
    out = tmp_path_factory.mktemp("whole") / "run"
    assert run(options("--data", pictures, "--out", out, "--kimg", "0.04", *WORDS)) == 0
    return out


@pytest.fixture
def begun(whole: Path, tmp_path: Path) -> Path:
    """A copy of that run, to be damaged or resumed."""
    return Path(shutil.copytree(whole, tmp_path / "run"))


def rows_of(folder: Path) -> list[dict[str, Any]]:
    return [{name: value for name, value in row.items() if name not in TIMES} for row in read_rows(folder)]


def tensors_of(folder: Path) -> dict[str, Tensor]:
    state = torch.load(folder / "state.pt", weights_only=True)
    return {f"{part}.{name}": tensor for part in ("generator", "average") for name, tensor in state[part].items()}


def events_of(folder: Path) -> list[tuple[int, str, float]]:
    """Read the event files of a run as TensorBoard does: step, tag and value of each scalar, checksums checked."""
    found = []
    for path in sorted((folder / "scalars").iterdir()):
        data = path.read_bytes()
        while data:
            header, (size,) = data[:8], struct.unpack("<Q", data[:8])
            body = data[12 : 12 + size]
            checksums = struct.unpack("<I", data[8:12]) + struct.unpack("<I", data[12 + size : 16 + size])
            assert checksums == (masked_crc32c(header), masked_crc32c(body))
            event = Event.FromString(body)
            found += [(event.step, value.tag, value.simple_value) for value in event.summary.value]
            data = data[16 + size :]
    return found


# --- figures --------------------------------------------------------------------------------------


def test_a_tick_is_one_line_with_speed_losses_augmentation_scores_and_time_left() -> None:
    figures = {"d": 0.8123, "g": 1.25, "r1": 0.0000123, "p": 0.125, "real": 0.5, "fake": -0.25}
    assert tick_line("adversarial 64 px", 12_000, 1_000_000, 20.0, figures) == (
        "adversarial 64 px: 12.0 of 1000 kimg, 20.0 img/s, 13 h 43 min left | losses d 0.812, g 1.25, r1 1.23e-05 | "
        "augmentation p 0.125 | scores real +0.50, fake -0.25"
    )
    assert tick_line("fit 32 px", 0, 1000, 0.0, {}) == "fit 32 px: 0.0 of 1 kimg, 0.0 img/s, unknown left"
    assert [describe_time(s) for s in (5, 90, 7260, 400_000)] == ["5 s", "2 min", "2 h 1 min", "4.6 days"]


def test_the_figures_of_a_tick_are_means_and_can_go_on_elsewhere() -> None:
    first = Means()
    first.add({"d": 1.0, "r1": 8.0})
    second = Means(json.loads(json.dumps(first.state())))
    second.add({"d": 3.0})
    assert second.take() == {"d": 2.0, "r1": 8.0}
    assert not second


def test_a_tick_is_due_when_a_multiple_of_its_length_is_reached() -> None:
    assert [crosses(10, before, now) for before, now in ((0, 9), (0, 10), (9, 12), (10, 19), (5, 45))] == [
        False,
        True,
        True,
        False,
        True,
    ]


def test_a_run_writes_a_row_for_each_tick_and_snapshot_as_json_and_for_tensorboard(whole: Path) -> None:
    rows = read_rows(whole)
    assert [row["seen"] for row in rows] == [0, 8, 16, 24, 32, 40, 40]
    assert [row.get("snapshot") for row in rows] == [None] * 6 + ["mine-000000"]
    assert {"d", "g", "real", "fake", "p", "img_per_s", "hours", "stage"} <= rows[1].keys()
    assert {"frechet", "precision", "recall", "features"} <= rows[0].keys() & rows[-1].keys()
    assert rows[0]["features"] == "random filters"
    numbers = {(row["seen"], name): value for row in rows for name, value in row.items() if isinstance(value, float)}
    shown = {(step, tag): value for step, tag, value in events_of(whole)}
    assert shown.keys() == numbers.keys()
    assert shown == pytest.approx(numbers, rel=1e-6)


def test_figures_that_are_no_number_are_written_as_null(tmp_path: Path) -> None:
    figures = Figures(tmp_path)
    figures.write(4, {"d": math.nan, "g": math.inf, "r1": 1.0})
    figures.close()
    assert read_rows(tmp_path) == [{"seen": 4, "d": None, "g": None, "r1": 1.0}]


def test_a_full_disk_tears_no_row(tmp_path: Path) -> None:
    with small_disk(tmp_path / "disk", 1_000_000) as disk:
        figures = Figures(disk)
        figures.write(1, {"d": 1.0})
        taken = fill(disk)
        for n in (2, 3):  # what is there must end between the pages of the disk, so the second is too long for sure
            with pytest.raises(errors.CannotWrite, match="No space left"):
                figures.write(n, {"d": float(n), "text": "x" * 5000})
        taken.unlink()
        figures.write(4, {"d": 4.0})
        figures.close()
        assert [row["seen"] for row in read_rows(disk)] == [1, 4]
        assert [step for step, _, _ in events_of(disk)] == [1, 4]


# --- measures -------------------------------------------------------------------------------------


def clouds(count: int, seed: int, side: int = 32) -> Tensor:
    """Pictures [n, 3, side, side] in [-1, 1] with detail at every scale, as photos have it: noise with spectrum 1/f."""
    rng = np.random.default_rng(seed)
    squares = np.fft.fftfreq(side)[:, None] ** 2 + np.fft.fftfreq(side)[None] ** 2
    noise = np.fft.fft2(rng.standard_normal((count, 3, side, side))) / np.sqrt(squares + 1e-4)
    values = np.fft.ifft2(noise).real
    return torch.from_numpy((0.4 * values / values.std(axis=(2, 3), keepdims=True)).clip(-1, 1)).float()


def blocks(count: int, seed: int, side: int = 32) -> Tensor:
    """Pictures of flat rectangles with sharp edges, as drawings have them."""
    rng = np.random.default_rng(seed)
    pictures = np.ones((count, 3, side, side), np.float32) * rng.uniform(-1, 1, (count, 3, 1, 1))
    for picture in pictures:
        for _ in range(6):
            (top, left), (height, width) = rng.integers(side, size=2), rng.integers(4, side, size=2)
            picture[:, top : top + height, left : left + width] = rng.uniform(-1, 1, (3, 1, 1))
    return torch.from_numpy(pictures).float()


def blurred(pictures: Tensor, radius: float) -> Tensor:
    weights = torch.exp(-(torch.arange(-9, 10) ** 2) / (2 * radius**2))
    kernel = (weights / weights.sum())[None, None].expand(3, 1, -1)
    padded = F.pad(pictures, (9, 9, 9, 9), mode="reflect")
    return F.conv2d(F.conv2d(padded, kernel[:, :, :, None], groups=3), kernel[:, :, None], groups=3)


def noisy(pictures: Tensor, strength: float) -> Tensor:
    noise = torch.randn(pictures.shape, generator=torch.Generator().manual_seed(0))
    return (pictures + strength * noise).clamp(-1, 1)


@pytest.mark.parametrize("draw", [clouds, blocks])
@pytest.mark.parametrize("seed", range(10) if FULL else [0])
def test_random_filters_order_clean_noisy_and_blurred_sets(draw: Any, seed: int) -> None:
    space, count = random_space(), 300
    reference = Reference.of(space, space.features([draw(count, 2 * seed)]))
    clean = draw(count, 2 * seed + 1)

    def distance(pictures: Tensor) -> float:
        return reference.compare(space.features([pictures]))["frechet"]

    for spoil, amounts in ((noisy, (0.1, 0.2, 0.4)), (blurred, (0.5, 1.0, 2.0))):
        distances = [distance(clean), *(distance(spoil(clean, amount)) for amount in amounts)]
        assert all(before < after for before, after in pairwise(distances)), distances
    assert distance(clean[:1].expand(count, -1, -1, -1)) > 2 * distance(clean)  # the same picture again and again


def test_a_set_is_at_no_distance_from_itself_and_covers_it() -> None:
    space = random_space()
    features = space.features([blocks(30, 0)])
    found = Reference.of(space, features).compare(features)
    assert found["frechet"] == pytest.approx(0, abs=1e-3)
    assert (found["precision"], found["recall"]) == (1, 1)


def test_grey_pictures_and_those_with_opacity_are_measured_as_they_are_seen() -> None:
    grey = blocks(3, 0)[:, :1]
    assert torch.equal(in_colour(grey), grey.expand(-1, 3, -1, -1))
    clear = torch.cat([blocks(3, 0), -torch.ones(3, 1, 32, 32)], dim=1)
    assert torch.equal(in_colour(clear), torch.ones(3, 3, 32, 32))


def test_the_space_follows_from_the_pictures_and_what_is_here(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setattr(torch.hub, "get_dir", lambda: str(tmp_path))
    cpu = torch.device("cpu")
    names = {(wish, artist): choose_space(wish, artist, cpu) for wish in ("auto", "none") for artist in ("drawn", None)}
    found = {key: space and space.name for key, space in names.items()}
    assert found == {
        ("auto", "drawn"): "reader",
        ("auto", None): "random filters",
        ("none", "drawn"): None,
        ("none", None): None,
    }
    with pytest.raises(errors.NoBackbone, match=r"resnet50-\*\.pth"):
        choose_space("backbone", None, cpu)


def test_a_network_of_photos_is_used_if_its_weights_are_here(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    torchvision = pytest.importorskip("torchvision", exc_type=Exception)
    monkeypatch.setattr(torch.hub, "get_dir", lambda: str(tmp_path))
    (tmp_path / "checkpoints").mkdir()
    weights = torchvision.models.resnet18(weights=None).state_dict()
    torch.save(weights, tmp_path / "checkpoints" / "resnet18-01234567.pth")
    space = choose_space("auto", None, torch.device("cpu"))
    assert space is not None
    assert space.name == "resnet18"
    assert space.features([blocks(2, 0), blocks(1, 1)[:, :1]]).shape == (3, 512)
    (tmp_path / "checkpoints" / "resnet18-01234567.pth").write_bytes(b"no weights")
    assert choose_space("auto", None, torch.device("cpu")).name == "random filters"


# --- snapshots and sheets -------------------------------------------------------------------------


def take(snapshots: Snapshots, distances: dict[int, float], folder: Path) -> list[str]:
    for kimg, distance in distances.items():
        snapshots.add(kimg * 1000 + 7, "reader", {"frechet": distance}, lambda path, name: path.write_text(name))
    return sorted(path.name for path in folder.glob("*.safetensors"))


def test_the_newest_snapshots_and_the_best_are_kept(tmp_path: Path) -> None:
    (models := tmp_path / "models").mkdir()
    claim(models, "mine", tmp_path / "run")
    snapshots = Snapshots(tmp_path / "run", str(models), "mine", keep=2)
    distances = {1: 9.0, 2: 3.0, 3: 5.0, 4: 4.0, 5: 8.0}
    assert take(snapshots, distances, models) == [f"mine-00000{n}.safetensors" for n in (2, 4, 5)]
    best = snapshots.best()
    assert best is not None
    assert best.name == "mine-000002"
    again = Snapshots(tmp_path / "run", str(models), "mine", 2, json.loads(json.dumps(snapshots.state())))
    assert take(again, {6: 1.0}, models) == [f"mine-00000{n}.safetensors" for n in (5, 6)]


def test_a_folder_with_snapshots_of_another_run_of_that_name_is_refused(
    begun: Path, pictures: Path, tmp_path: Path
) -> None:
    models = tmp_path / "models"
    models.mkdir()
    (models / "mine-000512.safetensors").touch()
    (models / "mine-2.safetensors").touch()
    for words in (["--data", pictures, "--out", tmp_path / "new", *WORDS], ["--resume", begun]):
        with pytest.raises(errors.BadValue, match="another name, as the folder of --offer-in holds snapshots"):
            run(options(*words, "--offer-in", models))
    assert not (tmp_path / "new").exists()
    check_free(models, "min", begun)
    check_free(models, "mine-2", begun)


def test_two_runs_do_not_share_the_names_of_their_snapshots_even_before_there_are_any(
    pictures: Path, tmp_path: Path
) -> None:
    for name in ("models", "others"):
        (tmp_path / name).mkdir()
    words = ["--data", pictures, *WORDS, "--kimg", "1", "--minutes", "0", "--features", "none"]
    assert run(options(*words, "--out", tmp_path / "a", "--offer-in", tmp_path / "models")) == 0
    with pytest.raises(errors.BadValue, match="another name"):
        run(options(*words, "--out", tmp_path / "b", "--offer-in", tmp_path / "models"))
    assert run(options(*words, "--out", tmp_path / "b", "--offer-in", tmp_path / "models", "--name", "b")) == 0
    for folder in ("others", "models"):  # and back again
        assert run(options("--resume", tmp_path / "a", "--offer-in", tmp_path / folder, "--minutes", "0")) == 0
    shutil.copytree(tmp_path / "a", tmp_path / "copy")
    with pytest.raises(errors.BadValue, match="another name"):
        run(options("--resume", tmp_path / "copy", "--minutes", "0"))
    assert run(options("--resume", tmp_path / "copy", "--minutes", "0", "--name", "copy")) == 0
    (tmp_path / "a").rename(tmp_path / "moved")
    (tmp_path / "models" / "mine-000001.safetensors").touch()  # as if it had left one
    assert run(options("--resume", tmp_path / "moved", "--minutes", "0")) == 0
    shutil.rmtree(tmp_path / "moved")
    for out in ("moved", "a"):  # also in a folder of that name
        with pytest.raises(errors.BadValue, match="another name"):
            run(options(*words, "--out", tmp_path / out, "--offer-in", tmp_path / "models"))
    (tmp_path / "models" / "mine-000001.safetensors").unlink()
    assert run(options(*words, "--out", tmp_path / "c", "--offer-in", tmp_path / "models")) == 0


def test_a_run_that_could_not_begin_leaves_its_name_to_others(pictures: Path, tmp_path: Path) -> None:
    for name in ("few", "models", "out"):
        (tmp_path / name).mkdir()
    (tmp_path / "out" / "notes.txt").touch()
    for number in range(20):
        (tmp_path / "few" / f"{number}.png").write_bytes(b"")
    words = ["--kimg", "1", "--minutes", "0", "--features", "none", *WORDS, "--offer-in", tmp_path / "models"]
    with pytest.raises(errors.TooFewPictures):
        run(options("--data", tmp_path / "few", "--out", tmp_path / "out", *words))
    assert run(options("--data", pictures, "--out", tmp_path / "other", *words)) == 0


def test_what_another_run_offers_is_not_thinned_out(tmp_path: Path) -> None:
    (models := tmp_path / "models").mkdir()
    claim(models, "mine", tmp_path / "run")
    first = Snapshots(tmp_path / "run", str(models), "mine", keep=3)
    kept = take(first, {1: 3.0, 2: 2.0, 3: 1.0}, models)
    claim(models, "copy", tmp_path / "copy")
    copy = Snapshots(tmp_path / "copy", str(models), "copy", 1, first.state())
    assert take(copy, {4: 0.1}, models) == ["copy-000004.safetensors", *kept]


def test_snapshots_are_known_again_where_their_run_was_moved_to(tmp_path: Path) -> None:
    first = Snapshots(tmp_path / "old", None, "mine", keep=1)
    take(first, {1: 1.0, 2: 2.0}, tmp_path)
    (tmp_path / "old").rename(tmp_path / "new")
    second = Snapshots(tmp_path / "new", None, "mine", 1, first.state())
    assert take(second, {3: 3.0}, tmp_path / "new" / "snapshots") == [f"mine-00000{n}.safetensors" for n in (1, 3)]


def test_a_copy_of_a_run_leaves_the_snapshots_of_the_run_alone(tmp_path: Path) -> None:
    first = Snapshots(tmp_path / "run", None, "mine", keep=3)
    all_three = take(first, {1: 3.0, 2: 2.0, 3: 1.0}, tmp_path / "run" / "snapshots")
    shutil.copytree(tmp_path / "run", tmp_path / "copy")
    copy = Snapshots(tmp_path / "copy", None, "mine", 1, first.state())
    assert take(copy, {4: 0.5}, tmp_path / "copy" / "snapshots") == ["mine-000004.safetensors"]
    (tmp_path / "copy" / "snapshots" / "mine-000004.safetensors").unlink()
    bare = Snapshots(tmp_path / "copy", None, "mine", 1, first.state())  # without its snapshots
    take(bare, {5: 0.1}, tmp_path / "copy" / "snapshots")
    assert sorted(path.name for path in (tmp_path / "run" / "snapshots").iterdir()) == all_three


def test_snapshots_of_before_they_were_offered_elsewhere_are_thinned_out_too(tmp_path: Path) -> None:
    (tmp_path / "models").mkdir()
    claim(tmp_path / "models", "mine", tmp_path / "run")
    inside = Snapshots(tmp_path / "run", None, "mine", keep=1)
    take(inside, {1: 9.0, 2: 8.0}, tmp_path / "run" / "snapshots")
    offered = Snapshots(tmp_path / "run", str(tmp_path / "models"), "mine", 1, inside.state())
    assert take(offered, {3: 1.0}, tmp_path / "models") == ["mine-000003.safetensors"]
    assert list((tmp_path / "run" / "snapshots").iterdir()) == []
    again = Snapshots(tmp_path / "run", None, "mine", 1, offered.state())
    take(again, {4: 0.5}, tmp_path / "run" / "snapshots")
    assert list((tmp_path / "models").glob("*.safetensors")) == []


def test_distances_of_different_spaces_are_not_compared(tmp_path: Path) -> None:
    snapshots = Snapshots(tmp_path, str(tmp_path), "mine", keep=1)
    take(snapshots, {1: 0.1}, tmp_path)
    snapshots.add(2000, "random filters", {"frechet": 50.0}, lambda path, name: path.write_text(name))
    best = snapshots.best()
    assert best is not None
    assert best.name == "mine-000002"
    snapshots.add(3000, None, {}, lambda path, name: path.write_text(name))
    assert snapshots.best() is None


def test_sheets_are_thinned_out_evenly_and_become_one_animation(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(sheets, "MOST", 6)
    for n in range(1, 17):
        sheets.add_sheet(tmp_path, 100 * n, Image.new("RGB", (64, 64), (15 * n, 0, 0)))
    kept = list(sheets.list_sheets(tmp_path))
    assert (len(kept), kept[0], kept[-1]) == (6, 100, 1600)
    gaps = np.diff(kept)
    assert gaps.max() <= 4 * gaps.min()
    with Image.open(tmp_path / sheets.ANIMATION) as animation:
        assert animation.n_frames == sheets.MOST
        assert animation.size == (768, 384 + sheets.LABEL)  # small faces are enlarged
        reds = []
        for frame in range(animation.n_frames):
            animation.seek(frame)
            reds.append(animation.convert("RGB").getpixel((32, 8))[0])
    assert reds == sorted(reds)


def test_what_is_transparent_is_white_in_the_animation(tmp_path: Path) -> None:
    sheets.add_sheet(tmp_path, 100, Image.new("RGBA", (64, 64), (0, 0, 0, 0)))
    with Image.open(tmp_path / sheets.ANIMATION) as animation:
        assert animation.convert("RGB").getpixel((10, 10)) == (255, 255, 255)


def test_a_damaged_sheet_is_left_out_of_the_animation(tmp_path: Path) -> None:
    sheets.add_sheet(tmp_path, 100, Image.new("RGB", (64, 64)))
    (tmp_path / "sheets" / "000000050.png").write_bytes(b"nothing")
    sheets.add_sheet(tmp_path, 200, Image.new("RGB", (2000, 2000)))
    with Image.open(tmp_path / sheets.ANIMATION) as animation:
        assert (animation.n_frames, animation.width) == (2, sheets.WIDEST)


# --- wrong options --------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "words",
    [
        *([option, value] for option in ("--kimg", "--minutes", "--tick") for value in ("nan", "inf", "-1", "many")),
        ["--batch", "0"],
        ["--seed", "-1"],
        *(["--name", name] for name in ("a/b", "../x", "Big", "", "a--b", "x" * 34, "x" * 41, "猫")),
        ["--resolution", "100"],
        ["--keep", "0"],
        ["--snapshot", "0"],
        ["--samples", "-1"],
        ["--offer-in", "nowhere"],
        ["--features", "beauty"],
    ],
    ids=" ".join,
)
def test_a_wrong_option_is_one_sentence_and_makes_no_folder(
    words: list[str], pictures: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    out = tmp_path / "run"
    with pytest.raises(SystemExit) as left:
        main(["train", "--data", str(pictures), "--out", str(out), *words])
    assert left.value.code == 2
    (line,) = capsys.readouterr().err.splitlines()
    assert line.startswith(f"error: argument {words[0]}: ")
    assert not out.exists()


@pytest.mark.parametrize(
    "words",
    [
        ["--data", "nowhere"],
        ["--features", "backbone"],
        ["--start-from", "none.pkl"],
        ["--kimg", "0"],  # unlike a run of drawings, which may only be fitted
        ["--accumulate", "3"],
        ["--freeze-d", "10"],  # there is no discriminator that came along
        ["--freeze-g", "3"],
    ],
    ids=" ".join,
)
def test_what_is_missing_or_cannot_be_is_one_sentence_and_makes_no_folder(
    words: list[str], pictures: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(torch.hub, "get_dir", lambda: str(tmp_path))
    with pytest.raises(errors.GeneratorError):
        run(options("--data", pictures, "--out", tmp_path / "run", *WORDS, *words))
    assert not (tmp_path / "run").exists()


def test_a_folder_that_cannot_be_written_is_one_sentence(whole: Path, pictures: Path, tmp_path: Path) -> None:
    with small_disk(tmp_path / "disk", 20_000_000) as disk:
        shutil.copytree(whole, disk / "run")
        subprocess.run(["mount", "-o", "remount,ro", str(disk)], check=True)
        for words in (["--resume", disk / "run"], ["--data", pictures, "--out", disk / "other", *WORDS]):
            with pytest.raises(errors.CannotWrite):
                run(options(*words))


# --- resuming -------------------------------------------------------------------------------------


def test_a_resumed_run_takes_new_values_says_which_and_remembers_them(
    begun: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    words = ["--kimg", "0.048", "--lr", "0.001", "--batch", "8", "--keep", "1", "--name", "other", "--mirror"]
    assert run(options("--resume", begun, *words, "--seed", "0")) == 0
    said = capsys.readouterr().err
    for part in ("--kimg 0.048 (was 0.04)", "--lr 0.001 (was 0.002)", "--batch 8 (was 4)", "--name other (was mine)"):
        assert part in said
    stored = json.loads((begun / "settings.json").read_text())
    assert (stored["settings"]["batch"], stored["settings"]["mirror"], stored["watch"]["keep"]) == (8, True, 1)
    state = torch.load(begun / "state.pt", weights_only=True)
    assert state["optimizer"]["param_groups"][0]["lr"] == pytest.approx(0.001 * 4 / 5)
    assert (begun / "other.safetensors").exists()
    assert "resumes with" not in capsys.readouterr().err


@pytest.mark.parametrize(
    ("words", "reason"),
    [
        (["--resolution", "64"], "shape"),
        (["--w-dim", "32"], "shape"),
        (["--data", "drawn"], "read already"),
        (["--seed", "5"], "follow from it"),
        (["--start-from", "other.pkl"], "other weights"),
        (["--out", "elsewhere"], "stays in its folder"),
    ],
)
def test_what_cannot_change_is_refused_with_its_reason(words: list[str], reason: str, begun: Path) -> None:
    before = (begun / "settings.json").read_bytes()
    with pytest.raises(errors.FixedSetting, match=rf"{words[0]} cannot be changed .*{reason}"):
        run(options("--resume", begun, *words))
    assert (begun / "settings.json").read_bytes() == before


def test_new_values_that_cannot_be_are_refused_before_they_are_remembered(begun: Path) -> None:
    before = (begun / "settings.json").read_bytes()
    with pytest.raises(errors.BadValue, match="--accumulate"):
        run(options("--resume", begun, "--accumulate", "3"))
    assert (begun / "settings.json").read_bytes() == before


def test_a_space_that_is_not_here_is_refused_before_it_is_remembered(
    begun: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(torch.hub, "get_dir", lambda: str(tmp_path))
    before = (begun / "settings.json").read_bytes()
    with pytest.raises(errors.GeneratorError, match="no network of photos"):
        run(options("--resume", begun, "--features", "backbone"))
    assert (begun / "settings.json").read_bytes() == before


def test_the_same_data_may_be_named_in_any_way_at_resume(
    begun: Path, pictures: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(pictures.parent)
    assert run(options("--resume", begun, "--data", pictures.name, "--minutes", "0")) == 0
    with pytest.raises(errors.FixedSetting, match="--data cannot be changed"):
        run(options("--resume", begun, "--data", "elsewhere"))


def test_augmentation_is_said_as_it_is_typed(begun: Path, capsys: pytest.CaptureFixture[str]) -> None:
    before = "ada"
    for typed in ("0.4", "off", "0.2", "ada", "off", "ada"):
        assert run(options("--resume", begun, "--augment", typed, "--minutes", "0")) == 0
        assert f"resumes with --augment {typed} (was {before})\n" in capsys.readouterr().err
        before = typed


def test_a_run_whose_checkpoint_is_gone_does_not_begin_again(begun: Path) -> None:
    (begun / "state.pt").unlink()
    before = {path: path.read_bytes() for path in begun.rglob("*") if path.is_file()}
    with pytest.raises(errors.NoRun, match=r"state\.pt is missing; begin a new run .* by --start-from"):
        run(options("--resume", begun))
    assert {path: path.read_bytes() for path in begun.rglob("*") if path.is_file()} == before


def test_what_a_killed_run_had_begun_to_write_is_removed(begun: Path) -> None:
    old, new = begun / "snapshots" / ".waifu-00.part", begun / ".waifu-01.part"
    for path in (old, new):
        path.write_bytes(b"half")
    os.utime(old, (1, 1))
    assert run(options("--resume", begun, "--minutes", "0")) == 0
    assert not old.exists()
    assert new.exists()  # another program may be writing it


def test_a_run_that_has_begun_needs_the_file_no_more_that_it_started_from(
    whole: Path, pictures: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    start, out = tmp_path / "start.safetensors", tmp_path / "run"
    shutil.copy(whole / "mine.safetensors", start)

    def killed(*_: object) -> None:
        raise Killed

    words = options("--data", pictures, "--out", out, "--start-from", start, "--kimg", "0.004", *WORDS[len(TINY) :])
    with monkeypatch.context() as patch:
        patch.setattr(record.Record, "note", killed)
        with pytest.raises(Killed):
            run(words)
    start.unlink()
    assert run(options("--resume", out)) == 0


def test_a_run_that_diverged_says_so_and_goes_on_from_its_last_save(
    begun: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(record, "SAVE_EVERY_S", -1.0)
    with pytest.raises(errors.Diverged, match=r"weights of .* are no numbers any more; .* a smaller --lr"):
        run(options("--resume", begun, "--kimg", "0.2", "--lr", "1e8"))
    assert all(tensor.isfinite().all() for tensor in tensors_of(begun).values())
    assert run(options("--resume", begun, "--kimg", "0.052", "--lr", "0.001")) == 0


def test_a_discriminator_that_diverged_is_not_saved_while_it_learns_alone(
    pictures: Path, whole: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(record, "SAVE_EVERY_S", -1.0)
    words = ["--start-from", whole / "mine.safetensors", "--warm-d", "5", "--lr", "1e8", *WORDS[len(TINY) :]]
    with pytest.raises(errors.Diverged):
        run(options("--data", pictures, "--out", tmp_path / "run", "--kimg", "0.2", *words))
    state = torch.load(tmp_path / "run" / "state.pt", weights_only=True)
    assert all(tensor.isfinite().all() for tensor in state["adversarial"]["discriminator"].values())


def test_faces_that_are_no_numbers_have_no_distance(whole: Path) -> None:
    store = open_store(whole / "pictures")
    assert store is not None
    network = checkpoints.load(whole / "mine.safetensors")
    measure = Measure(store, random_space(), 8, 4, CPU)
    assert measure(network)["frechet"] > 0
    network.synthesis.b4.const.data.fill_(math.nan)
    assert measure(network) == {}


def test_a_snapshot_without_a_distance_says_so(
    begun: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr(Measure, "__call__", lambda self, network: {})
    assert run(options("--resume", begun, "--kimg", "1.2", "--batch", "200", "--snapshot", "1")) == 0
    assert "mine-000001: no distance, as its faces are no numbers" in capsys.readouterr().err


def test_a_run_outlives_those_who_read_what_it_says(
    begun: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    class Closed(io.StringIO):
        def write(self, text: str) -> int:
            raise BrokenPipeError

    for stream in (Closed(), None):
        monkeypatch.setattr(sys, "stderr", stream)
        kimg = "0.044" if stream else "0.048"
        assert run(options("--resume", begun, "--minutes", "0")) == 0
        stored = json.loads((begun / "settings.json").read_text())
        stored["settings"]["kimg"] = float(kimg)
        (begun / "settings.json").write_text(json.dumps(stored))
        assert run(options("--resume", begun)) == 0
    assert torch.load(begun / "state.pt", weights_only=True)["seen"] == 48


def test_a_run_of_an_earlier_version_resumes_and_keeps_its_files(begun: Path) -> None:
    state = torch.load(begun / "state.pt", weights_only=True)
    del state["record"]
    torch.save(state, begun / "state.pt")
    stored = json.loads((begun / "settings.json").read_text())
    del stored["watch"]
    (begun / "settings.json").write_text(json.dumps(stored))
    rows = rows_of(begun)
    assert run(options("--resume", begun, "--kimg", "0.044", "--tick", "0.004")) == 0
    assert rows_of(begun)[: len(rows)] == rows
    assert [row["seen"] for row in rows_of(begun)[len(rows) :]][:1] == [44]


def test_a_run_that_was_stopped_before_its_first_batch_has_one_first_row(pictures: Path, tmp_path: Path) -> None:
    out = tmp_path / "run"
    assert run(options("--data", pictures, "--out", out, "--kimg", "0.008", *WORDS, "--minutes", "0")) == 0
    assert run(options("--resume", out)) == 0
    assert [row["seen"] for row in rows_of(out)] == [0, 8, 8]


def test_a_folder_in_which_another_process_trains_is_refused(begun: Path) -> None:
    with FileLock(begun / run_folder.LOCK), pytest.raises(errors.RunInUse, match="Another process trains in"):
        run(options("--resume", begun))


# --- kills ----------------------------------------------------------------------------------------

ALWAYS, NEVER = -1.0, 1e9  # seconds from one save to the next
# Where a run can be killed: a function of the module record, how often it is called before, whether it still works, and
# how often the run saves before its end.
KILLS = {
    "before the first save": ("TrainingRun.save", 0, False, ALWAYS),
    "after the first checkpoint": ("TrainingRun.save", 0, True, ALWAYS),
    "before a later save": ("TrainingRun.save", 5, False, ALWAYS),
    "between a row and the save after it": ("Figures.write", 3, True, ALWAYS),
    "before the network's file": ("export", 0, False, NEVER),
    "after the network's file": ("export", 0, True, NEVER),
    "before the sheet": ("add_sheet", 1, False, NEVER),
    "before the snapshot's file": ("export", 1, False, NEVER),
    "after the snapshot's file": ("export", 1, True, NEVER),
    "before a row": ("Figures.write", 3, False, NEVER),
    "after a row": ("Figures.write", 3, True, NEVER),
    "before the snapshot's row": ("Figures.write", 6, False, NEVER),
    "after the snapshot's row": ("Figures.write", 6, True, NEVER),
}


class Killed(BaseException):
    """Ends a run as abruptly as that is possible inside a process."""


def arm(moment: str, kill: Any, patch: Any = setattr) -> None:
    """Let a run be killed at a moment: by a call of a function of the module record, before or after it works."""
    name, calls, works, every_s = KILLS[moment]
    patch(record, "SAVE_EVERY_S", every_s)
    owner: Any = record
    *path, attribute = name.split(".")
    for part in path:
        owner = getattr(owner, part)
    real, count = getattr(owner, attribute), iter(range(10**6))

    def armed(*arguments: Any, **named: Any) -> Any:
        dies = next(count) == calls
        result = real(*arguments, **named) if works or not dies else None
        if dies:
            kill()
        return result

    patch(owner, attribute, armed)


@pytest.mark.skipif(not FULL, reason="FULL_SIZE=1 runs it; test_train.py resumes runs of every kind")
@pytest.mark.parametrize("moment", KILLS)
def test_a_run_that_was_killed_ends_as_if_it_had_not_been(
    moment: str, pictures: Path, whole: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def kill() -> None:
        raise Killed

    out = tmp_path / "run"
    with monkeypatch.context() as patched:
        arm(moment, kill, patched.setattr)
        with pytest.raises(Killed):
            run(options("--data", pictures, "--out", out, "--kimg", "0.04", *WORDS))
    assert run(options("--resume", out)) == 0
    assert_ended_alike(out, whole)


def assert_ended_alike(out: Path, whole: Path) -> None:
    assert rows_of(out) == rows_of(whole)
    assert [event for event in events_of(out) if event[1] not in TIMES] == [
        event for event in events_of(whole) if event[1] not in TIMES
    ]
    for name, tensor in tensors_of(whole).items():
        assert torch.equal(tensors_of(out)[name], tensor), name
    for file in ("snapshots/mine-000000.safetensors", "mine.safetensors"):
        assert (out / file).read_bytes() == (whole / file).read_bytes()
    for seen, path in sheets.list_sheets(whole).items():
        assert sheets.list_sheets(out)[seen].read_bytes() == path.read_bytes()
    assert not list(out.glob(".waifu*"))


PROCESS = """
import os, signal, sys
sys.path[:0] = [{tests!r}, {support!r}]
import test_train_progress as tests
tests.arm({moment!r}, lambda: os.kill(os.getpid(), signal.SIGKILL))
from generator.__main__ import main
sys.exit(main(sys.argv[1:]))
"""


@pytest.mark.skipif(not FULL, reason="FULL_SIZE=1 runs it; test_train.py resumes runs of every kind")
@pytest.mark.timeout(300)
@pytest.mark.parametrize("moment", KILLS)
def test_a_process_that_was_killed_ends_as_if_it_had_not_been(
    moment: str, pictures: Path, whole: Path, tmp_path: Path
) -> None:
    out, here = tmp_path / "run", Path(__file__).parent
    code = PROCESS.format(tests=str(here), support=str(ROOT / "tests" / "support"), moment=moment)
    words = ["train", "--data", str(pictures), "--out", str(out), "--kimg", "0.04", *WORDS]
    killed = subprocess.run([sys.executable, "-c", code, *words], cwd=ROOT, check=False, capture_output=True)
    assert killed.returncode == -signal.SIGKILL, killed.stderr.decode()
    assert run(options("--resume", out)) == 0
    assert_ended_alike(out, whole)


@pytest.mark.skipif(not FULL, reason="FULL_SIZE=1 runs it; test_train.py resumes runs of every kind")
@pytest.mark.timeout(300)
def test_a_process_ends_with_a_save_on_sigint_and_sigterm(pictures: Path, tmp_path: Path) -> None:
    out = tmp_path / "run"
    words = ["train", "--data", str(pictures), "--out", str(out), "--kimg", "100", *WORDS, "--features", "none"]
    for number in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP):
        command = [sys.executable, "-m", "generator", *words]
        with subprocess.Popen(command, cwd=ROOT, stderr=subprocess.PIPE, text=True) as process:
            assert process.stderr
            lines = iter(process.stderr.readline, "")
            assert any("img/s" in line for line in lines)  # the first line of figures
            process.send_signal(number)
            assert any("stopped; resume with" in line for line in lines)
            assert process.wait() == 0
        words = ["train", "--resume", str(out)]
    state = torch.load(out / "state.pt", weights_only=True)
    rows = rows_of(out)
    assert [row["seen"] for row in rows] == sorted({row["seen"] for row in rows})
    assert rows[-1]["seen"] <= state["seen"]


# --- damage ---------------------------------------------------------------------------------------


def damages(content: bytes) -> Iterator[bytes]:
    rng = random.Random(0)
    for length in (0, 1, 100, len(content) // 2, len(content) - 1):
        yield content[:length]
    for _ in range(1000 if FULL else 12):
        at = rng.randrange(len(content))
        yield content[:at] + bytes([content[at] ^ 1 << rng.randrange(8)]) + content[at + 1 :]


@pytest.mark.timeout(3600 if FULL else 120)
def test_a_damaged_checkpoint_is_refused_or_was_damaged_where_nothing_is_stored(begun: Path) -> None:
    intact, content = tensors_of(begun), (begun / "state.pt").read_bytes()
    refused = 0
    for damaged in damages(content):
        (begun / "state.pt").write_bytes(damaged)
        try:
            run(options("--resume", begun, "--minutes", "0", "--samples", "0"))
        except errors.NoRun as error:
            found = str(error)
        else:
            for name, tensor in tensors_of(begun).items():
                assert torch.equal(intact[name], tensor), name
            continue
        assert "state.pt is damaged" in found or "state.pt does not fit" in found
        assert "\n" not in found
        refused += 1
    assert refused > 5


@pytest.mark.parametrize(
    "change",
    [
        lambda text: text[: len(text) // 2],
        lambda text: "[" * 100_000,
        lambda text: "[]",
        lambda text: "null",
        lambda text: text.replace('"name": "mine"', '"name": 5'),
        lambda text: text.replace('"data"', '"date"'),
        lambda text: text.replace('"batch": 4', '"batch": "4"'),
        lambda text: text.replace('"batch": 4', '"batch": 0'),
        lambda text: text.replace('"batch": 4', '"batch": 4.5'),
        lambda text: text.replace('"batch": 4', '"batch": true'),
        lambda text: text.replace('"batch": 4', '"bath": 4'),
        lambda text: text.replace('"resolution": 32', '"resolution": 33'),
        lambda text: text.replace('"kimg": 0.04', '"kimg": NaN'),
        lambda text: text.replace('"kimg": 0.04', '"kimg": -1'),
        lambda text: text.replace('"kimg": 0.04', '"kimg": 0'),
        lambda text: text.replace('"keep": 3', '"keep": -3'),
        lambda text: text.replace('"watch": {', '"watch": 5, "other": {'),
        lambda text: text.replace('"name": "mine"', '"name": "../../evil"'),
        lambda text: text.replace('"features": "auto"', '"features": "beauty"'),
        lambda text: text.replace('"r1_every": 16', '"r1_every": 0'),
        lambda text: text.replace('"path_every": 4', '"path_every": 0'),
        lambda text: text.replace('"deviation_group": 4', '"deviation_group": 0'),
        lambda text: text.replace('"augment_p": 0.0', '"augment_p": 5'),
        lambda text: text.replace('"seed": 0', f'"seed": {2**70}'),
        lambda text: text.encode().replace(b"mine", b"\xff\xfe"),
    ],
)
def test_damaged_settings_are_one_sentence(change: Any, begun: Path) -> None:
    path = begun / "settings.json"
    changed = change(path.read_text())
    path.write_bytes(changed if isinstance(changed, bytes) else changed.encode())
    with pytest.raises(errors.NoRun, match=r"settings\.json is damaged"):
        run(options("--resume", begun))


def test_settings_of_other_networks_are_one_sentence(begun: Path) -> None:
    path = begun / "settings.json"
    path.write_text(path.read_text().replace('"w_dim": 16', '"w_dim": 24'))
    with pytest.raises(errors.NoRun, match=r"state\.pt does not fit its settings") as refused:
        run(options("--resume", begun))
    assert len(str(refused.value)) < 400


def test_damaged_pictures_are_one_sentence(begun: Path) -> None:
    for path in (begun / "pictures").glob("*pictures*.npy"):
        path.write_bytes(path.read_bytes()[:-5000])
    with pytest.raises(errors.NoRun, match="its pictures are damaged"):
        run(options("--resume", begun))


@pytest.mark.parametrize("text", ["[]", '{"hair": 5}', '{"hair": ["pink"]}'])
def test_traits_changed_by_hand_are_one_sentence(text: str, begun: Path) -> None:
    (begun / "pictures" / "traits.json").write_text(text)
    with pytest.raises(errors.NoRun, match="its pictures are damaged"):
        run(options("--resume", begun))


# --- too little room ------------------------------------------------------------------------------


def test_a_disk_that_fills_up_ends_a_run_in_a_sentence_and_nothing_is_lost(whole: Path, tmp_path: Path) -> None:
    with small_disk(tmp_path / "disk", 8_000_000) as disk:
        out = disk / "run"
        shutil.copytree(whole, out)
        before, taken = (out / "state.pt").read_bytes(), fill(disk)
        with pytest.raises(errors.CannotWrite, match="No space left"):
            run(options("--resume", out, "--tick", "0.004", "--kimg", "0.052", "--features", "none"))
        taken.unlink()
        assert (out / "state.pt").read_bytes() == before
        assert run(options("--resume", out, "--tick", "0.004", "--kimg", "0.052", "--features", "none")) == 0
        assert [row["seen"] for row in rows_of(out)][-3:] == [44, 48, 52]


def test_a_save_that_fails_in_the_middle_lets_training_go_on(
    begun: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    real, count = TrainingRun.save, iter(range(100))

    def save(self: TrainingRun, path: Path) -> None:
        if next(count) == 0:
            raise errors.CannotWrite(file=str(path), reason="No space left on device")
        real(self, path)

    monkeypatch.setattr(TrainingRun, "save", save)
    monkeypatch.setattr(record, "SAVE_EVERY_S", -1.0)
    assert run(options("--resume", begun, "--kimg", "0.052")) == 0
    assert "No space left on device. Training goes on, and tries again" in capsys.readouterr().err
    assert torch.load(begun / "state.pt", weights_only=True)["seen"] == 52


def test_a_full_disk_is_said_once_in_a_while_and_saves_are_not_tried_all_the_time(
    begun: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    tried = []

    def save(self: TrainingRun, path: Path) -> None:
        tried.append(self.seen)
        raise errors.CannotWrite(file=str(path), reason="No space left on device")

    monkeypatch.setattr(TrainingRun, "save", save)
    monkeypatch.setattr(Watch, "interval", lambda self, until: 4)  # a snapshot is due after each batch
    with pytest.raises(errors.CannotWrite, match="No space left on device"):
        run(options("--resume", begun, "--kimg", "0.06", "--features", "none"))
    assert tried == [44, 60]
    assert capsys.readouterr().err.count("Training goes on") == 1


def test_too_little_memory_computes_batches_in_pieces_from_the_last_save_on(
    pictures: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    real = losses.generator_loss

    def too_much_for_four(scores: Tensor) -> Tensor:
        if len(scores) > 2:
            raise RuntimeError("[enforce fail at alloc_cpu.cpp] DefaultCPUAllocator: can't allocate memory")
        return real(scores)

    words = ["--data", pictures, "--kimg", "0.012", *WORDS, "--features", "none"]
    assert run(options(*words, "--out", tmp_path / "asked", "--accumulate", "2")) == 0
    monkeypatch.setattr(losses, "generator_loss", too_much_for_four)
    assert run(options(*words, "--out", tmp_path / "found")) == 0
    assert "each batch of 4 in 2 pieces" in capsys.readouterr().err
    assert json.loads((tmp_path / "found" / "settings.json").read_text())["settings"]["accumulate"] == 2
    assert rows_of(tmp_path / "found") == rows_of(tmp_path / "asked")
    for name, tensor in tensors_of(tmp_path / "asked").items():
        assert torch.equal(tensors_of(tmp_path / "found")[name], tensor), name


def test_too_little_memory_for_one_picture_is_one_sentence(
    pictures: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def too_much(scores: Tensor) -> Tensor:
        raise torch.OutOfMemoryError("CUDA out of memory")

    monkeypatch.setattr(losses, "generator_loss", too_much)
    with pytest.raises(errors.BatchTooLarge, match="a batch of 4 pictures, even in 4 pieces"):
        run(options("--data", pictures, "--out", tmp_path / "run", "--kimg", "0.02", *WORDS, "--features", "none"))


# --- the settings of what is shown ----------------------------------------------------------------


def test_snapshots_and_measures_follow_from_the_length_of_a_run() -> None:
    assert (Watch().interval(1_000_000), Watch().count(1_000_000)) == (20_000, 1000)
    assert (Watch().interval(4), Watch().count(4)) == (1000, 50)
    assert (Watch(snapshot_kimg=7).interval(1_000_000), Watch(samples=9).count(1)) == (7000, 9)


def test_every_setting_of_a_run_is_checked_by_its_type() -> None:
    run_folder.check(Settings(resolution=32, kimg=1))
    run_folder.check(Watch())
    for wrong in (Settings(resolution=32, kimg=math.nan), Settings(32, 1, seed=-1), Watch(tick_kimg=0)):
        with pytest.raises(ValueError, match="is"):
            run_folder.check(wrong)
