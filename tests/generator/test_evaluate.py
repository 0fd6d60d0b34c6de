"""Tests the evaluation: distances against closed forms, the reader on unseen drawings, the table, the whole command."""

import argparse
import json
import re
from pathlib import Path

import numpy as np
import pytest
import torch
from PIL import Image
from safetensors import safe_open
from safetensors.torch import save_file
from torch import Tensor

from generator import checkpoints, drawn
from generator.contract import errors
from generator.evaluate.command import add_arguments, run
from generator.evaluate.edits import change_trait, compare_readings
from generator.evaluate.goals import distance_goals, pose_goals, sharpness_goal, trait_goals
from generator.evaluate.offer import Offer, Seen, choose, mask_odds
from generator.evaluate.report import BEGIN, END, write_into_card
from generator.evaluate.scores import Comparison, trait_accuracy
from generator.evaluate.sets import read_drawings
from generator.evaluate.sharpness import mean_gradients
from generator.evaluate.teaching import find_reader, train_reader
from generator.features import reader as readers
from generator.features.distances import Moments, frechet, moments, nearest, precision_recall
from generator.stylegan2.network import Generator, Hyperparameters
from generator.train.data.drawing import artists, draw_portraits
from generator.train.data.store import write_store

CPU = torch.device("cpu")
UNSEEN = 777_000_000  # seed of drawings that the reader was not trained on


def normal(seed: int, *shape: int) -> Tensor:
    return torch.randn(shape, generator=torch.Generator().manual_seed(seed), dtype=torch.float64)


# --- Fréchet distance -----------------------------------------------------------------------------


def test_gaussians_of_equal_spread_are_as_far_apart_as_the_square_of_their_means() -> None:
    spread = torch.eye(3, dtype=torch.float64)
    a, b = Moments(torch.zeros(3).double(), spread), Moments(torch.tensor([1.0, 2.0, 2.0]).double(), spread)
    assert frechet(a, b) == pytest.approx(9.0)


def test_the_distance_of_gaussians_along_the_axes_is_that_of_their_standard_deviations() -> None:
    mean = torch.zeros(3).double()
    a, b = (
        Moments(mean, torch.diag(torch.tensor(sides).double().square())) for sides in ([1.0, 2.0, 0.0], [4.0, 2.0, 3.0])
    )
    assert frechet(a, b) == pytest.approx(9.0 + 0.0 + 9.0)


def test_the_distance_of_covariances_that_do_not_commute_is_that_of_the_matrix_root() -> None:
    x, y = normal(0, 5, 5), normal(1, 5, 5)
    a, b = x @ x.T, y @ y.T
    values, vectors = torch.linalg.eig(a @ b)
    root = (vectors * values.sqrt()) @ torch.linalg.inv(vectors)
    assert torch.allclose((root @ root).real, a @ b)
    expected = (a + b - 2 * root.real).trace().item()
    assert frechet(Moments(torch.zeros(5).double(), a), Moments(torch.zeros(5).double(), b)) == pytest.approx(expected)


def test_a_set_with_a_singular_covariance_is_at_distance_0_from_itself() -> None:
    points = normal(0, 200, 4) @ torch.diag(torch.tensor([1.0, 2.0, 0.0, 3.0]).double())
    assert frechet(moments(points), moments(points)) == pytest.approx(0.0, abs=1e-9)


def test_many_samples_of_two_gaussians_are_as_far_apart_as_the_gaussians() -> None:
    a, b = normal(0, 200_000, 2), normal(1, 200_000, 2) * 3 + torch.tensor([1.0, 0.0]).double()
    assert frechet(moments(a), moments(b)) == pytest.approx(1.0 + 2 * 4.0, rel=0.01)


# --- precision, recall, neighbours ----------------------------------------------------------------


def line(*places: float) -> Tensor:
    return torch.tensor(places).double()[:, None]


def test_faces_like_half_of_the_real_ones_are_precise_but_recall_only_half() -> None:
    real = torch.cat([normal(0, 300, 2), normal(1, 300, 2) + 100])
    assert precision_recall(real, normal(2, 300, 2)) == (pytest.approx(1.0, abs=0.06), pytest.approx(0.5, abs=0.03))


