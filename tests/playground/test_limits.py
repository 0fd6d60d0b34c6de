"""Tests that the stand-in's limits are Discord's own, as its published API description states them.

The numbers stand in tests/fixtures/discord_limits.json with their source. Each is tried: a body at the limit is
accepted, and one beyond it is rejected.
"""

import json
from collections.abc import Callable, Iterator
from typing import Any

import pytest
from project_paths import FIXTURES, SHARED

from playground.discord.errors import ApiError
from playground.discord.validation import validate_commands, validate_dialogs, validate_messages

Json = dict[str, Any]
LIMITS: dict[str, int] = json.loads((FIXTURES / "discord_limits.json").read_text(encoding="utf-8"))["limits"]
MODERN = 1 << 15  # the flag of a message made of components


def row(*children: Json) -> Json:
    return {"type": 1, "components": list(children)}


def button(**fields: Any) -> Json:
    return {"type": 2, "style": 2, "label": "A", "custom_id": "a"} | fields


def menu(count: int = 1, **fields: Any) -> Json:
    options = [{"label": str(i), "value": str(i)} for i in range(count)]
    return {"type": 3, "custom_id": "m", "options": options} | fields


def option_of_a_menu(**fields: Any) -> Json:
    return menu() | {"options": [{"label": "L", "value": "V"} | fields]}


def message(part: Json) -> Json:
    return {"components": [row(part)]}


def modern(*parts: Json) -> Json:
    return {"flags": MODERN, "components": list(parts)}


def dialog(**fields: Any) -> Json:
    return {"custom_id": "d", "title": "T", "components": [label_of(text_input())]} | fields


def label_of(component: Json, **fields: Any) -> Json:
    return {"type": 18, "label": "L", "component": component} | fields


def text_input(**fields: Any) -> Json:
    return {"type": 4, "style": 1, "custom_id": "t"} | fields


def command(**fields: Any) -> list[Json]:
    return [{"name": "name", "description": "words", "type": 1} | fields]


def option(i: int = 0, **fields: Any) -> Json:
    return {"type": 3, "name": f"o{i}", "description": "words"} | fields


def choice(i: int = 0, **fields: Any) -> Json:
    return {"name": f"c{i}", "value": f"v{i}"} | fields


def check_modern(body: Json) -> None:
    validate_messages.check_message(body, modern=True)


def check_choices(body: Json) -> None:
    validate_commands.check_choices(body, 3)


