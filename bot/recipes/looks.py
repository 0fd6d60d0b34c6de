"""Says in a few words what a face looks like, most telling first: "aqua bob, wink, cat ears".

Knows the traits of the artists that the shipped models learnt from. A trait that it does not know is shown by its name.
Knows nothing about Discord.
"""

from collections.abc import Collection, Iterator, Mapping

from bot.i18n.texts import Texts
from bot.recipes import traits
from bot.recipes.capabilities import list_worded
from bot.recipes.variations import ONE_FACE
from generator.contract.faces.face import Face, Move, Seed, Vector, split_noise
from generator.contract.faces.scope import DEFAULT_PSI
from generator.contract.kinds import KINDS
from generator.contract.names import fold
from generator.contract.protocol import Model
from generator.contract.recipe import Recipe

MAX_WORDS = 6  # of one face
MAX_WORDS_OF_EACH = 3  # of two
MAX_MOVES = 3  # of a face
MIN_TOLD_MOVE = 0.25  # a smaller amount is hardly seen

# The traits that people notice, in this order, each with its values that go without saying.
TELLING: Mapping[str, tuple[str, ...]] = {
    "hair": (),
    "back-hair": (),
    "expression": ("neutral",),
    "accessory": ("none",),
    "glasses": ("none",),
    "ears": ("human",),
    "second-eye": ("same",),
    "pupils": ("round",),
    "mark": ("none",),
    "eyes": (),
    "clothes": (),
    "dye": ("none",),
    "earrings": ("none",),
}
# The traits that are named only where somebody asked for them, in this order after the others.
QUIET = ("bangs", "eye-shape", "skin", "face", "style", "background", "time", "shading")
_ORDER = (*TELLING, *QUIET)


def describe_picture(recipe: Recipe, model: Model | None, t: Texts, stored: Mapping[str, str] | None = None) -> str:
    """Say what the face of a picture looks like, or the two faces of a morph.

    ``stored`` are the traits of a stored face, if the recipe names one alone.
    Return "" if the picture shows other faces, or if nothing is known about one of its faces.
    """
    if recipe.kind == "morph" and len(recipe.seeds) == 2 and recipe.size == 1:
        ends = zip(recipe.seeds, (dict(recipe.traits), recipe.last_traits), strict=True)
        looks = [_describe(seed, shared, recipe.psi, model, t, MAX_WORDS_OF_EACH) for seed, shared in ends]
        return " → ".join(looks) if all(looks) and looks[0] != looks[1] else ""
    if not shows_one_face(recipe):
        return ""
    if _is_stored(recipe.seeds[0], model):
        return _join(describe_face(stored or {}, (), t), _describe_moves(recipe.seeds[0], model, t), t)
    psi = recipe.psis[0] if "psi" in KINDS[recipe.kind].options else DEFAULT_PSI
    return _describe(recipe.seeds[0], dict(recipe.traits), psi, model, t)


def _describe(
    face: Face, shared: Mapping[str, str], psi: float, model: Model | None, t: Texts, most: int = MAX_WORDS
) -> str:
    own = dict(face.traits) if isinstance(face, Seed) else {}
    known = traits.of_face(face, shared, model, psi) if model else {}
    look = describe_face({**known, **shared, **own}, {**shared, **own}, t, most)
    return _join(look, _describe_moves(face, model, t), t)


def _is_stored(face: Face, model: Model | None) -> bool:
    """Return whether a face is a stored one, as it is or moved along directions that leave its traits alone."""
    bare = split_noise(face)[0]
    if isinstance(bare, Move):
        words = list_worded(model) if model else ()
        bare = bare.face if all(name in words for _, name, _ in bare.steps) else bare
    return isinstance(bare, Vector) and not (bare.coarse or bare.fine)


def _join(look: str, moves: list[str], t: Texts) -> str:
    return t("comma").join(words for words in (look, *moves) if words)


def _describe_moves(face: Face, model: Model | None, t: Texts) -> list[str]:
    """Say which way a face was moved: "head turned to the left".

    Moves of some layers alone are left out, and along directions that have no words. What people notice first comes
    first.
    """
    moved = split_noise(face)[0]
    if model is None or not isinstance(moved, Move):
        return []
    amounts = {name: amount for layers, name, amount in moved.steps if not layers and abs(amount) >= MIN_TOLD_MOVE}
    told = [name for name in list_worded(model) if name in amounts]
    return [end for name in told[:MAX_MOVES] if (end := t.name_end(name, amounts[name]))]


def shows_one_face(recipe: Recipe) -> bool:
    """Return whether a picture shows one face, be it once or changed in several ways."""
    return recipe.kind in ONE_FACE or (recipe.kind == "grid" and recipe.faces == 1)


def describe_face(face: Mapping[str, str], asked: Collection[str], t: Texts, most: int = MAX_WORDS) -> str:
    """Say what a face with these traits looks like, in at most ``most`` words or groups of words.

    ``asked`` are the traits that somebody asked for; they are named before all others, also where they go without
    saying. Return "" if there is nothing to say.
    """
    face = {fold(name): value for name, value in face.items()}
    wanted = list(map(fold, asked))
    rank = {name: place for place, name in enumerate(_ORDER)}
    shown = [name for name in face if name in wanted or _is_telling(name, face[name])]
    first = sorted(shown, key=lambda name: (name not in wanted, rank.get(name, len(rank))))
    chosen = first[: most + ({"hair", "back-hair"} <= set(first[:most]))]  # these two are one group
    chosen.sort(key=lambda name: rank.get(name, len(rank)))
    return t("comma").join(_phrases({name: face[name] for name in chosen}, t))


def _is_telling(name: str, value: str) -> bool:
    return name in TELLING and fold(value) not in TELLING[name]


def _phrases(face: Mapping[str, str], t: Texts) -> Iterator[str]:
    for name, value in face.items():
        if name == "back-hair" and "hair" in face:
            continue
        if name == "hair":
            yield _describe_hair(face, t)
        elif name in _ORDER:
            yield t(f"look_{name}", value=fold(value), word=_word(name, value, t))
        else:
            yield traits.label(name, value, t)


def _describe_hair(face: Mapping[str, str], t: Texts) -> str:
    colour, style = face["hair"], face.get("back-hair")
    tone = t("look_tone", value=fold(colour), word=_word("hair", colour, t))
    if style is None:
        return t("look_hair", tone=tone)
    return t("look_hairdo", tone=tone, value=fold(style), word=_word("back-hair", style, t))


def _word(name: str, value: str, t: Texts) -> str:
    """Return a value as people read it. The English catalogue names no values: they are English words."""
    return t.lookup(f"trait-{name}", value) or " ".join(value.replace("_", "-").split("-"))
