"""Traits in plain words: each language reads its own words, and near misses are offered, never guessed."""

import contextlib

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.errors import AmbiguousTrait, BadTraits, TraitTwice, UnclearTrait
from bot.i18n import texts
from bot.i18n.texts import Texts
from bot.recipes import traits, vocabulary
from generator import artist
from generator.contract.errors import GeneratorError, NoTraits, UnknownTrait, UnknownTraitValue
from generator.contract.protocol import Model

LANGUAGES = pytest.mark.parametrize("language", sorted(texts.CATALOGUES))
DRAWN: dict[str, tuple[str, ...]] = {
    "hair": ("black", "brown", "blonde", "pink", "blue", "silver"),
    "back-hair": ("short", "long", "twintails"),
    "eyes": ("brown", "blue", "pink"),
    "eye-shape": ("round", "sharp"),
    "expression": ("smile", "cat"),
    "glasses": ("none", "round", "square"),
    "accessory": ("none", "cat-ears", "clip"),
}
MODEL = Model("drawn-4", 128, "d", DRAWN, 10)
ARTIST = Model("artist-1", 128, "a", artist.TRAITS, 10)
PAIRS = [(name, value) for name, values in artist.TRAITS.items() for value in values]


def name_in(t: Texts, trait: str) -> str:
    return t.lookup(f"trait-{trait}") or trait


def value_in(t: Texts, trait: str, value: str) -> str:
    return t.lookup(f"trait-{trait}", value) or value


def refusal(typed: str, language: str = "en", model: Model | None = MODEL) -> str:
    with pytest.raises(GeneratorError) as caught:
        traits.read(typed, model)
    return texts.for_locale(language).error(caught.value)


# Each language reads its own words


@LANGUAGES
def test_every_value_with_its_trait_is_read_to_itself(language: str) -> None:
    t = texts.for_locale(language)
    for trait, value in PAIRS:
        name, own = name_in(t, trait), value_in(t, trait, value)
        orders = t("value_of_trait", value=own, trait=name).split("|")
        for typed in (traits.label(trait, value, t), f"{name}={own}".upper(), *orders):
            assert traits.read(typed, ARTIST) == {trait: value}, typed


@LANGUAGES
def test_every_value_alone_is_read_to_itself_or_offered_among_others(language: str) -> None:
    t, words = texts.for_locale(language), vocabulary.vocabulary_of(artist.TRAITS)
    for trait, value in PAIRS:
        own = value_in(t, trait, value)
        assert (trait, value) in words.meanings(own), own
        if len(words.meanings(own)) == 1:
            assert traits.read(own, ARTIST) == {trait: value}
        else:
            with pytest.raises(AmbiguousTrait):
                traits.read(own, ARTIST)


@LANGUAGES
def test_every_thing_can_be_taken_away(language: str) -> None:
    t = texts.for_locale(language)
    things = [pair for pair in PAIRS if vocabulary.NONE in artist.TRAITS[pair[0]] and pair[1] != vocabulary.NONE]
    words = vocabulary.vocabulary_of(artist.TRAITS)
    for trait, value in things:
        for thing in (name_in(t, trait), value_in(t, trait, value)):
            for typed in t("without_trait", thing=thing).split("|"):
                assert (trait, vocabulary.NONE) in words.meanings(typed), typed


@LANGUAGES
def test_every_further_word_of_a_language_means_one_value_of_its_trait(language: str) -> None:
    catalogue = texts.CATALOGUES[language]
    words = vocabulary.vocabulary_of(vocabulary.known_traits())
    for (trait, word), meaning in catalogue.traits.items():
        if word is None:
            assert words.names[vocabulary.key(trait)] == meaning
        else:
            assert words.values[trait, vocabulary.key(word)] == meaning


@pytest.mark.parametrize(
    ("typed", "read"),
    [
        ("pink hair", {"hair": "pink"}),
        ("blond", {"hair": "blonde"}),
        ("grey", {"hair": "silver"}),
        ("glasses", {"glasses": "round"}),
        ("no glasses, cat ears", {"glasses": "none", "accessory": "cat-ears"}),
        ("with pink hair and cat ears", {"hair": "pink", "accessory": "cat-ears"}),
        ("pink hair blue eyes twin-tails", {"hair": "pink", "eyes": "blue", "back-hair": "twintails"}),
        ("She has long pink hair", {"back-hair": "long", "hair": "pink"}),
        ("pink twintails", {"hair": "pink", "back-hair": "twintails"}),
        ("smiling face, blue-eyed", {"expression": "smile", "eyes": "blue"}),
        ("no clip", {"accessory": "none"}),
        ("Without Glasses", {"glasses": "none"}),
        ("hair: pink, pink hair", {"hair": "pink"}),
        ("粉红头发", {"hair": "pink"}),
        ("戴着猫耳的粉红色头发", {"accessory": "cat-ears", "hair": "pink"}),
        ("不戴眼镜", {"glasses": "none"}),
        ("粉色双马尾", {"hair": "pink", "back-hair": "twintails"}),
        ("粉紅色的頭髮、眼鏡", {"hair": "pink", "glasses": "round"}),
        ("ピンクの髪", {"hair": "pink"}),
        ("黒髪ロング、眼鏡なし", {"hair": "black", "back-hair": "long", "glasses": "none"}),
        ("めがね", {"glasses": "round"}),
    ],
)
def test_plain_words_are_understood(typed: str, read: dict[str, str]) -> None:
    assert traits.read(typed, MODEL) == read


