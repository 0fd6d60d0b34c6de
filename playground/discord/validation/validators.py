"""Basic rules for checking JSON bodies, and the problems that they find, in the form of Discord's error 50035.

Knows nothing about particular Discord objects; the other modules combine these rules in tables. A rule checks one value
and adds what is wrong with it to the Problems, under the value's path.
"""

import re
from collections.abc import Callable, Iterable, Mapping
from typing import Any

Path = tuple[str | int, ...]


class Problems:
    """The problems found in a body.

    ``tree`` holds them as Discord nests them: {"data": {"content": {"_errors": [{"code", "message"}]}}}.
    """

    def __init__(self) -> None:
        self.tree: dict[str, Any] = {}

    def add(self, path: Path, code: str, message: str) -> None:
        """Add one problem at ``path``."""
        node = self.tree
        for step in path:
            node = node.setdefault(str(step), {})
        node.setdefault("_errors", []).append({"code": code, "message": message})

    def __bool__(self) -> bool:
        return bool(self.tree)


Rule = Callable[[Any, Path, Problems], None]


def text(low: int, high: int, pattern: str | None = None, code: str = "STRING_TYPE_REGEX") -> Rule:
    """Return a rule for a string of ``low`` to ``high`` characters.

    If ``pattern`` is given, the whole string must match it. A string that does not is reported with ``code``.
    """
    compiled = re.compile(pattern) if pattern else None

    def check(value: Any, path: Path, problems: Problems) -> None:
        if not isinstance(value, str):
            problems.add(path, "STRING_TYPE_CONVERT", f'Could not interpret "{value}" as string.')
        elif not low <= len(value) <= high:
            if low:
                problems.add(path, "BASE_TYPE_BAD_LENGTH", f"Must be between {low} and {high} in length.")
            else:
                problems.add(path, "BASE_TYPE_MAX_LENGTH", f"Must be {high} or fewer in length.")
        elif compiled and not compiled.fullmatch(value):
            problems.add(path, code, "String value did not match validation regex.")

    return check


def number(low: float, high: float, whole: bool = False) -> Rule:
    """Return a rule for a number from ``low`` to ``high``. If ``whole`` is true, only whole numbers pass."""

    def check(value: Any, path: Path, problems: Problems) -> None:
        if isinstance(value, bool) or not isinstance(value, int if whole else (int, float)):
            problems.add(path, "NUMBER_TYPE_COERCE", f'Value "{value}" is not {"int" if whole else "number"}.')
        elif value < low:
            problems.add(path, "NUMBER_TYPE_MIN", f"Value should be greater than or equal to {low}.")
        elif value > high:
            problems.add(path, "NUMBER_TYPE_MAX", f"Value should be less than or equal to {high}.")

    return check


def whole(low: int, high: int) -> Rule:
    """Return a rule for a whole number from ``low`` to ``high``."""
    return number(low, high, whole=True)


def boolean(value: Any, path: Path, problems: Problems) -> None:
    """Rule that accepts true or false."""
    if not isinstance(value, bool):
        problems.add(path, "BOOLEAN_TYPE_CONVERT", "Must be either true or false.")


def snowflake(value: Any, path: Path, problems: Problems) -> None:
    """Rule that accepts an id, as a number or as a string of digits."""
    if not re.fullmatch(r"\d{1,20}", str(value)):
        problems.add(path, "NUMBER_TYPE_COERCE", f'Value "{value}" is not snowflake.')


def anything(value: Any, path: Path, problems: Problems) -> None:
    """Rule that accepts any value."""


def one_of(*values: Any) -> Rule:
    """Return a rule for a value that is one of ``values``."""
    listed = ", ".join(repr(value) for value in values)

    def check(value: Any, path: Path, problems: Problems) -> None:
        if value not in values or isinstance(value, bool):
            problems.add(path, "BASE_TYPE_CHOICES", f"Value must be one of {{{listed}}}.")

    return check


def many(rule: Rule, low: int, high: int) -> Rule:
    """Return a rule for a list of ``low`` to ``high`` items that checks each item with ``rule``."""

    def check(value: Any, path: Path, problems: Problems) -> None:
        if not isinstance(value, list):
            problems.add(path, "LIST_TYPE_CONVERT", "Only iterables may be used in a ListType")
            return
        if not low <= len(value) <= high:
            if low:
                problems.add(path, "BASE_TYPE_BAD_LENGTH", f"Must be between {low} and {high} in length.")
            else:
                problems.add(path, "BASE_TYPE_MAX_LENGTH", f"Must be {high} or fewer in length.")
        for i, item in enumerate(value):
            rule(item, (*path, i), problems)

    return check


def record(required: Mapping[str, Rule], optional: Mapping[str, Rule] | None = None, *also: Rule) -> Rule:
    """Return a rule for an object. ``required`` and ``optional`` hold a rule for the value of each field.

    A field that is null counts as omitted. The rules in ``also`` are applied to the object as a whole.
    """

    def check(value: Any, path: Path, problems: Problems) -> None:
        if not isinstance(value, dict):
            problems.add(path, "MODEL_TYPE_CONVERT", "Only dictionaries may be used in a ModelType")
            return
        for name, rule in required.items():
            if value.get(name) is None:
                problems.add((*path, name), "BASE_TYPE_REQUIRED", "This field is required")
            else:
                rule(value[name], (*path, name), problems)
        for name, rule in (optional or {}).items():
            if value.get(name) is not None:
                rule(value[name], (*path, name), problems)
        for rule in also:
            rule(value, path, problems)

    return check


def by_type(table: Mapping[int, Rule], field: str = "type") -> Rule:
    """Return a rule that looks up the object's type in ``table`` and applies the rule found there.

    ``field`` is the name of the field that holds the type. An object whose type is not in the table is rejected.
    """

    def check(value: Any, path: Path, problems: Problems) -> None:
        if not isinstance(value, dict):
            problems.add(path, "MODEL_TYPE_CONVERT", "Only dictionaries may be used in a ModelType")
            return
        kind = value.get(field)
        rule = table.get(kind) if isinstance(kind, int) and not isinstance(kind, bool) else None
        if rule is None:
            known = ", ".join(map(str, table))
            problems.add((*path, field), "UNION_TYPE_CHOICES", f'Value of field "{field}" must be one of ({known}).')
        else:
            rule(value, path, problems)

    return check


def every(*rules: Rule) -> Rule:
    """Return a rule that applies all of ``rules`` to a value."""

    def check(value: Any, path: Path, problems: Problems) -> None:
        for rule in rules:
            rule(value, path, problems)

    return check


def repeated(values: Iterable[Any]) -> list[int]:
    """Return the position in ``values`` of each value that also occurs earlier."""
    seen: set[Any] = set()
    positions = []
    for i, value in enumerate(values):
        if value in seen:
            positions.append(i)
        seen.add(value)
    return positions
