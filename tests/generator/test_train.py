"""Tests training: losses against closed forms, augmentation, exact resuming, folders of pictures, the command.

With FULL_SIZE=1 two processes also train on a folder together, and are started by torchrun.
"""

import argparse
import json
import math
import os
import re
import socket
import subprocess
import sys
from collections.abc import Iterator
from contextlib import ExitStack
from pathlib import Path

import numpy as np
import psutil
import pytest
import shared_run
import torch
from picture_folders import filled_folder
from PIL import Image
from project_paths import ROOT
from small_disk import fill, small_disk
from torch import Tensor

from generator import checkpoints, drawn
from generator.contract import errors
from generator.stylegan.muon import MOMENTUM, UPDATE_RMS, Muon, orthogonalize
from generator.stylegan2.network import Generator, Hyperparameters
from generator.train import command, losses
from generator.train.augmentation import augment
from generator.train.command import add_arguments, run
from generator.train.data import store as stores
from generator.train.data.batch import Batch, draw_batch
from generator.train.data.drawing import artists, draw_portraits, make_drawn_store
from generator.train.data.store import Store, open_store, write_store
from generator.train.distributed import Process
from generator.train.fitting import sensitivity_loss
from generator.train.loop import TrainingRun
from generator.train.networks.discriminator import Discriminator, Shape, minibatch_deviation
from generator.train.networks.start import Start
from generator.train.networks.transfer import copy_generator
from generator.train.settings import Settings, plan_stages

CPU = torch.device("cpu")
TINY = {
    "channel_base": 256,
    "channel_max": 16,
    "discriminator_base": 256,
    "w_dim": 16,
    "z_dim": 8,
    "mapping_layers": 2,
    "batch": 4,
}


def normal(seed: int, *shape: int, dtype: torch.dtype = torch.float64) -> Tensor:
    return torch.randn(shape, generator=torch.Generator().manual_seed(seed), dtype=dtype)


# --- losses ---------------------------------------------------------------------------------------


def test_scores_of_a_guessing_discriminator_cost_log_2_each() -> None:
    assert losses.discriminator_loss(torch.zeros(3), torch.zeros(3)).item() == pytest.approx(2 * np.log(2))
    assert losses.generator_loss(torch.zeros(3)).item() == pytest.approx(np.log(2))


def test_losses_agree_with_the_logarithms_of_the_paper() -> None:
    real, fake = normal(0, 50), normal(1, 50)
    paper = -(torch.sigmoid(real).log().mean() + (1 - torch.sigmoid(fake)).log().mean())
    assert torch.allclose(losses.discriminator_loss(real, fake), paper)
    assert torch.allclose(losses.generator_loss(fake), -torch.sigmoid(fake).log().mean())


def test_r1_of_a_linear_discriminator_is_half_gamma_times_its_squared_weights() -> None:
    weights, pictures = normal(0, 3, 4, 4), normal(1, 5, 3, 4, 4).requires_grad_()
    penalty = losses.r1_penalty((pictures * weights).sum(dim=(1, 2, 3)), pictures, gamma=10.0)
    assert penalty.item() == pytest.approx(5 * weights.square().sum().item(), rel=1e-5)


def test_the_gradient_of_r1_agrees_with_finite_differences() -> None:
    pictures, weight = normal(0, 2, 3, 4, 4), normal(1, 3, 4, 4).requires_grad_()

    def penalty(weight: Tensor) -> Tensor:
        inputs = pictures.clone().requires_grad_()
        return losses.r1_penalty((inputs * weight).square().sum(dim=(1, 2, 3)), inputs, gamma=1.0)

    assert torch.autograd.gradcheck(penalty, (weight,))


def test_path_lengths_of_a_linear_generator_are_the_norm_of_its_transpose_times_y() -> None:
    matrix, w, noise = normal(0, 3 * 4 * 4, 6), normal(1, 2, 1, 6).requires_grad_(), normal(2, 2, 3, 4, 4)
    pictures = (w[:, 0] @ matrix.T).view(2, 3, 4, 4)
    expected = (noise.flatten(1) / 4 @ matrix).norm(dim=1)
    assert torch.allclose(losses.path_lengths(pictures, w, noise), expected)


def test_the_path_penalty_is_the_mean_square_distance_from_the_running_mean() -> None:
    assert losses.path_penalty(torch.tensor([1.0, 3.0]), 2.0).item() == pytest.approx(1.0)


def test_a_constant_offset_costs_its_size_and_square_at_every_scale_and_no_edges() -> None:
    picture = normal(0, 2, 3, 16, 16)
    assert losses.picture_distance(picture + 0.25, picture).item() == pytest.approx(
        0.25 + losses.SQUARE_WEIGHT * 0.25**2
    )


def test_a_lost_line_costs_more_than_its_brightness() -> None:
    line = torch.zeros(1, 3, 16, 16)
    line[..., 8] = 1
    brightness = losses.picture_distance(torch.zeros_like(line), line, scales=1, edges=0)
    assert brightness == pytest.approx((line * losses.flatness_weights(line)).mean() * (1 + losses.SQUARE_WEIGHT))
    assert losses.picture_distance(torch.zeros_like(line), line, scales=1) > brightness * 2


