"""Tests the back ends: each draws the same faces as the network, and a run neither waits for one nor switches."""

import os
import queue
import subprocess
import sys
import time
from collections.abc import Sequence
from pathlib import Path

import pytest
import torch

from bot import config
from generator.cli.serve import BACKENDS as cli_backends
from generator.contract.protocol import Model, Run
from generator.contract.recipe import Recipe
from generator.execution import backends
from generator.rendering import render
from generator.stylegan.generator import Draw
from generator.stylegan2.hyperparameters import Hyperparameters
from generator.stylegan2.network import Generator
from generator.worker import background, worker
from generator.worker.background import BackendBuilt
from generator.worker.models import LoadedModels, ModelFile
from generator.worker.outbox import Outbox
from generator.worker.stdio import EndOfInput
from generator.worker.worker import Worker


@pytest.fixture
def generator() -> Generator:
    hyper = Hyperparameters(32, {4: 16, 8: 16, 16: 8, 32: 8}, z_dim=16, w_dim=16, num_mapping_layers=2)
    made = Generator.new(hyper, seed=3, name="tiny")
    with torch.no_grad():
        for name, parameter in made.named_parameters():
            if name.endswith("noise_strength"):
                parameter.fill_(0.3)
    made.estimate_w_avg(200)
    return made.freeze()


def needs(name: str, generator: Generator) -> None:
    reason = backends.BACKENDS[name].why_not(generator)
    if reason is not None:
        pytest.skip(reason)


@pytest.mark.filterwarnings("ignore")  # warnings of torch's tracer
@pytest.mark.parametrize("name", backends.BACKENDS)
def test_every_back_end_draws_the_same_faces(name: str, generator: Generator) -> None:
    needs(name, generator)
    draw = backends.build(name, generator) or generator.synthesis.draw
    w = generator.mapping(torch.randn(3, 16, generator=torch.Generator().manual_seed(1)), psi=0.7)
    for noise in ("const", "random", "none"):
        noises = generator.synthesis.noise_planes(3, noise, [1, 2, 3])
        with torch.no_grad():
            assert (draw(w, noises) - generator.synthesis.draw(w, noises)).abs().max() < 1e-4


def test_a_back_end_that_draws_something_else_is_not_used(
    generator: Generator, monkeypatch: pytest.MonkeyPatch
) -> None:
    def off(network: object, dtypes: object) -> Draw:
        return lambda w, noises: generator.synthesis.draw(w, noises) + 0.05

    monkeypatch.setattr(backends, "BACKENDS", {"off": backends.Backend(lambda generator: None, off)})
    with pytest.raises(backends.CannotUse, match="levels of colour"):
        backends.build("off", generator)


def test_a_network_that_half_precision_spoils_draws_in_float32(
    generator: Generator, monkeypatch: pytest.MonkeyPatch
) -> None:
    halved = {4: torch.float32, 8: torch.float32, 16: torch.float32, 32: torch.bfloat16}
    monkeypatch.setattr(generator.synthesis, "dtypes", lambda device: halved)
    generator.precision = "auto"
    with torch.no_grad():
        generator.synthesis.b32.torgb.weight.mul_(0.01)  # so pale that rounding errors are invisible
        generator.synthesis.b32.torgb.bias.zero_()
    assert backends.settle_precision(generator).precision == "auto"
    with torch.no_grad():
        generator.synthesis.b32.torgb.weight.mul_(200)
    assert backends.settle_precision(generator.freeze()).precision == "exact"


def test_openvino_sends_no_telemetry(generator: Generator, tmp_path: Path) -> None:
    needs("openvino", generator)
    code = (
        "import sys; from generator.execution import backends\n"
        "from generator.stylegan2.network import Generator, Hyperparameters\n"
        "generator = Generator.new(Hyperparameters(8, {4: 4, 8: 4}, z_dim=4, w_dim=4)).freeze()\n"
        "backends.build('openvino', generator)\n"
        "assert 'openvino' in sys.modules and not [m for m in sys.modules if m.startswith('openvino_telemetry.')]"
    )
    subprocess.run([sys.executable, "-c", code], check=True, env=os.environ | {"HOME": str(tmp_path)})
    assert not list(tmp_path.rglob("stats"))


