"""Tests faces that go to other programs and come from them: .npz files, .vector files, and the commands around them."""

import io
import os
import pickle
import zipfile
from pathlib import Path

import numpy as np
import old_lines
import pytest
import torch
from PIL import Image

from generator import __main__ as command_line
from generator import checkpoints
from generator.cli import npz
from generator.contract import errors, stamp, vector
from generator.contract.recipe import Recipe
from generator.rendering import render
from generator.stylegan2.network import Generator

TINY = old_lines.network()


@pytest.fixture(scope="module")
def model(tmp_path_factory: pytest.TempPathFactory) -> Path:
    path = tmp_path_factory.mktemp("models") / "tiny.safetensors"
    checkpoints.save(TINY, path)
    return path


@pytest.fixture(scope="module")
def network(model: Path) -> Generator:
    return checkpoints.load(model, precision="exact", device="cpu")


def run(*words: str | Path) -> int:
    return command_line.main([str(word) for word in words])


def own_w(seed: int = 0, n: int = 1) -> np.ndarray:
    return np.random.RandomState(seed).randn(n, TINY.num_ws, TINY.w_dim).astype(np.float32)


def pixels(path: Path) -> np.ndarray:
    with Image.open(path) as picture:
        return np.asarray(picture.convert("RGB")).astype(int)


# Out


