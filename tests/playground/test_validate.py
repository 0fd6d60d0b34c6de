"""Tests that the stand-in rejects what Discord rejects, with the path of the bad field, and accepts everything else.

Starts no server: the rules are called directly.
"""

import re
from typing import Any

import pytest

from playground.discord import state
from playground.discord.api import responses
from playground.discord.api.responses import Upload
from playground.discord.errors import ApiError, ClientRefusal
from playground.discord.state import COMMAND, COMPONENT, MIB, World, demo_world
from playground.discord.validation import validate_commands, validate_dialogs, validate_messages


def button(custom_id: str = "a", **fields: Any) -> dict[str, Any]:
    return {"type": 2, "style": 2, "label": "A", "custom_id": custom_id} | fields


def row(*children: dict[str, Any]) -> dict[str, Any]:
    return {"type": 1, "components": list(children)}


def menu(options: int, **fields: Any) -> dict[str, Any]:
    return {
        "type": 3,
        "custom_id": "m",
        "options": [{"label": str(i), "value": str(i)} for i in range(options)],
    } | fields


def named(count: int) -> list[dict[str, Any]]:
    return [button(f"b{i}") for i in range(count)]


def paths(tree: dict[str, Any], at: str = "") -> list[str]:
    """List the problems in the tree of an error 50035, such as "data.content: BASE_TYPE_MAX_LENGTH"."""
    problems = [f"{at}: {problem['code']}" for problem in tree.get("_errors", [])]
    for name, child in tree.items():
        if name != "_errors":
            problems += paths(child, f"{at}.{name}" if at else name)
    return problems


def rejected(check: Any, *given: Any) -> list[str]:
    with pytest.raises(ApiError) as caught:
        check(*given)
    assert (caught.value.status, caught.value.code) == (400, 50035)
    assert caught.value.errors
    return paths(caught.value.errors)


