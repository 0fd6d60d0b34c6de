"""Sound files of other kinds are named as such; what lies beside a network or after a file's end is judged truly."""

import argparse
import array
import collections
import datetime
import decimal
import fractions
import json
import os
import pathlib
import pickle
import random
import re
import struct
import subprocess
import sys
import time
import types
import uuid
from collections.abc import Callable
from pathlib import Path

import checkpoint_writers as writers
import numpy as np
import pytest
import torch
from project_paths import ROOT

from generator import checkpoints
from generator.contract import errors
from generator.stylegan2.network import Generator

FULL = bool(os.environ.get("FULL_SIZE"))
SMALL = {"resolution": 8, "channels": {4: 8, 8: 4}, "z_dim": 16, "w_dim": 16, "num_mapping_layers": 2}


@pytest.fixture
def network() -> Generator:
    return writers.generator(**SMALL)


def refusal(path: Path, seconds: float = 2) -> errors.CheckpointError:
    """Return the error for a file that must be refused within ``seconds`` of processor time."""
    began = time.process_time()
    with pytest.raises(errors.CheckpointError) as caught:
        checkpoints.load(path)
    assert time.process_time() - began < seconds
    return caught.value


def check_that_it_is_of_another_kind(error: errors.CheckpointError, about: str = "") -> None:
    assert isinstance(error, errors.UnsupportedNetwork | errors.NotACheckpoint), error
    assert "damaged" not in str(error)
    assert "ownload" not in str(error)
    assert about in str(error)


# Networks of other kinds


def rosinality(path: Path, state: dict[str, torch.Tensor]) -> Path:
    torch.save({"g_ema": state, "latent_avg": torch.zeros(16)}, path)
    return path


ROSINALITY = {
    "attention": (
        {"attention.query.weight": (4, 8, 1, 1)},
        "a network with attention: parts that StyleGAN2 has not (attention.query.weight)",
    ),
    "wavelets": (
        {"to_rgbs.0.iwt.ll": (2, 2)},
        "a network with wavelets (SWAGAN): parts that StyleGAN2 has not (to_rgbs.0.iwt.ll)",
    ),
    "rectangle with square noise": (
        {"input.input": (1, 8, 4, 2)},
        "noise_const has the shape [4 4] and not [4 2]",
    ),
    "large kernels": ({"convs.0.conv.weight": (1, 4, 8, 5, 5)}, "has the shape"),
    "empty tensor": ({"extra": (0,)}, "an empty tensor"),
}


@pytest.mark.parametrize("kind", ROSINALITY)
def test_a_rosinality_network_of_another_kind_is_named(tmp_path: Path, network: Generator, kind: str) -> None:
    shapes, about = ROSINALITY[kind]
    state = writers.rosinality_state(network) | {name: torch.ones(shape) for name, shape in shapes.items()}
    check_that_it_is_of_another_kind(refusal(rosinality(tmp_path / "n.pt", state)), about)


def test_a_state_with_what_is_no_tensor_is_named(tmp_path: Path, network: Generator) -> None:
    for value in ("a text", None, ["a list"], torch.ones(3, dtype=torch.complex64), torch.zeros(1).expand(9)):
        state = writers.rosinality_state(network) | {"more": value}
        check_that_it_is_of_another_kind(refusal(rosinality(tmp_path / "n.pt", state)))


def tensorflow_with(network: Generator, change: Callable[[str], str], *extra: tuple[str, np.ndarray]) -> tuple:
    networks = writers.tensorflow_networks(network)
    variables = networks[2].state["components"]["synthesis"].state["variables"]
    variables[:] = [(change(name), value) for name, value in variables] + list(extra)
    return networks


def test_a_tensorflow_network_of_another_kind_is_named(tmp_path: Path, network: Generator) -> None:
    query = ("8x8/SelfAtten/conv2d_theta/w", np.zeros((1, 1, 4, 4), np.float32))
    for networks, about in (
        (tensorflow_with(network, str, query), "a network with attention: parts that StyleGAN2 has not"),
        (tensorflow_with(network, lambda name: name.replace("8x8", "9x9")), "parts that StyleGAN2 has not"),
        (tensorflow_with(network, str, ("8x8/Conv1/numbers", np.array(["a", "b"]))), "not a tensor of numbers"),
    ):
        writers.dump_networks(path := tmp_path / "n.pkl", networks)
        check_that_it_is_of_another_kind(refusal(path), about)


