"""Tests going on from networks of other files: what is read, what is copied, what is new, and how that is said."""

import argparse
import json
from collections.abc import Mapping
from dataclasses import replace
from pathlib import Path
from typing import Any

import checkpoint_writers as writers
import numpy as np
import pytest
import torch
from numpy.typing import NDArray
from PIL import Image
from project_paths import FIXTURES, SHARED
from torch import Tensor

from generator import checkpoints, drawn
from generator.checkpoints import containers
from generator.checkpoints.discriminators import read_last
from generator.contract import errors
from generator.stylegan2.network import Generator, Hyperparameters
from generator.train import command
from generator.train.augmentation import effects
from generator.train.command import add_arguments, run
from generator.train.configuration.configs import auto
from generator.train.data.store import Store
from generator.train.loop import TrainingRun
from generator.train.networks.discriminator import Discriminator, Labels, Shape
from generator.train.networks.shapes import choose_hyperparameters, choose_shape, continue_architecture
from generator.train.networks.start import Origin, Start, build_discriminator, describe, read_start
from generator.train.networks.transfer import copy_discriminator, copy_generator
from generator.train.options import choose_settings
from generator.train.settings import Settings
from generator.train.threads import choose_threads, measure_threads, thread_counts

CPU = torch.device("cpu")
SNAPSHOTS = SHARED / "fixtures_training"
SMALL: dict[str, Any] = {"resolution": 16, "channels": {4: 12, 8: 10, 16: 8}, "z_dim": 6, "w_dim": 9}


def fixture(name: str) -> tuple[Path, Mapping[str, NDArray[np.float32]]]:
    folder = next((each for each in (FIXTURES / "training", SNAPSHOTS) if (each / f"{name}.pkl").exists()), SNAPSHOTS)
    if not (folder / f"{name}.pkl").exists():
        pytest.skip(f"{folder} is missing")
    return folder / f"{name}.pkl", np.load(folder / f"{name}.npz")


def store(size: tuple[int, int] = (16, 16), labels: int = 0, colours: int = 3) -> Store:
    rng, count = np.random.default_rng(0), 20
    hot = np.eye(max(labels, 1), dtype=np.float32)[rng.integers(max(labels, 1), size=count), :labels]
    pictures = rng.integers(0, 256, (count, *size, colours), dtype=np.uint8)
    traits = {"class": tuple(map(str, range(labels)))} if labels else {}
    return Store(pictures, hot, np.zeros((count, 0), np.float32), traits)


def options(*words: str) -> argparse.Namespace:
    """Read the options of a run. One that is new measures no snapshots, which takes seconds, unless it is told to."""
    parser = argparse.ArgumentParser()
    add_arguments(parser)
    unmeasured = [] if "--resume" in words else ["--features", "none"]
    return parser.parse_args(["--device", "cpu", *unmeasured, *words])


def settings_of(start: Start, *words: str, **more: Any) -> Settings:
    made = choose_settings(options("--data", "folder", "--batch", "4", *words), describe(start, "file.pkl"))
    return Settings(**json.loads(json.dumps(made.to_dict() | more)))


def draw(generator: Generator, labels: Tensor | None = None, psi: float = 0.7) -> Tensor:
    z = torch.randn(3, generator.z_dim, generator=torch.Generator().manual_seed(5))
    with torch.no_grad():
        return generator.synthesis(generator.mapping(z, labels, psi=psi), noise="const")


# --- discriminators of other programs -----------------------------------------------------------------------------


@pytest.mark.parametrize("name", ["train_uncond", "train_cond"])
def test_the_discriminator_of_a_snapshot_scores_as_the_program_that_wrote_it(name: str) -> None:
    path, reference = fixture(name)
    start = read_start(path)
    assert start.discriminator is not None
    pictures = torch.from_numpy(reference["images"])
    labels = torch.from_numpy(reference["labels"]) if "labels" in reference else None
    with torch.no_grad():
        for key, count in (("scores", 8), ("scores_first2", 2), ("scores_first1", 1)):
            scores = start.discriminator(pictures[:count], None if labels is None else labels[:count])
            assert np.allclose(scores.numpy(), reference[key][:, 0], rtol=1e-5, atol=1e-4), key
        drawn = start.last.synthesis(torch.from_numpy(reference["pl_ws"]))
    assert np.allclose(drawn.numpy(), reference["G_images"], rtol=1e-5, atol=1e-4)
    pictures.requires_grad_()
    (slope,) = torch.autograd.grad(start.discriminator(pictures, labels).sum(), pictures)
    assert np.allclose(slope.flatten(1).norm(dim=1).numpy(), reference["r1_grad_norm"], rtol=1e-5, atol=1e-4)
    assert np.allclose(slope[0].numpy(), reference["r1_grad_image0"], rtol=1e-5, atol=1e-4)