def test_flat_ground_is_weighted_by_its_lack_of_contrast() -> None:
    stripes = torch.zeros(2, 3, 64, 64)
    stripes[0, :, :, 32::2] = 1  # the right half of the first picture
    weights = losses.flatness_weights(stripes)
    assert weights.mean(dim=(1, 2, 3)).tolist() == pytest.approx([1, 1])
    assert torch.equal(weights[1], torch.ones(1, 64, 64))
    contrast = math.sqrt(5 / 9 * 4 / 9)  # standard deviation of the 9 columns around a column
    assert (weights[0, 0, 20, 10] / weights[0, 0, 20, 50]).item() == pytest.approx(
        (losses.FLAT_CONTRAST + contrast) / losses.FLAT_CONTRAST
    )


def test_contrast_at_a_border_counts_only_pixels_of_the_picture() -> None:
    picture = normal(0, 1, 3, 32, 48)  # contrast is measured within 32 / 16 = 2 pixels

    def contrast(rows: slice, columns: slice) -> float:
        variance = picture[0, :, rows, columns].var(dim=(1, 2), correction=0)
        return losses.FLAT_CONTRAST + variance.mean().sqrt().item()

    weights = losses.flatness_weights(picture)[0, 0]
    corner, middle = contrast(slice(0, 3), slice(45, 48)), contrast(slice(8, 13), slice(18, 23))
    assert (weights[0, 47] / weights[10, 20]).item() == pytest.approx(middle / corner, rel=1e-4)


def test_features_are_compared_by_layer_and_only_generated_ones_get_a_gradient() -> None:
    made, wanted = torch.ones(2, 3, requires_grad=True), torch.full((2, 3), 3.0, requires_grad=True)
    distance = losses.feature_distance([made, made], [wanted, made])
    torch.autograd.backward(distance)
    assert distance.item() == pytest.approx(1.0)
    assert made.grad is not None
    assert wanted.grad is None


def test_what_a_reader_perceives_is_compared_in_units_of_what_it_perceives_in_the_drawing() -> None:
    made, wanted = torch.ones(2, 3, requires_grad=True), torch.full((2, 3), -4.0, requires_grad=True)
    distance = losses.perceptual_distance([made, 10 * made], [wanted, 20 * torch.ones(2, 3)])
    torch.autograd.backward(distance)
    assert distance.item() == pytest.approx((5 / 4 + 10 / 20) / 2)
    assert made.grad is not None
    assert wanted.grad is None


@pytest.mark.parametrize(("weight", "perceives"), [(6.0, True), (0.0, False)])
def test_faces_are_compared_by_the_reader_of_the_artist_that_drew_them(weight: float, perceives: bool) -> None:
    artist = artists()["artist"]
    count, sizes = 8, [len(values) for values in artist.draws.TRAITS.values()]
    labels = np.tile(np.concatenate([np.eye(size, dtype=np.float32)[0] for size in sizes]), (count, 1))
    pictures = np.random.default_rng(0).integers(0, 256, (count, 32, 32, 3), dtype=np.uint8)
    knobs = np.zeros((count, len(artist.knobs)), np.float32)
    store = Store(pictures, labels, knobs, artist.draws.TRAITS)
    settings = Settings(resolution=32, kimg=1, perceptual_weight=weight, **TINY | {"batch": 4})
    figures = TrainingRun(settings, store, CPU).advance()
    assert ("perceived" in figures) == perceives
    assert all(map(math.isfinite, figures.values()))


def test_every_trait_is_classified_by_a_softmax_of_its_own() -> None:
    logits = torch.tensor([[0.0, 0.0, 1.0, 1.0, 1.0], [3.0, 0.0, 0.0, 0.0, 0.0]])
    labels = torch.tensor([[1.0, 0.0, 0.0, 1.0, 0.0], [0.0, 1.0, 0.0, 0.0, 1.0]])
    surprise = [
        math.log(2),
        math.log(3),
        math.log(1 + math.exp(3)),
        math.log(3),
    ]  # -log of the probability of each true value
    seen = torch.ones(2, 2, dtype=torch.bool)
    assert losses.classification_loss(logits, labels, [2, 3], seen).item() == pytest.approx(sum(surprise) / 4)
    seen[0, 1] = False  # covered in the first picture
    left = (surprise[0] + surprise[2] + surprise[3]) / 4
    assert losses.classification_loss(logits, labels, [2, 3], seen).item() == pytest.approx(left)


# --- discriminator --------------------------------------------------------------------------------


def test_minibatch_deviation_is_zero_for_equal_pictures_and_right_for_two_values() -> None:
    same = minibatch_deviation(torch.ones(4, 2, 3, 3))
    assert same.shape == (4, 3, 3, 3)
    assert same[:, 2].abs().max() < 1e-3
    two = torch.stack([torch.zeros(2, 3, 3), torch.full((2, 3, 3), 2.0)])
    assert torch.allclose(minibatch_deviation(two)[:, 2], torch.ones(2, 3, 3), atol=1e-3)


def test_any_batch_size_gets_a_group() -> None:
    assert minibatch_deviation(torch.ones(5, 2, 3, 3)).shape == (5, 3, 3, 3)


def test_scores_depend_on_the_condition() -> None:
    torch.manual_seed(0)
    discriminator = Discriminator(Shape(16, {4: 8, 8: 8, 16: 4}, condition=3))
    pictures = normal(0, 4, 3, 16, 16, dtype=torch.float32)
    one, other = (discriminator(pictures, torch.eye(3)[[i] * 4]) for i in (0, 1))
    assert one.shape == (4,)
    assert (one - other).abs().min() > 1e-6


