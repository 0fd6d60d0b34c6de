"""Files that hold StyleGAN3 networks: read, written, converted, and refused where they make no sense.

test_checkpoints.py compares what they draw with the pictures of the original program, and damages them at random.
"""

import time
from pathlib import Path

import checkpoint_writers as writers
import numpy as np
import project_paths
import pytest
import torch

from generator import checkpoints
from generator.checkpoints import containers, nvidia
from generator.checkpoints.pickle.arrays import to_float32
from generator.contract import errors
from generator.rendering.directions import find_step
from generator.stylegan3.network import Generator
from generator.train.networks.start import read_start

FIXTURES = project_paths.FIXTURES

VARIANTS = {
    "config T": {},
    "config R": {"kernel": 1, "radial_layers": 3},
    "labels": {"c_dim": 3},
    "no clamp": {"conv_clamp": None},
    "long filters": {"filter_size": 8, "lrelu_upsampling": 4, "rates": (8, 8, 8, 8, 8, 8)},
    "everything": {
        "kernel": 1,
        "radial_layers": 2,
        "c_dim": 2,
        "conv_clamp": 2.5,
        "bandwidth": 1.5,
        "output_scale": 0.5,
        "num_mapping_layers": 3,
        "mapping_lr": 0.1,
    },
}


def same(loaded: Generator, written: Generator) -> None:
    assert loaded.hyper == written.hyper
    state = written.state_dict()
    assert loaded.state_dict().keys() == state.keys()
    for name, tensor in loaded.state_dict().items():
        assert torch.equal(tensor, state[name]), name


@pytest.mark.parametrize("variant", VARIANTS)
@pytest.mark.parametrize("protocol", [2, 3, 4, 5])
def test_every_variant_survives_a_pickle_of_any_protocol(tmp_path, variant, protocol):
    written = writers.stylegan3_generator(**VARIANTS[variant])
    writers.stylegan3_pickle(tmp_path / "n.pkl", written, protocol)
    same(checkpoints.load(tmp_path / "n.pkl"), written)
    described = checkpoints.inspect(tmp_path / "n.pkl")
    assert described.hyperparameters == written.hyper
    assert described.parameters == sum(parameter.numel() for parameter in written.parameters())
    assert not described.noise


@pytest.mark.parametrize("variant", VARIANTS)
def test_every_variant_survives_our_own_format(tmp_path, variant):
    written = writers.stylegan3_generator(**VARIANTS[variant])
    checkpoints.save(written, tmp_path / "n.safetensors")
    same(checkpoints.load(tmp_path / "n.safetensors"), written)


def test_a_converted_network_draws_the_same_pictures_and_converts_to_the_same_bytes(tmp_path):
    source = FIXTURES / "sg3_t_narrow.pkl"
    described = checkpoints.convert(source, tmp_path / "a.safetensors")
    assert described.card["source"].startswith("NVIDIA")
    checkpoints.convert(tmp_path / "a.safetensors", tmp_path / "b.safetensors")
    first, second = (checkpoints.load(tmp_path / f"{name}.safetensors") for name in "ab")
    same(first, second)
    w = checkpoints.load(source).mapping(torch.ones(1, first.z_dim))
    assert torch.equal(checkpoints.load(source).synthesis(w), first.synthesis(w))


def test_a_network_in_half_precision_keeps_its_filters_and_nearly_its_pictures(tmp_path):
    source, half = FIXTURES / "sg3_t_narrow.pkl", tmp_path / "half.safetensors"
    checkpoints.convert(source, half, half=True)
    whole, converted = checkpoints.load(source), checkpoints.load(half)
    assert half.stat().st_size < 0.6 * 4 * sum(tensor.numel() for tensor in whole.state_dict().values())
    for name, tensor in whole.state_dict().items():
        if name.endswith(("_filter", "freqs", "phases", "magnitude_ema", "transform")):
            assert torch.equal(converted.state_dict()[name], tensor), name
    z = torch.ones(1, whole.z_dim)
    assert (whole(z) - converted(z)).abs().max() < 0.05


