"""How the API's answers look on the wire: JSON, refusals, rate-limit headers, and the faults that spoil them.

Knows no route.
"""

import asyncio
import json
import time
from typing import Any

from aiohttp import web

from playground.discord.api.rate_limits import Room
from playground.discord.errors import Refusal
from playground.discord.faults import Dropped, Fault, RateLimited, ServerError, Slow
from playground.discord.state import Json

_VIA = "1.1 google"  # discord.py takes a 429 without it for a ban


def reply(result: Any, room: Room | None) -> web.StreamResponse:
    """Turn what a route returned into a response: None is 204, a value is JSON."""
    if isinstance(result, web.StreamResponse):
        return result
    return web.Response(status=204, headers=_headers(room)) if result is None else as_json(200, result, room)


def as_json(status: int, value: Any, room: Room | None = None, **headers: str) -> web.Response:
    """Return a JSON response with the headers of its bucket."""
    # The content type must be exactly application/json, without a charset: discord.py compares it.
    body = json.dumps(value, ensure_ascii=False).encode()
    return web.Response(status=status, body=body, content_type="application/json", headers=_headers(room) | headers)


def _headers(room: Room | None) -> dict[str, str]:
    if room is None:
        return {"Via": _VIA}
    return {
        "Via": _VIA,
        "X-RateLimit-Limit": str(room.limit),
        "X-RateLimit-Remaining": str(max(room.remaining, 0)),
        "X-RateLimit-Reset": f"{time.time() + room.reset_after_s:.3f}",
        "X-RateLimit-Reset-After": f"{room.reset_after_s:.3f}",
        "X-RateLimit-Bucket": room.bucket,
    }


def limited(retry_after_s: float, room: Room | None = None, everywhere: bool = False) -> web.Response:
    """Return a 429; discord.py waits for the time in its body."""
    body = {"message": "You are being rate limited.", "retry_after": retry_after_s, "global": everywhere}
    scope = "global" if everywhere else "user"
    return as_json(429, body, room, **{"Retry-After": str(max(1, round(retry_after_s))), "X-RateLimit-Scope": scope})


def explained(no: Refusal) -> Json:
    """Return the body of a refusal."""
    body: Json = {"code": no.code, "message": no.message}
    return body | ({"errors": no.errors} if no.errors else {})


async def broken_by(fault: Fault, request: web.Request, after: bool = False) -> web.Response | None:
    """Carry out a fault; None: the request goes on. after: whether the request has been carried out by now."""
    match fault:
        case RateLimited() if not after and fault.banned:
            return web.Response(status=429, text="error code: 1015", content_type="text/html")
        case RateLimited() if not after:
            return limited(fault.retry_after_s, everywhere=fault.everywhere)
        case ServerError() if fault.after == after:
            return web.Response(
                status=fault.status, text="upstream connect error", content_type="text/plain", headers={"Via": _VIA}
            )
        case Dropped() if fault.after == after:
            if request.transport is not None:
                request.transport.abort()
            return web.Response(status=499)
        case Slow() if not after:
            await asyncio.sleep(fault.seconds)
    return None
