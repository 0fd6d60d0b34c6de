"""Files with plain state dicts: found in whatever they are wrapped in, drawn as from the original file, or refused.

test_checkpoints.py damages such files at random.
"""

import pickle
import zipfile
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

import checkpoint_writers as writers
import numpy as np
import pytest
import rosinality_reference
import torch
from safetensors.torch import save_file

from generator import checkpoints
from generator.__main__ import main
from generator.contract import errors
from generator.stylegan2.network import Generator

SMALL = {"resolution": 8, "channels": {4: 8, 8: 4}, "z_dim": 16, "w_dim": 16, "num_mapping_layers": 2}
STATES: Mapping[str, Callable[[Generator], dict[str, torch.Tensor]]] = {
    "nvidia": writers.nvidia_state,
    "rosinality": writers.rosinality_state,
    "basicsr": writers.basicsr_state,
}
CLAMP = {"nvidia": 256.0}  # what NVIDIA's programs train with, and a state dict does not say


def prefixed(state: Mapping[str, torch.Tensor], prefix: str) -> dict[str, torch.Tensor]:
    return {prefix + name: value for name, value in state.items()}


# What a program makes of a generator's state dict before it saves it, with other things beside.
WRAPPINGS: Mapping[str, Callable[[dict[str, torch.Tensor]], dict[str, Any]]] = {
    "bare": lambda state: dict(state),
    "module.": lambda state: prefixed(state, "module."),
    "decoder.": lambda state: prefixed(state, "decoder."),
    "generator.module.": lambda state: prefixed(state, "generator.module."),
    "G_ema.": lambda state: prefixed(state, "G_ema.") | {"G.synthesis.b4.conv1.weight": torch.zeros(2)},
    "G_ema": lambda state: {"G": prefixed(state, "old"), "D": {"b4.conv.weight": torch.zeros(3)}, "G_ema": dict(state)},
    "g_ema": lambda state: {"g": zeroed(state), "g_ema": dict(state), "args": None},
    "params_ema": lambda state: {"params": zeroed(state), "params_ema": dict(state)},
    "state_dict": lambda state: {"epoch": 7, "state_dict": prefixed(state, "module.generator."), "opts": {"a": [1]}},
    "generator": lambda state: {"generator": dict(state), "discriminator": {}, "iteration": 5},
    "model.g_ema": lambda state: {"model": {"g": zeroed(state), "g_ema": prefixed(state, "module.")}},
    "_orig_mod.": lambda state: {"ema_state_dict": prefixed(state, "_orig_mod."), "model_state_dict": zeroed(state)},
}


def zeroed(state: Mapping[str, torch.Tensor]) -> dict[str, torch.Tensor]:
    return {name: torch.zeros_like(value) for name, value in state.items()}


def pictures(generator: Generator) -> torch.Tensor:
    z = torch.randn(2, generator.z_dim, generator=torch.Generator().manual_seed(1))
    return generator(z, torch.eye(generator.c_dim)[[1, 0]] if generator.c_dim else None, psi=0.7)


def original(path: Path, kind: str, written: Generator) -> torch.Tensor:
    """Return the pictures of the same network from a file of the program itself."""
    if kind == "nvidia":
        writers.nvidia(path, written)
    else:
        writers.rosinality(path, written)
    return pictures(checkpoints.load(path))


@pytest.mark.parametrize("kind", STATES)
def test_a_state_dict_draws_the_pictures_of_the_original_file_whatever_it_is_wrapped_in(tmp_path, kind):
    written = writers.generator(**SMALL | {"conv_clamp": CLAMP.get(kind)})
    expected, state = original(tmp_path / "o.bin", kind, written), STATES[kind](written)
    for number, (name, wrap) in enumerate(WRAPPINGS.items()):
        top = wrap(state) | ({} if kind == "nvidia" else {"latent_avg": written.mapping.w_avg})
        torch.save(top, path := tmp_path / "n.pt", _use_new_zipfile_serialization=number % 2 == 0)
        loaded = checkpoints.load(path)
        assert torch.equal(pictures(loaded), expected), name
        assert not any("average" in note for note in checkpoints.inspect(path).notes), name
        if all(isinstance(value, torch.Tensor) for value in top.values()):
            tensors = {key: value.clone() for key, value in top.items()}
            save_file(tensors, path := tmp_path / "n.safetensors", metadata={"format": "pt"})
            assert torch.equal(pictures(checkpoints.load(path)), expected), name


