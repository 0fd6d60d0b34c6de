"""What people do with the bot, step by step and in each language, with the real bot and the real worker."""

import re
import statistics
from collections.abc import Iterator
from pathlib import Path

import flow_steps
import pytest
import wording
from flows import FLOWS, PER_MINUTE
from load_test_server import FULL
from stage import Stage

from bot.i18n import texts
from generator import checkpoints

pytestmark = pytest.mark.timeout(90)

LANGUAGES = ("en", "zh-CN", "ja", "zh-TW")
DISCORD_LOCALE = {"en": "en-US"}
# Each flow in one of the languages, and with FULL_SIZE=1 in all of them.
WALKS = [
    (name, language)
    for number, name in enumerate(FLOWS)
    for language in (LANGUAGES if FULL else LANGUAGES[number % len(LANGUAGES) :][:1])
]
# Names of networks, stored faces and languages, what people type, and times that Discord shows in words.
_MODELS = "|".join(["plain-1", "traits-1", *(path.stem for path in checkpoints.shipped())])
_NAMES = re.compile(rf"`[^`]*`|@[0-9a-f]{{6}}|<t:\d+:R>|{_MODELS}|Asuka|Rei|English|简体中文|繁體中文|日本語")
# Command -> the buttons whose clicks are timed.
CLICKS = {
    "waifu": ("again", "wilder", "again", "calmer", "back"),
    "make": ("maker_another", "wilder", "maker_left", "maker_undo", "maker_redo"),
}


@pytest.fixture(scope="module")
def settings(models: tuple[Path, ...], tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The settings of a bot with two tiny networks, whose people may ask for few pictures in a minute."""
    path = tmp_path_factory.mktemp("flows") / "config.toml"
    offered = ", ".join(f'"{path.as_posix()}"' for path in models[:2])
    path.write_text(
        f'model = [{offered}]\ndevice = "cpu"\nprecision = "exact"\nmax_per_minute = {PER_MINUTE}\n'
        "max_per_server = 10000\n"
    )
    return path


@pytest.fixture(autouse=True)
def tidy(stage: Stage) -> Iterator[None]:
    """Check after each flow that the bot's log holds no traceback, and that no message is left at "thinking"."""
    yield
    assert "Traceback" not in stage.log.read_text(errors="replace")
    assert not [message for message in stage.world.messages.values() if message.loading]


def test_there_are_forty_flows_and_they_are_spread_over_the_languages() -> None:
    assert len(FLOWS) >= 40
    assert {language for _, language in WALKS} == set(LANGUAGES) == texts.CATALOGUES.keys()


@pytest.mark.asyncio(loop_scope="session")
@pytest.mark.parametrize(("name", "language"), WALKS, ids=[f"{name} [{language}]" for name, language in WALKS])
async def test_a_flow(stage: Stage, name: str, language: str) -> None:
    t = texts.for_locale(DISCORD_LOCALE.get(language, language))
    scene = flow_steps.set_scene(stage, t)
    await flow_steps.walk(FLOWS[name], scene)
    language = scene.t.language
    if language != "en":
        shown = [_NAMES.sub("", text) for text in scene.seen]
        assert [text for text in shown if wording.english_in(text)] == []
        assert [text for text in shown if wording.foreign_in(language, text)] == []


@pytest.mark.skipif(not FULL, reason="FULL_SIZE=1 measures it, on a machine that does nothing else")
@pytest.mark.asyncio(loop_scope="session")
@pytest.mark.parametrize("command", CLICKS)
async def test_a_click_changes_its_picture_within_a_second(stage: Stage, command: str) -> None:
    """Of 100 clicks under pictures of the built-in network, one after the other, 95 are answered in less."""
    seconds: list[float] = []
    for _ in range(20):
        scene = flow_steps.set_scene(stage, texts.for_locale("en-US"))
        picture = flow_steps.picture(private=command == "make")
        await flow_steps.walk([flow_steps.say(f"/{command} model:{checkpoints.EMBEDDED.stem}"), picture], scene)
        for button in CLICKS[command]:
            await flow_steps.walk([flow_steps.press(button), picture], scene)
            assert scene.answer is not None
            assert scene.answer.pictured_after_s is not None
            seconds.append(scene.answer.pictured_after_s)
    print(f"median {statistics.median(seconds):.3f} s, 95 % within {sorted(seconds)[94]:.3f} s")
    assert sorted(seconds)[94] < 1
