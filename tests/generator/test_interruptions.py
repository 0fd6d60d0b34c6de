"""A single picture is drawn in the middle of another's batch, by a real network in a worker of this process."""

import json
import queue
import threading
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import pytest
from checkpoint_writers import generator as make_generator

from generator.contract.protocol import Cancel, Decoder, Failed, Finished, Message, Model, Part, Run
from generator.rendering import render
from generator.rendering.batch_size import BatchSize
from generator.stylegan2.network import Generator
from generator.worker import worker as workers
from generator.worker.models import LoadedModels, ModelFile
from generator.worker.outbox import Outbox
from generator.worker.stdio import EndOfInput
from generator.worker.worker import Worker

MORPH, FACE = "morph 1 2 frames=8", "waifu 5"


@dataclass
class Drawn:
    """What a worker sent and drew."""

    batches: list[list[list[Any]]] = field(default_factory=list)  # of each batch: the runs and their faces
    endings: dict[int, Finished | Failed] = field(default_factory=dict)
    files: dict[int, bytes] = field(default_factory=dict)


def work(folder: Path, sent: Mapping[int, Sequence[Message]], monkeypatch: pytest.MonkeyPatch) -> Drawn:
    """Have a worker draw what is ``sent``: at 0 from the beginning, at n when the nth layer is drawn."""
    monkeypatch.setattr(render, "batch_size_for", lambda _: BatchSize(capacity=4, limit=4, seconds=9.0))
    network = make_generator(1, resolution=16, channels={4: 4, 8: 4, 16: 4}, z_dim=8, w_dim=8, num_mapping_layers=1)
    network.freeze()
    inbox: queue.Queue[Any] = queue.Queue()
    received: queue.Queue[Message] = queue.Queue()
    decoder, layers = Decoder(), 0

    def send(*_: object) -> None:
        nonlocal layers
        layers += 1
        for message in sent.get(layers, ()):
            inbox.put(message)

    for layer in network.synthesis.children():
        layer.register_forward_pre_hook(send)
    models = LoadedModels([ModelFile(Path(__file__), Model("tiny", 16, "d", {}))], lambda _: network)
    models.add("tiny", network)
    outbox = Outbox(lambda frame: [received.put(message) for message in decoder.feed(frame)])
    for message in sent[0]:
        inbox.put(message)
    worker = Worker(models, inbox, outbox, trace=folder / "trace")
    threads = [threading.Thread(target=target, daemon=True) for target in (outbox.run, worker.serve)]
    for thread in threads:
        thread.start()
    runs = {message.id for messages in sent.values() for message in messages if isinstance(message, Run)}
    drawn = Drawn()
    while drawn.endings.keys() < runs:
        message = received.get(timeout=60)
        if isinstance(message, Part):
            drawn.files[message.id] = drawn.files.get(message.id, b"") + message.body
        elif isinstance(message, Finished | Failed):
            drawn.endings[message.id] = message
    inbox.put(EndOfInput(0))
    threads[1].join(60)
    outbox.close()
    drawn.batches = [json.loads(line)["faces"] for line in (folder / "trace").read_text().splitlines()]
    return drawn


def run(id_: int, line: str, person: str) -> Run:
    return Run(id_, f"{line} model=tiny psi=0.7", 10**7, person)


def test_a_single_picture_is_drawn_before_the_batch_in_whose_middle_it_was_asked_for(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    drawn = work(tmp_path, {0: [run(1, MORPH, "ann")], 2: [run(2, FACE, "bob")]}, monkeypatch)
    assert drawn.batches[0] == [[2, [0]]]
    assert drawn.batches[1] == [[1, [0, 1, 2, 3]]]
    for id_, line in ((1, MORPH), (2, FACE)):
        (folder := tmp_path / str(id_)).mkdir()
        assert work(folder, {0: [run(id_, line, "ann")]}, monkeypatch).files[id_] == drawn.files[id_]


def test_a_grid_waits_for_the_end_of_a_batch(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    moments = {0: [run(1, MORPH, "ann")], 2: [run(2, "grid 2 seed=7", "bob")]}
    drawn = work(tmp_path, moments, monkeypatch)
    assert drawn.batches[0] == [[1, [0, 1, 2, 3]]]
    assert all(isinstance(ending, Finished) for ending in drawn.endings.values())


def test_a_batch_goes_on_after_so_many_single_pictures(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(workers, "MOST_BETWEEN", 2)
    asked = [run(n, f"waifu {n}", f"person {n}") for n in range(2, 7)]
    drawn = work(tmp_path, {0: [run(1, MORPH, "ann")], 2: asked}, monkeypatch)
    assert [batch[0][0] for batch in drawn.batches[:3]] == [2, 3, 1]
    assert all(isinstance(ending, Finished) for ending in drawn.endings.values())


@pytest.mark.parametrize("first", [lambda: Cancel(1), lambda: run(1, "waifu 9", "twice")])
def test_what_else_arrives_in_the_middle_of_a_batch_waits_for_its_end(
    first: Callable[[], Message], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    moments = {0: [run(1, MORPH, "ann")], 2: [first(), run(2, FACE, "bob")]}
    drawn = work(tmp_path, moments, monkeypatch)
    assert drawn.batches[0] == [[2, [0]]]
    assert isinstance(drawn.endings[2], Finished)
    assert isinstance(drawn.endings[1], Failed if isinstance(moments[2][0], Cancel) else Finished)


def test_a_failure_in_the_middle_of_a_batch_ends_nobody_elses_run(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    real = render.synthesise

    def fails(network: Generator, plans: Any, picks: Sequence[Sequence[int]], draw: Any) -> render.Faces:
        if picks == [[0]]:
            raise ZeroDivisionError
        return real(network, plans, picks, draw)

    monkeypatch.setattr(Worker.__init__, "__kwdefaults__", Worker.__init__.__kwdefaults__ | {"synthesise": fails})
    drawn = work(tmp_path, {0: [run(1, MORPH, "ann")], 2: [run(2, FACE, "bob")]}, monkeypatch)
    assert isinstance(drawn.endings[2], Failed)
    assert isinstance(drawn.endings[1], Finished)
