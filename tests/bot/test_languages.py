"""Nothing is missing or unused in the catalogues of bot/i18n/languages/, and each check does find what is wrong."""

import json
import re
import shutil
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
from bot.delivery.services import Services
from bot.i18n import texts, translator
from bot.recipes.capabilities import WORDED, read_end
from bot.recipes.vocabulary import vocabulary_of
from generator import artist
from generator.checkpoints import inspect
from generator.contract.errors import (
    EXPECTED,
    BadValue,
    ClusterError,
    DownloadError,
    GeneratorError,
    OutOfRange,
    SocketUnusable,
    TooManyPixels,
    TrainingError,
    UnknownDirection,
    UnknownTraitValue,
    WrongSeedCount,
    all_errors,
    describe_expected,
)
from generator.contract.kinds import KINDS, trait_directions
from generator.contract.recipe import Recipe
from playground.discord.validation import validate_commands

OTHERS = pytest.mark.parametrize("language", [language for language in wording.LANGUAGES if language != texts.SOURCE])
PAGE = ROOT / "playground" / "page" / "static"
DEFAULTS = sorted((ROOT / "generator" / "models").glob("*.safetensors"))


def shown_in_chat() -> Iterator[type[GeneratorError]]:
    """Return every error but those that only a terminal shows: of starting, clusters, fetching and training."""
    in_a_terminal = errors.CannotStart | ClusterError | DownloadError | SocketUnusable | TrainingError
    return (error for error in all_errors() if not issubclass(error, in_a_terminal))


def tree() -> Tree:
    return Tree(
        discord.Client(intents=discord.Intents.none()), cast(Services, SimpleNamespace(queue=None, preferences=None))
    )


async def payload() -> list[dict[str, Any]]:
    commands, spoken = tree(), translator.Translator()
    return [await command.get_translated_payload(commands, spoken) for command in commands.get_commands()]


# Sentences


@pytest.fixture(scope="module")
def calls() -> list[wording.Use]:
    """Every call of a Texts in the code."""
    return wording.uses(wording.sources(ROOT / "bot", ROOT / "generator" / "contract" / "kinds.py"))


def test_every_text_that_the_code_uses_exists_with_its_fields(calls: list[wording.Use]) -> None:
    assert len(calls) > 20
    assert wording.missing_in_source(calls, wording.shipped(texts.SOURCE)) == []


def test_every_text_is_used_somewhere(calls: list[wording.Use]) -> None:
    # This one is read without parsing its catalogue.
    assert wording.unused(calls, wording.shipped(texts.SOURCE)) == ["en.ftl: nothing uses language-name"]


@OTHERS
def test_a_language_has_every_text_and_no_other_with_the_same_fields(language: str) -> None:
    assert wording.untranslated(language, wording.shipped(language), wording.shipped(texts.SOURCE)) == []


@OTHERS
def test_a_language_has_every_error_that_is_shown_in_a_chat(language: str) -> None:
    assert wording.untranslated_errors(language, wording.shipped(language), shown_in_chat()) == []


@OTHERS
def test_a_language_has_no_english_left_in_it_and_only_its_own_characters(language: str) -> None:
    foreign: dict[str, list[str]] = {}
    for key, message in wording.shipped(language).items():
        pieces = wording.written(message)
        foreign[key] = [word for text in pieces for word in wording.english_in(text)]
        foreign[key] += wording.foreign_in(language, "".join(pieces))
    assert {key: words for key, words in foreign.items() if words} == {}


def test_taiwan_reads_its_own_words() -> None:
    mainland = re.compile(
        "默認|服務器|設置|(?<!檢)視頻|軟件|網絡|程序|消息|信息|菜單|內存|鼠標|屏幕|文件|文本|創建|命令(?!列)|質量"
    )
    page = (PAGE / "zh-TW.json").read_text(encoding="utf-8")
    catalogue = (texts.FOLDER / "zh-TW.ftl").read_text(encoding="utf-8")
    assert mainland.findall(page + catalogue) == []


@OTHERS
def test_a_text_names_a_command_by_reference(language: str) -> None:
    """A text that says /{ command-waifu } stays right if the command is renamed."""
    for key, message in wording.shipped(language).items():
        assert not [text for text in wording.written(message) if re.search(r"(?<![\w/])/\w", text)], key


