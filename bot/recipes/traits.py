"""Traits as people type them ("hair: pink, glasses: round"): read, matched to a model's own names, completed while typing.

Knows nothing of Discord but its limits on suggestions.
"""

import re
import unicodedata
from collections.abc import Iterable, Iterator, Mapping

from bot.errors import BadTraits
from bot.i18n.texts import Texts, meant
from generator.contract.errors import NoTraits, UnknownTrait, UnknownTraitValue
from generator.contract.protocol import Model
from generator.contract.recipe import Recipe

MAX_CHOICES = 25  # Discord's limit, and 100 characters each
MAX_CHOICE_CHARS = 100
MAX_TRAITS_CHARS = 400

_PAIR = re.compile(r"\s*([^:=]+?)\s*[:=]\s*([^:=]+?)\s*")


def read(typed: str | None) -> dict[str, str]:
    """Return {trait: value} as slugs, from any language that has words for them. Raises BadTraits with the piece that is none."""
    pairs: dict[str, str] = {}
    if typed and len(typed) > MAX_TRAITS_CHARS:
        raise BadTraits(value=typed)
    for piece in re.split(r"[,;、\n]", unicodedata.normalize("NFKC", typed or "")):
        if not piece.strip():
            continue
        found = _PAIR.fullmatch(piece)
        name, value = map(_slug, meant(found[1], found[2])) if found else ("", "")
        if not re.fullmatch(r"[a-z0-9-]{1,32}", name) or not re.fullmatch(r"[a-z0-9-]{1,32}", value) or name in pairs:
            raise BadTraits(value=piece.strip())
        pairs[name] = value
    return pairs


def settle(recipe: Recipe, model: Model) -> Recipe:
    """Return the recipe with its traits, also those of a last face, spelled as ``model`` spells them.

    Raises NoTraits, UnknownTrait, UnknownTraitValue.
    """
    last = {name: str(value) for name, value in recipe.options if name.startswith("to.")}
    if not recipe.traits and not last:
        return recipe
    traits = dict(_settled(name, value, model) for name, value in recipe.traits)
    others = dict(_settled(name.removeprefix("to."), value, model) for name, value in last.items())
    cleared = recipe.with_traits(traits).replace(**dict.fromkeys(last))
    return cleared.replace(**{f"to.{name}": value for name, value in others.items()})


def _settled(typed: str, value: str, model: Model) -> tuple[str, str]:
    if not model.traits:
        raise NoTraits(model=model.name)
    name = _spelled(typed, model.traits)
    if name is None:
        raise UnknownTrait(model=model.name, trait=typed, known=", ".join(model.traits))
    # A network may have more classes than it lists; the worker knows them.
    own = _spelled(value, model.traits[name]) if model.traits[name] else value
    if own is None:
        raise UnknownTraitValue(trait=name, value=value, known=", ".join(model.traits[name]))
    return name, own


def label(name: str, value: str, t: Texts) -> str:
    """Return a trait and its value as people read them: "hair: pink", in their language where it has words for them."""
    return f"{t.own(f'trait-{name}') or name}: {t.own(f'trait-{name}', value) or value}"


def direction_label(name: str, t: Texts, of: tuple[str, str] | None = None) -> str:
    """Return a direction as people read it: "hair-pink" as "hair: pink"; ``of``: its trait and value, where they are known.

    Otherwise they are told from the language's words for traits; in English, which has none, the name stays as it is.
    """
    if of is not None and of[1]:
        return label(*of, t)
    dashes = [at for at, letter in enumerate(name) if letter == "-"]
    splits = ((name[:at], name[at + 1 :]) for at in dashes)
    words = next((label(*pair, t) for pair in splits if t.own(f"trait-{pair[0]}", pair[1])), None)
    return words or t.own(f"trait-{name}") or name


def complete(typed: str, traits: Mapping[str, tuple[str, ...]], t: Texts) -> list[str]:
    """Return at most 25 ways to go on typing in that language, each the whole text of at most 100 characters."""
    done, comma, piece = re.sub("[，、;；]", ",", typed).replace("：", ":").rpartition(",")
    before = f"{done.strip()}, " if comma and done.strip() else ""
    used = {_meant(part)[0] for part in done.split(",")}
    free = {name: values for name, values in traits.items() if _slug(name) not in used}
    ends = (f"{before}{end}" for end in _ends(piece.strip(), free, t))
    return [whole for whole in ends if len(whole) <= MAX_CHOICE_CHARS][:MAX_CHOICES]


def _meant(piece: str) -> tuple[str, str]:
    name, _, value = piece.partition(":")
    name, value = meant(name, value)
    return _slug(name), _slug(value)


def _ends(piece: str, traits: Mapping[str, tuple[str, ...]], t: Texts) -> Iterator[str]:
    """Yield labels whose words, in English or in that language, hold what is typed."""
    name, typed = _meant(piece)
    if ":" in piece:
        own = _spelled(name, traits) or ""
        labels = {label(own, value, t): value for value in traits.get(own, ())}
        yield from (
            whole for whole, value in labels.items() if typed in _slug(value) or typed in _slug(whole.partition(":")[2])
        )
        return
    fitting = [own for own in traits if name in _slug(own) or name in _slug(t.own(f"trait-{own}") or "")]
    columns = [[label(own, value, t) for value in traits[own]] for own in fitting]
    # One value of each trait in turn, so that every trait is seen before any is seen in full.
    yield from _in_turn(columns)


def _in_turn(columns: list[list[str]]) -> Iterator[str]:
    for row in range(max(map(len, columns), default=0)):
        yield from (column[row] for column in columns if row < len(column))


def _slug(typed: str) -> str:
    return re.sub(r"[\s_-]+", "-", unicodedata.normalize("NFKC", typed).casefold().strip())


def _spelled(typed: str, own: Iterable[str]) -> str | None:
    return next((name for name in own if _slug(name) == _slug(typed)), None)
