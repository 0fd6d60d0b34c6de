"""The catalogues in bot/i18n/languages/: nothing is missing, nothing is unused, and each of these checks can fail."""

import json
import re
from collections.abc import Iterator
from pathlib import Path
from types import SimpleNamespace
from typing import Any, cast

import discord
import pytest
import wording
from discord import app_commands
from project_paths import ROOT

from bot import errors
from bot.client import Tree
from bot.delivery.service import RequestService
from bot.i18n import texts, translator
from generator.checkpoints import inspect
from generator.contract.errors import GeneratorError, TrainingError, UnknownTraitValue, all_errors
from generator.contract.kinds import KINDS
from generator.contract.recipe import Recipe
from playground.discord.validation import validate_commands

CATALOGUES = {path.stem: wording.catalogue(path.read_text(encoding="utf-8")) for path in texts.FOLDER.glob("*.ftl")}
ENGLISH = CATALOGUES.pop(texts.SOURCE)
SAID = wording.sayings(wording.sources(ROOT / "bot", ROOT / "generator" / "contract" / "kinds.py"))
OTHERS = pytest.mark.parametrize("language", sorted(CATALOGUES))
PAGE = ROOT / "playground" / "page" / "static"
DEFAULTS = sorted((ROOT / "generator" / "models").glob("*.safetensors"))


def shown_in_chat() -> Iterator[type[GeneratorError]]:
    """Every error but those that only the owner of a bot or of a training run reads, in a terminal."""
    return (error for error in all_errors() if not issubclass(error, errors.CannotStart | TrainingError))


def tree() -> Tree:
    return Tree(
        discord.Client(intents=discord.Intents.none()), cast(RequestService, SimpleNamespace(queue=None, monitor=None))
    )


async def payload() -> list[dict[str, Any]]:
    commands = tree()
    await commands.set_translator(translator.Translator())
    return cast(list[dict[str, Any]], json.loads(await commands.payload()))


# Sentences


def test_every_text_that_the_code_says_is_there_with_the_fields_that_it_wants() -> None:
    assert len(SAID) > 20
    assert wording.missing_in_source(SAID, ENGLISH) == []


def test_every_text_is_said_somewhere() -> None:
    assert wording.unused(SAID, ENGLISH) == []


@OTHERS
def test_a_language_has_every_text_and_no_other_with_the_same_fields(language: str) -> None:
    assert wording.untranslated(language, CATALOGUES[language], ENGLISH) == []


@OTHERS
def test_a_language_has_every_error_that_is_shown_in_a_chat(language: str) -> None:
    assert wording.untranslated_errors(language, CATALOGUES[language], shown_in_chat()) == []


def test_a_text_that_is_missing_unused_or_different_is_found() -> None:
    said = wording.sayings({"bot/a.py": 't("hello", name=1)\nt(f"made_{kind}")\nuse("waifu")\n'})
    english = wording.catalogue("hello = Hello, { $name }!\nmade-waifu = Made `it`.\n")
    assert wording.missing_in_source(said, english) == []
    assert wording.unused(said, english) == []
    assert wording.missing_in_source(said, wording.catalogue("made-waifu = Made.")) == [
        "bot/a.py:1: en.ftl has no hello"
    ]
    assert wording.missing_in_source(said, wording.catalogue("hello = Hello, { $name }!")) == [
        r"bot/a.py:2: en.ftl has nothing like made\-(.+)"
    ]
    assert wording.missing_in_source(said, wording.catalogue("hello = Hello, { $you }!\nmade-waifu = Made.")) == [
        "bot/a.py:1: hello wants ['you'], and is given ['name']"
    ]
    assert wording.unused(
        said, wording.catalogue("hello = Hello!\nmade-waifu = Made.\nmade-grid = Made.\nbye = Bye!")
    ) == [
        "en.ftl: nothing says made-grid",
        "en.ftl: nothing says bye",
    ]
    assert wording.untranslated("xx", wording.catalogue("hello = Hallo!\nbye = Weg!"), english) == [
        "xx.ftl lacks made-waifu",
        "xx.ftl has bye, which en.ftl has not",
        "xx.ftl: hello has [], in English ['name']",
    ]
    assert wording.untranslated("xx", wording.catalogue("hello = Hallo, { $name }!\nmade-waifu = Da."), english) == [
        "xx.ftl: made-waifu has other markdown than in English"
    ]