Check = Callable[[Any], None]
MESSAGE, DIALOG, COMMANDS = (
    validate_messages.check_message,
    validate_dialogs.check_dialog,
    validate_commands.check_commands,
)
# What is as large as a number says, and who checks it.
TRIED: dict[str, tuple[Check, Callable[[int], Any]]] = {
    "MessageCreateRequest.embeds.maxItems": (MESSAGE, lambda n: {"embeds": [{"title": "T"}] * n}),
    "RichEmbed.title.maxLength": (MESSAGE, lambda n: {"embeds": [{"title": "x" * n}]}),
    "RichEmbed.description.maxLength": (MESSAGE, lambda n: {"embeds": [{"description": "x" * n}]}),
    "RichEmbed.fields.maxItems": (
        MESSAGE,
        lambda n: {"embeds": [{"fields": [{"name": "N", "value": "V"} for _ in range(n)]}]},
    ),
    "RichEmbedField.name.maxLength": (MESSAGE, lambda n: {"embeds": [{"fields": [{"name": "x" * n, "value": "V"}]}]}),
    "RichEmbedField.value.maxLength": (MESSAGE, lambda n: {"embeds": [{"fields": [{"name": "N", "value": "x" * n}]}]}),
    "RichEmbedFooter.text.maxLength": (MESSAGE, lambda n: {"embeds": [{"footer": {"text": "x" * n}}]}),
    "RichEmbedAuthor.name.maxLength": (MESSAGE, lambda n: {"embeds": [{"author": {"name": "x" * n}}]}),
    "ActionRowComponentForMessageRequest.components.maxItems": (
        MESSAGE,
        lambda n: {"components": [row(*(button(custom_id=str(i)) for i in range(n)))]},
    ),
    "ButtonComponentForMessageRequest.custom_id.maxLength": (MESSAGE, lambda n: message(button(custom_id="x" * n))),
    "ButtonComponentForMessageRequest.label.maxLength": (MESSAGE, lambda n: message(button(label="x" * n))),
    "StringSelectComponentForMessageRequest.options.maxItems": (MESSAGE, lambda n: message(menu(n))),
    "StringSelectComponentForMessageRequest.placeholder.maxLength": (
        MESSAGE,
        lambda n: message(menu(placeholder="x" * n)),
    ),
    "StringSelectComponentForMessageRequest.custom_id.maxLength": (MESSAGE, lambda n: message(menu(custom_id="x" * n))),
    "StringSelectOptionForRequest.label.maxLength": (MESSAGE, lambda n: message(option_of_a_menu(label="x" * n))),
    "StringSelectOptionForRequest.value.maxLength": (MESSAGE, lambda n: message(option_of_a_menu(value="x" * n))),
    "StringSelectOptionForRequest.description.maxLength": (
        MESSAGE,
        lambda n: message(option_of_a_menu(description="x" * n)),
    ),
    "MessageAttachmentRequest.description.maxLength": (
        MESSAGE,
        lambda n: {"attachments": [{"id": "0", "filename": "f", "description": "x" * n}]},
    ),
    "SectionComponentForMessageRequest.components.maxItems": (
        check_modern,
        lambda n: modern({"type": 9, "components": [{"type": 10, "content": "t"}] * n, "accessory": button()}),
    ),
    "MediaGalleryComponentForMessageRequest.items.maxItems": (
        check_modern,
        lambda n: modern({"type": 12, "items": [{"media": {"url": f"https://e.org/{i}"}} for i in range(n)]}),
    ),
    "ModalInteractionCallbackRequestData.title.maxLength": (DIALOG, lambda n: dialog(title="x" * n)),
    "ModalInteractionCallbackRequestData.custom_id.maxLength": (DIALOG, lambda n: dialog(custom_id="x" * n)),
    "LabelComponentForModalRequest.label.maxLength": (
        DIALOG,
        lambda n: dialog(components=[label_of(text_input(), label="x" * n)]),
    ),
    "LabelComponentForModalRequest.description.maxLength": (
        DIALOG,
        lambda n: dialog(components=[label_of(text_input(), description="x" * n)]),
    ),
    "TextInputComponentForModalRequest.placeholder.maxLength": (
        DIALOG,
        lambda n: dialog(components=[label_of(text_input(placeholder="x" * n))]),
    ),
    "TextInputComponentForModalRequest.value.maxLength": (
        DIALOG,
        lambda n: dialog(components=[label_of(text_input(style=2, value="x" * n))]),
    ),
    "TextInputComponentForModalRequest.max_length.maximum": (
        DIALOG,
        lambda n: dialog(components=[label_of(text_input(max_length=n))]),
    ),
    "ApplicationCommandCreateRequest.name.maxLength": (COMMANDS, lambda n: command(name="x" * n)),
    "ApplicationCommandCreateRequest.description.maxLength": (COMMANDS, lambda n: command(description="x" * n)),
    "ApplicationCommandCreateRequest.options.maxItems": (
        COMMANDS,
        lambda n: command(options=[option(i) for i in range(n)]),
    ),
    "ApplicationCommandOptionStringChoice.name.maxLength": (
        COMMANDS,
        lambda n: command(options=[option(choices=[choice(name="x" * n)])]),
    ),
    "InteractionApplicationCommandAutocompleteCallbackStringData.choices.maxItems": (
        check_choices,
        lambda n: {"choices": [choice(i) for i in range(n)]},
    ),
}


def numbers_of(description: Json) -> Iterator[tuple[str, int]]:
    """Yield the tried limits as an OpenAPI description states them."""
    for name in TRIED:
        schema, field, kind = name.split(".")
        yield name, description["components"]["schemas"][schema]["properties"][field][kind]


def test_every_number_of_the_fixture_is_tried() -> None:
    assert LIMITS.keys() == TRIED.keys()


@pytest.mark.parametrize("name", TRIED)
def test_a_limit_is_discords(name: str) -> None:
    check, build = TRIED[name]
    check(build(LIMITS[name]))
    with pytest.raises(ApiError) as caught:
        check(build(LIMITS[name] + 1))
    assert caught.value.code == 50035


@pytest.mark.skipif(not (SHARED / "discord" / "openapi.json").exists(), reason="the whole description is not here")
def test_the_numbers_are_those_of_the_published_description() -> None:
    description = json.loads((SHARED / "discord" / "openapi.json").read_text(encoding="utf-8"))
    assert dict(numbers_of(description)) == LIMITS