def test_the_manifold_is_the_balls_up_to_the_kth_neighbour() -> None:
    real = line(0, 1, 2, 10)  # for k = 1 the balls have the radii 1, 1, 1 and 8
    assert precision_recall(real, line(-1, 3.5, -1.5, 18.5), k=1)[0] == 0.5  # -1 is in the first ball, 3.5 in the last
    assert precision_recall(real, line(-1, 3.5, -1.5, 18.5), k=2)[0] == 1.0  # the last ball has radius 9, the first 2


def test_a_set_covers_itself_and_nothing_covers_what_is_far_away() -> None:
    real = normal(0, 100, 3)
    assert precision_recall(real, real) == (1.0, 1.0)
    assert precision_recall(real, real + 1000) == (0.0, 0.0)


def test_the_nearest_come_in_order() -> None:
    assert nearest(line(0.9, 10), line(0, 1, 3, 9), 3).tolist() == [[1, 0, 2], [3, 2, 1]]


# --- the reader -----------------------------------------------------------------------------------


@pytest.fixture(scope="module")
def reader() -> readers.Reader:
    return readers.load(readers.file_of("drawn"))


@pytest.mark.models
def test_the_reader_that_ships_is_right_on_unseen_drawings(reader: readers.Reader, tmp_path: Path) -> None:
    rows = draw_portraits("drawn", range(500), readers.SIDE, UNSEEN)
    pictures = torch.from_numpy(np.stack([row[0] for row in rows])).permute(0, 3, 1, 2).float() / 127.5 - 1
    labels = torch.from_numpy(np.stack([row[1] for row in rows]))
    readings = readers.read(reader, pictures.split(100))
    right = {
        trait: readings.values[:, at].eq(labels[:, place].argmax(dim=1)).float().mean().item()
        for at, (trait, place) in enumerate(reader.columns().items())
    }
    assert min(right[trait] for trait in ("hair", "eyes", "accessory", "skin", "back-hair", "clothes")) >= 0.98, right
    assert right["glasses"] >= 0.97, right  # about 98 %, with a standard error of 0.6 % for 500 pictures
    assert min(right.values()) >= 0.95, right


@pytest.mark.models
def test_a_reader_learns_the_traits_and_knobs_of_its_lessons(tmp_path: Path) -> None:
    """Train a reader to tell two colours and two sides apart.

    After a few batches it must read both right in unseen pictures.
    """
    traits = {"colour": ("red", "blue"), "side": ("left", "right")}
    rng = np.random.default_rng(0)

    def lessons(count: int) -> list[tuple[np.ndarray, np.ndarray, np.ndarray]]:
        rows = []
        for colour, side in rng.integers(2, size=(count, 2)):
            picture = np.full((128, 128, 3), 128, np.uint8)
            picture[:, side * 64 : side * 64 + 64] = ((200, 30, 30), (30, 30, 200))[colour]
            label = np.eye(2, dtype=np.float32)[[colour, side]].ravel()
            rows.append((picture, label, np.array([2.0 * side - 1], np.float32)))
        return rows

    store = write_store(tmp_path / "in", iter(lessons(128)), 128, traits)
    taught = train_reader(store, ["side"], 1344, CPU)
    unseen = write_store(tmp_path / "new", iter(lessons(32)), 32, traits)
    readings = readers.read(taught, [unseen.batch(np.arange(32), 128, CPU)])
    assert torch.equal(readings.values, torch.from_numpy(unseen.labels.reshape(32, 2, 2).copy()).argmax(dim=2))
    assert (
        torch.corrcoef(torch.stack([readings.knobs[:, 0], torch.from_numpy(unseen.continuous[:, 0].copy())]))[0, 1]
        > 0.9
    )


def test_a_saved_reader_loads_unchanged(reader: readers.Reader, tmp_path: Path) -> None:
    readers.save(reader, tmp_path / "again.safetensors")
    again = readers.load(tmp_path / "again.safetensors")
    assert again.traits == dict(drawn.TRAITS)
    pictures = torch.rand(2, 3, 64, 64) * 2 - 1
    assert torch.equal(again(pictures)[0], reader(pictures)[0])


