"""Tests buttons, menus, dialogs, right-click commands and uploads, with the real bot and the real worker."""

import io
import re
import shlex
from collections.abc import Iterator, Mapping
from contextlib import suppress
from dataclasses import replace
from pathlib import Path

import numpy as np
import psutil
import pytest
import pytest_asyncio
from PIL import Image
from stage import Stage

from bot.i18n import texts
from bot.messages.buttons import PICTURE_ACTIONS, RECIPE_ACTIONS
from bot.messages.menus import actions_of
from bot.recipes.request import MAX_FACE_CHARS
from generator.checkpoints import inspect
from generator.contract import stamp, vector
from generator.contract.recipe import MAX_LINE_CHARS, Recipe
from generator.contract.seeds import parse_seed
from generator.rendering import contact_sheet
from playground.discord import state
from playground.discord.state import Message
from playground.people.person import Answer, Person, until

pytestmark = [pytest.mark.asyncio(loop_scope="session"), pytest.mark.timeout(120)]

WAIFU = "waifu 42 model=plain-1 psi=0.7"
ENGLISH = texts.for_locale("en-US")
UNDER_A_PICTURE = [ENGLISH(action) for action in PICTURE_ACTIONS]
MORE_OF_A_FACE = [ENGLISH(f"more_{action}") for action in actions_of(Recipe.parse(WAIFU))]


@pytest.fixture(autouse=True)
def tidy(stage: Stage) -> Iterator[None]:
    """Check after each test that the bot's log holds no traceback, and that no message is left at "thinking"."""
    yield
    assert "Traceback" not in stage.log.read_text(errors="replace")
    assert not [message for message in stage.world.messages.values() if message.loading]


@pytest_asyncio.fixture(scope="module", loop_scope="session")
async def face(stage: Stage) -> Message:
    """Return the message with one face, drawn for ``stage.you``."""
    return await stage.you.say("/waifu 42").picture(60)


def line_of(message: Message) -> str:
    """Return the recipe line under a picture, and check that it equals the line in the file's stamp."""
    lines = re.findall(r"^(?:-# )?`([^`]+)`$", message.content, re.MULTILINE)
    assert len(lines) == 1, message.content
    for attachment in message.attachments:
        assert stamp.read(attachment.body) == lines[0]
        assert attachment.description
    return str(lines[0])


def buttons(message: Message) -> list[str]:
    return [part["label"] for row in message.components for part in row["components"] if part["type"] == 2]


def options(message: Message, menu: int = 0) -> Mapping[str, str]:
    """Return the options of a message's menu, as {label: value}. ``menu`` is the menu's number, from 0."""
    menus = [part for row in message.components for part in row["components"] if part["type"] == 3]
    return {option["label"]: option["value"] for option in menus[menu]["options"]}


async def wait_for_dialog(answer: Answer) -> Answer:
    """Wait until the answer has opened a dialog."""
    opened = await answer.wait_acknowledged(10)
    assert opened.modal is not None, answer.content
    return answer


async def wait_for_words(answer: Answer) -> Message:
    """Wait until the answer has a text."""
    return await answer.when(lambda shown: bool(shown.content) and not shown.loading)


async def assert_refused(answer: Answer, person: Person, about: str) -> None:
    """Check that the answer is one sentence that contains ``about``, and that only ``person`` sees it."""
    message = await wait_for_words(answer)
    assert message.ephemeral_to == person.user.id
    assert not message.attachments
    assert "\n" not in message.content
    assert about in message.content


async def kill_and_start(stage: Stage) -> None:
    """Kill the bot and its worker, and start the bot again."""
    family = [psutil.Process(stage.pid), *psutil.Process(stage.pid).children(recursive=True)]
    assert len(family) >= 2
    for process in family:
        with suppress(psutil.NoSuchProcess):
            process.kill()
    await stage.stop()
    await stage.start()


# What is under a picture


@pytest.mark.parametrize(
    ("line", "under", "menu"),
    [
        (
            "/waifu 42",
            UNDER_A_PICTURE,
            MORE_OF_A_FACE,
        ),
        (
            "/grid 2 5",
            UNDER_A_PICTURE,
            [
                "Seed 5 · row 1, column 1",
                "Seed 6 · row 1, column 2",
                "Seed 7 · row 2, column 1",
                "Seed 8 · row 2, column 2",
            ],
        ),
        (
            "/morph 10 20 frames:4",
            UNDER_A_PICTURE,
            ["Seed 10 · frame 1", "Seed 20 · frame 3", "Frame 4", "Another moment…"],
        ),
    ],
)
async def test_one_row_of_buttons_and_one_menu_stand_under_a_picture(
    stage: Stage, line: str, under: list[str], menu: list[str]
) -> None:
    message = await stage.you.say(line).picture(60)
    assert buttons(message) == under
    assert list(options(message)) == menu
    assert len(message.components) == 2


