"""The panel of the maker as a value: the faces that it has shown, and what its menus offer. A click makes the next one.

Knows nothing about Discord, nor about where panels are kept.
"""

import json
from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace

from bot.recipes import traits, variations
from bot.recipes.capabilities import FACTOR_NAMES, learnt_directions, list_worded
from bot.recipes.request import reseed
from generator.contract.cells import cell
from generator.contract.errors import RecipeError
from generator.contract.faces import making as make
from generator.contract.faces.face import Face, Leaf, Move, Vector, as_seed, leaves, split_noise
from generator.contract.protocol import Model
from generator.contract.recipe import Recipe
from generator.contract.values import decimal, write_value

MAX_BACK = 20  # how many steps can be undone
TURN = "turn"  # the direction along which a face turns to the reader's right
MAX_AMOUNT = 3.0  # along a direction; beyond, faces break
AMOUNTS = tuple(write_value(n / 2) for n in range(-6, 7))  # what is offered along a direction

_read_amount = decimal(-MAX_AMOUNT, MAX_AMOUNT)


@dataclass(frozen=True)
class Panel:
    """A history of single faces, of which one is shown, and what the menus show beside it."""

    recipes: tuple[Recipe, ...]  # each of one face; the oldest first
    at: int = 0  # the place in ``recipes`` of the face that is shown
    aspect: str = ""  # whose values are offered; "" means the first aspect
    pages: tuple[int, int] = (0, 0)  # which page of the aspects is offered, and of the values; the first is 0

    @property
    def recipe(self) -> Recipe:
        """The recipe of the face that is shown."""
        return self.recipes[self.at]


@dataclass(frozen=True)
class Aspect:
    """Something about a face that can be changed: a trait, or a direction that no trait names."""

    name: str
    values: tuple[str, ...]  # of a trait; of a direction these are amounts
    present: str = ""  # the value that the face has, or "" if nobody can tell
    is_trait: bool = True


def open_panel(recipe: Recipe) -> Panel:
    """Return a panel that shows the face of a picture. Raises ManyFaces if the picture shows several."""
    return Panel((cell(recipe, 1) if recipe.faces == 1 else variations.extract_face(recipe),))


def show(panel: Panel, recipe: Recipe) -> Panel:
    """Return the panel with a face as its next step. What was undone before is forgotten."""
    if recipe == panel.recipe:
        return panel
    kept = (*panel.recipes[: panel.at + 1], recipe)[-MAX_BACK - 1 :]
    return replace(panel, recipes=kept, at=len(kept) - 1)


def agree(panel: Panel, shown: Recipe) -> Panel:
    """Return the panel with ``shown``, which its message shows, as its face, whatever was kept of it."""
    if shown not in panel.recipes:
        return show(panel, shown)
    places = (place for place, recipe in enumerate(panel.recipes) if recipe == shown)
    return replace(panel, at=min(places, key=lambda place: abs(place - panel.at)))


def settle(panel: Panel, recipe: Recipe) -> Panel:
    """Return the panel with the recipe of its face as it was drawn: with its model named, for instance."""
    return replace(panel, recipes=(*panel.recipes[: panel.at], recipe, *panel.recipes[panel.at + 1 :]))


# What the menus offer


def find_aspects(recipe: Recipe, model: Model) -> list[Aspect]:
    """Return what can be changed about a face: the model's traits, and the directions that no trait names.

    Of these, those with words for their ends come first. Where the model has no traits, or the face takes none, they
    are all learnt directions, and d1 to d10.
    """
    listed = {name: values for name, values in model.traits.items() if values} if _takes_traits(recipe) else {}
    present = dict(recipe.traits) | traits.of_recipe(recipe, model)
    learnt = learnt_directions(model)
    learnt_free = [name for name, (trait, _) in learnt.items() if trait not in listed]
    free = list(dict.fromkeys((*list_worded(model), *learnt_free)))
    names = free if listed else [*free, *FACTOR_NAMES]
    return [
        *(Aspect(name, values, present.get(name, "")) for name, values in listed.items()),
        *(Aspect(name, AMOUNTS, write_value(_amount_of(_face(recipe), name)), is_trait=False) for name in names),
    ]


def chosen_aspect(panel: Panel, model: Model) -> Aspect:
    """Return the aspect whose values the panel offers."""
    aspects = find_aspects(panel.recipe, model)
    return next((aspect for aspect in aspects if aspect.name == panel.aspect), aspects[0])


def choose_aspect(panel: Panel, name: str) -> Panel:
    """Return the panel with the values of another aspect on offer."""
    return replace(panel, aspect=name, pages=(panel.pages[0], 0))