def rosinality_discriminator(discriminator: Discriminator) -> dict[str, Tensor]:
    taps = torch.tensor(discriminator.shape.taps)
    kernel = torch.outer(taps, taps) / taps.sum() ** 2
    names = {"from_rgb.weight": "convs.0.0.weight", "from_rgb.bias": "convs.0.1.bias"}
    names |= {"conv.weight": "final_conv.0.weight", "conv.bias": "final_conv.1.bias"}
    for leaf in ("weight", "bias"):
        names |= {f"dense.{leaf}": f"final_linear.0.{leaf}", f"out.{leaf}": f"final_linear.1.{leaf}"}
    for i in range(len(discriminator.blocks)):
        ours, theirs = f"blocks.{i}", f"convs.{i + 1}"
        names |= {f"{ours}.conv0.weight": f"{theirs}.conv1.0.weight", f"{ours}.conv0.bias": f"{theirs}.conv1.1.bias"}
        names |= {f"{ours}.conv1.weight": f"{theirs}.conv2.1.weight", f"{ours}.conv1.bias": f"{theirs}.conv2.2.bias"}
        names |= {f"{ours}.skip.weight": f"{theirs}.skip.1.weight"}
    state = {names[name]: tensor for name, tensor in discriminator.state_dict().items()}
    filters = {f"convs.{i + 1}.conv2.0.kernel": kernel for i in range(len(discriminator.blocks))}
    return state | filters


TENSORFLOW = {"conv0": "Conv0", "conv1": "Conv1_down", "skip": "Skip", "from_rgb": "FromRGB"}


def tensorflow_discriminator(discriminator: Discriminator) -> list[tuple[str, NDArray[np.float32]]]:
    top, rows = discriminator.shape.resolution, []
    places = {"from_rgb": f"{top}x{top}/FromRGB", "conv": "4x4/Conv", "dense": "4x4/Dense0", "out": "Output"}
    for name, tensor in discriminator.state_dict().items():
        *path, leaf = name.split(".")
        if path[0] == "blocks":
            side = top >> int(path[1])
            place = f"{side}x{side}/{TENSORFLOW[path[2]]}"
        else:
            place = places[path[0]]
        axes = {4: (2, 3, 1, 0), 2: (1, 0), 1: (0,)}[tensor.ndim]
        rows.append((f"{place}/{leaf}", np.ascontiguousarray(tensor.numpy().transpose(axes))))
    return rows


@pytest.mark.parametrize("program", ["rosinality", "tensorflow"])
def test_discriminators_of_other_programs_are_read(program: str, tmp_path: Path) -> None:
    torch.manual_seed(1)
    whole_batch = program == "tensorflow"
    network = Discriminator(Shape(16, {4: 5, 8: 6, 16: 7}, features=5, group=1024 if whole_batch else 4))
    for parameter in network.parameters():
        parameter.data.normal_()
    generator = writers.generator(**SMALL)
    path = tmp_path / ("file.pt" if program == "rosinality" else "file.pkl")
    if program == "rosinality":
        average, last = (writers.rosinality_state(writers.generator(seed, **SMALL)) for seed in (0, 1))
        torch.save({"g": last, "d": rosinality_discriminator(network), "g_ema": average}, path)
    else:
        networks = writers.tensorflow_networks(generator)
        # A D_main leaves the group of the minibatch deviation out if it is the whole batch.
        judge = writers.Network("D_main", {"resolution": 16}, tensorflow_discriminator(network))
        writers.dump_networks(path, (networks[0], judge, networks[2]))
    start = read_start(path, 0.01)
    assert start.discriminator is not None, start.lacking
    pictures = torch.randn(8, 3, 16, 16)
    with torch.no_grad():
        assert torch.allclose(start.discriminator(pictures), network(pictures), rtol=1e-4, atol=1e-4)
    assert torch.equal(start.average.state_dict()["synthesis.b4.const"], generator.state_dict()["synthesis.b4.const"])
    if program == "rosinality":
        wanted = writers.generator(1, **SMALL).state_dict()["synthesis.b8.conv0.weight"]
        assert torch.equal(start.last.state_dict()["synthesis.b8.conv0.weight"], wanted)


@pytest.mark.parametrize("architecture", ["skip", "orig"])
def test_other_architectures_of_discriminators_halve_features_as_the_paper_does(architecture: str) -> None:
    torch.manual_seed(0)
    network = Discriminator(Shape(16, {4: 5, 8: 6, 16: 7}, architecture=architecture, clamp=0.5, deviations=5))
    pictures = torch.randn(4, 3, 16, 16)
    scores = network(pictures)
    assert scores.shape == (4,)
    assert (network.last_rgb is not None) == (architecture == "skip")
    torch.autograd.backward(scores.sum())
    assert all(parameter.grad is not None for parameter in network.parameters())
    assert max(features.abs().max() for features in network.features(pictures)[:-1]) <= 0.5 + (architecture == "skip")