def test_an_error_that_is_missing_unused_or_different_is_found() -> None:
    known = [errors.QueueFull, errors.NotHere]
    other = wording.catalogue("error-line-full = Voll: { $many }.\nerror-gone = Weg.")
    assert wording.untranslated_errors("xx", other, known) == [
        "xx.ftl lacks error-not-here",
        "xx.ftl has error-gone, an error that there is not",
        "xx.ftl: error-line-full has ['many'], which the code does not give",
    ]


# Pieces of errors


def bad_recipes() -> Iterator[str]:
    """Lines that are wrong in every way that an option can be."""
    wrong = (
        "",
        "x" * 65,
        "9" * 30,
        "-1",
        ",".join("1" * 12),
        ",".join(f"d{i % 10 + 1}" for i in range(12)),
        "b",
        "5-1",
        "é",
        "1.5",
    )
    for name, kind in KINDS.items():
        example = kind.example.split(", or")[0].split()
        for option in kind.options:
            others = " ".join(word for word in example if not word.startswith(option + "="))
            yield from (f"{others} {option.replace('TRAIT', 'hair')}={text}" for text in wrong)
        needed = " ".join(word for word in example if word.partition("=")[0] in kind.required)
        yield from (f"{name} {' '.join(map(str, range(count)))} {needed}" for count in range(12))
        numbers = " ".join(word for word in example if "=" not in word)
        yield from (
            f"{numbers} {needed} {more}" for more in ("trait.h=É", "seconds=240 fps=50", "format=strip frames=100")
        )
    yield "x" * 9999


def pieces() -> dict[str, str]:
    """Return {key: English} of the phrases in the fields of every error that a bad recipe can raise, and those of the worker."""
    found = {"phrase-" + key: "" for key in ("frames-of-a-morph-over-n-seeds", "layers-of-this-network")}
    for line in bad_recipes():
        try:
            Recipe.parse(line)
        except GeneratorError as error:
            for field in ("name", "expected", "given"):
                phrase = str(error.fields.get(field, ""))
                if phrase and " " in phrase:
                    found[texts.phrase_key(phrase)] = phrase
    return found


@OTHERS
def test_a_language_has_every_piece_of_an_error_and_no_other(language: str) -> None:
    assert {key for key in CATALOGUES[language] if key.startswith("phrase-")} == pieces().keys()
    assert all(texts.of(language).phrase(phrase) for phrase in pieces().values() if phrase)


def test_pieces_keep_their_numbers_and_names_are_those_of_the_menus() -> None:
    zh = texts.of("zh-CN")
    assert zh.phrase("2 to 8 seeds") == "2 到 8 个种子"
    assert "发色不能是“grey”" in zh.error(UnknownTraitValue(trait="hair", value="grey", known="pink, blue"))
    assert zh.error(UnknownTraitValue(trait="hair", value="grey", known="pink, blue")).endswith("粉色, 蓝色。")


# Commands


@OTHERS
async def test_a_language_has_every_name_description_and_choice_and_none_is_there_twice(language: str) -> None:
    commands = await payload()
    assert len(commands) >= 6
    validate_commands.check_commands(commands)
    assert wording.untranslated_commands(language, commands) == []


@OTHERS
def test_a_language_has_no_name_description_or_choice_of_something_that_there_is_not(language: str) -> None:
    assert wording.unused_elsewhere(language, CATALOGUES[language], looked_up()) == []


