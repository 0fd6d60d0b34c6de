"""The caption of each kind of picture fits into a message, matches its recipe, and can be read back as that recipe."""

import string

import pytest
import wording
from any_recipe import SEEDS, recipes
from hypothesis import given
from hypothesis import strategies as st

from bot.i18n import texts
from bot.messages import captions
from bot.messages.explain import explain_recipe
from bot.recipes import looks, request
from bot.recipes.request import Request
from bot.worker.picture import Picture
from generator import artist
from generator.contract.errors import BadSeed
from generator.contract.protocol import Model
from generator.contract.recipe import Recipe
from generator.contract.seeds import parse_seed

PICTURE = Picture(b"", "image/gif", 64, 64, 9, {"side": 192, "from": 256})
ENGLISH = texts.for_locale("en-US")


@given(recipes(), st.text(max_size=64), st.sampled_from(sorted(texts.CATALOGUES)))
def test_every_caption_fits_and_gives_its_recipe_back_in_every_language(
    recipe: Recipe, word: str, language: str
) -> None:
    request = Request(recipe, dict.fromkeys(recipe.seeds, word) if word.strip() else {})
    content = captions.caption(request, PICTURE, texts.for_locale(language))
    assert len(content) <= captions.MAX_CONTENT_CHARS
    assert captions.recipe_in(content) == recipe
    assert 1 <= len(captions.alt_text(request, texts.for_locale(language))) <= captions.MAX_ALT_CHARS


@given(recipes())
def test_files_are_named_after_what_they_show(recipe: Recipe) -> None:
    name = captions.filename(recipe, "image/gif")
    assert name.startswith(recipe.kind)
    assert name.endswith(".gif")
    assert len(name) <= 110
    assert set(name) <= set(string.ascii_lowercase + string.digits + "-.")


@given(recipes(SEEDS))
def test_again_changes_every_seed_and_nothing_else(recipe: Recipe) -> None:
    other = request.reseed(recipe)
    assert len(other.seeds) == len(recipe.seeds)
    is_counted = recipe.kind == "grid" and recipe["faces"] is None
    assert other.with_seeds(*(recipe.seeds[:1] if is_counted else recipe.seeds)) == recipe


def write_caption(line: str, words: dict[int, str] | None = None) -> str:
    return captions.caption(Request(Recipe.parse(line), words or {}), Picture(b"", "image/png", 64, 64, 1, {}), ENGLISH)


@pytest.mark.parametrize(
    ("line", "caption"),
    [
        ("waifu 7 trait.hair=pink trait.eyes=red", "Pink hair, red eyes\nSeed **Rei**\n-# `waifu 7 "),
        (
            "grid 2 seed=7 psi=0.3,1",
            "4 faces from **Rei** on\nFrom left to right wildness 0.3, 1: 0 is the average",
        ),
        ("morph 7 8", "From **Rei** → **8** → **Rei**"),
        ("morph 7 8 loop=no to.hair=pink", "From **Rei** → **8**\nIn the end pink hair"),
        ("morph 7 7 trait.hair=black to.hair=pink", "Black hair → pink hair\n**Rei**, changing"),
        ("mix 7 8", "The shape of **Rei** with the colours of **8**"),
        ("mix 7 8 layers=4-7", "Layers 4-7 of **Rei**, all others of **8**"),
        (
            "mix 7 fine=8,9",
            "Each row has the shape of its seed: **Rei**\nEach column has the colours of its seed: **8**, **9**",
        ),
        (
            "mix 7 6 fine=8 layers=3",
            "Each row has layers 3 of its seed: **Rei**, **6**\nEach column has all other layers of its seed",
        ),
        ("vary 7 layers=coarse", "**Rei** nine times; only the larger random details differ"),
        ("vary 7 format=mp4", "**Rei** with other random details in every frame"),
        ("vary 7 by=z", "**Rei** first, then eight near relatives\n-# A model that draws random details"),
        ("vary 7 by=z format=gif", "**Rei** becoming one near relative after another"),
        ("psi 7 from=-0.5", "**Rei** from wildness -0.5 to 1.5: 0 is the average face"),
        ("edit 7 direction=hair-pink amount=1.5", "**Rei** moved by 1.5 towards **hair-pink**"),
        ("edit 7 direction=hair-pink amount=-1", "**Rei** moved by 1 away from **hair-pink**"),
        ("edit 7 direction=d1 format=strip amount=-1", "**Rei**, from +1 to -1 along **d1**"),
        ("edit 7 direction=d1 format=gif", "**Rei**, from -2 to +2 along **d1** and back"),
        ("edit 7 direction=d1,d2", "What each of **d1, d2** does to **Rei**, from -2 to +2"),
    ],
)
def test_a_caption_says_in_words_what_the_line_says(line: str, caption: str) -> None:
    assert write_caption(line, {7: "Rei"}).startswith(caption)


