"""Who may import what, held by a table; and what the bot's process carries."""

import ast
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[1]
HEAVY = ("torch", "numpy", "PIL", "imageio", "av", "safetensors")
CONTRACT = {"generator.recipe", "generator.protocol", "generator.errors", "generator.stamp"}

# What each module may import of the bot, from the bottom up; and whether it may know Discord.
LAYERS: dict[str, tuple[set[str], bool]] = {
    "bot.errors": (set(), False),
    "bot.config": ({"bot.errors"}, False),
    "bot.texts": (set(), False),
    "bot.pace": (set(), False),
    "bot.traits": ({"bot.errors", "bot.texts"}, False),
    "bot.abilities": ({"bot.texts", "bot.traits"}, False),
    "bot.translator": ({"bot.texts"}, True),
    "bot.asking": ({"bot.traits"}, False),
    "bot.child": (set(), False),
    "bot.engine": ({"bot.child", "bot.errors"}, False),
    "bot.captions": ({"bot.asking", "bot.engine", "bot.texts", "bot.traits"}, False),
    "bot.cache": ({"bot.engine"}, False),
    "bot.ticket": ({"bot.engine"}, False),
    "bot.rows": (set(), False),
    "bot.choices": ({"bot.rows"}, False),
    "bot.studio": (
        {"bot.abilities", "bot.ticket", "bot.cache", "bot.choices", "bot.errors", "bot.engine", "bot.pace"},
        False,
    ),
    "bot.changes": ({"bot.asking", "bot.errors"}, False),
    "bot.explain": ({"bot.captions", "bot.texts"}, False),
    "bot.uploads": ({"bot.errors"}, False),
    "bot.menus": ({"bot.changes", "bot.texts"}, True),
    "bot.modals": ({"bot.abilities", "bot.texts", "bot.traits"}, True),
    "bot.buttons": ({"bot.changes", "bot.errors", "bot.menus", "bot.texts"}, True),
    "bot.journal": ({"bot.rows"}, False),
    "bot.look": ({"bot.texts", "bot.ticket"}, False),
    "bot.address": ({"bot.journal"}, True),
    "bot.reply": (
        {
            "bot.address",
            "bot.ticket",
            "bot.asking",
            "bot.buttons",
            "bot.captions",
            "bot.engine",
            "bot.errors",
            "bot.look",
            "bot.texts",
        },
        True,
    ),
    "bot.streams": (
        {"bot.address", "bot.asking", "bot.buttons", "bot.captions", "bot.engine", "bot.errors", "bot.journal", "bot.reply"}
        | {"bot.studio", "bot.texts", "bot.ticket"},
        True,
    ),
    "bot.clicks": (
        {"bot.asking", "bot.buttons", "bot.captions", "bot.changes", "bot.desk", "bot.errors", "bot.explain", "bot.menus"}
        | {"bot.modals", "bot.texts"},
        True,
    ),
    "bot.rightclick": (
        {
            "bot.asking",
            "bot.captions",
            "bot.changes",
            "bot.clicks",
            "bot.desk",
            "bot.errors",
            "bot.modals",
            "bot.texts",
            "bot.uploads",
        },
        True,
    ),
    "bot.house": ({"bot.errors"}, False),
    "bot.pulse": ({"bot.studio"}, False),
    "bot.metrics": ({"bot.errors", "bot.pulse"}, False),
    "bot.rest": ({"bot.pulse"}, False),
    "bot.desk": (
        {"bot.address", "bot.asking", "bot.buttons", "bot.errors", "bot.house", "bot.journal", "bot.pulse", "bot.reply"}
        | {"bot.streams", "bot.studio", "bot.texts", "bot.ticket", "bot.uploads"},
        True,
    ),
    "bot.commands": (
        {"bot.asking", "bot.commands.*", "bot.desk", "bot.pulse", "bot.studio", "bot.texts", "bot.ticket", "bot.traits"}
        | {"bot.abilities", "bot.buttons", "bot.choices", "bot.clicks", "bot.errors"},
        True,
    ),
    "bot.client": (
        {"bot.buttons", "bot.clicks", "bot.rightclick", "bot.commands", "bot.desk", "bot.errors", "bot.streams", "bot.translator"},
        True,
    ),
    "bot.__main__": (
        {"bot.cache", "bot.client", "bot.config", "bot.desk", "bot.engine", "bot.errors", "bot.house", "bot.journal", "bot.metrics"}
        | {"bot.choices", "bot.pulse", "bot.rest", "bot.studio", "bot.uploads"},
        False,
    ),
}


def module_of(file: Path) -> str:
    return ".".join(file.relative_to(ROOT).with_suffix("").parts).removesuffix(".__init__")


FILES = sorted(file for file in (ROOT / "bot").rglob("*.py") if file != ROOT / "bot" / "__init__.py")


def imports(file: Path) -> set[str]:
    found: set[str] = set()
    for node in ast.walk(ast.parse(file.read_text(encoding="utf-8"))):
        if isinstance(node, ast.Import):
            found |= {alias.name for alias in node.names}
        elif isinstance(node, ast.ImportFrom):
            assert node.level == 0, f"{file}: imports are absolute"
            whole = {"bot", "generator", "bot.commands"}
            found |= {f"{node.module}.{alias.name}" for alias in node.names} if node.module in whole else {node.module or ""}
    return found


@pytest.mark.parametrize("file", FILES, ids=module_of)
def test_modules_import_only_what_the_table_allows(file: Path) -> None:
    name = module_of(file)
    row = "bot.commands" if name.startswith("bot.commands") else name
    allowed, discord = LAYERS[row]
    for imported in imports(file):
        top = imported.partition(".")[0]
        if top == "generator":
            assert imported in CONTRACT, f"{name} imports {imported}"
        elif top == "bot":
            shared = imported.startswith("bot.commands") and "bot.commands.*" in allowed
            assert shared or imported in allowed or imported.rpartition(".")[0] in allowed, f"{name} imports {imported}"
        else:
            assert top not in HEAVY
            assert discord or top != "discord", f"{name} knows Discord"


def test_the_bot_loads_nothing_heavy() -> None:
    check = f"import bot.__main__, sys; sys.exit(', '.join(name for name in {HEAVY!r} if name in sys.modules) or 0)"
    done = subprocess.run([sys.executable, "-c", check], cwd=ROOT, capture_output=True, text=True, timeout=60)
    assert done.returncode == 0, done.stderr


def test_the_bot_is_small() -> None:
    check = "import bot.__main__, psutil; print(psutil.Process().memory_info().rss)"
    done = subprocess.run([sys.executable, "-c", check], cwd=ROOT, capture_output=True, text=True, timeout=60, check=True)
    assert int(done.stdout) < 100_000_000