def test_an_nvidia_network_with_modules_of_torch_is_named(tmp_path: Path, network: Generator) -> None:
    tree = writers.nvidia_module(network)
    attention = torch.nn.Sequential(torch.nn.Conv2d(4, 4, 1), torch.nn.LayerNorm(4), torch.nn.SiLU())
    tree.state["_modules"]["synthesis"].state["_modules"]["attention"] = attention
    writers.dump(path := tmp_path / "n.pkl", {"G_ema": tree})
    about = "a network with attention: parts that StyleGAN2 has not (synthesis.attention.0.bias)"
    check_that_it_is_of_another_kind(refusal(path), about)


def test_a_module_of_another_form_is_named(tmp_path: Path, network: Generator) -> None:
    for name, value in (("x", 5), ("b8", writers.Persistent("Nothing", _modules=None)), (5, None)):
        tree = writers.nvidia_module(network)
        tree.state["_modules"]["synthesis"].state["_modules"][name] = value
        tree.state["_modules"]["synthesis"].state["_modules"]["again"] = tree.state["_modules"]["mapping"]
        writers.dump(path := tmp_path / "n.pkl", {"G_ema": tree})
        check_that_it_is_of_another_kind(refusal(path))


# Beside a network


def with_attribute(tensor: torch.Tensor) -> torch.Tensor:
    tensor.learning_rate = 0.1
    return tensor


BESIDE: dict[str, object] = {
    "path": pathlib.PurePosixPath("/data/faces"),
    "windows path": pathlib.PureWindowsPath("C:/data"),
    "this system's path": pathlib.Path("data"),
    "dtype": torch.float16,
    "layout": torch.strided,
    "device": torch.device("cpu"),
    "when": datetime.datetime(2026, 11, 28, tzinfo=datetime.UTC),
    "took": datetime.timedelta(hours=3),
    "losses": collections.defaultdict(list, {"d": [1.0]}),
    "counts": collections.Counter({"a": 2}),
    "recent": collections.deque([1, 2], maxlen=9),
    "nested": collections.defaultdict(dict, {(1, 2): {"a": frozenset({1, "b"})}}),
    "frozen": frozenset({"a", (1, 2), 2.5}),
    "complex": 1 + 2j,
    "slice": slice(1, 2),
    "range": range(3),
    "bytes": bytearray(b"abc"),
    "large number": 2**200,
    "huge number": 2**4000,
    "keys": {(1, 2): 1, 2.5: 2, b"x": 3, torch.float32: 4},
    "decimal": decimal.Decimal("0.1"),
    "fraction": fractions.Fraction(1, 3),
    "uuid": uuid.UUID(int=5),
    "namespace": argparse.Namespace(size=8),
    "simple namespace": types.SimpleNamespace(size=8),
    "pattern": re.compile("b[0-9]+"),
    "chance": random.Random(5),
    "numbers": array.array("d", [1.0, 2.0]),
    "ellipsis": ...,
    "numpy type": np.float32,
    "numpy dtype": np.dtype("float64"),
    "texts": np.array(["one", "two"]),
    "bytes in an array": np.array([b"one"]),
    "text scalar": np.str_("one"),
    "complex array": np.array([1j]),
    "dates": np.array(["2026-11-28"], "datetime64[D]"),
    "records": np.array([(1, 2.0)], dtype=[("a", "i4"), ("b", "f8")]),
    "random state": np.random.RandomState(5),
    "random generator": np.random.default_rng(5),
    "state of a random generator": np.random.default_rng(5).bit_generator.state,
    "empty array": np.zeros((0, 3)),
    "empty tensor": torch.zeros(0),
    "complex tensor": torch.zeros(2, dtype=torch.complex64),
    "expanded tensor": torch.zeros(1).expand(9),
    "many dimensions": torch.zeros((1,) * 12),
    "tensor with an attribute": with_attribute(torch.zeros(2)),
    "parameter with an attribute": with_attribute(torch.nn.Parameter(torch.zeros(2))),
    "small unsigned": torch.zeros(2, dtype=torch.uint16),
    "untyped": torch.zeros(2).untyped_storage(),
    "module": torch.nn.Sequential(torch.nn.Linear(2, 2), torch.nn.ReLU()),
}


def check_the_same(path: Path, network: Generator) -> None:
    state = checkpoints.load(path).state_dict()
    assert all(torch.equal(state[name], tensor) for name, tensor in network.state_dict().items())


