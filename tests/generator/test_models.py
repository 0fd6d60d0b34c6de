"""Tests the models that a worker offers: their names, what it says about them, and which of them are in memory."""

import gc
import logging
import queue
import threading
import weakref

import checkpoint_writers as writers
import pytest
from project_paths import FIXTURES

from generator import checkpoints
from generator.__main__ import main
from generator.contract import errors, protocol, recipe
from generator.contract.names import model_name
from generator.rendering import render
from generator.stylegan2.network import Generator, Hyperparameters
from generator.worker.models import LoadedModels, ModelFile, find_model, find_models, make_loader, read_model_file
from generator.worker.outbox import Outbox
from generator.worker.stdio import EndOfInput
from generator.worker.worker import Worker

EMBEDDED = model_name(checkpoints.EMBEDDED.stem)
SMALL = {"resolution": 8, "channels": {4: 4, 8: 4}, "z_dim": 8, "w_dim": 8, "num_mapping_layers": 1}


def save(path, classes: int = 0, traits: dict | None = None):
    made = writers.generator(**SMALL | {"c_dim": classes})
    checkpoints.save(Generator.from_state(made.hyper, made.state_dict(), name="x", traits=traits), path)
    return path


def named(count: int) -> dict[str, tuple[str, ...]]:
    return {"character": tuple(f"somebody-with-a-long-name-{n:06}" for n in range(count))}


def ready_bytes(files) -> bytes:
    return protocol.encode(protocol.Ready(("waifu",), ("png",), tuple(file.model for file in files), "cpu", "v1"))


def test_a_hundred_numbered_classes_are_listed_and_more_are_not(tmp_path):
    assert read_model_file(save(tmp_path / "few.safetensors", 100)).model.traits == {
        "class": tuple(map(str, range(100)))
    }
    assert read_model_file(save(tmp_path / "many.safetensors", 101)).model.traits == {"class": ()}


def test_a_class_that_is_not_listed_can_be_drawn(tmp_path):
    file = read_model_file(save(tmp_path / "many.safetensors", 600))
    generator = make_loader("cpu", "exact")(file)
    drawn = [
        render.render(recipe.Recipe.parse(f"waifu 1 model=many trait.class={n}"), generator).body for n in (512, 513)
    ]
    assert drawn[0] != drawn[1]


def test_a_value_that_a_network_does_not_show_as_asked_is_not_offered_but_drawn(tmp_path, capsys):
    traits = {"hair": ("pink", "blue", "black"), "hat": ("none", "crown")}
    made = writers.generator(**SMALL | {"c_dim": 5})
    written = Generator.from_state(made.hyper, made.state_dict(), name="x", traits=traits)
    written.offered = {"hair": ("pink", "black")}
    checkpoints.save(written, tmp_path / "n.safetensors")
    file = read_model_file(tmp_path / "n.safetensors")
    assert file.model.traits == written.offered
    recipes = [recipe.Recipe.parse(f"waifu 1 trait.hat={hat} trait.hair=blue") for hat in traits["hat"]]
    none, crown = (render.render(one, make_loader("cpu", "exact")(file)).body for one in recipes)
    assert none != crown
    assert main(["inspect", str(file.path)]) == 0
    assert "not offered: hair: blue; hat: none, crown\n" in capsys.readouterr().out


def test_many_models_of_many_classes_fit_into_one_ready(tmp_path):
    for number in range(12):
        save(tmp_path / f"n{number}.safetensors", 1000)
    save(tmp_path / "z.safetensors", 20_000)
    files = find_models([save(tmp_path / "a.safetensors")], tmp_path)
    assert len(files) == 15
    assert len(ready_bytes(files)) < 8000


def test_a_model_whose_trait_names_do_not_fit_beside_the_others_is_skipped(tmp_path, caplog):
    caplog.set_level(logging.WARNING)
    for number in range(3):
        save(tmp_path / f"n{number}.safetensors", 600, named(600))
    save(tmp_path / "z.safetensors")
    files = find_models([tmp_path / "n0.safetensors"], tmp_path)
    assert [file.model.name for file in files] == ["n0", "n1", "z", EMBEDDED]
    assert ready_bytes(files)
    assert "skipped: the names of the traits of n2 do not fit" in caplog.text


def test_a_default_whose_trait_names_do_not_fit_is_a_sentence(tmp_path):
    with pytest.raises(errors.CheckpointTooLarge, match=r"n\.safetensors was refused: the names of its traits take"):
        find_models([save(tmp_path / "n.safetensors", 2000, named(2000))])


def test_models_of_the_same_name_are_numbered_within_24_characters(tmp_path):
    files = [save(tmp_path / f"{'x' * 30}{n}.safetensors") for n in range(11)]
    names = [file.model.name for file in find_models(files)]
    assert names[:2] == ["x" * 24, "x" * 22 + "-2"]
    assert names[-2:] == ["x" * 21 + "-11", EMBEDDED]
    assert len(set(names)) == 12


