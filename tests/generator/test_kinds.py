"""Draws every kind of picture by the command line, and draws each file again from the recipe stored in it."""

import io
from pathlib import Path

import numpy as np
import project_paths
import pytest
from any_recipe import EXAMPLES
from PIL import Image

from generator import __main__ as command_line
from generator import checkpoints
from generator.contract import stamp
from generator.contract.kinds import KINDS
from generator.contract.recipe import Recipe
from generator.rendering import render
from generator.rendering.plans import make_plan
from generator.stylegan2.network import Generator, Hyperparameters


@pytest.fixture(scope="module")
def generator() -> Generator:
    hyper = Hyperparameters(resolution=16, channels={4: 8, 8: 8, 16: 8}, z_dim=16, w_dim=16, num_mapping_layers=2)
    made = Generator.new(hyper, seed=3, name="tiny").freeze()
    made.estimate_w_avg(200)
    for name, strength in made.named_parameters():
        if name.endswith("noise_strength"):
            strength.fill_(0.5)
    return made


@pytest.fixture(scope="module")
def checkpoint(generator: Generator, tmp_path_factory: pytest.TempPathFactory) -> Path:
    path = tmp_path_factory.mktemp("models") / "tiny.safetensors"
    checkpoints.save(generator, path)
    generator.digest = checkpoints.inspect(path).digest  # a stamp has it
    return path


LINES = [
    ("waifu 1", ".png", (256, 256), 1),
    ("grid 2 seed=1 psi=0,1", ".png", (4 * 256 + 16, 2 * 256 + 32), 1),
    ("morph 1 2 frames=4 size=2", ".gif", (512, 512), 4),
    ("mix 1 2 layers=0-2", ".png", (256, 256), 1),
    ("mix 1 2 fine=3", ".webp", (32 + 2 * 256 + 16, 32 + 3 * 256 + 16), 1),
    ("vary 7", ".png", (768, 768), 1),
    ("vary 7 layers=fine frames=5", ".gif", (256, 256), 5),
    ("vary 7 by=z", ".png", (768, 768), 1),
    ("psi 7 steps=3", ".png", (768, 288), 1),
    ("edit 7 direction=d1", ".png", (256, 256), 1),
    ("edit 7 direction=d2 frames=6", ".gif", (256, 256), 6),
    ("edit 7 direction=d3 format=strip frames=5", ".png", (5 * 256, 288), 1),
    ("edit 7 direction=d1,d2,d3", ".png", (32 + 5 * 256, 3 * 256 + 32), 1),
]


@pytest.mark.parametrize(("line", "suffix", "size", "frames"), LINES)
def test_a_line_becomes_a_file_that_can_be_made_again(line, suffix, size, frames, generator, checkpoint, tmp_path):
    out = tmp_path / f"picture{suffix}"
    assert command_line.main(["render", line, str(out), "--model", str(checkpoint), "--precision", "exact"]) == 0
    with Image.open(out) as picture:
        assert picture.size == size
        assert getattr(picture, "n_frames", 1) == frames
    own = Recipe.parse(stamp.read(out.read_bytes()) or "")
    assert own.kind == line.split()[0]
    assert own.animated == (suffix == ".gif" or "strip" in line)
    again = render.render(own, generator, file_format=None if "format" in KINDS[own.kind].options else suffix[1:])
    assert again.body == out.read_bytes()


def test_a_line_in_the_shell_names_a_model_of_a_folder(generator, checkpoint, tmp_path, capsys):
    folder = tmp_path / "models"
    folder.mkdir()
    (folder / "动漫.safetensors").write_bytes(checkpoint.read_bytes())
    out = tmp_path / "a.png"
    command = ["render", "waifu 1 model=dong-man", str(out), "--models", str(folder)]
    assert command_line.main(command) == 0
    assert stamp.read_stamp(out.read_bytes()) == stamp.Stamp("waifu 1 model=dong-man psi=0.7", generator.digest)
    (folder / "动漫.safetensors").replace(folder / "renamed.safetensors")
    first = out.read_bytes()
    assert command_line.main(command) == 0
    assert out.read_bytes() == first
    (folder / "renamed.safetensors").unlink()
    assert command_line.main(command) == 1
    assert "error: The model dong-man is gone from here" in capsys.readouterr().err
    assert command_line.main([*command, "--state-dir", str(tmp_path / "none")]) == 1
    assert "give the bot's folder of state" in capsys.readouterr().err


@pytest.mark.parametrize("line", EXAMPLES)
def test_every_kinds_example_becomes_a_file_with_its_line_and_as_many_faces_as_it_says(
    line, generator, checkpoint, tmp_path
):
    recipe = Recipe.parse(line)
    out = tmp_path / ("picture.gif" if recipe.animated else "picture.png")
    assert command_line.main(["render", line, str(out), "--model", str(checkpoint)]) == 0
    assert stamp.read(out.read_bytes()) == str(recipe.on("tiny"))
    assert len(make_plan(recipe, generator).w) == recipe.faces


