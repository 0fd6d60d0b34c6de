"""Writes the words under a picture, and reads the recipe back out of them. Knows Discord only by its limits on text.

A caption is words for people and, on a line of its own, the recipe line in code formatting: all the state that a
button has.
"""

import re
from collections.abc import Iterator, Mapping

from bot.i18n.texts import Texts, escape
from bot.recipes import kinds, traits
from bot.recipes.request import Request
from bot.worker.picture import Picture
from generator.contract import stamp
from generator.contract.errors import Field, RecipeError
from generator.contract.recipe import Recipe

MAX_CONTENT_CHARS = 2000
MAX_ALT_CHARS = 1024
MAX_WORD_CHARS = 32  # of a seed's word, as shown
MAX_NAME_CHARS = 100  # of a file, without its suffix

_CODE_LINE = re.compile(r"^`([^`\n]+)`$", re.MULTILINE)


def caption(request: Request, picture: Picture, t: Texts) -> str:
    """Return the text of the message that holds the picture; at most 2,000 characters."""
    tail = f"\n`{request.recipe}`"
    if reduced := _describe_reduction(picture.reduced, t):
        tail += f"\n{reduced}"
    words = _describe(request, t)
    room = MAX_CONTENT_CHARS - len(tail)
    return (words if len(words) <= room else words[: max(0, room - 1)] + "…") + tail


def recipe_in(content: str) -> Recipe | None:
    """Return the recipe that a caption holds, or None. Any text is safe to pass."""
    for line in reversed(_CODE_LINE.findall(content)):
        try:
            return Recipe.parse(line)
        except RecipeError:
            continue
    return None


def alt_text(request: Request, t: Texts) -> str:
    """Return the description for people who cannot see the picture."""
    recipe = request.recipe
    return "\n".join((kinds.describe_unseen(recipe, t), *_trait_lines(recipe, t)))[:MAX_ALT_CHARS]


def filename(recipe: Recipe, media_type: str) -> str:
    """Return a name like waifu-123.png, morph-10-20.gif or edit-7-hair-pink.png."""
    words = [recipe.kind, *map(str, kinds.PRESENTATIONS[recipe.kind].name(recipe))]
    return "-".join(words)[:MAX_NAME_CHARS].rstrip("-") + "." + stamp.ENDINGS.get(media_type, "bin")


def quote_word(word: str) -> str:
    """Return a word that a person typed so that it stays plain text: no markdown, no mention, no link, one line."""
    line = " ".join("".join(c if c.isprintable() else " " for c in word).split())
    return escape(line if len(line) <= MAX_WORD_CHARS else line[: MAX_WORD_CHARS - 1] + "…")


def _describe(request: Request, t: Texts) -> str:
    words = kinds.describe(request.recipe, lambda seed: _show_seed(seed, request.words), t)
    return "\n".join((words, *_trait_lines(request.recipe, t)))


def _show_seed(seed: int, words: Mapping[int, str]) -> str:
    return f"**{quote_word(words[seed])}** ({seed})" if seed in words else f"**{seed}**"


def _trait_lines(recipe: Recipe, t: Texts) -> Iterator[str]:
    """Yield the traits of the face, and those of a morph's last face."""
    if recipe.traits:
        yield t("with_traits", traits=", ".join(traits.label(*pair, t) for pair in recipe.traits))
    if last := traits.last_face(recipe):
        yield t("with_last_traits", traits=", ".join(traits.label(*pair, t) for pair in last.items()))


def _describe_reduction(reduced: Mapping[str, Field], t: Texts) -> str:
    if not reduced:
        return ""
    if "side" in reduced and "from" in reduced:
        return t("reduced_side", side=reduced["side"], before=reduced["from"])
    return t("reduced", changes=", ".join(f"{name} {value}" for name, value in reduced.items()))
