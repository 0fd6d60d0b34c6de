"""Which networks are on offer, under which names, and how much is told about them."""

import gc
import logging
import queue
import threading
import weakref

import checkpoint_writers as writers
import pytest
from project_paths import FIXTURES

from generator import checkpoints
from generator.contract import errors, protocol, recipe
from generator.rendering import render
from generator.stylegan2.network import Generator, Hyperparameters
from generator.worker.models import Entry, Shelf, entry_of, find_entries, find_entry, loader
from generator.worker.outbox import Outbox
from generator.worker.stdio import Goodbye
from generator.worker.worker import Worker

EMBEDDED = checkpoints.slug(checkpoints.EMBEDDED.stem)
SMALL = {"resolution": 8, "channels": {4: 4, 8: 4}, "z_dim": 8, "w_dim": 8, "num_mapping_layers": 1}


def save(path, classes: int = 0, traits: dict | None = None):
    made = writers.generator(**SMALL | {"c_dim": classes})
    checkpoints.save(Generator.from_state(made.hyper, made.state_dict(), name="x", traits=traits), path)
    return path


def named(count: int) -> dict[str, tuple[str, ...]]:
    return {"character": tuple(f"somebody-with-a-long-name-{n:06}" for n in range(count))}


def greeting(entries) -> bytes:
    return protocol.encode(protocol.Ready(("waifu",), ("png",), tuple(entry.model for entry in entries), "cpu", "v1"))


def test_a_hundred_numbered_classes_are_listed_and_more_are_not(tmp_path):
    assert entry_of(save(tmp_path / "few.safetensors", 100)).model.traits == {"class": tuple(map(str, range(100)))}
    assert entry_of(save(tmp_path / "many.safetensors", 101)).model.traits == {"class": ()}


def test_a_class_that_is_not_listed_can_be_drawn(tmp_path):
    entry = entry_of(save(tmp_path / "many.safetensors", 600))
    generator = loader("cpu", "exact")(entry)
    drawn = [
        render.render(recipe.Recipe.parse(f"waifu 1 model=many trait.class={n}"), generator).body for n in (512, 513)
    ]
    assert drawn[0] != drawn[1]


def test_many_networks_of_many_classes_fit_into_one_greeting(tmp_path):
    for number in range(12):
        save(tmp_path / f"n{number}.safetensors", 1000)
    save(tmp_path / "z.safetensors", 20_000)
    entries = find_entries([save(tmp_path / "a.safetensors")], tmp_path)
    assert len(entries) == 15
    assert len(greeting(entries)) < 8000


def test_a_network_whose_trait_names_do_not_fit_beside_the_others_is_skipped(tmp_path, caplog):
    caplog.set_level(logging.WARNING)
    for number in range(3):
        save(tmp_path / f"n{number}.safetensors", 600, named(600))
    save(tmp_path / "z.safetensors")
    entries = find_entries([tmp_path / "n0.safetensors"], tmp_path)
    assert [entry.model.name for entry in entries] == ["n0", "n1", "z", EMBEDDED]
    assert greeting(entries)
    assert "skipped: the names of the traits of n2 do not fit" in caplog.text


def test_a_default_whose_trait_names_do_not_fit_is_a_sentence(tmp_path):
    with pytest.raises(errors.CheckpointTooLarge, match=r"n\.safetensors was refused: the names of its traits take"):
        find_entries([save(tmp_path / "n.safetensors", 2000, named(2000))])


def test_networks_of_the_same_name_are_told_apart_within_24_characters(tmp_path):
    files = [save(tmp_path / f"{'x' * 30}{n}.safetensors") for n in range(11)]
    names = [entry.model.name for entry in find_entries(files)]
    assert names[:2] == ["x" * 24, "x" * 22 + "-2"]
    assert names[-2:] == ["x" * 21 + "-11", EMBEDDED]
    assert len(set(names)) == 12


def test_a_network_is_found_by_its_path_or_by_the_name_of_its_file(tmp_path):
    path = save(tmp_path / "My Net.safetensors")
    assert find_entry("my-net", tmp_path).path == path
    assert find_entry(str(path)).model.name == "my-net"
    with pytest.raises(errors.UnknownModel, match="my-net"):
        find_entry("nobody", tmp_path)
    with pytest.raises(errors.FileMissing):
        find_entry("No Such.pkl", tmp_path)


