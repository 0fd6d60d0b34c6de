"""Tests the loaders: every format against reference outputs and our own writers, and every kind of bad file."""

import hashlib
import io
import itertools
import json
import os
import pickle
import random
import re
import struct
import subprocess
import sys
import time
import zipfile
from pathlib import Path

import checkpoint_writers as writers
import numpy as np
import project_paths
import pytest
import torch
from PIL import Image
from safetensors import safe_open
from safetensors.torch import save_file

from generator import checkpoints
from generator.__main__ import main
from generator.checkpoints import nvidia, state_dicts, structure, tensorflow
from generator.checkpoints.pickle import allowlist, arrays, budget, harmless
from generator.contract import errors, stamp
from generator.stylegan2.network import Generator, Hyperparameters

HERE, SHARED = project_paths.FIXTURES, project_paths.SHARED / "fixtures"
SHARED_STYLEGAN3 = project_paths.SHARED / "fixtures_stylegan3"
EXPECTED = {"ada_uncond_proto3": "ada_uncond"}  # two files of the larger collection share their expected values

SMALL = {"resolution": 8, "channels": {4: 8, 8: 4}, "z_dim": 16, "w_dim": 16, "num_mapping_layers": 2}
WIDE = {"resolution": 32, "channels": {4: 8, 8: 12, 16: 8, 32: 4}, "z_dim": 16, "w_dim": 16, "num_mapping_layers": 8}


def networks(folder: Path) -> list[Path]:
    return sorted(
        path for path in folder.glob("*.p*[lt]") if (folder / f"{EXPECTED.get(path.stem, path.stem)}.npz").exists()
    )


def reference(path: Path) -> Path:
    own = path.with_suffix(".npz")
    return own if own.exists() else path.with_name(f"{EXPECTED[path.stem]}.npz")


def chosen(folder: Path) -> list:
    return [pytest.param(path, id=f"{folder.parent.name}-{path.name}") for path in networks(folder)]


@pytest.fixture(scope="module", autouse=True)
def _one_thread():
    # The networks are so small that threads would only wait for each other.
    before = torch.get_num_threads()
    torch.set_num_threads(1)
    yield
    torch.set_num_threads(before)


@pytest.mark.parametrize("path", chosen(HERE) + chosen(SHARED) + chosen(SHARED_STYLEGAN3))
def test_a_network_of_another_program_draws_that_programs_pictures(path):
    generator = checkpoints.load(path)
    assert not generator.training
    assert not any(parameter.requires_grad for parameter in generator.parameters())
    expected = np.load(reference(path))
    z = torch.from_numpy(expected["z"]).float()
    compared = 0
    for key in expected.files:
        found = re.fullmatch(r"(w|img|u8|ximg)_psi([-\d.]+?)(?:_cut(\d+))?(?:_(const|none))?(?:_c(\d+))?", key)
        if not found:
            assert key in ("z", "seeds", "x_forward", "x_transform")
            continue
        kind, psi, cutoff, noise, label = found.groups()
        one_hot = torch.eye(generator.c_dim)[[int(label)] * len(z)] if label else None
        w = generator.mapping(z, one_hot, psi=float(psi), cutoff=int(cutoff) if cutoff else None)
        compared += 1
        if kind == "w":
            np.testing.assert_allclose(w.numpy(), expected[key], atol=1e-4, rtol=0)
            continue
        moved = {"transform": torch.from_numpy(expected["x_transform"])[None]} if kind == "ximg" else {}
        x = generator.synthesis(w, noise=noise, **moved)
        if kind in ("img", "ximg"):
            np.testing.assert_allclose(x.numpy(), expected[key], atol=1e-4, rtol=0)
        else:
            pixels = (x * 127.5 + 128).clamp(0, 255).to(torch.uint8).permute(0, 2, 3, 1).numpy()
            assert np.abs(pixels.astype(int) - expected[key].astype(int)).max() <= 1
    assert compared >= 6


def test_a_loaded_network_has_its_digest_name_and_classes():
    path = HERE / "ada_cond.pkl"
    generator = checkpoints.load(path)
    assert generator.digest == hashlib.sha256(path.read_bytes()).hexdigest()[:16]
    assert generator.name == "ada-cond"
    assert generator.traits == {"class": ("0", "1", "2", "3", "4")}
    described = checkpoints.inspect(path)
    assert (described.digest, described.name, described.resolution) == (generator.digest, "ada-cond", 64)
    assert described.parameters == sum(parameter.numel() for parameter in generator.parameters())


def test_precision_and_device_are_passed_on(tmp_path):
    writers.rosinality(path := tmp_path / "n.pt", writers.generator(**SMALL))
    generator = checkpoints.load(path, precision="auto", device="auto")
    assert generator.precision == "auto"
    assert generator.device.type == ("cuda" if torch.cuda.is_available() else "cpu")
    assert checkpoints.load(path).precision == "exact"


@pytest.mark.parametrize("wrong", [{"device": "banana"}, {"device": "cuda:7"}, {"precision": "half"}])
def test_an_unknown_device_or_precision_is_refused_with_the_choices(wrong):
    with pytest.raises(errors.NotAChoice, match=r"choose one of: (auto, cpu, cuda|exact, auto)\."):
        checkpoints.load(HERE / "ada_cond.pkl", **wrong)


@pytest.mark.skipif(torch.cuda.is_available(), reason="there is a CUDA device")
def test_cuda_without_a_gpu_is_refused_with_a_sentence():
    with pytest.raises(errors.BadValue, match="torch finds no CUDA device"):
        checkpoints.load(HERE / "ada_cond.pkl", device="cuda")


def test_every_file_name_becomes_a_name_that_a_recipe_can_hold(tmp_path):
    network = writers.generator(**SMALL)
    for stem, name in (("My Net (final)_v2", "my-net-final-v2"), ("日本", "ri-ben"), ("x" * 50, "x" * 40)):
        writers.rosinality(tmp_path / f"{stem}.pt", network)
        assert checkpoints.inspect(tmp_path / f"{stem}.pt").name == name


# Round trips: checkpoint_writers.py describes each format a second time, for writing.


def same(loaded: Generator, written: Generator) -> None:
    assert loaded.hyper.hidden == written.hyper.hidden or written.hyper.num_mapping_layers == 1
    assert loaded.hyper.embed == written.hyper.embed or not written.hyper.c_dim
    skipped = {"mapping_features", "embed_features", "resample_filter"}
    ours, theirs = loaded.hyper.to_dict(), written.hyper.to_dict()
    assert {k: v for k, v in ours.items() if k not in skipped} == {k: v for k, v in theirs.items() if k not in skipped}
    if written.resolution > 4:
        taps = [np.array(g.hyper.resample_filter) / sum(g.hyper.resample_filter) for g in (loaded, written)]
        np.testing.assert_allclose(*taps, atol=1e-6)
    state = written.state_dict()
    assert loaded.state_dict().keys() == state.keys()
    for name, tensor in loaded.state_dict().items():
        assert tensor.is_contiguous()
        torch.testing.assert_close(tensor, state[name], atol=1e-6, rtol=1e-6, msg=name)


VARIANTS = {
    "small": SMALL,
    "32 px": WIDE,
    "4 px": SMALL | {"resolution": 4, "channels": {4: 6}},
    "asymmetric filter": SMALL | {"resample_filter": (1, 2, 3, 1)},
    "three taps": SMALL | {"resample_filter": (1, 2, 1)},
    "one tap": SMALL | {"resample_filter": (1,)},
    "eight taps": SMALL | {"resample_filter": (1, 2, 4, 8, 7, 5, 2, 1)},
    "grey": SMALL | {"img_channels": 1},
    "opacity": SMALL | {"img_channels": 4},
}
NVIDIA_VARIANTS = VARIANTS | {
    "orig": WIDE | {"architecture": "orig"},
    "resnet": WIDE | {"architecture": "resnet"},
    "other sizes": SMALL | {"w_dim": 24, "z_dim": 10, "mapping_features": 20, "num_mapping_layers": 5},
    "one mapping layer": SMALL | {"num_mapping_layers": 1, "w_dim": 12},
    "swish and relu": SMALL | {"activation": "swish", "mapping_activation": "relu", "mapping_lr": 0.5},
    "clamp": SMALL | {"conv_clamp": 256.0},
    "no noise": SMALL | {"use_noise": False},
    "classes": SMALL | {"c_dim": 7, "embed_features": 9},
    "classes alone": SMALL | {"c_dim": 7, "z_dim": 0},
    "everything": WIDE
    | {
        "w_dim": 20,
        "c_dim": 3,
        "architecture": "resnet",
        "conv_clamp": 4.0,
        "activation": "elu",
        "resample_filter": (1, 4, 2, 1),
    },
}
TENSORFLOW_VARIANTS = NVIDIA_VARIANTS | {
    "labels concatenated": SMALL | {"c_dim": 4, "label_mode": "concat_joint", "embed_features": 16},
    "latents as they are": SMALL | {"normalize_latents": False},
}