TEXT = "x" * 2000
GOOD_MESSAGES: list[dict[str, Any]] = [
    {"content": TEXT},
    {"content": "", "embeds": [{"description": "d" * 4096}]},
    {"components": [row(*named(5)), row(menu(25))]},
    {"components": [row(*(button(f"{i}{j}") for j in range(5))) for i in range(5)]},
    {"components": [row(button("x" * 100))]},
    {"components": [row({"type": 2, "style": 5, "label": "L", "url": "https://example.org"})]},
    {"flags": 64, "allowed_mentions": {"parse": []}, "embeds": None, "components": None, "attachments": []},
    {
        "flags": 1 << 15,
        "components": [
            {"type": 10, "content": "t"},
            {"type": 17, "components": [{"type": 10, "content": "u"}, row(button())]},
        ],
    },
]
BAD_MESSAGES: list[tuple[dict[str, Any], list[str]]] = [
    ({"content": TEXT + "x"}, ["content: BASE_TYPE_MAX_LENGTH"]),
    ({"content": 5}, ["content: STRING_TYPE_CONVERT"]),
    ({"embeds": [{}] * 11}, ["embeds: BASE_TYPE_MAX_LENGTH"]),
    ({"embeds": [{"title": "x" * 257}]}, ["embeds.0.title: BASE_TYPE_MAX_LENGTH"]),
    ({"embeds": [{"description": "x" * 3500}] * 2}, ["embeds: MAX_EMBED_SIZE_EXCEEDED"]),
    ({"embeds": [{"fields": [{"name": "", "value": "v"}]}]}, ["embeds.0.fields.0.name: BASE_TYPE_BAD_LENGTH"]),
    ({"embeds": [{"image": {"url": "ftp://x"}}]}, ["embeds.0.image.url: URL_TYPE_INVALID_URL"]),
    ({"components": [row(*named(6))]}, ["components.0.components: BASE_TYPE_BAD_LENGTH"]),
    ({"components": [row()]}, ["components.0.components: BASE_TYPE_BAD_LENGTH"]),
    ({"components": [row(button(str(i))) for i in range(6)]}, ["components: BASE_TYPE_MAX_LENGTH"]),
    ({"components": [row(button("x" * 101))]}, ["components.0.components.0.custom_id: BASE_TYPE_BAD_LENGTH"]),
    (
        {"components": [row(button("a"), button("a"))]},
        ["components.0.components.1.custom_id: COMPONENT_CUSTOM_ID_DUPLICATED"],
    ),
    (
        {"components": [row(button("a")), row(button("a"))]},
        ["components.1.components.0.custom_id: COMPONENT_CUSTOM_ID_DUPLICATED"],
    ),
    ({"components": [row(button(label="x" * 81))]}, ["components.0.components.0.label: BASE_TYPE_MAX_LENGTH"]),
    (
        {"components": [row(button(label=None))]},
        ["components.0.components.0: BUTTON_COMPONENT_LABEL_OR_EMOJI_REQUIRED"],
    ),
    ({"components": [row(button(style=7))]}, ["components.0.components.0.style: BASE_TYPE_CHOICES"]),
    ({"components": [row(button(url="https://x"))]}, ["components.0.components.0.url: BUTTON_COMPONENT_FIELD_INVALID"]),
    ({"components": [row(menu(26))]}, ["components.0.components.0.options: BASE_TYPE_BAD_LENGTH"]),
    ({"components": [row(menu(0))]}, ["components.0.components.0.options: BASE_TYPE_BAD_LENGTH"]),
    (
        {"components": [row(menu(2, max_values=3))]},
        ["components.0.components.0.max_values: SELECT_COMPONENT_MAX_VALUES_EXCEEDS_OPTIONS"],
    ),
    ({"components": [row(menu(2), button())]}, ["components.0.components: COMPONENT_LAYOUT_WIDTH_EXCEEDED"]),
    ({"components": [button()]}, ["components.0.type: UNION_TYPE_CHOICES"]),
    ({"components": [{"type": 10, "content": "x"}]}, ["components.0.type: UNION_TYPE_CHOICES"]),
    ({"flags": 1 << 15, "content": "x"}, ["content: MESSAGE_CANNOT_USE_LEGACY_FIELDS_WITH_COMPONENTS_V2"]),
    ({"flags": 1 << 7}, ["flags: MESSAGE_FLAGS_INVALID"]),
    ({"attachments": [{"id": 0, "description": "x" * 1025}]}, ["attachments.0.description: BASE_TYPE_MAX_LENGTH"]),
    ({"allowed_mentions": {"parse": ["all"]}}, ["allowed_mentions.parse.0: BASE_TYPE_CHOICES"]),
    (
        {"allowed_mentions": {"parse": ["users"], "users": ["1"]}},
        ["allowed_mentions.users: MESSAGE_ALLOWED_MENTIONS_PARSE_EXCLUSIVE"],
    ),
]


@pytest.mark.parametrize("body", GOOD_MESSAGES)
def test_a_message_within_the_limits_is_accepted(body: dict[str, Any]) -> None:
    validate_messages.check_message(body)


@pytest.mark.parametrize(("body", "problems"), BAD_MESSAGES)
def test_a_message_outside_the_limits_is_rejected_with_the_path(body: dict[str, Any], problems: list[str]) -> None:
    assert rejected(validate_messages.check_message, body) == problems
    assert rejected(validate_messages.check_message, body, ("data",)) == ["data." + problem for problem in problems]


def command(**fields: Any) -> dict[str, Any]:
    return {"name": "waifu", "description": "d", "type": 1} | fields


def option(name: str = "seed", kind: int = 4, **fields: Any) -> dict[str, Any]:
    return {"type": kind, "name": name, "description": "d"} | fields


def choice(i: int) -> dict[str, Any]:
    return {"name": str(i), "value": i}


