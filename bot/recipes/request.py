"""Turns typed options into a Request: a recipe, and the words typed as its seeds. Does not know Discord."""

import random
import re
import unicodedata
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

from bot.recipes import traits
from generator.contract.errors import BadSeed, TooManySeeds
from generator.contract.kinds import KINDS, Value
from generator.contract.recipe import Recipe
from generator.contract.seeds import SEED_COUNT, parse_seed

_COMMA = re.compile("[,;，；、]")


@dataclass(frozen=True)
class Request:
    """What a person asks for, and for whom. person and server are opaque; server is None in a direct message.

    words: seed -> the word that was typed for it, if it was one. limit: how many unfinished requests this person may
    have; None: the limit for everybody. idle: drawn only when nothing else is; it counts towards no limit, is not
    cached.
    """

    recipe: Recipe
    words: Mapping[int, str] = field(default_factory=dict)
    max_bytes: int = 0
    person: int = 0
    server: int | None = None
    limit: int | None = None
    idle: bool = False


def build_request(
    kind: str,
    seeds: Sequence[str | None],
    typed_traits: str | None = None,
    *,
    fine: Sequence[str] = (),
    to_traits: str | None = None,
    **options: Value | None,
) -> Request:
    """Build a request; a seed that is None is drawn at random. Raises GeneratorError.

    seeds: for a grid, its first one. fine: the other seeds of a mix. to_traits: traits of a morph's last face.
    """
    numbers = [random_seed() if text is None else parse_seed(text) for text in seeds]
    others = [parse_seed(text) for text in fine]
    pairs = zip((*numbers, *others), (*seeds, *fine), strict=True)
    words = {seed: word for seed, text in pairs if (word := word_of(text))}
    common = traits.read(typed_traits)
    options |= {f"to.{name}": value for name, value in traits.read(to_traits).items()}
    if others:
        options["fine"] = ",".join(map(str, others))
    if KINDS[kind].numbers == "side":
        options["seed"], size = numbers[0], options.pop("size", None)
        numbers = [] if size is None else [int(size)]
    return Request(Recipe.make(kind, *numbers, traits=common, **options), words)


def reseed(recipe: Recipe) -> Recipe:
    """Return the same recipe about new random seeds."""
    count = len(recipe.seeds) if KINDS[recipe.kind].numbers == "seeds" else 1
    return recipe.with_seeds(*(random_seed() for _ in range(count)))


def split_seeds(text: str | None, option: str, limit: int) -> list[str]:
    """Split "30 40" or "Asuka, Rei Ayanami" into seeds: at commas, numbers also at spaces.

    option: its name, for the person who typed it. Raises BadSeed if there is none, TooManySeeds above ``limit``.
    """
    if text is None:
        return []
    pieces = [piece.strip() for piece in _COMMA.split(text) if piece.strip()]
    if not pieces:
        raise BadSeed(value=text)
    numbers = pieces[0].split()
    seeds = numbers if len(pieces) == 1 and not any(map(word_of, numbers)) else pieces
    if len(seeds) > limit:
        raise TooManySeeds(name=option, limit=limit, given=len(seeds))
    return seeds


def join_values(text: str | None) -> str | None:
    """Return "0.3, 0.7 1.3" as a recipe writes several values: "0.3,0.7,1.3"."""
    return text and ",".join(
        piece for piece in re.split(rf"{_COMMA.pattern}|\s", unicodedata.normalize("NFKC", text)) if piece
    )


def random_seed() -> int:
    """Return any seed."""
    return random.randrange(SEED_COUNT)


def word_of(text: str | None) -> str | None:
    """Return the word that was typed for a seed, or None if it was a number."""
    word = " ".join(unicodedata.normalize("NFKC", text or "").split())
    return None if not word or re.fullmatch(r"[+-]?\d+", word) else word
