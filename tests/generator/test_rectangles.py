"""Networks that draw rectangles, as their learnt constant is no square: read from every format, drawn as they are.

The pictures are compared with those that rosinality_reference.py computes, which shares no code with the project.
"""

from collections.abc import Callable, Mapping
from pathlib import Path

import checkpoint_writers as writers
import numpy as np
import project_paths
import pytest
import rosinality_reference
import torch
from PIL import Image
from safetensors.torch import save_file

from generator import checkpoints, load
from generator.__main__ import main
from generator.contract import errors
from generator.contract.protocol import Decoder, Model, Ready, encode
from generator.contract.recipe import Recipe
from generator.execution.backends import measure_distance
from generator.naming.digests import Digests
from generator.rendering import layout, plans, render
from generator.rendering.faces import count_coarse_layers
from generator.stylegan2 import network as stylegan2
from generator.stylegan2.network import Generator, Hyperparameters
from generator.worker import offer

CASES = project_paths.SHARED / "cases"
SMALL = {"resolution": 16, "channels": {4: 8, 8: 6, 16: 4}, "z_dim": 16, "w_dim": 16, "num_mapping_layers": 2}
TALL = SMALL | {"const_size": (4, 2)}  # as StyleGAN-Human's
SIZES = [(4, 2), (5, 3), (2, 7), (1, 9), (8, 8)]  # height and width of the constant


def save_state(path: Path, written: Generator) -> None:
    torch.save({"state_dict": {f"module.{k}": v for k, v in writers.nvidia_state(written).items()}}, path)


def save_other_safetensors(path: Path, written: Generator) -> None:
    save_file({name: value.contiguous() for name, value in writers.rosinality_state(written).items()}, path)


WRITERS: Mapping[str, Callable[[Path, Generator], None]] = {
    "nvidia.pkl": writers.nvidia,
    "nvidia.pth": save_state,
    "tensorflow.pkl": writers.tensorflow,
    "rosinality.pt": writers.rosinality,
    "legacy.pt": lambda path, written: writers.rosinality(path, written, legacy=True),
    "psp.pt": lambda path, written: torch.save(writers.psp(written, written.mapping.w_avg), path),
    "other.safetensors": save_other_safetensors,
    "own.safetensors": lambda path, written: checkpoints.save(written, path),
    "half.safetensors": lambda path, written: checkpoints.save(written, path, half=True),
}


def expected_pictures(written: Generator, z: torch.Tensor, average: torch.Tensor) -> torch.Tensor:
    return rosinality_reference.draw(writers.rosinality_state(written), z, written.hyper.mapping_lr, average, 0.7)


@pytest.mark.parametrize(
    ("kind", "const_size"), [*((kind, (5, 3)) for kind in WRITERS), *(("nvidia.pkl", size) for size in SIZES)], ids=str
)
def test_a_rectangle_is_drawn_from_every_format_as_its_program_draws_it(tmp_path, kind, const_size):
    written = writers.generator(**SMALL | {"const_size": const_size, "resample_filter": (1, 3, 3, 1)})
    if kind.startswith("half"):
        with torch.no_grad():
            for tensor in written.state_dict().values():
                tensor.copy_(tensor.half().float())
    WRITERS[kind](path := tmp_path / kind, written)
    loaded = load(path, device="cpu")
    assert loaded.hyper.const_size == const_size
    assert loaded.size == (const_size[0] * 4, const_size[1] * 4)
    z = torch.randn(3, 16, generator=torch.Generator().manual_seed(1))
    expected = expected_pictures(written, z, loaded.mapping.w_avg)
    found = loaded(z, psi=0.7)
    assert found.shape == expected.shape == (3, 3, *loaded.size)
    assert (found - expected).abs().max() < 1e-5 * expected.abs().max()
    assert torch.cat([loaded(one[None], psi=0.7) for one in z]).allclose(found, atol=1e-5 * float(found.abs().max()))