@pytest.mark.parametrize("name", BESIDE)
def test_harmless_values_beside_a_network_do_not_condemn_it(tmp_path: Path, network: Generator, name: str) -> None:
    top = {"g_ema": dict(writers.rosinality_state(network)), "latent_avg": network.mapping.w_avg, "x": BESIDE[name]}
    for protocol, zipped in ((2, True), (4, True), (2, False)):
        torch.save(top, path := tmp_path / "n.pt", pickle_protocol=protocol, _use_new_zipfile_serialization=zipped)
        check_the_same(path, network)
    if name == "layout":  # only torch.save can write it
        return
    tree = writers.nvidia_module(network)
    tree.state["x"] = BESIDE[name]
    writers.dump(path := tmp_path / "n.pkl", {"G_ema": tree, "x": BESIDE[name]}, protocol=4)
    assert checkpoints.load(path).resolution == 8


@pytest.mark.parametrize("protocol", [2, 3, 4, 5])
def test_an_older_torch_file_of_any_protocol_is_read(tmp_path: Path, network: Generator, protocol: int) -> None:
    top = {"g_ema": dict(writers.rosinality_state(network)), "latent_avg": network.mapping.w_avg}
    torch.save(top, path := tmp_path / "n.pt", pickle_protocol=protocol, _use_new_zipfile_serialization=False)
    check_the_same(path, network)


def test_a_parameter_with_attributes_is_a_weight_like_any_other(tmp_path: Path, network: Generator) -> None:
    state = {
        name: with_attribute(torch.nn.Parameter(value, False))
        for name, value in writers.rosinality_state(network).items()
    }
    torch.save({"g_ema": state, "latent_avg": with_attribute(network.mapping.w_avg.clone())}, path := tmp_path / "n.pt")
    check_the_same(path, network)


def test_a_file_of_harmless_values_alone_is_a_file_of_something_else(tmp_path: Path) -> None:
    path = tmp_path / "n.pkl"
    for name, value in BESIDE.items():
        if not isinstance(value, torch.Tensor | torch.nn.Module | torch.UntypedStorage | torch.layout):
            for protocol in (2, 3, 4, 5):
                path.write_bytes(pickle.dumps({name: value}, protocol))
                check_that_it_is_of_another_kind(refusal(path), "it is a pickle of something else")
    path.write_bytes(pickle.dumps(collections.OrderedDict(a=1), 0))
    check_that_it_is_of_another_kind(refusal(path), "it is a pickle of protocol 0")


def test_a_tensor_is_rebuilt_by_nothing_but_a_function_for_tensors(tmp_path: Path) -> None:
    rebuild = b"ctorch._tensor\n_rebuild_from_type_v2\n"
    for function in (b"c_codecs\nencode\n", b"cbuiltins\nset\n", b"N", b"ctorch.storage\n_load_from_bytes\n"):
        (path := tmp_path / "n.pkl").write_bytes(b"\x80\x02" + rebuild + b"(" + function + b"N)Nt" + b"R.")
        assert isinstance(refusal(path), errors.ForbiddenContent)


# Bytes after the end, and bytes that were never written


def files(folder: Path, network: Generator) -> list[Path]:
    writers.nvidia(folder / "nvidia.pkl", network)
    writers.tensorflow(folder / "tensorflow.pkl", network)
    writers.rosinality(folder / "zip.pt", network)
    writers.rosinality(folder / "legacy.pt", network, legacy=True)
    checkpoints.save(network, folder / "own.safetensors")
    return sorted(folder.iterdir())


def test_bytes_after_the_end_of_a_file_are_refused(tmp_path: Path, network: Generator) -> None:
    for path in files(tmp_path, network):
        whole = path.read_bytes()
        for junk in (b"\0", b"junk", bytes(100_000), whole):
            path.write_bytes(whole + junk)
            found = "not where it should be" if (path.name, junk) == ("zip.pt", whole) else "bytes follow after its"
            assert found in str(refusal(path))


def test_a_file_that_was_made_longer_is_refused_at_once(tmp_path: Path, network: Generator) -> None:
    for path in files(tmp_path, network):
        with path.open("r+b") as file:
            file.truncate(7 * 2**30)
        assert isinstance(refusal(path, 0.5), errors.DamagedCheckpoint)


def own_header(tensors: dict[str, object], metadata: dict[str, str]) -> bytes:
    header = json.dumps({"__metadata__": metadata, **tensors}).encode()
    return struct.pack("<Q", len(header)) + header