@pytest.mark.parametrize("broken", ["missing", "shape", "nan", "activation", "untrained"])
def test_a_discriminator_that_cannot_be_used_is_left_out_with_the_reason(broken: str, tmp_path: Path) -> None:
    torch.manual_seed(1)
    network = Discriminator(Shape(16, {4: 5, 8: 6, 16: 7}))
    network.get_parameter("conv.bias").data.fill_(float(broken != "untrained"))
    tensors = rosinality_discriminator(network)
    if broken == "missing":
        del tensors["convs.2.conv1.1.bias"]
    elif broken == "shape":
        tensors["final_linear.0.weight"] = tensors["final_linear.0.weight"][:, 1:]
    elif broken == "nan":
        tensors["convs.0.1.bias"] = tensors["convs.0.1.bias"] * torch.nan
    elif broken == "activation":
        tensors["attention.weight"] = torch.zeros(2)
    torch.save({"d": tensors, "g_ema": writers.rosinality_state(writers.generator(**SMALL))}, tmp_path / "file.pt")
    start = read_start(tmp_path / "file.pt", 0.01)
    assert start.discriminator is None
    assert start.lacking.startswith("that of the file")


def test_no_discriminator_however_broken_stops_a_run_from_beginning() -> None:
    path, _ = fixture("train_cond")
    contents = read_last(containers.open_file(path).top).discriminator
    assert contents is not None
    generator = checkpoints.load(path)
    assert isinstance(generator, Generator)
    random = np.random.default_rng(0)
    for _ in range(60):
        arrays = dict(contents.arrays)
        name = sorted(arrays)[random.integers(len(arrays))]
        change = random.integers(5)
        if change == 0:
            del arrays[name]
        elif change == 1:
            arrays[f"{name}{random.integers(3)}"] = arrays[name]
        else:
            broken = (arrays[name][:0], np.float32(1), arrays[name][None])[change - 2]
            arrays[name] = np.asarray(broken)
        with pytest.raises((ValueError, IndexError, KeyError, RuntimeError, ZeroDivisionError)):
            build_discriminator(replace(contents, arrays=arrays), generator)


@pytest.mark.parametrize("stored", [3, [1], {"final_conv.0.weight": 2}, {3: 4}, {"b4.out.weight": torch.zeros(1, 5)}])
def test_what_stands_for_a_discriminator_and_is_none_is_left_out(stored: object, tmp_path: Path) -> None:
    state = writers.rosinality_state(writers.generator(**SMALL))
    for names in ({"d": stored, "g_ema": state}, {"D": stored, "g_ema": state}, {"d": stored, "g": state}):
        torch.save(names, tmp_path / "file.pt")
        start = read_start(tmp_path / "file.pt", 0.01)
        assert start.discriminator is None
        assert start.lacking


def test_a_start_from_another_kind_of_network_is_refused_with_a_sentence() -> None:
    with pytest.raises(errors.BadValue, match="give a StyleGAN2 network"):
        read_start(FIXTURES / "sg3_t_cutoff.pkl")


# --- what a run begins with ---------------------------------------------------------------------------------------

WRITERS = {"nvidia": "pkl", "tensorflow": "pkl", "rosinality": "pt", "native": "safetensors"}
VARIANTS: dict[str, dict[str, Any]] = {
    "plain": {},
    "labels": {"c_dim": 4, "mapping_lr": 1.0},
    "residual grey": {"architecture": "resnet", "img_channels": 1, "activation": "relu"},
    "orig with opacity": {"architecture": "orig", "img_channels": 4, "conv_clamp": 256.0, "resample_filter": (1, 2, 1)},
    "one label, no latent": {"z_dim": 0, "c_dim": 2},
    "a rectangle": {"const_size": (3, 8)},
    "joint labels": {"c_dim": 3, "label_mode": "concat_joint"},
}


def write(program: str, path: Path, generator: Generator) -> None:
    if program == "native":
        checkpoints.save(generator, path)
    elif program == "rosinality":
        torch.save({"g_ema": writers.rosinality_state(generator)}, path)
    else:
        getattr(writers, program)(path, generator)


CASES = [("rosinality", "plain"), ("tensorflow", "joint labels"), ("tensorflow", "labels"), ("native", "labels")]