@pytest.mark.parametrize("variant", NVIDIA_VARIANTS)
def test_every_variant_survives_an_nvidia_pickle(tmp_path, variant):
    written = writers.generator(**NVIDIA_VARIANTS[variant])
    writers.nvidia(tmp_path / "n.pkl", written)
    same(checkpoints.load(tmp_path / "n.pkl"), written)


@pytest.mark.parametrize("variant", TENSORFLOW_VARIANTS)
def test_every_variant_survives_a_tensorflow_pickle(tmp_path, variant):
    written = writers.generator(**TENSORFLOW_VARIANTS[variant])
    writers.tensorflow(tmp_path / "n.pkl", written)
    same(checkpoints.load(tmp_path / "n.pkl"), written)


@pytest.mark.parametrize("legacy", [False, True], ids=["zip", "legacy"])
@pytest.mark.parametrize("variant", VARIANTS)
def test_every_variant_survives_a_rosinality_file(tmp_path, variant, legacy):
    written = writers.generator(**VARIANTS[variant])
    writers.rosinality(tmp_path / "n.pt", written, legacy=legacy)
    same(checkpoints.load(tmp_path / "n.pt"), written)


@pytest.mark.parametrize("variant", TENSORFLOW_VARIANTS)
def test_every_variant_survives_our_own_format(tmp_path, variant):
    written = writers.generator(**TENSORFLOW_VARIANTS[variant])
    written.name = "drawn-9"
    checkpoints.save(written, tmp_path / "n.safetensors", card={"licence": "MIT"})
    same(loaded := checkpoints.load(tmp_path / "n.safetensors"), written)
    assert loaded.name == "drawn-9"
    assert checkpoints.inspect(tmp_path / "n.safetensors").card == {"licence": "MIT"}


@pytest.mark.parametrize("protocol", [2, 3, 4, 5])
def test_every_pickle_protocol_is_read(tmp_path, protocol):
    # The network is so large that protocol 2 writes some tensors as texts of more than 64 KiB.
    written = writers.generator(**WIDE | {"c_dim": 3, "channels": {4: 80, 8: 60, 16: 20, 32: 4}})
    writers.nvidia(tmp_path / "n.pkl", written, protocol)
    same(checkpoints.load(tmp_path / "n.pkl"), written)
    writers.tensorflow(tmp_path / "t.pkl", written, protocol)
    same(checkpoints.load(tmp_path / "t.pkl"), written)


def test_a_tensorflow_network_without_components_is_read(tmp_path):
    written = writers.generator(**WIDE)
    writers.tensorflow(tmp_path / "n.pkl", written, components=False)
    same(checkpoints.load(tmp_path / "n.pkl"), written)


def test_a_tensorflow_network_without_a_filter_repeats_pixels(tmp_path):
    written = writers.generator(**SMALL | {"resample_filter": (1, 1)})
    networks = writers.tensorflow_networks(written)
    for network in (networks[2], *networks[2].state["components"].values()):
        network.state["static_kwargs"]["resample_kernel"] = None
    writers.dump_networks(tmp_path / "n.pkl", networks)
    same(checkpoints.load(tmp_path / "n.pkl"), written)


def test_a_snapshot_without_the_average_is_read_with_a_note(tmp_path):
    for written, write in (
        (writers.generator(**SMALL), writers.nvidia_module),
        (writers.stylegan3_generator(), writers.stylegan3_module),
    ):
        for average in ({}, {"G_ema": None}):
            writers.dump(path := tmp_path / "n.pkl", {"G": write(written), "D": None, **average})
            (note,) = checkpoints.inspect(path).notes
            assert "lacks the averaged network" in note
            assert torch.equal(checkpoints.load(path).mapping.fc0.weight, written.mapping.fc0.weight)


def test_a_generator_alone_is_read(tmp_path):
    written = writers.generator(**SMALL)
    writers.dump(tmp_path / "n.pkl", writers.nvidia_module(written))
    same(checkpoints.load(tmp_path / "n.pkl"), written)
    writers.dump_networks(tmp_path / "t.pkl", writers.tensorflow_networks(written)[2])
    same(checkpoints.load(tmp_path / "t.pkl"), written)
    torch.save(writers.rosinality_state(written), tmp_path / "r.pt")
    same(checkpoints.load(tmp_path / "r.pt").requires_grad_(False), _with_average_of(written, tmp_path / "r.pt"))


def _with_average_of(written: Generator, path: Path) -> Generator:
    written.mapping.w_avg.copy_(checkpoints.load(path).mapping.w_avg)
    return written


@pytest.mark.parametrize("legacy", [False, True], ids=["zip", "legacy"])
def test_a_missing_average_is_estimated_and_noted(tmp_path, legacy, caplog):
    written = writers.generator(**SMALL)
    writers.rosinality(path := tmp_path / "n.pt", written, average=False, legacy=legacy)
    loaded = checkpoints.load(path)
    w = written.mapping(torch.from_numpy(np.random.RandomState(5).randn(20_000, 16)).float())[:, 0]
    assert (loaded.mapping.w_avg - w.mean(dim=0)).abs().max() < 0.05 * w.std(dim=0).max()
    assert any("average" in note for note in checkpoints.inspect(path).notes)
    assert "average" in caplog.text


def test_missing_noise_planes_are_zeros_and_noted(tmp_path):
    written = writers.generator(**SMALL)
    writers.rosinality(path := tmp_path / "n.pt", written, noise=False)
    loaded = checkpoints.load(path)
    assert not loaded.get_buffer("synthesis.b8.conv1.noise_const").any()
    assert checkpoints.inspect(path).notes == ("3 noise planes are missing; zeros take their place",)


@pytest.mark.parametrize("kind", [torch.float16, torch.bfloat16, torch.float64])
def test_weights_of_another_precision_are_read(tmp_path, kind):
    written = writers.generator(**SMALL)
    state = writers.rosinality_state(written)
    torch.save(
        {"g_ema": {k: v.to(kind) for k, v in state.items()}, "latent_avg": written.mapping.w_avg}, tmp_path / "n.pt"
    )
    loaded = checkpoints.load(tmp_path / "n.pt")
    for name, tensor in written.state_dict().items():
        expected = tensor if name == "mapping.w_avg" else tensor.to(kind).float()
        torch.testing.assert_close(loaded.state_dict()[name], expected, atol=0, rtol=0)


def test_transposed_and_channels_last_tensors_are_read(tmp_path):
    written = writers.generator(**SMALL)
    state = writers.rosinality_state(written)
    state["convs.0.conv.weight"] = (
        state["convs.0.conv.weight"].squeeze(0).contiguous(memory_format=torch.channels_last)[None]
    )
    state["style.1.weight"] = state["style.1.weight"].t().contiguous().t()
    torch.save({"g_ema": state, "latent_avg": written.mapping.w_avg}, tmp_path / "n.pt")
    same(checkpoints.load(tmp_path / "n.pt"), written)


def test_half_precision_files_are_half_the_size_and_nearly_equal(tmp_path):
    written = writers.generator(**WIDE | {"channels": {4: 64, 8: 64, 16: 32, 32: 16}})
    checkpoints.save(written, tmp_path / "full.safetensors")
    checkpoints.save(written, tmp_path / "half.safetensors", half=True)
    assert (tmp_path / "half.safetensors").stat().st_size < 0.6 * (tmp_path / "full.safetensors").stat().st_size
    for name, tensor in checkpoints.load(tmp_path / "half.safetensors").state_dict().items():
        torch.testing.assert_close(tensor, written.state_dict()[name], atol=1e-3, rtol=1e-3)


def test_our_own_format_keeps_traits_and_odds(tmp_path):
    made = writers.generator(**SMALL | {"c_dim": 5})
    traits = {"hair": ("pink", "blue", "black"), "glasses": ("yes", "no")}
    written = Generator.from_state(made.hyper, made.state_dict(), name="drawn-4", traits=traits)
    written.odds = {"hair": (0.5, 0.5, 0.0)}
    checkpoints.save(written, tmp_path / "n.safetensors")
    assert checkpoints.load(tmp_path / "n.safetensors").traits == traits
    assert checkpoints.load(tmp_path / "n.safetensors").odds == written.odds
    assert checkpoints.inspect(tmp_path / "n.safetensors").traits == traits


@pytest.mark.parametrize(
    "odds", [{"hair": (0.5, 0.5)}, {"hair": (0.0, 0.0, 0.0)}, {"hair": (2, 0, 0)}, {"ears": (1.0,)}]
)
def test_odds_that_do_not_fit_the_traits_are_refused(tmp_path, odds):
    made = writers.generator(**SMALL | {"c_dim": 3})
    written = Generator.from_state(
        made.hyper, made.state_dict(), name="drawn-4", traits={"hair": ("pink", "blue", "black")}
    )
    written.odds = odds
    checkpoints.save(written, tmp_path / "n.safetensors")
    with pytest.raises(errors.DamagedCheckpoint, match="the odds of the trait"):
        checkpoints.load(tmp_path / "n.safetensors")