def looked_up() -> set[tuple[str, str | None]]:
    """Return each (key, attribute) that is looked up for some command, option or choice."""
    asked: set[tuple[str, str | None]] = set()

    class Ear(texts.Texts):
        def own(self, key: str, attribute: str | None = None) -> str | None:
            asked.add((key, attribute))
            return super().own(key, attribute)

    said = Ear("zh-CN")
    for command in tree().get_commands():
        _look_up(command, said)
    return asked


def _look_up(command: Any, said: texts.Texts) -> None:
    place = app_commands.TranslationContextLocation
    translator.translated(said, command.name, place.command_name, command)
    if isinstance(command, app_commands.ContextMenu):
        return
    translator.translated(said, command.description, place.command_description, command)
    for option in getattr(command, "parameters", ()):
        translator.translated(said, option.display_name, place.parameter_name, option)
        translator.translated(said, str(option.description), place.parameter_description, option)
        for choice in option.choices:
            translator.translated(said, choice.name, place.choice_name, choice)
    for below in getattr(command, "commands", ()):
        _look_up(below, said)


def test_a_command_that_lacks_a_name_or_has_one_twice_is_found() -> None:
    zh = {"name_localizations": {"xx": "gleich"}, "description_localizations": {"xx": "d"}}
    options = [{"name": name, "description": "d", **zh} for name in ("a", "b")]
    assert wording.untranslated_commands("xx", [{"name": "waifu", "description": "d", "options": options}]) == [
        "xx.ftl lacks the name of waifu",
        "xx.ftl lacks the description of waifu",
        "xx.ftl: waifu: gleich is there twice",
    ]
    assert wording.unused_elsewhere("xx", wording.catalogue("option-a = A\n    .b = B"), [("option-a", None)]) == [
        "xx.ftl: nothing looks up option-a b"
    ]


async def test_a_changed_translation_is_a_changed_payload(monkeypatch: pytest.MonkeyPatch) -> None:
    before = await payload()
    monkeypatch.setattr(texts.Texts, "own", lambda self, key, attribute=None: "x")
    assert await payload() != before


# Traits


@OTHERS
def test_a_language_has_every_trait_of_the_default_networks_and_no_other(language: str) -> None:
    traits: dict[str, set[str]] = {}
    for path in DEFAULTS:
        for name, values in inspect(path).traits.items():
            traits.setdefault(name, set()).update(values)
    assert traits
    assert wording.untranslated_traits(language, CATALOGUES[language], traits) == []


@OTHERS
def test_a_trait_written_in_a_language_is_the_one_that_is_meant(language: str) -> None:
    said = texts.of(language)
    for key, message in CATALOGUES[language].items():
        if key.startswith("trait-"):
            for attribute in message.attributes:
                name, value = key.removeprefix("trait-"), attribute.id.name
                assert texts.meant(said.own(key) or "", said.own(key, value) or "") == (name, value)


def test_a_trait_that_is_missing_or_unused_is_found() -> None:
    other = wording.catalogue("trait-hair = Haar\n    .pink = rosa\n    .grey = grau\ntrait-hat = Hut")
    assert wording.untranslated_traits("xx", other, {"hair": ["pink", "blue"], "eyes": ["red"]}) == [
        "xx.ftl lacks trait-eyes",
        "xx.ftl has trait-hat, a trait of nothing",
        "xx.ftl: trait-hair lacks blue",
        "xx.ftl: trait-hair has grey, a value of nothing",
    ]


# Locales


@pytest.mark.parametrize(
    ("locale", "language"),
    [
        ("en-US", "en"),
        ("en-GB", "en"),
        ("zh-CN", "zh-CN"),
        ("zh-TW", "zh-CN"),
        ("ja", "en"),
        ("", "en"),
        ("../../etc", "en"),
    ],
)
def test_a_locale_gets_its_own_language_else_a_close_one_else_english(locale: str, language: str) -> None:
    assert texts.of(locale).language == language


