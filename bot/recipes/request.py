"""From typed options to a Request: a recipe, and the words that stand for its seeds. Knows no Discord."""

import random
import re
import unicodedata
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

from bot.recipes import traits
from generator.contract.errors import BadSeed
from generator.contract.kinds import KINDS, Value
from generator.contract.recipe import Recipe
from generator.contract.seeds import SEED_COUNT, parse_seed

_COMMA = re.compile("[,;，；、]")


@dataclass(frozen=True)
class Request:
    """What a person asks for, and for whom. person and server are opaque; server is None in a direct message.

    words: seed -> the word that was typed for it, where it was one. limit: how many unfinished requests this person may have;
    None: as many as everybody. idle: drawn only while nothing else is; it counts towards no limit and is not kept.
    """

    recipe: Recipe
    words: Mapping[int, str] = field(default_factory=dict)
    max_bytes: int = 0
    person: int = 0
    server: int | None = None
    limit: int | None = None
    idle: bool = False


def request(
    kind: str,
    seeds: Sequence[str | None],
    typed_traits: str | None = None,
    *,
    fine: Sequence[str] = (),
    to_traits: str | None = None,
    **options: Value | None,
) -> Request:
    """Build a request; a seed that is None is drawn at random. Raises GeneratorError.

    Of a grid, seeds is its first. fine: of a mix, the other seeds. to_traits: of a morph, traits of its last face.
    """
    numbers = [random_seed() if text is None else parse_seed(text) for text in seeds]
    others = [parse_seed(text) for text in fine]
    named = zip((*numbers, *others), (*seeds, *fine), strict=True)
    words = {seed: word for seed, text in named if (word := word_of(text))}
    chosen = traits.read(typed_traits)
    options |= {f"to.{name}": value for name, value in traits.read(to_traits).items()}
    if others:
        options["fine"] = ",".join(map(str, others))
    if KINDS[kind].numbers == "side":
        size = options.pop("size", None)
        sides = [] if size is None else [int(size)]
        return Request(Recipe.make(kind, *sides, traits=chosen, seed=numbers[0], **options), words)
    return Request(Recipe.make(kind, *numbers, traits=chosen, **options), words)


def again(recipe: Recipe) -> Recipe:
    """Return the same recipe about new random seeds."""
    count = len(recipe.seeds) if KINDS[recipe.kind].numbers == "seeds" else 1
    return recipe.with_seeds(*(random_seed() for _ in range(count)))


def several(text: str | None) -> list[str]:
    """Split "30 40" or "Asuka, Rei Ayanami" into seeds: at commas, numbers also at spaces. Raises BadSeed where there is none."""
    if text is None:
        return []
    pieces = [piece.strip() for piece in _COMMA.split(text) if piece.strip()]
    if not pieces:
        raise BadSeed(value=text)
    numbers = pieces[0].split()
    return numbers if len(pieces) == 1 and not any(map(word_of, numbers)) else pieces


def listed(text: str | None) -> str | None:
    """Return "0.3, 0.7 1.3" as a recipe has several values: "0.3,0.7,1.3"."""
    return text and ",".join(
        piece for piece in re.split(rf"{_COMMA.pattern}|\s", unicodedata.normalize("NFKC", text)) if piece
    )


def random_seed() -> int:
    """Return any seed."""
    return random.randrange(SEED_COUNT)


def word_of(text: str | None) -> str | None:
    """Return the word that was typed for a seed, or None where it was a number."""
    word = " ".join(unicodedata.normalize("NFKC", text or "").split())
    return None if not word or re.fullmatch(r"[+-]?\d+", word) else word
