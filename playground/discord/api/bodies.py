"""Reads request bodies in the form that discord.py sends: JSON, or multipart if there are files.

Does not validate the contents of the JSON; each route does that.
"""

import json
import re
from typing import Any

from aiohttp import BodyPartReader, MultipartReader, web

from playground.discord.api.responses import Upload
from playground.discord.errors import api_error
from playground.discord.state import MIB

MAX_REQUEST_BYTES = 25 * MIB
_PIECE_BYTES = 64 * 1024


async def read(request: web.Request) -> tuple[Any, dict[int, Upload]]:
    """Return a request's JSON and its files. The key of a file is the n in the name of its multipart field, files[n].

    Raises ApiError if the body is larger than 25 MiB, or if it is not JSON.
    """
    if (request.content_length or 0) > MAX_REQUEST_BYTES:
        await _drain(request)
        raise api_error("too large")
    if request.content_type.startswith("multipart/"):
        return await _multipart(await request.multipart())
    raw = await request.content.read(MAX_REQUEST_BYTES + 1) if request.can_read_body else b""
    while piece := await request.content.read(_PIECE_BYTES):
        raw += piece
        if len(raw) > MAX_REQUEST_BYTES:
            raise api_error("too large")
    return _json(raw), {}


async def _drain(request: web.Request) -> None:
    # Read the whole body before answering: a client that is still sending when the response comes would see a broken
    # connection instead of the error.
    async for _ in request.content.iter_chunked(_PIECE_BYTES):
        pass


async def _multipart(reader: MultipartReader) -> tuple[Any, dict[int, Upload]]:
    body: Any = {}
    files: dict[int, Upload] = {}
    while (part := await reader.next()) is not None:
        if not isinstance(part, BodyPartReader):
            raise api_error("not json")
        raw = bytes(await part.read())
        number = re.fullmatch(r"files\[(\d{1,3})\]", part.name or "")
        if part.name == "payload_json":
            body = _json(raw)
        elif number and part.filename:
            files[int(number[1])] = Upload(part.filename, raw)
    return body, files


def _json(raw: bytes) -> Any:
    if not raw:
        return {}
    try:
        return json.loads(raw)
    except (ValueError, RecursionError):
        raise api_error("not json") from None
