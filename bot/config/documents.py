"""Writes the documents that list every setting: config.example.toml and docs/settings.md.

Knows the settings only by what they say of themselves.
"""

from dataclasses import Field, fields
from typing import Any

from bot.config.settings import Settings, default_of


def render_example() -> str:
    """Return the text of config.example.toml: every setting with its help and its default, commented out."""
    head = """\
# Settings of waifubot. Copy this file to config.toml, remove the # before a line and change its value.
# Each can also be set in the environment, e.g. WAIFUBOT_MAX_QUEUE=50. The token goes only there or into token_file.
"""
    return head + "".join(f"\n# {s.metadata['help']}.\n#{s.name} = {_default(s)}\n" for s in fields(Settings))


def render_page() -> str:
    """Return the text of docs/settings.md: a table of every setting with its default and its help."""
    head = """\
# Settings

Copy `config.example.toml` to `config.toml` and change what you want. Each setting can also be given in the
environment, in capitals after `WAIFUBOT_`, e.g. `WAIFUBOT_MAX_QUEUE=50`; the environment wins. The token goes into
`token_file` or the variable `WAIFUBOT_TOKEN`, which wins.

| setting | default | |
|---|---|---|
"""
    rows = ((s.name, _default(s), s.metadata["help"]) for s in fields(Settings))
    return head + "".join(f"| `{name}` | `{default}` | {help} |\n" for name, default, help in rows)


def _default(setting: "Field[Any]") -> str:
    return setting.metadata["example"] or _toml(default_of(setting))


def _toml(value: object) -> str:
    if isinstance(value, bool):
        return str(value).lower()
    if isinstance(value, tuple):
        return "[" + ", ".join(map(_toml, value)) + "]"
    return f'"{value}"' if isinstance(value, str) else str(value)