async def test_more_makes_other_pictures_of_the_same_face(stage: Stage, face: Message) -> None:
    assert line_of(await stage.friend.choose(face, "More…", ["psi"]).picture(60)) == "psi 42 model=plain-1"
    varied = await stage.friend.choose(face, "More…", ["vary"]).picture(60)
    # The variation changes z, because noise changes nothing in this network's pictures.
    assert line_of(varied) == "vary 42 by=z model=plain-1 psi=0.7"
    value = options(varied)["Relative 3 · row 2, column 1"]
    picked = await stage.friend.choose(varied, "Pick a face…", [value]).picture(60)
    assert line_of(picked) == "waifu near(42,3) model=plain-1 psi=0.7"
    assert list(options(picked)) == MORE_OF_A_FACE


async def test_an_entry_works_twice_in_a_row_also_if_its_dialog_was_left(stage: Stage, face: Message) -> None:
    """Discord reports the same choice again as taken back. What nobody chose before, it cannot report."""
    before = await stage.you.choose(face, "More…", []).wait_acknowledged()
    assert before.callback == 6
    for values in (["mix"], [], ["mix"], []):
        opened = await wait_for_dialog(stage.you.choose(face, "More…", values))
        assert opened.interaction.modal is not None
        assert opened.interaction.modal["title"] == "Mix with…"
    for values in (["psi"], []):
        assert line_of(await stage.friend.choose(face, "More…", values).picture(60)) == "psi 42 model=plain-1"


@pytest.mark.parametrize(
    ("value", "typed", "expected"),
    [
        ("mix", "20", "mix 42 20 model=plain-1 psi=0.7"),
        ("morph", "Asuka", "morph 42 1096863481 model=plain-1 psi=0.7"),
        ("morph", " ４３ ", "morph 42 43 model=plain-1 psi=0.7"),
        ("mix", "20, 30", "mix 42 fine=20,30 model=plain-1 psi=0.7"),
        ("morph", "20、near(30,2)", "morph 42 20 near(30,2) model=plain-1 psi=0.7"),
    ],
)
async def test_a_dialog_asks_for_the_other_face(
    stage: Stage, face: Message, value: str, typed: str, expected: str
) -> None:
    opened = await wait_for_dialog(stage.friend.choose(face, "More…", [value]))
    message = await stage.friend.submit(opened.interaction, {"seed": typed}).picture(60)
    assert line_of(message) == expected
    assert ("Asuka" in message.content) == (typed == "Asuka")


@pytest.mark.parametrize(
    ("typed", "about"), [("4294967296", "from 0 to 4294967295"), ("-1", "from 0 to 4294967295"), ("   ", "A seed is")]
)
async def test_a_bad_seed_is_refused_in_one_sentence(stage: Stage, face: Message, typed: str, about: str) -> None:
    opened = await wait_for_dialog(stage.you.choose(face, "More…", ["mix"]))
    await assert_refused(stage.you.submit(opened.interaction, {"seed": typed}), stage.you, about)


async def test_a_refused_answer_can_be_mended_where_it_was_typed(stage: Stage) -> None:
    message = await stage.you.say("/waifu near(mix(mix(7,1234567890,1),1234567891,2),123456)").picture(60)
    opened = await wait_for_dialog(stage.friend.right_click("Morph with", message))
    refused = await wait_for_words(stage.friend.submit(opened.interaction, {"seed": "Rei, -1"}))
    assert refused.ephemeral_to == stage.friend.user.id
    assert "from 0 to 4294967295" in refused.content
    reopened = await wait_for_dialog(stage.friend.click(refused, "Change what I wrote"))
    assert reopened.interaction.modal is not None
    assert reopened.interaction.modal["components"][0]["component"]["value"] == "Rei, -1"
    drawn = await stage.friend.submit(reopened.interaction, {"seed": "Rei, 1"}).picture(60)
    assert line_of(drawn) == _morphed(line_of(message), f"{parse_seed('Rei')} 1")
    assert drawn.ephemeral_to is None


def _morphed(line: str, others: str) -> str:
    """Return the line of a morph from the face of a line into others."""
    _, face, *options = line.split()
    return " ".join(["morph", face, others, *options])


# Editing


async def test_edit_asks_what_to_change_where_no_traits_are(stage: Stage, face: Message) -> None:
    opened = await wait_for_dialog(stage.you.choose(face, "More…", ["edit"]))
    assert opened.interaction.modal is not None
    menus = [part["component"] for part in opened.interaction.modal["components"] if part["component"]["type"] == 3]
    offered = [option["value"] for menu in menus for option in menu["options"]]
    assert offered == [f"d{n}: 0.75" for n in range(1, 11)]
    values = {"change": "d2: －1,d9 2", "choice0": ["d1: 0.75"]}
    message = await stage.you.submit(opened.interaction, values).picture(60)
    assert line_of(message) == "waifu move(42,d1=0.75,d2=-1,d9=2) model=plain-1 psi=0.7"


