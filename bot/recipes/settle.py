"""Completes a recipe once, when its request comes in: names its model, and spells all names as that model does.

Does not know the queue, nor how preferences are stored.
"""

from collections.abc import Iterable

from bot.errors import RecipeTooLong
from bot.recipes import capabilities, traits
from generator.contract.errors import FormatMissing, UnknownKind, UnknownModel
from generator.contract.kinds import KINDS, Value
from generator.contract.protocol import Model, Ready
from generator.contract.recipe import MAX_LINE_CHARS, Recipe


def default_model(ready: Ready, preferred: Iterable[str]) -> str:
    """Return the first preferred name that the worker offers, else the worker's default."""
    offered = {model.name for model in ready.models}
    return next((name for name in preferred if name in offered), ready.models[0].name)


def settle(recipe: Recipe, ready: Ready, preferred: Iterable[str] = ()) -> Recipe:
    """Return the recipe with its model named, and as that model can draw it. Raises RecipeError, RecipeTooLong.

    preferred: models for a recipe that names none, the best first; names that are no longer offered are skipped.
    """
    if recipe.kind not in ready.kinds:
        raise UnknownKind(kind=recipe.kind, known=", ".join(ready.kinds))
    name = recipe.model or default_model(ready, preferred)
    model = next((model for model in ready.models if model.name == name), None)
    if model is None:
        raise UnknownModel(model=str(name), known=", ".join(model.name for model in ready.models))
    if "format" in KINDS[recipe.kind].options and recipe.format not in ready.formats:
        raise FormatMissing(format=str(recipe.format), known=", ".join(ready.formats))
    recipe = fit_to_model(recipe, model)
    if len(str(recipe)) > MAX_LINE_CHARS:
        raise RecipeTooLong()
    return recipe


def fit_to_model(recipe: Recipe, model: Model) -> Recipe:
    """Return the recipe for ``model``: names spelled as it spells them, and a face varied by z where it has no noise.

    Raises NoTraits, UnknownTrait, UnknownTraitValue, UnknownDirection.
    """
    spelled = traits.spell(dict(recipe.traits), model)
    last = traits.spell(traits.last_face(recipe), model)
    kept = {name: value for name, value in recipe.options if not name.startswith("to.")}
    changes: dict[str, Value] = {"model": model.name, **{f"to.{name}": value for name, value in last.items()}}
    if recipe.kind == "edit":
        changes["direction"] = ",".join(capabilities.match_direction(name, model) for name in recipe.directions)
    if recipe.kind == "vary" and not model.noise:
        changes["by"] = "z"
    return Recipe.make(recipe.kind, *recipe.numbers, traits=spelled, **(kept | changes))