@pytest.mark.parametrize(
    ("program", "variant"), [*CASES, *(("nvidia", name) for name in VARIANTS if name != "joint labels")]
)
def test_a_run_continues_the_architecture_of_any_network_and_draws_its_pictures(
    program: str, variant: str, tmp_path: Path
) -> None:
    made = {**SMALL, "num_mapping_layers": 2, **VARIANTS[variant]}
    path = tmp_path / f"file.{WRITERS[program]}"
    write(program, path, writers.generator(**made))
    start = read_start(path, 0.01 if program == "rosinality" else None)
    settings = settings_of(start, warm_d=0.004, path_every=1, r1_every=1)
    wanted = checkpoints.load(path, lr=0.01 if program == "rosinality" else None)
    assert settings.resolution == 16
    training = TrainingRun(settings, store(settings.size, colours=settings.colours), CPU, start)
    labels = torch.eye(wanted.c_dim)[[0, 1, 1]] if wanted.c_dim else None
    training.average.precision = "exact"
    before = draw(training.average, labels)
    assert torch.allclose(before, draw(wanted, labels), rtol=1e-5, atol=1e-4)
    assert training.copied["generator"].share == 1
    assert not training.copied["generator"].new
    assert training.generator_is_frozen
    assert training.generator.hyper.mapping_lr == 0.01
    figures = training.advance()
    assert figures.keys() == {"d", "real", "fake", "r1"}
    assert torch.equal(draw(training.average, labels), before)
    assert not training.generator_is_frozen
    assert training.advance().keys() == {"d", "real", "fake", "r1", "g", "path"}
    assert all(parameter.isfinite().all() for parameter in training.generator.parameters())
    assert not torch.equal(draw(training.average, labels), before)


def test_a_snapshot_brings_its_discriminator_and_trains_from_the_first_picture() -> None:
    path, reference = fixture("train_cond")
    start = read_start(path)
    training = TrainingRun(settings_of(start), store((32, 32), labels=3), CPU, start)
    assert training.adversarial is not None
    assert not training.generator_is_frozen
    assert training.copied["discriminator"].share == 1
    pictures, labels = (torch.from_numpy(reference[name]) for name in ("images", "labels"))
    with torch.no_grad():
        scores = training.adversarial.discriminator(pictures, labels)
    assert np.allclose(scores.numpy(), reference["scores"][:, 0], rtol=1e-5, atol=1e-4)
    assert "g" in training.advance()


def test_labels_are_told_apart_by_their_names() -> None:
    old = writers.generator(**SMALL, c_dim=3)
    old.traits = {"hair": ("red", "green", "blue")}
    hyper = continue_architecture(old.hyper, 16, 4)
    new = Generator.new(hyper, traits={"hair": ("blue", "pink"), "eyes": ("open", "shut")})
    copied = copy_generator(old, new)
    blue = [draw(each, torch.eye(each.c_dim)[[column] * 3], psi=1) for each, column in ((old, 2), (new, 0))]
    assert torch.allclose(*blue, atol=1e-4)
    assert copied.new == {"mapping.embed": 3 * hyper.embed}


def test_labels_that_a_network_lacked_change_nothing_at_first() -> None:
    old = writers.generator(**SMALL)
    new = Generator.new(continue_architecture(old.hyper, 16, 2))
    copy_generator(old, new)
    new.mapping.w_avg.copy_(old.mapping.w_avg)
    for column in (0, 1):
        assert torch.allclose(draw(new, torch.eye(2)[[column] * 3]), draw(old), atol=1e-4)


@pytest.mark.parametrize("architecture", ["skip", "resnet"])
def test_a_network_with_more_feature_maps_draws_the_same_at_first_and_uses_them_all(architecture: str) -> None:
    old = writers.generator(**SMALL, architecture=architecture)
    new = Generator.new(replace(old.hyper, channels={4: 12, 8: 13, 16: 16}))
    copied = copy_generator(old, new)
    assert copied.share == 1
    assert not {part for part in copied.new if part.startswith("mapping")}
    assert torch.allclose(draw(new), draw(old), atol=1e-5)
    w = torch.randn(2, new.num_ws, new.w_dim)
    for weight in (new.get_parameter(f"synthesis.b16.{part}.weight") for part in ("conv0", "conv1", "torgb")):
        (gradient,) = torch.autograd.grad(new.synthesis(w).square().sum(), weight)
        assert bool((gradient.abs().sum(dim=(0, 2, 3)) > 0).all())


def test_a_discriminator_without_labels_takes_them_and_one_with_labels_gives_them_up() -> None:
    torch.manual_seed(0)
    channels, pictures = {4: 5, 8: 6, 16: 7}, torch.randn(4, 3, 16, 16)
    plain = Discriminator(Shape(16, channels))
    taking = Discriminator(Shape(16, channels, condition=2))
    copy_discriminator(plain, taking, [])
    assert torch.allclose(taking(pictures, torch.eye(2)[[0, 1, 0, 1]]), plain(pictures), atol=1e-5)
    labelled = Discriminator(Shape(16, channels, labels=Labels(3, 4, (6, 8))))
    merged = Discriminator(Shape(16, channels))
    copy_discriminator(labelled, merged, [])
    mean = sum(labelled(pictures, torch.eye(3)[[i] * 4]) for i in range(3)) / 3
    assert torch.allclose(merged(pictures), mean, atol=1e-5)