def test_a_model_decides_which_values_there_are() -> None:
    own = Model("other-1", 64, "o", {"hair_style": ("very_long",), "hair": ("light-blue", "gold"), "class": ()}, 10)
    typed = "light blue, Hair Style: very long, hair_style very-long, class: 512"
    assert traits.read(typed, own) == {"hair": "light-blue", "hair_style": "very_long", "class": "512"}
    assert traits.read("golden hair", MODEL) == {"hair": "blonde"}
    assert traits.read("grey eyes", ARTIST) == {"eyes": "grey"}
    with pytest.raises(AmbiguousTrait):
        traits.read("grey", ARTIST)
    assert traits.spell({"hair": "blond"}, MODEL) == {"hair": "blonde"}


def test_before_a_model_is_known_pairs_are_taken_as_they_are() -> None:
    assert traits.read("hair: light blue, nose=big") == {"hair": "light-blue", "nose": "big"}
    assert traits.read("pink hair, 眼鏡なし") == {"hair": "pink", "glasses": "none"}


# What is not understood


def test_two_meanings_are_never_guessed() -> None:
    assert refusal("blue") == ("'blue' may mean different things here; write for example `hair: blue` or `eyes: blue`.")
    assert "`发色: 蓝色`或`瞳色: 蓝色`" in refusal("蓝", "zh-CN")
    assert "`髮色: 藍色`或`瞳色: 藍色`" in refusal("blue", "zh-TW")
    assert "`髪色: 青`または`瞳の色: 青`" in refusal("青", "ja")
    assert "`expression: cat` or `accessory: cat-ears`" in refusal("cat")
    assert refusal("round", model=ARTIST).count("round`") == 3  # of four
    assert "`hair: black`, `hair: brown`, or `hair: blonde`" in refusal("hair")
    assert "`glasses: none` or `accessory: none`" in refusal("none")
    assert "'blue' may" in refusal("pink hair and blue")


@pytest.mark.parametrize(
    ("typed", "offered"),
    [
        ("pnk hair", ["hair: pink"]),
        ("hair: pnik", ["hair: pink"]),
        ("haar: pink", ["hair: pink"]),
        ("hair: long", ["back-hair: long"]),
        ("cat aers", ["accessory: cat-ears"]),
        ("no glases", ["glasses: none"]),
        ("sunglases", ["glasses: round"]),
    ],
)
def test_a_near_miss_is_offered(typed: str, offered: list[str]) -> None:
    sentence = refusal(typed)
    assert "did you mean `" in sentence
    assert [pair for pair in offered if f"`{pair}`" not in sentence] == []
    assert sentence.count("`") <= 2 * vocabulary.MAX_OFFERS


def test_a_near_miss_is_offered_in_the_language_of_the_reader() -> None:
    assert refusal("粉紅頭髮色", "zh-CN").startswith("没有“粉紅頭髮色”这个特征；你要的是不是`发色: 粉色`")
    assert refusal("pnk hair", "ja").startswith("「pnk hair」という特徴はありません。`髪色: ピンク`")


@pytest.mark.parametrize(
    ("typed", "error", "about"),
    [
        ("hair: plaid", UnknownTraitValue, "choose one of: black, brown, blonde"),
        ("nose: big", UnknownTrait, "its traits are: hair, back-hair, eyes"),
        ("sparkling wine", UnknownTrait, "its traits are: hair, back-hair, eyes"),
        ("no smile", UnknownTraitValue, "The trait expression cannot be 'no smile'; choose one of: smile, cat."),
        ("hat", UnknownTrait, "its traits are"),
        ("hair: pink: blue", BadTraits, "write traits like this"),
        ("hair: pink, blue hair", TraitTwice, "The trait hair is given twice, as 'pink' and as 'blue'"),
        ("@everyone", UnknownTrait, "its traits are"),
    ],
)
def test_what_is_like_nothing_is_answered_with_what_there_is(
    typed: str, error: type[GeneratorError], about: str
) -> None:
    with pytest.raises(error):
        traits.read(typed, MODEL)
    assert about in refusal(typed)


def test_a_model_without_traits_says_so_at_once() -> None:
    with pytest.raises(NoTraits):
        traits.read("pink hair", Model("plain-1", 64, "p", layers=10))


@LANGUAGES
def test_what_is_given_twice_is_said_in_the_language_of_the_reader(language: str) -> None:
    t = texts.for_locale(language)
    with pytest.raises(TraitTwice) as caught:
        traits.read("pink hair, hair: blue", MODEL)
    sentence = t.error(caught.value)
    assert all(
        word in sentence for word in (name_in(t, "hair"), value_in(t, "hair", "pink"), value_in(t, "hair", "blue"))
    )


@given(st.text(max_size=traits.MAX_TRAITS_CHARS), st.sampled_from([MODEL, None]))
def test_any_text_is_read_or_refused(typed: str, model: Model | None) -> None:
    with contextlib.suppress(AmbiguousTrait, BadTraits, TraitTwice, UnclearTrait, UnknownTrait, UnknownTraitValue):
        read = traits.read(typed, model)
        assert model is None or all(value in DRAWN[name] for name, value in read.items())


# Suggestions while typing


def test_plain_words_are_completed() -> None:
    t = texts.for_locale("en")
    assert traits.complete("pin", DRAWN, t) == ["hair: pink", "eyes: pink"]
    assert traits.complete("blond", DRAWN, t) == ["hair: blonde"]
    assert traits.complete("pink hair, no gl", DRAWN, t) == ["pink hair, glasses: none"]
    assert all("hair: pink, hair:" not in text for text in traits.complete("pink hair, ", DRAWN, t))
    assert traits.complete("粉", DRAWN, texts.for_locale("zh-CN")) == ["发色: 粉色", "瞳色: 粉色"]