def test_traits_and_directions_are_in_the_readers_language() -> None:
    request = Request(Recipe.parse("edit 7 direction=back-hair-long trait.hair=pink"))
    content = captions.caption(request, PICTURE, texts.for_locale("zh-CN"))
    assert content.startswith("粉色头发\n**7**，**发型变为长发**（幅度 2）\n-# `")
    assert "pink" not in content.partition("\n-# `")[0]
    away = captions.caption(
        Request(Recipe.parse("edit 7 direction=hair-red amount=-1")), PICTURE, texts.for_locale("zh-CN")
    )
    assert away.startswith("**7**，朝 **发色: 红色** 的反方向改变（幅度 1）")
    along = captions.caption(Request(Recipe.parse("edit 7 direction=d1")), PICTURE, texts.for_locale("zh-CN"))
    assert along.startswith("**7**，**沿 d1 改变**（幅度 2）")


def test_alt_texts_name_seeds_and_never_words() -> None:
    alt = captions.alt_text(Request(Recipe.parse("mix 7 8 model=drawn-4 trait.hair=pink"), {7: "<@everyone>"}), ENGLISH)
    assert alt == (
        "An anime face with the shape of seed 7 and the colours of seed 8, drawn by the model drawn-4.\nWith pink hair"
    )


@pytest.mark.parametrize(
    ("typed", "seeds"),
    [
        ("30 40  50", ["30", "40", "50"]),
        ("Rei Ayanami", ["Rei Ayanami"]),
        ("Asuka, Rei II ,40", ["Asuka", "Rei II", "40"]),
        ("明日香，零", ["明日香", "零"]),
        ("7", ["7"]),
        ("-1 x", ["-1 x"]),
    ],
)
def test_several_seeds_are_split_at_commas_and_numbers_at_spaces(typed: str, seeds: list[str]) -> None:
    assert request.split_seeds(typed, "more", 6) == seeds


def test_no_seed_at_all_is_one_sentence() -> None:
    with pytest.raises(BadSeed, match="',' is neither"):
        request.split_seeds(",", "more", 6)


@pytest.mark.parametrize(
    ("typed", "listed"), [("0.3, 0.7 1.3", "0.3,0.7,1.3"), ("０．３，１", "0.3,1"), ("0.7", "0.7"), (None, None)]
)
def test_several_psi_are_read_however_they_are_written(typed: str | None, listed: str | None) -> None:
    assert request.join_values(typed) == listed


@given(recipes(), st.text(max_size=64), st.text(max_size=300), st.text(max_size=300))
def test_a_caption_with_an_introduction_and_a_note_keeps_its_recipe(
    recipe: Recipe, word: str, intro: str, note: str
) -> None:
    request = Request(recipe, dict.fromkeys(recipe.seeds, word) if word.strip() else {})
    intro, note = " ".join(intro.split()), " ".join(note.split())
    content = captions.caption(request, PICTURE, ENGLISH, intro=f"{intro}\n", note=note)
    assert len(content) <= captions.MAX_CONTENT_CHARS
    assert f"\n-# `{recipe}`" in content