def test_pictures_without_labels_are_learnt_by_a_network_that_keeps_its_own(tmp_path: Path) -> None:
    generator = writers.generator(**SMALL, c_dim=3)
    generator.odds = {"class": (0.0, 1.0, 0.0)}
    start = Start(generator, generator)
    training = TrainingRun(settings_of(start, warm_d=0.0), store(), CPU, start)
    assert training.traits == {"class": ("0", "1", "2")}
    assert training.odds == {"class": (0.0, 1.0, 0.0)}
    before = training.generator.state_dict()["mapping.embed.weight"].clone()
    training.advance()
    moved = (training.generator.state_dict()["mapping.embed.weight"] - before).abs().sum(dim=0)
    assert (moved > 0).tolist() == [False, True, False]


@pytest.mark.parametrize("layers", [0, 4, 100])
def test_frozen_layers_keep_their_weights(layers: int) -> None:
    shape = Shape(16, {4: 5, 8: 6, 16: 7})
    start = Start(writers.generator(**SMALL), writers.generator(**SMALL), Discriminator(shape), "")
    training = TrainingRun(settings_of(start, freeze_d=layers, r1_every=1), store(), CPU, start)
    assert training.adversarial is not None
    before = {name: value.clone() for name, value in training.adversarial.discriminator.named_parameters()}
    training.advance()
    after = dict(training.adversarial.discriminator.named_parameters())
    kept = {name for name, value in after.items() if torch.equal(value, before[name])}
    frozen = [f"blocks.{i}.{name}" for i in range(2) for name in ("conv0", "conv1", "skip")]
    names = tuple(f"{name}." for name in ["from_rgb", *frozen][:layers])
    assert kept == {name for name in before if name.startswith(names)} if names else not kept


@pytest.mark.parametrize("count", [0, 1, 2, 100])
def test_frozen_layers_of_the_generator_keep_their_weights_but_not_their_colours(count: int) -> None:
    start = Start(writers.generator(**SMALL), writers.generator(**SMALL))
    training = TrainingRun(
        settings_of(start, freeze_g=count, path_every=1, warm_d=0.0, mixing=0.0), store(), CPU, start
    )
    before = {name: value.clone() for name, value in training.generator.named_parameters()}
    training.advance()
    learns = {name for name, value in training.generator.named_parameters() if not torch.equal(value, before[name])}
    kinds = {"mapping": 0, "b4.const": 1, "b4.conv1": 1, "b8.conv0": 2, "b8.conv1": 3, "b16.conv0": 4, "b16.conv1": 5}
    for kind, needed in kinds.items():
        own = {name for name in before if kind in name}
        assert own
        assert bool(own & learns) == (count == 0 or needed > count), kind
    assert {name for name in before if name.endswith("torgb.weight")} <= learns


def test_a_run_that_continues_a_network_grows_beyond_it() -> None:
    generator = writers.generator(**SMALL)
    start = Start(generator, generator)
    settings = settings_of(start, "--resolution", "32")
    training = TrainingRun(settings, store((32, 32)), CPU, start)
    assert training.generator.hyper.channels == {**SMALL["channels"], 32: 4}
    assert training.copied["generator"].share == 1
    assert set(training.copied["generator"].new) == {f"synthesis.b32.{name}" for name in ("conv0", "conv1", "torgb")}


def test_the_new_blocks_of_a_network_of_drawings_learn_while_a_new_discriminator_warms_up() -> None:
    generator = writers.generator(**SMALL, normalize_latents=False)
    start, drawings = Start(generator, generator), store((32, 32))
    drawings = replace(drawings, continuous=np.zeros((20, SMALL["z_dim"]), np.float32))
    settings = Settings(resolution=32, start_resolution=16, kimg=0.012, warm_d=0.008, batch=4, w_dim=9, channel_max=8)
    training = TrainingRun(settings, drawings, CPU, start)
    learnt = []
    for _ in range(3):
        before = {name: value.clone() for name, value in training.generator.named_parameters()}
        assert "pair" in training.advance()
        moved = {name for name, value in training.generator.named_parameters() if not torch.equal(value, before[name])}
        learnt.append({name for name in moved if "torgb" not in name})
    assert not learnt[0]  # the colours of a new block begin at 0, and hide it
    assert learnt[1]
    assert all(name.startswith("synthesis.b32.") for name in learnt[1])
    assert {"mapping.fc0.bias", "synthesis.b4.const", "synthesis.b16.conv0.weight"} <= learnt[2]


# --- what an origin remembers, what is refused --------------------------------------------------------------------


def test_the_settings_remember_the_networks_through_json() -> None:
    path, _ = fixture("train_cond")
    origin = describe(read_start(path), path.name)
    assert Origin.from_dict(json.loads(json.dumps(origin.to_dict()))) == origin


def test_a_network_goes_on_with_the_colours_that_it_has() -> None:
    generator = writers.generator(**SMALL, img_channels=1)
    with pytest.raises(errors.BadValue, match=r"'3' cannot be used for --colours; give 1, as file\.pkl draws"):
        settings_of(Start(generator, generator), "--colours", "3")
    assert settings_of(Start(generator, generator), "--colours", "1").colours == 1


