"""A recipe in plain words: what each word of its line means, and how to make the picture again from a shell.

Knows the words of recipes, and nothing of Discord but how long a message may be.
"""

from collections.abc import Iterator, Mapping

from bot.i18n.texts import Texts
from bot.messages import captions
from generator.contract.kinds import KINDS
from generator.contract.recipe import Recipe

MEANINGS: Mapping[str, str] = {
    "waifu": "means_waifu",
    "grid": "means_grid",
    "morph": "means_morph",
    "mix": "means_mix",
    "vary": "means_vary",
    "psi": "means_psi_row",
    "edit": "means_edit",
    "numbers": "means_seed",
    "numbers grid": "means_side",
    "numbers morph": "means_seeds_in_turn",
    "numbers mix": "means_seeds_mixed",
    "option model": "means_model",
    "option psi": "means_psi",
    "option cutoff": "means_cutoff",
    "option noise": "means_noise",
    "option seed": "means_first_seed",
    "option frames": "means_frames",
    "option fps": "means_fps",
    "option ease": "means_ease",
    "option space": "means_space",
    "option loop": "means_loop",
    "option size": "means_size",
    "option format": "means_format",
    "option trait": "means_trait",
    "option to.TRAIT": "means_last_trait",
    "option fine": "means_fine",
    "option layers": "means_layers_moved",
    "option layers mix": "means_layers_mixed",
    "option layers vary": "means_layers_varied",
    "option by": "means_by",
    "option from": "means_from",
    "option to": "means_to",
    "option steps": "means_steps",
    "option direction": "means_direction",
    "option amount": "means_amount",
}


def explained(recipe: Recipe, t: Texts) -> str:
    """Return the line, what each of its words means, and the shell command: at most 2,000 characters."""
    line = f"`{recipe}`"
    means = [t("means", word=word, meaning=t(MEANINGS[key])) for word, key in _words(recipe)]
    shell = f'{t("from_the_shell")}\n```sh\nwaifu render "{recipe}" {_file(recipe)}\n```'
    if len(line) + len(shell) > captions.MAX_CONTENT_CHARS // 2:  # a long line need not stand there twice
        shell = f'{t("from_the_shell_saved")}\n```sh\nwaifu render "$(waifu inspect FILE)" {_file(recipe)}\n```'
    head, room = f"{t('recipe_of_this')}\n{line}", captions.MAX_CONTENT_CHARS
    while means and len("\n".join((head, *means, shell))) > room:
        means.pop()
    return "\n".join((head, *means, shell))


def _words(recipe: Recipe) -> Iterator[tuple[str, str]]:
    """Yield each word of the line with its key in MEANINGS; all of its numbers together."""
    kind, *words = str(recipe).split()
    yield kind, kind
    yield " ".join(word for word in words if "=" not in word), _key("numbers", kind)
    for word in words:
        name, given, _ = word.partition("=")
        for family, row in (("trait.", "trait"), ("to.", "to.TRAIT")):
            name = row if name.startswith(family) else name
        if given:
            yield word, _key(f"option {name}", kind)


def _key(what: str, kind: str) -> str:
    return f"{what} {kind}" if f"{what} {kind}" in MEANINGS else what


def _file(recipe: Recipe) -> str:
    made = str(recipe["format"]) if "format" in KINDS[recipe.kind].options else "png"
    return captions.filename(
        recipe, {"gif": "image/gif", "mp4": "video/mp4", "webp": "image/webp"}.get(made, "image/png")
    )