HATS = {"hair": ("pink", "blue", "black"), "hat": ("none", "crown")}


@pytest.mark.parametrize("offered", [None, HATS, {"hair": ("pink", "black")}, {}])
def test_our_own_format_keeps_which_values_are_offered(tmp_path, offered):
    made = writers.generator(**SMALL | {"c_dim": 5})
    written = Generator.from_state(made.hyper, made.state_dict(), name="drawn-4", traits=HATS)
    written.offered = offered
    checkpoints.save(written, tmp_path / "n.safetensors")
    assert checkpoints.inspect(tmp_path / "n.safetensors").offered == (HATS if offered is None else offered)
    checkpoints.convert(tmp_path / "n.safetensors", tmp_path / "again.safetensors")
    again = checkpoints.load(tmp_path / "again.safetensors")
    assert again.traits == HATS
    assert again.offered == offered


@pytest.mark.parametrize("offered", [{"hair": ("green",)}, {"ears": ("elf",)}, {"hair": ()}])
def test_a_network_that_offers_what_it_lacks_is_refused(tmp_path, offered):
    made = writers.generator(**SMALL | {"c_dim": 5})
    written = Generator.from_state(made.hyper, made.state_dict(), name="drawn-4", traits=HATS)
    written.offered = offered
    checkpoints.save(written, tmp_path / "n.safetensors")
    with pytest.raises(errors.DamagedCheckpoint, match=r"offers values that it does not have|has no values"):
        checkpoints.inspect(tmp_path / "n.safetensors")


def test_a_converted_network_is_the_same_network(tmp_path):
    described = checkpoints.convert(HERE / "ada_cond.pkl", tmp_path / "out.safetensors")
    assert described.card["source"].startswith("NVIDIA")
    assert described.name == "ada-cond"
    same(checkpoints.load(tmp_path / "out.safetensors"), checkpoints.load(HERE / "ada_cond.pkl"))
    assert sorted(os.listdir(tmp_path)) == ["out.safetensors"]


def test_an_unwritable_target_is_reported_with_its_reason(tmp_path, monkeypatch):
    network = writers.generator(**SMALL)
    with pytest.raises(
        errors.CannotWrite, match=r"out\.safetensors could not be written: its folder does not exist; make that first\."
    ):
        checkpoints.save(network, tmp_path / "nowhere" / "out.safetensors")
    with pytest.raises(errors.CannotWrite, match="that is a folder; name a file in it"):
        checkpoints.convert(HERE / "ada_cond.pkl", tmp_path)
    monkeypatch.setattr(os, "access", lambda path, mode: False)
    with pytest.raises(errors.CannotWrite, match="its folder does not allow it; choose another one"):
        checkpoints.save(network, tmp_path / "out.safetensors")


def test_a_failed_write_is_reported_and_leaves_what_was_there(tmp_path, monkeypatch):
    checkpoints.save(writers.generator(**SMALL), out := tmp_path / "out.safetensors")
    before = out.read_bytes()

    def full(descriptor):
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(os, "fsync", full)
    with pytest.raises(errors.CannotWrite, match="could not be written: No space left on device"):
        checkpoints.save(writers.generator(**SMALL), out, half=True)
    assert {path: path.read_bytes() for path in tmp_path.iterdir()} == {out: before}


@pytest.mark.parametrize("half", [False, True])
def test_the_same_network_gives_the_same_bytes_whatever_wrote_it(tmp_path, half):
    for name in ("a", "b", "c"):
        checkpoints.convert(HERE / "ada_cond.pkl", tmp_path / f"{name}.safetensors", half=half)
    assert len({path.read_bytes() for path in tmp_path.iterdir()}) == 1
    with safe_open(tmp_path / "a.safetensors", "pt") as file:  # as the format's own library reads it
        assert {file.get_tensor(name).dtype for name in file.keys()} == {torch.float16 if half else torch.float32}  # noqa: SIM118


def test_a_network_gets_the_mode_that_every_new_file_gets(tmp_path):
    (plain := tmp_path / "plain").touch()
    checkpoints.convert(HERE / "ada_cond.pkl", written := tmp_path / "n.safetensors")
    assert written.stat().st_mode == plain.stat().st_mode


def test_a_link_to_a_network_stays_a_link(tmp_path):
    checkpoints.save(writers.generator(**SMALL), tmp_path / "real.safetensors")
    (link := tmp_path / "link.safetensors").symlink_to("real.safetensors")
    checkpoints.convert(HERE / "ada_cond.pkl", link)
    assert link.is_symlink()
    assert (
        checkpoints.inspect(tmp_path / "real.safetensors").traits == checkpoints.inspect(HERE / "ada_cond.pkl").traits
    )


@pytest.mark.parametrize("name", ["out.pkl", "out.pt", "out"])
def test_our_format_is_written_under_its_own_ending_only(tmp_path, name):
    for write in (
        lambda path: checkpoints.convert(HERE / "ada_cond.pkl", path),
        lambda path: checkpoints.save(writers.generator(**SMALL), path),
    ):
        with pytest.raises(errors.CannotWrite, match=r"must end in \.safetensors"):
            write(tmp_path / name)
    assert not list(tmp_path.iterdir())


def test_a_network_is_written_over_a_network_but_over_no_other_file_and_not_over_its_source(tmp_path):
    checkpoints.save(writers.generator(**SMALL), source := tmp_path / "source.safetensors")
    (thesis := tmp_path / "thesis.safetensors").write_text("ten years of work")
    (link := tmp_path / "link.safetensors").symlink_to(source)
    os.link(source, hard := tmp_path / "hard.safetensors")
    before = {path: path.read_bytes() for path in tmp_path.iterdir()}
    for target, reason in (
        (source, "is the source"),
        (link, "is the source"),
        (hard, "is the source"),
        (thesis, "is no"),
    ):
        with pytest.raises(errors.CannotWrite, match=reason):
            checkpoints.convert(source, target, half=True)
    with pytest.raises(errors.CannotWrite, match="is no network"):
        checkpoints.save(writers.generator(**SMALL), thesis)
    assert {path: path.read_bytes() for path in tmp_path.iterdir()} == before
    checkpoints.save(writers.generator(**SMALL), other := tmp_path / "other.safetensors")
    checkpoints.convert(HERE / "ada_cond.pkl", other)
    assert checkpoints.inspect(other).traits == checkpoints.inspect(HERE / "ada_cond.pkl").traits


def test_an_unwritable_target_is_found_before_the_source_is_read(tmp_path):
    with pytest.raises(errors.CannotWrite):
        checkpoints.convert(tmp_path / "missing.pkl", tmp_path / "nowhere" / "out.safetensors")


# The command inspect.


def inspected(capsys, path: Path) -> str:
    assert main(["inspect", str(path)]) == 0
    return capsys.readouterr().out


def test_a_card_cannot_pass_for_the_programs_own_lines(tmp_path, capsys):
    card = {
        "digest": "0" * 16,
        "\x1b]0;title\x07": "red \x1b[31m\nname:  me\u202e",
        "traits:\nname": [1, "two\r"],
        "long": "x" * 9999,
    }
    checkpoints.save(writers.generator(**SMALL), path := tmp_path / "n.safetensors", card=card)
    output = inspected(capsys, path)
    assert all(line.isprintable() for line in output.splitlines())
    assert len(output) < 4000
    rows = dict(re.split(r":\s+", line, maxsplit=1) for line in output.replace("card: ", "card ").splitlines())
    assert rows["digest"] == checkpoints.inspect(path).digest
    assert rows["card digest"] == "0" * 16
    assert list(rows)[:6] == ["format", "name", "resolution", "parameters", "digest", "traits"]
    assert all(name.startswith("card ") for name in list(rows)[6:])


def test_a_card_with_nested_values_is_refused(tmp_path):
    with pytest.raises(errors.CannotWrite, match="texts and numbers"):
        checkpoints.save(writers.generator(**SMALL), tmp_path / "n.safetensors", card={"a": {"b": 1}})
    own_file(tmp_path / "n.safetensors", OWN | {"card": '{"a": ' + "[" * 900 + "]" * 900 + "}"}, {}, b"")
    assert "its card is of an unusual form" in str(refusal(tmp_path / "n.safetensors"))


def test_thousands_of_classes_are_not_listed_one_by_one(tmp_path, capsys):
    checkpoints.save(writers.generator(**SMALL | {"c_dim": 2000}), path := tmp_path / "n.safetensors")
    assert "class: 0, 1, 2 and so on to 1999: 2,000 values" in inspected(capsys, path)