def folder_of_pictures(path: Path, count: int = 16) -> Path:
    path.mkdir()
    for i in range(count):
        Image.new("RGB", (20, 20), (i * 10, 99, 200 - i)).save(path / f"{i}.png")
    return path


@pytest.mark.parametrize("broken", [{}, {"generator": {"resolution": 7}}, {"generator": 3, "discriminator": 1}])
def test_damaged_settings_of_a_continued_network_are_one_sentence(broken: dict[str, Any], tmp_path: Path) -> None:
    generator = writers.generator(**SMALL)
    settings = settings_of(Start(generator, generator)).to_dict()
    settings["origin"] = (settings["origin"] | broken) if broken else {}
    stored = {"data": "x", "name": "x", "labels": None, "settings": settings}
    (tmp_path / "settings.json").write_text(json.dumps(stored))
    with pytest.raises(errors.NoRun, match=r"settings\.json is damaged"):
        run(options("--resume", str(tmp_path)))


def test_what_hardly_fits_is_refused_in_numbers_unless_it_is_wanted(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    path, out = tmp_path / "small.safetensors", tmp_path / "run"
    checkpoints.save(Generator.new(Hyperparameters(32, {4: 12, 8: 10, 16: 8, 32: 4}, z_dim=6, w_dim=9)), path)
    words = ["--data", str(folder_of_pictures(tmp_path / "in")), "--out", str(out), "--start-from", str(path)]
    sizes = ["--channel-base", "128", "--channel-max", "8", "--w-dim", "9", "--z-dim", "6", "--batch", "2"]
    told = r"Only \d+ of the \d+ parameters of small.safetensors \(\d+\.\d %\)"
    with pytest.raises(errors.TooLittleFits, match=told):
        run(options(*words, *sizes, "--minutes", "0"))
    assert not out.exists()
    assert run(options(*words, *sizes, "--minutes", "0", "--partial")) == 0
    told = capsys.readouterr().err
    assert "parameters are copied" in told
    assert "new are" in told


def test_a_run_goes_on_without_the_file_that_it_began_with(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    path, out = tmp_path / "small.pkl", tmp_path / "run"
    writers.nvidia(path, writers.generator(**SMALL | {"resolution": 32, "channels": {4: 12, 8: 10, 16: 8, 32: 4}}))
    words = ["--data", str(folder_of_pictures(tmp_path / "in")), "--out", str(out), "--start-from", str(path)]
    assert run(options(*words, "--batch", "4", "--kimg", "0.004", "--warm-d", "0.004", "--samples", "0")) == 0
    told = capsys.readouterr().err
    assert "(100.0 %)" in told
    assert "discriminator: new (that of the file is of the class 'Discriminator')" in told
    assert "only the discriminator learns from the first 4 pictures" in told
    path.unlink()
    words = ["--kimg", "0.008", "--accumulate", "2", "--augment", "0.2", "--gamma", "2", "--threads", "1"]
    assert run(options("--resume", str(out), *words)) == 0
    assert "--augment 0.2 (was ada)" in capsys.readouterr().err
    hyper = checkpoints.inspect(out / "trained.safetensors").hyperparameters
    assert (hyper.resolution, hyper.z_dim, hyper.w_dim) == (32, 6, 9)


def test_a_folder_is_named_after_the_side_of_the_network_that_is_continued(tmp_path: Path) -> None:
    path = tmp_path / "small.safetensors"
    checkpoints.save(Generator.new(Hyperparameters(**SMALL)), path)
    words = ["--data", "faces", "--start-from", str(path)]
    assert command._choose_folder(options(*words)).name == "faces-16"
    assert command._choose_folder(options(*words, "--resolution", "32")).name == "faces-32"
    assert command._choose_folder(options(*words, "--w-dim", "32")).name == "faces-64"
    assert command._choose_folder(options("--data", "faces")).name == "faces-64"


SIZES = {  # configuration and side -> parameters of the discriminator; the large ones are those of NVIDIA's
    ("paper256", 256): 24_001_089,
    ("paper512", 512): 28_982_849,
    ("paper1024", 1024): 29_012_513,
    ("stylegan2", 1024): 29_012_513,
    ("auto", 64): 4_727_617,
    ("tiny", 64): 296_401,
}


@pytest.mark.parametrize(("config", "side"), SIZES)
def test_configurations_make_networks_of_the_papers_sizes(config: str, side: int) -> None:
    settings = choose_settings(options("--data", "folder", "--config", config, "--resolution", str(side)))
    with torch.device("meta"):
        discriminator = Discriminator(choose_shape(settings, 0))
        generator = Generator(choose_hyperparameters(settings, side, 0))
    assert sum(parameter.numel() for parameter in discriminator.parameters()) == SIZES[config, side]
    if (config, side) == ("paper1024", 1024):
        assert sum(parameter.numel() for parameter in generator.parameters()) == 30_370_060
    named = choose_settings(options("--data", "folder", "--config", config, "--gamma", "3", "--channel-max", "8"))
    assert (named.gamma, named.channel_max, named.batch) == (3, 8, settings.batch)


@pytest.mark.parametrize(
    ("words", "wanted"),
    [
        ((), (0.0, 5.0, 0.0)),
        (("--warm-start", "7"), (7.0, 5.0, 0.0)),
        (("--resolution", "256"), (0.0, 5.0, 0.0)),
        (("--resolution", "64"), (300.0, 0.0, 3.0)),
        (("--data", "artist"), (300.0, 0.0, 4.0)),
    ],
)
def test_a_network_that_knows_an_artists_portraits_is_not_fitted_to_them_again(
    words: tuple[str, ...], wanted: tuple[float, float, float]
) -> None:
    network = checkpoints.MODELS / "drawn-4.safetensors"
    wishes = options("--data", "drawn", "--resolution", "128", *words)
    settings = choose_settings(wishes, describe(read_start(network), network.name))
    assert (settings.warm_kimg, settings.warm_d, settings.focus) == wanted


def test_a_network_that_knows_an_artists_portraits_keeps_its_feature_maps_at_any_size() -> None:
    channels, values = {4: 256, 8: 256, 16: 256, 32: 256, 64: 128}, sum(map(len, drawn.TRAITS.values()))
    with torch.device("meta"):
        network = Generator(Hyperparameters(64, channels, z_dim=8, c_dim=values), traits=drawn.TRAITS)
    for side, wanted in ((64, channels), (128, channels | {128: 64})):
        wishes = options("--data", "drawn", "--resolution", str(side))
        settings = choose_settings(wishes, describe(Start(network, network), "wide.safetensors"))
        assert choose_hyperparameters(settings, side, values, 8).channels == wanted


def test_a_gpu_gets_the_sizes_and_rules_of_its_resolution() -> None:
    for side, batch, gamma, base in ((256, 16, 0.8192, 16384), (512, 8, 6.5536, 32768), (1024, 4, 52.4288, 32768)):
        config = auto(side, on_gpu=True)
        assert (config["batch"], config["channel_base"]) == (batch, base)
        assert config["r1_gamma"] == pytest.approx(gamma)
        assert config["average_kimg"] == batch * 10 / 32


@pytest.mark.parametrize(
    ("words", "wanted"),
    [
        ([], (True, 0.0, "bgc")),
        (["--augment", "off"], (False, 0.0, "bgc")),
        (["--augment", "0.3", "--augment-groups", "cfb"], (True, 0.3, "bcf")),
        (["--no-augment"], (False, 0.0, "bgc")),
    ],
)
def test_augmentation_is_adaptive_constant_or_off(words: list[str], wanted: tuple[bool, float, str]) -> None:
    settings = choose_settings(options("--data", "folder", *words))
    assert (settings.augment, settings.augment_p, settings.augment_groups) == wanted


@pytest.mark.parametrize(
    "words", [["--augment", "2"], ["--augment", "much"], ["--augment-groups", "bx"], ["--mixing", "2"]]
)
def test_an_option_that_cannot_be_is_refused(words: list[str], capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit):
        options("--data", "folder", *words)
    assert words[0] in capsys.readouterr().err


# --- settings -----------------------------------------------------------------------------------------------------


EVERYTHING = {
    "every group, opacity, pieces": {
        **{"augment": True, "augment_p": 0.5, "augment_groups": "bgcno"},
        **{"colours": 4, "accumulate": 2},
    },
    "frozen layers of the generator": {"freeze_g": 2, "path_every": 2},
    "frozen layers after a warm-up": {"freeze_d": 3, "r1_every": 2, "warm_d": 0.008, "half": True},
    "grey, other rates and averages": {
        **{"colours": 1, "mixing": 0.0, "path_weight": 0.0, "rate": 0.01, "r1_gamma": 3.0},
        **{"average_kimg": 0.02, "average_ramp": 0.0, "deviation_group": 2},
    },
}


@pytest.mark.parametrize("name", EVERYTHING)
def test_a_run_with_any_option_resumes_exactly(name: str, tmp_path: Path) -> None:
    small = {"channel_base": 128, "channel_max": 8, "discriminator_base": 128, "w_dim": 8, "z_dim": 8}
    settings = Settings(16, 0.024, **{**small, "mapping_layers": 2, "batch": 4, "path_every": 2, **EVERYTHING[name]})
    data = store(colours=settings.colours)
    whole = TrainingRun(settings, data, CPU)
    figures = [whole.advance() for _ in range(3)]
    whole.save(tmp_path / "state.pt")
    figures += [whole.advance() for _ in range(2)]
    second = TrainingRun(Settings(**json.loads(json.dumps(settings.to_dict()))), data, CPU)
    second.restore(tmp_path / "state.pt")
    assert [second.advance() for _ in range(2)] == figures[3:]
    for ours, theirs in zip(second.average.state_dict().values(), whole.average.state_dict().values(), strict=True):
        assert torch.equal(ours, theirs)


@pytest.mark.parametrize(("number", "group"), [(4, 1), (2, 4)])
def test_pieces_of_a_batch_make_the_step_of_the_whole_batch(number: int, group: int) -> None:
    small = {"channel_base": 64, "channel_max": 4, "discriminator_base": 64, "w_dim": 8, "z_dim": 8, "mixing": 0.0}
    made = {**small, "mapping_layers": 2, "batch": 8, "deviation_group": group, "path_weight": 0.0, "rate": 1e-3}
    after = []
    for pieces in (1, number):
        training = TrainingRun(Settings(16, 1, accumulate=pieces, **made), store(), CPU)
        training.generator.precision = "exact"
        for name, parameter in training.generator.named_parameters():
            assert not name.endswith("noise_strength") or not parameter.any()  # random noise has no effect yet
        assert training.adversarial is not None
        gradients: dict[str, Tensor] = {}
        training.optimizer.register_step_pre_hook(
            lambda *_, training=training, gradients=gradients: gradients.update(
                {n: p.grad.clone() for n, p in training.generator.named_parameters() if not n.endswith("strength")}
            )
        )
        figures = training.advance()
        after.append((figures, gradients))
    (whole, slopes), (parts, sums) = after
    assert parts == pytest.approx(whole, rel=1e-3)
    scale = max(float(slope.abs().max()) for slope in slopes.values())
    for name, slope in slopes.items():
        assert torch.allclose(sums[name], slope, atol=2e-3 * scale), name


def test_a_batch_that_pieces_do_not_divide_is_refused() -> None:
    with pytest.raises(errors.BadValue, match="cannot be used for --accumulate; give a divisor of 4"):
        TrainingRun(Settings(16, 1, batch=4, accumulate=3, channel_max=4, w_dim=8, z_dim=8), store(), CPU)


# --- augmentation -------------------------------------------------------------------------------------------------


def test_bands_are_filtered_and_squares_cut_out_as_in_the_reference() -> None:
    if not (SNAPSHOTS / "augment_fixed.npz").exists():
        pytest.skip(f"{SNAPSHOTS} is missing")
    reference = np.load(SNAPSHOTS / "augment_fixed.npz")
    assert np.allclose(effects.band_filters(), reference["Hz_fbank"], atol=1e-7)
    pictures = torch.from_numpy(reference["images"])
    for quantile in ("0.3", "0.62", "0.85"):
        values = dict(zip(reference["params_names"].tolist(), reference[f"params_q{quantile}"].tolist(), strict=True))
        gains = effects.band_gains(np.full((2, 4), values["filter_gain(all4)"]))
        filtered = effects.filter_bands(pictures, gains).numpy()
        assert np.allclose(filtered, reference[f"filter_q{quantile}"], atol=1e-5)
        centres = np.full((2, 2), values["cutout_center(x=y)"])
        cut = effects.cut_out(pictures, centres, np.ones(2, bool)).numpy()
        assert np.array_equal(cut, reference[f"cutout_q{quantile}"])


def test_bands_together_are_the_whole_picture() -> None:
    pictures = torch.randn(2, 4, 32, 40, generator=torch.Generator().manual_seed(0))
    assert torch.allclose(effects.filter_bands(pictures, np.ones((2, 4))), pictures, atol=1e-5)


# --- threads ------------------------------------------------------------------------------------------------------


def test_the_fastest_number_of_threads_is_chosen_and_few_are_enough_if_more_gain_little() -> None:
    assert thread_counts(1) == [1]
    assert thread_counts(6) == [1, 2, 4, 6]
    assert choose_threads({1: 0.10, 2: 0.20}) == 1
    assert choose_threads({1: 0.10, 2: 0.06, 4: 0.05}) == 4
    assert choose_threads({1: 0.10, 2: 0.06, 4: 0.059}) == 2
    assert choose_threads({1: 0.10, 2: 0.097}) == 1


def test_measuring_threads_changes_nothing_of_a_run() -> None:
    start = Start(writers.generator(**SMALL), writers.generator(**SMALL))
    training = TrainingRun(settings_of(start), store(), CPU, start)
    before = {name: tensor.clone() for name, tensor in training.generator.state_dict().items()}
    threads = torch.get_num_threads()
    times = measure_threads(training.probe, [1])
    assert times[1] > 0
    assert torch.get_num_threads() == threads
    assert all(torch.equal(tensor, before[name]) for name, tensor in training.generator.state_dict().items())
    assert all(parameter.grad is None for parameter in training.generator.parameters())
