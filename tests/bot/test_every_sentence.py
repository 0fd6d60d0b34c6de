"""Every sentence of the catalogues is shown by some test: here, in a flow, or where a test quotes or names it."""

import ast
from collections.abc import Callable, Iterator, Mapping
from dataclasses import replace
from functools import cache
from pathlib import Path

import pytest
import wording
from project_paths import ROOT

from bot.commands import TYPED, help, status
from bot.i18n import texts
from bot.messages import buttons, captions, cards, maker, modals
from bot.messages import collection as pages
from bot.messages import settings as preferences
from bot.messages.explain import explain_recipe
from bot.messages.progress import ProgressText, SearchText
from bot.operations.status import Status
from bot.queue.ticket import Queued, State
from bot.recipes import capabilities, looks
from bot.recipes import panel as panels
from bot.recipes.preferred import PREFERENCES
from bot.recipes.request import Request
from bot.worker.picture import Picture
from generator.artist.traits import TRAITS
from generator.contract.errors import Field
from generator.contract.protocol import Model, Progress
from generator.contract.recipe import Recipe

# Words that people type, and what other tests go through one by one: errors, commands, traits and directions.
NO_SENTENCES = (*wording.ELSEWHERE, "filler-words", "value-of-trait", "without-trait")
FEW_CHARS = 8  # of a quotation that tells its sentence from others

KNOBS = tuple(name for name in capabilities.WORDED if name != "turn")
MODEL = Model("m", 64, "", {"hair": ("pink", "blue")}, 10, noise=True, directions=("turn",), knobs=KNOBS, z_dim=4)
MANY = Model("n", 64, "", {"hair": tuple(f"v{n}" for n in range(60)), **{f"t{n}": ("a", "b") for n in range(30)}})
PLAIN = Model("p", 64, "", layers=10, noise=True, noise_parts=("fine",))
PICTURES = (Picture(b"", "image/gif", 64, 64, 9, {"side": 192, "from": 256}), Picture(b"", "", 1, 1, 1, {"fps": 10}))
LINES = (
    *(
        "waifu 7",
        "waifu mix(near(7,1),8)",
        "waifu between(7,8,0.5)",
        "waifu move(noise(7,1),d1=1)",
        "mix 7(hair=pink) 8(hair=blue)",
    ),
    *(
        "waifu @0123456789abcdef01234567",
        "like picture=0123456789abcdef01234567",
        "waifu 7 trait.hair=pink cutoff=4 noise=random rotate=30 shift=0.1,0",
    ),
    *(
        "grid 2 seed=7 trait.hair=pink",
        "grid 2 seed=7 psi=0.3,1",
        "grid faces=7,8",
        "grid faces=7,8 psi=0.3,1",
        "grid 4 seed=7 psi=0.3,1",
    ),
    *("waifu mix(between(1111111111,2222222222,0.5),between(3333333333,4000000000,0.5))", "grid 5 seed=7 psi=0.3,1"),
    *("morph 7 8 ease=linear space=z frames=9 fps=10", "morph 7 7 trait.hair=blue to.hair=pink loop=no"),
    *(
        "morph 7 8 9 to.hair=pink",
        "morph 7 8 size=2",
        "morph 7 8 size=2 format=strip frames=8",
        "morph 7 8 format=strip frames=5",
    ),
    *(
        "mix 7 8",
        "mix 7 8 layers=4-7",
        "mix 7 6 fine=8,9",
        "mix 7 6 fine=8,9 layers=3",
        "mix 1 2 3 4 5 fine=6,7,8,9,10",
    ),
    *("vary 7", "vary 7 layers=coarse format=gif", "vary 7 by=z first=9", "vary 7 by=z format=gif"),
    *(
        "psi 7 from=-0.5 to=1 steps=4",
        "edit 7 direction=d1 amount=1",
        "edit 7 direction=hair-pink amount=-1 layers=0-3",
    ),
    "waifu move(7,turn=1,nod=-1)",
    *("edit 7 direction=d1 format=strip", "edit 7 direction=d1 format=gif", "edit 7 direction=d1,d2,d3,d4,d5,d6"),
)


class Recorder(texts.Texts):
    """Texts that remember which keys were looked up."""

    def __init__(self, language: str) -> None:
        super().__init__(language)
        self.keys: set[str] = set()

    def _format(self, key: str, attribute: str | None, fields: Mapping[str, Field]) -> str:
        self.keys.add(key.replace("_", "-"))
        return super()._format(key, attribute, fields)


def show_pictures(t: Recorder) -> None:
    for line in LINES:
        recipe = Recipe.parse(line).replace(model="m")
        request = Request(recipe, {7: "Rei"}, model=MODEL)
        assert captions.caption(replace(request, model=None), PICTURES[0], t)
        assert all(captions.recipe_in(captions.caption(request, picture, t)) == recipe for picture in PICTURES)
        assert captions.alt_text(request, t)
        assert explain_recipe(recipe, t)
        buttons.build_picture_view(recipe, 1, t, back=1)
        buttons.build_picture_view(recipe, 1, t, private=True)
        buttons.build_recipe_view(recipe, 1, t)
    cards.build_card(Request(Recipe.parse("waifu 7 model=m")), t)
    for trait, values in TRAITS.items():
        assert all(looks.describe_face({trait: value}, [trait], t) for value in values)


