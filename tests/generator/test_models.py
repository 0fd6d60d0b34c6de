"""Tests the models that a worker offers: their names, what it says about them, and which of them are in memory."""

import gc
import logging
import os
import queue
import threading
import weakref

import checkpoint_writers as writers
import pytest
from project_paths import FIXTURES

from generator import checkpoints
from generator.__main__ import main
from generator.contract import errors, protocol, recipe
from generator.naming import book, digests
from generator.naming.digests import Digests
from generator.rendering import render
from generator.stylegan2.network import Generator, Hyperparameters
from generator.worker.models import LoadedModels, ModelFile, make_loader
from generator.worker.offer import Sources, find_model, find_models, read_model_file
from generator.worker.outbox import Outbox
from generator.worker.stdio import EndOfInput
from generator.worker.worker import Worker

SHIPPED = [path.stem for path in checkpoints.shipped()]  # always offered, and the last if others are named
SMALL = {"resolution": 8, "channels": {4: 4, 8: 4}, "z_dim": 8, "w_dim": 8, "num_mapping_layers": 1}


def save(path, classes: int = 0, traits: dict | None = None, seed: int = 0):
    made = writers.generator(seed, **SMALL | {"c_dim": classes})
    checkpoints.save(Generator.from_state(made.hyper, made.state_dict(), name="x", traits=traits), path)
    return path


def find(files=(), folder=None):
    return find_models(Sources(list(files), folder=folder), digests=Digests()).files


def describe(path):
    """Return the file of a model, under the name of the file."""
    return find_model(str(path), Sources(), Digests())


def named(count: int) -> dict[str, tuple[str, ...]]:
    return {"character": tuple(f"somebody-with-a-long-name-{n:06}" for n in range(count))}


def ready_bytes(files, missing=()) -> bytes:
    models = tuple(file.model for file in files)
    return protocol.encode(protocol.Ready(("waifu",), ("png",), models, "cpu", "v1", tuple(missing)))


def test_a_hundred_numbered_classes_are_listed_and_more_are_not(tmp_path):
    assert read_model_file(save(tmp_path / "few.safetensors", 100), Digests()).model.traits == {
        "class": tuple(map(str, range(100)))
    }
    assert read_model_file(save(tmp_path / "many.safetensors", 101), Digests()).model.traits == {"class": ()}


def test_a_class_that_is_not_listed_can_be_drawn(tmp_path):
    file = describe(save(tmp_path / "many.safetensors", 600))
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
    file = describe(tmp_path / "n.safetensors")
    assert file.model.traits == written.offered
    recipes = [recipe.Recipe.parse(f"waifu 1 trait.hat={hat} trait.hair=blue") for hat in traits["hat"]]
    none, crown = (render.render(one, make_loader("cpu", "exact")(file)).body for one in recipes)
    assert none != crown
    assert main(["inspect", str(file.path)]) == 0
    assert "not offered: hair: blue; hat: none, crown\n" in capsys.readouterr().out


def test_many_models_of_many_classes_fit_into_one_ready(tmp_path):
    for number in range(12):
        save(tmp_path / f"n{number}.safetensors", 1000, seed=number)
    save(tmp_path / "z.safetensors", 20_000)
    files = find([save(tmp_path / "a.safetensors")], tmp_path)
    assert len(files) == 14 + len(SHIPPED)
    shipped = [file for file in files if file.model.name in SHIPPED]
    assert len(ready_bytes(files)) - len(ready_bytes(shipped)) < 4000


def test_a_model_whose_trait_names_do_not_fit_beside_the_others_is_skipped(tmp_path, caplog):
    caplog.set_level(logging.WARNING)
    for number in range(3):
        save(tmp_path / f"n{number}.safetensors", 1300, named(1300), seed=number)
    save(tmp_path / "z.safetensors")
    files = find([tmp_path / "n0.safetensors"], tmp_path)
    assert [file.model.name for file in files] == ["n0", "n1", "z", *SHIPPED]
    assert ready_bytes(files)
    assert "skipped: the names of the traits of n2 do not fit" in caplog.text


def test_a_default_whose_trait_names_do_not_fit_is_a_sentence(tmp_path):
    with pytest.raises(errors.CheckpointTooLarge, match=r"n\.safetensors was refused: the names of its traits take"):
        find([save(tmp_path / "n.safetensors", 4000, named(4000))])