@pytest.mark.parametrize(
    "settings",
    [
        {"architecture": "orig", "resample_filter": (1, 2, 1)},
        {"architecture": "resnet", "resample_filter": (1, 2, 4, 8, 7, 5, 2, 1)},
        {"c_dim": 3, "embed_features": 9, "use_noise": False},
        {"resolution": 4, "channels": {4: 6}},
    ],
    ids=str,
)
def test_what_a_state_dict_of_nvidia_tells_is_taken_from_it(tmp_path, settings):
    written = writers.generator(**SMALL | {"conv_clamp": 256.0} | settings)
    torch.save(writers.nvidia_state(written), path := tmp_path / "n.pth")
    loaded, expected = checkpoints.load(path), original(tmp_path / "o.pkl", "nvidia", written)
    assert torch.equal(pictures(loaded), expected)
    described = checkpoints.inspect(path)
    assert described.format.startswith("NVIDIA state dict")
    assert [note for note in described.notes if "clamped at 256" in note]
    assert len(described.notes) == 1


def test_pickled_as_itself_a_state_dict_is_read_as_well(tmp_path):
    written = writers.generator(**SMALL)
    arrays = {name: value.numpy() for name, value in writers.rosinality_state(written).items()}
    (path := tmp_path / "n.pkl").write_bytes(
        pickle.dumps({"g_ema": arrays, "latent_avg": written.mapping.w_avg.numpy()})
    )
    assert torch.equal(pictures(checkpoints.load(path)), original(tmp_path / "o.pt", "rosinality", written))


@pytest.mark.parametrize("rows", [None, 1, 4])
@pytest.mark.parametrize("legacy", [False, True], ids=["zip", "legacy"])
def test_the_decoder_of_an_encoder_is_read_with_its_average(tmp_path, rows, legacy):
    written = writers.generator(**SMALL)
    average = written.mapping.w_avg if rows is None else written.mapping.w_avg.repeat(rows, 1)
    torch.save(writers.psp(written, average), path := tmp_path / "e.pt", _use_new_zipfile_serialization=not legacy)
    assert torch.equal(pictures(checkpoints.load(path)), original(tmp_path / "o.pt", "rosinality", written))
    assert checkpoints.inspect(path).notes == ()


@pytest.mark.parametrize("prefix", ["decoder.", "module.decoder."])
def test_the_average_of_a_decoder_may_have_its_prefix_or_that_of_what_it_is_in(tmp_path, prefix):
    written = writers.generator(**SMALL)
    expected, state = original(tmp_path / "o.pt", "rosinality", written), writers.rosinality_state(written)
    for place in (prefix, prefix.removesuffix("decoder.")):
        flat = prefixed(state, prefix) | {place + "latent_avg": written.mapping.w_avg.repeat(4, 1)}
        torch.save({"state_dict": flat}, path := tmp_path / "e.pt")
        assert torch.equal(pictures(checkpoints.load(path)), expected)
        assert checkpoints.inspect(path).notes == ()


def test_an_average_that_is_not_finite_is_estimated_instead_and_noted(tmp_path):
    torch.save(writers.psp(writers.generator(**SMALL), torch.full((4, 16), torch.nan)), path := tmp_path / "e.pt")
    assert "its latent_avg is not finite and is not used" in checkpoints.inspect(path).notes
    assert checkpoints.load(path).mapping.w_avg.isfinite().all()