async def test_edit_opens_the_maker_where_a_network_has_traits_and_older_dialogs_are_read(stage: Stage) -> None:
    face = await stage.friend.say("/waifu 7 traits:hair: pink model:traits-1").picture(60)
    panel = await stage.you.choose(face, "More…", ["edit"]).picture(60)
    assert panel.ephemeral_to == stage.you.user.id
    assert list(options(panel)) == ["hair", "eyes"]
    stage.you.choose(panel, "hair…", [options(panel, 1)["blue"]])
    blue = "waifu 7 model=traits-1 psi=0.7 trait.hair=blue"
    await shows(stage, panel, blue)
    values = {"direction0": ["eyes-gold"], "amount": "-1"}
    fields = [
        {"type": 18, "component": {"type": 3, "custom_id": "direction0", "values": values["direction0"]}},
        {"type": 18, "component": {"type": 4, "custom_id": "amount", "value": values["amount"]}},
    ]
    dialog = {"custom_id": f"waifu:edit:{stage.you.user.id}", "components": fields}
    answer = Answer(
        stage.world,
        stage.world.interact(state.MODAL, stage.you.user.id, stage.you.channel.id, dialog, face.id).id,
    )
    edited = "edit 7 amount=-1 direction=eyes-gold model=traits-1 psi=0.7 trait.hair=pink"
    assert line_of(await answer.picture(60)) == edited


async def shows(stage: Stage, message: Message, line: str) -> Message:
    """Wait until the message shows the picture of a line in place, and return it as it is then."""

    def probe() -> Message | None:
        shown = stage.world.messages[message.id]
        return shown if shown.attachments and stamp.read(shown.attachments[0].body) == line else None

    shown = await until(stage.world, probe, 60, lambda: f"it shows {stage.world.messages[message.id].content}")
    assert line_of(shown) == line
    return shown


async def test_a_change_may_be_said_in_words_where_traits_are(stage: Stage) -> None:
    message = await stage.you.say("/waifu 7 model:traits-1").picture(60)
    opened = await wait_for_dialog(stage.you.choose(message, "More…", ["change"]))
    changed = await stage.you.submit(opened.interaction, {"change": "pink hair", "choice0": ["eyes: gold"]}).picture(60)
    assert line_of(changed) == "waifu 7 model=traits-1 psi=0.7 trait.eyes=gold trait.hair=pink"


@pytest.mark.parametrize(
    ("values", "about"),
    [
        ({}, "Say what to change"),
        ({"change": "hair: blue"}, "has no traits"),
        ({"change": "d1: 9"}, "from -3.0 to 3.0"),
        ({"change": "d1: 1", "choice0": ["d1: 0.75"]}, "given twice"),
    ],
)
async def test_a_bad_edit_is_refused_in_one_sentence(
    stage: Stage, face: Message, values: dict[str, object], about: str
) -> None:
    opened = await wait_for_dialog(stage.you.choose(face, "More…", ["edit"]))
    await assert_refused(stage.you.submit(opened.interaction, values), stage.you, about)


@pytest.mark.parametrize(
    ("typed", "expected"),
    [
        ("seed:7 change:pink hair, turn left", None),
        ("seed:7 change:pink hair, d2: 1", "waifu move(7,d2=1) model=traits-1 psi=0.7 trait.hair=pink"),
        ("seed:7 direction:hair: green", "waifu 7 model=traits-1 psi=0.7 trait.hair=green"),
        ("seed:7 direction:hair: green amount:1", "edit 7 amount=1 direction=hair-green model=traits-1 psi=0.7"),
        ("seed:7 direction:d1", "edit 7 amount=0.75 direction=d1 model=traits-1 psi=0.7"),
        ("seed:7", "edit 7 amount=0.75 direction=d1,d2,d3,d4,d5 model=traits-1 psi=0.7"),
        ("seed:7 change:green hair format:strip", "morph 7 7 format=strip model=traits-1 psi=0.7 to.hair=green"),
    ],
)
async def test_edit_changes_traits_and_moves_along_directions(stage: Stage, typed: str, expected: str | None) -> None:
    answer = stage.you.say(f"/edit {typed} model:traits-1")
    if expected is None:
        await assert_refused(answer, stage.you, "turn left")
    else:
        assert line_of(await answer.picture(60)) == expected


# Picking


