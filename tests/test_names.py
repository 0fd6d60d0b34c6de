"""One word for one idea: names that were given up do not come back, and the glossary of ARCHITECTURE.md stays short."""

import ast
import re
from dataclasses import fields

import pytest
from project_paths import ROOT

from bot.config import Settings

PACKAGES = ("bot", "generator", "playground")
# Old names, metaphors and synonyms that established terms have replaced. No module, class, public function or setting
# may use them.
GIVEN_UP = {
    *(
        "desk",
        "studio",
        "pulse",
        "vitals",
        "look",
        "house",
        "house_rules",
        "rows",
        "choices",
        "changes",
        "clicks",
        "rightclick",
    ),
    *(
        "asking",
        "address",
        "abilities",
        "child",
        "bury",
        "fate",
        "last_words",
        "mourn",
        "greet",
        "hear",
        "one_life",
        "strikes",
    ),
    *(
        "tears",
        "paint",
        "put_brush_down",
        "said",
        "line_full",
        "max_line",
        "pace",
        "points",
        "shelf",
        "goodbye",
        "running",
    ),
    *(
        "sheet",
        "standins",
        "raw",
        "contest",
        "acts",
        "answers",
        "saying",
        "refusals",
        "rules",
        "anew",
        "offers",
        "places",
        "does",
    ),
    *("unsaid", "settled", "suited", "meant", "told", "listed", "shown", "ordinary", "tidy", "compile"),
}
PAGE = ROOT / "playground" / "page" / "static"


def snake(name: str) -> str:
    return re.sub(r"(?<=[a-z0-9])(?=[A-Z])", "_", name).lower()


def named(source: str) -> set[str]:
    """Return the names of a module's classes, and of its public functions and methods."""
    nodes = list(ast.walk(ast.parse(source)))
    functions = {node.name for node in nodes if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef)}
    classes = {node.name for node in nodes if isinstance(node, ast.ClassDef)}
    return classes | {name for name in functions if not name.startswith("_")}


@pytest.mark.parametrize("package", PACKAGES)
def test_no_module_class_or_function_has_a_name_that_was_given_up(package: str) -> None:
    kept = ROOT / "generator" / "drawn"  # as it was until a new artist takes its place
    for file in (file for file in (ROOT / package).rglob("*.py") if not file.is_relative_to(kept)):
        names = {file.stem, file.parent.name} | named(file.read_text(encoding="utf-8"))
        assert not {name for name in names if snake(name).strip("_") in GIVEN_UP}, file


def test_no_setting_has_a_name_that_was_given_up() -> None:
    assert not {field.name for field in fields(Settings)} & GIVEN_UP


def test_no_file_of_the_page_has_a_name_that_was_given_up() -> None:
    assert not {file.stem for file in PAGE.iterdir()} & GIVEN_UP


def test_the_names_that_were_given_up_would_be_seen() -> None:
    source = "class HouseRules:\n    def hear(self): ...\n    def _paint(self): ...\ndef keep(): ..."
    assert {snake(name).strip("_") for name in named(source)} & GIVEN_UP == {"house_rules", "hear"}


def test_the_glossary_is_short() -> None:
    text = (ROOT / "ARCHITECTURE.md").read_text(encoding="utf-8")
    rows = re.findall(r"^\| .+ \|$", text.partition("## Glossary")[2].partition("\n## ")[0], re.MULTILINE)[2:]
    assert 20 <= len(rows) <= 25