def test_numbers_that_are_stored_negated_are_not_taken_for_others(tmp_path):
    state = writers.rosinality_state(writers.generator(**SMALL))
    negated = torch.complex(state["style.1.bias"], state["style.1.bias"]).conj().imag
    assert negated.is_neg()
    torch.save({"g_ema": state | {"style.1.bias": negated}}, path := tmp_path / "n.pt")
    with pytest.raises(errors.UnsupportedNetwork, match="stored as its negative"):
        checkpoints.inspect(path)


@pytest.mark.parametrize("kind", ["uint16", "uint32", "uint64", "complex64", "float8_e4m3fn", "float8_e5m2"])
def test_numbers_of_other_kinds_beside_a_network_do_no_harm_and_within_it_are_named(tmp_path, kind):
    written = writers.generator(**SMALL)
    state = {name: value.contiguous().clone() for name, value in writers.rosinality_state(written).items()}
    odd = torch.zeros(3).to(getattr(torch, kind))
    save_file(prefixed(state, "g_ema.") | {"D.x": odd}, path := tmp_path / "n.safetensors")
    assert checkpoints.inspect(path).resolution == 8
    save_file(prefixed(state, "g_ema.") | {"g_ema.style.1.bias": odd}, path)
    sentence = r"has the shape \[3\]" if kind.startswith("uint") else "is not a tensor of numbers"
    with pytest.raises(errors.UnsupportedNetwork, match=sentence):
        checkpoints.inspect(path)


def test_an_average_that_differs_between_layers_is_estimated_instead_and_noted(tmp_path):
    written = writers.generator(**SMALL)
    torch.save(writers.psp(written, torch.randn(4, 16)), path := tmp_path / "e.pt")
    notes = checkpoints.inspect(path).notes
    assert len(notes) == 2
    assert "differs from layer to layer" in notes[0]
    assert "estimated" in notes[1]
    assert checkpoints.load(path).mapping.w_avg.isfinite().all()


@pytest.mark.parametrize("rows", [1, 4])
def test_an_average_inside_a_state_dict_may_have_a_row_for_each_layer(tmp_path, rows):
    written = writers.generator(**SMALL | {"conv_clamp": 256.0})
    state = writers.nvidia_state(written)
    state["mapping.w_avg"] = state["mapping.w_avg"].repeat(rows, 1)
    torch.save({"G_ema": state}, path := tmp_path / "n.pt")
    assert torch.equal(pictures(checkpoints.load(path)), original(tmp_path / "o.pkl", "nvidia", written))
    state["mapping.w_avg"] = torch.randn(4, 16)
    torch.save({"G_ema": state}, path)
    assert "its mapping.w_avg differs from layer to layer" in checkpoints.inspect(path).notes[1]
    state["mapping.w_avg"] = torch.randn(3, 16)
    torch.save({"G_ema": state}, path)
    with pytest.raises(errors.UnsupportedNetwork, match="w_avg has an unusual shape"):
        checkpoints.inspect(path)


@pytest.mark.parametrize("rows", [1, 7])
def test_the_average_beside_a_stylegan3_decoder_is_taken_if_it_has_none(tmp_path, rows):
    written = writers.stylegan3_generator(sizes=(28, 28, 36, 36, 16, 16))
    state = {f"decoder.{name}": value for name, value in written.state_dict().items() if not name.endswith("w_avg")}
    average = torch.arange(12.0).repeat(rows, 1)
    torch.save({"state_dict": state, "latent_avg": average}, path := tmp_path / "n.pt")
    assert torch.equal(checkpoints.load(path, lr=0.01).mapping.w_avg, torch.arange(12.0))


@pytest.mark.parametrize("shape", [(3, 16), (4, 15), (16, 1), (1, 1, 16), ()])
def test_an_average_of_another_shape_is_refused(tmp_path, shape):
    torch.save(writers.psp(writers.generator(**SMALL), torch.zeros(shape)), path := tmp_path / "e.pt")
    with pytest.raises(errors.UnsupportedNetwork, match="latent_avg has an unusual shape"):
        checkpoints.inspect(path)


