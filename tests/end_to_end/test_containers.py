"""The files of deploy/ agree with the project; in full size the images are built, started and killed.

There COMPOSE may be another command than `podman-compose` or `docker compose`, and COMPOSE_OVERRIDE a further file for
it, on a machine that cannot pull what compose.yaml names.
"""

import ast
import asyncio
import os
import re
import runpy
import shlex
import shutil
import signal
import subprocess
import sys
from collections.abc import Callable, Iterable
from functools import partial
from pathlib import Path
from typing import Any

import pytest
from load_test_server import FULL, eventually, load_test_server, mixed_load
from project_paths import ROOT

from bot import config
from generator.__main__ import COMMANDS
from playground.people.person import Answer

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


def test_the_page_on_containers_links_to_what_is_there() -> None:
    links = re.findall(r"\]\(([^)#:]+)", (DEPLOY / "README.md").read_text(encoding="utf-8"))
    assert links
    assert [link for link in links if not (DEPLOY / link).exists()] == []


def test_the_example_for_kubernetes_gives_commands_that_exist() -> None:
    text = (DEPLOY / "kubernetes" / "waifubot.yaml").read_text(encoding="utf-8")
    calls = re.findall(r"python -m generator (\w+)(.*)", text)
    assert {word for word, _ in calls} == {"listen", "cluster"} <= set(COMMANDS)
    words = [sys.executable, "-m", "generator", "cluster", "up", "--help"]
    known = subprocess.run(words, cwd=ROOT, capture_output=True, text=True, timeout=60, check=True).stdout
    assert all(option in known for _, rest in calls for option in re.findall(r"--[\w-]+", rest))
    assert set(re.findall(r"/run/waifubot/[\w.]+", text)) == {"/run/waifubot/worker.sock"}
    assert set(re.findall(r"image: [\w.]+/([\w-]+)", text)) == {"waifubot-bot", "waifubot-worker"}
    assert text.count("runAsNonRoot: true") == text.count("automountServiceAccountToken: false") == 2
    assert text.count("readOnlyRootFilesystem: true") + text.count("securityContext: *locked") == 3


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


# Real containers


def find_compose() -> list[str]:
    """Return the command of compose, or [] if there is none."""
    if given := os.environ.get("COMPOSE"):
        return shlex.split(given)
    if shutil.which("podman-compose"):
        return ["podman-compose"]
    return ["docker", "compose"] if shutil.which("docker") else []


class Containers:
    """The composition under a name of its own, for a bot in the loopback Discord of a test."""

    NAME = "waifubot-test"

    def __init__(self, folder: Path, discord_url: str) -> None:
        self._compose = find_compose()
        self._program = "docker" if self._compose[0] == "docker" else "podman"
        token, more = folder / "token", folder / "more.yaml"
        token.write_text("never used")
        more.write_text(
            "services:\n  bot:\n    network_mode: host\n    environment:\n"
            f"      WAIFUBOT_DISCORD_URL: {discord_url}\n      WAIFUBOT_MAX_PER_MINUTE: 0\n"
        )
        self._files = [str(DEPLOY / "compose.yaml"), str(more), *filter(None, [os.environ.get("COMPOSE_OVERRIDE")])]
        self._environ = os.environ | {"TOKEN_FILE": str(token)}

    def compose(self, *words: str) -> None:
        files = [word for file in self._files for word in ("-f", file)]
        command = [*self._compose, "-p", self.NAME, *files, *words]
        done = subprocess.run(command, cwd=ROOT, env=self._environ, capture_output=True, text=True, timeout=1800)
        assert done.returncode == 0, done.stdout[-5000:] + done.stderr[-5000:]

    def run(self, *words: str) -> subprocess.CompletedProcess[str]:
        return subprocess.run([self._program, *words], capture_output=True, text=True, timeout=60)

    def id_of(self, service: str) -> str:
        labels = (f"label=com.docker.compose.{name}" for name in (f"project={self.NAME}", f"service={service}"))
        found = self.run("ps", "--quiet", *(word for label in labels for word in ("--filter", label)))
        return found.stdout.strip()

    def execute(self, service: str, *words: str) -> subprocess.CompletedProcess[str]:
        return self.run("exec", self.id_of(service), *words)

    def check_health(self, service: str) -> bool:
        """Return whether a container is healthy. Where podman has no systemd, nobody but this checks it."""
        if self._program == "podman":
            return self.run("healthcheck", "run", self.id_of(service)).returncode == 0
        return "healthy" in self.run("inspect", "--format", "{{.State.Health.Status}}", self.id_of(service)).stdout

    def kill_container(self, service: str) -> None:
        """Kill the first process of a container, which is no wish of its owner, as `podman kill` would be."""
        os.kill(int(self.run("inspect", "--format", "{{.State.Pid}}", self.id_of(service)).stdout), signal.SIGKILL)

    def kill_worker(self) -> None:
        kill = (
            "import os, pathlib\nfor p in pathlib.Path('/proc').glob('[0-9]*'):\n"
            " if b'generator\\0serve' in (p / 'cmdline').read_bytes(): os.kill(int(p.name), 9)"
        )
        assert self.execute("worker", "python", "-c", kill).returncode == 0