def test_a_learnt_direction_and_factors_fit_the_network(tmp_path):
    written = writers.stylegan3_generator()
    written.directions = {"smile": torch.randn(written.num_ws, written.w_dim)}
    checkpoints.save(written, tmp_path / "n.safetensors")
    loaded = checkpoints.load(tmp_path / "n.safetensors")
    assert torch.equal(find_step(loaded, "smile"), written.directions["smile"])
    assert find_step(loaded, "d1").shape == (loaded.num_ws, loaded.w_dim)


def without_filters(state: dict, *others: str) -> dict:
    return {name: value for name, value in state.items() if not name.endswith(("_filter", *others))}


def test_filters_that_a_state_dict_lacks_are_designed_again(tmp_path):
    whole = checkpoints.load(FIXTURES / "sg3_r_64.pkl")
    torch.save({"G_ema": without_filters(whole.state_dict(), "transform")}, path := tmp_path / "n.pt")
    found = checkpoints.load(path, lr=0.01)
    for name, tensor in whole.state_dict().items():
        torch.testing.assert_close(found.state_dict()[name], tensor, atol=1e-7, rtol=0, msg=name)
    assert checkpoints.inspect(path, lr=0.01).notes[1:] == (
        "28 filters are missing; they are designed as NVIDIA's",
        "the transform of the input is missing; it is left as it is",
    )


def test_filters_that_a_pickle_lacks_are_designed_from_what_its_layers_say():
    top = containers.open_file(FIXTURES / "sg3_t_cutoff.pkl").top
    expected = nvidia.interpret(top).arrays
    for state in nvidia.walk(top["G_ema"], "", set()):
        for name in ("up_filter", "down_filter"):
            state[1]["_buffers"].pop(name, None)
    found = nvidia.interpret(top)
    assert found.notes == ("20 filters are missing; they are designed as NVIDIA's",)
    for name, value in expected.items():
        np.testing.assert_allclose(to_float32(found.arrays[name]), to_float32(value), atol=1e-7, err_msg=name)


def test_training_starts_from_stylegan2_only():
    with pytest.raises(errors.BadValue, match="a StyleGAN2 network"):
        read_start(FIXTURES / "sg3_t_narrow.pkl")


# Refusals.


def refusal(path: Path) -> str:
    """Load ``path``, which must be refused soon and the same way when it is inspected. Return the sentence."""
    began = time.process_time()
    with pytest.raises(errors.CheckpointError) as caught:
        checkpoints.load(path)
    assert time.process_time() - began < 2
    with pytest.raises(type(caught.value)):
        checkpoints.inspect(path)
    return str(caught.value)


def synthesis_of(tree: writers.Persistent) -> writers.Persistent:
    return tree.state["_modules"]["synthesis"]


def layers_of(tree: writers.Persistent) -> dict[str, writers.Persistent]:
    return synthesis_of(tree).state["_modules"]


def written(path: Path, change) -> Path:
    """Write a network whose tree of modules ``change`` has changed, and return its path."""
    tree = writers.stylegan3_module(writers.stylegan3_generator())
    change(tree)
    writers.dump(path / "n.pkl", {"G_ema": tree}, 4)
    return path / "n.pkl"


def rename(old: str, new: str):
    def change(tree):
        modules = layers_of(tree)
        renamed = [(new if name == old else name, module) for name, module in modules.items()]
        modules.clear()
        modules.update(renamed)

    return change


def attribute(name: str, value: object, layer: str = "L2_20_5"):
    return lambda tree: layers_of(tree)[layer].state.__setitem__(name, value)


def tensor(name: str, value: object, layer: str = "L2_20_5", kind: str = "_buffers"):
    return lambda tree: layers_of(tree)[layer].state[kind].__setitem__(name, value)


def copy_layer(new: str):
    return lambda tree: layers_of(tree).__setitem__(new, layers_of(tree)["L2_20_5"])


def remove_layer(name: str):
    return lambda tree: layers_of(tree).__delitem__(name)