@pytest.mark.parametrize(("kind", "name"), [("rosinality", "g"), ("nvidia", "G"), ("basicsr", "netG")])
def test_a_network_that_is_not_averaged_is_read_with_a_note(tmp_path, kind, name):
    state = STATES[kind](writers.generator(**SMALL))
    torch.save({name: state, "d": {"w": torch.zeros(2)}}, path := tmp_path / "n.pt")
    assert "lacks the averaged network" in checkpoints.inspect(path).notes[-2 if kind != "nvidia" else -1]
    torch.save({name: zeroed(state), "g_ema": state}, path)
    assert not any("averaged network" in note for note in checkpoints.inspect(path).notes)
    assert checkpoints.load(path).synthesis.b4.const.any()


AVERAGED = (
    *("state_dict_ema", "ema_generator", "generator_smooth", "generator_test", "generator_averaged", "modelEMA"),
    *("model_ema_state", "G_avg", "g_running", "Gs", "netG_ema", "params_ema", "ema"),
)


@pytest.mark.parametrize("other", ["state_dict", "G", "g", "generator"])
@pytest.mark.parametrize("name", AVERAGED)
def test_the_averaged_network_is_taken_whatever_a_program_calls_it(tmp_path, name, other):
    written = writers.generator(**SMALL | {"conv_clamp": 256.0})
    state, expected = writers.nvidia_state(written), original(tmp_path / "o.pkl", "nvidia", written)
    flat = prefixed(zeroed(state), f"{other}.") | prefixed(state, f"{name}.")
    for top in ({other: zeroed(state), name: state}, {"state_dict": flat}, flat):
        torch.save(top, path := tmp_path / "n.pt")
        assert torch.equal(pictures(checkpoints.load(path)), expected)
        assert not any("network" in note for note in checkpoints.inspect(path).notes)


def test_of_two_networks_that_may_be_meant_it_is_said_which_is_used(tmp_path):
    state = writers.nvidia_state(writers.generator(**SMALL))
    torch.save({"first": state, "second": zeroed(state)}, path := tmp_path / "n.pt")
    assert "it holds more than one network; first is used, not second" in checkpoints.inspect(path).notes
    torch.save({"model": zeroed(state), "generator": state}, path)  # the better known name, not the first
    assert "it holds more than one network; generator is used, not model" in checkpoints.inspect(path).notes


@pytest.mark.parametrize("taps", [(1, 3, 3, 1), (1, 2, 1), (1, 1), (1, 4, 6, 4, 1), (1, 2, 3, 1)], ids=str)
def test_the_filters_in_a_file_are_applied_as_its_program_does(tmp_path, taps):
    sizes = {"resolution": 16, "channels": {4: 8, 8: 6, 16: 4}, "z_dim": 32, "w_dim": 32}
    written = writers.generator(**SMALL | sizes | {"resample_filter": taps, "mapping_lr": 0.1})
    torch.save(writers.psp(written, written.mapping.w_avg), path := tmp_path / "e.pt")
    z = torch.randn(2, 32, generator=torch.Generator().manual_seed(3))
    expected = rosinality_reference.draw(writers.rosinality_state(written), z, 0.1, written.mapping.w_avg, 0.7)
    found = checkpoints.load(path)(z, psi=0.7)
    assert (found - expected).abs().max() < 3e-6 * expected.abs().max()


def test_missing_filters_are_noted(tmp_path):
    written = writers.generator(**SMALL)
    for kind in ("nvidia", "rosinality"):
        state = {k: v for k, v in STATES[kind](written).items() if not k.endswith(("kernel", "resample_filter"))}
        torch.save(state, path := tmp_path / "n.pt")
        assert any("resampling filter is missing" in note for note in checkpoints.inspect(path).notes)
        assert checkpoints.load(path).hyper.resample_filter == (1, 3, 3, 1)