BAD_COMMANDS: list[tuple[list[Any], list[str]]] = [
    ([command(name="Waifu")], ["0.name: APPLICATION_COMMAND_INVALID_NAME"]),
    ([command(name="two words")], ["0.name: APPLICATION_COMMAND_INVALID_NAME"]),
    ([command(name="x" * 33)], ["0.name: APPLICATION_COMMAND_INVALID_NAME"]),
    ([command(description="")], ["0.description: BASE_TYPE_BAD_LENGTH"]),
    ([command(description="x" * 101)], ["0.description: BASE_TYPE_BAD_LENGTH"]),
    ([command(), command()], ["1.name: APPLICATION_COMMANDS_DUPLICATE_NAME"]),
    ([command(name=f"c{i}") for i in range(101)], [": APPLICATION_COMMANDS_MAX"]),
    ([command(options=[option(f"o{i}") for i in range(26)])], ["0.options: BASE_TYPE_MAX_LENGTH"]),
    ([command(options=[option(), option()])], ["0.options.1.name: APPLICATION_COMMAND_OPTIONS_NAME_INVALID"]),
    (
        [command(options=[option(), option("b", required=True)])],
        ["0.options.1: APPLICATION_COMMAND_OPTIONS_REQUIRED_INVALID"],
    ),
    (
        [command(options=[option(choices=[choice(i) for i in range(26)])])],
        ["0.options.0.choices: BASE_TYPE_MAX_LENGTH"],
    ),
    (
        [command(options=[option(choices=[{"name": "n", "value": "text"}])])],
        ["0.options.0.choices.0.value: NUMBER_TYPE_COERCE"],
    ),
    (
        [command(options=[option(choices=[choice(1)], autocomplete=True)])],
        ["0.options.0.autocomplete: APPLICATION_COMMAND_AUTOCOMPLETE_WITH_CHOICES"],
    ),
    ([command(options=[option(max_value=2**53)])], ["0.options.0.max_value: NUMBER_TYPE_MAX"]),
    ([command(options=[option(kind=12)])], ["0.options.0.type: UNION_TYPE_CHOICES"]),
    ([command(name="Look", type=3, description="no")], ["0.description: BASE_TYPE_MAX_LENGTH"]),
    ([command(name_localizations={"xx": "y"})], ["0.name_localizations.xx: APPLICATION_COMMAND_INVALID_LOCALE"]),
    (
        [command(name_localizations={"zh-CN": "两 字"})],
        ["0.name_localizations.zh-CN: APPLICATION_COMMAND_INVALID_NAME"],
    ),
    (
        [command(description_localizations={"zh-CN": "长" * 101})],
        ["0.description_localizations.zh-CN: BASE_TYPE_BAD_LENGTH"],
    ),
    (
        [command(name="Look", type=3, description="", name_localizations={"zh-CN": "看" * 33})],
        ["0.name_localizations.zh-CN: BASE_TYPE_BAD_LENGTH"],
    ),
    (
        [command(options=[option(name_localizations={"de": "Größe"})])],
        ["0.options.0.name_localizations.de: APPLICATION_COMMAND_INVALID_NAME"],
    ),
    ([command(contexts=[3])], ["0.contexts.0: BASE_TYPE_CHOICES"]),
    (
        [
            command(
                options=[
                    option(f"o{i}", kind=3, choices=[{"name": f"{j}" + "n" * 80, "value": "v" * 80} for j in range(25)])
                    for i in range(3)
                ]
            )
        ],
        ["0: APPLICATION_COMMAND_TOO_LARGE"],
    ),
]


def in_many_languages(text: str) -> dict[str, Any]:
    """Return descriptions in five languages. Towards the command's size Discord counts only the longest of them."""
    return {"description": text, "description_localizations": dict.fromkeys(("zh-CN", "ja", "de", "fr"), text)}


@pytest.mark.parametrize(("body", "problems"), BAD_COMMANDS)
def test_commands_outside_the_limits_are_rejected_with_the_path(body: list[Any], problems: list[str]) -> None:
    assert rejected(validate_commands.check_commands, body) == problems


def test_commands_within_the_limits_are_accepted() -> None:
    validate_commands.check_commands(
        [
            command(
                name="音楽",
                name_localizations={"zh-CN": "音乐"},
                options=[option(required=True, min_value=0), option("b", kind=3)],
            ),
            command(name="Look at This", type=3, description="", name_localizations={"zh-CN": "看 这个"}),
            command(name="long", options=[option(f"o{i}", **in_many_languages("d" * 99)) for i in range(25)]),
            command(name="g", options=[{"type": 2, "name": "h", "description": "d", "options": [option("s", kind=1)]}]),
        ]
    )