def in_mapping(name: str, value: object):
    return lambda tree: tree.state["_modules"]["mapping"].state["_buffers"].__setitem__(name, value)


DEEP: list = []
DEEP.append([DEEP] * 30)

NONSENSE = {
    "a layer is missing": (remove_layer("L2_20_5"), "not L0 L1 L2"),
    "a layer is there twice": (copy_layer("L2_20_6"), "nested unusually"),
    "a layer with a long number": (rename("L5_16_3", "L9999_16_3"), "unusual up_factor in L4_16_4"),
    "a size that is too large": (rename("L3_20_4", "L3_99999_4"), "sizes is 99999"),
    "a size that is large": (rename("L3_20_4", "L3_2048_4"), "unusual padding"),
    "channels that are not there": (rename("L3_20_4", "L3_20_90"), "shape"),
    "absurdly many channels": (rename("L3_20_4", "L3_20_60000"), "60000 features"),
    "other colours": (rename("L5_16_3", "L5_16_2"), "2 colour channels and not 1 3 or 4"),
    "a rate that is a text": (attribute("out_sampling_rate", "16"), "rates is not a list of whole numbers"),
    "a rate that is missing": (attribute("out_sampling_rate", None), "rates is not a list of whole numbers"),
    "a rate of 0": (attribute("out_sampling_rate", 0), "rates is 0"),
    "a huge rate": (attribute("out_sampling_rate", 10**30), "rates is"),
    "a rate that fits nothing": (attribute("out_sampling_rate", 24), "unusual up_factor"),
    "a rate that contradicts the next layer": (attribute("out_sampling_rate", 8), "unusual"),
    "a first rate of 0": (attribute("tmp_sampling_rate", -4, "L0_12_6"), "lrelu_upsampling"),
    "an absurd first rate": (attribute("tmp_sampling_rate", 8 * 9999, "L0_12_6"), "unusual settings"),
    "another factor": (attribute("up_factor", 8), "unusual up_factor in L2_20_5"),
    "another padding": (attribute("padding", [9, 9, 9, 9]), "unusual padding in L2_20_5"),
    "a padding without an end": (attribute("padding", DEEP), "unusual padding|nested|twice"),
    "a rectangle": (attribute("out_size", np.array([20, 10])), "a StyleGAN3 network that draws rectangles"),
    "a size of a thousand numbers": (attribute("in_size", np.zeros(1000)), "unusual in_size in L2_20_5"),
    "a size of texts": (attribute("in_size", np.array(["a", "b"])), "in_size is not a tensor of numbers"),
    "a clamp of one layer": (attribute("conv_clamp", 3.0), "differ in conv_clamp"),
    "a filter of two axes": (tensor("up_filter", torch.ones(24, 24)), "up_filter has the shape"),
    "a filter that is too long": (tensor("up_filter", torch.ones(500), "L0_12_6"), "unusual|filter_size"),
    "a radial filter too late": (tensor("down_filter", torch.ones(12, 12)), "has the shape"),
    "a filter of ToRGB": (tensor("up_filter", torch.ones(12), "L5_16_3"), "parts that StyleGAN3 has not"),
    "several magnitudes": (tensor("magnitude_ema", torch.ones(2)), "magnitude_ema has the shape"),
    "an extra tensor": (tensor("attention", torch.ones(2), kind="_parameters"), "a network with attention"),
    "another extra tensor": (tensor("extra", torch.ones(2), kind="_parameters"), "parts that StyleGAN3 has not"),
    "noise": (tensor("noise_const", torch.ones(20, 20)), "parts that StyleGAN3 has not"),
    "a bandwidth of nothing": (attribute("bandwidth", 0, "input"), "bandwidth is not a positive number"),
    "a bandwidth that is a list": (attribute("bandwidth", [2], "input"), "bandwidth is not a positive number"),
    "few frequencies": (tensor("freqs", torch.ones(2, 2), "input"), "freqs has the shape"),
    "a scale below 0": (lambda tree: synthesis_of(tree).state.update(output_scale=-1.0), "output_scale is not"),
    "StyleGAN-XL's average": (in_mapping("w_avg", torch.ones(3, 12)), "a StyleGAN-XL network"),
    "StyleGAN-XL's labels": (
        lambda tree: (
            tree.state["_modules"]["mapping"]
            .state["_modules"]
            .update(
                embed_proj=writers.Persistent("X", parameters={"weight": torch.nn.Parameter(torch.ones(3, 3), False)})
            )
        ),
        "a StyleGAN-XL network",
    ),
}