def test_a_line_is_written_as_w_z_and_itself(model: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    out = tmp_path / "faces.npz"
    assert run("render", "grid faces=7,near(8,3) trait.hair=pink", out, "--model", model) == 0
    assert capsys.readouterr().out == f"{out}: w, line, z; 2 faces\n"
    with np.load(out, allow_pickle=False) as arrays:
        line, w, z = str(arrays["line"]), arrays["w"], arrays["z"]
    assert line == "grid faces=7,near(8,3) model=tiny psi=0.7 trait.hair=pink"
    assert (w.shape, w.dtype, z.shape) == ((2, TINY.num_ws, TINY.w_dim), np.float32, (2, TINY.z_dim))
    assert np.array_equal(z[0], np.random.RandomState(7).randn(TINY.z_dim).astype(np.float32))
    expected = render.draft(Recipe.parse(line), TINY).plan.w
    assert np.allclose(w, expected.numpy(), atol=1e-5)


def test_faces_without_z_are_written_without_it(model: Path, tmp_path: Path) -> None:
    for line in ("mix 7 8", "edit 7 direction=d1", "morph 7 8 frames=4"):
        assert run("render", line, tmp_path / "a.npz", "--model", model) == 0
        with np.load(tmp_path / "a.npz", allow_pickle=False) as arrays:
            assert sorted(arrays) == ["line", "w"]
    assert run("render", "morph 7 8 frames=4 space=z", tmp_path / "a.npz", "--model", model) == 0
    with np.load(tmp_path / "a.npz", allow_pickle=False) as arrays:
        assert arrays["z"].shape == (4, TINY.z_dim)


def test_one_face_of_a_picture_is_drawn_alone(model: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    words = ("--model", model, "--no-enlarge", "--precision", "exact")
    run("render", "grid 2 seed=5", tmp_path / "all.png", *words)
    run("render", "grid 2 seed=5", tmp_path / "one.png", "--cell", "4", *words)
    assert abs(pixels(tmp_path / "all.png")[16:, 16:] - pixels(tmp_path / "one.png")).max() <= 1
    run("render", "morph 5 9 frames=6", tmp_path / "one.gif", "--cell", "2", *words)
    assert stamp.read((tmp_path / "one.gif").read_bytes()) == "waifu between(5,9,0.25) model=tiny psi=0.7"
    capsys.readouterr()
    assert run("render", "grid 2 seed=5", tmp_path / "one.png", "--cell", "5", *words) == 1
    assert capsys.readouterr().err == "error: This picture has the faces 1 to 4, not 5.\n"


def test_a_cell_of_a_variation_suits_the_network(tmp_path: Path) -> None:
    """The built-in network has no noise, so there its relatives are shown."""
    assert run("render", "vary 7 layers=fine", tmp_path / "a.png", "--cell", "3", "--no-enlarge") == 0
    name = checkpoints.EMBEDDED.stem
    assert stamp.read((tmp_path / "a.png").read_bytes()) == f"waifu near(7,2,fine) model={name} psi=0.7"


# In


@pytest.mark.parametrize("dtype", ["<f2", "<f4", "<f8", ">f4"])
def test_somebody_elses_w_becomes_a_face(
    dtype: str, model: Path, network: Generator, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    w = own_w().astype(dtype)
    np.savez(tmp_path / "projected_w.npz", w=w)
    assert run("point", tmp_path / "projected_w.npz", "--model", model) == 0
    line = capsys.readouterr().out.strip()
    raw = (tmp_path / "projected_w.vector").read_bytes()
    assert line == f"waifu @{vector.digest_of(raw)} model=tiny psi=0.7"
    drawn = tmp_path / "drawn.png"
    words = ("--model", model, "--no-enlarge", "--precision", "exact")
    assert run("render", line, drawn, "--attach", tmp_path / "projected_w.vector", *words) == 0
    x = network.synthesis(torch.from_numpy(own_w()).half().float())
    expected = (x * 127.5 + 128).clamp(0, 255).to(torch.uint8)[0].permute(1, 2, 0).numpy()
    assert abs(pixels(drawn) - expected.astype(int)).max() <= 1
    again = tmp_path / "again.png"  # the picture alone is enough
    assert run("render", line, again, "--attach", drawn, *words) == 0
    assert again.read_bytes() == drawn.read_bytes()


def test_one_w_of_several_is_chosen_and_compressed_files_are_read(
    model: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    np.savez_compressed(tmp_path / "a.npz", w=own_w(1, 3), z=np.zeros(2))
    assert run("point", tmp_path / "a.npz", "--model", model, "--cell", "3", "--out", tmp_path / "b.vector") == 0
    half = own_w(1, 3)[2].astype("<f2").tobytes()
    assert (tmp_path / "b.vector").read_bytes() == vector.pack(vector.Shape(TINY.num_ws, TINY.w_dim), half)
    capsys.readouterr()
    assert run("inspect", tmp_path / "b.vector") == 0
    assert capsys.readouterr().out.endswith(f": {TINY.num_ws} x {TINY.w_dim} numbers\n")


def test_what_was_written_is_read_back(model: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    run("render", "mix 7 8", tmp_path / "a.npz", "--model", model)
    capsys.readouterr()
    assert run("point", tmp_path / "a.npz", "--model", model) == 0
    line = capsys.readouterr().out.strip()
    for name, text, more in (("a.png", "mix 7 8", ()), ("b.png", line, ("--attach", tmp_path / "a.vector"))):
        run("render", text, tmp_path / name, "--model", model, "--no-enlarge", "--precision", "exact", *more)
    assert abs(pixels(tmp_path / "a.png") - pixels(tmp_path / "b.png")).max() <= 1


class Bomb:
    """Writes a file when it is unpickled."""

    def __init__(self, path: Path) -> None:
        self.path = str(path)

    def __reduce__(self) -> tuple[object, tuple[str]]:
        return os.mkdir, (self.path,)


def member(raw: bytes, name: str = "w.npy") -> bytes:
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w") as opened:
        opened.writestr(name, raw)
    return out.getvalue()


def array(value: np.ndarray) -> bytes:
    out = io.BytesIO()
    np.lib.format.write_array(out, value, allow_pickle=True)
    return out.getvalue()


def header(text: str, rest: bytes = b"") -> bytes:
    return b"\x93NUMPY\x01\x00" + len(text).to_bytes(2, "little") + text.encode() + rest


W = own_w()
INFINITE, HUGE = W.copy(), W.copy()
INFINITE[0, 1, 2], HUGE[0, 1, 2] = np.nan, 1e6
HOSTILE = {
    "nothing": (b"", "it is no .npz file, or a damaged one"),
    "no zip": (b"PK\x03\x04 nothing", "it is no .npz file, or a damaged one"),
    "cut": (member(array(W))[:-40], "it is no .npz file, or a damaged one"),
    "no w": (member(array(W), "z.npy"), "it has no array w, only z"),
    "one dimension less": (member(array(W[0])), "its w has the shape [6, 16], not [1, layers, size]"),
    "wrong shape": (member(array(W[:, 1:])), "its w has 5 x 16 numbers, and the model tiny needs 6 x 16"),
    "not finite": (member(array(INFINITE)), "its w holds numbers that are not finite, or far too large"),
    "too large numbers": (member(array(HUGE)), "its w holds numbers that are not finite, or far too large"),
    "several": (member(array(own_w(1, 2))), "it has 2 faces; choose one with --cell"),
    "whole numbers": (member(array(np.ones((1, 2, 3), np.int32))), "its w holds int32, not fractions"),
    "empty": (member(array(np.ones((0, 2, 3), np.float32))), "its w is cut off or empty"),
    "no header": (member(b"\x93NUMPY\x09\x00"), "the header of its w is damaged"),
    "header that is code": (member(header("__import__('os').mkdir('/tmp/x')")), "the header of its w is damaged"),
    "claims much": (
        member(header("{'descr': '<f4', 'fortran_order': False, 'shape': (1, 1000000, 1000000)}", bytes(64))),
        "its w is cut off or empty",
    ),
}  # fmt: skip


@pytest.mark.parametrize("case", HOSTILE)
def test_a_file_without_a_usable_w_is_one_sentence(
    case: str, model: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    body, about = HOSTILE[case]
    (tmp_path / "a.npz").write_bytes(body)
    assert run("point", tmp_path / "a.npz", "--model", model) == 1
    (line,) = capsys.readouterr().err.splitlines()
    assert line.startswith("error: a.npz holds no w that can be used: ")
    assert about in line
    assert not (tmp_path / "a.vector").exists()


def test_a_pickled_w_is_refused_and_never_executed(
    model: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    hole = tmp_path / "hole"
    for body in (
        member(array(np.array([[[Bomb(hole)]]], object))),
        member(pickle.dumps(Bomb(hole))),
        pickle.dumps(Bomb(hole)),
    ):
        (tmp_path / "a.npz").write_bytes(body)
        assert run("point", tmp_path / "a.npz", "--model", model) == 1
        assert "holds no w that can be used" in capsys.readouterr().err
    assert not hole.exists()


def test_a_w_that_is_too_big_is_refused_before_it_is_unpacked(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(npz, "MAX_BYTES", 1000)
    np.savez_compressed(tmp_path / "a.npz", w=np.zeros((1, 100, 100), np.float32))
    with pytest.raises(errors.NoUsableW, match="its w is larger than"):
        npz.read_w(tmp_path / "a.npz")


@pytest.mark.parametrize(
    ("words", "sentence"),
    [
        (["point", "nothing.npz"], "There is no file"),
        (["render", f"waifu @{'0' * 24}", "a.png"], "is no longer known here"),
        (["render", f"waifu @{'0' * 24}", "a.png", "--attach", "face.png"], "face.png holds none of the stored faces"),
        (["render", "waifu 1", "a.png", "--attach", "missing.png"], "There is no file"),
        (["render", "waifu 1", "a.png", "--attach", "."], "where a file is needed"),
        (["render", "morph 1 2", "a.npy"], "choose one of: .png, .gif, .webp, .mp4, .npz."),
    ],
)
def test_an_error_is_one_sentence(
    words: list[str],
    sentence: str,
    tmp_path: Path,
    model: Path,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    monkeypatch.chdir(tmp_path)
    Image.new("RGB", (4, 4)).save("face.png")
    assert run(*words, "--model", model) == 1
    (line,) = capsys.readouterr().err.splitlines()
    assert sentence in line


def test_a_vector_of_another_network_is_refused(
    model: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    np.savez(tmp_path / "a.npz", w=own_w())
    run("point", tmp_path / "a.npz", "--model", model)
    line = capsys.readouterr().out.strip().replace("model=tiny", "model=drawn-4")
    assert run("render", line, tmp_path / "a.png", "--attach", tmp_path / "a.vector") == 1
    assert "was not made with the model drawn-4: it has 6 x 16 numbers" in capsys.readouterr().err
