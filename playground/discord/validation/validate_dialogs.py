"""Validates modal dialogs as Discord does, and a person's input in them as Discord's client does.

Does no I/O and knows nothing about the state. The limits are from Discord's public API documentation (components
reference), version 10.
"""

from collections.abc import Callable, Mapping, Sequence
from typing import Any

from playground.discord.errors import ClientRefusal
from playground.discord.state import Json
from playground.discord.validation.validate_messages import (
    CUSTOM_ID,
    ENTITY_MENU,
    MENU,
    TEXT,
    custom_ids_differ,
    raise_problems,
)
from playground.discord.validation.validators import (
    Path,
    Problems,
    Rule,
    boolean,
    by_type,
    every,
    many,
    one_of,
    record,
    repeated,
    text,
    whole,
)

# Component types.
ROW, STRING_SELECT, TEXT_INPUT, TEXT_DISPLAY, LABEL, FILE_UPLOAD = 1, 3, 4, 10, 18, 19
RADIO_GROUP, CHECKBOX_GROUP, CHECKBOX = 21, 22, 23
ENTITY_SELECTS = (5, 6, 7, 8)  # menus of people, of roles, of both, and of channels


def _ordered(low_name: str, high_name: str) -> Rule:
    def check(value: Any, path: Path, problems: Problems) -> None:
        low, high = value.get(low_name), value.get(high_name)
        if isinstance(low, int) and isinstance(high, int) and low > high:
            problems.add((*path, low_name), "COMPONENT_MIN_EXCEEDS_MAX", f"{low_name} cannot exceed {high_name}")

    return check


def _values_differ(value: Any, path: Path, problems: Problems) -> None:
    for i in repeated(str(option.get("value")) for option in value.get("options") or () if isinstance(option, dict)):
        problems.add(
            (*path, "options", i, "value"), "COMPONENT_OPTION_VALUE_DUPLICATED", "The specified value is already used"
        )


def _value_fits(value: Any, path: Path, problems: Problems) -> None:
    most = value.get("max_length") or 4000
    if isinstance(value.get("value"), str) and isinstance(most, int) and len(value["value"]) > most:
        problems.add((*path, "value"), "BASE_TYPE_MAX_LENGTH", f"Must be {most} or fewer in length.")


_OPTION = record({"label": text(1, 100), "value": text(1, 100)}, {"description": text(0, 100), "default": boolean})
_VALUES_ORDERED = _ordered("min_values", "max_values")
_TEXT_INPUT = record(
    {"custom_id": CUSTOM_ID, "style": one_of(1, 2)},
    {
        "label": text(1, 45),
        "min_length": whole(0, 4000),
        "max_length": whole(1, 4000),
        "required": boolean,
        "value": text(0, 4000),
        "placeholder": text(0, 100),
    },
    _ordered("min_length", "max_length"),
    _value_fits,
)
_UPLOAD = record(
    {"custom_id": CUSTOM_ID},
    {"min_values": whole(0, 10), "max_values": whole(1, 10), "required": boolean},
    _VALUES_ORDERED,
)
_RADIO_GROUP = record({"custom_id": CUSTOM_ID, "options": many(_OPTION, 2, 10)}, {"required": boolean}, _values_differ)
_CHECKBOX_GROUP = record(
    {"custom_id": CUSTOM_ID, "options": many(_OPTION, 1, 10)},
    {"min_values": whole(0, 10), "max_values": whole(1, 10), "required": boolean},
    _VALUES_ORDERED,
    _values_differ,
)
_CHECKBOX = record({"custom_id": CUSTOM_ID}, {"default": boolean})
_FIELD = by_type(
    {
        STRING_SELECT: MENU,
        TEXT_INPUT: _TEXT_INPUT,
        FILE_UPLOAD: _UPLOAD,
        RADIO_GROUP: _RADIO_GROUP,
        CHECKBOX_GROUP: _CHECKBOX_GROUP,
        CHECKBOX: _CHECKBOX,
    }
    | dict.fromkeys(ENTITY_SELECTS, ENTITY_MENU)
)
_PARTS: dict[int, Rule] = {
    ROW: record({"components": many(by_type({TEXT_INPUT: record({"label": text(1, 45)}, {}, _TEXT_INPUT)}), 1, 1)}),
    TEXT_DISPLAY: TEXT,
    LABEL: record({"label": text(1, 45), "component": _FIELD}, {"description": text(0, 100)}),
}
_DIALOG = record(
    {"custom_id": CUSTOM_ID, "title": text(1, 45), "components": every(many(by_type(_PARTS), 1, 5), custom_ids_differ)}
)


def check_dialog(data: Any) -> None:
    """Check a modal dialog. Raises ApiError 50035 if it is invalid; the error names every bad field."""
    problems = Problems()
    _DIALOG(data, ("data",), problems)
    raise_problems(problems)


