"""The documents name everything there is, and what they name is there: commands, options, settings, files, links.

Commands that a document tells a person to run are run here, or shown to exist.
"""

import os
import re
import shlex
import subprocess
import sys
from dataclasses import fields
from functools import cache
from pathlib import Path

import pytest
import wording
from project_paths import FIXTURES, ROOT

from bot import config
from bot.commands import TYPED
from bot.commands.help import subject
from bot.config import Settings
from bot.i18n import texts
from bot.storage.people.forgetting import PERSONAL
from generator import checkpoints
from generator.__main__ import COMMANDS as COMMAND_LINE
from generator.contract.faces.reading import FORMS
from generator.contract.kinds import KINDS
from generator.contract.recipe import Recipe
from generator.rendering import render
from generator.stylegan.generator import Generator

DOCUMENTS = sorted([*ROOT.glob("*.md"), *(ROOT / "docs").glob("*.md")])
TEXTS = {path.relative_to(ROOT).as_posix(): path.read_text(encoding="utf-8") for path in DOCUMENTS}
README, RECIPES, LINES = TEXTS["README.md"], TEXTS["docs/recipes.md"], TEXTS["docs/command-line.md"]
TRANSLATED = {language: f"docs/README.{language}.md" for language in texts.CATALOGUES if language != texts.SOURCE}
MAKE_TARGETS = set(re.findall(r"^([\w-]+):", (ROOT / "Makefile").read_text(encoding="utf-8"), re.MULTILINE))


def test_the_readme_is_one_page() -> None:
    assert len(README.splitlines()) <= 130


@pytest.mark.parametrize("command", TYPED)
def test_the_readme_has_a_row_with_a_small_picture_for_every_command(command: str) -> None:
    shown = re.search(
        rf'^\| `/{command}`.*<img src="(docs/commands/{subject(command)}\.webp)" alt="\w[^"]+"', README, re.MULTILINE
    )
    assert shown
    assert 1000 < (ROOT / shown[1]).stat().st_size < 150_000


def test_the_page_about_privacy_names_every_table_that_holds_people() -> None:
    page = (ROOT / "docs" / "PRIVACY.md").read_text(encoding="utf-8")
    rows = {row for row in re.findall(r"^\| .+ \| `(\w+)` \|$", page, re.MULTILINE)}
    assert rows == {table.name for table in PERSONAL}


def test_the_page_of_settings_is_what_the_settings_say() -> None:
    assert TEXTS["docs/settings.md"] == config.render_page(), (
        "write it again: python -c 'from bot import config; print(config.render_page(), end=\"\")' > docs/settings.md"
    )
    for setting in fields(Settings):
        assert re.search(rf"^\| `{setting.name}` \|", TEXTS["docs/settings.md"], re.MULTILINE)


@pytest.mark.parametrize(("kind", "option"), [(kind, option) for kind, row in KINDS.items() for option in row.options])
def test_the_page_of_recipes_names_every_kind_and_option(kind: str, option: str) -> None:
    assert f"`{kind}`" in RECIPES
    assert re.search(rf"\*\*{option}\*\*|`{option}`", RECIPES)


@pytest.mark.parametrize("command", COMMAND_LINE)
def test_the_page_of_the_command_line_names_every_command(command: str) -> None:
    assert re.search(rf"^\| `waifu {command}\b", LINES, re.MULTILINE)


@pytest.mark.parametrize("command", [["generator", "render"], ["generator", "convert"], ["playground"], ["bot"]])
def test_the_page_of_the_command_line_names_every_option_of_what_people_start(command: list[str]) -> None:
    words = subprocess.run(
        [sys.executable, "-m", *command, "--help"], cwd=ROOT, capture_output=True, text=True, check=True
    ).stdout
    options = set(re.findall(r"(?<![\w-])--[a-z-]+", words)) - {"--help"}
    assert options
    assert [option for option in options if f"`{option}" not in LINES and f" {option}" not in LINES] == []