@pytest.mark.parametrize(
    ("typed", "label", "expected"),
    [
        ("/grid 2 5 wildness:0.5", "Seed 7 · row 2, column 1", "waifu 7 model=plain-1 psi=0.5"),
        ("/grid 2 4294967295", "Seed 0 · row 1, column 2", "waifu 0 model=plain-1 psi=0.7"),
        ("/grid 2 5 wildness:0.3,1.3", "Seed 6 · wildness 1.3 · row 1, column 2", "waifu 6 model=plain-1 psi=1.3"),
        (
            "/grid 2 5 traits:hair: pink model:traits-1",
            "Seed 6 · row 1, column 2",
            "waifu 6 model=traits-1 psi=0.7 trait.hair=pink",
        ),
        ("/psi 7 from:-0.5 to:1 steps:4", "Wildness 0.5", "waifu 7 model=plain-1 psi=0.5"),
        (
            "/mix 10,11 20,21 layers:0-3",
            "Row 2, column 1 · shape 11, colours 20",
            "waifu mix(11,20,0-3) model=plain-1 psi=0.7",
        ),
        ("/mix 10,11 20", "Seed 20 · above column 1", "waifu 20 model=plain-1 psi=0.7"),
        ("/morph 10 20 frames:4 wildness:1", "Seed 20 · frame 3", "waifu 20 model=plain-1 psi=1"),
    ],
)
async def test_a_picked_face_is_drawn_alone_exactly_as_it_was(
    stage: Stage, typed: str, label: str, expected: str
) -> None:
    message = await stage.you.say(typed).picture(60)
    picked = await stage.friend.choose(message, "Pick a face…", [options(message)[label]]).picture(60)
    assert line_of(picked) == expected


async def test_more_than_25_faces_are_a_menu_for_each_psi(stage: Stage) -> None:
    message = await stage.you.say("/grid 3 5 wildness:0.3,0.7,1.3").picture(60)
    assert [len(options(message, menu)) for menu in range(3)] == [9, 9, 9]
    assert buttons(message) == [name for name in UNDER_A_PICTURE if name not in ("Wilder", "Calmer")]
    value = options(message, 2)["Seed 13 · wildness 1.3 · row 3, column 3"]
    picked = await stage.you.choose(message, "Pick a face: wildness 1.3…", [value]).picture(60)
    assert line_of(picked) == "waifu 13 model=plain-1 psi=1.3"


# Recipes in words


async def test_a_recipe_is_explained_to_one_person_with_buttons_for_it(stage: Stage, face: Message) -> None:
    explained = await wait_for_words(stage.friend.click(face, "Recipe"))
    assert explained.ephemeral_to == stage.friend.user.id
    assert line_of(explained) == WAIFU
    assert "- `psi=0.7`: wildness, how far from the average face" in explained.content
    command = re.search(r"```sh\n(.+)\n```", explained.content)
    assert command
    assert shlex.split(command[1]) == ["waifu", "render", WAIFU, "waifu-42.png"]
    assert buttons(explained) == [ENGLISH(action) for action in RECIPE_ACTIONS]
    assert line_of(await stage.friend.click(explained, "Draw it").picture(60)) == WAIFU
    assert line_of(await stage.friend.choose(explained, "More…", ["psi"]).picture(60)) == "psi 42 model=plain-1"


# Right-clicks


def post(person: Person, content: str, *files: state.Attachment) -> Message:
    """Post a message of a person into the channel."""
    return person.world.post(person.channel.id, person.user.id, content=content, attachments=files)


async def test_a_right_click_shows_the_recipe_of_the_bots_picture_and_of_one_that_somebody_posts_again(
    stage: Stage, face: Message
) -> None:
    again = post(
        stage.friend, "look at her!", replace(face.attachments[0], id=stage.world.snowflake(), filename="mine.png")
    )
    for message in (face, again):
        explained = await wait_for_words(stage.friend.right_click("Show recipe", message))
        assert explained.ephemeral_to == stage.friend.user.id
        assert line_of(explained) == WAIFU


async def test_use_as_start_makes_a_new_face_with_everything_else_as_it_was(stage: Stage) -> None:
    message = await stage.you.say("/waifu 7 wildness:1 traits:hair: pink model:traits-1").picture(60)
    reposted = post(stage.friend, "", replace(message.attachments[0], id=stage.world.snowflake()))
    for start in (message, reposted):
        recipe = Recipe.parse(line_of(await stage.friend.right_click("Use as start", start).picture(60)))
        assert recipe.numbers != (7,)
        assert recipe.with_seeds(7) == Recipe.parse(line_of(message))


async def test_morph_with_asks_for_the_other_face_and_goes_on_from_a_morph(stage: Stage, face: Message) -> None:
    opened = await wait_for_dialog(stage.friend.right_click("Morph with", face))
    message = await stage.friend.submit(opened.interaction, {"seed": "20"}).picture(60)
    assert line_of(message) == "morph 42 20 model=plain-1 psi=0.7"
    opened = await wait_for_dialog(stage.friend.right_click("Morph with", message))
    longer = await stage.friend.submit(opened.interaction, {"seed": "30"}).picture(60)
    assert line_of(longer) == "morph 42 20 30 model=plain-1 psi=0.7"


async def test_a_face_is_not_morphed_into_itself(stage: Stage, face: Message) -> None:
    opened = await wait_for_dialog(stage.you.right_click("Morph with", face))
    await assert_refused(
        stage.you.submit(opened.interaction, {"seed": "42"}), stage.you, "Every frame would be the same"
    )