@pytest.mark.parametrize(
    ("data", "kind", "problems"),
    [
        ({"choices": [{"name": "n", "value": "v"}] * 26}, 3, ["data.choices: BASE_TYPE_MAX_LENGTH"]),
        ({"choices": [{"name": "", "value": "v"}]}, 3, ["data.choices.0.name: BASE_TYPE_BAD_LENGTH"]),
        ({"choices": [{"name": "n", "value": "x" * 101}]}, 3, ["data.choices.0.value: BASE_TYPE_MAX_LENGTH"]),
        ({"choices": [{"name": "n", "value": "v"}]}, 4, ["data.choices.0.value: NUMBER_TYPE_COERCE"]),
        ({}, 3, ["data.choices: BASE_TYPE_REQUIRED"]),
    ],
)
def test_choices_outside_the_limits_are_rejected(data: dict[str, Any], kind: int, problems: list[str]) -> None:
    assert rejected(validate_commands.check_choices, data, kind) == problems


def test_a_dialog_outside_the_limits_is_rejected() -> None:
    good = {
        "custom_id": "d",
        "title": "T",
        "components": [row({"type": 4, "custom_id": "i", "label": "L", "style": 1})],
    }
    validate_dialogs.check_dialog(good)
    assert rejected(validate_dialogs.check_dialog, good | {"title": "x" * 46}) == ["data.title: BASE_TYPE_BAD_LENGTH"]
    assert rejected(validate_dialogs.check_dialog, good | {"components": []}) == [
        "data.components: BASE_TYPE_BAD_LENGTH"
    ]


def labelled(**component: Any) -> dict[str, Any]:
    return {"type": 18, "label": "L", "component": {"custom_id": "c"} | component}


CHOICES = [{"label": name, "value": name} for name in ("a", "b", "c")]


@pytest.mark.parametrize(
    ("part", "problem"),
    [
        (labelled(type=21, options=CHOICES[:1]), "component.options: BASE_TYPE_BAD_LENGTH"),
        (labelled(type=21, options=[CHOICES[0]] * 2), "component.options.1.value: COMPONENT_OPTION_VALUE_DUPLICATED"),
        (
            labelled(type=22, options=menu(11)["options"]),
            "component.options: BASE_TYPE_BAD_LENGTH",
        ),
        (
            labelled(type=22, options=CHOICES, min_values=3, max_values=2),
            "component.min_values: COMPONENT_MIN_EXCEEDS_MAX",
        ),
        (labelled(type=19, max_values=11), "component.max_values: NUMBER_TYPE_MAX"),
        (labelled(type=23, default="yes"), "component.default: BOOLEAN_TYPE_CONVERT"),
        (labelled(type=4, style=3), "component.style: BASE_TYPE_CHOICES"),
        (labelled(type=4, style=1, max_length=3, value="four"), "component.value: BASE_TYPE_MAX_LENGTH"),
        (labelled(type=4, style=1, max_length=3, min_length=4), "component.min_length: COMPONENT_MIN_EXCEEDS_MAX"),
        (labelled(type=2, style=1, label="a"), "component.type: UNION_TYPE_CHOICES"),
        (
            labelled(type=5, default_values=[{"id": 1, "type": "cat"}]),
            "component.default_values.0.type: BASE_TYPE_CHOICES",
        ),
    ],
)
def test_a_dialog_field_outside_the_limits_is_rejected(part: dict[str, Any], problem: str) -> None:
    data = {"custom_id": "d", "title": "T", "components": [part]}
    assert rejected(validate_dialogs.check_dialog, data) == [f"data.components.0.{problem}"]