def test_a_list_that_is_too_long_loses_whole_lines() -> None:
    lines = [f"Yours is being drawn: `morph {n} {n} frames=240`" for n in range(100)]
    shown = captions.join_fitting(lines).split("\n")
    assert len("\n".join(shown)) <= captions.MAX_CONTENT_CHARS
    assert shown[-1] == "…"
    assert shown[:-1] == lines[: len(shown) - 1]
    assert len(shown) > 30


@pytest.mark.parametrize(
    "word", ["👩‍🎤", "👨‍👩‍👧‍👦", "🏴\U000e0067\U000e0062\U000e0073\U000e0063\U000e0074\U000e007f", "❤️‍🔥", "می‌خواهم"]
)
def test_an_emoji_of_several_characters_is_shown_whole_and_gives_the_same_seed(word: str) -> None:
    assert captions.quote_word(word) == word
    assert parse_seed(captions.quote_word(word)) == parse_seed(word)


def test_a_word_is_never_cut_in_the_middle_of_an_emoji() -> None:
    for length in range(25, 34):
        shown = captions.quote_word("x" * length + "👩‍🎤" * 4)
        assert "\u200d…" not in shown
        assert len(shown) <= captions.MAX_WORD_CHARS


@given(st.text(max_size=40), st.sampled_from(sorted(texts.CATALOGUES)))
def test_a_caption_gives_the_word_back_that_was_typed_for_its_seed(typed: str, language: str) -> None:
    word = request.word_of(typed)
    if word is None:
        return
    drawn = Request(Recipe.make("waifu", parse_seed(word)), {parse_seed(word): word})
    content = captions.caption(drawn, PICTURE, texts.for_locale(language))
    read = captions.words_in(content)
    assert read.keys() <= {parse_seed(word)} | {parse_seed(piece) for piece in read.values()}
    if parse_seed(word) in read:
        again = captions.caption(Request(drawn.recipe, read), PICTURE, texts.for_locale(language))
        assert again == content
    elif word.isalnum() and len(word) <= captions.MAX_WORD_CHARS:
        raise AssertionError("its word is lost")


@pytest.mark.parametrize("word", ["discord.gg/x", "Discord.GG/x", "discordapp.com/invite/x", "discord.com/invite/x"])
def test_an_invitation_typed_as_a_seed_is_no_link(word: str) -> None:
    shown = captions.quote_word(word)
    assert "/" not in shown.replace("\\/", "").partition("invite")[0]
    assert shown.replace("\\", "") == word


# What a face looks like


def test_a_look_tells_what_is_telling_and_nothing_that_goes_without_saying() -> None:
    face = {"hair": "aqua", "back-hair": "bob", "glasses": "none", "accessory": "cat-ears", "expression": "wink"}
    assert looks.describe_face(face, (), ENGLISH) == "aqua bob, wink, cat ears"
    assert looks.describe_face(face | {"expression": "neutral"}, (), ENGLISH) == "aqua bob, cat ears"
    assert looks.describe_face(face, (), texts.for_locale("ja")) == "水色髪のボブ、ウインク、猫耳"
    assert looks.describe_face({"glasses": "none", "bangs": "hime"}, (), ENGLISH) == ""


def test_what_somebody_asked_for_comes_before_what_is_telling_and_strange_traits_have_their_names() -> None:
    face = {name: next(reversed(values)) for name, values in artist.TRAITS.items()}
    assert len(looks.describe_face(face, (), ENGLISH).split(", ")) == looks.MAX_WORDS
    assert "no glasses" in looks.describe_face(face | {"glasses": "none"}, ["glasses"], ENGLISH)
    assert looks.describe_face(face, ["shading"], ENGLISH).endswith("pastel shading")
    assert looks.describe_face({"hair_style": "long", "Tail": "fox"}, ["Tail"], ENGLISH) == "tail: fox"


@pytest.mark.parametrize("language", sorted(texts.CATALOGUES))
def test_every_trait_of_the_artist_has_words_for_each_value(language: str) -> None:
    t = texts.for_locale(language)
    for name, values in artist.TRAITS.items():
        phrases = [looks.describe_face({name: value}, [name], t) for value in values]
        assert len(set(phrases)) == len(phrases)
        assert not [phrase for phrase in phrases if ":" in phrase]
        assert language == "en" or not [phrase for phrase in phrases if wording.english_in(phrase)]