def test_parameters_with_attributes_are_read(tmp_path):
    written = writers.generator(**SMALL)
    state = {name: torch.nn.Parameter(value) for name, value in writers.nvidia_state(written).items()}
    for parameter in state.values():
        parameter.is_shared, parameter.note = True, {"lr": 0.5}
    torch.save({"G_ema": state}, path := tmp_path / "n.pt")
    with zipfile.ZipFile(path) as file:
        assert b"_rebuild_parameter_with_state" in file.read("n/data.pkl")
    writers.nvidia(other := tmp_path / "o.pkl", written)
    for name, tensor in checkpoints.load(path).state_dict().items():
        assert torch.equal(tensor, checkpoints.load(other).state_dict()[name])


def parallel(child: object) -> torch.nn.DataParallel:
    wrapper = torch.nn.DataParallel(torch.nn.Identity())
    wrapper._modules["module"] = child
    return wrapper


def test_a_pickled_wrapper_for_several_gpus_is_read_if_what_it_wraps_is(tmp_path):
    written = writers.generator(**SMALL)
    writers.dump(path := tmp_path / "n.pkl", {"G_ema": parallel(writers.nvidia_module(written)), "D": None})
    assert torch.equal(pictures(checkpoints.load(path)), original(tmp_path / "o.pkl", "nvidia", written))


class Whole:
    """Stands for the class of a generator in somebody's program."""


@pytest.mark.parametrize("wrap", [lambda network: network, parallel], ids=["alone", "in a wrapper"])
def test_a_whole_object_of_a_program_is_refused_for_what_it_is(tmp_path, wrap):
    with writers.modules(model={"Generator": Whole}):
        torch.save({"g_ema": wrap(Whole())}, path := tmp_path / "n.pt")
    with pytest.raises(
        errors.UnsupportedNetwork, match=r"holds a whole model\.Generator .*save its state_dict instead"
    ):
        checkpoints.load(path)


# The learning-rate multiplier of the mapping, which only pickles of modules say.


@pytest.mark.parametrize("lr", [1.0, 0.5, 0.1, 0.05, 0.02, 0.01, 0.005, 0.001])
def test_the_multiplier_of_the_mapping_is_told_from_its_weights(tmp_path, lr):
    written = writers.generator(**SMALL | {"z_dim": 32, "w_dim": 32, "mapping_lr": lr})
    torch.save(writers.psp(written, written.mapping.w_avg), path := tmp_path / "n.pt")
    loaded = checkpoints.load(path)
    assert loaded.hyper.mapping_lr == lr
    expected = (
        () if lr == 0.01 else (f"the learning-rate multiplier of the mapping is missing; the weights tell {lr:g}",)
    )
    assert checkpoints.inspect(path).notes == expected
    writers.nvidia(other := tmp_path / "o.pkl", written)
    assert torch.equal(pictures(loaded), pictures(checkpoints.load(other)))


@pytest.mark.parametrize(("lr", "told"), [(0.008, "0.008"), (0.0125, "0.012"), (0.0105, None)])
def test_where_the_weights_tell_nearly_the_usual_multiplier_that_is_used_and_noted(tmp_path, lr, told):
    written = writers.generator(**SMALL | {"z_dim": 64, "w_dim": 64, "mapping_lr": lr})
    torch.save(writers.psp(written, written.mapping.w_avg), path := tmp_path / "n.pt")
    notes = checkpoints.inspect(path).notes
    assert checkpoints.load(path).hyper.mapping_lr == 0.01
    assert len(notes) == (told is not None)
    assert told is None or f"the weights tell {told}" in notes[0]
    assert checkpoints.load(path, lr=lr).hyper.mapping_lr == lr
    assert checkpoints.inspect(path, lr=lr).notes == ()


UNCLEAR: Mapping[str, Callable[[dict[str, torch.Tensor]], object]] = {
    "between two": lambda state: [state[f"style.{n}.weight"].mul_(0.6) for n in (1, 2)],
    "larger than any": lambda state: [state[f"style.{n}.weight"].mul_(0.002) for n in (1, 2)],
    "layers that differ": lambda state: state["style.2.weight"].mul_(4),
    "zeros": lambda state: [state[f"style.{n}.weight"].zero_() for n in (1, 2)],
}