@pytest.mark.parametrize("name", ["ada_cond.pkl", "ada_uncond_proto3.pkl", "ros_converted.pt", "tf_labelconcat.pkl"])
def test_what_is_told_of_layers_and_noise_is_true_of_the_network(name):
    entry = entry_of(FIXTURES / name)
    generator = checkpoints.load(FIXTURES / name)
    strengths = [value for key, value in generator.named_parameters() if key.endswith("noise_strength")]
    assert entry.model.layers == generator.num_ws
    assert entry.model.noise is any(bool(strength != 0) for strength in strengths)


@pytest.mark.parametrize(
    ("changes", "strength", "noise"), [({"use_noise": False}, 0, False), ({}, 0, False), ({}, 0.5, True)]
)
def test_noise_that_changes_nothing_is_none(changes, strength, noise, tmp_path):
    made = Generator.new(Hyperparameters(**SMALL | changes), seed=1, name="x").freeze()
    for key, value in made.named_parameters():
        if key.endswith("b8.conv0.noise_strength"):
            value.fill_(strength)
    checkpoints.save(made, tmp_path / "x.safetensors")
    assert entry_of(tmp_path / "x.safetensors").model.noise is noise


def test_the_embedded_network_is_always_there_for_old_captions_name_it(tmp_path):
    assert [entry.model.name for entry in find_entries([])] == [EMBEDDED]
    assert [entry.model.name for entry in find_entries([save(tmp_path / "mine.safetensors")])] == ["mine", EMBEDDED]
    again = find_entries([save(tmp_path / "mine.safetensors"), checkpoints.EMBEDDED], tmp_path)
    assert [entry.model.name for entry in again] == ["mine", EMBEDDED]


# In memory


class Library:
    """Three files of networks, and which networks made of them are still alive."""

    def __init__(self, folder) -> None:
        self.entries = [entry_of(save(folder / f"{name}.safetensors")) for name in "abc"]
        self.read: list[str] = []
        self.made: dict[str, weakref.ref[Generator]] = {}

    def load(self, entry: Entry) -> Generator:
        self.read.append(entry.model.name)
        generator = loader("cpu", "exact")(entry)
        self.made[entry.model.name] = weakref.ref(generator)
        return generator

    @property
    def alive(self) -> str:
        gc.collect()
        return "".join(name for name, generator in self.made.items() if generator() is not None)


def drawn_in_turn(shelf: Shelf, names: str) -> None:
    for name in names:
        if name not in shelf:
            shelf.put(name, shelf.load(name))
        render.render(recipe.Recipe.parse(f"waifu 1 model={name}"), shelf[name])


@pytest.mark.parametrize(
    ("room", "asked", "read", "alive"),
    [
        (1, "abcab", "abcab", "b"),
        (2, "abcbc", "abc", "bc"),
        (2, "abacac", "abc", "ac"),
        (2, "abacb", "abcb", "bc"),
        (3, "abcabc", "abc", "abc"),
    ],
)
def test_the_network_used_longest_ago_makes_room_and_is_really_gone(tmp_path, room, asked, read, alive):
    library = Library(tmp_path)
    shelf = Shelf(library.entries, library.load, room)
    drawn_in_turn(shelf, asked)
    assert "".join(library.read) == read
    assert library.alive == alive
    assert [name for name in "abc" if name in shelf] == list(alive)


def test_a_worker_with_room_for_one_draws_with_three_in_turn_and_keeps_one(tmp_path):
    library, inbox, heard = Library(tmp_path), queue.Queue(), queue.Queue()
    decoder = protocol.Decoder()
    outbox = Outbox(lambda frame: [heard.put(message) for message in decoder.feed(frame)])
    worker = Worker(Shelf(library.entries, library.load, 1), inbox, outbox)
    worker.warm_up()
    for number, name in enumerate("abcabc"):
        inbox.put(protocol.Run(number, f"morph 1 2 frames=4 model={name}", 10**7, f"person {number}"))
    threads = [threading.Thread(target=target, daemon=True) for target in (outbox.run, worker.serve)]
    for thread in threads:
        thread.start()
    endings = []
    while len(endings) < 6:
        message = heard.get(timeout=60)
        assert not isinstance(message, protocol.Failed)
        endings += [message] if isinstance(message, protocol.Finished) else []
    inbox.put(Goodbye(0))
    threads[1].join(30)
    assert len(library.alive) == 1
    outbox.close()