# --- adaptive augmentation ------------------------------------------------------------------------


def test_the_strength_rises_while_real_scores_are_overconfident_and_falls_again() -> None:
    controller = augment.Controller(target=0.6)
    for _ in range(8):
        controller.observe(torch.ones(50))
    assert controller.strength == pytest.approx(2 * 200 / (1000 * augment.KIMG))
    for _ in range(12):
        controller.observe(torch.tensor([1.0, -1.0]).repeat(25))
    assert controller.strength == 0.0


def test_the_strength_holds_still_at_its_target() -> None:
    controller = augment.Controller(target=0.5)
    for _ in range(4):
        controller.observe(torch.tensor([1.0, 1.0, 1.0, -1.0]))
    assert controller.strength == 0.0


def test_a_restored_controller_continues_within_an_interval() -> None:
    whole, first = augment.Controller(0.6), augment.Controller(0.6)
    for _ in range(2):
        first.observe(torch.ones(10))
    second = augment.Controller(0.6)
    second.restore(json.loads(json.dumps(first.state())))
    for _ in range(2):
        second.observe(torch.ones(10))
    for _ in range(4):
        whole.observe(torch.ones(10))
    assert second.state() == whole.state()


def test_no_strength_leaves_pictures_alone() -> None:
    pictures = normal(0, 4, 3, 8, 8, dtype=torch.float32)
    assert augment.augment(pictures, 0.0, np.random.default_rng(0)) is pictures


def test_the_gradient_passes_through_augmentation() -> None:
    pictures = normal(0, 4, 3, 8, 8, dtype=torch.float32).requires_grad_()
    torch.autograd.backward(augment.augment(pictures, 1.0, np.random.default_rng(0)).square().sum())
    assert pictures.grad is not None
    assert pictures.grad.flatten(1).abs().sum(dim=1).min() > 0


def test_about_the_asked_share_of_pictures_changes_colour() -> None:
    matrices = augment.colour(2000, 0.3, np.random.default_rng(0))
    untouched = np.abs(matrices - np.eye(4)).max(axis=(1, 2)) == 0
    # There are five transformations. The luma flip, where it is applied, changes only every other picture.
    assert untouched.mean() == pytest.approx(0.7**4 * 0.85, abs=0.04)


def test_hue_and_saturation_keep_greys_grey() -> None:
    matrices = augment.colour(100, 1.0, np.random.default_rng(1))
    greys = matrices @ np.array([0.5, 0.5, 0.5, 1.0])
    assert np.ptp(greys[:, :3], axis=1).max() < 1e-9
    assert np.abs(greys[:, 3] - 1).max() < 1e-9


# --- the plan -------------------------------------------------------------------------------------


def test_the_warm_start_grows_and_adversarial_training_follows() -> None:
    stages = plan_stages(Settings(resolution=128, kimg=10, warm_kimg=20))
    assert [(stage.kind, stage.resolution) for stage in stages] == [
        ("fit", 32),
        ("fit", 64),
        ("fit", 128),
        ("adversarial", 128),
    ]
    assert [stage.until for stage in stages] == [2500, 10000, 20000, 30000]
    assert [stage.start for stage in stages] == [0, 2500, 10000, 20000]


def test_without_a_warm_start_there_is_only_adversarial_training() -> None:
    assert [stage.kind for stage in plan_stages(Settings(resolution=32, kimg=1))] == ["adversarial"]


# --- a run ----------------------------------------------------------------------------------------


def small_store(side: int = 32, knobs: int = 5) -> Store:
    rng = np.random.default_rng(0)
    labels = np.eye(3, dtype=np.float32)[rng.integers(3, size=20)]
    pictures = rng.integers(0, 256, (20, side, side, 3), dtype=np.uint8)
    return Store(
        pictures, labels, rng.standard_normal((20, knobs)).astype(np.float32), {"hair": ("red", "green", "blue")}
    )


def figures_of(training: TrainingRun, batches: int) -> list[dict[str, float]]:
    return [training.advance() for _ in range(batches)]


@pytest.mark.parametrize(
    ("settings", "knobs"),
    [
        pytest.param(
            Settings(resolution=64, kimg=0.012, warm_kimg=0.032, r1_every=2, **TINY), 5, id="warm start and adversarial"
        ),
        pytest.param(
            Settings(resolution=32, kimg=0.044, r1_every=2, muon_rate=0.01, **TINY), 5, id="adversarial with Muon"
        ),
        pytest.param(
            Settings(resolution=32, kimg=0.044, augment=True, mirror=True, r1_every=2, path_every=2, **TINY),
            0,
            id="augmented adversarial",
        ),
    ],
)
def test_a_resumed_run_equals_one_that_was_never_interrupted(settings: Settings, knobs: int, tmp_path: Path) -> None:
    store = small_store(settings.resolution, knobs)
    whole, expected = TrainingRun(settings, store, CPU), []
    for batch in range(11):
        if batch in (1, 4):
            whole.save(tmp_path / f"{batch}.pt")
        expected += figures_of(whole, 1)
    assert whole.done
    for batch in (1, 4):  # a run that was killed later, whose later batches are lost
        second = TrainingRun(settings, store, CPU)
        second.restore(tmp_path / f"{batch}.pt")
        assert figures_of(second, 11 - batch) == expected[batch:]
        assert second.done
        for name, tensor in whole.average.state_dict().items():
            assert torch.equal(second.average.state_dict()[name], tensor), name