@pytest.mark.parametrize("case", UNCLEAR)
def test_a_multiplier_that_cannot_be_told_is_asked_for(tmp_path, case, capsys):
    written = writers.generator(**SMALL)
    UNCLEAR[case](state := writers.rosinality_state(written))
    torch.save({"g_ema": state}, path := tmp_path / "n.pt")
    for read in (checkpoints.load, checkpoints.inspect):
        with pytest.raises(errors.MappingLrUnknown, match=r"n\.pt does not say .*--mapping-lr"):
            read(path)
    assert checkpoints.load(path, lr=0.02).hyper.mapping_lr == 0.02
    assert main(["convert", str(path), str(out := tmp_path / "o.safetensors"), "--mapping-lr", "0.02"]) == 0
    assert checkpoints.load(out).hyper.mapping_lr == 0.02
    assert main(["inspect", str(path), "--mapping-lr", "0.02"]) == 0
    line = ["render", "waifu 1", str(tmp_path / "a.png"), "--model", str(path), "--device", "cpu", "--no-enlarge"]
    assert main(line) == 1
    assert "--mapping-lr" in capsys.readouterr().err
    assert main([*line, "--mapping-lr", "0.02"]) == 0
    assert main([*line[:2], str(tmp_path / "b.png"), "--model", str(out), *line[5:]]) == 0
    first, second = ((tmp_path / name).stat().st_size for name in ("a.png", "b.png"))
    assert abs(first - second) < 64  # they differ in the name and the digest
    assert main(["render", "waifu 1", str(tmp_path / "large.png"), "--model", str(out), "--device", "cpu"]) == 0
    np.savez(tmp_path / "w.npz", w=np.zeros((1, 4, 16), np.float32))
    for words in (
        ["blend", path, path, tmp_path / "c.safetensors"],
        ["point", tmp_path / "w.npz", "--model", path],
        ["project", tmp_path / "large.png", tmp_path / "d.png", "--model", path, "--steps", "1", "--device", "cpu"],
    ):
        assert main([str(word) for word in words]) == 1
        assert "--mapping-lr" in capsys.readouterr().err
        assert main([*(str(word) for word in words), "--mapping-lr", "0.02"]) == 0


def test_a_multiplier_that_the_file_says_cannot_be_another_one(tmp_path):
    written = writers.generator(**SMALL | {"mapping_lr": 0.5})
    writers.nvidia(path := tmp_path / "n.pkl", written)
    assert checkpoints.load(path, lr=0.5).hyper.mapping_lr == 0.5
    with pytest.raises(errors.BadValue, match=r"0\.5, as the file itself says"):
        checkpoints.inspect(path, lr=0.01)


# Networks that are known, and not read.

W = torch.zeros(3, 3)
OTHERS: Mapping[str, tuple[dict[str, Any], str]] = {
    "lucidrains": (
        {"GAN": {"S.net.0.weight": W, "G.initial_block": W, "G.blocks.0.to_style1.weight": W}, "version": "1.8"},
        "a network of lucidrains' stylegan2-pytorch",
    ),
    "lightweight": ({"GAN": {"G.initial_conv.0.weight": W, "G.layers.0.0.1.weight": W}}, "lucidrains' lightweight-gan"),
    "other": ({"state_dict": {"conv1.weight": W}}, "a state_dict that is not a StyleGAN2 network"),
    "stylegan3": ({"G_ema": {"synthesis.L0_36_512.weight": W}}, "a StyleGAN3 network without its rates"),
}


@pytest.mark.parametrize("name", OTHERS)
def test_other_networks_are_refused_for_what_they_are(tmp_path, name):
    top, sentence = OTHERS[name]
    torch.save(top, path := tmp_path / "n.pt")
    with pytest.raises(errors.UnsupportedNetwork) as caught:
        checkpoints.load(path)
    assert sentence in str(caught.value)