def test_a_format_and_an_ending_must_agree(checkpoint, tmp_path, capsys):
    for line, suffix in (
        ("edit 7 direction=d1 format=gif", ".png"),
        ("vary 7 format=png", ".gif"),
        ("morph 1 2 format=mp4", ".png"),
    ):
        out = tmp_path / f"picture{suffix}"
        assert command_line.main(["render", line, str(out), "--model", str(checkpoint)]) == 1
        assert "or a file ending in" in capsys.readouterr().err
        assert not out.exists()


def test_the_sources_of_a_table_are_the_faces_of_their_seeds(generator):
    file = render.render(Recipe.parse("mix 10 11 fine=20,21"), generator)
    table = np.asarray(Image.open(io.BytesIO(file.body))).astype(int)
    for row, column, seed in ((0, 1, 20), (0, 2, 21), (1, 0, 10), (2, 0, 11)):
        top, left = 32 + row * 256 + 16 * (row > 0), 32 + column * 256 + 16 * (column > 0)
        face = render.raw_frames(Recipe.parse(f"waifu {seed}"), generator)[0].astype(int)
        assert np.abs(table[top : top + 256, left : left + 256] - face).max() <= 1
    assert np.unique(table[: 32 + 256, : 32 + 256].reshape(-1, 3), axis=0).shape[0] == 1


def test_an_edit_by_nothing_and_a_mix_with_oneself_are_the_face_itself(generator):
    (face,) = render.raw_frames(Recipe.parse("waifu 7"), generator)
    for line in ("edit 7 direction=d1 amount=0", "mix 7 7"):
        (same,) = render.raw_frames(Recipe.parse(line), generator)
        assert np.abs(same.astype(int) - face).max() <= 1


# Comparisons with the outputs of the programs that wrote the networks.


HERE, SHARED = project_paths.FIXTURES, project_paths.SHARED / "fixtures"
REFERENCES = [HERE / name for name in ("ada_uncond_proto3.pkl", "ros_converted.pt")]


@pytest.mark.parametrize("path", REFERENCES, ids=lambda path: path.stem)
@pytest.mark.parametrize("layers", ["0-3", "4-7", "2", None])
def test_a_mix_has_exactly_the_named_layers_of_the_reference(path, layers):
    """The reference has seed 1.

    If seed 1 is the coarse seed, the named layers equal the reference. If it is the fine seed, the other layers do.
    """
    network, reference = checkpoints.load(path), np.load(path.with_suffix(".npz"))["w_psi1.0"][0]
    named = list(Recipe.parse(f"mix 1 2 layers={layers}").layers or ()) if layers else list(range(network.num_ws // 2))
    others = [layer for layer in range(network.num_ws) if layer not in named]
    option = f" layers={layers}" if layers else ""
    (coarse,), (fine,) = (
        make_plan(Recipe.parse(f"mix {pair} psi=1{option}"), network).w.numpy() for pair in ("1 2", "2 1")
    )
    assert np.abs(coarse[named] - reference[named]).max() < 1e-4
    assert np.abs(fine[others] - reference[others]).max() < 1e-4
    assert np.abs(coarse[others] - reference[others]).max(axis=1).min() > 1e-2
    assert np.abs(fine[named] - reference[named]).max(axis=1).min() > 1e-2


@pytest.mark.skipif(not SHARED.exists(), reason="no collection")
@pytest.mark.parametrize("name", ["ada_uncond.pkl", "sg3_sg2_uncond.pkl", "tf_configf.pkl", "ros_converted.pt"])
def test_a_table_of_mixes_is_made_of_the_references_w(name):
    network, reference = checkpoints.load(SHARED / name), np.load((SHARED / name).with_suffix(".npz"))
    assert reference["seeds"].tolist() == [0, 1, 123]
    first, second, third = reference["w_psi0.7"]
    made = make_plan(Recipe.parse("mix 0 1 fine=123 layers=2-6 psi=0.7"), network).w.numpy()
    expected = [third, first, third.copy(), second, third.copy()]
    expected[2][2:7], expected[4][2:7] = first[2:7], second[2:7]
    assert np.abs(made - np.stack(expected)).max() < 1e-4


@pytest.mark.parametrize("path", REFERENCES, ids=lambda path: path.stem)
def test_psi_zero_is_the_average_to_which_the_reference_draws_its_faces(path):
    network, reference = checkpoints.load(path), np.load(path.with_suffix(".npz"))
    whole, drawn = reference["w_psi1.0"][0], reference["w_psi0.7_cut4"][0]
    average = (drawn[:4] - 0.7 * whole[:4]) / 0.3
    for line in ("waifu 5 psi=0", "psi 9 from=0 to=1 steps=2", "grid 1 seed=3 psi=0,1"):
        assert np.abs(make_plan(Recipe.parse(line), network).w[0, :4].numpy() - average).max() < 1e-3