def test_a_file_of_ours_that_is_mostly_a_hole_is_refused_before_any_work(tmp_path: Path, network: Generator) -> None:
    checkpoints.save(network, path := tmp_path / "n.safetensors")
    length = int.from_bytes(path.read_bytes()[:8], "little")
    metadata = json.loads(path.read_bytes()[8 : 8 + length])["__metadata__"]
    side, tensors, at = 4096, {}, 0
    for layer in range(3):
        size = 4 * side * side
        tensors[f"mapping.fc{layer}.weight"] = {"dtype": "F32", "shape": [side, side], "data_offsets": [at, at + size]}
        at += size
    with path.open("wb") as file:
        file.write(own_header(tensors, metadata))
        file.truncate(file.tell() + at)
    if path.stat().st_blocks * 512 > path.stat().st_size // 2:
        pytest.skip("this file system writes holes")
    assert "were ever written" in str(refusal(path, 0.5))


def test_tensors_of_ours_that_share_bytes_are_refused(tmp_path: Path, network: Generator) -> None:
    checkpoints.save(network, path := tmp_path / "n.safetensors")
    whole = path.read_bytes()
    length = int.from_bytes(whole[:8], "little")
    header = json.loads(whole[8 : 8 + length])
    first, second = "mapping.fc0.bias", "mapping.fc1.bias"
    assert header[first]["shape"] == header[second]["shape"]
    header[first] = header[second]
    path.write_bytes(own_header(header, header.pop("__metadata__")) + whole[8 + length :])
    assert "its tensors overlap or leave gaps" in str(refusal(path))


# Texts


def text_of(raw: bytes) -> bytes:
    return b"X" + struct.pack("<I", len(raw)) + raw


PROGRAM = r"""
import sys
from pathlib import Path
from generator import checkpoints
from generator.contract import errors

peak = lambda: int(Path("/proc/self/status").read_text().partition("VmHWM:")[2].split()[0])
before = peak()
for path in sys.argv[1:]:
    try:
        checkpoints.load(path)
    except errors.CheckpointError:
        print(peak() - before)
"""

MB = 200
LATIN = text_of(b"latin1") + b"\x86R"
ENCODED = b"c_codecs\nencode\n"
STORAGE = b"ctorch.storage\n_load_from_bytes\n"
ARRAY = b"cnumpy.core.multiarray\n_reconstruct\ncnumpy\nndarray\nK\0\x85C\1b\x87R(K\1J%s\x85cnumpy\ndtype\n" + (
    text_of(b"u1") + b"\x85R\x89"
)
# name -> (what stands before each text, what follows it, how many there are)
TEXTS = {
    "storage": (STORAGE + ENCODED, LATIN + b"\x85R", 1),
    "several storages": (STORAGE + ENCODED, LATIN + b"\x85R", 4),
    "text": (b"", b"", 1),
    "bytes": (ENCODED, LATIN, 1),
    "array": (ARRAY.replace(b"%s", struct.pack("<i", MB * 10**6)) + ENCODED, LATIN + b"tb", 1),
}


@pytest.mark.skipif(not Path("/proc/self/status").exists(), reason="the peak of a process is read from /proc")
def test_texts_of_200_mb_cost_less_than_300_mb(tmp_path: Path) -> None:
    path, peaks = tmp_path / "n.pkl", []
    for head, tail, times in list(TEXTS.values()) if FULL else [TEXTS["storage"]]:
        size = MB * 10**6 // times
        one = head + b"X" + struct.pack("<I", size) + b"a" * size + tail + b"a"
        path.write_bytes(b"\x80\x02]" + one * times + b".")
        done = subprocess.run(
            [sys.executable, "-c", PROGRAM, path], capture_output=True, text=True, check=True, cwd=ROOT
        )
        peaks.append(int(done.stdout))
    print(peaks)
    assert max(peaks) < 300_000


CODECS = """
import sys
from generator import checkpoints
from generator.contract import errors
before = set(sys.modules)
for path in sys.argv[1:]:
    try:
        checkpoints.load(path)
    except errors.DamagedCheckpoint as error:
        print(error)
print([name for name in set(sys.modules) - before if "encodings" in name])
"""


def test_a_header_in_another_encoding_is_refused_and_imports_no_codec(tmp_path: Path) -> None:
    for encoding in ("utf-16-le", "utf-16-be", "utf-32-le"):
        header = '{"__metadata__": {"format": "waifubot-stylegan2"}}'.encode(encoding)
        header = header.lstrip(b"\0") if encoding == "utf-16-be" else header
        (tmp_path / f"{encoding}.safetensors").write_bytes(struct.pack("<Q", len(header)) + header)
    command = [sys.executable, "-c", CODECS, *tmp_path.iterdir()]
    *sentences, imported = subprocess.run(
        command, capture_output=True, text=True, check=True, cwd=ROOT
    ).stdout.splitlines()
    assert len(sentences) == 3
    assert all("its header is garbled" in sentence for sentence in sentences)
    assert imported == "[]"