def test_the_library_example_runs_as_it_stands(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (example,) = re.findall(r"## As a library\n\n```python\n(.*?)```", LINES, re.DOTALL)
    network = ROOT / "tests" / "fixtures" / "ada_uncond_proto3.pkl"
    (tmp_path / "anime.pkl").write_bytes(network.read_bytes())
    monkeypatch.chdir(tmp_path)
    made: dict[str, object] = {}
    exec(example, made)
    assert tuple(made["x"].shape) == (1, 3, 64, 64)  # type: ignore[attr-defined]


def test_the_page_of_recipes_names_every_format() -> None:
    from generator.rendering.encode import FORMATS

    assert [name for name in FORMATS if f"`{name}`" not in RECIPES] == []


def shared_files(document: str) -> list[str]:
    """Return the paths, from the root, of the files that a README links to or shows, in their order.

    The other READMEs, and the picture of the page in the reader's language, are left out.
    """
    links = re.findall(r"\]\(([^)#:]+)\)|src=\"([^\"]+)\"", TEXTS[document])
    paths = (os.path.normpath(Path(document).parent / (first or second)) for first, second in links)
    return [path for path in paths if not re.search(r"README|docs/page-[\w-]+\.png", path)]


def names_of_commands(document: str) -> list[str]:
    """Return the commands in a document's table of commands, in their order."""
    return re.findall(r"^\| `/([\w ]+)`[^|]*\|[^|]*\| <img", TEXTS[document], re.MULTILINE)


def inline_commands(document: str) -> list[str]:
    """Return what a document tells a person to type within a sentence, as for instance `make run`."""
    return re.findall(r"`((?:\.venv|make|git|TORCH|WAIFUBOT)[^`\n]*)`", TEXTS[document])


@pytest.mark.parametrize("language", TRANSLATED)
def test_a_translated_readme_says_what_the_english_one_says(language: str) -> None:
    document = TRANSLATED[language]
    assert commands_of(document) == commands_of("README.md")
    assert sorted(inline_commands(document)) == sorted(inline_commands("README.md"))
    assert names_of_commands(document) == names_of_commands("README.md")
    assert len(names_of_commands(document)) == len(TYPED)
    assert shared_files(document) == shared_files("README.md")
    assert re.findall(r"^#+", TEXTS[document], re.MULTILINE) == re.findall(r"^#+", README, re.MULTILINE)


@pytest.mark.parametrize("language", TRANSLATED)
def test_a_translated_readme_uses_the_words_of_the_bot(language: str) -> None:
    text, t = TEXTS[TRANSLATED[language]], texts.for_locale(language)
    for command in TYPED:
        words = command.split()
        own = [t.lookup(f"command-{'-'.join(words[: at + 1])}") or "" for at in range(len(words))]
        assert f"\n| `/{command}` `/{' '.join(own)}` |" in text
    for button in ("again", "wilder", "calmer", "recipe", "delete"):
        assert f"**{t(button)}**" in text
    assert wording.foreign_in(language, text) == []


@pytest.mark.parametrize("document", ["README.md", *TRANSLATED.values()])
def test_every_readme_links_to_all_others_at_its_head(document: str) -> None:
    head = TEXTS[document].split("\n")[2]
    linked = {os.path.normpath(Path(document).parent / path) for path in re.findall(r"\]\(([^)]+)\)", head)}
    assert linked == {"README.md", *TRANSLATED.values()} - {document}


def examples_of_lines() -> list[str]:
    """Return every recipe line that a document shows."""
    begins = rf"(?:{'|'.join(KINDS)}) (?:\d|(?:{'|'.join(FORMS)})\(|faces=)"
    text = "\n".join(TEXTS.values())
    lines = re.findall(rf"`({begins}[^`\n]*)`", text) + re.findall(rf"^({begins}.*)$", text, re.MULTILINE)
    return sorted({*lines, *re.findall(rf'"({begins}[^"\n]*)"', text)})


@pytest.fixture(scope="module")
def shipped() -> dict[str, Generator]:
    """The networks that ship, the default first, by name."""
    return {path.stem: checkpoints.load(path, precision="auto", device="cpu") for path in checkpoints.shipped()}


@pytest.fixture(scope="module")
def turning_network() -> Generator:
    return checkpoints.load(FIXTURES / "sg3_r_64.pkl", device="cpu")


@pytest.mark.parametrize("line", examples_of_lines())
def test_every_recipe_that_a_document_shows_is_drawn_by_a_network_that_ships(
    line: str, shipped: dict[str, Generator], turning_network: Generator
) -> None:
    """Every face is planned, and three of them are drawn. What is turned or moved is drawn by a network that can."""
    recipe = Recipe.parse(line)
    assert Recipe.parse(str(recipe)) == recipe
    network = shipped[recipe.model or checkpoints.EMBEDDED.stem]
    if recipe.rotate or recipe.shift != (0, 0):
        network = turning_network
    plan = render.draft(recipe, network, enlarge=False).plan
    last = plan.layout.faces - 1
    faces = render.synthesise(network, [plan], [sorted({0, last // 3, last})])
    assert faces.std() > 10


def test_the_page_of_recipes_has_an_example_of_each_form_of_a_face() -> None:
    shown = [line for line in examples_of_lines() if line.startswith(("waifu", "grid faces"))]
    for mark in (*(f"{name}(" for name in FORMS), "7(", "waifu 7"):
        assert any(mark in line for line in shown), mark
        assert mark in RECIPES


@pytest.mark.parametrize("document", TEXTS)
def test_every_file_and_heading_that_a_document_names_is_there(document: str) -> None:
    text, folder = TEXTS[document], (ROOT / document).parent
    links = re.findall(r"\]\(([^)#:]+)(?:#[^)]*)?\)|(?:src|href)=\"([^\":#]+)\"", text)
    named = [folder / (first or second) for first, second in links]
    named += [
        ROOT / path for path in re.findall(r"`((?:bot|generator|playground|tests|docs|benchmarks)/[\w./-]*)`", text)
    ]
    assert [path for path in named if not path.exists()] == []


@cache
def help_of(command: str) -> str:
    """Return what ``waifu COMMAND --help`` prints."""
    return subprocess.run(
        [sys.executable, "-m", "generator", command, "--help"], cwd=ROOT, capture_output=True, text=True, check=True
    ).stdout


def commands_of(document: str) -> list[str]:
    """Return the lines of a document's shell blocks, without comments."""
    blocks = re.findall(r"```sh\n(.*?)```", TEXTS[document], re.DOTALL)
    lines = (re.sub(r"\s+#.*", "", line).strip() for block in blocks for line in block.splitlines())
    return [line for line in lines if line]


@pytest.mark.parametrize(
    ("document", "line"), [(document, line) for document in TEXTS for line in commands_of(document)]
)
def test_every_command_that_a_document_gives_exists(document: str, line: str) -> None:
    words = shlex.split(line)
    program = Path(words[0]).name
    if program == "make":
        assert set(words[1:]) <= MAKE_TARGETS, line
    elif program in ("waifu", "torchrun") or words[1:3] == ["-m", "generator"]:
        command = next(word for word in words[1:] if word in COMMAND_LINE)
        after = words[words.index(command) :]
        assert all(word in help_of(command) for word in after if word.startswith("--") and "nproc" not in word), line
    elif "-m" in words:
        assert words[words.index("-m") + 1] in ("venv", "pip", "playground", "bot", "pytest"), line
        assert all((ROOT / word).is_file() for word in words if word.startswith("tests/")), line
    else:
        assert program in ("umask", "printf", "cp", "sudo"), line