@pytest.mark.parametrize(
    ("part", "given", "sent"),
    [
        (labelled(type=4, style=1, value="preset"), None, {"value": "preset"}),
        (labelled(type=4, style=1, required=False, min_length=5), "", {"value": ""}),
        (labelled(type=3, options=CHOICES), ["b"], {"values": ["b"]}),
        (labelled(type=3, options=CHOICES, min_values=0), [], {"values": []}),
        (labelled(type=21, options=[*CHOICES, {"label": "d", "value": "d", "default": True}]), None, {"value": "d"}),
        (labelled(type=21, options=CHOICES, required=False), "", {"value": None}),
        (labelled(type=22, options=CHOICES), ["a", "b", "c"], {"values": ["a", "b", "c"]}),
        (labelled(type=23, default=True), None, {"value": True}),
        (labelled(type=5), ["@you"], {"values": ["7"]}),
    ],
)
def test_a_field_is_submitted_as_it_was_filled_in(part: dict[str, Any], given: Any, sent: dict[str, Any]) -> None:
    (label,) = validate_dialogs.fill([part], {} if given is None else {"c": given}, {"@you": "7"})
    assert label["component"] == {"type": part["component"]["type"], "id": 0, "custom_id": "c"} | sent


@pytest.mark.parametrize(
    ("part", "given", "sentence"),
    [
        (labelled(type=4, style=1), "", "L: this must be filled in."),
        (labelled(type=4, style=1, min_length=2, max_length=3), "four", "L: 2 to 3 characters, not 4."),
        (labelled(type=3, options=CHOICES), ["a", "b"], "L: choose 1."),
        (labelled(type=3, options=CHOICES), ["z"], "L: choose one of: a, b, c."),
        (labelled(type=22, options=CHOICES, required=True), [], "L: choose 0 to 3."),
        (labelled(type=21, options=CHOICES), "", "L: choose one."),
        (labelled(type=5), ["8"], "L: there is no such person, channel or file here."),
    ],
)
def test_a_wrongly_filled_field_is_not_submitted(part: dict[str, Any], given: Any, sentence: str) -> None:
    with pytest.raises(ClientRefusal, match=re.escape(sentence)):
        validate_dialogs.fill([part], {"c": given}, {"@you": "7"})


# Rules that need the state


@pytest.fixture
def world() -> World:
    return demo_world()


def interact(world: World, kind: int = COMMAND, message_id: int | None = None) -> state.Interaction:
    person = next(user for user in world.users.values() if not user.bot)
    channel = next(iter(world.channels))
    return world.interact(kind, person.id, channel, {"id": "1", "name": "waifu", "type": 1}, message_id)


def acknowledge(
    world: World, interaction: state.Interaction, body: Any, files: responses.Files | None = None
) -> state.Interaction:
    return responses.acknowledge(world, interaction.id, interaction.token, body, files or {})


@pytest.mark.parametrize(
    ("kind", "callback"), [(COMMAND, 6), (COMMAND, 7), (COMMAND, 8), (COMPONENT, 8), (COMMAND, 99), (COMMAND, None)]
)
def test_an_interaction_allows_only_its_own_callback_types(world: World, kind: int, callback: int | None) -> None:
    interaction = interact(world, kind)
    assert rejected(acknowledge, world, interaction, {"type": callback}) == ["type: BASE_TYPE_CHOICES"]


def test_the_data_of_an_acknowledgement_is_checked(world: World) -> None:
    assert rejected(acknowledge, world, interact(world), {"type": 5, "data": "x"}) == ["data: MODEL_TYPE_CONVERT"]
    assert rejected(acknowledge, world, interact(world), {"type": 5, "data": {"flags": "x"}}) == [
        "data.flags: NUMBER_TYPE_COERCE"
    ]
    assert rejected(acknowledge, world, interact(world), []) == ["type: BASE_TYPE_CHOICES"]


def test_an_empty_message_is_rejected(world: World) -> None:
    with pytest.raises(ApiError) as caught:
        acknowledge(world, interact(world), {"type": 4, "data": {"content": " "}})
    assert caught.value.code == 50006


def test_a_file_over_the_limit_is_rejected_and_one_at_the_limit_is_accepted(world: World) -> None:
    with pytest.raises(ApiError) as caught:
        acknowledge(world, interact(world), {"type": 4}, {0: Upload("a.png", b"x" * (10 * MIB + 1))})
    assert (caught.value.status, caught.value.code) == (413, 40005)
    acknowledge(world, interact(world), {"type": 4}, {0: Upload("a.png", b"x" * (10 * MIB))})


