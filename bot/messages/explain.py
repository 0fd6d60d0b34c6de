"""Explains a recipe in plain words: what each word of its line means, and how to make the picture again from a shell.

Knows nothing about Discord except how long a message may be.
"""

import re
from collections.abc import Iterator, Mapping

from bot.i18n.texts import Texts
from bot.messages import captions
from bot.recipes.kinds import PRESENTATIONS, meaning_of_option
from generator.contract import stamp
from generator.contract.faces.face import Move, split_noise
from generator.contract.faces.reading import is_expression
from generator.contract.kinds import KINDS
from generator.contract.recipe import Recipe

# What shows that a form of expression is in a line -> the form, and the key of its meaning.
FORMS: Mapping[str, tuple[str, str]] = {
    r"near\(": ("near(…)", "form_near"),
    r"noise\(": ("noise(…)", "form_noise"),
    r"mix\(": ("mix(…)", "form_mix"),
    r"move\(": ("move(…)", "form_move"),
    r"between\(": ("between(…)", "form_between"),
    r"\b\d+\(": ("7(…)", "form_own"),
    "@": ("@…", "form_vector"),
}


def explain_recipe(recipe: Recipe, t: Texts) -> str:
    """Return the recipe line, the meaning of each of its words, and the shell command that draws it.

    If the text would be longer than 2,000 characters, the last meanings are left out.
    """
    line = f"`{recipe}`"
    moves = _describe_moves(recipe, t)
    meanings = [
        t("means", word=word, meaning=t("form_move_to", moves=moves) if moves and key == "form_move" else t(key))
        for word, key in _words(recipe)
    ]
    shell = f'{t("from_the_shell")}\n```sh\nwaifu render "{recipe}" {_file(recipe)}\n```'
    # A long line is not repeated in the command, and a stored face is in the picture alone.
    if recipe.vectors or len(line) + len(shell) > captions.MAX_CONTENT_CHARS // 2:
        attach = " --attach FILE" if recipe.vectors else ""
        command = f'waifu render{attach} "$(waifu inspect FILE)" {_file(recipe)}'
        shell = f"{t('from_the_shell_saved')}\n```sh\n{command}\n```"
    head, room = f"{t('recipe_of_this')}\n{line}", captions.MAX_CONTENT_CHARS
    while meanings and len("\n".join((head, *meanings, shell))) > room:
        meanings.pop()
    return "\n".join((head, *meanings, shell))


def _words(recipe: Recipe) -> Iterator[tuple[str, str]]:
    """Yield each word of the line with the key of its meaning. The line's numbers together count as one word.

    Each form of expression in it follows once, such as near(…).
    """
    kind, *words = str(recipe).split()
    yield kind, PRESENTATIONS[kind].meaning
    faces = [word for word in words if "=" not in word or is_expression(word)]
    if faces:
        yield " ".join(faces), PRESENTATIONS[kind].numbers
    yield from ((shown, key) for mark, (shown, key) in FORMS.items() if re.search(mark, str(recipe)))
    for word in words:
        name, equals, _ = word.partition("=")
        if equals and word not in faces:
            yield word, meaning_of_option(kind, _option(name))


def _describe_moves(recipe: Recipe, t: Texts) -> str:
    """Say which way the face is moved, if it is the only one and moved along directions that all have words."""
    moved = split_noise(recipe.seeds[0])[0] if len(recipe.seeds) == 1 else None
    ends = [t.name_end(name, amount) for _, name, amount in moved.steps] if isinstance(moved, Move) else []
    return t("comma").join(end for end in ends if end) if all(ends) else ""


def _option(name: str) -> str:
    """Return an option's key in OPTIONS. All traits share one key; the traits of a morph's last face share another."""
    return "trait" if name.startswith("trait.") else "to.TRAIT" if name.startswith("to.") else name


def _file(recipe: Recipe) -> str:
    suffix = str(recipe.format) if "format" in KINDS[recipe.kind].options else "png"
    media_type = next((media for media, ending in stamp.ENDINGS.items() if ending == suffix), "image/png")
    return captions.filename(recipe, media_type)