def test_the_rates_of_adversarial_training_fall_if_the_networks_learn_by_muon() -> None:
    training = TrainingRun(Settings(resolution=32, kimg=0.04, rate=0.002, muon_rate=0.01, **TINY), small_store(), CPU)
    assert training.adversarial is not None
    rates = []
    while not training.done:
        training.advance()
        groups = [optimizer.param_groups[0] for optimizer in (training.optimizer, training.adversarial.optimizer)]
        rates.append([group["lr"] for group in groups])
    assert rates == sorted(rates, reverse=True)
    assert rates[0] == [0.002, 0.01]
    shares = [last / first for last, first in zip(rates[-1], rates[0], strict=True)]
    assert shares[0] == pytest.approx(shares[1])
    assert 0 < shares[0] < 0.15


@pytest.mark.parametrize("knobs", [5, 0], ids=["paired", "unpaired"])
def test_the_losses_and_each_penalty_reach_the_weights_of_their_network(knobs: int) -> None:
    training = TrainingRun(
        Settings(resolution=32, kimg=1, r1_every=1, path_every=1, **TINY), small_store(knobs=knobs), CPU
    )
    assert training.adversarial is not None
    reached = []
    for optimizer in (training.optimizer, training.adversarial.optimizer):
        reached.append([])
        optimizer.register_step_pre_hook(lambda o, *_, into=reached[-1]: into.append(weights_with_gradient(o)))
    training.advance()
    generator, discriminator = reached
    assert len(generator) == (1 if knobs else 2)  # one step for the losses; unpaired, one more for the path lengths
    assert len(discriminator) == 2  # one step for the losses and one for R1
    assert min(generator + discriminator) > 0.5


@pytest.mark.parametrize("shape", [(6, 20), (20, 6), (8, 8)])
def test_orthogonalising_keeps_the_vectors_and_evens_the_singular_values(shape: tuple[int, int]) -> None:
    left, right = torch.linalg.qr(normal(0, shape[0], 6))[0], torch.linalg.qr(normal(1, shape[1], 6))[0]
    strengths = torch.tensor([1.0, 0.9, 0.5, 0.2, 0.1, 0.05], dtype=torch.float64)
    product = left.T @ orthogonalize(left @ strengths.diag() @ right.T) @ right
    kept = product.diag()
    assert ((kept > 0.6) & (kept < 1.3)).all()  # the quintic iteration brings them near 1, but not exactly to 1
    assert (product - kept.diag()).abs().max() < 1e-9


@pytest.mark.parametrize("decay", [0.0, 0.5])
def test_matrices_move_by_orthogonal_momentum_and_the_rest_by_adam(decay: float) -> None:
    network = torch.nn.Linear(4, 3)
    before = [p.detach().clone() for p in (network.weight, network.bias)]
    gradient, slope = normal(0, 3, 4).float(), normal(1, 3).float()
    network.weight.grad, network.bias.grad = gradient, slope
    optimizer = Muon(network, 0.01, decay)
    optimizer.dtype = torch.float32
    optimizer.step()
    turned = orthogonalize((1 - MOMENTUM**2) * gradient)
    assert torch.allclose(network.weight, (1 - 0.01 * decay) * before[0] - 0.01 * UPDATE_RMS * 2 * turned, atol=1e-6)
    assert torch.allclose(network.bias, before[1] - 0.01 * slope.sign(), atol=1e-6)  # Adam's first step


def weights_with_gradient(optimizer: torch.optim.Optimizer) -> float:
    weights = [p for p in optimizer.param_groups[0]["params"] if p.dim() > 1]
    return sum(p.grad is not None and bool(p.grad.abs().sum() > 0) for p in weights) / len(weights)


def test_fitting_learns_to_tell_the_labels_colours() -> None:
    labels = np.tile(np.eye(3, dtype=np.float32), (8, 1))
    pictures = np.ascontiguousarray(np.broadcast_to((labels * 255).astype(np.uint8)[:, None, None], (24, 16, 16, 3)))
    store = Store(pictures, labels, np.zeros((24, 1), np.float32), {"hair": ("red", "green", "blue")})
    training = TrainingRun(Settings(resolution=16, kimg=0, warm_kimg=0.6, fit_rate=0.02, **TINY), store, CPU)
    losses_ = [figures["fit"] for figures in figures_of(training, 75)]
    assert np.mean(losses_[-10:]) < 0.25 * losses_[0]


def test_a_mapping_learns_to_respond_to_an_ignored_knob() -> None:
    training = TrainingRun(Settings(resolution=32, kimg=0, warm_kimg=1, fit_rate=0.05, **TINY), small_store(), CPU)

    def batches(first: int, count: int) -> list[Batch]:
        return [
            draw_batch(training.store, training.settings, 32, number, CPU) for number in range(first, first + count)
        ]

    def ignored() -> float:
        return sum(sensitivity_loss(training.generator, batch).item() for batch in batches(1000, 40)) / 40

    assert ignored() < 1e-3
    with torch.no_grad():
        training.generator.get_parameter("mapping.fc0.weight")[:, 2] *= 1e-3  # the weights of a knob
    blind = ignored()
    assert blind > 0.02
    for batch in batches(0, 150):
        training.optimizer.zero_grad()
        torch.autograd.backward(sensitivity_loss(training.generator, batch))
        training.optimizer.step()
    assert ignored() < blind / 10


