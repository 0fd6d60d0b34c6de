"""Runs ``python -m generator`` as people do: with wrong paths and numbers, closed pipes and full disks."""

import io
import os
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import numpy as np
import pytest
from PIL import Image
from project_paths import ROOT

from generator import checkpoints
from generator.__main__ import main
from generator.contract import stamp
from generator.drawn.__main__ import main as draw_drawn_sheet
from generator.stylegan2.network import Generator, Hyperparameters
from playground.__main__ import main as play

LONG = "a/path/that/is/much/longer/than/what/a/chat/is/shown/of/anything/that/somebody/typed/in/it/network.pkl"


@pytest.fixture(scope="module")
def network(tmp_path_factory: pytest.TempPathFactory) -> Path:
    hyper = Hyperparameters(resolution=16, channels={4: 8, 8: 8, 16: 8}, z_dim=16, w_dim=16, num_mapping_layers=2)
    made = Generator.new(hyper, seed=3, name="tiny").freeze()
    made.estimate_w_avg(200)
    checkpoints.save(made, path := tmp_path_factory.mktemp("models") / "tiny.safetensors")
    return path


@pytest.fixture
def small_disk(tmp_path: Path) -> Iterator[Path]:
    """Yield a folder on a disk of its own, of 64 KB."""
    (folder := tmp_path / "disk").mkdir()
    mount = subprocess.run(["mount", "-t", "tmpfs", "-o", "size=64k", "tmpfs", folder], capture_output=True)
    if mount.returncode:
        pytest.skip("only root may mount a disk")
    yield folder
    subprocess.run(["umount", folder], check=True)


def error_of(capsys: pytest.CaptureFixture[str], *words: object) -> str:
    """Run a command that fails, and return its sentence."""
    assert main([str(word) for word in words]) == 1
    (line,) = capsys.readouterr().err.splitlines()
    assert line.startswith("error: ")
    return line.removeprefix("error: ")


def generator(*words: object, stdout: int) -> "subprocess.CompletedProcess[str]":
    command = [sys.executable, "-m", "generator", *map(str, words)]
    # Without a buffer argparse itself passes over a pipe that is closed.
    environ = {name: value for name, value in os.environ.items() if name != "PYTHONUNBUFFERED"}
    return subprocess.run(command, cwd=ROOT, env=environ, stdout=stdout, stderr=subprocess.PIPE, text=True, timeout=60)


# Files are written whole


def test_a_picture_on_a_full_disk_leaves_the_one_that_was_there(small_disk, network, capsys):
    assert main(["render", "waifu 1", str(small_disk / "a.png"), "--model", str(network), "--no-enlarge"]) == 0
    before = (small_disk / "a.png").read_bytes()
    (small_disk / "filler").write_bytes(bytes(48 << 10))
    capsys.readouterr()
    for line, name in (("grid 5 seed=1", "a.png"), ("morph 1 2", "b.gif")):
        sentence = error_of(capsys, "render", line, small_disk / name, "--model", network)
        assert sentence == f"{small_disk / name} could not be written: No space left on device."
    assert (small_disk / "a.png").read_bytes() == before
    assert sorted(os.listdir(small_disk)) == ["a.png", "filler"]


def test_a_network_and_a_sheet_on_a_full_disk_leave_nothing(small_disk, network, capsys):
    (small_disk / "filler").write_bytes(bytes(60 << 10))
    sentence = error_of(capsys, "convert", network, small_disk / "n.safetensors")
    assert sentence.endswith("could not be written: No space left on device.")
    sentence = error_of(capsys, "artist", small_disk / "s.png", "--rows", 1, "--columns", 1)
    assert sentence.endswith("could not be written: No space left on device.")
    assert os.listdir(small_disk) == ["filler"]


def test_where_nothing_can_be_written_nothing_is_drawn(network, tmp_path, capsys):
    (tmp_path / "folder.png").mkdir()
    os.mkfifo(tmp_path / "pipe.png")
    for name, reason in (
        ("folder.png", "that is a folder; name a file in it"),
        ("pipe.png", "that is a pipe or a device; name a file"),
        ("nowhere/a.png", "its folder does not exist; make that first"),
    ):
        for words in (
            ("render", "waifu 1 trait.hair=pink", tmp_path / name, "--model", network),
            ("artist", tmp_path / name),
        ):
            assert error_of(capsys, *words) == f"{tmp_path / name} could not be written: {reason}."


# Paths


@pytest.mark.parametrize(
    "words", [["inspect", LONG], ["convert", LONG, "a.safetensors"], ["render", "waifu 1", "a.png", "--model", LONG]]
)
def test_a_missing_file_is_named_with_its_whole_path(words, tmp_path, monkeypatch, capsys):
    monkeypatch.chdir(tmp_path)
    assert error_of(capsys, *words) == f"There is no file {LONG}; check the path."


@pytest.mark.parametrize(
    "words", [["inspect", "X"], ["convert", "X", "a.safetensors"], ["render", "waifu 1", "a.png", "--model", "X"]]
)
def test_a_folder_or_a_pipe_in_place_of_a_file_is_one_sentence(words, tmp_path, monkeypatch, capsys):
    monkeypatch.chdir(tmp_path)
    (tmp_path / "folder").mkdir()
    os.mkfifo(tmp_path / "pipe")
    for name, found in (("folder", "a folder"), ("pipe", "a pipe or a device")):
        sentence = error_of(capsys, *[tmp_path / name if word == "X" else word for word in words])
        assert sentence == f"{tmp_path / name} is {found}, where a file is needed; give the path of a file."


