"""Turns typed options into a Request: a recipe, the words that people typed as seeds, and who asked for it.

Knows nothing about Discord.
"""

import random
import re
import unicodedata
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

from bot.errors import EqualFrames
from bot.recipes import traits
from generator.contract.errors import BadSeed, TooManySeeds
from generator.contract.kinds import KINDS, Value
from generator.contract.recipe import Recipe
from generator.contract.seeds import SEED_COUNT, parse_seed

_COMMA = re.compile("[,;，；、]")
LARGE_FACES = 120  # a request for more faces is large: more than two morphs of the default length


@dataclass(frozen=True)
class Request:
    """A recipe that a person asks for, and how it may be drawn and delivered."""

    recipe: Recipe
    words: Mapping[int, str] = field(default_factory=dict)  # seed -> the word that was typed for it
    max_bytes: int = 0  # largest size of the picture's file
    person: int = 0  # id of the person who asks
    server: int | None = None  # id of the server, or None in a direct message
    limit: int | None = None  # how many unfinished requests this person may have; None means the general limit
    idle: bool = False  # drawn only while nothing else is waiting; not counted in any limit, and not cached


def build_request(
    kind: str,
    seeds: Sequence[str | None],
    typed_traits: str | None = None,
    *,
    fine: Sequence[str] = (),
    to_traits: str | None = None,
    **options: Value | None,
) -> Request:
    """Build a request from typed options. Raises GeneratorError if an option is invalid.

    ``seeds`` are typed seeds, numbers or words; None stands for a random seed. For a grid, give only the first seed.
    ``fine`` are the seeds of the faces that give a mix its fine layers.
    ``to_traits`` are traits that only the last face of a morph has.
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
    return Request(require_change(Recipe.make(kind, *numbers, traits=common, **options)), words)


def require_change(recipe: Recipe) -> Recipe:
    """Return a new recipe. Raises EqualFrames if it is an animation in which nothing changes.

    Lines that exist already are drawn whatever they show.
    """
    if has_equal_frames(recipe):
        raise EqualFrames()
    return recipe


def has_equal_frames(recipe: Recipe) -> bool:
    """Return whether the recipe is a morph or a moving edit of which every frame shows the same."""
    if recipe.kind == "morph":
        is_average = recipe.psi == 0 and recipe.cutoff is None
        return is_average or (len(set(recipe.seeds)) == 1 and recipe.last_traits == dict(recipe.traits))
    return recipe.kind == "edit" and recipe.animated and recipe.amount == 0


def is_large(recipe: Recipe) -> bool:
    """Return whether a recipe is so much work that it must leave room for smaller ones."""
    return recipe.faces > LARGE_FACES


def reseed(recipe: Recipe) -> Recipe:
    """Return the same recipe with new random seeds."""
    count = len(recipe.seeds) if KINDS[recipe.kind].numbers == "seeds" else 1
    return recipe.with_seeds(*(random_seed() for _ in range(count)))


def split_seeds(text: str | None, option: str, limit: int) -> list[str]:
    """Split a text such as "30 40" or "Asuka, Rei Ayanami" into typed seeds. None gives an empty list.

    Commas separate seeds. If there is no comma and every word is a number, spaces separate them.
    ``option`` is the name of the option for the error message.
    Raises BadSeed if the text contains no seed, and TooManySeeds if it contains more than ``limit``.
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
    """Join typed values the way a recipe writes them: "0.3, 0.7 1.3" becomes "0.3,0.7,1.3"."""
    return text and ",".join(
        piece for piece in re.split(rf"{_COMMA.pattern}|\s", unicodedata.normalize("NFKC", text)) if piece
    )


def random_seed() -> int:
    """Return a random seed."""
    return random.randrange(SEED_COUNT)


def word_of(text: str | None) -> str | None:
    """Return the word that was typed for a seed, or None if it was a number."""
    word = " ".join(unicodedata.normalize("NFKC", text or "").split())
    return None if not word or re.fullmatch(r"[+-]?\d+", word) else word
