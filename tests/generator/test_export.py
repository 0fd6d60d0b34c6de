"""Networks as files of other programs: they draw the same pictures, and hold what those programs' own files hold.

With FULL_SIZE=1 the reference networks of StyleGAN3 are drawn from ONNX, too.
"""

import json
import os
import pickle
import pickletools
import re
from dataclasses import replace
from pathlib import Path

import checkpoint_writers as writers
import numpy as np
import pytest
import rosinality_reference
import torch
from project_paths import FIXTURES, ROOT
from small_disk import fill, small_disk

from generator import checkpoints, export
from generator.__main__ import main
from generator.checkpoints import containers, discriminators
from generator.export import rosinality, tensorflow
from generator.stylegan.generator import Generator
from generator.stylegan2.network import Hyperparameters

SMALL = {"resolution": 16, "channels": {4: 6, 8: 5, 16: 4}, "z_dim": 8, "w_dim": 8, "num_mapping_layers": 2}
LABELS = {"c_dim": 3, "embed_features": 4}

# What networks may be like, beside the usual.
VARIANTS: dict[str, dict[str, object]] = {
    "plain": {},
    "grey": {"img_channels": 1},
    "with opacity": {"img_channels": 4},
    "without noise": {"use_noise": False},
    "of another multiplier": {"mapping_lr": 0.3},
    "of other widths": {"z_dim": 5, "mapping_features": 7},
    "with a lopsided filter": {"resample_filter": (1, 2, 3, 1)},
    "with a short filter": {"resample_filter": (1, 2, 1)},
    "with a filter of one tap": {"resample_filter": (1,)},
    "with a long filter": {"resample_filter": (1, 2, 5, 9, 9, 5, 2, 1)},
    "of 4 px": {"resolution": 4, "channels": {4: 6}},
    "of rectangles": {"const_size": (5, 3)},
    "of rectangles without noise": {"const_size": (2, 7), "use_noise": False, "architecture": "resnet"},
    "clamped": {"conv_clamp": 256.0},
    "clamped at once": {"conv_clamp": 0.5, "architecture": "resnet"},
    "orig": {"architecture": "orig"},
    "resnet": {"architecture": "resnet"},
    "with labels": LABELS,
    "with labels alone": {**LABELS, "z_dim": 0},
    "with labels of TensorFlow": {**LABELS, "label_mode": "concat_joint"},
    "of other activations": {"activation": "swish", "mapping_activation": "selu"},
    "of z as it is": {"normalize_latents": False},
}
NOT_IN_ROSINALITY = {
    "clamped at once": "'resnet'",
    "orig": "architecture 'orig'",
    "of rectangles without noise": "architecture 'resnet'",
    "resnet": "architecture 'resnet'",
    "with labels": "labels",
    "with labels alone": "labels",
    "with labels of TensorFlow": "labels",
    "of other activations": "activation 'swish'",
    "of z as it is": "without normalisation",
}


def network(variant: str) -> Generator:
    return writers.generator(3, **SMALL | VARIANTS[variant]).freeze()


def drawn(generator: Generator) -> torch.Tensor:
    """Return pictures of two faces."""
    random = np.random.RandomState(0)
    z, classes = torch.from_numpy(random.randn(2, generator.z_dim)).float(), generator.c_dim
    label = torch.from_numpy(random.randint(2, size=(2, classes))).float() if classes else None
    with torch.no_grad():
        return generator(z, label, psi=0.7)


def written(generator: Generator, target: Path) -> tuple[list[Path], list[str]]:
    checkpoints.save(generator, source := target.with_name("source.safetensors"))
    return export.convert(source, target)


# Back again


@pytest.mark.parametrize("variant", VARIANTS)
def test_what_tensorflow_style_files_hold_draws_the_same_pictures(variant: str, tmp_path: Path) -> None:
    made = network(variant)
    written(made, tmp_path / "n.pkl")
    again = checkpoints.load(tmp_path / "n.pkl")
    assert (drawn(again) - drawn(made)).abs().max() < 1e-5


