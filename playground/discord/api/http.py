"""Builds the API's HTTP responses: JSON, errors, rate-limit headers, and injected faults.

Does not depend on any route.
"""

import asyncio
import json
import time
from typing import Any

from aiohttp import web

from playground.discord.api.rate_limits import Quota
from playground.discord.errors import ApiError, api_error
from playground.discord.faults import Dropped, Fault, HtmlPage, RateLimited, Refused, ServerError, Slow
from playground.discord.state import Json

_VIA = "1.1 google"  # discord.py treats a 429 without a Via header as a Cloudflare ban


def respond(result: Any, quota: Quota | None) -> web.StreamResponse:
    """Convert a route's result to a response: None becomes 204 (no content), any other value becomes 200 with JSON."""
    if isinstance(result, web.StreamResponse):
        return result
    return web.Response(status=204, headers=_headers(quota)) if result is None else json_response(200, result, quota)


def json_response(status: int, value: Any, quota: Quota | None = None, **headers: str) -> web.Response:
    """Return a JSON response. If ``quota`` is given, its values are sent as X-RateLimit headers."""
    # The content type must be exactly application/json, without a charset: discord.py compares the whole value.
    body = json.dumps(value, ensure_ascii=False).encode()
    return web.Response(status=status, body=body, content_type="application/json", headers=_headers(quota) | headers)


def _headers(quota: Quota | None) -> dict[str, str]:
    if quota is None:
        return {"Via": _VIA}
    return {
        "Via": _VIA,
        "X-RateLimit-Limit": str(quota.limit),
        "X-RateLimit-Remaining": str(max(quota.remaining, 0)),
        "X-RateLimit-Reset": f"{time.time() + quota.reset_after_s:.3f}",
        "X-RateLimit-Reset-After": f"{quota.reset_after_s:.3f}",
        "X-RateLimit-Bucket": quota.bucket,
    }


def too_many_requests(retry_after_s: float, quota: Quota | None = None, everywhere: bool = False) -> web.Response:
    """Return a 429 response, which asks the client to wait. discord.py reads the waiting time from the body.

    If ``everywhere`` is true, the response says that the limit is global, not specific to the route.
    """
    body = {"message": "You are being rate limited.", "retry_after": retry_after_s, "global": everywhere}
    scope = "global" if everywhere else "user"
    return json_response(
        429, body, quota, **{"Retry-After": str(max(1, round(retry_after_s))), "X-RateLimit-Scope": scope}
    )


def error_body(error: ApiError) -> Json:
    """Return the JSON body of an error."""
    body: Json = {"code": error.code, "message": error.message}
    return body | ({"errors": error.errors} if error.errors else {})


async def apply_fault(fault: Fault, request: web.Request, after: bool = False) -> web.Response | None:
    """Apply a fault to a request. Return the response to send instead, or None if the request continues as usual.

    Called twice for each request that has a fault: before the route's handler and, with ``after`` set, after it.
    """
    match fault:
        case RateLimited() if not after and fault.banned:
            return web.Response(status=429, text="error code: 1015", content_type="text/html")
        case RateLimited() if not after:
            return too_many_requests(fault.retry_after_s, everywhere=fault.everywhere)
        case ServerError() if fault.after == after:
            return web.Response(
                status=fault.status, text="upstream connect error", content_type="text/plain", headers={"Via": _VIA}
            )
        case Dropped() if fault.after == after:
            if request.transport is not None:
                request.transport.abort()
            return web.Response(status=499)
        case Refused() if not after:
            error = api_error(fault.error)
            return json_response(error.status, error_body(error))
        case HtmlPage() if fault.after == after:
            page, headers = f"<html><body>{fault.status}</body></html>", {"Via": _VIA} if fault.via else {}
            return web.Response(status=fault.status, text=page, content_type="text/html", headers=headers)
        case Slow() if not after:
            await asyncio.sleep(fault.seconds)
    return None