def test_a_model_is_found_by_its_path_or_by_a_name(tmp_path):
    path = save(tmp_path / "My Net.safetensors")
    folder = Sources(folder=tmp_path)
    assert find_model("my-net", folder, Digests()).path == path
    assert find_model(str(path), Sources(), Digests()).model.name == "my-net"
    known = ", ".join([SHIPPED[0], "my-net", *SHIPPED[1:]])
    with pytest.raises(errors.UnknownModel, match=f"There is no model 'nobody' here; choose one of: {known}"):
        find_model("nobody", folder, Digests())
    with pytest.raises(errors.FileMissing):
        find_model("No Such.pkl", folder, Digests())


def test_bot_and_shell_give_one_name_whatever_lies_beside_the_file(tmp_path):
    first = save(tmp_path / "stylegan2-anime-1024x1024-config-f.safetensors")
    assert [file.model.name for file in find([first])] == [first.stem, *SHIPPED]
    save(tmp_path / "stylegan2-anime-1024x1024-config-e.safetensors", seed=1)
    for name in (first.stem, "stylegan2-anime-1024x102"):
        assert find_model(name, Sources(folder=tmp_path), Digests()).path == first
    assert find([], tmp_path)[1].model.name == "stylegan2-anime-1024x1024-config-e"


def test_a_name_that_is_bound_costs_the_shell_no_look_into_other_files(tmp_path, monkeypatch):
    for seed, name in enumerate("abc"):
        save(tmp_path / f"{name}.safetensors", seed=seed)
    assert len(find([], tmp_path)) == 3 + len(SHIPPED)
    read = []
    inspect = checkpoints.inspect
    monkeypatch.setattr(
        checkpoints, "inspect", lambda path, *rest, **named: (read.append(path.stem), inspect(path, *rest, **named))[1]
    )
    assert find_model("b", Sources(folder=tmp_path), Digests()).model.name == "b"
    assert read == ["b"]


@pytest.mark.skipif(os.name != "posix", reason="needs symbolic links")
def test_a_link_in_the_folder_is_a_file_of_the_folder(tmp_path):
    blobs, folder = tmp_path / "blobs", tmp_path / "models"
    blobs.mkdir()
    folder.mkdir()
    save(blobs / "0123abcd.safetensors")
    (folder / "anime.safetensors").symlink_to(blobs / "0123abcd.safetensors")
    find([save(blobs / "0123abcd.safetensors")])  # somebody else offers it there
    assert find([], folder)[1].model.name == "anime"
    found = find_model("anime", Sources(folder=folder), Digests())
    assert (found.model.name, found.path) == ("anime", folder / "anime.safetensors")


def test_a_missing_model_is_gone_replaced_or_not_offered(tmp_path):
    folder, other = tmp_path / "models", tmp_path / "other"
    folder.mkdir()
    other.mkdir()
    for seed, name in enumerate(("gone", "was", "stays")):
        save(folder / f"{name}.safetensors", seed=seed)
    listed = save(other / "listed.safetensors", seed=3)
    find_models(Sources([listed], folder=folder, state=tmp_path), digests=Digests())
    (folder / "gone.safetensors").unlink()
    save(folder / "was.safetensors", seed=4)
    offer = find_models(Sources(folder=folder, state=tmp_path), digests=Digests())
    assert {one.name: one.code for one in offer.missing} == {
        "gone": "model_gone",
        "was": "model_replaced",
        "listed": "model_not_offered",
    }
    assert [file.model.name for file in offer.files] == [SHIPPED[0], "stays", "was-2", *SHIPPED[1:]]


def test_many_missing_models_fit_into_one_ready(tmp_path):
    path = tmp_path / "n.safetensors"
    save(path)
    count = 400
    names = {f"{'x' * 35}-{n}": f"{n:016x}" for n in range(count)}
    book.write(tmp_path, book.Book(names, settled=True))
    offer = find_models(Sources([path]), digests=Digests())
    assert 50 < len(offer.missing) < count
    assert offer.missing[0].name.endswith(f"-{count - 1}")  # the newest
    assert len(ready_bytes(offer.files, offer.missing)) - len(ready_bytes(offer.files)) < 9_000


