"""A table of the errors that Discord's API returns, and the error that Discord's client shows to a person.

Does no I/O and knows nothing about the state.
"""

from typing import Any


class ApiError(Exception):
    """Raised when Discord's API rejects a request.

    ``errors`` is only given for code 50035 (invalid form body). It holds each problem under the path of its field.
    """

    def __init__(self, status: int, code: int, message: str, errors: dict[str, Any] | None = None) -> None:
        super().__init__(f"{status} {code} {message}" + (f" {errors}" if errors else ""))
        self.status, self.code, self.message, self.errors = status, code, message, errors


class ClientRefusal(Exception):
    """Raised when Discord's client would refuse to send something. ``str`` gives the reason in English.

    ``sentence`` is the reason with placeholders, and ``fields`` holds the values to insert. Translations need both.
    """

    def __init__(self, sentence: str, **fields: str | int) -> None:
        super().__init__(sentence.format(**fields) if fields else sentence)
        self.sentence, self.fields = sentence, fields


# Name -> HTTP status, Discord's error code, and message.
_TABLE: dict[str, tuple[int, int, str]] = {
    "unauthorized": (401, 0, "401: Unauthorized"),
    "not found": (404, 0, "404: Not Found"),
    "unknown application": (404, 10002, "Unknown Application"),
    "unknown channel": (404, 10003, "Unknown Channel"),
    "unknown guild": (404, 10004, "Unknown Guild"),
    "unknown member": (404, 10007, "Unknown Member"),
    "unknown message": (404, 10008, "Unknown Message"),
    "unknown user": (404, 10013, "Unknown User"),
    "unknown webhook": (404, 10015, "Unknown Webhook"),
    "unknown interaction": (404, 10062, "Unknown interaction"),
    "too large": (413, 40005, "Request entity too large"),
    "acknowledged": (400, 40060, "Interaction has already been acknowledged."),
    "too many follow-ups": (400, 40094, "This interaction has hit the maximum number of follow up messages."),
    "missing access": (403, 50001, "Missing Access"),
    "not the author": (403, 50005, "Cannot edit a message authored by another user"),
    "empty message": (400, 50006, "Cannot send an empty message"),
    "missing permissions": (403, 50013, "Missing Permissions"),
    "writing too fast": (
        429,
        20028,
        "The write action you are performing on the channel has hit the write rate limit.",
    ),
    "explicit content": (400, 20009, "Explicit content cannot be sent to the desired recipient(s)"),
    "too many edits": (429, 30046, "Maximum number of edits to messages older than 1 hour reached. Try again later."),
    "disabled": (403, 40006, "This feature has been temporarily disabled server-side"),
    "no direct messages": (403, 50007, "Cannot send messages to this user"),
    "archived": (400, 50083, "Thread is archived"),
    "no mutual server": (403, 50278, "Cannot send messages to this user due to having no mutual guilds"),
    "locked": (400, 160005, "Thread is locked"),
    "blocked by AutoMod": (400, 200000, "Message was blocked by automatic moderation"),
    "invalid form": (400, 50035, "Invalid Form Body"),
    "token expired": (401, 50027, "Invalid Webhook Token"),
    "not json": (400, 50109, "The request body contains invalid JSON."),
}


def api_error(name: str) -> ApiError:
    """Return the error that has this name in _TABLE."""
    return ApiError(*_TABLE[name])


def invalid_form(errors: dict[str, Any]) -> ApiError:
    """Return error 50035 (invalid form body). ``errors`` holds each problem under the path of its field."""
    return ApiError(400, 50035, "Invalid Form Body", errors)
