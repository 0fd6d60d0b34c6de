"""Starts a search for the face nearest to a posted picture, which only the person who asked sees.

Knows nothing about how a face is found, nor how the answer looks.
"""

from collections.abc import Sequence
from dataclasses import replace

import discord

from bot.delivery.services import Services
from bot.discord_api import Interaction
from bot.errors import NoPictureHere
from bot.i18n import texts
from bot.uploads.posted import PostedPicture


async def search(
    interaction: Interaction, services: Services, files: Sequence[discord.Attachment], *, model: str | None = None
) -> None:
    """Answer with the face nearest to the first of the posted files. ``model`` is the model that the person named.

    Raises PictureTooLarge if the file is, and GeneratorError as ``serve`` does.
    """
    t = texts.for_locale(str(interaction.locale))
    request = PostedPicture(services.uploads, files[0], t, model=model).ask()
    if len(files) > 1:
        request = replace(request, note=t("like_first_of", count=len(files)))
    await services.requests.serve(interaction, request, private=True)


def pictures_among(files: Sequence[discord.Attachment]) -> list[discord.Attachment]:
    """Return the files that Discord takes for pictures, or for videos. Raises NoPictureHere if there is none."""
    found = [file for file in files if file.width is not None or (file.content_type or "").startswith("image/")]
    if not found:
        raise NoPictureHere()
    return found