def test_growing_does_not_change_the_picture_at_first() -> None:
    store = small_store(64)
    training = TrainingRun(Settings(resolution=64, kimg=0, warm_kimg=1, **TINY), store, CPU)
    small = training.average
    large = training._new_generator(training.stages[-1]).eval()
    copy_generator(small, large)
    small.precision = large.precision = "exact"
    z, label = normal(0, 2, 5, dtype=torch.float32), torch.eye(3)[:2]
    with torch.no_grad():
        before = small.synthesis(small.mapping(z, label))
        after = large.synthesis(large.mapping(z, label))
    assert torch.allclose(
        torch.nn.functional.avg_pool2d(after, 2)[..., 1:-1, 1:-1].mean(), before[..., 1:-1, 1:-1].mean(), atol=0.02
    )
    assert after.shape == (2, 3, 64, 64)


def test_another_learning_rate_of_the_mapping_does_not_change_the_picture() -> None:
    settings = [
        Settings(resolution=32, kimg=1, mapping_lr=rate, seed=seed, **TINY) for seed, rate in enumerate((0.01, 1.0))
    ]
    slow, fast = (TrainingRun(chosen, small_store(32), CPU).average for chosen in settings)
    z, label = normal(0, 2, 5, dtype=torch.float32), torch.eye(3)[:2]
    with torch.no_grad():
        wanted = slow.mapping(z, label)
        assert not torch.allclose(fast.mapping(z, label), wanted, atol=0.1)
        copy_generator(slow, fast)
        assert torch.allclose(fast.mapping(z, label), wanted, atol=1e-5)


# --- drawn ----------------------------------------------------------------------------------------


def test_drawings_are_reproducible(tmp_path: Path) -> None:
    store = make_drawn_store(tmp_path, "drawn", 3, 32, seed=5)
    again = draw_portraits("drawn", range(3), 32, 5)
    assert all(np.array_equal(store.pictures[i], again[i][0]) for i in range(3))
    assert np.array_equal(store.labels, np.stack([row[1] for row in again]))
    assert store.paired
    assert store.continuous.shape[0] == 3