def test_words_of_another_language_are_found() -> None:
    assert wording.english_in("种子 **1**\n`waifu 1 psi=0.7`") == []
    assert wording.english_in("种子 Again") == ["Again"]
    assert wording.foreign_in("zh-TW", "種子 1，特徵：髮色") == wording.foreign_in("ja", "シード、髪色、顔、図") == []
    assert wording.foreign_in("zh-TW", "這張图，髮色") == ["图"]
    assert wording.foreign_in("zh-CN", "種子，发色") == ["種"]
    assert wording.foreign_in("ja", "髪色、发色") == ["发"]


def test_a_text_that_is_missing_unused_or_different_is_found() -> None:
    uses = wording.uses({"bot/a.py": 't("hello", name=1)\nt(f"made_{kind}")\nuse("waifu")\n'})
    english = wording.catalogue("hello = Hello, { $name }!\nmade-waifu = Made `it`.\n")
    assert wording.missing_in_source(uses, english) == []
    assert wording.unused(uses, english) == []
    assert wording.missing_in_source(uses, wording.catalogue("made-waifu = Made.")) == [
        "bot/a.py:1: en.ftl has no hello"
    ]
    assert wording.missing_in_source(uses, wording.catalogue("hello = Hello, { $name }!")) == [
        r"bot/a.py:2: en.ftl has nothing like made\-(.+)"
    ]
    assert wording.missing_in_source(uses, wording.catalogue("hello = Hello, { $you }!\nmade-waifu = Made.")) == [
        "bot/a.py:1: hello wants ['you'], and is given ['name']"
    ]
    assert wording.unused(
        uses, wording.catalogue("hello = Hello!\nmade-waifu = Made.\nmade-grid = Made.\nbye = Bye!")
    ) == [
        "en.ftl: nothing uses made-grid",
        "en.ftl: nothing uses bye",
    ]
    assert wording.untranslated("xx", wording.catalogue("hello = Hallo!\nbye = Weg!"), english) == [
        "xx.ftl lacks made-waifu",
        "xx.ftl has bye, which en.ftl lacks",
        "xx.ftl: hello has [], in English ['name']",
    ]
    assert wording.untranslated("xx", wording.catalogue("hello = Hallo, { $name }!\nmade-waifu = Da."), english) == [
        "xx.ftl: made-waifu has other markdown than in English"
    ]


def test_an_error_that_is_missing_unused_or_different_is_found() -> None:
    known = [errors.QueueFull, errors.NotHere]
    other = wording.catalogue("error-queue-full = Voll: { $many }.\nerror-gone = Weg.")
    assert wording.untranslated_errors("xx", other, known) == [
        "xx.ftl lacks error-not-here",
        "xx.ftl has error-gone, an error that does not exist",
        "xx.ftl: error-queue-full has ['many'], which the code does not give",
    ]


# What errors expect


