"""Blends two networks: layers of both, the mean of all weights, and the way from one to the other."""

from pathlib import Path

import checkpoint_writers as writers
import numpy as np
import pytest
import torch
from PIL import Image
from project_paths import FIXTURES

from generator import checkpoints
from generator.__main__ import main
from generator.contract import errors, stamp
from generator.rendering.latents import Latents
from generator.stylegan import blending
from generator.stylegan.generator import Generator
from generator.stylegan2.network import Generator as Generator2

SMALL = {"resolution": 16, "channels": {4: 4, 8: 4, 16: 4}, "z_dim": 8, "w_dim": 8, "num_mapping_layers": 1}


def pair() -> tuple[Generator, Generator]:
    return writers.generator(0, **SMALL), writers.generator(1, **SMALL)


def pair_of_stylegan3() -> tuple[Generator, Generator]:
    first = checkpoints.load(FIXTURES / "sg3_t_narrow.pkl")
    moved = {name: tensor + 0.1 * ("weight" in name) for name, tensor in first.state_dict().items()}
    return first, type(first).from_state(first.hyper, moved, traits=first.traits)


def drawn(generator: Generator) -> torch.Tensor:
    with torch.no_grad():
        return generator.synthesis(Latents.of([7], generator).styles(generator, 0.7))


@pytest.mark.parametrize("networks", [pair, pair_of_stylegan3])
def test_at_both_ends_a_mean_is_the_network_itself(networks: object) -> None:
    first, second = networks()  # type: ignore[operator]
    assert torch.equal(drawn(blending.mean(first, second, 0.0)), drawn(first))
    assert torch.equal(drawn(blending.mean(first, second, 1.0)), drawn(second))
    assert not torch.equal(drawn(blending.mean(first, second, 0.5)), drawn(first))


@pytest.mark.parametrize("networks", [pair, pair_of_stylegan3])
def test_layers_are_of_the_network_that_w_says(networks: object) -> None:
    """A layer counts as in ``mix``: what w changes there is computed by the network that has the layer."""
    first, second = networks()  # type: ignore[operator]
    last = first.num_ws - 1
    assert torch.equal(drawn(blending.swap_layers(first, second, range(last + 1))), drawn(first))
    made = blending.swap_layers(first, second, range(3))
    for name, tensor in made.state_dict().items():
        layer = blending.layer_of(name)
        source = first if layer is None or layer < 3 else second
        assert torch.equal(tensor, source.state_dict()[name]), name
    with pytest.raises(errors.NoSuchLayers):
        blending.swap_layers(first, second, range(last + 2))
    highest = max(blending.layer_of(name) or 0 for name in first.state_dict())
    kept = blending.swap_layers(first, second, range(highest, last + 1)).state_dict()
    assert any(torch.equal(kept[name], first.state_dict()[name]) for name in kept if blending.layer_of(name) == highest)
    with pytest.raises(errors.NoSuchLayers, match=f"the layers 0 to {highest}"):
        blending.swap_layers(first, second, range(highest + 1, highest + 2))


def test_the_layers_of_tensors_are_those_that_their_styles_have() -> None:
    """Changing one w changes only what tensors of that layer, or of a block's colours after it, compute."""
    names = ["b4.const", "b4.conv1.weight", "b8.conv0.weight", "b8.conv1.bias", "b8.torgb.weight", "b16.conv0.weight"]
    assert [blending.layer_of(f"synthesis.{name}") for name in names] == [0, 0, 1, 2, 2, 3]
    others = ["mapping.fc0.weight", "synthesis.input.freqs", "synthesis.L0_36_16.weight", "synthesis.L13_64_64.bias"]
    assert list(map(blending.layer_of, others)) == [None, 0, 1, 14]


def test_networks_of_other_shapes_are_refused_with_the_difference() -> None:
    first, _ = pair()
    with pytest.raises(errors.OtherShapes, match="differ in their z dim: 8 and 16"):
        blending.mean(first, writers.generator(0, **SMALL | {"z_dim": 16}), 0.5)
    with pytest.raises(errors.OtherShapes, match="one is a StyleGAN2, the other a StyleGAN3"):
        blending.mean(first, pair_of_stylegan3()[0], 0.5)


def test_only_what_both_offer_is_offered() -> None:
    first, second = (writers.generator(seed, **SMALL | {"c_dim": 2}) for seed in (0, 1))
    second.offered = {"class": ("1",)}
    assert blending.mean(first, second, 0.5).offered == {"class": ("1",)}
    assert blending.mean(second, first, 0.5).offered == {"class": ("1",)}


