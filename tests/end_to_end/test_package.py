"""The wheel and the source archive work where nothing else of the project is: `make package` builds both and runs this.

Both run on the packages of the present environment: this tests the contents of the archives, not what pip installs.
"""

import os
import subprocess
import sys
import tarfile
import zipfile
from pathlib import Path

import pytest
from PIL import Image
from project_paths import ROOT

pytestmark = [
    pytest.mark.skipif(not os.environ.get("PACKAGE"), reason="`make package` builds what is tried here"),
    pytest.mark.timeout(300),
]
DIST = ROOT / "dist"
LARGEST_WHEEL_BYTES = 60 * 1024 * 1024


def run(folder: Path, *command: str, path: Path) -> str:
    environ = os.environ | {"PYTHONPATH": str(path)}
    done = subprocess.run(
        [sys.executable, *command], cwd=folder, env=environ, capture_output=True, text=True, timeout=240
    )
    assert done.returncode == 0, done.stdout + done.stderr
    return done.stdout


@pytest.fixture(scope="module")
def wheel(tmp_path_factory: pytest.TempPathFactory) -> Path:
    (file,) = DIST.glob("*.whl")
    assert file.stat().st_size < LARGEST_WHEEL_BYTES
    folder = tmp_path_factory.mktemp("wheel")
    zipfile.ZipFile(file).extractall(folder)
    return folder


def test_the_wheel_carries_the_packages_alone(wheel: Path) -> None:
    assert {path.name for path in wheel.iterdir() if not path.name.endswith(".dist-info")} == {
        "bot",
        "generator",
        "playground",
    }
    assert all((wheel / package / "py.typed").exists() for package in ("bot", "generator", "playground"))


def test_the_wheel_draws_in_an_empty_folder(wheel: Path, tmp_path: Path) -> None:
    where = run(tmp_path, "-c", "import generator; print(generator.__file__)", path=wheel)
    assert Path(where.strip()).is_relative_to(wheel)
    run(tmp_path, "-m", "generator", "render", "waifu 123", "out.png", path=wheel)
    with Image.open(tmp_path / "out.png") as picture:
        assert picture.width >= 128
    assert "--config" in run(tmp_path, "-m", "bot", "--help", path=wheel)
    said = run(
        tmp_path, "-m", "playground", "--say", "/waifu seed:1", "--say", "/waifubot help", "--out", "out", path=wheel
    )
    assert "waifu 1 " in said
    assert len(list((tmp_path / "out").glob("*waifu*.png"))) == 1


def test_the_source_archive_carries_what_its_tests_need(tmp_path: Path) -> None:
    (file,) = DIST.glob("*.tar.gz")
    with tarfile.open(file) as archive:
        archive.extractall(tmp_path, filter="data")
    (folder,) = tmp_path.iterdir()
    tests = [
        "tests/test_layers.py",
        "tests/bot/test_config.py",
        "tests/end_to_end/test_docs.py",
        "tests/generator/test_kinds.py",
    ]
    run(folder, "-m", "pytest", "-q", "-p", "no:cacheprovider", *tests, path=folder)
    collected = run(folder, "-m", "pytest", "-q", "--collect-only", "-p", "no:cacheprovider", path=folder)
    assert "error" not in collected.lower().splitlines()[-1]