def check_walls(containers: Containers) -> None:
    """Check what no container may do, and that only the bot has a network."""
    for service in ("bot", "worker", "database"):
        assert int(containers.execute(service, "id", "-u").stdout) > 0
        assert containers.execute(service, "touch", "/x").returncode != 0
        status = containers.execute(service, "cat", "/proc/1/status").stdout
        assert re.search(r"^CapEff:\s*0+$", status, re.MULTILINE)
        assert re.search(r"^NoNewPrivs:\s*1$", status, re.MULTILINE)
        networks = containers.execute(service, "ls", "/sys/class/net").stdout.split()
        assert (networks == ["lo"]) is (service != "bot")
    assert "No module named 'torch'" in containers.execute("bot", "python", "-c", "import torch").stderr
    sockets = containers.execute("bot", "stat", "--format=%a %u", "/run/waifubot/worker.sock").stdout.split()
    assert sockets == ["600", containers.execute("bot", "id", "-u").stdout.strip()]


@pytest.mark.skipif(not FULL, reason="FULL_SIZE=1 builds and starts the images")
@pytest.mark.skipif(not find_compose(), reason="neither podman-compose nor docker is there")
@pytest.mark.timeout(3600)
async def test_the_composition_starts_and_nobody_loses_a_picture_to_a_kill(tmp_path: Path) -> None:
    async with load_test_server(tmp_path, 5) as server:
        containers = Containers(tmp_path, server.discord.url)
        try:
            await asyncio.to_thread(containers.compose, "up", "--build", "--detach")
            await eventually(lambda: server.discord.gateway.identified == 1, 120)
            assert (await server.people[0].say("/waifu seed:1").picture(60)).attachments
            check_walls(containers)
            assert all(containers.check_health(service) for service in ("bot", "worker", "database"))
            answers = list[Answer]()
            for kill in (
                containers.kill_worker,
                partial(containers.kill_container, "worker"),
                partial(containers.kill_container, "bot"),
                partial(containers.kill_container, "database"),
            ):
                asked = mixed_load(server, 10, len(answers))
                for answer in asked:
                    await answer.wait_acknowledged()
                await asyncio.sleep(1.5)  # what is acknowledged is written within a second
                kill()
                for answer in asked:
                    assert (await answer.picture(120)).attachments
                answers += asked
            assert {len(answer.messages) for answer in answers} == {1}
            assert {server.final_answers[answer.messages[0].id] for answer in answers} == {1}
        finally:
            await asyncio.to_thread(containers.compose, "down", "--volumes")
