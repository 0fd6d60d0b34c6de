"""What commands and options were called in earlier versions: a Discord client with an old list still sends these names.

Knows nothing about what they do.
"""

from typing import Any

# Commands that are sub-commands of /waifubot today.
MOVED = frozenset(("help", "status", "queue", "cancel", "model"))
# Option -> its name today, with the same values.
RENAMED = {"psi": "wildness"}


def use_names_of_today(data: Any) -> None:
    """Give the options in the data of a command's interaction the names that they have today."""
    for option in data.get("options", ()):
        option["name"] = RENAMED.get(option["name"], option["name"])
        use_names_of_today(option)