@pytest.mark.skipif(not CASES.exists(), reason="no collection")
def test_a_network_of_stylegan_human_draws_that_programs_picture():
    expected = np.load(CASES / "human_rect.pkl.npy")
    generator = load(CASES / "human_rect.pkl", device="cpu")
    z = torch.from_numpy(np.random.RandomState(5).randn(1, generator.z_dim)).float()
    assert np.abs(generator(z, psi=0.7)[0].numpy() - expected).max() < 1e-4 * np.abs(expected).max()


@pytest.mark.parametrize(
    "settings", [{"architecture": "orig"}, {"architecture": "resnet"}, {"img_channels": 1, "c_dim": 3}]
)
def test_every_architecture_may_be_a_rectangle(tmp_path, settings):
    written = writers.generator(**TALL | settings).freeze()
    z, label = torch.randn(2, 16), torch.eye(3)[[0, 2]] if "c_dim" in settings else None
    for kind in ("nvidia.pkl", "tensorflow.pkl", "own.safetensors"):
        WRITERS[kind](path := tmp_path / kind, written)
        assert load(path, device="cpu")(z, label).allclose(written(z, label), atol=1e-4), kind
    assert written(z, label).shape == (2, settings.get("img_channels", 3), 16, 8)


NAMINGS: Mapping[str, Callable[[Hyperparameters, int], str]] = {
    "height x width": writers.name_block,
    "width x height": lambda hyper, block: "x".join(map(str, reversed(hyper.size_of(block)))),
    "as if squares": lambda hyper, block: f"{block}x{block}",
    "only the first": lambda hyper, block: writers.name_block(hyper, 4) if block == 4 else f"{block}x{block}",
}


@pytest.mark.parametrize("naming", NAMINGS)
def test_blocks_of_tensorflow_may_be_named_in_several_ways(tmp_path, naming):
    for const_size in [(5, 3)] if naming == "only the first" else [(5, 3), (2, 7), (8, 8)]:
        written = writers.generator(**SMALL | {"const_size": const_size})
        writers.tensorflow(path := tmp_path / "n.pkl", written, name_block=NAMINGS[naming])
        for name, tensor in load(path, device="cpu").state_dict().items():
            torch.testing.assert_close(tensor, written.state_dict()[name], atol=1e-6, rtol=0, msg=name)


def test_square_noise_of_a_tensorflow_rectangle_is_noted_and_not_used(tmp_path):
    written = writers.generator(**TALL)
    networks = writers.tensorflow_networks(written)
    variables = networks[2].state["components"]["synthesis"].state["variables"]
    square = np.ones((1, 1, 64, 64), np.float32)
    variables[:] = [
        (name, square[:, :, : value.shape[2], : value.shape[2]] if name.startswith("noise") else value)
        for name, value in variables
    ]
    writers.dump_networks(path := tmp_path / "n.pkl", networks)
    notes = checkpoints.inspect(path).notes
    assert notes[0] == "5 noise planes are squares, which its pictures are not"
    w = written.mapping(torch.ones(1, 16))
    assert load(path, device="cpu").synthesis(w).allclose(written.synthesis(w, noise="none"), atol=1e-5)