def test_a_language_is_added_by_adding_a_file(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "de.ftl").write_text("again = Nochmal\nplace = { $position }.\n", encoding="utf-8")
    monkeypatch.setattr(texts, "CATALOGUES", texts.CATALOGUES | texts.catalogues(tmp_path))
    german = texts.of("de")
    assert german("again") == "Nochmal"
    assert german.place(3) == "3."
    assert german("delete") == "Delete"  # what it lacks is said in English


def test_a_catalogue_that_cannot_be_read_says_where(tmp_path: Path) -> None:
    (tmp_path / "de.ftl").write_text("again = Nochmal\nand this is no Fluent\n", encoding="utf-8")
    with pytest.raises(ValueError, match=r"de\.ftl: .*and this is no Fluent"):
        texts.catalogues(tmp_path)


def test_numbers_stay_as_they_are_and_have_plurals(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "de.ftl").write_text(
        "again = { $n ->\n    [one] Noch { $n } Bild\n   *[other] Noch { $n } Bilder\n}", encoding="utf-8"
    )
    monkeypatch.setattr(texts, "CATALOGUES", texts.CATALOGUES | texts.catalogues(tmp_path))
    german = texts.of("de")
    assert german("again", n=1) == "Noch 1 Bild"
    assert german("again", n=4294967295) == "Noch 4294967295 Bilder"  # a seed has no thousands separators
    assert german("again", n=0.25) == "Noch 0.25 Bilder"


# The page's own words


def page_words(scripts: str, html: str) -> set[str]:
    """Return what the page is seen to say: the texts of calls, and the labels that are there from the beginning."""
    said = set(re.findall(r'(?<![\w.])t\("((?:[^"\\]|\\.)+)"', scripts))
    chosen = re.findall(r'(?<![\w.])t\([^()"]*\? "([^"]+)" : "([^"]+)"\)', scripts)
    said |= set(re.findall(r'ClientRefusal\(\s*"([^"]+)"', scripts))
    return (
        said
        | {word for pair in chosen for word in pair}
        | set(re.findall(r'(?:aria-label|title|placeholder)="([^"]+)"', html))
    )


def wrong_in_page(words: dict[str, str], scripts: str, html: str) -> list[str]:
    written = {
        english for english in words if f'"{english}"' in scripts or f'"{english}"' in html or f">{english}<" in html
    }
    complaints = [f"lacks {english}" for english in sorted(page_words(scripts, html) - words.keys())]
    complaints += [f"nothing says {english}" for english in sorted(words.keys() - written)]
    fields = re.compile(r"\{\w+\}")
    return complaints + [
        f"other fields: {key}"
        for key, own in words.items()
        if sorted(fields.findall(own)) != sorted(fields.findall(key))
    ]


@pytest.mark.parametrize("path", sorted(PAGE.glob("*.json")), ids=lambda path: path.stem)
def test_the_page_has_all_of_its_words_in_a_language_and_no_others(path: Path) -> None:
    sources = [*sorted(PAGE.glob("*.js")), *sorted((ROOT / "playground").rglob("*.py"))]
    scripts = "".join(source.read_text(encoding="utf-8") for source in sources)
    html = (PAGE / "index.html").read_text(encoding="utf-8")
    assert len(page_words(scripts, html)) > 40
    assert wrong_in_page(json.loads(path.read_text(encoding="utf-8")), scripts, html) == []


def test_a_word_of_the_page_that_is_missing_unused_or_different_is_found() -> None:
    said = 't("Close"); t(many ? "Some" : "None"); t("Take {name} off", { name })'
    assert wrong_in_page({"Close": "Zu", "Some": "x", "None": "x", "Take {name} off": "{name} weg"}, said, "") == []
    assert wrong_in_page({"Some": "x", "None": "x", "Take {name} off": "weg", "Open": "Auf"}, said, "") == [
        "lacks Close",
        "nothing says Open",
        "other fields: Take {name} off",
    ]