@pytest.mark.parametrize("variant", [name for name in VARIANTS if name not in NOT_IN_ROSINALITY])
def test_what_rosinality_s_files_hold_draws_the_same_pictures(variant: str, tmp_path: Path) -> None:
    made = network(variant)
    written(made, tmp_path / "n.pt")
    again = checkpoints.load(tmp_path / "n.pt")
    assert again.hyper.mapping_lr == 0.01
    assert (drawn(again) - drawn(made)).abs().max() < 1e-5


@pytest.mark.parametrize("path", sorted(checkpoints.MODELS.glob("*.safetensors")), ids=lambda path: path.stem)
def test_models_that_ship_draw_the_same_faces_from_a_tensorflow_style_file(path: Path, tmp_path: Path) -> None:
    shipped = checkpoints.load(path)
    _, notes = export.convert(path, tmp_path / "n.pkl")
    assert (drawn(checkpoints.load(tmp_path / "n.pkl")) - drawn(shipped)).abs().max() < 1e-5
    assert any("the names of its traits" in note for note in notes)
    assert any("its learnt directions" in note for note in notes) == (shipped.directions is not None)


# What those programs expect


def unpickled(path: Path) -> tuple[dict, ...]:
    """Read a file as NVIDIA's programs do: with Python's own unpickler, and a class in place of theirs."""
    with writers.modules(dnnlib__tflib__network={"Network": type("Network", (), {})}), path.open("rb") as file:
        return tuple(vars(each) for each in pickle.load(file, encoding="latin1"))


def test_a_tensorflow_style_file_has_the_variables_of_one_that_tensorflow_wrote(tmp_path: Path) -> None:
    source = FIXTURES / "tf_labelconcat.pkl"
    export.convert(source, tmp_path / "n.pkl")
    before, after = unpickled(source), unpickled(tmp_path / "n.pkl")
    assert [each["name"] for each in after] == [each["name"] for each in before] == ["G", "D", "Gs"]
    for one, other in zip(before, after, strict=True):
        assert one.keys() == other.keys()
        assert one["version"] == other["version"]
        assert other["build_module_src"] == ""
        assert one["build_func_name"] == other["build_func_name"]
        assert list(one["components"]) == list(other["components"])
    for name, component in before[2]["components"].items():
        assert same_variables(vars(component), vars(after[2]["components"][name]))
    assert same_variables(before[2], after[2])
    arguments = before[2]["static_kwargs"]
    assert {name: after[2]["static_kwargs"][name] for name in arguments} == arguments
    # Its discriminator knows labels, and is narrower.
    assert [name for name, _ in before[1]["variables"]] == [name for name, _ in after[1]["variables"]]
    read = discriminators.read_last(containers.open_file(tmp_path / "n.pkl").top).discriminator
    assert read is not None
    assert read.arrays["b4.conv.weight"].shape == (32, 33, 3, 3)


def same_variables(one: dict, other: dict) -> bool:
    first, second = dict(one["variables"]), dict(other["variables"])
    assert first.keys() == second.keys()
    for name, value in first.items():
        assert type(value) is type(second[name]), name
        assert value.dtype == second[name].dtype, name
        assert np.abs(value - second[name]).max() <= 1e-6 * np.abs(value).max(), name
    return True


def test_a_tensorflow_style_file_names_nothing_that_could_be_executed(tmp_path: Path) -> None:
    written(network("with labels"), tmp_path / "n.pkl")
    named = {what for code, what, _ in pickletools.genops((tmp_path / "n.pkl").read_bytes()) if code.name == "GLOBAL"}
    assert named == {
        "dnnlib.tflib.network Network",
        "numpy dtype",
        "numpy ndarray",
        "numpy.core.multiarray _reconstruct",
        "numpy.core.multiarray scalar",
    }


def test_a_rosinality_file_has_the_tensors_of_one_that_its_converter_wrote(tmp_path: Path) -> None:
    source = FIXTURES / "ros_converted.pt"
    export.convert(source, tmp_path / "n.pt")
    before, after = (torch.load(path, weights_only=True) for path in (source, tmp_path / "n.pt"))
    assert before["g_ema"].keys() == after["g_ema"].keys()
    for name, tensor in before["g_ema"].items():
        assert torch.allclose(after["g_ema"][name], tensor, rtol=1e-6, atol=0), name
    assert torch.equal(after["latent_avg"], before["latent_avg"])