def test_the_command_writes_a_network_and_a_morph(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    files = []
    for name, generator in zip(("parent", "child"), pair(), strict=True):
        files.append(str(tmp_path / f"{name}.safetensors"))
        checkpoints.save(generator, files[-1])
    assert main(["blend", *files, str(tmp_path / "both.safetensors"), "--layers", "0-2"]) == 0
    made = checkpoints.inspect(tmp_path / "both.safetensors")
    assert made.name == "both"
    assert made.card["how"] == "layers 0-2 of the first network"
    assert main(["blend", *files, str(tmp_path / "way.gif"), "--frames", "6"]) == 0
    with Image.open(tmp_path / "way.gif") as way:
        assert way.n_frames == 6
        pictures = []
        for frame in range(6):
            way.seek(frame)
            pictures.append(np.asarray(way.convert("RGB"), dtype=int))
    assert np.abs(pictures[0] - pictures[3]).mean() > 3  # the other network
    assert np.abs(pictures[2] - pictures[4]).mean() < 1  # there and back
    assert "waifu 7" in str(stamp.read((tmp_path / "way.gif").read_bytes()))
    capsys.readouterr()
    assert main(["blend", *files, str(tmp_path / "x.png")]) == 1
    assert main(["blend", files[0], str(checkpoints.EMBEDDED), str(tmp_path / "x.safetensors")]) == 1
    assert "cannot be blended, because they differ in their resolution: 16 and 256" in capsys.readouterr().err
    assert not (tmp_path / "x.safetensors").exists()


def test_what_does_not_change_the_shapes_may_differ() -> None:
    """NVIDIA's PyTorch programs store the filter so that it sums to 1, and clamp what their TensorFlow ones did not."""
    first = writers.generator(0, **SMALL)
    second = writers.generator(1, **SMALL | {"resample_filter": (0.125, 0.375, 0.375, 0.125), "conv_clamp": 256.0})
    assert blending.mean(first, second, 0.5).hyper.conv_clamp == 256
    assert blending.mean(second, first, 0.5).hyper.conv_clamp == 256
    with pytest.raises(errors.OtherShapes, match="their resample filter"):
        blending.mean(first, writers.generator(1, **SMALL | {"resample_filter": (1, 2, 1)}), 0.5)
    with pytest.raises(errors.OtherShapes, match="their const size"):
        blending.mean(first, writers.generator(1, **SMALL | {"const_size": (5, 3)}), 0.5)


def test_traits_in_another_order_are_other_traits() -> None:
    """Their order is that of the label, so that weights of one would be told the other's values."""
    traits = {"hair": ("pink", "blue"), "mood": ("glad", "sad")}
    made = []
    for order in (traits, dict(reversed(traits.items()))):
        plain = writers.generator(0, **SMALL | {"c_dim": 4})
        made.append(Generator2.from_state(plain.hyper, plain.state_dict(), traits=order))
    with pytest.raises(errors.OtherShapes, match="their traits"):
        blending.mean(*made, 0.5)


def test_neither_of_the_two_networks_is_replaced_and_no_option_ignored(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    files = []
    for name, generator in zip(("a", "b"), pair(), strict=True):
        files.append(str(tmp_path / f"{name}.safetensors"))
        checkpoints.save(generator, files[-1])
    (tmp_path / "link.safetensors").symlink_to(files[1])
    before = [Path(file).read_bytes() for file in files]
    way = str(tmp_path / "way.gif")
    for words, sentence in (
        ([files[0]], "that is one of the two networks; choose another name."),
        ([str(tmp_path / "link.safetensors")], "that is one of the two networks; choose another name."),
        ([str(tmp_path / "o.safetensors"), "--layers", ""], "a range of layers, such as 5 or 0-3."),
        ([way, "--layers", "0-2"], "Give either --layers or a file in .gif, not both."),
        ([way, "--weights", "0.3"], "Give either --weights or a file in .gif, not both."),
        ([way, "--line", "morph 1 2"], "give what is one picture, such as waifu 7."),
        ([way, "--line", "grid 5 seed=1", "--frames", "240"], "39 frames fit."),
    ):
        assert main(["blend", *files, *words]) == 1
        assert capsys.readouterr().err.strip().endswith(sentence)
    assert [Path(file).read_bytes() for file in files] == before
    assert sorted(path.name for path in tmp_path.iterdir()) == ["a.safetensors", "b.safetensors", "link.safetensors"]