@pytest.mark.parametrize("name", ["a.png", "a.jpg", "a", "a.pkl"])
def test_a_picture_is_recognised_by_its_content_and_not_its_suffix(tmp_path, capsys, name):
    Image.new("RGB", (4, 4)).save(plain := io.BytesIO(), "PNG")
    (tmp_path / name).write_bytes(stamp.write(plain.getvalue(), "waifu 5 psi=0.7"))
    assert inspected(capsys, tmp_path / name) == "waifu 5 psi=0.7\n"


def test_an_animation_that_begins_like_our_own_checkpoints_is_a_picture(tmp_path, capsys):
    Image.new("P", (4, 123)).save(plain := io.BytesIO(), "GIF")  # the ninth byte is "{"
    (tmp_path / "a").write_bytes(stamp.write(plain.getvalue(), "waifu 5 psi=0.7"))
    assert inspected(capsys, tmp_path / "a") == "waifu 5 psi=0.7\n"


def test_a_file_that_is_neither_picture_nor_checkpoint_is_refused(tmp_path, capsys):
    (tmp_path / "a.txt").write_text("a letter")
    assert main(["inspect", str(tmp_path / "a.txt")]) == 1
    assert "a.txt is not a StyleGAN checkpoint: it is not a kind of file known here." in capsys.readouterr().err


# Real networks: names and shapes as in the public files of 256 to 1024 px, but all weights in one buffer of zeros.


def shape_table(name: str) -> dict[str, tuple[int, ...]]:
    rows = (line.split("\t") for line in (HERE / "names" / f"{name}.txt").read_text().splitlines())
    return {row[0]: tuple(json.loads(row[1])) for row in rows}


ZEROS = memoryview(bytes(4 * 512 * 512 * 9))


def zeros(shape: tuple[int, ...]) -> arrays.StoredTensor:
    steps = [int(np.prod(shape[axis + 1 :])) for axis in range(len(shape))]
    return arrays.rebuild_tensor(arrays.Storage("<f4", 512 * 512 * 9, (ZEROS, 0)), 0, shape, tuple(steps))


def blur(shape: tuple[int, ...]) -> arrays.StoredTensor:
    taps = np.outer([1, 3, 3, 1], [1, 3, 3, 1]).astype("<f4")
    return arrays.rebuild_tensor(arrays.Storage("<f4", 16, (memoryview(taps.tobytes()), 0)), 0, shape, (4, 1))


def persistent_tree(shapes: dict[str, tuple[int, ...]], layer: dict[str, object]) -> allowlist.PersistentModule:
    children = sorted({name.split(".")[0] for name in shapes if "." in name})
    own = {name: blur(s) if "filter" in name else zeros(s) for name, s in shapes.items() if "." not in name}
    inside = {c: {n.split(".", 1)[1]: s for n, s in shapes.items() if n.startswith(f"{c}.")} for c in children}
    modules = {child: persistent_tree(inside[child], layer) for child in children}
    return allowlist.PersistentModule("Generator", {"_parameters": own, "_buffers": {}, "_modules": modules, **layer})


def checked(found: structure.Contents):
    hyper = structure.derive_hyperparameters(found.arrays, found.settings)
    structure.check(hyper, found.arrays, 2**30)
    return hyper