@pytest.mark.parametrize("widths", [(4, 6, 8), (4, 4, 6, 8), (2, 4, 4, 6, 8)])
def test_a_reader_of_any_depth_loads_as_it_was(widths: tuple[int, ...], tmp_path: Path) -> None:
    small = readers.Reader({"hair": ("pink", "blue")}, 1, widths).eval()
    readers.save(small, tmp_path / "small.safetensors")
    pictures = torch.rand(2, 3, 128, 128) * 2 - 1
    found = readers.load(tmp_path / "small.safetensors")(pictures)[0]
    assert torch.allclose(found, small(pictures)[0], atol=0.02)  # its weights are kept as float16


def test_a_file_that_is_not_a_reader_is_refused_with_a_sentence(tmp_path: Path) -> None:
    with pytest.raises(errors.FileMissing):
        readers.load(tmp_path / "none.safetensors")
    (tmp_path / "bad.safetensors").write_bytes(b"nothing")
    with pytest.raises(errors.DamagedCheckpoint):
        readers.load(tmp_path / "bad.safetensors")
    with pytest.raises(errors.UnsupportedNetwork, match="holds no reader of portraits"):
        readers.load(checkpoints.EMBEDDED)


@pytest.mark.parametrize(
    ("metadata", "others", "found"),
    [
        ({"traits": json.dumps({"hair": ["pink"] * 10**6})}, {}, "its last layer is of other traits"),
        ({"clear": "5"}, {}, "'int' object is not iterable"),
        ({}, {"gather.weight": None}, "it lacks gather.weight"),
        ({}, {"knobs.bias": None}, "'knobs.bias'"),
        ({}, {"trunk.3.0.weight": torch.empty(10**7, 1)}, "trunk.3.0.weight has a shape that its others forbid"),
        ({}, {"trunk.7.0.weight": torch.empty(10**7, 1)}, "trunk.1.0.weight has a shape that its others forbid"),
        ({}, {f"trunk.{at}.0.weight": None for at in (1, 3, 5)}, "negative shift count"),
    ],
)
def test_a_reader_that_is_larger_than_its_tensors_or_lacks_one_is_refused(
    metadata: dict[str, str], others: dict[str, torch.Tensor | None], found: str, tmp_path: Path
) -> None:
    with safe_open(readers.file_of("drawn"), "pt") as file:
        tensors = {name: file.get_tensor(name) for name in file.keys()} | others  # noqa: SIM118
        kept = {name: tensor for name, tensor in tensors.items() if tensor is not None}
        save_file(kept, tmp_path / "x.safetensors", dict(file.metadata()) | metadata)
    with pytest.raises(errors.UnsupportedNetwork, match=rf"no reader of portraits \({re.escape(found)}\)"):
        readers.load(tmp_path / "x.safetensors")


def test_a_network_gets_the_reader_of_its_artist_and_any_other_network_some_reader() -> None:
    assert find_reader(drawn.TRAITS) == find_reader({}) == readers.file_of("drawn")
    assert readers.file_of("artist") != readers.file_of("drawn")