def test_a_file_in_place_of_the_folder_of_models_and_a_name_that_is_too_long_are_one_sentence(
    network, tmp_path, capsys
):
    words = ["render", "waifu 1", tmp_path / "a.png", "--model", "kitten", "--models", network]
    assert "give a folder of checkpoints" in error_of(capsys, *words)
    assert error_of(capsys, "inspect", tmp_path / ("x" * 300)).endswith("x: File name too long")


# What inspect says


@pytest.mark.parametrize(
    ("name", "file_format"),
    [("a.jpg", "JPEG"), ("a.jfif", "JPEG"), ("a", "JPEG"), ("a.bmp", "BMP"), ("a.pkl", "TIFF"), ("a.png", "PNG")],
)
def test_inspect_says_of_any_picture_what_the_bot_says(name, file_format, tmp_path, capsys):
    Image.new("RGB", (8, 8)).save(tmp_path / name, file_format)
    assert (
        error_of(capsys, "inspect", tmp_path / name) == f"{name} contains no recipe; only pictures made here carry one."
    )


def test_inspect_believes_no_stamp_whose_checksum_is_wrong(tmp_path, capsys):
    Image.fromarray(np.zeros((8, 8, 3), np.uint8)).save(out := io.BytesIO(), "PNG")
    sound = stamp.write(out.getvalue(), "waifu 3 psi=0.7")
    (tmp_path / "a.png").write_bytes(sound.replace(b"waifu 3", b"waifu 7"))
    assert "contains no recipe" in error_of(capsys, "inspect", tmp_path / "a.png")


# Numbers, endings and options


def test_a_limit_in_bytes_is_said_as_it_was_given(network, tmp_path, capsys):
    words = ["render", "waifu 1", tmp_path / "a.png", "--model", network, "--max-bytes"]
    for given, said in ((500, "500 bytes"), (1023, "1023 bytes"), (1536, "1.5 KiB")):
        assert f"for the limit of {said} here" in error_of(capsys, *words, given)
    words[1] = "grid 5 seed=1"
    assert "for the limit of 1023 KiB here" not in error_of(capsys, *words, 1024)


def test_the_list_of_options_names_traits_too(tmp_path, capsys):
    sentence = error_of(capsys, "render", "waifu 1 hair=pink", tmp_path / "a.png")
    assert sentence.endswith("its options are: cutoff, model, noise, psi, rotate, shift, trait.NAME=VALUE.")


@pytest.mark.parametrize("words", [["--rows", "0"], ["--columns", "-1"], ["--size", "0"], ["--seed", "-1"]])
def test_a_sheet_of_no_portraits_is_one_sentence(words, tmp_path, capsys):
    assert "must be from" in error_of(capsys, "artist", tmp_path / "a.png", *words)
    with pytest.raises(SystemExit) as left:
        draw_drawn_sheet([str(tmp_path / "a.png"), *words])
    assert left.value.code == 2
    assert f"{words[0]} must be from" in capsys.readouterr().err


def test_an_ending_that_no_picture_has_is_one_sentence(tmp_path, capsys):
    for words in (("artist", tmp_path / "a.xyz"), ("evaluate", "--sheet", tmp_path / "a.xyz")):
        assert error_of(capsys, *words).endswith("its name must end in one of .png, .jpg, .jpeg, .webp.")
    with pytest.raises(SystemExit):
        draw_drawn_sheet([str(tmp_path / "a.xyz"), "--rows", "1", "--columns", "1", "--size", "16"])
    assert "a.xyz could not be written" in capsys.readouterr().err


@pytest.mark.parametrize(
    "words",
    [
        ["train", "--batch", "0"],
        ["train", "--drawings", "0"],
        ["train", "--seed", "-1"],
        ["train", "--seed", "many"],
        ["train", "--batch", "1" + 20 * "0"],
        ["train", "--r1-every", "1" + 20 * "0"],
        ["train", "--path-every", "1" + 20 * "0"],
        ["train", "--lr", "1e12"],
        ["train", "--data", ""],
        ["serve", "--max-models", "0"],
        ["directions", "x.safetensors", "--faces", "0"],
    ],
)
def test_a_number_that_cannot_be_is_wrong_usage(words, capsys):
    with pytest.raises(SystemExit) as left:
        main(words)
    assert left.value.code == 2
    assert f"argument {words[-2]}: " in capsys.readouterr().err


def test_a_port_that_cannot_be_is_wrong_usage(capsys):
    for port in ("99999", "-1", "http"):
        with pytest.raises(SystemExit) as left:
            play(["--port", port])
        assert left.value.code == 2
        assert "a port is a whole number from 0 to 65535" in capsys.readouterr().err


# The output


@pytest.fixture
def stamped(tmp_path: Path) -> Path:
    Image.new("RGB", (8, 8)).save(out := io.BytesIO(), "PNG")
    (tmp_path / "a.png").write_bytes(stamp.write(out.getvalue(), "waifu 3 psi=0.7"))
    return tmp_path / "a.png"


@pytest.mark.parametrize("words", [["inspect", "PICTURE"], ["--help"], ["render", "--help"]])
def test_an_output_that_nobody_reads_ends_the_command_without_a_word(words, stamped):
    reading, writing = os.pipe()
    os.close(reading)
    try:
        done = generator(*[stamped if word == "PICTURE" else word for word in words], stdout=writing)
    finally:
        os.close(writing)
    assert (done.returncode, done.stderr) == (141, "")


@pytest.mark.skipif(not Path("/dev/full").exists(), reason="this system has no device that is always full")
def test_an_output_on_a_full_disk_is_one_sentence(stamped):
    with Path("/dev/full").open("wb") as full:
        done = generator("inspect", stamped, stdout=full.fileno())
    assert (done.returncode, done.stderr) == (1, "error: No space left on device\n")