def test_an_edit_drops_attachments_it_does_not_list_and_unknown_ones_are_rejected(world: World) -> None:
    interaction = acknowledge(world, interact(world), {"type": 4}, {0: Upload("a.png", b"a"), 1: Upload("b.png", b"b")})
    message = world.messages[interaction.original_id or 0]
    first = message.attachments[0]
    assert len(responses.edit(world, message, {"content": "kept"}, {}).attachments) == 2
    edited = responses.edit(
        world, message, {"attachments": [{"id": str(first.id)}, {"id": 0, "filename": "c.png"}]}, {0: Upload("x", b"c")}
    )
    assert [(a.filename, a.body) for a in edited.attachments] == [("a.png", b"a"), ("c.png", b"c")]
    assert rejected(responses.edit, world, edited, {"attachments": [{"id": 7}]}, {}) == [
        "attachments.0.id: ATTACHMENT_NOT_FOUND"
    ]


def test_a_bot_that_is_only_user_installed_may_send_five_follow_ups(world: World) -> None:
    person = next(user for user in world.users.values() if not user.bot)
    channel = world.add_channel(world.add_guild("Elsewhere", person, bot_joined=False), "chat")
    interaction = world.interact(COMMAND, person.id, channel.id, {"id": "1", "name": "waifu", "type": 1})
    acknowledge(world, interaction, {"type": 4, "data": {"content": "hello"}})
    for _ in range(5):
        responses.follow_up(world, world.interactions[interaction.id], {"content": "more"}, {})
    with pytest.raises(ApiError) as caught:
        responses.follow_up(world, world.interactions[interaction.id], {"content": "more"}, {})
    assert caught.value.code == 40094


def test_a_webhook_is_unknown_until_the_interaction_is_acknowledged(world: World) -> None:
    interaction = interact(world)
    with pytest.raises(ApiError) as caught:
        responses.get_active(world, interaction.token)
    assert caught.value.code == 10015


def test_the_oldest_messages_are_dropped_and_new_ones_kept() -> None:
    world = state.demo_world()
    channel = next(iter(world.channels))
    ids = [world.post(channel, world.bot.id, content=str(i)).id for i in range(state.MAX_MESSAGES + 3)]
    assert list(world.messages) == ids[3:]


def test_old_interactions_are_dropped_except_those_that_messages_refer_to() -> None:
    world = state.demo_world()
    channel, you = next(iter(world.channels)), next(iter(world.users))
    used = world.interact(COMMAND, you, channel, {"name": "waifu", "type": 1})
    world.post(channel, world.bot.id, interaction_id=used.id)
    ids = [world.interact(state.AUTOCOMPLETE, you, channel, {}).id for _ in range(3 * state.MAX_INTERACTIONS)]
    assert len(world.interactions) <= state.MAX_INTERACTIONS
    assert {used.id, *ids[-1000:]} <= world.interactions.keys()


def test_messages_with_large_files_are_dropped_sooner(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(state, "MAX_FILES_BYTES", 100)
    monkeypatch.setattr(state, "MAX_UPLOADS_BYTES", 100)
    world = state.demo_world()
    files = [state.Attachment(n, f"{n}.png", b"x" * 40, "image/png") for n in range(5)]
    for file in files:
        world.add_upload(file)
        world.post(next(iter(world.channels)), world.bot.id, attachments=(file,))
    assert list(world.uploads) == [3, 4]
    assert [message.attachments[0].id for message in world.messages.values()] == [3, 4]


def test_components_may_only_show_files_that_the_message_has(world: World) -> None:
    picture = {"type": 12, "items": [{"media": {"url": "attachment://a.png"}}]}
    channel, body = next(iter(world.channels)), {"flags": 1 << 15, "components": [picture]}
    assert responses.send(world, channel, body, {0: Upload("a.png", b"x")}).components
    with pytest.raises(ApiError) as caught:
        responses.send(world, channel, body, {0: Upload("b.png", b"x")})
    where = "components.0.items.0.media.url: UNFURLED_MEDIA_ITEM_REFERENCED_ATTACHMENT_NOT_FOUND"
    assert paths(caught.value.errors or {}) == [where]