@pytest.mark.parametrize("name", NONSENSE)
def test_nonsense_is_refused_in_a_sentence(tmp_path, name):
    change, sentence = NONSENSE[name]
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(writers, "SOURCE", "pass")
        path = written(tmp_path, change)
    assert any(part in refusal(path) for part in sentence.split("|")), refusal(path)


@pytest.mark.parametrize(
    ("name", "value", "sentence"),
    [
        ("synthesis.L2_20_5.magnitude_ema", torch.tensor(0.0), "magnitude_ema is not a positive number"),
        ("synthesis.L2_20_5.magnitude_ema", torch.tensor(-1.0), "magnitude_ema is not a positive number"),
        ("synthesis.L2_20_5.magnitude_ema", torch.tensor(float("nan")), "numbers that are not finite"),
        ("synthesis.input.freqs", torch.full((6, 2), float("inf")), "numbers that are not finite"),
        ("synthesis.input.transform", torch.full((3, 3), float("nan")), "numbers that are not finite"),
        ("synthesis.L2_20_5.up_filter", torch.full((24,), float("inf")), "numbers that are not finite"),
    ],
)
def test_numbers_that_cannot_draw_are_refused(tmp_path, name, value, sentence):
    made = writers.stylegan3_generator()
    made.state_dict()[name].copy_(value)
    writers.stylegan3_pickle(path := tmp_path / "n.pkl", made)
    with pytest.raises(errors.UnsupportedNetwork, match=sentence):
        checkpoints.load(path)


def test_hundreds_of_layers_are_refused_before_any_is_made(tmp_path):
    def change(tree):
        modules = layers_of(tree)
        for name in list(modules)[2:]:
            del modules[name]
        bias = {"bias": torch.nn.Parameter(torch.ones(3), False)}
        more = (
            writers.Persistent("SynthesisLayer", parameters=bias, out_sampling_rate=8, conv_clamp=256.0)
            for _ in range(399)
        )
        modules.update({f"L{i}_12_3": layer for i, layer in enumerate(more, 1)})

    assert "2 to 64 layers" in refusal(written(tmp_path, change))


def test_rosinalitys_alias_free_network_is_named(tmp_path):
    tensors = {
        "input.freqs": torch.ones(4, 2),
        "input.phases": torch.ones(4),
        "affine_fourier.weight": torch.ones(4, 8),
    }
    torch.save({"conf": {}, "g_ema": tensors}, tmp_path / "n.pt")
    assert "holds a network of rosinality's alias-free-gan" in refusal(tmp_path / "n.pt")


def test_a_plain_state_dict_draws_what_its_pickle_draws(tmp_path):
    original = checkpoints.load(FIXTURES / "sg3_r_64.pkl")
    state = {f"module.{name}": value for name, value in original.state_dict().items()}
    torch.save({"G": {"x": torch.ones(1)}, "G_ema": state}, tmp_path / "n.pt")
    loaded = checkpoints.load(tmp_path / "n.pt")
    assert loaded.hyper == original.hyper
    same(loaded, original)
    assert any("bandwidth 2" in note for note in checkpoints.inspect(tmp_path / "n.pt").notes)


def test_a_plain_state_dict_whose_margin_is_not_nvidias_is_refused(tmp_path):
    torch.save(checkpoints.load(FIXTURES / "sg3_t_cutoff.pkl").state_dict(), tmp_path / "n.pt")
    assert "without its rates" in refusal(tmp_path / "n.pt")
