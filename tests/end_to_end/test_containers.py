"""The files of deploy/ agree with the project; in full size the images are built, started and killed.

COMPOSE is the command of compose if it is neither `docker compose` nor `podman-compose`, CONTAINERS that of the program
that runs containers; COMPOSE_OVERRIDE a further file, for a machine that cannot pull what compose.yaml names.
"""

import ast
import os
import re
import runpy
import shutil
import subprocess
import sys
from collections.abc import Callable, Iterable
from pathlib import Path
from typing import Any

import pytest
from project_paths import ROOT

from bot import config
from generator.__main__ import COMMANDS

DEPLOY = ROOT / "deploy"
CONTAINERFILE = (DEPLOY / "Containerfile").read_text(encoding="utf-8")
COMPOSE = (DEPLOY / "compose.yaml").read_text(encoding="utf-8")
# What a package is called where it is imported, if not by its own name.
MODULES = {
    "discord.py": "discord",
    "fluent.runtime": "fluent",
    "fluent.syntax": "fluent",
    "pillow": "PIL",
    "prometheus-client": "prometheus_client",
}


def stage(name: str) -> str:
    """Return the lines of one stage of the Containerfile."""
    return re.split(r"^FROM ", CONTAINERFILE.partition(f" AS {name}\n")[2], flags=re.MULTILINE)[0]


def copied(name: str) -> list[tuple[list[str], str]]:
    """Return what a stage copies from the project, and where each goes."""
    words = [line.split()[1:] for line in stage(name).splitlines() if line.startswith("COPY ")]
    return [(line[:-1], line[-1]) for line in words]


def imported(*places: str) -> set[str]:
    """Return the packages, other than Python's and the project's own, that the files under these places import."""
    found: set[str] = set()
    for file in (file for place in places for file in sorted((ROOT / place).rglob("*.py"))):
        for node in ast.walk(ast.parse(file.read_text(encoding="utf-8"))):
            names = [alias.name for alias in node.names] if isinstance(node, ast.Import) else []
            names += [node.module or ""] if isinstance(node, ast.ImportFrom) else []
            found |= {name.partition(".")[0] for name in names}
    return found - set(sys.stdlib_module_names) - {"bot", "generator", "playground"}


def modules_of(packages: Iterable[str]) -> set[str]:
    names = [re.split(r"[\[<>=]", package)[0] for package in packages]
    return {MODULES.get(name, name) for name in names}


@pytest.fixture
def list_packages(monkeypatch: pytest.MonkeyPatch) -> Callable[..., Iterable[str]]:
    monkeypatch.chdir(ROOT)
    found: Callable[..., Iterable[str]] = runpy.run_path(str(DEPLOY / "packages.py"))["list_packages"]
    return found


def test_each_image_has_the_packages_that_its_code_imports(list_packages: Callable[..., Iterable[str]]) -> None:
    bot, worker = modules_of(list_packages("bot")), modules_of(list_packages("worker"))
    assert bot - {"psycopg"} == imported("bot") - {"yarl"}  # SQLAlchemy imports the one, aiohttp brings the other
    optional = {"onnx", "openvino", "ray", "torchvision"}
    assert worker | {"torch"} == imported("generator") - optional
    assert "openvino" in modules_of(list_packages("worker", ["openvino"]))


def test_the_bot_starts_with_no_more_of_the_generator_than_its_image_has(tmp_path: Path) -> None:
    for sources, target in copied("bot"):
        for source in sources:
            place = tmp_path / target / (Path(source).name if target.endswith("/") else "")
            place.parent.mkdir(parents=True, exist_ok=True)
            copy: Callable[..., Any] = shutil.copytree if (ROOT / source).is_dir() else shutil.copy
            copy(ROOT / source, place)
    assert not (tmp_path / "generator" / "models").exists()

    def run(*words: str) -> subprocess.CompletedProcess[str]:
        environ = {name: value for name, value in os.environ.items() if not name.startswith("WAIFUBOT_")}
        environ |= {"PYTHONPATH": str(tmp_path)}
        return subprocess.run(
            [sys.executable, "-m", *words], cwd=tmp_path, env=environ, capture_output=True, text=True, timeout=60
        )

    assert "There is no Discord token" in run("bot").stderr
    assert run("generator", "attach", "--check", "nobody").returncode == 1
    assert run("bot.operations.health", "1").returncode == 1


def test_every_setting_and_command_in_these_files_exists() -> None:
    settings = config.render_page()
    files = [file for file in DEPLOY.rglob("*") if file.suffix in (".yaml", ".env", ".md") or file == "Containerfile"]
    text = "\n".join(file.read_text(encoding="utf-8") for file in files) + CONTAINERFILE
    own = {"uid", "models"}  # of compose.yaml itself; the second is a setting, too, which a variable does not give
    for name in {found.lower() for found in re.findall(r"\bWAIFUBOT_([A-Z_]+)", text)} - own:
        assert f"| `{name}` |" in settings, name
    called = re.findall(r'"-m", "([\w.]+)"(?:, "(\w+)")?', text)
    assert {module for module, _ in called} >= {"bot", "generator", "bot.operations.health"}
    for module, word in called:
        place = ROOT / module.replace(".", "/")
        assert place.with_suffix(".py").exists() or (place / "__main__.py").exists(), module
        assert module != "generator" or word in COMMANDS
    for folder in ("bot", "worker-cpu"):
        assert "USER waifubot" in stage(folder)


def test_the_parts_of_the_composition_name_the_same_places() -> None:
    (socket,) = set(re.findall(r"/run/waifubot/[\w.]+", COMPOSE + CONTAINERFILE))
    assert COMPOSE.count(f"{Path(socket).parent}\n") == 2  # the volume of both
    (port,) = re.findall(r"WAIFUBOT_METRICS_PORT: (\d+)", COMPOSE)
    assert f'"bot.operations.health", "{port}"' in COMPOSE
    assert COMPOSE.count("/var/lib/waifubot\n") == 3
    assert COMPOSE.count("<<: *locked") == 3
    cpu, cuda = (
        re.findall(r"^(?:RUN|COPY|USER|CMD) .*", stage(f"worker-{name}"), re.MULTILINE) for name in ("cpu", "cuda")
    )
    assert [line.replace("${TORCH_FROM} ", "") for line in cpu] == cuda
    targets = re.findall(r"^FROM .* AS ([\w-]+)$", CONTAINERFILE, re.MULTILINE)
    assert set(re.findall(r"target: ([\w-]+)", COMPOSE + (DEPLOY / "compose.cuda.yaml").read_text())) <= set(targets)


def test_a_builder_gets_nothing_but_what_images_are_made_of() -> None:
    lines = (ROOT / ".dockerignore").read_text(encoding="utf-8").splitlines()
    allowed = {line[1:] for line in lines if line.startswith("!")}
    assert next(line for line in lines if not line.startswith("#")) == "*"
    needed = {source for name in ("python", "bot", "worker-cpu") for sources, _ in copied(name) for source in sources}
    assert all(any(source == place or source.startswith(f"{place}/") for place in allowed) for source in needed)
    assert allowed == {"bot", "generator", "deploy/packages.py", "pyproject.toml", "constraints.txt"}
