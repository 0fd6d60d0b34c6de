"""The words under a picture, and the recipe read back out of them. Knows Discord's limits on text, nothing else of it.

A caption is human words and, on a line of its own, the recipe line in code formatting: that line is all the state a button has.
"""

import re
from collections.abc import Callable, Iterator, Mapping

from bot.i18n.texts import Texts, harmless
from bot.recipes import traits
from bot.recipes.request import Request
from bot.worker.engine import Picture
from generator.contract.errors import Field, RecipeError
from generator.contract.recipe import Recipe

MAX_CONTENT_CHARS = 2000
MAX_ALT_CHARS = 1024
MAX_WORD_CHARS = 32  # of a seed's word, as shown
MAX_NAME_CHARS = 100  # of a file, without its ending

SUFFIXES: Mapping[str, str] = {"image/png": "png", "image/gif": "gif", "image/webp": "webp", "video/mp4": "mp4"}

Show = Callable[[int], str]  # how a seed is shown

_CODE_LINE = re.compile(r"^`([^`\n]+)`$", re.MULTILINE)


def caption(request: Request, picture: Picture, texts: Texts) -> str:
    """Return the text of the message that holds the picture; at most 2,000 characters."""
    tail = f"\n`{request.recipe}`"
    if reduced := _reduced(picture.reduced, texts):
        tail += f"\n{reduced}"
    human = _human(request, texts)
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
    recipe = request.recipe
    seen = texts(f"alt_{_scene(recipe)}", model=str(recipe["model"]), **_told(recipe, str, texts))
    return "\n".join((seen, *_traits(recipe, texts)))[:MAX_ALT_CHARS]


def filename(recipe: Recipe, media_type: str) -> str:
    """Return a name like waifu-123.png, morph-10-20.gif or edit-7-hair-pink.png."""
    words = [recipe.kind, *map(str, recipe.seeds if recipe.kind == "mix" else recipe.numbers)]
    if recipe.kind == "grid":
        words.append(str(recipe["seed"]))
    if recipe.kind == "edit":
        words += [name.replace("_", "-") for name in recipe.directions]
    return "-".join(words)[:MAX_NAME_CHARS].rstrip("-") + "." + SUFFIXES.get(media_type, "bin")


def escaped(word: str) -> str:
    """Return a word that a person typed so that it can only be read, not act: no markdown, no mention, no link, one line."""
    line = " ".join("".join(c if c.isprintable() else " " for c in word).split())
    short = line if len(line) <= MAX_WORD_CHARS else line[: MAX_WORD_CHARS - 1] + "…"
    return harmless(short)


def _human(request: Request, texts: Texts) -> str:
    recipe, words = request.recipe, request.words
    t = texts(_scene(recipe), **_told(recipe, lambda seed: _named(seed, words), texts))
    lines = [t, *_traits(recipe, texts)]
    return "\n".join(lines)


def _named(seed: int, words: Mapping[int, str]) -> str:
    return f"**{escaped(words[seed])}** ({seed})" if seed in words else f"**{seed}**"


def _traits(recipe: Recipe, texts: Texts) -> Iterator[str]:
    """Yield what was asked of the face, and of a morph's last one."""
    last = {name.removeprefix("to."): str(value) for name, value in recipe.options if name.startswith("to.")}
    if recipe.traits:
        yield texts("with_traits", traits=", ".join(traits.label(*pair, texts) for pair in recipe.traits))
    if last:
        yield texts("with_last_traits", traits=", ".join(traits.label(*pair, texts) for pair in last.items()))


# What is seen, and what can be told of it. A kind is a function in each of the two tables.


def _scene(recipe: Recipe) -> str:
    """The key of the text: the kind, and how this one differs from the plainest of its kind."""
    differs = _SCENES.get(recipe.kind)
    return differs(recipe) if differs else recipe.kind


def _grid_scene(recipe: Recipe) -> str:
    return "grid" if len(recipe.psis) == 1 else "grid_psis"