def test_the_owners_names_offer_their_files_and_menus_show_the_files_own_names(tmp_path):
    files = [save(tmp_path / f"{name}.safetensors", seed=seed) for seed, name in enumerate(("动漫头像", "b", "c!"))]
    named = {"best": files[1], "dogs": files[2], "cats": files[2]}
    offer = find_models(Sources(files[:1], named), digests=Digests())
    assert [(file.model.name, file.model.title, file.model.aliases) for file in offer.files] == [
        ("dong-man-tou-xiang", "动漫头像", ("model",)),
        ("best", "", ()),
        ("dogs", "", ("cats",)),
        *((name, "", ()) for name in SHIPPED),
    ]
    with pytest.raises(errors.FileMissing):
        find_models(Sources([], {"best": tmp_path / "none.pkl"}), digests=Digests())


def test_one_network_in_two_files_is_offered_once_and_both_names_of_before_mean_it(tmp_path):
    files = find([save(tmp_path / "a.safetensors"), save(tmp_path / "b.safetensors")])
    assert [(file.model.name, file.model.aliases) for file in files] == [
        ("a", ("b",)),
        *((name, ()) for name in SHIPPED),
    ]


def test_neither_a_second_start_nor_a_load_reads_a_file_for_its_digest(tmp_path, monkeypatch):
    monkeypatch.setattr(digests, "SETTLED_NS", -(10**10))
    sources = Sources([save(tmp_path / "a.safetensors")], state=tmp_path)
    find_models(sources, digests=Digests(*sources.books))
    read = []
    monkeypatch.setattr(digests, "compute_digest", read.append)
    again = Digests(*sources.books)
    (file, *_) = find_models(sources, digests=again).files
    assert make_loader("cpu", "exact", again)(file).name == "a"
    assert read == []


@pytest.mark.parametrize(
    "name", ["ada_cond.pkl", "ada_uncond_proto3.pkl", "ros_converted.pt", "tf_labelconcat.pkl", "sg3_r_64.pkl"]
)
def test_the_layers_and_noise_of_a_model_are_those_of_its_network(name):
    file = read_model_file(FIXTURES / name, Digests())
    generator = checkpoints.load(FIXTURES / name)
    strengths = [value for key, value in generator.named_parameters() if key.endswith("noise_strength")]
    assert file.model.layers == generator.num_ws
    assert file.model.takes_transform is name.startswith("sg3")
    assert file.model.noise is any(bool(strength != 0) for strength in strengths)


@pytest.mark.parametrize(
    ("changes", "blocks", "parts"),
    [
        ({"use_noise": False}, (), ()),
        ({}, (), ()),
        ({}, ("b4.conv1",), ("coarse",)),
        ({}, ("b8.conv0",), ("fine",)),
        ({}, ("b4.conv1", "b8.conv1"), ("coarse", "fine")),
    ],
)
def test_noise_that_changes_nothing_is_none_and_else_it_is_known_where(changes, blocks, parts, tmp_path):
    made = Generator.new(Hyperparameters(**SMALL | changes), seed=1, name="x").freeze()
    for key, value in made.named_parameters():
        if key.endswith(tuple(f"{block}.noise_strength" for block in blocks)):
            value.fill_(0.5)
    checkpoints.save(made, tmp_path / "x.safetensors")
    model = read_model_file(tmp_path / "x.safetensors", Digests()).model
    assert (model.noise, model.noise_parts) == (bool(parts), parts)


def test_the_shipped_models_are_always_offered_because_old_captions_name_them(tmp_path, monkeypatch):
    assert [file.model.name for file in find()] == SHIPPED
    mine = save(tmp_path / "mine.safetensors")
    assert [file.model.name for file in find([mine])] == ["mine", *SHIPPED]
    assert [file.model.name for file in find([mine, *checkpoints.shipped()], tmp_path)] == ["mine", *SHIPPED]
    newer = tmp_path / "shipped" / "drawn-10.safetensors"
    newer.parent.mkdir()
    save(newer, seed=5)
    monkeypatch.setattr(checkpoints, "MODELS", newer.parent)
    assert [file.model.name for file in find()] == [SHIPPED[0], "drawn-10"]


# Models in memory.


class Library:
    """Three model files, and a record of which networks loaded from them are still alive."""

    def __init__(self, folder) -> None:
        self.files = [describe(save(folder / f"{name}.safetensors", seed=seed)) for seed, name in enumerate("abc")]
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
