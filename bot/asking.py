"""From typed options to a Request: a recipe, and the words that stand for its seeds. Knows no Discord."""

import random
import re
import unicodedata
from collections.abc import Mapping
from dataclasses import dataclass, field

from bot import traits
from generator.recipe import KINDS, SEEDS, Recipe, Value, seed_of


@dataclass(frozen=True)
class Request:
    """What a person asks for. words: seed -> the word that was typed for it, where it was one."""

    recipe: Recipe
    words: Mapping[int, str] = field(default_factory=dict)


def request(kind: str, seeds: list[str | None], typed_traits: str | None = None, **options: Value | None) -> Request:
    """Build a request; a seed that is None is drawn at random. For a grid, seeds is its first. Raises GeneratorError."""
    numbers = [random_seed() if text is None else seed_of(text) for text in seeds]
    words = {seed: word for seed, text in zip(numbers, seeds, strict=True) if (word := _word(text))}
    chosen = traits.read(typed_traits)
    if KINDS[kind].numbers == "side":
        size = options.pop("size", None)
        sides = [] if size is None else [int(size)]
        return Request(Recipe.make(kind, *sides, traits=chosen, seed=numbers[0], **options), words)
    return Request(Recipe.make(kind, *numbers, traits=chosen, **options), words)


def again(recipe: Recipe) -> Recipe:
    """Return the same recipe about new random seeds."""
    count = len(recipe.numbers) if KINDS[recipe.kind].numbers == "seeds" else 1
    return recipe.reseeded(*(random_seed() for _ in range(count)))


def several(text: str | None) -> list[str]:
    """Split "30 40" or "Asuka, Rei II" into seeds: at commas where there are any, else at spaces."""
    pieces = re.split(r"[,;]", text) if text and re.search(r"[,;]", text) else (text or "").split()
    return [piece.strip() for piece in pieces if piece.strip()]


def random_seed() -> int:
    """Return any seed."""
    return random.randrange(SEEDS)


def _word(text: str | None) -> str | None:
    word = " ".join(unicodedata.normalize("NFKC", text or "").split())
    return None if not word or re.fullmatch(r"[+-]?\d+", word) else word
