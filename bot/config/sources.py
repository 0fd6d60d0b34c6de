"""Reads the settings from a TOML file and the environment, and warns of what is old or unknown there.

The environment variable WAIFUBOT_<NAME> overrides the TOML file, and the TOML file overrides the default.
"""

import tomllib
from collections.abc import Iterator, Mapping
from dataclasses import Field, dataclass, fields
from pathlib import Path
from typing import Any

from bot.config.settings import Settings
from bot.config.token import TOKEN_VARIABLES
from bot.config.values import read_path
from bot.errors import BadSettings

PREFIX = "WAIFUBOT_"
DEFAULT_FILE = "config.toml"
ENVIRONMENT = "the environment"
OLD_NAMES = {"max_line": "max_queue"}  # old name of a setting -> current name; both can be used
OLD_VALUES = {("backend", "compile"): "auto"}  # (setting, value that was removed) -> value used instead


def load(file: Path | None, environ: Mapping[str, str]) -> Settings:
    """Read the settings from a file and the environment. The default file is ./config.toml, if it exists.

    Raises BadSettings if the file cannot be read, it names an unknown setting, or a value is not allowed. The error
    says what is allowed. Unknown variables of the environment are ignored (see warn_of_unknown_variables).
    """
    known = {setting.name: setting for setting in fields(Settings)}
    values: dict[str, Any] = {}
    old_values: dict[str, Any] = {}
    for assignment in _read_assignments(file, environ):
        setting = known.get(OLD_NAMES.get(assignment.name, assignment.name))
        if setting is None and assignment.place == ENVIRONMENT:
            continue  # Kubernetes, for one, sets variables for each service; main() warns of it
        if setting is None:
            raise _unknown(assignment, known)
        target = old_values if assignment.name in OLD_NAMES else values
        target[setting.name] = _read(setting, assignment)
    return Settings(**old_values | values)


def warn_of_old_settings(file: Path | None, environ: Mapping[str, str]) -> Iterator[str]:
    """Yield a warning for each setting that uses an old name or an old value.

    If both the old and the new name are given, the value under the new name is used.
    """
    assignments = list(_read_assignments(file, environ))
    names = {assignment.name for assignment in assignments}
    for old, new in OLD_NAMES.items():
        if old in names and new in names:
            yield f"the setting {old} is ignored: it is now called {new}, which is given too; please remove {old}"
        elif old in names:
            yield f"the setting {old} is now called {new}; please rename it"
    for assignment in assignments:
        if (today := _value_today(assignment)) != assignment.value:
            yield f"{assignment.name} = {assignment.value} is gone and means {today} now; please change it"


def warn_of_unknown_variables(environ: Mapping[str, str]) -> Iterator[str]:
    """Yield a warning for each variable WAIFUBOT_... that names no setting."""
    known = {setting.name for setting in fields(Settings)} | OLD_NAMES.keys()
    for variable in sorted(environ):
        name = variable.removeprefix(PREFIX).lower()
        if variable.startswith(PREFIX) and variable not in TOKEN_VARIABLES and name not in known:
            yield f"the variable {variable} is ignored: there is no such setting"


@dataclass(frozen=True)
class _Assignment:
    """One value for one setting, as given in the TOML file or the environment."""

    name: str  # name of the setting, possibly an old one
    value: object  # as written, not checked yet
    label: str  # the name as written, e.g. the name of the environment variable
    place: str  # where it was written, for error sentences


def _read_assignments(file: Path | None, environ: Mapping[str, str]) -> Iterator[_Assignment]:
    """Yield the values from the TOML file, then the values from the environment.

    Raises BadSettings if the file cannot be read.
    """
    for name, value in _read_toml(file).items():
        yield _Assignment(name, value, name, str(file or DEFAULT_FILE))
    for variable, text in environ.items():
        if variable.startswith(PREFIX) and variable not in TOKEN_VARIABLES:
            yield _Assignment(variable.removeprefix(PREFIX).lower(), text, variable, ENVIRONMENT)


def _read_toml(file: Path | None) -> dict[str, Any]:
    try:
        path = Path(read_path(str(file or DEFAULT_FILE)))
    except ValueError as error:
        raise BadSettings(setting="--config", place="the command line", problem=str(error)) from None
    try:
        with path.open("rb") as opened:
            return tomllib.load(opened)
    except FileNotFoundError:
        if file is None:
            return {}
        raise BadSettings(setting="--config", place="the command line", problem=f"there is no file {file}") from None
    except (OSError, ValueError) as error:  # TOML and UTF-8 errors are ValueErrors
        raise BadSettings(setting="--config", place=str(path), problem=f"it cannot be read as TOML ({error})") from None


def _unknown(assignment: _Assignment, known: Mapping[str, object]) -> BadSettings:
    problem = "there is no such setting; there are " + ", ".join(known)
    if assignment.label.lower() in ("token", "discord_token"):
        problem = "a token is never written there; use token_file or WAIFUBOT_TOKEN"
    return BadSettings(setting=assignment.label, place=assignment.place, problem=problem)


def _value_today(assignment: _Assignment) -> object:
    value = assignment.value
    return OLD_VALUES.get((assignment.name, value), value) if isinstance(value, str) else value


def _read(setting: "Field[Any]", assignment: _Assignment) -> Any:
    try:
        return setting.metadata["read"](_value_today(assignment))
    except ValueError as error:
        raise BadSettings(setting=assignment.name, place=assignment.place, problem=str(error)) from None
