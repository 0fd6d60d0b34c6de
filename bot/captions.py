"""The words under a picture, and the recipe read back out of them. Knows Discord's limits on text, nothing else of it.

A caption is human words and, on a line of its own, the recipe line in code formatting: that line is all the state a button has.
"""

import re
from collections.abc import Mapping

from bot.asking import Request
from bot.engine import Picture
from bot.texts import Texts, harmless
from generator.errors import Field, RecipeError
from generator.recipe import Recipe

MAX_CONTENT_CHARS = 2000
MAX_ALT_CHARS = 1024
MAX_WORD_CHARS = 32  # of a seed's word, as shown

SUFFIXES: Mapping[str, str] = {"image/png": "png", "image/gif": "gif", "image/webp": "webp", "video/mp4": "mp4"}

_CODE_LINE = re.compile(r"^`([^`\n]+)`$", re.MULTILINE)


def caption(request: Request, picture: Picture, texts: Texts) -> str:
    """Return the text of the message that holds the picture; at most 2,000 characters."""
    tail = f"\n`{request.recipe}`"
    if reduced := _reduced(picture.reduced, texts):
        tail += f"\n{reduced}"
    human = _SAID[request.recipe.kind](request, texts)
    room = MAX_CONTENT_CHARS - len(tail)
    return (human if len(human) <= room else human[: max(0, room - 1)] + "…") + tail


def recipe_in(content: str) -> Recipe | None:
    """Return the recipe that a caption holds, or None. Any text is safe to pass."""
    for line in reversed(_CODE_LINE.findall(content)):
        try:
            return Recipe.parse(line)
        except RecipeError:
            continue
    return None


def alt_text(request: Request, texts: Texts) -> str:
    """Return the description for people who cannot see the picture."""
    seeds = ", ".join(map(str, request.recipe.seeds))
    model = str(request.recipe["model"])
    return texts(f"alt_{request.recipe.kind}", seeds=seeds, model=model, count=len(request.recipe.seeds))[:MAX_ALT_CHARS]


def filename(recipe: Recipe, media_type: str) -> str:
    """Return a name like waifu-123.png or morph-10-20.gif."""
    numbers = recipe.numbers if recipe.kind != "grid" else (*recipe.numbers, int(recipe["seed"]))
    return "-".join(map(str, (recipe.kind, *numbers))) + "." + SUFFIXES.get(media_type, "bin")


def escaped(word: str) -> str:
    """Return a word that a person typed so that it can only be read, not act: no markdown, no mention, no link, one line."""
    line = " ".join("".join(c if c.isprintable() else " " for c in word).split())
    short = line if len(line) <= MAX_WORD_CHARS else line[: MAX_WORD_CHARS - 1] + "…"
    return harmless(short)


def _waifu(request: Request, texts: Texts) -> str:
    seed = request.recipe.seeds[0]
    word = request.words.get(seed)
    return texts("word", word=escaped(word), seed=seed) if word else texts("seed", seed=seed)


def _grid(request: Request, texts: Texts) -> str:
    seeds, side = request.recipe.seeds, request.recipe.numbers[0]
    rows = [seeds[at : at + side] for at in range(0, len(seeds), side)]
    said = texts("grid", rows=" · ".join(" ".join(map(str, row)) for row in rows))
    word = request.words.get(seeds[0])
    return f"{texts('word', word=escaped(word), seed=seeds[0])}\n{said}" if word else said


def _morph(request: Request, texts: Texts) -> str:
    named = [_named(seed, request.words) for seed in request.recipe.seeds]
    return texts("morph", path=" → ".join(named if not request.recipe["loop"] else [*named, named[0]]))


def _named(seed: int, words: Mapping[int, str]) -> str:
    return f"**{escaped(words[seed])}** ({seed})" if seed in words else f"**{seed}**"


_SAID = {"waifu": _waifu, "grid": _grid, "morph": _morph}


def _reduced(reduced: Mapping[str, Field], texts: Texts) -> str:
    if not reduced:
        return ""
    if "side" in reduced and "from" in reduced:
        return texts("reduced_side", side=reduced["side"], before=reduced["from"])
    return texts("reduced", changes=", ".join(f"{name} {value}" for name, value in reduced.items()))