def show_dialogs(t: Recorder) -> None:
    modals.build_seed_dialog("mix", 1, t)
    modals.build_seed_dialog("morph", 1, t)
    modals.build_moment_dialog(1, t, Recipe.parse("morph 7 8 size=2"))
    for model in (MODEL, PLAIN):
        modals.build_edit_dialog(1, t, model)
    modals.build_reopen_view("#0", t)
    pages.name_dialog(1, 2, "", t)


def show_the_maker(t: Recorder) -> None:
    panel = panels.open_panel(Recipe.parse("waifu 7 model=m"))
    for model in (MODEL, MANY, PLAIN):
        maker.build_view(panel, model, 1, t)
    maker.build_view(panels.choose_aspect(panel, "turn"), MODEL, 1, t)


def show_suggestions(t: Recorder) -> None:
    for model in (MODEL, PLAIN):
        for suggest in (capabilities.suggest_directions, capabilities.suggest_layers, capabilities.suggest_parts):
            assert list(suggest(model, t))


def show_what_waits(t: Recorder) -> None:
    states: tuple[State | None, ...] = (None, Queued(1, 5.0), Queued(3, 200.0), Progress(1, 0, 9), Progress(1, 9, 9))
    for state in states:
        text = ProgressText(t)
        if state is not None:
            text.update(state)
        assert text.render(0.0)
    search = SearchText(t)
    search.update(Progress(1, 0, 9))
    search.has_preview = True
    assert search.render(0.0)
    for worker in ("ready", "starting", "down"):
        shards = {0: True, 1: worker == "ready"}
        assert status._describe(Status(1, 2, worker, 1, "cpu", ("m",), None, None, 1.0, 1.0, shards), t)


def show_collections(t: Recorder) -> None:
    row = pages.Row(1, 1, "Rei", "pink hair", "waifu 7", problem="it is gone")
    gift = pages.OfferedFace(1, 2, "Rei")
    for page in (
        pages.Page(1, 1, 0, 25, [row], gifts=[gift]),
        pages.Page(1, 1, 0, 0, [], hidden=True),
        pages.Page(1, 2, 0, 1, [row]),
        pages.Page(1, 2, 0, 0, []),
    ):
        assert pages.page_text(page, t)
        pages.page_view(page, t)
    assert pages.face_text(row, t)
    pages.face_view(1, 1, 0, t)
    pages.back_view(1, 0, t)
    pages.kept_view(1, 1, t)
    assert pages.gift_text(1, 2, "Rei", 0, t)
    pages.gift_view(1, t)


def show_settings_and_help(t: Recorder) -> None:
    for scope, value in (("person", True), ("server", False), ("person", None)):
        origins = ("setting_by_you", "setting_by_server", "setting_by_default")
        names = [name for name in PREFERENCES if name != "language" or value is None]
        rows = [preferences.Setting(name, value, origin, None) for name in names for origin in origins]
        assert preferences.describe(rows, scope, t)
    shown, others = help.divide([name for name in TYPED if name != "waifubot help"])
    for number, names in enumerate(shown):
        help.page(names, others if number else None, t, {}, first=not number)


BUILDERS: tuple[Callable[[Recorder], None], ...] = (
    show_pictures,
    show_dialogs,
    show_the_maker,
    show_suggestions,
    show_what_waits,
    show_collections,
    show_settings_and_help,
)


def sentences() -> set[str]:
    return {key for key in wording.shipped(texts.SOURCE) if not key.startswith(NO_SENTENCES)}


@cache
def words_of_tests() -> set[str]:
    """Return every text that stands in a test or flow, except in those about the catalogues themselves."""
    own = {Path(__file__).name, "test_languages.py", "wording.py"}
    files = [path for path in sorted((ROOT / "tests").rglob("*.py")) if path.name not in own]
    trees = (ast.parse(path.read_text(encoding="utf-8")) for path in files)
    return {node.value for tree in trees for node in ast.walk(tree) if _is_text(node)}  # type: ignore[attr-defined]


def _is_text(node: ast.AST) -> bool:
    return isinstance(node, ast.Constant) and isinstance(node.value, str)


def _is_telling(word: str) -> bool:
    return len(word.strip()) >= FEW_CHARS and " " in word.strip()


def quoted(keys: set[str], words: set[str]) -> Iterator[str]:
    """Yield the keys that tests name, as flows do, or of whose English text they quote a part."""
    every, telling = "\0".join(words), [word.strip() for word in words if _is_telling(word)]
    for key in keys:
        pieces = [piece.strip() for piece in wording.written(wording.shipped(texts.SOURCE)[key]) if piece.strip()]
        if key.replace("-", "_") in words or any(
            piece in words or (len(piece) >= FEW_CHARS and piece in every) or any(word in piece for word in telling)
            for piece in pieces
        ):
            yield key


@pytest.mark.parametrize("language", wording.LANGUAGES)
async def test_every_sentence_is_shown_by_some_test(language: str) -> None:
    t = Recorder(language)
    for show in BUILDERS:
        show(t)
    others = sentences() - t.keys
    assert sorted(others - set(quoted(others, words_of_tests()))) == []


def test_a_sentence_that_no_test_shows_would_be_found() -> None:
    words = {"gift_declined", "What can be seen: now in", "Stopped your stream"}
    keys = {"gift-declined", "stream-stopped", "settings-saved", "model-yours"}
    assert set(quoted(keys, words)) == {"gift-declined", "stream-stopped"}