def bad_recipes() -> Iterator[str]:
    """Yield recipe lines with all kinds of mistakes: wrong values of each option, wrong numbers of seeds, ..."""
    wrong = (
        "",
        "x" * 65,
        "x" * 201,
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


def expectations() -> dict[str, GeneratorError]:
    """Return {code: an error with this code in its field ``expected``} for the errors that bad recipes raise."""
    seen: dict[str, GeneratorError] = {}
    for line in bad_recipes():
        try:
            Recipe.parse(line)
        except GeneratorError as error:
            if "expected" in error.fields:
                seen[str(error.fields["expected"])] = error
    return seen


def test_every_expectation_of_an_error_is_a_code_and_every_code_is_used() -> None:
    assert expectations().keys() == EXPECTED.keys()


@OTHERS
def test_a_language_has_every_expectation_and_no_other(language: str) -> None:
    own = {key.removeprefix("expected-") for key in wording.shipped(language) if key.startswith("expected-")}
    assert own == EXPECTED.keys()
    for code, error in expectations().items():
        sentence = texts.for_locale(language).error(error)
        assert describe_expected(error.fields) not in sentence, code


def test_expectations_keep_their_numbers_and_names_are_those_of_the_menus() -> None:
    zh = texts.for_locale("zh-CN")
    with pytest.raises(WrongSeedCount, match="'morph' needs 2 to 24 seeds; you gave 1") as caught:
        Recipe.parse("morph 1")
    assert "2 到 24 个种子" in zh.error(caught.value)
    assert "发色不能是“grey”" in zh.error(UnknownTraitValue(trait="hair", value="grey", known="pink, blue"))
    assert zh.error(UnknownTraitValue(trait="hair", value="grey", known="pink, blue")).endswith("粉色, 蓝色。")


@pytest.mark.parametrize(
    ("language", "count"), [("zh-CN", "1.42 亿像素"), ("zh-TW", "1.42 億像素"), ("ja", "1.42億ピクセル")]
)
def test_pixels_are_counted_as_the_language_counts(language: str, count: str) -> None:
    assert count in texts.for_locale(language).error(TooManyPixels(megapixels=142, limit=64, faces=9, fitting=4))


def test_an_expectation_that_is_no_code_is_shown_as_it_is() -> None:
    error = BadValue(name="device", value="cuda", expected="cpu or auto: there is no {gpu}")
    assert str(error).endswith("give cpu or auto: there is no {gpu}.")
    assert texts.for_locale("en").error(error) == str(error)


# Commands


@OTHERS
async def test_a_language_has_every_name_description_and_choice_and_none_twice(language: str) -> None:
    commands = await payload()
    assert len(commands) >= 6
    validate_commands.check_commands(commands)
    assert wording.untranslated_commands(language, commands) == []


@OTHERS
def test_a_language_has_no_name_description_or_choice_that_nothing_looks_up(language: str) -> None:
    assert wording.unused_elsewhere(language, wording.shipped(language), looked_up()) == []


def looked_up() -> set[tuple[str, str | None]]:
    """Return every (key, attribute) that is looked up to translate the commands, their options and choices."""
    asked: set[tuple[str, str | None]] = set()

    class Recorder(texts.Texts):
        def lookup(self, key: str, attribute: str | None = None) -> str | None:
            asked.add((key, attribute))
            return super().lookup(key, attribute)

    t = Recorder("zh-CN")
    for command in tree().get_commands():
        _look_up(command, t)
    return asked


def _look_up(command: Any, t: texts.Texts) -> None:
    place = app_commands.TranslationContextLocation
    translator.translate(t, command.name, place.command_name, command)
    if isinstance(command, app_commands.ContextMenu):
        return
    translator.translate(t, command.description, place.command_description, command)
    for option in getattr(command, "parameters", ()):
        translator.translate(t, option.display_name, place.parameter_name, option)
        translator.translate(t, str(option.description), place.parameter_description, option)
        for choice in option.choices:
            translator.translate(t, choice.name, place.choice_name, choice)
    for below in getattr(command, "commands", ()):
        _look_up(below, t)


def test_a_command_that_lacks_a_name_or_has_one_twice_is_found() -> None:
    zh = {"name_localizations": {"xx": "gleich"}, "description_localizations": {"xx": "d"}}
    options = [{"name": name, "description": "d", **zh} for name in ("a", "b")]
    assert wording.untranslated_commands("xx", [{"name": "waifu", "description": "d", "options": options}]) == [
        "xx.ftl lacks the name of waifu",
        "xx.ftl lacks the description of waifu",
        "xx.ftl: waifu: gleich appears twice",
    ]
    assert wording.unused_elsewhere("xx", wording.catalogue("option-a = A\n    .b = B"), [("option-a", None)]) == [
        "xx.ftl: nothing looks up option-a b"
    ]


def test_a_changed_catalogue_changes_the_description_of_the_commands_and_nothing_else_does(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    shutil.copytree(texts.FOLDER, tmp_path / "languages")
    monkeypatch.setattr(texts, "FOLDER", tmp_path / "languages")
    before = tree().describe()
    assert tree().describe() == before
    with (tmp_path / "languages" / "ja.ftl").open("a", encoding="utf-8") as file:
        file.write("\n# changed")
    assert tree().describe() != before


def test_no_catalogue_is_parsed_before_somebody_wants_it(monkeypatch: pytest.MonkeyPatch) -> None:
    parsed: list[str] = []
    read = texts.read_catalogue

    def note(path: Path) -> texts.Catalogue:
        parsed.append(path.stem)
        return read(path)

    monkeypatch.setattr(texts, "read_catalogue", note)
    monkeypatch.setattr(texts, "CATALOGUES", texts.Catalogues(texts.FOLDER))
    assert set(texts.language_names()) == set(texts.CATALOGUES) == {"en", "ja", "zh-CN", "zh-TW"}
    assert "tlh" not in texts.CATALOGUES
    tree().describe()
    assert parsed == []
    assert {texts.for_locale("en-GB")("again") for _ in range(3)} == {"Again"}
    assert parsed == ["en"]
    texts.read_all()
    assert sorted(parsed) == ["en", "ja", "zh-CN", "zh-TW"]


@OTHERS
def test_a_language_is_called_by_the_name_that_its_catalogue_says(language: str) -> None:
    assert texts.language_names()[language] == texts.Texts(language)("language_name")


# Traits


@OTHERS
def test_a_language_has_every_trait_of_the_default_models_and_of_the_artist_and_no_other(language: str) -> None:
    traits = {name: set(values) for name, values in artist.TRAITS.items()}
    for path in DEFAULTS:
        for name, values in inspect(path).traits.items():
            traits.setdefault(name, set()).update(values)
    assert traits
    assert wording.untranslated_traits(language, wording.shipped(language), traits) == []


@OTHERS
def test_a_trait_written_in_a_language_is_recognised(language: str) -> None:
    t = texts.for_locale(language)
    for key, message in wording.shipped(language).items():
        if key.startswith("trait-"):
            for attribute in message.attributes:
                name, value = key.removeprefix("trait-"), attribute.id.name
                assert texts.recognise_trait(t.lookup(key) or "", t.lookup(key, value) or "") == (name, value)


def test_a_word_means_the_same_trait_in_every_language_that_has_it() -> None:
    meanings: dict[tuple[str, str | None], set[str]] = {}
    for catalogue in texts.CATALOGUES.values():
        for word, name in catalogue.traits.items():
            meanings.setdefault(word, set()).add(name)
    assert {word: names for word, names in meanings.items() if len(names) > 1} == {}


def test_words_of_an_earlier_version_are_still_recognised() -> None:
    assert texts.recognise_trait("后发", "长发") == ("back-hair", "long")
    assert (
        texts.recognise_trait("刘海", "遮一只眼") == texts.recognise_trait("刘海", "遮眼刘海") == ("bangs", "one-eye")
    )


def test_a_trait_that_is_missing_or_unused_is_found() -> None:
    other = wording.catalogue("trait-hair = Haar\n    .pink = rosa\n    .grey = grau\ntrait-hat = Hut")
    assert wording.untranslated_traits("xx", other, {"hair": ["pink", "blue"], "eyes": ["red"]}) == [
        "xx.ftl lacks trait-eyes",
        "xx.ftl has trait-hat, a trait of no model",
        "xx.ftl: trait-hair lacks blue",
        "xx.ftl: trait-hair has grey, a value of no model",
    ]


# Locales


@pytest.mark.parametrize(
    ("locale", "language"),
    [
        ("en-US", "en"),
        ("en-GB", "en"),
        ("zh-CN", "zh-CN"),
        ("zh-TW", "zh-TW"),
        ("ja", "ja"),
        ("tlh", "en"),
        ("", "en"),
        ("../../etc", "en"),
    ],
)
def test_a_locale_gets_its_own_language_else_a_close_one_else_english(locale: str, language: str) -> None:
    assert texts.for_locale(locale).language == language


def test_a_language_is_added_by_adding_a_file(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "de.ftl").write_text("again = Nochmal\nplace = { $position }.\n", encoding="utf-8")
    monkeypatch.setattr(texts, "CATALOGUES", {**texts.CATALOGUES, **texts.Catalogues(tmp_path)})
    german = texts.for_locale("de")
    assert german("again") == "Nochmal"
    assert german.place(3) == "3."
    assert german("delete") == "Delete"  # a text that the language lacks is shown in English


def test_a_catalogue_that_cannot_be_read_says_where(tmp_path: Path) -> None:
    (tmp_path / "de.ftl").write_text("again = Nochmal\nand this is no Fluent\n", encoding="utf-8")
    with pytest.raises(ValueError, match=r"de\.ftl: .*and this is no Fluent"):
        texts.Catalogues(tmp_path)["de"]


def test_numbers_stay_as_they_are_and_have_plurals(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "de.ftl").write_text(
        "again = { $n ->\n    [one] Noch { $n } Bild\n   *[other] Noch { $n } Bilder\n}", encoding="utf-8"
    )
    monkeypatch.setattr(texts, "CATALOGUES", {**texts.CATALOGUES, **texts.Catalogues(tmp_path)})
    german = texts.for_locale("de")
    assert german("again", n=1) == "Noch 1 Bild"
    assert (
        german("again", n=4294967295) == "Noch 4294967295 Bilder"
    )  # a number such as a seed gets no thousands separators
    assert german("again", n=0.25) == "Noch 0.25 Bilder"


# The page's own texts


def page_words(scripts: str, html: str) -> set[str]:
    """Return the English texts of the page: those that its scripts pass to t(), and the labels in its HTML."""
    words = set(re.findall(r'(?<![\w.])t\("((?:[^"\\]|\\.)+)"', scripts))
    alternatives = re.findall(r'(?<![\w.])t\([^()"]*\? "([^"]+)" : "([^"]+)"\)', scripts)
    words |= set(re.findall(r'ClientRefusal\(\s*"([^"]+)"', scripts))
    return (
        words
        | {word for pair in alternatives for word in pair}
        | set(re.findall(r'(?:aria-label|title|placeholder)="([^"]+)"', html))
    )


def wrong_in_page(words: dict[str, str], scripts: str, html: str) -> list[str]:
    written = {
        english for english in words if f'"{english}"' in scripts or f'"{english}"' in html or f">{english}<" in html
    }
    complaints = [f"lacks {english}" for english in sorted(page_words(scripts, html) - words.keys())]
    complaints += [f"nothing uses {english}" for english in sorted(words.keys() - written)]
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
    words = json.loads(path.read_text(encoding="utf-8"))
    assert wrong_in_page(words, scripts, html) == []
    for own in words.values():
        assert wording.english_in(re.sub(r"\{\w+\}", "", own)) + wording.foreign_in(path.stem, own) == [], own


def test_a_word_of_the_page_that_is_missing_unused_or_different_is_found() -> None:
    script = 't("Close"); t(many ? "Some" : "None"); t("Take {name} off", { name })'
    assert wrong_in_page({"Close": "Zu", "Some": "x", "None": "x", "Take {name} off": "{name} weg"}, script, "") == []
    assert wrong_in_page({"Some": "x", "None": "x", "Take {name} off": "weg", "Open": "Auf"}, script, "") == [
        "lacks Close",
        "nothing uses Open",
        "other fields: Take {name} off",
    ]


# Directions that no trait names


@OTHERS
def test_a_language_has_every_direction_of_the_default_models_and_it_is_recognised(language: str) -> None:
    t = texts.for_locale(language)
    names = {
        name
        for path in DEFAULTS
        for name, (_, value) in trait_directions(inspect(path).traits, inspect(path).directions).items()
        if not value
    }
    assert {"turn", "tilt"} <= names
    names |= set(WORDED)
    assert {
        key.removeprefix("direction-") for key in wording.shipped(language) if key.startswith("direction-")
    } == names
    for name in names:
        assert texts.recognise_trait(t.name_direction(name) or "", "")[0] == name


@pytest.mark.parametrize("language", texts.CATALOGUES)
def test_both_ends_of_a_direction_have_words_that_mean_nothing_else(language: str) -> None:
    t, vocabulary = texts.Texts(language), vocabulary_of(artist.TRAITS)
    meant: dict[tuple[str, int], str] = {}
    for name in WORDED:
        for end, sign in (("more", 1), ("less", -1)):
            typed = [t.name_end(name, sign) or "", *(t.lookup(f"also-moved-{name}", end) or "").split("|")]
            assert all(read_end(word) == (name, sign) for word in typed), typed
            assert not any(map(vocabulary.meanings, typed)), typed
            meant[name, sign] = typed[0]
    assert len(set(meant.values())) == 2 * len(WORDED)
    assert {key.removeprefix("also-moved-") for key in wording.shipped(language) if "also-moved" in key} == set(WORDED)


def test_the_document_of_recipes_tells_both_ends_of_each() -> None:
    t, text = texts.Texts("en"), (ROOT / "docs" / "recipes.md").read_text(encoding="utf-8")
    rows = [f"| `{name}` | {t.name_end(name, 1)} | {t.name_end(name, -1)} |" for name in WORDED]
    assert "\n".join(rows) in text


def test_directions_with_words_are_knobs_of_the_artist() -> None:
    assert set(WORDED) <= {name.replace("_", "-") for name in artist.CONTINUOUS}


def test_errors_name_traits_and_directions_as_the_reader_does() -> None:
    zh = texts.for_locale("zh-CN")
    known = "d1 … d10, hair-red, turn, …"
    assert "“发色: 粉色”" in zh.error(UnknownDirection(model="m", direction="hair-pink", known=known))
    assert "d1 … d10, 发色: 红色, 转头, …" in zh.error(UnknownDirection(model="m", direction="x", known=known))
    assert zh.error(OutOfRange(name="turn", low=-3, high=3, value="9")).startswith("转头")
    assert texts.for_locale("en").error(OutOfRange(name="turn", low=-3, high=3, value="9")).startswith("turn must be")