def test_an_interrupted_drawing_keeps_its_finished_shards(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(stores, "SHARD", 4)
    drawn_indices: list[int] = []

    def draw(indices: range) -> Iterator[stores.Example]:
        for index in indices:
            if index == 6 and len(drawn_indices) == 6:
                raise KeyboardInterrupt
            drawn_indices.append(index)
            picture, number = np.full((8, 8, 3), index, np.uint8), np.full(2, index, np.float32)
            yield picture, number, number

    with pytest.raises(KeyboardInterrupt):
        stores.write_shards(tmp_path, draw, 10, {"hair": ("pink", "blue")})
    assert open_store(tmp_path) is None
    store = stores.write_shards(tmp_path, draw, 10, {"hair": ("pink", "blue")})
    assert drawn_indices == [0, 1, 2, 3, 4, 5, 4, 5, 6, 7, 8, 9]
    assert store.pictures[np.arange(10)][:, 0, 0, 0].tolist() == store.labels[:, 0].tolist() == list(range(10))
    assert len(store) == 10
    assert store.pictures[9].shape == (8, 8, 3)


DRAWS_ON = """
from generator.train.data.drawing import draw_examples
if __name__ == "__main__":
    drawings = draw_examples("drawn", range(10**6), 32, 5)
    next(drawings)
    print("draws", flush=True)
    list(drawings)
"""


def test_the_processes_that_draw_end_with_the_one_that_started_them(tmp_path: Path) -> None:
    script = tmp_path / "draws.py"
    script.write_text(DRAWS_ON)
    command = [sys.executable, str(script)]
    with subprocess.Popen(command, stdout=subprocess.PIPE, cwd=ROOT, env=os.environ | {"PYTHONPATH": str(ROOT)}) as one:
        assert one.stdout is not None
        assert one.stdout.readline() == b"draws\n"
        drawing = psutil.Process(one.pid).children()
        assert len(drawing) >= 2  # one for each processor, and Python's own that cleans up
        one.kill()
        _, left = psutil.wait_procs(drawing, timeout=60)
        assert not left


def test_a_hard_share_shows_more_hard_values_and_changes_no_other_trait() -> None:
    labels = {hard: np.stack([row[1] for row in draw_portraits("drawn", range(200), 16, 5, hard)]) for hard in (0, 1)}

    def share(hard_share: int, trait: str, value: str) -> float:
        at = [(t, v) for t, values in drawn.TRAITS.items() for v in values].index((trait, value))
        return float(labels[hard_share][:, at].mean())

    assert share(0, "accessory", "clip") < 0.15
    assert 0.4 < share(1, "accessory", "clip") < 0.6
    assert share(0, "hair", "pink") == share(1, "hair", "pink")


def test_the_odds_of_the_drawn_traits_are_the_artists() -> None:
    odds = artists()["drawn"].odds()
    assert {trait: len(shares) for trait, shares in odds.items()} == {
        trait: len(values) for trait, values in drawn.TRAITS.items()
    }
    assert odds["glasses"][0] == pytest.approx(0.7, abs=0.03)
    assert all(sum(shares) == pytest.approx(1, abs=0.002) for shares in odds.values())


# --- the command ----------------------------------------------------------------------------------


def options(*words: str) -> argparse.Namespace:
    """Read the options of a run. One that is new measures no snapshots, which takes seconds, unless it is told to."""
    parser = argparse.ArgumentParser()
    add_arguments(parser)
    return parser.parse_args(words if "--resume" in words else ["--features", "none", *words])


def test_a_folder_is_trained_on_resumed_and_exported(tmp_path: Path) -> None:
    folder, out = filled_folder(tmp_path / "in"), tmp_path / "run"
    words = ["--resolution", "32", "--batch", "4", "--device", "cpu"]
    assert run(options("--data", str(folder), "--out", str(out), "--kimg", "0.004", "--name", "mine", *words)) == 0
    assert run(options("--resume", str(out), "--kimg", "0.008", "--device", "cpu")) == 0
    assert [path.name for path in sorted((out / "sheets").glob("*.png"))] == [f"{n:09}.png" for n in (0, 4, 8)]
    generator = checkpoints.load(out / "mine.safetensors")
    assert generator.resolution == 32
    assert generator.name == "mine"
    assert checkpoints.inspect(out / "mine.safetensors").card["pictures seen"] == 8


def test_a_run_whose_minutes_are_over_saves_and_can_be_resumed(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    folder, out = filled_folder(tmp_path / "in"), tmp_path / "run"
    words = ["--resolution", "32", "--batch", "4", "--device", "cpu", "--kimg", "0.004", "--minutes", "0"]
    assert run(options("--data", str(folder), "--out", str(out), *words)) == 0
    assert "0 pictures, stopped; resume with" in capsys.readouterr().err
    assert run(options("--resume", str(out), "--device", "cpu")) == 0
    assert "4 pictures, done" in capsys.readouterr().err


@pytest.mark.parametrize("word", [["--mirror"], ["--augment", "0.4"], ["--augment", "ada"]])
def test_drawings_are_neither_mirrored_nor_augmented_at_the_start_or_later(word: list[str], tmp_path: Path) -> None:
    out = tmp_path / "run"
    words = ["--data", "drawn", "--drawings", "4", "--resolution", "32", "--config", "tiny", "--minutes", "0"]
    with pytest.raises(errors.Conflict, match=f"either {word[0]} or drawings"):
        run(options(*words, *word, "--out", str(out)))
    assert not out.exists()
    assert run(options(*words, "--out", str(out))) == 0
    with pytest.raises(errors.Conflict, match=f"either {word[0]} or drawings"):
        run(options("--resume", str(out), *word))


def test_a_batch_that_cannot_be_divided_between_processes_makes_no_folder(tmp_path: Path) -> None:
    folder, out = filled_folder(tmp_path / "in"), tmp_path / "run"
    words = options("--data", str(folder), "--out", str(out), "--resolution", "32", "--batch", "12")
    with ExitStack() as stack, pytest.raises(errors.BadValue, match="--batch"):
        command._start(out, words, Process(0, 2), CPU, stack)
    assert not out.exists()


def test_a_run_may_start_from_a_network_of_half_the_size(tmp_path: Path) -> None:
    store = small_store(64)
    small = TrainingRun(Settings(resolution=32, kimg=0, warm_kimg=1, **TINY), store, CPU)
    checkpoints.save(small.average, tmp_path / "small.safetensors")
    large = TrainingRun(
        Settings(resolution=64, start_resolution=32, kimg=0, warm_kimg=1, **TINY),
        store,
        CPU,
        Start(checkpoints.load(tmp_path / "small.safetensors"), checkpoints.load(tmp_path / "small.safetensors")),
    )
    assert [(stage.kind, stage.resolution) for stage in large.stages] == [("fit", 64)]
    assert torch.equal(
        large.generator.state_dict()["synthesis.b32.conv1.weight"],
        small.average.state_dict()["synthesis.b32.conv1.weight"],
    )


def test_training_on_the_artists_portraits_goes_on_from_the_network_that_knows_them(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    start, out = tmp_path / "artist.safetensors", tmp_path / "run"
    hyper = Hyperparameters(32, {4: 16, 8: 8, 16: 4, 32: 2}, w_dim=16, num_mapping_layers=1)
    checkpoints.save(Generator.new(hyper), start, half=True)
    monkeypatch.setattr(command, "SMALL_ARTIST_START", start)
    monkeypatch.setattr("generator.train.options.ARTIST_SETTINGS", {"channel_base": 64, "w_dim": 16})
    words = ["--resolution", "32", "--out", str(out), "--minutes", "0", "--drawings", "2"]
    assert run(options("--data", "artist", *words)) == 0
    begun = torch.load(out / "state.pt", weights_only=True)["average"]
    name = "synthesis.b16.conv1.weight"
    assert torch.equal(begun[name], checkpoints.load(start).state_dict()[name])
    (made,) = out.glob("*.safetensors")
    knobs = checkpoints.inspect(made).knobs
    assert knobs is not None
    assert knobs.names == artists()["artist"].knobs


@pytest.mark.parametrize("start", [command.SMALL_ARTIST_START, command.ARTIST_START], ids=lambda start: start.stem)
def test_by_default_the_whole_network_that_knows_the_artists_portraits_is_taken_along(
    start: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    side = checkpoints.inspect(start).size[0]
    words = ["--resolution", str(side), "--out", str(tmp_path / "run"), "--minutes", "0", "--drawings", "2"]
    assert run(options("--data", "artist", "--threads", "1", *words)) == 0
    said = "".join(capsys.readouterr())
    assert re.search(r"generator: ([\d,]+) of its \1 parameters are copied \(100\.0 %\)$", said, re.MULTILINE), said


@pytest.mark.parametrize(
    ("words", "begins"),
    [
        ([], "artist-1.safetensors"),
        (["--resolution", "256"], checkpoints.EMBEDDED.name),
        (["--start-from", "none"], None),
        (["--start-from", "other.safetensors"], "other.safetensors"),
        (["--data", "drawn"], None),
    ],
)
def test_what_a_run_begins_with_can_be_chosen(words: list[str], begins: str | None) -> None:
    start = command._choose_start(options("--data", "artist", *words))
    assert (start and start.name) == begins


def test_a_second_run_in_the_same_folder_is_refused(tmp_path: Path) -> None:
    (tmp_path / "settings.json").write_text("{}")
    with pytest.raises(errors.BadValue, match="if it holds a run, resume that with --resume"):
        run(options("--data", "drawn", "--out", str(tmp_path)))


@pytest.mark.parametrize("name", ["pictures/00.png", "trained.safetensors", "progress.webp", "left-out.txt"])
def test_a_run_writes_over_nothing_that_is_in_its_folder(name: str, tmp_path: Path) -> None:
    (out := tmp_path / "mine" / name).parent.mkdir(parents=True)
    out.write_bytes(b"mine")
    for number in range(20):
        Image.new("L", (32, 32), number).save(
            tmp_path / "mine" / "pictures" / f"{number:02}.png"
        ) if "/" in name else None
    before = {path: path.read_bytes() for path in (tmp_path / "mine").rglob("*") if path.is_file()}
    data = tmp_path / "mine" / "pictures" if "/" in name else tmp_path / "none"
    with pytest.raises(errors.BadValue, match=f"another folder, as {name.partition('/')[0]} is in it"):
        run(options("--data", str(data), "--out", str(tmp_path / "mine")))
    assert {path: path.read_bytes() for path in (tmp_path / "mine").rglob("*") if path.is_file()} == before


def test_pictures_that_cannot_be_used_take_nothing_of_others_with_them(tmp_path: Path) -> None:
    (data := tmp_path / "few").mkdir()
    (out := tmp_path / "out").mkdir()
    (out / "notes.txt").write_text("mine")
    for number in range(3):
        Image.new("L", (32, 32), number).save(data / f"{number}.png")
    for number in range(20):
        (data / f"bad{number}.png").write_bytes(b"")
    with pytest.raises(errors.TooFewPictures):
        run(options("--data", str(data), "--out", str(out), "--resolution", "32"))
    assert [path.name for path in out.iterdir()] == ["notes.txt"]
    assert len(list(data.iterdir())) == 23


def test_a_full_disk_is_one_sentence_and_leaves_the_checkpoint_before(tmp_path: Path) -> None:
    training = TrainingRun(Settings(8, 1, **TINY), small_store(8), CPU)
    with small_disk(tmp_path / "disk", 8_000_000) as disk:
        training.save(disk / "state.pt")
        before = (disk / "state.pt").read_bytes()
        taken = fill(disk)
        with pytest.raises(errors.CannotWrite, match="No space left"):
            training.save(disk / "state.pt")
        assert sorted(path.name for path in disk.iterdir()) == sorted(["state.pt", taken.name])
        assert (disk / "state.pt").read_bytes() == before
        example = (np.zeros((64, 64, 3), np.uint8), np.zeros(0, np.float32), np.zeros(0, np.float32))
        with pytest.raises(errors.CannotWrite, match="No space left"):
            stores.write_shards(disk / "drawn", lambda indices: [example for _ in indices], 4, {})
        with pytest.raises(errors.CannotWrite, match="No space left"):
            write_store(disk / "filled", [example] * 4, 4, {})


def test_resuming_without_a_run_is_refused_with_a_sentence(tmp_path: Path) -> None:
    with pytest.raises(errors.NoRun, match=r"settings\.json is missing"):
        run(options("--resume", str(tmp_path)))
    (tmp_path / "settings.json").write_text("{")
    with pytest.raises(errors.NoRun, match=r"settings\.json is damaged"):
        run(options("--resume", str(tmp_path)))


def test_a_damaged_checkpoint_is_refused_with_a_sentence(tmp_path: Path) -> None:
    folder, out = filled_folder(tmp_path / "in"), tmp_path / "run"
    assert (
        run(options("--data", str(folder), "--out", str(out), "--kimg", "0.002", "--resolution", "32", "--batch", "2"))
        == 0
    )
    (out / "state.pt").write_bytes((out / "state.pt").read_bytes()[:5000])
    with pytest.raises(errors.NoRun, match=r"state\.pt is damaged"):
        run(options("--resume", str(out)))


def test_training_without_data_is_refused_with_a_sentence(tmp_path: Path) -> None:
    with pytest.raises(errors.MissingOption):
        run(options("--out", str(tmp_path)))


# --- several processes ----------------------------------------------------------------------------

FULL = bool(os.environ.get("FULL_SIZE"))
SHARED = {
    "drawn": {"kimg": 1, "warm_kimg": 0.016, "feature_weight": 1.0, "batch": 8},
    "folder": {"kimg": 1, "augment": 1, "mirror": 1, "path_every": 1, "mixing": 1.0, "r1_every": 2, "batch": 8},
    "pieces": {"kimg": 1, "accumulate": 2, "path_weight": 0, "mixing": 0, "r1_every": 1, "batch": 16},
}


def train_by_two(block: Path, out: Path, settings: dict[str, float], batches: int) -> None:
    """Train in two processes that find each other as those of ``torchrun`` do, by variables of the environment."""
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        address = {"MASTER_ADDR": "127.0.0.1", "MASTER_PORT": str(free.getsockname()[1])}
    command = [sys.executable, shared_run.__file__, str(block), str(out), json.dumps(settings), str(batches)]
    environ = os.environ | address | {"OMP_NUM_THREADS": "1", "PYTHONPATH": str(ROOT), "WORLD_SIZE": "2"}
    both = [subprocess.Popen(command, env=environ | {"RANK": rank, "LOCAL_RANK": rank}) for rank in "01"]
    assert [process.wait() for process in both] == [0, 0]


@pytest.mark.timeout(300)
@pytest.mark.parametrize("data", SHARED if FULL else ["drawn"])
def test_two_processes_learn_what_one_would_alone(data: str, tmp_path: Path) -> None:
    settings = {"resolution": 8, **TINY, **SHARED[data]}
    store = small_store(8)
    labels = store.labels if data == "drawn" else np.zeros((len(store), 0), np.float32)
    rows = [
        (store.pictures[i], labels[i], store.continuous[i] if data == "drawn" else labels[i]) for i in range(len(store))
    ]
    write_store(tmp_path / "block", iter(rows), len(rows), store.traits if data == "drawn" else {})
    batches = 3 if data == "drawn" else 1
    shared_run.main(tmp_path / "block", tmp_path / "1.pt", settings, batches)
    train_by_two(tmp_path / "block", tmp_path / "2.pt", settings, batches)
    one, two = (torch.load(tmp_path / f"{n}.pt", weights_only=True) for n in (1, 2))
    assert two["seen"] == one["seen"] == SHARED[data]["batch"] * batches
    assert two["controller"] == one["controller"]
    for alone, together in zip(one["figures"], two["figures"], strict=True):
        assert together.pop("path", 0) == pytest.approx(alone.pop("path", 0), rel=0.05)  # the noise differs
        assert together == pytest.approx(alone, rel=1e-3, abs=1e-4)
    for name, tensor in one["state"].items():
        # A folder's generator takes random noise, which differs between processes.
        if data == "drawn" or name.startswith("discriminator"):
            far = (two["state"][name] - tensor).abs() > 1e-4 * tensor.abs().max() + 1e-5
            assert far.float().mean() < 0.01, name  # Adam turns even a gradient of rounding errors into a full step


def test_a_batch_that_cannot_be_divided_is_refused_with_a_sentence() -> None:
    with pytest.raises(errors.BadValue, match="a multiple of 8 for 2 processes"):
        TrainingRun(
            Settings(resolution=16, kimg=1, **{**TINY, "batch": 12}), small_store(16), CPU, process=Process(0, 2)
        )


def test_every_picture_of_a_batch_is_in_one_shard_with_those_it_is_compared_with() -> None:
    rows = np.arange(16)
    parts = [Process(rank, 2).shard(rows, 16) for rank in range(2)]
    assert sorted(np.concatenate(parts).tolist()) == rows.tolist()
    assert parts[0].tolist() == [0, 1, 4, 5, 8, 9, 12, 13]
    assert Process(0, 2).shard(rows[:8], 16).tolist() == [0, 1, 4, 5]
    x = normal(0, 16, 2, 3, 3)
    whole = minibatch_deviation(x)[:, 2]
    for part in parts:
        assert torch.allclose(minibatch_deviation(x[part])[:, 2], whole[part])


@pytest.mark.skipif(not FULL, reason="FULL_SIZE=1 runs it; two processes, above, learn what one would")
@pytest.mark.timeout(300)
def test_torchrun_trains_with_the_command_and_writes_one_run(tmp_path: Path) -> None:
    folder, out = filled_folder(tmp_path / "in"), tmp_path / "run"
    words = [
        "--data",
        str(folder),
        "--out",
        str(out),
        "--kimg",
        "0.008",
        "--resolution",
        "32",
        "--batch",
        "8",
        "--device",
        "cpu",
    ]
    together = [
        sys.executable,
        "-m",
        "torch.distributed.run",
        "--standalone",
        "--nproc-per-node=2",
        "-m",
        "generator",
        "train",
    ]
    done = subprocess.run(
        [*together, *words], env=os.environ | {"OMP_NUM_THREADS": "1"}, cwd=ROOT, capture_output=True, text=True
    )
    assert done.returncode == 0, done.stderr
    assert re.findall(r"(\d+) pictures, done", done.stderr) == ["8"]
    assert checkpoints.inspect(out / "trained.safetensors").card["pictures seen"] == 8
    assert len(list((out / "sheets").iterdir())) == 2
