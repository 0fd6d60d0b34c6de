"""Every sentence that the bot says, by key; errors by their code. Knows not when they are said.

A language is one more catalogue in CATALOGUES; what it lacks is said in English.
"""

import re
from collections import defaultdict
from collections.abc import Mapping

from generator.errors import Field, GeneratorError

ENGLISH: Mapping[str, str] = {
    "getting_ready": "🖌️ The artist is getting ready…",
    "queued": "🕐 You are **{place}** in line{eta}.",
    "eta": ", about {wait} to go",
    "progress": "🎨 `{bar}` {done}/{total}",
    "finishing": "🎨 `{bar}` finishing…",
    "seed": "Seed **{seed}**",
    "word": "**{word}** is seed {seed}",
    "grid": "Seeds, row by row: {rows}",
    "morph": "From {path}",
    "reduced": "-# Made smaller to fit here: {changes}.",
    "reduced_side": "-# Made smaller to fit here: {side} px instead of {before} px.",
    "alt_waifu": "An anime face, seed {seeds}, drawn by the network {model}.",
    "alt_grid": "A grid of {count} anime faces, seeds {seeds}, drawn by the network {model}.",
    "alt_morph": "Anime faces turning into one another, seeds {seeds}, drawn by the network {model}.",
    "too_late": "<@{person}>, your picture took longer than Discord waits; here it is.",
    "too_late_sentence": "<@{person}>, about what you asked for: {sentence}",
    "again": "Again",
    "wilder": "Wilder",
    "calmer": "Calmer",
    "delete": "Delete",
    "queue": "{waiting} waiting, {running} being drawn.",
    "queue_yours_waiting": "Yours is {place} in line{eta}: `{line}`",
    "queue_yours_running": "Yours is being drawn: `{line}`",
    "worker_ready": "The worker is ready on {device}, with {models}; it was started {starts} times.",
    "worker_starting": "The worker is starting; it was started {starts} times.",
    "worker_down": "The worker cannot be started; it was tried {starts} times.",
    "memory": "Memory: bot {bot}, worker {worker}.",
    "speed": "{faces} faces a second, of late; up for {uptime}.",
    "unknown": "unknown",
    "duration": "{days} d {hours} h {minutes} min",
    "cancelled_none": "You have nothing in the line.",
    "cancelled": "Cancelled: {count}.",
    "seconds": "{n} s",
    "minutes": "{n} min",
}

CATALOGUES: Mapping[str, Mapping[str, str]] = {"en": ENGLISH}


_OURS = ("known", "choices", "example", "expected")  # fields of errors that quote nobody
_ACTIVE = re.compile(r"([\\*_~|`>#\[\]()<@:])")  # what markdown, mentions, links and emoji begin with, also in the middle of a line


def harmless(typed: str) -> str:
    """Return what a person typed so that Discord only shows it: no markdown, no mention, no link, no emoji."""
    return _ACTIVE.sub(r"\\\1", typed).replace("@", "@\u200b")


class Texts:
    """The sentences in one language."""

    def __init__(self, catalogue: Mapping[str, str]) -> None:
        self._catalogue = catalogue

    def __call__(self, key: str, **fields: Field) -> str:
        """Return the sentence ``key`` with its fields filled in."""
        return (self._catalogue.get(key) or ENGLISH[key]).format(**fields)

    def error(self, error: GeneratorError) -> str:
        """Return the sentence for an expected failure, with what people typed made harmless."""
        quoted: defaultdict[str, Field] = defaultdict(str)
        for name, value in error.fields.items():
            quoted[name] = harmless(value) if isinstance(value, str) and name not in _OURS else value
        return (self._catalogue.get(f"error.{error.code}") or error.sentence).format_map(quoted)

    def place(self, position: int) -> str:
        """Return 1 as "1st", 2 as "2nd"."""
        ending = {1: "st", 2: "nd", 3: "rd"}.get(position % 10, "th") if position % 100 // 10 != 1 else "th"
        return f"{position}{ending}"

    def duration(self, seconds: float) -> str:
        """Return a long time as "1 d 2 h 3 min"."""
        minutes = int(seconds // 60)
        return self("duration", days=minutes // 1440, hours=minutes // 60 % 24, minutes=minutes % 60)

    def eta(self, seconds: float | None) -> str:
        """Return ", about 10 s to go", rounded to what one can honestly say; empty where nothing is known yet."""
        if seconds is None:
            return ""
        if seconds < 90:
            return self("eta", wait=self("seconds", n=max(5, 5 * round(seconds / 5))))
        return self("eta", wait=self("minutes", n=max(1, round(seconds / 60))))


def of(locale: str) -> Texts:
    """Return the texts for a Discord locale such as "en-GB"; English where there are none."""
    return Texts(CATALOGUES.get(locale) or CATALOGUES.get(locale.partition("-")[0]) or ENGLISH)
