"""Small rules for JSON bodies, and their report in the shape of Discord's error 50035. Pure.

Does not know any Discord object: the tables of the other modules say what is checked.

A rule checks one value and adds what is wrong to the Problems, under the value's path.
"""

import re
from collections.abc import Callable, Iterable, Mapping
from typing import Any

Path = tuple[str | int, ...]


class Problems:
    """The problems of a body, as Discord nests them: {"data": {"content": {"_errors": [{"code", "message"}]}}}."""

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
    """Accept a string of low to high characters that matches ``pattern`` in full."""
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
    """Accept a number (or only a whole one) from low to high."""

    def check(value: Any, path: Path, problems: Problems) -> None:
        if isinstance(value, bool) or not isinstance(value, int if whole else (int, float)):
            problems.add(path, "NUMBER_TYPE_COERCE", f'Value "{value}" is not {"int" if whole else "number"}.')
        elif value < low:
            problems.add(path, "NUMBER_TYPE_MIN", f"Value should be greater than or equal to {low}.")
        elif value > high:
            problems.add(path, "NUMBER_TYPE_MAX", f"Value should be less than or equal to {high}.")

    return check


def whole(low: int, high: int) -> Rule:
    """Accept a whole number from low to high."""
    return number(low, high, whole=True)


def boolean(value: Any, path: Path, problems: Problems) -> None:
    """Accept true or false."""
    if not isinstance(value, bool):
        problems.add(path, "BOOLEAN_TYPE_CONVERT", "Must be either true or false.")


def snowflake(value: Any, path: Path, problems: Problems) -> None:
    """Accept an id: a number, or a string of digits."""
    if not re.fullmatch(r"\d{1,20}", str(value)):
        problems.add(path, "NUMBER_TYPE_COERCE", f'Value "{value}" is not snowflake.')


def anything(value: Any, path: Path, problems: Problems) -> None:
    """Accept any value."""


def one_of(*values: Any) -> Rule:
    """Accept one of these values."""
    listed = ", ".join(repr(value) for value in values)

    def check(value: Any, path: Path, problems: Problems) -> None:
        if value not in values or isinstance(value, bool):
            problems.add(path, "BASE_TYPE_CHOICES", f"Value must be one of {{{listed}}}.")

    return check


def many(rule: Rule, low: int, high: int) -> Rule:
    """Accept a list of low to high items that each satisfy ``rule``."""

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
    """Accept an object with required fields, optional ones (null counts as omitted), and rules for the whole object."""

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
    """Accept an object by the rule for its ``type``; types that are not in the table are rejected."""

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
    """Apply all of these rules."""

    def check(value: Any, path: Path, problems: Problems) -> None:
        for rule in rules:
            rule(value, path, problems)

    return check


def repeated(values: Iterable[Any]) -> list[int]:
    """Return the positions of values that occurred before."""
    seen: set[Any] = set()
    positions = []
    for i, value in enumerate(values):
        if value in seen:
            positions.append(i)
        seen.add(value)
    return positions