def in_old_dialog(person: Person, message: Message | None, action: str, **fields: str) -> Answer:
    """Submit a dialog as earlier versions built it: with a field for the line, or for a direction and an amount."""
    parts = [{"type": 1, "components": [{"type": 4, "custom_id": key, "value": fields[key]}]} for key in fields]
    data = {"custom_id": f"waifu:{action}:{person.user.id}", "components": parts}
    id_ = message.id if message else None
    return Answer(person.world, person.world.interact(state.MODAL, person.user.id, person.channel.id, data, id_).id)


def in_old_menu(person: Person, message: Message, menu: str, value: str) -> Answer:
    """Choose from a menu as it stands under a message of an earlier version."""
    custom_id = f"waifu:{menu}:{person.user.id}"
    part = {"type": 3, "custom_id": custom_id, "options": [{"label": value, "value": value}]}
    person.world.edit(message.id, components=({"type": 1, "components": [part]},))
    data = {"custom_id": custom_id, "component_type": 3, "values": [value]}
    about = person.user.id, person.channel.id, data, message.id
    return Answer(person.world, person.world.interact(state.COMPONENT, *about).id)


async def test_menus_and_dialogs_of_earlier_versions_are_answered_as_ever(stage: Stage, face: Message) -> None:
    old = in_old_dialog(stage.you, None, "morph", seed="2", line="waifu 1 model=plain-1 psi=0.7")
    assert line_of(await old.picture(60)) == "morph 1 2 model=plain-1 psi=0.7"
    await assert_refused(in_old_dialog(stage.you, None, "morph", seed="2", line="dragon 1"), stage.you, "dragon")
    old = in_old_dialog(stage.you, face, "edit", direction0="d2", amount="－1,5")
    assert line_of(await old.picture(60)) == "edit 42 amount=-1.5 direction=d2 model=plain-1 psi=0.7"
    grid = await stage.you.say("/grid 2 5").picture(60)
    assert line_of(await in_old_menu(stage.you, grid, "pick0", "2").picture(60)) == "waifu 7 model=plain-1 psi=0.7"
    varied = await stage.you.say("/vary 42").picture(60)
    assert line_of(await in_old_menu(stage.you, varied, "more", "face").picture(60)) == WAIFU
    opened = await wait_for_dialog(in_old_menu(stage.you, varied, "more", "mix"))
    assert (
        line_of(await stage.you.submit(opened.interaction, {"seed": "2"}).picture(60))
        == "mix 42 2 model=plain-1 psi=0.7"
    )


async def test_a_moment_of_an_animation_is_picked_by_its_number(stage: Stage) -> None:
    message = await stage.you.say("/morph 10 20 frames:8 format:webp").picture(60)
    opened = await wait_for_dialog(stage.you.choose(message, "Pick a face…", ["moment"]))
    assert opened.interaction.modal is not None
    assert "1 to 8" in str(opened.interaction.modal["components"])
    picked = await stage.you.submit(opened.interaction, {"frame": "３"}).picture(60)
    assert line_of(picked) == "waifu between(10,20,0.5) model=plain-1 psi=0.7"
    opened = await wait_for_dialog(stage.you.choose(message, "Pick a face…", []))
    await assert_refused(stage.you.submit(opened.interaction, {"frame": "9"}), stage.you, "a frame from 1 to 8")


async def test_of_several_faces_one_must_be_picked_first(stage: Stage) -> None:
    message = await stage.you.say("/grid 2 5").picture(60)
    await assert_refused(stage.you.right_click("Morph with", message), stage.you, "pick one of them")


# Faces that are expressions


def typed_face(start: int) -> str:
    """Return an expression that is about as long as one that can be typed."""
    face = str(start)
    while len(face) < MAX_FACE_CHARS - 60:
        face = f"mix(move({face},d1=0.25,d2=-0.125),{len(face) + 4_000_000_000},{len(face) % 3})"
    return face


async def test_a_face_that_outgrows_its_line_is_stored_and_gone_on_from(stage: Stage) -> None:
    faces = f"from:{typed_face(1)} to:{typed_face(2)} more:{typed_face(3)}"
    message = await stage.you.say(f"/morph {faces} frames:8 format:webp").picture(60)
    assert 1000 < len(line_of(message)) <= MAX_LINE_CHARS
    for number in (4, 5):
        opened = await wait_for_dialog(stage.friend.right_click("Morph with", message))
        message = await stage.friend.submit(opened.interaction, {"seed": typed_face(number)}).picture(60)
    recipe = Recipe.parse(line_of(message))
    assert len(recipe.seeds) == 5
    assert recipe.vectors
    assert set(stamp.read_vectors(message.attachments[0].body, recipe.vectors)) == set(recipe.vectors)
    wilder = Recipe.parse(line_of(await stage.you.click(message, "Wilder").picture(60)))
    assert wilder.vectors == recipe.vectors
    assert wilder.psi == 0.85
    drawn = await stage.you.say(f"/waifu near(@{recipe.vectors[0]},3)").picture(60)
    assert line_of(drawn) == f"waifu near(@{recipe.vectors[0]},3) model=plain-1 psi=0.7"