def _morph_scene(recipe: Recipe) -> str:
    return "morph" if len(set(recipe.seeds)) > 1 else "morph_self"


def _mix_scene(recipe: Recipe) -> str:
    if recipe["layers"] is None:
        return "mix" if recipe["fine"] is None else "mix_table"
    return "mix_layers" if recipe["fine"] is None else "mix_table_layers"


def _vary_scene(recipe: Recipe) -> str:
    if recipe["by"] == "z":
        return "vary_z_moving" if recipe.animated else "vary_z"
    return "vary_moving" if recipe.animated else "vary"


def _edit_scene(recipe: Recipe) -> str:
    if recipe.is_chart:
        return "edit_chart"
    if not recipe.animated:
        return "edit" if recipe["amount"] >= 0 else "edit_away"
    return "edit_strip" if recipe["format"] == "strip" else "edit_moving"


_SCENES: Mapping[str, Callable[[Recipe], str]] = {
    "grid": _grid_scene,
    "morph": _morph_scene,
    "mix": _mix_scene,
    "vary": _vary_scene,
    "edit": _edit_scene,
}


def _told(recipe: Recipe, show: Show, texts: Texts) -> dict[str, Field]:
    """What a text may tell: each field as it is shown."""
    return {"seed": show(recipe.seeds[0]), "seeds": ", ".join(map(show, recipe.seeds))} | _TOLD[recipe.kind](
        recipe, show, texts
    )


def _tell_grid(recipe: Recipe, show: Show, texts: Texts) -> dict[str, Field]:
    seeds, side = recipe.seeds, recipe.numbers[0]
    rows = [" ".join(map(str, seeds[at : at + side])) for at in range(0, len(seeds), side)]
    return {"count": len(seeds), "rows": " · ".join(rows), "psis": ", ".join(f"{psi:g}" for psi in recipe.psis)}


def _tell_morph(recipe: Recipe, show: Show, texts: Texts) -> dict[str, Field]:
    seeds = [*recipe.seeds, recipe.seeds[0]] if recipe["loop"] else recipe.seeds
    return {"path": " → ".join(map(show, seeds))}


def _tell_mix(recipe: Recipe, show: Show, texts: Texts) -> dict[str, Field]:
    coarse, fine = (", ".join(map(show, seeds)) for seeds in (recipe.coarse, recipe.fine))
    return {"coarse": coarse, "fine": fine, "layers": str(recipe["layers"])}


def _tell_vary(recipe: Recipe, show: Show, texts: Texts) -> dict[str, Field]:
    return {"layers": recipe["layers"]}


def _tell_psi(recipe: Recipe, show: Show, texts: Texts) -> dict[str, Field]:
    return {"first": f"{recipe['from']:g}", "last": f"{recipe['to']:g}"}


def _tell_edit(recipe: Recipe, show: Show, texts: Texts) -> dict[str, Field]:
    directions = ", ".join(traits.direction_label(name, texts) for name in recipe.directions)
    return {
        "direction": directions,
        "amount": f"{abs(recipe['amount']):g}",
        "most": f"{recipe['amount']:+g}",
        "least": f"{-recipe['amount']:+g}",
    }


_TOLD: Mapping[str, Callable[[Recipe, Show, Texts], dict[str, Field]]] = {
    "waifu": lambda recipe, show, texts: {},
    "grid": _tell_grid,
    "morph": _tell_morph,
    "mix": _tell_mix,
    "vary": _tell_vary,
    "psi": _tell_psi,
    "edit": _tell_edit,
}


def _reduced(reduced: Mapping[str, Field], texts: Texts) -> str:
    if not reduced:
        return ""
    if "side" in reduced and "from" in reduced:
        return texts("reduced_side", side=reduced["side"], before=reduced["from"])
    return texts("reduced", changes=", ".join(f"{name} {value}" for name, value in reduced.items()))