def prepare_auto(generator: Generator, monkeypatch: pytest.MonkeyPatch, gains: dict[int, float]) -> list[str]:
    """Let OpenVINO seem to be installed and to draw so many times as fast. Return a list of what is made."""
    made: list[str] = []

    def make(network: backends.SynthesisNetwork, dtypes: object) -> Draw:
        made.append("openvino")
        return lambda w, inputs: network.draw(w, inputs)

    row = backends.Backend(lambda generator: None, make)
    monkeypatch.setattr(backends, "BACKENDS", {**backends.BACKENDS, "openvino": row})
    monkeypatch.setattr(backends, "measure_gain", lambda generator, draw, count: gains[count])
    generator.precision = "auto"
    return made


@pytest.mark.parametrize(("alone", "many", "wins"), [(1.3, 1.01, True), (1.1, 1.5, False), (2.0, 0.9, False)])
def test_auto_takes_openvino_only_where_it_draws_faster_alone_and_no_slower_in_a_full_batch(
    generator: Generator, monkeypatch: pytest.MonkeyPatch, alone: float, many: float, wins: bool
) -> None:
    made = prepare_auto(generator, monkeypatch, {1: alone, 4: many})
    assert (backends.build("auto", generator) is not None) == wins
    assert backends.build("openvino", generator) is not None  # who asks for it gets it
    assert made == ["openvino"] * 2


def test_auto_leaves_exact_pictures_and_large_networks_to_pytorch(
    generator: Generator, monkeypatch: pytest.MonkeyPatch
) -> None:
    made = prepare_auto(generator, monkeypatch, {1: 9.0, 4: 9.0})
    generator.precision = "exact"
    assert backends.build("auto", generator) is None
    generator.precision = "auto"
    monkeypatch.setattr(backends, "MAX_TRIED_WEIGHTS", 1000)
    assert backends.build("auto", generator) is None
    assert made == []