async def test_a_picture_brings_a_stored_face_to_a_bot_that_never_saw_it(
    stage: Stage, models: tuple[Path, ...]
) -> None:
    hyper = inspect(models[0]).hyperparameters
    shape = vector.Shape(hyper.num_ws, hyper.w_dim)
    raw = vector.pack(shape, np.random.RandomState(1).randn(*shape).astype("<f2").tobytes())
    line = f"waifu @{vector.digest_of(raw)} model=plain-1 psi=0.7"
    await assert_refused(stage.you.say(f"/{line.split(' model')[0]}"), stage.you, "is no longer known here")
    out = io.BytesIO()
    Image.new("RGB", (8, 8)).save(out, "PNG")
    upload = stage.friend.upload("kept.png", stamp.write(out.getvalue(), line, [raw]))
    explained = await wait_for_words(stage.friend.say(f"/recipe {upload.filename}"))
    assert line_of(explained) == line
    assert 'waifu render --attach FILE "$(waifu inspect FILE)"' in explained.content
    drawn = await stage.friend.click(explained, "Draw it").picture(60)
    assert line_of(drawn) == line
    assert stamp.read_vectors(drawn.attachments[0].body, [vector.digest_of(raw)]) == {vector.digest_of(raw): raw}


async def test_a_stored_face_that_is_not_known_is_refused_in_one_sentence(stage: Stage) -> None:
    await assert_refused(stage.you.say(f"/waifu @{'0' * 24}"), stage.you, "is no longer known here")


# Forged messages


@pytest.mark.parametrize("name", ["Show recipe", "Use as start", "Morph with"])
async def test_a_line_that_somebody_else_wrote_is_no_caption(stage: Stage, face: Message, name: str) -> None:
    await assert_refused(
        stage.you.right_click(name, post(stage.friend, f"Seed **1**\n`{WAIFU}`")),
        stage.you,
        "This message contains no recipe",
    )
    plain = stage.you.upload("plain.png", unstamped(face))
    await assert_private(
        stage.you.right_click(name, post(stage.friend, f"`{WAIFU}`", plain)),
        stage.you,
        "This message contains no recipe",
    )


async def assert_private(answer: Answer, person: Person, about: str) -> None:
    message = await wait_for_words(answer)
    assert message.ephemeral_to == person.user.id
    assert about in message.content


def unstamped(message: Message) -> bytes:
    """Return the picture as another program would save it, without its stamp."""
    with Image.open(io.BytesIO(message.attachments[0].body)) as picture:
        saved = io.BytesIO()
        picture.convert("RGB").save(saved, "PNG")
    return saved.getvalue()


async def test_a_word_cannot_pass_for_a_recipe(stage: Stage) -> None:
    message = await stage.you.say('/waifu "`grid 5 seed=1`"').picture(60)
    assert line_of(await wait_for_words(stage.friend.click(message, "Recipe"))).startswith("waifu ")


async def test_a_caption_that_was_emptied_leaves_one_sentence_and_the_stamp(stage: Stage) -> None:
    message = await stage.you.say("/waifu 8").picture(60)
    stage.world.edit(message.id, content="nothing to see here\n`dragon 1`\n`waifu 1 psi=9`")
    await assert_refused(stage.you.click(message, "Again"), stage.you, "This message no longer contains a recipe")
    await assert_refused(
        stage.you.choose(message, "More…", ["psi"]), stage.you, "This message no longer contains a recipe"
    )
    explained = await wait_for_words(stage.you.right_click("Show recipe", message))
    assert line_of(explained) == "waifu 8 model=plain-1 psi=0.7"


async def test_a_menu_that_no_longer_fits_its_caption_is_refused_in_one_sentence(stage: Stage) -> None:
    message = await stage.you.say("/grid 2 5").picture(60)
    stage.world.edit(message.id, content="`grid 1 model=plain-1 psi=0.7 seed=5`")
    await assert_refused(
        stage.you.choose(message, "Pick a face…", ["3"]), stage.you, "This message no longer contains a recipe"
    )


# Uploads


@pytest.mark.parametrize("ending", ["png", "gif", "webp", "mp4"])
async def test_recipe_reads_what_the_bot_itself_posted(stage: Stage, ending: str) -> None:
    typed = "/waifu 9" if ending == "png" else f"/morph 1 2 frames:3 format:{ending}"
    message = await stage.you.say(typed).picture(60)
    upload = stage.friend.upload(f"saved.{ending}", message.attachments[0].body)
    explained = await wait_for_words(stage.friend.say(f"/recipe {upload.filename}"))
    assert explained.ephemeral_to == stage.friend.user.id
    assert line_of(explained) == line_of(message)