def test_an_artist_without_a_reader_is_one_sentence(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(readers, "FOLDER", tmp_path)
    with pytest.raises(errors.NoReader, match=r"teach one: waifu evaluate --artist drawn --teach .*reader-drawn.saf"):
        find_reader(drawn.TRAITS)


def test_kept_readings_of_drawings_serve_smaller_counts(reader: readers.Reader, tmp_path: Path) -> None:
    known = read_drawings(artists()["drawn"], readers.SIDE, UNSEEN, 20, reader, tmp_path)
    (kept,) = tmp_path.iterdir()
    before = kept.stat().st_mtime_ns
    fewer = read_drawings(artists()["drawn"], readers.SIDE, UNSEEN, 12, reader, tmp_path)
    assert kept.stat().st_mtime_ns == before
    assert torch.equal(fewer.readings.features, known.readings.features[:12])
    (picture, label, knobs) = draw_portraits("drawn", range(7, 8), readers.SIDE, UNSEEN)[0]
    assert np.array_equal(known.picture(7), picture)
    assert torch.equal(known.labels[7], torch.from_numpy(label))
    assert torch.equal(known.knobs[7], torch.from_numpy(knobs))


# --- sharpness, edits, offers ---------------------------------------------------------------------


def test_the_gradient_of_a_ramp_is_its_slope_and_only_the_boxes_count() -> None:
    ramp = np.broadcast_to(np.arange(0, 96, 3)[None, :, None], (32, 32, 3)).astype(np.uint8)
    steep = ramp.copy()
    steep[:, 16:] = 2 * steep[:, 16:]
    boxes = np.array([[[0, 0, 10, 10], [4, 20, 12, 30]]] * 2)
    assert mean_gradients([ramp, steep], boxes).tolist() == [3, 3]
    assert mean_gradients([steep], boxes[:1] + np.array([20, 0, 20, 0])).tolist() == [6]
    assert mean_gradients([ramp.swapaxes(0, 1)], boxes[:1]).tolist() == [3]


def test_an_edit_changes_one_trait_to_each_of_its_other_values() -> None:
    traits = {"hat": ("no", "yes"), "hair": ("pink", "blue", "black", "red")}
    labels = torch.eye(6)[[0, 1, 0, 1]] + torch.eye(6)[[2, 2, 3, 4]]
    changed = change_trait(labels, "hair", traits, ("pink", "blue", "black"))
    assert torch.equal(changed[:, :2], labels[:, :2])
    assert changed[:, 2:].argmax(dim=1).tolist() == [1, 2, 0, 1]
    assert changed.sum(dim=1).tolist() == [2, 2, 2, 2]


def test_only_other_traits_that_can_be_read_count_as_left_alone() -> None:
    values = {"": torch.zeros(4, 3), "a": torch.tensor([[1, 0, 5], [1, 0, 5], [1, 1, 5], [1, 0, 5]])}
    values["c"] = torch.tensor([[0, 0, 1], [0, 0, 1], [2, 0, 1], [2, 3, 1]])
    legible, seen = torch.tensor([True, True, False]), dict.fromkeys(values, torch.ones(4, 3, dtype=torch.bool))
    kept = compare_readings(values, ["a", "b", "c"], legible, seen)
    assert kept == {"a": {"b": 0.75}, "c": {"a": 0.5, "b": 0.75}}
    seen["a"] = torch.tensor([[True, True, True]] * 2 + [[True, False, True]] * 2)  # covered by the edit in two
    seen["c"] = torch.tensor([[True, False, True]] * 4)
    assert compare_readings(values, ["a", "b", "c"], legible, seen) == {"a": {"b": 1.0}, "c": {"a": 0.5}}


def test_what_faces_show_less_often_than_portraits_is_withheld_unless_it_looks_right() -> None:
    traits = {"hair": ("pink", "blue", "black"), "dye": ("none", "tips"), "mark": ("none", "mole", "heart")}
    asked = {"hair": {"pink": 1, "blue": 0.84, "black": 0.85}, "dye": {"none": 0.9, "tips": 0.2}, "mark": {"mole": 0.1}}
    own = {"hair": {"pink": 1.0, "blue": 1.0, "black": 1.0}, "dye": {"none": 1.0, "tips": 0.9}, "mark": {"mole": 0.11}}
    assert choose(traits, asked, own, Seen({}, {})) == Offer(
        offered={"hair": ("pink", "black"), "mark": ("none", "mole", "heart")},
        withheld={"hair": ("blue",), "dye": ("tips",)},
        doubtful={"mark": ("mole",)},
        kept={},
    )
    seen = Seen(wrong={"hair": ("black",), "mark": ("mole",)}, right={"hair": ("pink", "blue")})
    assert choose(traits, asked, own, seen) == Offer(
        offered={"hair": ("pink", "blue"), "mark": ("none", "heart")},
        withheld={"hair": ("black",), "dye": ("tips",), "mark": ("mole",)},
        doubtful={},
        kept={"hair": ("blue",)},
    )


def test_no_seed_has_a_withheld_value_by_chance() -> None:
    traits = {"hair": ("pink", "blue", "black"), "dye": ("none", "tips"), "hat": ("a", "b"), "mark": ("none", "mole")}
    odds = {"hair": (0.5, 0.3, 0.2), "mark": (0.9, 0.1), "hat": (0.3, 0.7)}
    masked = mask_odds(odds, traits, {"hair": ("pink",), "dye": ("tips",), "hat": ("b",)})
    assert masked == {"hair": (0, 0.6, 0.4), "dye": (1, 0), "mark": (0.9, 0.1), "hat": (0.3, 0.7)}  # most have b


# --- the table and the card -----------------------------------------------------------------------


def test_trait_accuracy_is_counted_for_each_value_asked_for() -> None:
    traits = {"hair": ("pink", "blue"), "hat": ("no", "yes")}
    asked = torch.tensor([[1.0, 0, 1, 0], [1, 0, 1, 0], [0, 1, 1, 0], [1, 0, 1, 0]])
    readings = readers.Readings(torch.zeros(4, 1), torch.tensor([[0, 0], [0, 0], [1, 1], [1, 0]]), torch.zeros(4, 1))
    seen = torch.ones(4, 2, dtype=torch.bool)
    assert trait_accuracy(readings, asked, traits, seen) == {
        "hair": {"pink": pytest.approx(2 / 3), "blue": 1.0},
        "hat": {"no": 0.75},
    }
    seen[2:] = torch.tensor([False, True])  # the third's and the fourth's hair is covered
    assert trait_accuracy(readings, asked, traits, seen) == {"hair": {"pink": 1.0}, "hat": {"no": 0.75}}


def test_each_measure_stands_beside_the_value_to_reach() -> None:
    rows = [
        *distance_goals(Comparison("faces", 10_000, 10.0, 0.91, 0.69), Comparison("own", 10_000, 2.0, 0.95, 0.94)),
        *trait_goals(
            {"hair": {"pink": 1.0, "blue": 0.9}, "dye": {"none": 1.0, "tips": 0.5}},
            {"hair": {"pink": 1.0, "blue": 1.0}, "dye": {"none": 1.0}},
            {"hair": ("pink", "blue")},
        ),
        *pose_goals({"turn": 0.951, "nod": 0.949, "blush": 0.0}, {"turn": 0.99, "nod": 0.98}),
        sharpness_goal(0.85),
    ]
    assert [(row.network, row.own, row.target, row.reached) for row in rows] == [
        ("5.0", "1.0", "≤ 5", True),
        ("0.910", "0.950", "≥ 0.9", True),
        ("0.690", "0.940", "≥ 0.7", False),
        ("75.0%", "100.0%", "≥ 95%", False),
        ("90%", "100%", "≥ 85%", True),
        ("0.951", "0.990", "≥ 0.95", True),
        ("0.949", "0.980", "≥ 0.95", False),
        ("0.85", "1.00", "≥ 0.85", True),
    ]
    assert "dye" in rows[3].measure
    assert "hair blue" in rows[4].measure


def test_the_card_keeps_its_words_and_gets_the_newest_table_once(tmp_path: Path) -> None:
    card = tmp_path / "mine.md"
    card.write_text("# mine\n\nwords\n")
    write_into_card(card, "mine", "old")
    with card.open("a") as file:
        file.write("\nmore words\n")
    write_into_card(card, "mine", "new")
    assert card.read_text() == f"# mine\n\nwords\n\n{BEGIN}\nnew\n{END}\n\nmore words\n"
    write_into_card(tmp_path / "other.md", "other", "table")
    assert (tmp_path / "other.md").read_text() == f"# other\n\n{BEGIN}\ntable\n{END}\n"


# --- the command ----------------------------------------------------------------------------------


def options(*words: str) -> argparse.Namespace:
    parser = argparse.ArgumentParser()
    add_arguments(parser)
    return parser.parse_args(words)


def small(path: Path, traits: dict[str, tuple[str, ...]], paired: bool = False, **sizes: int) -> Path:
    hyper = Hyperparameters(
        resolution=16,
        normalize_latents=not paired,
        channels={4: 8, 8: 8, 16: 8},
        w_dim=16,
        num_mapping_layers=2,
        c_dim=sum(map(len, traits.values())),
        **sizes,
    )
    generator = Generator.new(hyper, name="small", traits=traits)
    generator.estimate_w_avg(100)
    checkpoints.save(generator, path)
    return path


FEW = ("--samples", "200", "--asked", "200", "--edits", "4", "--eyes", "4")


@pytest.mark.models
def test_a_network_with_the_artists_traits_is_measured_into_its_card_and_file(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    model = small(tmp_path / "small.safetensors", dict(drawn.TRAITS), z_dim=len(drawn.CONTINUOUS), paired=True)
    pictures, cache = tmp_path / "neighbours.png", tmp_path / "cache"
    assert run(options(str(model), *FEW, "--cache", str(cache), "--neighbours", str(pictures), "--offer")) == 0
    output = capsys.readouterr().out
    card = (tmp_path / "small.md").read_text()
    assert card.partition(BEGIN)[2].partition(END)[0].strip() in output
    rows = {
        line.split("|")[1].strip(): [cell.strip() for cell in line.split("|")[2:-1]]
        for line in card.splitlines()
        if "|" in line
    }
    distance, floor = (float(rows[name][1]) for name in ("this network", "unseen pictures (the floor)"))
    assert distance > 5 * floor
    assert float(rows["unseen pictures (the floor)"][3]) > 0.5  # precision
    assert float(rows["hair"][2].rstrip("%")) >= 98  # on unseen drawings
    assert "cat-ears" in rows["accessory"][3]
    goals = {name.split(":")[0]: cells for name, cells in rows.items() if cells[-1] in ("yes", "**no**")}
    assert [cells[2] for cells in goals.values()][:3] == ["≤ 5", "≥ 0.9", "≥ 0.7"]
    for name in ("traits as asked, the lowest", "pose", "sharpness"):
        assert goals[name][-1] == "**no**"
    assert float(rows["pose: yaw, correlation of the knob with the picture"][1]) > 0.9  # in drawings
    assert any(name.startswith("milliseconds a face") for name in goals)
    with Image.open(pictures) as image:
        assert image.size == (16 * 7 + 8, 16 * 8)
    assert "hair" not in checkpoints.inspect(model).offered  # it cannot show two colours as asked
    assert f"{model}: " in output
    assert "values are offered" in output


def test_a_network_of_other_pictures_is_measured_against_its_own(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    model = small(tmp_path / "mine.safetensors", {}, z_dim=8)
    with pytest.raises(errors.MissingOption, match="--pictures"):
        run(options(str(model)))
    folder = tmp_path / "in"
    folder.mkdir()
    rng = np.random.default_rng(0)
    for i in range(40):
        Image.fromarray(rng.integers(256, size=(20, 30, 3)).astype(np.uint8)).save(folder / f"{i}.png")
    words = ["--pictures", str(folder), "--cache", str(tmp_path / "cache"), "--no-card"]
    assert run(options(str(model), *words)) == 0
    output = capsys.readouterr().out
    assert "against its training pictures" in output
    assert "| this network | 20 |" in output
    assert "hair" not in output
    assert "milliseconds a face" in output
    assert not (tmp_path / "mine.md").exists()
    with pytest.raises(errors.BadValue, match="--offer"):
        run(options(str(model), *words, "--offer"))


@pytest.mark.parametrize("word", ["mark", "mark=", "=mole"])
def test_a_value_to_withhold_is_a_trait_with_values(word: str, capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit):
        options("--withhold", word)
    assert "write for example mark=mole,heart" in capsys.readouterr().err


@pytest.mark.parametrize(
    ("words", "known"),
    [
        (("--withhold", "hair=pnik"), "black, brown"),
        (("--withhold", "hat=none"), "hair, back-hair"),
        (("--withhold", "hair=pnik", "hair=pink", "--withhold", "hair=blue"), "black, brown"),
        (("--keep", "hair=pnik"), "black, brown"),
    ],
)
def test_a_value_to_withhold_or_keep_is_one_that_the_model_has(words: tuple[str, ...], known: str) -> None:
    with pytest.raises(errors.BadValue, match=f"(hair=pnik|hat=none).*{words[0]}; give one of these: {known}"):
        run(options(str(checkpoints.MODELS / "drawn-4.safetensors"), *words))


def test_too_few_samples_are_refused_with_a_sentence() -> None:
    with pytest.raises(errors.BadValue, match="cannot be used for --samples; give at least 200"):
        run(options("--samples", "3"))


def test_the_sheet_shows_seeds_beside_drawings(tmp_path: Path) -> None:
    model = small(tmp_path / "small.safetensors", dict(drawn.TRAITS), z_dim=8)
    assert run(options(str(model), "--sheet", str(tmp_path / "sheet.png"))) == 0
    with Image.open(tmp_path / "sheet.png") as image:
        assert image.size == (2 * 8 * 16 + 8, 8 * 16)
        assert np.asarray(image)[:, -8 * 16 :].std() > 20
    with pytest.raises(errors.CannotWrite):
        run(options(str(model), "--sheet", str(tmp_path / "sheet.nothing")))