def open_page(panel: Panel, which: int, page: int) -> Panel:
    """Return the panel with another page of its aspects (``which`` is 0) or values (1) on offer."""
    return replace(panel, pages=(page, panel.pages[1]) if which == 0 else (panel.pages[0], page))


# Steps: what a click makes of the face


def change(panel: Panel, name: str, value: str, model: Model) -> Panel:
    """Return the panel with another value of an aspect.

    Raises RecipeError if the model lacks the trait or this value, or if the amount of a direction is none.
    """
    if any(name == aspect.name and not aspect.is_trait for aspect in find_aspects(panel.recipe, model)):
        return show(panel, set_amount(panel.recipe, name, _read_amount(name, value)))
    ((trait, spelled),) = traits.spell({name: value}, model).items()
    if traits.of_recipe(panel.recipe, model).get(trait) == spelled:
        return panel
    return show(panel, set_trait(panel.recipe, trait, spelled, model))


def set_trait(recipe: Recipe, trait: str, value: str, model: Model) -> Recipe:
    """Return the recipe of a face with another value of a trait, whatever its seeds and moves said of it before."""
    learnt = learnt_directions(model)

    def without(leaf: Leaf) -> Leaf:
        if isinstance(leaf, Vector):
            return leaf
        whole = as_seed(leaf)
        own = {name: kept for name, kept in whole.traits if name != trait}
        return make.seed(whole.number, own, whole.psi, whole.coarse, whole.fine)

    face = make.map_leaves(_face(recipe), without)
    moved = split_noise(face)[0]
    for layers, name, amount in moved.steps if isinstance(moved, Move) else ():
        if learnt.get(name, ("",))[0] == trait:
            face = make.move(face, {name: -amount}, layers or None)
    return recipe.with_seeds(face).with_traits({**dict(recipe.traits), trait: value})


def set_amount(recipe: Recipe, direction: str, amount: float) -> Recipe:
    """Return the recipe of a face moved along a direction by ``amount`` in all, at most 3 to either side."""
    face, amount = _face(recipe), min(max(amount, -MAX_AMOUNT), MAX_AMOUNT)
    return recipe.with_seeds(make.move(face, {direction: amount - _amount_of(face, direction)}))


def _turn(by: float) -> Callable[[Panel], Panel]:
    def turn(panel: Panel) -> Panel:
        return show(panel, set_amount(panel.recipe, TURN, _amount_of(_face(panel.recipe), TURN) + by))

    return turn


# The action of each button that makes another panel.
STEPS: Mapping[str, Callable[[Panel], Panel]] = {
    "another": lambda panel: show(panel, reseed(panel.recipe)),
    "wilder": lambda panel: show(panel, variations.make_wilder(panel.recipe)),
    "calmer": lambda panel: show(panel, variations.make_calmer(panel.recipe)),
    "left": _turn(-1),
    "right": _turn(1),
    "undo": lambda panel: replace(panel, at=max(panel.at - 1, 0)),
    "redo": lambda panel: replace(panel, at=min(panel.at + 1, len(panel.recipes) - 1)),
}


def steps_on(model: Model) -> tuple[str, ...]:
    """Return the steps that a model can make. Not each can turn its faces."""
    return tuple(name for name in STEPS if name not in ("left", "right") or TURN in list_worded(model))


# Panels as text


def write(panel: Panel) -> str:
    """Return the panel as text, for ``read``."""
    lines = [str(recipe) for recipe in panel.recipes]
    return json.dumps({"lines": lines, "at": panel.at, "aspect": panel.aspect, "pages": panel.pages})


def read(text: str) -> Panel | None:
    """Return the panel that a text describes, or None if it describes none, as one of another version may."""
    try:
        found = json.loads(text)
        recipes = tuple(Recipe.parse(line) for line in found["lines"])
        first, second = map(int, found["pages"])
        panel = Panel(recipes, int(found["at"]), str(found["aspect"]), (first, second))
    except (ValueError, TypeError, KeyError, RecipeError):
        return None
    return panel if 0 <= panel.at < len(recipes) and all(recipe.kind == "waifu" for recipe in recipes) else None


def _face(recipe: Recipe) -> Face:
    (face,) = recipe.seeds
    return face


def _takes_traits(recipe: Recipe) -> bool:
    """Return whether a face has a seed, which takes traits; a stored vector takes none."""
    return any(not isinstance(leaf, Vector) for leaf in leaves(_face(recipe)))


def _amount_of(face: Face, direction: str) -> float:
    """Return how far a face is moved along a direction, in all layers."""
    moved = split_noise(face)[0]
    steps = moved.steps if isinstance(moved, Move) else ()
    return sum(amount for layers, name, amount in steps if name == direction and not layers)
