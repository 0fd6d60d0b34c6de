"""A picture that somebody posted, from its address to the bytes that go to the worker. Then it is forgotten.

Never decodes it, and writes nothing of it anywhere: neither to disk nor into the log.
"""

import asyncio
from dataclasses import replace

from bot.errors import FileTooLarge, FileUnreachable, PictureUnreachable
from bot.i18n.texts import Texts
from bot.recipes.request import Request, shows_upload
from bot.recipes.settle import recipe_of, settle
from bot.uploads.uploads import Attachment, StampedFaces, Uploads, read_faces
from generator.contract import protocol, vector
from generator.contract.errors import GeneratorError, PictureTooLarge, PictureUnreadable
from generator.contract.faces.face import DIGEST_CHARS
from generator.contract.protocol import Ready
from generator.contract.recipe import Recipe

MEGABYTES = protocol.MAX_PICTURE_BYTES // 2**20


class PostedPicture:
    """A picture whose nearest face is looked for. It completes the request that ``ask`` makes of it.

    Raises PictureTooLarge if Discord says that the file is.
    """

    def __init__(self, uploads: Uploads, file: Attachment, t: Texts, *, model: str | None = None) -> None:
        """``model`` is the model that the person named. ``t`` has the texts in their language."""
        if file.size > protocol.MAX_PICTURE_BYTES:
            raise PictureTooLarge(limit=MEGABYTES)
        self._uploads, self._file, self._t, self._model = uploads, file, t, model
        self._holds = False  # one of the places for pictures

    def ask(self) -> Request:
        """Return the request for the nearest face. Its recipe names no picture yet."""
        return Request(Recipe.make("like", picture="0" * DIGEST_CHARS, model=self._model), upload=self)

    async def complete(self, request: Request, ready: Ready) -> Request:
        """See Upload. Raises PictureUnreachable, PictureTooLarge, or PictureUnreadable if the file is empty."""
        await self._uploads.held.acquire()
        self._holds = True
        try:
            body = await self._uploads.fetch(self._file)
        except FileTooLarge:
            raise PictureTooLarge(limit=MEGABYTES) from None
        except FileUnreachable:
            raise PictureUnreachable() from None
        if not body:
            raise PictureUnreadable()
        found = await asyncio.to_thread(read_faces, body)
        made_here = self._recipe_of(found, ready)
        if found is not None and made_here is not None:
            await self._uploads.keep_faces(request.person, found)
            return replace(request, recipe=made_here, heading=self._t("like_made_here"), edited=True)
        digest = await asyncio.to_thread(vector.digest_of, body)
        return replace(request, recipe=request.recipe.replace(picture=digest), attachments=(body,))

    def _recipe_of(self, found: StampedFaces | None, ready: Ready) -> Recipe | None:
        """Return the recipe of a picture that was made here, unless the person wants it drawn by another model."""
        if found is None or shows_upload(found.recipe) or set(found.recipe.vectors) != set(found.vectors):
            return None
        try:
            recipe = settle(recipe_of(found.stamp, ready), ready)
        except GeneratorError:  # its network is not here, for instance, but its picture is
            return None
        chosen = ready.offered(self._model) if self._model else None
        return recipe if chosen is None or chosen.name == recipe.model else None

    def forget(self) -> None:
        """See Upload."""
        if self._holds:
            self._holds = False
            self._uploads.held.release()