def test_the_caption_of_a_face_tells_its_traits_and_those_of_a_morph_those_of_both_ends() -> None:
    model = Model("m", 64, "", traits={"hair": ("pink",), "glasses": ("round",)}, z_dim=4)
    asked = Request(Recipe.parse("waifu 7 model=m trait.hair=blue"), {7: "Rei"}, model=model)
    assert captions.caption(asked, PICTURE, ENGLISH).startswith("Blue hair, round glasses\nSeed **Rei**\n-# `waifu 7")
    assert captions.alt_text(asked, ENGLISH).endswith("\nBlue hair, round glasses.")
    morph = Request(Recipe.parse("morph 7 7 model=m to.hair=blue"), model=model)
    assert captions.caption(morph, PICTURE, ENGLISH).startswith("Pink hair, round glasses → blue hair, round glasses\n")
    assert captions.caption(Request(Recipe.parse("mix 7 8 model=m"), model=model), PICTURE, ENGLISH).startswith(
        "The shape"
    )


@pytest.mark.parametrize(
    ("line", "words"),
    [
        ("waifu move(7,turn=-1.5)", "aqua hair, head turned to the left\nSeed **7** (changed)"),
        ("waifu noise(move(7,turn=1,nod=-1),3)", "aqua hair, head turned to the right, looking up"),
        ("waifu move(7,turn=0.1,gaze=2)", "aqua hair\n"),  # hardly moved, and a direction that the model lacks
        ("waifu move(7,0-3,turn=2)", "aqua hair\n"),  # in some layers
        ("waifu move(@0123456789abcdef01234567,nod=2)", "looking down\n"),
        ("edit 7 direction=turn amount=-1", "**7** moved by 1 towards **head turned to the left**"),
        ("edit 7 direction=nod format=strip", "from -2 to +2 along **looking up … looking down**"),
        ("edit 7 direction=nod,turn", "What each of **nod, turn** does to **7**"),
        ("morph 7 move(7,turn=2)", "aqua hair → aqua hair, head turned to the right"),
    ],
)
def test_a_caption_tells_which_way_a_face_is_moved(line: str, words: str) -> None:
    model = Model("k", 64, "", {"hair": ("aqua",)}, directions=(), knobs=("turn", "nod"), z_dim=2)
    content = captions.caption(Request(Recipe.parse(line), model=model), PICTURE, ENGLISH)
    assert words.casefold() in content.casefold()


def test_a_stored_face_that_is_moved_keeps_its_look() -> None:
    model = Model("k", 64, "", {"hair": ("aqua",)}, directions=("hair-aqua",), knobs=("turn",))
    for move, look in (("turn=1", "aqua hair, head turned to the right"), ("hair-aqua=1", "")):
        recipe = Recipe.parse(f"waifu noise(move(@0123456789abcdef01234567,{move}),3)")
        assert looks.describe_picture(recipe, model, ENGLISH, {"hair": "aqua"}) == look


@pytest.mark.parametrize(
    ("line", "meaning"),
    [
        (
            "waifu move(7,turn=-1,light-side=1)",
            "a face that was changed: light from the right, head turned to the left",
        ),
        ("waifu move(7,turn=-1,d1=1)", "a face changed along directions, each by an amount"),
        ("waifu mix(move(7,turn=-1),8)", "a face changed along directions, each by an amount"),
    ],
)
def test_a_recipe_tells_which_way_its_face_is_moved(line: str, meaning: str) -> None:
    assert f"`move(…)`: {meaning}" in explain_recipe(Recipe.parse(line), ENGLISH)


def test_a_long_list_of_faces_is_cut() -> None:
    content = write_caption("grid model=drawn-4 faces=" + ",".join(map(str, range(25))))
    assert content.startswith("25 faces: **0**, **1**, **2**, **3**, **4**, **5**, **6**, …\n-# `grid ")
