"""Settles a recipe when its request comes in: names its model, and spells traits and directions as that model does.

The queue calls this module, and passes the models that the person and the server prefer.
"""

from collections.abc import Iterable

from bot.errors import RecipeTooLong
from bot.recipes import capabilities, traits
from generator.contract.errors import FormatMissing, NoTransform, UnknownKind, UnknownModel
from generator.contract.kinds import KINDS, Value
from generator.contract.protocol import Model, Ready
from generator.contract.recipe import MAX_LINE_CHARS, Recipe


def default_model(ready: Ready, preferred: Iterable[str]) -> str:
    """Return the first preferred model that the worker offers, or else the worker's default model."""
    offered = {model.name for model in ready.models}
    return next((name for name in preferred if name in offered), ready.models[0].name)


def settle(recipe: Recipe, ready: Ready, preferred: Iterable[str] = ()) -> Recipe:
    """Return the recipe with a model named, and adapted to what that model can draw.

    If the recipe names no model, it gets the first of ``preferred`` that the worker offers, or else the default.
    Raises RecipeError if the worker cannot draw the recipe, and RecipeTooLong if the resulting line is too long.
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
    """Return the recipe adapted to ``model``.

    Traits and directions are spelled as the model spells them. If noise does not change the model's pictures, the
    pictures of a "vary" recipe differ in z instead.
    Raises NoTraits, UnknownTrait, UnknownTraitValue, UnknownDirection or NoTransform if the model lacks what the recipe
    names or asks for.
    """
    spelled = traits.spell(dict(recipe.traits), model)
    last = traits.spell(traits.last_face(recipe), model)
    kept = {name: value for name, value in recipe.options if not name.startswith("to.")}
    changes: dict[str, Value] = {"model": model.name, **{f"to.{name}": value for name, value in last.items()}}
    if recipe.kind == "edit":
        changes["direction"] = ",".join(capabilities.match_direction(name, model) for name in recipe.directions)
    if not model.takes_transform and (recipe.rotate or recipe.shift != (0, 0)):
        raise NoTransform(model=model.name)
    if recipe.kind == "vary" and not model.noise:
        changes["by"] = "z"
    return Recipe.make(recipe.kind, *recipe.numbers, traits=spelled, **(kept | changes))