def test_a_gain_is_measured_in_turns_and_in_bounded_time(generator: Generator, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(backends, "RACE_S", 0.0)
    sizes: list[int] = []

    def slow(w: torch.Tensor, inputs: Sequence[torch.Tensor | None]) -> torch.Tensor:
        sizes.append(len(w))
        time.sleep(0.2)
        return w

    assert 0 < backends.measure_gain(generator, slow, 3) < 1
    assert sizes == [3, 3]


def test_what_fails_though_nobody_asked_for_it_is_told_in_one_line(
    generator: Generator, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    prepare_auto(generator, monkeypatch, {1: 9.0, 4: 9.0})

    def fail(generator: object, draw: object, count: int) -> float:
        raise RuntimeError("no memory")

    monkeypatch.setattr(backends, "measure_gain", fail)
    inbox: queue.Queue[object] = queue.Queue()
    background.build_backend("auto", generator, inbox)
    assert inbox.get_nowait() == BackendBuilt(generator, None)
    (record,) = [record for record in caplog.records if record.levelname == "WARNING"]
    assert record.exc_info is None
    assert "tiny" in record.getMessage()
    assert "no memory" in record.getMessage()


@pytest.mark.parametrize("is_busy", [False, True])
def test_a_back_end_that_nobody_asked_for_is_built_when_nothing_waits_or_after_a_time(
    generator: Generator, monkeypatch: pytest.MonkeyPatch, is_busy: bool
) -> None:
    monkeypatch.setattr(worker, "CALM_SECONDS", 60.0 if is_busy else 0.01)
    monkeypatch.setattr(worker, "LATEST_SECONDS", 0.0 if is_busy else 60.0)
    inbox: queue.Queue[object] = queue.Queue()
    happened: list[str] = []

    def build(name: str, network: object) -> None:
        happened.append(name)
        inbox.put(EndOfInput(0))

    def synthesise(network: object, plans: object, picks: list[list[int]], given: object) -> object:
        happened.append("drawn")
        return torch.zeros(sum(map(len, picks)), 32, 32, 3, dtype=torch.uint8).numpy()

    monkeypatch.setattr(backends, "build", build)
    models = LoadedModels([ModelFile(Path(__file__), Model("tiny", 32, "d", {}))], lambda file: generator)
    models.add("tiny", generator)
    outbox = Outbox(lambda frame: None)
    inbox.put(Run(1, "waifu 5 model=tiny", 10**7, "ann"))
    assert Worker(models, inbox, outbox, synthesise=synthesise, backend="auto").serve() == 0
    assert "auto" in happened
    assert is_busy or happened == ["drawn", "auto"]
    outbox.close()


def test_a_back_end_that_cannot_run_here_says_why(generator: Generator) -> None:
    with pytest.raises(backends.CannotUse, match="GPU"):
        backends.build("graphs", generator)
    assert backends.build("auto", generator) is None


def test_the_command_line_and_the_setting_offer_every_back_end() -> None:
    assert set(cli_backends) == {"auto", *backends.BACKENDS}
    assert [config.load(Path(os.devnull), {"WAIFUBOT_BACKEND": name}).backend for name in cli_backends] == [
        *cli_backends
    ]


def test_a_run_keeps_the_back_end_that_it_began_with(generator: Generator) -> None:
    """The back end becomes available after the first batch.

    The run that is under way goes on without it; the next run uses it.
    """
    inbox: queue.Queue[object] = queue.Queue()
    sent: list[bytes] = []
    drawn_by: list[tuple[int, bool]] = []

    def draw(w: torch.Tensor, noises: object) -> torch.Tensor:
        raise AssertionError("synthesise gets it, and does not call it here")

    def synthesise(network: Generator, plans: object, picks: list[list[int]], given: Draw | None) -> object:
        count = sum(map(len, picks))
        drawn_by.append((count, given is draw))
        if len(drawn_by) == 1:
            inbox.put(BackendBuilt(network, draw))
            inbox.put(Run(2, "waifu 5 model=tiny psi=0.7", 10**7, "ann"))
        if sum(n for n, _ in drawn_by) == 9:
            inbox.put(EndOfInput(0))
        return torch.zeros(count, 32, 32, 3, dtype=torch.uint8).numpy()

    file = ModelFile(Path(__file__), Model("tiny", 32, "d", {}))
    models = LoadedModels([file], lambda file: generator)
    models.add("tiny", generator)
    outbox = Outbox(sent.append)
    inbox.put(Run(1, "morph 1 2 frames=8 model=tiny", 10**7, "ann"))
    assert Worker(models, inbox, outbox, synthesise=synthesise).serve() == 0
    assert {built for count, built in drawn_by} == {True, False}
    assert sum(count for count, built in drawn_by if built) == 1
    outbox.close()


@pytest.mark.gpu
@pytest.mark.skipif(not torch.cuda.is_available(), reason="needs a CUDA device")
def test_graphs_draw_the_same_faces_at_every_batch_size(generator: Generator) -> None:
    generator.to("cuda")
    draw = backends.build("graphs", generator)
    assert draw is not None
    kept = []
    for n in (1, 3, 4, 3):
        w = generator.mapping(torch.randn(n, 16).cuda(), psi=0.7)
        for noise in ("const", "random"):
            noises = generator.synthesis.noise_planes(n, noise, list(range(n)))
            with torch.no_grad():
                found, expected = draw(w, noises), generator.synthesis.draw(w, noises)
            assert (found - expected).abs().max() < 1e-3
            kept.append((found, found.clone()))
    assert all(torch.equal(found, then) for found, then in kept)  # no replay overwrote an earlier picture


@pytest.mark.gpu
@pytest.mark.skipif(not torch.cuda.is_available(), reason="needs a CUDA device")
def test_faces_land_in_order_while_the_next_are_drawn(generator: Generator) -> None:
    recipe = Recipe.parse("morph 1 2 frames=23")
    expected = render.raw_frames(recipe, generator, enlarge=False)
    graphs = backends.build("graphs", generator.to("cuda"))
    found = render.raw_frames(recipe, generator, enlarge=False, draw=graphs)
    assert abs(found.astype(int) - expected).max() <= 1
