"""The README names every command, kind, format, option and setting; the documents name only files that exist.

Does not check what they say.
"""

import re
import subprocess
import sys
from dataclasses import fields
from pathlib import Path

import pytest
from project_paths import ROOT

from bot.commands import COMMANDS
from bot.config import Settings
from generator.__main__ import COMMANDS as COMMAND_LINE
from generator.contract.kinds import KINDS

README = (ROOT / "README.md").read_text(encoding="utf-8")


@pytest.mark.parametrize("command", COMMANDS)
def test_the_readme_has_a_row_with_a_small_picture_for_every_command(command: str) -> None:
    shown = re.search(
        rf'^\| `/{command}\b.*<img src="(docs/commands/{command}\.webp)" alt="\w[^"]+"', README, re.MULTILINE
    )
    assert shown
    assert 1000 < (ROOT / shown[1]).stat().st_size < 150_000


@pytest.mark.parametrize("setting", [field.name for field in fields(Settings)])
def test_the_readme_has_a_row_for_every_setting(setting: str) -> None:
    assert re.search(rf"^\| `{setting}` \|", README, re.MULTILINE)


@pytest.mark.parametrize(("kind", "option"), [(kind, option) for kind, row in KINDS.items() for option in row.options])
def test_the_readme_names_every_kind_and_option(kind: str, option: str) -> None:
    assert f"`{kind}`" in README
    assert re.search(rf"\*\*{option}\*\*|`{option}`", README)


@pytest.mark.parametrize("command", COMMAND_LINE)
def test_the_readme_names_every_command_of_the_command_line(command: str) -> None:
    assert re.search(rf"^\| `waifu {command}\b", README, re.MULTILINE)


@pytest.mark.parametrize("command", [["generator", "render"], ["generator", "convert"], ["playground"], ["bot"]])
def test_the_readme_names_every_option_of_every_program(command: list[str]) -> None:
    usage = subprocess.run(
        [sys.executable, "-m", *command, "--help"], cwd=ROOT, capture_output=True, text=True, check=True
    ).stdout
    options = set(re.findall(r"(?<![\w-])--[a-z-]+", usage)) - {"--help"}
    assert options
    assert [option for option in options if f"`{option}" not in README and f" {option}" not in README] == []


def test_the_library_example_runs_unchanged(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (example,) = re.findall(r"## As a library\n\n```python\n(.*?)```", README, re.DOTALL)
    network = ROOT / "tests" / "fixtures" / "ada_uncond_proto3.pkl"
    (tmp_path / "anime.pkl").write_bytes(network.read_bytes())
    monkeypatch.chdir(tmp_path)
    names: dict[str, object] = {}
    exec(example, names)
    assert tuple(names["x"].shape) == (1, 3, 64, 64)  # type: ignore[attr-defined]


def test_the_readme_names_every_format() -> None:
    from generator.rendering.encode import FORMATS

    assert [name for name in FORMATS if f"`{name}`" not in README] == []


@pytest.mark.parametrize("document", ["README.md", "ARCHITECTURE.md", "CONTRIBUTING.md"])
def test_every_file_that_a_document_names_exists(document: str) -> None:
    text = (ROOT / document).read_text(encoding="utf-8")
    named = re.findall(r"\]\(([^)#:]+)\)", text) + re.findall(
        r"`((?:bot|generator|playground|tests|docs|benchmarks)/[\w./-]*)`", text
    )
    assert named
    assert [path for path in named if not (ROOT / path).exists()] == []