# Filling in a dialog


def fill(components: Sequence[Json], given: Mapping[str, Any], names: Mapping[str, str] | None = None) -> list[Json]:
    """Return a dialog's components as Discord's client submits them.

    ``given`` maps a custom_id to what was filled in: a text, a list of values, or true or false.
    ``names`` maps "@somebody", "#somewhere" or the name of a file to an id.
    Raises ClientRefusal if Discord's client would refuse to submit them.
    """
    return [_part(part, given, names or {}) for part in components]


def _part(part: Json, given: Mapping[str, Any], names: Mapping[str, str]) -> Json:
    sent = {"type": part["type"], "id": part.get("id", 0)}
    if part["type"] == ROW:
        return sent | {"components": [_field(item, item["label"], given, names) for item in part["components"]]}
    if part["type"] == LABEL:
        return sent | {"component": _field(part["component"], part["label"], given, names)}
    return sent


def _field(item: Json, label: str, given: Mapping[str, Any], names: Mapping[str, str]) -> Json:
    read = _READ.get(item["type"], _read_named)
    value = read(item, label, given.get(item["custom_id"]), names)
    return {"type": item["type"], "id": item.get("id", 0), "custom_id": item["custom_id"], **value}


def _labels(item: Json) -> str:
    return ", ".join(option["label"] for option in item["options"])


def _or(value: Any, otherwise: Any) -> Any:
    return otherwise if value is None else value  # a field that is null counts as omitted


def _read_text(item: Json, label: str, given: Any, names: Mapping[str, str]) -> Json:
    typed = str(item.get("value") or "" if given is None else given)
    low, high = item.get("min_length") or 0, item.get("max_length") or 4000
    if not typed and item.get("required") is not False:
        raise ClientRefusal("{label}: this must be filled in.", label=label)
    if typed and not low <= len(typed) <= high:
        raise ClientRefusal(
            "{label}: {low} to {high} characters, not {given}.", label=label, low=low, high=high, given=len(typed)
        )
    return {"value": typed}


def _values(item: Json, label: str, given: Any, fewest: int) -> list[str]:
    """Return the values given for a field, or its default values if ``given`` is None.

    ``fewest`` is the minimum number of values if the field sets no minimum. An optional field may also be left empty.
    Raises ClientRefusal if there are too few, too many or repeated values.
    """
    preset = [option["value"] for option in item.get("options") or () if option.get("default")]
    values = [str(value) for value in (preset if given is None else given)]
    low, high = _or(item.get("min_values"), fewest), _or(item.get("max_values"), 1)
    if not values and item.get("required") is False:
        return []
    if not max(low, item.get("required") is True) <= len(values) <= high or len(set(values)) != len(values):
        if low == high:
            raise ClientRefusal("{label}: choose {low}.", label=label, low=low)
        raise ClientRefusal("{label}: choose {low} to {high}.", label=label, low=low, high=high)
    return values


def _read_choices(item: Json, label: str, given: Any, names: Mapping[str, str]) -> Json:
    if item["type"] == CHECKBOX_GROUP and item.get("max_values") is None:
        item = item | {"max_values": len(item["options"])}
    values = _values(item, label, given, 0 if item["type"] == CHECKBOX_GROUP else 1)
    if not set(values) <= {option["value"] for option in item["options"]}:
        raise ClientRefusal("{label}: choose one of: {known}.", label=label, known=_labels(item))
    return {"values": values}


def _read_named(item: Json, label: str, given: Any, names: Mapping[str, str]) -> Json:
    values = [names.get(value, value) for value in _values(item, label, given or (), 1)]
    if not set(values) <= set(names.values()):
        raise ClientRefusal("{label}: there is no such person, channel or file here.", label=label)
    return {"values": values}


def _read_radio(item: Json, label: str, given: Any, names: Mapping[str, str]) -> Json:
    preset = next((option["value"] for option in item["options"] if option.get("default")), None)
    value = preset if given is None else (str(given) or None)
    if value is None and item.get("required") is not False:
        raise ClientRefusal("{label}: choose one.", label=label)
    if value is not None and value not in {option["value"] for option in item["options"]}:
        raise ClientRefusal("{label}: choose one of: {known}.", label=label, known=_labels(item))
    return {"value": value}


def _read_checkbox(item: Json, label: str, given: Any, names: Mapping[str, str]) -> Json:
    return {"value": bool(item.get("default") if given is None else given)}


_READ: Mapping[int, Callable[[Json, str, Any, Mapping[str, str]], Json]] = {
    TEXT_INPUT: _read_text,
    STRING_SELECT: _read_choices,
    CHECKBOX_GROUP: _read_choices,
    RADIO_GROUP: _read_radio,
    CHECKBOX: _read_checkbox,
}