def test_a_model_is_found_by_its_path_or_by_the_name_of_its_file(tmp_path):
    path = save(tmp_path / "My Net.safetensors")
    assert find_model("my-net", tmp_path).path == path
    assert find_model(str(path)).model.name == "my-net"
    with pytest.raises(errors.UnknownModel, match="my-net"):
        find_model("nobody", tmp_path)
    with pytest.raises(errors.FileMissing):
        find_model("No Such.pkl", tmp_path)


@pytest.mark.parametrize("name", ["ada_cond.pkl", "ada_uncond_proto3.pkl", "ros_converted.pt", "tf_labelconcat.pkl"])
def test_the_layers_and_noise_of_a_model_are_those_of_its_network(name):
    file = read_model_file(FIXTURES / name)
    generator = checkpoints.load(FIXTURES / name)
    strengths = [value for key, value in generator.named_parameters() if key.endswith("noise_strength")]
    assert file.model.layers == generator.num_ws
    assert file.model.noise is any(bool(strength != 0) for strength in strengths)


@pytest.mark.parametrize(
    ("changes", "strength", "noise"), [({"use_noise": False}, 0, False), ({}, 0, False), ({}, 0.5, True)]
)
def test_noise_that_changes_nothing_is_none(changes, strength, noise, tmp_path):
    made = Generator.new(Hyperparameters(**SMALL | changes), seed=1, name="x").freeze()
    for key, value in made.named_parameters():
        if key.endswith("b8.conv0.noise_strength"):
            value.fill_(strength)
    checkpoints.save(made, tmp_path / "x.safetensors")
    assert read_model_file(tmp_path / "x.safetensors").model.noise is noise


def test_the_embedded_model_is_always_offered_because_old_captions_name_it(tmp_path):
    assert [file.model.name for file in find_models([])] == [EMBEDDED]
    assert [file.model.name for file in find_models([save(tmp_path / "mine.safetensors")])] == ["mine", EMBEDDED]
    again = find_models([save(tmp_path / "mine.safetensors"), checkpoints.EMBEDDED], tmp_path)
    assert [file.model.name for file in again] == ["mine", EMBEDDED]


# Models in memory.


class Library:
    """Three model files, and a record of which networks loaded from them are still alive."""

    def __init__(self, folder) -> None:
        self.files = [read_model_file(save(folder / f"{name}.safetensors")) for name in "abc"]
        self.read: list[str] = []
        self.made: dict[str, weakref.ref[Generator]] = {}

    def load(self, file: ModelFile) -> Generator:
        self.read.append(file.model.name)
        generator = make_loader("cpu", "exact")(file)
        self.made[file.model.name] = weakref.ref(generator)
        return generator

    @property
    def alive(self) -> str:
        gc.collect()
        return "".join(name for name, generator in self.made.items() if generator() is not None)


def draw_in_turn(models: LoadedModels, names: str) -> None:
    for name in names:
        if name not in models:
            models.add(name, models.load(models.file(name)))
        render.render(recipe.Recipe.parse(f"waifu 1 model={name}"), models[name])


@pytest.mark.parametrize(
    ("limit", "asked", "read", "alive"),
    [
        (1, "abcab", "abcab", "b"),
        (2, "abcbc", "abc", "bc"),
        (2, "abacac", "abc", "ac"),
        (2, "abacb", "abcb", "bc"),
        (3, "abcabc", "abc", "abc"),
    ],
)
def test_the_least_recently_used_model_is_unloaded_and_its_memory_freed(tmp_path, limit, asked, read, alive):
    library = Library(tmp_path)
    models = LoadedModels(library.files, library.load, limit)
    draw_in_turn(models, asked)
    assert "".join(library.read) == read
    assert library.alive == alive
    assert [name for name in "abc" if name in models] == list(alive)


def test_a_worker_limited_to_one_model_finishes_with_each_of_three_in_turn_and_keeps_one(tmp_path):
    library, inbox, received = Library(tmp_path), queue.Queue(), queue.Queue()
    decoder = protocol.Decoder()
    outbox = Outbox(lambda frame: [received.put(message) for message in decoder.feed(frame)])
    worker = Worker(LoadedModels(library.files, library.load, 1), inbox, outbox)
    worker.warm_up()
    for number, name in enumerate("abcabc"):
        inbox.put(protocol.Run(number, f"morph 1 2 frames=12 model={name}", 10**7, f"person {number}"))
    threads = [threading.Thread(target=target, daemon=True) for target in (outbox.run, worker.serve)]
    for thread in threads:
        thread.start()
    endings = []
    while len(endings) < 6:
        message = received.get(timeout=60)
        assert not isinstance(message, protocol.Failed)
        endings += [message] if isinstance(message, protocol.Finished) else []
    inbox.put(EndOfInput(0))
    threads[1].join(30)
    assert "".join(library.read) == "abc"
    assert library.alive == "c"
    outbox.close()