@pytest.mark.parametrize(
    ("table", "resolution", "parameters"),
    [("ada_1024_base32768", 1024, 30_370_060), ("ada_512_base32768", 512, None), ("ada_256_base16384", 256, None)],
)
def test_the_hyperparameters_of_real_nvidia_networks_come_from_their_shapes(table, resolution, parameters):
    tree = persistent_tree(shape_table(table), {"conv_clamp": 256, "activation": "lrelu", "bias_gain": 0.01})
    found = nvidia.interpret({"G": None, "D": None, "G_ema": tree})
    hyper = checked(found)
    base = int(table.rpartition("base")[2])
    assert hyper.channels == {r: min(base // r, 512) for r in hyper.resolutions}
    assert (hyper.resolution, hyper.z_dim, hyper.w_dim, hyper.c_dim, hyper.conv_clamp) == (
        resolution,
        512,
        512,
        0,
        256.0,
    )
    assert (hyper.num_mapping_layers, hyper.mapping_lr, hyper.num_ws) == (
        8,
        0.01,
        2 * hyper.resolution.bit_length() - 4,
    )
    assert hyper.resample_filter == pytest.approx((0.125, 0.375, 0.375, 0.125))
    assert parameters is None or structure.count_parameters(found.arrays) == parameters


@pytest.mark.parametrize(("table", "resolution"), [("rosinality_1024_cm2", 1024), ("rosinality_256_cm2", 256)])
def test_the_hyperparameters_of_real_rosinality_networks_come_from_their_shapes(table, resolution):
    state = {name: blur(s) if name.endswith("kernel") else zeros(s) for name, s in shape_table(table).items()}
    hyper = checked(state_dicts.interpret({"g_ema": state, "latent_avg": zeros((512,))}))
    assert hyper.channels == {r: min(32768 // r, 512) for r in hyper.resolutions}
    assert (hyper.resolution, hyper.architecture, hyper.use_noise) == (resolution, "skip", True)
    assert hyper.resample_filter == pytest.approx((0.125, 0.375, 0.375, 0.125))


def test_the_hyperparameters_of_a_real_tensorflow_network_come_from_its_shapes():
    variables: dict[str, list] = {"synthesis": [], "mapping": [], "": []}
    for name, shape in shape_table("tf_1024_configf").items():
        part, _, local = name.rpartition("/") if "/" not in name else (name.split("/")[0], "", name.split("/", 1)[1])
        variables[part].append((local, 0.0 if shape == () else zeros(shape)))
    inside = {
        n: allowlist.Record("Network", {"static_kwargs": {}, "variables": variables[n]})
        for n in ("synthesis", "mapping")
    }
    gs = allowlist.Record(
        "Network", {"static_kwargs": {"resolution": 1024}, "components": inside, "variables": variables[""]}
    )
    hyper = checked(tensorflow.interpret((gs, gs, gs)))
    assert hyper.channels == {r: min(32768 // r, 512) for r in hyper.resolutions}
    assert (hyper.resolution, hyper.architecture, hyper.mapping_lr) == (1024, "skip", 0.01)


# Refusals.


def refusal(path: Path, *, seconds: float = 2) -> errors.CheckpointError:
    """Load ``path``, which must be refused within ``seconds``, and return the error.

    Its sentence must name the file, but not the folder.
    """
    start = time.process_time()
    with pytest.raises(errors.CheckpointError) as caught:
        checkpoints.load(path)
    assert time.process_time() - start < seconds
    sentence = str(caught.value)
    assert path.name in sentence
    assert str(path.parent) not in sentence
    assert "\n" not in sentence
    assert "…" not in sentence or len(sentence) < 300
    with pytest.raises(type(caught.value)):
        checkpoints.inspect(path)
    return caught.value


def markers() -> set[str]:
    return {name for name in os.listdir("/tmp") if name.startswith("sg2_marker")}


HOSTILE = sorted((HERE / "hostile").iterdir()) + (sorted((SHARED / "hostile").iterdir()) if SHARED.exists() else [])


@pytest.mark.parametrize("path", HOSTILE, ids=lambda path: f"{path.parents[2].name}-{path.name}")
def test_a_hostile_file_is_refused_and_nothing_in_it_runs(path):
    before = markers()
    error = refusal(path)
    assert markers() == before
    runs_code = ("eval", "exec", "getattr", "os_system", "nested")
    if path.stem.removeprefix("pt_").removeprefix("legacy_").startswith(runs_code):
        assert isinstance(error, errors.ForbiddenContent)


PEAKS = r"""
import sys
from pathlib import Path
from generator import checkpoints
from generator.contract import errors

# Not getrusage: its peak is inherited from the process that started this one.
peak = lambda: int(Path("/proc/self/status").read_text().partition("VmHWM:")[2].split()[0])
before = peak()
for path in sys.argv[1:]:
    try:
        checkpoints.load(path)
    except errors.CheckpointError:
        print(peak() - before)
"""


def memory_of_refusing(paths: list[Path]) -> int:
    """Return the peak memory in KB of a process that must refuse all of ``paths``.

    It is counted above what the process used after importing torch.
    """
    if not Path("/proc/self/status").exists():
        pytest.skip("the peak of a process is read from /proc")
    command = [sys.executable, "-c", PEAKS, *map(str, paths)]
    done = subprocess.run(command, capture_output=True, text=True, check=True, cwd=HERE.parents[1])
    assert len(done.stdout.split()) == len(paths)
    return int(done.stdout.split()[-1])


def test_hostile_files_cost_little_memory():
    assert memory_of_refusing(HOSTILE) < 300_000


@pytest.mark.skipif(not SHARED.exists(), reason="no collection")
def test_the_refusal_names_an_unsupported_network():
    error = refusal(SHARED / "tf_configd_unsupported.pkl")
    assert isinstance(error, errors.UnsupportedNetwork)
    assert "config A to D" in str(error)


def test_a_missing_file_a_pipe_and_a_folder_are_refused(tmp_path):
    assert isinstance(refusal(tmp_path / "none.pkl"), errors.FileMissing)
    os.mkfifo(tmp_path / "pipe.pkl")
    assert isinstance(refusal(tmp_path / "pipe.pkl"), errors.FileMissing)
    (tmp_path / "folder.pkl").mkdir()
    refusal(tmp_path / "folder.pkl")


def test_the_refusal_names_config_a_to_d_and_stylegan1(tmp_path):
    networks = writers.tensorflow_networks(writers.generator(**SMALL))
    variables = networks[2].state["components"]["synthesis"].state["variables"]
    variables.append(("ToRGB_lod0/weight", np.zeros((1, 1, 4, 3), np.float32)))
    writers.dump_networks(path := tmp_path / "n.pkl", networks)
    assert "config A to D" in str(refusal(path))
    variables[:] = [entry for entry in variables if "mod_weight" not in entry[0]]
    writers.dump_networks(path, networks)
    assert "StyleGAN1" in str(refusal(path))


def changed(tmp_path: Path, change, **settings) -> errors.CheckpointError:
    """Return the error for a rosinality checkpoint whose g_ema was modified by ``change``."""
    written = writers.generator(**SMALL | settings)
    state = dict(writers.rosinality_state(written))
    change(state)
    torch.save({"g_ema": state, "latent_avg": written.mapping.w_avg}, path := tmp_path / "n.pt")
    return refusal(path)


def test_the_refusal_names_a_missing_an_extra_and_a_misshapen_tensor(tmp_path):
    missing = changed(tmp_path, lambda state: state.pop("convs.1.activate.bias"))
    assert "synthesis.b8.conv1.bias is missing" in str(missing)
    extra = changed(tmp_path, lambda state: state.update({"convs.1.extra": torch.zeros(3)}))
    assert "parts that StyleGAN2 has not (convs.1.extra)" in str(extra)
    another = changed(tmp_path, lambda state: state.update({"convs.01.activate.bias": torch.zeros(4)}))
    assert "parts that StyleGAN2 has not (convs.01.activate.bias)" in str(another)
    shape = changed(tmp_path, lambda state: state.update({"convs.1.activate.bias": torch.zeros(9)}))
    assert "synthesis.b8.conv1.bias has the shape [9] and not [4]" in str(shape)
    assert all(isinstance(error, errors.UnsupportedNetwork) for error in (missing, extra, another, shape))


@pytest.mark.parametrize("number", [float("nan"), float("inf"), 1e300])
def test_the_refusal_names_a_tensor_that_is_not_finite(tmp_path, number):
    def spoil(state):
        state["convs.1.conv.weight"] = state["convs.1.conv.weight"].double()
        state["convs.1.conv.weight"][0, 1, 2, 0, 0] = number

    written = writers.generator(**SMALL)
    state = writers.rosinality_state(written)
    spoil(state)
    torch.save({"g_ema": state, "latent_avg": written.mapping.w_avg}, path := tmp_path / "n.pt")
    with pytest.raises(
        errors.UnsupportedNetwork, match=r"synthesis\.b8\.conv1\.weight holds numbers that are not finite"
    ):
        checkpoints.load(path)


def test_a_gap_between_resolutions_is_refused(tmp_path):
    def drop(state):
        for name in [name for name in state if name.startswith(("convs.0", "convs.1", "to_rgbs.0"))]:
            del state[name]

    error = changed(tmp_path, drop, resolution=16, channels={4: 8, 8: 4, 16: 4})
    assert isinstance(error, errors.UnsupportedNetwork)


@pytest.mark.parametrize(("colours", "sentence"), [(2, "draws 2 colour channels"), (5, "draws 5"), (12, "wavelets")])
def test_other_numbers_of_colours_are_not_supported(tmp_path, colours, sentence):
    for write in (writers.nvidia, writers.tensorflow, writers.rosinality):
        write(path := tmp_path / "n.bin", writers.generator(**SMALL | {"img_channels": colours}))
        assert sentence in str(refusal(path))


def test_a_network_without_z_and_labels_is_refused(tmp_path):
    tree = writers.nvidia_module(writers.generator(**SMALL | {"c_dim": 3, "z_dim": 0}))
    layers = tree.state["_modules"]["mapping"].state["_modules"]
    del layers["embed"]
    layers["fc0"].state["_parameters"]["weight"] = torch.nn.Parameter(torch.zeros(16, 0))
    writers.dump(path := tmp_path / "n.pkl", {"G_ema": tree})
    assert isinstance(refusal(path), errors.UnsupportedNetwork)


@pytest.mark.parametrize(
    ("layer", "setting", "value", "sentence"),
    [
        ("conv1", "activation", "gelu", "differ in activation"),
        ("conv1", "conv_clamp", 9.0, "differ in conv_clamp"),
        ("all", "activation", "gelu", "activation is 'gelu'"),
        ("all", "activation", ["lrelu"], "activation is not a text"),
        ("all", "conv_clamp", -1.0, "conv_clamp is not a positive number"),
        ("all", "conv_clamp", "256", "conv_clamp is not a positive number"),
    ],
)
def test_impossible_settings_are_refused(tmp_path, layer, setting, value, sentence):
    tree = writers.nvidia_module(writers.generator(**SMALL))
    for block in tree.state["_modules"]["synthesis"].state["_modules"].values():
        for name, child in block.state["_modules"].items():
            if layer in ("all", name) and (name.startswith("conv") or setting == "conv_clamp"):
                child.state[setting] = value
    writers.dump(path := tmp_path / "n.pkl", {"G_ema": tree})
    assert sentence in str(refusal(path))


def test_filters_that_differ_or_do_not_separate_are_refused(tmp_path):
    def differ(state):
        state["convs.0.conv.blur.kernel"] = torch.outer(*[torch.tensor([1.0, 2.0, 3.0, 1.0])] * 2)

    def diagonal(state):
        for name in [name for name in state if name.endswith("kernel")]:
            state[name] = torch.eye(4)

    assert "several different filters" in str(changed(tmp_path, differ))
    assert "not separable" in str(changed(tmp_path, diagonal))


# Hostile streams, assembled by hand.

MAGIC, PROTOCOL = b"\x80\x02\x8a\x0a\x6c\xfc\x9c\x46\xf9\x20\x6a\xa8\x50\x19.", b"\x80\x02M\xe9\x03."
SYSTEM = pickle.dumps({"protocol_version": 1001, "little_endian": True, "type_sizes": {}}, 2)
TENSOR = b"ctorch._utils\n_rebuild_tensor_v2\n(("


def text(value: str) -> bytes:
    return b"X" + struct.pack("<I", len(value)) + value.encode()


def storage(numel: bytes, kind: str = "Float") -> bytes:
    return text("storage") + f"ctorch\n{kind}Storage\n".encode() + text("0") + text("cpu") + numel + b"tQ"


def zipped(
    path: Path, stream: bytes, data: bytes = b"\0" * 16, compression=zipfile.ZIP_STORED, repeat: int = 1
) -> None:
    with zipfile.ZipFile(path, "w", compression) as file:
        file.writestr("a/data.pkl", stream)
        for _ in range(repeat):
            file.writestr("a/data/0", data)


STREAMS = {
    "extension": b"\x80\x02\x82\x01.",
    "object with arguments": b"\x80\x04)}\x92.",
    "old instance": b"\x80\x02(ios\nsystem\n.",
    "old object": b"\x80\x02(cos\nsystem\no.",
    "outside buffer": b"\x80\x05\x97.",
    "persistent id outside torch": b"\x80\x02" + text("evil") + b"Q.",
    "a state for a function": b"\x80\x02c_codecs\nencode\n}b.",
    "a call of an object": b"\x80\x02})R.",
    "a call of a class without one": b"\x80\x02cargparse\nNamespace\n)R.",
    "an object of a function": b"\x80\x02c_codecs\nencode\n)\x81.",
    "a codec that runs something": b"\x80\x02c_codecs\nencode\n" + text("x") + text("rot13") + b"\x86R.",
    "objects in an array": b"\x80\x02cnumpy\ndtype\n" + text("O8") + b"\x89\x88\x87R.",
    "dotted name": b"\x80\x04" + text("torch.storage") + text("os.system") + b"\x93.",
    "module in the name": b"\x80\x02ctorch\nstorage.os.system\n.",
}
GARBLED = {
    "empty stack": b"\x80\x02.",
    "mark on top": b"\x80\x02(.",
    "mark as value": b"\x80\x02}((s.",
    "no mark": b"\x80\x02Nt.",
    "unknown memo": b"\x80\x02h\x05.",
    "text that ends too early": b"\x80\x02X\xff\xff\xff\xffabc.",
    "bytes that end too early": b"\x80\x04\x8e" + b"\xff" * 8 + b"abc.",
    "negative string": b"\x80\x02T\xff\xff\xff\xffabc.",
    "endless number": b"\x80\x02\x8b\xff\xff\xff\x7f.",
    "bad text": b"\x80\x02X\2\0\0\0\xff\xfe.",
    "odd dictionary": b"\x80\x02}(Nu.",
    "key twice": b"\x80\x02}(" + text("a") + b"N" + text("a") + b"Nu.",
    "list as key": b"\x80\x02}]Ns.",
    "append to nothing": b"\x80\x02NNa.",
    "text protocol": b"\x80\x02I1\n.",
    "unknown protocol": b"\x80\x02\x80\x09N.",
    "nameless global": b"\x80\x02c" + b"a" * 300 + b"\nb\n.",
}


@pytest.mark.parametrize("name", STREAMS)
def test_a_stream_that_asks_for_more_than_values_is_forbidden(tmp_path, name):
    (path := tmp_path / "n.pkl").write_bytes(STREAMS[name])
    assert isinstance(refusal(path), errors.ForbiddenContent)


@pytest.mark.parametrize("name", GARBLED)
def test_a_stream_that_no_pickler_wrote_is_damaged(tmp_path, name):
    (path := tmp_path / "n.pkl").write_bytes(GARBLED[name])
    assert isinstance(refusal(path), errors.DamagedCheckpoint)


def test_the_allowlist_holds_exactly_these_names():
    """The test repeats the names that do something, so that every addition is deliberate. All others are inert."""
    known = allowlist.for_checkpoint(budget.Budget(0), lambda raw: raw)
    inert = {entry.name for entry in harmless.list_globals()} - {("torch._tensor", "_rebuild_from_type_v2")}
    numpy = {f"numpy{core}.{part}" for core in (".core", "._core") for part in ("multiarray", "numeric")} | {"numpy"}
    torch_modules = {"torch", "torch._utils", "torch._tensor", "torch.storage", "torch_utils.persistence"}
    others = {
        *("_codecs", "argparse", "builtins", "__builtin__", "collections", "dnnlib", "dnnlib.util"),
        *("dnnlib.tflib.network", "tfutil"),
    }
    whole = {tuple(name.rsplit(".", 1)) for name in allowlist.WHOLE}
    active = known.keys() - inert - whole
    assert {module for module, _ in active} == numpy | torch_modules | others
    assert {name for module, name in active if "builtin" in module} == {"set", "frozenset", "bytes"}
    assert {name for module, name in active if module == "torch" and not name.endswith("Storage")} == {"Size", "device"}
    assert all(known.call is None for known in allowlist.for_storage().values())
    for name in inert:
        made = [make() for make in (known[name].call, known[name].new) if make]
        assert all(value in ([], {}, (), "") or isinstance(value, harmless.Inert | harmless.Record) for value in made)
    for name in whole:
        assert known[name].call is None
        with pytest.raises(errors.UnsupportedNetwork, match="save its state_dict instead"):
            known[name].new()


def collisions(number: int) -> list[bytes]:
    """Return ``number`` pickled 80-bit integers whose hashes are all equal."""
    return [b"\x8a\x0a" + (n * (2**61 - 1)).to_bytes(10, "little") for n in range(1, number + 1)]


# An integer between pieces of bytes is the length of a run of zeros.
BOMBS = {
    "nesting": b"\x80\x02" + b"]" * 300_000 + b"a" * 299_999 + b".",
    "tuples": b"\x80\x02)" + b"\x85" * 500_000 + b".",
    "sets": b"\x80\x04" + b"\x8f" * 500_000 + b".",
    "dictionaries": b"\x80\x04" + b"}NNs" * 150_000 + b".",
    "doubling": b"\x80\x02]q\0" + b"(h\0h\0h\0h\0t2q\0" * 60_000 + b".",
    "a list passed again and again": b"\x80\x02](" + b"N" * 100_000 + b"eq\0ctorch\nSize\nq\1"
    + b"h\1h\0\x85R0" * 60_000 + b".",
    "a set made again and again": b"\x80\x02](" + b"K\1" * 100_000 + b"eq\0cbuiltins\nset\nq\1"
    + b"h\1h\0\x85R" * 60_000 + b".",
    "texts": b"\x80\x02" + (b"X\0\0\1\0" + b"\xf0\x9f\x98\x80" * 16384) * 600 + b".",
    "a text encoded again and again": b"\x80\x02X\0\0\1\0" + b"a" * 65536 + b"q\0c_codecs\nencode\nq\1"
    + text("latin1") + b"q\2" + b"h\1h\0h\2\x86R" * 50_000 + b".",
    "memo": b"\x80\x02N" + b"".join(b"r" + struct.pack("<I", i * 7919) for i in range(200_000)) + b"." ,
    "bytes for a size": [b"\x80\x04ctorch\nSize\nB" + struct.pack("<I", 2**27), 2**27, b"\x85R."],
    "members that collide": b"\x80\x02cbuiltins\nset\n](" + b"".join(collisions(30_000)) + b"e\x85R.",
    "keys that collide": b"\x80\x02ccollections\nOrderedDict\n]("
    + b"N\x86".join([*collisions(30_000), b""]) + b"e\x85R.",
    "numbers for keys": b"\x80\x02}("
    + b"".join(b"J" + struct.pack("<i", i << 14) + b"N" for i in range(100_000)) + b"u.",
    "a codec that doubles": b"\x80\x02]q\0" + b"h\0h\0\x86q\0" * 60 + b"c_codecs\nencode\n" + text("x") + b"h\0\x86R.",
    "a deep codec": b"\x80\x02]q\0" + b"h\0\x85q\0" * 20_000 + b"c_codecs\nencode\n" + text("x") + b"h\0\x86R.",
    "a wide letter in a long text": [b"\x80\x04ctorch.storage\n_load_from_bytes\nc_codecs\nencode\nX"
    + struct.pack("<I", 2**27 + 4) + "\N{GRINNING FACE}".encode(), 2**27, text("latin1") + b"\x86R\x85R."],
}  # fmt: skip


def lay(path: Path, bomb: bytes | list[bytes | int]) -> None:
    with path.open("wb") as file:
        for piece in [bomb] if isinstance(bomb, bytes) else bomb:
            if isinstance(piece, int):
                file.write(bytes(piece))  # no hole, since a file of holes is refused unread
            else:
                file.write(piece)


def many_styles(path: Path) -> None:
    """Write a TensorFlow checkpoint with one array under 4,000 names, in a layout that TensorFlow does not write."""
    networks, shared = writers.tensorflow_networks(writers.generator(**SMALL)), np.zeros(2**16, np.float16)
    variables = networks[2].state["components"]["synthesis"].state["variables"]
    variables[:] = [("4x4/Const/const", np.zeros((1, 8, 4, 4), np.float32))]
    variables += [(f"{n}x{n}/ToRGB/mod_bias", shared) for n in range(1, 4001)]
    writers.dump_networks(path, networks)


def padded_zip(path: Path) -> None:
    """Write a zip file whose directory has 2,000 entries, each with as much padding as fits."""
    start = b"PK\1\2" + struct.pack("<6H3I5H2I", 20, 20, 0, 0, 0, 0, 0, 0, 0, 4, 2**16 - 1, 0, 0, 0, 0, 0)
    pieces = [b"PK\3\4" + b"\0" * 26]
    for number in range(2000):
        pieces += [start + b"%04d" % number, 2**16 - 1]
    size = sum(piece if isinstance(piece, int) else len(piece) for piece in pieces)
    lay(path, [*pieces, b"PK\5\6" + struct.pack("<4H2IH", 0, 0, 2000, 2000, size - 30, 30, 0)])


def huge_rectangle(path: Path) -> None:
    """Write a checkpoint of 100 KB whose noise planes, which are missing, would take 3 GB."""
    channels = dict.fromkeys([4 << i for i in range(9)], 1)
    written = writers.generator(**SMALL | {"resolution": 1024, "channels": channels})
    state = writers.rosinality_state(written, noise=False) | {"input.input": torch.zeros(1, 1, 64, 64)}
    torch.save({"g_ema": state}, path)


def huge_waves(path: Path) -> None:
    """Write a state dict of StyleGAN3 whose layers are called so large that one signal would take 16 GB."""
    state = {
        re.sub(r"(L[3-9])_\d+_", r"\1_65536_", name): value
        for name, value in writers.stylegan3_generator(sizes=(28, 28, 36, 36, 16, 16)).state_dict().items()
    }
    torch.save({"G_ema": state}, path)


@pytest.mark.parametrize("name", BOMBS)
def test_a_bomb_is_refused_in_time(tmp_path, name):
    lay(path := tmp_path / "n.pkl", BOMBS[name])
    refusal(path)


@pytest.mark.parametrize("write", [many_styles, padded_zip, huge_rectangle, huge_waves])
def test_a_file_full_of_repeats_or_claims_is_refused_in_time(tmp_path, write):
    write(path := tmp_path / "n.pkl")
    refusal(path)


def test_bombs_cost_little_memory(tmp_path):
    for number, bomb in enumerate(BOMBS.values()):
        lay(tmp_path / f"{number}.pkl", bomb)
    many_styles(tmp_path / "styles.pkl")
    padded_zip(tmp_path / "zip.pkl")
    huge_rectangle(tmp_path / "rectangle.pt")
    huge_waves(tmp_path / "waves.pt")
    assert memory_of_refusing(sorted(tmp_path.iterdir())) < 300_000


def test_numeric_keys_are_limited_in_count_and_may_be_addresses(tmp_path):
    # Old optimisers use the memory addresses of their parameters as keys.
    stream = pickle.dumps({"g_optim": {"state": {140_000_000_000_000 + 64 * n: n for n in range(2000)}}}, 2)
    (path := tmp_path / "n.pkl").write_bytes(stream)
    assert isinstance(refusal(path), errors.NotACheckpoint)
    path.write_bytes(BOMBS["numbers for keys"])
    assert isinstance(refusal(path), errors.CheckpointTooLarge)


def test_a_memo_counts_from_0_or_from_1(tmp_path):
    for stream, kind in (
        (b"\x80\x02Nq\0h\0.", errors.NotACheckpoint),
        (b"\x80\x02Nq\1Nq\2h\1.", errors.NotACheckpoint),
    ):
        (path := tmp_path / "n.pkl").write_bytes(stream)
        assert isinstance(refusal(path), kind)
    path.write_bytes(b"\x80\x02Nq\5h\5.")
    assert isinstance(refusal(path), errors.DamagedCheckpoint)


def test_an_absurdly_wide_network_is_refused_before_its_average_is_estimated(tmp_path):
    writers.rosinality(
        path := tmp_path / "n.pt", writers.generator(**SMALL | {"num_mapping_layers": 1, "w_dim": 4100}), average=False
    )
    assert isinstance(error := refusal(path), errors.CheckpointTooLarge)
    assert "4100 features" in str(error)


def test_an_absurdly_large_network_is_refused_before_it_is_read():
    hyper = Hyperparameters(resolution=8, channels={4: 4096, 8: 4096}, z_dim=4, w_dim=4)
    with torch.device("meta"):
        shapes = {name: tensor.shape for name, tensor in Generator(hyper).state_dict().items()}
    arrays = {name: np.broadcast_to(np.float32(0), shape) for name, shape in shapes.items()}
    with pytest.raises(errors.CheckpointTooLarge):
        structure.check(hyper, arrays, 2**40)


def test_an_average_of_several_rows_is_refused_without_copying_it(tmp_path):
    written = writers.generator(**SMALL)
    torch.save({"g_ema": writers.rosinality_state(written), "latent_avg": torch.zeros(4, 4)}, path := tmp_path / "n.pt")
    assert "latent_avg has an unusual shape" in str(refusal(path))
    torch.save({"g_ema": writers.rosinality_state(written), "latent_avg": written.mapping.w_avg[None]}, path)
    same(checkpoints.load(path), written)


def test_modules_that_contain_themselves_are_refused(tmp_path):
    inner = {"_parameters": {}, "_buffers": {}, "_modules": {}}
    module = allowlist.PersistentModule("Generator", inner)
    inner["_modules"] |= {f"m{number}": module for number in range(100)}
    with pytest.raises(errors.UnsupportedNetwork, match="is nested unusually"):
        nvidia.interpret({"G_ema": module})


def test_many_names_for_the_same_numbers_do_not_multiply(tmp_path):
    # 2,000 modules that share one table of 2,000 tensors would make 4 million tensors.
    shared = {f"t{number}": zeros((1,)) for number in range(2000)}
    leaves = {
        f"b{4 << n % 9}.x{n}": allowlist.PersistentModule("x", {"_parameters": shared, "_buffers": {}, "_modules": {}})
        for n in range(2000)
    }
    root = {
        "synthesis": allowlist.PersistentModule(
            "s", {"_parameters": {}, "_buffers": {}, "_modules": {"b4": leaves.pop("b4.x0"), **leaves}}
        )
    }
    root["mapping"] = allowlist.PersistentModule("m", {"_parameters": {}, "_buffers": {}, "_modules": {}})
    with pytest.raises(errors.CheckpointTooLarge):
        nvidia.interpret(
            {"G_ema": allowlist.PersistentModule("g", {"_parameters": {}, "_buffers": {}, "_modules": root})}
        )


def test_tensors_that_share_their_numbers_are_refused(tmp_path):
    written = writers.generator(**WIDE | {"channels": {4: 64, 8: 64, 16: 64, 32: 64}})
    state = writers.rosinality_state(written)
    one = state["convs.1.conv.weight"]
    for name in [name for name in state if name.endswith("conv.weight") and state[name].shape == one.shape]:
        state[name] = one
    torch.save({"g_ema": state, "latent_avg": written.mapping.w_avg}, path := tmp_path / "n.pt")
    assert "overlap" in str(refusal(path))


@pytest.mark.parametrize(
    ("numel", "rest"),
    [
        (b"K\4", b"K\0(K\5t(K\1t"),  # a size beyond the storage
        (b"K\4", b"K\3(K\2t(K\1t"),  # an offset beyond the storage
        (b"K\4", b"K\0(K\2t(K\4t"),  # a stride beyond the storage
        (b"K\4", b"K\0(K\2t(J\xff\xff\xff\xfft"),  # a negative stride
        (b"K\4", b"J\xff\xff\xff\xff(K\2t(K\1t"),  # a negative offset
        (b"K\4", b"K\0(K\2K\2t(K\1t"),  # strides for another shape
        (b"K\4", b"K\0(\x88t(K\1t"),  # a Boolean as a size
        (b"K\4", b"K\0" + b"(" + b"K\1" * 40 + b"t(" + b"K\1" * 40 + b"t"),  # forty dimensions
        (b"K\5", b"K\0(K\5t(K\1t"),  # a storage larger than its entry
        (b"\x8a\x08\0\0\0\0\0\0\0\x40", b"K\0(K\5t(K\1t"),  # a storage much larger than its entry
        (b"\x8a\x08\xff\xff\xff\xff\xff\xff\xff\xff", b"K\0(K\5t(K\1t"),  # a storage of negative size
    ],
)
def test_a_tensor_that_leaves_its_storage_is_refused(tmp_path, numel, rest):
    zipped(
        path := tmp_path / "n.pt",
        b"\x80\x02}" + text("g_ema") + b"}" + text("w") + TENSOR + storage(numel) + rest + b"\x89)tRss.",
    )
    assert isinstance(refusal(path), errors.DamagedCheckpoint)


def test_a_tensor_that_repeats_its_numbers_does_not_multiply(tmp_path):
    tensor = TENSOR + storage(b"K\4") + b"K\0(J\0\0\0\x10t(K\0t\x89)tR"
    zipped(path := tmp_path / "n.pt", b"\x80\x02}" + text("g_ema") + b"}" + text("input.input") + tensor + b"ss.")
    assert "repeats its numbers" in str(refusal(path))


def test_zip_archives_that_torch_never_writes_are_refused(tmp_path):
    stream = b"\x80\x02}" + text("g_ema") + b"}" + text("w") + TENSOR + storage(b"K\4") + b"K\0(K\4t(K\1t\x89)tRss."
    zipped(path := tmp_path / "n.pt", stream)
    good = path.read_bytes()
    assert isinstance(refusal(path), errors.UnsupportedNetwork)  # before the changes below, the container is sound
    zipped(path, stream, compression=zipfile.ZIP_DEFLATED)
    assert "compressed" in str(refusal(path))
    with pytest.warns(UserWarning, match="Duplicate name"):
        zipped(path, stream, repeat=2)
    assert "twice" in str(refusal(path))
    end = good.rindex(b"PK\5\6")
    for change in (
        good[:-30],
        good[: end + 10] + b"\xff\x0f" + good[end + 12 :],  # more entries than the directory has
        good[: end + 16] + b"\xff\xff\xff\x7f" + good[end + 20 :],  # a directory beyond the end
        good[:end] + b"PK\6\7" + b"\0" * 16 + good[end:],  # a zip64 locator that points to no zip64 end
        good.replace(b"PK\1\2", b"PK\1\3"),
        good.replace(b"a/data/0", b"a/data/1"),
    ):
        path.write_bytes(change)
        assert isinstance(refusal(path), errors.DamagedCheckpoint)
    path.write_bytes(good[: end + 10] + b"\xff\xff" + good[end + 12 :])
    assert isinstance(refusal(path), errors.CheckpointTooLarge)
    with zipfile.ZipFile(path, "w") as file:
        file.writestr("holiday.jpg", b"x")
    assert "zip archive without a network" in str(refusal(path))


def test_older_torch_files_with_wrong_counts_are_refused(tmp_path):
    body = b"\x80\x02}" + text("g_ema") + b"}" + text("w") + TENSOR + storage(b"K\4N") + b"K\0(K\4t(K\1t\x89)tRss."
    keys, data = pickle.dumps(["0"], 2), struct.pack("<q", 4) + b"\0" * 16
    path = tmp_path / "n.pt"
    path.write_bytes(MAGIC + PROTOCOL + SYSTEM + body + keys + data)
    assert isinstance(refusal(path), errors.UnsupportedNetwork)  # before the changes below, the container is sound
    for broken in (
        MAGIC + PROTOCOL + SYSTEM + body + keys + data[:-1],
        MAGIC + PROTOCOL + SYSTEM + body + keys + struct.pack("<q", -4) + b"\0" * 16,
        MAGIC + PROTOCOL + SYSTEM + body + keys + struct.pack("<q", 2**60) + b"\0" * 16,
        MAGIC + PROTOCOL + SYSTEM + body + pickle.dumps([], 2) + data,
        MAGIC + PROTOCOL + SYSTEM + body + pickle.dumps(["0", "1"], 2) + data,
        MAGIC + PROTOCOL + SYSTEM + body + pickle.dumps([["0"]], 2) + data,
        MAGIC + pickle.dumps(1002, 2) + SYSTEM + body + keys + data,
        MAGIC + PROTOCOL + SYSTEM.replace(b"\x88", b"\x89") + body + keys + data,
        MAGIC + PROTOCOL + SYSTEM + body,
    ):
        path.write_bytes(broken)
        refusal(path)


def test_a_stream_nested_two_levels_deep_is_refused(tmp_path):
    inner = MAGIC + PROTOCOL + SYSTEM + b"\x80\x02ctorch.storage\n_load_from_bytes\n." + pickle.dumps([], 2)
    call = b"ctorch.storage\n_load_from_bytes\nB" + struct.pack("<I", len(inner)) + inner + b"\x85R."
    (path := tmp_path / "n.pkl").write_bytes(b"\x80\x03" + call)
    assert isinstance(refusal(path), errors.ForbiddenContent)


OWN = {"format": "waifubot-stylegan2", "version": "1", "hyperparameters": "{}", "traits": "{}", "name": "x"}


@pytest.mark.parametrize("traits", ['{"a": []}', '{"a": ["x", "y", "x"]}'])
def test_a_trait_without_values_or_with_a_repeated_one_is_refused(tmp_path, traits):
    own_file(path := tmp_path / "n.safetensors", OWN | {"traits": traits}, {}, b"")
    assert "has no values or one of them twice" in str(refusal(path))


def own_file(path: Path, metadata: object, tensors: dict[str, object], data: bytes = b"\0" * 16) -> None:
    header = json.dumps({"__metadata__": metadata, **tensors}).encode()
    path.write_bytes(struct.pack("<Q", len(header)) + header + data)


def test_damaged_files_of_our_own_format_are_refused(tmp_path):
    path = tmp_path / "n.safetensors"
    mine = OWN
    sound = {"dtype": "F32", "shape": [4], "data_offsets": [0, 16]}
    for metadata, tensors in (
        (mine, {"w": sound | {"data_offsets": [0, 20]}}),
        (mine, {"w": sound | {"data_offsets": [-4, 12]}}),
        (mine, {"w": sound | {"data_offsets": [8, 24]}}),
        (mine, {"w": sound | {"shape": [2**31, 2**31]}}),
        (mine, {"w": sound | {"shape": [-4]}}),
        (mine, {"w": sound | {"shape": [True, 4]}}),
        (mine, {"w": sound | {"shape": [0]}}),
        (mine, {"w": sound | {"dtype": "I64"}}),
        (mine, {"w": 5}),
        (mine, {"w": sound}),
        (mine, {"w": sound, "v": sound | {"data_offsets": [4, 20]}}),
        (mine, {"w": sound, "v": sound | {"data_offsets": [20, 36]}}),
        (mine | {"version": "99"}, {}),
        (mine | {"hyperparameters": "[" * 100_000}, {}),
        (mine | {"traits": '{"a": 1}'}, {}),
        (mine | {"traits": '{"a": ["x y"]}'}, {}),
        ({"format": "pt"}, {"w": sound}),
        ([], {}),
        ({"format": 1}, {}),
    ):
        own_file(path, metadata, tensors)
        refusal(path)
    for broken in (
        struct.pack("<Q", 2**62) + b"{}",
        struct.pack("<Q", 2) + b"{",
        struct.pack("<Q", 2**21) + b"{" + b" " * 2**21,
    ):
        path.write_bytes(broken)
        refusal(path)
    path.write_bytes(struct.pack("<Q", 100_000) + b'{"a":' + b"[" * 99_995)
    refusal(path)


def test_a_long_stored_name_is_shortened_in_the_refusal(tmp_path):
    error = changed(tmp_path, lambda state: state.update({"a, b\n" * 5000: torch.zeros(3)}))
    assert len(str(error)) < 250


# Fuzzing: for any damage to a good file, the loaders return a network or raise one of their own errors.


def good_files(folder: Path) -> list[bytes]:
    network = writers.generator(**SMALL | {"channels": {4: 4, 8: 4}})
    writers.SOURCE, source = "pass", writers.SOURCE
    try:
        for protocol in (2, 4):
            writers.nvidia(folder / f"n{protocol}.pkl", network, protocol)
        writers.tensorflow(folder / "t.pkl", network)
        waves = writers.stylegan3_generator()
        for protocol in (2, 4):
            writers.stylegan3_pickle(folder / f"w{protocol}.pkl", waves, protocol)
        tall = writers.generator(**SMALL | {"channels": {4: 4, 8: 4}, "const_size": (4, 2)})
        writers.nvidia(folder / "tall.pkl", tall, 4)
        writers.tensorflow(folder / "tall-t.pkl", tall)
    finally:
        writers.SOURCE = source
    for legacy, average in itertools.product((False, True), repeat=2):
        writers.rosinality(folder / f"r{legacy}{average}.pt", network, legacy=legacy, average=average)
    torch.save({"G_ema": writers.nvidia_state(network)}, folder / "d.pt")
    torch.save(
        writers.psp(network, network.mapping.w_avg.repeat(4, 1)),
        folder / "e.pt",
        _use_new_zipfile_serialization=False,
    )
    save_file(writers.rosinality_state(network), folder / "f.safetensors")
    save_file(waves.state_dict(), folder / "v.safetensors")
    checkpoints.save(tall, folder / "tall.safetensors")
    checkpoints.save(network, folder / "s.safetensors")
    checkpoints.save(waves, folder / "w.safetensors")
    return [path.read_bytes() for path in sorted(folder.iterdir())]


def mutated(data: bytes, chance: random.Random) -> bytes:
    changed = bytearray(data)
    kind = chance.randrange(5)
    if kind == 0:
        return data[: chance.randrange(len(data))]
    if kind == 1:  # copy a piece to another place
        at, to, size = chance.randrange(len(data)), chance.randrange(len(data)), chance.randrange(1, 64)
        changed[to : to + size] = data[at : at + size]
    elif kind == 2:  # delete a piece
        at = chance.randrange(len(data))
        del changed[at : at + chance.randrange(1, 16)]
    else:
        # If kind is 3, change bytes near meaningful ones, since random places are mostly inside tensors.
        telling = (
            rb"torch|numpy|storage|weight|PK|dtype|collections|_modules|ndarray|filter|sampling|ema|decoder"
            rb"|const|noise|L\d+_|freqs|[\x80RbQ]"
        )
        places = [0, *(match.start() for match in re.finditer(telling, data))]
        for _ in range(chance.randrange(1, 6)):
            at = chance.choice(places) + chance.randrange(-6, 12) if kind == 3 else chance.randrange(len(data))
            changed[at % len(changed)] = chance.choice((0, 1, 255, 0x2E, 0x52, 0x63, 0x74, 0x51, chance.randrange(256)))
    return bytes(changed)


def test_a_mutated_file_loads_or_is_refused_with_a_sentence(tmp_path):
    (tmp_path / "good").mkdir()
    files, chance = good_files(tmp_path / "good"), random.Random(20)
    path, refused, before = tmp_path / "n.bin", 0, markers()
    count = 600 if os.environ.get("FULL_SIZE") else 240
    for number in range(count):
        path.write_bytes(mutated(files[number % len(files)], chance))
        start = time.process_time()
        try:
            checkpoints.load(path)
        except errors.CheckpointError:
            refused += 1
        assert time.process_time() - start < 2
    assert refused > count // 3
    assert markers() == before
