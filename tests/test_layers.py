"""Folders import only what ARCHITECTURE.md's tables allow, and the bot's process does not load what it must not."""

import ast
import re
import subprocess
import sys
from graphlib import TopologicalSorter
from pathlib import Path

import pytest
from project_paths import ROOT

HEAVY = ("torch", "numpy", "PIL", "imageio", "av", "safetensors", "ray")
DISCORD = {
    "bot.connection",
    "bot.client",
    "bot.commands",
    "bot.delivery",
    "bot.discord_api",
    "bot.i18n",
    "bot.interactions",
    "bot.messages",
}
PACKAGES = ("bot", "generator", "playground")
ROW = re.compile(r"^\| `(\w+)/` \| (.+) \|$")


def table() -> dict[str, set[str]]:
    """Read the rows of ARCHITECTURE.md: folder -> the folders that it may import."""
    rows: dict[str, set[str]] = {}
    package = ""
    for line in (ROOT / "ARCHITECTURE.md").read_text(encoding="utf-8").splitlines():
        if found := re.match(r"^\| (\w+)/ \| may import \|$", line):
            package = found[1]
        elif package and (found := ROW.match(line)):
            rows[f"{package}.{found[1]}"] = {
                name.replace("/", ".") if "/" in name else f"{package}.{name}"
                for name in re.findall(r"`([\w/]+)`", found[2])
            }
        elif not line.startswith("|"):
            package = ""
    return rows


def folder_of(module: str) -> str:
    return ".".join(module.split(".")[:2])


FILES = sorted(file for package in PACKAGES for file in (ROOT / package).rglob("*.py"))


def module_of(file: Path) -> str:
    return ".".join(file.relative_to(ROOT).with_suffix("").parts).removesuffix(".__init__")


def imports(file: Path) -> set[str]:
    found: set[str] = set()
    for node in ast.walk(ast.parse(file.read_text(encoding="utf-8"))):
        if isinstance(node, ast.Import):
            found |= {alias.name for alias in node.names}
        elif isinstance(node, ast.ImportFrom):
            assert node.level == 0, f"{file}: imports are absolute"
            inside = {f"{node.module}.{alias.name}" for alias in node.names}
            found |= inside if node.module in PACKAGES else {node.module or ""}
    return found


def folders() -> dict[str, set[str]]:
    """Return what each folder imports of the others; a module beside the folders counts as one."""
    found: dict[str, set[str]] = {}
    for file in FILES:
        folder = folder_of(module_of(file))
        mine = {folder_of(name) for name in imports(file) if name.partition(".")[0] in PACKAGES}
        found[folder] = found.get(folder, set()) | (mine - {folder})
    return found


def test_folders_import_only_what_the_table_allows() -> None:
    allowed = table()
    for folder, imported in folders().items():
        if "." in folder and (ROOT / folder.replace(".", "/")).is_dir():
            assert imported <= allowed[folder], f"{folder} imports {imported - allowed[folder]}"
    gone = {name for name in allowed if not (ROOT / name.replace(".", "/")).is_dir()}
    assert not gone


def test_no_folders_import_each_other_in_a_circle() -> None:
    for graph in (folders(), table()):
        list(TopologicalSorter(graph).static_order())  # raises CycleError


@pytest.mark.parametrize("package", PACKAGES)
def test_no_folder_holds_more_than_about_a_dozen_modules(package: str) -> None:
    for folder in [ROOT / package, *(ROOT / package).rglob("*/")]:
        modules = [file for file in folder.glob("*.py") if file.name != "__init__.py"]
        most = {"bot": 6, "commands": 99}.get(folder.name, 14)  # a file for each slash command
        assert len(modules) <= most, f"{folder}: {len(modules)}"


def test_the_bot_knows_only_the_contract_and_discord_only_where_it_must() -> None:
    for file in (file for file in FILES if file.is_relative_to(ROOT / "bot")):
        name = module_of(file)
        for imported in imports(file):
            top = imported.partition(".")[0]
            assert top not in HEAVY
            assert top != "generator" or folder_of(imported) == "generator.contract", f"{name} imports {imported}"
            assert top != "playground"
            assert top != "discord" or folder_of(name) in DISCORD, f"{name} knows Discord"


def test_the_contract_needs_the_standard_library_only() -> None:
    for file in (ROOT / "generator" / "contract").rglob("*.py"):
        for imported in imports(file):
            top = imported.partition(".")[0]
            assert top in sys.stdlib_module_names or folder_of(imported) == "generator.contract", (
                f"{file.name}: {imported}"
            )


def test_the_bot_loads_nothing_heavy() -> None:
    check = f"import bot.__main__, sys; sys.exit(', '.join(name for name in {HEAVY!r} if name in sys.modules) or 0)"
    done = subprocess.run([sys.executable, "-c", check], cwd=ROOT, capture_output=True, text=True, timeout=60)
    assert done.returncode == 0, done.stderr


def test_the_bot_is_small() -> None:
    check = "import bot.__main__, psutil; print(psutil.Process().memory_info().rss)"
    done = subprocess.run(
        [sys.executable, "-c", check], cwd=ROOT, capture_output=True, text=True, timeout=60, check=True
    )
    assert int(done.stdout) < 100_000_000
