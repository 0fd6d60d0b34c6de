"""Turns typed options into a Request: a recipe, the words that people typed as seeds, and who asked for it.

Knows nothing about Discord.
"""

import random
import re
import unicodedata
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Protocol

from bot.errors import EqualFrames
from bot.recipes import traits
from bot.recipes.faces import reseed_face
from generator.contract.errors import BadSeed, TooManySeeds
from generator.contract.faces.face import Face
from generator.contract.faces.reading import is_expression, read_face
from generator.contract.faces.syntax import split_list
from generator.contract.kinds import KINDS
from generator.contract.protocol import Model, Ready
from generator.contract.recipe import Recipe
from generator.contract.seeds import SEED_COUNT
from generator.contract.values import Value

_COMMA = re.compile("[,;，；、]")
MAX_FACE_CHARS = 400  # of one face that is typed: a word has at most 64, but an expression may be long
LARGE_FACES = 120  # a request for more faces is large: more than two morphs of the default length


class Upload(Protocol):
    """A picture that somebody posted and that a request is about. It is in memory only, and only while that waits."""

    async def complete(self, request: "Request", ready: Ready) -> "Request":
        """Fetch the picture, and return the request with a recipe that names it and with its bytes attached.

        If the picture was made here, the recipe is that of the picture, and nothing is attached. Raises GeneratorError
        if the picture cannot be had.
        """

    def forget(self) -> None:
        """Let go of the picture. Called once the request has ended, however that was."""


@dataclass(frozen=True)
class Request:
    """A recipe that a person asks for, and how it may be drawn and delivered."""

    recipe: Recipe
    words: Mapping[int, str] = field(default_factory=dict)  # seed -> the word that was typed for it
    max_bytes: int = 0  # largest size of the picture's file
    person: int = 0  # id of the person who asks
    server: int | None = None  # id of the server, or None in a direct message
    limit: int | None = None  # how many unfinished requests this person may have; None means the general limit
    model: Model | None = None  # what draws it, once the recipe names it
    story: bool = False  # whether the face's card is told beside the picture, which shows one face
    by_default: bool = False  # whether the bot's default model draws it, whatever person and server prefer
    edited: bool = False  # whether something about a face was changed: then Again keeps to relatives of that face
    heading: str = ""  # a line above the words about the picture
    note: str = ""  # a sentence under the caption
    stored: Mapping[str, str] = field(default_factory=dict)  # traits of the one stored face that the recipe names
    idle: bool = False  # drawn only while nothing else is waiting; not counted in any limit, and not cached
    upload: Upload | None = None  # the posted picture that completes the request; its recipe is ``LIKE`` until then
    attachments: Sequence[bytes] = field(default=(), repr=False)  # the posted picture that the recipe names


def build_request(
    kind: str,
    seeds: Sequence[str | None],
    typed_traits: str | None = None,
    *,
    known: Model | None = None,
    fine: Sequence[str] = (),
    to_traits: str | None = None,
    **options: Value | None,
) -> Request:
    """Build a request from typed options. Raises GeneratorError if an option is invalid.

    ``seeds`` are typed seeds (numbers, words or expressions); None stands for a random seed. For a grid, give only the
    first seed.
    ``known`` is the model that will draw, if it is known already; traits are read as it has them.
    ``fine`` are the seeds of the faces that give a mix its fine layers.
    ``to_traits`` are traits that only the last face of a morph has.
    """
    faces: list[Face] = [random_seed() if text is None else read_face(text) for text in seeds]
    others = tuple(read_face(text) for text in fine)
    pairs = zip((*faces, *others), (*seeds, *fine), strict=True)
    words = {face: word for face, text in pairs if isinstance(face, int) and (word := word_of(text))}
    common = traits.read(typed_traits, known)
    options |= {f"to.{name}": value for name, value in traits.read(to_traits, known).items()}
    if others:
        options["fine"] = others
    if KINDS[kind].numbers == "side":
        options["seed"], size = str(faces[0]), options.pop("size", None)
        faces = [] if size is None else [int(str(size))]
    return Request(require_change(Recipe.make(kind, *faces, traits=common, **options)), words)


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
        is_average = recipe.psi == 0 and recipe.cutoff is None and all(isinstance(face, int) for face in recipe.seeds)
        return is_average or (len(set(recipe.seeds)) == 1 and recipe.last_traits == dict(recipe.traits))
    return recipe.kind == "edit" and recipe.animated and recipe.amount == 0


def shows_upload(recipe: Recipe) -> bool:
    """Return whether the recipe's picture shows one that somebody posted, so that nothing of it may be kept."""
    return recipe.kind == "like"


def line_without_upload(recipe: Recipe) -> str:
    """Return a recipe's line without the digest of a posted picture.

    In the log it would tell who posted which picture, and where people see what they wait for it would tell nothing.
    """
    if not shows_upload(recipe):
        return str(recipe)
    return recipe.kind if recipe.model is None else f"{recipe.kind} model={recipe.model}"


def is_large(recipe: Recipe) -> bool:
    """Return whether a recipe is so much work that it must leave room for smaller ones."""
    return recipe.faces > LARGE_FACES


def reseed(recipe: Recipe) -> Recipe:
    """Return the same recipe with new random seeds."""
    is_counted = KINDS[recipe.kind].numbers == "side" and recipe["faces"] is None
    faces = recipe.seeds[:1] if is_counted else recipe.seeds
    return recipe.with_seeds(*(reseed_face(face, random_seed) for face in faces))


def split_seeds(text: str | None, option: str, limit: int) -> list[str]:
    """Split a text such as "30 40" or "Asuka, Rei Ayanami" into typed seeds. None gives an empty list.

    Commas outside parentheses separate seeds. If there is none and every word is a number, spaces separate them.
    ``option`` is the name of the option for the error message.
    Raises BadSeed if the text contains no seed, and TooManySeeds if it contains more than ``limit``.
    """
    if text is None:
        return []
    pieces = [piece.strip() for piece in split_list(_COMMA.sub(",", text)) if piece.strip()]
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
    """Return the word that was typed for a seed, or None if it was a number or an expression."""
    word = " ".join(unicodedata.normalize("NFKC", text or "").split())
    return None if not word or re.fullmatch(r"[+-]?\d+", word) or is_expression(word) else word