def test_random_noise_fills_the_rectangle_and_does_not_depend_on_the_batch():
    generator = writers.generator(**TALL).freeze()
    w = generator.mapping(torch.randn(3, 16))
    together = generator.synthesis(w, noise="random", noise_seed=[5, 6, 5])
    alone = torch.cat(
        [generator.synthesis(w[i : i + 1], noise="random", noise_seed=[n]) for i, n in enumerate((5, 6, 5))]
    )
    assert together.allclose(alone, atol=1e-5)
    planes = generator.synthesis.noise_planes(2, "random", [5, 6])
    assert [tuple(plane.shape) for plane in planes] == [(2, 1, h, h // 2) for h in (4, 8, 8, 16, 16)]


def test_half_precision_draws_nearly_the_same_rectangle(monkeypatch):
    monkeypatch.setattr(stylegan2, "HALF_FROM", dict.fromkeys(stylegan2.HALF_FROM, 4))
    monkeypatch.setattr(stylegan2, "HALF_FEATURES", dict.fromkeys(stylegan2.HALF_FEATURES, 0))
    monkeypatch.setattr(stylegan2, "half_dtype", lambda device, clamp: torch.bfloat16)
    monkeypatch.setattr(stylegan2, "SPLIT_FROM", 8)  # the batch is drawn one after another from here on
    generator = Generator.new(Hyperparameters(**TALL | {"const_size": (5, 3)}), seed=1).freeze()
    generator.precision = "auto"
    assert set(generator.synthesis.dtypes(torch.device("cpu")).values()) == {torch.float32, torch.bfloat16}
    levels, psnr = measure_distance(generator, generator.synthesis.draw)
    assert 0 < levels < 24
    assert psnr > 35


def test_a_step_towards_another_rectangle_is_found_by_its_gradient():
    generator = writers.generator(**SMALL | {"const_size": (5, 3)}).freeze()
    w, step = torch.randn(2, 1, generator.num_ws, 16, generator=torch.Generator().manual_seed(1))
    w.requires_grad_()
    (slope,) = torch.autograd.grad(generator.synthesis(w).square().mean(), w)
    with torch.no_grad():
        ahead, behind = (generator.synthesis(w + sign * 0.01 * step).double().square().mean() for sign in (1, -1))
    assert float((ahead - behind) / 0.02) == pytest.approx(float((slope * step).sum()), rel=0.02)


# Pictures.


@pytest.fixture(scope="module")
def tall(tmp_path_factory) -> Path:
    generator = Generator.new(Hyperparameters(**TALL), seed=3, name="tall")
    with torch.no_grad():
        for name, tensor in generator.state_dict().items():
            if name.endswith("noise_strength"):
                tensor.fill_(0.5)
    checkpoints.save(generator.freeze(), path := tmp_path_factory.mktemp("models") / "tall.safetensors")
    return path


# The network draws 8 x 16 pixels, which are shown as 128 x 256. Gaps are 8 wide, bands of captions 16.
LINES = [
    ("waifu 1", ".png", (128, 256), 1),
    ("grid 3 seed=1", ".png", (384, 768), 1),
    ("grid 2 seed=1 psi=0,1", ".png", (4 * 128 + 8, 2 * 256 + 16), 1),
    ("morph 1 2 frames=4 size=2", ".gif", (256, 512), 4),
    ("morph 1 2 frames=4", ".mp4", (128, 256), 4),
    ("morph 1 2 frames=4 format=strip", ".png", (512, 256), 1),
    ("mix 1 2", ".png", (128, 256), 1),
    ("mix 1 2 fine=3", ".webp", (16 + 2 * 128 + 8, 16 + 3 * 256 + 8), 1),
    ("vary 7", ".png", (384, 768), 1),
    ("vary 7 by=noise frames=5", ".webp", (128, 256), 5),
    ("psi 7 steps=3", ".png", (384, 272), 1),
    ("edit 7 direction=d1,d2", ".png", (16 + 5 * 128, 2 * 256 + 16), 1),
]


@pytest.mark.parametrize(("line", "suffix", "size", "frames"), LINES)
def test_every_kind_of_picture_has_the_shape_of_its_faces(tmp_path, tall, capsys, line, suffix, size, frames):
    out = tmp_path / f"picture{suffix}"
    assert main(["render", line, str(out), "--model", str(tall), "--device", "cpu"]) == 0
    assert f"{size[0]} x {size[1]}" in capsys.readouterr().out
    if suffix != ".mp4":
        with Image.open(out) as picture:
            assert picture.size == size
            assert getattr(picture, "n_frames", 1) == frames


def test_each_cell_of_a_table_is_the_face_drawn_alone(tall):
    generator = load(tall, device="cpu")
    (table,) = render.raw_frames(Recipe.parse("mix 10 11 fine=20,21 layers=0-2"), generator)
    made = plans.make_plan(Recipe.parse("mix 10 11 fine=20,21 layers=0-2"), generator).layout
    corners = [(top, left) for top in made.tops for left in made.lefts][1:]
    lines = ["waifu 20", "waifu 21", "waifu 10", "mix 10 20 layers=0-2", "mix 10 21 layers=0-2", "waifu 11"]
    for (top, left), line in zip(corners, lines, strict=False):
        (face,) = render.raw_frames(Recipe.parse(line), generator)
        assert np.abs(table[top : top + 256, left : left + 128].astype(int) - face).max() <= 1, line


def test_a_picture_is_enlarged_by_a_whole_factor_until_its_longer_side_has_256_px():
    shown = {
        const_size: plans.shown_size(Generator(Hyperparameters(**SMALL | {"const_size": const_size})))
        for const_size in SIZES
    }
    assert shown == {(4, 2): (256, 128), (5, 3): (260, 156), (2, 7): (80, 280), (1, 9): (32, 288), (8, 8): (256, 256)}
    tall = Generator(Hyperparameters(**TALL))
    assert plans.shown_size(tall, enlarge=False) == (16, 8)


def test_the_limit_of_pixels_counts_the_rectangle():
    assert layout.Layout(1, 1, 1, 32_000, 2000).faces == 1
    with pytest.raises(errors.TooManyPixels):
        layout.Layout(1, 1, 1, 32_001, 2000)
    with pytest.raises(errors.TooManyFrames, match="122 frames fit"):
        layout.Layout(240, 1, 1, 1024, 512)
    assert layout.Layout(240, 1, 1, 1024, 512, one_by_one=True).faces == 240


@pytest.mark.parametrize(("name", "suffix"), [("gif", ".gif"), ("mp4", ".mp4"), ("webp", ".webp"), ("strip", ".png")])
def test_a_file_that_is_too_large_is_made_smaller_in_its_shape(tall, name, suffix):
    generator = load(tall, device="cpu")
    recipe = Recipe.parse(f"morph 1 2 frames=6 format={name}")
    whole = render.render(recipe, generator)
    small = render.render(recipe, generator, len(whole.body) * 2 // 3)
    assert len(small.body) <= len(whole.body) * 2 // 3
    width = small.width // 6 if name == "strip" else small.width
    assert small.height < 256
    assert abs(small.height - 2 * width) <= 2
    assert small.reduced["from"] == 128


def test_odd_sides_are_drawn_as_they_are_where_the_format_allows_it():
    generator = Generator.new(Hyperparameters(**SMALL | {"resolution": 4, "channels": {4: 4}, "const_size": (5, 3)}), 1)
    generator.name = "odd"
    for name, size in (("png", (3, 5)), ("gif", (3, 5)), ("webp", (3, 5)), ("mp4", (4, 4))):
        line = "waifu 1" if name == "png" else f"morph 1 2 frames=3 format={name}"
        file = render.render(Recipe.parse(line), generator.freeze(), enlarge=False)
        assert (file.width, file.height) in (size, (2, 4), (4, 6)), name


def test_coarse_layers_are_those_with_as_many_pixels_as_in_a_square():
    sizes = {"resolution": 256, "channels": dict.fromkeys((4, 8, 16, 32, 64, 128, 256), 4)}
    counts = {
        const_size: count_coarse_layers(Generator(Hyperparameters(**SMALL | sizes | {"const_size": const_size})))
        for const_size in [(4, 4), (4, 2), (8, 4), (8, 8), (1, 1), (32, 2), (5, 3)]
    }
    assert counts == {(4, 4): 7, (4, 2): 7, (8, 4): 5, (8, 8): 5, (1, 1): 9, (32, 2): 5, (5, 3): 7}


# What is said about them.


def test_the_shell_tells_width_and_height(tmp_path, tall, capsys):
    assert main(["inspect", str(tall)]) == 0
    assert "resolution: 8 x 16 px" in capsys.readouterr().out
    assert main(["convert", str(tall), str(tmp_path / "copy.safetensors")]) == 0
    assert "copy.safetensors: 8 x 16 px" in capsys.readouterr().out
    assert (tmp_path / "copy.safetensors").stat().st_size > 1000


def test_the_bot_learns_width_and_height_and_squares_are_told_as_before(tmp_path, tall):
    checkpoints.save(writers.generator(**SMALL), square := tmp_path / "square.safetensors")
    models = [offer.read_model_file(path, Digests()).model for path in (tall, square)]
    assert [model.size for model in models] == [(8, 16), (16, 16)]
    assert [model.resolution for model in models] == [16, 16]
    ready = Ready(("waifu",), ("png",), tuple(models), "cpu", "")
    (again,) = Decoder().feed(encode(ready))
    assert again == ready
    assert Model("old", 512, "0" * 16).size == (512, 512)


def test_a_rectangle_blends_with_one_of_its_shape_only(tmp_path, tall, capsys):
    checkpoints.save(writers.generator(**SMALL), square := tmp_path / "square.safetensors")
    assert main(["blend", str(tall), str(tall), str(tmp_path / "a.safetensors"), "--weights", "0.5"]) == 0
    assert "8 x 16 px" in capsys.readouterr().out
    assert main(["blend", str(tall), str(square), str(tmp_path / "b.safetensors"), "--weights", "0.5"]) == 1
    assert "their const size: (4, 2) and (4, 4)" in capsys.readouterr().err


# Refusals.


def refusal(path: Path) -> str:
    with pytest.raises(errors.CheckpointError) as caught:
        load(path, device="cpu")
    return str(caught.value)


WRONG: Mapping[str, tuple[tuple[int, ...], str]] = {
    "no rows": ((8, 0, 4), "has an unusual shape [8 0 4]"),
    "no columns": ((8, 4, 0), "has an unusual shape [8 4 0]"),
    "one axis": ((8,), "has an unusual shape [8]"),
    "five axes": ((8, 4, 2, 1, 1), "has an unusual shape [8 4 2 1 1]"),
    "many rows": ((8, 65, 2), "rows of the constant is 65"),
    "very many columns": ((8, 1, 100_000), "columns of the constant is 100000"),
    "other channels": ((7, 4, 2), "has the shape [7 4 2] and not [8 4 2]"),
    "noise of another size": ((8, 4, 4), "noise_const has the shape"),
}


@pytest.mark.parametrize("name", WRONG)
def test_a_constant_that_makes_no_sense_is_refused(tmp_path, name):
    shape, sentence = WRONG[name]
    written = writers.generator(**TALL)
    torch.save(writers.nvidia_state(written) | {"synthesis.b4.const": torch.zeros(shape)}, path := tmp_path / "n.pt")
    found = refusal(path)
    assert sentence in found or (0 in shape and "an empty tensor" in found)


def test_noise_planes_of_any_other_shape_are_refused(tmp_path):
    written = writers.generator(**TALL)
    for shape in ((8, 4), (16, 16), (4, 8), (2, 4), (4,), (4, 2, 1)):
        state = writers.nvidia_state(written) | {"synthesis.b4.conv1.noise_const": torch.zeros(shape)}
        torch.save(state, path := tmp_path / "n.pt")
        assert "noise_const has the shape" in refusal(path)
    for rows in (2, 16):
        state = writers.rosinality_state(written) | {"noises.noise_0": torch.zeros(1, 1, rows, rows)}
        torch.save({"g_ema": state}, path := tmp_path / "n.pt")
        assert "noise_const has the shape" in refusal(path)


def test_pictures_that_would_be_huge_are_refused_before_anything_is_allocated(tmp_path):
    many = {"resolution": 1024, "channels": dict.fromkeys([4 << i for i in range(9)], 1)}
    for const_size, sentence in (((64, 64), "pictures of 16384 x 16384 pixels"), ((9, 1), "pictures of 256 x 2304")):
        with torch.device("meta"), pytest.raises(ValueError, match=sentence):
            Hyperparameters(**SMALL | many | {"const_size": const_size})
    with pytest.raises(ValueError, match="a block has over 268435456 features"):
        Hyperparameters(**SMALL | {"channels": {4: 8, 8: 65_536, 16: 4}, "const_size": (64, 64)})
    state = writers.rosinality_state(writers.generator(**SMALL | many), noise=False)
    torch.save({"g_ema": state | {"input.input": torch.zeros(1, 1, 64, 64)}}, path := tmp_path / "n.pt")
    assert "pictures of 16384 x 16384 pixels" in refusal(path)