@pytest.mark.parametrize("variant", [name for name in VARIANTS if name not in NOT_IN_ROSINALITY])
def test_rosinality_s_arithmetic_draws_the_same_pictures_of_its_file(variant: str, tmp_path: Path) -> None:
    made = network(variant)
    written(made, tmp_path / "n.pt")
    stored = torch.load(tmp_path / "n.pt", weights_only=True)
    z = torch.from_numpy(np.random.RandomState(0).randn(2, made.z_dim)).float()
    theirs = rosinality_reference.draw(stored["g_ema"], z, 0.01, stored["latent_avg"], 0.7)
    assert (theirs - drawn(made)).abs().max() < 1e-4 * drawn(made).abs().max()


@pytest.mark.parametrize("stored", [float("nan"), float("inf"), -0.01, 0.0, "0.01", 1, None])
def test_a_multiplier_that_makes_no_sense_is_as_good_as_none(stored: object, tmp_path: Path) -> None:
    written(network("plain"), tmp_path / "n.pt")
    torch.save(torch.load(tmp_path / "n.pt") | {"mapping_lr": stored}, tmp_path / "m.pt")
    assert checkpoints.inspect(tmp_path / "m.pt").hyperparameters.mapping_lr == 0.01  # as the weights tell


@pytest.mark.parametrize("variant", NOT_IN_ROSINALITY)
def test_what_rosinality_s_program_does_not_compute_is_refused_and_nothing_written(
    variant: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    checkpoints.save(network(variant), source := tmp_path / "source.safetensors")
    assert main(["convert", str(source), str(tmp_path / "n.pt")]) == 1
    assert NOT_IN_ROSINALITY[variant] in (sentence := capsys.readouterr().err)
    assert sentence.endswith("; choose another ending.\n")
    assert [path.name for path in tmp_path.iterdir()] == ["source.safetensors"]


def test_clamping_is_left_out_only_where_no_face_needs_it(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    _, notes = written(network("clamped"), tmp_path / "n.pt")
    assert "its features are no longer clamped at 256, which none of 4 faces needs" in notes
    checkpoints.save(writers.generator(**SMALL, conv_clamp=0.5), source := tmp_path / "bites.safetensors")
    assert main(["convert", str(source), str(tmp_path / "m.pt")]) == 1
    assert "clamps no features, as this network's faces need at 0.5" in capsys.readouterr().err


def test_what_a_program_has_to_be_told_stands_in_a_note() -> None:
    usual = Hyperparameters(64, {4: 512, 8: 512, 16: 512, 32: 512, 64: 512})
    assert list(rosinality.notes(usual)) == []
    narrow = replace(usual, channels={**usual.channels, 64: 256})
    assert list(rosinality.notes(narrow)) == ["give rosinality's scripts --channel_multiplier 1"]
    assert list(tensorflow.notes(narrow)) == ["the discriminator in it is new and untrained"]
    (note,) = rosinality.notes(Hyperparameters(**SMALL))
    assert note.endswith("given its sizes: the channels 6, 5, 4; 2 mapping layers; a style of 8")
    note, _ = tensorflow.notes(Hyperparameters(**SMALL | {"channels": {4: 6, 8: 2, 16: 4}}))
    assert note == "NVIDIA's programs refuse the file, as no setting of theirs gives the channels 6, 2, 4"


# ONNX


def required(package: str) -> object:
    return pytest.importorskip(package, reason=f"needs the package {package}: pip install -e '.[dev]'")


@pytest.fixture
def onnxruntime() -> object:
    required("onnx")
    return required("onnxruntime")


def sessions(runtime: object, paths: list[Path]) -> list[object]:
    options = runtime.SessionOptions()
    options.intra_op_num_threads = 1
    return [runtime.InferenceSession(str(path), options, providers=["CPUExecutionProvider"]) for path in paths]


@pytest.mark.parametrize("variant", VARIANTS)
def test_onnx_models_draw_the_same_pictures_in_batches_of_any_size(
    variant: str, tmp_path: Path, onnxruntime: object
) -> None:
    made = network(variant)
    mapping, synthesis = sessions(onnxruntime, written(made, tmp_path / "n.onnx")[0])
    names = [each.name for each in synthesis.get_inputs()]
    assert ("noise" in names) == made.hyper.use_noise
    for n in (1, 3):
        random = np.random.RandomState(n)
        z, label = torch.from_numpy(random.randn(n, made.z_dim)).float(), made.random_labels(random, n)
        given = {"z": z.numpy()} if made.z_dim else {}
        given |= {} if label is None else {"label": label.numpy()}
        with torch.no_grad():
            w = made.mapping(z, label, 0.7)
            early = made.mapping(z, label, 0.7, cutoff=1)
            pictures = [made.synthesis(w, noise=noise) for noise in ("const", "none")]
        (theirs,) = mapping.run(None, given | {"psi": np.float32([0.7])})
        psi = np.float32([0.7] + [1] * (made.num_ws - 1))
        assert np.abs(mapping.run(None, given | {"psi": psi})[0] - early.numpy()).max() < 1e-5 * early.abs().max()
        assert np.abs(theirs - w.numpy()).max() < 1e-5 * w.abs().max()
        for strength, picture in zip((1, 0), pictures, strict=True):
            noise = {"noise": np.array(strength, np.float32)} if "noise" in names else {}
            (image,) = synthesis.run(None, {"w": theirs} | noise)
            assert image.shape == picture.shape
            assert np.abs(image - picture.numpy()).max() < 2e-4 * max(1, picture.abs().max() / 2)  # 1e-4 of the range


@pytest.mark.parametrize(
    "settings",
    [
        {},
        {"kernel": 1, "radial_layers": 4},
        {"c_dim": 2, "conv_clamp": None, "filter_size": 5, "lrelu_upsampling": 4},
        *(["sg3_t_narrow.pkl", "sg3_r_64.pkl", "sg3_t_cutoff.pkl"] if "FULL_SIZE" in os.environ else []),
    ],
)
def test_onnx_models_of_stylegan3_draw_the_same_pictures_turned_and_shifted(
    settings: object, tmp_path: Path, onnxruntime: object
) -> None:
    if isinstance(settings, dict):
        made = writers.stylegan3_generator(1, **settings)
    else:
        made = checkpoints.load(FIXTURES / str(settings))
    paths, _ = written(made, tmp_path / "n.onnx")
    _, synthesis = sessions(onnxruntime, paths)
    moved = torch.tensor([[[0.8, -0.6, 0.1], [0.6, 0.8, -0.05], [0, 0, 1]]])
    z = torch.from_numpy(np.random.RandomState(0).randn(2, made.z_dim)).float()
    with torch.no_grad():
        w = made.mapping(z, made.random_labels(np.random.RandomState(0), 2), psi=0.7)
        for n, transform in ((1, torch.eye(3)[None]), (2, moved)):
            (image,) = synthesis.run(None, {"w": w[:n].numpy(), "transform": transform.numpy()})
            assert np.abs(image - made.synthesis(w[:n], transform=transform).numpy()).max() < 2e-4


def test_onnx_models_say_what_the_label_means(tmp_path: Path, onnxruntime: object) -> None:
    shipped = checkpoints.inspect(checkpoints.EMBEDDED)
    paths, _ = export.convert(checkpoints.EMBEDDED, tmp_path / "n.onnx")
    for session in sessions(onnxruntime, paths):
        properties = session.get_modelmeta().custom_metadata_map
        assert properties["digest"] == shipped.digest
        assert '"hair": ["' in properties["traits"]


def test_the_examples_in_the_documentation_run_as_they_stand(
    tmp_path: Path, onnxruntime: object, monkeypatch: pytest.MonkeyPatch
) -> None:
    page = (ROOT / "docs" / "networks.md").read_text(encoding="utf-8")
    section = page.split("## For other programs")[1].split("\n## ")[0]
    draw, choose = re.findall(r"```python\n(.*?)```", section, re.DOTALL)
    checkpoints.save(writers.generator(3, **SMALL | {"z_dim": 512}), tmp_path / "n.safetensors")
    export.convert(tmp_path / "n.safetensors", tmp_path / "anime.onnx")
    monkeypatch.chdir(tmp_path)
    exec(draw, made := {})
    assert made["image"].shape == (1, 3, 16, 16)
    shipped = checkpoints.load(checkpoints.EMBEDDED)
    paths, _ = export.convert(checkpoints.EMBEDDED, tmp_path / "shipped.onnx")
    z = torch.from_numpy(made["z"][:, : shipped.z_dim])
    exec(choose, given := {**made, "json": json, "mapping": sessions(onnxruntime, paths)[0], "z": z.numpy()})
    label = torch.tensor(given["label"]).float()
    assert dict(zip(shipped.traits, label_values(shipped, label), strict=True))["hair"] == "pink"
    assert np.abs(given["w"] - shipped.mapping(z, label, 0.7).numpy()).max() < 1e-4


def label_values(generator: Generator, label: torch.Tensor) -> list[str]:
    """Return the value of each trait that a label [1, c_dim] chooses."""
    parts = label[0].split([len(values) for values in generator.traits.values()])
    return [values[int(part.argmax())] for part, values in zip(parts, generator.traits.values(), strict=True)]


# The command


@pytest.mark.parametrize("name", ["n.pt", "n.pkl", "n.onnx"])
def test_files_that_exist_and_full_disks_are_a_sentence_and_nothing_is_lost(
    name: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    if name == "n.onnx":
        required("onnx")
    checkpoints.save(network("plain"), source := tmp_path / "source.safetensors")
    assert main(["convert", str(source), str(tmp_path / name)]) == 0
    made = sorted(path for path in tmp_path.iterdir() if path != source)
    assert capsys.readouterr().out.count("MB, for ") == len(made) == (2 if name == "n.onnx" else 1)
    made[0].write_bytes(b"mine")
    assert main(["convert", str(source), str(tmp_path / name)]) == 1
    assert "it exists; delete it, or choose another name" in capsys.readouterr().err
    assert made[0].read_bytes() == b"mine"
    with small_disk(tmp_path / "disk", 2**16) as disk:
        filler = fill(disk)
        filler.write_bytes(bytes(2**16 - 2**14))  # enough room for a mapping
        assert main(["convert", str(source), str(disk / name)]) == 1
        assert "could not be written: No space left on device." in capsys.readouterr().err
        assert list(disk.iterdir()) == [filler]


def test_endings_and_options_that_do_not_fit_are_a_sentence(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    source = str(FIXTURES / "ros_converted.pt")
    for words, sentence in (
        ([str(tmp_path / "n.bin")], "choose one of: .safetensors, .pt, .pkl, .onnx."),
        ([str(tmp_path / "n.pt"), "--half"], "Give either --half or a file in .pt, not both."),
        ([str(tmp_path / "nowhere" / "n.pkl")], "its folder does not exist; make that first."),
    ):
        assert main(["convert", source, *words]) == 1
        assert capsys.readouterr().err.endswith(f"{sentence}\n")
    assert main(["convert", str(FIXTURES / "sg3_t_narrow.pkl"), str(tmp_path / "n.pkl")]) == 1
    assert "NVIDIA's TensorFlow programs draw no StyleGAN3" in capsys.readouterr().err


def test_without_the_package_onnx_the_sentence_says_so(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    row = export.FORMATS[".onnx"]._replace(needs="a_package_that_nobody_has")
    monkeypatch.setattr(export, "FORMATS", {**export.FORMATS, ".onnx": row})
    assert main(["convert", str(FIXTURES / "ros_converted.pt"), str(tmp_path / "n.onnx")]) == 1
    assert "-m pip install a_package_that_nobody_has" in capsys.readouterr().err
