"""Writes the caption of a picture, and reads the recipe back out of a caption.

Knows nothing about Discord except its limits on text. A caption consists of words for people and, on a line of its
own, the recipe line in code formatting, as Discord's small text. Buttons have no other record of the recipe.
"""

import re
from collections.abc import Iterator, Mapping, Sequence

from bot.i18n.texts import Texts, escape, unescape
from bot.recipes import kinds, looks, traits
from bot.recipes.request import Request, word_of
from bot.worker.picture import Picture
from generator.contract import stamp
from generator.contract.errors import Field, RecipeError
from generator.contract.recipe import Recipe
from generator.contract.seeds import parse_seed

MAX_CONTENT_CHARS = 2000  # Discord's limit for a message
MAX_ALT_CHARS = 1024  # Discord's limit for an alternative text
MAX_WORD_CHARS = 32  # longest typed word that is shown beside its seed
NEAR_DB = 18.0  # a found face that is further from the posted picture is far off
MAX_NAME_CHARS = 100  # longest name of a file, without its suffix

# Invisible, but parts of what is seen: joiners of emoji and of letters, and the tags in flags such as Scotland's.
_JOINING = re.compile("[\u200c\u200d\U000e0020-\U000e007f]")
# What a cut may leave of an emoji that consists of several characters.
_HALF_CHARACTER = re.compile("\\S?[\u200d\ufe0f\U000e0020-\U000e007f\U0001f3fb-\U0001f3ff]+$")
_BOLD = re.compile(r"\*\*((?:\\.|[^*\\\n])+)\*\*")
# Captions of earlier versions have the line in code alone, without making it small.
_CODE_LINE = re.compile(r"^(?:-# )?`([^`\n]+)`$", re.MULTILINE)
_NOTE = re.compile(r"\n-# (?!`)[^\n]*$")


def caption(
    request: Request, picture: Picture, t: Texts, *, look: str | None = None, intro: str = "", note: str = ""
) -> str:
    """Return the text of the message that holds the picture, at most 2,000 characters long.

    ``look`` is what ``describe_look`` returns, if that is known already.
    ``intro`` comes first, and ``note`` last, as Discord subtext. If all of it is too long, the words about the picture
    are cut, then the note and the intro are left out, but the recipe line is always whole.
    """
    line, reduced = f"\n-# `{request.recipe}`", _describe_reduction(picture.reduced, t)
    tail = line + (f"\n{reduced}" if reduced else "") + (f"\n-# {note}" if note else "")
    if len(intro) + len(tail) >= MAX_CONTENT_CHARS:
        intro, tail = "", line
    room = MAX_CONTENT_CHARS - len(intro) - len(tail)
    words = _describe(request, t, look)
    return intro + (words if len(words) <= room else words[: max(0, room - 1)] + "…"[:room]) + tail


def join_fitting(lines: Sequence[str]) -> str:
    """Return as many of the lines as fit into one message; a last line "…" says that some are left out."""
    shown = list(lines)
    while len(shown) > 1 and len("\n".join(shown)) > MAX_CONTENT_CHARS:
        del shown[-2 if shown[-1] == "…" else -1 :]
        shown.append("…")
    return "\n".join(shown)[:MAX_CONTENT_CHARS]


def without_note(content: str) -> str:
    """Return a caption without the note at its end, if it has one."""
    return _NOTE.sub("", content)


def recipe_in(content: str) -> Recipe | None:
    """Return the recipe that a caption holds, or None if it holds none. ``content`` may be any text."""
    for line in reversed(_CODE_LINE.findall(content)):
        try:
            return Recipe.parse(line)
        except RecipeError:
            continue
    return None


def words_in(content: str) -> dict[int, str]:
    """Return the words that a caption shows for seeds: {seed: word}. A word that was too long to be shown is left out.

    Whatever else a caption shows in bold letters is the word of no seed in the picture.
    """
    shown = (unescape(word) for word in _BOLD.findall(content))
    return {parse_seed(word): word for word in shown if word_of(word) and len(word) <= MAX_WORD_CHARS}


def describe_look(request: Request, t: Texts) -> str:
    """Say what the face of a picture looks like; "" if that is not known. Both texts of a picture say it."""
    return looks.describe_picture(request.recipe, request.model, t, request.stored)


def alt_text(request: Request, t: Texts, look: str | None = None) -> str:
    """Return the alternative text, which describes the picture for people who cannot see it.

    ``look`` is as in ``caption``.
    """
    recipe, look = request.recipe, describe_look(request, t) if look is None else look
    lines = [t("alt_look", look=_begin(look))] if look else list(_trait_lines(recipe, t))
    return "\n".join((kinds.describe_unseen(recipe, t), *lines))[:MAX_ALT_CHARS]


def describe_search(recipe: Recipe, picture: Picture, t: Texts) -> str:
    """Say that a face was found for a posted picture, by the face's recipe, and whether it is near."""
    return t("like_found" if picture.psnr >= NEAR_DB else "like_far", model=str(recipe.model))


def alt_text_of_search(request: Request, t: Texts) -> str:
    """Return the alternative text of a picture that shows the posted one and the face beside it."""
    look = looks.describe_face(request.stored, (), t)
    lines = (t("alt_like", model=str(request.recipe.model)), look and t("alt_look", look=_begin(look)))
    return "\n".join(filter(None, lines))[:MAX_ALT_CHARS]


def filename(recipe: Recipe, media_type: str) -> str:
    """Return a name for the picture's file, such as waifu-123.png, morph-10-20.gif or edit-7-hair-pink.png."""
    words = [recipe.kind, *kinds.name_words(recipe)]
    return "-".join(words)[:MAX_NAME_CHARS].rstrip("-") + "." + stamp.ENDINGS.get(media_type, "bin")


def quote_word(word: str) -> str:
    """Escape and shorten a typed word, so that Discord shows it as plain text on one line, without markup or links."""
    line = " ".join("".join(c if c.isprintable() or _JOINING.match(c) else " " for c in word).split())
    if len(line) > MAX_WORD_CHARS:
        line = _HALF_CHARACTER.sub("", line[: MAX_WORD_CHARS - 1]) + "…"
    return escape(line)


def _describe(request: Request, t: Texts, look: str | None) -> str:
    recipe, look = request.recipe, describe_look(request, t) if look is None else look
    words = kinds.describe(recipe, lambda seed: _show_seed(seed, request.words), t)
    about = (_begin(look), words) if look else (words, *_trait_lines(recipe, t))
    return "\n".join((request.heading, *about) if request.heading else about)


def _begin(sentence: str) -> str:
    return sentence[:1].upper() + sentence[1:]


def _show_seed(seed: int, words: Mapping[int, str]) -> str:
    return f"**{quote_word(words[seed]) if seed in words else seed}**"


def _trait_lines(recipe: Recipe, t: Texts) -> Iterator[str]:
    """Yield a line with the traits of all faces, and a second line with those that only a morph's last face has."""
    if common := dict(recipe.traits):
        yield t("with_traits", traits=looks.describe_face(common, common, t))
    if last := traits.last_face(recipe):
        yield t("with_last_traits", traits=looks.describe_face(last, last, t))


def _describe_reduction(reduced: Mapping[str, Field], t: Texts) -> str:
    if not reduced:
        return ""
    if "side" in reduced and "from" in reduced:
        return t("reduced_side", side=reduced["side"], before=reduced["from"])
    return t("reduced", changes=", ".join(f"{name} {value}" for name, value in reduced.items()))