async def test_other_files_are_answered_with_one_sentence(stage: Stage, face: Message) -> None:
    whole = face.attachments[0].body
    lying = stamp.write(unstamped(face), "dragon 1 psi=9")
    files = {
        "plain.png": unstamped(face),
        "cut.png": whole[: len(whole) // 2],
        "head.png": whole[:20],
        "text.txt": f"`{WAIFU}`".encode(),
        "wrong.gif": b"GIF89a" + whole,
        "photo.jpg": b"\xff\xd8\xff" + bytes(1000),
        "empty.png": b"",
        "lying.png": lying,
    }
    for name, body in files.items():
        stage.friend.upload(name, body)
        message = await wait_for_words(stage.friend.say(f"/recipe {name}"))
        assert message.ephemeral_to == stage.friend.user.id
        assert message.content == f"{name} contains no recipe; only pictures made here carry one."


async def test_a_file_over_the_limit_is_not_fetched(stage: Stage) -> None:
    guild = next(iter(stage.world.guilds.values()))
    stage.world.guilds[guild.id] = replace(guild, attachment_limit=100 * state.MIB)
    stage.friend.upload("huge.mp4", b"\0\0\0\x08ftyp" + bytes(25 * state.MIB))
    message = await wait_for_words(stage.friend.say("/recipe huge.mp4"))
    stage.world.guilds[guild.id] = guild
    assert message.content == "huge.mp4 is larger than 25 MiB; pictures that were made here are smaller."


# In every place, for every person, and after a restart


@pytest.mark.parametrize("where", ["direct", "thread"])
async def test_buttons_and_menus_work_in_direct_messages_and_threads(stage: Stage, where: str) -> None:
    guild = stage.world.guild_of(stage.you.channel.id)
    assert guild is not None
    direct = stage.world.direct(stage.friend.user)
    place = direct if where == "direct" else stage.world.add_channel(guild, "a thread", parent=stage.you.channel)
    friend = stage.friend.in_channel(place)
    grid = await friend.say("/grid 2 5").picture(60)
    face = await friend.choose(grid, "Pick a face…", ["2"]).picture(60)
    opened = await wait_for_dialog(friend.choose(face, "More…", ["mix"]))
    mixed = await friend.submit(opened.interaction, {"seed": "9"}).picture(60)
    assert line_of(mixed) == "mix 6 9 model=plain-1 psi=0.7"
    opened = await wait_for_dialog(friend.right_click("Morph with", face))
    assert (await friend.submit(opened.interaction, {"seed": "9"}).picture(60)).channel_id == place.id
    assert (await wait_for_words(friend.click(face, "Recipe"))).ephemeral_to == friend.user.id
    await friend.click(grid, "Delete").wait_acknowledged()
    await until(stage.world, lambda: grid.id not in stage.world.messages or None, 10, lambda: "it is still there")


async def test_a_picture_belongs_to_the_person_whose_click_made_it(stage: Stage) -> None:
    message = await stage.you.say("/grid 2 5").picture(60)
    await assert_refused(stage.friend.click(message, "Delete"), stage.friend, "Only the person who asked")
    theirs = await stage.friend.choose(message, "Pick a face…", ["1"]).picture(60)
    await stage.friend.click(theirs, "Delete").wait_acknowledged()
    await until(stage.world, lambda: theirs.id not in stage.world.messages or None, 10, lambda: "it is still there")
    assert message.id in stage.world.messages


async def test_clicks_and_dialogs_have_the_limits_of_commands(stage: Stage, face: Message) -> None:
    opened = await wait_for_dialog(stage.friend.choose(face, "More…", ["mix"]))
    busy = [stage.friend.say(f"/morph {n} 900 frames:240 size:2 model:slow-1") for n in range(3)]
    for answer in busy:
        await answer.wait_acknowledged()
    await assert_refused(stage.friend.click(face, "Again"), stage.friend, "/waifubot cancel")
    await assert_refused(stage.friend.choose(face, "More…", ["psi"]), stage.friend, "/waifubot cancel")
    await assert_refused(stage.friend.submit(opened.interaction, {"seed": "1"}), stage.friend, "/waifubot cancel")
    await assert_refused(stage.friend.right_click("Use as start", face), stage.friend, "/waifubot cancel")
    await wait_for_words(stage.friend.say("/waifubot cancel"))
    for answer in busy:
        await answer.wait_deleted()


async def test_buttons_menus_and_dialogs_work_after_bot_and_worker_were_killed(stage: Stage) -> None:
    face = await stage.you.say("/waifu 42").picture(60)
    grid = await stage.you.say("/grid 2 5").picture(60)
    explained = await wait_for_words(stage.friend.click(face, "Recipe"))
    made = "waifu 7 model=traits-1 psi=0.7"
    panel = await stage.you.say("/make 7 model:traits-1").picture(60)
    stage.you.click(panel, "Wilder")
    await shows(stage, panel, "waifu 7 model=traits-1 psi=0.85")
    dialogs = {
        "mix 42 20 model=plain-1 psi=0.7": (
            await wait_for_dialog(stage.friend.choose(face, "More…", ["mix"])),
            {"seed": "20"},
        ),
        "morph 42 21 model=plain-1 psi=0.7": (
            await wait_for_dialog(stage.friend.right_click("Morph with", face)),
            {"seed": "21"},
        ),
        "waifu move(42,d2=0.75) model=plain-1 psi=0.7": (
            await wait_for_dialog(stage.friend.choose(face, "More…", ["edit"])),
            {"change": "d2"},
        ),
    }
    clicked = await stage.you.say("/make 7 model:slow-1").picture(60)
    await stage.you.click(clicked, "Wilder").wait_acknowledged()
    await kill_and_start(stage)
    wilder = await shows(stage, clicked, "waifu 7 model=slow-1 psi=0.85")
    assert "Undo" in buttons(wilder)
    stage.you.click(clicked, "Undo")
    await shows(stage, clicked, "waifu 7 model=slow-1 psi=0.7")
    stage.you.click(panel, "Undo")
    await shows(stage, panel, made)
    stage.you.click(panel, "Redo")
    await shows(stage, panel, "waifu 7 model=traits-1 psi=0.85")
    assert line_of(await stage.you.say("/make").picture(60)) == "waifu 7 model=traits-1 psi=0.85"
    for line, (opened, values) in dialogs.items():
        assert line_of(await stage.friend.submit(opened.interaction, values).picture(60)) == line
    for answer, line in {
        stage.friend.click(face, "Wilder"): "waifu 42 model=plain-1 psi=0.85",
        stage.friend.click(face, "Calmer"): "waifu 42 model=plain-1 psi=0.55",
        stage.friend.click(explained, "Draw it"): WAIFU,
    }.items():
        assert line_of(await answer.picture(60)) == line
    assert (
        line_of(await stage.friend.choose(grid, "Pick a face…", ["3"]).picture(60)) == "waifu 7 model=plain-1 psi=0.7"
    )
    assert line_of(await stage.friend.choose(face, "More…", ["psi"]).picture(60)) == "psi 42 model=plain-1"
    assert line_of(await wait_for_words(stage.friend.click(face, "Recipe"))) == WAIFU
    assert line_of(await wait_for_words(stage.you.right_click("Show recipe", face))) == WAIFU
    await wait_for_dialog(stage.you.choose(face, "More…", ["edit"]))


async def test_people_who_use_discord_in_chinese_read_chinese(stage: Stage, face: Message) -> None:
    user = stage.friend.user
    stage.world.users[user.id] = replace(user, locale="zh-CN")
    try:
        message = await stage.friend.say("/waifu 42").picture(60)
        assert buttons(message) == ["再来一张", "更狂野", "更平和", "配方", "删除"]
        explained = await wait_for_words(stage.friend.click(face, "Recipe"))
        assert "种子" in explained.content
        opened = await wait_for_dialog(stage.friend.choose(message, "更多……", ["mix"]))
        assert opened.interaction.modal is not None
        assert opened.interaction.modal["title"] == "混合……"
        message = await wait_for_words(stage.friend.submit(opened.interaction, {"seed": "-1"}))
        assert re.search("[\u4e00-\u9fff]", message.content)
        names = [command["name_localizations"]["zh-CN"] for command in stage.friend.commands if command["type"] == 3]
        assert names == ["查看配方", "以此为起点", "与之变脸", "找一张像它的脸"]
    finally:
        stage.world.users[user.id] = user


async def test_a_sheet_shows_the_faces_that_were_kept_from_several_networks(stage: Stage) -> None:
    shown = []
    for line in ("/waifu 7 model:plain-1", "/waifu 8 model:traits-1 traits:hair: pink", "/mix 9 10 model:plain-1"):
        message = await stage.friend.say(line).picture(60)
        kept = await wait_for_words(stage.friend.choose(message, ENGLISH("more"), ["keep"]))
        assert f"**{len(shown) + 1}**" in kept.content
        shown.append(message)
    page = await stage.friend.say("/collection").picture(60)
    with Image.open(io.BytesIO(page.attachments[0].body)) as picture:
        sheet = np.asarray(picture.convert("RGB"))
    side, gap = contact_sheet.LARGE_CELL, contact_sheet.GAP
    assert sheet.shape == (side + 2 * gap, 3 * side + 4 * gap, 3)
    for n, message in enumerate(shown):
        with Image.open(io.BytesIO(message.attachments[0].body)) as picture:
            face = np.asarray(picture.convert("RGB"))
        left = gap + n * (side + gap)
        assert (
            sheet[gap + side // 2 : gap + side - 20, left + 20 : left + side - 20] == face[side // 2 : -20, 20:-20]
        ).all()
    assert [name in page.content for name in ("plain-1", "traits-1", "slow-1")] == [True, True, False]
    picked = await stage.friend.choose(page, ENGLISH("collection_pick"), [options(page)[min(options(page))]]).picture(
        60
    )
    assert line_of(picked) == line_of(shown[0])
