"""/waifubot help: shows every command, with its picture if bot/commands/pictures/ has one, ten pictures in a message.

The names come from the command tree, and the descriptions from the texts help-<command>.
"""

import asyncio
import io
import logging
from collections.abc import Mapping, Sequence
from functools import partial
from pathlib import Path
from typing import Any

import aiofiles
import discord
from discord import app_commands

from bot.delivery import respond
from bot.delivery.services import Services
from bot.discord_api import MAX_FILES, UNREACHABLE, Interaction
from bot.i18n import texts
from bot.recipes.kinds import PRESENTATIONS

log = logging.getLogger(__name__)

PICTURES = Path(__file__).parent / "pictures"
UNPICTURED = frozenset(kind for kind, row in PRESENTATIONS.items() if not row.pictured)
PICTURED = frozenset(path.stem for path in PICTURES.glob("*.webp")) - UNPICTURED
MENTIONS_S = 1.0  # how long to wait for the commands' ids; Discord waits only 3 s for the answer


def build_command(_: Services) -> app_commands.Command[Any, ..., None]:
    """Build the /waifubot help command."""

    @app_commands.command()
    async def help(interaction: Interaction) -> None:
        """Show what this bot can do, with a picture of each command."""
        t = texts.for_locale(str(interaction.locale))
        pages, others = divide(_names(interaction))
        mentions = await _mentions(interaction)
        for number, pictured in enumerate(pages):
            pictures = {name: await _read(PICTURES / f"{name}.webp") for name in map(subject, pictured)}
            last = number == len(pages) - 1
            view = page(pictured, others if last else None, t, mentions, first=number == 0)
            await respond.send(interaction, view=view, files=partial(_files, pictures, t))

    return help


def subject(name: str) -> str:
    """Return the word by which texts and pictures of a command are called: that of "waifubot queue" is "queue"."""
    return name.rpartition(" ")[2]


def divide(names: Sequence[str]) -> tuple[list[list[str]], list[str]]:
    """Divide the commands into those that are shown with a picture, one list for each message, and the others.

    A message can hold no more than MAX_FILES files.
    """
    pictured = [name for name in names if subject(name) in PICTURED]
    pages = [pictured[start : start + MAX_FILES] for start in range(0, len(pictured), MAX_FILES)] or [[]]
    return pages, [name for name in names if subject(name) not in PICTURED]


def page(
    pictured: Sequence[str],
    others: Sequence[str] | None,
    t: texts.Texts,
    mentions: Mapping[str, str],
    *,
    first: bool = True,
) -> discord.ui.LayoutView:
    """Build a message that /waifubot help sends. Only the ``first`` has a heading, and only the last names ``others``.

    ``mentions`` maps a command's name to its mention, which a person can click to start typing the command.
    """
    view = discord.ui.LayoutView(timeout=None)
    if first:
        view.add_item(discord.ui.TextDisplay(t("help_head")))
    for name in pictured:
        picture = discord.ui.Thumbnail[discord.ui.LayoutView](
            f"attachment://{subject(name)}.webp", description=t(f"help_{subject(name)}_alt")
        )
        view.add_item(discord.ui.Section(_describe(name, t, mentions), accessory=picture))
    if others is not None:
        view.add_item(discord.ui.Separator())
        rest = [*(_describe(name, t, mentions) for name in others), t("help_tail")]
        view.add_item(discord.ui.TextDisplay("\n".join(rest)))
    view.stop()  # there is nothing to click
    return view


def _names(interaction: Interaction) -> list[str]:
    """Return the names of all commands except this one, in their order: "waifu", "waifubot queue"."""
    own = interaction.command
    names: list[str] = []
    for command in interaction.client.tree.get_commands(type=discord.AppCommandType.chat_input):
        parts = command.commands if own is not None and command is own.parent else [command]  # type: ignore[union-attr]
        names += [part.qualified_name for part in parts if part is not own]
    return names


async def _read(path: Path) -> bytes:
    async with aiofiles.open(path, "rb") as file:
        return await file.read()


def _files(pictures: Mapping[str, bytes], t: texts.Texts) -> list[discord.File]:
    # Sent from memory, because discord.py would not close an open file.
    return [
        discord.File(io.BytesIO(body), f"{name}.webp", description=t(f"help_{name}_alt"))
        for name, body in pictures.items()
    ]


def _describe(name: str, t: texts.Texts, mentions: Mapping[str, str]) -> str:
    # Discord does not translate a mention, and only one with the English name works (discord-api-docs#5518).
    words = name.split()
    own = [t.lookup(f"command-{'-'.join(words[: at + 1])}") for at in range(len(words))]
    translated = [f"/{' '.join(word or '' for word in own)}"] if all(own) else []
    written = [*translated, *([mentions[name]] if name in mentions else [])] or [f"/{name}"]
    return f"**{' '.join(written)}** {t(f'help_{subject(name)}')}"


async def _mentions(interaction: Interaction) -> dict[str, str]:
    """Return the mention of each command, as {name: mention}. It is empty if Discord does not answer in time."""
    try:
        async with asyncio.timeout(MENTIONS_S):
            commands = await interaction.client.fetch_registered(interaction.guild_id)
    except (*UNREACHABLE, TimeoutError) as problem:
        log.info("help is shown without links: %s", problem)
        return {}
    found: dict[str, str] = {}
    for command in commands:
        parts = _parts(command)
        found |= {f"{command.name} {part.name}": _mention(part) for part in parts} | {command.name: _mention(command)}
    return found


def _parts(command: app_commands.AppCommand | app_commands.AppCommandGroup) -> list[app_commands.AppCommandGroup]:
    return [option for option in command.options if isinstance(option, app_commands.AppCommandGroup)]


def _mention(command: app_commands.AppCommand | app_commands.AppCommandGroup) -> str:
    """Return the mention of a command, or of a group's first subcommand, because a group alone cannot be typed."""
    parts = _parts(command)
    return _mention(parts[0]) if parts else command.mention