@pytest.mark.parametrize(
    ("kind", "part", "sentence"),
    [
        (
            "rosinality",
            "to_rgb1.iwt.ll",
            "a network with wavelets (SWAGAN): parts that StyleGAN2 has not (to_rgb1.iwt.ll)",
        ),
        ("rosinality", "dwt.hh", "a network with wavelets (SWAGAN)"),
        ("rosinality", "attns.0.to_qkv.weight", "a network with attention"),
        ("nvidia", "synthesis.b8.attn.query.weight", "a network with attention"),
        ("nvidia", "synthesis.b8.self_attention.gamma", "a network with attention"),
        ("nvidia", "synthesis.b8.extra", "parts that StyleGAN2 has not (synthesis.b8.extra)"),
    ],
)
def test_a_variant_of_stylegan2_is_refused_for_what_it_has(tmp_path, kind, part, sentence):
    state = STATES[kind](writers.generator(**SMALL)) | {part: torch.zeros(2, 2)}
    torch.save({"g_ema": state}, path := tmp_path / "n.pt")
    with pytest.raises(errors.UnsupportedNetwork) as caught:
        checkpoints.load(path)
    assert sentence in str(caught.value)


@pytest.mark.parametrize(
    ("shape", "sentence"),
    [((4, 2), "noise_const has the shape [4 4] and not [4 2]"), ((65, 4), "rows of the constant is 65")],
)
def test_a_network_that_begins_with_another_size_than_its_noise_is_refused_for_what_it_is(tmp_path, shape, sentence):
    written = writers.generator(**SMALL)
    for kind, name, first in (("nvidia", "synthesis.b4.const", ()), ("rosinality", "input.input", (1,))):
        torch.save(STATES[kind](written) | {name: torch.zeros(*first, 8, *shape)}, path := tmp_path / "n.pt")
        with pytest.raises(errors.UnsupportedNetwork) as caught:
            checkpoints.inspect(path)
        assert sentence in str(caught.value)


def test_a_pickled_module_with_attention_is_refused_for_what_it_has(tmp_path):
    tree = writers.nvidia_module(writers.generator(**SMALL))
    block = tree.state["_modules"]["synthesis"].state["_modules"]["b8"]
    block.state["_modules"]["attn"] = writers.Persistent("Attention", parameters={"weight": torch.nn.Parameter(W)})
    writers.dump(path := tmp_path / "n.pkl", {"G_ema": tree})
    with pytest.raises(
        errors.UnsupportedNetwork, match=r"a network with attention: parts .*\(synthesis\.b8\.attn\.weight\)"
    ):
        checkpoints.load(path)


# Hostile files.


def test_dictionaries_that_contain_themselves_are_searched_once(tmp_path):
    loop: dict[str, Any] = {}
    for name in ("G_ema", "g_ema", "state_dict", "model", "generator", "net", "params", "G", "g"):
        loop[name] = loop
    torch.save(loop, path := tmp_path / "n.pt")
    with pytest.raises(errors.UnsupportedNetwork, match="a G_ema that is not a StyleGAN2 network"):
        checkpoints.load(path)


def test_a_state_dict_that_holds_other_things_than_tensors_is_refused(tmp_path):
    state = writers.nvidia_state(writers.generator(**SMALL))
    for value in ({"a": 1}, [1, 2], "text", None, torch.zeros(2).to(torch.complex64)):
        torch.save(state | {"synthesis.b4.const": value}, path := tmp_path / "n.pt")
        with pytest.raises(errors.UnsupportedNetwork, match=r"synthesis\.b4\.const is not a tensor of numbers"):
            checkpoints.load(path)
    torch.save(state | {"synthesis.b4.const": torch.zeros(1).expand(8, 4, 4)}, path)
    with pytest.raises(errors.UnsupportedNetwork, match="repeats its numbers"):
        checkpoints.load(path)
    torch.save(state | {5: torch.zeros(2)}, path)
    with pytest.raises(errors.UnsupportedNetwork, match="a tensor named 5"):
        checkpoints.load(path)
